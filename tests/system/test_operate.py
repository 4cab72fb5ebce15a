#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A newcomer follows docs/OPERATE.md from its first line to its last: every command is run as it stands there, in this order,
and what the page says will be seen is waited for. The box is QEMU's; the Tor network is the private one.

What a block begins with says what it is:

    ```sh              typed in a shell, in the top folder of the checkout; a passphrase that is asked for is typed
    ```sh box          the same, in a terminal that stays open: it is the box
    ```sh elsewhere    run by another test: ELSEWHERE says by which
    ```console         typed at the box, Enter after each line; a single sign is a key
    ```text            seen, by whoever did what stands above it: the box's console after `console` and `sh box`, else the
                       shell. … is anything

Two things the page doesn't say are done here, since the network is not the real one: its authorities' lines go into the site
file and into the desk's folder, as bridges would.
"""

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
import tornet
from proc import Failure
from typed import Terminal

DOC = session.TOP / "docs/OPERATE.md"
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
KINDS = {"sh", "sh box", "sh elsewhere", "console", "text"}
ELSEWHERE = {
    "./build.sh image": "build.sh",  # verb_test begins with the same build_image
    "./build.sh usb /dev/sdX ~/box/box.site": "tests/usb/run",  # this machine's disks are nobody's to write to
}

# Written down by the newcomer; the words of the recovery copy are, too.
PHRASES = {"box": "ordinary turnip lantern seven", "key": "a key kept in the office safe", "desk": "four words for the desk"}
# What a program asks, at the end of a line: which passphrase is typed.
PROMPTS = [(r"New passphrase for the box.*: $", "box"), (r"Passphrase of the site file: $", "box"),
           (r"A passphrase for the signing key: $", "key"), (r"Passphrase of the signing key: $", "key"),
           (r"New passphrase for this desk: $", "desk"), (r"Passphrase of this desk: $", "desk"),
           (r"The nine words of the recovery copy: $", "words")]
WORDS = re.compile(rb"words, which are kept nowhere:\s+(\S.*\S)\s*\r?\n")
# An editor that puts the private network's lines before the first desk, once.
EDITOR = """#!/usr/bin/env python3
import pathlib, sys
path, lines = pathlib.Path(sys.argv[1]), {lines!r}
text = path.read_text()
if lines not in text:
    path.write_text(text.replace("\\ndesk = ", "\\n" + lines + "desk = ", 1))
"""


class Block:
    def __init__(self, found, text):
        self.kind, self.body = found.group(1).strip(), found.group(2)
        self.line = text.count("\n", 0, found.start()) + 1

    def lines(self):
        return [line for line in self.body.split("\n") if line.strip()]


def blocks():
    text = DOC.read_text(encoding="utf-8")
    return [Block(found, text) for found in BLOCK.finditer(text)]


def pattern(line):
    """A line of a `text` block as a regular expression; the console may have padded or broken it off."""
    pieces = [r"\s+".join(re.escape(word) for word in piece.split()) for piece in line.split("…")]
    return r"[^\n]*?".join(pieces).encode()


class Newcomer:
    def __init__(self, stack, log_dir):
        self.stack, self.log_dir = stack, log_dir
        self.home = Path(stack(tempfile.TemporaryDirectory(prefix="courier-operate-")))
        self.network = stack(tornet.Network(log_dir, say=print))
        editor = self.home / "editor"
        editor.write_text(EDITOR.format(lines="".join(f"tor = {line}\n" for line in self.network.torrc_lines().splitlines())))
        editor.chmod(0o700)
        self.env = {**os.environ, "HOME": str(self.home), "TERM": "dumb", "EDITOR": str(editor)}
        self.box, self.seen, self.shell_said = None, 0, b""
        self.last, self.words, self.on_console = "", "", False

    # -- hands

    def terminal(self, body, name):
        return Terminal(self.network.inside(["bash", "-e", "-u", "-c", body]), self.log_dir / name, cwd=session.TOP,
                        env=self.env)

    def answer(self, line):
        if line.endswith("The same again: "):
            return self.last
        for prompt, which in PROMPTS:
            if re.search(prompt, line):
                self.last = {**PHRASES, "words": self.words}[which]
                return self.last
        return None

    def run(self, body):
        with self.terminal(body, "shell.log") as terminal:
            status = terminal.answer_to_the_end(self.answer)
        if status != 0:
            raise Failure(f"status {status}:\n{body}\n{terminal.tail()}")
        return terminal.said

    def shell(self, body):
        self.shell_said, self.on_console = self.run(body), False
        if found := WORDS.search(self.shell_said):
            self.words = found.group(1).decode()
        self.join_the_network()

    def start_box(self, body):
        if self.box is not None:  # it was switched off
            proc.wait_until(lambda: not self.box.running(), 60, "the box goes off")
        for _ in range(session.box_module.STARTS):
            self.box, self.seen, self.on_console = self.stack(self.terminal("exec " + body.strip(), "box.log")), 0, True
            try:
                self.box.wait_for(session.FIRST_LINE, timeout_s=120)
                return
            except Failure as failure:
                # An emulated machine whose processor had no time for its timer: box.py has more on such starts.
                if b"timer not connected" not in self.box.said:
                    raise
                print(f"not the box's doing: {str(failure).splitlines()[0]}; starting it once more")
                self.box.__exit__()
        raise Failure("the emulated machine never came up")

    def type(self, lines):
        self.on_console = True
        for line in lines:
            if line == "PASSPHRASE":
                self.seen = self.box.wait_for(rb"courier: asks secret", self.seen)
            self.box.type(line if len(line) == 1 else (PHRASES["box"] if line == "PASSPHRASE" else line) + "\r")
            time.sleep(0.2)  # as somebody types

    def see(self, lines):
        for line in lines:
            if self.on_console:
                self.seen = self.box.wait_for(pattern(line), self.seen)
            elif not re.search(pattern(line), self.shell_said):
                raise Failure(f"the shell did not show {line!r}:\n{self.shell_said.decode('utf-8', 'replace')}")

    # -- the private network

    def join_the_network(self):
        """Once a site file, or a desk, is there."""
        desk, site, done = self.home / "desk", self.home / "box/box.site", self.home / "joined"
        if desk.is_dir() and not (desk / "torrc").exists():
            (desk / "torrc").write_text(self.network.torrc_lines())
        if site.is_file() and not done.exists():
            done.touch()
            self.run(f"build/courier site edit {site}")

    # -- the page

    def do(self, block):
        if block.kind == "sh":
            self.shell(block.body)
        elif block.kind == "sh box":
            self.start_box(block.body)
        elif block.kind == "console":
            self.type(block.lines())
        elif block.kind == "text":
            self.see(block.lines())


class ThePage(unittest.TestCase):
    def test_every_block_says_what_it_is(self):
        wrong = [f"{DOC.name}:{block.line}: {block.kind!r}" for block in blocks() if block.kind not in KINDS]
        self.assertEqual(wrong, [])
        self.assertGreater(len(blocks()), 10)

    def test_what_is_run_elsewhere_is_run_there(self):
        for block in blocks():
            for line in block.lines() if block.kind == "sh elsewhere" else []:
                command = line.split("  ")[0].strip()
                self.assertIn(command, ELSEWHERE, f"{DOC.name}:{block.line}")
                self.assertTrue((session.TOP / ELSEWHERE[command]).is_file())

    def test_no_command_stands_outside_a_block(self):
        """In a sentence a command is only named; what is to be typed stands in a block."""
        rest = BLOCK.sub("", DOC.read_text(encoding="utf-8"))
        self.assertEqual(re.findall(r"^ {4,}\S.*$", rest, re.M), [])


class ANewcomer(unittest.TestCase):
    def test_follows_the_page(self):
        proc.need_programs({"minisign": "minisign", "qemu-system-x86_64": "qemu-system-x86"})
        log_dir = suite.logs("system-operate")
        log_dir.mkdir(parents=True, exist_ok=True)
        for log in log_dir.glob("*.log"):
            log.unlink()
        newcomer = Newcomer(suite.keep, log_dir)
        began = time.monotonic()
        for block in blocks():
            try:
                newcomer.do(block)
                if "site announce " in block.body:
                    self.reaches_the_door(newcomer)
                    print(f"from the image to an address that others can open: {time.monotonic() - began:.0f} s")
            except (Failure, source.SocksRefused) as failure:
                self.fail(f"{DOC.name}:{block.line}: {failure}")

    def reaches_the_door(self, newcomer):
        """A source who has only the folder for the website."""
        said = (newcomer.home / "box/contact/address.txt").read_text(encoding="utf-8")
        origin = re.search(r"^(http://\S+\.onion)/$", said, re.M).group(1)
        client = newcomer.network.client("source")
        page = source.Browser(client.connect_socks, origin, source.new_circuit(), tries=3).open("/")
        self.assertEqual(page.status, 200)
        self.assertIn("The Harbour Post", page.text)


if __name__ == "__main__":
    suite.main(__name__)
