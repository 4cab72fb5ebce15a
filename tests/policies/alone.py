#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles do that nothing in an exchange makes them do: with COURIER_TRACES set, for tests/policies/run.

    alone.py COURIER       needs root"""

import contextlib
import os
import socket
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tor"), str(HERE.parent / "workbench")]
from bench import Bench, Site, check, until
from role import FD_A, FD_B, FD_KEEPER, FD_PART, FD_UP, NUMBER, Failure, Role, options_text, part_fd, receive, send

UNLOCK_ID, COLLECT_ID, VISIT_ID = 47000, 47100, 47200
ROLES = (HERE.parents[1] / "appliance" / "link" / "roles.def").read_text()
SAY = 3  # enum ask_kind in link/message.h
MESSAGES = 60
MOST_OF_A_CIRCUIT = 20  # more than it may have workers, fewer than it may have places


def pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def unlock(courier, site):
    """Sends the parts to somebody who reads slowly: {role's name: part}."""
    names = [line.split('"')[1] for line in ROLES.splitlines() if line.startswith("ROLE(")]
    up, end = pair()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
    with open(site, "rb") as file:
        role = Role("unlock", UNLOCK_ID, {FD_UP: end.fileno(), FD_A: file.fileno()}, options_text(), 2, binary=courier)
    end.close()
    until(lambda: Path(f"/proc/{role.pid}/syscall").read_text().startswith("7 "), "it waits in poll")
    role.interrupt()
    parts = {}
    while (message := receive(up, 20))[0] != "SITE_DONE":
        check(message[0] == "SITE_PART", f"unlock says {message[0]}")
        parts[names[message[1][0]]] = message[1][5:]
    check(role.wait(10) == 0, "unlock's end")
    return parts


def unlock_fails(courier):
    """Its site file is a folder."""
    up, end = pair()
    folder = os.open("/", os.O_RDONLY)
    role = Role("unlock", UNLOCK_ID, {FD_UP: end.fileno(), FD_A: folder}, options_text(), 2, binary=courier)
    check(role.wait(10) == 1, "unlock's end")
    os.close(folder)


def asked(courier, site, operator):
    """Unlock with a console, which the function plays: it gets each question and gives its answer, or None."""
    up, end = pair()
    console, channel = pair()
    with open(site, "rb") as file:
        role = Role("unlock", UNLOCK_ID, {FD_UP: end.fileno(), FD_A: file.fileno(), FD_B: channel.fileno()}, options_text(), 2,
                    binary=courier)
    end.close()
    channel.close()
    while True:
        try:
            name, fields, _ = receive(console, 60)
        except Failure:
            break
        kind, length = struct.unpack_from("<BI", fields)
        answer = operator(fields[5:5 + length].decode()) if kind != SAY else None
        if answer is not None:
            send(console, "ANSWER", struct.pack("<I", len(answer)) + answer.encode())
    while receive(up, 20)[0] != "SITE_DONE":
        pass
    check(role.wait(10) == 0, "unlock's end")


def sealed(courier, site):
    """A wrong passphrase, and then the right one."""
    phrase = site.folder / "phrase"
    phrase.write_text("correct horse battery\n")
    site.run("site", "init", "--out", site.folder / "sealed", "--name", "Sealed", "--desk", site.box / "for-the-operator.txt",
             "--passphrase-file", phrase)
    answers = iter(["wrong", phrase.read_text().strip()])
    asked(courier, site.folder / "sealed", lambda question: next(answers))


def ephemeral(courier):
    """No site file, and no recipient."""
    asked(courier, "/dev/null", lambda question: "" if "Enter alone" in question else "yes")


def worker(courier, name, uid, part):
    """The door sends it what no door may send, with a descriptor."""
    door, up = pair()
    keeper, channel = pair()
    role = Role(name, uid, {FD_UP: up.fileno(), FD_KEEPER: channel.fileno(), FD_PART: part_fd(part)}, options_text(part), 2,
                binary=courier)
    up.close()
    channel.close()
    role.interrupt()
    send(door, "READY", fds=[0])
    check(role.wait(10) == 1, f"{name} ends")
    keeper.close()


def load(site):
    """The store grows."""
    with Bench(site) as b:
        for i in range(MESSAGES):
            check(b.write(f"{i}" * 2000, [(f"{n}", bytes(70_000)) for n in range(5)])[0] == 200, "write")
        b.sync()


def busy(site):
    """One circuit has its share of the workers, and waits for more."""
    with Bench(site, "--proxy-lines") as b, contextlib.ExitStack() as stack:
        for _ in range(MOST_OF_A_CIRCUIT):
            stream = stack.enter_context(b.connect())
            stream.settimeout(60)
            stream.sendall(b"PROXY TCP6 fc00:dead:beef:4dad::0:7 ::1 35 80\r\nGET / HTTP/1.1\r\nHost: box\r\n")
        check(stream.recv(64).startswith(b"HTTP/1.1 503 "), "the busy page")


def main(courier):
    site = Site(None)
    try:
        parts = unlock(courier, site.folder / "site")
        unlock_fails(courier)
        sealed(courier, site)
        ephemeral(courier)
        worker(courier, "visit", VISIT_ID, parts["visit"])
        worker(courier, "collect", COLLECT_ID, parts["collect"])
        load(site)
        busy(site)
    finally:
        site.remove()


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
