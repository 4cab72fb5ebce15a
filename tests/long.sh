#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What takes longer than `./build.sh test` may: the suites of tests/long.list.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
COURIER_SUITES=tests/long.list COURIER_LOGS=build/artefacts/logs/long COURIER_SUITE_LIMIT_S=36000 exec tests/run-all.sh "$@"
