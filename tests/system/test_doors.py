#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both doors of a booted box, through Tor: the whole exchange, bad input, and whom the desk's door lets in."""

import contextlib
import json
import re
import time
import unittest

import desk
import session
import source
import suite
from run import Play
from transcript import Transcript

UPLOAD_MAX = 6 << 20
MALFORMED = {
    "no version": b"GET /\r\n\r\n",
    "bare LF": b"GET / HTTP/1.1\nHost: {host}\n\n",
    "two Hosts": b"GET / HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : {host}\r\n\r\n",
    "folded header": b"GET / HTTP/1.1\r\nHost: {host}\r\nX: a\r\n b\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: {host}\r\nX: a\0b\r\n\r\n",
    "Content-Length twice": b"POST /return HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "Content-Length not a number": b"POST /return HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1x\r\n\r\na",
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40) + b"\r\n\r\n",
}


class GuardedSession(session.Session):
    """With entry guards in the site file, of which the first was used before."""

    def make_site(self):
        super().make_site()
        self.guards = [node.fingerprint() for node in self.network.nodes[1:4]]
        lines = [f"guard = {fingerprint} 2026-01-0{day}" for day, fingerprint in enumerate(self.guards, 1)]
        lines[0] += " 2026-01-05"
        site = self.work / "site"
        site.write_text(site.read_text().replace("guard-seed", "\n".join(lines) + "\nguard-seed", 1))


def setUpModule():
    global stage, play
    logs = suite.logs("system-doors")
    stage = suite.keep(GuardedSession(logs, say=print, site_options=["--upload-max", str(UPLOAD_MAX)]))
    say = suite.keep(contextlib.closing(Transcript(logs / "transcript.txt")))
    play = Play(stage, say)


class AnExchange(unittest.TestCase):
    """In the order of the names."""

    def test_1_the_source_writes(self):
        play.source_writes()

    def test_2_the_desk_collects(self):
        play.desk_collects()

    def test_3_the_desk_replies(self):
        play.desk_replies()

    def test_4_the_source_reads_and_deletes(self):
        play.source_reads_and_deletes()

    def test_5_standard_parts_are_a_complete_desk(self):
        """HTTP, tar and age, without courier desk: what was collected before is not given again."""
        browser = stage.source()
        page = browser.open("/write")
        browser.submit(page.form_with("message", "file"), {"message": "second source"})
        browser.close()
        held = stage.desk.collect_by_hand()
        texts = [name for name in held if re.fullmatch(r"[0-9a-f]{32}/\d{4,}\.age", name)]
        opened = [desk.parse_message(stage.desk.age_open(held[name]))[1] for name in texts]
        self.assertIn("second source", opened)
        self.assertEqual(list(held)[-1], "cursor")
        for name in texts:
            self.assertTrue(held[name.split("/")[0] + "/recipient"].startswith(b"age1"))


class BadInput(unittest.TestCase):
    """Each gets a clear page with the right status, and the box goes on."""

    def setUp(self):
        self.browser = stage.source()
        self.addCleanup(self.browser.close)

    def tearDown(self):
        stage.check_untroubled()

    def assert_page(self, page, status):
        self.assertEqual(page.status, status, page.text[:300])
        self.assertTrue(page.is_html())
        self.assertGreater(len(page.text), 20)

    def test_wrong_codename(self):
        page = self.browser.open("/return")
        # Nine words of the list whose check bits, but for one case in two thousand, are wrong; and words that are
        # not in the list.
        for codename in ("abandon ability able about above absent absorb abstract absurd", "one two three", "12345"):
            with self.subTest(codename):
                self.browser.open("/return")
                page = self.browser.submit(self.browser.page.form_with("codename"), {"codename": codename})
                self.assert_page(page, 403)
                self.assertFalse(self.browser.cookies)

    def test_empty_message(self):
        page = self.browser.open("/write")
        page = self.browser.submit(page.form_with("message", "file"), {"message": ""})
        self.assert_page(page, 422)
        self.assertIsNone(page.by_id("codename"))

    def test_oversized_upload(self):
        page = self.browser.open("/write")
        big = source.File("big.bin", bytes(UPLOAD_MAX + (1 << 20)))
        page = self.browser.submit(page.form_with("message", "file"), {"message": "big"}, {"file": big})
        self.assert_page(page, 413)
        self.assertIsNone(page.by_id("codename"))

    def test_unknown_path(self):
        for path in ("/nothing", "/v1/status", "/../etc/passwd", "/%00", "/conversation/../write"):
            with self.subTest(path):
                self.assert_page(self.browser.request("GET", path), 404)

    def test_wrong_method(self):
        self.assert_page(self.browser.request("PUT", "/write", body=lambda: [b"x"], length=1), 405)

    def test_no_session(self):
        page = self.browser.request("GET", "/conversation")
        self.assertEqual(page.status, 403)
        page.form_with("codename")

    def test_malformed_http(self):
        host = stage.origin.removeprefix("http://").encode()
        for name, request in MALFORMED.items():
            with self.subTest(name):
                with self.browser.stream() as stream:
                    stream.sendall(request.replace(b"{host}", host))
                    answer = b""
                    while part := stream.recv(65536):  # to its end: the worker has gone
                        answer += part
                self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer[:200])
                self.assertIn(b"</html>", answer.lower())

    def test_a_body_without_a_length(self):
        page = self.browser.request("POST", "/return", [("Transfer-Encoding", "chunked")])
        self.assert_page(page, 411)

    def test_it_still_serves(self):
        self.assertEqual(self.browser.open("/").status, 200)


class Answers(unittest.TestCase):
    """Nothing in the form of an answer says which page it was."""

    def test_same_headers_same_order_few_sizes(self):
        browser = stage.source()
        self.addCleanup(browser.close)
        pages = [browser.open(path) for path in ("/", "/safety", "/write", "/return")]
        pages.append(browser.request("GET", "/nothing"))
        for page in pages:
            with self.subTest(page.url):
                names = [name.lower() for name, _value in page.headers]
                self.assertEqual(names, [name.lower() for name, _value in pages[0].headers])
                self.assertFalse(set(names) & {"date", "server", "etag", "last-modified", "set-cookie"})
                self.assertEqual(len(page.resources), len(pages[0].resources))
        self.assertLessEqual(len({page.wire_bytes for page in pages}), 2)


class TheDesksDoor(unittest.TestCase):
    # Of SOCKS_ERRORS, those that say something of the way and nothing of the door: somebody tries again.
    NO_WAY = {0x01, 0x04, 0x06, 0xF0, 0xF2, 0xF3, 0xF7}

    def refusal(self, client):
        """How Tor refuses the desk's door to whoever has this client."""
        for _ in range(10):
            with self.assertRaises(source.SocksRefused) as caught:
                source.Browser(client.connect_socks, "http://" + stage.desk_address, source.new_circuit()).stream()
            if caught.exception.code not in self.NO_WAY:
                break
            time.sleep(3)
        return caught.exception.code

    def test_the_right_token(self):
        self.assertEqual(stage.desk.http()("GET", "/v1/status").status, 200)

    def test_a_wrong_token_gets_401_and_no_hint(self):
        answers = set()
        for token in ("0" * 64, "x", stage.desk.token()[:-1] + ("0" if stage.desk.token()[-1] != "0" else "1")):
            for method, path, body in (("GET", "/v1/status", None), ("GET", "/v1/collect?after=0", None),
                                       ("GET", "/nothing", None), ("DELETE", "/v1/conversations/00", None),
                                       ("POST", "/v1/collected", b"1")):
                page = stage.desk.http(token=token)(method, path, body)
                self.assertEqual((page.status, page.body), (401, b""), (method, path))
                answers.add((page.status, tuple(page.headers), page.body))
        self.assertEqual(len(answers), 1, answers)

    def test_without_client_authorisation_nothing_is_reached(self):
        """The source's tor knows the address and not the key; the desk's tor shows that the service is there."""
        self.assertEqual(self.refusal(stage.source_client), 0xF4)
        self.assertEqual(stage.desk.http()("GET", "/v1/status").status, 200)

    def test_another_key_opens_nothing(self):
        address, kind, algorithm, key = stage.desk.onion_auth().strip().split(":")
        other = ("B" if key[10] != "B" else "C").join((key[:10], key[11:]))
        client = stage.network.client("stranger", onion_auth=[":".join((address, kind, algorithm, other))])
        self.assertEqual(self.refusal(client), 0xF5)


class TheGuards(unittest.TestCase):
    def test_they_are_the_site_files(self):
        told = json.loads(stage.desk.http()("GET", "/v1/status").body)
        self.assertIs(told["guards_same"], True, told)
        self.assertIs(told["guards_wait"], False)
        self.assertGreater(told["guard_age_days"], 0)
        lines = told["guards"].split(",")
        self.assertEqual([line.split(" ")[0] for line in lines], stage.guards)
        self.assertTrue(lines[0].endswith(" 2026-01-01 2026-01-05"))

    def test_the_desk_keeps_them_for_the_site_file(self):
        stage.desk.sync()
        kept = (stage.desk.box / "guards").read_text().splitlines()
        self.assertEqual([line.split(" ")[:3] for line in kept], [["guard", "=", one] for one in stage.guards])


if __name__ == "__main__":
    suite.main(__name__)
