# SPDX-License-Identifier: GPL-3.0-or-later
"""Our age files read by others, and theirs by us: every kind of key, sizes around every chunk border, armor."""
import os
import random

from programs import OUR_KEYGEN, OURS, STOCK, STOCK_KEYGEN, Typage, check, good, run, with_terminal

CHUNK = 65536
SIZES = [0, 1, 15, 16, 17, 47, 48, 49, 1000]
SIZES += [chunks * CHUNK + around for chunks in (1, 2, 3, 16) for around in (-17, -16, -1, 0, 1, 16, 17)]
SIZES += [random.randrange(1 << 20) for _ in range(8)]


class Keys:
    """A key file, its identity and its recipient."""

    def __init__(self, folder, name, keygen):
        self.path = str(folder / name)
        good([*keygen, "-o", self.path])
        self.identity = next(line for line in open(self.path, encoding="ascii") if not line.startswith("#")).strip()
        self.recipient = good([*OUR_KEYGEN, "-y", self.path]).decode().strip()


def crosses(tag, ours_to_theirs, theirs_to_ours, sizes=None):
    """A test a size and direction; armor for every other."""
    for number, n in enumerate(sizes or SIZES):
        for direction, way in (("ours to", ours_to_theirs), ("ours from", theirs_to_ours)):
            armored = number % 2 == 1

            def test(way=way, n=n, armored=armored):
                data = os.urandom(n)
                check(way(data, armored) == data, "other bytes came out")

            yield f"{direction} {tag}, {n} bytes{', armored' if armored else ''}", test


def armor(armored):
    return ["-a"] if armored else []


def stock(folder):
    """Debian's age."""
    theirs, ours = Keys(folder, "stock.key", STOCK_KEYGEN), Keys(folder, "ours.key", OUR_KEYGEN)

    def same_recipients():
        for keys in (theirs, ours):
            check(good([*STOCK_KEYGEN, "-y", keys.path]).decode().strip() == keys.recipient, keys.path)

    yield "stock age derives the same recipients", same_recipients
    yield from crosses(
        "stock age",
        lambda data, a: good([*STOCK, "-d", "-i", theirs.path], good([*OURS, "-r", theirs.recipient, *armor(a)], data)),
        lambda data, a: good([*OURS, "-d", "-i", ours.path], good([*STOCK, "-r", ours.recipient, *armor(a)], data)))

    def to_both():
        for sealer in (OURS, STOCK):
            file = good([*sealer, "-r", ours.recipient, "-r", theirs.recipient], b"both")
            for opener in (OURS, STOCK):
                for keys in (ours, theirs):
                    check(good([*opener, "-d", "-i", keys.path], file) == b"both", f"{sealer} {opener}")

    yield "files for two are opened by each, by both programs", to_both

    def refused_by_both():
        file = good([*STOCK, "-r", ours.recipient], os.urandom(70000))
        armored = good([*STOCK, "-r", ours.recipient, "-a"], b"x")
        bad = {"cut by a byte": (file[:-1], CHUNK), "a byte more": (file + b"x", CHUNK),
               "a chunk changed": (file[:-20] + bytes([file[-20] ^ 1]) + file[-19:], CHUNK),
               "for somebody else": (good([*STOCK, "-r", theirs.recipient], b"x"), 0),
               "armor with something behind it": (armored + b"x", 0), "no file at all": (b"", 0)}
        for what, (data, released) in bad.items():
            mine, other = run([*OURS, "-d", "-i", ours.path], data), run([*STOCK, "-d", "-i", ours.path], data)
            check(mine.status == 1 and other.status == 1, f"{what}: {mine}, {other}")
            check(len(mine.out) == released, f"{what}: {len(mine.out)} bytes were released")

    yield "both refuse the same files, and whole chunks before the fault are released", refused_by_both

    def passphrase_to_stock():
        plain, path, back = folder / "plain", folder / "passphrase.age", folder / "back"
        for n in (1, CHUNK, CHUNK + 1, 100_001):  # Debian's age 1.1 makes no file of no bytes
            plain.write_bytes(os.urandom(n))
            done = with_terminal([*OURS, "-p", *armor(n % 2), "-o", path, plain], [b"pass phrase", b"pass phrase"])
            check(done.status == 0 and done.err == b"", repr(done))
            done = with_terminal([*STOCK, "-d", "-o", back, path], [b"pass phrase"])
            check(done.status == 0 and back.read_bytes() == plain.read_bytes(), repr(done))

    yield "stock age opens our passphrase files", passphrase_to_stock

    def passphrase_of_stock():
        path = folder / "stock-passphrase.age"
        done = with_terminal([*STOCK, "-p", "-o", path], [b"pass phrase", b"pass phrase"], b"x")
        check(done.status == 0, repr(done))
        check(b" 18\n" in path.read_bytes(), "stock age no longer writes work factor 18")
        done = with_terminal([*OURS, "-d", path], [b"pass phrase"])
        check(done.status == 1 and b"work factor is above 17" in done.err and done.terminal == b"", repr(done))

    yield "stock age's passphrase files ask for too much memory, which is said before a passphrase is asked for", passphrase_of_stock

    def sealed_identity():
        path = folder / "sealed.key"
        done = with_terminal([*OURS, "-p", "-a", "-o", path, ours.path], [b"open", b"open"])
        check(done.status == 0, repr(done))
        file = folder / "for-sealed.age"
        file.write_bytes(good([*OURS, "-r", ours.recipient], b"told"))
        for opener in (OURS, STOCK):
            done = with_terminal([*opener, "-d", "-i", path, file], [b"open"])
            check(done.status == 0 and done.out == b"told", f"{opener}: {done}")

    yield "an identity file under a passphrase of ours opens files in both programs", sealed_identity


def typage(folder):
    """npm's age-encryption, which knows the post-quantum kind."""
    other = Typage()
    for kind, keygen in (("X25519", OUR_KEYGEN), ("hybrid", [*OUR_KEYGEN, "-pq"])):
        ours = Keys(folder, f"ours-{kind}.key", keygen)
        theirs = folder / f"theirs-{kind}.key"
        identity = other.ask(do="keygen", hybrid=kind == "hybrid").decode()
        theirs.write_text(identity + "\n", encoding="ascii")
        recipient = good([*OUR_KEYGEN, "-y", theirs]).decode().strip()

        def same_recipients(ours=ours, identity=identity, recipient=recipient):
            check(other.ask(do="recipient", identity=ours.identity).decode() == ours.recipient, "ours")
            check(other.ask(do="recipient", identity=identity).decode() == recipient, "theirs")

        yield f"age-encryption derives the same {kind} recipients", same_recipients
        yield from crosses(
            f"age-encryption, {kind}",
            lambda data, a, identity=identity, recipient=recipient: other.ask(
                do="open", identity=identity, data=good([*OURS, "-r", recipient, *armor(a)], data)),
            lambda data, a, ours=ours: good(
                [*OURS, "-d", "-i", ours.path], other.ask(do="seal", recipients=[ours.recipient], armor=a, data=data)),
            SIZES[:9] + random.sample(SIZES[9:], 12))

        def changed_is_refused(ours=ours, identity=identity, recipient=recipient):
            for n in (0, CHUNK):
                file = bytearray(good([*OURS, "-r", recipient], os.urandom(n)))
                mine = bytearray(other.ask(do="seal", recipients=[ours.recipient], data=os.urandom(n)))
                for at in sorted(random.sample(range(len(file)), 12)):
                    for whole, opened in ((file, lambda f: other.ask(do="open", identity=identity, data=bytes(f)) is not None),
                                          (mine, lambda f: run([*OURS, "-d", "-i", ours.path], bytes(f)).status == 0)):
                        whole[at] ^= 1
                        check(not opened(whole), f"byte {at} changed, and it was opened")
                        whole[at] ^= 1

        yield f"changed {kind} files are refused by both", changed_is_refused

    def passphrase():
        for n, work in ((0, 10), (CHUNK, 16), (CHUNK + 1, 17)):
            path = folder / "typage.age"
            data = os.urandom(n)
            path.write_bytes(other.ask(do="seal", passphrase="päss", work=work, armor=n > 0, data=data))
            done = with_terminal([*OURS, "-d", "-o", folder / "typage.out", path], ["päss".encode()])
            check(done.status == 0 and (folder / "typage.out").read_bytes() == data, f"work factor {work}: {done}")
        path.write_bytes(other.ask(do="seal", passphrase="x", work=18, data=b""))
        check(b"above 17" in run([*OURS, "-d", path]).err, "work factor 18")
        done = with_terminal([*OURS, "-p", "-o", path], ["päss".encode(), "päss".encode()], b"told")
        check(done.status == 0, repr(done))
        check(other.ask(do="open", passphrase="päss", data=path.read_bytes()) == b"told", "ours to theirs")

    yield "passphrase files both ways, work factors 10, 16 and 17; 18 is refused", passphrase

    def mixed_is_opened():
        classic, hybrid = Keys(folder, "c.key", OUR_KEYGEN), Keys(folder, "h.key", [*OUR_KEYGEN, "-pq"])
        file = other.ask(do="seal", recipients=[classic.recipient, hybrid.recipient], data=b"mixed")
        for keys in (classic, hybrid):
            if file is not None:
                check(good([*OURS, "-d", "-i", keys.path], file) == b"mixed", keys.path)
        done = run([*OURS, "-r", classic.recipient, "-r", hybrid.recipient], b"x")
        check(done.status == 1 and b"incompatible" in done.err and done.out == b"", repr(done))

    yield "hybrid and classic recipients in one file: not written, and read where others write it", mixed_is_opened
    yield "age-encryption ends", other.end
