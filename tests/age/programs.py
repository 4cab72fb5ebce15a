# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that the suite puts against each other: ours, Debian's age, npm's age-encryption; with terminals."""
import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import subprocess
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COURIER = os.environ.get("COURIER_BINARY", str(ROOT / "build/courier"))
OURS = [COURIER, "age"]
OUR_KEYGEN = [COURIER, "age", "keygen"]
STOCK = ["age"]
STOCK_KEYGEN = ["age-keygen"]
PATIENCE = 300  # seconds; scrypt under load


# Programs are ended by signals here, which whoever runs us may ignore (nohup, a script's background).
for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)


class Failed(Exception):
    pass


def check(true, message):
    if not true:
        raise Failed(message)


class Done:
    """How a program ended: status, out, err and terminal (what it wrote to its terminal), all bytes."""

    def __init__(self, status, out, err, terminal=b""):
        self.status, self.out, self.err, self.terminal = status, out, err, terminal

    def __repr__(self):
        return f"status {self.status}, {len(self.out)} bytes out, stderr {self.err!r}, terminal {self.terminal!r}"


def run(argv, data=b"", **more):
    """Without any terminal."""
    p = subprocess.run(argv, input=data, capture_output=True, timeout=PATIENCE, start_new_session=True, **more)
    return Done(p.returncode, p.stdout, p.stderr)


def good(argv, data=b""):
    """Its output; it must end well and say nothing."""
    done = run(argv, data)
    check(done.status == 0, f"{argv}: {done}")
    return done.out


def with_terminal(argv, answers=(), data=None, on_terminal=(), typed=b"", interrupt=None):
    """With a controlling terminal. An answer is typed each time a prompt ends in ": ". data: standard input, or else
    it is empty; on_terminal: which of 0, 1, 2 are the terminal instead; typed: input there from the start;
    interrupt: a prompt at which Ctrl-C is typed."""
    master, slave = pty.openpty()
    settings = termios.tcgetattr(slave)

    def session():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    streams = [slave if n in on_terminal else subprocess.PIPE for n in range(3)]
    p = subprocess.Popen(argv, stdin=streams[0], stdout=streams[1], stderr=streams[2], preexec_fn=session)
    if typed:
        os.write(master, typed)
    written, prompts, answers = b"", 0, list(answers)
    if p.stdin:
        # Small enough for the pipe, so that nobody waits for anybody; unless it has ended already.
        with contextlib.suppress(BrokenPipeError):
            p.stdin.write(data or b"")
            p.stdin.close()
    deadline = time.monotonic() + PATIENCE
    while p.poll() is None:
        check(time.monotonic() < deadline, f"{argv} did not end; its terminal: {written!r}")
        if select.select([master], [], [], 0.02)[0]:
            written += os.read(master, 4096)
        if written.count(b": ") > prompts and written.endswith(b": "):
            prompts += 1
            if interrupt is not None and interrupt in written:
                os.write(master, b"\x03")
            elif answers:
                os.write(master, answers.pop(0) + b"\n")
    while select.select([master], [], [], 0.02)[0]:
        written += os.read(master, 4096)
    after = termios.tcgetattr(slave)
    check(after[3] & termios.ECHO == settings[3] & termios.ECHO, f"{argv} left the terminal without echo")
    out = p.stdout.read() if p.stdout else b""
    err = p.stderr.read() if p.stderr else b""
    for stream in (p.stdout, p.stderr):
        if stream:
            stream.close()
    os.close(master)
    os.close(slave)
    return Done(p.returncode, out, err, written)


class Typage:
    """npm's age-encryption, in one Node for all that it is asked."""

    def __init__(self):
        self.node = subprocess.Popen([ROOT / "tests/npm/node", ROOT / "tests/age/typage.mjs"], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)

    def ask(self, **what):
        """The answer's "out" as bytes; None if it was refused."""
        encoded = {k: v.hex() if isinstance(v, bytes) else v for k, v in what.items()}
        self.node.stdin.write(json.dumps(encoded) + "\n")
        self.node.stdin.flush()
        line = self.node.stdout.readline()
        check(line, "Node ended")
        answer = json.loads(line)
        return None if "refused" in answer else bytes.fromhex(answer["out"])

    def end(self):
        self.node.stdin.close()
        self.node.wait(PATIENCE)
