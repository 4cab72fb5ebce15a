# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that the bench compares: `courier workbench` and nginx, each with its CPU time over its whole tree."""
import os
import signal
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
import proc  # noqa: E402

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
    """The source's door at `port`, the desk's at `desk_port`; the desk's folder at `desk`."""

    def __init__(self, courier, folder, proxy_lines=False, listen=None):
        folder.mkdir(parents=True)
        self.courier, self.desk = courier, folder / "desk"
        self.port, self.desk_port = free_port(), free_port()
        proc.run([courier, "desk", "init", self.desk], "desk init")
        made = proc.run([courier, "site", "init", "--out", folder / "site", "--name", "Bench", "--desk",
                         self.desk / "for-the-operator.txt", "--capacity", str(4 << 30)], "site init")
        addresses = dict(line.split(": ", 1) for line in made.stdout.decode().splitlines() if ": " in line)
        proc.run([courier, "desk", "add", self.desk, "--address", addresses["desk address"].strip()], "desk add")
        argv = [courier, "workbench", "--listen", listen or f"127.0.0.1:{self.port}", "--desk-listen",
                f"127.0.0.1:{self.desk_port}", "--site", folder / "site"]
        self.child = proc.Child([str(a) for a in argv + (["--proxy-lines"] if proxy_lines else [])],
                                folder / "workbench.log", "workbench")
        proc.wait_until(lambda: "source door:" in (folder / "workbench.log").read_text(), 20, "the workbench opens",
                        also_check=self.child.check)

    def sync(self):
        proc.run([self.courier, "desk", "sync", self.desk, "--direct", f"127.0.0.1:{self.desk_port}"], "desk sync",
                 timeout_s=600)


class Nginx(Server):
    """One worker, no keep-alive: / is a page of given bytes, /up takes PUT into tmpfs, /files/ serves them."""

    def __init__(self, folder, page, port=None):
        files = folder / "files"
        files.mkdir(parents=True)
        folder.chmod(0o755)
        (files / "index.html").write_bytes(page)
        self.port, self.files = port or free_port(), files
        (folder / "nginx.conf").write_text(f"""
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; user root;
events {{ worker_connections 2048; }}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_timeout 0; client_max_body_size 0; sendfile on;
  server {{ listen 127.0.0.1:{self.port} backlog=1024; root {files}; default_type text/html;
    location /up/ {{ dav_methods PUT; create_full_put_path on; }} }} }}
""")
        self.child = proc.Child(["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c",
                                 str(folder / "nginx.conf")], folder / "nginx.log", "nginx")
        proc.wait_until(lambda: answers(self.port), 20, "nginx answers", also_check=self.child.check)

    def __exit__(self, *_error):
        self.child.stop(gently=signal.SIGQUIT)
