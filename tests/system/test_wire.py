#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every frame that the box sends, from power-on to power-off; and what a neighbour gets who means harm."""

import re
import socket
import struct
import tempfile
import time
import unittest
from pathlib import Path

import box as box_module
import frames
import proc
import session
import suite
import tornet
from cable import Cable

BOX, ROUTER = "10.0.2.15", "10.0.2.2"  # as QEMU's user network gives them
NEIGHBOUR = bytes.fromhex("020000000666")
RELAYS = {tornet.NET + str(n + 1) for n in range(tornet.AUTHORITIES + tornet.RELAYS)}
PORTS = (tornet.OR_PORT, tornet.DIR_PORT)
DHCP_SAID = {1, 3}  # discover, request
NEIGHBOURS_ASKED = {133, 135, 136, 143}  # routers, neighbours, and the groups that it listens to
SECOND_NETWORK = "10.88.0."


def make_cable(**options):
    folder = suite.keep(tempfile.TemporaryDirectory(prefix="courier-cable-"))
    return suite.keep(Cable(folder, **options))


class FromPowerOnToPowerOff(unittest.TestCase):
    """In the order of the names: one box, one cable."""

    @classmethod
    def setUpClass(cls):
        cls.cable = make_cable()
        cls.stage = suite.keep(session.Session(suite.logs("system-wire"), say=print, cable=cls.cable))

    def check_frames(self):
        """All so far. Returns what they were."""
        kinds = set()
        for frame in list(self.cable.sent):
            (kind, *about), vlan = frames.describe(frame)
            kinds.add(kind)
            with self.subTest(kind):
                self.assertEqual(vlan, 0)
                self.assertIn(kind, ("arp", "dhcp", "tcp"), about)
            if kind == "tcp":
                self.assertIn(about[0], RELAYS)
                self.assertIn(about[1], PORTS)
            if kind == "dhcp":
                self.assertIn(about[0], DHCP_SAID)
        return kinds

    def test_1_until_the_door_is_open(self):
        self.assertEqual(self.check_frames(), {"arp", "dhcp", "tcp"})
        first = [frames.describe(frame)[0] for frame in list(self.cable.sent)]
        # Asked again, where an answer takes its time.
        repeated = next(at for at, what in enumerate(first) if what != ("dhcp", 1))
        self.assertGreater(repeated, 0)
        self.assertEqual(first[repeated], ("dhcp", 3))

    def test_2_a_hostile_neighbour_hears_nothing(self):
        mac = self.cable.sent[0][6:12]
        seen = len(self.cable.sent)
        hostile = frames.hostile(mac, BOX, NEIGHBOUR, ROUTER)
        for frame in hostile:
            self.cable.put(frame)
        unasked = frames.dhcp_answer(bytes([1, 1, 6, 0]) + bytes(24) + mac + bytes(300), 5, "10.66.0.6", "10.66.0.1")
        self.cable.put(frames.ethernet(mac, NEIGHBOUR, frames.IPV4, unasked))
        time.sleep(3)
        for frame in self.cable.sent[seen:]:
            self.assertNotEqual(frame[0:6], NEIGHBOUR, frames.describe(frame))
            self.assertNotIn(frames.describe(frame)[0][0], ("icmp6", "other"))
        self.stage.box.wait_for(rb"^courier: dropped \d+\r?$", timeout_s=30)
        self.check_frames()

    def test_3_and_changes_nothing(self):
        page = self.stage.source().open("/")
        self.assertEqual(page.status, 200)
        self.assertEqual(re.findall(rb"^courier: net up (\S+)\r?$", self.stage.box.serial(), re.M), [BOX.encode()])
        self.stage.check_untroubled()
        self.check_frames()

    def test_4_until_it_is_off(self):
        self.stage.box.power_button()
        self.stage.box.wait_end()
        self.check_frames()


class Lan:
    """The other end of a cable without anything behind it: DHCP, ARP and router advertisements, all with one tag."""

    mac = bytes.fromhex("020000000001")
    router = SECOND_NETWORK + "1"

    def __init__(self, cable, vlan):
        self.cable, self.vlan = cable, vlan
        cable.heard = self._hear

    def _hear(self, frame):
        (kind, *about), vlan = frames.describe(frame)
        if vlan != self.vlan:
            return
        if kind == "dhcp":
            answer = {1: 2, 3: 5}[about[0]]
            self._send(frame[6:12], frames.IPV4, frames.dhcp_answer(frame[18 + 28:], answer, SECOND_NETWORK + "40", self.router))
        elif kind == "arp" and socket.inet_ntoa(frame[18 + 24:18 + 28]) == self.router:
            self._send(frame[6:12], frames.ARP, frames.arp(2, self.mac, self.router, frame[6:12], SECOND_NETWORK + "40"))
        elif kind == "icmp6" and about[0] == 133:
            self._send(b"\x33\x33\0\0\0\1", frames.IPV6, frames.router_advertisement("2001:db8:5::"))

    def _send(self, to, kind, payload):
        self.cable.put(frames.ethernet(to, self.mac, kind, payload, vlan=self.vlan))


class ByTheSiteFile(unittest.TestCase):
    """IPv6, a VLAN and a hardware address of its own, in a box that finds no Tor network."""

    VLAN = 5

    def asked_for(self, cable):
        """The address that it asks about before it takes it, of the prefix that the router said."""
        for frame in cable.sent:
            if frames.describe(frame)[0] == ("icmp6", 135) and frame[66:72] == bytes.fromhex("20010db80005"):
                return frame[66:82]
        return None

    def test_they_are_taken(self):
        logs = suite.logs("system-wire-vlan")
        cable = make_cable(alone=True)
        Lan(cable, self.VLAN)
        stage = session.Session(logs, say=print, cable=cable, devices=("virtio-net-pci",))
        self.addCleanup(stage.stop)
        stage.prepare()
        stage.network = tornet.RealNetwork(logs)
        stage.make_desk()
        stage.make_site()
        site = stage.work / "site"
        site.write_text(site.read_text().replace(
            "network = dhcp\n", f"network = dhcp\nnetwork6 = slaac\nvlan = {self.VLAN}\nmac = random\n"))
        stage.make_image()
        stage.network = None
        stage.boot()
        stage.box.wait_for(rf"^courier: net up {re.escape(SECOND_NETWORK)}40\r?$".encode())
        proc.wait_until(lambda: self.asked_for(cable), 30, "an IPv6 address", also_check=stage.box.check)
        time.sleep(2)
        stage.box.power_button()
        stage.box.wait_end()
        macs = {frame[6:12] for frame in cable.sent}
        self.assertEqual(len(macs), 1)
        mac = macs.pop()
        self.assertEqual(mac[0] & 3, 2, "given out locally, a single card's")
        self.assertNotIn(mac, [bytes.fromhex("5254001234") + bytes([last]) for last in range(0x56, 0x60)], "QEMU's own")
        eui64 = bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]
        self.assertNotEqual(self.asked_for(cable)[8:], eui64, "the address tells the hardware address")
        for frame in cable.sent:
            (kind, *about), vlan = frames.describe(frame)
            self.assertEqual(vlan, self.VLAN, (kind, about))
            self.assertIn(kind, ("arp", "dhcp", "tcp", "icmp6"), about)
            if kind == "icmp6":
                self.assertIn(about[0], NEIGHBOURS_ASKED)


if __name__ == "__main__":
    suite.main(__name__)
