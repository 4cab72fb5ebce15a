# SPDX-License-Identifier: GPL-3.0-or-later
"""Strings that break programs, and every script, as message, topic and file name: shown back as text and nothing else,
intact at the desk, where Debian's age opens what was sealed. The list is npm's blns; the scripts are ours."""
import concurrent.futures
import contextlib
import html.parser
import json
import os
import re
import subprocess
from pathlib import Path

import bench
import page
from wire import Source

LIST = Path(__file__).resolve().parents[2] / "build/npm/node_modules/blns/resources/blns.json"
SCRIPTS = """English, Русский, Українська, Беларуская, Türkçe, Deutsch ß, Français œ, Español ñ, Ελληνικά, Հայերեն, ქართული, עברית,
العربية, فارسی پچژگ, ܣܘܪܝܝܐ, हिन्दी, বাংলা, தமிழ், తెలుగు, ಕನ್ನಡ, മലയാളം, සිංහල, ไทย, ລາວ, བོད་ཡིག, မြန်မာ, ភាសាខ្មែរ, አማርኛ, ᏣᎳᎩ, ᓀᐦᐃᔭᐍᐏᐣ, ᠮᠣᠩᠭᠣᠯ, 简体中文,
繁體中文, 日本語 ひらがな カタカナ ｶﾀｶﾅ, 한국어, 한국어, Tiếng Việt, ߒߞߏ, ⵜⵉⴼⵉⵏⴰⵖ, 𐌲𐌿𐍄, 𝔉𝔯𝔞𝔨𝔱𝔲𝔯, 👩🏽‍🚀👨‍👩‍👧‍👦🇺🇦, e\u0301\u0323"""
ODD = ["\ufeffmark", "next\u0085line", "line\u2028separator\u2029", "\u202egnp.exe", "\u2066isolated", "soft\u00adhyphen", "no\u00a0break",
       "\U0010ffff\ufffe\uffff", "\ue000private", "\U000e0041tag", "a\x00b", "\x7f", "\t tab \t", "C:\\Users\\Ivan\\list.doc", "\\\\server\\share\\list.doc",
       "/media/ivan/list.doc", "/", "..", ".", "%22", "%0d%0A", "%", "%2", "\\", "\\\"", "\"", "\";name=\"message", "a\r\nb", "a\nb", "\r", "x" * 255,
       "é" * 128, "€" * 86, "&amp;", "&#60;", "]]>", "--", "--------", "</textarea><script>", "'-->", "{{message}}", "[[Topic]]", "\x01\x02\x03", "con", "nul.txt"]
TOPIC_SENT_MAX, TOPIC_MAX, NAME_MAX, FILES_MAX = 320, 80, 255, 16


def strings():
    return [s for s in json.loads(LIST.read_text(encoding="utf-8")) if s] + [s.strip() for s in SCRIPTS.split(",")] + ODD


# ---- what becomes of a string: docs/HTTP.md, "Forms"

def clean(text):
    """As a form's text is kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("\ufffd" if (c < " " and c not in "\n\t") or c == "\x7f" else c for c in text)


def line(text):
    return re.sub("[\n\t]", " ", clean(text))


def cut(text, most):
    return text.encode()[:most].decode(errors="ignore")


def as_browsers_name(name):
    """In a header, as HTML has browsers write it."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def kept_name(name):
    name = re.sub("%0[ad]", " ", as_browsers_name(name).replace("%22", '"'), flags=re.I)
    if re.match(r"[^\0]:\\|\\\\", name):
        name = name.rsplit("\\", 1)[1]
    elif name.startswith("/"):
        name = name.rsplit("/", 1)[1]
    return cut(line(name), NAME_MAX) or "unnamed"


def page_text(text):
    """What isn't kept, and isn't made clean: the page shows no control characters all the same."""
    return "".join("" if c == "\r" else "\ufffd" if (c < " " and c not in "\n\t") or c == "\x7f" else c for c in text)


# ---- the page

class Shown(html.parser.HTMLParser):
    """What a browser makes of a page: its elements, the text to write in, the names of the files that arrived."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.message, self.names, self.open = [], "", [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.open.append(tag)
        if tag == "bdi" and self.open[-2:] == ["li", "bdi"]:
            self.names.append("")

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if "textarea" in self.open:
            self.message += data
        elif self.open[-2:] == ["li", "bdi"]:
            self.names[-1] += data


class Stage:
    def __init__(self, stack, test):
        self.test = test
        self.site = bench.Site(None, desk=["--classical"])
        stack.callback(self.site.remove)
        self.bench = stack.enter_context(bench.Bench(self.site))
        self.source = stack.enter_context(Source(self.bench.connect))
        first = self.source.write(draft=self.source.get("/write").value("draft"), message="the first one")
        self.source.sign_in(first.element("codename-digits"))
        self.tokens = self.fresh()

    def fresh(self):
        form = self.source.get("/conversation/write")
        return {"csrf": form.value("csrf"), "draft": form.value("draft")}

    def send(self, files=None, **fields):
        """A message of the conversation; wire.multipart writes names as browsers do."""
        return self.source.write("/conversation/write", files=files, **self.tokens, **fields)

    # ---- shown back

    def shown_back(self, texts):
        """The form comes back with the text, and with the list of the files; nothing but text was added to the page."""
        plain = Shown(self.send(message="x", lang="en").text).tags
        for text in texts:
            answer = self.send(message=text, lang="en")
            shown = Shown(answer.text)
            problems = page.problems(answer.text, "en", "ltr")
            # The parser of HTML drops a line end that a textarea begins with; the page has one for that.
            if shown.message.removeprefix("\n") != clean(text):
                problems.append(f"the page has {shown.message!r}")
            if shown.tags != plain:
                problems.append("the page has other elements than with an x")
            self.test(f"shown back: {text!r}", problems)
        for some in in_groups(texts, 600):
            answer = self.source.post("/return", {"codename": "\n".join(some).encode(), "lang": "fa"})
            shown = Shown(answer.text).message.removeprefix("\n")
            self.test(f"shown back as a codename: {some!r}", page.problems(answer.text, "fa", "rtl") + (
                [] if shown == page_text("\n".join(some)) else [f"the page has {shown!r}"]))
        for some in in_groups([text for text in texts if "\0" not in text]):
            answer = self.send(files=[(name, b"x") for name in some], message="x", go="add")
            wanted = [kept_name(name) for name in some]
            # What has the same name and bytes as one that arrived is the same file.
            wanted = list(dict.fromkeys(wanted))
            shown = Shown(answer.text)
            self.test(f"names shown back: {some!r}", page.problems(answer.text, "en", "ltr") + (
                [] if shown.names == wanted else [f"the page has {shown.names!r}"]))
            self.send(message="x", go="drop")

    # ---- at the desk

    def at_the_desk(self, texts):
        for text in texts:
            answer = self.send(message=f"[{text}]", topic=cut(text, TOPIC_SENT_MAX))
            self.test(f"sent: {text!r}", [] if answer.status == 200 else [f"status {answer.status}"])
        named = [text for text in texts if "\0" not in text]  # no browser can send it, and it is refused
        for some in in_groups(named):
            self.tokens = self.fresh()
            self.send(files=[(name, name.encode()) for name in some], message="files")
        self.bench.sync()
        folder = next((self.site.box / "conversations").iterdir())
        names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".age"))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            opened = dict(zip(names, pool.map(lambda name: self.opened(folder / name), names)))
        items = [opened[name] for name in names if re.fullmatch(r"\d+\.age", name)]
        got = [(fields["Topic"], text) for fields, text in map(read_item, items)]
        for text in texts:
            wanted = (cut(line(text), TOPIC_MAX), f"[{clean(text)}]")
            self.test(f"at the desk: {text!r}", [] if wanted in got else [f"the desk has no {wanted!r}"])
        self.files_at_the_desk(named, opened)
        said = subprocess.run([str(self.site.courier), "desk", "read", str(self.site.desk), folder.name], capture_output=True,
                              timeout=60, check=False)
        told = said.stdout.decode()
        self.test("the desk reads them all", [] if said.returncode == 0 else [f"status {said.returncode}: {said.stderr.decode()[-500:]}"])
        self.test("and shows a terminal nothing that it would obey",
                  sorted(set(re.findall("[\0-\b\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", told))))

    def files_at_the_desk(self, texts, opened):
        got = set()
        for name, meta in opened.items():
            if name.endswith(".meta.age"):
                fields, _ = read_item(meta)
                got.add((fields["Name"], opened[name.replace("meta", "data")][:int(fields["Length"])]))
        for text in texts:
            wanted = (kept_name(text), text.encode())
            self.test(f"a file's name at the desk: {text!r}", [] if wanted in got else [f"the desk has no {wanted!r}"])

    def opened(self, path):
        return subprocess.run(["age", "-d", "-i", str(self.site.desk / "identity.txt"), str(path)], capture_output=True, check=True,
                              timeout=60).stdout


def in_groups(texts, room=1 << 20):
    """As many as one message has files, in no more bytes than that."""
    groups = [[]]
    for text in texts:
        if len(groups[-1]) == FILES_MAX or sum(len(one.encode()) + 1 for one in [*groups[-1], text]) > room:
            groups.append([])
        groups[-1].append(text)
    return groups


def read_item(data):
    """({field: value}, text) of a sealed item, without its padding: docs/HTTP.md, "What is sealed"."""
    head, _, rest = data.partition(b"\n\n") if data.startswith(b"Courier") else (data.rstrip(b"\0"), b"", b"")
    fields = dict(one.split(": ", 1) for one in head.decode().strip("\n").split("\n"))
    text = rest[:int(fields["Length"])]
    return fields, text.decode() if data.startswith(b"Courier") else ""


def play(test):
    """test(name, problems) counts one test."""
    with contextlib.ExitStack() as stack:
        stage = Stage(stack, test)
        texts = strings()
        test("the list is there", [] if len(texts) > 400 else [f"{len(texts)} strings"])
        stage.shown_back(texts)
        stage.at_the_desk(texts)
        test("no process was killed by a naughty string", re.findall(r".*by a signal.*", stage.bench.log()))
