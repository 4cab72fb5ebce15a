#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private Tor network in one network namespace: three authorities, two relays (or more, which then are the only entry
guards), and as many clients as asked for.

    with Network(log_dir) as network:          # started, and its first consensus lists every node
        client = network.client("source")      # a stock tor with a SOCKS port, bootstrapped
        network.torrc_lines()                  # what another Tor needs to join
        network.inside(["curl", ...])          # argv that runs in the namespace

The keys of authorities and relays are kept in the cache, and nothing else: how a network starts must not depend on how
old its last run is. (Kept consensuses and descriptors were tried: a consensus of ten minutes ago saved ten seconds, and
one run in five then lost its onion services for minutes.) A start that fails is repeated with new keys.
Nothing leaves the namespace: it has only a loopback device, which carries 10.99.0.1 to 10.99.0.30.
"""

import calendar
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import proc
from proc import Child, Failure

AUTHORITIES = 3
RELAYS = 2
NET = "10.99.0."
FIRST_CLIENT = 10  # 10.99.0.10 and up
OR_PORT = 7100
DIR_PORT = 7000
SOCKS_PORT = 9050
KEEP_DAYS = 90  # authority certificates last twelve months
VOTING_S = 10
VOTE_BEFORE_S = 4  # votes are cast so long before their consensus is valid

# Changing any of these changes the cache key.
NODE_TORRC = """\
AvoidDiskWrites 0
ControlPort 0
SocksPort 0
ShutdownWaitLength 0
ORPort {address}:{or_port}
Address {address}
AssumeReachable 1
ExitRelay 1
ExitPolicy accept *:*
ExitPolicyRejectPrivate 0
ContactInfo private test network
"""

# The voting interval decides how long an onion service's time period is in a testing network (24 intervals). A first
# consensus with another interval than the later ones would give services and clients different periods: measured, an
# onion address then stays unknown for minutes. So both intervals are the same. For the same reason no consensus is
# kept from an earlier run: who starts with it may go on using it while others have the new one. And for the same reason
# a consensus is valid for a minute only, a quarter of a period: clients ask anew while half of that is left. With five
# minutes (30 intervals) an address that a client had not looked up before stayed unknown from the sixth minute on.
# Authorities vote Stable for the half of the relays that has been up longer, and Fast for all but the slowest: among five
# that started within a second of each other this is a lottery, drawn anew with each vote, and a relay that lost is no
# entry guard, no introduction point and no hop of a long-lived circuit. The two guarantees give both flags to all.
AUTHORITY_TORRC = """\
DirPort {address}:{dir_port}
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard {guards}
TestingDirAuthVoteGuardIsStrict 1
TestingDirAuthVoteHSDir *
TestingV3AuthInitialVotingInterval 10
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 10
V3AuthVoteDelay 2
V3AuthDistDelay 2
V3AuthNIntervalsValid 6
TestingMinExitFlagThreshold 0
AuthDirVoteStableGuaranteeMinUptime 0
AuthDirFastGuarantee 1
"""

# A bandwidth that was measured, the same for all relays: then each is drawn with the same chance. Authorities are not
# measured, and so hardly ever drawn.
MEASURED = 1000

CLIENT_TORRC = """\
ControlPort 0
AvoidDiskWrites 1
ShutdownWaitLength 0
"""


def cache_root():
    return Path(os.environ.get("COURIER_CACHE") or Path.home() / ".cache" / "silent-courier") / "tornet"


class Node:
    """An authority or a relay."""

    def __init__(self, index, base):
        self.is_authority = index < AUTHORITIES
        self.name = f"auth{index}" if self.is_authority else f"relay{index - AUTHORITIES}"
        self.address = NET + str(index + 1)
        self.data = base / self.name

    def own_torrc(self, guards):
        values = {"address": self.address, "or_port": OR_PORT, "dir_port": DIR_PORT, "guards": guards}
        text = f"Nickname {self.name}\nDataDirectory {self.data}\n" + NODE_TORRC.format(**values)
        if self.is_authority and guards != "*":
            text += f"V3BandwidthsFile {self.bandwidths}\n"
        return text + (AUTHORITY_TORRC.format(**values) if self.is_authority else "")

    @property
    def bandwidths(self):
        return self.data / "bandwidths"

    def make_keys(self):
        """Authorities only: a relay makes its own. Returns the DirAuthority line."""
        keys = self.data / "keys"
        keys.mkdir(mode=0o700, parents=True)
        empty = self.data / "empty-torrc"
        empty.touch()
        self.data.chmod(0o700)
        proc.run(["tor-gencert", "--create-identity-key", "-m", "12", "-a", f"{self.address}:{DIR_PORT}",
                  "--passphrase-fd", "0",
                  "-i", keys / "authority_identity_key", "-s", keys / "authority_signing_key",
                  "-c", keys / "authority_certificate"],
                 f"keys of {self.name}", input_bytes=b"private test network\n")
        said = proc.run(["tor", "--quiet", "--list-fingerprint", "--DataDirectory", self.data, "-f", empty,
                         "--ORPort", str(OR_PORT), "--Nickname", self.name, "--SocksPort", "0",
                         "--AssumeReachable", "1", "--Address", self.address,
                         # Only to be let through the option check: no packet is sent by --list-fingerprint.
                         "--DirAuthority", f"none {self.address}:1 " + "0" * 40],
                        f"fingerprint of {self.name}").stdout.decode()
        fingerprint = said.split(None, 1)[1].replace(" ", "").strip()
        certificate = (keys / "authority_certificate").read_text()
        v3ident = re.search(r"^fingerprint ([0-9A-F]{40})$", certificate, re.M).group(1)
        return (f"DirAuthority {self.name} orport={OR_PORT} no-v2 v3ident={v3ident} "
                f"{self.address}:{DIR_PORT} {fingerprint}")

    def fingerprint(self):
        """Of its RSA identity, 40 digits."""
        return (self.data / "fingerprint").read_text().split()[1]

    def measured_count(self):
        text = (self.data / "cached-microdesc-consensus").read_text()
        return len(re.findall(rf"^w Bandwidth={MEASURED}$", text, re.M))

    def consensus(self):
        """(valid-after as Unix time, number of relays listed) of the consensus this node holds, or None."""
        try:
            text = (self.data / "cached-microdesc-consensus").read_text()
        except FileNotFoundError:
            return None
        after = re.search(r"^valid-after (\S+ \S+)$", text, re.M)
        if not after or "\ndirectory-signature " not in text:
            return None  # being written
        seconds = calendar.timegm(time.strptime(after.group(1), "%Y-%m-%d %H:%M:%S"))
        return seconds, len(re.findall(r"^r ", text, re.M))


class Client:
    """A stock tor with a SOCKS port, on a Unix socket (reachable from the host) and on TCP inside the namespace."""

    def __init__(self, network, name, socks_address, onion_auth):
        self.name = name
        self.directory = network.work / f"client-{name}"
        self.directory.mkdir(mode=0o700)
        self.socks_path = str(self.directory / "socks")
        self.socks_address = socks_address  # inside the namespace
        self.log_path = network.log_dir / f"tor-{name}.log"
        torrc = (f"DataDirectory {self.directory}\n" + CLIENT_TORRC + network.torrc_lines()
                 + f"SocksPort unix:{self.socks_path} ExtendedErrors\n"
                 + f"SocksPort {self.socks_address[0]}:{self.socks_address[1]} ExtendedErrors\n")
        if onion_auth:
            auth_dir = self.directory / "onion-auth"
            auth_dir.mkdir(mode=0o700)
            for index, line in enumerate(onion_auth):
                (auth_dir / f"{index}.auth_private").write_text(line.rstrip("\n") + "\n")
            torrc += f"ClientOnionAuthDir {auth_dir}\n"
        (self.directory / "torrc").write_text(torrc)
        self.child = Child(network.inside(["tor", "-f", self.directory / "torrc"]), self.log_path, f"tor client {name}")

    def wait(self, timeout_s=120):
        proc.wait_until(lambda: b"Bootstrapped 100%" in Path(self.log_path).read_bytes(), timeout_s,
                        f"tor client {self.name} bootstraps (log: {self.log_path})", also_check=self.child.check)

    def connect_socks(self):
        """A connected stream to the SOCKS port; works from the host's namespace."""
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.connect(self.socks_path)
        return stream


class Network:
    _made = 0
    node_class = Node

    def __init__(self, log_dir, say=lambda text: None, keep=True, relays=RELAYS):
        """log_dir: where every tor writes its log. say: gets a line on slow events. keep: use and fill the cache. relays:
        with more than usual, only they may be entry guards: then the authorities are not."""
        self.relays = relays
        self.log_dir = Path(log_dir).resolve()
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self.say = say
        self.keep = keep
        self.work = None
        self.namespace = None
        self.nodes = []
        self.children = []
        self.clients = {}
        self.warm = False
        self.began = None

    # -- the namespace

    def inside(self, argv):
        return ["ip", "netns", "exec", self.namespace, *map(str, argv)]

    @staticmethod
    def _sweep():
        """Removes namespaces of runs that were killed: their names hold the process id."""
        for line in proc.run(["ip", "netns", "list"], "list network namespaces").stdout.decode().splitlines():
            found = re.match(r"courier-(\d+)(-\d+)?( |$)", line)
            if found and not os.path.exists(f"/proc/{found.group(1)}"):
                # Another run may be sweeping too: gone is as good as removed.
                proc.run(["ip", "netns", "delete", line.split()[0]], "remove a stale namespace", accept=(0, 1))

    def _make_namespace(self):
        self._sweep()
        Network._made += 1
        name = f"courier-{os.getpid()}" + (f"-{Network._made}" if Network._made > 1 else "")
        proc.run(["ip", "netns", "add", name], "make a network namespace")
        self.namespace = name
        batch = ["link set lo up"] + [f"address add {NET}{n}/32 dev lo" for n in range(1, 31)]
        proc.run(["ip", "-n", name, "-batch", "-"], "give the namespace its addresses",
                 input_bytes="\n".join(batch).encode() + b"\n")

    # -- keys and the cache

    def _cache_entry(self):
        version = proc.run(["tor", "--version"], "ask tor for its version").stdout
        parts = [version, NODE_TORRC.encode(), AUTHORITY_TORRC.encode(), f"{AUTHORITIES} {self.relays} {NET}".encode()]
        return cache_root() / hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]

    @contextlib.contextmanager
    def _cache_locked(self):
        cache_root().mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(cache_root() / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._cache_entry()

    def _load_cache(self):
        with self._cache_locked() as entry:
            if not entry.exists():
                return False
            if time.time() - (entry / "authorities").stat().st_mtime > KEEP_DAYS * 86400:
                shutil.rmtree(entry)
                return False
            shutil.copytree(entry, self._base())
            return True

    def _drop_cache(self):
        with self._cache_locked() as entry:
            if entry.exists():
                shutil.rmtree(entry)

    def _save_cache(self):
        """Replaces the entry."""
        with self._cache_locked() as entry:
            fresh = entry.with_suffix(".new")
            if fresh.exists():
                shutil.rmtree(fresh)  # left by a run that was killed
            fresh.mkdir()
            shutil.copy2(self._base() / "authorities", fresh)
            for node in self.nodes:
                shutil.copytree(node.data / "keys", fresh / node.name / "keys")
            if entry.exists():
                shutil.rmtree(entry)
            fresh.rename(entry)

    def _base(self):
        return self.work / "nodes"

    def _make_keys(self):
        self._base().mkdir(mode=0o700)
        authorities = [Node(index, self._base()) for index in range(AUTHORITIES)]
        lines, errors = {}, []

        def work(node):
            try:
                lines[node.name] = node.make_keys()
            except Exception as error:  # handed to the main thread below
                errors.append(error)

        threads = [threading.Thread(target=work, args=(node,)) for node in authorities]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        (self._base() / "authorities").write_text("".join(lines[node.name] + "\n" for node in authorities))

    def torrc_lines(self):
        """What any other Tor needs to be part of this network."""
        return "TestingTorNetwork 1\n" + (self._base() / "authorities").read_text()

    # -- starting

    def _guards(self):
        if self.relays == RELAYS:
            return "*"
        return ",".join(node.address for node in self.nodes[AUTHORITIES:])

    def _launch(self, node):
        node.data.mkdir(mode=0o700, exist_ok=True)
        node.data.chmod(0o700)
        (node.data / "torrc").write_text(node.own_torrc(self._guards()) + self.torrc_lines())
        log = self.log_dir / f"tor-{node.name}.log"
        self.children.append(Child(self.inside(["tor", "-f", node.data / "torrc"]), log, f"tor {node.name}"))

    def node(self, address):
        return next(node for node in self.nodes if node.address == address)

    def take_down(self, nodes):
        """Cuts these off, so that connections to them fail at once. The consensus goes on to list them, as it would for
        an hour on the real network."""
        for node in nodes:
            proc.run(["ip", "-n", self.namespace, "address", "delete", node.address + "/32", "dev", "lo"], "cut off")
            proc.run(["ip", "-n", self.namespace, "route", "add", "unreachable", node.address + "/32"], "cut off")

    def bring_up(self, nodes):
        for node in nodes:
            proc.run(["ip", "-n", self.namespace, "route", "delete", "unreachable", node.address + "/32"], "bring back")
            proc.run(["ip", "-n", self.namespace, "address", "add", node.address + "/32", "dev", "lo"], "bring back")

    def check(self):
        """Raises if a process of the network has ended."""
        for child in self.children:
            child.check()

    def _all_listed_since(self, nodes, moment):
        found = [node.consensus() for node in nodes]
        return all(one and one[0] >= moment and one[1] == len(self.nodes) for one in found)

    def settle(self, timeout_s=60):
        """Waits until every node has a consensus that was made in this run and lists every node."""
        what = f"a consensus that lists all {AUTHORITIES + self.relays} nodes (logs: {self.log_dir}/tor-auth*.log)"
        proc.wait_until(lambda: self._all_listed_since(self.nodes[:AUTHORITIES], self.began), timeout_s, what,
                        also_check=self.check)

        def relays_have_it():
            # They have asked in vain and now wait longer each time; SIGHUP lets them ask at once. A client whose guard
            # has nothing yet would wait for many seconds, too.
            for node, child in zip(self.nodes, self.children):
                if not node.is_authority and not self._all_listed_since([node], self.began):
                    child.send(signal.SIGHUP)
            return self._all_listed_since(self.nodes, self.began)

        proc.wait_until(relays_have_it, timeout_s, "the relays fetch " + what, every_s=0.5, also_check=self.check)

    def _start_nodes(self):
        self.nodes = [self.node_class(index, self._base()) for index in range(AUTHORITIES + self.relays)]
        self.began = int(time.time())
        # A relay that uploads its descriptor after the votes misses the first consensus, and whoever takes that one may
        # wait long for the next: so nothing starts shortly before a vote.
        until_vote = (VOTING_S - VOTE_BEFORE_S - time.time()) % VOTING_S
        if until_vote < 2:
            time.sleep(until_vote + 0.1)
        for node in self.nodes:
            self._launch(node)
        if self.relays != RELAYS:
            self._measure()
        self.settle()
        if self.relays != RELAYS:
            # A client may ask any of the authorities; what the relays hold comes later.
            proc.wait_until(lambda: all(node.measured_count() == self.relays for node in self.nodes[:AUTHORITIES]), 60,
                            "a consensus with the same bandwidth for all", every_s=0.5, also_check=self.check)

    def _measure(self):
        proc.wait_until(lambda: all((node.data / "fingerprint").exists() for node in self.nodes), 30,
                        "every node has a fingerprint", also_check=self.check)
        text = f"{int(time.time())}\n" + "".join(f"node_id=${node.fingerprint()} bw={MEASURED}\n" for node in self.nodes)
        for node in self.nodes[:AUTHORITIES]:
            node.bandwidths.write_text(text)

    def _start_over(self):
        self._stop_nodes()
        shutil.rmtree(self._base())

    def start(self):
        proc.need_root()
        proc.need_programs({"tor": "tor", "tor-gencert": "tor", "ip": "iproute2", "setpriv": "util-linux"})
        self.work = proc.scratch_folder("net")
        try:
            self._make_namespace()
            self.warm = self.keep and self._load_cache()
            if self.warm:
                try:
                    self._start_nodes()
                    return self
                except Failure as error:
                    self.say(f"the kept network data did not start ({str(error).splitlines()[0]}); making new keys")
                    self._start_over()
                    self._drop_cache()
                    self.warm = False
            try:
                self._make_keys()
                self._start_nodes()
            except Failure as error:
                self.say(f"the private network did not form ({str(error).splitlines()[0]}); trying once more")
                self._start_over()
                self._make_keys()
                self._start_nodes()
            return self
        except BaseException:
            self.stop()
            raise

    def client(self, name, onion_auth=(), wait=True):
        """onion_auth: lines of `.auth_private` files (address:descriptor:x25519:key)."""
        client = Client(self, name, (NET + str(max(FIRST_CLIENT, AUTHORITIES + self.relays + 1) + len(self.clients)), SOCKS_PORT), onion_auth)
        self.clients[name] = client
        self.children.append(client.child)
        if wait:
            client.wait()
        return client

    # -- ending

    def _stop_nodes(self):
        children, self.children = self.children, []
        for child in children:
            child.send(signal.SIGTERM)
        for child in children:
            child.stop()

    def stop(self):
        # Kept data that brought no consensus in a whole run is of no use to the next one either.
        formed = self.began is not None and self._all_listed_since(self.nodes[:AUTHORITIES], self.began)
        useless = self.warm and self.began is not None and not formed and time.time() - self.began > 60
        self._stop_nodes()
        self.clients.clear()
        try:
            if self.keep and formed:
                self._save_cache()
            elif self.keep and useless:
                self._drop_cache()
        finally:
            if self.namespace:
                proc.run(["ip", "netns", "delete", self.namespace], "remove the network namespace")
                self.namespace = None
            if self.work:
                shutil.rmtree(self.work)
                self.work = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()


class RealNetwork:
    """The real Tor network with the same face: clients are stock tors on this host, the box goes out through it."""

    def __init__(self, log_dir):
        self.log_dir = Path(log_dir).resolve()
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self.work = None
        self.children = []

    def inside(self, argv):
        return [str(word) for word in argv]

    def torrc_lines(self):
        return ""

    def check(self):
        for child in self.children:
            child.check()

    def client(self, name, onion_auth=(), wait=True):
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = free.getsockname()
        client = Client(self, name, address, onion_auth)
        self.children.append(client.child)
        if wait:
            client.wait()
        return client

    def __enter__(self):
        proc.need_programs({"tor": "tor", "setpriv": "util-linux"})
        self.work = proc.scratch_folder("net")
        return self

    def __exit__(self, *_error):
        for child in self.children:
            child.stop()
        if self.work:
            shutil.rmtree(self.work)
            self.work = None


def main():
    """Starts a network and keeps it until Ctrl-C: for trying things by hand."""
    proc.end_on_signals()
    log_dir = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="courier-log-"))
    with Network(log_dir, say=print) as network:
        client = network.client("source")
        print(f"namespace {network.namespace}; SOCKS {client.socks_path} "
              f"and, inside, {client.socks_address[0]}:{client.socks_address[1]}")
        print(network.torrc_lines(), end="", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except Failure as failure:
        sys.exit(f"tornet: {failure}")
