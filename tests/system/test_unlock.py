#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interview on the console of a booted box: a whole exchange with a box that has no keys on its boot medium; a wrong
passphrase; site files that open nothing."""

import re
import shutil
import unittest

import box as box_module
import desk
import proc
import session
import source
import suite

QUESTION = rb"^courier: asks (line|secret|show)\r?$"
REFUSED = rb"nothing is open:"


def setUpModule():
    global logs
    logs = suite.logs("system-unlock")


class Interview:
    """Answers on the serial line, question by question."""

    def __init__(self, box):
        self.box = box
        self.at = 0

    def next(self, kind):
        found = self.box.wait_for(QUESTION, start=self.at)
        if found.group(1).decode() != kind:
            raise proc.Failure(f"it asks {found.group(1)}, not {kind}")
        self.at = found.end()

    def page(self, until):
        """What the page says, without a code beside it, and its words next to each other."""
        end = self.box.wait_for(until, start=self.at).end()
        lines = self.box.serial()[self.at:end].decode("utf-8", "replace").splitlines()
        return [re.sub("^[█▀▄ ]*", "", line).strip() for line in lines]

    def answer(self, text):
        self.box.type(text + "\r")


def joined(lines, pattern):
    """The lines that are part of something too long for one."""
    return "".join(line for line in lines if re.fullmatch(pattern, line))


class Keyless(session.Session):
    """The boot medium knows the network; all else is asked. types_recipient: the desk's own is typed; else the box makes a
    key, which becomes the desk's."""

    def __init__(self, *arguments, types_recipient=False, **options):
        super().__init__(*arguments, sealed=True, **options)
        self.types_recipient = types_recipient

    def make_site(self):
        torrc = self.work / "torrc"
        torrc.write_text(self.network.torrc_lines())
        proc.run([self.courier, "site", "init", "--ephemeral", "--out", self.work / "site", "--torrc", torrc], "courier site init")

    def unlock(self):
        asked = Interview(self.box)
        asked.next("line")
        asked.answer("yes")
        asked.next("line")
        asked.answer(session.NAME)
        (self.type_recipient if self.types_recipient else self.take_identity)(asked)
        asked.next("show")
        lines = asked.page(rb"Type yes")
        asked.answer("yes")
        self.desk_address = re.search(r"[a-z2-7]{56}\.onion", joined(lines, r"[a-z2-7.]{6,}")).group(0)
        self.access = re.search(r"[A-Z2-7]{106}", joined(lines, r"[A-Z2-7]{2,}")).group(0)
        self.take_access()

    def type_recipient(self, asked):
        """With a slip, and then right."""
        recipient = self.desk.public("recipient")
        asked.next("line")
        asked.answer(recipient[:-1] + ("q" if recipient[-1] != "q" else "p"))
        asked.next("line")
        asked.answer(recipient)

    def take_identity(self, asked):
        asked.next("line")
        asked.answer("")
        asked.next("show")
        key = joined(asked.page(rb"Type yes"), r"[A-Z0-9-]{2,}")
        asked.answer("yes")
        (self.desk.directory / "identity.txt").write_text(re.search(r"AGE-SECRET-KEY-1[A-Z0-9]{58}", key).group(0) + "\n")

    def take_access(self):
        proc.run([self.courier, "desk", "add", self.desk.directory, "--address", self.desk_address, "--access-fd", "0"],
                 "courier desk add --access-fd", input_bytes=self.access.encode() + b"\n")
        self.desk.address = self.desk_address

    def start_clients(self):
        self.origin = "http://" + self.box.wait_for(rb"^courier: address (\S+\.onion)\r?$").group(1).decode()
        super().start_clients()


class WithoutASiteFile(unittest.TestCase):
    def test_an_exchange(self):
        stage = suite.keep(Keyless(logs, say=print, name="box-keyless"))
        browser = stage.source()
        page = browser.open("/write")
        page = browser.submit(page.form_with("message", "file"), {"message": "to a box of today"},
                              {"file": source.File("three.bin", bytes(range(256)) * 1000)})
        codename = page.by_id("codename")
        stage.desk.sync()
        conversation, = stage.desk.conversations()
        self.assertIn("to a box of today", stage.desk.read(conversation))
        stage.desk.reply(conversation, "from a desk of today")
        stage.desk.sync()
        browser.close()
        browser = stage.source()
        page = browser.open("/return")
        page = browser.submit(page.form_with("codename"), {"codename": codename})
        self.assertIn("from a desk of today", page.text)
        stage.check_untroubled()
        browser.close()


class Refused(unittest.TestCase):
    """No network: what opens nothing says so before."""

    def boot(self, name, site):
        work = proc.scratch_folder("refused")
        self.addCleanup(shutil.rmtree, work)
        disk = work / "courier.img"
        box_module.copy_sparse(session.BUILD / "courier.img", disk)
        (work / "site").write_bytes(site)
        proc.run([session.TOP / "image" / "insert-site", disk, work / "site"], "put the site file on the image")
        machine = box_module.Box(disk, logs, say=print, first_process=session.FIRST_LINE, name=name)
        machine.start()
        self.addCleanup(machine.stop)
        return machine

    def sealed(self):
        work = proc.scratch_folder("sealed")
        self.addCleanup(shutil.rmtree, work)
        maker = desk.Desk(session.BUILD / "courier", work / "desk")
        maker.init()
        (work / "passphrase").write_text(session.PASSPHRASE + "\n")
        proc.run([session.BUILD / "courier", "site", "init", "--out", work / "site", "--name", "Sealed", "--desk",
                  maker.for_the_operator, "--passphrase-file", work / "passphrase"], "courier site init")
        return (work / "site").read_bytes()

    def test_a_wrong_passphrase_and_a_file_cut_off(self):
        """One box: it asks, says what is wrong, asks again; opened, the file turns out to lack its end."""
        machine = self.boot("box-cut", self.sealed()[:-1])
        asked = Interview(machine)
        asked.next("secret")
        asked.answer("not this one")
        machine.wait_for(rb"not the passphrase", start=asked.at)
        asked.next("secret")
        asked.answer(session.PASSPHRASE)
        machine.wait_for(REFUSED, start=asked.at)
        machine.wait_for(rb"damaged or cut off", start=asked.at)
        self.assertNotIn(session.PASSPHRASE.encode(), machine.serial())
        self.assertNotRegex(machine.serial(), session.DOOR_OPEN)

    def test_a_plain_file_that_is_not_meant_so(self):
        machine = self.boot("box-plain", b"courier-site 9\n")
        machine.wait_for(REFUSED)
        machine.wait_for(rb"another version")
        self.assertNotRegex(machine.serial(), session.DOOR_OPEN)


if __name__ == "__main__":
    suite.main(__name__)
