# SPDX-License-Identifier: GPL-3.0-or-later
"""`courier desk sync` through an onion service, and nginx giving the same number of bytes behind the same stock Tor: what
that transfer takes is what Tor lets through here."""
import re
import shutil
import tempfile
from pathlib import Path

import proc
import servers
import tornet
from desk_tool import CONVERSATIONS, MESSAGES, timed, write_all
from forward import Forwarder
from onion import Way, same_length, start_tor
from table import MB, make_file, step

GIGABYTE = 16  # files of 64 MB


def stream_size(ours, door):
    """Bytes of what the box has for the desk, asked for without Tor."""
    return int(servers.curl("--unix-socket", door, "-H", f"Authorization: Bearer {ours.token()}", "-o", "/dev/null", "-w",
                            "%{size_download}", "http://desk/v1/collect?after=0"))


def compare(table, what, ours, peer, client, addresses, door, files):
    """Nginx first: what is collected is gone from the box."""
    size = stream_size(ours, door)
    make_file(peer.files / "stream", size)
    ceiling = same_length(Way(client, addresses["nginx"]).curl("/stream"), size)
    (peer.files / "stream").unlink()
    (ours.desk / "boxes/box/address").write_text(addresses["desk"].removeprefix("http://") + "\n")
    forwarder = Forwarder(client.socks_path)
    try:
        seconds, said = timed(servers.COURIER, "desk", "sync", ours.desk, "--socks", f"127.0.0.1:{forwarder.port}")
    finally:
        forwarder.close()
    if int(re.search(r"(\d+) new file", said).group(1)) != files:
        raise proc.Failure(f"sync said: {said}")
    table.add(what, seconds, "s", ceiling, "nginx behind the same Tor, as many bytes")


def through_onion(table, work, what, fill, files):
    step(what[0].upper() + what[1:])
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    folder.chmod(0o755)
    try:
        doors = {"desk": folder / "desk-door", "nginx": folder / "peer"}
        with tornet.Network(work / "desk-onion-logs") as network, servers.Workbench(folder / "wb", desk_listen=doors["desk"]) as ours, \
                servers.Nginx(folder / "nginx", b"x", listen=doors["nginx"]) as peer:
            client = network.client("bench")
            fill(ours, folder)
            tor, addresses = start_tor(network, work, doors)
            try:
                compare(table, what, ours, peer, client, addresses, doors["desk"], files)
            finally:
                tor.stop()
    finally:
        shutil.rmtree(folder)


def bench_messages(table, work):
    count = CONVERSATIONS * MESSAGES
    through_onion(table, work, f"sync of {count:,} messages through the onion", lambda ours, _folder: write_all(ours), count)


def bench_gigabyte(table, work):
    def fill(ours, folder):
        make_file(folder / "64mb", 64 * MB)
        for _ in range(GIGABYTE):
            ours.upload(folder / "64mb")
    through_onion(table, work, "sync of 1 GB of attachments through the onion", fill, 3 * GIGABYTE)
