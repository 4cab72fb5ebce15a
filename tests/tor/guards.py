#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boots @tor and @torctl again and again on a private Tor network with eight entry guards, as init does after each start
of the machine: with nothing but what the site file gives them.

    guards.py COURIER [LOG-FOLDER [BOOTS]]

The box has a network namespace of its own and reaches the relays by a cable, so that every connection it opens is seen,
and what is said on Tor's control connection passes through this program. BOOTS (3) is how often it starts with a guard
capsule, and without. Without one, what it draws must differ. All relays have the same bandwidth: three of eight guards
in their order are 336 draws, four layer-2 guards 1680, so that three boots agree by chance in one of 100,000 runs: then
there are more, and two boots more agree in one of 10,000,000,000."""

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "system"), str(HERE.parent / "vectors")]

import embed  # noqa: E402
import proc  # noqa: E402
import vanguards  # noqa: E402
from proc import Failure  # noqa: E402
from role import NUMBER, receive, send  # noqa: E402

RELAYS = 8
PINNED = 3
SAME, NEW, BRIDGES = 1, 2, 4  # enum guard_standing
HOLD_S = 15
MORE = 2  # boots, where the others agree
CONSENSUS = "dir/status-vote/current/consensus-microdesc="


# ---- the inside: one boot, in the box's namespace

class Wire:
    """Between Tor and torctl: hears both, and may ask Tor itself (torctl lets pass what it didn't ask for)."""

    def __init__(self, say):
        self.say = say
        self.answers = []
        self.lines = {"consensus": None, "circuits": None}

    def insert(self, tor_fd):
        self.tor = socket.socket(fileno=tor_fd)
        self.torctl, theirs = socket.socketpair()
        for pair in ((self.tor, self.torctl, self.from_tor), (self.torctl, self.tor, self.from_torctl)):
            threading.Thread(target=self.pump, args=pair, daemon=True).start()
        return theirs.detach()

    @staticmethod
    def pump(source, sink, hear):
        rest = b""
        try:
            while data := source.recv(65536):
                sink.sendall(data)
                *lines, rest = (rest + data).split(b"\r\n")
                for line in lines:
                    hear(line.decode("latin-1"))
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def from_tor(self, line):
        reading = next((name for name, lines in self.lines.items() if lines is not None), None)
        if reading and line == ".":
            self.say(event=reading, lines=self.lines[reading])
            self.lines[reading] = None
        elif reading:
            self.lines[reading].append(line)
        elif line == "250+" + CONSENSUS:
            self.lines["consensus"] = []
        elif line == "250+circuit-status=":
            self.lines["circuits"] = []
        elif line.startswith("250-circuit-status="):  # none or one
            self.say(event="circuits", lines=[line.split("=", 1)[1]])
        elif " GOOD_L2" in line:
            self.say(event="good-l2", id=re.search(r"[0-9A-F]{40}", line)[0])

    def from_torctl(self, line):
        if line.startswith("SETCONF "):
            self.say(event="set", line=line)


def watch_cable(contacted):
    """Every connection that is begun: its address."""
    cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    cable.bind(("box0", 0))
    while True:
        packet = cable.recv(2048)
        if packet[12:14] == b"\x08\x00" and packet[14 + 9] == 6:
            header = 14 + (packet[14] & 15) * 4
            if packet[header + 13] & 0x12 == 0x02:
                contacted.add(socket.inet_ntoa(packet[14 + 16:14 + 20]))


def inside(binary, base):
    lock = threading.Lock()

    def say(**what):
        with lock:
            print(json.dumps(what), flush=True)

    contacted = set()
    threading.Thread(target=watch_cable, args=(contacted,), daemon=True).start()
    root = embed.private_tree(base)
    shutil.copy(binary, root / "bin" / "courier")
    for name in ("source", "desk"):
        embed.Door(root / "door" / name, name)
    log = open(base / "roles.log", "ab")
    wire = Wire(say)
    tor, tor_up, ctl, ctl_up = embed.start(root, (base / "part").read_bytes(), log, (base / "torctl-part").read_bytes(),
                                           wire.insert)

    def statuses():
        try:
            while True:
                message, fields, _ = receive(ctl_up, None)
                if message == "GUARD_STATUS":
                    age, standing, waiting, length = struct.unpack_from("<IBBI", fields)
                    say(event="guards", age=age, standing=standing, waiting=waiting,
                        lines=fields[10:10 + length].decode().splitlines())
                elif message == "TOR_STATUS":
                    bootstrap, published, _ = struct.unpack("<BBi", fields)
                    say(event="tor", bootstrap=bootstrap, published=published)
        except (Failure, OSError):
            say(event="ended")

    threading.Thread(target=statuses, daemon=True).start()
    for line in sys.stdin:
        if line.strip() == "circuits":
            wire.tor.sendall(b"GETINFO circuit-status\r\n")
        elif line.strip() == "contacted":
            say(event="contacted", addresses=sorted(contacted))
    send(tor_up, "STOP")
    tor.wait(10)
    ctl.wait(10)


# ---- the outside

class Boot:
    def __init__(self, test, guards=(), seed=b"", bridges=False, torrc=""):
        self.test = test
        self.base = Path(tempfile.mkdtemp(prefix="courier-guards-"))
        self.base.chmod(0o755)
        lines = "".join(line + "\n" for line in guards)
        (self.base / "part").write_bytes(embed.make_part(test.client, test.network.torrc_lines() + torrc, lines, bool(seed)))
        (self.base / "torctl-part").write_bytes(
            struct.pack("<HI", NUMBER["PART_TORCTL"], len(seed)) + seed
            + struct.pack("<BI", bridges, len(lines)) + lines.encode())
        self.child = subprocess.Popen(
            ["ip", "netns", "exec", test.namespace, sys.executable, __file__, "--inside", test.binary, self.base],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.last = {}       # the last event of each kind
        self.second = []     # that Tor drew, in its order
        self.counts = {}
        self.heard = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            event = json.loads(line)
            with self.heard:
                self.last[event["event"]] = event
                self.counts[event["event"]] = self.counts.get(event["event"], 0) + 1
                if event["event"] == "good-l2":
                    self.second.append(event["id"])
                self.heard.notify_all()
        with self.heard:
            self.last["ended"] = {}
            self.heard.notify_all()

    def wait(self, good, what, timeout_s=90):
        timeout_s *= proc.CROWDED
        deadline = time.monotonic() + timeout_s
        with self.heard:
            while not good(self.last):
                if "ended" in self.last or time.monotonic() > deadline:
                    said = {name: event for name, event in self.last.items() if name != "consensus"}
                    raise Failure(f"{what}: not within {timeout_s} s; last {said}")
                self.heard.wait(0.5)
            return self.last

    def ask(self, what):
        before = self.counts.get(what, 0)
        self.child.stdin.write(what + "\n")
        self.child.stdin.flush()
        self.wait(lambda _: self.counts.get(what, 0) > before, what)
        return self.last[what]

    def contacted(self):
        return set(self.ask("contacted")["addresses"])

    def paths(self):
        """(purpose, fingerprints) of each circuit of more than one hop."""
        found = []
        for line in self.ask("circuits")["lines"]:
            hops = re.findall(r"\$([0-9A-F]{40})", line.split(" ")[2] if line.count(" ") > 1 else "")
            if len(hops) > 1:
                found.append((re.search(r"PURPOSE=(\S+)", line)[1], hops))
        return found

    def stop(self):
        self.child.stdin.close()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        shutil.copy(self.base / "roles.log", self.test.log_dir / "guards-roles.log")
        shutil.rmtree(self.base, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stop()


def is_published(last):
    return last.get("tor", {}).get("published") == 2


def nodes_of(setting):
    return re.findall(r"\$([0-9A-F]{40})", setting)


def draw_again(lines, seed):
    """The drawing out of that consensus, by the other program."""
    flags, relays, weights = [], [], dict.fromkeys(vanguards.CLASSES, 10000)
    keys = {"Wmm": "middle", "Wmg": "guard", "Wme": "exit", "Wmd": "both"}
    for line in lines:
        words = line.split(" ")
        if words[0] == "valid-after":
            hour = vanguards.hour_of(line[12:])
        elif words[0] == "r":
            identity = vanguards.identity_of(words[2])
        elif words[0] == "s":
            flags = words[1:]
        elif words[0] == "w" and "Fast" in flags and "Stable" in flags:
            kind = {(False, False): "middle", (True, False): "guard", (False, True): "exit", (True, True): "both"}[
                "Guard" in flags, "Exit" in flags and "BadExit" not in flags]
            relays.append((identity, int(re.search(r"Bandwidth=(\d+)", line)[1]), kind))
        elif words[0] == "bandwidth-weights":
            for word in words[1:]:
                key, value = word.split("=")
                if key in keys:
                    weights[keys[key]] = int(value)
    return [identity.hex().upper() for identity in vanguards.draw(seed, hour, relays, weights)]


class Test:
    def __init__(self, binary, log_dir, boots):
        self.binary, self.log_dir, self.boots = binary, Path(log_dir), boots
        self.passed = 0
        self.namespace = None
        _, self.client = embed.x25519_pair()
        self.seed = bytes(range(32))

    def check(self, good, what):
        if not good:
            raise Failure(f"not ok: {what}")
        self.passed += 1
        print(f"ok {self.passed} {what}", flush=True)

    def make_cable(self):
        name = f"courier-{os.getpid()}-99"  # tornet.py sweeps such names
        proc.run(["ip", "netns", "add", name], "make the box's network namespace")
        self.namespace = name
        proc.run(["ip", "-n", self.network.namespace, "link", "add", "lan0", "type", "veth", "peer", "name", "box0",
                  "netns", name], "make a cable")
        # Who is cut off is said to be, as a router would.
        proc.run(self.network.inside(["sysctl", "-qw", "net.ipv4.ip_forward=1"]), "let it answer for relays cut off")
        for where, batch in ((self.network.namespace, ["address add 10.99.1.1/24 dev lan0", "link set lan0 up"]),
                             (name, ["link set lo up", "address add 10.99.1.2/24 dev box0", "link set box0 up",
                                     "route add default via 10.99.1.1"])):
            proc.run(["ip", "-n", where, "-batch", "-"], "set up the cable", input_bytes="\n".join(batch).encode() + b"\n")

    def addresses(self, lines):
        """Of the first guards of a capsule."""
        by_print = {node.fingerprint(): node.address for node in self.network.nodes}
        return {by_print[line.split(" ")[0]] for line in lines[:PINNED]}

    def without_capsule(self):
        draws, seconds = [], []
        while len(draws) < self.boots or (len(draws) < self.boots + MORE and 1 in (len(set(draws)), len(set(seconds)))):
            with Boot(self) as boot:
                last = boot.wait(lambda last: last.get("tor", {}).get("bootstrap") == 100 and len(boot.second) >= 4
                                 and len(last.get("guards", {}).get("lines", [])) >= PINNED
                                 and len(last["guards"]["lines"][0].split(" ")) == 3,
                                 "a box without a capsule draws guards and uses one")
                self.check_quietly(last["guards"]["standing"] == NEW, "guards are said to be new")
                draws.append(tuple(line.split(" ")[0] for line in last["guards"]["lines"][:PINNED]))
                seconds.append(tuple(boot.second[:4]))
                lines = last["guards"]["lines"]
        self.check(len(set(draws)) > 1, f"without a capsule {len(draws)} boots drew entry guards {len(set(draws))} ways")
        self.check(len(set(seconds)) > 1, f"and layer-2 guards {len(set(seconds))} ways")
        return lines

    def check_quietly(self, good, what):
        if not good:
            raise Failure(f"not ok: {what}")

    def with_capsule(self, lines):
        wanted = [line.split(" ")[0] for line in lines[:PINNED]]
        directories = {node.address for node in self.network.nodes if node.is_authority}
        seconds, drawn = set(), set()
        for number in range(self.boots):
            with Boot(self, guards=lines, seed=self.seed) as boot:
                last = boot.wait(lambda last: is_published(last) and "set" in last and "guards" in last,
                                 "a box with a capsule publishes its services")
                guards, setting = last["guards"], last["set"]["line"]
                self.check_quietly(setting.startswith("SETCONF HSLayer2Nodes="), f"one setting alone, not {setting}")
                self.check_quietly(guards["standing"] == SAME and not guards["waiting"], f"the same guards: {guards}")
                self.check_quietly([line.split(" ")[0] for line in guards["lines"][:PINNED]] == wanted, "in their order")
                again = draw_again(last["consensus"]["lines"], self.seed)
                self.check_quietly(nodes_of(setting) == again, "the layer-2 guards are those that vanguards.py draws")
                seconds.add(setting)
                drawn.add(tuple(again))  # others, where an hour ends in between and one of them with it
                paths = boot.paths()
                services = [hops for purpose, hops in paths if purpose.startswith("HS_")]
                self.check_quietly(services and {hops[0] for _, hops in paths} <= set(wanted),
                                   f"every circuit begins at one of them: {paths}")
                self.check_quietly({hops[1] for hops in services} <= set(nodes_of(setting)),
                                   f"a service's circuits go on to one of the layer-2 guards: {services}, {setting}")
                others = boot.contacted() - self.addresses(lines) - directories
                self.check_quietly(not others, f"no other relay is contacted: {others}")
        self.check(len(seconds) == len(drawn), f"with the capsule {number + 1} boots had the same entry guards and layer-2 guards, "
                                      "and circuits through no others")

    def courier(self, *arguments):
        return proc.run(self.network.inside([self.binary, *arguments]), " ".join(map(str, arguments[:2]))).stdout.decode()

    @staticmethod
    def guards_of(site):
        return re.findall(r"^guard = (.*)$", site.read_text(), re.M)

    def the_operators_tool(self, told):
        """told: what a box without a capsule said. Returns a capsule that the tool drew by itself."""
        with tempfile.TemporaryDirectory(prefix="courier-guards-") as folder:
            folder = Path(folder)
            (folder / "torrc").write_text(self.network.torrc_lines())
            (folder / "guards").write_text("".join(f"guard = {line}\n" for line in told))
            self.courier("desk", "init", "--no-passphrase", folder / "desk")
            common = ("--name", "x", "--desk", folder / "desk/boxes/box/for-the-operator.txt", "--unattended",
                      "--torrc", folder / "torrc")
            site = folder / "site"
            self.courier("site", "init", "--out", site, *common)
            self.check_quietly(not self.guards_of(site) and "guard-seed = " in site.read_text(), "a seed, and no guards yet")
            self.courier("site", "refresh", site, "--from", folder / "guards")
            self.check_quietly(self.guards_of(site) == told, "refresh takes what the desk was told")
            before = site.read_text()
            (folder / "guards").write_text("".join(f"guard = {'F' * 39}{i} 2026-11-01\n" for i in range(3)))
            self.courier("site", "refresh", site, "--from", folder / "guards")
            self.check_quietly(site.read_text() == before, "and never exchanges one")
            self.check(True, "courier site refresh puts the guards that a box told into its site file, once")
            self.courier("site", "init", "--out", folder / "chosen", "--choose-guards", *common)
            chosen = self.guards_of(folder / "chosen")
            known = {node.fingerprint() for node in self.network.nodes if not node.is_authority}
            self.check(len(chosen) >= PINNED and {line.split(" ")[0] for line in chosen} <= known
                       and len(chosen[0].split(" ")) == 3, f"courier site init --choose-guards draws {len(chosen)} of {RELAYS}")
            return chosen

    def all_down(self, lines):
        dead = [self.network.node(address) for address in self.addresses(lines)]
        allowed = self.addresses(lines) | {node.address for node in self.network.nodes if node.is_authority}
        self.network.take_down(dead)
        with Boot(self, guards=lines, seed=self.seed) as boot:
            boot.wait(lambda last: last.get("guards", {}).get("waiting") == 1, "the box says that it waits")
            proc.wait_until(lambda: self.addresses(lines) <= boot.contacted(), 60, "each of them is tried", every_s=1)
            time.sleep(HOLD_S)
            self.check(self.addresses(lines) <= boot.contacted() <= allowed and boot.last["guards"]["waiting"] == 1,
                       f"with its guards down the box tries them and waits; it asks no other relay in {HOLD_S} s")
            self.network.bring_up(dead)
            last = boot.wait(lambda last: last["guards"]["waiting"] == 0 and is_published(last),
                             "the services are there once the guards are")
            self.check(boot.contacted() <= allowed and last["guards"]["standing"] == SAME,
                       "it heals when they are back, and has asked nobody else")

    def bridge(self, lines):
        relay = self.network.nodes[-1]
        torrc = f"UseBridges 1\nBridge {relay.address}:7100 {relay.fingerprint()}\n"
        with Boot(self, seed=self.seed, bridges=True, torrc=torrc) as boot:
            last = boot.wait(lambda last: is_published(last) and "guards" in last, "a box behind a bridge publishes")
            self.check(boot.contacted() == {relay.address}, "a box behind a bridge contacts that bridge and nothing else")
            self.check(last["guards"]["standing"] == BRIDGES and not last["guards"]["lines"],
                       "and tells no guards: its bridges are in the site file")

    def run(self):
        import tornet
        with tornet.Network(self.log_dir / "guards", say=print, relays=RELAYS) as self.network:
            try:
                self.make_cable()
                lines = self.the_operators_tool(self.without_capsule())
                self.with_capsule(lines)
                self.bridge(lines)
                self.all_down(lines)
            finally:
                if self.namespace:
                    proc.run(["ip", "netns", "delete", self.namespace], "remove the box's network namespace")
        print(f"{self.passed} passed, 0 failed")


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        inside(sys.argv[2], Path(sys.argv[3]))
        sys.exit(0)
    proc.need_root()
    proc.end_on_signals()
    try:
        Test(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="courier-log-"),
             int(sys.argv[3]) if len(sys.argv) > 3 else 3).run()
    except Failure as failure:
        print(f"guards: {failure}\n0 passed, 1 failed")
        sys.exit(1)
