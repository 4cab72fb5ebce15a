#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench's own machinery: what it calls worse, what it keeps, and that its page and plots are the same from the same records.
It measures nothing. The last line is: N passed, N failed"""
import contextlib
import io
import json
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "system"), str(Path(__file__).resolve().parent)]
import kept  # noqa: E402
import report  # noqa: E402
import svg  # noqa: E402
from parts import LONG, PARTS  # noqa: E402
from table import Table  # noqa: E402


def rows(*arguments):
    """Rows as the parts add them, without their lines on the terminal."""
    table = Table()
    with contextlib.redirect_stdout(io.StringIO()):
        for words, more in arguments:
            table.add(*words, **more)
    return table.rows


def row(name, value, unit="ms", **more):
    return ((name, value, unit), more)


def record(when, machine="a machine", commit="abcdef123", **parts):
    return {"format": kept.FORMAT, "parts": {name: {"when": when, "commit": commit, "machine": machine, "took": 1.0, "rows": rows(*given)}
                                             for name, given in parts.items()}}


def names(old, new):
    return [one[1]["name"] for one in kept.regressions(old, new)]


class Worse(unittest.TestCase):
    def test_a_fifth(self):
        old = record(1, door=[row("slower", 10.0), row("as before", 10.0), row("better", 10.0), row("fewer", 100.0, "1/s"), row("more", 100.0, "1/s")])
        new = record(2, door=[row("slower", 12.1), row("as before", 11.9), row("better", 5.0), row("fewer", 82.0, "1/s"), row("more", 200.0, "1/s")])
        self.assertEqual(names(old, new), ["fewer", "slower"])
        self.assertIn("door: slower: 12.1 ms, before 10: 1.21 times worse", map(kept.in_words, kept.regressions(old, new)))

    def test_a_busy_machine_slows_the_peer_too(self):
        old = record(1, door=[row("a", 10.0, peer=5.0), row("b", 10.0, peer=5.0)])
        self.assertEqual(names(old, record(2, door=[row("a", 20.0, peer=10.0), row("b", 20.0, peer=5.0)])), ["b"])
        # A peer that was lucky is no news of ours.
        self.assertEqual(names(old, record(2, door=[row("a", 10.0, peer=2.0)])), [])

    def test_another_machine(self):
        old = record(1, door=[row("a", 10.0), row("b", 10.0, peer=5.0)])
        self.assertEqual(names(old, record(2, "another", door=[row("a", 30.0), row("b", 9.0, peer=3.0)])), ["b"])

    def test_within_what_was_seen(self):
        old = record(1, door=[row("a", [9.0, 10.0, 15.0])])
        self.assertEqual(names(old, record(2, door=[row("a", [14.0])])), [])
        self.assertEqual(names(old, record(2, door=[row("a", [15.1])])), ["a"])

    def test_facts_and_strangers_are_not_compared(self):
        old = record(1, door=[row("workers", 10, ""), row("gone", 1.0)])
        self.assertEqual(names(old, record(2, door=[row("workers", 100, ""), row("new", 9.0)], other=[row("gone", 5.0)])), [])

    def test_what_was_not_measured_anew(self):
        old = record(1, door=[row("a", 10.0)])
        self.assertEqual(names(old, old), [])

    def test_the_same_name_beside_two_peers(self):
        old = record(1, door=[row("a", 10.0, peer=5.0, peer_name="x"), row("a", 10.0, peer=20.0, peer_name="y")])
        new = record(2, door=[row("a", 20.0, peer=5.0, peer_name="x"), row("a", 20.0, peer=40.0, peer_name="y")])
        self.assertEqual([one[1]["peer"] for one in kept.regressions(old, new)], ["x"])


class Rows(unittest.TestCase):
    def test_bars(self):
        met = [one["met"] for one in rows(row("a", 4.0, "s", bar="at most 4 s"), row("b", 4.1, "s", bar="at most 4 s"),
                                          row("c", 6.0, peer=3.0, bar="ratio at most 2"), row("d", 6.0, "1/s", peer=3.0, bar="ratio at least 2.1"))]
        self.assertEqual(met, [True, False, True, False])
        with self.assertRaises(ValueError):
            rows(row("a", 1.0, bar="rather fast"))

    def test_medians(self):
        found = rows(row("a", [3.0, 1.0, 2.0], peer=[8.0, 4.0, 2.0]))[0]
        self.assertEqual([found[key] for key in ("value", "count", "from", "to", "peer_value", "ratio")], [2.0, 3, 1.0, 3.0, 4.0, 0.5])
        self.assertEqual(rows(row("a", [5.0, 1.0, 3.0, 2.0]))[0]["value"], 2.5)  # of an even count: between the middle two

    def test_one_name_once(self):
        with self.assertRaises(ValueError):
            rows(row("a", 1.0), row("a", 2.0))


class Kept(unittest.TestCase):
    def test_a_part_is_laid_over_the_rest(self):
        old = record(1, door=[row("a", 1.0)], store=[row("s", 1.0)], gone=[row("g", 1.0)])
        found = kept.laid_over(old, record(2, door=[row("a", 2.0)]), ["door", "store", "new"])
        self.assertEqual({name: part["when"] for name, part in found["parts"].items()}, {"door": 2, "store": 1})
        # What lies in build/ from before counts for nothing.
        self.assertEqual(kept.laid_over(record(2, door=[row("a", 2.0)]), old, ["door"])["parts"]["door"]["when"], 2)

    def test_names_and_order(self):
        self.assertEqual(kept.file_name(record(86400, door=[row("a", 1.0)])), "1970-01-02-abcdef123.json")
        self.assertEqual(kept.file_name(record(86400, commit="abc+", door=[row("a", 1.0)])), "1970-01-02-abc-changed.json")
        with tempfile.TemporaryDirectory() as folder:
            for when, name in ((200, "a.json"), (100, "b.json")):
                kept.write(record(when, door=[row("a", 1.0)]), Path(folder) / name)
            self.assertEqual([kept.newest(one)["when"] for one in kept.history(folder)], [100, 200])

    def test_another_format_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.json").write_text(json.dumps({"format": 0}))
            with self.assertRaises(ValueError):
                kept.history(folder)
            self.assertEqual(kept.read_result(Path(folder) / "a.json"), kept.empty())
            self.assertEqual(kept.read_result(Path(folder) / "b.json"), kept.empty())


PAGE = """words
<!-- bench: run -->
<!-- end -->
<!-- bench: worse -->
old
<!-- end -->
<!-- bench: boot sizes -->
<!-- end -->
<!-- bench: plot peers -->
<!-- end -->
<!-- bench: plot ratios -->
<!-- end -->
<!-- bench: plot build -->
<!-- end -->
<!-- bench: plot history -->
<!-- end -->
more words
"""


def two_runs():
    def one(when, page, **more):
        return record(when, boot=[row("QEMU start to first onion fetch", page, "s", peer=30.0, peer_name=report.DEBIAN),
                                  row("QEMU start to first onion fetch", page, "s", peer=12.0, peer_name="OnionShare <&>")],
                      sizes=[row("image, compressed (zstd -19)", 11.0, "MB", peer=120.0, peer_name=report.DEBIAN, bar="at most 20 MB")],
                      build=[row("cold: kernel", [400.0, 500.0], "s CPU"), row("cold: all", 900.0, "s CPU")],
                      store=[row("submissions of 4400 bytes", 60000.0, "1/s", peer=120000.0, peer_name="LMDB", bar="ratio at least 0.5")], **more)
    return [one(1, [7.0, 8.0, 9.0]), one(86401, 12.0)]


class Page(unittest.TestCase):
    def test_the_same_records_make_the_same_page(self):
        with tempfile.TemporaryDirectory() as name:
            docs = Path(name)
            (docs / "bench").mkdir()
            (docs / "BENCH.md").write_text(PAGE)
            for number, one in enumerate(two_runs()):
                kept.write(one, docs / "bench" / f"{number}.json")
            report.write(docs)
            first = {path.name: path.read_text() for path in (docs / "BENCH.md", *(docs / "bench").glob("*.svg"))}
            report.write(docs)
            self.assertEqual(first, {path.name: path.read_text() for path in (docs / "BENCH.md", *(docs / "bench").glob("*.svg"))})
        text = first["BENCH.md"]
        self.assertEqual(set(first), {"BENCH.md", *(f"{name}.svg" for name in report.PLOTS)})
        self.assertTrue(text.startswith("words\n") and text.endswith("more words\n"))
        self.assertNotIn("\nold\n", text)
        self.assertIn("| image, compressed (zstd -19) | 11.0 MB | Debian, tor, nginx: 120 MB | 0.0917 | at most 20 MB | |", text)
        self.assertIn("- boot: QEMU start to first onion fetch, beside Debian, tor, nginx: 12 s, before 8: 1.50 times worse", text)

    def test_plots_are_well_formed_and_can_be_read_aloud(self):
        for name, text in report.plots(two_runs()).items():
            with self.subTest(name):
                tree = ET.fromstring(text)
                title, description = tree[0], tree[1]
                self.assertEqual((title.tag[-5:], description.tag[-4:]), ("title", "desc"))
                self.assertTrue(title.text and description.text)
                self.assertIn("prefers-color-scheme:dark", text)
                for part in tree.iter():
                    for side in ("x", "y", "x1", "x2", "cx", "width"):
                        self.assertGreaterEqual(float(part.get(side, 0)), 0)

    def test_figures(self):
        self.assertEqual([svg.figure(value) for value in (0, 0.0123456, 0.5, 9.996, 43.51, 1234.5, 86000)],
                         ["0", "0.0123", "0.500", "10.00", "43.5", "1,230", "86,000"])

    def test_long_names_are_cut_between_words(self):
        short, long = "x" * report.SHORT, "memory in use after it, cached files included"
        self.assertEqual(report.shortened(short), short)
        self.assertEqual(report.shortened(long), "memory in use after it, cached files …")
        self.assertEqual(report.shortened("0123456789 0123456789 0123456789 01234567, and more"), "0123456789 0123456789 0123456789 01234567 …")

    def test_the_page_in_the_tree_names_parts_that_there_are(self):
        known = {*PARTS, *LONG}
        seen = [block.group(2).split() for block in report.BLOCK.finditer((ROOT / "docs" / "BENCH.md").read_text())]
        self.assertEqual({name for words in seen if words[0] not in ("run", "worse", "plot") for name in words}, known)
        self.assertEqual({words[1] for words in seen if words[0] == "plot"}, set(report.PLOTS))


def main():
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
