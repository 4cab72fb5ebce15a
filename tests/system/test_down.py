#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reason for which the box goes down by itself, and what the machine does when its kernel or init can't go on.

Ctrl-Alt-Del and the power button: test_amnesia.py, test_disks.py. The console's key: tests/tor/terminal.py."""

import os
import re
import signal
import socket
import struct
import tempfile
import unittest
from pathlib import Path

import box as box_module
import cpio
import proc
import session
import suite
import test_amnesia
import test_attack

IMAGE = session.BUILD / "courier.img"


def setUpModule():
    global logs, folder
    logs = suite.logs("system-down")
    folder = Path(suite.keep(tempfile.TemporaryDirectory(prefix="courier-down-")))


class NoNetwork:
    """For boxes without a card: what they do here needs nobody else."""

    @staticmethod
    def torrc_lines():
        return ""

    @staticmethod
    def inside(argv):
        return argv


class Alone(session.Session):
    """A box with a site file and without a network, serving nobody."""

    def __init__(self, test, name, settings=(), until=session.DOOR_OPEN, **box_options):
        super().__init__(logs, network=NoNetwork, say=print, name=name, card=None, **box_options)
        self.settings = settings
        test.addCleanup(self.stop)
        self.prepare()
        self.make_desk()
        self.make_site()
        self.make_image()
        self.boot()
        self.box.wait_for(until)

    def make_site(self):
        super().make_site()
        site = self.work / "site"
        text = site.read_text()
        for key, value in self.settings:
            text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.M)
            assert count == 1, key
        site.write_text(text)


class Debugger:
    """QEMU's gdb server, as far as it takes to write into the guest's memory."""

    def __init__(self, box):
        path = box.work / "gdb"
        box.qmp.call("human-monitor-command", **{"command-line": f"gdbserver unix:{path},server=on,wait=off"})
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.stream.settimeout(60)
        self.stream.connect(str(path))
        self.ask("Qqemu.PhyMemMode:1")

    def ask(self, text):
        self.stream.sendall(b"$" + text.encode() + b"#%02x" % (sum(text.encode()) & 0xff))
        said = b""
        while not re.search(rb"\$(OK|E\d\d|)#..", said):  # others say that the guest has stopped
            said += self.stream.recv(4096)
        self.stream.sendall(b"+")
        if b"$OK#" not in said:
            raise proc.Failure(f"QEMU's gdb server answers {said!r} to {text}")

    def write(self, address, data):
        self.ask(f"M{address:x},{len(data):x}:{data.hex()}")

    def leave(self):
        """The guest goes on."""
        self.ask("D")
        self.stream.close()


def hang_init(box):
    """Where PID 1 is about to tell the watchdogs that all is well, it sleeps for ever: the shipped program, changed in
    the memory of the running box."""
    program = (session.BUILD / "courier").read_bytes()
    keep_alive = bytes.fromhex("be05570480")  # mov $WDIOC_KEEPALIVE, %esi
    places = [found.start() for found in re.finditer(re.escape(keep_alive), program)]
    pause = bytes.fromhex("b822000000" "0f05" "ebf7")  # again: mov $SYS_pause, %eax; syscall; jmp again
    with test_amnesia.Dump(box) as dump:
        copies = [copy for place in places for copy in dump.places(program[place:place + 64])]
    if not copies:
        raise proc.Failure("the program is not in the box's memory")
    debugger = Debugger(box)
    for address in copies:
        debugger.write(address, pause)
    debugger.leave()


class TheWatchdog(unittest.TestCase):
    """They wait for a minute each, so side by side."""

    def test_a_hung_init_and_a_hung_role(self):
        hard = Alone(self, "watchdog-hardware", devices=["i6300esb"])
        soft = Alone(self, "watchdog-kernel", arguments=["-machine", "pc"])
        self.assertRegex(hard.box.serial(), rb"init: watchdogs are started \[count kind: 3 2\]")
        self.assertRegex(soft.box.serial(), rb"init: watchdogs are started \[count kind: 1 1\]")
        for stage in (hard, soft):
            hang_init(stage.box)
        bench = Bench(self, hard)
        bench.stop("keeper")
        for stage in (hard, soft):
            proc.wait_until(lambda: not stage.box.child.running(), 300, "the watchdog resets the machine")
            self.assertEqual(stage.box.qmp.shutdown_reason(), "guest-reset")
            self.assertNotIn(b"going down", stage.box.serial())
        for stage, by_machine in ((hard, True), (soft, False)):
            self.assertEqual("WATCHDOG" in [event["event"] for event in stage.box.qmp.events], by_machine)
        bench.wait_for(rb"init: a process does not answer and is killed")
        bench.wait_for(rb"(?s)does not answer.*keeper: sandbox complete")


class Bench:
    """`courier workbench` with a site file, and its processes."""

    def __init__(self, test, stage):
        self.log = logs / "workbench.log"
        self.child = proc.Child([stage.courier, "workbench", "--listen", "127.0.0.1:0", "--desk-listen", "127.0.0.1:0",
                                 "--site", stage.work / "site"], self.log, "the workbench")
        test.addCleanup(self.child.stop)
        self.wait_for(rb"desk door: ")

    def wait_for(self, pattern):
        proc.wait_until(lambda: re.search(pattern, self.log.read_bytes()), 300, f"the workbench says {pattern!r} ({self.log})",
                        also_check=self.child.check)

    def stop(self, role):
        """It hangs."""
        children = Path(f"/proc/{self.child.process.pid}/task/{self.child.process.pid}/children").read_text().split()
        found = [int(pid) for pid in children if f"\0@{role}\0" in Path(f"/proc/{pid}/cmdline").read_text()]
        assert len(found) == 1, found
        os.kill(found[0], signal.SIGSTOP)


class Flawed(Alone, test_attack.AttackedSession):
    """Its program's X25519 is asked something else than what it knows the answer to, by one bit."""

    def program(self):
        program = bytearray((session.BUILD / "courier").read_bytes())
        point = bytes.fromhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")  # RFC 7748, 5.2
        assert program.count(point) == 1
        program[program.find(point)] ^= 1
        return bytes(program)


class TheSelfTest(unittest.TestCase):
    def test_failed(self):
        """Nothing is opened, the screen says why, and the operator needn't wait for the end."""
        stage = Flawed(self, "self-test", until=rb"^courier: the self-test failed, nothing is opened: X25519\r?$")
        stage.box.power_button()
        stage.box.wait_end()
        said = stage.box.serial()
        self.assertNotIn(b"unlock:", said)
        self.assertNotIn(b"door open", said)


class TheStick(unittest.TestCase):
    def test_armed(self):
        stage = Alone(self, "stick-armed", settings=[("pulled-stick", "yes")], disk="usb")
        stage.box.pull_stick()
        stage.box.wait_end()
        self.assertRegex(stage.box.serial(), rb"courier: going down: the boot stick was pulled\r?\n")

    def test_not_armed(self):
        """The operator may take it out and lock it away."""
        stage = Alone(self, "stick-free", disk="usb")
        stage.box.pull_stick()
        proc.wait_until(lambda: any(event["event"] == "DEVICE_DELETED" and event["data"].get("device") == "stick-disk0"
                                    for event in stage.box.qmp.poll()), 30, "the stick is out", also_check=stage.box.check)
        stage.box.power_button()
        stage.box.wait_end()
        self.assertRegex(stage.box.serial(), rb"courier: going down: somebody asked for it\r?\n")


class TheDeadMan(unittest.TestCase):
    def test_an_hour_without_a_desk(self):
        """The least that a site file can say. QEMU counts the machine's time by its instructions and leaves out what it would
        sleep: the image that ships lives through its hour in seconds."""
        stage = Alone(self, "dead-man", settings=[("dead-man", "1")], memory_mb=192, emulated=True,
                      arguments=["-icount", "shift=0,sleep=off"])
        stage.box.wait_for(rb"itself in 1 hour unless a desk comes")
        stage.box.wait_end(timeout_s=600)
        said = stage.box.serial()
        self.assertRegex(said, rb"courier: going down: no desk came for as long as the site file allows\r?\ncourier: wiped\r?\n")
        self.assertNotRegex(said, session.TROUBLE)


def program_that_ends():
    """An ELF program of one page whose only act is exit(1)."""
    code = bytes.fromhex("bf01000000" "b83c000000" "0f05")
    base, head = 0x400000, 64 + 56
    size = head + len(code)
    elf = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, base + head, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return elf + struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000) + code


class Panic(unittest.TestCase):
    """The shipped kernel, whose first process ends: a panic."""

    def test_resets_at_once_and_wipes_nothing(self):
        kernel, initrd = folder / "vmlinuz", folder / "panic.cpio"
        box_module.take_from_image(IMAGE, "VMLINUZ", kernel)
        canary = b"canary-of-the-panic-" + session.NAME.encode()
        initrd.write_bytes(cpio.archive({"init": program_that_ends(), "canary": canary[::-1] * 200}))
        with box_module.Box(kernel=kernel, initrd=initrd, log_dir=logs, name="panic", card=None, say=print, stays=True,
                            memory_mb=128, first_process=rb"Kernel panic") as machine:
            machine.wait_for(rb"Kernel panic - not syncing: Attempted to kill init!")
            proc.wait_until(lambda: machine.qmp.call("query-status")["status"] == "shutdown", 60, "the machine resets")
            self.assertEqual(machine.qmp.last_shutdown(), "guest-reset")
            self.assertNotRegex(machine.serial(), rb"Rebooting in")
            # docs/THREAT-MODEL.md says so: after a panic the memory is as it was.
            dump = folder / "panic-memory"
            machine.dump_memory(dump)
            self.assertIn(canary[::-1], dump.read_bytes())


if __name__ == "__main__":
    suite.main(__name__)
