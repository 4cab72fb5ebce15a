# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build costs. Cold: the least that each step took when it was made, which build.sh records beside its results
(image/lib.sh, `costed`). Warm: `./build.sh image` with nothing to do."""
import os
import re
import subprocess
import time
from pathlib import Path

import proc
from table import step

ROOT = Path(__file__).resolve().parents[2]
LISTED = ROOT / "build" / "artefacts" / "build-times"
WARM = 3
SMALL_S = 1  # steps of less CPU are one row


def records(path):
    """(seconds, CPU seconds) of each time that this result was made with as many jobs as there are cores."""
    found = []
    lines = path.read_text().splitlines() if path.exists() else []
    for head, own, children in zip(lines[::3], lines[1::3], lines[2::3]):
        began, ended, jobs = head.split()
        cpu = sum(int(minutes) * 60 + float(seconds) for minutes, seconds in re.findall(r"(\d+)m([\d.]+)s", own + " " + children))
        if int(jobs) == os.cpu_count():
            found.append((float(ended) - float(began), cpu))
    return found


def bench_cold(table):
    step("A cold build, by step, as recorded when each was made")
    paths = [Path(line) for line in dict.fromkeys(LISTED.read_text().splitlines())]
    seen, missing, small, wall = {}, [], 0, 0
    for path in paths:
        found = records(path)
        name = path.name.rsplit("-", 1)[0]
        if not found:
            missing.append(name)
            continue
        # The same work each time: what is more than the least was the machine's other work.
        wall += min(one[0] for one in found)
        cpu = min(one[1] for one in found)
        if cpu < SMALL_S:
            small += cpu
        else:
            seen[name] = cpu  # the trees that libraries are merged into share a name, and are all small
    for name, cpu in sorted(seen.items(), key=lambda one: -one[1]):
        table.add(f"cold: {name}", cpu, "s CPU")
    if small:
        table.add("cold: all steps of less than a second", small, "s CPU")
    if missing:
        print("  not made since times are recorded, and not shown: " + " ".join(missing), flush=True)
    else:
        table.add("cold: all, one after the other", wall, "s")
        table.add("cold: all", small + sum(seen.values()), "s CPU")


def bench_warm(table):
    step("./build.sh image with nothing to do")
    seconds, cpu = [], []
    for _ in range(WARM):
        began = time.monotonic()
        child = subprocess.Popen([ROOT / "build.sh", "image"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _pid, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)  # it is waited for: nothing is left for its destructor
        if child.returncode:
            raise proc.Failure(f"./build.sh image: exit status {child.returncode}")
        seconds.append(time.monotonic() - began)
        cpu.append(usage.ru_utime + usage.ru_stime)
    table.add("warm: ./build.sh image", seconds, "s")
    table.add("warm: ./build.sh image, CPU", cpu, "s CPU")


def bench(table, _work):
    bench_cold(table)
    bench_warm(table)
