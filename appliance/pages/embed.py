#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""embed.py FILE... : writes the C text of all pages (pages.h says in what form) to standard output.

FILEs are the templates, NAME.html for each PAGE(NAME) of pages.def, and the style sheet. In a template:
    {{name}}                    the value, HTML-escaped; there is no way to leave it unescaped
    {{?name}} ... {{/}}         only if the value isn't empty
    {{^name}} ... {{/}}         only if it is
    {{>style.css}}              the style sheet, at build
Fails on: an unknown or unused value, a template missing or too many, a condition left open or nested, a value inside
a tag without quotes around it, a script, an event attribute, a style attribute, an address outside this site.
"""

import base64
import hashlib
import re
import sys
from pathlib import Path

MARKS = {"": 1, "?": 2, "^": 3, "/": 4}
FORBIDDEN = [
    (r"<script", "a script"),
    (r"\son[a-z]+\s*=", "an event attribute"),
    (r"\sstyle\s*=", "a style attribute (the policy allows the one style sheet alone)"),
    (r"javascript:", "a script address"),
    (r"(?:src|href|action|formaction)=(?!\"(?:/(?!/)|#|data:,|\{\{link\}\}))", "an address outside this site"),
    (r"=\s*\{\{", "a value in an attribute without quotes"),
    (r"[\x00-\x09\x0b-\x1f\x7f]", "a control character (tabs too: indent with blanks)"),
]


def fail(sentence):
    sys.exit(f"embed.py: {sentence}")


def names(kind, text):
    return re.findall(rf"^{kind}\((\w+)\)", text, re.M)


def squeeze_style(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"\s*([{};,])\s*", r"\1", text).replace(": ", ":").strip()


def compile_template(name, text, values, used, style):
    for pattern, what in FORBIDDEN:
        found = re.search(pattern, text, re.I)
        if found:
            fail(f"{name}.html: {what}, at {text[found.start():found.start() + 40]!r}")
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.S)
    text = "\n".join(line.strip() for line in text.split("\n") if line.strip()) + "\n"
    out, condition = b"", False
    for number, piece in enumerate(re.split(r"\{\{(.*?)\}\}", text)):
        if number % 2 == 0:
            if "{{" in piece or "}}" in piece:
                fail(f"{name}.html: a mark that isn't closed")
            out += piece.encode()
            continue
        if piece == ">style.css":
            out += style.encode()
            continue
        if piece == "/":
            if not condition:
                fail(f"{name}.html: {{{{/}}}} without a condition")
            condition = False
            out += bytes([MARKS["/"], 0])
            continue
        mark, value = re.fullmatch(r"([?^]?)(.*)", piece, re.S).groups()
        if value not in values:
            fail(f"{name}.html: {{{{{piece}}}}} names no value of pages.def")
        if mark:
            if condition:
                fail(f"{name}.html: a condition inside a condition, at {{{{{piece}}}}}")
            condition = True
        used.add(value)
        out += bytes([MARKS[mark], values.index(value)])
    if condition:
        fail(f"{name}.html: a condition is left open")
    return out


def c_string(data):
    """Lines of a string literal; octal codes of three digits end by themselves."""
    lines, line = [], ""
    for byte in data:
        char = chr(byte)
        if char == "\n":
            line += "\\n"
        elif char in "\"\\?" or not 32 <= byte < 127:
            line += f"\\{byte:03o}"
        else:
            line += char
        if char == "\n" or len(line) > 110:
            lines.append(f'\t"{line}"')
            line = ""
    if line:
        lines.append(f'\t"{line}"')
    return "\n".join(lines)


def main(paths):
    definition = (Path(__file__).parent / "pages.def").read_text(encoding="utf-8")
    pages, values = names("PAGE", definition), names("VALUE", definition)
    files = {path.stem: path for path in map(Path, paths) if path.suffix == ".html"}
    styles = [path for path in map(Path, paths) if path.suffix == ".css"]
    if len(styles) != 1:
        fail(f"one style sheet is needed, not {len(styles)}")
    if len(values) > 255:
        fail("a value's number is one byte")
    for name in set(pages) ^ set(files):
        fail(f"{name}: a template and a line in pages.def belong together")
    style, used, compiled = squeeze_style(styles[0].read_text(encoding="utf-8")), set(), []
    for name in pages:
        compiled.append(compile_template(name, files[name].read_text(encoding="utf-8"), values, used, style))
    for name in values:
        if name not in used:
            fail(f"no template shows the value {name} of pages.def")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    print("/* SPDX-License-Identifier: GPL-3.0-or-later\n * Made by pages/embed.py from the templates there. */")
    print('#include "pages/pages.h"\n')
    print(f"const char pages_style_source[] = \"'sha256-{digest}'\";\n")
    offsets, at = [], 0
    print("const uint8_t pages_text[] =")
    for name, data in zip(pages, compiled):
        offsets.append(at)
        at += len(data)
        print(f"\t/* {name} */\n{c_string(data)}")
    offsets.append(at)
    print("\t;\n")
    print("const uint32_t pages_offset[PAGE_COUNT + 1] = {" + ", ".join(map(str, offsets)) + "};")


if __name__ == "__main__":
    main(sys.argv[1:])
