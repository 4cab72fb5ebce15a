#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole memory of the box, dumped and searched for what an operator, a source and a desk brought: while it is typed, while
they are connected, after they left, after collection, and after the box has switched itself off.

Each string is found first, so that not finding it later says something. The table is kept: build/artefacts/amnesia.txt."""

import base64
import mmap
import os
import re
import tempfile
import time
import unittest
from pathlib import Path

import proc
import session
import source
import suite
import typed
from proc import Failure

AFTER_VISIT_S = 5  # what a source's traces may take to go; on a crowded machine longer, as all that waits (proc.CROWDED)
VAULT_BEGINS = (0x65627265722d6b31).to_bytes(8, "little") + (3).to_bytes(4, "little")  # magic, version: appliance/records/vault.c
PAGE = 4096
REPLIES = 9  # as many as fill more than Tor's window, so that a page can be caught on its way out
REPLY_LEN = 50_000


class Dump:
    """The memory of a box, as a file that goes with the `with`."""

    def __init__(self, box):
        self.path = Path(tempfile.mkstemp(prefix="courier-memory-")[1])
        try:
            box.dump_memory(self.path)
            self.file = self.path.open("rb")
            self.memory = mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ)
        except BaseException:
            self.path.unlink()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.memory.close()
        self.file.close()
        self.path.unlink()

    def places(self, pattern):
        found, at = [], self.memory.find(pattern)
        while at >= 0:
            found.append(at)
            at = self.memory.find(pattern, at + 1)
        return found


class Table:
    """What was looked for, and how often it was there at each moment."""

    def __init__(self):
        self.moments = []
        self.counts = {}

    def look(self, moment, dump, canaries):
        if moment not in self.moments:
            self.moments.append(moment)
        found = {}
        for name, patterns in canaries.items():
            places = sorted({place for pattern in patterns for place in dump.places(pattern)})
            self.counts.setdefault(name, {})[moment] = len(places)
            if places:
                found[name] = [hex(place) for place in places[:8]]
        return found

    def text(self):
        width = max(len(name) for name in self.counts)
        lines = [" " * width + "".join(f"  {moment:>16}" for moment in self.moments)]
        for name, counts in self.counts.items():
            lines.append(f"{name:<{width}}" + "".join(f"  {counts.get(moment, '-'):>16}" for moment in self.moments))
        return "\n".join(lines) + "\n"


def marked(kind):
    """A string that nothing else in the world holds."""
    return f"{kind}-{os.urandom(8).hex()}"


MESSAGE, FILE, NAME, REPLY = marked("message-письмо"), marked("file"), marked("name"), marked("reply")
PASSPHRASE = marked("passphrase")
ON_SERIAL, ON_KEYBOARD = PASSPHRASE[:15], PASSPHRASE[15:]
CONTENT = (FILE + "\n").encode() * 1000


def forms_of(words):
    """A codename as it may stand in memory: as typed, as a browser sends it, and as the page shows it."""
    return [words.encode(), words.replace(" ", "</span>\n<span>").encode(), words.replace(" ", "+").encode(),
            words.replace(" ", "%20").encode(), words.replace(" ", "").encode()]


class TypedSession(session.Session):
    """Looks at the memory between the passphrase's last letter and Enter, when the console and the kernel have it."""

    def unlock(self):
        self.box.wait_for(session.ASKS_SECRET)
        self.box.type(ON_SERIAL)
        for key in ON_KEYBOARD:
            self.box.press(key)
            time.sleep(0.1)  # pressed, and let go
        deadline = time.monotonic() + 30 * proc.CROWDED
        while True:
            with Dump(self.box) as dump:
                if dump.places(PASSPHRASE.encode()) or time.monotonic() > deadline:
                    table.look("typed", dump, OPERATOR)
                    break
            time.sleep(0.5)
        self.box.type("\r")

    def plain_site(self):
        """The site file, opened."""
        opened = self.work / "opened"
        with typed.Terminal([self.courier, "age", "-d", "-o", opened, self.work / "site"], self.log_dir / "open.log") as terminal:
            terminal.wait_for(rb": ")
            terminal.type(PASSPHRASE + "\n")
            proc.wait_until(lambda: not terminal.running(), 60, "the site file opens")
        return opened.read_bytes()


OPERATOR = {"passphrase at the console": [PASSPHRASE.encode(), PASSPHRASE.encode("utf-16-le")],
            "passphrase, typed on the serial line": [ON_SERIAL.encode()],
            "passphrase, typed on the keyboard": [ON_KEYBOARD.encode()]}


def setUpModule():
    global stage, table
    table = Table()
    session.PASSPHRASE = PASSPHRASE
    stage = suite.keep(TypedSession(suite.logs("system-amnesia"), say=print, memory_mb=256, stays=True, sealed=True))


def tearDownModule():
    text = table.text()
    print(text)
    (session.BUILD / "artefacts" / "amnesia.txt").write_text(text)


class Amnesia(unittest.TestCase):
    """One story, in the order of the names."""

    visitor = {}  # what belongs to a source
    guest = {}  # what belongs to a desk
    keys = {}  # what belongs to the box

    def look(self, moment):
        """Of what was found while they were connected."""
        canaries = OPERATOR | self.visitor | self.guest
        self.assertEqual(len(canaries), 12, "the steps before this one failed")
        with Dump(stage.box) as dump:
            return table.look(moment, dump, canaries)

    def look_after_a_while(self, moment):
        """Five seconds later; again as long as something is there and the machine may be to blame."""
        time.sleep(AFTER_VISIT_S)
        deadline = time.monotonic() + AFTER_VISIT_S * (proc.CROWDED - 1)
        while True:
            found = self.look(moment)
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(1)

    def half_sent(self, browser, request):
        """A connection of its own with a request whose rest, or whose answer, is still to come."""
        stream = browser.stream()
        self.addCleanup(stream.close)
        stream.sendall(request)
        return stream

    def test_0_the_passphrase_is_found_while_it_is_typed_and_not_after(self):
        self.assertGreater(table.counts["passphrase at the console"]["typed"], 0)
        with Dump(stage.box) as dump:
            self.assertEqual(table.look("open", dump, OPERATOR), {})

    def test_1_a_source_writes_and_the_desk_replies(self):
        browser = stage.source()
        page = browser.open("/write")
        page = browser.submit(page.form_with("message", "file"), {"message": MESSAGE},
                              {"file": source.File(NAME + ".txt", CONTENT)})
        words, digits = page.by_id("codename").strip(), page.by_id("codename-digits").strip()
        self.__class__.words = words
        browser.close()
        self.visitor |= {
            "message": [MESSAGE.encode(), MESSAGE.encode("utf-16-le")],
            "message, in its form": [b'name="message"\r\n\r\n' + MESSAGE.encode()],
            "file's content": [FILE.encode()], "file's name": [NAME.encode()],
            "codename, words": forms_of(words), "codename, digits": forms_of(digits)}
        stage.desk.sync()
        self.guest["desk's token"] = [stage.desk.token().encode(), bytes.fromhex(stage.desk.token())]
        conversation, = stage.desk.conversations()
        for number in range(REPLIES):
            stage.desk.reply(conversation, f"{number} {REPLY}\n" * (REPLY_LEN // (len(REPLY) + 3)))
        stage.desk.sync()

    def test_2_while_they_are_connected_everything_is_found(self):
        """Or the searches after this one would prove nothing."""
        browser = stage.source()
        page = browser.open("/return")
        browser.submit(page.form_with("codename"), {"codename": self.words})
        token = browser.cookies["s"]
        browser.close()
        self.visitor["session's token"] = [token.encode(), base64.urlsafe_b64decode(token + "=")]
        self.visitor["reply"] = [REPLY.encode()]
        host = f"Host: {stage.origin.removeprefix('http://')}\r\n".encode()
        part = b"--b\r\nContent-Disposition: form-data; name="
        form = (part + b'"message"\r\n\r\n' + MESSAGE.encode() + b"\r\n" +
                part + b'"file"; filename="' + NAME.encode() + b'"\r\n\r\n' + CONTENT)
        self.half_sent(browser, b"POST /write HTTP/1.1\r\n" + host + b"Content-Type: multipart/form-data; boundary=b\r\n"
                       b"Content-Length: 400000\r\n\r\n" + form)
        digits = self.visitor["codename, digits"][0]
        for typed in (self.words.encode(), digits):
            self.half_sent(browser, b"POST /return HTTP/1.1\r\n" + host +
                           b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2000\r\n\r\n"
                           b"codename=" + typed.replace(b" ", b"+"))
        self.half_sent(browser, b"GET / HTTP/1.1\r\n" + host + f"Cookie: s={token}\r\n".encode())
        # A page that nobody reads yet, so that most of it is still in the box.
        unread = self.half_sent(browser, b"GET /conversation HTTP/1.1\r\n" + host + f"Cookie: s={token}\r\n\r\n".encode())
        desk = source.Browser(stage.desk_client.connect_socks, "http://" + stage.desk.address, source.new_circuit())
        self.half_sent(desk, b"GET /v1/status HTTP/1.1\r\nHost: desk\r\n" +
                       f"Authorization: Bearer {stage.desk.token()}\r\n".encode())
        wanted = self.visitor | self.guest
        deadline = time.monotonic() + 60 * proc.CROWDED
        while True:  # until all of it has arrived
            with Dump(stage.box) as dump:
                missing = [name for name, patterns in wanted.items() if not any(map(dump.places, patterns))]
                if not missing or time.monotonic() > deadline:
                    table.look("connected", dump, wanted)
                    break
            time.sleep(1)
        self.assertEqual(missing, [], "not found, so their absence later would prove nothing")
        # To its end, which is filling: Tor's running digest keeps up to 135 bytes of what came last (docs/CAVEATS.md).
        unread.settimeout(60)
        page = b""
        while b"</html>" not in page[-(1 << 17):] and (part := unread.recv(1 << 16)):
            page += part

    def test_3_after_the_visit_nothing_is_found(self):
        self.assertEqual(self.look_after_a_while("visit over"), {})

    def test_4_after_collection_nothing_is_found(self):
        stage.desk.sync()
        self.assertEqual(self.look_after_a_while("collected"), {})

    def vault_keys(self, dump):
        """The keeper's keys, where its secret area begins: magic, version, slots, session key, name key."""
        # The program has the magic, too, and code behind it: the area begins a page.
        for place in dump.places(VAULT_BEGINS):
            keys = dump.memory[place + 16:place + 80]
            if place % PAGE == 0 and len(set(keys)) > 32:
                return {"key of sessions": [keys[:32]], "key of names": [keys[32:]]}
        raise Failure("the keeper's secret area is not in the dump")

    def test_5_after_power_off_no_key_is_found(self):
        site = stage.plain_site()
        for name, title in ((b"source-key", "onion key, source's door"), (b"desk-key", "onion key, desk's door")):
            file = base64.b64decode(re.search(rb"^" + name + rb" = (\S+)$", site, re.M).group(1))
            self.keys[title] = [file[32:64], file[64:96], base64.b64encode(file)[44:]]
        self.keys["salt"] = [base64.b64decode(re.search(rb"^salt = (\S+)$", site, re.M).group(1))]
        with Dump(stage.box) as dump:
            self.keys |= self.vault_keys(dump)
            self.assertEqual(set(table.look("before the end", dump, self.keys)), set(self.keys))
        stage.box.press("ctrl", "alt", "delete")
        stage.box.wait_off()
        self.assertEqual(self.look("switched off"), {})
        with Dump(stage.box) as dump:
            self.assertEqual(table.look("switched off", dump, self.keys), {})


if __name__ == "__main__":
    suite.main(__name__)
