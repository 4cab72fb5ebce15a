#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`courier site announce` and `signing-key`: others read the pictures (zbarimg) and check the signature (minisign), and
no secret is in the folder.

    tests/site/announce.py [NAME...]      only tests whose name contains one of these

COURIER_BINARY names another binary than build/courier. The last line is: N passed, N failed
"""
import base64
import binascii
import os
import pty
import re
import stat
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "workbench"))
from bench import COURIER, Failed, check  # noqa: E402

LANGUAGES = re.findall(r'^LANGUAGE\(\w+, "([^"]+)", "([^"]+)"',
                       (TESTS.parent / "appliance/pages/languages.def").read_text(encoding="utf-8"), re.M)
NAME = 'The <Harbour> & "Post"'
CONTACT = "https://www.example.org/contact/?a=1&b=2"
PHRASE, KEY_PHRASE = "correct horse battery staple", "another passphrase, a longer one"


def run(*arguments, status=0, **more):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=60, check=False, **more)
    check(status is None or done.returncode == status, f"{arguments}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def typed(*arguments, answers):
    """At a terminal: each (prompt, answer), in this order. What was shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(arguments[0], [str(a) for a in arguments])
    said = b""
    for prompt, answer in answers:
        while prompt.encode() not in said:
            said += os.read(terminal, 1024)
        os.write(terminal, answer.encode() + b"\n")
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)
    check(status == 0, f"{arguments}: status {status}, {said}")
    return said.decode()


class Stage:
    """A desk, a sealed site file, a signing key, and the folder they make."""

    def __init__(self, folder):
        self.folder = folder
        for name, text in (("phrase", PHRASE), ("key-phrase", KEY_PHRASE)):
            (folder / name).write_text(text + "\n", encoding="utf-8")
        run(COURIER, "desk", "init", folder / "desk", "--no-passphrase")
        self.site, self.key = folder / "box.site", folder / "signing.key"
        said = run(COURIER, "site", "init", "--out", self.site, "--name", NAME, "--accent", "#ffd400", "--desk",
                   folder / "desk/boxes/box/for-the-operator.txt", "--passphrase-file", folder / "phrase")
        self.address = re.search(r"http://([a-z2-7]{56}\.onion)/", said).group(1)
        said = run(COURIER, "site", "signing-key", "--out", self.key, "--passphrase-file", folder / "key-phrase")
        self.public_key = re.fullmatch(r"public key: (RW\S{54})\n", said).group(1)
        self.out = folder / "out"
        self.announce("--out", self.out, "--signing-key", self.key, "--signing-passphrase-file", folder / "key-phrase",
                      "--contact-url", CONTACT)

    def announce(self, *options, status=0):
        return run(COURIER, "site", "announce", "--site", self.site, "--passphrase-file", self.folder / "phrase", *options,
                   status=status)

    def opened(self, path, phrase):
        """What is inside a sealed file, opened with the stock age command."""
        plain = self.folder / "plain"
        typed("age", "-d", "-o", plain, path, answers=[("passphrase", phrase)])
        return plain.read_text(encoding="utf-8")

    def read(self, name):
        return (self.out / name).read_text(encoding="utf-8")


def the_folder_is_whole(s):
    expected = {"README.txt", "address.png", "address.svg", "address.txt", "address.txt.minisig", "index.html", "minisign.pub"}
    for tag, _ in LANGUAGES:
        expected |= {f"{tag}.html", f"{tag}-poster.html"}
    check({path.name for path in s.out.iterdir()} == expected, f"{sorted(path.name for path in s.out.iterdir())}")
    for path in [s.out, *s.out.iterdir()]:
        mode = stat.S_IMODE(path.stat().st_mode)
        check(mode == (0o755 if path.is_dir() else 0o644), f"{path.name}: mode {mode:o}")


def the_address_is_on_every_page(s):
    for tag, direction in LANGUAGES:
        for name in (f"{tag}.html", f"{tag}-poster.html"):
            page = s.read(name)
            check(f'<html lang="{tag}" dir="{direction}">' in page, f"{name}: its language")
            check(f'<bdi dir="ltr">{s.address}</bdi>' in page, f"{name}: the address")
            check("https://www.example.org/contact/?a=1&amp;b=2" in page, f"{name}: the contact")
            check("The &lt;Harbour&gt; &amp; &quot;Post&quot;" in page, f"{name}: the organisation's name")
        check(s.public_key in s.read(f"{tag}.html").replace("&#43;", "+"), f"{tag}: the key")
        check(f'href="{tag}.html"' in s.read("index.html"), f"the index has no {tag}")


def pages_stand_by_themselves(s):
    """No script, nothing from elsewhere, and every link leads to a file of the folder."""
    for path in s.out.glob("*.html"):
        page = path.read_text(encoding="utf-8")
        check("default-src 'none'" in page and "<script" not in page, f"{path.name}: policy or script")
        for target in re.findall(r'(?:href|src)="([^"]*)"', page):
            if target.startswith("#"):
                check(f'id="{target[1:]}"' in page, f"{path.name}: {target} leads nowhere")
            elif target != "data:,":
                check((s.out / target).is_file(), f"{path.name}: {target} is not there")


def the_pictures_are_read(s):
    expected = f"http://{s.address}/".upper()
    check(run("zbarimg", "-q", "--raw", s.out / "address.png").strip().splitlines()[0] == expected, "address.png")
    for name in ("address.svg", "en.html"):
        picture = re.search(r"<svg.*?</svg>", s.read(name), re.S).group(0)
        check(read_svg(s.folder, picture) == expected, name)


def read_svg(folder, svg):
    """An SVG's dark modules as a plain bitmap (PBM), read by zbarimg."""
    side, scale = int(re.search(r'viewBox="0 0 (\d+) ', svg).group(1)), 8
    rows = [bytearray(side * scale) for _ in range(side)]
    for x, y, run_len in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg):
        rows[int(y)][int(x) * scale:(int(x) + int(run_len)) * scale] = b"\1" * (int(run_len) * scale)
    pixels = b"".join(bytes(row) * scale for row in rows)
    path = folder / "picture.pgm"
    path.write_bytes(b"P5 %d %d 255\n" % (side * scale, side * scale) + bytes(0 if p else 255 for p in pixels))
    return run("zbarimg", "-q", "--raw", path).strip().splitlines()[0]


def minisign_verifies(s):
    for key in (["-p", s.out / "minisign.pub"], ["-P", s.public_key]):
        said = run("minisign", "-V", "-m", s.out / "address.txt", *key)
        check("Signature and comment signature verified" in said and f"address:{s.address} " in said, said)
    check(re.search(r"Trusted comment: date:\d{4}-\d\d-\d\d ", said), said)
    check(f"http://{s.address}/" in s.read("address.txt"), "the statement lacks the address")


def minisign_refuses_what_was_changed(s):
    for name, old, new in (("address.txt", s.address, s.address[::-1]), ("address.txt.minisig", "date:2", "date:3")):
        changed = s.folder / "changed"
        run("rm", "-rf", changed)
        run("cp", "-r", s.out, changed)
        text = (changed / name).read_text(encoding="utf-8")
        check(old in text, f"{name} lacks {old}")
        (changed / name).write_text(text.replace(old, new), encoding="utf-8")
        run("minisign", "-V", "-m", changed / "address.txt", "-p", changed / "minisign.pub", status=1)


def no_secret_is_in_the_folder(s):
    """Neither site file's keys, salt and tokens nor the signing key, in any spelling."""
    secrets = []
    for path, phrase in ((s.site, PHRASE), (s.key, KEY_PHRASE)):
        text = s.opened(path, phrase)
        for name, value in re.findall(r"^([a-z-]+(?: [a-z-]+)*) = ([0-9a-zA-Z+/=]{40,})$", text, re.M):
            if name.split()[-1] in ("recipient", "client"):
                continue
            try:
                raw = bytes.fromhex(value)
            except ValueError:
                raw = base64.b64decode(value + "=" * (-len(value) % 4))
            secrets += [(name, spelled) for spelled in (
                value.encode(), raw, binascii.hexlify(raw), base64.b64encode(raw).rstrip(b"="), base64.b32encode(raw).rstrip(b"="))]
        secrets += [("passphrase", phrase.encode())]
    check(len({name for name, _ in secrets}) >= 4, f"only {sorted({name for name, _ in secrets})} are looked for")
    for path in s.out.iterdir():
        data = path.read_bytes()
        for name, secret in secrets:
            for piece in {secret, secret[:16], secret[-16:]}:
                check(piece not in data, f"{path.name} has the {name}")


def languages_are_chosen(s):
    s.announce("--out", s.folder / "two", "--languages", "fa, EN")
    pages = {path.name for path in (s.folder / "two").glob("*.html")}
    check(pages == {"index.html", "en.html", "en-poster.html", "fa.html", "fa-poster.html"}, f"{pages}")
    index = (s.folder / "two/index.html").read_text(encoding="utf-8")
    check('href="ru.html"' not in index and 'href="fa.html"' in index, "the index")
    check("minisign" not in (s.folder / "two/en.html").read_text(encoding="utf-8"), "a signature that there isn't")


def wrong_orders_are_refused(s):
    for sign, status, *options in (
            ("There are: en", 2, "--languages", "en,xx"), ("begins with https", 2, "--contact-url", "http://example.org/"),
            ("no address of the web", 2, "--contact-url", 'https://example.org/"x'), ("200 characters", 2, "--contact-url", "https://" + "x" * 200),
            ("not what `courier site signing-key`", 3, "--signing-key", s.site, "--signing-passphrase-file", s.folder / "phrase"),
            ("no option", 2, "more")):
        said = s.announce("--out", s.folder / "never", *options, status=status)
        check(sign in said, said)
    check("is there already" in s.announce("--out", s.out, status=1), "a folder was written into")
    run(COURIER, "site", "announce", "--site", s.site, "--passphrase-file", s.folder / "key-phrase", "--out", s.folder / "never", status=3)
    run(COURIER, "site", "signing-key", "--out", s.key, "--passphrase-file", s.folder / "key-phrase", status=1)
    run(COURIER, "site", "init", "--ephemeral", "--out", s.folder / "keyless", "--name", "Today")
    said = run(COURIER, "site", "announce", "--site", s.folder / "keyless", "--out", s.folder / "never", status=3)
    check("has no address" in said, said)
    check(not (s.folder / "never").exists(), "a folder was made for nothing")


def passphrases_are_asked_for(s):
    """At a terminal: first the site file's, then the key's, each by its name."""
    said = typed(COURIER, "site", "announce", "--site", s.site, "--out", s.folder / "typed", "--signing-key", s.key,
                 "--languages", "en", answers=[("the site file: ", PHRASE), ("the signing key: ", KEY_PHRASE)])
    check((s.folder / "typed/index.html").is_file() and PHRASE not in said, said)


ALL = [the_folder_is_whole, the_address_is_on_every_page, pages_stand_by_themselves, the_pictures_are_read, minisign_verifies,
          minisign_refuses_what_was_changed, no_secret_is_in_the_folder, languages_are_chosen, wrong_orders_are_refused,
          passphrases_are_asked_for]


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        for test in ALL:
            if len(sys.argv) > 1 and not any(name in test.__name__ for name in sys.argv[1:]):
                continue
            try:
                test(stage)
                passed += 1
            except Failed as failure:
                failed += 1
                print(f"{test.__name__}: FAILED: {failure}")
            except Exception:  # pylint: disable=broad-except  # whatever it is, it is a failure
                failed += 1
                print(f"{test.__name__}: FAILED: {traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
