// SPDX-License-Identifier: GPL-3.0-or-later
// A source's whole story in one browser and one language, a look at every page on the way.
const MESSAGES = {
	en: "They changed the third column of the table. I saw it done.",
	ru: "Третий столбец таблицы изменили. Я видел это сам.",
	fa: "ستون سوم جدول را تغییر دادند. خودم دیدم.",
	"zh-hans": "他们改了表格的第三列。我亲眼看见的。",
};
const REPLY = "Thank you. Спасибо. متشکریم. 谢谢。\nWho else can enter the archive?";
const PLAN = {name: "план ۲.txt", text: "Stairs, archive, second door.\n"};
const TABLE = {name: "замеры 2026.csv", mimeType: "text/csv", buffer: Buffer.alloc(150_000, "1;2;3\n")};
const PHOTO = {name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(40_000, 7)};
const tooMuch = size => ({name: "film.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(size)}); // the site takes 1 MiB

function expect(condition, text) {
	if (!condition) throw new Error(text);
}

// Another language and back: what was typed stays.
async function changesLanguage(source, other, field) {
	const own = source.language, typed = await source.value(field);
	for (const language of [other, own]) {
		await source.choose(language);
		expect(await source.value(field) === typed, `in ${language}, "${typed}" became "${await source.value(field)}"`);
		if (language === other) await source.look(`language-${field}`);
	}
}

async function writes(source, message, other, large) {
	await (await source.open("/")).look("landing");
	await (await source.go("/safety")).look("safety");
	await (await source.go("/write")).look("write");
	await (await source.send("/write", {message: "   "})).look("write-empty", 422);
	await (await source.send("/write", {message}, [tooMuch(large ? 24 << 20 : 2 << 20)])).look("write-limit", 413);
	await source.go("/write");
	await source.send("/write", {message, topic: 1}, [TABLE], "add");
	await source.look("write-files");
	expect((await source.text("main")).includes(TABLE.name), "the page doesn't name the file that arrived");
	if (other) await changesLanguage(source, other, "message");
	await source.send("/write", {}, [PHOTO]);
	await source.look("codename");
	const codename = {digits: await source.text("#codename-digits"), words: null};
	if (await source.has("#codename")) {
		codename.words = await source.text("#codename");
		expect(codename.words.split(/\s+/).length === 9, `nine words: ${codename.words}`);
	}
	await source.follow("/kept");
	await source.look("kept");
	return codename;
}

// Two groups in each other's place. One such pair in 2048 has the right check all the same: then the next pair.
async function swaps(source, groups) {
	for (let at = 0; at + 1 < groups.length; at++) {
		const swapped = groups.with(at, groups[at + 1]).with(at + 1, groups[at]).join(" ");
		await source.send("/return", {codename: swapped});
		if (await source.has("#problem")) return;
		await source.go("/return");
	}
	throw new Error(`no swap in ${groups.join(" ")} is noticed`);
}

async function mistypes(source, {digits}, other) {
	await source.open("/return"); // the browser was closed in between
	await source.look("return");
	await (await source.send("/return", {codename: "one two three"})).look("return-count", 403);
	if (other) await changesLanguage(source, other, "codename");
	await swaps(source, digits.split(/\s+/));
	await source.look("return-swapped", 403);
	await (await source.send("/return", {codename: "zzzzzzzz " + "zoo ".repeat(8)})).look("return-unknown", 403);
}

async function reads(source, codename, message, desk) {
	await source.send("/return", {codename: codename.digits});
	await source.look("conversation-new");
	expect(!await source.has("[id^=reply-]"), "a reply before there is one");
	await desk("sync");
	await desk("reply", REPLY, PLAN.name, PLAN.text);
	await (await source.go("/conversation")).look("conversation-answered");
	expect((await source.text("[id^=reply-] pre")) === REPLY, "the reply reads otherwise");
	const file = await source.download("/conversation/file");
	expect(file.name === PLAN.name && file.text === PLAN.text, `downloaded: ${file.name}: ${file.text}`);
	await source.follow("/conversation/write");
	await source.look("conversation-write");
	await (await source.send("/conversation/write", {message}, [PHOTO])).look("sent");
	await source.go("/conversation");
	await source.send("/conversation/delete-reply");
	await source.look("conversation-reply-deleted");
	expect(!await source.has("[id^=reply-]"), "the deleted reply is still there");
	await (await source.send("/leave")).look("left");
	await (await source.go("/conversation")).look("return-again", 403);
}

// desk(what, ...): asks whoever runs us to be the desk: "sync", "reply". other: a language to change to and back.
// large: what is too much for the site is far too much.
export async function story(source, desk, other, large) {
	const message = MESSAGES[source.language] ?? MESSAGES.en;
	const codename = await writes(source, message, other, large);
	await mistypes(source, codename, other);
	await reads(source, codename, message, desk);
	const typed = codename.words?.toUpperCase() ?? codename.digits;
	await source.send("/return", {codename: typed});
	await (await source.send("/conversation/delete")).look("deleted");
	await source.go("/return");
	await source.send("/return", {codename: typed});
	await source.look("unknown", 403);
	await source.follow("/conversation/write");
	await source.look("unknown-write");
	await (await source.send("/conversation/write", {message})).look("unknown-sent");
	await desk("sync"); // the same conversation begins anew, with the numbers that it had
	await source.close();
}
