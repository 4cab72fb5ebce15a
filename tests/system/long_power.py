#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_disks' power cuts, many more of them, up to well after the door has opened. COURIER_POWER_CUTS says how many
(100)."""

import os
import tempfile
import unittest
from pathlib import Path

import disks
import power
import suite
import tornet

CUTS = int(os.environ.get("COURIER_POWER_CUTS", "100"))
LATEST_S = 20  # the door is open long before


def setUpModule():
    global logs, folder, network
    logs = suite.logs("long-power")
    folder = Path(suite.keep(tempfile.TemporaryDirectory(prefix="courier-power-")))
    network = suite.keep(tornet.Network(logs, say=print))


class PowerCuts(unittest.TestCase):
    def test_at_random_moments(self):
        power.cut(self, logs, folder, network, cuts=CUTS, latest_s=LATEST_S)
        print(disks.table())


if __name__ == "__main__":
    suite.main(__name__)
