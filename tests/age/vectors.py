# SPDX-License-Identifier: GPL-3.0-or-later
"""The Community Cryptography Test Vectors of npm's cctv-age, which have the hybrid kind, against `courier age -d`: the
outcome that each names, and what may be released before a fault. (Debian's, without it, are the unit tests'.)"""
import hashlib
import os
import zlib
from pathlib import Path

from programs import COURIER, OURS, ROOT, check, good, run, with_terminal

COUNT = 143
SAID = {  # on stderr
    "no match": ("no identity matched", "incorrect passphrase"),
    "header failure": ("failed to read header", "work factor is above"),
    "HMAC failure": ("bad header MAC",),
    "payload failure": ("failed to decrypt",),
    # What doesn't begin like armor isn't taken for it.
    "armor failure": ("invalid armor", "failed to read header"),
}


class Vector:
    def __init__(self, path, inside):
        head, _, self.file = path.read_bytes().partition(b"\n\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\n")]
        one = dict(fields)
        self.expect = one["expect"]
        self.payload = one.get("payload", hashlib.sha256(b"").hexdigest())
        self.passphrases = [v.encode() for k, v in fields if k == "passphrase"]
        self.keys = inside / f"{path.name}.key"
        self.identities = [v for k, v in fields if k == "identity"]
        self.keys.write_text("\n".join(self.identities), encoding="ascii")
        if one.get("compressed") == "zlib":
            self.file = zlib.decompress(self.file)
        self.path = inside / f"{path.name}.age"
        self.path.write_bytes(self.file)

    def attempts(self):
        """With its identities; with each of its passphrases; with nothing, where it has neither."""
        for passphrase in self.passphrases:
            yield with_terminal([*OURS, "-d", self.path], [passphrase])
        if self.identities:
            yield run([*OURS, "-d", "-i", self.keys, self.path])
        elif not self.passphrases:
            yield run([*OURS, "-d", self.path])


def one(vector):
    for done in vector.attempts():
        if vector.expect == "success":
            check(done.status == 0 and done.err == b"", repr(done))
        else:
            check(done.status == 1, f"{vector.expect} expected: {done}")
            check(any(text.encode() in done.err for text in SAID[vector.expect]), f"{vector.expect} expected: {done}")
        check(hashlib.sha256(done.out).hexdigest() == vector.payload, f"another payload: {done}")


def vectors(folder):
    given, inside = folder / "given", folder / "inside"
    given.mkdir()
    inside.mkdir()
    good([ROOT / "tests/npm/node", ROOT / "tests/age/vectors.mjs", given])
    names = sorted(os.listdir(given))

    def all_of_them():
        check(len(names) == COUNT, f"{len(names)} vectors")
        # In pieces of several sizes, and nothing is left in memory: tests/unit/test_age_vectors.c.
        program = Path(COURIER).parent / "tests/test_age_vectors"
        done = run([program], env={"AGE_VECTORS": str(given)})
        check(done.status == 0 and f"age vectors: {COUNT},".encode() in done.out, f"{done}: {done.out[-300:]}")

    yield f"the {COUNT} vectors of cctv-age through the unit test of the vectors", all_of_them
    for name in names:
        yield f"vector {name}", lambda name=name: one(Vector(given / name, inside))
