# SPDX-License-Identifier: GPL-3.0-or-later
"""What `courier age` does on a command line: as age does, and where docs/AGE.md says so, a little more carefully."""
import os
import signal
import stat
import subprocess
import time

from programs import OUR_KEYGEN, OURS, check, good, run, with_terminal

CHUNK = 65536
RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
IDENTITY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"


def fails(argv, *texts, data=b"", status=1):
    """It fails with all of the texts on stderr, and nothing else comes out."""
    done = run(argv, data)
    check(done.status == status, f"{argv}: {done}")
    check(done.out == b"", f"{argv} wrote something")
    for text in texts:
        check(text.encode() in done.err, f"{argv}: \"{text}\" is not in {done.err!r}")
    check(IDENTITY.encode() not in done.err, f"{argv} shows a secret")


def usage():
    check(run([*OURS, "-p", "-help"]).status == 0, "-help")
    for words in (["-p", "-h"], ["--help"], ["-help"], ["keygen", "--help"], ["keygen", "-h"]):
        done = run([*OURS, *words])
        check(done.status == 0 and done.out == b"" and b"Usage:" in done.err, f"{words}: {done}")
    fails([*OURS], "Usage:")
    fails([*OURS, "-p", "-this-flag-does-not-exist"], "flag provided but not defined", "Usage:", status=2)
    fails([*OURS, "-r"], "flag needs an argument", status=2)
    fails([*OUR_KEYGEN, "-x"], "flag provided but not defined", status=2)
    fails([*OUR_KEYGEN, "a"], "too many arguments")


def wrong_lines(folder):
    key = folder / "key"
    key.write_text(IDENTITY + "\n", encoding="ascii")
    for words, texts in [
            (["-a"], ["age: error: missing recipients", "age: hint: "]),
            (["-d", "-e"], ["-e/--encrypt can't be used with -d/--decrypt"]),
            (["-d", "-a"], ["-a/--armor can't be used with -d/--decrypt"]),
            (["-d", "-p"], ["-p/--passphrase can't be used with -d/--decrypt"]),
            (["-d", "-r", RECIPIENT], ["-r/--recipient can't be used with -d/--decrypt"]),
            (["-d", "-R", str(key)], ["-R/--recipients-file can't be used with -d/--decrypt"]),
            (["-i", str(key)], ["-i/--identity can't be used in encryption mode"]),
            (["-p", "-r", RECIPIENT], ["-p/--passphrase can't be combined"]),
            (["-e", "-p", "-i", str(key)], ["-p/--passphrase can't be combined"]),
            (["-r", RECIPIENT, "a", "b"], ["too many INPUT arguments"]),
            (["-r", RECIPIENT, "a", "-a"], ["too many INPUT arguments"]),
            (["-r", "BAD"], ["malformed recipient"]),
            (["-r", RECIPIENT[:-1] + "q"], ["malformed recipient"]),
            (["-r", IDENTITY], ["this is an identity, a secret"]),
            (["-r", "ssh-ed25519 AAAA"], ["SSH keys are not supported"]),
            (["-r", "age1yubikey1qqq"], ["not supported"]),
            (["-R", "-"], ["standard input is used for multiple purposes"]),
            (["-d", "-i", "-"], ["standard input is used for multiple purposes"])]:
        fails([*OURS, *words], *texts)
    fails([*OURS] + ["-r", RECIPIENT] * 41, "more than 40 recipients")
    fails([*OURS, "-d"] + ["-i", str(key)] * 17, "more than 16 identit")
    good([*OURS] + ["-r", RECIPIENT] * 40)
    good([*OURS, "-d"] + ["-i", str(key)] * 16, good([*OURS, "-r", RECIPIENT]))


def long_forms(folder):
    key, there = folder / "key", folder / "there"
    key.write_text(IDENTITY + "\n", encoding="ascii")
    for dash in ("-", "--"):
        there.write_bytes(b"")
        good([*OURS, f"{dash}encrypt", f"{dash}recipient", RECIPIENT, f"{dash}armor", f"{dash}output={there}"], b"x")
        check(good([*OURS, f"{dash}decrypt", f"{dash}identity={key}", str(there)]) == b"x", dash)


def key_files(folder):
    path = folder / "keys"
    other = run(OUR_KEYGEN).out.decode()
    lines = {
        "comments and empty lines": (f"# one\n\n#two\n{RECIPIENT}\n", None),
        "CRLF": (f"# one\r\n{RECIPIENT}\r\n", None),
        "no end of line": (RECIPIENT, None),
        "a long comment": (f"# {'x' * 5000}\n{RECIPIENT}\n", None),
        "a space before": (f" {RECIPIENT}\n", "error at line 1"),
        "an empty file": ("", "no recipients found"),
        "comments only": ("# x\n", "no recipients found"),
        "a word": (f"{RECIPIENT}\nhello\n", "error at line 2: malformed recipient"),
        "a long line": (f"{RECIPIENT}{'q' * 5000}\n", "error at line 1"),
        "an identity": (f"{IDENTITY}\n", "this is an identity"),
        "41": (f"{RECIPIENT}\n" * 41, "error at line 41: more than 40 recipients"),
        "more than a MiB": ("#\n" * 600_000, "longer than 1 MiB"),
    }
    for what, (content, error) in lines.items():
        path.write_text(content, encoding="ascii", newline="")
        if error is None:
            good([*OURS, "-R", path], b"x")
        else:
            fails([*OURS, "-R", path], error)
    file = good([*OURS, "-r", RECIPIENT], b"told")
    lines = {
        "the right one last": (f"{other}\n{IDENTITY}\n", None),
        "CRLF": (f"#\r\n{IDENTITY}\r\n", None),
        "an empty file": ("", "no secret keys found"),
        "a recipient": (f"{RECIPIENT}\n", "error at line 1: malformed identity"),
        "a token's": ("AGE-PLUGIN-YUBIKEY-1QQQ\n", "error at line 1: an identity of a type that is not supported"),
        "SSH": ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "SSH and other PEM keys are not supported"),
        "17": (f"{IDENTITY}\n" * 17, "error at line 17: more than 16 identities"),
    }
    for what, (content, error) in lines.items():
        path.write_text(content, encoding="ascii", newline="")
        if error is None:
            check(good([*OURS, "-d", "-i", path], file) == b"told", what)
        else:
            fails([*OURS, "-d", "-i", path], error, data=file)
    fails([*OURS, "-d", "-i", folder / "nothing"], "failed to open identity file", data=file)
    # Standard input, for one of them.
    here = folder / "file"
    here.write_bytes(file)
    check(good([*OURS, "-d", "-i", "-", here], IDENTITY.encode()) == b"told", "-i -")
    good([*OURS, "-R", "-", here], RECIPIENT.encode())
    # -e -i: to the identity's own recipient.
    path.write_text(IDENTITY, encoding="ascii")
    check(good([*OURS, "-d", "-i", path], good([*OURS, "-e", "-i", path], b"told")) == b"told", "-e -i")


def output_files(folder):
    key, wrong, out, file = folder / "key", folder / "wrong", folder / "out", folder / "file"
    key.write_text(IDENTITY, encoding="ascii")
    good_keygen = run([*OUR_KEYGEN, "-o", wrong])
    check(good_keygen.status == 0, repr(good_keygen))
    good([*OURS, "-r", RECIPIENT, "-o", file], os.urandom(200_000))
    before = sorted(os.listdir(folder))
    cut = folder / "cut"
    cut.write_bytes(file.read_bytes()[:-1])
    for words in (["-d", "-i", wrong, file], ["-d", file], ["-d", "-i", "nothing", file], ["-d", "-i", wrong, "nothing"],
                  ["-r", "BAD"], ["-r", RECIPIENT, "nothing"], ["-p", "nothing"], ["-d", "-i", key, cut]):
        done = run([*OURS, "-o", out, *words])
        check(done.status == 1 and not out.exists(), f"{words}: {done}")
    out.write_bytes(b"what was there")
    check(run([*OURS, "-o", out, "-d", "-i", key, cut]).status == 1, "cut")
    check(out.read_bytes() == b"what was there", "a failure changed the file that was there")
    # It is replaced by a success, keeps its mode, and a link stays one.
    out.chmod(0o640)
    link = folder / "link"
    link.symlink_to("out")
    good([*OURS, "-o", link, "-d", "-i", key, file])
    check(out.stat().st_size == 200_000 and stat.S_IMODE(out.stat().st_mode) == 0o640 and link.is_symlink(), "replaced")
    # An empty result is a file, too.
    empty = folder / "empty"
    good([*OURS, "-d", "-i", key, "-o", empty], good([*OURS, "-r", RECIPIENT]))
    check(empty.exists() and empty.stat().st_size == 0, "empty")
    for words in (["-r", RECIPIENT, "-o", file, file], ["-d", "-i", key, "-o", key, file]):
        fails([*OURS, *words], "output file are the same")
    check(key.read_text(encoding="ascii") == IDENTITY, "the key file was overwritten")
    fails([*OURS, "-r", RECIPIENT, "-o", folder / "no" / "where"], "failed to open output file")
    good([*OURS, "-r", RECIPIENT, "-o", "/dev/null"], b"x")
    fails([*OURS, "-r", RECIPIENT, "-o", "/dev/full"], "failed to write output file")
    check(set(os.listdir(folder)) - set(before) == {"cut", "out", "link", "empty"}, f"left over: {os.listdir(folder)}")


def full_output(_folder):
    with open("/dev/full", "wb") as full:
        p = subprocess.run([*OURS, "-r", RECIPIENT], input=b"x", stdout=full, stderr=subprocess.PIPE, check=False)
    check(p.returncode == 1 and b"failed to write output file" in p.stderr, repr(p))


def a_signal_leaves_nothing(folder):
    before = os.listdir(folder)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        p = subprocess.Popen([*OURS, "-r", RECIPIENT, "-o", folder / "out"], stdin=subprocess.PIPE)
        p.stdin.write(bytes(300_000))
        p.stdin.flush()
        deadline = time.monotonic() + 20
        while os.listdir(folder) == before:
            check(time.monotonic() < deadline, "nothing was begun")
            time.sleep(0.01)
        p.send_signal(number)
        check(p.wait(20) == -number, f"ended with {p.returncode}")
        p.stdin.close()
        check(os.listdir(folder) == before, f"left over: {os.listdir(folder)}")


def changed(data, at):
    """With another byte in that place."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def released_part(folder):
    key = folder / "key"
    key.write_text(IDENTITY, encoding="ascii")
    plain = os.urandom(3 * CHUNK)
    file = good([*OURS, "-r", RECIPIENT], plain)
    for what, data, chunks in (("cut inside the third", file[:-100], 2), ("the second changed", changed(file, len(file) - CHUNK - 100), 1),
                               ("cut behind the second", file[:-CHUNK - 16], 2), ("something behind", file + b"x", 3)):
        done = run([*OURS, "-d", "-i", key], data)
        check(done.status == 1 and done.out == plain[:chunks * CHUNK], f"{what}: {done}")
        check(b"age: error: failed to decrypt" in done.err and b"what was written is genuine" in done.err, f"{what}: {done.err}")


def errors(folder):
    key, wrong = folder / "key", folder / "wrong"
    key.write_text(IDENTITY, encoding="ascii")
    run([*OUR_KEYGEN, "-o", wrong])
    file = good([*OURS, "-r", RECIPIENT], b"x")
    mac = file.index(b"--- ") + 4
    other = b"A" if file[mac:mac + 1] != b"A" else b"B"
    armored = good([*OURS, "-r", RECIPIENT, "-a"], b"x")
    for data, error in [
            (b"", "failed to read header: the file is cut off"),
            (b"PK\x03\x04", "failed to read header: not an age file"),
            (b"age-encryption.org/v2\n", "a version of the format that is not known"),
            (file[:50], "failed to read header: the file is cut off"),
            (file[:mac] + other + file[mac + 1:], "bad header MAC"),
            (armored[:-10], "invalid armor"), (armored.replace(b"\n", b" \n", 2), "invalid armor"),
            (armored + b"x", "invalid armor"), (b"\n\n" + armored.replace(b"BEGIN AGE", b"BEGIN PGP"), "invalid armor"),
            (b"age-encryption.org/v1\n" + b"-> x\n\n" * 129 + b"--- " + b"A" * 43 + b"\n", "more than 128 stanzas"),
            (b"age-encryption.org/v1\n-> " + b"x" * 70000, "longer than 64 KiB")]:
        fails([*OURS, "-d", "-i", key], error, data=data)
    fails([*OURS, "-d", "-i", wrong], "no identity matched any of the recipients", data=file)
    fails([*OURS, "-d"], "no identity matched any of the recipients", data=file)
    check(good([*OURS, "-d", "-i", key], b"\r\n \n" + armored.replace(b"\n", b"\r\n") + b"\n\n") == b"x", "white space")


# ---- passphrases

def passphrases(folder):
    path = folder / "file"
    done = with_terminal([*OURS, "-p", "-o", path], [b"password", b"password"], b"told")
    check(done.status == 0 and done.err == b"" and done.out == b"", repr(done))
    check(b"password" not in done.terminal, "the passphrase was echoed")
    check(b" 16\n" in path.read_bytes()[:80], "work factor")
    done = with_terminal([*OURS, "-d", path], [b"password"])
    check(done.status == 0 and done.err == b"" and done.out == b"told", repr(done))
    done = with_terminal([*OURS, "-d", path], [b"PASSWORD"])
    check(done.status == 1 and b"incorrect passphrase" in done.err and done.out == b"", repr(done))
    done = with_terminal([*OURS, "-d", "-o", folder / "out", path], [b"PASSWORD"])
    check(done.status == 1 and not (folder / "out").exists(), repr(done))
    key = folder / "key"
    key.write_text(IDENTITY, encoding="ascii")
    done = with_terminal([*OURS, "-d", "-i", key, path])
    check(done.status == 1 and b"file is passphrase-encrypted but identities were specified" in done.err, repr(done))
    done = with_terminal([*OURS, "-p", "-o", folder / "out"], [b"PASSWORD", b"password"])
    check(done.status == 1 and b"passphrases didn't match" in done.err and not (folder / "out").exists(), repr(done))
    # 1024 bytes are the most, one more is said.
    longest = b"x" * 1024
    done = with_terminal([*OURS, "-p", "-o", path], [longest, longest], b"told")
    check(done.status == 0 and with_terminal([*OURS, "-d", path], [longest]).out == b"told", repr(done))
    done = with_terminal([*OURS, "-d", path], [longest + b"x"])
    check(done.status == 1 and b"more than 1024 bytes" in done.err, repr(done))


def invented_passphrase(folder):
    path = folder / "file"
    done = with_terminal([*OURS, "-p", "-o", path], [b""], b"told")
    check(done.status == 0 and done.err == b"" and b"autogenerated passphrase" in done.terminal, repr(done))
    words = done.terminal.split(b'"')[1]
    check(len(words) == 29, repr(words))
    check(with_terminal([*OURS, "-d", path], [words]).out == b"told", "the passphrase shown opens it")


def no_terminal(_folder):
    fails([*OURS, "-p"], "standard input is not a terminal, and /dev/tty is not available")


def interrupted_prompt(folder):
    done = with_terminal([*OURS, "-p", "-o", folder / "file"], interrupt=b"Enter passphrase")
    check(done.status == -signal.SIGINT and not (folder / "file").exists(), repr(done))


def sealed_identities(folder):
    file, key = folder / "file", folder / "key"
    file.write_bytes(good([*OURS, "-r", RECIPIENT], b"told"))
    for armored in ([], ["-a"]):
        done = with_terminal([*OURS, "-p", *armored, "-o", key], [b"open", b"open"], f"# mine\n{IDENTITY}\n".encode())
        check(done.status == 0, repr(done))
        done = with_terminal([*OURS, "-d", "-i", key, file], [b"open"])
        check(done.status == 0 and done.out == b"told" and done.err == b"", repr(done))
        check(f'Enter passphrase for identity file "{key}": '.encode() in done.terminal, repr(done))
        done = with_terminal([*OURS, "-d", "-i", key, file], [b"wrong"])
        check(done.status == 1 and done.out == b"" and b"incorrect passphrase" in done.err, repr(done))
        done = with_terminal([*OUR_KEYGEN, "-y", key], [b"open"])
        check(done.out.decode().strip() == RECIPIENT, repr(done))
        # Cut off or changed: not one identity of it is taken.
        key.write_bytes(key.read_bytes()[:-3])
        done = with_terminal([*OURS, "-d", "-i", key, file], [b"open"])
        check(done.status == 1 and done.out == b"", repr(done))


# ---- terminals

def binary_to_a_terminal(folder):
    done = with_terminal([*OURS, "-r", RECIPIENT], data=b"x", on_terminal=(1,))
    check(done.status == 1 and b"refusing to output binary to the terminal" in done.err and done.terminal == b"", repr(done))
    done = with_terminal([*OURS, "-r", RECIPIENT, "-o", "-"], data=b"x", on_terminal=(1,))
    check(done.status == 0 and b"age-encryption.org/v1" in done.terminal, repr(done))
    done = with_terminal([*OURS, "-r", RECIPIENT, "-a"], data=b"x", on_terminal=(1,))
    check(done.status == 0 and b"-----BEGIN AGE ENCRYPTED FILE-----" in done.terminal, repr(done))
    key, file = folder / "key", folder / "file"
    key.write_text(IDENTITY, encoding="ascii")
    for content, shown in (("Liebe Grüße\n\tвот\r\n", True), ("\x1b]0;evil\x07", False), ("\x7f", False), ("\x9b1m", False)):
        file.write_bytes(good([*OURS, "-r", RECIPIENT], content.encode()))
        done = with_terminal([*OURS, "-d", "-i", key, file], on_terminal=(1,))
        check((done.status == 0) == shown and (done.terminal != b"") == shown, repr(done))
        done = with_terminal([*OURS, "-d", "-i", key, "-o", "-", file], on_terminal=(1,))
        check(done.status == 0 and done.terminal != b"", repr(done))
    # The two bytes of a control character, either side of a chunk's border.
    file.write_bytes(good([*OURS, "-r", RECIPIENT], b"x" * (CHUNK - 1) + b"\xc2\x9b"))
    check(b"\x9b" not in with_terminal([*OURS, "-d", "-i", key, file], on_terminal=(1,)).terminal, "split in two")


def pasted_armor(folder):
    """Typed or pasted: the armor's end is the input's, and the passphrase comes after it."""
    file = folder / "file"
    check(with_terminal([*OURS, "-p", "-a", "-o", file], [b"open", b"open"], b"told" * 100).status == 0, "sealing")
    done = with_terminal([*OURS, "-d"], [b"open"], on_terminal=(0,), typed=file.read_bytes())
    check(done.status == 0 and done.out == b"told" * 100 and done.err == b"", repr(done))


# ---- keygen

def keygen(folder):
    for words, recipient, identity in (([], "age1", "AGE-SECRET-KEY-1"), (["-pq"], "age1pq1", "AGE-SECRET-KEY-PQ-1")):
        done = run([*OUR_KEYGEN, *words])
        lines = done.out.decode().splitlines()
        check(done.status == 0 and len(lines) == 3 and lines[0].startswith("# created: 20"), repr(done))
        check(lines[1].startswith("# public key: " + recipient) and lines[2].startswith(identity), repr(done))
        check(done.err.decode().strip() == "Public key: " + lines[1][14:], repr(done))
        path = folder / "key"
        done = run([*OUR_KEYGEN, *words, "-o", path])
        check(done.status == 0 and done.out == b"" and done.err.startswith(b"Public key: " + recipient.encode()), repr(done))
        check(stat.S_IMODE(path.stat().st_mode) == 0o600, "mode")
        check(good([*OUR_KEYGEN, "-y", path]) == done.err[12:], "-y of a file")
        check(good([*OUR_KEYGEN, "-y"], path.read_bytes()) == done.err[12:], "-y of standard input")
        content = path.read_bytes()
        fails([*OUR_KEYGEN, *words, "-o", path], "failed to open output file")
        check(path.read_bytes() == content, "a key file was overwritten")
        out = folder / "recipients"
        good([*OUR_KEYGEN, "-y", "-o", out, path])
        good([*OURS, "-R", out], b"x")
        path.unlink()
        out.unlink()
    done = with_terminal(OUR_KEYGEN, on_terminal=(1,))
    check(done.status == 0 and done.err == b"" and b"AGE-SECRET-KEY-1" in done.terminal, "on a terminal nothing twice")
    fails([*OUR_KEYGEN, "-y"], "malformed identity", data=RECIPIENT.encode())
    readable = folder / "readable"
    with open(readable, "wb") as f:
        readable.chmod(0o644)
        p = subprocess.run(OUR_KEYGEN, stdout=f, stderr=subprocess.PIPE, check=True)
    check(b"world-readable" in p.stderr, repr(p))


def constant_memory(folder):
    """200 MB, armored, both ways, in 32 MB of address space."""
    key = folder / "key"
    key.write_text(IDENTITY, encoding="ascii")
    script = 'ulimit -v 32768; head -c 200000000 /dev/zero | "$0" age -r "$1" -a | "$0" age -d -i "$2" | cmp -n 200000000 - /dev/zero'
    done = run(["bash", "-o", "pipefail", "-c", script, OURS[0], RECIPIENT, key])
    check(done.status == 0, repr(done))


def command(folder):
    yield "help and unknown options end as age's do", usage
    for name, test in [
            ("command lines that make no sense are refused, each with its sentence", wrong_lines),
            ("every option in its long forms", long_forms),
            ("files of keys: what is left out, what is refused and where", key_files),
            ("an output file is there whole or not at all", output_files),
            ("standard output that is full", full_output),
            ("a signal leaves no file behind", a_signal_leaves_nothing),
            ("what is released before a fault is genuine, and the status tells", released_part),
            ("every failure has its sentence", errors),
            ("passphrases: typed without echo, twice for a new one", passphrases),
            ("an invented passphrase is shown on the terminal only", invented_passphrase),
            ("no terminal: nobody to ask", no_terminal),
            ("Ctrl-C at the prompt gives the echo back", interrupted_prompt),
            ("identity files under a passphrase, armored or not", sealed_identities),
            ("terminals get no binary and no control characters", binary_to_a_terminal),
            ("armor pasted into a terminal, with the passphrase behind it", pasted_armor),
            ("keygen", keygen),
            ("memory does not grow with the file", constant_memory)]:
        inside = folder / name[:20].replace(" ", "-").replace(":", "")

        def one(test=test, inside=inside):
            inside.mkdir()
            test(inside)

        yield name, one
