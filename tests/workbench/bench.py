# SPDX-License-Identifier: GPL-3.0-or-later
"""A running workbench, and a source and a desk for it. Python's own library, nothing else."""
import http.client
import io
import os
import pwd
import re
import resource
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "policies"))
import traces

TRACES = os.environ.get("COURIER_TRACES")  # a folder: tests/policies/run wants to know what the roles call
PID_MAX = int(Path("/proc/sys/kernel/pid_max").read_text())
COURIER = Path(os.environ.get("COURIER_BINARY", Path(__file__).resolve().parents[2] / "build/courier"))
SOON_S = 60  # ends what hangs; five suites at a time on two cores are slow, and don't hang

# Some tests are a thousand clients; a shell on Debian gives a program 1,024 descriptors, and as many as it asks for.
_, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(_most, 1 << 14), _most))


class Failed(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failed(what)


def until(condition, what, limit_s=SOON_S):
    """Waits for a condition; its value."""
    end = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"not within {limit_s} s: {what}")
        time.sleep(0.02)


def ordinary_user():
    """An account that is not root, to run as if we are root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def run(*arguments, user=None, status=0, **more):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=60, preexec_fn=become(user), **more)
    check(status is None or done.returncode == status, f"{arguments[0]} {arguments[1]}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def become(user):
    def change():
        os.setgroups([])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    return change if user else None


def archive(files):
    """A tar of (name, contents), as a desk sends it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


class Site:
    """A folder with a binary, a desk and its site file, readable by whoever runs the workbench."""

    def __init__(self, user, *options, desk=(), passphrase=None):
        """options: for courier site init; desk: for courier desk init; passphrase: a file with the desk's, instead of none."""
        self.user = user
        self.folder = Path(tempfile.mkdtemp(prefix="courier-workbench-"))
        self.courier = self.folder / "courier"
        shutil.copy(COURIER, self.courier)
        if user:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.desk = self.folder / "desk"
        self.box = self.desk / "boxes" / "box"
        if passphrase:
            with open(passphrase, "rb") as f:
                self.run("desk", "init", "--passphrase-fd", str(f.fileno()), *desk, self.desk, pass_fds=[f.fileno()])
        else:
            self.run("desk", "init", "--no-passphrase", *desk, self.desk)
        out = self.run("site", "init", "--unattended", "--out", self.folder / "site", "--name", "The Test", "--desk",
                       self.box / "for-the-operator.txt", *options)
        self.run("desk", "add", self.desk, "--address", re.search(r"desk address: (\S+)", out).group(1))

    def run(self, *arguments, status=0, **more):
        return run(self.courier, *arguments, user=self.user, status=status, **more)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Recorded:
    """What http.client takes for a socket."""

    def __init__(self, wire):
        self.wire = wire

    def makefile(self, _mode):
        return io.BytesIO(self.wire)


class Bench:
    """with Bench(site) as b: the workbench runs; at the end it is told to stop, and looked after."""

    def __init__(self, site, *options, unix=False, site_file=None, prepare=None):
        """prepare: called in the process that becomes the workbench, with all its rights."""
        self.prepare, self.become = prepare, become(site.user)
        self.site, self.options, self.site_file = site, options, site_file or site.folder / "site"
        self.listen = [f"unix:{site.folder}/source.sock", f"unix:{site.folder}/desk.sock"] if unix else ["127.0.0.1:0"] * 2
        self.log_path = site.folder / "log"

    def __enter__(self):
        argv = [str(self.site.courier), "workbench", "--listen", self.listen[0], "--desk-listen", self.listen[1], "--site",
                str(self.site_file), *self.options]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                traces.command(TRACES, argv) if TRACES else argv,
                stdout=subprocess.PIPE, stderr=log, text=True, preexec_fn=self.begin)
        self.pid, self.said, self.ports = self.process.pid, "", []
        try:
            while len(self.ports) < 2:
                line = self.process.stdout.readline()
                check(line, f"the workbench ended: {self.said}{self.log()}")
                self.said += line
                found = re.match(r"(?:source|desk) door: (?:http://127\.0\.0\.1:(\d+)/|unix:(\S+))$", line.strip())
                if found:
                    self.ports.append(int(found.group(1)) if found.group(1) else found.group(2))
        except Failed:
            self.process.kill()
            raise
        return self

    def begin(self):
        for change in (self.prepare, self.become):
            if change:
                change()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()

    def stop(self, signal_number=signal.SIGTERM):
        self.process.send_signal(signal_number)
        return self.process.wait(timeout=SOON_S)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def roles(self):
        """{pid: role} of everything that the workbench started and that has been executed."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                name = (entry / "cmdline").read_bytes().split(b"\0")
            except (OSError, IndexError):
                continue
            if parent == self.pid and len(name) > 2 and name[1].startswith(b"@"):
                found[int(entry.name)] = name[1][1:].decode()
        return found

    def pids(self, role):
        """In the order in which they began: a process id may start over at the bottom in between."""
        pids = sorted(pid for pid, name in self.roles().items() if name == role)
        gaps = [after - before for before, after in zip(pids, pids[1:])]
        first = gaps.index(max(gaps)) + 1 if gaps and max(gaps) > PID_MAX // 2 else 0
        return pids[first:] + pids[:first]

    def together(self, role):
        """How many of that role there were at one moment: those that were seen before it and are still seen after it."""
        before = self.pids(role)
        return len(set(before) & set(self.pids(role)))

    def confined(self):
        """As roles(), once all of them have their filter and the idle workers are there."""
        def ready():
            roles = self.roles()
            names = list(roles.values())
            whole = all(field(pid, "Seccomp") == "2" for pid in roles)
            return roles if whole and names.count("visit") >= 4 and {"door", "keeper", "collect"} <= set(names) else None
        return until(ready, "door, keeper and idle workers, all under their filters")

    # ---- a source

    def connect(self, door=0):
        if isinstance(self.ports[door], int):
            return socket.create_connection(("127.0.0.1", self.ports[door]), timeout=SOON_S)
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(SOON_S)
        while True:
            try:
                s.connect(self.ports[door])
                return s
            except BlockingIOError:  # so many knock at this moment
                time.sleep(0.005)

    def ask(self, method, path, body=None, headers=None, door=0, before=b""):
        """One request on a connection of its own: (status, headers, text)."""
        status, headers, answer = self.ask_bytes(method, path, body, headers, door, before)
        return status, headers, answer.decode("utf-8", "replace")

    def ask_bytes(self, method, path, body=None, headers=None, door=0, before=b""):
        s = self.connect(door)
        if before:
            s.sendall(before)
        c = http.client.HTTPConnection("box")
        c.sock = s
        try:
            c.request(method, path, body, {"Connection": "close", **(headers or {})})
            r = c.getresponse()
            return r.status, dict(r.getheaders()), r.read()
        finally:
            c.close()

    def form(self, path, fields, cookie=None):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        if cookie:
            headers["Cookie"] = cookie
        return self.ask("POST", path, urllib.parse.urlencode(fields), headers)

    def write(self, text, files=(), topic="", draft="", go="send", path="/write", csrf="", cookie=""):
        """A source's message, or a step on the way to it: (status, text of the page)."""
        mark = secrets.token_hex(16)
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                 for name, value in (("csrf", csrf), ("draft", draft), ("topic", topic), ("message", text))
                 if value or name not in ("csrf", "draft")]
        for name, content in files:
            parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                         "Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
        parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="go"\r\n\r\n{go}\r\n--{mark}--\r\n'.encode())
        status, _, page = self.ask("POST", path, b"".join(parts), {"Content-Type": f"multipart/form-data; boundary={mark}",
                                                                   **({"Cookie": cookie} if cookie else {})})
        return status, page

    def come_back(self, codename):
        """The cookie of a new session."""
        status, headers, page = self.form("/return", {"codename": codename})
        check(status == 303 and headers.get("Location") == "/conversation", f"return: {status}")
        return headers["Set-Cookie"].split(";")[0]

    def conversation(self, cookie):
        status, _, page = self.ask("GET", "/conversation", headers={"Cookie": cookie})
        check(status == 200, f"conversation: {status}")
        return page

    def download(self, path, fields, cookie):
        """An attachment: (headers, contents, bytes on the wire), read as Python's own client reads it."""
        body = urllib.parse.urlencode(fields)
        with self.connect() as s:
            s.sendall((f"POST {path} HTTP/1.1\r\nHost: box\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n"
                       "Content-Type: application/x-www-form-urlencoded\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
            wire = s.makefile("rb").read()
        response = http.client.HTTPResponse(Recorded(wire))
        response.begin()
        check(response.status == 200, f"download: {response.status}")
        return dict(response.getheaders()), response.read(), len(wire)

    # ---- a desk

    def sync(self, status=0):
        address = self.ports[1]
        check(isinstance(address, int), "the desk syncs by TCP")
        return self.site.run("desk", "sync", self.site.desk, "--direct", f"127.0.0.1:{address}", status=status)


def element(page, name):
    """The text of the element with that id, its lines joined."""
    found = re.search(rf'<(\w+)[^>]* id="{name}"[^>]*>(.*?)</\1>', page, re.S)
    check(found, f"the page has no {name}")
    return " ".join(re.sub(r"<[^>]*>", "", found.group(2)).split())


def field(pid, name):
    """A line of /proc/PID/status."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return None
