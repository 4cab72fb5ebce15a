#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the C text of all pages (pages.h says in what form), or what a translator starts from.

    embed.py FOLDER > pages.c           FOLDER is this one, or a copy of it
    embed.py FOLDER --pot > pages.pot   all English texts, as msginit and msgmerge want them
    embed.py FOLDER --name NAME --style FILE...    another set: its header is NAME/pages.h, its symbols begin with NAME_
    --shared FOLDER     languages.def and po/ are there
    --with FOLDER       another set's templates, whose texts are in the same po/

FOLDER holds languages.def, pages.def, texts.def, html/NAME.html for each PAGE(NAME), style.css and po/LANGUAGE.po for each
LANGUAGE but the first. In a template:
    {{name}}                    the value, HTML-escaped; there is no way to leave it unescaped
    {{?name}} ... {{/}}         only if the value isn't empty
    {{^name}} ... {{/}}         only if it is
    [[English]]                 a text to translate; HTML with {{name}} in it, the same in each language
    {{>style.css}}              the style sheet, at build
    {{>language-links}}, {{>language-links open}}, {{>language-buttons}}     the list of languages, at build
Fails on: an unknown or unused value, a template missing or too many, a condition left open or nested, a value inside
a tag without quotes around it, a script, an event attribute, a style attribute, an address outside this site; and on a
translation that is missing, fuzzy, too many, or lacks a value or tag of its English (catalogue.py).
"""

import argparse
import base64
import hashlib
import re
import sys
from pathlib import Path

import catalogue
from catalogue import Fault

MARKS = {"": 1, "?": 2, "^": 3, "/": 4}
MARK_TEXT = 5
HINTS = ("ru", "fa", "zh-hans")
FORBIDDEN = [
    (r"<script", "a script"),
    (r"\son[a-z]+\s*=", "an event attribute"),
    (r"\sstyle\s*=", "a style attribute (the policy allows the one style sheet alone)"),
    (r"javascript:", "a script address"),
    (r"(?:src|href|action|formaction)=(?!\"(?:/(?!/)|#|data:,|\{\{(?:link|here)\}\}|(?:\{\{(?:row_)?lang\}\}|[a-z]+)[a-z.-]+\"))",
     "an address outside this site"),
    (r"=\s*\{\{", "a value in an attribute without quotes"),
    (r"=\s*\[\[", "a text in an attribute without quotes"),
    (r"[\x00-\x09\x0b-\x1f\x7f]", "a control character (tabs too: indent with blanks)"),
]


class Pages:
    """What is known of the folder while it is compiled."""

    def __init__(self, folder, styles, shared=None):
        self.folder = folder
        self.shared = shared or folder
        definition = (folder / "pages.def").read_text(encoding="utf-8")
        self.names = re.findall(r"^PAGE\((\w+)\)", definition, re.M)
        self.values = re.findall(r"^VALUE\((\w+)\)", definition, re.M)
        self.languages = re.findall(r'^LANGUAGE\((\w+), "([^"]+)", "([^"]+)", "([^"]+)"\)',
                                    (self.shared / "languages.def").read_text(encoding="utf-8"), re.M)
        self.style = squeeze_style("\n".join(path.read_text(encoding="utf-8") for path in styles))
        self.used = set()
        self.texts = {}  # English -> number
        self.uses = {}   # English -> {"html", "attribute", "plain"}
        self.places = {}  # English -> [file]
        self.others = {}  # the same of a set beside this one

    def text(self, english, use, path, line):
        fault = catalogue.english_fault(english, use)
        if fault:
            raise Fault(path, line, f"{fault}: {english!r}")
        self.texts.setdefault(english, len(self.texts))
        self.uses.setdefault(english, set()).add(use)
        self.places.setdefault(english, []).append(path.name)
        return self.texts[english]


def squeeze_style(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"\s*([{};,])\s*", r"\1", text).replace(": ", ":").replace(";}", "}").strip()


def language_list(pages, kind):
    """Each language by its own name: links, or buttons of the form that they stand in."""
    rows = []
    for _, tag, direction, own in pages.languages:
        about = f'lang="{tag}" dir="{direction}"'
        if kind == "language-buttons":
            rows.append(f'<li><button type="submit" name="lang" value="{tag}" {about} formnovalidate>{own}</button></li>')
        else:
            rows.append(f'<li><a href="{{{{here}}}}?lang={tag}" hreflang="{tag}" {about}>{own}</a></li>')
    # Who can't read the page looks for his own script: a few names stand in the line that is always seen.
    hints = " · ".join(f'<bdi lang="{tag}">{own}</bdi>' for _, tag, _, own in pages.languages if tag in HINTS)
    return "\n".join(['<details class="languages">', f"<summary>[[Language]]: <bdi>{{{{language}}}}</bdi> "
                      f'<span aria-hidden="true">{hints} …</span></summary>', "<ul>", *rows, "</ul>", "</details>"])


def include(pages, path, piece):
    if piece == "style.css":
        return "{{>style.css}}"  # its braces are no marks: it is put in last
    if piece in ("language-links", "language-buttons"):
        return language_list(pages, piece)
    raise Fault(path, 1, f"nothing can be included as {{{{>{piece}}}}}")


def number(mark, n):
    return bytes([mark, n >> 8, n & 255])


def compile_value(pages, path, line, piece, condition):
    """The bytes of one {{piece}}, and whether a condition is open after it."""
    if piece == "/":
        if not condition:
            raise Fault(path, line, "{{/}} without a condition")
        return number(MARKS["/"], 0), False
    mark, value = re.fullmatch(r"([?^]?)(.*)", piece, re.S).groups()
    if value not in pages.values:
        raise Fault(path, line, f"{{{{{piece}}}}} names no value of pages.def")
    if mark and condition:
        raise Fault(path, line, f"a condition inside a condition, at {{{{{piece}}}}}")
    pages.used.add(value)
    return number(MARKS[mark], pages.values.index(value)), condition or bool(mark)


def prepare(pages, path, raw):
    """The template without comments, indentation and line ends inside texts; a line number stands before each text."""
    for pattern, what in FORBIDDEN:
        found = re.search(pattern, raw, re.I)
        if found:
            raise Fault(path, raw.count("\n", 0, found.start()) + 1,
                        f"{what}, at {raw[found.start():found.start() + 40]!r}")

    def mark_line(found):
        return f"[[{raw.count(chr(10), 0, found.start()) + 1}:{' '.join(found.group(1).split())}]]"

    text = re.sub(r"\[\[(.*?)\]\]", mark_line, raw, flags=re.S)
    text = re.sub(r"\{\{>([^}]*)\}\}", lambda m: include(pages, path, m.group(1)).replace("[[", "[[1:"), text)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.S)
    return "\n".join(line.strip() for line in text.split("\n") if line.strip()) + "\n"


def compile_template(pages, path):
    text = prepare(pages, path, path.read_text(encoding="utf-8"))
    out, condition, at, line = b"", False, 0, 1
    for found in re.finditer(r"\[\[(\d+):(.*?)\]\]|\{\{(.*?)\}\}", text, re.S):
        out += plain(path, line, text[at:found.start()])
        use = "attribute" if text[:found.start()].endswith('="') else "html"
        at = found.end()
        if found.group(1):
            line = int(found.group(1))
            out += number(MARK_TEXT, pages.text(found.group(2), use, path, line))
            continue
        if found.group(3) == ">style.css":
            out += pages.style.encode()
            continue
        piece, condition = compile_value(pages, path, line, found.group(3), condition)
        out += piece
    if condition:
        raise Fault(path, line, "a condition is left open")
    return out + plain(path, line, text[at:])


def plain(path, line, text):
    for sign in ("{{", "}}", "[[", "]]"):
        if sign in text:
            raise Fault(path, line, f"{sign} without its other half, after this line")
    return text.encode()


def compile_text(pages, path, line, text):
    out, at = b"", 0
    for found in catalogue.VALUE.finditer(text):
        piece, _ = compile_value(pages, path, line, found.group(0)[2:-2], False)
        out += text[at:found.start()].encode() + piece
        at = found.end()
    return out + text[at:].encode()


def read_texts(pages):
    """The texts of the code have the first numbers, in the order of texts.def, one each even where two are alike."""
    path = pages.folder / "texts.def"
    named = []
    for line, row in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        found = re.match(r'TEXT\((\w+), "([^"\\]*)"\)', row)
        if found:
            pages.text(found.group(2), "plain", path, line)
            named.append(found.group(2))
        elif row.startswith("TEXT"):
            raise Fault(path, line, "not understood")
    if len(named) != len(set(named)):
        raise Fault(path, 1, "two texts are alike: one is enough")


def translate(pages, language):
    """The texts of one language, in the order of their numbers."""
    if language == pages.languages[0][0]:
        return [compile_text(pages, pages.folder, 0, english) for english in pages.texts]
    path = pages.shared / "po" / f"{language}.po"
    if not path.is_file():
        raise Fault(path, 1, "is not there; languages.def names it")
    entries, out = catalogue.read_po(path), []
    for english in entries:
        if english not in pages.texts and english not in pages.others:
            raise Fault(path, entries[english][1], f"no page has this text: {english!r}")
    for english in pages.texts:
        if english not in entries:
            raise Fault(path, 1, f"missing, from {pages.places[english][0]}: {english!r}")
        text, line = entries[english]
        for use in sorted(pages.uses[english]):
            fault = catalogue.translation_fault(english, text, use)
            if fault:
                raise Fault(path, line, f"{fault}: {text!r}")
        out.append(compile_text(pages, path, line, text))
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
    if line or not lines:
        lines.append(f'\t"{line}"')
    return "\n".join(lines)


def print_blob(name, table, pieces):
    """pieces: (comment, bytes)."""
    offsets, at = [], 0
    print(f"const uint8_t {name}[] =")
    for comment, data in pieces:
        offsets.append(at)
        at += len(data)
        print((f"\t/* {comment} */\n" if comment else "") + c_string(data))
    offsets.append(at)
    print("\t;")
    print(f"const uint32_t {table}[] = {{")
    for i in range(0, len(offsets), 16):
        print("\t" + ", ".join(map(str, offsets[i:i + 16])) + ",")
    print("};\n")


def print_c(pages, name, templates):
    digest = base64.b64encode(hashlib.sha256(pages.style.encode()).digest()).decode()
    texts = [(f"{language} {n}" if n == 0 else "", data) for language, *_ in pages.languages
             for n, data in enumerate(translate(pages, language))]
    for value in pages.values:
        if value not in pages.used:
            raise Fault(pages.folder / "pages.def", 1, f"no template shows the value {value}")
    print("/* SPDX-License-Identifier: GPL-3.0-or-later\n * Made by pages/embed.py from the templates and translations. */")
    print(f'#include "{name}/pages.h"\n')
    print(f"const char {name}_style_source[] = \"'sha256-{digest}'\";")
    print(f"const uint32_t {name}_text_count = {len(pages.texts)};\n")
    print_blob(f"{name}_html", f"{name}_html_at", zip(pages.names, templates))
    print_blob(f"{name}_texts", f"{name}_text_at", texts)


def print_pot(pages):
    print('# Texts of the source\'s pages. docs/TRANSLATE.md says how to translate them.\nmsgid ""\nmsgstr ""\n'
          '"Project-Id-Version: silent-courier\\n"\n"Language: \\n"\n"MIME-Version: 1.0\\n"\n'
          '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"')
    for english in {**pages.places, **pages.others}:
        places = [*pages.places.get(english, []), *pages.others.get(english, [])]
        escaped = english.replace("\\", "\\\\").replace('"', '\\"')
        print(f"\n#: {' '.join(dict.fromkeys(places))}\nmsgid \"{escaped}\"\nmsgstr \"\"")


def read_set(folder, styles, shared):
    """A folder's pages and its templates, compiled."""
    pages = Pages(folder, styles, shared)
    read_texts(pages)
    for name in set(pages.names) ^ {path.stem for path in folder.glob("html/*.html")}:
        raise Fault(folder / "pages.def", 1, f"{name}: a template and a line here belong together")
    return pages, [compile_template(pages, folder / f"html/{name}.html") for name in pages.names]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pot", action="store_true")
    parser.add_argument("--name", default="pages")
    parser.add_argument("--style", type=Path, nargs="+")
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--with", type=Path, dest="other")
    asked = parser.parse_args()
    folder = asked.folder
    pages, templates = read_set(folder, asked.style or [folder / "style.css"], asked.shared)
    if asked.other:
        pages.others = read_set(asked.other, [], pages.shared)[0].places
    if asked.pot:
        print_pot(pages)
    else:
        print_c(pages, asked.name, templates)


if __name__ == "__main__":
    try:
        main()
    except Fault as fault:
        sys.exit(f"embed.py: {fault}")
