# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual page and the shell completion say what the program says."""
import re
import subprocess
from pathlib import Path

from bench import COURIER, check

ROOT = Path(__file__).resolve().parents[2]


def completed(*words):
    """What bash offers behind these words, the last of which is being typed."""
    script = ('. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _courier; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, ROOT / "docs/completions/courier.bash", COURIER, *words], check=True,
                          capture_output=True, text=True, timeout=30)
    return set(done.stdout.split())


def the_manual_says_what_the_program_says(_site):
    for tool in ("site", "desk"):
        page = subprocess.run(["python3", ROOT / "docs/man.py", COURIER, tool], check=True, capture_output=True, text=True,
                              timeout=60).stdout
        check(page == (ROOT / f"docs/courier-{tool}.1").read_text(), f"docs/courier-{tool}.1 is another: docs/man.py writes it")
    commands = re.findall(r"^\.Ss (\w+)$", page, re.M)
    check(completed("desk", "") == set(commands) and len(commands) > 10, f"{commands}: {completed('desk', '')}")
    check(completed("desk", "s") == {"sync", "status", "serve"}, "what begins with s")
    for command in commands:
        text = page.split(f".Ss {command}\n")[1].split("\n.Ss ")[0].replace("\\-", "-")
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text.split(".Ed")[0]))
        offered = completed("desk", command, "--")
        check(options <= offered and "--help" in offered, f"{command}: {options - offered}")
        for option in offered - {"--help"}:  # each is one that the program takes
            done = subprocess.run([COURIER, "desk", command, option], capture_output=True, text=True, timeout=30, check=False)
            check("lists the options" not in done.stderr or "requires an argument" in done.stderr, f"{command} {option}: {done.stderr}")
