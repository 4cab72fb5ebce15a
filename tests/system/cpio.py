# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes an initramfs (cpio, "newc") of a few files, with no program's help."""

import stat


def archive(files):
    """files: {path: bytes}; each becomes an executable regular file of root's, its folders are made first."""
    folders = []
    for path in files:
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder not in folders:
                folders.append(folder)
    entries = [(folder, stat.S_IFDIR | 0o755, b"") for folder in folders]
    entries += [(path, stat.S_IFREG | 0o755, content) for path, content in files.items()]
    out = b"".join(_entry(number + 1, *entry) for number, entry in enumerate(entries))
    return out + _entry(0, "TRAILER!!!", 0, b"")


def _entry(inode, name, mode, content):
    encoded = name.encode() + b"\0"
    fields = [inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
    return _padded(head) + _padded(content)


def _padded(data):
    return data + b"\0" * (-len(data) % 4)
