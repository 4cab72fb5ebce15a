# SPDX-License-Identifier: GPL-3.0-or-later
"""The box: build/courier.img in QEMU.

    with Box(image, log_dir, network=network) as box:
        box.wait_for(rb"door open")
        ...
        box.power_button()

Every disk is attached raw and writable, so that its hash can be compared before and after. The box may be told which
bus its boot medium hangs on, which firmware starts it, and how much memory it has. Its serial line is a Unix socket
for whoever wants to type, and everything it says goes to a log.

A QEMU that dies is told apart from a box that dies: see Box.death().
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import struct
import termios
import time
from pathlib import Path

import proc
from proc import Child, Failure

# Measured: under emulation one start in eight died within a second with the CPU model "max"; with the default one
# it was not seen. Whoever still meets it gets one more try and a line that says so.
STARTS = 2
# The default model, plus the generator that every processor since 2012 has and that random.trust_cpu=on counts on.
# Without it the guest's first keys wait until the kernel has gathered entropy from jitter, 0.3 s in the median.
CPU = "qemu64,+rdrand"
OVMF = {
    "uefi": [("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
             ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd")],
    # Secure Boot is on, and knows the key of Debian's ovmf package, which everybody has: SNAKEOIL.
    "secure": [("/usr/share/OVMF/OVMF_CODE_4M.snakeoil.fd", "/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd")],
}
SNAKEOIL = ("/usr/share/ovmf/PkKek-1-snakeoil.key", "/usr/share/ovmf/PkKek-1-snakeoil.pem", "snakeoil")
DISK_DEVICES = {
    "virtio": ["virtio-blk-pci,drive={id}"],
    "ahci": ["ide-hd,drive={id},bus=ahci.{n}"],
    "nvme": ["nvme,drive={id},serial={id}"],
    "usb": ["usb-storage,id=stick-{id},drive={id},bus=xhci.0"],
    "sd": ["sd-card,drive={id}"],
    "scsi": ["scsi-hd,drive={id},bus=hba.0"],
}
CONTROLLERS = {"ahci": "ahci,id=ahci", "usb": "qemu-xhci,id=xhci", "sd": "sdhci-pci", "scsi": "virtio-scsi-pci,id=hba"}


class QemuCrash(Failure):
    """QEMU itself died, or under emulation the guest was reset before its first process: not a word about the box."""


def accelerator():
    """KVM where the processor offers it; /dev/kvm may exist and still not work."""
    flags = set(re.findall(r"\b(vmx|svm)\b", Path("/proc/cpuinfo").read_text()))
    return "kvm" if flags and os.access("/dev/kvm", os.R_OK | os.W_OK) else "tcg"


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def copy_sparse(source, target):
    proc.run(["cp", "--sparse=always", "--reflink=auto", source, target], f"copy {source}")
    os.chmod(target, 0o600)


def take_from_image(image, name, path):
    """A file of the boot partition: VMLINUZ, INITRD.ZST."""
    proc.run(["mcopy", "-i", f"{image}@@1M", f"::/{name}", path], f"take {name} from the image")


class Box:
    def __init__(self, image=None, log_dir=".", network=None, firmware="bios", memory_mb=512, cpus=1, disk="virtio",
                 card="virtio-net-pci", extra_disks=(), kernel=None, initrd=None, append="",
                 display="none", name="box", first_process=rb"courier", stays=False, tpm=False, devices=(), arguments=(),
                 boot_each=False, cable=None, emulated=False, say=lambda text: None):
        """image: a disk image that QEMU may write to (give it a copy), or None with kernel and initrd.
        firmware: "bios", "uefi", or "secure" (UEFI with Secure Boot on). tpm: a TPM 2.0 (swtpm). devices: more of
        QEMU's; arguments: any others for it. boot_each: what doesn't start from the image is started from the extra disks, in
        their order. extra_disks: (bus, path) pairs, raw and writable. first_process: what the serial line shows once PID 1
        runs. stays: QEMU stays, with the memory as it is, when the guest has switched itself off. cable: a cable.Cable.
        emulated: without KVM, wherever it is."""
        self.image = image
        self.log_dir = Path(log_dir).resolve()
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self.network = network
        self.firmware = firmware
        self.memory_mb = memory_mb
        self.cpus = cpus
        self.card = card
        self.disks = ([(disk, str(image))] if image else []) + [(bus, str(path)) for bus, path in extra_disks]
        self.kernel, self.initrd, self.append = kernel, initrd, append
        self.display = display
        self.name = name
        self.first_process = re.compile(first_process)
        self.stays = stays
        self.tpm = tpm
        self.tpm_child = None
        self.devices = devices
        self.arguments = list(arguments)
        self.boot_each = boot_each
        self.cable = cable
        self.say = say
        self.accelerator = "tcg" if emulated else accelerator()
        self.serial_log = self.log_dir / f"{name}-serial.log"
        self.qemu_log = self.log_dir / f"{name}-qemu.log"
        self.work = None
        self.child = None
        self.qmp = None
        self.stopping = False
        self.started_at = None
        self.restarts = 0

    # -- the command line

    def _argv(self):
        serial, qmp = self.work / "serial", self.work / "qmp"
        argv = ["qemu-system-x86_64", "-name", self.name, "-nodefaults", "-no-user-config", "-no-reboot",
                "-machine", "q35,smm=on" if self.firmware == "secure" else "q35", "-accel", self.accelerator, "-cpu", CPU,
                "-m", str(self.memory_mb), "-smp", str(self.cpus),
                "-vga", "std", "-display", self.display,
                "-chardev", f"socket,id=serial,path={serial},server=on,wait=off,logfile={self.serial_log}",
                "-serial", "chardev:serial",
                "-chardev", f"socket,id=qmp,path={qmp},server=on,wait=off", "-mon", "chardev=qmp,mode=control"]
        if self.stays:
            argv += ["-no-shutdown"]
        for bus in sorted({bus for bus, _path in self.disks}):
            if bus in CONTROLLERS:
                argv += ["-device", CONTROLLERS[bus]]
        if self.cable:
            argv += self.cable.options(self.card)
        elif self.card:
            argv += ["-netdev", "user,id=net,ipv6=off", "-device", f"{self.card},netdev=net"]
        if self.firmware != "bios":
            argv += self._uefi()
        if self.tpm:
            argv += ["-chardev", f"socket,id=tpm,path={self.work / 'tpm'}", "-tpmdev", "emulator,id=tpm,chardev=tpm",
                     "-device", "tpm-crb,tpmdev=tpm"]
        for device in self.devices:
            argv += ["-device", device]
        if self.kernel:
            argv += ["-kernel", str(self.kernel), "-initrd", str(self.initrd), "-append", self.append]
        for number, (bus, path) in enumerate(self.disks):
            argv += ["-drive", f"if=none,id=disk{number},format=raw,file={path}"]
            boot = f",bootindex={number}" if self.image and (number == 0 or self.boot_each) else ""
            argv += ["-device", DISK_DEVICES[bus][0].format(id=f"disk{number}", n=number) + boot]
        argv += self.arguments
        return self.network.inside(argv) if self.network else argv

    def _uefi(self):
        """A fresh copy of the variables each time: OVMF remembers boot entries in them."""
        for code, variables in OVMF[self.firmware]:
            if os.path.exists(code):
                shutil.copyfile(variables, self.work / "vars.fd")
                secure = ["-global", "driver=cfi.pflash01,property=secure,value=on"] if self.firmware == "secure" else []
                return secure + ["-drive", f"if=pflash,format=raw,readonly=on,file={code}",
                                 "-drive", f"if=pflash,format=raw,file={self.work / 'vars.fd'}"]
        raise Failure("no UEFI firmware for QEMU; next step: apt-get install ovmf")

    # -- life

    def start(self):
        proc.need_programs({"qemu-system-x86_64": "qemu-system-x86"})
        self.work = proc.scratch_folder("box")
        try:
            self._launch()
        except BaseException:
            self.stop()
            raise
        return self

    def _launch(self):
        for path in (self.work / "serial", self.work / "qmp", self.serial_log):
            path.unlink(missing_ok=True)
        self._start_tpm()
        self.started_at = time.monotonic()
        self.child = Child(self._argv(), self.qemu_log, f"QEMU ({self.name})")
        try:
            self.qmp = Qmp(self.work / "qmp", self.child.check)
        except Failure as failure:
            self.child.stop()
            raise Failure(f"QEMU did not start ({failure}); log: {self.qemu_log}\n" + proc.tail(self.qemu_log)) \
                from failure

    def _start_tpm(self):
        """A TPM as it comes from the factory; it ends when QEMU hangs up."""
        if not self.tpm:
            return
        proc.need_programs({"swtpm": "swtpm"})
        (self.work / "tpm").unlink(missing_ok=True)
        state = self.work / "tpm-state"
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir()
        self.tpm_child = Child(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--terminate",
                                "--ctrl", f"type=unixio,path={self.work / 'tpm'}"],
                               self.log_dir / f"{self.name}-swtpm.log", f"swtpm ({self.name})")
        proc.wait_until((self.work / "tpm").exists, 30, "swtpm opens its control socket",
                        also_check=self.tpm_child.check)

    def death(self):
        """Why the box is not running any more: an exception that says whose fault it is, or None while it runs."""
        if self.child.running():
            return None
        status = self.child.process.returncode
        where = f"serial line: {self.serial_log}; QEMU: {self.qemu_log}"
        reason = self.qmp.shutdown_reason()
        if status < 0 and not self.stopping:
            return QemuCrash(f"QEMU was ended by {signal.Signals(-status).name} "
                             f"after {time.monotonic() - self.started_at:.1f} s; {where}")
        if status == 0 and reason == "guest-reset" and self.accelerator == "tcg" \
                and not self.first_process.search(self.serial()):
            return QemuCrash(f"the emulated machine was reset before its first process ran; {where}")
        return Failure(f"{self.name} stopped (QEMU's status {status}, reason: {reason or 'none given'}); {where}\n"
                       + proc.tail(self.serial_log))

    def check(self):
        death = self.death()
        if death:
            raise death

    def serial(self):
        try:
            return self.serial_log.read_bytes()
        except FileNotFoundError:
            return b""

    def last_line(self):
        """The last thing it said, to be shown to whoever waits."""
        lines = self.serial().decode("utf-8", "replace").split("\n")
        whole = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|[\x00-\x1f]", "", line).strip() for line in lines]
        return next((line for line in reversed(whole) if line), "")

    def wait_for(self, pattern, timeout_s=120, start=0):
        """Waits until the serial line has shown this (a bytes regular expression, from offset `start` on) and returns
        the match. A crash of QEMU itself is met with one new start, which is said."""
        wanted = re.compile(pattern, re.M)
        while True:
            try:
                return proc.wait_until(lambda: wanted.search(self.serial(), start), timeout_s,
                                       f"{self.name} says {pattern!r} on its serial line ({self.serial_log})",
                                       also_check=self.check)
            except QemuCrash as crash:
                if self.restarts + 1 >= STARTS or self.first_process.search(self.serial()):
                    raise
                self.restarts += 1
                self.say(f"not the box's doing: {crash}; starting it once more")
                self.child.stop()
                self.qmp.close()
                for log in (self.serial_log, self.qemu_log):
                    shutil.copyfile(log, log.with_suffix(f".crash{self.restarts}.log"))
                self._launch()

    def wait_end(self, timeout_s=60):
        """Waits until the guest has switched itself off. Anything else that ends it is a Failure."""
        proc.wait_until(lambda: not self.child.running(), timeout_s,
                        f"{self.name} switches itself off (serial line: {self.serial_log})")
        reason = self.qmp.shutdown_reason()
        if self.child.process.returncode != 0 or reason != "guest-shutdown":
            raise self.death()

    def wait_off(self, timeout_s=60):
        """As wait_end, of a box that stays."""
        proc.wait_until(lambda: self.qmp.call("query-status")["status"] == "shutdown", timeout_s,
                        f"{self.name} switches itself off (serial line: {self.serial_log})", also_check=self.check)
        reason = self.qmp.last_shutdown()
        if reason != "guest-shutdown":
            raise Failure(f"{self.name} went off for another reason than its own wish: {reason}")

    def stop(self):
        """Pulls the plug, if it still runs."""
        self.stopping = True
        if self.qmp:
            self.qmp.close()
        if self.child:
            self.child.stop()
        if self.tpm_child:
            self.tpm_child.stop()
        if self.work:
            shutil.rmtree(self.work)
            self.work = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    # -- hands

    @property
    def serial_socket(self):
        return self.work / "serial"

    def type(self, text):
        """Types on the serial line."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.connect(str(self.serial_socket))
            line.sendall(text.encode() if isinstance(text, str) else text)
            # QEMU drops what it has not read yet when the line hangs up.
            proc.wait_until(lambda: unread(line) == 0, 60, f"{self.name} takes what is typed", every_s=0.01, also_check=self.check)

    def press(self, *keys):
        """Presses keys of the box's keyboard together, by QEMU's names: press("ctrl", "alt", "delete")."""
        self.qmp.call("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def power_button(self):
        self.qmp.call("system_powerdown")

    def plug_cable(self, plugged):
        """Of a card with a cable: the link comes and goes."""
        self.qmp.call("set_link", name="card", up=plugged)

    def pull_stick(self, number=0):
        """The disk with that number, on the USB bus, is gone."""
        self.qmp.call("device_del", id=f"stick-disk{number}")

    def screenshot(self, path):
        self.qmp.call("screendump", filename=str(Path(path).resolve()), format="png")
        return path

    def dump_memory(self, path):
        """The guest's whole RAM into a file."""
        self.qmp.call("pmemsave", val=0, size=self.memory_mb << 20, filename=str(path))


def unread(stream):
    """How much of what was sent on a Unix socket the other end has not read."""
    return struct.unpack("i", fcntl.ioctl(stream, termios.TIOCOUTQ, bytes(4)))[0]


class Qmp:
    """QEMU's control socket."""

    def __init__(self, path, check):
        self.events = []
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

        def connected():
            try:
                self.stream.connect(str(path))
                return True
            except (FileNotFoundError, ConnectionRefusedError):
                return False

        proc.wait_until(connected, 30, "QEMU opens its control socket", also_check=check)
        self.stream.settimeout(60)
        self.file = self.stream.makefile("rb")
        self._line()
        self.call("qmp_capabilities")

    def _line(self):
        try:
            line = self.file.readline()
        except ConnectionError:
            line = b""
        if not line:
            raise Failure("QEMU closed its control socket")
        return json.loads(line)

    def call(self, command, **arguments):
        self.stream.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            answer = self._line()
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise Failure(f"QEMU refused {command}: {answer['error'].get('desc')}")
            else:
                return answer["return"]

    def poll(self):
        """All events so far."""
        self.call("query-status")
        return self.events

    def shutdown_reason(self):
        """Once QEMU has ended: what made it, in QEMU's words ("guest-shutdown", "guest-reset", ...)."""
        try:
            while line := self.file.readline():
                answer = json.loads(line)
                if "event" in answer:
                    self.events.append(answer)
        except (OSError, ValueError):
            pass  # closed or cut off: what was read before counts
        return self.last_shutdown()

    def last_shutdown(self):
        reasons = [event["data"].get("reason") for event in self.events if event["event"] == "SHUTDOWN"]
        return reasons[-1] if reasons else None

    def close(self):
        self.file.close()
        self.stream.close()
