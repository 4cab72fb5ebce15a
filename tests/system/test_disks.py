#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The box writes no disk. Seven kinds of disk, boot stick included, attached raw and writable, have the same SHA-256 after
a run in which it served, after power cuts at random moments, and after a program with root's rights in the guest tried
to write them by every route; and without our patches of the kernel the same program does change them.

The table of disks, and what each attempt was answered, are kept: build/artefacts/disks.txt."""

import re
import tempfile
import unittest
from pathlib import Path

import box as box_module
import cpio
import disks
import power
import proc
import session
import suite
import tornet

CUTS = 5
LATEST_S = 8  # the start, and some of serving

# Doors that only our patches close: each must be open in the kernel without them, or the attempt proves nothing.
PATCHED = ("usbfs", "card-eeprom", "tpm-nv", "pci-driver-override", "pci-new-id", "usb-new-id")


def setUpModule():
    global logs, folder, network
    logs = suite.logs("system-disks")
    folder = Path(suite.keep(tempfile.TemporaryDirectory(prefix="courier-disks-")))
    network = suite.keep(tornet.Network(logs, say=print))
    suite.keep(Report())


class Report:
    """The artefact, written when all tests are done."""

    attempts = {}

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        text = disks.table()
        for kernel, answers in self.attempts.items():
            text += f"\nRoot code in {kernel}:\n"
            for (name, target), answer in sorted(answers.items()):
                text += f"  {name:22} {target:44} {answer}\n"
        artefact = session.BUILD / "artefacts" / "disks.txt"
        artefact.parent.mkdir(parents=True, exist_ok=True)
        artefact.write_text(text)
        print(disks.table())


class TheBox(unittest.TestCase):
    """The shipped image: boots, serves a source and the desk, and is switched off by its power button."""

    def serve(self, firmware):
        name = f"box-{firmware}-usb"
        attached = disks.Disks(folder, name)
        stage = session.Session(logs, network=network, say=print, firmware=firmware, disk="usb",
                                extra_disks=attached.extra, name=name)
        stage.client_names = (f"source-{name}", f"desk-{name}")
        self.addCleanup(stage.stop)

        def remember():
            attached.add_stick(stage.disk)
            attached.remember()

        stage.start(before_boot=remember)
        browser = stage.source()
        page = browser.open("/write")
        page = browser.submit(page.form_with("message", "file"), {"message": "on no disk"})
        self.assertIsNotNone(page.by_id("codename"), page.text[:300])
        stage.desk.sync()
        self.assertEqual(len(stage.desk.conversations()), 1)
        stage.check_untroubled()
        stage.box.power_button()
        stage.box.wait_end()
        self.assertEqual(attached.changed(f"served, {firmware}"), [])

    def test_bios_from_a_usb_stick(self):
        self.serve("bios")

    def test_uefi_from_a_usb_stick(self):
        self.serve("uefi")

    def test_power_cuts(self):
        power.cut(self, logs, folder, network, cuts=CUTS, latest_s=LATEST_S)


class RootCode(unittest.TestCase):
    """tests/system/probe as PID 1, beside seven disks, a network card with an EEPROM, and a TPM."""

    @classmethod
    def setUpClass(cls):
        test_build = session.BUILD / "test"
        test_build.mkdir(parents=True, exist_ok=True)
        sources = sorted(f"tests/system/probe/{path.name}" for path in (session.TOP / "tests/system/probe").glob("*.c"))
        probe = "build/test/diskprobe"
        proc.run([session.TOP / "build.sh", "in-builder", "/sysroot/bin/musl-gcc", "-std=c17", "-D_GNU_SOURCE", "-O2",
                  "-static", "-Wall", "-Wextra", "-Werror", "-o", probe, *sources],
                 "compile the probe", timeout_s=600)
        cls.initramfs = folder / "probe.cpio"
        cls.initramfs.write_bytes(cpio.archive({"init": (session.TOP / probe).read_bytes()}))

    def attack(self, kernel, name, done, firmware):
        """({(attempt, target): answer}, what the kernel lists, kinds of disk that changed)"""
        stick = folder / f"{name}-stick.img"
        box_module.copy_sparse(session.BUILD / "courier.img", stick)
        attached = disks.Disks(folder, name, stick)
        with box_module.Box(kernel=kernel, initrd=self.initramfs, log_dir=logs, name=name, firmware=firmware, card="e1000",
                            tpm=True, say=print, extra_disks=attached.extra + [("usb", stick)],
                            first_process=rb"^probe: started") as machine:
            machine.wait_for(rb"^probe: end\r?$")
            machine.wait_end()
            said = machine.serial().decode(errors="replace")
        self.assertIn(f"probe: started by {firmware.upper()}", said)
        answers = {}
        for attempt, target, answer in re.findall(r"^try ([\w-]+): (.*): ([\w-]+)\r?$", said, re.M):
            if answers.get((attempt, target)) != "done":  # a target with several parts
                answers[(attempt, target)] = answer
        Report.attempts[done] = answers
        return answers, re.findall(r"^listed: *(.*?)\r?$", said, re.M), attached.changed(f"root code, {done}")

    def test_the_shipped_kernel_refuses(self):
        kernel = folder / "vmlinuz"
        box_module.take_from_image(session.BUILD / "courier.img", "VMLINUZ", kernel)
        answers, listed, changed = self.attack(kernel, "probe-shipped", "the shipped kernel", "uefi")
        self.assertEqual(changed, [])
        self.assertNotIn("Block devices:", listed)
        worked = [attempt for attempt, answer in answers.items() if answer == "done"]
        self.assertEqual(worked, [], "root got through")
        for name in PATCHED:
            self.assertEqual({answer for (attempt, _target), answer in answers.items() if attempt == name}, {"EPERM"}, name)
        registers = [answer for (attempt, _target), answer in answers.items() if attempt == "pci-registers"]
        self.assertGreaterEqual(len(registers), len(disks.KINDS), "each disk's controller, and the USB host")
        missing = [attempt for attempt, answer in answers.items() if answer == "none"]
        self.assertEqual(missing, [], "nothing to try these on")

    def test_without_our_patches_disks_change(self):
        proc.run([session.TOP / "build.sh", "doors-open"], "build the kernel without our patches", timeout_s=1800)
        answers, _listed, changed = self.attack(session.BUILD / "artefacts" / "doors-open" / "bzImage", "probe-open",
                                                "a kernel without our patches", "bios")
        self.assertEqual(changed, [disks.STICK, "usb"])
        for name in PATCHED:
            self.assertIn("done", {answer for (attempt, _target), answer in answers.items() if attempt == name}, name)


if __name__ == "__main__":
    suite.main(__name__)
