#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One real exchange between a source and a desk, through a box booted from the image that ships, as a transcript.

    tests/system/run.py [--tor] [--firmware bios|uefi] [--memory MB] [--stay | --no-stay]

Without a terminal it ends after the exchange; on one it stays up until Ctrl-C. Every step checks what it got.
"""

import argparse
import os
import shutil
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import desk as desk_module
import proc
import session as session_module
import source
import tornet
from forward import Forwarder
from proc import Failure
from transcript import Transcript

MESSAGE = """\
Здравствуйте. У меня есть документы о том, что происходит на заводе: «безопасные» нормы превышены в сорок раз.
Боюсь за себя и семью — пожалуйста, не называйте моего имени.

Good day. The attachment has the measurements of two years. The third column is the one they changed.
"""
REPLY = """\
Спасибо, что написали нам. Мы получили и сообщение, и файл.
Thank you. We have read it all. Who else can enter the archive? Please don't answer from work.
"""
TOPIC = session_module.TOPICS[0]
ATTACHMENT_NAME = "замеры 2024–2026.csv"
ATTACHMENT_LENGTH = 3 * 1024 * 1024


def expect(condition, text):
    """Every claim of the transcript goes through here."""
    if not condition:
        raise Failure(text)


def shown(path):
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class Play:
    def __init__(self, stage, transcript):
        self.stage = stage
        self.say = transcript
        # Random bytes: what arrives can only be what was sent.
        self.attachment = os.urandom(ATTACHMENT_LENGTH)
        self.codename = None
        self.conversation = None

    # -- the stage

    def set_up(self, real_tor):
        stage, say = self.stage, self.say
        stage.prepare()
        if real_tor:
            stage.start_network(real_tor=True)
            say.line("network", "the real Tor network: the box goes out through this machine")
        else:
            with say.waiting("network", "a private Tor network forms"):
                stage.start_network()
            known = "known from an earlier run" if stage.network.warm else "with new keys"
            say.line("network", f"a private Tor network: {tornet.AUTHORITIES} authorities and {tornet.RELAYS} relays, "
                     f"{known}, in the network namespace {stage.network.namespace}")
        stage.make_desk()
        say.line("desk", f"makes its folder and keys: recipient {stage.desk.public('recipient')}")
        stage.make_site()
        say.line("operator", "makes a site file: onion keys, the desk's recipient, topics; sealed with a passphrase")
        stage.make_image()
        say.line("operator", f"puts it on a copy of {shown(stage.image)}, next to the kernel")

    def boot(self):
        stage, say = self.stage, self.say
        stage.boot()
        box = stage.box
        stage.start_clients()
        with say.waiting("box", "boots", box.last_line):
            box.wait_for(session_module.FIRST_LINE)
            first = time.monotonic() - box.started_at
        if stage.sealed:
            stage.unlock()
            say.line("operator", f"types the passphrase on the console: {session_module.PASSPHRASE}")
        with say.waiting("box", "opens the site file", box.last_line):
            box.wait_for(session_module.DOOR_OPEN)
            door = time.monotonic() - box.started_at
        say.line("box", f"runs: {box.firmware.upper()}, {box.memory_mb} MB of memory, "
                 f"{'emulated' if box.accelerator == 'tcg' else 'with KVM'}; first process after {first:.1f} s, "
                 f"door open after {door:.1f} s")
        with say.waiting("network", "the clients' tors join"):
            stage.wait_clients()
        with say.waiting("box", "its onion service is published", box.last_line):
            stage.wait_open()
        say.line("box", f"can be reached at {stage.origin}/")

    # -- the exchange

    def source_writes(self):
        say = self.say
        browser = self.stage.source()
        page = browser.open("/")
        expect(page.status == 200, f"the landing page has status {page.status}")
        expect(session_module.NAME in page.text, f"the landing page does not name {session_module.NAME}")
        say.line("source", f"opens {self.stage.origin}/ through Tor: “{page.title.strip()}”")
        page = browser.open("/write")
        expect(page.status == 200, f"the page to write on has status {page.status}")
        form = page.form_with("message", "file")
        say.line("source", f"opens the page to write on, writes, and attaches “{ATTACHMENT_NAME}”, "
                 f"{ATTACHMENT_LENGTH >> 20} MB:")
        say.quote(MESSAGE)
        with say.waiting("source", "sends it"):
            page = browser.submit(form, {"message": MESSAGE, "topic": TOPIC},
                                  {"file": source.File(ATTACHMENT_NAME, self.attachment, "text/csv")})
        expect(page.status == 200, f"after sending, the page has status {page.status}: {page.text[:300]}")
        self.codename = page.by_id("codename")
        expect(self.codename and len(self.codename.split()) == 9,
               f"the page shows no codename of nine words: {page.text[:300]}")
        browser.close()
        say.line("source", "is shown a codename, writes it down, and closes the browser:")
        say.quote(self.codename)

    def desk_collects(self):
        say, desk = self.say, self.stage.desk
        with say.waiting("desk", "collects"):
            desk.sync()
        found = desk.conversations()
        expect(len(found) == 1, f"after collecting, the desk has {len(found)} conversations, not one")
        self.conversation = found[0]
        say.line("desk", f"collects through Tor, with its onion key and its token: conversation {self.conversation}")

        sealed = desk.sealed_files(self.conversation)
        names = {kind: [name for name in sealed if name.endswith(kind)] for kind in (".data.age", ".meta.age")}
        texts = [name for name in sealed if not name.endswith((".data.age", ".meta.age"))]
        expect(len(texts) == len(names[".data.age"]) == len(names[".meta.age"]) == 1,
               f"collected were {sorted(sealed)}: not one message and one attachment")
        fields, text = desk_module.parse_message(desk.age_open(sealed[texts[0]]))
        expect(text.strip() == MESSAGE.strip(), f"stock age opened another text: {text!r}")
        expect(fields["Topic"] == TOPIC, f"the message came with the topic {fields['Topic']!r}")
        say.line("desk", f"opens {texts[0]} with the stock age program: “{text.splitlines()[0][:60]}…” "
                 f"(topic: {fields['Topic']}), the text the source wrote")
        meta = desk.age_open(sealed[names[".meta.age"][0]])
        content = desk_module.attachment(desk.age_open(sealed[names[".data.age"][0]]), meta)
        name = desk_module.parse_meta(meta)["name"]
        expect(name == ATTACHMENT_NAME, f"the attachment is called {name!r}")
        expect(content == self.attachment, "stock age opened an attachment with other bytes")
        say.line("desk", f"opens the attachment with it too: “{name}”, {len(content)} bytes, the same as sent")

        said = desk.read(self.conversation)
        for line in MESSAGE.split("\n"):
            expect(line in said, f"courier desk read does not print {line!r}; it printed {said!r}")
        path = desk_module.find_opened(desk, self.attachment)
        say.line("desk", f"reads it with courier desk: the same text, the attachment saved as {path.name}")

    def desk_replies(self):
        say, desk = self.say, self.stage.desk
        desk.reply(self.conversation, REPLY)
        with say.waiting("desk", "sends its reply"):
            desk.sync()
        say.line("desk", "replies, sealed to this source:")
        say.quote(REPLY)

    def _source_returns(self):
        browser = self.stage.source()
        browser.open("/return")
        page = browser.submit(browser.page.form_with("codename"), {"codename": self.codename})
        expect(page.status == 200 and page.url.endswith("/conversation"),
               f"the codename led to {page.url} with status {page.status}: {page.text[:300]}")
        return browser, page

    def source_reads_and_deletes(self):
        say = self.say
        browser, page = self._source_returns()
        reply = page.by_id("reply-1")
        expect(reply is not None, f"the conversation shows no reply: {page.text[:500]}")
        for line in REPLY.strip().split("\n"):
            expect(" ".join(line.split()) in reply, f"the reply reads {reply!r}")
        say.line("source", "comes back on a new circuit, types the codename, and reads the reply")
        form = next((form for form in page.forms if form.action.endswith("/conversation/delete-reply")), None)
        expect(form is not None, "the conversation has no button that deletes a reply")
        browser.submit(form)
        page = browser.open("/conversation")
        expect(page.by_id("reply-1") is None and REPLY.split("\n")[0] not in page.text,
               f"the deleted reply is still there: {page.text[:500]}")
        browser.close()
        say.line("source", "deletes it: it is gone from the page")
        browser, page = self._source_returns()
        expect(page.by_id("reply-1") is None and REPLY.split("\n")[0] not in page.text,
               f"the deleted reply came back: {page.text[:500]}")
        browser.close()
        say.line("source", "comes back once more, on another new circuit: still gone")
        self.stage.check_untroubled()
        self.stage.box.screenshot(session_module.BUILD / "artefacts" / "console.png")

    def all(self, real_tor):
        say = self.say
        say.heading("Preparing")
        self.set_up(real_tor)
        self.boot()
        say.heading("1. The source writes")
        self.source_writes()
        say.heading("2. The desk collects")
        self.desk_collects()
        say.heading("3. The desk answers, the source reads")
        self.desk_replies()
        self.source_reads_and_deletes()


def stay(stage, say):
    """Until Ctrl-C, with all that is needed to look around."""
    forwarder = Forwarder(stage.source_client.socks_path)
    try:
        say.heading("It stays up: look around")
        say.plain(f"""\
 address    {stage.origin}/
 SOCKS      127.0.0.1:{forwarder.port}
 browser    chromium --user-data-dir=$(mktemp -d) --no-first-run --disable-background-networking \\
              --proxy-server=socks5://127.0.0.1:{forwarder.port} {stage.origin}/
              (as root also --no-sandbox; Tor Browser can't leave the real Tor network)
 curl       curl --socks5-hostname 127.0.0.1:{forwarder.port} {stage.origin}/
 console    {shown(Path(__file__).parent / 'console.py')} {stage.box.serial_socket}      (a: the address; Ctrl-] leaves)
 desk       {shown(stage.courier)} desk sync {stage.desk.directory} --socks unix:{stage.desk_client.socks_path}
            {shown(stage.courier)} desk list {stage.desk.directory}
 logs       {shown(stage.log_dir)}
 end        Ctrl-C""")
        while True:
            time.sleep(1)
            stage.box.check()
            stage.network.check()
    finally:
        forwarder.close()


def options():
    parser = argparse.ArgumentParser(description="One real exchange between a source and a desk, as a transcript.")
    parser.add_argument("--tor", action="store_true", help="the real Tor network instead of a private one")
    parser.add_argument("--firmware", choices=("bios", "uefi"), default="bios")
    parser.add_argument("--memory", type=int, default=512, metavar="MB")
    parser.add_argument("--display", default="none", help="QEMU's -display: gtk shows the box's screen")
    parser.add_argument("--image", help="another disk image than build/courier.img")
    parser.add_argument("--courier", help="another binary than build/courier")
    parser.add_argument("--stay", action=argparse.BooleanOptionalAction, default=sys.stdin.isatty()
                        and sys.stdout.isatty(), help="stay up afterwards (default: on a terminal)")
    return parser.parse_args()


def main():
    chosen = options()
    proc.end_on_signals()
    log_dir = session_module.BUILD / "artefacts" / "logs" / "run"
    if log_dir.exists():
        shutil.rmtree(log_dir)
    log_dir.mkdir(parents=True)
    say = Transcript(log_dir / "transcript.txt")
    stage = session_module.Session(log_dir, image=chosen.image, courier=chosen.courier,
                                   say=lambda text: say.line("note", text), firmware=chosen.firmware,
                                   memory_mb=chosen.memory, display=chosen.display, sealed=True)
    status = 1
    try:
        play = Play(stage, say)
        play.all(chosen.tor)
        status = 0
        say.plain("\nA source and a desk have talked; the box kept nothing it could read.")
        if chosen.stay:
            stay(stage, say)
    except KeyboardInterrupt:
        status = status if chosen.stay and status == 0 else 130
    except (Failure, source.SocksRefused, OSError) as failure:
        status = 1
        say.plain(f"\nFAILED: {failure}\nLogs: {shown(log_dir)}")
        (log_dir / "failure.txt").write_text(traceback.format_exc())
    finally:
        stage.stop()
        say.line("end", "everything that was started has been ended")
        say.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
