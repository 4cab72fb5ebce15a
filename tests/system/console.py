#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joins this terminal to a box's serial line: tests/system/console.py SOCKET. Ctrl-] leaves."""

import os
import select
import socket
import sys
import termios
import tty

LEAVE = b"\x1d"


def join(path):
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.connect(path)
    while True:
        ready, _, _ = select.select([sys.stdin.fileno(), line], [], [])
        if line in ready:
            data = line.recv(4096)
            if not data:
                return
            os.write(sys.stdout.fileno(), data)
        if sys.stdin.fileno() in ready:
            keys = os.read(sys.stdin.fileno(), 256)
            if not keys or LEAVE in keys:
                return
            line.sendall(keys)


def main():
    if len(sys.argv) != 2 or not sys.stdin.isatty():
        sys.exit("usage: console.py SOCKET   (on a terminal; Ctrl-] leaves)")
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setraw(sys.stdin)
        join(sys.argv[1])
    except (FileNotFoundError, ConnectionRefusedError):
        sys.stderr.write(f"no box is there: {sys.argv[1]}\r\n")
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


if __name__ == "__main__":
    main()
