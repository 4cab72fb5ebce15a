#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The box writes no disk. Every disk that QEMU shows it, boot medium included, raw and writable, has the same SHA-256
after a run in which it served; and a proof that this comparison can fail."""

import os
import re
import tempfile
import unittest
from pathlib import Path

import box as box_module
import cpio
import proc
import session
import suite
import tornet

DISK_LENGTH = 16 << 20
BUSES = ("virtio", "nvme", "ahci", "usb", "scsi")


def setUpModule():
    global logs, folder, network
    logs = suite.logs("system-disks")
    folder = Path(suite.keep(tempfile.TemporaryDirectory(prefix="courier-disks-")))
    network = suite.keep(tornet.Network(logs, say=print))


def new_disk(name):
    """A disk with a partition table and random contents, so that something which looks for one finds it."""
    path = folder / name
    path.write_bytes(os.urandom(DISK_LENGTH))
    proc.run(["sfdisk", "--quiet", "--no-reread", path], "partition a disk", input_bytes=b"label: gpt\n,8M,L\n,,L\n")
    return path


class TheBox(unittest.TestCase):
    """The shipped image: boots, serves a source and the desk, and is switched off by its power button."""

    def serve(self, firmware, bus):
        disks = [new_disk(f"{firmware}-{bus}-{kind}.img") for kind in BUSES]
        name = f"box-{firmware}-{bus}"
        stage = session.Session(logs, network=network, say=print, firmware=firmware, disk=bus,
                                extra_disks=list(zip(BUSES, disks)), name=name)
        stage.client_names = (f"source-{name}", f"desk-{name}")
        self.addCleanup(stage.stop)
        before = {}

        def remember():
            before.update({path: box_module.sha256_of(path) for path in [stage.disk] + disks})

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
        self.assertEqual(len(before), len(BUSES) + 1)
        for path, digest in before.items():
            self.assertEqual(box_module.sha256_of(path), digest, f"{path.name} changed")

    def test_bios_from_a_usb_stick(self):
        self.serve("bios", "usb")

    def test_uefi_from_a_usb_stick(self):
        self.serve("uefi", "usb")


class ThroughUsbfs(unittest.TestCase):
    """A process with root's rights in the guest sends SCSI WRITE(10) to a USB disk. With the kernel that ships it gets
    nowhere. With the same kernel but for our patch the disk changes: so the comparison of hashes can fail."""

    @classmethod
    def setUpClass(cls):
        test_build = session.BUILD / "test"
        test_build.mkdir(parents=True, exist_ok=True)
        probe = "build/test/usbwrite"
        proc.run([session.TOP / "build.sh", "in-builder", "/sysroot/bin/musl-gcc", "-std=c17", "-D_GNU_SOURCE", "-O2",
                  "-static", "-Wall", "-Wextra", "-Werror", "-o", probe, "tests/system/probe/usbwrite.c"],
                 "compile the probe", timeout_s=600)
        cls.initramfs = folder / "probe.cpio"
        cls.initramfs.write_bytes(cpio.archive({"init": (session.TOP / probe).read_bytes()}))

    def write_from_inside(self, kernel, name):
        """(what the probe said, did the disk change?)"""
        disk = new_disk(f"{name}.img")
        before = box_module.sha256_of(disk)
        with box_module.Box(kernel=kernel, initrd=self.initramfs, log_dir=logs, name=name, card=None, say=print,
                            extra_disks=[("usb", disk)], first_process=rb"^probe: started") as machine:
            machine.wait_for(rb"^probe: (written|nothing written)\r?$")
            machine.wait_end()
            return machine.serial().decode(), box_module.sha256_of(disk) != before

    def test_the_shipped_kernel_refuses(self):
        kernel = folder / "vmlinuz"
        box_module.take_from_image(session.BUILD / "courier.img", "VMLINUZ", kernel)
        said, changed = self.write_from_inside(kernel, "probe-shipped")
        answers = re.findall(r"^probe: node \d+ \d+: (.*?)\r?$", said, re.M)
        self.assertGreater(len(answers), 0)
        self.assertEqual(set(answers), {"EPERM"}, said)
        self.assertFalse(changed)

    def test_without_our_patch_the_disk_changes(self):
        proc.run([session.TOP / "build.sh", "usbfs-open"], "build the kernel without our patch", timeout_s=1800)
        said, changed = self.write_from_inside(session.BUILD / "artefacts" / "usbfs-open" / "bzImage", "probe-open")
        self.assertIn("probe: written", said)
        self.assertTrue(changed, said)


if __name__ == "__main__":
    suite.main(__name__)
