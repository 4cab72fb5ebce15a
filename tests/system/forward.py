# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings a client's SOCKS port out of its network namespace: 127.0.0.1:PORT here to the Unix socket there."""

import socket
import threading


class Forwarder:
    def __init__(self, socket_path, port=0):
        self.socket_path = socket_path
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _address = self.listener.accept()
            except OSError:
                return  # closed: the end
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with near, far:
            try:
                far.connect(self.socket_path)
            except OSError:
                return  # tor is gone: the caller sees its connection end
            back = threading.Thread(target=_copy, args=(far, near), daemon=True)
            back.start()
            _copy(near, far)
            back.join()

    def close(self):
        # shutdown() wakes the thread that waits in accept(); close() alone would not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def _copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side hung up; the other copy ends by itself
