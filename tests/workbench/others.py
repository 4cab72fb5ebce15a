# SPDX-License-Identifier: GPL-3.0-or-later
"""A site as `desk init` makes it, with post-quantum keys, and a desk that uses none of our programs: npm's
age-encryption, HTTP and tar, as docs/DESK-API.md says by hand."""
import io
import os
import re
import sys
import tarfile
from pathlib import Path

from bench import Bench, archive, check, element

sys.path.append(str(Path(__file__).resolve().parents[1] / "age"))
from programs import Typage  # noqa: E402

TEXT = "Привет, other programs.\nSecond line."
REPLY = "Ответ von ihnen: <b>thanks</b>"


def only(folder, pattern, containing=""):
    """The one file of the desk that is meant, wherever its folder keeps it; its text."""
    found = [path.read_text() for path in Path(folder).rglob(pattern) if path.is_file()]
    found = [text for text in found if containing in text]
    check(len(found) == 1, f"{len(found)} files {pattern} with {containing!r} in {folder}")
    return found[0].strip()


def lines_of(plain):
    """A sealed text's header lines as a dictionary, and its text."""
    head, _, rest = plain.partition(b"\n\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\n"))
    length = int(fields["Length"])
    check(set(rest[length:]) <= {0}, "the padding is not zero")
    return fields, rest[:length].decode()


def other_programs_take_part(site):
    attachment = os.urandom(200_000)
    identity = re.search(r"AGE-SECRET-KEY-PQ-1\w+", only(site.desk, "*", "AGE-SECRET-KEY-PQ-1")).group(0)
    token = {"Authorization": "Bearer " + only(site.desk, "token")}
    other = Typage()
    with Bench(site) as b:
        status, page = b.write(TEXT, [("list.ods", attachment)])
        check(status == 200, f"write: {status}")
        codename = element(page, "codename")

        stream = collected_now(b, token)
        conversation = next(name for name in stream if name.endswith("/recipient")).split("/")[0]
        recipient = stream[f"{conversation}/recipient"].decode().strip()
        check(recipient.startswith("age1pq1"), f"the source's recipient: {recipient[:20]}")
        opened = {name.split("/")[1]: other.ask(do="open", identity=identity, data=data)
                  for name, data in stream.items() if name.endswith(".age")}
        check(all(opened.values()) and len(opened) == 3, f"opened: {({k: v and len(v) for k, v in opened.items()})}")
        texts = {name: value for name, value in opened.items() if re.fullmatch(r"\d{4}\.age", name)}
        fields, text = lines_of(next(iter(texts.values())))
        check(text == TEXT and fields["Attachments"] == "1", f"{fields}: {text}")
        data = next(value for name, value in opened.items() if name.endswith(".data.age"))
        meta = next(value for name, value in opened.items() if name.endswith(".meta.age"))
        check(b"Name: list.ods\n" in meta and b"Length: 200000\n" in meta, f"{meta[:80]}")
        check(data[:200_000] == attachment and set(data[200_000:]) <= {0}, "the attachment differs")
        check(b.ask("POST", "/v1/collected", stream["cursor"], token, door=1)[0] in (200, 204), "collected")

        reply = other.ask(do="seal", recipients=[recipient], data=REPLY.encode())
        status = b.ask("PUT", f"/v1/conversations/{conversation}/replies/first", reply, token, door=1)[0]
        check(status in (200, 201, 204), f"reply: {status}")
        def seal(data):
            return other.ask(do="seal", recipients=[recipient], data=data)

        meta = f"Name: list.ods\nType: application/octet-stream\nLength: {len(attachment)}\n"
        parts = archive([("01.data.age", seal(attachment)), ("01.meta.age", seal(meta.encode())), ("text.age", seal(b"With a file."))])
        status = b.ask("PUT", f"/v1/conversations/{conversation}/replies/second", parts,
                       {**token, "Content-Type": "application/x-tar"}, door=1)[0]
        check(status == 201, f"reply with a file: {status}")
        answered(b, codename, attachment)
        state = collected_now(b, token)[f"{conversation}/state"]
        check("by a signal" not in b.log(), f"a process was killed:\n{b.log()}")
    with Bench(site) as b:
        boot = collected_now(b, token)["boot"]
        body = archive([("boot", boot), (f"{conversation}/state", state), (f"{conversation}/replies/first.age", reply),
                        (f"{conversation}/replies/second.tar", parts)])
        status, _, told = b.ask("PUT", "/v1/restore", body, token, door=1)
        check(status == 200 and '"restored":1,"refused_count":0' in told, f"restore: {status} {told}")
        answered(b, codename, attachment)
        check("by a signal" not in b.log(), f"a process was killed:\n{b.log()}")
    other.end()


def collected_now(b, token):
    status, _, collected = b.ask_bytes("GET", "/v1/collect?after=0", headers=token, door=1)
    check(status == 200, f"collect: {status}")
    with tarfile.open(fileobj=io.BytesIO(collected)) as file:
        return {member.name: file.extractfile(member).read() for member in file}


def answered(b, codename, attachment):
    """The source has both replies, and the file of the second."""
    cookie = b.come_back(codename)
    page = b.conversation(cookie)
    for text in (REPLY.replace("<", "&lt;").replace(">", "&gt;"), "With a file.", "list.ods"):
        check(text in page, f"{text} is not on the page")
    csrf, number = re.search(r'name="csrf" value="([^"]+)"><input type="hidden" name="number" value="(\d+)"><button type="submit" '
                             r'class="quiet">\w+ <bdi>list.ods', page).groups()
    check(b.download("/conversation/file", {"csrf": csrf, "number": number}, cookie)[1] == attachment, "the file differs")
