# SPDX-License-Identifier: GPL-3.0-or-later
"""A source: what Tor Browser on "Safest" does, without the browser.

It opens pages through a SOCKS port, keeps cookies while it is open, loads what a page refers to (style sheets,
pictures, icons) and refuses to run or load anything a source must never be sent: scripts, other origins, sizes that
give the page away by its headers. It fills in forms by the names of their fields and presses a button.

`Browser(connect, origin, circuit)`: connect() gives a connected stream to a SOCKS5 port; a new `circuit` name gives
a new Tor circuit (SOCKS user name isolation). With `circuit=None` the connection goes to the server directly:
connect() then reaches the server itself (the workbench).
"""

import gzip
import html.parser
import http.client
import os
import secrets
import struct
import time
import urllib.parse

from proc import Failure

# Tor Browser, desktop, Safest. The order is Firefox's.
NAVIGATION = [
    ("User-Agent", "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Connection", "keep-alive"),
    ("Upgrade-Insecure-Requests", "1"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Site", "same-origin"),
    ("Sec-Fetch-User", "?1"),
    ("Priority", "u=0, i"),
]
SOCKS_ERRORS = {0x01: "general failure", 0x04: "host unreachable", 0x05: "connection refused", 0x06: "TTL expired",
                0xF0: "onion descriptor not found", 0xF1: "onion descriptor invalid", 0xF2: "introduction failed",
                0xF3: "rendezvous failed", 0xF4: "client authorisation missing", 0xF5: "client authorisation wrong",
                0xF6: "onion address invalid", 0xF7: "introduction timed out"}
TIMEOUT_S = 120


class SocksRefused(Exception):
    def __init__(self, code):
        super().__init__(f"SOCKS: {SOCKS_ERRORS.get(code, 'error')} (0x{code:02X})")
        self.code = code


def _receive(stream, length):
    data = b""
    while len(data) < length:
        part = stream.recv(length - len(data))
        if not part:
            raise ConnectionError("the SOCKS port closed the connection")
        data += part
    return data


def socks_open(stream, host, port, circuit, patience_s=TIMEOUT_S):
    """Asks the SOCKS5 port at the other end of `stream` for host:port, on the circuit of that name."""
    user = circuit.encode()
    stream.settimeout(patience_s)
    stream.sendall(b"\x05\x01\x02")
    if _receive(stream, 2) != b"\x05\x02":
        raise ConnectionError("the SOCKS port does not take user names")
    stream.sendall(b"\x01" + bytes([len(user)]) + user + b"\x01x")
    if _receive(stream, 2)[1] != 0:
        raise ConnectionError("the SOCKS port refused the user name")
    name = host.encode()
    stream.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + struct.pack(">H", port))
    code, kind = struct.unpack("xBxB", _receive(stream, 4))
    if code:
        raise SocksRefused(code)
    _receive(stream, {1: 4, 4: 16}[kind] + 2)
    stream.settimeout(TIMEOUT_S)
    return stream


class Form:
    def __init__(self, attributes):
        self.action = attributes.get("action") or ""
        self.method = (attributes.get("method") or "get").lower()
        self.enctype = (attributes.get("enctype") or "application/x-www-form-urlencoded").lower()
        self.id = attributes.get("id") or ""
        self.fields = []   # (name, type, value) in order
        self.buttons = []  # (name, value, text, formaction)

    def names(self):
        return [name for name, _kind, _value in self.fields]


class Page(html.parser.HTMLParser):
    """What a browser without scripts makes of an answer."""

    def __init__(self, url, status, headers, body, wire_bytes):
        super().__init__()
        self.url = url
        self.status = status
        self.headers = headers  # list of (name, value) in the order received
        self.body = body
        self.wire_bytes = wire_bytes
        self.title = ""
        self.forms = []
        self.links = []         # (text, href)
        self.resources = []     # addresses of style sheets, pictures, icons
        self.faults = []        # what a source must never be sent
        self.elements = []      # (tag, attributes, text so far)
        self._text = []
        self._open = []
        self._form = None
        self._quiet = 0
        if self.is_html():
            self.feed(body.decode("utf-8"))
            self.close()

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def is_html(self):
        return (self.header("Content-Type") or "").lower().startswith("text/html")

    @property
    def text(self):
        return " ".join("".join(self._text).split())

    def by_id(self, wanted):
        """The text of the element with this id, or None."""
        for element in self.elements:
            if element["attributes"].get("id") == wanted:
                return " ".join("".join(element["text"]).split())
        return None

    def by_class(self, wanted):
        return [" ".join("".join(element["text"]).split()) for element in self.elements
                if wanted in (element["attributes"].get("class") or "").split()]

    def form_with(self, *names):
        """The one form that has fields of all these names."""
        found = [form for form in self.forms if set(names) <= set(form.names())]
        if len(found) != 1:
            raise Failure(f"{self.url}: {len(found)} forms with the fields {', '.join(names)}; "
                          f"forms here: {[form.names() for form in self.forms]}")
        return found[0]

    def form_to(self, path):
        found = [form for form in self.forms
                 if urllib.parse.urlsplit(urllib.parse.urljoin(self.url, form.action)).path == path]
        if not found:
            raise Failure(f"{self.url}: no form leads to {path}; they lead to {[form.action for form in self.forms]}")
        return found[0]

    VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        element = {"tag": tag, "attributes": attributes, "text": []}
        self.elements.append(element)
        if tag not in self.VOID:
            self._open.append(element)
        if tag in ("script", "iframe", "object", "embed", "video", "audio", "applet"):
            self.faults.append(f"<{tag}>")
        for name, value in attributes.items():
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.faults.append(f"<{tag} {name}=…>")
        if tag in ("script", "style", "title", "head"):
            self._quiet += 1
        if tag == "link" and attributes.get("href") and \
                set((attributes.get("rel") or "").lower().split()) & {"stylesheet", "icon", "preload", "manifest"}:
            self.resources.append(attributes["href"])
        elif tag == "img" and attributes.get("src"):
            self.resources.append(attributes["src"])
        elif tag == "a" and attributes.get("href"):
            self.links.append([element, attributes["href"]])
        elif tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "textarea", "select", "button"):
            self._control(tag, attributes, element)
        elif tag == "option" and self._form is not None and self._form.fields:
            self._option(attributes)
        elif tag in ("p", "div", "li", "br", "h1", "h2", "h3", "td", "tr", "label", "pre", "section"):
            self._text.append(" ")

    def _control(self, tag, attributes, element):
        kind = (attributes.get("type") or ("submit" if tag == "button" else "text")).lower()
        name = attributes.get("name")
        if kind in ("submit", "image") or tag == "button":
            self._form.buttons.append({"name": name, "value": attributes.get("value") or "", "element": element,
                                       "action": attributes.get("formaction")})
        elif name and not (kind in ("checkbox", "radio") and "checked" not in attributes):
            value = attributes.get("value")
            if value is None and tag != "select":
                value = "on" if kind in ("checkbox", "radio") else ""
            self._form.fields.append((name, tag if tag != "input" else kind, value))

    def _option(self, attributes):
        """A list sends its selected option, else its first."""
        name, kind, value = self._form.fields[-1]
        if kind == "select" and (value is None or "selected" in attributes):
            self._form.fields[-1] = (name, kind, attributes.get("value") or "")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        for position in range(len(self._open) - 1, -1, -1):
            if self._open[position]["tag"] == tag:
                for element in self._open[position:]:
                    if element["tag"] in ("script", "style", "title", "head"):
                        self._quiet -= 1
                del self._open[position:]
                break
        if tag == "form":
            self._form = None

    def handle_data(self, data):
        for element in self._open:
            element["text"].append(data)
        if any(element["tag"] == "title" for element in self._open):
            self.title += data
        if not self._quiet:
            self._text.append(data)


class File:
    """An attachment: a name, a type, and its bytes."""

    def __init__(self, name, content, kind="application/octet-stream"):
        self.name, self.content, self.kind = name, content, kind


class Browser:
    def __init__(self, connect, origin, circuit, tries=1, say=lambda text: None, patience_s=TIMEOUT_S):
        """tries: how often a page is asked for again when Tor could not build the way to it; patience_s: how long Tor has
        for that, each time."""
        self.connect = connect
        self.origin = origin.rstrip("/")
        self.circuit = circuit
        self.tries = tries
        self.say = say
        self.patience_s = patience_s
        self.cookies = {}
        self.wire = None  # the open connection, while the server keeps it
        self.page = None

    # -- the wire

    def stream(self):
        """A new connected stream to the server, for raw bytes too."""
        for attempt in range(1, self.tries + 1):
            try:
                return self._stream_once()
            except (SocksRefused, ConnectionError, TimeoutError) as error:
                if attempt == self.tries:
                    raise
                self.say(f"no way there yet ({error}); trying again")
                time.sleep(1)

    def _stream_once(self):
        stream = self.connect()
        if self.circuit is not None:
            parts = urllib.parse.urlsplit(self.origin)
            try:
                socks_open(stream, parts.hostname, parts.port or 80, self.circuit, self.patience_s)
            except BaseException:
                stream.close()
                raise
        else:
            stream.settimeout(TIMEOUT_S)
        return stream

    def _open_wire(self):
        wire = http.client.HTTPConnection(urllib.parse.urlsplit(self.origin).netloc)
        wire.sock = self.stream()
        wire.auto_open = 0
        return wire

    def _request_once(self, method, url, headers, body, length):
        if self.wire is None:
            self.wire = self._open_wire()
        wire, parts = self.wire, urllib.parse.urlsplit(url)
        target = parts.path or "/"
        if parts.query:
            target += "?" + parts.query
        wire.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        wire.putheader("Host", urllib.parse.urlsplit(self.origin).netloc)
        for name, value in headers:
            wire.putheader(name, value)
        if body is not None:
            wire.putheader("Content-Length", str(length))
        wire.endheaders()
        early = None
        if body is not None:
            try:
                for part in body():
                    wire.sock.sendall(part)
            except (BrokenPipeError, ConnectionResetError) as error:
                early = error  # the server may have answered before it closed
        try:
            response = wire.getresponse()
            data = response.read()
        except (ConnectionError, http.client.BadStatusLine):
            if early:
                raise early
            raise
        return response, data

    def request(self, method, path, headers=(), body=None, length=0):
        """One exchange. Returns a Page; follows no redirection, loads no resource. body: a function that gives
        the parts of the body anew each time it is called."""
        # A path goes out as it is, dots and all.
        url = self.origin + path if path.startswith("/") else urllib.parse.urljoin(self.origin + "/", path)
        if not url.startswith(self.origin + "/"):
            raise Failure(f"a page of {self.origin} leads elsewhere: {url}")
        sent = list(headers) or list(NAVIGATION)
        if self.cookies:
            sent.append(("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        fresh = self.wire is None
        try:
            response, data = self._request_once(method, url, sent, body, length)
        except (ConnectionError, http.client.RemoteDisconnected):
            self.close()
            if fresh:
                raise
            # A kept connection may have been closed by the server meanwhile: browsers ask again.
            response, data = self._request_once(method, url, sent, body, length)
        for value in response.headers.get_all("Set-Cookie") or []:
            self._take_cookie(value)
        if response.will_close:
            self.close()
        wire_bytes = len(data)
        if (response.getheader("Content-Encoding") or "").lower() == "gzip":
            data = gzip.decompress(data)
        return Page(url, response.status, response.getheaders(), data, wire_bytes)

    def _take_cookie(self, value):
        pair, *attributes = [part.strip() for part in value.split(";")]
        name, _, content = pair.partition("=")
        ages = [item.split("=", 1)[1] for item in attributes if item.lower().startswith("max-age=")]
        if (ages and int(ages[0]) <= 0) or not content:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = content

    def close(self):
        if self.wire is not None:
            self.wire.close()
            self.wire = None

    # -- what a person does

    def _arrive(self, page):
        """Follows redirections, checks and loads what a browser would, and makes it the page in view."""
        for _hop in range(5):
            if page.status not in (301, 302, 303, 307, 308):
                break
            page = self.request("GET", urllib.parse.urljoin(page.url, page.header("Location")))
        else:
            raise Failure(f"{page.url}: five redirections in a row")
        if page.faults:
            raise Failure(f"{page.url} holds what a source must not be sent: {', '.join(page.faults)}")
        for resource in page.resources:
            address = urllib.parse.urljoin(page.url, resource)
            if address.startswith("data:"):
                continue
            answer = self.request("GET", address)
            if answer.status != 200:
                raise Failure(f"{page.url} refers to {address}: status {answer.status}")
        self.page = page
        return page

    def open(self, path):
        return self._arrive(self.request("GET", path))

    def submit(self, form, values=None, files=None, button=None):
        """Fills the form in (by field name), presses its button (by value or text; if not named, the first that isn't for another language)."""
        values, files = dict(values or {}), dict(files or {})
        unknown = (set(values) | set(files)) - set(form.names())
        if unknown:
            raise Failure(f"{self.page.url}: the form has no field {', '.join(sorted(unknown))}; it has {form.names()}")
        entries = []
        for name, kind, value in form.fields:
            if kind == "file":
                chosen = files.get(name, [])
                entries += [(name, item) for item in (chosen if isinstance(chosen, list) else [chosen])] \
                    or [(name, File("", b""))]
            elif values.get(name, value) is not None:
                entries.append((name, str(values.get(name, value)).replace("\r\n", "\n").replace("\n", "\r\n")))
        pressed = self._pick(form, button)
        action = form.action
        if pressed:
            if pressed["name"]:
                entries.append((pressed["name"], pressed["value"]))
            action = pressed["action"] or action
        url = urllib.parse.urljoin(self.page.url, action)
        if form.method == "get":
            return self._arrive(self.request("GET", url.split("?")[0] + "?" + urllib.parse.urlencode(entries)))
        kind, body, length = multipart(entries) if form.enctype == "multipart/form-data" else urlencoded(entries)
        headers = NAVIGATION[:4] + [("Content-Type", kind), ("Origin", "null")] + NAVIGATION[4:]
        return self._arrive(self.request("POST", url, headers, body, length))

    def _pick(self, form, button):
        if button is None:
            return next((item for item in form.buttons if item["name"] != "lang"), None)
        for item in form.buttons:
            if button in (item["value"], item["name"], "".join(item["element"]["text"]).strip()):
                return item
        raise Failure(f"{self.page.url}: no button {button!r}; there are {[b['value'] for b in form.buttons]}")


def urlencoded(entries):
    data = urllib.parse.urlencode(entries).encode()
    return "application/x-www-form-urlencoded", lambda: [data], len(data)


def multipart(entries):
    """As Firefox writes it: returns (content type, function giving the parts, length)."""
    boundary = "----geckoformboundary" + secrets.token_hex(16)
    parts = []
    for name, value in entries:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(value, File):
            quoted = value.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
            head += f'; filename="{quoted}"\r\nContent-Type: {value.kind}'
            parts += [(head + "\r\n\r\n").encode(), value.content, b"\r\n"]
        else:
            parts += [(head + "\r\n\r\n" + value + "\r\n").encode()]
    parts.append(f"--{boundary}--\r\n".encode())

    def body():
        for part in parts:
            for start in range(0, len(part), 65536):
                yield part[start:start + 65536]

    return f"multipart/form-data; boundary={boundary}", body, sum(map(len, parts))


def new_circuit():
    return "circuit-" + os.urandom(6).hex()
