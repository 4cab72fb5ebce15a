// SPDX-License-Identifier: GPL-3.0-or-later
// The browsers' end of tests/browser/run: one JSON object a line. It is told {"do": ...}, answers {"ask": ...} when the
// desk must act (and waits for a line), {"page": ...} for each page that was looked at, and at last {"done": true}.
import {mkdirSync, writeFileSync} from "node:fs";
import {createInterface} from "node:readline";
import {pathToFileURL} from "node:url";
import {Browser, launch, PATIENCE_MS} from "./browser.mjs";
import {Accessibility, html as htmlProblems, styles} from "./rules.mjs";
import {glance, inbox} from "./inbox.mjs";
import {story} from "./story.mjs";

const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
const tell = what => process.stdout.write(JSON.stringify(what) + "\n");
const hear = async () => JSON.parse((await lines.next()).value ?? '{"do": "end"}');
const browsers = {};
const shown = {}; // by locale: windows for pages that no click leads to
let accessibility;

async function browser(kind, proxy = null) {
	return browsers[`${kind} ${proxy}`] ??= await launch(kind, proxy);
}

async function desk(...ask) {
	tell({ask});
	const answer = await hear();
	if (answer.problem) throw new Error(answer.problem);
}

// The page's text, kept beside its screenshots, held against every rule.
async function judge(folder, name, text, schemes) {
	mkdirSync(folder, {recursive: true});
	writeFileSync(`${folder}/${name}.html`, text);
	accessibility ??= new Accessibility(await browser("chromium"));
	return [...await htmlProblems(text), ...styles(text), ...await accessibility.check(text, schemes)];
}

const VERBS = {
	async story({kind, origin, proxy, other, large, language, locale, views, schemes, folder}) {
		const record = async (name, text, problems) => {
			if (text !== null) problems.push(...await judge(folder, name, text, schemes));
			tell({page: name, problems});
		};
		const source = new Browser(await browser(kind, proxy), {origin, language, locale, views, folder, record});
		await story(source, desk, other, large);
	},

	async inbox({kind, origin, link, stories, views, schemes, folder}) {
		const record = async (name, text, problems) => {
			if (text !== null) problems.push(...await judge(folder, name, text, schemes));
			tell({page: name, problems});
		};
		const person = new Browser(await browser(kind), {origin, language: "en", locale: "en-US", views, folder, record});
		await (kind === "chromium" ? inbox(person, desk, {link, stories}) : glance(person, {link}));
	},

	// A page that no click in a story leads to: its text was fetched already, and is shown from there.
	async page({name, text, language, locale, views, schemes, folder}) {
		const record = async (_name, _text, problems) => {
			tell({page: name, problems: [...problems, ...await judge(folder, name, text, schemes)]});
		};
		const source = shown[locale] ??= new Browser(await browser("chromium"), {origin: "http://page.invalid", locale});
		await source.show(text, {language, views, folder, record});
		await source.look(name);
	},

	// A file on a disk, and as it would be printed: it asks for nothing, and its own policy refuses nothing of it.
	async paper({name, path, pdf}) {
		const page = await (await browser("chromium")).newPage({javaScriptEnabled: false});
		page.setDefaultTimeout(PATIENCE_MS);
		const address = pathToFileURL(path).href, problems = [];
		page.on("console", said => problems.push(`the browser says: ${said.text()}`));
		page.on("request", request => {
			if (request.url() !== address && request.url() !== "data:,") problems.push(`it asks for ${request.url()}`);
		});
		await page.goto(address);
		await page.pdf({path: pdf, preferCSSPageSize: true});
		await page.close();
		tell({page: name, problems});
	},
};

for (let order = await hear(); order.do !== "end"; order = await hear()) {
	try {
		await VERBS[order.do](order);
		tell({done: true});
	} catch (error) {
		tell({done: true, problem: error.stack});
	}
}
for (const one of Object.values(browsers)) await one.close();
process.exit(0);
