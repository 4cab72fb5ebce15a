# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles ask the kernel for once they are confined, as strace sees it.

    command(folder, argv)   argv, to be run so that all processes that come of it are recorded in the folder
    follow(folder, pid)     records a process that waits to be let go, and its threads
    calls(folder)           {role: {(call, arguments)}} of all records

A record is a file for each thread, by the run of strace and the thread's number, which another may have later on; arguments
are numbers. Only what comes after the role's filter was loaded counts."""

import re
import secrets
import subprocess
import time
from pathlib import Path

OPTIONS = ["-ff", "-qq", "-e", "raw=!execve,execveat", "-e", "signal=none"]
ATTACH_S = 60
LINE = re.compile(r"(\w+)\((.*?)(?:\) += (-?\w+).*|\) += \?.*|\)?| <unfinished.*)$")


def record(folder):
    return f"{folder}/record-{secrets.token_hex(8)}"


def started_by(name, result):
    """The record of the thread that the one of that name has started."""
    return f"{name.rsplit('.', 1)[0]}.{int(result, 0)}"


def command(folder, argv):
    return ["strace", "-D", *OPTIONS, "-o", record(folder), *argv]  # -D: the program stays our child


def follow(folder, pid):
    tracer = subprocess.Popen(["strace", *OPTIONS, "-o", record(folder), "-p", str(pid)],
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


def add_thread(records, thread, role, confined, found):
    """A thread begins with its starter's role and filter."""
    for name, arguments, result in records.pop(thread):
        if name in ("execve", "execveat"):
            entered = re.search(r'"@(\w+)"', arguments)
            role, confined = entered and entered.group(1), False
            continue
        if role and confined:
            found.setdefault(role, set()).add((name, tuple(int(word, 0) for word in arguments.split(", ") if word)))
        if name == "seccomp" and arguments.startswith("0x1, ") and result == "0":
            confined = True
        if name == "clone" and result and started_by(thread, result) in records:
            add_thread(records, started_by(thread, result), role, confined, found)


def calls(folder):
    records = {path.name: list(lines(path)) for path in Path(folder).glob("record-*")}
    started = {started_by(thread, result) for thread, calls_of_it in records.items() for name, _arguments, result in calls_of_it
               if name == "clone" and result}
    found = {}
    for thread in sorted(records.keys() - started):
        add_thread(records, thread, None, False, found)
    return found
