// SPDX-License-Identifier: GPL-3.0-or-later
// What Node's HTTP server makes of connections: records on standard input, a line for each (ours.c has both formats).
// No sockets: each connection is a stream in memory, whole at once.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Duplex } from "node:stream";

const FIELDS = ["host", "cookie", "content-type", "authorization", "accept-language", "sec-fetch-site", "origin"];
const hex = (text) => Buffer.from(text, "latin1").toString("hex");

// All values of a field, so that two of them are seen to be two.
function field(request, name) {
	const raw = request.rawHeaders;
	const values = raw.filter((_, i) => i % 2 === 1 && raw[i - 1].toLowerCase() === name);
	return values.length === 0 ? "-" : values.map(hex).join("+");
}

let seen; // of the connection that is served
const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, connectionsCheckingInterval: 1 << 30 });
function take(request, response) {
	const item = [request.method, hex(request.url.replace(/^http:\/\/[^/]*/i, "")), ...FIELDS.map((name) => field(request, name)), ""];
	seen.items.push(item);
	request.on("data", (data) => (item[item.length - 1] += data.toString("hex")));
	request.on("error", () => {});
	request.on("end", () => response.end());
}
server.on("request", take);
server.on("checkContinue", take);
server.on("clientError", (error, socket) => {
	seen.why = error.code ?? error.message;
	socket.destroy();
});

function serve(record) {
	return new Promise((resolve) => {
		const mine = { items: [], why: "ok" };
		const done = () => resolve(mine.items.map((i) => i.join(":")).join(" ") + "\t" + mine.why);
		const stream = new Duplex({ read() {}, write: (data, encoding, next) => next() });
		seen = mine;
		stream.on("close", done);
		server.emit("connection", stream);
		stream.push(record);
		stream.push(null);
		// A stream that waits for what doesn't come has had all it will get.
		let turns = 200;
		setImmediate(function wait() {
			if (--turns > 0 && !stream.destroyed)
				setImmediate(wait);
			else
				stream.destroy();
		});
	});
}

const all = readFileSync(0);
const lines = [];
for (let at = 0; at < all.length; ) {
	const n = all.readUInt32LE(at);
	lines.push(await serve(all.subarray(at + 4, at + 4 + n)));
	at += 4 + n;
}
process.stdout.write(lines.map((line) => line + "\n").join(""), () => process.exit(0));
