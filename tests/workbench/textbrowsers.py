# SPDX-License-Identifier: GPL-3.0-or-later
"""lynx and w3m, on a terminal of their own, led by keys through a source's story: the first page, a message, the codename,
coming back, the answer, leaving.

A relay between browser and workbench keeps the pages that come. So it is known when a page is there and how many keys it
is to a field. Each page as the browser shows it: build/artefacts/door/text/.
"""
import contextlib
import html.parser
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import termios
import threading
import time
import fcntl
from pathlib import Path

import bench

TOP = Path(__file__).resolve().parents[2]
sys.path.append(str(TOP / "tests" / "browser"))
import text  # noqa: E402

ARTEFACTS = TOP / "build" / "artefacts" / "door" / "text"
MESSAGE = "Привет from {}: <b>5 & 6</b> %22"
REPLY = "Thank you. Спасибо. 5 < 6 & 7 > 3"
SOON_S, CALM_S = 60, 0.4


class Items(html.parser.HTMLParser):
    """What a text browser stops at on a page, in order: (kind, what it is known by)."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.found, self.words, self.button = [], "", None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "a" and "href" in attributes:
            self.found.append(("link", attributes["href"]))
        elif tag in ("textarea", "select") or (tag == "input" and attributes.get("type") != "hidden"):
            self.found.append(("field", attributes["name"]))
        elif tag == "button":
            self.button, self.words = attributes.get("value"), ""

    def handle_data(self, data):
        self.words += data

    def handle_endtag(self, tag):
        if tag == "button":
            self.found.append(("button", self.words.strip()))


class Relay:
    """Between a browser and the workbench; pages: the answers' texts in order, redirections left out."""

    def __init__(self, connect):
        self.connect, self.pages, self.requests, self.arrived = connect, [], [], threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept(); close() alone would not
        self.accepting.join()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream):
        """One request: both ends are closed after its answer."""
        with stream, self.connect() as server:
            answer, request = b"", b""
            while True:
                for side in select.select([stream, server], [], [], SOON_S)[0]:
                    data = side.recv(65536)
                    if side is stream:
                        request += data
                        server.sendall(data)
                        if not data:
                            return
                    else:
                        answer += data
                        stream.sendall(data)
                        if not data or self._whole(answer):
                            self._keep(request, answer)
                            return

    @staticmethod
    def _whole(answer):
        head, end, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        return bool(end and length) and len(body) >= int(length.group(1))

    def _keep(self, request, answer):
        with self.arrived:
            self.requests.append(request)
            if b" 303 " not in answer[:20]:
                self.pages.append((int(answer.split(b" ")[1]), answer.partition(b"\r\n\r\n")[2].decode()))
            self.arrived.notify_all()

    def page(self, number):
        with self.arrived:
            if not self.arrived.wait_for(lambda: len(self.pages) > number, SOON_S):
                raise bench.Failed(f"page {number} never came; the last requests: {self.requests[-2:]}")
            return self.pages[number]


class Browser:
    """A program on a terminal of 100 by 200."""

    def __init__(self, name, origin, home):
        self.name, self.home, self.shown = name, home, b""
        (home / "typed").write_text("")
        editor = home / "editor"
        editor.write_text(f'#!/bin/sh\ncat "{home}/typed" >"$1"\n')
        editor.chmod(0o755)
        argv = {"lynx": ["lynx", "-accept_all_cookies", "-assume_charset=utf-8", "-display_charset=utf-8", "-nopause", origin],
                "w3m": ["w3m", "-cookie", "-I", "utf-8", "-O", "utf-8", "-o", "accept_cookie=1", "-o", "confirm_qq=0", "-o",
                        f"editor={editor}", origin]}[name]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 100, 200, 0, 0))
            os.execvpe(argv[0], argv, {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm", "LANG": "C.UTF-8",
                                       "LC_ALL": "C.UTF-8", "EDITOR": str(editor)})

    def _waits(self):
        """For a key and nothing else: it sleeps, has no connection, and runs no editor. On a busy machine a silent terminal
        says little."""
        def state(pid):
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]

        folder = Path(f"/proc/{self.pid}")
        helpers = (folder / f"task/{self.pid}/children").read_text().split()
        return state(self.pid) == "S" and all(state(pid) == "Z" for pid in helpers) and \
            not any(os.readlink(fd).startswith("socket:") for fd in (folder / "fd").iterdir())

    def calm(self):
        """Until it has drawn all and waits for a key, for a moment."""
        end = time.monotonic() + SOON_S
        while True:
            try:
                drawn = bool(select.select([self.terminal], [], [], CALM_S)[0])
                if drawn:
                    self.shown = (self.shown + os.read(self.terminal, 65536))[-4000:]
                elif self._waits():
                    return
            except OSError:
                return  # it ended: the next page will not come
            if time.monotonic() > end:
                raise bench.Failed(f"{self.name} is busy for {SOON_S} s")

    def keys(self, typed):
        os.write(self.terminal, typed)
        self.calm()

    def to(self, items, wanted):
        """From the page's first stop to this one."""
        if wanted not in items:
            raise bench.Failed(f"the page has no {wanted}; it has {items}")
        for _ in range(items.index(wanted)):
            os.write(self.terminal, b"\t")
            time.sleep(0.02)
        self.calm()

    def fill(self, typed):
        """The text area at the cursor: lynx takes keys, w3m calls an editor."""
        if self.name == "lynx":
            self.keys(typed.encode())
        else:
            (self.home / "typed").write_text(typed + "\n")
            self.keys(b"\r")

    def press(self):
        self.keys(b"\r")

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Walk:
    def __init__(self, stack, name, test):
        self.name, self.test, self.number = name, test, 0
        self.site = bench.Site(None, "--topic", "Work")
        stack.callback(self.site.remove)
        self.bench = stack.enter_context(bench.Bench(self.site))
        self.relay = stack.enter_context(contextlib.closing(Relay(self.bench.connect)))
        home = Path(tempfile.mkdtemp(prefix="courier-text-"))
        stack.callback(shutil.rmtree, home)
        self.browser = Browser(name, f"http://127.0.0.1:{self.relay.port}/", home)
        stack.callback(self.browser.end)

    def arrives(self, called, status=200):
        """The next page: looked at as a text browser shows it."""
        got, page = self.relay.page(self.number)
        self.number += 1
        self.browser.calm()
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"{self.name}-{self.number}-{called}.html"
        path.write_text(page, encoding="utf-8")
        problems = text.problems(self.name, path)
        if got != status:
            problems.append(f"status {got}")
        self.test(f"{self.name}: {called}", problems)
        return page

    def go(self, page, stop):
        self.browser.to(Items(page).found, stop)
        self.browser.press()

    def send(self, page, field, typed, button):
        """Fills in a field and presses a button. The way to the button begins where the field is."""
        items = Items(page).found
        self.browser.to(items, ("field", field))
        self.browser.fill(typed)
        for _ in range(items.index(("button", button)) - items.index(("field", field))):
            os.write(self.browser.terminal, b"\t")
            time.sleep(0.02)
        self.browser.calm()
        self.browser.press()

    def desk(self):
        """What the desk reads; it replies."""
        self.bench.sync()
        conversation = re.search(r"^([0-9a-f]{12})", self.site.run("desk", "list", self.site.desk), re.M).group(1)
        read = self.site.run("desk", "read", self.site.desk, conversation)
        self.site.run("desk", "reply", self.site.desk, conversation, input=REPLY)
        self.bench.sync()
        return read

    def play(self):
        message = MESSAGE.format(self.name)
        self.go(self.arrives("landing"), ("link", "/write"))
        self.send(self.arrives("write"), "message", message, "Seal and send")
        page = self.arrives("codename")
        codename = re.search(r'id="codename-digits"[^>]*>([^<]*)<', page).group(1)
        read = self.desk()
        self.test(f"{self.name}: the desk reads what was typed", [] if message in read else [read])
        self.go(page, ("link", "/kept"))
        self.go(self.arrives("kept"), ("link", "/return"))
        self.send(self.arrives("return"), "codename", codename, "Open my conversation")
        page = self.arrives("conversation")
        self.test(f"{self.name}: the answer is there", [] if "5 &lt; 6 &amp; 7 &gt; 3" in page else [page])
        self.go(page, ("button", "Leave"))
        self.arrives("left")


def play(test):
    """test(name, problems) counts one test."""
    for name in ("lynx", "w3m"):
        with contextlib.ExitStack() as stack:
            walk = Walk(stack, name, test)
            try:
                walk.play()
            except Exception as error:
                raise bench.Failed(f"{name}, after page {walk.number}: {error!r}; its screen: {walk.browser.shown[-1500:]}") from error
