#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on the box's screen: in VGA's text mode (BIOS) and on the firmware's frame buffer (UEFI). The address's code is
read off a screenshot by zbarimg; every page is kept as build/artefacts/console/FIRMWARE-PAGE.png.

The text mode's letters are read from the card's memory. On the frame buffer each letter has to look the same wherever it
stands, and like no other: then it is the page that the serial line shows, too."""

import re
import time
import unittest

import box as box_module
import cpio
import proc
import session
import suite

ROWS, COLUMNS = 25, 79
TEXT_MEMORY, TEXT_COLUMNS = 0xB8000, 80
CELL = (8, 16)


class NoNetwork:
    """And no card: nothing leaves these boxes."""

    @staticmethod
    def torrc_lines():
        return ""


def setUpModule():
    global logs, pictures
    logs = suite.logs("system-console")
    pictures = session.BUILD / "artefacts" / "console"
    pictures.mkdir(parents=True, exist_ok=True)
    proc.need_programs({"zbarimg": "zbar-tools"})


class Pixels:
    """A screenshot as QEMU writes it: P6, three bytes a pixel."""

    def __init__(self, path):
        data = path.read_bytes()
        header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
        self.width, self.data = int(header.group(1)), data[header.end():]

    def cell(self, row, column):
        width, height = CELL
        lines = []
        for y in range(row * height, (row + 1) * height):
            at = 3 * (y * self.width + column * width)
            lines.append(self.data[at:at + 3 * width])
        return b"".join(lines)


class Screen(unittest.TestCase):
    firmware = None

    def boot(self, **options):
        self.stage = session.Session(logs, network=NoNetwork, say=print, firmware=self.firmware, card=None,
                                     name=f"box-{self.firmware}", **options)
        self.addCleanup(self.stage.stop)
        self.stage.prepare()
        self.stage.make_desk()
        self.stage.make_site()
        self.stage.make_image()
        self.stage.network = None
        self.stage.boot()
        self.box = self.stage.box

    def keep(self, page):
        return self.box.screenshot(pictures / f"{self.firmware}-{page}.png")

    def read_code(self, page):
        """The text of the code on the screen."""
        def read():
            picture = self.keep(page)
            done = proc.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture], "zbarimg",
                            accept=(0, 4))  # 4: it found none
            return done.stdout.decode().strip()
        return proc.wait_until(read, 20, f"{page} shows a code", also_check=self.box.check)

    def type(self, text):
        for letter in text:
            key = {" ": "spc", "-": "minus", ":": "semicolon", "\n": "ret", "\t": "tab"}.get(letter, letter.lower())
            self.box.press(*(["shift"] if letter.isupper() or letter == ":" else []), key)

    def walk(self):
        """Every page, from the status page on and back."""
        self.box.wait_for(rb"^  Network +no wired network card found")
        self.assert_page(lambda text: "The box sees no wired network card." in text, "status")
        self.box.press("a")
        address = self.stage.origin.removeprefix("http://")
        self.assertEqual(self.read_code("address"), f"HTTP://{address.upper()}/")
        self.assert_page(lambda text: self.stage.origin in text, "address")
        for key, page, words in (("m", "machine", "Program"), ("l", "locked", "locked")):
            self.box.press("spc")
            self.assert_page(lambda text: "m machine" in text, "status")
            self.box.press(key)
            self.assert_page(lambda text, words=words: words in text, page)
        self.box.press("x")
        self.assert_page(lambda text: "show, then Enter" in text and "onion" not in text, "locked-hint")
        self.box.press("backspace")
        self.type("show\n")
        self.assert_page(lambda text: "m machine" in text, "status")
        self.box.press("p")
        self.assert_page(lambda text: "Power off?" in text, "power-off")
        self.type("YES\n")
        self.box.wait_for(rb"^courier: going down power-off\r?$")
        self.box.wait_end()


def letters_of(box):
    """What stands on a screen in text mode."""
    path = logs / "text"
    box.qmp.call("pmemsave", val=TEXT_MEMORY, size=ROWS * TEXT_COLUMNS * 2, filename=str(path))
    letters = path.read_bytes()[::2].decode("cp437")
    return "\n".join(letters[at:at + TEXT_COLUMNS].rstrip() for at in range(0, len(letters), TEXT_COLUMNS))


class TextMode(Screen):
    firmware = "bios"

    def text(self):
        return letters_of(self.box)

    def assert_page(self, good, page):
        proc.wait_until(lambda: good(self.text()), 20, f"the {page} page", also_check=self.box.check)
        self.keep(page)

    def unlock(self):
        """Wrong, then right, on the keyboard. Who looks over a shoulder sees it if Tab was pressed, and never later."""
        self.assert_page(lambda text: "The site file is sealed" in text, "passphrase")
        while not self.is_told_that_it_is_wrong():
            pass  # it stands there for a second, then two, then four: on a crowded machine one may miss it
        self.assert_page(lambda text: "The site file is sealed" in text, "passphrase-again")
        self.type(session.PASSPHRASE)
        self.assert_page(lambda text: "> (not shown)" in text, "passphrase-typed")
        self.type("\t")
        self.assert_page(lambda text: f"> {session.PASSPHRASE}" in text, "passphrase-shown")
        self.type("\t\n")

    def is_told_that_it_is_wrong(self):
        """False: the next question was there before anybody looked."""
        self.box.wait_for(session.ASKS_SECRET)
        asked = len(re.findall(session.ASKS_SECRET, self.box.serial(), re.M))

        def look():
            if "This is not the passphrase." in self.text():
                return "told"
            return len(re.findall(session.ASKS_SECRET, self.box.serial(), re.M)) > asked and "missed"

        self.type("wrong passphrase\n")
        if proc.wait_until(look, 60, "the passphrase-wrong page", also_check=self.box.check) == "missed":
            return False
        self.keep("passphrase-wrong")
        return True

    def set_clock(self):
        """Impossible, then right."""
        self.assert_page(lambda text: "clock has lost the time" in text, "time")
        self.type("2000-01-01\n")
        self.assert_page(lambda text: "That can't be" in text and "What is it" in text, "time-wrong")
        now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
        self.type(now + "\n")
        self.assert_page(lambda text: f"{now[:10]} " in text and "as it was typed at the start" in text, "status-typed-time")

    def test_pages(self):
        self.boot(sealed=True, arguments=["-rtc", "base=2000-01-01T00:00:00"])
        self.unlock()
        self.set_clock()
        self.walk()
        self.assertNotIn(session.PASSPHRASE.encode(), self.box.serial())


class FrameBuffer(Screen):
    firmware = "uefi"

    def printed(self):
        """The page that the serial line shows: whoever presses a key gets the new one at once."""
        text = "\n" + self.box.serial().decode("utf-8", "replace").replace("\r", "")
        locked = "\n" * (ROWS // 2 + 1) + " "
        return text[max(text.rfind("\n Silent Courier"), text.rfind(locked)) + 1:].split("\n")[:ROWS]

    def is_drawn(self, page):
        path = self.stage.work / "pixels"
        self.box.qmp.call("screendump", filename=str(path))
        pixels, looks, letters = Pixels(path), {}, {}
        for row, line in enumerate(page):
            if line.startswith("  Clock"):
                continue  # the time of day is for the screen alone
            for column, letter in enumerate(line.ljust(COLUMNS)):
                look = pixels.cell(row, column)
                if looks.setdefault(letter, look) != look or letters.setdefault(look, letter) != letter:
                    return False
        return len(looks) > 4

    def assert_page(self, good, page):
        def drawn():
            lines = self.printed()
            return good("\n".join(lines)) and self.is_drawn(lines)
        proc.wait_until(drawn, 20, f"the {page} page", also_check=self.box.check)
        self.keep(page)

    def test_pages(self):
        self.boot()
        self.walk()


del Screen


class Refused(unittest.TestCase):
    """Before there is a console: the kernel's /proc can't be mounted, since a file is in its place."""

    def test_a_start_that_fails_says_so(self):
        parts = {name: logs / name for name in ("VMLINUZ", "INITRD.ZST")}
        for name, path in parts.items():
            box_module.take_from_image(session.BUILD / "courier.img", name, path)
            self.addCleanup(path.unlink)
        shipped = parts["INITRD.ZST"].read_bytes()
        parts["INITRD.ZST"].write_bytes(shipped + bytes(-len(shipped) % 4) + cpio.archive({"proc": b""}))
        box = suite.keep(box_module.Box(kernel=parts["VMLINUZ"], initrd=parts["INITRD.ZST"], log_dir=logs, card=None,
                                        name="box-refused", first_process=session.FIRST_LINE))
        box.wait_for(rb"^courier: this machine can't run it, nothing is open: ")
        box.wait_for(rb"^courier: A kernel file system can't be mounted")
        box.wait_for(rb"^courier: if it comes again, write the stick anew")
        proc.wait_until(lambda: "can't run it" in letters_of(box) and "switch it off" in letters_of(box), 20,
                        "the screen says it, too", also_check=box.check)
        box.screenshot(pictures / "bios-refused.png")
        box.press("ctrl", "alt", "delete")
        box.wait_end()

if __name__ == "__main__":
    suite.main(__name__)
