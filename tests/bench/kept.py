# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's record, as build/bench.json and as docs/bench/DATE-COMMIT.json: what is kept, how two are laid over each other, and
what became worse from one to the next.

    {"format": 1, "parts": {PART: {"when": SECONDS, "commit": "…", "machine": "…", "took": SECONDS, "rows": [ROW, …]}}}
A row is what table.py adds. Parts are measured one by one, so each says when and where."""
import json
import os
import platform
import re
import subprocess
import time
from pathlib import Path

from table import key_of

FORMAT = 1
WORSE = 1.2  # by more than a fifth: that is named


def machine(accelerator):
    """One line, without a name: enough to see whether two runs can be compared."""
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    memory = int(re.search(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(), re.M).group(1)) / (1 << 20)
    system = re.search(r'^PRETTY_NAME="(.*)"$', Path("/etc/os-release").read_text(), re.M)
    release = re.match(r"[\d.]*", platform.release()).group(0).rstrip(".")
    return (f"{os.cpu_count()} cores ({cpu.group(1) if cpu else platform.machine()}), {memory:.0f} GiB, "
            f"{system.group(1) if system else 'unknown system'}, Linux {release}, QEMU by {accelerator.upper()}")


def commit(root):
    """What is measured: the commit, with a plus if the tree differs from it."""
    def git(*words):
        return subprocess.run(["git", "-C", root, *words], capture_output=True, text=True, check=False)
    named = git("rev-parse", "--short=9", "HEAD").stdout.strip()
    if not named:
        return "unknown"
    changed = git("status", "--porcelain", "--", ".", ":!docs/BENCH.md", ":!docs/bench").stdout.strip()
    return named + ("+" if changed else "")


def part(rows, took, root, accelerator):
    return {"when": int(time.time()), "commit": commit(root), "machine": machine(accelerator), "took": round(took, 1), "rows": rows}


def empty():
    return {"format": FORMAT, "parts": {}}


def read(path):
    """The record at this path. One of another format is an error."""
    found = json.loads(Path(path).read_text())
    if found.get("format") != FORMAT:
        raise ValueError(f"{path} has another format; delete it, or move it away")
    return found


def read_result(path):
    """As read, of a file that a build left: if there is none, or one of an older tree, an empty record."""
    try:
        return read(path)
    except (FileNotFoundError, ValueError):
        return empty()


def write(record, path):
    fresh = Path(f"{path}.new")
    fresh.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    fresh.replace(path)


def laid_over(old, new, parts):
    """Of each part that there still is, what was measured last."""
    found = {}
    for name in parts:
        choices = [record["parts"][name] for record in (old, new) if name in record["parts"]]
        if choices:
            found[name] = max(choices, key=lambda one: one["when"])
    return {"format": FORMAT, "parts": found}


def day(when):
    return time.strftime("%Y-%m-%d", time.gmtime(when))


def newest(record):
    """The part that was measured last; None in an empty record."""
    return max(record["parts"].values(), key=lambda one: one["when"], default=None)


def file_name(record):
    last = newest(record)
    return f"{day(last['when'])}-{last['commit'].replace('+', '-changed')}.json"


def history(folder):
    """All kept records, the oldest first."""
    records = [read(path) for path in sorted(Path(folder).glob("*.json"))]
    return sorted((record for record in records if record["parts"]), key=lambda record: newest(record)["when"])


# ---- what became worse

def times_worse(better, old, new):
    """How many times worse; 1 where that can't be said."""
    if old is None or new is None or old <= 0 or new <= 0:
        return 1
    return new / old if better == "less" else old / new


def regression(old, new, same_machine):
    """How many times worse a row became, or None. Its figure has to be worse by a fifth and outside of what the other run saw,
    and so has its ratio, where a peer was measured in the same run: a machine that is busy slows both. On another machine
    the ratio alone counts."""
    if "better" not in new:
        return None
    found = []
    if same_machine:
        worse = times_worse(new["better"], old["value"], new["value"])
        inside = "from" in old and old["from"] <= new["value"] <= old["to"]
        found.append(1 if inside else worse)
    if new.get("ratio") is not None and old.get("ratio") is not None:
        found.append(times_worse(new["better"], old["ratio"], new["ratio"]))
    return min(found) if found and min(found) > WORSE else None


def regressions(old, new):
    """(part, row, old row, times worse) for all that became worse, the worst first."""
    found = []
    for name, part_now in new["parts"].items():
        before = old["parts"].get(name)
        if before is None or before["when"] == part_now["when"]:
            continue
        rows = {key_of(row): row for row in before["rows"]}
        for row in part_now["rows"]:
            if key_of(row) in rows:
                worse = regression(rows[key_of(row)], row, before["machine"] == part_now["machine"])
                if worse:
                    found.append((name, row, rows[key_of(row)], worse))
    return sorted(found, key=lambda one: -one[3])


def in_words(found):
    name, row, before, worse = found
    peer = f", beside {row['peer']}" if "peer" in row else ""
    return f"{name}: {row['name']}{peer}: {row['value']:.4g} {row['unit']}, before {before['value']:.4g}: {worse:.2f} times worse"
