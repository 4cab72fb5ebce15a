#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A box whose clock has lost its battery: it starts on the day of its build, and three relays set it right."""

import re
import struct
import time
import unittest

import session
import suite
import test_attack

# The day of the build must lie some hours back, or Tor has nothing to complain of.
LEAST_BEHIND_S = 3700
RTC = ["-rtc", "base=2020-01-01T00:00:00"]


def day_of_build():
    return int(re.search(r"^date (\d+)$", (session.TOP / "image" / "packages.lock").read_text(), re.M).group(1))


class BuiltBefore(test_attack.AttackedSession):
    """Its program takes an earlier day for the day of its build: in the hour after a `./build.sh lock`."""

    def program(self):
        program = (session.BUILD / "courier").read_bytes()
        day = struct.pack("<q", day_of_build())
        assert program.count(day) == 1
        return program.replace(day, struct.pack("<q", day_of_build() - LEAST_BEHIND_S))


class TheClock(unittest.TestCase):
    def test_a_dead_battery(self):
        built, kind = day_of_build(), session.Session
        if time.time() - built < LEAST_BEHIND_S:
            built, kind = built - LEAST_BEHIND_S, BuiltBefore
        stage = kind(suite.logs("system-clock"), say=print, arguments=RTC)
        self.addCleanup(stage.stop)
        behind = time.time() - built
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
