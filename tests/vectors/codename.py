#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints tests/vectors/codename.txt: the layout of docs/CODENAME.md done a second time, in another language. With the
argument "forms", tests/vectors/codename-forms.txt: one codename in many spellings.

Needs python3-cryptography 44 or newer (Argon2id) and the word lists of python3-mnemonic; run by hand, not by tests:
  MNEMONIC_LISTS=DIR tests/vectors/codename.py > tests/vectors/codename.txt
"""
import hashlib
import os
import sys
import unicodedata

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LISTS = os.environ.get("MNEMONIC_LISTS", "/usr/lib/python3/dist-packages/mnemonic/wordlist")
FILES = {"en": "english", "ru": "russian", "zh-Hans": "chinese_simplified", "zh-Hant": "chinese_traditional",
         "ja": "japanese", "ko": "korean", "fr": "french", "es": "spanish", "pt": "portuguese", "it": "italian",
         "cs": "czech", "tr": "turkish"}
NUMERALS = {"fa": "۰", "ar": "٠", "hi": "०", "bn": "০", "my": "၀", "th": "๐"}


def read_list(name):
    with open(os.path.join(LISTS, name + ".txt"), encoding="utf-8") as lines:
        words = [unicodedata.normalize("NFC", line.strip()) for line in lines]
    if name == "russian":
        words[1572] = "снова"  # damaged in Debian's list: docs/CODENAME.md
    return words


WORDS = {language: read_list(name) for language, name in FILES.items()}


def number_of(bits):
    check = int.from_bytes(hashlib.sha256(b"Silent Courier codename check v1" + bits).digest()[:2], "big") >> 5
    return int.from_bytes(bits, "big") << 11 | check


def words_of(bits, language):
    return [WORDS[language][number_of(bits) >> 11 * i & 2047] for i in reversed(range(9))]


def shown(bits, language):
    return ("\u3000" if language == "ja" else " ").join(words_of(bits, language))


def digits_of(bits, zero="0"):
    digits = "".join(chr(ord(zero) + int(d)) for d in "%030d" % number_of(bits))
    return " ".join(digits[i:i + 5] for i in range(0, 30, 5))


def hkdf(root, use, length):
    info = b"Silent Courier codename v1: " + use
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=b"", info=info).derive(root)


def vector(bits, salt):
    root = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19 * 1024).derive(bits)
    print("bits:", bits.hex())
    print("salt:", salt.hex())
    for language in FILES:
        print(f"words {language}:", shown(bits, language))
    print("digits:", digits_of(bits))
    for language, zero in NUMERALS.items():
        print(f"digits {language}:", digits_of(bits, zero))
    print("conversation:", hkdf(root, b"conversation", 16).hex())
    print("proof:", hkdf(root, b"proof", 32).hex())
    print("identity:", hkdf(root, b"reply identity X25519", 32).hex())
    print("hybrid identity:", hkdf(root, b"reply identity mlkem768x25519", 32).hex())
    print()


def random_bits(seed):
    return hashlib.sha512(b"silent courier vector " + seed).digest()


def half_width(text):
    halves = {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in range(0xFF66, 0xFFA0)}
    katakana = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in unicodedata.normalize("NFD", text))
    return "".join(halves.get(c, c) for c in katakana)


def first_four(word, language):
    """The word cut, where that names it: compared without accents and case, as it is looked for."""
    def bare(w):
        return "".join(c for c in unicodedata.normalize("NFD", w.replace("ı", "i")) if not unicodedata.combining(c))
    names_it = sum(bare(w).startswith(bare(word)[:4]) for w in WORDS[language]) == 1
    return word[:4] if names_it and len(word) > 4 else word


def forms(bits, language):
    words = words_of(bits, language)
    plain = " ".join(words)
    yield "shown", shown(bits, language)
    for form in ("NFD", "NFKD", "NFKC"):
        yield form, unicodedata.normalize(form, plain)
    yield "upper case", plain.upper()
    yield "title case", unicodedata.normalize("NFD", plain.title())
    yield "numbered", " ".join(f"{i}. {w}" for i, w in enumerate(words, 1))
    yield "numbers touch", " ".join(f"{i}{w}" for i, w in enumerate(words, 1))
    yield "circled numbers", " ".join(chr(0x245F + i) + w for i, w in enumerate(words, 1))
    yield "commas", ",".join(words)
    yield "ideographic commas", "、".join(words) + "。"
    yield "hyphens", "-".join(words)
    yield "ideographic spaces", "\u3000" + "\u3000".join(words) + "\u3000"
    yield "no-break spaces", "\u00a0".join(words)
    yield "zero width", "\u200b".join(plain) + "\ufeff"
    yield "direction marks", "\u202b\u200f" + plain + "\u200e\u061c\u202c"
    if language.startswith("zh"):
        other = words_of(bits, "zh-Hant" if language == "zh-Hans" else "zh-Hans")
        yield "no gaps", "".join(words)
        yield "no gaps, numbered", "".join(f"{i}{w}" for i, w in enumerate(words, 1))
        yield "both scripts", "".join(words[:4] + other[4:])
        yield "variation selectors", "".join(w + "\ufe00" for w in words)
    elif language == "ja":
        yield "katakana", "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in plain)
        yield "half width", half_width(plain)
        yield "half width, middle dots", half_width(plain).replace(" ", "･")
        yield "long vowel marks as hyphens", "ー".join(words)
        yield "no dakuten", "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
        yield "dakuten apart", unicodedata.normalize("NFD", plain).replace("\u3099", "\u309b").replace("\u309a", "\u309c")
    elif language != "ko":
        yield "first four letters", " ".join(first_four(w, language) for w in words)
        yield "no accents", "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
        yield "full width", "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in plain.upper())
        yield "letters after the word", " ".join(w + "xx" if len(w) > 3 else w for w in words)
    if language == "tr":
        yield "dotted and dotless as keyboards have them", plain.replace("i", "İ").replace("ı", "I")
        yield "dotless everywhere", plain.replace("i", "ı")


def print_forms():
    print("# Spellings of codenames: LANGUAGE, FORM, bits, text. Written by codename.py.")
    for language in FILES:
        for seed in (b"form one", b"form two", b"form three"):
            bits = random_bits(seed + language.encode())[:11]
            for form, text in forms(bits, language):
                print("\t".join((language, form, bits.hex(), text)))
    bits = random_bits(b"form digits")[:11]
    for c in range(0x110000):
        if unicodedata.category(chr(c)) == "Nd" and unicodedata.digit(chr(c)) == 0:
            print("\t".join(("digits", "zero is U+%04X" % c, bits.hex(), digits_of(bits, chr(c)))))
    persian = digits_of(bits, "۰")
    print("\t".join(("digits", "direction marks", bits.hex(), "\u202e" + persian.replace(" ", "\u200f \u061c") + "\u202c")))
    print("\t".join(("digits", "Arabic separators", bits.hex(), digits_of(bits, "٠").replace(" ", "٬"))))
    print("\t".join(("digits", "two scripts", bits.hex(), digits_of(bits)[:17] + persian[17:])))


if sys.argv[1:] == ["forms"]:
    print_forms()
else:
    print("# Codenames and what is derived from them; written by codename.py. A vector ends with an empty line.")
    vector(bytes(11), bytes(32))
    vector(b"\xff" * 11, b"\xff" * 32)
    vector(bytes.fromhex("c49891ed800000000000ff"), bytes(range(32)))
    for seed in (b"one", b"two", b"three"):
        wide = random_bits(seed)
        vector(wide[:11], wide[32:])
