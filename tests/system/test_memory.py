#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small box boots and serves with 192 MB of memory, and opens a sealed site file, which takes 64 MiB, while 64 MB of those
are not there."""

import unittest

import desk
import session
import source
import suite
import test_unlock
import tornet

ATTACHMENT = bytes(range(256)) * (3 << 12)


def setUpModule():
    global logs, network
    logs = suite.logs("system-memory")
    network = suite.keep(tornet.Network(logs, say=print))


class Small(unittest.TestCase):
    def serve(self, kind, memory_mb, **options):
        stage = kind(logs, network=network, say=print, memory_mb=memory_mb, name=f"box-{memory_mb}", **options)
        stage.client_names = (f"source-{memory_mb}", f"desk-{memory_mb}")
        self.addCleanup(stage.stop)
        stage.start()
        browser = stage.source()
        self.addCleanup(browser.close)
        page = browser.open("/write")
        page = browser.submit(page.form_with("message", "file"), {"message": "small"},
                              {"file": source.File("three.bin", ATTACHMENT)})
        self.assertIsNotNone(page.by_id("codename"), page.text[:300])
        stage.desk.sync()
        conversation, = stage.desk.conversations()
        stage.desk.read(conversation)
        self.assertTrue(desk.find_opened(stage.desk, ATTACHMENT))
        stage.check_untroubled()

    def test_192_mb(self):
        """Without a site file: the desk's recipient is typed, and the desk opens what is sealed to it."""
        self.serve(test_unlock.Keyless, 192, types_recipient=True)

    def test_192_mb_of_which_64_are_taken(self):
        """QEMU gives 128: as if something held the rest from the first moment on."""
        self.serve(session.Session, 192 - 64, sealed=True)


if __name__ == "__main__":
    suite.main(__name__)
