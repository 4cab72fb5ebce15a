#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes wordlists.c: the BIP-39 lists of Debian's python3-mnemonic, and how typed text is folded onto them.

Run in the builder: embed.py > wordlists.c. A language is one row of LANGUAGES. Every list is checked: 2048 words, no
two alike once folded, of letters alone, and where two lists are twins, no character with two numbers.
"""
import os
import sys
import unicodedata

LISTS = os.environ.get("MNEMONIC_LISTS", "/usr/lib/python3/dist-packages/mnemonic/wordlist")

# language as in pages/: (file, what stands between two words, the twin: a list whose words may stand among these)
LANGUAGES = {
    "en": ("english.txt", " ", None),
    "ru": ("russian.txt", " ", None),
    "zh-Hans": ("chinese_simplified.txt", " ", "zh-Hant"),
    "zh-Hant": ("chinese_traditional.txt", " ", "zh-Hans"),
    "ja": ("japanese.txt", "\u3000", None),
    "ko": ("korean.txt", " ", None),
    "fr": ("french.txt", " ", None),
    "es": ("spanish.txt", " ", None),
    "pt": ("portuguese.txt", " ", None),
    "it": ("italian.txt", " ", None),
    "cs": ("czech.txt", " ", None),
    "tr": ("turkish.txt", " ", None),
}

# Debian's Russian list has a word whose third letter was lost: two U+FFFD. What stood there is what fits the alphabet
# between its neighbours; it is fixed by this line, and stays when Debian's list is mended.
MENDED = {"сно\ufffd\ufffdа": "снова"}

# What Unicode does not decompose and people do type for it.
EXTRA = {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"}
LETTERS_MAX = 3  # that one code point may become: struct fold_row
KEY_MAX = 32     # CODENAME_KEY_MAX
# Circled and squared forms are a list's numbers, or units; Hangul syllables come apart by arithmetic.
NO_ROW = [(0x2460, 0x24FF), (0x3200, 0x33FF), (0xAC00, 0xD7A3), (0xD800, 0xDFFF)]


def hiragana(c):
    return chr(ord(c) - 0x60) if 0x30A1 <= ord(c) <= 0x30F6 else c


def fold(text):
    """Compatibility decomposition, lower case, hiragana, no marks. codename/fold.c does it by the table made here."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = "".join(EXTRA.get(c, hiragana(c)) for c in text)
    return "".join(c for c in text if unicodedata.category(c) != "Mn")


def quoted(text):
    """A C string literal's inside; every byte past ASCII as three octal digits, which can't swallow what follows."""
    return "".join(chr(b) if 0x20 < b < 0x7F and b not in b'"\\' else "\\%03o" % b for b in text.encode())


def numbers(values, form):
    for i in range(0, len(values), 16):
        print("\t" + ", ".join(form % v for v in values[i:i + 16]) + ",")


def read_list(file):
    with open(os.path.join(LISTS, file), encoding="utf-8") as lines:
        words = [line.strip() for line in lines]
    words = [unicodedata.normalize("NFC", MENDED.get(word, word)) for word in words]
    keys = [fold(word) for word in words]
    if len(words) != 2048 or len(set(keys)) != 2048:
        sys.exit(f"{file}: not 2048 words that differ when folded")
    if not all(c.isalpha() for key in keys for c in key) or not all(1 <= len(key) <= KEY_MAX for key in keys):
        sys.exit(f"{file}: a word is damaged or longer than CODENAME_KEY_MAX")
    return words, keys


def write_lists(lists):
    print("const char wordlist_text[] =")
    offsets, starts, start = [], [], 0
    for language, (words, _) in lists.items():
        print(f"\t/* {language} */")
        for i in range(0, 2048, 8):
            print('\t"' + "".join(quoted(w) + "\\0" for w in words[i:i + 8]) + '"')
        starts.append(start)
        at = 0
        for word in words:
            offsets.append(at)
            at += len(word.encode()) + 1
        if at > 0xFFFF:
            sys.exit(f"{language}: does not fit 16-bit offsets")
        start += at
    print(";\nconst uint16_t wordlist_at[] = {")
    numbers(offsets, "%d")
    print("};\nconst struct wordlist wordlists[] = {")
    names = list(LANGUAGES)
    for start, (language, (_, gap, twin)) in zip(starts, LANGUAGES.items()):
        letters = {c for key in lists[language][1] for c in key}
        print(f'\t{{.language = "{language}", .gap = "{quoted(gap) if gap != " " else gap}", .start = {start}, '
              f".low = 0x{ord(min(letters)):04x}, .high = 0x{ord(max(letters)):04x}, .twin = {names.index(twin or language)}}},")
    print(f"}};\nconst size_t wordlist_count = {len(names)};\n")


def check_twins(lists):
    for language, (_, _, twin) in LANGUAGES.items():
        if twin:
            mine, other = lists[language][1], {key: i for i, key in enumerate(lists[twin][1])}
            if any(other.get(key, i) != i for i, key in enumerate(mine)):
                sys.exit(f"{language}, {twin}: a word of both has two numbers")


def write_folding(lists):
    letters = {c for _, keys in lists.values() for key in keys for c in key}
    print("const struct fold_row fold_rows[] = {")
    count = 0
    for code in range(0x41, 0x10000):
        if any(first <= code <= last for first, last in NO_ROW):
            continue
        to = fold(chr(code))
        if to != chr(code) and 1 <= len(to) <= LETTERS_MAX and letters.issuperset(to):
            print(f"\t{{0x{code:04x}, {{" + ", ".join("0x%04x" % ord(c) for c in to) + "}},")
            count += 1
    print(f"}};\nconst size_t fold_row_count = {count};\n")


def main():
    print("/* SPDX-License-Identifier: GPL-3.0-or-later AND MIT")
    print(" * Written by codename/embed.py from the BIP-39 lists (MIT) in Debian's python3-mnemonic. Do not edit. */")
    print('#include "codename/wordlist.h"\n')
    lists = {language: read_list(file) for language, (file, _, _) in LANGUAGES.items()}
    check_twins(lists)
    write_lists(lists)
    write_folding(lists)
    zeros = [c for c in range(0x110000) if unicodedata.category(chr(c)) == "Nd" and unicodedata.digit(chr(c)) == 0]
    print("const uint32_t digit_zeros[] = {")
    numbers(zeros, "0x%x")
    print(f"}};\nconst size_t digit_zero_count = {len(zeros)};")


if __name__ == "__main__":
    main()
