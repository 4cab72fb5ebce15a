# SPDX-License-Identifier: GPL-3.0-or-later
"""The cable between the box's card and the network: every frame passes here, is kept, and may be held back.

    cable = Cable(folder)
    Box(..., cable=cable)            the far end is QEMU's user network, unless `alone`
    cable.sent                       all frames that the box has sent since it was switched on, cut to their headers
    cable.put(frame)                 a neighbour's
    cable.passes = lambda frame: …   which frames go on, in either direction
"""

import os
import select
import socket
import threading
from pathlib import Path

KEPT = 80  # bytes of each frame: all headers; of DHCP more is kept
KEPT_DHCP = 400
ROOM = 4 << 20  # of a socket's buffers: QEMU drops what doesn't fit


class Cable:
    def __init__(self, folder, alone=False, keep=True):
        """folder: a short path, for sockets. keep: what the box sends, in self.sent."""
        self.folder = Path(folder)
        self.alone = alone
        self.keep = keep
        self.sent = []
        self.heard = lambda frame: None  # called with each of the box's frames
        self.passes = lambda frame: True
        self.near, self.far = (self._socket(name) for name in ("near", "far"))
        self.wake, self.woken = os.pipe()
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _socket(self, name):
        end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        end.bind(str(self.folder / f"cable-{name}"))
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            end.setsockopt(socket.SOL_SOCKET, option, ROOM)
        return end

    def options(self, card):
        """QEMU's. The card is called "card", for set_link."""
        def end(name, ident):
            return (f"dgram,id={ident},local.type=unix,local.path={self.folder / name},"
                    f"remote.type=unix,remote.path={self.folder / f'cable-{name}'}")

        options = ["-netdev", end("near", "net"), "-device", f"{card},netdev=net,id=card"]
        if not self.alone:
            options += ["-netdev", "user,id=wan,ipv6=off", "-netdev", "hubport,id=hub0,hubid=1,netdev=wan",
                        "-netdev", end("far", "reach"), "-netdev", "hubport,id=hub1,hubid=1,netdev=reach"]
        return options

    def _carry(self):
        while True:
            ready, _, _ = select.select([self.near, self.far, self.wake], [], [])
            if self.wake in ready:
                return
            for end in ready:
                frame = end.recv(65536)
                if end is self.near:
                    if self.keep:
                        self.sent.append(frame[:KEPT_DHCP if len(frame) < KEPT_DHCP else KEPT])
                    self.heard(frame)
                if self.passes(frame):
                    self._send(self.far if end is self.near else self.near, frame)

    def _send(self, end, frame):
        try:
            end.sendto(frame, str(self.folder / ("near" if end is self.near else "far")))
        except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):
            pass  # nobody is there: as on any cable

    def put(self, frame):
        self._send(self.near, frame)

    def close(self):
        os.write(self.woken, b"x")
        self.thread.join()
        for end in (self.near, self.far):
            end.close()
        for end in (self.wake, self.woken):
            os.close(end)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()
