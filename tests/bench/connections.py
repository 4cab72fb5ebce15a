# SPDX-License-Identifier: GPL-3.0-or-later
"""The workbench's doors against nginx: new connections, and 64 MB up and down."""
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import proc
import servers
from table import MB, make_file, step

TRANSFER = 64 * MB
LOAD_S = 5


def load(port, at_once, seconds):
    """Fetches the landing page over fresh connections; every answer must be a 200. Returns (answers, seconds)."""
    said = proc.run(["wrk", "-t", "1", "-c", str(at_once), "-d", f"{seconds}s", "-H", "Connection: close",
                     f"http://127.0.0.1:{port}/"], "wrk", timeout_s=600).stdout.decode()
    done = re.search(r"(\d+) requests in ([\d.]+)s", said)
    if not done or "Non-2xx" in said or re.search(r"Socket errors: .*(connect|timeout) [1-9]", said):
        raise proc.Failure(f"not every connection was answered:\n{said}")
    return int(done.group(1)), float(done.group(2))


def bench_connections(table, work):
    step("New source connections at the workbench, against nginx (Connection: close)")
    with servers.Workbench(work / "connections") as ours:
        page = ours.browser().open("/")
        with servers.Nginx(work / "connections-nginx", page.body) as peer:
            for at_once in (1, 16):
                figures = []
                for server in (ours, peer):
                    load(server.port, at_once, 1)  # warm
                    time.sleep(0.5)
                    before = server.cpu_s()
                    answers, seconds = load(server.port, at_once, LOAD_S)
                    time.sleep(0.5)  # the last workers end
                    figures.append((answers / seconds, (server.cpu_s() - before) / answers * 1000))
                table.add(f"connections a second, {at_once} at once", figures[0][0], "1/s", figures[1][0])
                table.add(f"CPU a connection, {at_once} at once", figures[0][1], "ms", figures[1][1],
                          bar="at most 1 ms")


def bench_transfer(table, work):
    step("64 MB up and down at the workbench against nginx (PUT into tmpfs, plain file)")
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        data = folder / "64mb"
        make_file(data, TRANSFER)
        rounds = 5
        with servers.Workbench(folder / "wb") as ours, servers.Nginx(folder / "nginx", b"x") as peer:
            before = ours.cpu_s()
            for _ in range(rounds):
                ours.upload(data)
            time.sleep(0.5)
            up = (ours.cpu_s() - before) / rounds / (TRANSFER / MB)
            before = peer.cpu_s()
            for number in range(rounds):
                servers.curl("-T", data, f"http://127.0.0.1:{peer.port}/up/{number}")
            peer_up = (peer.cpu_s() - before) / rounds / (TRANSFER / MB)
            table.add("CPU a MB up: parsed, sealed, stored", up * 1000, "ms", peer_up * 1000, bar="ratio at most 3")
            before = ours.cpu_s()
            token = ours.token()
            got = subprocess.run(["sh", "-c", f"curl -sS --fail -H 'Authorization: Bearer {token}' "
                                  f"'http://127.0.0.1:{ours.desk_port}/v1/collect?after=0' | wc -c"],
                                 check=True, capture_output=True, timeout=600).stdout
            if int(got) < rounds * TRANSFER:
                raise proc.Failure(f"collected only {int(got)} bytes")
            time.sleep(0.5)
            down = (ours.cpu_s() - before) / (int(got) / MB)
            before = peer.cpu_s()
            for number in range(rounds):
                proc.run(["curl", "-sS", "--fail", "-o", "/dev/null", f"http://127.0.0.1:{peer.port}/up/{number}"], "curl")
            peer_down = (peer.cpu_s() - before) / rounds / (TRANSFER / MB)
            table.add("CPU a MB down: collected by the desk", down * 1000, "ms", peer_down * 1000)
    finally:
        shutil.rmtree(folder)
