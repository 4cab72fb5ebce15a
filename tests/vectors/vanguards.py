#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawing of docs/GUARDS.md done a second time, in another language: draw() for tests, and as a program it prints
tests/vectors/vanguards.txt."""
import base64
import calendar
import hashlib
import hmac
import random
import time

PLACES = 4
LIFE_LEAST_H, LIFE_SPAN_H = 24, 21 * 24 + 1
BEGIN_H = 20089 * 24  # 2025-01-01
CLASSES = ("middle", "guard", "exit", "both")


def hour_of(valid_after):
    return calendar.timegm(time.strptime(valid_after, "%Y-%m-%d %H:%M:%S")) // 3600


def identity_of(text):
    return base64.b64decode(text + "=")


def mix(seed, label, place, period, relay=b""):
    return hmac.new(seed, label + bytes([place]) + period.to_bytes(4, "big") + relay, hashlib.sha256).digest()


def life_h(seed, place, period):
    lot = mix(seed, b"courier l2 life ", place, period)
    return LIFE_LEAST_H + max(int.from_bytes(lot[i:i + 4], "big") % LIFE_SPAN_H for i in (0, 4))


def period_at(seed, place, hour):
    period, end = 0, BEGIN_H + life_h(seed, place, 0)
    while hour >= end:
        period += 1
        end += life_h(seed, place, period)
    return period


def minus_log2(lot):
    lot |= 1
    whole = lot.bit_length() - 1
    x, fraction = lot << (63 - whole), 0
    for _ in range(32):
        x = x * x >> 63
        fraction <<= 1
        if x >> 64:
            fraction |= 1
            x >>= 1
    return (64 << 32) - (whole << 32 | fraction)


def draw(seed, hour, relays, weights):
    """relays: (identity of 20 bytes, bandwidth, class), all of them fast and stable. weights: by class. Returns the
    identities by place."""
    taken = []
    for place in range(min(PLACES, len(relays))):
        period = period_at(seed, place, hour)
        best = None
        for identity, bandwidth, kind in relays:
            if identity in taken:
                continue
            distance = minus_log2(int.from_bytes(mix(seed, b"courier l2 draw ", place, period, identity)[:8], "big"))
            weight = max(1, bandwidth) * max(1, weights[kind])
            # a/b < c/d, in whole numbers
            if best is None or (distance * best[1], identity) < (best[0] * weight, best[2]):
                best = (distance, weight, identity)
        taken.append(best[2])
    return taken


def main():
    print("# Layer-2 guards drawn out of a consensus: docs/GUARDS.md. Written by vanguards.py.\n"
          "# relay: identity bandwidth class; weights: " + " ".join(CLASSES))
    chance = random.Random(20261121)
    live = dict(zip(CLASSES, (10000, 4203, 0, 0)))
    even = dict.fromkeys(CLASSES, 10000)
    cases = [(60, live, 494000), (60, live, 494400), (60, even, 494000), (3, live, 494000), (1, even, 494000),
             (12, dict.fromkeys(CLASSES, 0), 494000), (40, live, 0), (40, live, 700000)]
    seed = hashlib.sha256(b"a seed").digest()
    for count, weights, hour in cases:
        relays = [(chance.randbytes(20), chance.choice((0, 1, 50, 20000, 4294967295)), chance.choice(CLASSES))
                  for _ in range(count)]
        print(f"\nseed: {seed.hex()}\nhour: {hour}\nweights: {' '.join(str(weights[c]) for c in CLASSES)}")
        for identity, bandwidth, kind in relays:
            print(f"relay: {identity.hex()} {bandwidth} {kind}")
        for identity in draw(seed, hour, relays, weights):
            print(f"expect: {identity.hex()}")


if __name__ == "__main__":
    main()
