# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/BENCH.md's figures and its plots, from the kept records. The page's words are written by hand; between `<!-- bench: … -->`
and `<!-- end -->` stands what is made here: `run`, `worse`, `plot NAME`, or the names of parts, whose rows become a table."""
import re

import kept
import svg
from svg import figure

BLOCK = re.compile(r"(<!-- bench: ([^>]*?) -->\n).*?(<!-- end -->)", re.S)
DEBIAN = "Debian, tor, nginx"
SHORT = 44  # characters of a name in a plot
# The rows that are followed over the runs: (part, name).
FOLLOWED = [("sizes", "image, compressed (zstd -19)"), ("boot", "QEMU start to door open"), ("boot", "QEMU start to first onion fetch"),
            ("boot", "memory in use after it, cached files included"), ("connections", "CPU a connection, 1 at once"),
            ("transfer", "CPU a MB up: parsed, sealed, stored"), ("transfer", "CPU a MB down: collected by the desk"),
            ("logins", "CPU a login"), ("store", "submissions of 4400 bytes"), ("build", "warm: ./build.sh image, CPU")]


def cell(value, unit):
    return f"{figure(value)} {unit}".strip()


def spread(row):
    return f"{figure(row['from'])} to {figure(row['to'])} ({row['count']})" if "from" in row else ""


def table(parts, record):
    """The rows of these parts, and where one is older than the rest of the record, its date."""
    lines, older = ["| what | here | peer | ratio | asked | from, to (times) |", "|---|---|---|---|---|---|"], []
    last = kept.newest(record)
    for name in parts:
        found = record["parts"].get(name)
        if found is None:
            older.append(f"`{name}` was not measured yet.")
            continue
        if found["commit"] != last["commit"] or kept.day(found["when"]) != kept.day(last["when"]):
            older.append(f"`{name}`: {kept.day(found['when'])}, commit {found['commit']}, {found['machine']}.")
        for row in found["rows"]:
            peer = f"{row['peer']}: {cell(row['peer_value'], row['unit'])}" if "peer" in row else ""
            ratio = figure(row["ratio"]) if row.get("ratio") is not None else ""
            bar = "" if "bar" not in row else row["bar"] if row["met"] else f"**{row['bar']}: missed**"
            lines.append(f"| {row['name']} | {cell(row['value'], row['unit'])} | {peer} | {ratio} | {bar} | {spread(row)} |".replace("  ", " "))
    return "\n".join(lines) + "\n" + "".join(f"\n{text}\n" for text in older)


def run(record):
    last = kept.newest(record)
    took = sum(part["took"] for part in record["parts"].values() if part["commit"] == last["commit"])
    missed = [f"`{name}`: {row['name']}" for name, part in record["parts"].items() for row in part["rows"] if row.get("met") is False]
    return (f"{kept.day(last['when'])}, commit {last['commit']}; {last['machine']}; {took / 60:.0f} minutes. "
            + (f"Asked and not met: {'; '.join(missed)}.\n" if missed else "All that is asked was met.\n"))


def worse(records):
    if len(records) < 2:
        return "There is no run before it to compare with.\n"
    found = kept.regressions(records[-2], records[-1])
    before = kept.newest(records[-2])
    head = f"Against {kept.day(before['when'])}, commit {before['commit']}: "
    return head + ("nothing.\n" if not found else "\n\n" + "".join(f"- {kept.in_words(one)}\n" for one in found))


# ---- plots

def row_of(record, part, name, peer=None):
    for row in record["parts"].get(part, {"rows": []})["rows"]:
        if row["name"] == name and peer in (None, row.get("peer")):
            return row
    return None


def plot_peers(record):
    """The box beside a stock Debian that does the same, and OnionShare."""
    panels = []
    for heading, part, wanted in (
            ("From power-on (OnionShare: from its start) to the first page through the onion", "boot", "QEMU start to first onion fetch"),
            ("Memory in use after it: the whole machine's, cached files included; OnionShare: its processes'", "boot", "memory in use after it, cached files included"),
            ("The image, compressed", "sizes", "image, compressed (zstd -19)")):
        row = row_of(record, part, wanted, DEBIAN)
        if row is None:
            continue
        rows = [("Silent Courier", row["value"], "ours"), (row["peer"], row["peer_value"], "first")]
        other = {"QEMU start to first onion fetch": wanted, "memory in use after it, cached files included": "the same; OnionShare: of its processes"}
        more = [one for one in record["parts"][part]["rows"] if one["name"] == other.get(wanted) and one.get("peer", DEBIAN) != DEBIAN]
        rows += [(one["peer"], one["peer_value"], "second") for one in more]
        panels.append((heading, row["unit"], rows))
    return svg.bars("Silent Courier beside a stock Debian with tor and nginx, and OnionShare", panels) if panels else None


def shortened(name):
    """What a plot has room for: cut between two words, and shown to be."""
    if len(name) <= SHORT:
        return name
    return name[:SHORT - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def limit_of(row):
    """Where the bar is, as a number of times better than the peer; None if it is not about the ratio."""
    found = re.match(r"ratio at (most|least) ([\d.]+)", row.get("bar", ""))
    if not found:
        return None
    limit = float(found.group(2))
    return 1 / limit if row["better"] == "less" else limit


def plot_ratios(record):
    rows = []
    for part in record["parts"].values():
        for row in part["rows"]:
            if row.get("ratio") and "better" in row:
                times = 1 / row["ratio"] if row["better"] == "less" else row["ratio"]
                rows.append((f"{shortened(row['name'])} / {re.split(', | and | behind ', row['peer'])[0]}", times, limit_of(row)))
    return svg.ratios("How many times better than its peer each figure is", rows) if rows else None


def plot_build(record):
    rows = [(row["name"].removeprefix("cold: "), row["value"], "ours") for row in record["parts"].get("build", {"rows": []})["rows"]
            if row["unit"] == "s CPU" and row["name"].startswith("cold: ") and row["name"] != "cold: all"]
    return svg.bars("CPU time of a cold build, by step", [("CPU seconds of each step of a cold build", "s", rows)]) if rows else None


def plot_history(records):
    names = [f"{kept.day(kept.newest(record)['when'])} {kept.newest(record)['commit']}" for record in records]
    panels = []
    for part, name in FOLLOWED:
        found = [row_of(record, part, name) for record in records]
        unit = next((row["unit"] for row in found if row), None)
        if unit:
            panels.append((name, unit, [row["value"] if row else None for row in found]))
    return svg.lines("What is followed over the kept runs", panels, names) if panels else None


PLOTS = {"peers": ("Silent Courier beside a stock Debian with tor and nginx, and OnionShare: start, memory, size; the figures are in the table of "
                   "`sizes` and `boot`", lambda records: plot_peers(records[-1])),
         "ratios": ("How many times better or worse than its peer each figure is, on a logarithmic scale; the figures are in the tables",
                    lambda records: plot_ratios(records[-1])),
         "build": ("CPU time of a cold build by step; the figures are in the table of `build`", lambda records: plot_build(records[-1])),
         "history": ("Ten figures over the kept runs; the figures are in the records", plot_history)}


def plots(records):
    """Name -> SVG of those that there are figures for."""
    drawn = {name: draw(records) for name, (_words, draw) in PLOTS.items()}
    return {name: text for name, text in drawn.items() if text}


def page(text, records, drawn):
    """The page with its blocks made anew."""
    def block(found):
        first, *rest = found.group(2).split()
        if first == "run":
            made = run(records[-1])
        elif first == "worse":
            made = worse(records)
        elif first == "plot":
            made = f"![{PLOTS[rest[0]][0]}](bench/{rest[0]}.svg)\n" if rest[0] in drawn else "Not measured yet.\n"
        else:
            made = table([first, *rest], records[-1])
        return found.group(1) + made + found.group(3)
    return BLOCK.sub(block, text)


def write(docs):
    """BENCH.md and bench/*.svg below `docs`, from bench/*.json there."""
    records = kept.history(docs / "bench")
    drawn = plots(records)
    for name, text in drawn.items():
        (docs / "bench" / f"{name}.svg").write_text(text)
    path = docs / "BENCH.md"
    path.write_text(page(path.read_text(), records, drawn))
