# SPDX-License-Identifier: GPL-3.0-or-later
"""What two defences cost, each beside the same program without it. Those programs exist in build/tests alone: they are the
shipped objects, linked differently (appliance/Makefile)."""
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tor"))
import embed  # noqa: E402
import proc  # noqa: E402
import servers  # noqa: E402
import tornet  # noqa: E402
from table import MB, make_file, step  # noqa: E402

UNCONFINED = ROOT / "build" / "tests" / "courier-unconfined"
UNSWEPT = ROOT / "build" / "tests" / "courier-unswept"
ROUNDS, FETCHES = 7, 1000
TRANSFER, TRANSFERS = 64 * MB, 3


def fetch(port):
    with socket.create_connection(("127.0.0.1", port)) as stream:
        stream.sendall(b"GET / HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n")
        with stream.makefile("rb") as answer:
            if b" 200 " not in answer.readline():
                raise proc.Failure("not every connection was answered")
            while answer.read(65536):
                pass


def bench_sandbox(table, work):
    """In turns, so that the machine's moods meet both."""
    step("The sandbox of a connection's worker, with and without")
    with servers.Workbench(work / "confined") as ours, servers.Workbench(work / "unconfined", program=UNCONFINED) as bare:
        cpu, seconds = {}, {}
        for _ in range(ROUNDS):
            for server in (ours, bare):
                time.sleep(0.5)  # the last workers end
                before, began = server.cpu_s(), time.monotonic()
                for _ in range(FETCHES):
                    fetch(server.port)
                seconds.setdefault(server, []).append((time.monotonic() - began) / FETCHES * 1000)
                time.sleep(0.5)
                cpu.setdefault(server, []).append((server.cpu_s() - before) / FETCHES * 1000)
        table.add("CPU a connection, in its sandbox", cpu[ours], "ms", cpu[bare], "no sandbox")
        table.add("time of a connection, in its sandbox", seconds[ours], "ms", seconds[bare], "no sandbox")


def bench_zeroing(table, work):
    """The box's own @tor with its sandbox, in turns with one that frees memory as it is and sweeps no stack."""
    step("Zeroing what is freed, and the stack, in the box's Tor: 64 MB sent through it")
    make_file(work / "64mb", TRANSFER)
    cpu = {}
    with tornet.Network(work / "zeroing-logs") as network:
        client = network.client("bench")
        private, public = embed.x25519_pair()
        del private
        sides, folders = {}, []
        try:
            for name, binary in (("zeroed", servers.COURIER), ("kept", UNSWEPT)):
                base = Path(tempfile.mkdtemp(prefix="courier-zeroing-"))
                folders.append(base)
                base.chmod(0o755)
                sides[name] = embed.Inside(network, binary, base, embed.make_part(public, network.torrc_lines()))
            pids, urls = {}, {}
            for name, side in sides.items():
                pids[name] = side.wait(lambda e: e["event"] == "ready", 30, "both roles are READY")["pids"][0]
                side.wait(lambda e: e["event"] == "status" and e["published"] == 2, 120, "both descriptors")
                urls[name] = f"http://{side.ask('names', 'names')['source']}/"
                embed.fetch_soon(network, client, urls[name])
            for _ in range(TRANSFERS):
                for name in sides:
                    before = servers.tree_cpu_s(pids[name])
                    embed.curl(network, client, urls[name], extra=["-H", "Expect:", "-T", work / "64mb"], timeout_s=600)
                    cpu.setdefault(name, []).append((servers.tree_cpu_s(pids[name]) - before) / (TRANSFER / MB) * 1000)
        finally:
            for side in sides.values():
                side.stop()
            for base in folders:
                shutil.rmtree(base)
    table.add("CPU of Tor a MB sent to the box, zeroing what is freed", cpu["zeroed"], "ms", cpu["kept"],
              "not zeroing")
