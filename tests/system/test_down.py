#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reason for which the box goes down by itself, and what the machine does when its kernel can't go on.

Ctrl-Alt-Del and the power button: test_amnesia.py, test_disks.py. The console's key: tests/tor/terminal.py. The dead
man's timer counts hours: tests/unit/test_watch.c."""

import re
import struct
import tempfile
import unittest
from pathlib import Path

import box as box_module
import cpio
import proc
import session
import suite

IMAGE = session.BUILD / "courier.img"


def setUpModule():
    global logs, folder
    logs = suite.logs("system-down")
    folder = Path(suite.keep(tempfile.TemporaryDirectory(prefix="courier-down-")))


class NoNetwork:
    """For boxes without a card: what they do here needs nobody else."""

    @staticmethod
    def torrc_lines():
        return ""

    @staticmethod
    def inside(argv):
        return argv


class Alone(session.Session):
    """A box with a site file and without a network, serving nobody."""

    def __init__(self, test, name, settings=(), **box_options):
        super().__init__(logs, network=NoNetwork, say=print, name=name, card=None, **box_options)
        self.settings = settings
        test.addCleanup(self.stop)
        self.prepare()
        self.make_desk()
        self.make_site()
        self.make_image()
        self.boot()
        self.box.wait_for(session.DOOR_OPEN)

    def make_site(self):
        super().make_site()
        site = self.work / "site"
        text = site.read_text()
        for key, value in self.settings:
            text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.M)
            assert count == 1, key
        site.write_text(text)


class TheStick(unittest.TestCase):
    def test_armed(self):
        stage = Alone(self, "stick-armed", settings=[("pulled-stick", "yes")], disk="usb")
        stage.box.pull_stick()
        stage.box.wait_end()
        self.assertRegex(stage.box.serial(), rb"courier: going down: the boot stick was pulled\r?\n")

    def test_not_armed(self):
        """The operator may take it out and lock it away."""
        stage = Alone(self, "stick-free", disk="usb")
        stage.box.pull_stick()
        proc.wait_until(lambda: any(event["event"] == "DEVICE_DELETED" and event["data"].get("device") == "stick-disk0"
                                    for event in stage.box.qmp.poll()), 30, "the stick is out", also_check=stage.box.check)
        stage.box.power_button()
        stage.box.wait_end()
        self.assertRegex(stage.box.serial(), rb"courier: going down: somebody asked for it\r?\n")


def program_that_ends():
    """An ELF program of one page whose only act is exit(1)."""
    code = bytes.fromhex("bf01000000" "b83c000000" "0f05")
    base, head = 0x400000, 64 + 56
    size = head + len(code)
    elf = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, base + head, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return elf + struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000) + code


class Panic(unittest.TestCase):
    """The shipped kernel, whose first process ends: a panic."""

    def test_resets_at_once_and_wipes_nothing(self):
        kernel, initrd = folder / "vmlinuz", folder / "panic.cpio"
        box_module.take_from_image(IMAGE, "VMLINUZ", kernel)
        canary = b"canary-of-the-panic-" + session.NAME.encode()
        initrd.write_bytes(cpio.archive({"init": program_that_ends(), "canary": canary[::-1] * 200}))
        with box_module.Box(kernel=kernel, initrd=initrd, log_dir=logs, name="panic", card=None, say=print, stays=True,
                            memory_mb=128, first_process=rb"Kernel panic") as machine:
            machine.wait_for(rb"Kernel panic - not syncing: Attempted to kill init!")
            proc.wait_until(lambda: machine.qmp.call("query-status")["status"] == "shutdown", 60, "the machine resets")
            self.assertEqual(machine.qmp.last_shutdown(), "guest-reset")
            self.assertNotRegex(machine.serial(), rb"Rebooting in")
            # docs/THREAT-MODEL.md says so: after a panic the memory is as it was.
            dump = folder / "panic-memory"
            machine.dump_memory(dump)
            self.assertIn(canary[::-1], dump.read_bytes())


if __name__ == "__main__":
    suite.main(__name__)
