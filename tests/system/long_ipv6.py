#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A box on a network without IPv4: the router says which prefix it has, Tor reaches its relays by IPv6 alone, and a source and
a desk, who have IPv4, notice nothing."""

import re
import unittest

import proc
import session
import suite
import tornet

NET6 = "fd99::"
PREFIX6 = "fd98::"


def address6(address):
    return NET6 + address.removeprefix(tornet.NET)


class Node(tornet.Node):
    def own_torrc(self, guards):
        text = super().own_torrc(guards) + f"Address {address6(self.address)}\nORPort [{address6(self.address)}]:{tornet.OR_PORT}\n"
        return text + ("AuthDirHasIPv6Connectivity 1\n" if self.is_authority else "")


class Network(tornet.Network):
    """Each node has a second address."""

    node_class = Node

    def _make_namespace(self):
        super()._make_namespace()
        batch = [f"address add {NET6}{n}/128 dev lo" for n in range(1, 31)]
        proc.run(["ip", "-n", self.namespace, "-batch", "-"], "give the namespace its IPv6 addresses",
                 input_bytes="\n".join(batch).encode() + b"\n")

    def torrc_lines(self):
        return re.sub(rf" ({re.escape(tornet.NET)}\d+):{tornet.DIR_PORT} ",
                      lambda found: f" ipv6=[{address6(found.group(1))}]:{tornet.OR_PORT}{found.group(0)}", super().torrc_lines())


class Session(session.Session):
    def make_site(self):
        super().make_site()
        site = self.work / "site"
        text, count = re.subn(r"^network = dhcp$", "network = none\nnetwork6 = slaac", site.read_text(), flags=re.M)
        assert count == 1
        site.write_text(text)


class IPv6Alone(unittest.TestCase):
    def test_an_exchange(self):
        logs = suite.logs("long-ipv6")
        network = suite.keep(Network(logs, say=print, keep=False))
        stage = suite.keep(Session(logs, network=network, say=print, card=None, arguments=[
            "-netdev", f"user,id=net,ipv4=off,ipv6=on,ipv6-prefix={PREFIX6}", "-device", "virtio-net-pci,netdev=net"]))
        self.assertRegex(stage.box.serial(), rf"courier: net up {PREFIX6}[0-9a-f:]+\r?\n".encode())
        browser = stage.source()
        page = browser.open("/write")
        page = browser.submit(page.form_with("message", "file"), {"message": "by IPv6 alone"})
        self.assertIsNotNone(page.by_id("codename"), page.text[:300])
        browser.close()
        stage.desk.sync()
        conversation, = stage.desk.conversations()
        self.assertIn("by IPv6 alone", stage.desk.read(conversation))
        stage.check_untroubled()


if __name__ == "__main__":
    suite.main(__name__)
