# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parts of the bench share: the table they fill, and how they say what they do."""
import os
import re
import statistics

MB = 1 << 20
# What is good, by unit. What has another unit (or none) is a fact to be read, and never a regression.
BETTER = {"1/s": "more", "MB/s": "more", "%": "more", "us": "less", "ms": "less", "s": "less", "s CPU": "less", "MB": "less", "MiB": "less"}
BAR = re.compile(r"(ratio )?at (most|least) ([\d.]+)( \S+)?")


class Table:
    """The rows of one part."""

    def __init__(self):
        self.rows = []

    def add(self, name, value, unit, peer=None, peer_name="nginx", bar=None):
        """value and peer: a figure, or a list of them: then their median counts, and how many they were and how far apart is
        kept. peer: the same measurement of the peer in this run. bar: what is asked of it, as "[ratio ]at most|least NUMBER
        [UNIT]": it is shown, and fails nothing."""
        row = {"name": name, "unit": unit, **spread(value)}
        if BETTER.get(unit):
            row["better"] = BETTER[unit]
        if peer is not None:
            theirs = spread(peer)["value"]
            row |= {"peer": peer_name, "peer_value": theirs, "ratio": row["value"] / theirs if theirs else None}
        if bar:
            if not BAR.fullmatch(bar):
                raise ValueError(f"a bar that nobody can check: {bar}")
            row |= {"bar": bar, "met": meets(row, bar)}
        if any(key_of(other) == key_of(row) for other in self.rows):
            raise ValueError(f"two rows are called {name}")
        self.rows.append(row)
        against = f"   {peer_name} {row['peer_value']:.6g}, ratio {row['ratio']:.2f}" if row.get("ratio") else ""
        verdict = f"   bar: {bar}{'' if row['met'] else ': MISSED'}" if bar else ""
        print(f"  {name:<52} {row['value']:>12.6g} {unit:<10}{against}{verdict}", flush=True)


def spread(value):
    if not isinstance(value, list):
        return {"value": value}
    return {"value": median(value), "count": len(value), "from": min(value), "to": max(value)}


def meets(row, bar):
    of_ratio, way, limit, _unit = BAR.fullmatch(bar).groups()
    found = row["ratio"] if of_ratio else row["value"]
    return found <= float(limit) if way == "most" else found >= float(limit)


def key_of(row):
    return row["name"], row.get("peer")


def step(text):
    print(f"\n{text}", flush=True)


def median(values):
    return statistics.median(values)


def make_file(path, size):
    """Bytes that don't compress."""
    with open(path, "wb") as out:
        block = os.urandom(MB)
        while size > 0:
            out.write(block[:size])
            size -= MB
