# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parts of the bench share: the table they fill, and how they say what they do."""
import os

MB = 1 << 20


class Table:
    def __init__(self):
        self.rows = []

    def add(self, name, value, unit, peer=None, peer_name="nginx", bar=None):
        """peer: the same measurement of the peer in this run. bar: what is asked of it, in
        words: it is shown, and fails nothing."""
        row = {"name": name, "value": value, "unit": unit}
        if peer is not None:
            row |= {"peer": peer_name, "peer_value": peer, "ratio": value / peer if peer else None}
        if bar:
            row["bar"] = bar
        self.rows.append(row)
        against = f"   {peer_name} {peer:.6g}, ratio {value / peer:.2f}" if peer else ""
        print(f"  {name:<52} {value:>12.6g} {unit:<10}{against}{'   bar: ' + bar if bar else ''}", flush=True)


def step(text):
    print(f"\n{text}", flush=True)


def median(values):
    return sorted(values)[len(values) // 2]


def make_file(path, size):
    """Bytes that don't compress."""
    with open(path, "wb") as out:
        block = os.urandom(MB)
        while size > 0:
            out.write(block[:size])
            size -= MB
