# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of `tests/browser/run announce`: the folder for an organisation's own website, on screens and on paper."""
import re
import subprocess
from pathlib import Path

import bench
import text

OPTIONS = ["--accent", "#ffd400"]
SLIPS = 8  # appliance/announce/folder.c
CONTACT = "https://www.example.org/contact/"


class Folder:
    def __init__(self, stack):
        self.site = bench.Site(None, *OPTIONS)
        stack.callback(self.site.remove)
        phrase, key = self.site.folder / "phrase", self.site.folder / "signing.key"
        phrase.write_text("five words that nobody knows\n", encoding="utf-8")
        self.path = self.site.folder / "announced"
        self.site.run("site", "signing-key", "--out", key, "--passphrase-file", phrase)
        said = self.site.run("site", "announce", "--site", self.site.folder / "site", "--out", self.path, "--contact-url", CONTACT,
                             "--signing-key", key, "--signing-passphrase-file", phrase)
        bench.check(self.path.joinpath("index.html").is_file(), f"nothing was announced: {said}")
        statement = (self.path / "address.txt").read_text(encoding="utf-8")
        self.address = re.search(r"http://\S+\.onion/", statement).group(0).upper()


def read_codes(picture):
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", picture], capture_output=True, text=True,
                          timeout=60, check=False)
    return done.stdout.split()


def paper_problems(pdf, address):
    """A poster fits one page, and each code on it can be read as it comes from a printer."""
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", pdf, pdf.with_suffix("")], check=True, timeout=60)
    pages = sorted(pdf.parent.glob(f"{pdf.stem}-*.png"))
    if len(pages) != 1:
        return [f"it takes {len(pages)} pages"]
    codes = read_codes(pages[0])
    return [] if codes == [address] * (SLIPS + 1) else [f"{len(codes)} codes are read: {set(codes)}"]


def play(stack, browsers, count, languages, screens, views):
    folder = Folder(stack)
    for language in languages:
        out = screens / "announce" / language
        order = {"language": language, "locale": language, "folder": str(out),
                 "views": views if language == languages[0] else ["320", "1280"], "schemes": ["light"]}
        if language == languages[0]:
            order["schemes"] = ["light", "dark"]
            pages = {"index": "index.html", "steps": f"{language}.html", "poster": f"{language}-poster.html"}
        else:
            pages = {"steps": f"{language}.html", "poster": f"{language}-poster.html"}
        for name, file in pages.items():
            page = (folder.path / file).read_text(encoding="utf-8")
            browsers.do("page", {**order, "name": name, "text": page}, count, f"announce, {language}:")
            for program in text.PROGRAMS if name != "poster" else []:
                count.add(f"{program}, announce, {language}: {name}", text.problems(program, out / f"{name}.html"))
        pdf = Path(out / "printed.pdf")
        browsers.do("paper", {"name": "poster on paper", "path": str(folder.path / pages["poster"]), "pdf": str(pdf)}, count,
                    f"announce, {language}:")
        count.add(f"announce, {language}: codes on paper", paper_problems(pdf, folder.address))
