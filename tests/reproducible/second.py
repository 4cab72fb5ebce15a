# SPDX-License-Identifier: GPL-3.0-or-later
"""A second build beside the first: a copy of the checkout, a cache of its own, and the comparison layer by layer."""
import filecmp
import os
import shutil
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("COURIER_CACHE") or
             Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "silent-courier")
TWICE = CACHE / "twice"  # names the layers of the cache that a second build was compared with
NEVER = ("tmp", "kernel-doors-open-", "analysis-root-", "npm-", "test-programs-")  # not in an image
# Written while a root is used, or a record of when it was made: compiled Python holds its source's time of unpacking.
IGNORED = {"objects", "aux-cache", "log", "apt", "machine-id", "__pycache__"}
OUTPUTS = ("courier", "courier.img", "manifest.json", "artefacts/courier.img.zst", "artefacts/bzImage", "artefacts/kernel.config")

counts = {"passed": 0, "failed": 0}


def report(ok, what, why=""):
    counts["passed" if ok else "failed"] += 1
    print(f"{'ok' if ok else 'FAILED'}: {what}" + (f"\n    {why}" if why and not ok else ""), flush=True)
    return bool(ok)


def finish():
    """The suite's last line, and its status."""
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] else 0


def same_tree(a, b):
    """None, or the first path that differs."""
    if a.is_symlink() or b.is_symlink():
        return None if a.is_symlink() and b.is_symlink() and os.readlink(a) == os.readlink(b) else a
    if a.is_dir() != b.is_dir() or (a.lstat().st_mode != b.lstat().st_mode):
        return a
    if a.is_file():
        return None if filecmp.cmp(a, b, shallow=False) else a
    if not a.is_dir():
        return None  # a device node
    names = [sorted(e.name for e in d.iterdir() if e.name not in IGNORED) for d in (a, b)]
    if names[0] != names[1]:
        return a / sorted(set(names[0]) ^ set(names[1]))[0]
    for name in names[0]:
        found = same_tree(a / name, b / name)
        if found:
            return found
    return None


def copy_checkout(copy):
    """What git knows or would take, as it is now."""
    listed = subprocess.run(["git", "-C", TOP, "ls-files", "-co", "--exclude-standard"], check=True, stdout=subprocess.PIPE,
                            text=True).stdout
    for name in listed.splitlines():
        if (TOP / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, copy / name, follow_symlinks=False)


def compare_layers(cache, keep=()):
    """Each layer that `cache` holds itself. What is the same is noted in TWICE, but for layers that `keep` names."""
    TWICE.mkdir(exist_ok=True)
    for entry in sorted((cache / "out").iterdir()):
        if entry.is_symlink() or entry.name.startswith(NEVER):
            continue
        ours = CACHE / "out" / entry.name
        if not ours.is_dir():
            report(False, f"{entry.name}: the first build made it from other inputs")
            continue
        found = same_tree(ours, entry)
        report(not found, f"{entry.name}: twice the same", f"{found} differs")
        if not found and not entry.name.startswith(keep):
            (TWICE / entry.name).touch()


def compare_outputs(build):
    for output in OUTPUTS:
        same = (build / output).exists() and filecmp.cmp(TOP / "build" / output, build / output, shallow=False)
        report(same, f"build/{output}: the same bytes")
