# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand clients at a crawl: heads, bodies and readers that go on by a byte a second, and some that say nothing.

Whoever is shown the door comes back at once. Used by the door suite, and by the bench as a process of its own:

    crawl.py SOCKET COUNT      says "there" when all are; goes on until its standard input ends; says how many were shown the door
"""
import selectors
import socket
import sys
import threading
import time

EVERY_S = 1.0
POST = (b"POST /write HTTP/1.1\r\nHost: box\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 900000\r\n\r\n"
        b"--B\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n")
# kind: (first bytes, what follows byte by byte, whether it reads what comes)
KINDS = {
    "heads": (b"GET / HTTP/1.1\r\nHost: box\r\nX: ", b"a", True),
    "bodies": (POST, b"a", True),
    "readers": (b"GET / HTTP/1.1\r\nHost: box\r\n\r\n" * 90, b"", False),
    "first bytes": (b"P", b"", True),
    "silent": (b"", b"", True),
}


class Crawl:
    """with Crawl(connect, 1000) as crawl: they are there. connect(): a connected stream."""

    def __init__(self, connect, count):
        self.connect, self.count = connect, count
        self.selector, self.due = selectors.DefaultSelector(), {}
        self.begun = self.ended = 0
        self.over, self.problem = threading.Event(), None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        for i in range(self.count):
            self._begin(list(KINDS)[i % len(KINDS)])
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(30)
        for stream in list(self.due):
            stream.close()
        self.selector.close()
        if self.problem:
            raise self.problem

    def _begin(self, kind):
        stream = self.connect()
        if kind == "readers":
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        stream.setblocking(False)
        try:
            stream.send(KINDS[kind][0])
        except OSError:
            pass  # closed already, or full: it goes on as one that waits
        self.due[stream] = kind
        if KINDS[kind][2]:
            self.selector.register(stream, selectors.EVENT_READ)
        self.begun += 1

    def _end(self, stream, again):
        kind = self.due.pop(stream)
        if KINDS[kind][2]:
            self.selector.unregister(stream)
        stream.close()
        self.ended += 1
        if again:
            self._begin(kind)

    def _run(self):
        try:
            while not self.over.is_set():
                self._answers(time.monotonic() + EVERY_S)
                for stream, kind in list(self.due.items()):
                    try:
                        if KINDS[kind][1]:
                            stream.send(KINDS[kind][1])
                        elif not KINDS[kind][2] and not stream.recv(1):
                            raise ConnectionResetError
                    except BlockingIOError:
                        pass
                    except OSError:
                        self._end(stream, True)
        except Exception as error:  # pylint: disable=broad-except  # handed to whoever waits for the end
            self.problem = error

    def _answers(self, until):
        while (left := until - time.monotonic()) > 0 and not self.over.is_set():
            for key, _ in self.selector.select(min(left, 0.2)):
                try:
                    if key.fileobj.recv(65536):
                        continue
                except BlockingIOError:
                    continue
                except OSError:
                    pass
                self._end(key.fileobj, True)


def main():
    path, count = sys.argv[1], int(sys.argv[2])

    def connect():
        stream = socket.socket(socket.AF_UNIX)
        while True:
            try:
                stream.settimeout(10)
                stream.connect(path)
                return stream
            except BlockingIOError:  # so many knock at this moment
                time.sleep(0.005)

    with Crawl(connect, count) as crawl:
        print("there", flush=True)
        sys.stdin.read()
    print(crawl.ended, flush=True)


if __name__ == "__main__":
    main()
