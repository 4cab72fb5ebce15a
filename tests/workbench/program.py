# SPDX-License-Identifier: GPL-3.0-or-later
"""`courier desk` against a running box: what its commands do there and say here."""
import json
import os
import pty
import re
import subprocess

from bench import Bench, Site, become, check, element


def link(b):
    return ["--direct", f"127.0.0.1:{b.ports[1]}"]


def listed(site, *options):
    return json.loads(site.run("desk", "list", site.desk, "--json", *options))["conversations"]


def status(b, *options):
    return json.loads(b.site.run("desk", "status", b.site.desk, "--json", *link(b), *options))


def only(site):
    found = listed(site)
    check(len(found) == 1, f"conversations: {found}")
    return found[0]


def on_a_terminal(arguments, *answers):
    """A program that asks on its terminal: (status, what it printed)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(arguments[0], [str(word) for word in arguments])
    said = b""
    try:
        for answer in answers:
            before = len(said)
            while b": " not in said[before:]:
                said += os.read(terminal, 1000)
            os.write(terminal, answer.encode() + b"\n")
        while data := os.read(terminal, 10000):
            said += data
    except OSError:  # its end, on Linux
        pass
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.decode()


def asked_for_a_passphrase(site):
    """Twice for a new one, without showing it; two that differ make nothing."""
    made = site.folder / "asked"
    status, said = on_a_terminal([site.courier, "desk", "init", made], "one passphrase", "another one")
    check(status == 3 and "two different passphrases" in said and not made.exists(), said)
    status, said = on_a_terminal([site.courier, "desk", "init", made], "", "")
    check(status == 3 and "empty" in said and not made.exists(), said)
    status, said = on_a_terminal([site.courier, "desk", "init", made], "one passphrase", "one passphrase")
    check(status == 0 and "recipient = age1pq1" in said and "one passphrase" not in said, said)
    check((made / "identity.age").stat().st_mode & 0o777 == 0o600, "the identity's mode")
    status, said = on_a_terminal([site.courier, "desk", "rotate", made, "--identity"], "one passphrase")
    check(status == 0 and "one passphrase" not in said and (made / "identities-old" / "0001.age").exists(), said)
    for name in ("identity.age", "identities-old/0001.age"):
        status, said = on_a_terminal(["age", "--decrypt", made / name], "one passphrase")
        check(status == 0 and "AGE-SECRET-KEY-PQ-1" in said, f"stock age: {said}")


def the_desk_under_a_passphrase(site):
    """Asked for where it is needed and nowhere else; rotated, the old identity opens what it did."""
    words = "korrekt horse battery staple ключ"
    secret = site.folder / "passphrase"
    secret.write_text(words + "\n")
    other = Site(site.user, passphrase=secret)

    def run(*arguments, status=0, passphrase=secret, **more):
        with open(passphrase, "rb") as f:
            return other.run(*arguments, "--passphrase-fd", str(f.fileno()), status=status, pass_fds=[f.fileno()], **more)

    try:
        check(not (other.desk / "identity.txt").exists(), "the identity lies in the clear")
        with Bench(other) as b:
            check(b.write("Under seal.", [("a.txt", b"attached")])[0] == 200, "write")
            b.sync()
            conversation = only(other)["id"]
            other.run("desk", "reply", other.desk, conversation, input="no passphrase needed")
            text = run("desk", "read", other.desk, conversation)
            check("Under seal." in text and "no passphrase needed" in text and "waits to be sent" in text, text)
            wrong = other.folder / "wrong"
            wrong.write_text("another\n")
            said = run("desk", "read", other.desk, conversation, status=3, passphrase=wrong)
            check("not the desk's passphrase" in said, said)
            # A new identity: both open, the recipient is the new one.
            before = (other.box / "for-the-operator.txt").read_text()
            said = run("desk", "rotate", other.desk, "--identity")
            check((other.box / "for-the-operator.txt").read_text() in said and before not in said, said)
            check("Under seal." in run("desk", "read", other.desk, conversation), "the old identity opens no more")
            said = run("desk", "rotate", other.desk, "--identity", status=3, passphrase=wrong)
            check("not the desk's passphrase" in said, said)
        no_terminal = subprocess.run([str(other.courier), "desk", "read", str(other.desk), conversation], stdin=subprocess.DEVNULL,
                                     capture_output=True, text=True, preexec_fn=lambda: (os.setsid(), (become(other.user) or int)()))
        check(no_terminal.returncode == 1 and "no terminal" in no_terminal.stderr, f"{no_terminal}")
    finally:
        other.remove()


def what_programs_read(site):
    """--json, by Python's json; the words of list; exit statuses."""
    with Bench(site) as b:
        check(listed(site) == [], "an empty list")
        check(b.write("First.", [("a", b"1"), ("b", b"2")])[0] == 200, "write")
        b.sync()
        found = only(site)
        check({k: found[k] for k in ("box", "messages", "attachments", "replies", "waiting", "new", "muted", "gone")} ==
              {"box": "box", "messages": 1, "attachments": 2, "replies": 0, "waiting": 0, "new": True, "muted": False, "gone": False}
              and re.fullmatch("[0-9a-f]{32}", found["id"]) and re.fullmatch(r"\d{4}-\d\d-\d\d", found["day"]), f"{found}")
        site.run("desk", "reply", site.desk, found["id"][:8], input="Thanks.")
        site.run("desk", "read", site.desk, found["id"][:8])
        found = only(site)
        check((found["replies"], found["waiting"], found["new"]) == (1, 1, False), f"{found}")
        check(re.search(r"1 reply  waiting$", site.run("desk", "list", site.desk).rstrip()), "list")
        whole = status(b)
        check(whole["identity"] == "plain" and len(whole["boxes"]) == 1, f"{whole}")
        box = whole["boxes"][0]
        check(box["name"] == "box" and box["conversations"] == 1 and box["waiting"] == 1 and box["box"]["name"] == "The Test"
              and box["box"]["conversations"] == 1, f"{box}")
        offline = json.loads(site.run("desk", "status", site.desk, "--json", "--offline"))
        check(offline["boxes"][0]["box"] is None, f"{offline}")
        check("conversations there: 1" in site.run("desk", "status", site.desk, *link(b)), "status in words")
    check(json.loads(site.run("desk", "status", site.desk, "--json", "--direct", "127.0.0.1:1", status=1).split("courier desk:")[0])
          ["boxes"][0]["box"] is None, "a box that is off")
    for arguments, code in ((("list", site.desk, "--nonsense"), 2), (("list",), 2), (("nonsense", site.desk), 2), (("read", site.desk, "zz"), 3),
                            (("list", site.folder), 3), (("sync", site.desk, "--direct", "127.0.0.1:1"), 1),
                            (("status", site.desk, "--box", "none", "--offline"), 3), (("revoke", site.desk), 2), (("init", site.desk), 3)):
        site.run("desk", *arguments, status=code)
    for command in re.findall(r"^  (\w+) ", site.run("desk", "--help"), re.M):
        check(re.search("Examples?:\n  courier desk ", site.run("desk", command, "--help")), f"{command} --help has no example")


def muted_and_forgotten(site):
    """The source sees nothing of the first, and a codename that opens nothing after the second."""
    with Bench(site) as b:
        code = element(b.write("First.")[1], "codename-digits")
        b.sync()
        conversation = only(site)["id"]
        site.run("desk", "mute", site.desk, conversation)
        check(only(site)["muted"], "not muted here")
        b.sync()
        cookie = b.come_back(code)
        csrf = re.search(r'name="csrf" value="([^"]+)"', b.ask("GET", "/conversation/write", headers={"Cookie": cookie})[2]).group(1)
        wrote = b.write("Second.", path="/conversation/write", csrf=csrf, cookie=cookie)[0]
        check(wrote == 200, f"write: {wrote}")
        b.sync()
        check(only(site)["messages"] == 1, "a muted conversation's message came")
        check(status(b)["boxes"][0]["box"]["muted"] == 1, "the box doesn't know")
        site.run("desk", "unmute", site.desk, conversation, *link(b))
        check(status(b)["boxes"][0]["box"]["muted"] == 0 and not only(site)["muted"], "still muted")
        site.run("desk", "forget", site.desk, conversation)
        check(listed(site) == [] and status(b)["boxes"][0]["box"]["conversations"] == 1, "forgotten here, and not there yet")
        b.sync()
        check(status(b)["boxes"][0]["box"]["conversations"] == 0 and listed(site) == [], "not forgotten there")


def a_planned_restart(site):
    with Bench(site) as b:
        check(b.write("Before.")[0] == 200, "write")
        said = site.run("desk", "drain", site.desk, *link(b), status=1)
        check("1 waits to be collected" in said, said)
        check(b.write("Too late.")[0] == 503, "a draining box takes messages")
        b.sync()
        check("can be restarted" in site.run("desk", "drain", site.desk, *link(b)), "not ready")
        check("takes messages again" in site.run("desk", "drain", site.desk, "--off", *link(b)), "--off")
        check(b.write("In time.")[0] == 200, "write again")


def tokens_change(site):
    """At once; a restart with the old site file is put right by the next call; revoked, nothing goes."""
    with Bench(site) as b:
        old = (site.box / "token").read_text().strip()
        said = site.run("desk", "rotate", site.desk, "--token", *link(b))
        new = (site.box / "token").read_text().strip()
        check(new != old and (site.box / "for-the-operator.txt").read_text() in said, said)
        for token, wanted in ((old, 401), (new, 200)):
            got = b.ask("GET", "/v1/status", headers={"Authorization": f"Bearer {token}"}, door=1)[0]
            check(got == wanted, f"{got} instead of {wanted}")
        b.sync()
    with Bench(site) as b:
        b.sync()
        got = b.ask("GET", "/v1/status", headers={"Authorization": f"Bearer {old}"}, door=1)[0]
        check(got == 401, f"the old token after a restart: {got}")
        site.run("desk", "revoke", site.desk, "--yes", *link(b))
        check("does not know this desk's token" in b.sync(status=1), "revoked")


def several_boxes(site):
    """One desk, two boxes: a restart of one is no matter for the other."""
    site.run("desk", "add", site.desk, "--box", "second")
    out = site.run("site", "init", "--unattended", "--out", site.folder / "second", "--name", "Second", "--desk",
                   site.desk / "boxes/second/for-the-operator.txt")
    site.run("desk", "add", site.desk, "--box", "second", "--address", re.search(r"desk address: (\S+)", out).group(1))
    check("several boxes" in site.run("desk", "drain", site.desk, status=2), "which box?")
    with Bench(site) as first, Bench(site, site_file=site.folder / "second") as second:
        for b, name in ((first, "box"), (second, "second")):
            check(b.write(f"To {name}.")[0] == 200, "write")
            site.run("desk", "sync", site.desk, "--box", name, *link(b))
        found = {c["box"]: c["id"] for c in listed(site)}
        check(set(found) == {"box", "second"}, f"{found}")
        check("To second." in site.run("desk", "read", site.desk, found["second"]), "read")
        check(len(listed(site, "--box", "second")) == 1, "one box's list")
        site.run("desk", "forget", site.desk, found["second"])
        check([c["box"] for c in listed(site)] == ["box"], "the other stays")


def a_disk_without_room(site):
    """Nothing is taken that doesn't fit, and nothing is lost."""
    small = site.folder / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=777", "none", small], check=True)
    try:
        desk = small / "desk"
        subprocess.run(["cp", "-a", site.desk, desk], check=True)
        with Bench(site) as b:
            check(b.write("It waits.", [("a.bin", os.urandom(100_000))])[0] == 200, "write")
            said = site.run("desk", "sync", desk, *link(b), status=1)
            check("no room" in said, said)
            check(list((desk / "boxes/box/conversations").iterdir()) == [], "half a conversation")
            check(not (desk / "boxes/box/confirmed").exists(), "it was confirmed")
            b.sync()
            check("It waits." in site.run("desk", "read", site.desk, only(site)["id"]), "it is lost")
    finally:
        subprocess.run(["umount", small], check=True)


PROGRAM_TESTS = [asked_for_a_passphrase, the_desk_under_a_passphrase, what_programs_read, muted_and_forgotten,
                 a_planned_restart, tokens_change, several_boxes]
if os.geteuid() == 0:  # who else may mount a small disk
    PROGRAM_TESTS.append(a_disk_without_room)
