// SPDX-License-Identifier: GPL-3.0-or-later
// A source's browser: Debian's own Chromium or Firefox, driven by Playwright. Chromium runs no scripts, as Tor Browser's
// "Safest"; Firefox's driver can't turn them off, so there it is only known that no page has one.
import {mkdirSync, readFileSync} from "node:fs";
import {chromium, firefox} from "playwright-core";

const HEIGHT = 800;
// Ends what hangs; five suites at a time on two cores are slow, and don't hang.
export const PATIENCE_MS = 180_000;
// One page at every width and in both colour schemes. "zoom": 1280 px at 200 % are 640 px of two device pixels each.
const VIEWS = {
	"320": {width: 320, scheme: "light"},
	"320-dark": {width: 320, scheme: "dark"},
	"1280": {width: 1280, scheme: "light"},
	"1280-dark": {width: 1280, scheme: "dark"},
	"zoom": {width: 640, scheme: "light"},
};

const LONG = ["landing", "write", "conversation-answered", "list", "conversation-persian", "exchange", "forget", "steps"]; // pages that the keyboard is led through

export async function launch(kind, proxy) {
	// Without a locale Chromium saves every name that isn't ASCII as "download".
	const env = {...process.env, LC_ALL: "C.UTF-8"};
	const options = {headless: true, timeout: PATIENCE_MS, env, proxy: proxy ? {server: proxy} : undefined};
	if (kind === "firefox")
		return firefox.launch({...options, channel: "moz-firefox", executablePath: "/usr/bin/firefox-esr"});
	// Our own pages only, and root can't have Chromium's sandbox.
	return chromium.launch({...options, executablePath: "/usr/bin/chromium", args: ["--no-sandbox"]});
}

// Runs in the page: what sticks out to the side, by the elements that do.
function overflow() {
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= width) return [];
	return [...document.querySelectorAll("body *")].filter(element => {
		const box = element.getBoundingClientRect();
		return box.width && getComputedStyle(element).position !== "absolute" && (box.right > width + 1 || box.left < -1);
	}).map(element => element.outerHTML.slice(0, 80));
}

// The element that has the keyboard's focus: null for none, else whether one sees it.
function focused() {
	const element = document.activeElement;
	if (!element || element === document.body) return null;
	const box = element.getBoundingClientRect(), style = getComputedStyle(element);
	const inside = box.width > 1 && box.left >= 0 && box.right <= innerWidth + 1 && box.top < innerHeight && box.bottom > 0;
	return {seen: inside && style.outlineStyle !== "none" && style.outlineWidth !== "0px", html: element.outerHTML.slice(0, 80)};
}

export class Browser {
	// record(name, html, problems): called for each page that is looked at. html is null where the driver can't have it.
	constructor(browser, {origin, language, locale, views, folder, record}) {
		Object.assign(this, {browser, origin, language, locale, views, folder, record});
	}

	// A page that is shown whatever the address, instead of asking anybody.
	async show(text, {language, views, folder, record}) {
		Object.assign(this, {language, views, folder, record, served: text});
		return this.page ? this.go("/") : this.open("/");
	}

	async open(path) {
		mkdirSync(this.folder, {recursive: true});
		if (this.page) await this.close();
		this.context = await this.browser.newContext({
			javaScriptEnabled: false, locale: this.locale, viewport: {width: VIEWS[this.views[0]].width, height: HEIGHT},
		});
		this.context.setDefaultTimeout(PATIENCE_MS);
		if (this.served) await this.context.route("**", route => route.fulfill({contentType: "text/html", body: this.served}));
		this.page = await this.context.newPage();
		return this.go(path);
	}

	async close() {
		await this.context.close();
		this.page = null;
	}

	async go(path) {
		this.response = await this.page.goto(this.origin + path);
		return this;
	}

	// Fills in the form that leads to `action` and presses its button; the one with this value, if it has several.
	async send(action, values = {}, files = null, value = "send") {
		const form = this.page.locator(`form[action="${action}"], form[action^="${action}?"]`).first();
		for (const [name, typed] of Object.entries(values)) {
			const field = form.locator(`[name="${name}"]`);
			if (await field.evaluate(element => element.tagName) === "SELECT") await field.selectOption({index: typed});
			else await field.fill(typed);
		}
		if (files) await form.locator("input[type=file]").setInputFiles(files);
		return this.press(form.locator(`button:not([name]), button[value="${value}"]`).first());
	}

	// Clicks what leads to another page, once the part that hides it is open.
	async press(target) {
		const details = target.locator("xpath=ancestor::details[not(@open)]");
		if (await details.count()) await details.locator("summary").first().click();
		[this.response] = await Promise.all([this.page.waitForNavigation(), target.click()]);
		return this;
	}

	// Presses the button of the form that leads there, for a file: its name and text.
	async download(action) {
		const button = this.page.locator(`form[action="${action}"] button, form[action^="${action}?"] button`).first();
		const [file] = await Promise.all([this.page.waitForEvent("download"), button.click()]);
		return {name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8")};
	}

	// Chooses a language, with the button or link that the page has for it.
	async choose(language) {
		const target = this.page.locator(`.languages ul [lang="${language}"]`).first();
		this.language = language;
		return this.press(target);
	}

	// Clicks the link that leads there.
	async follow(path) {
		return this.press(this.page.locator(`main a[href="${path}"], main a[href^="${path}?"]`).first());
	}

	async text(selector) {
		return (await this.page.locator(selector).first().innerText()).trim();
	}

	// What is typed in a field, or chosen.
	value(name) {
		return this.page.locator(`[name="${name}"]:not([type=hidden])`).first().inputValue();
	}

	has(selector) {
		return this.page.locator(selector).count();
	}

	// Goes through the page with the tabulator key alone.
	async tabulate() {
		const problems = [];
		await this.page.setViewportSize({width: VIEWS[this.views[0]].width, height: HEIGHT});
		for (let stops = 0; stops < 40; stops++) {
			await this.page.keyboard.press("Tab");
			const at = await this.page.evaluate(focused);
			if (!at) return stops < 5 ? [...problems, "the keyboard reaches next to nothing"] : problems;
			if (!at.seen) problems.push(`the focus is not seen on ${at.html}`);
		}
		return problems;
	}

	// Looks at the page as it stands: its status, language, layout in every view, a screenshot of each.
	async look(name, status = 200) {
		// A headless Firefox's window doesn't always count as the active one: then nothing in it has a visible focus.
		const chromium = this.browser.browserType().name() === "chromium";
		const problems = chromium && LONG.includes(name) ? await this.tabulate() : [];
		if (this.response.status() !== status) problems.push(`status ${this.response.status()}, expected ${status}`);
		const root = await this.page.evaluate(() => ({
			lang: document.documentElement.lang, title: document.title, scripts: document.scripts.length,
			ran: document.documentElement.dataset.ran, headings: document.querySelectorAll("h1").length, main: !!document.querySelector("main"),
		}));
		if (root.lang !== this.language) problems.push(`its language is "${root.lang}"`);
		if (!root.title || root.headings !== 1 || !root.main) problems.push("not one title, one h1 and one main part");
		if (root.scripts) problems.push("it has a script");
		if (root.ran) problems.push("scripts are not off");
		for (const view of this.views) {
			await this.page.setViewportSize({width: VIEWS[view].width, height: HEIGHT});
			await this.page.emulateMedia({colorScheme: VIEWS[view].scheme});
			for (const element of await this.page.evaluate(overflow)) problems.push(`${view}: sticks out: ${element}`);
			await this.page.screenshot({path: `${this.folder}/${name}-${view}.png`, fullPage: true});
		}
		let html = null;
		try {
			html = await this.response.text();
		} catch (error) {
			if (chromium) throw error; // Firefox's protocol doesn't hand bodies out
		}
		await this.record(name, html, problems);
		return this;
	}
}
