# SPDX-License-Identifier: GPL-3.0-or-later
"""From power-on to an answer through the onion, and the memory that is in use then: our image, a minimal Debian with the
stock tor and nginx (image/peer.sh) in the same machine, and OnionShare on the host, all on one private Tor network."""
import json
import re
import shutil
import time
from pathlib import Path

import box
import proc
import servers
import source
import tornet
from table import MB, median, step

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
PEER = BUILD / "tests" / "peer"
ROUNDS = 3
MEMORY_MB = 512
ONION = "/var/lib/tor/bench"  # the peer's onion service


def fetched(client, address):
    """Returns when the address's first page has come."""
    browser = source.Browser(client.connect_socks, address, source.new_circuit(), tries=300)
    if browser.request("GET", "/").status != 200:
        raise proc.Failure(f"{address} has no page")
    browser.close()


def memory_in_use(guest, path):
    """Bytes of pages that are not all zero: the kernel zeroes what is free."""
    guest.dump_memory(path)
    used, zeros = 0, bytes(4096)
    with open(path, "rb") as dump:
        while page := dump.read(4096):
            used += page != zeros and 4096
    path.unlink()
    return used


# ---- ours

def our_box(work, network, name):
    """A desk, a site file for this network, and a copy of the image that carries it. Returns (Box, address)."""
    folder = work / name
    folder.mkdir()
    proc.run([servers.COURIER, "desk", "init", "--no-passphrase", folder / "desk"], "desk init")
    (folder / "torrc").write_text(network.torrc_lines())
    made = proc.run([servers.COURIER, "site", "init", "--unattended", "--out", folder / "site", "--name", "Bench", "--desk",
                     folder / "desk/boxes/box/for-the-operator.txt", "--torrc", folder / "torrc"], "site init")
    address = re.search(r"source address: (http://\S+)", made.stdout.decode()).group(1)
    image = folder / "courier.img"
    shutil.copyfile(BUILD / "courier.img", image)
    proc.run([ROOT / "image" / "insert-site", image, folder / "site"], "insert the site file")
    return box.Box(image=image, log_dir=folder, network=network, memory_mb=MEMORY_MB, name=name), address


def start_ours(work, network, client, number):
    """Seconds to PID 1, to the open door and to the first page; bytes in use then."""
    guest, address = our_box(work, network, f"boot{number}")
    with guest:
        guest.wait_for(rb"courier: ")
        first = time.monotonic() - guest.started_at
        guest.wait_for(rb"courier: door open")
        door = time.monotonic() - guest.started_at
        fetched(client, address)
        page = time.monotonic() - guest.started_at
        return first, door, page, memory_in_use(guest, work / "memory")


# ---- a minimal Debian

def onion_keys(folder, network):
    """The files of a new onion service, as tor makes them."""
    folder.mkdir(mode=0o700)
    torrc = folder.with_suffix(".torrc")
    torrc.write_text(network.torrc_lines() + f"DataDirectory {folder}-data\nSocksPort 0\nDisableNetwork 1\n"
                     f"HiddenServiceDir {folder}\nHiddenServicePort 80\n")
    child = proc.Child(["tor", "-f", torrc], folder.with_suffix(".log"), "tor, making keys")
    try:
        proc.wait_until((folder / "hostname").exists, 60, "tor makes an address", also_check=child.check)
    finally:
        child.stop()


def peer_box(work, network, name):
    """A copy of the peer's disk that knows this network and has an onion service. Returns (Box, address)."""
    folder = work / name
    folder.mkdir()
    image = folder / "peer.img"
    box.copy_sparse(PEER / "peer.img", image)
    keys = folder / "keys"
    onion_keys(keys, network)
    (folder / "torrc").write_text(network.torrc_lines() + f"SocksPort 0\nHiddenServiceDir {ONION}\nHiddenServicePort 80 127.0.0.1:80\n")
    offset, owner = (PEER / "root-area").read_text().split()[0], (PEER / "tor-owner").read_text().split()
    commands = ["rm /etc/tor/torrc", f"write {folder}/torrc /etc/tor/torrc", f"mkdir {ONION}"]
    commands += [f"write {keys}/{file} {ONION}/{file}" for file in ("hostname", "hs_ed25519_public_key", "hs_ed25519_secret_key")]
    for path, mode in ((ONION, "040700"), *((f"{ONION}/{file}", "0100600") for file in ("hostname", "hs_ed25519_public_key",
                                                                                       "hs_ed25519_secret_key"))):
        commands += [f"sif {path} mode {mode}", f"sif {path} uid {owner[0]}", f"sif {path} gid {owner[1]}"]
    (folder / "commands").write_text("\n".join(commands) + "\n")
    said = proc.run(["debugfs", "-w", "-f", folder / "commands", f"{image}?offset={offset}"], "debugfs").stderr.decode()
    if len(said.splitlines()) > 1:  # its version, and no word more
        raise proc.Failure(f"debugfs: {said}")
    address = "http://" + (keys / "hostname").read_text().strip()
    return box.Box(image=image, log_dir=folder, network=network, memory_mb=MEMORY_MB, name=name,
                   first_process=rb"systemd\[1\]"), address


def not_available(guest):
    """Bytes that the peer's kernel could not give to others, by its own account from now on."""
    found = guest.wait_for(rb"MemTotal:\s+(\d+) kB\s+MemFree:\s+\d+ kB\s+MemAvailable:\s+(\d+)", timeout_s=300, start=len(guest.serial()))
    return (int(found.group(1)) - int(found.group(2))) << 10


def start_peer(work, network, client, number):
    guest, address = peer_box(work, network, f"debian{number}")
    with guest:
        guest.wait_for(rb"systemd\[1\]", timeout_s=300)
        first = time.monotonic() - guest.started_at
        fetched(client, address)
        page = time.monotonic() - guest.started_at
        used = memory_in_use(guest, work / "memory")
        return first, page, used, not_available(guest)


# ---- OnionShare on the host

def proportional(pids):
    """Bytes of memory that these processes take, what they share with others in parts."""
    total = 0
    for pid in pids:
        total += int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M).group(1)) << 10
    return total


def family(root):
    """A process and its descendants."""
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def start_onionshare(work, network, client, number):
    """With a tor of its own, which it is told the control port of: the one that it would start knows the real network alone.
    Seconds to the first page, and bytes in use by both."""
    folder = work / f"onionshare{number}"
    (folder / "data").mkdir(parents=True)
    (folder / "tor").mkdir(mode=0o700)
    (folder / "torrc").write_text(network.torrc_lines() + f"DataDirectory {folder}/tor\nSocksPort 127.0.0.1:9050\n"
                                  "ControlPort 127.0.0.1:9051\nLog notice stdout\n")
    (folder / "settings.json").write_text(json.dumps({
        "connection_type": "control_port", "control_port_address": "127.0.0.1", "control_port_port": 9051,
        "socks_address": "127.0.0.1", "socks_port": 9050, "auth_type": "no_auth", "use_legacy_v2_onions": False}))
    log = folder / "onionshare.log"
    began = time.monotonic()
    children = [proc.Child(network.inside(["tor", "-f", folder / "torrc"]), folder / "tor.log", "onionshare's tor")]
    try:
        proc.wait_until(lambda: b"Bootstrapped 100%" in (folder / "tor.log").read_bytes(), 120, "tor is ready",
                        also_check=children[0].check)
        children.append(proc.Child(network.inside(["env", f"HOME={folder}", "onionshare-cli", "--config", folder / "settings.json", "--public",
                                                   "--receive", "--data-dir", folder / "data"]), log, "onionshare-cli"))
        found = proc.wait_until(lambda: re.search(r"http://[a-z2-7]{56}\.onion", log.read_text(errors="replace")), 120,
                                "OnionShare says its address", also_check=children[1].check)
        fetched(client, found.group(0))
        page = time.monotonic() - began
        return page, proportional([pid for child in children for pid in family(child.pid)])
    finally:
        for child in reversed(children):
            child.stop()


def columns(start, *arguments):
    """A column for each thing that `start` measured, over the rounds."""
    return map(list, zip(*(start(*arguments, number) for number in range(ROUNDS))))


def bench(table, work):
    step(f"From QEMU's start, by BIOS, under {box.accelerator()}, one processor, {MEMORY_MB} MB")
    with tornet.Network(work / "net-logs") as network:
        client = network.client("bench")
        first, door, page, used = columns(start_ours, work, network, client)
        peer_first, peer_page, peer_used, peer_kept = columns(start_peer, work, network, client)
        share_page, share_used = columns(start_onionshare, work, network, client)
    debian, onionshare = "Debian, tor, nginx", "OnionShare and tor, host running"
    table.add("QEMU start to PID 1", first, "s", peer_first, debian)
    table.add("QEMU start to door open", door, "s", bar="at most 4 s")
    table.add("QEMU start to first onion fetch", page, "s", peer_page, debian)
    table.add("QEMU start to first onion fetch", page, "s", share_page, onionshare)
    table.add("memory in use after it, cached files included", [each / MB for each in used], "MiB", [each / MB for each in peer_used], debian)
    table.add("the same; Debian: without cached files", median(used) / MB, "MiB", [each / MB for each in peer_kept], debian)
    table.add("the same; OnionShare: of its processes", [each / MB for each in used], "MiB",
              [each / MB for each in share_used], onionshare)


def bench_sizes(table, _work):
    step("Sizes")
    packed = len(proc.run(["zstd", "-19", "-q", "-c", BUILD / "courier.img"], "compress the image", timeout_s=600).stdout)
    table.add("image, compressed (zstd -19)", packed / 1e6, "MB", int((PEER / "compressed-size").read_text()) / 1e6, "Debian, tor, nginx",
              bar="at most 20 MB")
    table.add("image", (BUILD / "courier.img").stat().st_size / 1e6, "MB", (PEER / "peer.img").stat().st_size / 1e6, "Debian, tor, nginx")
    table.add("binary", servers.COURIER.stat().st_size / 1e6, "MB")
