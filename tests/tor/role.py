# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts one role of the real binary as init starts it, and speaks with it as init does."""

import array
import os
import re
import socket
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

import proc  # noqa: E402
from proc import Failure  # noqa: E402

FD_UP, FD_KEEPER, FD_PART, FD_A, FD_B = 3, 4, 5, 6, 7


def message_numbers():
    """Names in the order of messages.def, which is their number on the wire."""
    text = (HERE.parent.parent / "appliance" / "link" / "messages.def").read_text()
    names = re.findall(r"^MESSAGE\((\w+),", text, re.M)
    return {name: number for number, name in enumerate(names)}


NUMBER = message_numbers()


def options_text(part=b"", own_ids=1):
    return (f"slot=0,workbench=0,proxy_lines=0,hidden_memory=0,own_ids={own_ids},part_len={len(part)},capacity=0")


def part_fd(part):
    fd = os.memfd_create("part")
    os.write(fd, part)
    return fd


class Role:
    """One process, started as init starts it: its descriptors at their numbers, its own ids, an empty environment."""

    def __init__(self, role, uid, fds, options, log, binary="/bin/courier", root=None, capabilities=()):
        null = os.open("/dev/null", os.O_RDWR)
        self.returncode = None
        self.pid = os.fork()
        if self.pid != 0:
            os.close(null)
            return
        try:
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
    channel.settimeout(timeout_s)
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
