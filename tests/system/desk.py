# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk: the program `courier desk`, and next to it the same work done with standard parts only (HTTP, tar, age)."""

import io
import os
import re
import tarfile
from pathlib import Path

import proc
import source
from proc import Failure


class Desk:
    def __init__(self, courier, directory):
        """courier: the binary. directory: the desk's folder (not there yet)."""
        self.courier = str(courier)
        self.directory = Path(directory)
        self.box = self.directory / "boxes" / "box"
        self.address = None
        self.client = None

    def run(self, verb, *arguments, text=None):
        """What it printed."""
        return proc.run([self.courier, "desk", verb, self.directory, *arguments], f"courier desk {verb}",
                        input_bytes=None if text is None else text.encode(), timeout_s=300).stdout.decode()

    # -- the program

    def init(self):
        # Debian's age, which opens what was sealed, knows no post-quantum identities.
        said = self.run("init", "--classical", "--no-passphrase")
        if not self.for_the_operator.is_file():
            raise Failure(f"courier desk init made no {self.for_the_operator}; it said: {said}")
        return said

    @property
    def for_the_operator(self):
        return self.box / "for-the-operator.txt"

    def public(self, key):
        """A value of for-the-operator.txt."""
        found = re.search(rf"^{re.escape(key)} = (\S+)$", self.for_the_operator.read_text(), re.M)
        if not found:
            raise Failure(f"{self.for_the_operator} has no {key}")
        return found.group(1)

    def add(self, address):
        self.run("add", "--address", address)
        self.address = address

    def onion_auth(self):
        """The line for a stock tor's ClientOnionAuthDir."""
        return (self.box / "tor" / "courier.auth_private").read_text()

    def use(self, client):
        """From now on through this tor client."""
        self.client = client

    def sync(self):
        return self.run("sync", "--socks", f"unix:{self.client.socks_path}")

    def list(self):
        return self.run("list")

    def read(self, conversation):
        return self.run("read", conversation)

    def reply(self, conversation, text):
        """Writes a reply; the next sync takes it to the box."""
        return self.run("reply", conversation, text=text)

    def conversations(self):
        """The conversations in the folder, by their hexadecimal ids."""
        return sorted(path.name for path in (self.box / "conversations").iterdir())

    # -- standard parts

    def age_open(self, path_or_bytes):
        """Opens an age file with the stock program and the desk's identity."""
        data = path_or_bytes if isinstance(path_or_bytes, bytes) else Path(path_or_bytes).read_bytes()
        return proc.run(["age", "-d", "-i", self.directory / "identity.txt"], "stock age opens a file",
                        input_bytes=data).stdout

    def sealed_files(self, conversation):
        """{name: path} of the age files that the folder holds of this conversation, sealed to this desk."""
        return {path.name: path for path in sorted((self.box / "conversations" / conversation).glob("*.age"))}

    def token(self):
        text = (self.box / "token").read_text()
        return re.search(r"\b[0-9a-f]{64}\b", text).group(0)

    def http(self, token=None, circuit=None):
        """An HTTP client for the desk's door. Returns request(method, path, body=b"") -> source.Page."""
        browser = source.Browser(self.client.connect_socks, "http://" + self.address, circuit or source.new_circuit(), tries=3)
        headers = [("Authorization", f"Bearer {token or self.token()}")]

        def request(method, path, body=None):
            return browser.request(method, path, headers, (lambda: [body]) if body is not None else None,
                                   len(body or b""))

        return request

    def collect_by_hand(self, after=0):
        """GET /v1/collect, unpacked: {name: bytes} in the order of the stream."""
        answer = self.http()("GET", f"/v1/collect?after={after}")
        if answer.status != 200:
            raise Failure(f"GET /v1/collect: status {answer.status}")
        with tarfile.open(fileobj=io.BytesIO(answer.body), mode="r:") as tar:
            return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


def parse_message(opened):
    """What a sealed text holds: ({field: value}, text)."""
    head, _, rest = opened.partition(b"\n\n")
    lines = head.decode("utf-8").split("\n")
    if lines[0] != "Courier-Message: 1":
        raise Failure(f"an opened message does not begin with Courier-Message: 1 but with {lines[0]!r}")
    fields = dict(line.split(": ", 1) for line in lines)
    length = int(fields["Length"])
    if len(rest) < length or rest[length:].strip(b"\0"):
        raise Failure(f"an opened message is not {length} bytes and zeros")
    return fields, rest[:length].decode("utf-8").replace("\r\n", "\n")


def parse_meta(opened):
    fields = dict(line.split(": ", 1) for line in opened.rstrip(b"\0").decode("utf-8").rstrip("\n").split("\n"))
    return {"name": fields["Name"], "type": fields["Type"], "length": int(fields["Length"])}


def attachment(data, meta):
    """The true bytes of an opened, padded attachment."""
    length = parse_meta(meta)["length"]
    if len(data) < length or data[length:].strip(b"\0"):
        raise Failure(f"an opened attachment is not {length} bytes and zeros")
    return data[:length]


def find_opened(desk, content):
    """The file under opened/ with exactly these bytes, as `courier desk read` saves attachments."""
    for path in sorted((desk.box / "opened").rglob("*")):
        if path.is_file() and os.path.getsize(path) == len(content) and path.read_bytes() == content:
            return path
    raise Failure(f"courier desk read left no file with the attachment's bytes under {desk.box}/opened")
