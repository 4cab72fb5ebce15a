# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/DESK-API.md, "By hand": the page's own commands, word for word, in one shell, with nothing of ours on the desk's side."""
import os
import re
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from bench import Bench, Failed, become, check, element

PAGE = Path(__file__).resolve().parents[2] / "docs/DESK-API.md"
ATTACHMENT = os.urandom(70_000)


def blocks():
    """{heading: commands} in the page's order."""
    part = PAGE.read_text().split("\n## By hand\n")[1]
    found = re.findall(r"^\*\*(.+?)[.:]?\*\*.*?^```sh\n(.*?)^```$", part, re.M | re.S)
    check(len(found) == part.count("```sh\n"), "a block without a heading")
    return dict(found)


class Proxy:
    """Tor's SOCKS port, as far as curl uses it: every name leads to the desk's door."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socks5h://127.0.0.1:{self.listener.getsockname()[1]}"
        self.door = None
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            greeting = client.recv(2)
            client.recv(greeting[1])
            client.sendall(b"\5\0")
            kind = client.recv(4)
            check(kind[:2] == b"\5\1" and kind[3] == 3, f"SOCKS: {kind}")
            self.asked = client.recv(client.recv(1)[0])
            client.recv(2)
            with socket.create_connection(("127.0.0.1", self.door)) as box:
                client.sendall(b"\5\0\0\1\0\0\0\0\0\0")
                back = threading.Thread(target=self.copy, args=(box, client), daemon=True)
                back.start()
                self.copy(client, box)
                back.join()

    @staticmethod
    def copy(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Shell:
    """One shell, so that what a block sets is there for the next."""

    def __init__(self, folder, user):
        self.process = subprocess.Popen(["sh"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, preexec_fn=become(user))

    def run(self, commands):
        self.process.stdin.write(commands + "\necho; echo END-OF-BLOCK\n")
        self.process.stdin.flush()
        said = ""
        for line in self.process.stdout:
            if line == "END-OF-BLOCK\n":
                return said
            said += line
        raise Failed(f"the shell stopped:\n{commands}\n{said}")

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


def the_page_by_hand(site):
    page = blocks()
    proxy = Proxy()
    with tempfile.TemporaryDirectory(prefix="courier-by-hand-") as folder:
        if site.user:
            os.chown(folder, site.user.pw_uid, site.user.pw_gid)
        desk = Path(folder)
        shell = Shell(folder, site.user)
        shell.run(page["Keys"])
        out = site.run("site", "init", "--unattended", "--out", site.folder / "by-hand", "--name", "By hand", "--desk", desk / "for-the-operator.txt")
        address = re.search(r"desk address: (\S+)", out).group(1)
        shell.run(f"address={address}; proxy={proxy.url}")
        use(site, page, proxy, shell, desk, address)
        shell.end()
    proxy.listener.close()


def use(site, page, proxy, shell, desk, address):
    with Bench(site, site_file=site.folder / "by-hand") as b:
        proxy.door = b.ports[1]
        status, text = b.write("Written to people with a shell.", [("list.ods", ATTACHMENT)])
        check(status == 200, f"write: {status}")
        codename = element(text, "codename")
        said = shell.run(page["The box"])
        check('"waiting":1,"waiting_here":1' in said and proxy.asked == address.encode(), said)
        key = (desk / "courier.auth_private").read_text().strip()
        check(re.fullmatch(r"[a-z2-7]{56}:descriptor:x25519:[A-Z2-7]{52}", key), key)
        shell.run(page["Collect, read, confirm"])
        read = {path.name.split("-", 1)[1]: path.read_bytes() for path in (desk / "read").iterdir()}
        check(read["0002.attachment"] == ATTACHMENT, f"the attachment: {sorted(read)}")
        check(b"\n\nWritten to people with a shell." in read["0001"], f"{read['0001'][:100]}")
        shell.run(page["Answer"])
        shell.run(page["Answer with an attachment"])
        said = shell.run(page["Now and then"])
        check("Confirmed" in said, said)
        check(len(list((desk / "stream").glob("*/state"))) == 1, "no state")
        answered(b, codename)
    with Bench(site, site_file=site.folder / "by-hand") as b:
        proxy.door = b.ports[1]
        said = shell.run(page["After a restart"])
        check('{"restored":1,"refused_count":0,"refused":[]}' in said, said)
        cookie = answered(b, codename)
        _, _, form = b.ask("GET", "/conversation/write", headers={"Cookie": cookie})
        csrf = re.search(r'name="csrf" value="([^"]+)"', form).group(1)
        status, _ = b.write("And more.", path="/conversation/write", csrf=csrf, cookie=cookie)
        check(status == 200, f"write again: {status}")
        check("forgotten" in shell.run(page["Forget one item"]), "one item")
        said = shell.run(page["The rest"])
        check('{"ready":true,"waiting":0}' in said and "revoked" in said, said)
        check(b.form("/return", {"codename": codename})[0] == 303, "return")
        check("by a signal" not in b.log(), f"a process was killed:\n{b.log()}")


def answered(b, codename):
    cookie = b.come_back(codename)
    text = b.conversation(cookie)
    for what in ("Thank you. We have read it.", "A list is attached.", "list.txt"):
        check(what in text, f"{what}: not on the page:\n{text}")
    return cookie
