# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of `tests/browser/run inbox`: sources at the workbench, and a desk's inbox."""
import base64
import os
import re
import secrets
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "workbench"), str(TESTS / "inbox")]
import bench  # noqa: E402
from inbox import Inbox  # noqa: E402

LONG = ("We were told to sign the protocol twice. The first copy had the old numbers, the second had none. " * 12 + "\n\n") * 3
# In the order of the list that the story knows: name, text, direction, a topic or none, the one attachment.
STORIES = [
    ("persian", "ستون سوم جدول را تغییر دادند. خودم دیدم.\nThe second line is English.\n۱۲۳ و 456", "rtl", "Work",
     ("اسناد \u202exls.exe", os.urandom(50_000))),
    ("russian", "Третий столбец таблицы изменили. Я видел это сам.\n\n— А подписи?\n— Их добавили потом.", "ltr", "Health", None),
    ("english", LONG, "ltr", "", None),
    ("chinese", "他们改了表格的第三列。我亲眼看见的。" * 20, "ltr", "Work", ("замеры <2026>.csv", b"1;2;3\n" * 2000)),
    ("mixed", "ירושלים 2026 / Jerusalem\n" + "unbroken" * 60 + "\n<script>alert('x')</script> & <b>not bold</b> 🏳️‍🌈 ҚОЛ ไทย हिन्दी", "rtl", "", None),
    ("english-lines", "\n".join(f"{n}. {'word ' * (n % 9)}" for n in range(1, 40)), "ltr", "Health", None),
]


class Stage:
    def __init__(self, stack):
        self.site = bench.Site(None, "--topic", "Work", "--topic", "Health")
        stack.callback(self.site.remove)
        self.bench = stack.enter_context(bench.Bench(self.site))
        self.inbox = stack.enter_context(Inbox(self.site, "--direct", f"127.0.0.1:{self.bench.ports[1]}", enter=False))

    def ask(self, what):
        if what == "write":
            for _, text, _, topic, file in STORIES:
                status, _ = self.bench.write(text, [file[:2]] if file else [], topic=topic)
                bench.check(status == 200, f"write: {status}")
        elif what == "many":
            folder = next(path for path in (self.site.box / "conversations").iterdir() if (path / "0001.age").exists())
            for _ in range(130):
                new = folder.parent / secrets.token_hex(16)
                new.mkdir(mode=0o700)
                for name in ("recipient", "0001.age"):
                    os.link(folder / name, new / name)
        else:
            self.bench.stop()


def safe_name(name):
    """As inbox/open.c makes it."""
    stem, dot, ending = name.rpartition(".")
    return re.sub(r"[^A-Za-z0-9._-]", "_", stem) + re.sub(r"[^A-Za-z0-9._-]", "_", dot + ending)


def play(stack, browsers, count, _languages, screens, views):
    stage = Stage(stack)
    stories = [{"name": name, "text": text, "direction": direction, "file": file and [
        file[0], base64.b64encode(file[1]).decode()], "safe": file and safe_name(file[0])}
        for name, text, direction, _, file in STORIES]
    order = {"origin": f"http://127.0.0.1:{stage.inbox.port}", "stories": stories, "schemes": ["light", "dark"],
             "folder": str(screens / "inbox")}
    browsers.do("inbox", {**order, "kind": "chromium", "link": stage.inbox.link, "views": views}, count, "inbox:", stage)
    browsers.do("inbox", {**order, "kind": "firefox", "link": stage.inbox.new_link(), "views": ["1280"]}, count, "inbox, Firefox:")
