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
        table.add("the same, against its three values put one by one", row["submissions_per_s"], "1/s",
                  row["raw_three_puts_per_s"], peer_name="LMDB, three puts")
    step("A step's cost with 1,000 and with 10,000 conversations of ten messages (100,000: ./build.sh long)")
    small, large = measured("scale", 1000, 10000)
    for name in (*STEPS, "create", "confirm", "state"):
        table.add(f"{name}, 10,000 conversations", large[name + "_us"], "us", small[name + "_us"],
                  peer_name="1,000", bar="ratio at most 2" if name in STEPS else None)
    table.add("restart of the keeper, 10,000 conversations", large["restart_s"], "s")
    table.add("memory, 10,000 conversations, 10,000 messages waiting", large["memory_mib"], "MiB")


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
