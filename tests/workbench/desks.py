# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk's door from several desks' side, over plain HTTP and tar: who gets what, when it goes, and what a restart leaves."""
import hashlib
import http.client
import io
import json
import os
import re
import tarfile
import time

from bench import Bench, archive, check, element, until

STATE = """courier-state 1
recipient age1{0:x>58}
proof {1}
word none
last 1
muted no
day 2026-11-20
message 2026-11-20 collected
end
"""


class Hand:
    """A desk: its folder of keys, and what it has collected."""

    def __init__(self, site, name):
        self.site, self.folder = site, site.folder / name
        if not self.folder.exists():
            site.run("desk", "init", "--no-passphrase", self.folder)
        self.box = self.folder / "boxes" / "box"
        self.token = re.search(r"\b[0-9a-f]{64}\b", (self.box / "token").read_text()).group(0)
        self.files, self.cursor = {}, "0"

    def headers(self):
        return {"Authorization": "Bearer " + self.token}

    def call(self, b, method, path, body=None, **headers):
        if body is None and method in ("PUT", "POST"):
            body = b""
        status, _, answer = b.ask_bytes(method, "/v1" + path, body, {**self.headers(), **headers}, door=1)
        return status, answer

    def ok(self, b, method, path, body=None, wanted=200, **headers):
        status, answer = self.call(b, method, path, body, **headers)
        check(status == wanted, f"{method} {path}: {status} {answer[:200]}")
        return answer

    def status(self, b):
        return json.loads(self.ok(b, "GET", "/status"))

    def collect(self, b):
        """The names of what came, without the box's own files."""
        answer = self.ok(b, "GET", f"/collect?after={self.cursor}")
        with tarfile.open(fileobj=io.BytesIO(answer)) as tar:
            came = {member.name: tar.extractfile(member).read() for member in tar}
        self.boot, self.cursor = came.pop("boot"), came.pop("cursor").decode().strip()
        self.files.update(came)
        return came

    def confirm(self, b):
        self.ok(b, "POST", "/collected", self.cursor.encode())

    def opens(self, name):
        path = self.site.folder / "sealed"
        path.write_bytes(self.files[name])
        out = self.site.run("age", "-d", "-i", self.folder / "identity.txt", path, status=None)
        return out if out.startswith("Courier-Message") else None

    def restore(self, b, replies=(), conversations=None):
        self.cursor = "0"
        self.collect(b)
        files = [("boot", self.boot)]
        for name in sorted(conversations or self.files):
            if name.endswith("/state"):
                files.append((name, self.files[name]))
                files += [(f"{name[:32]}/replies/{reply}.age", content) for reply, content in replies]
        return json.loads(self.ok(b, "PUT", "/restore", archive(files)))


def messages(came):
    return sorted(name for name in came if re.fullmatch(r"[0-9a-f]{32}/\d{4}\.age", name))


def states(came):
    return sorted(name[:32] for name in came if name.endswith("/state"))


def two_desks(site):
    """Work is for the first, money for the second, no topic for both."""
    first, second = Hand(site, "first"), Hand(site, "second")
    path = site.folder / "two"
    if not path.exists():
        site.run("site", "init", "--unattended", "--out", path, "--name", "Two desks", "--topic", "Work", "--topic", "Money",
                 "--desk", first.box / "for-the-operator.txt", "--takes", "Work",
                 "--desk", second.box / "for-the-operator.txt", "--takes", "Money")
    return first, second, path


def sent(b, text, topic="", **more):
    status, page = b.write(text, topic=topic, **more)
    check(status == 200, f"write: {status}")
    return page


def again(b, codename, text):
    """One more message of a conversation."""
    cookie = b.come_back(codename)
    _, _, form = b.ask("GET", "/conversation/write", headers={"Cookie": cookie})
    csrf = re.search(r'name="csrf" value="([^"]+)"', form).group(1)
    return b.write(text, path="/conversation/write", csrf=csrf, cookie=cookie)[0]


def each_desk_has_its_topics(site):
    first, second, path = two_desks(site)
    with Bench(site, site_file=path) as b:
        sent(b, "about work", "Work")
        sent(b, "about money", "Money")
        both = element(sent(b, "about nothing"), "codename")
        had = {desk: desk.collect(b) for desk in (first, second)}
        for desk, text, other in ((first, "about work", second), (second, "about money", first)):
            names = messages(had[desk])
            check(len(names) == 2 and len(states(had[desk])) == 2, f"{names}")
            texts = [desk.opens(name) for name in names]
            check(all(texts) and any(text in t for t in texts) and any("about nothing" in t for t in texts), f"{texts}")
            alone = next(name for name in names if name not in had[other])
            other.files.update(desk.files)
            check(other.opens(alone) is None, "another desk opens it")
            # What isn't sealed for it isn't there for it.
            for method, what in (("DELETE", ""), ("DELETE", "/messages/0001"), ("PUT", "/mute"), ("DELETE", "/mute")):
                check(other.call(b, method, f"/conversations/{alone[:32]}{what}")[0] == 404, f"{method} {what}")
            check(other.call(b, "PUT", f"/conversations/{alone[:32]}/replies/a", b"age-encryption.org/v1\n-> x\n--- x\nx")[0] == 404, "reply")
            check(desk.call(b, "GET", "/collect?after=0")[0] == 200, "and it is there for the other")
        # It stays until both have it.
        check(first.status(b)["waiting"] == 3 and first.status(b)["waiting_here"] == 2, f"{first.status(b)}")
        first.confirm(b)
        check(first.status(b)["waiting"] == 2 and first.status(b)["waiting_here"] == 0, f"{first.status(b)}")
        fresh = Hand(site, "second")
        check(messages(fresh.collect(b)) == messages(had[second]), "the second desk still has both")
        shared = [name for name in messages(had[first]) if name in had[second]]
        check(messages(Hand(site, "first").collect(b)) == shared, "what both have to confirm is still there, the rest is gone")
        page = b.conversation(b.come_back(both))
        second.confirm(b)
        check(second.status(b)["waiting"] == 0, f"{second.status(b)}")
        check(b.conversation(b.come_back(both)) != page, "its source sees that it was collected only now")
        check(messages(Hand(site, "second").collect(b)) == [], "nothing is left")
        # More of it goes to both.
        check(again(b, both, "more") == 200, "more")
        check(len(messages(first.collect(b))) == 1 and len(messages(second.collect(b))) == 1, "both have more of it")
        check("by a signal" not in b.log(), f"a process was killed:\n{b.log()}")


def what_is_forgotten_is_told(site):
    first, second, path = two_desks(site)
    with Bench(site, site_file=path) as b:
        codenames = [element(sent(b, text), "codename") for text in ("one", "two", "three")]
        first.collect(b)
        second.collect(b)
        cookie = b.come_back(codenames[1])
        csrf = re.search(r'name="csrf" value="([^"]+)"', b.conversation(cookie)).group(1)
        check(b.form("/conversation/delete", {"csrf": csrf}, cookie)[0] in (200, 303), "its source deletes one")
        held = {desk: set(states(desk.files)) for desk in (first, second)}
        gone = held[first] - set(first.collect(b)["open"].decode().split())
        check(len(gone) == 1, f"{gone}")
        other = next(iter(held[first] - gone))
        first.ok(b, "DELETE", f"/conversations/{other}")
        check(held[second] - set(second.collect(b)["open"].decode().split()) == gone | {other}, "the other desk is told of both")
        check("open" not in second.collect(b), "once")
        # What the box says of itself.
        status = first.status(b)
        check(status["binary"] == hashlib.sha256(site.courier.read_bytes()).hexdigest(), f"{status}")
        check((status["restarts"], status["crashes"], status["uptime_days"]) == (0, 0, 0), f"{status}")
        os.kill(b.pids("keeper")[0], 9)
        until(lambda: first.call(b, "GET", "/status")[0] == 200, "the keeper", 20)
        until(lambda: first.status(b)["restarts"] == 1, "the restart in the status")
        os.kill(b.pids("visit")[0], 9)
        until(lambda: first.status(b)["crashes"] == 1, "the crash in the status")
        now = first.status(b)
        check(now["binary"] == status["binary"] and now["boot"] == status["boot"], f"{now}")


def muted_is_not_delivered(site):
    first, second, path = two_desks(site)
    with Bench(site, site_file=path) as b:
        codename = element(sent(b, "spam"), "codename")
        conversation = states(first.collect(b))[0]
        second.collect(b)
        first.confirm(b)
        second.confirm(b)
        first.ok(b, "PUT", f"/conversations/{conversation}/mute")
        check(first.status(b)["muted"] == 1 and second.status(b)["muted"] == 0, "who has muted it")
        check(b"\nmuted yes\n" in first.collect(b)[f"{conversation}/state"], "the state says so")
        shown = len(re.findall(r"<bdi>\d{4}-", b.conversation(b.come_back(codename))))
        check(again(b, codename, "more spam") == 200, "its source can write")
        check(len(re.findall(r"<bdi>\d{4}-", b.conversation(b.come_back(codename)))) == shown + 1, "and sees it")
        check(messages(first.collect(b)) == [] and len(messages(second.collect(b))) == 1, "one desk alone gets it")
        second.confirm(b)
        check(second.status(b)["waiting"] == 1, "it waits for the one that has muted it, as for any other")
        first.confirm(b)
        check(second.status(b)["waiting"] == 0, "whose cursor has passed it")
        second.ok(b, "PUT", f"/conversations/{conversation}/mute")
        check(again(b, codename, "still more") == 200, "both have muted it")
        check(messages(second.collect(b)) == [] and messages(first.collect(b)) == [], "nobody gets it")
        first.confirm(b)
        second.confirm(b)
        check(second.status(b)["waiting"] == 0, f"nothing waits: {second.status(b)}")
        first.ok(b, "DELETE", f"/conversations/{conversation}/mute")
        check(again(b, codename, "sorry") == 200, "once more")
        check(len(messages(first.collect(b))) == 1 and messages(second.collect(b)) == [], "one listens again")
        check("by a signal" not in b.log(), f"a process was killed:\n{b.log()}")


def drained_before_a_restart(site):
    first, second, path = two_desks(site)
    with Bench(site, site_file=path) as b:
        codename = element(sent(b, "in time", "Work"), "codename")
        cookie = b.come_back(codename)
        _, _, form = b.ask("GET", "/conversation/write", headers={"Cookie": cookie})
        csrf = re.search(r'name="csrf" value="([^"]+)"', form).group(1)
        check(json.loads(first.ok(b, "POST", "/drain")) == {"ready": False, "waiting": 1}, "one waits")
        check(second.status(b)["draining"], "everybody sees it")
        status, page = b.write("too late", topic="Work")
        check(status == 503 and "too late" in page, f"while draining: {status}")
        status, _, page = b.ask("GET", "/write")
        check(status == 503 and "<textarea" not in page, f"a form, though nothing is taken: {status}")
        check(b.write("too late", path="/conversation/write", csrf=csrf, cookie=cookie)[0] == 503, "in a conversation, too")
        check(b.ask("GET", "/conversation/write", headers={"Cookie": cookie})[0] == 503, "no form there, either")
        first.collect(b)
        first.confirm(b)
        check(json.loads(first.ok(b, "POST", "/drain")) == {"ready": True, "waiting": 0}, "nothing waits")
        first.ok(b, "DELETE", "/drain")
        check(not second.status(b)["draining"], "it is over")
        sent(b, "in time again", "Work")
        check("by a signal" not in b.log(), f"a process was killed:\n{b.log()}")


def held_connection(b, desk):
    """A connection on which this desk has shown its token."""
    connection = http.client.HTTPConnection("box")
    connection.sock = b.connect(1)
    connection.request("GET", "/v1/status", headers=desk.headers())
    check(connection.getresponse().read().startswith(b"{"), "status")
    return connection


def is_over(connection, desk):
    try:
        connection.request("GET", "/v1/status", headers=desk.headers())
        return connection.getresponse().status != 200
    except (OSError, http.client.HTTPException):
        return True


def tokens_and_revoking(site):
    first, second, path = two_desks(site)
    with Bench(site, site_file=path) as b:
        conversation = element(sent(b, "about money", "Money"), "codename")
        new = os.urandom(32)
        check(second.call(b, "PUT", "/token", hashlib.sha256(bytes.fromhex(first.token)).hexdigest().encode())[0] == 409, "another's")
        held, others = held_connection(b, second), held_connection(b, first)
        second.ok(b, "PUT", "/token", hashlib.sha256(new).hexdigest().encode() + b"\n")
        check(second.call(b, "GET", "/status") == (401, b""), "the old token")
        check(is_over(held, second), "a connection of the old token goes on")
        check(not is_over(others, first), "another desk's connection ended")
        second.token = new.hex()
        check(len(messages(second.collect(b))) == 1, "the new token")
        for pid in b.pids("keeper"):
            os.kill(pid, 9)
        until(lambda: b.pids("keeper") and second.call(b, "GET", "/status")[0] == 200, "it outlives the keeper", 20)
        # Revoked: it gets in no more, and nothing is sealed for it.
        check(second.call(b, "POST", "/revoke", b"yes")[0] == 400, "a stray request")
        held = held_connection(b, second)
        second.ok(b, "POST", "/revoke", b"revoke\n")
        check(second.call(b, "GET", "/status") == (401, b"") and is_over(held, second), "a revoked desk")
        status, page = b.write("about money again", topic="Money")
        check(status == 503 and "about money again" in page, f"nobody is left: {status}")
        sent(b, "about nothing")
        names = messages(first.collect(b))
        check(len(names) == 1 and first.opens(names[0]), f"{names}")
        second.files.update(first.files)
        check(second.opens(names[0]) is None, "it is sealed for the revoked desk")
        first.confirm(b)
        check(first.status(b)["waiting"] == 0, f"what waited for the revoked desk alone: {first.status(b)}")
        check(again(b, conversation, "is somebody there?") == 503, "its source is told")
        check("by a signal" not in b.log().replace("by a signal [role signal: 8 9]", ""), f"a process was killed:\n{b.log()}")


def restored_after_a_restart(site):
    first, second, path = two_desks(site)
    reply = b""
    with Bench(site, site_file=path) as b:
        codename = element(sent(b, "before"), "codename")
        conversation = states(first.collect(b))[0]
        recipient = first.files[f"{conversation}/recipient"].decode().strip()
        sealed = site.folder / "answer"
        site.run("age", "-r", recipient, "-o", sealed, input="The answer.")
        reply = sealed.read_bytes()
        sealed.unlink()
        first.ok(b, "PUT", f"/conversations/{conversation}/replies/first", reply, wanted=201)
        first.confirm(b)
        first.collect(b)
        second.collect(b)
        b.come_back(codename)
        boot = first.boot
    with Bench(site, site_file=path) as b:
        hostile_restores(b, first, conversation, boot)
        check(b.ask("GET", "/conversation", headers={"Cookie": b.come_back(codename)})[0] == 403, "nothing there yet")
        told = first.restore(b, [("first", reply)])
        check(told == {"restored": 1, "refused_count": 0, "refused": []}, f"{told}")
        page = b.conversation(b.come_back(codename))
        check("The answer." in page and len(re.findall(r"<bdi>\d{4}-", page)) >= 1, f"{page}")
        held = first.status(b)
        check(held["conversations"] == 1 and held["replies"] == 1, f"{held}")
        # A second time, and by the other desk: it is one, and both have it.
        check(first.restore(b, [("first", reply)])["restored"] == 1 and second.restore(b)["restored"] == 1, "again")
        now = first.status(b)
        check((now["conversations"], now["replies"]) == (1, 1), f"{now}")
        check(again(b, codename, "after") == 200, "its source goes on")
        came = first.collect(b), second.collect(b)
        check([len(messages(c)) for c in came] == [1, 1], f"{came}")
        check(messages(came[0])[0] > f"{conversation}/0001.age", f"numbers go on: {messages(came[0])}")
        # What another gives back can't take it over.
        stolen = first.files[f"{conversation}/state"].replace(recipient[-20:].encode(), b"q" * 20)
        told = json.loads(first.ok(b, "PUT", "/restore", archive([("boot", first.boot), (f"{conversation}/state", stolen)])))
        check(told["restored"] == 0 and told["refused"][0]["conversation"] == conversation, f"{told}")
        check("by a signal" not in b.log(), f"a process was killed:\n{b.log()}")


def hostile_restores(b, desk, conversation, old_boot):
    """Each is refused with its status, and the box holds nothing afterwards."""
    desk.cursor = "0"
    kept = dict(desk.files)
    desk.collect(b)
    boot, state = ("boot", desk.boot), (f"{conversation}/state", kept[f"{conversation}/state"])
    whole = archive([boot, state])
    link = tarfile.TarInfo(f"{conversation}/state")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        tar.addfile(link)
    for what, body, wanted in (
            ("nothing", b"", 400), ("no archive", b"x" * 2000, 400), ("another boot", archive([("boot", old_boot), state]), 409),
            ("no boot", archive([state]), 400), ("a path", archive([boot, ("../../etc/passwd", b"x")]), 400),
            ("an absolute path", archive([boot, ("/etc/passwd", b"x")]), 400), ("a link", archive([boot])[:1024] + out.getvalue(), 400),
            ("a long name", archive([boot, ("a" * 90 + "/" + "b" * 90, b"x")]), 400),
            ("a reply of nothing", archive([boot, (f"{conversation}/replies/a.age", b"x")]), 400),
            ("a flipped header", whole[:1100] + b"\1" + whole[1101:], 400)):
        status, answer = desk.call(b, "PUT", "/restore", body)
        check(status == wanted, f"{what}: {status} {answer}")
        check(desk.status(b)["conversations"] == 0, f"{what}: something is there")
    for what, text in (("damaged", state[1].replace(b"last ", b"lost ")), ("cut off", state[1][:-4]), ("longer", state[1] * 40)):
        told = json.loads(desk.ok(b, "PUT", "/restore", archive([boot, (state[0], text)])))
        check(told["restored"] == 0 and told["refused_count"] == 1, f"{what}: {told}")
        check(desk.status(b)["conversations"] == 0, f"{what}: something is there")
    check(desk.call(b, "PUT", "/restore", whole, Authorization="Bearer " + "0" * 64) == (401, b""), "without a token")
    desk.files = kept


def ten_thousand_restored_in_one_call(site):
    first, _, path = two_desks(site)
    with Bench(site, site_file=path) as b:
        first.collect(b)
        files = [("boot", first.boot)]
        files += [(f"{i:032x}/state", STATE.format("", f"{i:064x}").encode()) for i in range(10_000)]
        body = archive(files)
        for _ in range(2):
            began = time.monotonic()
            check(json.loads(long_call(b, first, body)) == {"restored": 10_000, "refused_count": 0, "refused": []}, "all of them")
            print(f"    10,000 conversations restored in {time.monotonic() - began:.1f} s")
            check(first.status(b)["conversations"] == 10_000, f"{first.status(b)}")
        began = time.monotonic()
        first.cursor = "0"
        check(len(states(first.collect(b))) == 10_000, "and collected")
        print(f"    and their states collected in {time.monotonic() - began:.1f} s")


def long_call(b, desk, body):
    s = b.connect(1)
    s.settimeout(300)
    connection = http.client.HTTPConnection("box")
    connection.sock = s
    connection.request("PUT", "/v1/restore", body, desk.headers())
    answer = connection.getresponse()
    text = answer.read()
    check(answer.status == 200, f"{answer.status} {text[:200]}")
    return text


DESK_TESTS = [each_desk_has_its_topics, what_is_forgotten_is_told, muted_is_not_delivered, drained_before_a_restart, tokens_and_revoking, restored_after_a_restart,
              ten_thousand_restored_in_one_call]
