#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Tor that a desk carries, in the private Tor network: `courier desk sync` without --socks or --direct reaches the
door of a workbench behind an onion service that only lets in authorised clients.

    client.py COURIER [LOG-FOLDER]
"""

import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "system"), str(HERE.parent / "workbench")]

import proc  # noqa: E402
import tornet  # noqa: E402
from proc import Failure  # noqa: E402


def check(true, what):
    if not true:
        raise Failure(what)


class Stage:
    """A workbench whose desk's door is an onion service, and a desk that knows its address."""

    def __init__(self, courier, network, folder, logs):
        os.environ["COURIER_BINARY"] = str(courier)
        from bench import Bench, Site  # reads the name of the binary  # pylint: disable=import-outside-toplevel
        self.network, self.courier, self.folder = network, courier, folder
        self.site = Site(None)
        self.bench = Bench(self.site, unix=True)
        self.bench.__enter__()
        self.desk = folder / "a desk #1"  # a path that a torrc would take for something else
        shutil.copytree(self.site.desk, self.desk)
        self.box = self.desk / "boxes" / "box"
        (self.box / "address").unlink()  # the site file's: nobody serves it here
        client = re.search(r"^client\S* = (\S+)$", (self.box / "for-the-operator.txt").read_text(), re.M)
        onion = folder / "onion"
        (onion / "service" / "authorized_clients").mkdir(parents=True)
        for path in (onion, onion / "service", onion / "service" / "authorized_clients"):
            path.chmod(0o700)
        (onion / "service" / "authorized_clients" / "desk.auth").write_text(client.group(1) + "\n")
        (onion / "torrc").write_text(
            f"{network.torrc_lines()}DataDirectory {onion}/data\nSocksPort 0\nHiddenServiceDir {onion}/service\n"
            f"HiddenServicePort 80 unix:{self.bench.ports[1]}\n")
        self.tor = proc.Child(network.inside(["tor", "-f", onion / "torrc"]), logs / "client-onion.log", "the onion's tor")
        host = onion / "service" / "hostname"
        proc.wait_until(host.exists, 60, "tor makes an address", also_check=self.tor.check)
        self.run("add", "--address", host.read_text().strip(), plain=True)

    def argv(self, verb, *arguments):
        return self.network.inside([self.courier, "desk", verb, self.desk, *arguments])

    def run(self, verb, *arguments, plain=False, accept=(0,)):
        argv = [self.courier, "desk", verb, self.desk, *arguments] if plain else self.argv(verb, *arguments)
        return proc.run(argv, f"courier desk {verb}", timeout_s=300, accept=accept)

    def end(self):
        self.tor.stop()
        self.bench.__exit__()
        self.site.remove()


def tors_of(desk):
    """Processes of a desk's own Tor."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[1:2] == [b"@tor-client"] and words[2].startswith(str(desk).encode()):
                found.append(int(entry.name))
    return found


def a_wrong_torrc(stage):
    """A file torrc that isn't one is refused by its line."""
    (stage.desk / "torrc").write_text(stage.network.torrc_lines() + "ControlPort 9051\n")
    done = stage.run("sync", accept=(1,))
    line = len(stage.network.torrc_lines().splitlines()) + 1
    check(f"Line {line} of the desk's file torrc is refused".encode() in done.stderr, done.stderr)
    check(not tors_of(stage.desk), "a Tor runs")
    (stage.desk / "torrc").write_text(stage.network.torrc_lines())


def syncs(stage):
    """Its first start, and the way to a service that must know its key."""
    for _ in range(20):  # the service's descriptor may not be there yet
        done = stage.run("sync", accept=(0, 1))
        if done.returncode == 0:
            break
        print(done.stderr.decode().strip())
        time.sleep(3)
    check(done.returncode == 0 and b"0 new files" in done.stdout, repr(done))
    check(not tors_of(stage.desk), "Tor did not end with the command")
    state = stage.desk / "tor-state"
    for path in [state, *state.rglob("*")]:
        check(path.stat().st_mode & 0o077 == 0, f"{path} is for others, too")


def guards_stay(stage):
    """Another command, the same guard."""
    state = stage.desk / "tor-state" / "data" / "state"
    before = re.findall(r"^Guard .*rsa_id=(\w+)", state.read_text(), re.M)
    check(before, "Tor kept no guard")
    stage.run("sync")
    check(re.findall(r"^Guard .*rsa_id=(\w+)", state.read_text(), re.M) == before, "other guards")


def the_inbox_syncs(stage):
    """An exchange that the inbox in the browser starts: under Landlock, with no more than the desk's folder."""
    log = stage.folder / "inbox.log"
    inbox = proc.Child(stage.argv("serve"), log, "courier desk serve")
    link = proc.wait_until(lambda: re.search(r"(http://\S+)/enter\S+", log.read_text()), 20, "the inbox's link",
                           also_check=inbox.check)
    jar = stage.folder / "cookies"

    def curl(*arguments):
        return proc.run(stage.network.inside(["curl", "-sS", "--fail", "-b", jar, "-c", jar, *arguments]), "curl").stdout.decode()
    curl(link.group(0))
    token = re.search(r'name="csrf" value="([^"]+)"', curl(link.group(1) + "/sync")).group(1)
    curl("--data", f"csrf={token}", link.group(1) + "/sync")
    page = proc.wait_until(lambda: (p := curl(link.group(1) + "/sync")) and "is on its way" not in p and p, 120, "the exchange's end")
    check("The last exchange is done" in page, page)
    inbox.stop()


def a_killed_desk_takes_its_tor_along(stage):
    command = proc.Child(stage.argv("sync"), stage.folder / "killed.log", "a sync to be killed")
    pids = []

    def runs():
        pids[:] = tors_of(stage.desk)
        return pids
    proc.wait_until(runs, 30, "its Tor runs", every_s=0.02)
    parent = int(Path(f"/proc/{pids[0]}/stat").read_text().rsplit(")", 1)[1].split()[1])
    check(parent != 1, "its Tor is nobody's")
    os.kill(parent, signal.SIGKILL)
    proc.wait_until(lambda: not tors_of(stage.desk), 30, "its Tor ends")
    command.stop()
    stage.run("sync")


def without_its_key(stage):
    """The key is what lets it in."""
    key = stage.box / "tor" / "courier.auth_private"
    text = key.read_text()
    key.unlink()
    for path in (stage.desk / "tor-state" / "auth").iterdir():
        path.unlink()
    done = stage.run("sync", accept=(1,))
    check(b"Tor has no key for this box" in done.stderr, done.stderr)
    key.write_text(text)
    key.chmod(0o600)
    stage.run("sync")


TESTS = [a_wrong_torrc, syncs, guards_stay, the_inbox_syncs, a_killed_desk_takes_its_tor_along, without_its_key]


def main():
    courier = Path(sys.argv[1]).resolve()
    logs = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()).resolve()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder, tornet.Network(logs / "client-net") as network:
        stage = Stage(courier, network, Path(folder), logs)
        try:
            for test in TESTS:
                try:
                    test(stage)
                    passed += 1
                    print(f"{test.__name__.replace('_', ' ')}: ok", flush=True)
                except Exception as error:  # a broken test is a failed one
                    failed += 1
                    print(f"FAILED: {test.__name__}: {error!r}", flush=True)
                    log = stage.desk / "tor-state" / "log"
                    print(log.read_text()[-2000:] if log.exists() else "no log of Tor")
        finally:
            stage.end()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
