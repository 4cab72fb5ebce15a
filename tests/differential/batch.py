# SPDX-License-Identifier: GPL-3.0-or-later
"""Many inputs to one program, their damages, and what is done with its answers. ours.c has the form of records and answers."""
import hashlib
import os
import struct
import subprocess
from collections import Counter
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
OURS = os.environ.get("COURIER_DIFFERENTIAL", str(TOP / "build/tests/differential"))
FOUND = TOP / "build/artefacts/differential"
SHOWN = 5  # differences of a format that are printed; all are kept


class Broken(Exception):
    """A program that gave no answers, or not as many as there were inputs."""


def ask(command, inputs):
    """[(items, verdict)] of a program; an item is a tuple of its fields, None where one is absent."""
    fed = b"".join(struct.pack("<I", len(i)) + i for i in inputs)
    done = subprocess.run(command, input=fed, stdout=subprocess.PIPE, check=False)
    lines = done.stdout.decode("ascii").splitlines()
    if done.returncode != 0 or len(lines) != len(inputs):
        raise Broken(f"{command}: status {done.returncode}, {len(lines)} answers to {len(inputs)} inputs")
    answers = []
    for line in lines:
        text, _, verdict = line.partition("\t")
        answers.append(([tuple(None if f == "-" else f for f in item.split(":")) for item in text.split(" ") if item], verdict))
    return answers


def corpus(name, skip):
    """The fuzzer's seeds without the bytes that only steer it."""
    folder = TOP / "tests/fuzz/corpus" / name
    return [path.read_bytes()[skip:] for path in sorted(folder.iterdir())]


def damaged(rng, data, words):
    """One change of a few bytes."""
    at = rng.randrange(len(data) + 1)
    end = min(len(data), at + rng.choice((1, 1, 1, 2, 4, 16)))
    kind = rng.randrange(6)
    if kind == 0:
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1:]
    if kind == 1:
        return data[:at] + data[end:]
    if kind == 2:
        return data[:end] + data[at:]
    if kind == 3:
        return data[:at] + rng.choice(words) + data[at:]
    if kind == 4:
        return data[:at] + rng.choice(words) + data[end:]
    return data[:at]


def spread(rng, data, words, share):
    """Some of the inputs once more, damaged."""
    return data + [damaged(rng, one, words) for one in data if rng.random() < share]


class Comparison:
    """What came of a format: how often both said the same, and why not."""

    def __init__(self, name, reasons):
        self.name, self.reasons = name, reasons
        self.equal = self.refused = 0
        self.used, self.unexplained = Counter(), []
        self.share = .25  # of the inputs both must take, or there would be little to compare
        self.further = []  # (what, passed) of what else the format checks

    def same(self, accepted):
        if accepted:
            self.equal += 1
        else:
            self.refused += 1

    def differs(self, data, ours, theirs):
        for sentence, holds in self.reasons:
            if holds(data, ours, theirs):
                self.used[sentence] += 1
                return
        self.unexplained.append((data, ours, theirs))

    def verdicts(self):
        """(what, passed) of each check."""
        total = self.equal + self.refused + sum(self.used.values()) + len(self.unexplained)
        print(f"{self.name}: {total} inputs; {self.equal} taken by both, alike; {self.refused} refused by both; "
              f"{sum(self.used.values())} differ for a stated reason")
        for sentence, count in self.used.most_common():
            print(f"  {count:6}  {sentence}")
        FOUND.mkdir(parents=True, exist_ok=True)
        for number, (data, ours, theirs) in enumerate(self.unexplained):
            path = FOUND / f"{self.name}-{hashlib.sha256(data).hexdigest()[:12]}"
            path.write_bytes(data)
            if number < SHOWN:
                print(f"  no reason is stated for {path.relative_to(TOP)}: {data[:300]!r}\n    ours:   {str(ours)[:400]}\n    theirs: {str(theirs)[:400]}")
        yield f"{self.name}: every difference has its reason ({len(self.unexplained)} have none)", not self.unexplained
        yield f"{self.name}: some, and {self.share:.0%} at least, are taken by both", self.equal > total * self.share
        for sentence, _ in self.reasons:
            yield f"{self.name}: needed: {sentence}", self.used[sentence] > 0
        yield from self.further
