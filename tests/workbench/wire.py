# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser as the wire sees it: every answer with the order of its headers and its length in bytes, head included.

A Source keeps its connection and its cookies, follows nothing by itself, and remembers each exchange as
(bytes sent, bytes received). With tor_browser=True it says where a form comes from, as Tor Browser does.
"""
import re
import secrets
import urllib.parse

URLENCODED = "application/x-www-form-urlencoded"


class Answer:
    """One response: status, headers as [(name, value)], body, and its length on the wire."""

    def __init__(self, head, body, total=None):
        """total: if it is more than head and body."""
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
        self.body = body
        self.total = total or len(head) + 4 + len(body)

    def names(self):
        return [name for name, _ in self.headers]

    def get(self, name):
        return next((value for found, value in self.headers if found == name), None)

    @property
    def text(self):
        return self.body.decode()

    def value(self, name):
        """A hidden field's."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return found.group(1) if found else None

    def element(self, name):
        found = re.search(rf'id="{name}"[^>]*>([^<]*)<', self.text)
        return found.group(1).strip() if found else None


def read_answer(stream, head_only=False):
    """Reads exactly one response, by its Content-Length or its chunks; None if the connection ended before one began."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = stream.recv(65536)
        if not part:
            if data:
                raise EOFError(f"a response broke off: {data[:80]}")
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    if b"\r\nTransfer-Encoding: chunked" in head:
        return read_chunked(stream, head, body)
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    length = 0 if head_only or not length else int(length.group(1))
    parts, have = [body], len(body)
    while have < length:
        part = stream.recv(1 << 20)
        if not part:
            raise EOFError(f"a body broke off at {have} of {length} bytes")
        parts.append(part)
        have += len(part)
    body = b"".join(parts)
    if have != length:
        raise EOFError(f"{have - length} bytes more than Content-Length says")
    return Answer(head, body)


def read_chunked(stream, head, data):
    """Up to the end of the connection: chunks with extensions, then trailer lines, which are dropped."""
    while part := stream.recv(1 << 20):
        data += part
    total, body = len(head) + 4 + len(data), b""
    while True:
        line, end, data = data.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if not end or (size and data[size:size + 2] != b"\r\n"):
            raise EOFError(f"the chunks broke off after {len(body)} bytes")
        if size == 0:
            break
        body += data[:size]
        data = data[size + 2:]
    if not (data == b"\r\n" or data.endswith(b"\r\n\r\n")):
        raise EOFError("the last chunk has no end")
    return Answer(head, body, total)


def multipart(fields, files):
    """As Firefox writes it: (content type, body). fields: [(name, text)], files: [(name, content)] of the field "file"."""
    mark = "----geckoformboundary" + secrets.token_hex(16)
    out = []
    for name, text in fields:
        out.append(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode())
    for name, content in files or [("", b"")]:
        name = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        out.append(f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                   "Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
    out.append(f"--{mark}--\r\n".encode())
    return "multipart/form-data; boundary=" + mark, b"".join(out)


class Source:
    def __init__(self, connect, language="en", tor_browser=True, before=b""):
        """connect(): a connected stream. before: what goes first on each connection."""
        self.connect, self.language, self.tor_browser, self.before = connect, language, tor_browser, before
        self.stream, self.cookies, self.seen = None, {}, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    def fields(self):
        found = [("Host", "box"), ("User-Agent", "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"),
                 ("Accept", "text/html"), ("Accept-Language", self.language), ("Connection", "keep-alive")]
        if self.tor_browser:
            found.append(("Sec-Fetch-Site", "same-origin"))
        if self.cookies:
            found.append(("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        return found

    def ask(self, method, target, body=None, more=(), without=()):
        """One exchange. more: further fields, or others in place of ours; without: names of ours to leave out."""
        fields = [(name, value) for name, value in self.fields() if name not in {n for n, _ in more} | set(without)]
        if body is not None:
            fields.append(("Content-Length", str(len(body))))
        lines = [f"{method} {target} HTTP/1.1"] + [f"{name}: {value}" for name, value in [*fields, *more]]
        return self.exchange("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""), method == "HEAD")

    def exchange(self, data, head_only=False):
        """Sends these bytes; the answer."""
        if self.stream is None:
            self.stream = self.connect()
            self.stream.sendall(self.before)
        try:
            self.stream.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # answered before all of it was read: the answer is there
        answer = read_answer(self.stream, head_only)
        if answer is None:
            raise EOFError("the connection was closed without an answer")
        self.seen.append((len(data), answer.total))
        for name, value in answer.headers:
            if name == "Set-Cookie":
                self.take_cookie(value)
        if answer.get("Connection") == "close":
            self.stream.settimeout(10)
            rest = b""
            try:
                rest = self.stream.recv(1)
            except ConnectionResetError:
                pass
            if rest:
                raise EOFError("bytes after the last answer")
            self.close()
        return answer

    def take_cookie(self, value):
        name, _, content = value.split(";")[0].partition("=")
        if content:
            self.cookies[name] = content
        else:
            self.cookies.pop(name, None)

    # ---- what a person does

    def get(self, target):
        return self.ask("GET", target)

    def post(self, target, fields, more=()):
        return self.ask("POST", target, urllib.parse.urlencode(fields).encode(), [("Content-Type", URLENCODED), *more])

    def write(self, target="/write", files=None, more=(), **fields):
        kind, body = multipart(list(fields.items()), files)
        return self.ask("POST", target, body, [("Content-Type", kind), *more])

    def sign_in(self, codename):
        """The form, then the codename: the answer to it."""
        form = self.get("/return")
        fields = {"codename": codename}
        if form.value("csrf"):
            fields = {"csrf": form.value("csrf"), **fields}
        return self.post("/return", fields)
