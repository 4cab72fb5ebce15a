# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on a terminal of its own, and somebody who types what it asks for."""

import os
import pty
import re
import signal
import threading
import time

from proc import CROWDED, Failure


class Terminal:
    """with Terminal(argv, log_path) as t: t.wait_for(rb"Passphrase: "); t.type("..."); t.wait_end()"""

    def __init__(self, argv, log_path, cwd=None, env=None):
        self.argv, self.log_path, self.cwd, self.env = [str(word) for word in argv], log_path, cwd, env
        self.said, self.status, self.line = b"", None, None

    def __enter__(self):
        self.pid, self.line = pty.fork()
        if self.pid == 0:
            os.chdir(self.cwd or ".")
            # Ends with us, as everything that the tests start.
            os.execvpe("setpriv", ["setpriv", "--pdeathsig", "KILL", "--", *self.argv], self.env or os.environ)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        return self

    def _read(self):
        with open(self.log_path, "ab") as log:
            while True:
                try:
                    part = os.read(self.line, 65536)
                except OSError:  # nobody has the other end any more
                    return
                if not part:
                    return
                self.said += part
                log.write(part)
                log.flush()

    def running(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.reader.join(5)
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is None

    def type(self, text):
        os.write(self.line, text.encode())

    def wait_for(self, pattern, start=0, timeout_s=180):
        """The end of the first match from `start` on."""
        timeout_s *= CROWDED
        deadline = time.monotonic() + timeout_s
        while True:
            found = re.search(pattern, self.said[start:], re.M)
            if found:
                return start + found.end()
            if not self.running():
                raise Failure(f"{self.argv[-1]} ended before it said {pattern!r}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise Failure(f"{self.argv[-1]} did not say {pattern!r} within {timeout_s} s:\n{self.tail()}")
            time.sleep(0.05)

    def answer_to_the_end(self, answer, timeout_s=300):
        """answer(last line): what to type, or None. Returns the status."""
        timeout_s *= CROWDED
        deadline, answered = time.monotonic() + timeout_s, 0
        while self.running():
            last = self.said[answered:].rsplit(b"\n", 1)[-1].decode("utf-8", "replace")
            reply = answer(last) if last.endswith((": ", "? ")) else None
            if reply is not None:
                answered = len(self.said)
                self.type(reply + "\n")
            elif time.monotonic() > deadline:
                raise Failure(f"{self.argv[-1]} did not end within {timeout_s} s:\n{self.tail()}")
            time.sleep(0.05)
        return self.status

    def tail(self):
        return self.said[-3000:].decode("utf-8", "replace")

    def __exit__(self, *_error):
        if self.line is None:
            return
        if self.running():
            os.kill(self.pid, signal.SIGTERM)
            deadline = time.monotonic() + 5
            while self.running() and time.monotonic() < deadline:
                time.sleep(0.05)
            if self.running():
                os.kill(self.pid, signal.SIGKILL)
                while self.running():
                    time.sleep(0.05)
        self.reader.join(5)
        os.close(self.line)
        self.line = None
