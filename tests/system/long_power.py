#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The power goes at a random moment of the start or of serving, again and again: every disk is as it was, and the next
start is a start like any other. COURIER_POWER_CUTS says how often (20)."""

import os
import random
import tempfile
import time
import unittest
from pathlib import Path

import box as box_module
import session
import suite
import test_disks
import tornet

CUTS = int(os.environ.get("COURIER_POWER_CUTS", "20"))
LATEST_S = 20  # the door is open long before


def setUpModule():
    global logs, network
    logs = suite.logs("long-power")
    test_disks.folder = Path(suite.keep(tempfile.TemporaryDirectory(prefix="courier-power-")))
    network = suite.keep(tornet.Network(logs, say=print))


class PowerCuts(unittest.TestCase):
    def test_at_random_moments(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        moments = random.Random(seed)
        buses = test_disks.BUSES
        disks = [test_disks.new_disk(f"{kind}.img") for kind in buses]
        stage = session.Session(logs, network=network, say=print, disk="usb", extra_disks=list(zip(buses, disks)),
                                name="first")
        self.addCleanup(stage.stop)
        stage.start()
        stage.box.stop()
        media = [stage.disk] + disks
        before = [box_module.sha256_of(path) for path in media]
        for number in range(CUTS):
            moment = moments.uniform(0.5, LATEST_S)
            with self.subTest(number=number, moment=moment):
                with box_module.Box(image=stage.disk, log_dir=logs, network=network, disk="usb",
                                    extra_disks=list(zip(buses, disks)), name=f"cut-{number}", say=print):
                    time.sleep(moment)
                print(f"cut {number}: after {moment:.1f} s")
                self.assertEqual([box_module.sha256_of(path) for path in media], before)
        with box_module.Box(image=stage.disk, log_dir=logs, network=network, disk="usb", name="after", say=print) as last:
            last.wait_for(session.DOOR_OPEN)


if __name__ == "__main__":
    suite.main(__name__)
