#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real @tor and @torctl processes against the private Tor network, outside QEMU, and plays init and the door:

    embed.py COURIER [LOG-FOLDER]

Each process finds the descriptors, the file tree and the confinement that it finds in the box, with seccomp and
Landlock loaded by itself. What is checked stands in the list at the end of main(). The result is a line a check."""

import ctypes
import json
import os
import re
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b32encode
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

import proc  # noqa: E402
from proc import Failure  # noqa: E402
from role import FD_A, FD_PART, FD_UP, NUMBER, Role, options_text, part_fd, receive, send  # noqa: E402

TOR_ID = 47002
TORCTL_ID = 47003
TAIL_BYTES = 8 << 20
# A seed, no bridges, no guards: what a new site file gives torctl.
TORCTL_PART = struct.pack("<HI", NUMBER["PART_TORCTL"], 32) + bytes(range(32)) + struct.pack("<BI", 0, 0)


# ---- the inside: runs in the network namespace as root, with its own mounts

def call(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), what)


def private_tree(base):
    """The box's tree as @tor sees it: /tor, its own; /door, the door's; nothing else but what exec needs."""
    libc = ctypes.CDLL(None, use_errno=True)
    call(libc.unshare(0x00020000), "unshare mounts")
    call(libc.mount(b"none", b"/", None, 0x44000, None), "make mounts private")
    root = base / "root"
    for name in ("tor", "door", "bin"):
        (root / name).mkdir(parents=True)
    call(libc.mount(b"tmpfs", str(root / "tor").encode(), b"tmpfs", 14,
                    f"mode=0700,uid={TOR_ID},gid={TOR_ID},size=64m".encode()), "mount /tor")
    return root


class Door:
    """Answers every connection on a unix socket, and remembers the PROXY lines."""

    def __init__(self, path, name):
        self.circuits = []
        self.held = {}
        self.name = name
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        os.chmod(path, 0o666)
        self.listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines:
            proxy = lines.readline(108)
            match = re.fullmatch(rb"PROXY TCP6 fc00:dead:beef:4dad::([0-9a-f]+):([0-9a-f]+) ::1 \d+ \d+\r\n", proxy)
            circuit = (int(match[1], 16) << 16 | int(match[2], 16)) if match else None
            self.circuits.append(circuit)
            path = lines.readline(1024).split(b" ")[1:2]
            length = 0
            while (line := lines.readline(1024)) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            while length > 0 and (part := lines.read1(min(length, 1 << 18))):  # a body is taken, and nothing of it kept
                length -= len(part)
            if path == [b"/hold"]:
                self.held[circuit] = True
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1234")
                connection.recv(1)
                self.held[circuit] = False
                return
            body = b"\0" * TAIL_BYTES if path == [b"/large"] else f"{self.name} {circuit}\n".encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)


def start(root, part, log, torctl_part=TORCTL_PART, between=lambda control: control):
    """Both roles, ready: (Tor, init's end of its channel, torctl, init's end of its). between: what torctl gets in place
    of Tor's control connection."""
    tor_up, tor_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ctl_up, ctl_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    tor_directory = os.open(root / "tor", os.O_RDONLY | os.O_DIRECTORY)
    tor = Role("tor", TOR_ID, {FD_UP: tor_end.fileno(), FD_PART: part_fd(part), FD_A: tor_directory},
               options_text(part), log.fileno(), root=root)
    ctl = Role("torctl", TORCTL_ID, {FD_UP: ctl_end.fileno(), FD_PART: part_fd(torctl_part)}, options_text(torctl_part),
               log.fileno(), root=root)
    os.close(tor_directory)
    tor_end.close()
    ctl_end.close()
    name, _, fds = receive(tor_up, 20)
    if name != "TOR_CONTROL" or len(fds) != 1:
        raise Failure(f"@tor said {name} first")
    if receive(tor_up, 20)[0] != "READY" or receive(ctl_up, 20)[0] != "READY":
        raise Failure("not READY")
    control = between(fds[0])
    send(ctl_up, "TORCTL_START", fds=[control])
    os.close(control)
    return tor, tor_up, ctl, ctl_up


def inside(binary, base, part):
    """Talks JSON lines with the outside on stdin and stdout."""
    def say(**what):
        print(json.dumps(what), flush=True)

    root = private_tree(base)
    shutil.copy(binary, root / "bin" / "courier")
    doors = {name: Door(root / "door" / name, name) for name in ("source", "desk")}
    log = open(base / "roles.log", "ab")
    began = time.monotonic()
    tor, tor_up, ctl, ctl_up = start(root, part, log)
    say(event="ready", after_s=round(time.monotonic() - began, 2), pids=[tor.pid, ctl.pid])

    def statuses():
        try:
            while True:
                message, fields, _ = receive(ctl_up, None)
                if message == "GUARD_STATUS":
                    continue  # guards.py looks at these
                bootstrap, published, skew = struct.unpack("<BBi", fields)
                say(event="status", bootstrap=bootstrap, published=published, skew=skew,
                    after_s=round(time.monotonic() - began, 2))
        except (Failure, OSError):
            say(event="torctl-ended")

    threading.Thread(target=statuses, daemon=True).start()
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "names":
            say(event="names", **{n: (root / "tor" / n / "hostname").read_text().strip() for n in doors})
        elif asked["do"] == "circuits":
            say(event="circuits", **{n: d.circuits for n, d in doors.items()}, held=list(doors["source"].held.items()))
        elif asked["do"] == "close":
            send(ctl_up, "CIRCUIT_CLOSE", struct.pack("<I", asked["circuit"]))
        elif asked["do"] == "stop":
            memory = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{tor.pid}/status").read_text())[1]
            files = sorted(str(p.relative_to(root)) for p in (root / "tor").rglob("*"))
            for role in (tor, ctl) * 3:
                role.interrupt()  # changes nothing
            os.kill(ctl.pid, signal.SIGKILL)
            ctl.wait(10)
            alone = tor.wait(30)
            for path in (root / "tor").iterdir():  # as init: a new Tor finds nothing
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            tor, tor_up, ctl, ctl_up = start(root, part, log)
            send(tor_up, "STOP")
            tor_status = tor.wait(10)
            ctl_status = ctl.wait(10)
            up, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ctl = Role("torctl", TORCTL_ID, {FD_UP: end.fileno(), FD_PART: part_fd(TORCTL_PART)},
                       options_text(TORCTL_PART), log.fileno(), root=root)
            end.close()
            receive(up, 20)
            send(up, "STOP", fds=[0])
            say(event="stopped", alone=alone, tor=tor_status, torctl=ctl_status, odd=ctl.wait(10), peak_kb=int(memory),
                files=files)
            return
        if tor.poll() is not None and asked["do"] != "stop":
            say(event="tor-died", status=tor.returncode)


# ---- the outside: the private network, clients, and the checks

class Inside:
    def __init__(self, network, binary, base, part):
        (base / "part").write_bytes(part)
        self.child = subprocess.Popen(network.inside([sys.executable, __file__, "--inside", binary, base]),
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.events = []
        self.lock = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            with self.lock:
                self.events.append(json.loads(line))
                self.lock.notify_all()
        with self.lock:
            self.events.append({"event": "ended"})
            self.lock.notify_all()

    def wait(self, accept, timeout_s, what):
        timeout_s *= proc.CROWDED
        deadline = time.monotonic() + timeout_s
        with self.lock:
            while True:
                for event in self.events:
                    if accept(event):
                        self.events.remove(event)
                        return event
                if any(e["event"] in ("ended", "tor-died") for e in self.events) or time.monotonic() > deadline:
                    raise Failure(f"{what}: not within {timeout_s} s; said: {self.events[-5:]}")
                self.lock.wait(1)

    def ask(self, do, reply, **more):
        self.child.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self.child.stdin.flush()
        return self.wait(lambda e: e["event"] == reply, 60, do) if reply else None

    def stop(self):
        self.child.kill()
        self.child.wait()


def x25519_pair():
    private = proc.run(["openssl", "genpkey", "-algorithm", "X25519", "-outform", "DER"], "make a key").stdout
    public = proc.run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"], "its public half",
                      input_bytes=private).stdout
    return (b32encode(key[-32:]).decode().rstrip("=") for key in (private, public))


def onion_key():
    scalar = bytearray(secrets.token_bytes(64))
    scalar[0] &= 248
    scalar[31] = scalar[31] & 63 | 64
    return b"== ed25519v1-secret: type0 ==\0\0\0" + bytes(scalar)


def make_part(client_public, torrc, guards="", second=True):
    """second: torctl has a seed to draw layer-2 guards with."""
    def field(data):
        return struct.pack("<I", len(data)) + data

    return (struct.pack("<H", NUMBER["PART_TOR"]) + onion_key() + onion_key()
            + field(f"descriptor:x25519:{client_public}\n".encode()) + field(torrc.encode()) + field(guards.encode())
            + bytes([second]))


def curl(network, client, url, extra=(), accept=(0,), timeout_s=60):
    argv = ["curl", "--silent", "--show-error", "--max-time", str(timeout_s), "--socks5-hostname",
            f"{client.socks_address[0]}:{client.socks_address[1]}", *extra, url]
    return proc.run(network.inside(argv), f"fetch {url}", timeout_s=timeout_s + 10, accept=accept)


def fetch_soon(network, client, url, timeout_s=60 * proc.CROWDED):
    """A descriptor that was uploaded a moment ago may not be where this client looks first."""
    deadline = time.monotonic() + timeout_s
    while True:
        done = curl(network, client, url, accept=range(256))
        if done.returncode == 0:
            return done.stdout
        if time.monotonic() > deadline:
            raise Failure(f"fetch {url}: {done.stderr.decode()}")
        time.sleep(0.5)


def main(binary, log_dir):
    import tornet
    proc.need_root()
    proc.end_on_signals()
    passed = 0

    def check(good, what):
        nonlocal passed
        if not good:
            raise Failure(f"not ok: {what}")
        passed += 1
        print(f"ok {passed} {what}", flush=True)

    base = Path(tempfile.mkdtemp(prefix="courier-embed-"))
    base.chmod(0o755)
    private, public = x25519_pair()
    with tornet.Network(log_dir, say=print) as network:
        role = Inside(network, binary, base, make_part(public, network.torrc_lines()))
        try:
            ready = role.wait(lambda e: e["event"] == "ready", 30, "both roles are READY")
            check(True, f"@tor and @torctl confine themselves and are ready ({ready['after_s']} s)")
            client = network.client("source")
            done = role.wait(lambda e: e["event"] == "status" and e["published"] == 2, 120, "both descriptors")
            check(done["bootstrap"] == 100, f"torctl says: bootstrapped, both services published ({done['after_s']} s)")
            names = role.ask("names", "names")
            source = f"http://{names['source']}/"
            first = fetch_soon(network, client, source).decode().split()
            seen = role.ask("circuits", "circuits")
            check(first == ["source", str(seen["source"][-1])] and seen["source"][-1] is not None,
                  f"a fetch reaches /door/source with a PROXY line (circuit {first[1]})")
            large = curl(network, client, source + "large", timeout_s=120).stdout
            check(len(large) == TAIL_BYTES, "8 MB come through whole")
            holder = subprocess.Popen(network.inside(
                ["curl", "--silent", "--max-time", "60", "--socks5-hostname",
                 f"other:pass@{client.socks_address[0]}:{client.socks_address[1]}", source + "hold"]),
                stdout=subprocess.DEVNULL)
            held = proc.wait_until(lambda: role.ask("circuits", "circuits")["held"], 60, "a held connection")
            role.ask("close", None, circuit=held[0][0])
            proc.wait_until(lambda: not role.ask("circuits", "circuits")["held"][0][1], 20, "CIRCUIT_CLOSE closes it")
            check(holder.wait(30) != 0, "CIRCUIT_CLOSE with the PROXY line's id cuts that source off")
            check(fetch_soon(network, client, source).startswith(b"source"), "and nobody else")
            desk = f"http://{names['desk']}/"
            check(curl(network, client, desk, accept=range(256), timeout_s=25).returncode != 0,
                  "without client authorisation the desk's door can't be reached")
            known = network.client("desk", onion_auth=[f"{names['desk'][:-6]}:descriptor:x25519:{private}"])
            check(fetch_soon(network, known, desk).startswith(b"desk"), "with it, it can")
            end = role.ask("stop", "stopped")
            check(end["alone"] == 1, "when torctl dies, Tor ends")
            check(end["tor"] == 0, f"STOP ends @tor with status 0 (peak {end['peak_kb'] / 1000:.1f} MB)")
            check(end["torctl"] == 1, "torctl notices that Tor is gone")
            check(end["odd"] == 1, "a message with a descriptor too many ends torctl")
            said = (base / "roles.log").read_text(errors="replace")
            check(names["source"][:16] not in said and "127.0.0" not in said, "no address stands in a log line")
            print(said, end="")
            print("files: " + " ".join(end["files"]))
        finally:
            role.stop()
            if log_dir:
                shutil.copy(base / "roles.log", Path(log_dir) / "roles.log")
            shutil.rmtree(base, ignore_errors=True)
    print(f"{passed} passed, 0 failed")


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        inside(sys.argv[2], Path(sys.argv[3]), (Path(sys.argv[3]) / "part").read_bytes())
        sys.exit(0)
    try:
        main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="courier-log-"))
    except Failure as failure:
        print(f"embed: {failure}\n0 passed, 1 failed")
        sys.exit(1)
