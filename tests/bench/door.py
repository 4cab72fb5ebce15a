# SPDX-License-Identifier: GPL-3.0-or-later
"""The source's door: pages a second beside nginx's static file and OnionShare's receive mode, a normal visitor among a
thousand slow ones, what a worker takes, and how long each outcome of a login takes."""
import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import proc
import servers
from table import median, step

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "workbench"))  # whose bench.py is another one
# The suite's helpers, on the binary that is measured.
os.environ.setdefault("COURIER_BINARY", str(servers.COURIER))
import bench as workbench  # noqa: E402
import observer  # noqa: E402

LOAD_S, AT_ONCE = 5, 16
SLOW, VISITS = 1000, 300
LOGINS = 40  # of each outcome


class OnionShare(servers.Server):
    """Debian's onionshare-cli in receive mode, its HTTP server alone: no Tor."""

    def __init__(self, folder):
        folder.mkdir(parents=True)
        log = folder / "onionshare.log"
        os.environ["HOME"], home = str(folder), os.environ.get("HOME", "/")
        try:
            self.child = proc.Child(["onionshare-cli", "--local-only", "--public", "--receive", "--data-dir", folder], log, "onionshare-cli")
        finally:
            os.environ["HOME"] = home
        found = proc.wait_until(lambda: re.search(r"^http://127\.0\.0\.1:(\d+)", log.read_text(errors="replace"), re.M), 60,
                                "OnionShare says its address", also_check=self.child.check)
        self.port = int(found.group(1))
        proc.wait_until(lambda: servers.answers(self.port), 20, "OnionShare answers", also_check=self.child.check)


def seconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[unit]


def load(port, fresh):
    """wrk on the landing page: (answers a second, p50 and p99 in ms). Every answer must be a 200."""
    said = proc.run(["wrk", "-t", "1", "-c", str(AT_ONCE), "-d", f"{LOAD_S}s", "--timeout", "30s", "--latency",
                     *(["-H", "Connection: close"] if fresh else []), f"http://127.0.0.1:{port}/"], "wrk",
                    timeout_s=600).stdout.decode()
    done = re.search(r"(\d+) requests in ([\d.]+)s", said)
    if not done or "Non-2xx" in said or re.search(r"Socket errors: .*(connect|timeout) [1-9]", said):
        raise proc.Failure(f"not every request was answered:\n{said}")
    p50, p99 = (seconds(re.search(rf"^\s+{share}%\s+(\S+)", said, re.M).group(1)) * 1000 for share in (50, 99))
    return int(done.group(1)) / float(done.group(2)), p50, p99


def bench_pages(table, work):
    step(f"Pages at the source's door, {AT_ONCE} visitors at once, against nginx's file of the same size and OnionShare")
    with servers.Workbench(work / "door") as ours:
        page = ours.browser().open("/").body
        with servers.Nginx(work / "door-nginx", page, keep=True) as nginx, OnionShare(work / "door-onionshare") as onionshare:
            for way, fresh in (("kept-alive", False), ("fresh", True)):
                found = {}
                for name, server in (("ours", ours), ("nginx", nginx), ("OnionShare", onionshare)):
                    load(server.port, fresh)  # warm
                    found[name] = load(server.port, fresh)
                for peer in ("nginx", "OnionShare"):
                    for i, (what, unit) in enumerate((("pages a second", "1/s"), ("p50", "ms"), ("p99", "ms"))):
                        table.add(f"{what}, {way} connections", found["ours"][i], unit, found[peer][i], peer)


# ---- slow clients

def visit(path):
    """One landing page on a fresh connection: seconds until all of it is here. None: the busy page."""
    began = time.monotonic()
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(60)
        stream.connect(path)
        stream.sendall(b"GET / HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n")
        data = b""
        while part := stream.recv(65536):
            data += part
    took = time.monotonic() - began
    if data.startswith(b"HTTP/1.1 503 "):
        return None
    if not data.startswith(b"HTTP/1.1 200 ") or len(data) != 24 << 10:
        raise proc.Failure(f"an answer of {len(data)} bytes: {data[:80]}")
    return took


def visits(path, busy):
    """The times of VISITS pages, sorted; how often it was the busy page is added to busy[0]."""
    found = []
    while len(found) < VISITS:
        took = visit(path)
        if took is None:
            busy[0] += 1
            if busy[0] > VISITS:
                raise proc.Failure("one busy page after the other")
            time.sleep(1)
        else:
            found.append(took)
    return sorted(found)


def share(times, part):
    return times[min(len(times) - 1, int(len(times) * part))] * 1000


def private_kib(pid):
    """What is this process's alone."""
    with contextlib.suppress(OSError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return sum(int(value) for value in re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+)", rollup, re.M))
    return None


def bench_slow(table, work):
    step(f"{SLOW} slow clients (heads, bodies, readers at a byte a second, first bytes, silent ones) and one visitor")
    path = str(work / "slow-door")
    with servers.Workbench(work / "slow", listen=Path(path)) as ours:
        workers = worker_pids(ours.child.pid)
        table.add("memory of an idle worker, its own", median([kib for kib in map(private_kib, workers) if kib]) / 1024, "MiB")
        alone = visits(path, [0])
        busy, most, memory = [0], 0, []
        crawl = subprocess.Popen([sys.executable, ROOT / "tests" / "workbench" / "crawl.py", path, str(SLOW)], text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            if crawl.stdout.readline() != "there\n":
                raise proc.Failure("the slow clients could not begin")
            among = visits(path, busy)
            for _ in range(10):
                workers = worker_pids(ours.child.pid)
                most = max(most, len(workers))
                memory += [kib for kib in map(private_kib, workers) if kib]
                time.sleep(0.5)
            among = sorted(among + visits(path, busy))
            ended = crawl.communicate(timeout=60)[0]
        finally:
            crawl.kill()
            crawl.wait()
        # Before and after: what else the machine does in these minutes counts for both.
        time.sleep(20)
        alone = sorted(alone + visits(path, [0]))
        table.add("p50 of a page, alone", share(alone, 0.5), "ms")
        table.add("p99 of a page, alone", share(alone, 0.99), "ms")
        table.add(f"p50 of a page among {SLOW} slow clients", share(among, 0.5), "ms", share(alone, 0.5), "alone")
        table.add(f"p99 of a page among {SLOW} slow clients", share(among, 0.99), "ms", share(alone, 0.99), "alone", bar="ratio at most 3")
        table.add("busy pages among them", busy[0], "")
        table.add("slow clients shown the door meanwhile", int(ended), "")
        table.add("workers at once, at most", most, "")
        table.add("memory of a worker then, its own, median", median(memory) / 1024, "MiB")
        table.add("memory of a worker then, its own, most", max(memory) / 1024, "MiB")


def worker_pids(root):
    """The visits below the supervisor, which setpriv became."""
    found = []
    for line in subprocess.run(["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout.splitlines():
        pid, parent, *words = line.split()
        if int(parent) == root and words[1:2] == ["@visit"]:
            found.append(int(pid))
    return found


# ---- the outcomes of a login

def bench_observer(table, _work):
    step("How long each outcome of a login takes, from the codename to the last byte (no bar: sizes and counts are tested)")
    with contextlib.ExitStack() as stack:
        stage = observer.Stage(stack, workbench.Site(None))
        times = {name: [] for name in observer.OUTCOMES}
        for _ in range(LOGINS):
            for name, found in times.items():
                found.append(stage.visit(stage.codenames[name], True)[1])
        for name, found in times.items():
            found.sort()
            table.add(f"login, {name}: p50", share(found, 0.5), "ms")
            table.add(f"login, {name}: p90", share(found, 0.9), "ms")
        histogram({name: [one * 1000 for one in found] for name, found in times.items()})


def histogram(times, steps=10):
    """Each outcome's times in buckets of the same width, as digits: how many tenths of it fall there."""
    low, high = min(map(min, times.values())), max(map(max, times.values()))
    width = (high - low) / steps or 1
    print(f"    from {low:.0f} ms, {width:.0f} ms a column")
    for name, found in times.items():
        counts = [0] * steps
        for one in found:
            counts[min(steps - 1, int((one - low) / width))] += 1
        print(f"    {name:<16}" + "".join(f"{count:>5}" for count in counts), flush=True)


def bench(table, work):
    bench_pages(table, work)
    bench_slow(table, work)
    bench_observer(table, work)
