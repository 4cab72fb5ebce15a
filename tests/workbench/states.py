# SPDX-License-Identifier: GPL-3.0-or-later
"""Every answer that the source's door has: each state, route and refusal, by name.

The walks yield (name, Answer). What each name must be is EXPECTED; docs/HTTP.md has the same in words.
500 is not here: only a fault of the program brings it about.
"""
import hashlib
import re

import wire

KB = 1000
UPLOAD_MAX = 1 << 20
BASE = ["Content-Type", "Cache-Control", "Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options",
        "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"]
END = ["Content-Length", "Connection"]
PLAIN, COOKIE, GOES_ON, ENTERS, ALLOWS, LEAVES = (
    (), ("Set-Cookie",), ("Location",), ("Location", "Set-Cookie"), ("Allow",), ("Set-Cookie", "Clear-Site-Data"))
# A download's place of Content-Length: it has chunks. Its bytes are padded in the seal, then on the way.
FILE = ("Content-Disposition", "Transfer-Encoding")
TOO_LONG_A_TEXT = "x" * 61_000     # past 60 KiB is 61,440
FULL_OF_QUOTES = '"' * 62_000      # each is six bytes on the page
REPLY = "Thank you. Спасибо. متشکریم. 谢谢。\n<b>Who</b> else & why?"
FILES = {"small.txt": b"a few bytes", "middle ф.bin": bytes(range(256)) * 100, "large.bin": b"long " * 700_000}
LONG_REPLY, LONGEST_REPLY = "long " * 6_000, "<" * 60_000

# In the other language, which the address or a button chose.
IN_OTHER = {"safety, chosen language", "write, other language", "return, other language"}

# name: (status, KiB, headers between the fixed ones). Names that begin alike are one page in several ways.
EXPECTED = {
    # before anything is written
    "landing": (200, 24, PLAIN), "landing, HEAD": (200, 24, PLAIN), "landing, absolute-form": (200, 24, PLAIN),
    "landing, other query": (200, 24, PLAIN), "landing, last on the connection": (200, 24, PLAIN),
    "landing, HTTP/1.0": (200, 24, PLAIN),
    "safety": (200, 24, PLAIN), "safety, chosen language": (200, 24, PLAIN), "write": (200, 24, PLAIN),
    "write, HEAD": (200, 24, PLAIN), "return": (200, 24, PLAIN), "kept": (200, 24, PLAIN), "sent, by itself": (200, 24, PLAIN),
    "left, by itself": (200, 24, PLAIN), "deleted, by itself": (200, 24, PLAIN),
    "conversation, no session": (403, 24, PLAIN), "conversation/write, no session": (403, 24, PLAIN),
    # the form to write with
    "write, empty": (422, 24, PLAIN), "write, other language": (200, 24, PLAIN), "write, file added": (200, 24, PLAIN),
    "write, file dropped": (200, 24, PLAIN), "write, files lost": (422, 24, PLAIN), "write, draft taken": (503, 24, PLAIN),
    "write, text too long": (422, 96, PLAIN), "write, quotes too long": (422, 384, PLAIN),
    "write, field too long": (413, 96, PLAIN), "write, past the limit": (413, 24, PLAIN),
    "write, too many files": (413, 24, PLAIN), "write, broken": (400, 24, PLAIN), "write, cut": (400, 24, PLAIN),
    "write, transfer encoding": (415, 24, PLAIN), "write, not a form": (415, 24, PLAIN),
    "write, another site's": (403, 24, PLAIN), "write, a site of the same name": (403, 24, PLAIN),
    # the codename
    "codename": (200, 24, PLAIN), "codename, other language": (200, 24, PLAIN), "codename, not one": (400, 24, PLAIN),
    # coming back
    "return, nothing typed": (403, 24, PLAIN), "return, too few": (403, 24, PLAIN), "return, mixed": (403, 24, PLAIN),
    "return, no such word": (403, 24, PLAIN), "return, swapped": (403, 24, PLAIN), "return, too long": (403, 24, PLAIN),
    "return, other language": (200, 24, PLAIN), "return, another site's": (403, 24, PLAIN),
    "return, bad escape": (400, 24, PLAIN), "return, form too big": (413, 24, PLAIN), "return, not a form": (415, 24, PLAIN),
    "return, opens nothing": (303, 24, ENTERS), "opened nothing": (403, 24, PLAIN),
    "return, right": (303, 24, ENTERS),
    # inside
    "conversation, no answers": (200, 24, PLAIN), "conversation, HEAD": (200, 24, PLAIN),
    "conversation, an answer": (200, 24, PLAIN), "conversation, answer deleted": (200, 24, PLAIN),
    "conversation, long answer": (200, 96, PLAIN), "conversation, longest answers": (200, 1536, PLAIN),
    "conversation/write": (200, 24, PLAIN), "conversation/write, empty": (422, 24, PLAIN),
    "conversation/write, other token": (403, 24, PLAIN), "conversation/write, text too long": (422, 96, PLAIN),
    "sent": (200, 24, PLAIN),
    "file, to HTTP/1.0": (505, 24, PLAIN), "file, gone": (303, 24, GOES_ON), "file, other token": (403, 24, PLAIN), "file, no number": (400, 24, PLAIN),
    "file, small.txt": (200, 24, FILE), "file, middle ф.bin": (200, 96, FILE), "file, large.bin": (200, 2 * 1536 + 1536, FILE),
    "conversation/write, opened nothing": (200, 24, PLAIN), "sent, opened nothing": (200, 24, PLAIN),
    "delete-reply": (303, 24, GOES_ON), "delete-reply, twice": (303, 24, GOES_ON),
    "delete-reply, no number": (400, 24, PLAIN), "delete-reply, other token": (403, 24, PLAIN),
    "delete, other token": (403, 24, PLAIN), "leave, other token": (403, 24, PLAIN),
    "leave": (200, 24, LEAVES), "leave, no session": (200, 24, LEAVES), "conversation, session over": (403, 24, COOKIE),
    "delete": (200, 24, LEAVES), "delete, no session": (403, 24, PLAIN),
    # routes and methods
    "no such page": (404, 24, PLAIN), "POST to no such page": (404, 24, PLAIN),
    "POST to GET": (405, 24, ALLOWS), "GET to POST": (405, 24, ALLOWS), "PUT": (405, 24, ALLOWS), "DELETE": (405, 24, ALLOWS),
    # a browser that doesn't say where a form comes from
    "old browser, landing": (200, 24, PLAIN), "old browser, return": (200, 24, COOKIE),
    "old browser, codename": (200, 24, COOKIE), "old browser, codename without cookie": (403, 24, PLAIN),
    "old browser, return without cookie": (403, 24, COOKIE), "old browser, return, too few": (403, 24, COOKIE),
    "old browser, return, right": (303, 24, ENTERS), "old browser, conversation": (200, 24, PLAIN),
    "old browser, return, opens nothing": (303, 24, ENTERS), "old browser, opened nothing": (403, 24, PLAIN),
    "no cookies, return, right": (303, 24, ENTERS), "no cookies, conversation": (403, 24, PLAIN),
    # refused by the head alone, before a language is known
    "head: not HTTP": (400, 24, PLAIN), "head: two hosts": (400, 24, PLAIN), "head: chunked": (411, 24, PLAIN),
    "head: no length": (411, 24, PLAIN), "head: length past 63 bits": (413, 24, PLAIN), "head: target too long": (414, 24, PLAIN),
    "head: expectation": (417, 24, PLAIN), "head: too many fields": (431, 24, PLAIN), "head: unknown method": (501, 24, PLAIN),
    "head: unknown coding": (501, 24, PLAIN), "head: HTTP/1.2": (505, 24, PLAIN),
    # too many people, too little room, too slow
    "write, no room": (507, 24, PLAIN), "busy, from the door": (503, 24, PLAIN),
    "write, too slow": (408, 24, PLAIN), "head: too slow": (408, 24, PLAIN),
}


def before_writing(s, other):
    yield "landing", s.get("/")
    yield "landing, HEAD", s.ask("HEAD", "/")
    yield "landing, absolute-form", s.get("http://box/")
    yield "landing, other query", s.get("/?utm_source=x")
    yield "landing, last on the connection", s.ask("GET", "/", more=[("Connection", "close")])
    yield "landing, HTTP/1.0", s.exchange(f"GET / HTTP/1.0\r\nHost: box\r\nAccept-Language: {s.language}\r\n\r\n".encode())
    yield "safety", s.get("/safety")
    yield "safety, chosen language", s.get("/safety?lang=" + other)
    yield "write", s.get("/write")
    yield "write, HEAD", s.ask("HEAD", "/write")
    yield "return", s.get("/return")
    for path, name in (("/kept", "kept"), ("/sent", "sent, by itself"), ("/left", "left, by itself"),
                       ("/deleted", "deleted, by itself")):
        yield name, s.get(path)
    yield "conversation, no session", s.get("/conversation")
    yield "conversation/write, no session", s.get("/conversation/write")
    yield "delete, no session", s.post("/conversation/delete", {"csrf": "A" * 43})
    yield "leave, no session", s.post("/leave", {})
    yield "no such page", s.get("/nothing")
    yield "POST to no such page", s.post("/nothing", {"x": "y"})
    yield "POST to GET", s.post("/safety", {"x": "y"})
    yield "GET to POST", s.get("/leave")
    yield "PUT", s.ask("PUT", "/write", b"x")
    yield "DELETE", s.ask("DELETE", "/conversation")


def writing(s, other):
    def draft():
        return s.get("/write").value("draft")

    yield "write, empty", s.write(draft=draft(), message=" \r\n ")
    yield "write, other language", s.write(draft=draft(), message="typed", lang=other)
    one = draft()
    added = s.write(draft=one, message="typed", files=[("a.txt", b"a" * 3000)], go="add")
    yield "write, file added", added
    yield "write, file dropped", s.write(draft=one, message="typed", arrived="1", go="drop")
    yield "write, files lost", s.write(draft=one, message="typed", arrived="1", go="send")
    yield "write, text too long", s.write(draft=draft(), message=TOO_LONG_A_TEXT + "x" * 1000)
    yield "write, quotes too long", s.write(draft=draft(), message=FULL_OF_QUOTES)
    yield "write, field too long", s.write(draft=draft(), message="x" * 70_000)
    yield "write, past the limit", s.write(draft=draft(), message="typed", files=[("big", bytes(UPLOAD_MAX + 1))])
    yield "write, too many files", s.write(draft=draft(), message="typed", files=[(f"{i}", b"x") for i in range(17)])
    yield "write, draft taken", draft_taken(s, draft())
    kind, body = wire.multipart([("message", "x")], [])
    yield "write, broken", s.ask("POST", "/write", b"--x\r\nnonsense\r\n\r\n\r\n--x--\r\n",
                                 [("Content-Type", "multipart/form-data; boundary=x")])
    yield "write, cut", s.ask("POST", "/write", body[:-20], [("Content-Type", kind)])
    yield "write, transfer encoding", s.ask("POST", "/write", body.replace(
        b'"message"', b'"message"\r\nContent-Transfer-Encoding: base64'), [("Content-Type", kind)])
    yield "write, not a form", s.ask("POST", "/write", b"{}", [("Content-Type", "application/json")])
    yield "write, another site's", s.ask("POST", "/write", body, [("Content-Type", kind), ("Sec-Fetch-Site", "cross-site")])
    yield "write, a site of the same name", s.ask("POST", "/write", body, [("Content-Type", kind), ("Sec-Fetch-Site", "same-site")])


def draft_taken(s, token):
    """The answer to a form whose draft another connection is sending."""
    kind, body = wire.multipart([("draft", token), ("message", "x" * 9000)], [("a", b"x")])
    begun = (f"POST /write HTTP/1.1\r\nHost: box\r\nContent-Type: {kind}\r\nContent-Length: {len(body) + 99}\r\n\r\n"
             .encode() + body)
    for _ in range(50):
        with s.connect() as stream:
            stream.sendall(begun)
            for _ in range(20):
                answer = s.write(draft=token, message="typed", go="add")
                if answer.status != 200:
                    return answer
        # Ours was there first, and the other one was refused.
    return answer


def codename_of(page):
    """The digits: every language has them."""
    return page.element("codename-digits")


def swapped(digits):
    """Two groups in each other's place. One such pair in 2,048 fits the check all the same (docs/CODENAME.md): then the next pair."""
    groups = digits.split()
    for at in range(len(groups) - 1):
        typed = [*groups[:at], groups[at + 1], groups[at], *groups[at + 2:]]
        number = int("".join(typed))
        bits = (number >> 11) & ((1 << 88) - 1)
        check = int.from_bytes(hashlib.sha256(b"Silent Courier codename check v1" + bits.to_bytes(11, "big")).digest()[:2], "big") >> 5
        if number >> 99 or number & 0x7ff != check:
            return " ".join(typed)
    raise ValueError(f"no swap in {digits} is one that can be noticed")


def first_message(s, language, other):
    """Yields, and returns the codename."""
    page = s.write(draft=s.get("/write").value("draft"), message="A first message.", files=[("наблюдение.ods", b"data")])
    yield "codename", page
    digits = codename_of(page)
    yield "codename, other language", s.post("/codename?lang=" + other, {"codename": digits, "lang": language})
    yield "codename, not one", s.post("/codename", {"codename": "one two"})
    return digits


def coming_back(s, digits, nothing, other):
    """nothing: a codename that opens nothing. At the end the source is inside."""
    for name, typed in (("nothing typed", ""), ("too few", "12345 67890"), ("mixed", "12345 zoo"), ("too long", "9" * 600),
                        ("no such word", "qqqqqq " * 9), ("swapped", swapped(digits))):
        yield "return, " + name, s.post("/return", {"codename": typed})
    yield "return, other language", s.post("/return", {"codename": "typed", "lang": other})
    yield "return, another site's", s.post("/return", {"codename": digits}, [("Sec-Fetch-Site", "cross-site")])
    yield "return, bad escape", s.ask("POST", "/return", b"codename=%zz", [("Content-Type", wire.URLENCODED)])
    yield "return, form too big", s.post("/return", {"codename": "x" * 9000})
    yield "return, not a form", s.ask("POST", "/return", b"x", [("Content-Type", "text/plain")])
    yield "return, opens nothing", s.sign_in(nothing)
    yield "opened nothing", s.get("/conversation")
    form = s.get("/conversation/write")
    yield "conversation/write, opened nothing", form
    yield "return, right", s.sign_in(digits)


def from_nothing(s, nothing):
    """Who comes back to a box that was restarted writes under the same codename. Once for each such codename."""
    s.sign_in(nothing)
    form = s.get("/conversation/write")
    yield "sent, opened nothing", s.write("/conversation/write", csrf=form.value("csrf"), draft=form.value("draft"), message="again")


def downloads(s):
    """The files of a conversation's only reply, as FILES has them."""
    page = s.get("/conversation")
    found = re.findall(r'action="/conversation/file[^"]*">.*?name="number" value="(\d+)".*?<bdi>(.*?)</bdi>', page.text, re.S)
    for number, name in found:
        yield "file, " + name, s.post("/conversation/file", {"csrf": page.value("csrf"), "number": number})
    form = f"csrf={page.value('csrf')}&number={found[0][0]}".encode()
    lines = [f"POST /conversation/file HTTP/1.0", *(f"{name}: {value}" for name, value in s.fields()),
             f"Content-Type: {wire.URLENCODED}", f"Content-Length: {len(form)}"]
    yield "file, to HTTP/1.0", s.exchange("\r\n".join(lines).encode() + b"\r\n\r\n" + form)


def inside(s, answered):
    """A conversation with an answer, or without one."""
    if answered:
        page = s.get("/conversation")
        yield "conversation, an answer", page
        token, number = page.value("csrf"), re.search(r'id="reply-(\d+)"', page.text).group(1)
        yield "file, gone", s.post("/conversation/file", {"csrf": token, "number": "4000"})
        yield "file, no number", s.post("/conversation/file", {"csrf": token, "number": "-1"})
        yield "file, other token", s.post("/conversation/file", {"csrf": "A" * 43, "number": number})
        yield "delete-reply, no number", s.post("/conversation/delete-reply", {"csrf": token, "number": "x"})
        yield "delete-reply, other token", s.post("/conversation/delete-reply", {"csrf": "A" * 43, "number": number})
        yield "delete-reply", s.post("/conversation/delete-reply", {"csrf": token, "number": number})
        yield "delete-reply, twice", s.post("/conversation/delete-reply", {"csrf": token, "number": number})
        yield "conversation, answer deleted", s.get("/conversation")
        yield "delete, other token", s.post("/conversation/delete", {"csrf": "A" * 43})
        yield "delete", s.post("/conversation/delete", {"csrf": token})
        return
    page = s.get("/conversation")
    yield "conversation, no answers", page
    yield "conversation, HEAD", s.ask("HEAD", "/conversation")
    form = s.get("/conversation/write")
    yield "conversation/write", form
    ours = {"csrf": form.value("csrf"), "draft": form.value("draft")}
    yield "conversation/write, empty", s.write("/conversation/write", **ours, message=" ")
    yield "conversation/write, other token", s.write("/conversation/write", csrf="A" * 43, message="typed")
    yield "conversation/write, text too long", s.write("/conversation/write", **ours, message=TOO_LONG_A_TEXT + "x" * 1000)
    yield "sent", s.write("/conversation/write", **ours, message="A second message.", files=[("b", b"x")])
    yield "leave, other token", s.post("/leave", {"csrf": "A" * 43})
    kept = dict(s.cookies)
    yield "leave", s.post("/leave", {"csrf": page.value("csrf")})
    s.cookies = kept
    yield "conversation, session over", s.get("/conversation")


def old_browser(s, nothing):
    """Cookies, but not a word on where a form comes from."""
    yield "old browser, landing", s.get("/")
    yield "old browser, return", s.get("/return")
    page = s.write(message="A message.")
    yield "old browser, codename", page
    digits = codename_of(page)
    kept, s.cookies = s.cookies, {}
    yield "old browser, codename without cookie", s.post("/codename", {"csrf": page.value("csrf"), "codename": digits})
    yield "old browser, return without cookie", s.post("/return", {"csrf": page.value("csrf"), "codename": digits})
    s.cookies = kept
    yield "old browser, return, too few", s.sign_in("12345")
    yield "old browser, return, opens nothing", s.sign_in(nothing)
    yield "old browser, opened nothing", s.get("/conversation")
    yield "old browser, return, right", s.sign_in(digits)
    yield "old browser, conversation", s.get("/conversation")


def no_cookies(s, digits):
    """Tor Browser with cookies forbidden."""
    answer = s.sign_in(digits)
    s.cookies = {}
    yield "no cookies, return, right", answer
    yield "no cookies, conversation", s.get("/conversation")


HEADS = {
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "chunked": b"POST /write HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no length": b"POST /write HTTP/1.1\r\nHost: a\r\n\r\n",
    "length past 63 bits": b"POST /write HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n",
    "target too long": b"GET /" + b"x" * 600 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "expectation": b"POST /write HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: x\r\n\r\n",
    "too many fields": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 70 + b"\r\n",
    "unknown method": b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
    "unknown coding": b"POST /write HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.2": b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
}


def refused_heads(s):
    for name, data in HEADS.items():
        yield "head: " + name, s.exchange(data)
