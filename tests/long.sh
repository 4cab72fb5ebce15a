#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What takes longer than `./build.sh test` may: the suites of tests/long.list.
#   tests/long.sh [NAME...]
# Each suite that ran adds a line to build/artefacts/long.txt: the day, the commit, the suite, what it said of itself.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
logs=build/artefacts/logs/long
results=build/artefacts/long.txt
mkdir -p "$logs"
began=$(mktemp)
trap 'rm -f "$began"' EXIT

# A suite that was cut short has no count as its last line.
note() {
    local name commit said
    commit=$(git describe --always --dirty 2>/dev/null || echo 'no commit')
    while read -r name _; do
        [ "$logs/$name.log" -nt "$began" ] || continue
        said=$(tail -n 1 "$logs/$name.log")
        [[ $said =~ ^[0-9]+\ passed,\ [0-9]+\ failed ]] || said='did not end'
        echo "$(date -u +%F) $commit $name: $said" >>"$results"
    done < <(grep -v '^#' tests/long.list)
}

COURIER_SUITES=tests/long.list COURIER_LOGS=$logs COURIER_SUITE_LIMIT_S=36000 tests/run-all.sh "$@" &
runner=$!
trap 'kill -TERM "$runner" 2>/dev/null' INT TERM HUP
wait "$runner"
status=$?
wait "$runner" 2>/dev/null # a signal ends the first wait, not the runner
note
exit "$status"
