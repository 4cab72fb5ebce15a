# SPDX-License-Identifier: GPL-3.0-or-later
"""How long `courier desk serve` takes for its pages, beside nginx with the same bytes as files."""
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import proc
import servers
from table import MB, make_file, step

MANY = 100_000
LONG = 20
LOAD_S = 5
SAVED = 64 * MB


class Inbox(servers.Server):
    def __init__(self, desk):
        self.child = self.process = subprocess.Popen([servers.COURIER, "desk", "serve", desk], text=True,
                                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        link = None
        while not link:
            line = self.process.stdout.readline()
            if not line:
                raise proc.Failure("courier desk serve ended")
            link = re.search(r"(http://127\.0\.0\.1:(\d+))/enter\S+", line)
        self.origin, self.port = link.group(1), int(link.group(2))
        said = servers.curl("-i", link.group(0)).decode()
        self.cookie = re.search(r"Set-Cookie: ([^;]+)", said).group(1)

    def get(self, path):
        return servers.curl("-b", self.cookie, self.origin + path)

    def __exit__(self, *_error):
        self.process.terminate()
        self.process.wait()


def pages_a_second(url, *headers):
    """Pages a second over one connection after the other; every answer must be a 200."""
    said = proc.run(["wrk", "-t", "1", "-c", "1", "-d", f"{LOAD_S}s", "-H", "Connection: close",
                     *(word for header in headers for word in ("-H", header)), url], "wrk", timeout_s=600).stdout.decode()
    done = re.search(r"(\d+) requests in ([\d.]+)s", said)
    if not done or "Non-2xx" in said or int(done.group(1)) == 0:
        raise proc.Failure(f"not every page was answered:\n{said}")
    return int(done.group(1)) / float(done.group(2))


def fill(desk, first, count):
    """Conversations like the first one, by links to its files."""
    conversations = desk / "boxes" / "box" / "conversations"
    names = [entry.name for entry in os.scandir(first) if entry.is_file()]
    for _ in range(count):
        folder = f"{conversations}/{secrets.token_hex(16)}"
        os.mkdir(folder, 0o700)
        for name in names:
            os.link(first / name, f"{folder}/{name}")


def bench_page(table, inbox, folder, name, path):
    page = inbox.get(path)
    with servers.Nginx(folder, page) as peer:
        before, began = inbox.cpu_s(), time.monotonic()
        ours = pages_a_second(inbox.origin + path, f"Cookie: {inbox.cookie}")
        cpu = (inbox.cpu_s() - before) / (ours * (time.monotonic() - began))
        theirs = pages_a_second(f"http://127.0.0.1:{peer.port}/")
        table.add(f"inbox: {name}", 1000 / ours, "ms", 1000 / theirs)
        table.add(f"inbox: {name}, CPU", 1000 * cpu, "ms")


def bench_saving(table, inbox, folder, path, data):
    with servers.Nginx(folder, b"x") as peer:
        shutil.copyfile(data, peer.files / "data")
        (peer.files / "data").chmod(0o644)
        took = ([], [])
        for _ in range(5):
            for seen, arguments in zip(took, (("-b", inbox.cookie, inbox.origin + path), (f"http://127.0.0.1:{peer.port}/data",))):
                began = time.monotonic()
                servers.curl("-o", "/dev/null", *arguments)
                seen.append((time.monotonic() - began) * 1000)
        table.add("inbox: an attachment of 64 MiB saved", took[0], "ms", took[1])


def bench_inbox(table, _work):
    step(f"The inbox in the browser: {MANY} conversations, one page after the other")
    folder = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="courier-bench-"))
    folder.chmod(0o755)
    try:
        make_file(folder / "data", SAVED)
        with servers.Workbench(folder / "wb") as box:
            box.upload(folder / "data")
            proc.run([servers.COURIER, "desk", "sync", box.desk, "--direct", f"127.0.0.1:{box.desk_port}"], "desk sync")
            first = next((box.desk / "boxes" / "box" / "conversations").iterdir())
            fill(box.desk, first, MANY - 1)
            for number in range(3, 3 + LONG - 1):
                os.link(first / "0001.age", first / f"{number:04}.age")
            with Inbox(box.desk) as inbox:
                began = time.monotonic()
                inbox.get("/")
                table.add(f"inbox: the first look at {MANY:,} conversations", time.monotonic() - began, "s")
                bench_page(table, inbox, folder / "list", f"a page of 50 of {MANY:,}", f"/?page={MANY // 100}")
                path = f"/c/{first.name}"
                bench_page(table, inbox, folder / "one", f"a conversation of {LONG} messages", path)
                file = re.search(rf"{path}/file/\d+", inbox.get(path).decode()).group(0)
                bench_saving(table, inbox, folder / "saved", file, folder / "data")
    finally:
        shutil.rmtree(folder)
