# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads po/LANGUAGE.po, strictly, and checks each translation against its English.

The grammar is gettext's without plurals, contexts and old entries: none of them is needed here, and each would be one
more way to be wrong. A fault is a (file, line, sentence).
"""

import re
import unicodedata

TAG = re.compile(r"<(/?)([a-z0-9]+)((?: [a-z-]+=\"[^\"]*\")*)>")
VALUE = re.compile(r"\{\{[a-z0-9_]+\}\}")
ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#39);")
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
JOINERS = "\u200c\u200d"  # Persian needs them; all other invisible characters are refused


class Fault(Exception):
    """What is wrong, where."""

    def __init__(self, path, line, sentence):
        super().__init__(f"{path}:{line}: {sentence}")


def unquote(path, line, text):
    if not re.fullmatch(r'"(?:[^"\\]|\\[nt"\\])*"', text):
        raise Fault(path, line, "not a string in quotes with only \\n, \\t, \\\" and \\\\ in it")
    return re.sub(r"\\(.)", lambda m: ESCAPES[m.group(1)], text[1:-1])


def read_po(path):
    """{English: (translation, line)}; the header is checked and left out."""
    entries, state, fuzzy, line_of = {}, None, False, 0
    msgid = msgstr = ""

    def keep():
        if state != "msgstr":
            return
        if fuzzy:
            raise Fault(path, line_of, f"fuzzy: {msgid!r}. Check it, then take the mark away")
        if msgid in entries:
            raise Fault(path, line_of, f"twice: {msgid!r}, first at line {entries[msgid][1]}")
        entries[msgid] = (msgstr, line_of)

    for number, raw in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        line = raw.strip()
        if line.startswith("#~"):
            raise Fault(path, number, "an old entry: take it away")
        if line.startswith("#") or not line:
            if state == "msgstr":
                keep()
                state, fuzzy = None, False
            fuzzy = fuzzy or bool(re.match(r"#,.*\bfuzzy\b", line))
        elif line.startswith("msgid "):
            keep()
            fuzzy = fuzzy and state is None
            state, line_of, msgid, msgstr = "msgid", number, unquote(path, number, line[6:]), ""
        elif line.startswith("msgstr ") and state == "msgid":
            state, msgstr = "msgstr", unquote(path, number, line[7:])
        elif line.startswith('"') and state == "msgid":
            msgid += unquote(path, number, line)
        elif line.startswith('"') and state == "msgstr":
            msgstr += unquote(path, number, line)
        else:
            raise Fault(path, number, f"not understood: {line[:40]!r}")
    keep()
    if state == "msgid":
        raise Fault(path, line_of, f"without a translation: {msgid!r}")
    header = entries.pop("", None)
    if header is None or "charset=UTF-8" not in header[0]:
        raise Fault(path, 1, "the header lacks charset=UTF-8")
    return entries


def tag_fault(text):
    """A sentence if tags are not closed in their order."""
    open_tags = []
    for slash, name, _ in TAG.findall(text):
        if not slash:
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name:
            return f"</{name}> closes nothing"
    return f"<{open_tags[-1]}> is left open" if open_tags else None


def html_fault(text):
    """A sentence if the text isn't sound HTML of the little that a text may have."""
    bare = ENTITY.sub("", VALUE.sub("", TAG.sub("", text)))
    for sign in "<>&{}":
        if sign in bare:
            return f"a stray {sign!r}"
    return tag_fault(text)


def letters_fault(text):
    if text != text.strip() or re.search(r"\s\s|[\n\t]", text):
        return "blanks at an end, two blanks, or a line end"
    for sign in text:
        if unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") and sign not in JOINERS:
            return f"an invisible character, U+{ord(sign):04X}"
    return None


def english_fault(text, use):
    """use: "html", "attribute" or "plain"."""
    if not text:
        return "an empty text"
    if use != "html" and (TAG.search(text) or "{{" in text):
        return f"a tag or a value in {use} text"
    if use == "attribute" and '"' in text:
        return "a quote in an attribute"
    return letters_fault(text) or (html_fault(text) if use != "plain" else None)


def translation_fault(english, text, use):
    """A sentence if the translation would show something else than the English does, or break the page."""
    if not text:
        return "not translated"
    if text == english and " " in english:
        return "left in English"
    for what, pattern in (("the values", VALUE), ("the tags", TAG)):
        want = sorted(m.group(0) for m in pattern.finditer(english))
        got = sorted(m.group(0) for m in pattern.finditer(text))
        if want != got:
            return f"{what} are {' '.join(got) or 'none'} and must be {' '.join(want) or 'none'}"
    return english_fault(text, use)
