# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts that are kept by content: what passed, and depends on nothing but the bytes that are named, isn't looked at again.
Only what passed is kept. In the builder's roots, whose /cache lasts; tests/kept.sh is the same for shell."""
import hashlib
from pathlib import Path


class Kept:
    """Those of one runner; `settings`: bytes that all its verdicts depend on."""

    def __init__(self, name, *settings):
        self.folder = Path("/cache") / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        # What no run asked for in a month goes.
        for old in self.folder.iterdir():
            if old.stat().st_mtime < self.folder.stat().st_mtime - 30 * 86400:
                old.unlink()

    def mark(self, *content):
        """The file of the verdict of these bytes."""
        return self.folder / hashlib.sha256(b"\0".join([*self.settings, *content])).hexdigest()[:40]

    def has(self, *content):
        mark = self.mark(*content)
        if mark.exists():
            mark.touch()
            return True
        return False

    def keep(self, *content):
        self.mark(*content).touch()
