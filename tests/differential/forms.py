# SPDX-License-Identifier: GPL-3.0-or-later
"""multipart/form-data: http/multipart.c and npm's busboy."""
import re
from binascii import unhexlify

from batch import OURS, TOP, Comparison, ask, corpus, spread

NAMES = [b"message", b"file", b"topic", b"draft", b"x" * 64, b"a b", b"\xc3\xa9", b"_charset_", b"go"]
FILES = [b"a.txt", b"", b"photo (1).jpeg", b"\xd0\xbf\xd1\x80\xd0\xb8.pdf", b"C:\\x\\y.doc", b"semi;colon", b"%22quoted%22", b"%0d%0A", b"50%",
         b"\\\\server\\share", b"../../etc", b"a=b", b"\xff\xfe", b"n" * 300, b"'", b"back\\slash"]
TYPES = [b"text/plain", b"application/octet-stream", b"Image/PNG", b"text/html; q=1", b"text/plain; charset=latin1"]
BOUNDARIES = [b"B", b"----WebKitFormBoundary7MA4YWxkTrZu0gW", b"-" * 27 + b"41184676334", b"x" * 70, b"'()+_,-./:=?", b"a b", b"AaB03x"]
WORDS = [b"\r\n", b"\n", b"\r", b"--", b"\r\n--", b"\"", b"\\", b"\\\"", b";", b"; name=\"n\"", b"; filename=\"f\"", b" ", b"\t", b"=", b":", b"%22", b"\0", b"\x7f", b"\xff",
         b"Content-Disposition: form-data", b"Content-Type: text/plain\r\n", b"filename*=UTF-8''x", b"Content-Transfer-Encoding: base64\r\n"]


TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
PARAMETER = rb"[ \t]*;[ \t]*" + TOKEN + rb'=(?:"(?:[^"\\]|\\.)*"|' + TOKEN + b")"


def token(value):
    return re.fullmatch(TOKEN, value) is not None


def content(rng, boundary):
    pieces = [b"hello", b"\r\n", b"\r", b"\n", b"--", b"\r\n--", b"\r\n--" + boundary[:-1], b"-" + boundary, b"\0\xff", b"--" + boundary, bytes(rng.randrange(256) for _ in range(9)), b"\r\r\n"]
    made = b"".join(rng.choice(pieces) for _ in range(rng.randrange(6)))
    return b"." + made if made.startswith(b"--" + boundary) else made


def header(rng):
    name, pause = rng.choice(NAMES), rng.choice((b"; ", b";", b" ; "))
    lines = [b"Content-Disposition: form-data" + pause + b"name=" + (name if token(name) and rng.random() < .1 else b'"%s"' % name)]
    if rng.random() < .5:
        file = rng.choice(FILES)
        lines[0] += pause + b"filename=" + (file if token(file) and rng.random() < .1 else b'"%s"' % file)
    if rng.random() < .4:
        lines.append(b"Content-Type: " + rng.choice(TYPES))
    if rng.random() < .1:
        lines.append(rng.choice((b"X-Other: y", b"Content-Transfer-Encoding: binary", b"Content-Length: 3", b"content-description:\tz ")))
    rng.shuffle(lines)
    return lines


# One damage each, of a part's header lines, that both have to see in the same way or for a stated reason.
HEADER_DAMAGES = [
    lambda rng, h: h + [h[0]],
    lambda rng, h: [line for line in h if not line.startswith(b"Content-Disposition")],
    lambda rng, h: [line.replace(b"form-data", b"attachment") for line in h],
    lambda rng, h: [line.replace(b"name=", b"nom=") for line in h],
    lambda rng, h: [re.sub(rb"name=(\"[^\"]*\")", rb"name=\1; name=\1", line, count=1) for line in h],
    lambda rng, h: [line + b"; filename=\"one\"; filename=\"two\"" if b"form-data" in line else line for line in h],
    lambda rng, h: [line + b"; filename*=UTF-8''%e2%82%ac" if b"form-data" in line else line for line in h],
    lambda rng, h: [line + b"; filename=\"a\\\"b\"" if b"form-data" in line else line for line in h],
    lambda rng, h: [line + b"; filename=\"a\\\\b\"" if b"form-data" in line else line for line in h],
    lambda rng, h: [line + b"; filename=\"a\\\"; x=\"y\"" if b"form-data" in line else line for line in h],
    lambda rng, h: [line + b";" if b"form-data" in line else line for line in h],
    lambda rng, h: [line.replace(b"name=", b"name =", 1) for line in h],
    lambda rng, h: [line.replace(b"name=\"", b"name= \"", 1) for line in h],
    lambda rng, h: [re.sub(rb"name=\"[^\"]*\"", b"name=\"\"", line, count=1) for line in h],
    lambda rng, h: [re.sub(rb"name=\"[^\"]*\"", b"name=\"" + b"n" * 65 + b"\"", line, count=1) for line in h],
    lambda rng, h: [line.replace(b": ", b" : ", 1) for line in h],
    lambda rng, h: [line.replace(b"; ", b";\r\n ", 1) for line in h],
    lambda rng, h: h + [b"X-Long: " + b"y" * 3900],
    lambda rng, h: h + [b"X-Long: " + b"y" * 4100],
    lambda rng, h: h + [b"X-Long: " + b"y" * 17000],
    lambda rng, h: h + [b"Content-Transfer-Encoding: " + rng.choice((b"base64", b"quoted-printable", b"8bit"))],
    lambda rng, h: h + [b"no colon"],
    lambda rng, h: h + [b"X-Control: a" + rng.choice((b"\1", b"\0", b"\x7f")) + b"b"],
    lambda rng, h: h + [b"Content-Type: " + rng.choice((b"text", b"t" * 80 + b"/" + b"p" * 80, b"text/plain; x", b"a/b c"))],
    lambda rng, h: h + [b"Content-Type: text/plain; charset=x-unknown"],
    lambda rng, h: h + [b"Content-Type: text/plain; charset=x-unknown", b"Content-Type: a/b"],
]


def form(rng):
    boundary = rng.choice(BOUNDARIES)
    quoted = not token(boundary) or rng.random() < .2
    kind = rng.choice((b"multipart/form-data", b"Multipart/Form-Data")) + rng.choice((b"; ", b";", b" ;")) + b"boundary=" + (b'"%s"' % boundary if quoted else boundary)
    damage = rng.randrange(100)
    if damage < 4:
        kind = rng.choice((kind + b"; boundary=C", kind.replace(b"form-data", b"mixed"), kind.replace(b"boundary", b"bound"), kind + b"; charset=utf-8",
                           b"multipart/form-data; boundary=\"B\"x", b"multipart/form-data; boundary=\"B ", b"multipart/form-data; boundary=\"B@\"",
                           b"multipart/form-data; boundary=" + b"y" * 71, b"multipart/form-data; boundary=\"B \"", kind + b";", b"multipart/form-data; boundary=\"B\\b\""))
    parts = []
    for _ in range(rng.choice((0, 1, 1, 2, 3, 5)) if damage < 96 else rng.choice((32, 33))):
        lines = header(rng)
        if 5 <= damage < 35 and rng.random() < .5:
            lines = rng.choice(HEADER_DAMAGES)(rng, lines)
        parts.append(b"\r\n".join(lines) + b"\r\n\r\n" + content(rng, boundary))
    line = b"--" + boundary
    after = rng.choice((b"\r\n", b"\r\n", b"\r\n", b"\r\nepilogue", b""))
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--" + after
    if 35 <= damage < 45:
        body = rng.choice((body[:-len(after) - 2], body.replace(line, line + b" \t", 1), body.replace(line, line + b"x", 1), b"preamble\r\n" + body, b"\r\n" + body, b"pre" + body,
                           body.replace(b"\r\n\r\n", b"\r\n\r\n--" + boundary + b"\r\n", 1), body.replace(b"\r\n", b"\n", 1), body + line + b"\r\n", b"",
                           body.replace(line + b"--", line + b"-"), body.replace(line + b"\r\n", line + b"\r", 1)))
    return kind + b"\n" + body


def singles(rng):
    """Each damage of a header once, in the second of three parts."""
    for damage in HEADER_DAMAGES:
        for lines in ([b'Content-Disposition: form-data; name="file"'], [b'Content-Disposition: form-data; name="file"', b"Content-Type: a/b"], [b'Content-Disposition: form-data; name="file"; filename="f"']):
            heads = [[b'Content-Disposition: form-data; name="1"'], damage(rng, lines), [b'Content-Disposition: form-data; name="3"']]
            yield b"multipart/form-data; boundary=B\n" + b"".join(b"--B\r\n" + b"\r\n".join(head) + b"\r\n\r\nx\r\n" for head in heads) + b"--B--\r\n"


class Form:
    """A form taken apart in the simplest way, to say what is odd about it."""

    def __init__(self, record):
        self.type, _, body = record.partition(b"\n")
        found = re.findall(rb'(?i)boundary\s*=\s*(?:"([^"]*)"|([^\s;"]*))', self.type)
        self.boundary = found[0][0] or found[0][1] if found else b""
        self.boundaries = len(re.findall(rb"(?i)boundary", self.type))
        pieces = (b"\r\n" + body).split(b"\r\n--" + self.boundary)
        self.parts, self.after = [], []
        for piece in pieces[1:]:
            if piece.startswith(b"--"):
                break
            rest = piece.lstrip(b" \t")
            self.after.append(piece[:len(piece) - len(rest)] if rest.startswith(b"\r\n") else None)
            self.parts.append(rest[2:].partition(b"\r\n\r\n") if rest.startswith(b"\r\n") else (b"", b"", b""))
        self.more = len(pieces) - 1 > len(self.parts) + 1
        self.headers = [head for head, _, _ in self.parts]
        self.dispositions = [re.findall(rb"(?im)^content-disposition:[ \t]*(.*?)[ \t]*\r?$", head) for head in self.headers]

    def any_disposition(self, test):
        return any(test(values[0]) for values in self.dispositions if values)

    def parameters_are_odd(self, value):
        """Not *( ; token = token-or-quoted ), with the blanks that both take."""
        return re.fullmatch(TOKEN + b"(?:" + PARAMETER + rb")*[ \t]*", value) is None


def about(test):
    """A reason that only needs the form itself."""
    return lambda record, ours, theirs: test(Form(record))


def refused(ours):
    return ours[1] != "ok"


def has_charset(form):
    return any(b"charset" in head for head in form.headers)


def has_odd_type(form):
    types = [re.findall(rb"(?im)^content-type:[ \t]*(.*?)[ \t]*\r?$", head) for head in form.headers]
    return any(len(t) > 1 or (t and (len(t[0]) > 127 or not re.fullmatch(TOKEN + b"/" + TOKEN + b"(?:" + PARAMETER + b")*", t[0]))) for t in types)


def alike_but_for(fields, *causes):
    """Both read the same parts, but for these fields of an item (2: its type, 3: its contents), and the form has what explains each."""
    def explains(record, ours, theirs):
        rest = [[[value for at, value in enumerate(known(item, side is ours)) if at not in fields] for item in side[0]] for side in (ours, theirs)]
        return ours[1] == theirs[1] and rest[0] == rest[1] and all(cause(Form(record)) for cause in causes)
    return explains


REASONS = [
    ("a boundary that RFC 2046 doesn't know, or two of them: busboy takes any",
     lambda r, o, t: refused(o) and (Form(r).boundaries != 1 or not re.fullmatch(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]", Form(r).boundary))),
    ("blanks after a boundary: RFC 2046 allows them, busboy drops the part", about(lambda f: any(f.after))),
    ("after a boundary neither blanks nor a line's end: busboy drops the part", lambda r, o, t: refused(o) and any(a is None for a in Form(r).after)),
    ("a boundary inside a header, or right behind it: content here, an end to busboy", about(lambda f: any(not mid for _, mid, _ in f.parts))),
    ("a folded header line", lambda r, o, t: refused(o) and any(re.search(rb"\r\n[ \t]", b"\r\n" + head) for head in Form(r).headers)),
    ("a NUL or another control character in a header: refused by one, or by the other", about(lambda f: any(re.search(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]", head) for head in f.headers))),
    ("more after the last boundary: epilogue here; busboy reads on to the end of the piece", about(lambda f: f.more)),
    ("a part without Content-Disposition: busboy drops it", lambda r, o, t: refused(o) and not all(Form(r).dispositions)),
    ("two Content-Dispositions: busboy takes the first", lambda r, o, t: refused(o) and any(len(d) > 1 for d in Form(r).dispositions)),
    ("another disposition than form-data: busboy drops the part", lambda r, o, t: refused(o) and Form(r).any_disposition(lambda d: not re.match(rb"(?i)form-data\s*(;|$)", d))),
    ("a part whose name is absent or empty", lambda r, o, t: refused(o) and Form(r).any_disposition(lambda d: not re.search(rb'(?i);\s*name\s*=\s*("[^"]|[^";\s])', d))),
    ("a name, or a file name, twice: busboy takes the first", lambda r, o, t: refused(o) and Form(r).any_disposition(lambda d: len(re.findall(rb"(?i);\s*name\s*=", d)) > 1 or len(re.findall(rb"(?i);\s*filename\s*=", d)) > 1)),
    ("a name past LIMIT_FORM_NAME", lambda r, o, t: refused(o) and any(i[0] and len(i[0]) > 128 for i in t[0])),
    ("more parts than LIMIT_FORM_FIELDS", lambda r, o, t: refused(o) and len(t[0]) > 32),
    ("a header past MULTIPART_HEADER_MAX, or past busboy's 16 KiB", about(lambda f: any(len(head) + 4 > 4096 for head in f.headers))),
    ("a transfer encoding that changes bytes: busboy leaves it to its user", lambda r, o, t: refused(o) and any(re.search(rb"(?im)^content-transfer-encoding:", head) for head in Form(r).headers)),
    ("filename*: RFC 7578 forbids it; busboy prefers it", about(lambda f: f.any_disposition(lambda d: b"*=" in d))),
    ("a backslash in a quoted string: browsers mean itself, busboy an escape", about(lambda f: f.any_disposition(lambda d: re.search(rb'\\["\\]', d)))),
    ("a field in a charset of its own: busboy decodes it, or gives nothing", alike_but_for((3,), has_charset)),
    ("only a part's type differs: it came twice, is longer than LIMIT_FILE_TYPE, or its parameters break the grammar", alike_but_for((2,), has_odd_type)),
    ("both of these", alike_but_for((2, 3), has_charset, has_odd_type)),
    ("parameters that break the grammar: busboy drops the part, or one of the two overlooks it", about(lambda f: f.any_disposition(f.parameters_are_odd))),
    ("the type's own parameters break the grammar", lambda r, o, t: re.search(rb';\s*($|[^;=]*($|;)|[^;="]*\s=|[^;="]*=\s|[^;="]*="[^"]*("[^;\s]|$)|[^;="]*="[^"]*\\)', Form(r).type) is not None),
]


def known(item, ours):
    """An item in the form that both can have: busboy knows no empty file name, no absent type, and no browser's escapes."""
    name, file, kind, data = item
    kind = unhexlify(kind).decode("latin1").lower() if kind else "text/plain"
    values = []
    for value in (name, file):
        raw = unhexlify(value or "")
        if not ours:
            raw = re.sub(rb"(?i)%0[da]", b" ", raw.replace(b"%22", b'"'))
        values.append(raw or None)
    return values[0], values[1], kind, data


def compare(rng, count):
    made = [form(rng) for _ in range(count)]
    inputs = spread(rng, corpus("multipart", 1) + list(singles(rng)) + made, WORDS, .3)
    result = Comparison("multipart", REASONS)
    for record, ours, theirs in zip(inputs, ask([OURS, "multipart"], inputs), ask([str(TOP / "tests/npm/node"), str(TOP / "tests/differential/busboy.mjs")], inputs)):
        if ours[1] != "ok" and theirs[1] != "ok":
            result.same(False)
        elif ours[1] == theirs[1] and [known(i, True) for i in ours[0]] == [known(i, False) for i in theirs[0]]:
            result.same(True)
        else:
            result.differs(record, ours, theirs)
    return result
