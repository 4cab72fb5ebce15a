# SPDX-License-Identifier: GPL-3.0-or-later
"""`courier desk` beside curl and tar, and on its own with very many conversations."""
import http.client
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

import proc
import servers
from table import MB, make_file, step

CONVERSATIONS, MESSAGES = 50, 200  # of each: 10,000 in all
MANY = 100_000
RESTORED = 10_000


def timed(*arguments):
    """Seconds of wall clock, and what it printed."""
    began = time.monotonic()
    done = proc.run(arguments, " ".join(map(str, arguments[1:3])), timeout_s=3600)
    return time.monotonic() - began, done.stdout.decode()


def sync(ours):
    seconds, said = timed(servers.COURIER, "desk", "sync", ours.desk, "--direct", f"127.0.0.1:{ours.desk_port}")
    return seconds, int(re.search(r"(\d+) new file", said).group(1)), said


def by_hand(ours, folder):
    """What `courier desk sync` collects, by curl and tar. Seconds."""
    folder.mkdir()
    began = time.monotonic()
    subprocess.run(["sh", "-c", f"curl -sS --fail -H 'Authorization: Bearer {ours.token()}' "
                    f"'http://127.0.0.1:{ours.desk_port}/v1/collect?after=0' | tar -xf - -C '{folder}'"], check=True, timeout=3600)
    seconds = time.monotonic() - began
    shutil.rmtree(folder)
    return seconds


# ---- sources that write much

class Writer:
    """A source at the workbench, over kept connections."""

    def __init__(self, port):
        self.port, self.cookie, self.connection = port, None, None

    def ask(self, method, path, body=None, headers=None):
        for again in (True, False):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            try:
                self.connection.request(method, path, body, {**({"Cookie": self.cookie} if self.cookie else {}),
                                                             "Sec-Fetch-Site": "same-origin", **(headers or {})})
                answer = self.connection.getresponse()
                page = answer.read().decode()
                if answer.getheader("Connection", "").lower() == "close":
                    self.connection.close()
                    self.connection = None
                return answer, page
            except (http.client.HTTPException, ConnectionError):
                self.connection = None
                if not again:
                    raise

    def write(self, path, fields):
        mark = "courierbench"
        body = "".join(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
        answer, page = self.ask("POST", path, (body + f"--{mark}--\r\n").encode(),
                                {"Content-Type": f"multipart/form-data; boundary={mark}"})
        if answer.status != 200:
            raise proc.Failure(f"POST {path}: {answer.status}")
        return page

    def conversation(self, messages):
        page = self.write("/write", {"message": "number 1", "go": "send"})
        code = re.search(r'id="codename-digits"[^>]*>([^<]*)<', page).group(1)
        answer, _ = self.ask("POST", "/return", urllib.parse.urlencode({"codename": code}),
                             {"Content-Type": "application/x-www-form-urlencoded"})
        self.cookie = answer.getheader("Set-Cookie").split(";")[0]
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.ask("GET", "/conversation/write")[1]).group(1)
        for number in range(2, messages + 1):
            self.write("/conversation/write", {"csrf": csrf, "message": f"number {number}", "go": "send"})


def write_all(ours):
    left, failed = list(range(CONVERSATIONS)), []

    def work():
        try:
            while left:
                left.pop()
                Writer(ours.port).conversation(MESSAGES)
        except Exception as e:  # said by the thread that waits
            failed.append(e)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


# ---- folders that are full from the start

def fill(box, count, recipient="age1", state=None):
    """Conversations as a sync leaves them, but for what is inside the seals."""
    for i in range(count):
        folder = box / "conversations" / f"{i * 2654435761 % 2**32:08x}{i:024x}"
        folder.mkdir(parents=True)
        for name, content in (("recipient", recipient + "\n"), ("boots", "0" * 32 + " 0\n"), ("0001.age", "x"), ("read", f"{i % 2}\n")):
            (folder / name).write_text(content)
        if state:
            (folder / "state").write_text(state)


STATE = """courier-state 1
recipient {recipient}
proof {proof}
word none
last 1
muted no
day 2026-01-01
message 2026-01-01 collected
end
"""


def bench_many(table, folder):
    step(f"The desk with {MANY:,} conversations")
    desk = folder / "desk"
    proc.run([servers.COURIER, "desk", "init", "--no-passphrase", desk], "desk init")
    fill(desk / "boxes" / "box", MANY)
    first, said = timed(servers.COURIER, "desk", "list", desk)
    if said.count("\n") != MANY:
        raise proc.Failure("list did not show all conversations")
    again = [timed(servers.COURIER, "desk", "list", desk)[0] for _ in range(3)]
    began = time.monotonic()
    subprocess.run([servers.COURIER, "desk", "read", desk, "00000000000000000000"], check=False, capture_output=True)
    table.add(f"list of {MANY:,} conversations, the first time", first, "s")
    table.add(f"list of {MANY:,} conversations, then", again, "s")
    table.add("read of one of them", time.monotonic() - began, "s")
    shutil.rmtree(desk)


def bench_restore(table, folder):
    step(f"A restarted box gets {RESTORED:,} conversations back")
    with servers.Workbench(folder / "restore") as ours:
        recipient = re.search(r"recipient = (\S+)", (ours.desk / "boxes/box/for-the-operator.txt").read_text()).group(1)
        fill(ours.desk / "boxes" / "box", RESTORED, recipient, STATE.format(recipient=recipient, proof="5" * 64))
        seconds, _, said = sync(ours)
        if f"{RESTORED} conversations given back" not in said:
            raise proc.Failure(said)
        table.add(f"a restarted box gets {RESTORED:,} conversations back", seconds, "s")


def bench_desk(table, _work):
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        step(f"Sync of {CONVERSATIONS * MESSAGES:,} messages in {CONVERSATIONS} conversations, against curl | tar")
        with servers.Workbench(folder / "messages") as ours:
            write_all(ours)
            peer = by_hand(ours, folder / "stream")
            seconds, files, _ = sync(ours)
            if files != CONVERSATIONS * MESSAGES:
                raise proc.Failure(f"sync brought {files} files")
            table.add(f"sync of {CONVERSATIONS * MESSAGES:,} messages: collect, place, confirm", seconds, "s", peer, "curl | tar")
            table.add("sync with nothing new", [sync(ours)[0] for _ in range(5)], "s")
        step("Sync of 1 GB of attachments")
        with servers.Workbench(folder / "gigabyte") as ours:
            make_file(folder / "64mb", 64 * MB)
            for _ in range(16):
                ours.upload(folder / "64mb")
            peer = by_hand(ours, folder / "stream")
            seconds, files, _ = sync(ours)
            if files != 3 * 16:
                raise proc.Failure(f"sync brought {files} files")
            table.add("sync of 1 GB of attachments", seconds, "s", peer, "curl | tar")
            table.add("sync of 1 GB of attachments: speed", 1024 / seconds, "MB/s")
        bench_restore(table, folder)
        bench_many(table, folder)
    finally:
        shutil.rmtree(folder)
