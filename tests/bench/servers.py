# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that the bench compares: `courier workbench` and nginx, each with its CPU time over its whole tree."""
import os
import re
import signal
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))
import proc  # noqa: E402
import source  # noqa: E402

COURIER = ROOT / "build" / "courier"
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def stat_fields(pid):
    """The fields of /proc/PID/stat after the name, or None when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2:].split()


def tree_cpu_s(root):
    """CPU seconds of a process, its living descendants, and all that they have waited for.

    A child that dies between two looks is counted by its parent from then on, so nothing is lost."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = stat_fields(int(name))
            if fields:
                parents.setdefault(int(fields[1]), []).append((int(name), fields))
    total, todo = 0, []
    own = stat_fields(root)
    if own:
        todo.append((root, own))
    while todo:
        pid, fields = todo.pop()
        total += sum(int(n) for n in fields[11:15])  # utime stime cutime cstime
        todo += parents.get(pid, [])
    return total * TICK_S


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def curl(*arguments):
    return proc.run(["curl", "-sS", "--fail-with-body", "-H", "Expect:", *map(str, arguments)], "curl",
                    timeout_s=600).stdout


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class Server:
    def cpu_s(self):
        return tree_cpu_s(self.child.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.child.stop()


class Workbench(Server):
    """The source's door at `port`, the desk's at `desk_port`, or on unix sockets; the desk's folder at `desk`."""

    def __init__(self, folder, listen=None, desk_listen=None, program=COURIER):
        folder.mkdir(parents=True)
        self.desk = folder / "desk"
        self.port, self.desk_port = free_port(), free_port()
        self.socket = listen
        proc.run([COURIER, "desk", "init", "--no-passphrase", self.desk], "desk init")
        made = proc.run([COURIER, "site", "init", "--unattended", "--out", folder / "site", "--name", "Bench", "--desk",
                         self.desk / "boxes/box/for-the-operator.txt", "--capacity", str(4 << 30)], "site init")
        address = re.search(rb"desk address: (\S+)", made.stdout).group(1).decode()
        proc.run([COURIER, "desk", "add", self.desk, "--address", address], "desk add")
        self.child = proc.Child([
            program, "workbench", "--site", folder / "site",
            "--listen", f"unix:{listen}" if listen else f"127.0.0.1:{self.port}",
            "--desk-listen", f"unix:{desk_listen}" if desk_listen else f"127.0.0.1:{self.desk_port}",
        ], folder / "workbench.log", "workbench")
        proc.wait_until(lambda: "source door:" in (folder / "workbench.log").read_text(), 20, "the workbench opens",
                        also_check=self.child.check)

    def token(self):
        return (self.desk / "boxes/box/token").read_text().strip()

    def _connect(self):
        if not self.socket:
            return socket.create_connection(("127.0.0.1", self.port))
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(str(self.socket))
        return stream

    def browser(self):
        return source.Browser(self._connect, f"http://127.0.0.1:{self.port}", None)

    def form(self, *files):
        """curl's arguments for the form on a new /write page: its hidden fields first, a message, these files."""
        page = self.browser().open("/write")
        hidden = [(name, value) for name, kind, value in page.form_with("message").fields if kind == "hidden"]
        return [word for name, value in [*hidden, ("message", "bench"), *(("file", f"@{path}") for path in files)]
                for word in ("-F", f"{name}={value}")]

    def upload(self, *files):
        way = ["--unix-socket", str(self.socket)] if self.socket else []
        page = curl(*way, *self.form(*files), f"http://127.0.0.1:{self.port}/write")
        if b'id="codename"' not in page:
            raise proc.Failure("the upload was not acknowledged")


class Nginx(Server):
    """One worker, kept-alive connections if keep: / is a page of given bytes, /up takes PUT into tmpfs, all files are served."""

    def __init__(self, folder, page, listen=None, keep=False):
        files = folder / "files"
        files.mkdir(parents=True)
        folder.chmod(0o755)
        (files / "index.html").write_bytes(page)
        self.port, self.files = free_port(), files
        where = f"unix:{listen}" if listen else f"127.0.0.1:{self.port} backlog=1024"
        (folder / "nginx.conf").write_text(f"""
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; user root;
events {{ worker_connections 2048; }}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_timeout {60 if keep else 0}; client_max_body_size 0; sendfile on; send_timeout 600s;
  server {{ listen {where}; root {files}; default_type text/html;
    location /up/ {{ dav_methods PUT; create_full_put_path on; }} }} }}
""")
        self.child = proc.Child(["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c",
                                 str(folder / "nginx.conf")], folder / "nginx.log", "nginx")
        proc.wait_until(lambda: listen.exists() if listen else answers(self.port), 20, "nginx answers",
                        also_check=self.child.check)

    def __exit__(self, *_error):
        self.child.stop(gently=signal.SIGQUIT)
