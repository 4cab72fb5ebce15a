// SPDX-License-Identifier: GPL-3.0-or-later
// npm's age-encryption as a service: a JSON object a line in, one out. Bytes are hexadecimal.
//   {do: "seal", data, recipients | passphrase, work, armor}   {do: "open", data, identity | passphrase}
//   {do: "keygen", hybrid}   {do: "recipient", identity}
// The answer is {out} or {refused: why}.
import {createInterface} from "node:readline";
import * as age from "age-encryption";

const text = new TextEncoder();
const fromHex = (s) => new Uint8Array(Buffer.from(s, "hex"));

async function seal(what) {
    const e = new age.Encrypter();
    for (const r of what.recipients ?? []) e.addRecipient(r);
    if (what.passphrase !== undefined) e.setPassphrase(what.passphrase);
    if (what.work !== undefined) e.setScryptWorkFactor(what.work);
    const file = await e.encrypt(fromHex(what.data));
    return what.armor ? text.encode(age.armor.encode(file)) : file;
}

async function open(what) {
    const d = new age.Decrypter();
    if (what.identity !== undefined) d.addIdentity(what.identity);
    if (what.passphrase !== undefined) d.addPassphrase(what.passphrase);
    let file = fromHex(what.data);
    if (file[0] === 0x2d) file = age.armor.decode(new TextDecoder().decode(file));
    return d.decrypt(file);
}

const actions = {
    seal,
    open,
    keygen: async (what) =>
        text.encode(await (what.hybrid ? age.generateHybridIdentity() : age.generateX25519Identity())),
    recipient: async (what) => text.encode(await age.identityToRecipient(what.identity)),
};

for await (const line of createInterface({input: process.stdin})) {
    const what = JSON.parse(line);
    let answer;
    try {
        answer = {out: Buffer.from(await actions[what.do](what)).toString("hex")};
    } catch (e) {
        answer = {refused: String(e)};
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
}
