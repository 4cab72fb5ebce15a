# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk in two halves: one has the identity and never sees the workbench, the other has the network and no identity.
Files go between them in both directions."""
import os
import re
import shutil
import tarfile
from pathlib import Path

from bench import Bench, Failed, check, element

ATTACHMENT = os.urandom(150_000)


class Gap:
    """The halves of a site's desk."""

    def __init__(self, site):
        self.site = site
        self.identity = site.folder / "desk-identity"
        self.network = site.folder / "desk-network"
        self.stick = site.folder / "stick.tar"
        shutil.copytree(site.desk, self.identity)
        if site.user:
            for path in (self.identity, *self.identity.rglob("*")):
                os.chown(path, site.user.pw_uid, site.user.pw_gid)

    def run(self, verb, half, *arguments, **more):
        return self.site.run("desk", verb, half, *arguments, **more)

    def carry(self, *options, back=False):
        """The stick goes from the identity to the network, or back. What import said."""
        here, there = (self.network, self.identity) if back else (self.identity, self.network)
        self.run("export", here, self.stick, *options)
        return self.run("import", there, self.stick)


def folder_of(half):
    """{path: content} of all files but the lock and what a command counts."""
    return {str(path.relative_to(half)): path.read_bytes() for path in sorted(half.rglob("*"))
            if path.is_file() and path.name != "lock"}


def over_the_air_gap(site):
    gap = Gap(site)
    said = gap.carry("--setup")
    check("Import 1" in said, said)
    secret = re.compile(rb"AGE-SECRET-KEY")
    check(not any(secret.search(content) for content in folder_of(gap.network).values()), "the identity crossed the gap")
    site.desk = gap.network  # what the bench syncs
    with Bench(site) as b:
        status, page = b.write("Over the gap.", [("list.ods", ATTACHMENT)])
        check(status == 200, f"write: {status}")
        codename = element(page, "codename")
        told = site.folder / "told"
        command = f"echo $COURIER_NEW >> '{told}'"
        for _ in range(2):  # the second time nothing is new
            gap.run("sync", gap.network, "--direct", f"127.0.0.1:{b.ports[1]}", "--notify", command)
        check(told.read_text() == "3\n", f"--notify: {told.read_text()}")
        gap.run("sync", gap.network, "--direct", f"127.0.0.1:{b.ports[1]}", "--notify", "exit 1")
        out = gap.run("read", gap.network, re.search(r"^([0-9a-f]{12})", gap.run("list", gap.network), re.M).group(1), status=3)
        check("identity" in out, out)

        said = gap.carry(back=True)
        check("5 new files" in said or "4 new files" in said, said)  # recipient, state, text, data, meta
        conversation = re.search(r"^([0-9a-f]{12})", gap.run("list", gap.identity), re.M).group(1)
        text = gap.run("read", gap.identity, conversation)
        check("Over the gap." in text, text)
        check(Path(re.search(r"saved as (\S+)", text).group(1)).read_bytes() == ATTACHMENT, "the attachment differs")
        before = folder_of(gap.identity)
        check("Nothing new" in gap.run("import", gap.identity, gap.stick), "imported twice")
        check(folder_of(gap.identity) == before, "importing it again changed something")
        # Not confirmed yet: it is in the next one again, and changes nothing there.
        said = gap.carry(back=True)
        check(re.search(r"Import \d+: [01] new file", said), said)

        gap.run("reply", gap.identity, conversation, input="Ответ over the gap")
        gap.carry()
        gap.run("export", gap.identity, gap.stick)  # and once more: it waits until it is confirmed
        gap.run("import", gap.network, gap.stick)
        outbox = gap.network / "boxes" / "box" / "outbox"
        check(len(list(outbox.iterdir())) == 1, f"{list(outbox.iterdir())}")
        b.sync()
        check(not list(outbox.iterdir()), "the reply was not sent")
        page = b.conversation(b.come_back(codename))
        check("Ответ over the gap" in page, "the reply is not on the page")

        # The confirmation comes back; what the identity's half has already does not come again.
        gap.run("export", gap.network, gap.stick)
        with tarfile.open(gap.stick) as tar:
            names = tar.getnames()
        check(not any(name.endswith(".age") for name in names), f"{names}")
        gap.run("import", gap.identity, gap.stick)
        check(not list((gap.identity / "boxes" / "box" / "outbox").iterdir()), "not confirmed")
        gap.carry()
        check(not list(outbox.iterdir()), "the reply was taken twice")

        # The network's half is lost with its machine, and made anew.
        shutil.rmtree(gap.network)
        gap.carry("--setup")
        check("new file" in b.sync(), "sync with the new half")
        gap.carry(back=True)

        # A further message, and a wish to forget.
        cookie = b.come_back(codename)
        csrf = re.search(r'name="csrf" value="([^"]+)"', b.conversation(cookie)).group(1)
        form = "".join(f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                       for name, value in (("csrf", csrf), ("message", "More."), ("go", "send"))) + "--B--\r\n"
        status, _, _ = b.ask("POST", "/conversation/write", form.encode(),
                             {"Cookie": cookie, "Content-Type": "multipart/form-data; boundary=B"})
        check(status in (200, 303), f"send: {status}")
        b.sync()
        check("new file" in gap.carry(back=True), "a further message")
        check("More." in gap.run("read", gap.identity, conversation), "it is not read")
        gap.run("forget", gap.identity, conversation)
        gap.carry()
        check(not list((gap.network / "boxes" / "box" / "conversations").iterdir()), "not forgotten at the other half")
        b.sync()
        token = (gap.network / "boxes" / "box" / "token").read_text().strip()
        status, _, stream = b.ask("GET", "/v1/collect?after=0", headers={"Authorization": f"Bearer {token}"}, door=1)
        check(status == 200 and conversation not in stream, "the box still has it")


def wrong_files_for_the_gap(site):
    gap = Gap(site)
    gap.run("export", gap.identity, gap.stick)
    out = gap.run("import", gap.network, gap.stick, status=4)
    check("--setup" in out, out)
    gap.carry("--setup")
    other = Gap.__new__(Gap)
    other.site, other.stick = site, site.folder / "other.tar"
    other.identity = site.folder / "other"
    site.run("desk", "init", "--no-passphrase", other.identity)
    site.run("desk", "export", other.identity, other.stick)
    before = folder_of(gap.network)
    gap.run("export", gap.identity, gap.stick)
    whole = gap.stick.read_bytes()
    for what, data in {"another desk's": other.stick.read_bytes(), "cut off": whole[:-1024 - 512],
                       "empty": b"", "not an archive": b"x" * 4096, "its header cut": whole[:600]}.items():
        bad = site.folder / "bad.tar"
        bad.write_bytes(data)
        out = gap.run("import", gap.network, bad, status=4)
        check("refused, and nothing of it was taken" in out, f"{what}: {out}")
        if folder_of(gap.network) != before:
            raise Failed(f"{what}: the folder changed")
    gap.run("export", gap.network, gap.stick)
    out = gap.run("import", gap.network, gap.stick, status=4)
    check("half" in out, out)
