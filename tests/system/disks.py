# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks of every kind, attached raw and writable, and the table of what became of them.

    disks = Disks(folder, "name", stick)
    Box(..., extra_disks=disks.extra)
    disks.compare("what was done to them")       # {kind: "same" | "CHANGED"}, and a row of the table
"""

import os

import box as box_module
import proc

LENGTH = 16 << 20
KINDS = ("virtio", "nvme", "ahci", "usb", "sd", "scsi")
STICK = "boot stick"

_table = {}


def new_disk(path):
    """A disk with a partition table and random contents, so that something which looks for one finds it."""
    path.write_bytes(os.urandom(LENGTH))
    proc.run(["sfdisk", "--quiet", "--no-reread", path], "partition a disk", input_bytes=b"label: gpt\n,8M,L\n,,L\n")
    return path


class Disks:
    def __init__(self, folder, name, stick=None):
        self.paths = {kind: new_disk(folder / f"{name}-{kind}.img") for kind in KINDS}
        self.extra = list(self.paths.items())
        if stick:
            self.add_stick(stick)
        self.remember()

    def add_stick(self, stick):
        self.paths[STICK] = stick

    def remember(self):
        self.before = {kind: box_module.sha256_of(path) for kind, path in self.paths.items()}

    def compare(self, done):
        """done: the row's name. A row that comes twice stays changed once it was."""
        found = {kind: "same" if box_module.sha256_of(path) == self.before[kind] else "CHANGED"
                 for kind, path in self.paths.items()}
        row = _table.setdefault(done, {})
        for kind, answer in found.items():
            row[kind] = "CHANGED" if row.get(kind) == "CHANGED" else answer
        return found

    def changed(self, done):
        return sorted(kind for kind, answer in self.compare(done).items() if answer != "same")


def table():
    """The rows so far, as text."""
    columns = KINDS + (STICK,)
    width = max([len(done) for done in _table] + [10])
    lines = [" ".join([f"{'':{width}}"] + [f"{kind:10}" for kind in columns]).rstrip()]
    for done, row in _table.items():
        lines.append(" ".join([f"{done:{width}}"] + [f"{row.get(kind, '-'):10}" for kind in columns]).rstrip())
    return "\n".join(lines) + "\n"
