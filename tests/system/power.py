# SPDX-License-Identifier: GPL-3.0-or-later
"""The power goes at a random moment of the start or of serving, again and again: every disk is as it was, and the next
start is a start like any other."""

import random
import time

import box as box_module
import disks
import session


def cut(test, logs, folder, network, cuts, latest_s):
    """`test`: the unittest.TestCase. Each moment is below latest_s."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    stage = session.Session(logs, network=network, say=print, name="cut")
    test.addCleanup(stage.stop)
    stage.prepare()
    stage.make_desk()
    stage.make_site()
    stage.make_image()
    attached = disks.Disks(folder, "cut", stage.disk)
    for number in range(cuts):
        moment = moments.uniform(0.5, latest_s)
        with test.subTest(number=number, moment=moment):
            with box_module.Box(image=stage.disk, log_dir=logs, network=network, disk="usb",
                                extra_disks=attached.extra, name=f"cut-{number}", say=print):
                time.sleep(moment)
            print(f"cut {number}: after {moment:.1f} s")
            test.assertEqual(attached.changed(f"{cuts} power cuts"), [])
    with box_module.Box(image=stage.disk, log_dir=logs, network=network, disk="usb", name="after-cuts",
                        say=print) as last:
        last.wait_for(session.DOOR_OPEN)
