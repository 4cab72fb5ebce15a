# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles ask the kernel for once they are confined, as strace sees it.

    command(folder, argv)   argv, to be run so that all processes that come of it are recorded in the folder
    follow(folder, pid)     records a process that waits to be let go, and its threads
    calls(folder)           {role: {(call, arguments)}} of all records

A record is a file for each thread; arguments are numbers. Only what comes after the role's filter was loaded counts."""

import re
import subprocess
import time
from pathlib import Path

OPTIONS = ["-ff", "-qq", "-e", "raw=!execve,execveat", "-e", "signal=none"]
ATTACH_S = 10
LINE = re.compile(r"(\w+)\((.*?)(?:\) += (-?\w+).*|\) += \?.*|\)?| <unfinished.*)$")


def command(folder, argv):
    return ["strace", "-D", *OPTIONS, "-o", f"{folder}/record", *argv]  # -D: the program stays our child


def follow(folder, pid):
    tracer = subprocess.Popen(["strace", *OPTIONS, "-o", f"{folder}/record", "-p", str(pid)],
                              stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + ATTACH_S
    while "\nTracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
        if tracer.poll() is not None or time.monotonic() > end:
            raise OSError(f"strace does not follow process {pid}")
        time.sleep(0.01)


def lines(path):
    for line in path.read_text(errors="replace").splitlines():
        found = LINE.match(line)
        if found:
            yield found.groups()


def add_thread(records, pid, role, confined, found):
    """A thread begins with its starter's role and filter."""
    for name, arguments, result in records.pop(pid):
        if name in ("execve", "execveat"):
            entered = re.search(r'"@(\w+)"', arguments)
            role, confined = entered and entered.group(1), False
            continue
        if role and confined:
            found.setdefault(role, set()).add((name, tuple(int(word, 0) for word in arguments.split(", ") if word)))
        if name == "seccomp" and arguments.startswith("0x1, ") and result == "0":
            confined = True
        if name == "clone" and result and str(int(result, 0)) in records:
            add_thread(records, str(int(result, 0)), role, confined, found)


def calls(folder):
    records = {path.name.rsplit(".", 1)[1]: list(lines(path)) for path in Path(folder).glob("record.*")}
    started = {str(int(result, 0)) for record in records.values() for name, _arguments, result in record
               if name == "clone" and result}
    found = {}
    for pid in sorted(records.keys() - started):
        add_thread(records, pid, None, False, found)
    return found
