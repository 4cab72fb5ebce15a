#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the manual page of `courier desk` or any other of its tools from what the program itself says, and its own:

    man.py COURIER TOOL > docs/courier-TOOL.1
    man.py COURIER > docs/courier.1

tests/workbench/manual.py compares them."""
import re
import subprocess
import sys
import textwrap

HEAD = """\
.\\" SPDX-License-Identifier: GPL-3.0-or-later
.\\" Written by docs/man.py from `courier {tool} --help`. Do not edit.
.Dd November 21, 2026
.Dt COURIER-{upper} 1
.Os
.Sh NAME
.Nm "courier {tool}"
.Nd {does}
.Sh SYNOPSIS
.Nm
.Ar COMMAND
{arguments}
.Sh DESCRIPTION
{description}
No secret is ever taken from the command line.
"""
STATUS = """\
.Sh EXIT STATUS
.Bl -tag -width 1n
.It 0
done
.It 1
the system, the network or the box failed; trying again may help
.It 2
the command line is wrong
.It 3
a file or an argument is wrong, or names nothing
{more}.El
.Sh SEE ALSO
.Xr age 1 ,
.Xr tor 1
"""
TOOLS = {
    "desk": {
        "does": "read and answer what sources wrote to a Silent Courier box",
        "arguments": ".Ar DIR\n.Op Ar ARGUMENT ...",
        "description": "A desk is a folder of plain files and standard formats,\n.Ar DIR ,\n"
                       "that one program without installation works on.",
        "more": ".It 4\nsomething hostile or damaged was refused; all else was done\n"},
    "site": {
        "does": "make and look after the file that makes a box a Silent Courier box",
        "arguments": ".Op Ar ARGUMENT ...",
        "description": "A site file holds the keys of a box's onion services and its settings.\n"
                       "It is sealed with a passphrase, as an age file.",
        "more": ""},
}


def told(courier, *words):
    """Stock age tells it as an error, and `courier age` does."""
    return subprocess.run([courier, *words], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def escaped(line):
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + line if line[:1] in (".", "'") else line


def sentences(lines):
    text = " ".join(line.strip() for line in lines)
    parts = re.split(r"(?<=[.:;]) (?=[A-Z`])", text)
    return [escaped(line) for part in parts for line in textwrap.wrap(part, 70, break_on_hyphens=False)]


def literal(lines):
    return [".Bd -literal -offset indent", *map(escaped, lines), ".Ed"]


def options(lines):
    """Those of one block: two spaces and the option, its text beside and below it."""
    out = [".Bl -tag -width Ds"]
    for line in lines:
        found = re.match(r"  (-\S.*?)(?:  +(\S.*))?$", line)
        if found:
            out += [".It " + escaped(found.group(1)), *sentences([found.group(2) or ""])]
        else:
            out += sentences([line])
    return [*out, ".El"]


def block(lines):
    if lines[0].startswith("Example"):
        return ["Examples:", *literal(textwrap.dedent("\n".join(lines[1:])).split("\n"))]
    if lines[0] == "Options:":
        return options([line.removeprefix("  ") for line in lines[1:]])
    if re.match(r"  -", lines[0]):
        return options(lines)
    return sentences(lines)


def command(courier, tool, name):
    blocks = [part.split("\n") for part in told(courier, tool, name, "--help").strip("\n").split("\n\n")]
    usage = [line.replace("usage: ", "").strip() for line in blocks[0]]
    out = [f".Ss {name}", *literal(usage)]
    for lines in blocks[1:]:
        out += [".Pp"] * (not re.match(r"  -", lines[0])) + block(lines)
    return out


def commands(courier, tool):
    return re.findall(r"^  ([\w-]+) +\S", told(courier, tool, "--help"), re.M)


def page(courier, tool):
    words = {"tool": tool, "upper": tool.upper(), **TOOLS[tool]}
    out = [HEAD.format(**words) + ".Sh COMMANDS"]
    for name in commands(courier, tool):
        out += command(courier, tool, name)
    return "\n".join(out) + "\n" + STATUS.format(**words)


def head_of_one(name, what, does, synopsis):
    return [".\\\" SPDX-License-Identifier: GPL-3.0-or-later", f".\\\" Written by docs/man.py from `{name} --help`. Do not edit.",
            ".Dd November 21, 2026", f".Dt {what.upper()} 1", ".Os", ".Sh NAME", f'.Nm "{name}"', f".Nd {does}", ".Sh SYNOPSIS",
            *literal(synopsis), ".Sh DESCRIPTION"]


def page_of_one(courier, tool):
    """Of a tool that is one command. Its help begins with the usage; the exit status, if it is told, ends a paragraph."""
    does, related = SINGLE[tool]
    blocks = [part.split("\n") for part in told(courier, tool, "--help").strip("\n").split("\n\n")]
    usage = [line.replace("usage: ", "").strip() for line in blocks[0] if line != "Usage:"]
    out, status = head_of_one(f"courier {tool}", f"courier-{tool}", does, usage), []
    for lines in blocks[1:]:
        at = next((i for i, line in enumerate(lines) if line.startswith("Exit status: ")), len(lines))
        status += lines[at:]
        if at > 0:
            out += [".Pp"] * (lines is not blocks[1] and not re.match(r"  -|Options:", lines[0])) + block(lines[:at])
    if status:
        out += [".Sh EXIT STATUS", *sentences([status[0].removeprefix("Exit status: "), *status[1:]])]
    return "\n".join([*out, ".Sh SEE ALSO", *(f".Xr {name} 1" + " ," * (name != related[-1]) for name in related)]) + "\n"


def overview(courier):
    """Of the program itself: its help is a usage, a row for each tool, and where more is said."""
    usage, rows, more = [part.split("\n") for part in told(courier, "--help").strip("\n").split("\n\n")]
    tools = [row.split(None, 1) for row in rows]
    out = head_of_one("courier", "courier", "the workstation's side of a Silent Courier box",
                      [line.replace("usage: ", "") for line in usage])
    out += [*sentences(["The box's one binary is also the tool of its desk and of its operator."]), ".Bl -tag -width Ds"]
    for name, does in tools:
        out += [f".It {escaped(name)}", *sentences([does])]
    out += [".El", ".Pp", *sentences(more), ".Sh EXIT STATUS", *sentences(["2: there is no such command; else as the command's page says."])]
    return "\n".join([*out, ".Sh SEE ALSO", *(f".Xr courier-{name} 1" + " ," * (name != max(tools)[0]) for name, _ in sorted(tools))]) + "\n"


SINGLE = {"verify-image": ("is this image, or stick, what a signed manifest says?", ["minisign"]),
          "age": ("seal and open files, in the age format", ["age", "courier-desk"]),
          "workbench": ("a box's doors, their workers and the keeper, without Tor", ["courier-desk", "courier-site"])}


def written(courier, tool=None):
    if tool is None:
        return overview(courier)
    return (page_of_one if tool in SINGLE else page)(courier, tool)


if __name__ == "__main__":
    sys.stdout.write(written(*sys.argv[1:]))
