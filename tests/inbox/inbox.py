# SPDX-License-Identifier: GPL-3.0-or-later
"""A running `courier desk serve`, and a browser of sorts for it."""
import http.client
import re
import secrets
import signal
import socket
import subprocess
from bench import SOON_S, check



class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.text = body.decode("utf-8", "replace")

    def __repr__(self):
        main = self.text[self.text.find("<main"):] if "<main" in self.text else self.text
        return f"{self.status} {self.headers}\n{main[:2000]}"


class Inbox:
    """with Inbox(site) as i: it runs, and somebody has used its first link."""

    def __init__(self, site, *options, desk=None, enter=True, pass_fds=()):
        self.site, self.options, self.desk, self.enters, self.pass_fds = site, options, desk or site.desk, enter, pass_fds
        self.cookie = self.csrf = None

    def __enter__(self):
        self.process = subprocess.Popen([str(self.site.courier), "desk", "serve", str(self.desk), *self.options], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        pass_fds=self.pass_fds)
        self.link = self.read_link()
        if self.enters:
            self.enter()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def stop(self, signal_number=signal.SIGTERM):
        self.process.send_signal(signal_number)
        return self.process.wait(timeout=SOON_S)

    def read_link(self):
        while line := self.process.stdout.readline():
            found = re.search(r"http://127\.0\.0\.1:(\d+)(/enter\?key=[\w-]{43})$", line.rstrip())
            if found:
                self.port = int(found.group(1))
                return found.group(2)
        raise AssertionError(f"no link: {self.process.stderr.read()}")

    def new_link(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.read_link()

    def enter(self, link=None):
        a = self.ask("GET", link or self.link, cookie=None)
        check(a.status == 303 and a.headers["Location"] == "/", f"the link: {a}")
        self.cookie = a.headers["Set-Cookie"].split(";")[0]
        return a

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=SOON_S)

    def ask(self, method, path, body=None, headers=None, cookie=True):
        """One request as our own page's; cookie: True for the session's, None for none."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        fields = {"Host": f"127.0.0.1:{self.port}", "Sec-Fetch-Site": "same-origin"}
        if method == "POST":
            fields["Origin"] = f"http://127.0.0.1:{self.port}"
        if cookie:
            fields["Cookie"] = self.cookie if cookie is True else cookie
        fields.update(headers or {})
        try:
            c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in fields.items():
                if value is not None:
                    c.putheader(name, value)
            if method == "POST":
                c.putheader("Content-Length", str(len(body or b"")))
            c.endheaders()
            if body:
                c.send(body)
            r = c.getresponse()
            answer = Answer(r.status, dict(r.getheaders()), r.read())
        finally:
            c.close()
        token = re.search(r'name="csrf" value="([^"]+)"', answer.text)
        self.csrf = token.group(1) if token else self.csrf
        return answer

    def get(self, path, status=200):
        a = self.ask("GET", path)
        check(a.status == status, f"GET {path}: {a}")
        return a

    def post(self, path, status=303, csrf=True, headers=None, **more):
        fields = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        body = f"csrf={self.csrf if csrf is True else csrf or ''}".encode()
        a = self.ask("POST", path, body, fields, **more)
        check(a.status == status, f"POST {path}: {a}")
        return a

    def form(self, text, files=(), csrf=True):
        """The body of a reply, and its Content-Type."""
        mark = secrets.token_hex(16)
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                 for name, value in (("csrf", self.csrf if csrf is True else csrf), ("text", text)) if value is not None]
        for name, content in files:
            parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                         "Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
        return b"".join(parts) + f"--{mark}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={mark}"}

    def reply(self, conversation, text, files=(), status=303, csrf=True, **more):
        a = self.ask("POST", conversation + "/reply", *self.form(text, files, csrf), **more)
        check(a.status == status, f"reply: {a}")
        return a

    def conversations(self, path="/"):
        """The paths of those on a page of the list."""
        return re.findall(r'<a href="(/c/[0-9a-f]{32})">', self.get(path).text)


def raw(inbox, request):
    """The status of the answer to these bytes; 0: none."""
    with inbox.connect() as s:
        s.sendall(request)
        got = b""
        try:
            while b"\r\n" not in got and (piece := s.recv(4096)):
                got += piece
        except ConnectionResetError:
            pass
    return int(got.split(b" ")[1]) if got else 0
