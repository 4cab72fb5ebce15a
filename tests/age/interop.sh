#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Our age against the stock `age` program (Debian's package, on the host), in both directions, at every chunk border.
#   tests/age/interop.sh [DRIVER]     default: build/tests/age_driver, made by `make -C appliance tests`
# The last line is: N passed, N failed
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

if ! command -v age >/dev/null || ! command -v age-keygen >/dev/null; then
	echo "interop: no age program: apt-get install age" >&2
	exit 1
fi
driver=${1:-build/tests/age_driver}
if [ ! -x "$driver" ]; then
	echo "interop: $driver is not built: ./build.sh test builds it" >&2
	exit 1
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

# expect WHAT COMMAND...
expect() {
	if "${@:2}"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $1"
	fi
}

ours_to_age() { "$driver" seal "${@:3}" <"$1" >"$dir/ours.age" && age -d -i "$2" "$dir/ours.age" | cmp -s - "$1"; }
age_to_ours() {
	local to=() r
	for r in "${@:3}"; do to+=(-r "$r"); done
	age "${to[@]}" <"$1" >"$dir/stock.age" && "$driver" open "$2" <"$dir/stock.age" | cmp -s - "$1"
}

age-keygen -o "$dir/stock.key" 2>/dev/null
stock_identity=$(grep -v '^#' "$dir/stock.key")
stock_recipient=$(age-keygen -y "$dir/stock.key")
"$driver" keygen >"$dir/ours.pair"
our_identity=$(sed -n 1p "$dir/ours.pair")
our_recipient=$(sed -n 2p "$dir/ours.pair")
echo "$our_identity" >"$dir/ours.key"
expect "stock age derives the same recipient from our identity" [ "$(age-keygen -y "$dir/ours.key")" = "$our_recipient" ]

sizes=(0 1 15 16 17 1000)
for chunks in 1 2 3 16; do
	for around in -17 -16 -1 0 1 16 17; do sizes+=($((chunks * 65536 + around))); done
done
for _ in 1 2 3 4 5 6 7 8; do sizes+=($((RANDOM * 32 + RANDOM % 32))); done
for n in "${sizes[@]}"; do
	head -c "$n" /dev/urandom >"$dir/plain"
	expect "ours to stock age, $n bytes" ours_to_age "$dir/plain" "$dir/stock.key" "$stock_recipient"
	expect "stock age to ours, $n bytes" age_to_ours "$dir/plain" "$our_identity" "$our_recipient"
done
expect "ours to two, opened by stock age" ours_to_age "$dir/plain" "$dir/stock.key" "$our_recipient" "$stock_recipient"
expect "ours to two, opened by stock age as the first" ours_to_age "$dir/plain" "$dir/ours.key" "$our_recipient" "$stock_recipient"
expect "stock age to two, opened by ours" age_to_ours "$dir/plain" "$our_identity" "$stock_recipient" "$our_recipient"
expect "stock age to two, opened by ours as the first" age_to_ours "$dir/plain" "$stock_identity" "$stock_recipient" "$our_recipient"

# Both refuse the same files.
refused() { ! "$driver" open "$our_identity" <"$1" >"$dir/out" 2>/dev/null && ! age -d -i "$dir/ours.key" "$1" >/dev/null 2>&1; }
head -c 70000 /dev/urandom >"$dir/plain"
age -r "$our_recipient" <"$dir/plain" >"$dir/whole"
head -c -1 "$dir/whole" >"$dir/bad"
expect "cut by a byte: both refuse" refused "$dir/bad"
expect "and of it only the first chunk was released" [ "$(stat -c %s "$dir/out")" -eq 65536 ]
{ cat "$dir/whole"; printf x; } >"$dir/bad"
expect "a byte more: both refuse" refused "$dir/bad"
age -r "$stock_recipient" <"$dir/plain" >"$dir/bad"
expect "for somebody else: both refuse" refused "$dir/bad"
expect "and nothing was released" [ ! -s "$dir/out" ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
