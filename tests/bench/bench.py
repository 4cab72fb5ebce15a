#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench: one table on the terminal, and the same as JSON in build/bench.json.

    bench.py [--keep] [PART...]     measures these parts; without one, all but the long ones. `long`: only those
    bench.py --page                 measures nothing: docs/BENCH.md from what is kept

Every speed stands beside a peer's, measured in the same run on the same machine: read the ratios, not the seconds.
A figure that could not be measured is said, and the bench ends with an error; none is made up.

--keep lays what was measured over the last kept run, as docs/bench/DATE-COMMIT.json, and makes docs/BENCH.md's tables and plots
from it. What became worse by more than a fifth since the last kept run is measured once more, and what is worse both times is
named: then the exit status is 3. A part that could not be measured: 1.
"""
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD, DOCS = ROOT / "build", ROOT / "docs"
RECORD = BUILD / "bench.json"
sys.path[:0] = [str(ROOT / "tests" / "system"), str(Path(__file__).resolve().parent)]
import box  # noqa: E402
import kept  # noqa: E402
import proc  # noqa: E402
import report  # noqa: E402
from parts import LONG, PARTS  # noqa: E402
from table import Table  # noqa: E402

PROGRAMS = {"wrk": "wrk", "nginx": "nginx-light", "curl": "curl", "zstd": "zstd", "onionshare-cli": "onionshare-cli", "debugfs": "e2fsprogs"}


def measure(names, work):
    """Name -> part, of those that could be measured; each is in build/bench.json as soon as it is there. And the names of the
    others."""
    found, failed = {}, []
    for number, name in enumerate(names):
        table, folder, began = Table(), work / f"{number}-{name}", time.monotonic()
        folder.mkdir(mode=0o755)
        try:
            {**PARTS, **LONG}[name](table, folder)
        except (proc.Failure, OSError) as error:
            print(f"\n{name} could not be measured: {error}", flush=True)
            failed.append(name)
            continue
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        found[name] = kept.part(table.rows, time.monotonic() - began, ROOT, box.accelerator())
        print(f"  {name}: {time.monotonic() - began:.0f} s", flush=True)
        kept.write(kept.laid_over(kept.read_result(RECORD), {"parts": found}, [*PARTS, *LONG]), RECORD)
    return found, failed


def worse(old, found):
    return kept.regressions(old, {"parts": found})


def again(old, found, work):
    """What is worse than in the old record, and was so twice."""
    first = worse(old, found)
    names = [name for name in dict.fromkeys(one[0] for one in first) if name in PARTS]
    if not names:
        return first
    print("\nWorse by more than a fifth, and measured once more: " + " ".join(names), flush=True)
    second, _failed = measure(names, work / "again")
    found |= second
    twice = {(name, row["name"]) for name, row, *_rest in first}
    return [one for one in worse(old, found) if (one[0], one[1]["name"]) in twice]


def keep(old):
    (DOCS / "bench").mkdir(exist_ok=True)
    record = kept.laid_over(old, kept.read_result(RECORD), [*PARTS, *LONG])
    path = DOCS / "bench" / kept.file_name(record)
    kept.write(record, path)
    report.write(DOCS)
    print(f"kept: {path.relative_to(ROOT)}, docs/BENCH.md and its plots: commit them", flush=True)


def main():
    words = sys.argv[1:]
    if words == ["--page"]:
        report.write(DOCS)
        return
    keeping = "--keep" in words
    names = [word for word in words if word != "--keep"]
    unknown = [name for name in names if name not in {**PARTS, **LONG, "long": None}]
    if unknown:
        sys.exit(f"bench.py: no part is called {unknown[0]}; there are: {' '.join(PARTS)}; and with long: {' '.join(LONG)}")
    names = [one for name in names or PARTS for one in (LONG if name == "long" else [name])]
    proc.end_on_signals()
    proc.need_root()
    proc.need_programs(PROGRAMS)
    kept_runs = kept.history(DOCS / "bench")
    old = kept_runs[-1] if kept_runs else kept.empty()
    work = Path(tempfile.mkdtemp(prefix="courier-bench-"))
    work.chmod(0o755)
    try:
        (work / "again").mkdir(mode=0o755)
        found, failed = measure(names, work)
        became_worse = again(old, found, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"\nwritten: {RECORD.relative_to(ROOT)}")
    if keeping:
        keep(old)
    for one in became_worse:
        print(f"WORSE: {kept.in_words(one)}")
    if failed:
        print("NOT MEASURED: " + " ".join(failed))
    sys.exit(1 if failed else 3 if became_worse else 0)


if __name__ == "__main__":
    main()
