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


def offers_what_is_taken(tool, command, named):
    """The options behind `courier TOOL [COMMAND]`: all that its help names, and none that it refuses."""
    words = [tool, command] if command else [tool]
    offered = completed(*words, "--")
    check(named <= offered and "--help" in offered, f"{words}: {named - offered}")
    for option in offered - {"--help"}:
        done = subprocess.run([COURIER, *words, option], capture_output=True, text=True, timeout=30, check=False,
                              stdin=subprocess.DEVNULL, start_new_session=True)  # nobody is asked for a passphrase
        check(not re.search("unrecognized option|not defined", done.stderr), f"{words} {option}: {done.stderr}")


def long_options(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def manual_page(*tool):
    """What docs/man.py writes, which is what lies in docs."""
    name = "-".join(("courier", *tool)) + ".1"
    page = subprocess.run(["python3", ROOT / "docs/man.py", COURIER, *tool], check=True, capture_output=True, text=True,
                          timeout=60).stdout
    check(page == (ROOT / "docs" / name).read_text(), f"docs/{name} is another: docs/man.py writes it")
    return page


def the_manual_says_what_the_program_says(_site):
    for tool, count in (("site", 10), ("desk", 11)):
        page = manual_page(tool)
        commands = re.findall(r"^\.Ss ([\w-]+)$", page, re.M)
        check(completed(tool, "") == set(commands) and len(commands) >= count, f"{commands}: {completed(tool, '')}")
        for command in commands:
            text = page.split(f".Ss {command}\n")[1].split("\n.Ss ")[0].replace("\\-", "-")
            offers_what_is_taken(tool, command, long_options(text.split(".Ed")[0]))
    check(completed("desk", "s") == {"sync", "status", "serve"}, "what begins with s")
    check(completed("") == {"desk", "site", "age", "verify-image", "workbench"}, f"tools: {completed('')}")
    rows = set(re.findall(r"^\.It (\S+)$", manual_page(), re.M))
    check({row.replace("\\-", "-") for row in rows} == completed(""), f"courier.1: {rows}")
    for tool in ("verify-image", "age", "workbench"):
        named = set(re.findall(r"^\.It (?:\\-\w, )?(\\-\\-\S+)", manual_page(tool), re.M))
        check(len(named) > 3, f"courier-{tool}.1 names {named}")
        offers_what_is_taken(tool, None, {option.replace("\\-", "-") for option in named})
    check(completed("workbench", "--l") == {"--listen"}, f"{completed('workbench', '--l')}")
