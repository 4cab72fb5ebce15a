# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual page and the shells' completions say what the program says."""
import os
import re
import subprocess
import tempfile
from pathlib import Path

from bench import COURIER, check

ROOT = Path(__file__).resolve().parents[2]


def completed(*words):
    """What bash offers behind these words, the last of which is being typed."""
    script = ('. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _courier; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, ROOT / "docs/completions/courier.bash", COURIER, *words], check=True,
                          capture_output=True, text=True, timeout=30)
    return set(done.stdout.split())


def completed_by_zsh(*words):
    """The same of zsh. Its widget takes what its function hands to compadd, and lists what begins with the last word."""
    script = ('compadd() { [[ $1 == -- ]] && shift; print -l -- ${(M)@:#${words[CURRENT]}*} }; _files() { }; '
              'words=("${@[2,-1]}"); CURRENT=$#words; . $1')
    done = subprocess.run(["zsh", "-f", "-c", script, "zsh", ROOT / "docs/completions/_courier", COURIER, *words], check=True,
                          capture_output=True, text=True, timeout=30)
    check(not done.stderr, f"zsh, {words}: {done.stderr}")
    return set(done.stdout.split())


def completed_by_fish(*lines):
    """The same of fish for each of these lines, asked as its own line is."""
    with tempfile.TemporaryDirectory() as home:
        os.symlink(COURIER.resolve(), f"{home}/courier")
        done = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; for line in $argv[2..]; complete --do-complete $line; echo; end",
                               ROOT / "docs/completions/courier.fish", *(" ".join(("courier", *words)) for words in lines)], check=True,
                              capture_output=True, text=True, timeout=60, cwd=home,
                              env={"HOME": home, "PATH": f"{home}:{os.environ['PATH']}"})
    check(not done.stderr, f"fish: {done.stderr}")
    return [{line.split("\t")[0] for line in part.splitlines() if line} for part in f"\n{done.stdout}".split("\n\n")][:len(lines)]


def the_shells_offer_the_same(_site):
    lines = (("",), ("s",), ("desk", ""), ("desk", "s"), ("site", ""), ("desk", "reply", "-"), ("site", "rotate", "--p"),
             ("verify-image", "--"), ("age", "--"), ("workbench", "--l"))
    for words, by_fish in zip(lines, completed_by_fish(*lines), strict=True):
        bash = completed(*words)
        check(bash, f"bash offers nothing behind {words}")
        for shell, offered in (("zsh", completed_by_zsh(*words)), ("fish", by_fish)):
            check(offered == bash, f"{words}: {shell} offers {sorted(offered)}, bash {sorted(bash)}")


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
