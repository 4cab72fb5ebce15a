#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench: one table on the terminal, the same as JSON in build/bench.json.

Every speed stands beside a peer's, measured in the same run on the same machine: read the ratios, not the seconds.
A figure that could not be measured ends the bench with an error; none is made up.

    bench.py [sizes] [boot] [connections] [transfer] [sealing] [logins] [store] [desk] [inbox] [door] [onion] [desk-onion]
             [sandbox] [zeroing]
             default: all
"""
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
sys.path[:0] = [str(ROOT / "tests" / "system"), str(Path(__file__).resolve().parent)]
import box  # noqa: E402
import desk_onion  # noqa: E402
import desk_tool  # noqa: E402
import door  # noqa: E402
import inbox_pages  # noqa: E402
import onion  # noqa: E402
import proc  # noqa: E402
import sandbox  # noqa: E402
import sealing  # noqa: E402
import servers  # noqa: E402
import source  # noqa: E402
import store  # noqa: E402
import tornet  # noqa: E402
from table import MB, Table, make_file, median, step  # noqa: E402

TRANSFER = 64 * MB
LOAD_S = 5
COURIER = servers.COURIER


def compressed_size(path):
    done = proc.run(["sh", "-c", f"zstd -19 -q -c '{path}' | wc -c"], "compress the image", timeout_s=600)
    return int(done.stdout)


def bench_sizes(table, _work):
    step("Sizes")
    table.add("image", (BUILD / "courier.img").stat().st_size / 1e6, "MB")
    table.add("image, compressed (zstd -19)", compressed_size(BUILD / "courier.img") / 1e6, "MB", bar="at most 20 MB")
    table.add("binary", COURIER.stat().st_size / 1e6, "MB")


# ---- boot

def prepared_box(work, network, name, memory_mb=512):
    """A desk, a site file for this network, and a copy of the image that carries it. Returns (Box, address)."""
    folder = work / name
    folder.mkdir()
    proc.run([COURIER, "desk", "init", "--no-passphrase", folder / "desk"], "desk init")
    (folder / "torrc").write_text(network.torrc_lines())
    made = proc.run([COURIER, "site", "init", "--unattended", "--out", folder / "site", "--name", "Bench", "--desk",
                     folder / "desk/boxes/box/for-the-operator.txt", "--torrc", folder / "torrc"], "site init")
    address = re.search(r"source address: (http://\S+)", made.stdout.decode()).group(1)
    image = folder / "courier.img"
    shutil.copyfile(BUILD / "courier.img", image)
    proc.run([ROOT / "image" / "insert-site", image, folder / "site"], "insert the site file")
    return box.Box(image=image, log_dir=folder, network=network, memory_mb=memory_mb, name=name), address


def memory_in_use(guest, path):
    """Bytes of pages that are not all zero: the kernel zeroes what is free."""
    guest.dump_memory(path)
    used, zeros = 0, bytes(4096)
    with open(path, "rb") as dump:
        while page := dump.read(4096):
            used += page != zeros and 4096
    path.unlink()
    return used


def bench_boot(table, work):
    step("Boot, by BIOS, under " + box.accelerator())
    with tornet.Network(work / "net-logs") as network:
        client = network.client("bench")
        first, door, fetch = [], [], []
        for number in range(3):
            guest, address = prepared_box(work, network, f"boot{number}")
            with guest:
                guest.wait_for(rb"courier: ")
                first.append(time.monotonic() - guest.started_at)
                guest.wait_for(rb"courier: door open")
                door.append(time.monotonic() - guest.started_at)
                browser = source.Browser(client.connect_socks, address, source.new_circuit(), tries=120)
                if browser.open("/").status != 200:
                    raise proc.Failure("the landing page is not there")
                fetch.append(time.monotonic() - guest.started_at)
                used = memory_in_use(guest, work / "memory")
        table.add("QEMU start to PID 1's first line (median of 3)", median(first), "s")
        table.add("QEMU start to door open (median of 3)", median(door), "s", bar="at most 4 s")
        table.add("QEMU start to first onion fetch (median of 3)", median(fetch), "s")
        table.add("memory in use after the first fetch, of 512 MB", used / MB, "MiB")


# ---- the workbench against nginx

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


PARTS = {"sizes": bench_sizes, "boot": bench_boot, "connections": bench_connections, "transfer": bench_transfer,
         "sealing": sealing.bench_sealing, "logins": sealing.bench_logins, "store": store.bench_store,
         "desk": desk_tool.bench_desk, "inbox": inbox_pages.bench_inbox, "door": door.bench, "onion": onion.bench, "desk-onion": desk_onion.bench,
         "sandbox": sandbox.bench_sandbox, "zeroing": sandbox.bench_zeroing}


def main():
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        sys.exit(f"bench.py: no part is called {unknown[0]}; there are: {' '.join(PARTS)}")
    proc.end_on_signals()
    proc.need_root()
    proc.need_programs({"wrk": "wrk", "nginx": "nginx-light", "curl": "curl", "zstd": "zstd", "onionshare-cli": "onionshare-cli"})
    table = Table()
    work = Path(tempfile.mkdtemp(prefix="courier-bench-"))
    work.chmod(0o755)
    try:
        for name in wanted:
            PARTS[name](table, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    (BUILD / "bench.json").write_text(json.dumps(
        {"date": time.strftime("%Y-%m-%d", time.gmtime()), "cores": os.cpu_count(), "machine": platform.machine(),
         "rows": table.rows}, indent=1) + "\n")
    print(f"\nwritten: {BUILD / 'bench.json'}")


if __name__ == "__main__":
    main()
