# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages as text browsers show them."""
import html
import re
import subprocess

PROGRAMS = {
    "w3m": ["w3m", "-dump", "-I", "utf-8", "-O", "utf-8", "-cols", "72", "-T", "text/html"],
    "lynx": ["lynx", "-dump", "-nolist", "-assume_charset=utf-8", "-display_charset=utf-8", "-width=72"],
}


def rendered(program, path):
    done = subprocess.run([*PROGRAMS[program], str(path)], capture_output=True, timeout=30, check=True,
                          env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "dumb", "HOME": "/nonexistent"})
    return done.stdout.decode("utf-8", "replace")


def plain(text):
    """Without blanks and marks of direction: lines are broken anywhere."""
    return re.sub(r"[\s\u200e\u200f\u2066-\u2069\u00ad_]+", "", text)


def problems(program, path):
    """What a person with this browser would miss."""
    page = path.read_text(encoding="utf-8")
    shown = rendered(program, path)
    path.with_suffix(f".{program}.txt").write_text(shown, encoding="utf-8")
    found = []
    for tag in ("h1", "h2", "button", "label", "summary"):
        for inside in re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", page, re.S):
            words = html.unescape(re.sub(r"<[^>]+>", "", inside))
            if plain(words) and plain(words) not in plain(shown):
                found.append(f"it doesn't show the {tag} “{words.strip()}”")
    if re.search(r"<[a-z]+[ >]|\{\{|&[a-z]+;", shown):
        found.append("it shows markup")
    if "--ground" in shown or "@media" in shown:
        found.append("it shows the style sheet")
    return found
