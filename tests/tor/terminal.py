#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real @console process on two pseudo-terminals, one as the serial line, one as the screen, and plays init:

    terminal.py COURIER [LOG-FOLDER]
"""

import os
import pty
import re
import select
import socket
import struct
import sys
import tempfile
import time
import tty
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

import proc  # noqa: E402
from proc import Failure  # noqa: E402
from role import (FD_A, FD_B, FD_PART, FD_UP, NUMBER, Role, options_text, part_fd, receive, record_fields,  # noqa: E402
                  send)

CONSOLE_ID = 47006
ADDRESS = "a" * 55 + "d.onion"
DESK = "b" * 55 + "d.onion"


class Terminal:
    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        tty.setcbreak(self.ours)
        self.text = b""

    def read(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.ours], [], [], left)[0]:
                self.text += os.read(self.ours, 65536)
        return self.text

    def wait(self, wanted, timeout_s=10, start=0):
        """start: how much was there before."""
        proc.wait_until(lambda: wanted in self.read(0.1)[start:], timeout_s, f"{wanted!r} on the terminal, not {self.text[-300:]!r}")

    def press(self, keys):
        os.write(self.ours, keys)


def state(net=3, bootstrap=100, published=2, door=1, **more):
    return record_fields("CONSOLE_STATE", net_state=net, address=bytes([10, 0, 2, 15]) if net == 3 else bytes(4),
                         bootstrap=bootstrap, published=published, door_open=door, capacity=10**8, **more)


def field(text):
    return struct.pack("<I", len(text)) + text


PART = struct.pack("<H", NUMBER["PART_CONSOLE"]) + field("Редакция".encode()) + field(ADDRESS.encode()) \
    + field(DESK.encode())


class Console:
    """With a part of the site file, as when the box is open; without one it asks."""

    def __init__(self, binary, log, part=PART):
        self.serial, self.screen = Terminal(), Terminal()
        self.up, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.role = Role("console", CONSOLE_ID, {FD_UP: end.fileno(), FD_A: self.serial.theirs,
                                                 FD_B: self.screen.theirs, **({FD_PART: part_fd(part)} if part else {})},
                         options_text(part), log.fileno(), binary=binary)
        end.close()
        if receive(self.up, 10)[0] != "READY":
            raise Failure("not READY")

    def say(self, **what):
        send(self.up, "CONSOLE_STATE", state(**what))


SECRET, LINE, SHOW, SAY = range(4)
PASSPHRASE = b"horse battery staple"


class Unlock:
    """The other end of the questions."""

    def __init__(self, console):
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        send(console.up, "ASK_CHANNEL", fds=[theirs.fileno()])
        theirs.close()

    def ask(self, kind, text, show=b""):
        send(self.channel, "ASK", struct.pack("<B", kind) + field(text) + field(show))

    def answer(self):
        name, fields, _ = receive(self.channel, 10)
        if name != "ANSWER" or struct.unpack_from("<I", fields)[0] != len(fields) - 4:
            raise Failure(f"not an answer: {name}")
        return fields[4:]


def memory_of(pid):
    """All that the process can read and write, but for what the kernel keeps to itself."""
    whole = b""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            ends, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, end = (int(number, 16) for number in ends.split("-"))
                memory.seek(start)
                whole += memory.read(end - start)
    return whole


def gone(console, texts):
    """The answer was heard before the console had time for anything else; nothing in it is pressed or said meanwhile."""
    def none():
        memory = memory_of(console.role.pid)
        return not any(text in memory for text in texts)
    proc.wait_until(none, 10, f"nothing of {texts[0]} in the console's memory")


def questions(binary, log, check):
    c = Console(os.path.abspath(binary), log, part=b"")
    c.screen.wait(b"it reads the site file")
    check(b"courier: address" not in c.serial.text, "without a part it says that the box is starting, and no address")
    unlock = Unlock(c)
    unlock.ask(SECRET, b"Passphrase of the site file \x1b[2J\x9b:")
    c.serial.wait(b"courier: asks secret\r\n")
    c.serial.wait(b"Passphrase of the site file ?[2J?:")
    c.screen.wait(b"US layout")
    check(b"\x1b[2J" not in c.screen.text, "a question is on both terminals, and its bytes command neither")
    c.screen.press(PASSPHRASE[:5])
    c.screen.press(b"\x1b[A\x1bOP")
    proc.wait_until(lambda: PASSPHRASE[:5] in memory_of(c.role.pid), 10, "what is typed can be found")
    check(True, "what is typed can be found")
    c.serial.press(PASSPHRASE[5:] + b"\r")
    check(unlock.answer() == PASSPHRASE, "it is answered from both keyboards; arrows and function keys mean nothing")
    c.serial.read(0.3)
    c.screen.read(0.3)
    check(PASSPHRASE[:5] not in c.serial.text + c.screen.text, "no terminal shows what is hidden")
    gone(c, [PASSPHRASE[at:at + 5] for at in range(len(PASSPHRASE) - 4)])
    check(True, "and nothing of it is in the console's memory")
    unlock.ask(SAY, b"That passphrase is wrong.")
    unlock.ask(LINE, b"Recipient of the desk:")
    c.serial.wait(b"courier: says\r\n")
    c.serial.wait(b"That passphrase is wrong.")
    c.serial.wait(b"courier: asks line\r\n")
    line = b"age1" + b"x" * 1955
    c.serial.press(line[:1000])
    c.serial.read(0.3)
    c.serial.press(line[1000:] + b"y\x7f\r")
    check(unlock.answer() == line, "a recipient of the longest kind can be pasted, and a key taken back")
    c.serial.wait(b"y\b \b")
    check(c.serial.text.count(b"x") > 1900, "a line that isn't secret is echoed")
    unlock.ask(SHOW, b"The desk's key.", b"AGE-SECRET-KEY-1" + b"Q" * 58)
    c.screen.wait("█".encode())
    c.screen.press(b"no\r")
    c.screen.press(b"yes\r")
    check(unlock.answer() == b"yes", "a key is shown with its code until somebody types yes")
    gone(c, [b"Q" * 9])
    check(True, "and then forgotten")
    unlock.channel.close()
    unlock = Unlock(c)
    for _ in range(50):
        unlock.ask(SECRET, bytes(range(1, 256)) * 4)
    unlock.ask(LINE, b"The last of many?")
    c.screen.wait(b"The last of many?")
    c.serial.press(bytes(b % 256 for b in range(0, 3000, 7) if b % 256 not in (10, 13, 27)) + b"\x15still here\r")
    check(unlock.answer() == b"still here", "after a flood of questions and 400 broken bytes it goes on")
    send(unlock.channel, "ANSWER", field(b""))
    check(not unlock.channel.recv(1), "an unlock that breaks the protocol is dropped")
    unlock = Unlock(c)
    unlock.ask(SECRET, b"Once more?")
    c.screen.wait(b"Once more?")
    c.screen.press(b"\x1b")
    c.screen.wait(b"Power off?")
    c.screen.press(b"YES\r")
    check(receive(c.up, 10)[:2] == ("CONSOLE_ORDER", b"\0"), "Esc, YES, Enter: power off instead of an answer")
    send(c.up, "STOP")
    check(c.role.wait(10) == 0, "the end")


def main(binary, log_dir):
    proc.need_root()
    passed = 0

    def check(good, what):
        nonlocal passed
        if not good:
            raise Failure(f"not ok: {what}")
        passed += 1
        print(f"ok {passed} {what}", flush=True)

    Path(log_dir).mkdir(parents=True, exist_ok=True)
    with open(Path(log_dir) / "console-role.log", "wb") as log:
        c = Console(os.path.abspath(binary), log)
        c.serial.wait(f"courier: address {ADDRESS}\r\ncourier: desk address {DESK}\r\n".encode())
        c.screen.wait("Редакция".encode())
        check(b"The box is starting." in c.screen.text, "confined; the addresses and the first page are there")
        for percent in (10, 50, 100):
            c.say(net=2 if percent == 10 else 3, bootstrap=percent, published=0, door=0)
        c.say()
        c.serial.wait(b"courier: door open\r\n")
        c.role.interrupt()  # changes nothing
        lines = re.findall(rb"^courier: (.*)\r$", c.serial.text, re.M)[2:]
        check(lines == [b"net asking", b"tor 10", b"net up 10.0.2.15", b"tor 50", b"tor 100", b"onion published",
                        b"door open"], "each step is one line on the serial line")
        check(b"Network" not in c.serial.text.split(b"courier: door open")[0], "while it starts, no block is in their way")
        c.serial.wait(b"  Network      up, address 10.0.2.15\r\n")
        check(b"\x1b" not in c.serial.text, "then one block, without a terminal's commands")
        blocks = c.serial.text.count(b"  Network")
        for _ in range(20):
            c.say()
        c.serial.read(4)
        check(c.serial.text.count(b"  Network") == blocks, "a state that says nothing new prints nothing")
        c.serial.press(b"a")
        c.serial.wait(f"http://{ADDRESS}/".encode())
        check("█".encode() in c.serial.text, "a: the address with its code")
        c.screen.press(b"x")
        c.screen.press(b"pyes\r")
        c.screen.read(0.5)
        seen = len(c.screen.text)
        c.screen.press(b"p")
        c.screen.wait(b"Power off?", start=seen)
        seen = len(c.screen.text)
        c.screen.press(b"\x1b")
        c.screen.wait(b"Network", start=seen)  # the status page is back
        c.serial.press(b"pYES\r")
        name, fields, _ = receive(c.up, 10)
        check((name, fields) == ("CONSOLE_ORDER", b"\0"), "p, YES, Enter: the order, and none before")
        c.serial.wait(b"courier: going down power-off\r\n")
        send(c.up, "STOP")
        check(c.role.wait(10) == 0, "STOP ends it with status 0")
        c = Console(os.path.abspath(binary), log)
        os.close(c.serial.ours)
        os.close(c.serial.theirs)
        c.say()
        c.screen.wait(b"connected")
        c.screen.press(b"rYES\r")
        check(receive(c.up, 10)[1] == b"\1", "a serial line that hung up changes nothing for the screen")
        send(c.up, "STOP", fds=[0])
        check(c.role.wait(10) == 1, "a message with a descriptor too many ends it, too")
        c = Console(os.path.abspath(binary), log)
        c.up.close()
        check(c.role.wait(10) == 0, "and so does init's end")
        questions(binary, log, check)
    print(f"{passed} passed, 0 failed")


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="courier-log-"))
    except Failure as failure:
        print(f"terminal: {failure}\n0 passed, 1 failed")
        sys.exit(1)
