// SPDX-License-Identifier: GPL-3.0-or-later
// A source's whole story in one browser and one language, a look at every page on the way.
const MESSAGES = {
	en: "They changed the third column of the table. I saw it done.",
	ru: "Третий столбец таблицы изменили. Я видел это сам.",
	fa: "ستون سوم جدول را تغییر دادند. خودم دیدم.",
	zh: "他们改了表格的第三列。我亲眼看见的。",
};
const REPLY = "Thank you. Спасибо. متشکریم. 谢谢。\nWho else can enter the archive?";
const FILES = [
	{name: "замеры 2026.csv", mimeType: "text/csv", buffer: Buffer.alloc(150_000, "1;2;3\n")},
	{name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(40_000, 7)},
];

function expect(condition, text) {
	if (!condition) throw new Error(text);
}

// desk(what, ...): asks whoever runs us to be the desk: "sync", "reply".
export async function story(source, desk) {
	const message = MESSAGES[source.language.slice(0, 2)] ?? MESSAGES.en;
	await (await source.open("/")).look("landing");
	await (await source.go("/safety")).look("safety");
	await (await source.go("/write")).look("write");
	await (await source.send("/write", {message: "   "})).look("write-empty", 422);
	await source.send("/write", {message, topic: 1}, FILES);
	await source.look("codename");
	const words = await source.text("#codename"), digits = await source.text("#codename-digits");
	expect(words.split(/\s+/).length === 9, `nine words: ${words}`);
	await source.follow("/kept");
	await source.look("kept");

	await source.open("/return"); // the browser was closed in between
	await source.look("return");
	await (await source.send("/return", {codename: "one two three"})).look("return-count", 403);
	await (await source.send("/return", {codename: wrong(words)})).look("return-wrong", 403);
	await source.send("/return", {codename: digits});
	await source.look("conversation-new");
	expect(!await source.has("[id^=reply-]"), "a reply before there is one");

	await desk("sync");
	await desk("reply", REPLY);
	await (await source.go("/conversation")).look("conversation-answered");
	expect((await source.text("[id^=reply-] pre")) === REPLY, "the reply reads otherwise");
	await source.follow("/conversation/write");
	await source.look("conversation-write");
	await (await source.send("/conversation/write", {message}, FILES)).look("sent");
	await source.go("/conversation");
	await source.send("/conversation/delete-reply");
	await source.look("conversation-reply-deleted");
	expect(!await source.has("[id^=reply-]"), "the deleted reply is still there");
	await (await source.send("/leave")).look("left");
	await source.go("/conversation");
	expect(source.page.url().endsWith("/return"), "left, and still inside");

	await source.send("/return", {codename: words.toUpperCase()});
	await (await source.send("/conversation/delete")).look("deleted");
	await source.go("/return");
	await source.send("/return", {codename: words});
	await source.look("return-deleted", 403);
	await source.close();
}

// The same words, two of them swapped: the check doesn't fit.
function wrong(words) {
	const list = words.split(/\s+/);
	return [list[1], list[0], ...list.slice(2)].join(" ");
}
