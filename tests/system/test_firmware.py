#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the firmware starts, and what it says of it: with Secure Boot on it takes an image that was signed and refuses one
that was not, or that was altered; and the TPM's registers, as the box shows them, are what image/pcr computes."""

import re
import tempfile
import unittest
from pathlib import Path

import box as box_module
import proc
import session
import suite

UEFI_PROGRAM = "EFI/BOOT/BOOTX64.EFI"
REFUSED = rb'BdsDxe: failed to load Boot\d+ "([^"]*)" from [^:]*: Access Denied'
PCR = rb"^courier: pcr (\d+) ([0-9a-f]{64})\r?$"


def setUpModule():
    global logs, folder, signed
    logs = suite.logs("system-firmware")
    folder = Path(suite.keep(tempfile.TemporaryDirectory(prefix="courier-firmware-")))
    locked_key, certificate, passphrase = box_module.SNAKEOIL
    key = folder / "key.pem"
    proc.run(["openssl", "pkey", "-in", locked_key, "-passin", f"pass:{passphrase}", "-out", key], "open the test key")
    signed = folder / "courier-signed.img"
    sign(key, certificate)


def sign(key, certificate):
    proc.run([session.TOP / "build.sh", "image", "--sign", key, certificate, folder], "sign the image", timeout_s=1800)


def expected(image):
    said = proc.run([session.TOP / "image" / "pcr", image], "compute the registers").stdout.decode()
    return dict(line.split() for line in said.splitlines())


def shown(machine):
    """{register: value}, of the box's own serial line."""
    machine.wait_for(rb"^courier: pcr 11 [0-9a-f]{64}\r?$")
    return {number.decode(): value.decode() for number, value in re.findall(PCR, machine.serial(), re.M)}


def altered(name, section):
    """A copy of the signed image with one bit changed in the middle of a section."""
    program = folder / f"{name}.efi"
    program.write_bytes((folder / "courier-signed.efi").read_bytes())
    said = proc.run(["objdump", "-h", "-w", program], "list the sections").stdout.decode()
    length, at = re.search(rf" {re.escape(section)} +([0-9a-f]+) +\S+ +\S+ +([0-9a-f]+)", said).groups()
    with open(program, "r+b") as file:
        file.seek(int(at, 16) + int(length, 16) // 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
    image = folder / f"{name}.img"
    box_module.copy_sparse(signed, image)
    proc.run(["mcopy", "-D", "o", "-o", "-i", f"{image}@@1M", program, f"::/{UEFI_PROGRAM}"], "put it on a disk")
    return image


class SecureBoot(unittest.TestCase):
    def test_only_what_was_signed_is_started(self):
        """The firmware tries four sticks, one after the other."""
        plain = folder / "plain.img"
        box_module.copy_sparse(session.BUILD / "courier.img", plain)
        sticks = [altered("altered-kernel", ".linux"), altered("altered-files", ".initrd"), signed]
        with box_module.Box(image=plain, log_dir=logs, firmware="secure", disk="virtio", card=None, name="secure-boot", say=print,
                            extra_disks=[("virtio", stick) for stick in sticks], boot_each=True,
                            first_process=session.FIRST_LINE) as machine:
            machine.wait_for(session.FIRST_LINE)
            refused = re.findall(REFUSED, machine.serial())
        self.assertEqual(len(refused), 3, "three sticks refused, the fourth started")

    def test_the_registers_with_secure_boot(self):
        with box_module.Box(image=signed, log_dir=logs, firmware="secure", disk="usb", card=None, name="secure-tpm", tpm=True,
                            say=print, first_process=session.FIRST_LINE) as machine:
            found = shown(machine)
        wanted = expected(signed)
        self.assertEqual(found, {"4": wanted["4-secure-boot"], "11": wanted["11"]})

    def test_the_same_key_gives_the_same_bytes(self):
        first = box_module.sha256_of(signed)
        sign(folder / "key.pem", box_module.SNAKEOIL[1])
        self.assertEqual(box_module.sha256_of(signed), first)

    def test_a_certificate_of_another_key(self):
        other = folder / "other"
        proc.run(["openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other/", "-keyout", f"{other}.key",
                  "-out", f"{other}.pem"], "make another key")
        for key, certificate, why in ((f"{other}.key", box_module.SNAKEOIL[1], "is not the certificate of"),
                                      (f"{other}.key", "/nowhere.pem", "can't be read")):
            said = proc.run([session.TOP / "build.sh", "image", "--sign", key, certificate, folder], "sign", timeout_s=1800,
                            accept=(1,)).stderr.decode()
            self.assertIn(why, said)

    def test_without_its_signature_it_is_the_published_one(self):
        program = folder / "without.efi"
        program.write_bytes((folder / "courier-signed.efi").read_bytes())
        proc.run(["sbattach", "--remove", program], "take the signature off")
        unsigned = folder / "published.efi"
        box_module.take_from_image(session.BUILD / "courier.img", UEFI_PROGRAM, unsigned)
        wanted = unsigned.read_bytes()
        checksum = int.from_bytes(wanted[60:64], "little") + 88
        found = bytearray(program.read_bytes())
        found[checksum:checksum + 4] = bytes(4)
        self.assertEqual(bytes(found), wanted)

    def test_verify_takes_it_for_this_source(self):
        said = proc.run([session.TOP / "image" / "compare", session.BUILD / "courier.img", signed], "compare").stdout.decode()
        self.assertIn("not counted: a Secure Boot signature", said)
        other = proc.run([session.TOP / "image" / "compare", session.BUILD / "courier.img", altered("verify", ".initrd")],
                         "compare", accept=(1, 2)).stdout.decode()
        self.assertNotIn("is this source", other)

    def test_a_signed_disk_has_nothing_for_bios(self):
        said = proc.run(["mdir", "-b", "-i", f"{signed}@@1M", "::/"], "list the disk").stdout.decode()
        self.assertEqual(sorted(said.split()), ["::/EFI/", "::/SITE.CPI"])


class Registers(unittest.TestCase):
    def test_by_uefi_they_are_as_computed(self):
        image = folder / "plain-tpm.img"
        box_module.copy_sparse(session.BUILD / "courier.img", image)
        with box_module.Box(image=image, log_dir=logs, firmware="uefi", disk="usb", card=None, name="uefi-tpm", tpm=True,
                            say=print, first_process=session.FIRST_LINE) as machine:
            found = shown(machine)
        wanted = expected(image)
        self.assertEqual(found, {"4": wanted["4"], "11": wanted["11"]})

    def test_another_program_has_other_registers(self):
        self.assertNotEqual(expected(altered("other", ".initrd"))["11"], expected(signed)["11"])


if __name__ == "__main__":
    suite.main(__name__)
