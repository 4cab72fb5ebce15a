#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real @net process in a network namespace whose card is one end of a cable (veth). At the other end a DHCP
server does what it is told, and every frame that the box sends is kept; last, busybox' udhcpd is there instead:

    card.py COURIER [LOG-FOLDER]
"""

import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

import frames  # noqa: E402
import proc  # noqa: E402
from proc import Failure  # noqa: E402
from role import FD_A, FD_PART, FD_UP, NUMBER, Role, options_text, part_fd, receive, send  # noqa: E402

NET_ID = 47001
CAPABILITIES = ("net_admin", "net_raw")
IPV6_SWITCH = "/proc/sys/net/ipv6/conf/all/disable_ipv6"
SERVER = "10.77.0.1"
FACTS = ("ipv6", "mac", "cards", "dropped")
STATES = ("no-card", "no-carrier", "asking", "up")


# ---- the other end of the cable

class Server:
    """Answers DHCP as `self.how` says: "answer", "nak" or "silent". Keeps what it saw. Who asks for the hosts in
    `self.claimed` by ARP is told that they are somebody else's."""

    def __init__(self, interface):
        self.how = "answer"
        self.host = 40
        self.times = (30, 2, 4)
        self.claimed = []
        self.seen = []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind((interface, 3))
        self.mac = self.socket.getsockname()[4]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                frame, address = self.socket.recvfrom(2048)
            except OSError:
                continue  # the card is down for a moment
            if address[2] == socket.PACKET_OUTGOING:
                continue
            self._look(frame)

    def _look(self, frame):
        kind = struct.unpack_from(">H", frame, 12)[0]
        if kind == 0x0806:
            self._claim(frame)
        if kind != 0x0800:
            self.seen.append({0x0806: "arp", 0x86dd: "ipv6"}.get(kind, hex(kind)))
            return
        protocol = frame[23]
        if protocol != 17 or frame[34:38] != struct.pack(">HH", 68, 67):
            self.seen.append({1: "icmp", 6: "tcp", 17: "udp"}.get(protocol, str(protocol)))
            return
        dhcp = frame[42:]
        kind = {1: "discover", 3: "request", 4: "decline"}[dhcp[242]]
        self.seen.append(kind + {b"\xff" * 6: " to all", self.mac: " to me"}.get(frame[0:6], " to nobody"))
        if kind == "decline":
            self.host += 1
        elif self.how != "silent":
            self.socket.send(self._answer(frame, dhcp, kind))

    def _claim(self, frame):
        target = frame[38:42]
        if socket.inet_ntoa(target) in [f"10.77.0.{host}" for host in self.claimed]:
            answer = frames.arp(2, self.mac, socket.inet_ntoa(target), frame[22:28], socket.inet_ntoa(frame[28:32]))
            self.socket.send(frames.ethernet(frame[6:12], self.mac, frames.ARP, answer))

    def _answer(self, frame, dhcp, kind):
        said = {"discover": 2, "request": 6 if self.how == "nak" else 5}[kind]
        to = frame[6:12] if dhcp[12:16] != bytes(4) else frames.EVERYONE
        return frames.ethernet(to, self.mac, frames.IPV4,
                               frames.dhcp_answer(dhcp, said, f"10.77.0.{self.host}", SERVER, self.times))


def lan(interface):
    server = Server(interface)
    for line in sys.stdin:
        asked = json.loads(line)
        for frame in asked.get("send", []):
            server.socket.send(bytes.fromhex(frame))
        if "set" in asked:
            for name, value in asked["set"].items():
                setattr(server, name, value)
        seen, server.seen = server.seen, []
        print(json.dumps(seen), flush=True)


# ---- the box's side: starts @net, prints what it says, passes STOP on

def box(binary, part_hex, log_path):
    part = bytes.fromhex(part_hex)
    up, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with open(log_path, "ab") as log:
        switch = os.open(IPV6_SWITCH, os.O_WRONLY)
        role = Role("net", NET_ID, {FD_UP: end.fileno(), FD_PART: part_fd(part), FD_A: switch}, options_text(part),
                    log.fileno(), binary=binary, capabilities=CAPABILITIES)
    end.close()

    def wait_for_stop():
        send(up, "STOP", fds=[0] if sys.stdin.read() else [])

    threading.Thread(target=wait_for_stop, daemon=True).start()
    said = {"ipv6 ": "::", "mac ": "00:00:00:00:00:00", "cards ": 0, "dropped ": 0}
    try:
        while True:
            name, fields, _ = receive(up, None)
            if name == "READY":
                role.interrupt()  # changes nothing
            if name != "NET_STATUS":
                print(name, flush=True)
                continue
            state, address, prefix, router, address6, mac, cards, dropped = struct.unpack("<B4sB4s16s6sBI", fields)
            now = {"": f"{STATES[state]} {socket.inet_ntoa(address)}/{prefix} {socket.inet_ntoa(router)}",
                   "ipv6 ": socket.inet_ntop(socket.AF_INET6, address6), "mac ": mac.hex(":"), "cards ": cards,
                   "dropped ": dropped}
            for key, value in now.items():
                if said.get(key) != value:
                    print(f"{key}{value}", flush=True)
            said = now
    except Failure:
        print(f"exit {role.wait(10)}", flush=True)


# ---- the outside

class Talker:
    """A child that is told lines and says lines."""

    def __init__(self, argv):
        self.child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = []
        self.lock = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            with self.lock:
                self.lines.append(line.rstrip("\n"))
                self.lock.notify_all()

    def next(self, timeout_s, what, wanted=None):
        """The next line that is no fact ("KEY VALUE": an address, a count), or the next value of the fact `wanted`."""
        timeout_s *= proc.CROWDED
        deadline = time.monotonic() + timeout_s
        with self.lock:
            while True:
                while self.lines:
                    line = self.lines.pop(0)
                    key, _, value = line.partition(" ")
                    if wanted is None and key not in FACTS:
                        return line
                    if wanted is not None and key == wanted:
                        return value
                if time.monotonic() > deadline:
                    raise Failure(f"{what}: nothing said within {timeout_s} s")
                self.lock.wait(0.5)

    def ask(self, **asked):
        self.child.stdin.write(json.dumps(asked) + "\n")
        self.child.stdin.flush()
        return json.loads(self.next(10, "the server's answer"))

    def end(self):
        self.child.stdin.close()

    def kill(self):
        self.child.kill()
        self.child.wait()


class Stage:
    def __init__(self, binary, log_dir):
        self.binary = os.path.abspath(binary)
        self.log = Path(log_dir).resolve() / "net-role.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_bytes(b"")
        self.names = {side: f"courier-{os.getpid()}-{side}" for side in ("box", "lan")}
        self.role = None
        self.passed = 0

    def ip(self, side, *arguments):
        return proc.run(["ip", "-n", self.names[side], *arguments], "ip " + " ".join(arguments)).stdout.decode()

    def inside(self, side, *argv):
        return ["ip", "netns", "exec", self.names[side], sys.executable, __file__, *argv]

    def __enter__(self):
        for name in self.names.values():
            proc.run(["ip", "netns", "add", name], "make a network namespace")
        proc.run(["ip", "link", "add", "usb0", "netns", self.names["box"], "type", "veth", "peer", "name", "lan0",
                  "netns", self.names["lan"]], "make a cable")
        self.ip("lan", "address", "add", SERVER + "/24", "dev", "lan0")
        proc.run(["ip", "netns", "exec", self.names["lan"], "sysctl", "-qw", "net.ipv6.conf.lan0.disable_ipv6=1"],
                 "keep the other end quiet")
        return self

    def __exit__(self, *_error):
        for talker in (self.role, getattr(self, "server", None)):
            if talker:
                talker.kill()
        for name in self.names.values():
            proc.run(["ip", "netns", "delete", name], "remove a network namespace")

    def plug(self):
        self.ip("lan", "link", "set", "lan0", "up")

    def pull(self):
        """Returns when the box's kernel knows: it learns it in its own time, and who asked before would be told of a cable."""
        self.ip("lan", "link", "set", "lan0", "down")
        proc.wait_until(lambda: not self.cable_is_in(), 15, "the cable is out")

    def cable_is_in(self):
        """As the box's kernel sees it."""
        return json.loads(self.ip("box", "-json", "link", "show", "dev", "usb0"))[0]["operstate"] == "UP"

    def start(self, mode, address="0.0.0.0", prefix=0, router="0.0.0.0", ipv6=(0, bytes(16), 0, bytes(16)), vlan=0,
              random_mac=0):
        part = struct.pack("<HB4sB4sB16sB16sHB", NUMBER["PART_NET"], mode, socket.inet_aton(address), prefix,
                           socket.inet_aton(router), *ipv6, vlan, random_mac)
        self.role = Talker(self.inside("box", "--box", self.binary, part.hex(), self.log))

    def check(self, good, what):
        if not good:
            raise Failure(f"not ok: {what}")
        self.passed += 1
        print(f"ok {self.passed} {what}", flush=True)

    def says(self, wanted, what, timeout_s=15):
        said = self.role.next(timeout_s, what)
        self.check(said == wanted, f"{what}: {wanted}" if said == wanted else f"{what}: \"{said}\", not \"{wanted}\"")

    def box_mac(self):
        return bytes.fromhex(json.loads(self.ip("box", "-json", "link", "show", "dev", "usb0"))[0]["address"].replace(":", ""))

    def addresses(self):
        return [a["local"] for link in json.loads(self.ip("box", "-json", "-4", "address", "show", "dev", "usb0"))
                for a in link.get("addr_info", [])]

    def routes(self):
        return [r.get("gateway") for r in json.loads(self.ip("box", "-json", "route", "show", "default"))]


def lease_is_got_and_kept(s):
    s.ip("box", "address", "add", "192.168.9.9/24", "dev", "usb0")  # left by somebody
    s.start(0)
    s.says("READY", "confined")
    s.says("no-carrier 0.0.0.0/0 0.0.0.0", "the cable isn't in")
    s.plug()
    s.server = Talker(s.inside("lan", "--lan", "lan0"))
    s.server.ask(set={})
    s.says("asking 0.0.0.0/0 0.0.0.0", "it is")
    s.says("up 10.77.0.40/24 10.77.0.1", "the server answers")
    proc.wait_until(lambda: s.addresses() == ["10.77.0.40"], 5, "only our address stays")
    s.check(s.routes() == ["10.77.0.1"], "the card has that address, that route and no other")
    s.check("LOOPBACK,UP" in s.ip("box", "link", "show", "lo"), "the loopback device is up")
    s.check(s.ip("box", "-6", "address", "show", "dev", "usb0") == "", "the card has no IPv6 address")
    seen = []
    proc.wait_until(lambda: seen.extend(s.server.ask(set={})) or seen.count("request to me") >= 2, 15, "two renewals", every_s=0.5)
    seen += s.server.ask(set={"how": "silent"})
    s.check(seen.count("request to me") >= 2, "renewals are sent to the server alone")


def cable_comes_and_goes(s):
    s.pull()
    s.says("no-carrier 0.0.0.0/0 0.0.0.0", "the cable is pulled")
    s.server.ask(set={"how": "answer"})
    s.plug()
    said = [s.role.next(15, "the cable is back")]
    if said[0].startswith("asking"):
        said.append(s.role.next(15, "the address is back"))
    s.check(said[-1] == "up 10.77.0.40/24 10.77.0.1", "the cable is back, and the address with it")
    time.sleep(1)
    seen = s.server.ask(set={"how": "nak"})
    s.check("discover to all" not in seen and "request to all" in seen, "it asked for the address it had")
    s.check(s.routes() == ["10.77.0.1"], "the route is back, too")


def servers_word_is_taken(s):
    s.says("asking 0.0.0.0/0 0.0.0.0", "the server refuses to renew")
    s.check(s.addresses() == [] and s.routes() == [], "the address is gone at once")
    s.server.ask(set={"how": "answer", "host": 41})
    s.says("up 10.77.0.41/24 10.77.0.1", "it gives another one", timeout_s=30)


def lease_ends(s):
    s.server.ask(set={"how": "silent"})
    s.says("asking 0.0.0.0/0 0.0.0.0", "without a server the lease ends", timeout_s=45)
    s.check(s.addresses() == [], "and the address with it")
    seen = s.server.ask(set={"how": "answer", "host": 42})
    s.check("request to all" in seen, "before, every server was asked")
    s.says("up 10.77.0.42/24 10.77.0.1", "the server is back", timeout_s=30)


def an_address_that_is_taken(s):
    s.server.ask(set={"how": "nak"})
    s.says("asking 0.0.0.0/0 0.0.0.0", "the server takes the address back")
    s.server.ask(set={"how": "answer", "host": 43, "claimed": [43]})
    s.says("up 10.77.0.44/24 10.77.0.1", "it gives one that somebody else has, and another after it", timeout_s=40)
    seen = s.server.ask(set={"claimed": []})
    s.check(seen.count("decline to all") == 1, "the first was declined")


def nothing_else_was_sent(s, seen):
    kinds = ("discover", "request", "decline")
    strange = sorted(set(seen) - {"arp"} - {f"{a} to {b}" for a in kinds for b in ("all", "me")})
    s.check(not strange, f"nothing but DHCP and ARP left the box {strange or ''}")


def static_address(s):
    s.pull()
    s.start(1, "10.77.0.50", 24, SERVER)
    s.says("READY", "static: confined")
    s.says("no-carrier 0.0.0.0/0 0.0.0.0", "static: no cable")
    s.plug()
    said = [s.role.next(10, "static")]
    if said[0].startswith("asking"):
        said.append(s.role.next(10, "static"))
    s.check(said[-1] == "up 10.77.0.50/24 10.77.0.1", "static: address and route are set")
    proc.wait_until(lambda: s.addresses() == ["10.77.0.50"], 5, "the old address goes")
    s.check(s.routes() == ["10.77.0.1"], "what the process before left is gone")


def nobody_else_is_heard(s, box):
    routes, addresses = s.routes(), s.addresses()
    proc.wait_until(lambda: s.server.ask(set={}) == [], 10, "an end to ARP", every_s=2)
    # From an address that ARP finds, so that answers could be sent.
    hostile = frames.hostile(s.box_mac(), box, bytes.fromhex("020000000666"), SERVER)
    seen = s.server.ask(send=[frame.hex() for frame in hostile])
    time.sleep(2)
    seen += s.server.ask(set={})
    s.check(set(seen) <= {"arp"}, f"a neighbour who pings, scans and redirects hears nothing {set(seen) - {'arp'} or ''}")
    s.check((s.routes(), s.addresses()) == (routes, addresses), "and changes nothing")
    # All but the SYN ACK, the ACK, the FIN ACK and the one with all flags, which TCP answers with a reset: that is dropped.
    dropped = 0
    while dropped < len(hostile):
        dropped = int(s.role.next(30, f"a count of {len(hostile)} dropped packets, not {dropped}", wanted="dropped"))
    s.check(True, f"{dropped} packets were dropped and counted")


def settings_are_strict(s):
    wanted = {"accept_redirects": 0, "secure_redirects": 0, "send_redirects": 0, "accept_source_route": 0, "rp_filter": 1,
              "log_martians": 0, "arp_ignore": 1, "arp_announce": 2, "arp_notify": 1, "drop_unicast_in_l2_multicast": 1}
    said = proc.run(["ip", "netns", "exec", s.names["box"], "sysctl", "-n", *(f"net.ipv4.conf.usb0.{k}" for k in wanted)],
                    "read the card's settings").stdout.decode().split()
    s.check([int(value) for value in said] == list(wanted.values()), "the card believes and answers no more than it must")


def end_role(s):
    s.role.end()
    proc.wait_until(lambda: "exit 0" in s.role.lines, 10, "its end")


def static_ipv6(s):
    address, router = (socket.inet_pton(socket.AF_INET6, text) for text in ("2001:db8::50", "fe80::1"))
    s.start(1, "10.77.0.50", 24, SERVER, ipv6=(1, address, 64, router))
    s.says("READY", "IPv6: confined")
    said = s.role.next(30, "IPv6: an address", wanted="ipv6")
    s.check(said == "2001:db8::50", f"IPv6: the static address is there and may be used: {said}")
    six = json.loads(s.ip("box", "-json", "-6", "address", "show", "dev", "usb0"))
    s.check([a["local"] for link in six for a in link.get("addr_info", [])] == ["2001:db8::50"],
            "IPv6: it is the only one: none is made from the hardware address")
    routes = [r.get("gateway") for r in json.loads(s.ip("box", "-json", "-6", "route", "show", "default"))]
    s.check(routes == ["fe80::1"], "IPv6: the route is there")
    end_role(s)
    s.start(1, "10.77.0.50", 24, SERVER)
    s.says("READY", "without IPv6: confined")
    proc.wait_until(lambda: s.ip("box", "-6", "address", "show", "dev", "usb0") == "", 10, "IPv6 is off again")
    s.check(True, "without IPv6: a site file that doesn't want it has none")
    end_role(s)


def addresses6(s, card):
    return [a["local"] for link in json.loads(s.ip("box", "-json", "-6", "address", "show", "dev", card))
            for a in link.get("addr_info", [])]


def ipv6_alone(s):
    """And over two cards: the address is the chosen one's."""
    s.ip("box", "link", "add", "usb1", "type", "veth", "peer", "name", "far1", "netns", s.names["lan"])
    s.ip("lan", "link", "set", "far1", "up")
    s.ip("box", "-4", "address", "flush", "dev", "usb0")  # of the box before, which had another site file
    s.pull()
    s.start(2, ipv6=(1, socket.inet_pton(socket.AF_INET6, "2001:db8::50"), 64, socket.inet_pton(socket.AF_INET6, "fe80::1")))
    s.says("READY", "IPv6 alone: confined")
    for what, card, other in (("the second card", "usb1", "usb0"), ("the first again", "usb0", "usb1")):
        if card == "usb0":
            s.ip("lan", "link", "set", "far1", "down")
            s.plug()
        proc.wait_until(lambda card=card, other=other: (addresses6(s, card), addresses6(s, other)) == (["2001:db8::50"], []), 15,
                        f"{what} has the address")
        s.check(True, f"IPv6 alone: {what} has the address, and the other lost it")
        proc.wait_until(lambda: "up 0.0.0.0/0 0.0.0.0" in s.role.lines, 15, "it is up")
        s.role.lines.clear()
        routes = [r.get("dev") for r in json.loads(s.ip("box", "-json", "-6", "route", "show", "default"))]
        s.check(routes == [card], f"IPv6 alone: so does the route: {routes}")
    s.check(s.addresses() == [], "IPv6 alone: there is no IPv4 address")
    end_role(s)
    s.ip("box", "link", "delete", "usb1")


def random_mac(s):
    old = s.box_mac()
    s.ip("box", "link", "set", "usb0", "down")
    s.start(1, "10.77.0.50", 24, SERVER, random_mac=1)
    s.says("READY", "random: confined")
    mac = bytes.fromhex(s.role.next(15, "random: a hardware address", wanted="mac").replace(":", ""))
    s.check(mac != old and mac[0] & 3 == 2 and mac == s.box_mac(), "random: a hardware address of its own")
    end_role(s)
    s.start(1, "10.77.0.50", 24, SERVER, random_mac=1)
    s.says("READY", "random: again")
    again = s.role.next(15, "random: a hardware address", wanted="mac").replace(":", "")
    s.check(bytes.fromhex(again) == mac, "random: a net process that starts anew keeps it")
    end_role(s)


def real_server(s):
    """udhcpd looks by ARP itself before it offers, and remembers whom it gave what."""
    s.server.kill()
    with tempfile.TemporaryDirectory(prefix="courier-udhcpd-") as folder:
        conf = Path(folder) / "conf"
        conf.write_text(f"interface lan0\nstart 10.77.0.100\nend 10.77.0.110\nmax_leases 11\nlease_file {folder}/leases\n"
                        f"pidfile {folder}/pid\noption subnet 255.255.255.0\noption router {SERVER}\noption lease 60\n")
        (Path(folder) / "leases").touch()
        s.server = Talker(["ip", "netns", "exec", s.names["lan"], "busybox", "udhcpd", "-f", "-S", str(conf)])
        proc.wait_until(s.cable_is_in, 15, "the cable is in")
        s.start(0)
        s.says("READY", "udhcpd: confined")
        s.says("asking 0.0.0.0/0 0.0.0.0", "udhcpd: a cable")
        first = s.role.next(30, "udhcpd")
        s.check(re.fullmatch(r"up 10\.77\.0\.1[01]\d/24 10\.77\.0\.1", first), f"udhcpd gives an address: {first}")
        s.pull()
        s.says("no-carrier 0.0.0.0/0 0.0.0.0", "udhcpd: the cable is pulled")
        s.plug()
        said = [s.role.next(30, "udhcpd, again")]
        if said[0].startswith("asking"):
            said.append(s.role.next(30, "udhcpd, again"))
        s.check(said[-1] == first, "udhcpd: the same again")
        s.role.end()
        s.says("exit 0", "STOP ends it")


def main(binary, log_dir):
    proc.need_root()
    proc.end_on_signals()
    with Stage(binary, log_dir) as s:
        seen = []
        lease_is_got_and_kept(s)
        ask = s.server.ask
        s.server.ask = lambda **asked: (lambda got: (seen.extend(got), got)[1])(ask(**asked))
        cable_comes_and_goes(s)
        servers_word_is_taken(s)
        lease_ends(s)
        an_address_that_is_taken(s)
        time.sleep(3)
        s.server.ask(set={})
        nothing_else_was_sent(s, seen)
        s.role.end()
        s.says("exit 0", "STOP ends it")
        static_address(s)
        settings_are_strict(s)
        nobody_else_is_heard(s, "10.77.0.50")
        s.role.child.stdin.write("with a descriptor")
        s.role.end()
        s.says("exit 1", "a message with a descriptor too many ends it, too")
        static_ipv6(s)
        ipv6_alone(s)
        random_mac(s)
        real_server(s)
        print(f"{s.passed} passed, 0 failed")


if __name__ == "__main__":
    if sys.argv[1] == "--lan":
        lan(sys.argv[2])
    elif sys.argv[1] == "--box":
        box(*sys.argv[2:5])
    else:
        try:
            main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="courier-log-"))
        except Failure as failure:
            print(f"card: {failure}\n0 passed, 1 failed")
            sys.exit(1)
