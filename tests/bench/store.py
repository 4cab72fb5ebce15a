#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store: submissions against LMDB's own puts, and what a step costs when there is much.

    store.py CONVERSATIONS ...   ten messages in each; with two sizes, the last against the first
The last line is: N passed, N failed
"""
import json
import os
import subprocess
import sys
from pathlib import Path

from table import step

PROGRAM = Path(os.environ.get("COURIER_BUILD", Path(__file__).resolve().parents[2] / "build")) / "tests" / "bench_store"
STEPS = ("submit", "login", "collect")


def measured(*words):
    """The program's lines. One that costs too much is no failure of the program's."""
    done = subprocess.run([PROGRAM, *map(str, words)], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def bench_store(table, _work):
    step("Text submissions a second of CPU, each committed, against LMDB's puts of their size in the same folder, in turn")
    for row in measured("submissions"):
        table.add(f"submissions of {row['bytes']} bytes", row["submissions_per_s"], "1/s", row["raw_puts_per_s"],
                  peer_name="LMDB, one put", bar="ratio at least 0.5")
        table.add(f"submissions of {row['bytes']} bytes", row["submissions_per_s"], "1/s",
                  row["raw_three_puts_per_s"], peer_name="LMDB, three puts")
    scale(table, 10_000)


def bench_long(table, _work):
    scale(table, 100_000)


def scale(table, many):
    step(f"A step's CPU with 1,000 and with {many:,} conversations of ten messages")
    small, large = measured("scale", 1000, many)
    for name in (*STEPS, "create", "confirm", "state"):
        table.add(f"{name}, {many:,} conversations", large[name + "_us"], "us", small[name + "_us"],
                  peer_name="1,000 conversations", bar="ratio at most 2" if name in STEPS else None)
    table.add(f"restart of the keeper, {many:,} conversations", large["restart_s"], "s")
    table.add(f"memory, {many:,} conversations, 10,000 messages waiting", large["memory_mib"], "MiB")


def main():
    rows = measured("scale", *sys.argv[1:])
    passed = failed = 0
    for row in rows:
        print(", ".join(f"{name} {value:,}" for name, value in row.items()), flush=True)
        # The program ends at the first message that it doesn't find again.
        passed += 1
    if len(rows) > 1:
        for name in STEPS:
            ratio = rows[-1][name + "_us"] / rows[0][name + "_us"]
            print(f"{name}: {ratio:.2f} times the cost at {rows[0]['conversations']:,} (at most 2)")
            passed, failed = (passed + 1, failed) if ratio <= 2 else (passed, failed + 1)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
