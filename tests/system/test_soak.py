#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a box in months, in minutes: cables, DHCP servers, clocks, processes and memory fail, one after the other.
After each the door can be reached again, and nothing that it acknowledged is lost.

The box is the image that ships, with one file more: tests/system/soak/saboteur.c, which starts /courier and then does harm
on request. COURIER_SOAK_MINUTES goes on for so long, in random order (0: each harm once); `./build.sh long soak` does for two
hours."""

import os
import random
import re
import socket
import tempfile
import time
import unittest
from pathlib import Path

import box as box_module
import cpio
import frames
import proc
import session
import source
import suite
from cable import Cable
from proc import Failure

MINUTES = int(os.environ.get("COURIER_SOAK_MINUTES", "0"))
BACK_S = 180  # a door that is not back by then has failed; how long it took is printed, not judged
# Directories take no descriptor that is older than the one they hold: one that was published while the clock was ahead
# stays until the private network's addresses move on, after four minutes. Seen once in nine jumps.
BACK_FROM_THE_FUTURE_S = 600
SETTLE_S = 2
JUMP_S = 90
HOUR_S = 3600
SOURCE = "tests/system/soak/saboteur.c"
PROGRAM = "build/test/saboteur"
TERM, KILL, SEGV = 15, 9, 11


class Saboteur:
    """The far end of the second serial line."""

    def __init__(self, path, check):
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        proc.wait_until(lambda: self.line.connect_ex(str(path)) == 0, 30, "the second serial line", also_check=check)
        self.line.settimeout(60)
        self.file = self.line.makefile("rb")
        self.hear()  # "ready"

    def hear(self):
        """Its next word, and the number after it."""
        while line := self.file.readline():
            found = re.search(rb"saboteur: (\w+) (-?\d+)", line)
            if found:
                return found.group(1).decode(), int(found.group(2))
        raise Failure("the saboteur has gone")

    def tell(self, *words):
        self.line.sendall(" ".join(str(word) for word in words).encode() + b"\n")
        return self.hear()[1]

    def close(self):
        self.file.close()
        self.line.close()


class SabotagedSession(session.Session):
    def make_image(self):
        parts = {name: self.work / name for name in ("VMLINUZ", "INITRD.ZST")}
        for name, path in parts.items():
            box_module.take_from_image(self.image, name, path)
        site = proc.run([session.TOP / "image" / "site-cpio", self.work / "site"], "the site file's archive").stdout
        (session.TOP / PROGRAM).parent.mkdir(parents=True, exist_ok=True)
        proc.run([session.TOP / "build.sh", "in-builder", "gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-static", "-Wall",
                  "-Wextra", "-Werror", "-o", PROGRAM, SOURCE], "compile the saboteur", timeout_s=600)
        shipped = parts["INITRD.ZST"].read_bytes()
        # The kernel unpacks one archive after the other; a later file replaces an earlier one of that name.
        more = cpio.archive({"courier": self.courier.read_bytes(), "init": (session.TOP / PROGRAM).read_bytes()})
        self.kernel, self.initrd = parts["VMLINUZ"], self.work / "initrd"
        self.initrd.write_bytes(shipped + bytes(-len(shipped) % 4) + more + bytes(-len(more) % 4) + site)

    def boot(self):
        second = self.work / "second"
        self.box = box_module.Box(kernel=self.kernel, initrd=self.initrd, log_dir=self.log_dir, network=self.network,
                                  say=self.say, first_process=session.FIRST_LINE,
                                  arguments=["-chardev", f"socket,id=second,path={second},server=on,wait=off",
                                             "-serial", "chardev:second"], **self.box_options)
        self.stack.enter_context(self.box)
        self.saboteur = Saboteur(second, self.box.check)
        self.stack.callback(self.saboteur.close)


def is_dhcp(frame):
    return len(frame) > 38 and frame[12:14] == b"\x08\x00" and frame[23] == 17 and frame[34:36] in (b"\0C", b"\0D")


def setUpModule():
    global stage, cable, told, kinds
    told = []  # (codename, text) of what was acknowledged
    kinds = set()  # of frames that the box sent
    cable = suite.keep(Cable(suite.keep(tempfile.TemporaryDirectory(prefix="courier-cable-")), keep=False))
    cable.heard = lambda frame: kinds.add(frames.describe(frame)[0][0])
    stage = suite.keep(SabotagedSession(suite.logs("system-soak"), say=print, memory_mb=512, cable=cable))
    send_message("before all")


def send_message(text):
    """As a source does who tries again where the network fails; what was shown a codename is acknowledged."""
    deadline = time.monotonic() + BACK_S * proc.CROWDED
    while True:
        try:
            browser = stage.impatient_source()
            page = browser.open("/write")
            page = browser.submit(page.form_with("message", "file"), {"message": text})
            codename = page.by_id("codename")
            browser.close()
            if page.status == 200 and codename:
                told.append((codename, text))
                return
            raise Failure(f"status {page.status}: {page.text[:200]}")
        except (source.SocksRefused, OSError, Failure) as error:
            stage.box.check()
            stage.network.check()
            if time.monotonic() > deadline:
                raise Failure(f"“{text}” could not be sent within {BACK_S * proc.CROWDED} s (last: {error})") from error
            time.sleep(1)


# ---- harm. Each leaves the box to itself afterwards.

def cable_is_pulled():
    stage.box.plug_cable(False)
    time.sleep(6)
    stage.box.plug_cable(True)


def cable_flaps():
    for _ in range(5):
        stage.box.plug_cable(False)
        time.sleep(0.3)
        stage.box.plug_cable(True)
        time.sleep(0.7)


def server_is_gone():
    """The cable comes back to a network whose DHCP server is away for longer than the box asks for its old address."""
    cable.passes = lambda frame: not is_dhcp(frame)
    seen = len(stage.box.serial())
    cable_is_pulled()
    stage.box.wait_for(rb"^courier: net asking\r?$", timeout_s=60, start=seen)
    time.sleep(5)
    cable.passes = lambda frame: True


def network_is_deaf():
    """The link stays; nothing passes."""
    cable.passes = lambda frame: False
    time.sleep(15)
    cable.passes = lambda frame: True


def move_clock(seconds):
    if stage.saboteur.tell("clock", seconds) != 0:
        raise Failure("the clock was not set")
    time.sleep(3)


def clock_jumps():
    """Ahead, and back: as of a machine that slept, or a clock that was mended."""
    for seconds in (JUMP_S, -JUMP_S):
        move_clock(seconds)


def clock_jumps_by_an_hour():
    """While it is ahead the door can be reached. Tor plans its next consensus by the clock as it is then, and asks for it an
    hour late after the jump back; the real network's is valid for three hours, a private one's for a minute, and its onion
    addresses move every four. So what is tested of the way back is all but the running Tor, which starts anew."""
    move_clock(HOUR_S)
    stage.wait_open(BACK_S)
    move_clock(-HOUR_S)
    killer("tor")()


def killer(role, number=KILL):
    def harm():
        if stage.saboteur.tell("kill", role, number) < 1:
            raise Failure(f"no {role} was there to be killed")
    harm.__name__ = f"{role}_is_killed"
    return harm


def visit_crashes():
    """With a source's connection in its hands."""
    browser = stage.source()
    browser.open("/write")
    if stage.saboteur.tell("kill", "visit", SEGV) < 1:
        raise Failure("no visit was there")
    browser.close()


def memory_is_short():
    stage.saboteur.tell("memory", 330, 8)


HARMS = [cable_is_pulled, cable_flaps, server_is_gone, network_is_deaf, *(killer(role) for role in (
    "tor", "keeper", "net", "door", "torctl", "console")), visit_crashes, memory_is_short, clock_jumps]
if MINUTES:
    HARMS.append(clock_jumps_by_an_hour)


class Soak(unittest.TestCase):
    """In the order of the names."""

    def after(self, harm):
        name = harm.__name__.replace("_", " ")
        with self.subTest(name):
            began = time.monotonic()
            harm()
            since = time.monotonic()
            time.sleep(SETTLE_S)
            stage.wait_open(BACK_FROM_THE_FUTURE_S if harm is clock_jumps_by_an_hour else BACK_S)
            back = time.monotonic() - since
            send_message(f"after: {name} (number {len(told)})")
            print(f"{name:<24} reached again after {back:5.1f} s, a message after {time.monotonic() - since:5.1f} s", flush=True)
            # One after the other. TCP sends again what was lost at intervals that double, so all connections have done so
            # after twice the time for which nothing passed. If Tor dies before, the cable's harm and its own are one:
            # relays keep half of such connections, and sources wait longer (docs/NET.md).
            time.sleep(max(0, 2 * (since - began) - (time.monotonic() - since)))

    def test_1_each_harm_once(self):
        for harm in HARMS:
            self.after(harm)

    def test_2_for_as_long_as_was_asked(self):
        """With COURIER_SOAK_MINUTES."""
        until = time.monotonic() + 60 * MINUTES
        while time.monotonic() < until:
            self.after(random.choice(HARMS))

    def test_3_nothing_acknowledged_is_lost(self):
        stage.desk.sync()
        held = "\n".join(stage.desk.read(conversation) for conversation in stage.desk.conversations())
        self.assertEqual([text for _codename, text in told if text not in held], [])
        codename, _text = told[0]
        browser = stage.source()
        browser.open("/return")
        page = browser.submit(browser.page.form_with("codename"), {"codename": codename})
        self.assertEqual((page.status, page.url.endswith("/conversation")), (200, True))
        browser.close()

    def test_4_only_tor_dhcp_and_arp_left_the_box(self):
        self.assertEqual(kinds, {"arp", "dhcp", "tcp"})


if __name__ == "__main__":
    suite.main(__name__)
