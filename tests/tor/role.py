# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts one role of the real binary as init starts it, and speaks with it as init does."""

import array
import functools
import os
import re
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "system"), str(HERE.parent / "policies")]

import proc  # noqa: E402
import traces  # noqa: E402
from proc import Failure  # noqa: E402

TRACES = os.environ.get("COURIER_TRACES")  # a folder: tests/policies/run wants to know what the roles call
FD_UP, FD_KEEPER, FD_PART, FD_A, FD_B = 3, 4, 5, 6, 7


def message_numbers():
    """Names in the order of messages.def, which is their number on the wire."""
    text = (HERE.parent.parent / "appliance" / "link" / "messages.def").read_text()
    names = re.findall(r"^MESSAGE\((\w+),", text, re.M)
    return {name: number for number, name in enumerate(names)}


NUMBER = message_numbers()


def record_fields(name, **values):
    """The fields of a row of messages.def, in its order; what isn't given is zero or empty."""
    text = (HERE.parent.parent / "appliance" / "link" / "messages.def").read_text()
    row = re.search(rf"^MESSAGE\({name},.*?(?=^MESSAGE|^#undef|^/\*)", text, re.M | re.S).group(0)
    packed = b""
    for kind, field, size in re.findall(r"\b(U8|U16|U32|U64|FIXED|BYTES)\((\w+)(?:, (\w+))?\)", row):
        value = values.pop(field, 0 if kind[0] == "U" else b"")
        if kind == "FIXED":
            packed += struct.pack(f"{size}s", value)
        elif kind == "BYTES":
            packed += struct.pack("<I", len(value)) + value
        else:
            packed += struct.pack("<" + {"U8": "B", "U16": "H", "U32": "I", "U64": "Q"}[kind], value)
    if values:
        raise Failure(f"{name} has no {sorted(values)}")
    return packed


def options_text(part=b"", own_ids=1):
    return (f"slot=0,workbench=0,proxy_lines=0,hidden_memory=0,own_ids={own_ids},part_len={len(part)},capacity=0")


def part_fd(part):
    fd = os.memfd_create("part")
    os.write(fd, part)
    return fd


def interrupt(pid):
    """A stop signal while it sleeps, and once it was taken, one to go on."""
    proc.wait_until(lambda: "\nState:\tS" in Path(f"/proc/{pid}/status").read_text(), 10, "it sleeps")
    os.kill(pid, signal.SIGSTOP)
    proc.wait_until(lambda: "\nShdPnd:\t0000000000000000\n" in Path(f"/proc/{pid}/status").read_text(), 10, "it stops")
    time.sleep(0.05)
    os.kill(pid, signal.SIGCONT)


COPIES = []  # removed when the program ends


@functools.cache
def for_anyone(binary):
    """A copy of it that a role's own user can start: the checkout may lie where only root may look."""
    COPIES.append(tempfile.TemporaryDirectory(prefix="courier-role-"))
    folder = Path(COPIES[-1].name)
    folder.chmod(0o755)
    return shutil.copy(binary, folder / "courier")


class Role:
    """One process, started as init starts it: its descriptors at their numbers, its own ids, an empty environment."""

    def __init__(self, role, uid, fds, options, log, binary="/bin/courier", root=None, capabilities=()):
        binary = binary if root else for_anyone(binary)
        null = os.open("/dev/null", os.O_RDWR)
        waits, let_go = os.pipe()
        self.returncode = None
        self.pid = os.fork()
        if self.pid != 0:
            if TRACES:
                traces.follow(TRACES, self.pid)
            for fd in (null, let_go, waits):
                os.close(fd)
            return
        try:
            os.close(let_go)
            os.read(waits, 1)
            moved = [(number, os.dup2(fd, 100 + number)) for number, fd in {0: null, 1: null, 2: log, **fds}.items()]
            for number, fd in moved:
                os.dup2(fd, number, inheritable=True)
            os.closerange(max(fds) + 1, 1000)
            if root:
                os.chroot(root)
                os.chdir("/")
            if capabilities:
                names = ",".join("+" + name for name in capabilities)
                os.execve("/usr/bin/setpriv", ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
                                               f"--inh-caps={names}", f"--ambient-caps={names}", "--",
                                               binary, f"@{role}", options], {})
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            os.execve(binary, ["courier", f"@{role}", options], {})
        finally:
            os._exit(127)

    def interrupt(self):
        """Stops it where it waits, and lets it go on."""
        interrupt(self.pid)

    def poll(self):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout_s):
        proc.wait_until(lambda: self.poll() is not None, timeout_s, "a role's end")
        return self.returncode


def receive(channel, timeout_s):
    channel.settimeout(timeout_s and timeout_s * proc.CROWDED)
    record, ancillary, _, _ = channel.recvmsg(65536, socket.CMSG_SPACE(8))
    fds = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(data)
    if not record:
        raise Failure("the channel ended")
    number = struct.unpack_from("<H", record)[0]
    return next(name for name, value in NUMBER.items() if value == number), record[2:], list(fds)


def send(channel, name, fields=b"", fds=()):
    socket.send_fds(channel, [struct.pack("<H", NUMBER[name]) + fields], fds)
