#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage itself: a harness that takes anything for success would make every other test worthless."""

import email.parser
import email.policy
import http.server
import os
import signal
import socket
import socketserver
import tempfile
import threading
import unittest
import urllib.parse
from pathlib import Path

import box as box_module
import cpio
import desk
import proc
import source
import suite
import tornet
from forward import Forwarder

FORM = b"""<!doctype html><title>Write</title><link rel=stylesheet href=/style.css>
<p id="who">The <b>desk</b></p><form method=post action=/write enctype=multipart/form-data>
<input type=hidden name=draft value=abc><select name=topic><option value=a>A</option><option value=b selected>B</option></select><textarea name=message></textarea>
<input type=file name=file multiple><button name=go value=send>Send</button></form>
<form method=post action=/return><input name=codename></form>"""


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []

    def address_string(self):
        return "unix"

    def log_message(self, *_arguments):
        pass

    def _answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        Handler.seen.append(("GET", self.path, dict(self.headers), b""))
        pages = {"/": FORM, "/style.css": b"p{}", "/script": b"<script>alert(1)</script>",
                 "/handler": b"<p onclick='x()'>", "/elsewhere": b"<img src='http://other.example/x.png'>",
                 "/missing-picture": b"<img src='/nothing.png'>", "/conversation": b"<p id=ok>yes</p>"}
        self._answer(200 if self.path in pages else 404, pages.get(self.path, b"<p>nothing</p>"))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Handler.seen.append(("POST", self.path, dict(self.headers), body))
        if self.path == "/return":
            self._answer(303, b"", [("Location", "/conversation"), ("Set-Cookie", "s=token; HttpOnly; Path=/")])
        else:
            self._answer(200, b"<p id=codename>one two</p>")


def setUpModule():
    global folder, server, path
    folder = suite.keep(tempfile.TemporaryDirectory())
    path = folder + "/http"
    server = Server(path, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def straight():
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    stream.connect(path)
    return stream


class TheSource(unittest.TestCase):
    def setUp(self):
        Handler.seen.clear()
        self.browser = source.Browser(straight, "http://box.onion", None)
        self.addCleanup(self.browser.close)

    def test_reads_a_page_as_a_browser(self):
        page = self.browser.open("/")
        self.assertEqual((page.status, page.title, page.by_id("who")), (200, "Write", "The desk"))
        self.assertEqual([path for _method, path, _headers, _body in Handler.seen], ["/", "/style.css"])
        self.assertEqual(page.form_with("message", "file").action, "/write")

    def test_writes_a_multipart_form(self):
        page = self.browser.open("/")
        content = bytes(range(256)) * 1000
        self.browser.submit(page.form_with("file"), {"message": "Привет\nline"},
                            {"file": [source.File('файл"1".bin', content), source.File("b", b"")]})
        _method, _path, headers, body = Handler.seen[-1]
        parsed = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
            b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body)
        parts = list(parsed.iter_parts())
        names = [part.get_param("name", header="content-disposition") for part in parts]
        self.assertEqual(names, ["draft", "topic", "message", "file", "file", "go"])
        self.assertEqual(parts[1].get_payload(decode=True), b"b")
        self.assertEqual(parts[2].get_payload(decode=True).decode(), "Привет\r\nline")
        self.assertEqual(parts[3].get_payload(decode=True), content)
        self.assertEqual(parts[5].get_payload(decode=True), b"send")

    def test_follows_and_keeps_cookies(self):
        page = self.browser.open("/")
        page = self.browser.submit(page.form_with("codename"), {"codename": "a b"})
        self.assertEqual(page.by_id("ok"), "yes")
        self.assertEqual(urllib.parse.parse_qs(Handler.seen[-2][3].decode()), {"codename": ["a b"]})
        self.assertEqual(Handler.seen[-1][2]["Cookie"], "s=token")

    def test_refuses_what_a_source_must_not_get(self):
        for address in ("/script", "/handler", "/elsewhere", "/missing-picture"):
            with self.subTest(address), self.assertRaises(proc.Failure):
                self.browser.open(address)

    def test_a_field_that_is_not_there(self):
        page = self.browser.open("/")
        with self.assertRaises(proc.Failure):
            self.browser.submit(page.form_with("codename"), {"password": "x"})


class OpenedFiles(unittest.TestCase):
    def test_a_message(self):
        text = "Добрый день"
        whole = f"Courier-Message: 1\nTopic: Work\nLength: {len(text.encode())}\nAttachments: none\n\n{text}".encode()
        fields, opened = desk.parse_message(whole + b"\0" * 100)
        self.assertEqual((fields["Topic"], opened), ("Work", text))
        for broken in (whole + b"\0x", whole[:-1], b"X" + whole):
            with self.subTest(broken[-3:]), self.assertRaises(proc.Failure):
                desk.parse_message(broken)

    def test_an_attachment(self):
        meta = "Name: файл\nType: a/b\nLength: 3\n".encode() + b"\0" * 9
        self.assertEqual(desk.attachment(b"abc\0\0", meta), b"abc")
        for broken in (b"ab", b"abcd\0"):
            with self.subTest(broken), self.assertRaises(proc.Failure):
                desk.attachment(broken, meta)


class Children(unittest.TestCase):
    def test_a_child_that_ends_is_noticed(self):
        child = proc.Child(["sh", "-c", "echo why; exit 3"], folder + "/log", "the child")
        child.process.wait()
        with self.assertRaisesRegex(proc.Failure, "the child ended by itself .status 3.*\nwhy"):
            child.check()

    def test_a_child_that_ignores_us_is_ended(self):
        child = proc.Child(["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"], folder + "/log2", "child")
        proc.wait_until(lambda: "up" in Path(folder + "/log2").read_text(), 10, "the child starts")
        child.stop(grace_s=0.2)
        self.assertFalse(child.running())

    def test_an_earlier_log_says_nothing(self):
        for text in ("first", "second"):
            child = proc.Child(["echo", text], folder + "/log3", "child")
            child.process.wait()
        self.assertEqual(Path(folder + "/log3").read_text(), "second\n")

    def test_waiting_ends(self):
        with self.assertRaisesRegex(proc.Failure, "pigs fly"):
            proc.wait_until(lambda: False, 0.1, "pigs fly")


class TheMachine(unittest.TestCase):
    """QEMU with firmware only: there is nothing to boot, which is enough here."""

    def machine(self, **options):
        return suite.keep(box_module.Box(log_dir=suite.logs("system-harness"), card=None, **options))

    def test_a_crash_of_qemu_is_not_the_boxs(self):
        said = []
        machine = self.machine(name="crash", say=said.append)
        machine.child.send(signal.SIGSEGV)
        machine.child.process.wait()
        self.assertIsInstance(machine.death(), box_module.QemuCrash)
        with self.assertRaises(proc.Failure) as caught:
            machine.wait_for(rb"never", timeout_s=1)
        self.assertNotIsInstance(caught.exception, box_module.QemuCrash)
        self.assertEqual((machine.restarts, len(said)), (1, 1))

    def test_an_end_that_is_not_a_power_off(self):
        machine = self.machine(name="quit")
        machine.qmp.call("quit")
        with self.assertRaisesRegex(proc.Failure, "host-qmp-quit"):
            machine.wait_end()

    def test_screen_and_memory(self):
        machine = self.machine(name="screen", memory_mb=64)
        machine.screenshot(folder + "/screen.png")
        self.assertEqual(Path(folder + "/screen.png").read_bytes()[:4], b"\x89PNG")
        machine.dump_memory(folder + "/memory")
        self.assertEqual(os.path.getsize(folder + "/memory"), 64 << 20)
        os.unlink(folder + "/memory")

    def test_an_initramfs_is_well_formed(self):
        packed = cpio.archive({"a/b/init": b"x" * 5})
        listed = [entry for entry in ("a", "a/b", "a/b/init", "TRAILER!!!")]
        found, at = [], 0
        while at < len(packed):
            self.assertEqual(packed[at:at + 6], b"070701")
            size, name_size = int(packed[at + 54:at + 62], 16), int(packed[at + 94:at + 102], 16)
            found.append(packed[at + 110:at + 110 + name_size - 1].decode())
            at += -(-(110 + name_size) // 4) * 4
            at += -(-size // 4) * 4
        self.assertEqual(found, listed)


class ThePrivateNetwork(unittest.TestCase):
    """A stock onion service behind it."""

    @classmethod
    def setUpClass(cls):
        cls.network = suite.keep(tornet.Network(suite.logs("system-harness"), say=print))
        base = cls.network.work / "service"
        (base / "open").mkdir(parents=True, mode=0o700)
        base.chmod(0o700)
        (base / "torrc").write_text(
            f"DataDirectory {base}/data\nSocksPort 0\n" + cls.network.torrc_lines()
            + f"HiddenServiceDir {base}/open\nHiddenServicePort 80 unix:{path}\n")
        cls.network.children.append(proc.Child(cls.network.inside(["tor", "-f", base / "torrc"]),
                                               suite.logs("system-harness") / "tor-service.log", "tor service"))
        cls.client = cls.network.client("source")
        named = base / "open" / "hostname"
        proc.wait_until(named.is_file, 30, "the service has its address", also_check=cls.network.check)
        cls.origin = "http://" + named.read_text().strip()

    def browser(self, connect=None):
        browser = source.Browser(connect or self.client.connect_socks, self.origin, source.new_circuit(), tries=60)
        self.addCleanup(browser.close)
        return browser

    def test_an_onion_service_is_reached(self):
        self.assertEqual(self.browser().open("/").by_id("who"), "The desk")

    def test_from_the_host_through_a_forwarder(self):
        forwarder = Forwarder(self.client.socks_path)
        self.addCleanup(forwarder.close)
        page = self.browser(lambda: socket.create_connection(("127.0.0.1", forwarder.port))).open("/")
        self.assertEqual(page.by_id("who"), "The desk")

    def test_an_address_that_is_not_there(self):
        browser = source.Browser(self.client.connect_socks, "http://" + "a" * 56 + ".onion", "nowhere")
        with self.assertRaises(source.SocksRefused):
            browser.open("/")

    def test_a_new_consensus_lists_every_node(self):
        self.network.settle()

    def test_the_host_cannot_be_reached_from_inside(self):
        routes = proc.run(["ip", "-n", self.network.namespace, "route", "show", "default"], "routes").stdout
        links = proc.run(["ip", "-n", self.network.namespace, "-brief", "link"], "links").stdout.decode().split("\n")
        self.assertEqual(routes, b"")
        self.assertEqual([line.split()[0] for line in links if line], ["lo"])


if __name__ == "__main__":
    suite.main(__name__)
