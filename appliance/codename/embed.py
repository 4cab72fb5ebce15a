#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes wordlists.c: the BIP-39 lists of Debian's python3-mnemonic, and how typed text is folded onto them.

Run in the builder: embed.py > wordlists.c. A language is one row of LANGUAGES. Every list is checked: 2048 words, no
two alike once folded, and the shown prefix length enough to tell any two apart.
"""
import os
import sys
import unicodedata

LISTS = os.environ.get("MNEMONIC_LISTS", "/usr/lib/python3/dist-packages/mnemonic/wordlist")

# (language as in pages/, file, folded letters that name a word; 0: only the whole word does)
LANGUAGES = [
    ("en", "english.txt", 4),
]

# Code points whose folded form is worth a table: the Latin letters, ligatures, full-width forms.
# A list in another script adds its own.
FOLDED = [(0x41, 0x5A), (0xAA, 0x24F), (0x1E00, 0x1EFF), (0xFB00, 0xFB06), (0xFF01, 0xFF5E)]
# What Unicode does not decompose and people do type for it.
EXTRA = {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"}


def fold(text):
    """Compatibility decomposition, lower case, no marks. codename/fold.c does the same by the table made here."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = "".join(EXTRA.get(c, c) for c in text)
    return "".join(c for c in text if unicodedata.category(c) != "Mn")


def quoted(text):
    """A C string literal's inside; every byte past ASCII as three octal digits, which can't swallow what follows."""
    return "".join(chr(b) if 0x20 < b < 0x7F and b not in b'"\\' else "\\%03o" % b for b in text.encode())


def blob(name, words):
    print(f"static const char {name}[] =")
    for i in range(0, len(words), 8):
        print('\t"' + "".join(quoted(w) + "\\0" for w in words[i:i + 8]) + '"')
    print(";")
    offsets, at = [], 0
    for word in words:
        offsets.append(at)
        at += len(word.encode()) + 1
    assert at <= 0xFFFF, f"{name} does not fit 16-bit offsets"
    print(f"static const uint16_t {name}_at[{len(words)}] = {{")
    for i in range(0, len(offsets), 16):
        print("\t" + ", ".join(map(str, offsets[i:i + 16])) + ",")
    print("};")


def read_list(file, prefix):
    with open(os.path.join(LISTS, file), encoding="utf-8") as lines:
        words = [unicodedata.normalize("NFC", line.strip()) for line in lines]
    keys = [fold(word) for word in words]
    if len(words) != 2048 or len(set(keys)) != 2048:
        sys.exit(f"{file}: not 2048 words that differ when folded")
    if prefix and len({key[:prefix] for key in keys}) != 2048:
        sys.exit(f"{file}: the first {prefix} letters do not name a word")
    if max(len(key.encode()) for key in keys) > 32:
        sys.exit(f"{file}: a word is longer than CODENAME_KEY_MAX")
    return words, keys


def main():
    print("/* SPDX-License-Identifier: GPL-3.0-or-later AND MIT")
    print(" * Written by codename/embed.py from the BIP-39 lists (MIT) in Debian's python3-mnemonic. Do not edit. */")
    print('#include "codename/wordlist.h"\n')
    rows = []
    for language, file, prefix in LANGUAGES:
        words, keys = read_list(file, prefix)
        name = "words_" + language.replace("-", "_")
        blob(name, words)
        key_name = name
        if keys != words:
            key_name = "keys_" + language.replace("-", "_")
            blob(key_name, keys)
        rows.append(f'\t{{"{language}", {name}, {name}_at, {key_name}, {key_name}_at, {prefix}}},')
    print("const struct wordlist wordlists[] = {", *rows, "};", sep="\n")
    print(f"const size_t wordlist_count = {len(rows)};\n")

    print("const struct fold_row fold_rows[] = {")
    count = 0
    for first, last in FOLDED:
        for code in range(first, last + 1):
            to = fold(chr(code))
            if to == chr(code) or not to or any(c.isspace() for c in to) or len(to.encode()) > 7:
                continue
            print(f'\t{{0x{code:04x}, "{quoted(to)}"}},')
            count += 1
    print(f"}};\nconst size_t fold_row_count = {count};\n")

    zeros = [c for c in range(0x110000) if unicodedata.category(chr(c)) == "Nd" and unicodedata.digit(chr(c)) == 0]
    print("const uint32_t digit_zeros[] = {")
    for i in range(0, len(zeros), 12):
        print("\t" + ", ".join(f"0x{z:x}" for z in zeros[i:i + 12]) + ",")
    print(f"}};\nconst size_t digit_zero_count = {len(zeros)};")


if __name__ == "__main__":
    main()
