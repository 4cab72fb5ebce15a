# SPDX-License-Identifier: GPL-3.0-or-later
"""Child processes that end with us: on return, on an exception, on Ctrl-C, on SIGTERM, and, by the kernel's
parent-death signal, even when we are killed. Everything is ended by its own process id."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


class Failure(Exception):
    """Something we asked for did not happen. The text names what, and where to look."""


def end_on_signals():
    """SIGTERM and SIGHUP become SystemExit, so that every `finally` and `with` runs as it does for Ctrl-C."""

    def leave(number, _frame):
        # A second signal must not interrupt the cleaning up that the first one started.
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with it ignored


def scratch_folder(kind):
    """A new folder, the caller's to remove. Those of runs that were killed are removed here: their names hold the
    process id."""
    base = Path(tempfile.gettempdir())
    for path in base.glob("courier-*-*-*"):
        found = re.fullmatch(r"courier-(net|box|session)-(\d+)-\w+", path.name)
        if found and not os.path.exists(f"/proc/{found.group(2)}"):
            shutil.rmtree(path, ignore_errors=True)  # another run may be at it too
    return Path(tempfile.mkdtemp(prefix=f"courier-{kind}-{os.getpid()}-"))


def need_programs(wanted):
    """wanted: {program: Debian package}. Raises one Failure that names every missing package."""
    missing = sorted({package for program, package in wanted.items() if not shutil.which(program)})
    if missing:
        raise Failure("programs are missing; next step: apt-get install " + " ".join(missing))


def need_root():
    if os.geteuid() != 0:
        raise Failure("making a network namespace needs root; next step: run this as root")


def run(argv, what, input_bytes=None, timeout_s=120, env=None, cwd=None, accept=(0,)):
    """Runs a short command to its end and returns its CompletedProcess (bytes). Any exit status outside
    `accept` is a Failure that quotes what the command said."""
    try:
        done = subprocess.run(argv, input=input_bytes, stdin=subprocess.DEVNULL if input_bytes is None else None,
                              capture_output=True, timeout=timeout_s, env=env, cwd=cwd, check=False)
    except FileNotFoundError as error:
        raise Failure(f"{what}: {argv[0]} is not there: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{what}: no end after {timeout_s} s: {' '.join(map(str, argv))}") from error
    if done.returncode not in accept:
        said = (done.stderr + done.stdout).decode("utf-8", "replace").strip()[-2000:]
        raise Failure(f"{what}: exit status {done.returncode}: {' '.join(map(str, argv))}\n{said}")
    return done


# A limit on waiting ends what hangs; five suites at a time on two cores are slow, and don't hang.
CROWDED = 3


def wait_until(condition, timeout_s, what, every_s=0.05, also_check=lambda: None):
    """Polls until condition() is true and returns its value. also_check() may raise to give up early.
    The limit is a guard against waiting for ever, not a measurement: on a crowded machine it is longer by that much."""
    timeout_s *= CROWDED
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        also_check()
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {timeout_s} s")
        time.sleep(every_s)


class Child:
    """One long-lived process, its output in a log file."""

    def __init__(self, argv, log_path, name):
        # PR_SET_PDEATHSIG is about the thread that forked: a child started from a short thread would die with it.
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("start children from the main thread")
        self.name = name
        self.log_path = log_path
        with open(log_path, "wb") as log:  # anew: what an earlier run said must not be taken for this one's
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *map(str, argv)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def check(self):
        if not self.running():
            raise Failure(f"{self.name} ended by itself (status {self.process.returncode}); log: {self.log_path}\n"
                          + tail(self.log_path))

    def send(self, number):
        if self.running():
            self.process.send_signal(number)

    def stop(self, gently=signal.SIGTERM, grace_s=5):
        """Returns when the process is gone."""
        if self.running():
            self.process.send_signal(gently)
            try:
                self.process.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


def tail(path, lines=12):
    try:
        with open(path, "r", encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])
    except FileNotFoundError:
        return f"(no file {path})\n"
