// SPDX-License-Identifier: GPL-3.0-or-later
// What busboy makes of forms: records on standard input, a line for each (ours.c has both formats).
// Bytes are latin1 characters to it, so that none is lost.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const busboy = createRequire(process.env.NODE_PATH + "/")("busboy");
const hex = (text) => (text === undefined ? "-" : Buffer.from(text, "latin1").toString("hex"));

function parse(record) {
	return new Promise((resolve) => {
		const end = record.indexOf("\n");
		const parts = [];
		let why = "ok";
		let form;
		const done = () => resolve(parts.map((p) => p.join(":")).join(" ") + "\t" + why);
		if (end < 0) {
			resolve("\tno type");
			return;
		}
		try {
			form = busboy({
				headers: { "content-type": record.toString("latin1", 0, end) },
				preservePath: true,
				defCharset: "latin1",
				defParamCharset: "latin1",
			});
		} catch (error) {
			resolve("\t" + error.message);
			return;
		}
		form.on("field", (name, value, info) => parts.push([hex(name), "-", hex(info.mimeType), hex(value)]));
		form.on("file", (name, stream, info) => {
			const part = [hex(name), hex(info.filename), hex(info.mimeType), ""];
			parts.push(part);
			stream.on("data", (data) => (part[3] += data.toString("hex")));
			stream.on("error", () => {});
		});
		form.on("error", (error) => {
			if (why === "ok")
				why = error.message;
			done();
		});
		form.on("close", done);
		form.end(record.subarray(end + 1));
		// It has all it will get: what isn't done soon never is (a boundary right behind a header).
		let turns = 100;
		setImmediate(function wait() {
			if (--turns > 0)
				setImmediate(wait);
			else
				resolve("\tno end");
		});
	});
}

const all = readFileSync(0);
const lines = [];
for (let at = 0; at < all.length; ) {
	const n = all.readUInt32LE(at);
	lines.push(await parse(all.subarray(at + 4, at + 4 + n)));
	at += 4 + n;
}
process.stdout.write(lines.map((line) => line + "\n").join(""));
