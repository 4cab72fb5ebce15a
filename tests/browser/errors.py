# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that no click in a story leads to: refusals, got by requests that deserve them.

Not here: 500, which only a fault in the program brings about.
"""
import socket
import threading

import bench

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
CAPACITY = 32 << 20
ONE_CIRCUITS_WORKERS = 16  # LIMIT_VISIT_SLOTS / LIMIT_CIRCUIT_PART: who comes after them waits, then is told
SLOW_S = 180               # LIMIT_HEAD_MS is 60 s; a circuit without a free worker is told after 20 s

# name: (status, method, path, body, more headers)
REFUSED = {
    "error-400": (400, "POST", "/return", "codename=%zz", {"Content-Type": FORM}),
    "error-403": (403, "POST", "/return", "codename=x", {"Content-Type": FORM, "Sec-Fetch-Site": "cross-site"}),
    "error-404": (404, "GET", "/nothing", None, {}),
    "error-405": (405, "POST", "/", "x=y", {"Content-Type": FORM}),
    "error-413": (413, "POST", "/return", "codename=" + "x" * 10_000, {"Content-Type": FORM}),
    "error-415": (415, "POST", "/return", "x", {"Content-Type": "text/plain"}),
}
# More than the store has room for, from one circuit.
FULL = (507, "POST", "/write", (b'--x\r\nContent-Disposition: form-data; name="file"; filename="film.mp4"\r\n\r\n'
                                + bytes(CAPACITY // 4) + b"\r\n--x--\r\n"), {"Content-Type": MULTIPART})


def refused(running, how, locale):
    """The page's text, or None if the answer has another status, or the connection breaks off before it is read."""
    status, method, path, body, headers = how
    try:
        got, _, page = running.ask(method, path, body, {"Accept-Language": locale, **headers})
    except OSError:
        return None
    return page if got == status else None


def read_all(stream):
    data = b""
    while part := stream.recv(65536):
        data += part
    head, _, page = data.partition(b"\r\n\r\n")
    return head.split(b" ")[1:2], page.decode("utf-8", "replace")


class Collector:
    """Starts at once what takes its time; pages() has everything."""

    def __init__(self, stack, running, languages, locales):
        self.running, self.languages, self.locales, self.slow = running, languages, locales, {}
        full = bench.Site(None, "--capacity", str(CAPACITY))
        stack.callback(full.remove)
        self.full = stack.enter_context(bench.Bench(full))
        flooded = bench.Site(None)
        stack.callback(flooded.remove)
        self.flooded = stack.enter_context(bench.Bench(flooded, "--proxy-lines"))
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self._late, self._flood)]
        for thread in self.threads:
            thread.start()

    def _late(self):
        """A head that never ends."""
        with self.running.connect() as stream:
            stream.settimeout(SLOW_S)
            stream.sendall(b"GET / HTTP/1.1\r\nHost: box\r\nAccept-Language: en\r\n")
            self._keep("error-408", b"408", stream)

    def _flood(self):
        """One circuit takes all it may have; one more connection of it is told so."""
        streams = []
        try:
            for _ in range(ONE_CIRCUITS_WORKERS + 1):
                streams.append(self.flooded.connect())
                streams[-1].sendall(b"PROXY TCP6 fc00:dead:beef:4dad::0:7 ::1 35 80\r\nGET / HTTP/1.1\r\nHost: box\r\n")
            streams[-1].settimeout(SLOW_S)
            self._keep("error-503", b"503", streams[-1])
        finally:
            for stream in streams:
                stream.close()

    def _keep(self, name, status, stream):
        try:
            got, page = read_all(stream)
        except (socket.timeout, ConnectionError):
            return
        if got == [status]:
            self.slow[name] = page

    def pages(self):
        """(name, language, text or None) of each. The last two are sent before a language was asked for."""
        for language in self.languages:
            for name, how in REFUSED.items():
                yield name, language, refused(self.running, how, self.locales[language])
            yield "error-507", language, refused(self.full, FULL, self.locales[language])
        for thread in self.threads:
            thread.join(SLOW_S)
        for name in ("error-408", "error-503"):
            yield name, "en", self.slow.get(name)
