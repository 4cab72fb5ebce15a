#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The onion addresses that `courier site init` prints are those that a stock Tor makes of the same keys.
#   tests/site/onion-address.sh [COURIER]     default: build/courier; needs `tor` on the host
# The last line is: N passed, N failed
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
courier=$(realpath "${1:-$here/../../build/courier}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

check() { # WHAT GOT WANTED
	if [ -n "$2" ] && [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: got \"$2\", Tor says \"$3\""
	fi
}

# Tor loads the keys, writes each service's hostname, and has no reason to stay.
hostnames() { # FOLDER...
	local options=(--ignore-missing-torrc -f "$work/none" --DataDirectory "$work/data" --SocksPort 0 --DisableNetwork 1
		--Log "notice file $work/tor.log")
	for folder in "$@"; do
		options+=(--HiddenServiceDir "$folder" --HiddenServicePort "80 unix:$work/none.socket")
	done
	tor "${options[@]}" >/dev/null 2>&1 &
	local tor=$!
	for _ in $(seq 1200); do
		for folder in "$@"; do
			[ -s "$folder/hostname" ] || { sleep 0.1; continue 2; }
		done
		break
	done
	kill "$tor" 2>/dev/null
	wait "$tor" 2>/dev/null
}

if ! command -v tor >/dev/null; then
	echo "tor is missing on this machine: apt-get install tor"
	echo "0 passed, 1 failed"
	exit 1
fi
"$courier" desk init --no-passphrase "$work/desk" >/dev/null || failed=$((failed + 1))
folders=()
for i in 1 2 3 4; do
	"$courier" site init --unattended --out "$work/$i.site" --name "Site $i" --desk "$work/desk/boxes/box/for-the-operator.txt" \
		>"$work/$i.out" 2>/dev/null || failed=$((failed + 1))
	for which in source desk; do
		folder=$work/$i-$which
		mkdir -m 700 "$folder"
		sed -n "s/^$which-key = //p" "$work/$i.site" | base64 -d >"$folder/hs_ed25519_secret_key"
		chmod 600 "$folder/hs_ed25519_secret_key"
		folders+=("$folder")
	done
done
hostnames "${folders[@]}"
for i in 1 2 3 4; do
	check "source address $i" "$(sed -n 's|^source address: http://\(.*\)/$|\1|p' "$work/$i.out")" "$(cat "$work/$i-source/hostname" 2>/dev/null)"
	check "desk address $i" "$(sed -n 's/^desk address: //p' "$work/$i.out")" "$(cat "$work/$i-desk/hostname" 2>/dev/null)"
done
[ "$failed" -eq 0 ] || cat "$work/tor.log" 2>/dev/null
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
