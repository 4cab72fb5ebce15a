# SPDX-License-Identifier: GPL-3.0-or-later
"""64 MB through an onion service, both ways: the workbench's doors and nginx behind the same stock Tor.

All are ports of one onion address, and a round is a circuit: it carries one transfer of each in turn, and who begins changes
from round to round. So the machine's moods meet both, and so does the lottery of relays, which alone makes one circuit take
up to twice as long as another. The medians are compared. The way there is built and tried before a round, and is not counted."""
import copy
import shutil
import tempfile
import time
from pathlib import Path

import proc
import servers
import source
import tornet
from table import MB, make_file, step

TRANSFER = 64 * MB
ROUNDS = 4  # even: each begins as often
TRIES = 60  # to reach an onion service: its descriptor may not be there yet
LIMIT_S = 900


def start_tor(network, work, targets):
    """A stock Tor in the network with one service, and a port of it for each target (name -> socket path), from 80 on. Returns
    (Child, name -> address)."""
    data = work / "onion-tor"
    data.mkdir(mode=0o700)
    torrc = network.torrc_lines() + f"DataDirectory {data}/data\nSocksPort 0\nRunAsDaemon 0\nLog notice stdout\n"
    torrc += f"HiddenServiceDir {data}/service\n"
    ports = {name: 80 + number for number, name in enumerate(targets)}
    for name, path in targets.items():
        torrc += f"HiddenServicePort {ports[name]} unix:{path}\n"
    (data / "torrc").write_text(torrc)
    child = proc.Child(network.inside(["tor", "-f", str(data / "torrc")]), work / "onion-tor.log", "the onion's tor")
    host = data / "service" / "hostname"
    proc.wait_until(host.exists, 60, "tor makes its address", also_check=child.check)
    address = "http://" + host.read_text().strip()
    return child, {name: address + (f":{port}" if port != 80 else "") for name, port in ports.items()}


class Way:
    """A circuit to an onion address that has carried an answer already."""

    def __init__(self, client, address):
        self.address, self.circuit = address, source.new_circuit()
        self.socks = f"socks5h://{self.circuit}:x@localhost{client.socks_path}"
        self.browser = source.Browser(client.connect_socks, address, self.circuit)
        for attempt in range(TRIES):  # a status of its own (401, 404) is an answer
            try:
                self.browser.request("GET", "/", [("Connection", "close")])
                break
            except (source.SocksRefused, ConnectionError, TimeoutError) as error:
                if attempt == TRIES - 1:
                    raise proc.Failure(f"{address}: no way there: {error}") from error
                time.sleep(1)
        self.browser.close()

    def to(self, address):
        """The same circuit, to another port."""
        other = copy.copy(self)
        other.address = address
        return other

    def curl(self, path, *arguments):
        """Returns (seconds from the open stream to the last byte, bytes received)."""
        said = proc.run(["curl", "-sS", "--fail", "-H", "Expect:", "-x", self.socks, "-o", "/dev/null", "-w",
                         "%{time_total} %{time_pretransfer} %{size_download}", *arguments, self.address + path],
                        "a transfer", timeout_s=LIMIT_S).stdout.decode().split()
        return float(said[0]) - float(said[1]), int(said[2])


def in_turns(client, addresses, transfers):
    """transfers: name -> function of a Way. Returns name -> seconds of each round."""
    seconds = {name: [] for name in transfers}
    for number in range(ROUNDS):
        names = list(transfers)[::-1 if number % 2 else 1]
        way = Way(client, addresses[names[0]])
        for name in names:
            seconds[name].append(transfers[name](way.to(addresses[name])))
    return seconds


def same_length(got, wanted):
    if got[1] != wanted:
        raise proc.Failure(f"{got[1]} bytes came of {wanted}")
    return got[0]


def bench(table, work):
    step("64 MB through the onion: the workbench and nginx behind the same Tor, on a private network")
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    folder.chmod(0o755)
    doors = {"source": folder / "door", "desk": folder / "desk-door", "nginx": folder / "peer"}
    try:
        make_file(folder / "64mb", TRANSFER)
        with tornet.Network(work / "onion-logs") as network, \
                servers.Workbench(folder / "wb", listen=doors["source"], desk_listen=doors["desk"]) as ours, \
                servers.Nginx(folder / "nginx", b"x", listen=doors["nginx"]) as peer:
            client = network.client("bench")
            tor, addresses = start_tor(network, work, doors)
            try:
                ours.upload(folder / "64mb")
                token = ["-H", f"Authorization: Bearer {ours.token()}"]
                size = Way(client, addresses["desk"]).curl("/v1/collect?after=0", *token)[1]
                make_file(peer.files / "collected", size)
                down = in_turns(client, addresses, {
                    "desk": lambda way: same_length(way.curl("/v1/collect?after=0", *token), size),
                    "nginx": lambda way: same_length(way.curl("/collected"), size)})
                up = in_turns(client, addresses, {
                    "source": lambda way: way.curl("/write", *ours.form(folder / "64mb"))[0],
                    "nginx": lambda way: way.curl("/up/x", "-T", str(folder / "64mb"))[0]})
            finally:
                tor.stop()
            table.add("64 MB up through the onion", up["source"], "s", up["nginx"],
                      bar="ratio at most 1.1")
            table.add("64 MB down through the onion", down["desk"], "s", down["nginx"],
                      bar="ratio at most 1.1")
    finally:
        shutil.rmtree(folder)
