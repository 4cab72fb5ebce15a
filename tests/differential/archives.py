# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives: appliance/tar and GNU tar, which lists them and gives out their files' contents. What our writer makes is what GNU tar makes
of the same file, byte for byte."""
import calendar
import io
import os
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from batch import OURS, Comparison, ask, corpus, damaged

BLOCK = 512
NAMES = [b"cursor", b"conversations/0011/0001.age", b"a/b/c.d_e-f", b"x" * 100, b"A1"]
ODD_NAMES = [b"../x", b"/etc/passwd", b"a//b", b"./a", b"a/", b".hidden", b"a/.b", b"a b", b"\xd0\xbf", b"", b"a\nb", b"-rf", b"a/../b", b"x" * 101]
SIZES = [0, 1, 511, 512, 513, 1024, 1025]
WORDS = [b"\0", b" ", b"0", b"7", b"8", b"ustar\0" b"00", b"ustar  \0", b"\x80", b"/", b"5", b"1", b"x"]
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}


def octal(value, width, rng=None):
    text = b"%0*o" % (width - 1, value)
    if rng and rng.random() < .1:
        text = rng.choice((b" " * 3 + text[3:], text.lstrip(b"0") or b"0", text[:-1] + b" ", text[1:] + b" "))
    return text.ljust(width, rng.choice((b"\0", b" ")) if rng else b"\0")[:width]


def header(rng, name, size, kind=b"0", damage=None):
    fields = {"name": name[:100], "mode": octal(rng.choice((0o600, 0o644, 0o777)), 8, rng), "uid": octal(rng.randrange(70000), 8), "gid": octal(0, 8),
              "size": octal(size, 12, rng), "time": octal(rng.randrange(1 << 33), 12, rng), "sum": b" " * 8, "type": kind, "link": b"", "magic": b"ustar\0" b"00",
              "user": rng.choice((b"", b"root")), "group": b"", "major": octal(0, 8), "minor": octal(0, 8), "prefix": b"", "rest": b""}
    if damage:
        field, value = damage
        fields[field] = b"\x80" + size.to_bytes(11, "big") if value == "base-256" else value
    widths = {"name": 100, "mode": 8, "uid": 8, "gid": 8, "size": 12, "time": 12, "sum": 8, "type": 1, "link": 100, "magic": 8, "user": 32, "group": 32, "major": 8, "minor": 8, "prefix": 155, "rest": 12}
    block = b"".join(fields[f][:w].ljust(w, b"\0") for f, w in widths.items())
    if damage and damage[0] == "sum":
        return block
    total = sum(block) - 256 * sum(byte > 127 for byte in block) if damage == SIGNED else sum(block)
    return block[:148] + b"%06o\0 " % total + block[156:]


SIGNED = ("user", b"\xff signed")
DAMAGES = [SIGNED, ("magic", b"ustar  \0"), ("magic", b"\0" * 8), ("magic", b"ustar\0" b"01"), ("prefix", b"folder"), ("link", b"target"), ("size", "base-256"), ("size", b"x" * 12), ("size", b"\0" * 12), ("size", b" " * 12),
           ("size", b"77777777777\0"), ("size", b"0000000000x\0"), ("time", b"\x80" + b"\0" * 10 + b"\5"), ("time", b"junk"), ("time", b"777777777777"), ("mode", b"junk"), ("uid", b"junk"), ("sum", b"000000\0 "), ("sum", b"junk"), ("major", b"junk"),
           ("name", b"a\0b"), ("rest", b"rest"), ("user", b"\xff")] + [("type", kind) for kind in (b"\0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"L", b"x", b"g", b"A", b"S")] + [("name", name) for name in ODD_NAMES]


def entry(rng, damage=None, kind=b"0"):
    size = 513 if damage else rng.choice(SIZES) if kind == b"0" else 0
    data = bytes([rng.randrange(256)]) * size
    fill = b"x" if damage == "fill" else b"\0"
    name = rng.choice(NAMES) if kind == b"0" else b"folder/"
    return header(rng, name, size, kind, damage if isinstance(damage, tuple) else None) + data + fill * (-size % BLOCK)


def archive(rng, damage=None):
    entries = [entry(rng) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    if rng.random() < .15:
        entries.insert(0, entry(rng, kind=b"5"))
    if damage:
        entries.insert(rng.randrange(len(entries) + 1), entry(rng, damage))
    end = b"\0" * BLOCK * rng.choice((2, 2, 2, 20))
    if damage is None and rng.random() < .1:
        end = rng.choice((b"", b"\0" * BLOCK, b"\0" * 100, b"\0" * BLOCK * 40, b"\0" * BLOCK + entry(rng) + b"\0" * 1024, b"\0" * 1024 + b"x", b"\0" * 1024 + entry(rng)))
    return b"".join(entries) + end


def others():
    """What Python's tarfile writes: ustar, GNU's and pax's."""
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        for name in ("plain", "folder/" + "n" * 90, "f/" * 60 + "long"):
            held = io.BytesIO()
            with tarfile.open(fileobj=held, mode="w", format=form) as tar:
                one = tarfile.TarInfo(name)
                one.size = 5
                tar.addfile(one, io.BytesIO(b"hello"))
            yield held.getvalue()


def listed(data):
    """[(name, size, time)] of the plain files, their contents one after the other, and whether GNU tar complained."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        shown = subprocess.run(["tar", "-tvf", file.name, "--full-time", "--numeric-owner"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
        given = subprocess.run(["tar", "-xOf", file.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    files = re.findall(rb"(?m)^(.)\S+ \S+ +(\d+) (\S+ \S+) (.*)$", shown.stdout)
    verdict = "ok" if shown.returncode == 0 and given.returncode == 0 else (shown.stderr + given.stderr).decode("latin1").partition("\n")[0]
    return [(kind.decode(), name, int(size), time.decode()) for kind, size, time, name in files], given.stdout, verdict


class Blocks:
    """The headers of an archive that GNU tar went through, found by the sizes in them."""

    def __init__(self, data):
        self.headers, at = [], 0
        while at + BLOCK <= len(data) and data[at:at + BLOCK].strip(b"\0"):
            block = data[at:at + BLOCK]
            self.headers.append(block)
            size = re.fullmatch(rb" *([0-7]+)[\0 ]*", block[124:136])
            length = int(size[1], 8) if size and block[156:157] not in b"123456" else 0
            at += BLOCK + length + -length % BLOCK
        self.end = data[at:]

    def any(self, test):
        return any(test(block) for block in self.headers)


def refusal(sentence, test):
    """We said `sentence`, GNU tar took it, and it is like that."""
    return lambda data, ours, theirs: sentence in ours[1] and theirs[2] == "ok" and bool(test(Blocks(data)))


def plain(name):
    return re.fullmatch(rb"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*", name) is not None


NUMBER = rb" *[0-7]+[\0 ]*"
REASONS = [
    ("another format than POSIX's ustar", refusal("of another archive format", lambda b: b.any(lambda h: h[257:265] != b"ustar\0" b"00"))),
    ("a link, device or extended header", refusal("something else than a plain file", lambda b: b.any(lambda h: h[156:157] not in (b"0", b"5")))),
    ("a prefix of the name, or a link's target", refusal("a long name", lambda b: b.any(lambda h: (h[157:257] + h[345:500]).strip(b"\0")))),
    ("a name that could lead elsewhere, or has other characters than ours", refusal("A file's name", lambda b: b.any(lambda h: not plain(h[:100].partition(b"\0")[0].removesuffix(b"/" * (h[156] == 0x35)))))),
    ("something behind the name's end", refusal("A header is damaged.", lambda b: b.any(lambda h: h[:100].partition(b"\0")[2].strip(b"\0")))),
    ("a size that is no octal number", refusal("size is damaged", lambda b: b.any(lambda h: not re.fullmatch(NUMBER, h[124:136])))),
    ("a time that is no octal number of eleven digits", refusal("time is damaged", lambda b: b.any(lambda h: not re.fullmatch(NUMBER, h[136:148]) or len(h[136:148].strip(b"\0 ")) > 11))),
    ("a checksum of signed bytes, as old programs made it", refusal("of another archive format", lambda b: b.any(lambda h: max(h) > 127))),
    ("an owner or mode that is no number: we don't look", lambda d, o, t: o[1] == "ok" and "where numeric" in t[2] and Blocks(d).any(lambda h: not all(re.fullmatch(NUMBER, h[i:i + 8]) for i in (100, 108, 116)))),
    ("no end, or half of one: GNU tar takes the file's end for it", refusal("cut", lambda b: len(b.end) < 2 * BLOCK)),
    ("more than zeros, or too many, behind the end or in a block's filling: GNU tar doesn't look", lambda d, o, t: t[2] == "ok" and ("not zero" in o[1] or "past its end" in o[1] or "follows its end" in o[1])),
]


def compare(rng, count):
    made = [archive(rng, damage) for damage in [*DAMAGES, "fill"]] + [archive(rng) for _ in range(count)]
    inputs = corpus("tar", 1) + list(others()) + made + [damaged(rng, one, WORDS) for one in made if rng.random() < .3]
    result = Comparison("tar", REASONS)
    for data, (items, verdict) in zip(inputs, ask([OURS, "tar"], inputs)):
        theirs = listed(data)
        files = [(bytes.fromhex(name), int(size), int(time)) for name, size, time, _ in items]
        contents = bytes.fromhex("".join(item[3] for item in items))
        if verdict != "ok" and theirs[2] != "ok":
            result.same(False)
        elif verdict == theirs[2] and files == [(name, size, seconds(time)) for kind, name, size, time in theirs[0] if kind == "-"] and contents == theirs[1]:
            result.same(True)
        else:
            result.differs(data, (files, verdict), theirs)
    result.further = list(written(rng, count))
    return result


def seconds(text):
    year, month, day, hour, minute, second = map(int, re.split("[-: ]", text))
    return calendar.timegm((year, month, day, hour, minute, second))


def with_device(data):
    """GNU tar writes a device's numbers, zeros, for a file too; from 1.35 on it leaves these fields empty. As if it had not."""
    if any(data[329:345]):
        return data
    head = bytearray(data[:BLOCK])
    head[329:345] = b"0000000\0" * 2
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + data[BLOCK:]


def written(rng, count):
    """(what, passed) for files that our writer and GNU tar pack."""
    cases = [(rng.choice(NAMES + [b"n" * rng.randrange(1, 101)]), rng.choice(SIZES + [70000]), rng.randrange(1 << 33) // 86400) for _ in range(count)]
    contents = [bytes([rng.randrange(256)]) * size for _, size, _ in cases]
    ours = ask([OURS, "tar-write"], [b"%s\n%d\n%s" % (name, day, data) for (name, _, day), data in zip(cases, contents)])
    same = 0
    with tempfile.TemporaryDirectory() as folder:
        for (name, _, day), data, (items, _) in zip(cases, contents, ours):
            path = Path(folder) / os.fsdecode(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            theirs = subprocess.run(["tar", "-b1", "-cf", "-", "--format=ustar", "--owner=:0", "--group=:0", "--numeric-owner", "--mode=600", f"--mtime=@{day * 86400}", "-C", folder, os.fsdecode(name)],
                                    stdout=subprocess.PIPE, env=ENVIRONMENT, check=True).stdout
            same += bytes.fromhex(items[0][0]) == with_device(theirs)
            path.unlink()
    print(f"tar: {same} of {count} archives of ours are GNU tar's, byte for byte")
    yield "tar: what we write is what GNU tar writes", same == count
