#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A box whose clock has lost its battery: it starts on the day of its build, and three relays set it right."""

import re
import time
import unittest

import session
import suite

# The day of the build must lie some hours back, or Tor has nothing to complain of.
LEAST_BEHIND_S = 3700


class TheClock(unittest.TestCase):
    def test_a_dead_battery(self):
        stage = session.Session(suite.logs("system-clock"), say=print, arguments=["-rtc", "base=2020-01-01T00:00:00"])
        self.addCleanup(stage.stop)
        built = int(re.search(r"^date (\d+)$", (session.TOP / "image" / "packages.lock").read_text(), re.M).group(1))
        behind = time.time() - built
        if behind < LEAST_BEHIND_S:
            raise unittest.SkipTest("the lock is of this very hour: there is nothing to set right")
        stage.start()
        moves = re.findall(rb"init: the clock goes forward \[seconds source: (\d+) (\d)\]", stage.box.serial())
        self.assertEqual([source for _seconds, source in moves], [b"3"])  # CLOCK_OF_RELAYS
        # By what the relays said while they were asked, at most an hour less than all of it.
        self.assertLessEqual(int(moves[0][0]), time.time() - built)
        self.assertGreaterEqual(int(moves[0][0]), behind - 3600)
        browser = stage.source()
        page = browser.open("/write")
        page = browser.submit(page.form_with("message"), {"message": "at the right time"})
        self.assertIsNotNone(page.by_id("codename"), page.text[:300])
        stage.desk.sync()
        self.assertEqual(len(stage.desk.conversations()), 1)


if __name__ == "__main__":
    suite.main(__name__)
