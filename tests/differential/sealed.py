# SPDX-License-Identifier: GPL-3.0-or-later
"""age files and recipients: appliance/age and Debian's age. Headers are composed anew around the file key of a published vector and
get a MAC that fits, so that both readers have to look at all of it; payloads are those of the vectors, whole chunks put in other order."""
import base64
import hashlib
import hmac
import re
import subprocess
import tempfile
import zlib
from pathlib import Path

from batch import OURS, TOP, Comparison, ask, damaged

CHUNK = 65536 + 16
WORDS = [b"\n", b"\r\n", b" ", b"  ", b"=", b"A", b"-> ", b"-> X25519 ", b"---", b"--- ", b"\xff", b"\0", b"age-encryption.org/v1\n"]
BEGIN, END = b"-----BEGIN AGE ENCRYPTED FILE-----", b"-----END AGE ENCRYPTED FILE-----"


class Vectors:
    """Of npm's cctv-age: the X25519 file's key, identity and stanza, and payloads under that file key."""

    def __init__(self, folder):
        subprocess.run([str(TOP / "tests/npm/node"), str(TOP / "tests/age/vectors.mjs"), folder], check=True)
        texts = {}
        for path in Path(folder).iterdir():
            about, _, file = path.read_bytes().partition(b"\n\n")
            texts[path.name] = about, zlib.decompress(file) if b"compressed: zlib" in about else file
        told, self.sound = texts["x25519"]
        fields = dict(line.split(b": ", 1) for line in told.split(b"\n"))
        self.file_key, self.identity = bytes.fromhex(fields[b"file key"].decode()), fields[b"identity"].decode()
        self.stanza = self.sound[self.sound.index(b"-> "):self.sound.index(b"--- ")]
        self.good = self.payload(self.sound)
        self.payloads = [self.payload(file) for name, (about, file) in sorted(texts.items())
                         if (name == "x25519" or name.startswith("stream_")) and fields[b"file key"] in about and len(file) < 4 * CHUNK]

    @staticmethod
    def payload(file):
        return file[re.search(rb"\n--- [^\n]*\n", file).end():]

    def seal(self, stanzas, payload, version=b"age-encryption.org/v1"):
        head = version + b"\n" + stanzas + b"---"
        key = hmac.digest(hmac.digest(bytes(32), self.file_key, "sha256"), b"header\1", "sha256")
        return head + b" " + encoded(hmac.digest(key, head, "sha256")) + b"\n" + payload


def encoded(data):
    return base64.b64encode(data).rstrip(b"=")


def stanza(rng, arguments, body):
    text = encoded(body)
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    if not lines or len(lines[-1]) == 64:
        lines.append(b"")
    damage = rng.randrange(40)
    if damage == 0:
        lines[-1] += b"="
    elif damage == 1:
        lines.insert(0, b"")
    elif damage == 2:
        lines = [line + b"\r" for line in lines]
    elif damage == 3 and lines[0]:
        lines[0] = lines[0][:-1]
    elif damage == 4 and lines[-1]:
        lines[-1] = lines[-1][:-1] + b"/"
    return b"-> " + arguments + b"\n" + b"\n".join(lines) + b"\n"


ARGUMENTS = [b"grease", b"x y z", b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", b"X25519 a", b"X25519 a b", b"ssh-ed25519 AAAA " + encoded(bytes(32)), b"ssh-rsa AAAA", b"x25519 a", b"a  b", b"a ", b" a", b"", b"a\tb", b"\xc3\xa9",
             b"g" * 200, b"X25519 " + encoded(bytes(32)), b"X25519 " + encoded(b"\1" * 32), b"X25519 " + encoded(b"\2" * 31), b"X25519 " + encoded(b"\3" * 32) + b" x"]


def sealed(rng, v):
    stanzas = [v.stanza]
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        stanzas.insert(rng.randrange(len(stanzas) + 1), stanza(rng, rng.choice(ARGUMENTS[:3] * 10 + ARGUMENTS), bytes(rng.randrange(256) for _ in range(rng.choice((0, 1, 16, 32, 32, 47, 48, 49, 96))))))
    payload = rng.choice([v.good] * len(v.payloads) + v.payloads)
    if rng.random() < .15:  # chunks cut off, twice, in other order
        nonce, chunks = payload[:16], [payload[16 + i:16 + i + CHUNK] for i in range(0, len(payload) - 16, CHUNK)]
        payload = nonce + b"".join(rng.choice((chunks[:-1], chunks + chunks[-1:], chunks[::-1], chunks[1:])))
    damage = rng.randrange(40)
    if damage == 0:
        stanzas = stanzas[1:]
    if damage == 1:
        stanzas.append(v.stanza)
    if damage == 2:
        stanzas = [s.replace(b"X25519", b"x25519") for s in stanzas]
    file = v.seal(b"".join(stanzas), payload, rng.choice((b"age-encryption.org/v2", b"age-encryption.org/v1\r", b"age-encryption.org/v01")) if damage == 3 else b"age-encryption.org/v1")
    if damage in (4, 5, 6):
        file = damaged(rng, file, WORDS)
    return armored(rng, file) if len(file) < 2000 and rng.random() < .4 else file


def armored(rng, file):
    text = base64.b64encode(file)
    lines = [BEGIN] + [text[i:i + 64] for i in range(0, len(text), 64)] + [END, b""]
    damage, at = rng.randrange(16), rng.randrange(len(lines))
    if damage == 0:
        lines[at] += rng.choice((b" ", b"\t", b"\r", b"=", b"x"))
    elif damage == 1:
        lines.insert(at, rng.choice((b"", b" ", b"x", b"Comment: x")))
    elif damage == 2:
        del lines[at]
    elif damage == 3:
        lines = [b" \n\t"] + lines
    elif damage == 4:
        lines += [rng.choice((b" \n", b"\r\n\t", b"x", b"-"))]
    whole = (b"\r\n" if damage in (5, 6) else b"\n").join(lines)
    return damaged(rng, whole, WORDS) if damage == 7 else whole


def many(rng, v):
    """Past our maxima, which age doesn't have; and one broken stanza behind the one that counts."""
    yield v.seal(v.stanza + b"-> grease\n\n" * 127, v.good)
    yield v.seal(v.stanza + b"-> grease\n\n" * 128, v.good)
    yield v.seal(v.stanza + b"-> X25519 " + encoded(bytes(range(32))) + b" x\n" + encoded(bytes(32)) + b"\n", v.good)
    yield v.seal(v.stanza + b"-> " + b"g" * 70000 + b"\n\n", v.good)


def stock(folder, identity, inputs):
    """Debian's age: a process for each."""
    key = Path(folder) / "key"
    key.write_text(identity + "\n", encoding="ascii")
    for file in inputs:
        done = subprocess.run(["age", "-d", "-i", key], input=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        yield done.stdout, "ok" if done.returncode == 0 else done.stderr.decode("latin1").partition("\n")[0]


def beyond(file, ours, theirs):
    head = file.partition(b"\n---")[0]
    return theirs[1] == "ok" and ours[1] != "ok" and (head.count(b"\n-> ") > 128 or len(head) > 65000)


def unarmored(file):
    if BEGIN not in file:
        return file
    text = re.sub(rb"\s", b"", file.partition(BEGIN)[2].partition(b"-----END")[0])
    return base64.b64decode(text + b"==")


def malformed_behind(file, ours, theirs):
    """A broken X25519 stanza after the one that opens the file."""
    if theirs[1] != "ok" or "stage 0" not in ours[1]:
        return False
    behind = re.findall(rb"(?m)^-> X25519(.*)\n((?:[^-].*\n|\n)*)", unarmored(file).partition(b"\n---")[0].partition(b"TEiF0ypqr+")[2] + b"\n")
    return any(not re.fullmatch(rb" [A-Za-z0-9+/]{43}", arguments) or len(body.strip()) != 43 for arguments, body in behind)


REASONS = [
    ("blanks before armor: its specification allows them, age's command looks for it at the first byte",
     lambda f, o, t: o[1] == "ok" and f[:1] in b" \t\r\n" and f.lstrip(b" \t\r\n").startswith(BEGIN) and "unexpected intro" in t[1]),
    ("a broken X25519 stanza behind the one that opens the file: age has stopped looking", malformed_behind),
    ("a header past 64 KiB, or more than AGE_STANZAS_MAX stanzas", beyond),
]


def compare(rng, count):
    result = Comparison("age", REASONS)
    with tempfile.TemporaryDirectory() as folder:
        v = Vectors(folder)
        inputs = [v.sound, *many(rng, v), *(sealed(rng, v) for _ in range(count))]
        for file, ours, theirs in zip(inputs, ask([OURS, "age", v.identity], inputs), stock(folder, v.identity, inputs)):
            released = bytes.fromhex(ours[0][0][0]) if ours[0] else b""
            if (ours[1] == "ok") == (theirs[1] == "ok") and (ours[1] != "ok" or released == theirs[0]):
                result.same(ours[1] == "ok")
            else:
                result.differs(file, (hashlib.sha256(released).hexdigest()[:12], ours[1]), (hashlib.sha256(theirs[0]).hexdigest()[:12], theirs[1]))
    return result


LETTERS = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l1bio"


def recipients(rng, count):
    """Recipients' texts: sound, damaged, in other case."""
    sound = b"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
    yield from (sound, sound.upper(), sound.title(), b"", b"age1", sound + b" ", b" " + sound, b"1" + sound, sound[4:], sound + sound, b"age1" + b"q" * 58)
    for _ in range(count):
        at = rng.randrange(len(sound))
        yield rng.choice((sound[:at] + bytes([rng.choice(LETTERS)]) + sound[at + 1:], sound[:at] + bytes([rng.choice(LETTERS)]) + sound[at:], sound[:at] + sound[at + 1:],
                          sound[:at] + sound[at:at + 2][::-1] + sound[at + 2:], sound[:at] + sound[at:].upper()))


def compare_recipients(rng, count):
    result = Comparison("recipients", [("in capitals, as bech32 allows: age knows its type by small letters", lambda text, ours, theirs: ours == "ok" and text.isupper())])
    inputs = list(recipients(rng, count))
    for text, (_, verdict) in zip(inputs, ask([OURS, "age-recipient"], inputs)):
        done = subprocess.run(["age", "-r", text], input=b"x", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if (verdict == "ok") == (done.returncode == 0):
            result.same(verdict == "ok")
        else:
            result.differs(text, verdict, done.stderr)
    result.share = 0
    return result
