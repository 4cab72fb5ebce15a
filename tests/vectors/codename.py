#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints tests/vectors/codename.txt: the layout of docs/CODENAME.md done a second time, in another language.

Needs python3-cryptography 44 or newer (Argon2id) and the word lists of python3-mnemonic; run by hand, not by tests:
  MNEMONIC_LISTS=DIR tests/vectors/codename.py > tests/vectors/codename.txt
"""
import hashlib
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LISTS = os.environ.get("MNEMONIC_LISTS", "/usr/lib/python3/dist-packages/mnemonic/wordlist")
WORDS = open(os.path.join(LISTS, "english.txt"), encoding="utf-8").read().split()


def hkdf(root, use, length):
    info = b"Silent Courier codename v1: " + use
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=b"", info=info).derive(root)


def vector(bits, salt):
    check = int.from_bytes(hashlib.sha256(b"Silent Courier codename check v1" + bits).digest()[:2], "big") >> 5
    number = int.from_bytes(bits, "big") << 11 | check
    words = " ".join(WORDS[number >> 11 * i & 2047] for i in reversed(range(9)))
    digits = "%030d" % number
    root = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19 * 1024).derive(bits)
    print("bits:", bits.hex())
    print("salt:", salt.hex())
    print("words:", words)
    print("digits:", " ".join(digits[i:i + 5] for i in range(0, 30, 5)))
    print("conversation:", hkdf(root, b"conversation", 16).hex())
    print("proof:", hkdf(root, b"proof", 32).hex())
    print("identity:", hkdf(root, b"reply identity X25519", 32).hex())
    print()


print("# Codenames and what is derived from them; written by codename.py. A vector ends with an empty line.")
vector(bytes(11), bytes(32))
vector(b"\xff" * 11, b"\xff" * 32)
for seed in (b"one", b"two", b"three"):
    wide = hashlib.sha512(b"silent courier vector " + seed).digest()
    vector(wide[:11], wide[32:])
