# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests on a connection, one after the other: http/head.c (llhttp and our rules) and Node's HTTP server. What is compared is the
row of requests that each takes, with body: two readers who disagree where one ends are what request smuggling is made of."""
import re

from batch import OURS, TOP, Comparison, ask, corpus, spread

METHODS = [b"GET", b"GET", b"POST", b"POST", b"HEAD", b"PUT", b"DELETE"]
TARGETS = [b"/", b"/write", b"/conversation?lang=de", b"/a%20b", b"/?", b"/x?a=b&c=d/e?f", b"//", b"/:@!$&'()*+,;=-._~", b"http://HOST/", b"http://HOST/return?lang=fr", b"HTTP://HOST/p"]
HOSTS = [b"example.onion", b"a", b"127.0.0.1:8080", b"[::1]", b"[2001:db8::1]:65535", b"EXAMPLE.onion:80"]
FIELDS = [b"Cookie: s=abc; f=def", b"Accept-Language: de, en;q=0.5", b"Sec-Fetch-Site: same-origin", b"Origin: null", b"Authorization: Bearer x", b"Content-Type: text/plain",
          b"Accept: */*", b"User-Agent: Mozilla/5.0 (Windows NT 10.0; rv:128.0)", b"X-Utf8: \xd0\xbf\xd1\x80", b"X-Empty:", b"x-tab:\ta\tb\t", b"Connection: keep-alive", b"!#$%&'*+-.^_`|~9: token"]
# One damage each: of a request's line, of its fields, of its body.
LINES = [b"OPTIONS * HTTP/1.1", b"PATCH / HTTP/1.1", b"BREW / HTTP/1.1", b"get / HTTP/1.1", b"GET  / HTTP/1.1", b"GET / HTTP/1.1 ", b"GET /\tHTTP/1.1", b"GET / HTTP/2.0", b"GET / HTTP/0.9", b"GET / HTTP/1.0",
         b"GET / HTTP/1.2", b"GET / http/1.1", b"GET /", b"GET / HTTP/1.10", b"GET /#x HTTP/1.1", b"GET /\xff HTTP/1.1", b"GET /% HTTP/1.1", b"GET /%zz HTTP/1.1", b"GET x HTTP/1.1", b"GET /\" HTTP/1.1", b"GET /a|b HTTP/1.1",
         b"GET http://other/ HTTP/1.1", b"GET https://HOST/ HTTP/1.1", b"CONNECT HOST:80 HTTP/1.1", b"GET /" + b"a" * 512 + b" HTTP/1.1", b"\r\nGET / HTTP/1.1", b" GET / HTTP/1.1", b"PRI * HTTP/2.0", b"GET http://HOST HTTP/1.1", b"GET ?x HTTP/1.1", b"GET /\\ HTTP/1.1"]
ODD = [b"Host: b", b"Host : b", b" Host: b", b"Host: a b", b"Host:", b"Content-Length: 0", b"Content-Length: 5", b"Content-Length: 05", b"Content-Length: +5", b"Content-Length: 5, 5", b"Content-Length: 5\t", b"Content-Length: -1", b"Content-Length: 0x5",
       b"Content-Length: 18446744073709551616", b"Content-Length: 9223372036854775808", b"Content-Length:", b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked\r\nContent-Length: 3",
       b"Transfer-Encoding:\x0bchunked", b"Expect: 100-continue", b"Expect: 200-ok", b"Connection: close", b"Connection: keep-alive, close", b"Connection: closed", b"Connection: upgrade\r\nUpgrade: websocket", b"Upgrade: h2c", b"Proxy-Connection: close", b"Cookie: a=b\r\nCookie: c=d",
       b"Origin: a\r\nOrigin: b", b"Accept-Language: a\r\nAccept-Language: b", b"folded: a\r\n b", b"bare: a\nb: c", b"cr: a\rb", b"nul: a\0b", b"ctl: a\x01b", b"del: a\x7fb", b"no colon", b": empty", b"\xff: x", b"a(b): c", b"x" * 17000 + b": y",
       b"X: " + b"y" * 17000, b"Keep-Alive: timeout=5", b"Trailer: x", b"\r\n".join(b"f%d: x" % i for i in range(70)), b"Content-Type: a\r\nContent-Type: b", b"Authorization: a\r\nAuthorization: b", b"Sec-Fetch-Site: a\r\nsec-fetch-site: b"]
BODIES = [b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"5;x=y\r\nhello\r\n0\r\nT: x\r\n\r\n", b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", b"hello", b"\r\n", b"\r\n\r\n"]
WORDS = [b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"\0", b"\x7f", b"\x80", b"\r\n ", b"\r\n\r\n", b"Host: a\r\n", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"HTTP/1.0", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"0", b"%", b"#", b"Connection: close\r\n"]


def request(rng):
    method, host = rng.choice(METHODS), rng.choice(HOSTS)
    fields = [b"Host: " + host] + rng.sample(FIELDS, rng.randrange(5))
    body = rng.choice(BODIES + [b""] * 4 + [bytes(rng.randrange(256) for _ in range(30))]) if method in (b"POST", b"PUT") else b""
    line = b" ".join((method, rng.choice(TARGETS), b"HTTP/1.0" if rng.random() < .05 else b"HTTP/1.1")).replace(b"HOST", host.swapcase())
    damage = rng.randrange(10)
    if damage == 0:
        line = rng.choice(LINES).replace(b"HOST", host)
    elif damage == 1:
        fields.append(rng.choice(ODD))
    elif damage == 2:
        body = rng.choice(BODIES)
    length = len(body) + (rng.choice((-1, 1, 3)) if damage == 3 and body else 0)
    if (method in (b"POST", b"PUT") and damage != 4) or (damage == 2 and rng.random() < .5):
        fields.append(rng.choice((b"Content-Length: %d", b"content-length:%d", b"Content-Length:  %d  ", b"Content-Length: %d", b"Content-Length: 0%d" if damage == 6 else b"Content-Length: %d")) % length)
    if damage == 5:
        fields = fields[1:]
    rng.shuffle(fields)
    return b"\r\n".join([line, *fields]) + b"\r\n\r\n" + body


def connection(rng):
    return b"".join(request(rng) for _ in range(rng.choice((1, 1, 2, 3, 4))))


def singles():
    """Each damage once, with a request behind it."""
    following = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
    for line in LINES:
        yield line.replace(b"HOST", b"a") + b"\r\nHost: a\r\n\r\n" + following
    for odd in ODD:
        yield b"GET / HTTP/1.1\r\nHost: a\r\n" + odd + b"\r\n\r\n" + following
        yield b"POST / HTTP/1.1\r\nHost: a\r\n" + odd + b"\r\n" + b"Content-Length: 5\r\n" * (b"Length" not in odd) + b"\r\nhello" + following


class Head:
    """The head that ours refused, as text."""

    def __init__(self, record, ours):
        status, _, at = ours[1].partition("@")
        self.status = int(status) if at else 0
        rest = record[int(at or 0):]
        self.whole = rest.partition(b"\r\n\r\n")[0]
        self.line, _, self.fields = self.whole.partition(b"\r\n")
        self.method, _, version = self.line.partition(b" ")
        self.target, _, self.version = version.rpartition(b" ")

    def values(self, name):
        return [v.strip(b" \t") for v in re.findall(rb"(?im)^" + name + rb":([^\r\n]*)", self.fields)]


def refusal(*statuses):
    """A reason for our refusing what Node takes: one of these statuses, and what the head has to be like."""
    def with_test(test):
        def holds(record, ours, theirs):
            head = Head(record, ours)
            return len(theirs[0]) > len(ours[0]) and head.status in statuses and bool(test(head))
        return holds
    return with_test


def names_a_host(value):
    found = re.fullmatch(HOST, value)
    return found is not None and re.fullmatch(rb":(0|[1-9][0-9]{0,4})", found[2] or b":0") is not None and int((found[2] or b":0")[1:]) <= 65535


def goes_on(record, ours, theirs):
    return (ours[1] == "ok" and ours[0] == theirs[0][:len(ours[0])] and re.search(rb"(?m)^[^\r\n]* HTTP/1\.0\r\n", record)
            and re.search(rb"(?im)^connection:.*keep-alive", record))


HOST = rb"(?i)([a-z0-9.-]+|\[[0-9a-f:.]{2,}\])(:[0-9]{1,5})?"
ONCE = [b"cookie", b"content-type", b"authorization", b"accept-language", b"sec-fetch-site", b"origin", b"content-length", b"expect"]
REASONS = [
    ("an empty line before a request: RFC 9112 says SHOULD ignore", refusal(400)(lambda h: h.line == b"" or h.whole[:1] in (b"\r", b"\n"))),
    ("a method that neither door has: 501", refusal(501)(lambda h: h.method not in METHODS)),
    ("another target than a path or the Host's own http address, or one with a byte that RFC 3986 has encoded",
     refusal(400)(lambda h: not re.fullmatch(rb"(?i)(http://[^/?#]*)?/([a-z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*", h.target))),
    ("a target past LIMIT_HTTP_TARGET: 414", refusal(414)(lambda h: len(h.target) > 512)),
    ("another version: 505", refusal(505)(lambda h: h.version not in (b"HTTP/1.1", b"HTTP/1.0"))),
    ("not exactly one Host, or none that names a host: Node takes any, and HTTP/1.0 without one", refusal(400)(lambda h: len(h.values(b"host")) != 1 or not names_a_host(h.values(b"host")[0]))),
    ("an http address of another host than Host's", refusal(400)(lambda h: h.target[:7].lower() == b"http://" and h.target[7:].partition(b"/")[0].lower() != h.values(b"host")[0].lower())),
    ("Transfer-Encoding: 411 or 501", refusal(400, 411, 501)(lambda h: h.values(b"transfer-encoding"))),
    ("POST or PUT without a length: 411", refusal(411)(lambda h: h.method in (b"POST", b"PUT") and not h.values(b"content-length"))),
    ("a length with leading zeros", refusal(400)(lambda h: any(re.fullmatch(rb"0[0-9]+", v) for v in h.values(b"content-length")))),
    ("a body with GET, HEAD or DELETE", refusal(400)(lambda h: h.method in (b"GET", b"HEAD", b"DELETE") and h.values(b"content-length") not in ([], [b"0"]))),
    ("a length past 63 bits: 413", refusal(413)(lambda h: h.values(b"content-length") == [b"9223372036854775808"])),
    ("a field that we read comes twice", refusal(400)(lambda h: any(len(h.values(name)) > 1 for name in ONCE))),
    ("another expectation than 100-continue: both answer 417, and Node goes on", refusal(417)(lambda h: h.values(b"expect"))),
    ("HTTP/1.0 that wants to go on: our connection ends", goes_on),
    ("Upgrade, which we don't take up: Node reads no further", lambda r, o, t: len(o[0]) > len(t[0]) and re.search(rb"(?im)^upgrade:", r) and re.search(rb"(?im)^connection:.*upgrade", r)),
    ("Proxy-Connection: no field of HTTP's, and yet one to llhttp", lambda r, o, t: len(o[0]) > len(t[0]) and re.search(rb"(?im)^proxy-connection:[ \t]*close", r)),
    ("more fields than LIMIT_HTTP_HEADERS: 431", refusal(431)(lambda h: h.fields.count(b"\r\n") >= 64)),
]


def compare(rng, count):
    made = [connection(rng) for _ in range(count)]
    inputs = spread(rng, corpus("http", 1) + list(singles()) + made, WORDS, .3)
    result = Comparison("http", REASONS)
    for record, ours, theirs in zip(inputs, ask([OURS, "http"], inputs), ask([str(TOP / "tests/npm/node"), str(TOP / "tests/differential/server.mjs")], inputs)):
        if ours[0] == theirs[0]:
            result.same(bool(ours[0]))
        else:
            result.differs(record, ours, theirs)
    return result
