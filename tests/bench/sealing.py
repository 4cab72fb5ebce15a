# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealing against Debian's age, and what a recipient costs; logins at the workbench."""
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import proc
import servers
from table import MB, make_file, median, step

BULK = 256 * MB
ROUNDS = 5
RECIPIENTS = 20  # in the file that is compared with one of a single recipient
LOGINS = 60


def costs(argv, data):
    """Runs it on a file. Returns (seconds, CPU seconds) of the process alone."""
    with open(data, "rb") as given, open(os.devnull, "wb") as dropped:
        began = time.monotonic()
        child = subprocess.Popen(list(map(str, argv)), stdin=given, stdout=dropped)
        _pid, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)  # it is waited for: nothing is left for its destructor
    if child.returncode:
        raise proc.Failure(f"{argv[0]} {argv[1]}: exit status {child.returncode}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime


def in_turns(commands, data, rounds):
    """commands: name -> argv. Returns name -> (seconds, CPU seconds) of the rounds, two lists."""
    seen = {name: [] for name in commands}
    for _ in range(rounds):
        for name, argv in commands.items():
            seen[name].append(costs(argv, data))
    return {name: tuple(map(list, zip(*values))) for name, values in seen.items()}


def recipients(count, *options):
    """Public keys of new identities."""
    return [re.search(r"age1\w+", proc.run([servers.COURIER, "age", "keygen", *options], "keygen").stdout.decode())
            .group(0) for _ in range(count)]


def bench_bulk(table, folder):
    data, key = folder / "bulk", folder / "key"
    make_file(data, BULK)
    key.write_bytes(proc.run([servers.COURIER, "age", "keygen"], "keygen").stdout)
    to = re.search(r"age1\w+", key.read_text()).group(0)
    sealed = in_turns({"ours": [servers.COURIER, "age", "-r", to], "age": ["age", "-r", to]}, data, ROUNDS)
    with open(data, "rb") as given, open(folder / "sealed", "wb") as out:
        subprocess.run(["age", "-r", to], stdin=given, stdout=out, check=True)
    opened = in_turns({"ours": [servers.COURIER, "age", "-d", "-i", key], "age": ["age", "-d", "-i", key]},
                      folder / "sealed", ROUNDS)
    for what, found in (("sealing", sealed), ("opening", opened)):
        speed, cpu = ({who: [scale(one) for one in values[column]] for who, values in found.items()}
                      for column, scale in enumerate((lambda s: BULK / MB / s, lambda s: s / (BULK / MB) * 1000)))
        table.add(f"{what} {BULK // MB} MB, to one X25519 key", speed["ours"], "MB/s", speed["age"], "age")
        table.add(f"{what}: CPU a MB", cpu["ours"], "ms", cpu["age"], "age")


def bench_headers(table, folder):
    """A recipient's cost: what each further one adds to sealing a byte."""
    data = folder / "byte"
    data.write_bytes(b"x")
    programs = {"X25519": [((), servers.COURIER, "ours"), ((), "age", "age")], "hybrid": [(("-pq",), servers.COURIER, "ours")]}
    for kind, who in programs.items():
        to = {"one": folder / f"{kind}-one", "many": folder / f"{kind}-many"}
        keys = recipients(RECIPIENTS, *who[0][0])
        to["one"].write_text(keys[0] + "\n")
        to["many"].write_text("\n".join(keys) + "\n")
        commands = {(name, size): ([program, "age"] if name == "ours" else [program]) + ["-R", path]
                    for _options, program, name in who for size, path in to.items()}
        found = in_turns(commands, data, 21)
        each = {name: (median(found[name, "many"][1]) - median(found[name, "one"][1])) / (RECIPIENTS - 1) * 1000 for _, _, name in who}
        table.add(f"CPU a {kind} recipient in a header", each["ours"], "ms", each.get("age"), "age")


def bench_sealing(table, _work):
    step("Sealing and opening, against Debian's age (from standard input to /dev/null)")
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        bench_bulk(table, folder)
        bench_headers(table, folder)
    finally:
        shutil.rmtree(folder)


# ---- logins

def login(browser, codename):
    page = browser.open("/return")
    page = browser.submit(page.form_with("codename"), {"codename": codename})
    if page.status != 200 or not page.url.endswith("/conversation"):
        raise proc.Failure(f"the login ended at {page.url} with status {page.status}")


def bench_logins(table, work):
    step("Logins at the workbench: the form, the codename's derivation, the conversation's page")
    with servers.Workbench(work / "logins") as ours:
        browser = ours.browser()
        codename = browser.submit(browser.open("/write").form_with("message"), {"message": "bench"}).by_id("codename")
        failures = []

        def source():
            try:
                for _ in range(LOGINS // 2):
                    login(ours.browser(), codename)
            except BaseException as error:  # handed to the main thread below
                failures.append(error)

        login(ours.browser(), codename)  # warm
        time.sleep(0.5)
        before, began = ours.cpu_s(), time.monotonic()
        threads = [threading.Thread(target=source) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
        if failures:
            raise failures[0]
        time.sleep(0.5)
        table.add("logins a second, two sources at once", LOGINS / seconds, "1/s")
        table.add("CPU a login", (ours.cpu_s() - before) / LOGINS * 1000, "ms")

