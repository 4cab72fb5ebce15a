# SPDX-License-Identifier: GPL-3.0-or-later
"""An observer on the wire, who sees how many bytes go each way and how many answers come, and no more.

Of each outcome of a visit there are hundreds, in random order: every one must look the same. Times are measured by
`./build.sh bench observer` and asserted nowhere.
"""
import contextlib
import random
import time

import bench
import states
from wire import Source

EACH = 100  # logins of three requests
OUTCOMES = ("no answer yet", "an answer", "opens nothing")


class Stage:
    """A codename for each outcome."""

    def __init__(self, stack, site=None):
        self.site = site or bench.Site(None)
        stack.callback(self.site.remove)
        self.bench = stack.enter_context(bench.Bench(self.site))
        self.codenames = {name: self.write() for name in ("an answer", "opens nothing")}
        self.bench.sync()
        for folder in (self.site.box / "conversations").iterdir():
            self.site.run("desk", "reply", self.site.desk, folder.name, input="We have read it. " * 40)
        self.bench.sync()
        with Source(self.bench.connect) as s:
            s.sign_in(self.codenames["opens nothing"])
            s.post("/conversation/delete", {"csrf": s.get("/conversation").value("csrf")})
        self.codenames["no answer yet"] = self.write()

    def write(self):
        with Source(self.bench.connect) as s:
            return states.codename_of(s.write(message="x"))

    def visit(self, codename, tor_browser):
        """As a browser does it: the form, the codename, where that leads. Returns (what is seen, seconds for the codename)."""
        with Source(self.bench.connect, tor_browser=tor_browser) as s:
            form = s.get("/return")
            fields = {"csrf": form.value("csrf"), "codename": codename}
            began = time.monotonic()
            answer = s.post("/return", {name: value for name, value in fields.items() if value})
            for _ in range(3):
                if answer.status != 303:
                    break
                answer = s.get(answer.get("Location"))
            return tuple(s.seen), time.monotonic() - began, answer


def play(test):
    """test(name, problems) counts one test."""
    order = random.Random(20261121)
    with contextlib.ExitStack() as stack:
        stage = Stage(stack)
        for tor_browser, each in ((True, EACH), (False, EACH // 4)):
            visits = [name for name in OUTCOMES for _ in range(each)]
            order.shuffle(visits)
            seen, told = {name: {} for name in OUTCOMES}, {name: set() for name in OUTCOMES}
            for name in visits:
                what, _, answer = stage.visit(stage.codenames[name], tor_browser)
                seen[name][what] = seen[name].get(what, 0) + 1
                told[name].add((answer.status, 'id="reply-1"' in answer.text))
            browser = "Tor Browser" if tor_browser else "another browser"
            test(f"{browser}: each outcome is what it should be", [] if told == {
                "no answer yet": {(200, False)}, "an answer": {(200, True)}, "opens nothing": {(403, False)}} else [str(told)])
            kinds = {what for one in seen.values() for what in one}
            test(f"{browser}: {len(visits)} logins, one sight (bytes sent, bytes received): {kinds}",
                 [] if len(kinds) == 1 else [f"{name}: {one}" for name, one in seen.items()])
