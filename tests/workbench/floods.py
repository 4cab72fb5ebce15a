# SPDX-License-Identifier: GPL-3.0-or-later
"""Many at once, each by its own way to be many: whoever only wants a page gets it, and who wants to write gets a place.

What it costs in time is measured by `./build.sh bench door`; here only counts are asserted.
"""
import contextlib
import re
import select
import threading
import time
from pathlib import Path

import bench
import states
from crawl import Crawl
from wire import Source

SLOW, PAGES, FLOOD, WAIT_S = 1000, 60, 120, 120
PROXY = "PROXY TCP6 fc00:dead:beef:4dad::0:%x ::1 35 80\r\n"
SLOTS = int(re.search(r"LIMIT_VISIT_SLOTS = (\d+)", (Path(__file__).resolve().parents[2] / "appliance/limits.h").read_text()).group(1))


def pages(connect, count, before=b""):
    """Fetches this many, each on a fresh connection: (statuses, how often the answer was the busy page, which is right
    while the door is full: a person tries again)."""
    found, busy = [], 0
    for i in range(count):
        for _ in range(WAIT_S):
            with Source(lambda: waits(connect()), before=before) as s:
                status = s.get(("/", "/write", "/safety", "/return")[i % 4]).status
            if status != 503:
                break
            busy += 1
            time.sleep(1)
        found.append(status)
    return found, busy


def waits(stream):
    """It waits for its turn."""
    stream.settimeout(WAIT_S)
    return stream


def patient(connect, what):
    """Tries again while too many are there."""
    deadline = time.monotonic() + WAIT_S
    while True:
        with Source(lambda: waits(connect())) as s:
            try:
                answer = what(s)
            except (OSError, EOFError):
                answer = None
        if (answer and answer.status not in (503, 408)) or time.monotonic() > deadline:
            return answer


def slow_clients(test):
    with contextlib.ExitStack() as stack:
        site = bench.Site(None)
        stack.callback(site.remove)
        # As Tor comes: a unix socket's buffer takes a page at once, whether or not it is read.
        running = stack.enter_context(bench.Bench(site, unix=True))
        most, over = [0], threading.Event()
        counter = threading.Thread(target=count_workers, args=(running, most, over))
        counter.start()
        stack.callback(counter.join)
        stack.callback(over.set)
        crawl = stack.enter_context(Crawl(running.connect, SLOW))
        got, busy = pages(running.connect, PAGES)
        test(f"{SLOW} slow clients: {PAGES} pages", [] if got == [200] * PAGES else [str(got)])
        print(f"    {busy} busy pages on the way", flush=True)
        page = patient(running.connect, lambda s: s.write(message="let me in", files=[("a", bytes(30_000))]))
        test("a message among them", [] if page and page.element("codename-digits") else [f"{page and page.status}"])
        if page and page.element("codename-digits"):
            answer = patient(running.connect, lambda s: s.sign_in(states.codename_of(page)))
            test("a login among them", [] if answer and answer.status == 303 else [f"{answer and answer.status}"])
        got, busy = pages(running.connect, PAGES)
        print(f"    later on {busy}", flush=True)
        test("pages later on", [] if got == [200] * PAGES else [str(got)])
        over.set()
        counter.join()
        # A worker at its end may still be seen beside the one that follows it in its place.
        test(f"at most {SLOTS} workers, and a few that begin or end: {most[0]}", [] if 4 < most[0] <= SLOTS + 16 else [f"{most}"])
        bench.until(lambda: crawl.ended, "slow clients are told to go", WAIT_S)
        test("no process was killed by slow clients", re.findall(r".*by a signal.*", running.log()))


def count_workers(running, most, over):
    while not over.wait(0.5):
        most[0] = max(most[0], running.together("visit"))


def one_circuit(test):
    """It takes all that it can get; the others don't notice, and it is the one that is shown the door."""
    with contextlib.ExitStack() as stack:
        site = bench.Site(None)
        stack.callback(site.remove)
        running = stack.enter_context(bench.Bench(site, "--proxy-lines"))
        half = b"GET / HTTP/1.1\r\nHost: box\r\n"
        flood = []
        for _ in range(FLOOD):
            flood.append(stack.enter_context(running.connect()))
            flood[-1].sendall((PROXY % 7).encode() + half)
        others = [status for i in range(PAGES) for status in pages(running.connect, 1, (PROXY % (100 + i)).encode())[0]]
        test(f"one circuit's {FLOOD} connections: {PAGES} other circuits", [] if others == [200] * PAGES else [str(others)])
        # 32 places and an eighth of the workers: of what is past them the oldest that wait were closed.
        closed = [stream for stream in flood if select.select([stream], [], [], 0)[0]]
        test("the flooder lost connections", [] if FLOOD - len(closed) <= 32 + SLOTS // 8 else [f"only {len(closed)}"])


def many_circuits(test):
    """More new circuits than the door has places, each with half a head."""
    with contextlib.ExitStack() as stack:
        site = bench.Site(None)
        stack.callback(site.remove)
        running = stack.enter_context(bench.Bench(site, "--proxy-lines"))
        for i in range(1500):
            stream = stack.enter_context(running.connect())
            with contextlib.suppress(OSError):
                stream.sendall((PROXY % (1000 + i)).encode() + b"GET / HTTP/1.1\r\nHost: b")
        got = [status for i in range(PAGES) for status in pages(running.connect, 1, (PROXY % (9000 + i)).encode())[0]]
        test(f"1500 new circuits: {PAGES} pages", [] if got == [200] * PAGES else [str(got)])
        test("no process was killed by the circuits", re.findall(r".*by a signal.*", running.log()))


def play(test):
    """test(name, problems) counts one test."""
    for part in (one_circuit, many_circuits, slow_clients):
        part(test)
