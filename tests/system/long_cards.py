#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every network card that this QEMU has and the box knows, by BIOS and by UEFI: it gets an address. Then the machine is
switched off by its keyboard, on PS/2 and on USB in turn."""

import re
import tempfile
import unittest
from pathlib import Path

import box as box_module
import proc
import session
import suite

CARDS = ("virtio-net-pci", "virtio-net-pci-non-transitional", "e1000", "e1000-82544gc", "e1000-82545em", "e1000e", "igb", "vmxnet3",
         "usb-net")
KEYBOARDS = {"PS/2": [], "USB": ["usb-kbd,bus=xhci.0"]}
ADDRESS = rb"^courier: net up 10\.0\.2\.15\r?$"


class Alone:
    """In place of a Tor network: the door stays shut, and nobody minds."""

    @staticmethod
    def torrc_lines():
        return ""


def setUpModule():
    global logs, stage, known
    logs = suite.logs("long-cards")
    stage = session.Session(logs, network=Alone(), say=print)
    suite.keep(stage.stack)
    stage.prepare()
    stage.make_desk()
    stage.make_site()
    stage.make_image()
    said = proc.run(["qemu-system-x86_64", "-device", "help"], "list QEMU's devices").stdout.decode()
    known = set(re.findall(r'^name "([^"]+)"', said, re.M))


class Cards(unittest.TestCase):
    def start(self, firmware, card, keyboard):
        name = f"{firmware}-{card}"
        with box_module.Box(image=stage.disk, log_dir=logs, firmware=firmware, disk="usb", name=name, say=print,
                            card=card + (",bus=xhci.0" if card.startswith("usb") else ""), devices=KEYBOARDS[keyboard],
                            first_process=session.FIRST_LINE) as machine:
            machine.wait_for(ADDRESS)
            for keys in (["p"], ["shift", "y"], ["shift", "e"], ["shift", "s"], ["ret"]):
                machine.press(*keys)
            machine.wait_end()
        print(f"{name}, {keyboard}: good")

    def each(self, firmware):
        for number, card in enumerate(CARDS):
            if card not in known:
                print(f"{firmware}-{card}: this QEMU has none")
                continue
            with self.subTest(firmware=firmware, card=card):
                self.start(firmware, card, list(KEYBOARDS)[number % len(KEYBOARDS)])

    def test_bios(self):
        self.each("bios")

    def test_uefi(self):
        self.each("uefi")


if __name__ == "__main__":
    suite.main(__name__)
