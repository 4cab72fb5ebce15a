// SPDX-License-Identifier: GPL-3.0-or-later
// A desk's whole day with its inbox in one browser, a look at every page on the way. The inbox speaks English alone;
// what is written in it is in every script.
import {mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";

const REPLY = "Thank you. Спасибо. متشکریم. 谢谢。\nWho else can enter the archive?";
const PLAN = {name: "plan <b>2026</b>.txt", mimeType: "text/plain", buffer: Buffer.from("1. ask\n")};

function expect(condition, text) {
	if (!condition) throw new Error(text);
}

async function exchange(person) {
	await person.go("/sync");
	await person.send("/sync");
	for (let tries = 0; await person.has("main a[href='/sync']"); tries++) {
		expect(tries < 600, "the exchange has no end");
		await new Promise(resolve => setTimeout(resolve, 200));
		await person.go("/sync");
	}
}

// What is kept of an attachment: the file that the browser saves, under the name that it is given.
async function saves(person, locator, name, content) {
	const [download] = await Promise.all([person.page.waitForEvent("download"), locator.click()]);
	expect(download.suggestedFilename() === name, `saved as ${download.suggestedFilename()}`);
	expect(readFileSync(await download.path()).equals(content), "the saved file differs");
}

// Pages elsewhere that this person happens to open: what they send here is refused, whatever it is.
async function elsewhere(person) {
	const page = await person.context.newPage();
	await page.route("http://evil.example/**", route => route.fulfill({contentType: "text/html", body:
		`<form method="post" action="${person.origin}/leave"><button>x</button></form><a href="${person.origin}/">y</a>
		<iframe src="${person.origin}/"></iframe><img alt="z" src="${person.origin}/">`}));
	for (const what of ["button", "a"]) {
		await page.goto("http://evil.example/");
		const [response] = await Promise.all([page.waitForNavigation(), page.locator(what).click()]);
		expect(response.status() === 403, `${what} of another page: status ${response.status()}`);
	}
	const [mine, response] = [person.page, await page.reload()];
	expect(response.status() === 403, `again: status ${response.status()}`);
	person.page = page;
	person.response = response;
	await person.look("elsewhere", 403);
	person.page = mine;
	await page.close();
}

async function reads(person, stories) {
	const texts = [];
	for (const path of await person.page.locator("ul.entries a").evaluateAll(all => all.map(a => a.getAttribute("href")))) {
		await person.go(path);
		texts.push({path, text: await person.text("article pre")});
	}
	for (const story of stories) {
		const found = texts.find(one => one.text === story.text.trimEnd());
		expect(found, `nobody shows ${story.text}`);
		story.path = found.path;
		await person.go(found.path);
		const direction = await person.page.locator("article pre").first().evaluate(pre => getComputedStyle(pre).direction);
		expect(direction === story.direction, `${story.name} is written ${direction}`);
		await person.look(`conversation-${story.name}`);
	}
}

// A file of 65 MiB, which is more than a reply takes, and more than Playwright passes in memory.
async function withFilm(use) {
	const folder = mkdtempSync(`${tmpdir()}/courier-film-`);
	try {
		writeFileSync(`${folder}/film.mp4`, "");
		truncateSync(`${folder}/film.mp4`, 65 << 20);
		await use(`${folder}/film.mp4`);
	} finally {
		rmSync(folder, {recursive: true});
	}
}

async function answers(person, {path}) {
	await person.go(path);
	await (await person.send(`${path}/reply`, {text: "   "})).look("reply-empty", 422);
	await withFilm(film => person.send(`${path}/reply`, {text: REPLY}, [film]));
	await person.look("reply-too-big", 413);
	expect(await person.value("text") === REPLY, "what was typed is lost");
	await (await person.send(`${path}/reply`, {}, [PLAN])).look("reply-waits");
	expect((await person.text("article.own pre")) === REPLY, "the reply reads otherwise");
	expect((await person.text("main")).includes(PLAN.name), "its file isn't named");
}

async function acts(person, [first, second, third]) {
	await person.go(first.path);
	await person.send(`${first.path}/unread`);
	expect(await person.has(`li.new a[href="${first.path}"]`), "it isn't new again");
	await person.go(second.path);
	await (await person.send(`${second.path}/mute`)).look("muted");
	await (await person.go("/")).look("list-mixed");
	await person.go(third.path);
	await (await person.follow(`${third.path}/forget`)).look("forget");
	await (await person.send(`${third.path}/forget`)).look("forgotten");
	expect(!await person.has(`a[href="${third.path}"]`), "it is still there");
}

// A browser of another make: that it is let in, and that what it says of its forms is understood.
export async function glance(person, {link}) {
	await (await person.open(link)).look("firefox-list");
	const path = await person.page.locator("ul.entries a").first().getAttribute("href");
	await person.go(path);
	await (await person.send(`${path}/reply`, {text: REPLY}, [PLAN])).look("firefox-reply");
	expect((await person.text("article.own pre")) === REPLY, "the reply reads otherwise");
	await (await person.send("/leave")).look("firefox-left");
	await person.close();
}

// desk(what, ...): asks whoever runs us: "write" has sources write the stories, "many" makes the list long.
export async function inbox(person, desk, {link, stories}) {
	await (await person.open(link)).look("list-empty");
	await desk("write");
	await (await person.go("/sync")).look("exchange");
	await exchange(person);
	await person.look("exchange-done");
	await (await person.go("/")).look("list");
	await reads(person, stories);
	const withFile = stories.find(story => story.file);
	await person.go(withFile.path);
	await saves(person, person.page.locator("main a[download]").first(), withFile.safe, Buffer.from(withFile.file[1], "base64"));
	await answers(person, stories[0]);
	await elsewhere(person);
	await acts(person, stories);
	await desk("many");
	await (await person.go("/?page=2")).look("list-long");
	await (await person.go("/?show=new")).look("list-new");
	await (await person.go("/nowhere")).look("error-404", 404);
	await (await person.go("/leave")).look("error-405", 405);
	await desk("break");
	await exchange(person);
	await person.look("exchange-failed");
	await (await person.send("/leave")).look("left");
	await (await person.go("/")).look("login", 403);
	await person.close();
}
