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
    table.add(f"{what}, {size / MB:.0f} MB on the way", seconds, "s", ceiling, "Tor's ceiling: nginx")
    table.add(f"{what}: share of the ceiling", 100 * ceiling / seconds, "%")


def bench(table, work):
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    folder.chmod(0o755)
    try:
        make_file(folder / "64mb", 64 * MB)
        fillers = {f"sync of {CONVERSATIONS * MESSAGES:,} messages": (write_all, CONVERSATIONS * MESSAGES),
                   "sync of 1 GB of attachments": (lambda ours: [ours.upload(folder / "64mb") for _ in range(GIGABYTE)],
                                                   3 * GIGABYTE)}
        with tornet.Network(work / "desk-onion-logs") as network:
            client = network.client("bench")
            for number, (what, (fill, files)) in enumerate(fillers.items()):
                step(f"{what[0].upper()}{what[1:]} through the onion")
                own = folder / str(number)
                own.mkdir(mode=0o755)
                doors = {"desk": own / "desk-door", "nginx": own / "peer"}
                with servers.Workbench(own / "wb", desk_listen=doors["desk"]) as ours, \
                        servers.Nginx(own / "nginx", b"x", listen=doors["nginx"]) as peer:
                    fill(ours)
                    (work / what).mkdir()
                    tor, addresses = start_tor(network, work / what, doors)
                    try:
                        compare(table, what, ours, peer, client, addresses, doors["desk"], files)
                    finally:
                        tor.stop()
                shutil.rmtree(own)
    finally:
        shutil.rmtree(folder)
