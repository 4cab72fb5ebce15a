#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the seeds of fuzz_link and fuzz_keeper_peer. A message's number is its row in messages.def: run this again
when rows come or go."""
import re
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLE = re.sub(r"/\*.*?\*/", "", (HERE / "../../appliance/link/messages.def").read_text(), flags=re.S)
ROWS = re.findall(r"^MESSAGE\((\w+),(.*?)\)\s*(?=^MESSAGE|^#)", TABLE, flags=re.S | re.M)
NUMBER = {name: i for i, (name, _) in enumerate(ROWS)}
FORMATS = {"U8": "<B", "U16": "<H", "U32": "<I", "U64": "<Q"}
SIZE = {"FIXED": lambda text: eval(text, {"LIMIT_TOPIC": 80}), "BYTES": lambda text: 5}


def fields_of(name):
    return re.findall(r"\b(U8|U16|U32|U64|FIXED|BYTES)\((\w+)(?:,\s*([^)]*))?\)", dict(ROWS)[name])


def record(name, /, **values):
    out = struct.pack("<H", NUMBER[name])
    for kind, field, size in fields_of(name):
        if kind == "BYTES":
            data = values.get(field, b"bytes")
            out += struct.pack("<I", len(data)) + data
        elif kind == "FIXED":
            out += values.get(field, b"\0" * SIZE["FIXED"](size))
        else:
            out += struct.pack(FORMATS[kind], values.get(field, 1))
    return out


def said(who, *records):
    return b"".join(bytes([who]) + struct.pack("<H", len(r)) + r for r in records)


ID, PROOF, TOKEN = b"i" * 16, b"p" * 32, b"\0" * 32
# SHA-256 of PROOF, so that AUTH succeeds.
PROOF_HASH = __import__("hashlib").sha256(PROOF).digest()
STATE = (f"courier-state 1\nrecipient age1x\nproof {PROOF_HASH.hex()}\nword 9\nlast 3\nmuted no\nday 2026-11-21\n"
         "message 2026-11-19 answered\nmessage 2026-11-20 stored\nreply r\nend\n").encode()


def file(kind, n):
    data = [record("FILE_DATA", data=b"d" * min(40000, n - at)) for at in range(0, n, 40000)]
    return [record("FILE_BEGIN", kind=kind), *data, record("FILE_END", keep=1)]


def sequences():
    create = record("CREATE", conversation=ID, proof_hash=PROOF_HASH, desks=1, recipient=b"age1x")
    made = said(0, *file(0, 300), create)
    desk = said(1, record("DESK_AUTH", token=TOKEN))
    reply = said(1, *file(0, 200), record("REPLY_PUT", conversation=ID, name=b"r"))
    yield "create", made
    yield "attachment", said(0, record("RESERVE", size=70000), *file(0, 300), *file(1, 66000), *file(2, 40), create)
    yield "submit", made + said(0, *file(0, 2500), record("SUBMIT"), record("MESSAGE_NEXT", after=0), record("MESSAGE_NEXT"))
    yield "auth", made + said(0x80, record("AUTH", conversation=ID, proof=PROOF), record("REPLY_NEXT", after=0))
    yield "session", made + said(0, record("SESSION_PUT"), record("SESSION_GET"), record("SESSION_DROP"))
    yield "collect", made + desk + said(1, record("COLLECT_NEXT", after=0), record("MESSAGE_READ", conversation=ID, kind=0, offset=0),
                                        record("STATUS"), record("COLLECTED", cursor=1))
    yield "reply", made + desk + reply + reply + said(0, record("REPLY_NEXT", after=0), record("REPLY_READ", kind=0, offset=0),
                                                      record("REPLY_DELETE"))
    yield "forget", made + desk + said(1, record("MESSAGE_FORGET", conversation=ID), record("CONVERSATION_FORGET", conversation=ID)) \
        + made + said(0, record("CONVERSATION_DELETE"))
    yield "draft", said(0, record("TURN"), record("DRAFT_OPEN", name=b"n" * 32), *file(0, 300), record("DRAFT_NOTE"), record("DRAFT_GET")) \
        + said(0x80, record("DRAFT_OPEN", name=b"n" * 32), record("DRAFT_GET"), *file(1, 70000), *file(2, 40), create) \
        + said(0x80, record("DRAFT_OPEN", name=b"n" * 32), *file(0, 10), record("DRAFT_DROP"))
    told = record("RESTORE", conversation=b"o" * 16, state=STATE)
    yield "state", made + desk + reply + said(1, record("STATE_NEXT", since=0, slot_after=0), record("OPEN_NEXT", slot_after=0),
                                              record("CHANGES_GET")) + said(0, record("VISIT_WORD"), record("CONVERSATION_GET"))
    yield "restore", desk + said(1, told, told, record("STATE_NEXT", since=0, slot_after=0)) \
        + said(0, record("AUTH", conversation=b"o" * 16, proof=PROOF), record("MESSAGE_NEXT", after=0), record("MESSAGE_NEXT"),
               *file(0, 300), record("SUBMIT"), record("MESSAGE_NEXT", after=2))
    yield "join", said(0, *file(0, 300), create.replace(ID, b"o" * 16)) + desk + said(1, told) + said(0, record("MESSAGE_NEXT", after=0))
    yield "mute", made + desk + said(1, record("MUTE", conversation=ID)) + said(0, *file(0, 300), record("SUBMIT")) \
        + said(1, record("COLLECT_NEXT", after=0), record("COLLECTED", cursor=2), record("MUTE", conversation=ID, on=0))
    yield "drain", desk + said(0, record("RESERVE")) + said(1, record("DRAIN")) + made \
        + said(1, record("STATUS"), record("DRAIN", on=0))
    yield "token", made + desk + said(1, record("TOKEN_PUT"), record("TOKEN_PUT", hash=TOKEN)) + said(0x81, record("DESK_AUTH", token=TOKEN))
    yield "revoke", made + desk + said(1, record("REVOKE"), record("DESK_AUTH", token=TOKEN)) + said(0, record("DESKS_GET"),
                                                                                                     *file(0, 300), record("SUBMIT"))
    yield "drop", said(0, *file(0, 300), record("FILE_BEGIN", kind=1), record("FILE_END", keep=0), record("DRAFT_DROP")) + said(0x80, b"")


def main():
    for folder, seeds in (("link", [(name.lower(), record(name)) for name, _ in ROWS]), ("keeper_peer", sequences())):
        (HERE / "corpus" / folder).mkdir(parents=True, exist_ok=True)
        for name, data in seeds:
            (HERE / "corpus" / folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
