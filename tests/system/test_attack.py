#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile code inside every role's real sandbox, in the booted box, which then goes on and serves an exchange.

The box boots the shipped kernel and file system with one file changed: /init is the shipped objects linked once more with
tests/attack. The table of what each role tried and what came of it is kept: build/artefacts/attack.txt."""

import contextlib
import re
import unittest

import box as box_module
import cpio
import proc
import session
import source
import suite
from run import Play
from transcript import Transcript

ROLES = ("unlock", "net", "tor", "torctl", "door", "keeper", "console", "visit", "collect")
WORKERS = ("visit", "collect")
PROBE = session.BUILD / "tests" / "courier-attack"

# What a role may do all the same, with the code that needs it. Everything else has to be killed or refused.
ALLOWED = {
    "tor": {
        "inet": "reaches relays",
        "unix-source-door": "hands on what sources send",
        "stat /": "looks whether directories are there: its root is empty but for its own and the door's",
        "stat /door/source": "the same",
        "stat ..": "the same",
    },
}
# What a process may do that has no filter and nothing else. None of it reaches out of its sandbox.
BARE = {
    "stat /": "its root, which is empty and read-only",
    "stat ..": "the same",
    "ptracer-any": "takes effect on nobody: yama lets nobody trace, and Landlock none outside",
    "dumpable": "the same",
    "pidfd-init": "a name for a process and no more: signals and descriptors are refused",
    "pidfd-parent": "the same",
    "limits-of-parent": "its own uid's limits, to be read",
    "inet": "a socket in a network without a card or an address",
    "inet-datagram": "the same",
    "netlink": "sees that network, and may change nothing",
    "socketpair": "speaks with itself",
    "unix-abstract": "a name in a network of its own kind; Landlock lets nobody outside it be reached (unix-abstract-connect)",
    "linger": "on its own channels, at whose end init doesn't wait",
    "memfd": "its own memory, counted",
    "map-shared": "the same",
    "secret-memory": "the same",
    "map-executable": "this is what the filter is for",
    "make-executable": "the same",
    "fixed-layout": "of a program that it can't start",
}
BARE_OF = {
    "keeper": {
        "stat /store/data": "its own",
    },
    "net": {
        "inet-send 10.0.2.3": "it is in the card's network",
    },
    "tor": ALLOWED["tor"] | {
        "inet-send 10.0.2.3": "it is in the card's network",
        "inet-connect 127.0.0.1": "Landlock leaves it TCP, for relays; nobody listens there",
        "inet-connect 10.0.2.2": "the same",
        "fork": "as many as it may have threads: 16",
        "clone-memory": "the same",
    },
}
KILLED = "killed"
REFUSED = r"^(killed|errno-(?!249$|250$)\d+|crashed-11|no-memory)$"
# Kernels let uretprobe pass every filter, because they put it into programs themselves; ours has no probes (ENOSYS).
PASSES_FILTERS = {335: "errno-38"}


def call_numbers():
    """{name: number} of x86-64, from the headers that the policies were compiled with."""
    said = proc.run([session.TOP / "build.sh", "in-builder", "gcc", "-E", "-dM", "-include", "asm/unistd_64.h", "-xc", "/dev/null"],
                    "the numbers of the system calls").stdout.decode()
    return {name: int(number) for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", said, re.M)}


def policy(role):
    """{call: "yes", "maybe" (it has conditions), "error" (it fails and kills nobody)}"""
    rules = {}
    for line in (session.TOP / "seccomp" / f"{role}.policy").read_text().splitlines():
        found = re.match(r"([a-z0-9_]+)( [^:]*?)?(-> [A-Z]+)? : ", line)
        if not found:
            continue
        call, conditions, error = found.groups()
        kind = "maybe" if (conditions or "").strip() or call in rules else "error" if error else "yes"
        rules[call] = kind
    return rules


def room_for_visits():
    """(most workers at once, most processes in their cgroup), of appliance/confine/table.c."""
    table = (session.TOP / "appliance/confine/table.c").read_text()
    limits = (session.TOP / "appliance/limits.h").read_text()
    spare, = re.findall(r"^\t\[ROLE_VISIT\] = \{[^}]*?\.pids = LIMIT_VISIT_SLOTS \+ (\d+),", table, re.M)
    slots, = re.findall(r"^\tLIMIT_VISIT_SLOTS = (\d+),", limits, re.M)
    return int(slots), int(slots) + int(spare)


class AttackedSession(session.Session):
    """Boots another program in place of the binary: the probe."""

    def program(self):
        return PROBE.read_bytes()

    def make_image(self):
        parts = {name: self.work / name for name in ("VMLINUZ", "INITRD.ZST")}
        for name, path in parts.items():
            box_module.take_from_image(self.image, name, path)
        site = proc.run([session.TOP / "image" / "site-cpio", self.work / "site"], "the site file's archive").stdout
        self.kernel, self.initrd = parts["VMLINUZ"], self.work / "initrd"
        # The kernel unpacks one archive after the other; a later file replaces an earlier one of that name.
        shipped = parts["INITRD.ZST"].read_bytes()
        self.initrd.write_bytes(shipped + bytes(-len(shipped) % 4) + cpio.archive({"init": self.program()}) + site)

    def boot(self):
        self.box = box_module.Box(kernel=self.kernel, initrd=self.initrd, log_dir=self.log_dir, network=self.network,
                                  say=self.say, first_process=session.FIRST_LINE, **self.box_options)
        self.stack.enter_context(self.box)


def read_table(text):
    """{role: {what: outcome}}, of the sandbox as it is, and without its filter"""
    table, bare = {}, {}
    for role, what, came, without in re.findall(r"^attack: (\w+) (begin|end|\S.*?)(?: = (\S+)(?: (\S+))?)?\r?$", text, re.M):
        table.setdefault(role, {})[what] = came
        if without:
            bare.setdefault(role, {})[what] = without
    return table, bare


def attack_worker(stream):
    """A worker that tries everything: its answer."""
    stream.sendall(b"ATTACK table\n")
    said = b""
    while part := stream.recv(65536):
        said += part
    return said.decode()


def setUpModule():
    global stage, play, table, bare
    logs = suite.logs("system-attack")
    stage = suite.keep(AttackedSession(logs, say=print, memory_mb=512))
    said = stage.box.serial().decode("utf-8", "replace")
    browser = stage.source()
    with browser.stream() as stream:
        said += attack_worker(stream)
    with contextlib.closing(stage.desk_client.connect_socks()) as stream:
        source.socks_open(stream, stage.desk_address, 80, source.new_circuit())
        said += attack_worker(stream)
    table, bare = read_table(said)
    (logs / "table.txt").write_text(said)
    play = Play(stage, suite.keep(contextlib.closing(Transcript(logs / "transcript.txt"))))


def columns(outcomes):
    """One line an attempt, one column a role."""
    attempts = [what for what in outcomes.get("door", {}) if not what.startswith("call") and what not in ("begin", "end")]
    width = max(map(len, attempts), default=0)
    return ["".join([" " * width, *(f"{role:>11}" for role in ROLES)])] + [
        "".join([f"{what:{width}}", *(f"{outcomes.get(role, {}).get(what, '-'):>11}" for role in ROLES)]) for what in attempts]


def tearDownModule():
    lines = ["In the sandbox:", *columns(table)]
    for role in ROLES:
        calls = next((f"{what} {came}" for what, came in table.get(role, {}).items() if what == "calls-from-0"), "-")
        lines.append(f"{role}: {calls}")
    lines += ["", "In the same sandbox without its seccomp filter:", *columns(bare)]
    path = session.BUILD / "artefacts" / "attack.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    print(path.read_text())


class EveryRole(unittest.TestCase):
    def each(self):
        for role in ROLES:
            with self.subTest(role):
                self.assertTrue("end" in table.get(role, {}), f"{role} did not try everything")
                yield role, table[role]

    def test_nothing_gets_through(self):
        for role, attempts in self.each():
            allowed = ALLOWED.get(role, {})
            for what, came in attempts.items():
                if what in ("begin", "end") or what.startswith("call"):
                    continue
                with self.subTest(f"{role}: {what}"):
                    if what in allowed:
                        self.assertEqual(came, "THROUGH")
                    else:
                        self.assertRegex(came, REFUSED)

    def test_without_the_filter_the_rest_holds(self):
        """Ids, capabilities, namespaces, Landlock and limits, each role's, with no help from seccomp."""
        for role, _attempts in self.each():
            allowed = BARE | BARE_OF.get(role, {})
            for what, came in bare[role].items():
                with self.subTest(f"{role}: {what}"):
                    if came == "THROUGH":
                        self.assertIn(what, allowed)
                    else:
                        self.assertRegex(came, REFUSED)

    def test_every_call_is_as_its_policy_says(self):
        numbers = call_numbers()
        for role, attempts in self.each():
            rules = {numbers[call]: kind for call, kind in policy(role).items()}
            self.assertGreater(len(rules), 5)
            for number in range(512):
                came = attempts.get(f"call-{number}", KILLED)
                kind = rules.get(number)
                with self.subTest(f"{role}: {number}"):
                    if kind is None:
                        self.assertEqual(came, PASSES_FILTERS.get(number, KILLED))
                    elif kind == "error":
                        self.assertTrue(came.startswith("errno-"), came)
                    elif kind == "yes":
                        self.assertNotEqual(came, KILLED)

    def test_no_other_entry(self):
        for role, attempts in self.each():
            self.assertEqual(attempts["calls-from-1073741824"], "16-of-16-killed")
            self.assertIn(attempts["32-bit-entry"], (KILLED, "crashed-11"))


class TheBoxGoesOn(unittest.TestCase):
    """The harmless half: the same processes, in the same sandboxes, then do their work. In the order of the names."""

    def test_1_an_exchange(self):
        play.source_writes()
        play.desk_collects()
        play.desk_replies()
        play.source_reads_and_deletes()

    def test_2_nobody_died(self):
        stage.check_untroubled()

    def test_3_a_worker_that_takes_all_there_is_hurts_nobody(self):
        """Its cgroup alone holds it: processes, memory, and the processor."""
        browser = stage.source()
        with browser.stream() as stream:
            stream.sendall(b"ATTACK bomb\n")
            line = stream.makefile("rb").readline()
            count = int(re.fullmatch(rb"bomb (\d+)\n", line).group(1))
            # It counts its children, and itself and other workers take places, too.
            slots, places = room_for_visits()
            self.assertGreaterEqual(count, places - slots)
            self.assertLess(count, places)
            for path in ("/", "/write", "/safety"):
                self.assertEqual(stage.source().open(path).status, 200)
            stage.desk.sync()
        restarted = re.findall(rb"^courier: restarts \d+", stage.box.serial(), re.M)
        self.assertEqual(restarted, [])
        print(f"{count} processes at once, each taking memory until it ended; three pages and a desk's sync meanwhile")


if __name__ == "__main__":
    suite.main(__name__)
