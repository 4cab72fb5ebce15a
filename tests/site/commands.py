#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's commands on a site file, each as a person runs it, with a terminal where one is asked for.

    tests/site/commands.py [COURIER]      default: build/courier
The last line is: N passed, N failed
"""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
COURIER = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else TOP / "build" / "courier")
PHRASE = "correct horse battery staple"
OTHER = "another passphrase, as good"
SEED = "seed" * 10 + "seM="
SOON_S = 60


class Failed(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Failed(what)


def run(*arguments, status=0, environment=None, program=COURIER):
    done = subprocess.run([program, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=SOON_S, start_new_session=True, env={**os.environ, **(environment or {})})
    said = done.stdout + done.stderr
    check(done.returncode == status, f"{arguments[:2]}: status {done.returncode}: {said}")
    return said


def at_a_terminal(*arguments, answers, status=0, environment=None, program=COURIER):
    """answers: (what is asked, what is typed). Returns all that the terminal showed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(environment or {})
        os.execvp(program, [program, *map(str, arguments)])
    shown, waiting, end = b"", list(answers), time.monotonic() + SOON_S
    begun = 0
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            try:
                more = os.read(terminal, 65536)
            except OSError:
                break
            if not more:
                break
            shown += more
            if waiting and waiting[0][0].encode() in shown[begun:]:
                begun = len(shown)
                os.write(terminal, waiting.pop(0)[1].encode() + b"\n")
    _, ended = os.waitpid(pid, 0)
    os.close(terminal)
    check(os.waitstatus_to_exitcode(ended) == status, f"{arguments[:2]}: {ended}: {shown.decode()}")
    check(not waiting, f"never asked: {waiting}: {shown.decode()}")
    return shown.decode()


class Stage:
    """A folder with two desks and passphrases in files."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="courier-site-"))
        for name, phrase in (("phrase", PHRASE), ("other", OTHER)):
            (self.folder / name).write_text(phrase + "\n")
        for desk in ("one", "two"):
            run("desk", "init", "--no-passphrase", "--classical", self.folder / desk)

    def operator(self, desk):
        return self.folder / desk / "boxes" / "box" / "for-the-operator.txt"

    def value(self, desk, key):
        return re.search(rf"^{key} = (\S+)$", self.operator(desk).read_text(), re.M).group(1)

    def make(self, name, *options, **more):
        site = self.folder / name
        run("site", "init", "--out", site, "--name", "The Post", "--desk", self.operator("one"), *options, **more)
        return site

    def sealed(self, name, *options):
        return self.make(name, "--passphrase-file", self.folder / "phrase", *options)

    def opened(self, site, phrase="phrase"):
        return run("age", "-d", site) if phrase is None else \
            at_a_terminal("age", "-d", site, answers=[("passphrase", (self.folder / phrase).read_text().strip())])


def sealed_by_hand(stage):
    """Asked for twice, hidden; and what stock age makes of it."""
    site = stage.folder / "by-hand"
    init = ["site", "init", "--out", site, "--name", "The Post", "--desk", stage.operator("one")]
    shown = at_a_terminal(*init, answers=[("New passphrase", PHRASE), ("again", PHRASE + "!")], status=3)
    check("different" in shown and not site.exists() and PHRASE not in shown, shown)
    shown = at_a_terminal(*init, answers=[("New passphrase", "too short")], status=3)
    check("16 to 120" in shown and not site.exists(), shown)
    at_a_terminal(*init, answers=[("New passphrase", PHRASE), ("again", PHRASE)])
    check(re.match(rb"age-encryption.org/v1\n-> scrypt \S+ 16\n", site.read_bytes()), "scrypt at 2^16")
    for program, words in (("age", ["-d", site]), (COURIER, ["age", "-d", site])):
        shown = at_a_terminal(*words, answers=[("passphrase", PHRASE)], program=program)
        check("courier-site 1" in shown and "source-key = " in shown and shown.rstrip().endswith("end"), shown[-300:])
    shown = at_a_terminal("site", "show", site, answers=[("Passphrase of the site file", PHRASE)])
    check("name = The Post" in shown, shown)


def sealed_by_stock_age(stage):
    """Its work factor is 18: said, and how to go on."""
    plain, site = stage.make("plain", "--unattended"), stage.folder / "stock"
    at_a_terminal("-p", "-o", site, plain, answers=[("passphrase", PHRASE), ("passphrase", PHRASE)], program="age")
    check("work factor" in run("site", "check", site, "--passphrase-file", stage.folder / "phrase", status=3), "the factor")


def shown_without_secrets(stage):
    site = stage.sealed("shown", "--topic", "Work")
    whole = stage.opened(site)
    shown = run("site", "show", site, "--passphrase-file", stage.folder / "phrase")
    for key in ("source-key", "desk-key", "salt", "guard-seed"):
        secret = re.search(rf"^{key} = (\S+)\r?$", whole, re.M).group(1)
        check(secret not in shown and f"{key} = (not shown)" in shown, key)
    check("topic = Work" in shown and stage.value("one", "recipient") in shown and "# Sealed" in shown, shown)
    check("not the passphrase" in run("site", "show", site, "--passphrase-file", stage.folder / "other", status=3), "wrong")


def all_that_is_wrong(stage):
    site = stage.make("wrong", "--unattended")
    check("a box takes it" in run("site", "check", site), "a good one")
    lines = site.read_text().split("\n")
    lines[2] = "nam = The Post"
    at = next(i for i, line in enumerate(lines) if line.startswith("salt"))
    lines[at] = "salt = AAAA"
    site.write_text("\n".join(lines))
    said = run("site", "check", site, status=3).splitlines()
    check(len(said) == 3 and "line 3:" in said[0] and f"line {at + 1}:" in said[1] and '"name"' in said[2], said)
    site.write_text("courier-site 9\n")
    check("another version" in run("site", "check", site, status=3), "a version")
    site.write_bytes(bytes(400_000))
    check("256 KiB" in run("site", "check", site, status=3), "too big")
    sealed = stage.sealed("cut")
    for data in (sealed.read_bytes()[:-1], sealed.read_bytes()[:150], sealed.read_bytes().replace(b"v1", b"v7", 1)):
        sealed.write_bytes(data)
        said = run("site", "check", sealed, "--passphrase-file", stage.folder / "phrase", status=3)
        check("damaged or cut off" in said or "another version" in said, said)
    bare = stage.make("bare", "--unattended")
    bare.write_text(bare.read_text().replace("unattended = yes\n", ""))
    check("not sealed" in run("site", "check", bare, status=3), "neither sealed nor meant so")


def an_old_file(_stage):
    """As version 1 wrote it before it could be sealed."""
    old = Path(__file__).parent / "version-1.site"
    said = run("site", "check", old, status=3)
    check(said.count("\n") == 1 and "not sealed" in said, said)
    check("name = The Harbour Post" in run("site", "show", old), "shown")


def edited(stage):
    site = stage.sealed("edited")
    before = site.read_bytes()
    phrase = ["--passphrase-file", stage.folder / "phrase"]
    left = set(Path("/dev/shm").glob("courier-site-*"))
    edit = {"XDG_RUNTIME_DIR": "", "VISUAL": "", "EDITOR": "sed -i 's/^name = .*/name = The Other/'"}
    run("site", "edit", site, *phrase, environment=edit)
    check("name = The Other" in run("site", "show", site, *phrase), "edited")
    check(site.read_bytes() != before and site.read_bytes().startswith(b"age-encryption.org/v1\n"), "sealed again")
    before = site.read_bytes()
    check("nothing was changed" in run("site", "edit", site, *phrase, environment={**edit, "EDITOR": "true"}), "unchanged")
    said = run("site", "edit", site, *phrase, environment={**edit, "EDITOR": "sed -i 's/^salt = .*/salt = x/'"}, status=3)
    check("salt" in said and site.read_bytes() == before, said)
    run("site", "edit", site, *phrase, environment={**edit, "EDITOR": "false"}, status=1)
    # Wrong at first; then, at the terminal, once more.
    script = stage.folder / "editor"
    script.write_text("#!/bin/sh\nif [ -e $0.again ]; then sed -i 's/^name =.*/name = The Third/' $1; else touch $0.again; "
                      "sed -i 's/^name =.*/name =/' $1; fi\n")
    script.chmod(0o755)
    at_a_terminal("site", "edit", site, *phrase, answers=[("edit again", "")], environment={**edit, "EDITOR": str(script)})
    check("name = The Third" in run("site", "show", site, *phrase), "edited twice")
    open_site = stage.folder / "edited-open"
    run("site", "init", "--desk", stage.operator("one"), "--out", open_site, "--unattended", "--name", "Open")
    said = run("site", "edit", open_site, environment={**edit, "EDITOR": "sed -i /^unattended/d"}, status=3)
    check("not sealed" in said and "unattended = yes" in open_site.read_text(), said)
    check(set(Path("/dev/shm").glob("courier-site-*")) == left, "nothing is left in memory")


def rotated(stage):
    site = stage.sealed("rotated", "--topic", "Work")
    phrase = ["--passphrase-file", stage.folder / "phrase"]
    text = stage.opened(site).replace("\r", "")
    run("site", "rotate", site, "--from", stage.operator("two"), *phrase)
    changed = stage.opened(site).replace("\r", "")
    for key in ("recipient", "client", "token-hash"):
        check(f"{key} = {stage.value('two', key)}" in changed and stage.value("one", key) not in changed, key)
    for key in ("source-key", "salt", "topic", "desk"):
        line = re.search(rf"^{key} = .*$", text, re.M).group(0)
        check(line in changed, line)
    check("no desk of this name" in run("site", "rotate", site, "--from", stage.operator("two"), "--desk", "x", *phrase,
                                        status=2), "a desk that isn't there")
    run("site", "rotate", site, "--passphrase", *phrase, "--new-passphrase-file", stage.folder / "other")
    run("site", "check", site, *phrase, status=3)
    run("site", "check", site, "--passphrase-file", stage.folder / "other")
    said = run("site", "rotate", site, "--unattended", "--passphrase-file", stage.folder / "other")
    check("whoever gets hold of the stick" in said and "unattended = yes\n" in site.read_text(), said)
    run("site", "rotate", site, "--passphrase", "--new-passphrase-file", stage.folder / "phrase")
    check("unattended" not in run("site", "show", site, *phrase), "sealed, and so attended")


def keys_come_and_go(stage):
    site = stage.sealed("keys")
    source, desk = stage.folder / "source.key", stage.folder / "desk.key"
    run("site", "export", site, "--source-key", source, "--desk-key", desk, "--passphrase-file", stage.folder / "phrase")
    check(source.stat().st_size == 96 and source.stat().st_mode & 0o77 == 0, "Tor's own form, ours alone")
    again = stage.make("again", "--unattended", "--source-key", source, "--desk-key", desk)
    address = re.search(r"source-address = (\S+)", run("site", "show", site, "--passphrase-file", stage.folder / "phrase"))
    check(address.group(1) in again.read_text(), "the same address")
    source.write_bytes(bytes(96))
    check("hs_ed25519_secret_key" in run("site", "init", "--out", stage.folder / "none", "--name", "x", "--desk",
                                         stage.operator("one"), "--unattended", "--source-key", source, status=3), "no key")


def recovered(stage):
    site, copy, new = stage.sealed("lost"), stage.folder / "copy", stage.folder / "new"
    said = run("site", "export", site, "--recovery", copy, "--passphrase-file", stage.folder / "phrase")
    words = re.search(r"^  (\S+(?: \S+){8})$", said, re.M).group(1)
    check("courier-site 1" in at_a_terminal("-d", copy, answers=[("passphrase", words)], program="age"), "stock age")
    answers = [("nine words", words.upper().replace(" ", "  ")), ("New passphrase", OTHER), ("again", OTHER)]
    at_a_terminal("site", "recover", copy, "--out", new, answers=answers)
    shown = run("site", "show", new, "--passphrase-file", stage.folder / "other")
    check(shown == run("site", "show", site, "--passphrase-file", stage.folder / "phrase"), shown)
    check("not nine words" in out_of_order(copy, words.split(), stage.folder / "x") and not (stage.folder / "x").exists(), "order")


def out_of_order(copy, words, out):
    """What is said of the words in another order. One in 2,048 fits the check all the same and is just another passphrase
    (docs/CODENAME.md): then the next."""
    for at in range(1, len(words)):
        wrong = " ".join(words[at:] + words[:at])
        shown = at_a_terminal("site", "recover", copy, "--out", out, answers=[("nine words", wrong)], status=3)
        if "not the passphrase" not in shown:
            break
    return shown


def from_a_configuration(stage):
    config = stage.folder / "box.conf"
    config.write_text("# ours\nname = The Configured Post\ntopic = Work\ntopic de = Arbeit\nnetwork = 192.0.2.7/24,192.0.2.1\n" +
                      f"guard-seed = {SEED}\n")
    site = stage.folder / "configured"
    run("site", "init", "--desk", stage.operator("one"), "--out", site, "--unattended", "--config", config, "--topic", "Health")
    text = site.read_text()
    for line in ("name = The Configured Post", "topic = Work\ntopic de = Arbeit\ntopic = Health", "network = 192.0.2.7/24,", f"guard-seed = {SEED}\n"):
        check(line in text, line)
    config.write_text("name = x\nsalt = AAAA\n")
    check("line 2" in run("site", "init", "--out", stage.folder / "c2", "--config", config, "--unattended", status=3), "a line")
    keyless = stage.folder / "keyless"
    run("site", "init", "--ephemeral", "--out", keyless, "--name", "Today")
    check("key" not in keyless.read_text().split("\n", 2)[2] and "a box takes it" in run("site", "check", keyless), "keyless")


CHECKS = [sealed_by_hand, sealed_by_stock_age, shown_without_secrets, all_that_is_wrong, an_old_file, edited, rotated,
          keys_come_and_go, recovered, from_a_configuration]


def main():
    stage = Stage()
    failed = 0
    try:
        for one in CHECKS:
            try:
                one(stage)
                print(f"{one.__name__}: ok", flush=True)
            except (Failed, subprocess.TimeoutExpired, AttributeError) as why:
                failed += 1
                print(f"{one.__name__}: FAILED: {why}", flush=True)
    finally:
        shutil.rmtree(stage.folder)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
