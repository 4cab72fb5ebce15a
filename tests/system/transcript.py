# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what happens, for a person to read along: a calm line for each step, and a sign of life on long ones."""

import contextlib
import sys
import textwrap
import threading
import time

WIDTH = 100
ACTOR = 9


class Transcript:
    def __init__(self, keep_path, out=sys.stdout):
        """keep_path: a file that gets the same lines, without the signs of life."""
        self.out = out
        self.live = out.isatty()
        self.began = time.monotonic()
        self.kept = open(keep_path, "w", encoding="utf-8")
        self.lock = threading.Lock()

    def close(self):
        self.kept.close()

    def _stamp(self):
        seconds = int(time.monotonic() - self.began)
        return f"{seconds // 60:3d}:{seconds % 60:02d}"

    def _write(self, text):
        with self.lock:
            self.out.write(("\r\033[K" if self.live else "") + text + "\n")
            self.out.flush()
            self.kept.write(text + "\n")
            self.kept.flush()

    def heading(self, text):
        self._write(f"\n{text}\n{'─' * len(text)}")

    def plain(self, text=""):
        self._write(text)

    def line(self, actor, text):
        """One step. actor: who does it."""
        lead = f"{self._stamp()}  {actor:<{ACTOR}}"
        first, *rest = textwrap.wrap(text, WIDTH - len(lead), break_long_words=False, break_on_hyphens=False) or [""]
        self._write("\n".join([lead + first] + [" " * len(lead) + part for part in rest]))

    def quote(self, text):
        """What somebody wrote, as they wrote it."""
        for line in text.strip("\n").split("\n"):
            self._write((" " * (8 + ACTOR) + "│ " + line).rstrip())

    @contextlib.contextmanager
    def waiting(self, actor, text, detail=lambda: ""):
        """Around something that may take long: shows that it goes on, and what detail() says of it."""
        done = threading.Event()
        began = time.monotonic()

        def show():
            pause = 0.5 if self.live else 10
            while not done.wait(pause):
                line = f"{self._stamp()}  {actor:<{ACTOR}}{text} … {int(time.monotonic() - began)} s  {detail()}"
                with self.lock:
                    if not done.is_set():
                        self.out.write(("\r\033[K" + line[:WIDTH + 20]) if self.live else line + "\n")
                        self.out.flush()

        thread = threading.Thread(target=show, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            if self.live:
                with self.lock:
                    self.out.write("\r\033[K")
                    self.out.flush()
