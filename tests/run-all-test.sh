#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The runner must not call a failure a success: each case gives it a list and looks at what it concludes.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
good=0 bad=0

# check NAME STATUS LAST-LINE: runs the list on standard input.
check() {
    cat >"$work/list"
    COURIER_SUITES=$work/list COURIER_LOGS=$work/logs COURIER_JOBS=2 COURIER_SUITE_LIMIT_S=${limit_s:-600} \
        bash -c 'trap "" INT HUP; exec tests/run-all.sh' >"$work/out" 2>&1 # as nohup, and a script's background
    local status=$? last
    last=$(tail -n 1 "$work/out")
    if [ "$status" = "$2" ] && [ "$last" = "$3" ]; then
        good=$((good + 1)) && echo "ok: $1"
    else
        bad=$((bad + 1)) && echo "NOT OK: $1: status $status, last line \"$last\"" && cat "$work/out"
    fi
}

check 'sums up' 0 '5 passed, 0 failed' <<<'a 1 echo "2 passed, 0 failed"
b 2 echo "3 passed, 0 failed"'
check 'names skips' 0 '2 passed, 0 failed, 1 skipped' <<<'a 1 echo "2 passed, 0 failed, 1 skipped"'
check 'a failure fails' 1 '2 passed, 1 failed' <<<'a 1 echo "2 passed, 1 failed"; exit 1'
check 'failures with status 0' 1 '2 passed, 2 failed' <<<'a 1 echo "2 passed, 1 failed"'
check 'status without failures' 1 '2 passed, 1 failed' <<<'a 1 echo "2 passed, 0 failed"; exit 3'
check 'no count' 1 '1 passed, 1 failed' <<<'a 1 echo hello
b 1 echo "1 passed, 0 failed"'
check 'a count that is not the last line' 1 '0 passed, 1 failed' <<<'a 1 echo "1 passed, 0 failed"; echo more'
check 'killed' 1 '0 passed, 1 failed' <<<'a 1 kill -KILL $$'
limit_s=2 check 'hangs' 1 '0 passed, 1 failed' <<<'a 1 sleep 60'
check 'no test' 1 '0 passed, 1 failed' <<<'a 1 echo "0 passed, 0 failed"'
check 'only skips' 1 '0 passed, 0 failed, 2 skipped' <<<'a 1 echo "0 passed, 0 failed, 2 skipped"'
check 'command not found' 1 '0 passed, 1 failed' <<<'a 1 /nonexistent/suite'

# shellcheck disable=SC2016 # the variables are the suite's
check 'signals that are ignored here' 0 '1 passed, 0 failed' <<<'a 1 for s in INT HUP; do bash -c "kill -$s \$\$; exit 0" && exit 3; done; echo "1 passed, 0 failed"'

# Side by side: each waits for the other's file.
check 'parallel' 0 '2 passed, 0 failed' <<<"a 1 touch $work/a; until [ -e $work/b ]; do sleep 0.05; done; echo '1 passed, 0 failed'
b 1 touch $work/b; until [ -e $work/a ]; do sleep 0.05; done; echo '1 passed, 0 failed'"
check 'alone' 0 '2 passed, 0 failed' <<<"a 1 touch $work/busy; sleep 0.3; rm $work/busy; echo '1 passed, 0 failed'
b all [ ! -e $work/busy ] && echo '1 passed, 0 failed'"

# Ended from outside, it takes its suites along.
echo "a 1 echo \$\$ >$work/pid; sleep 1000; true" >"$work/list"
COURIER_SUITES=$work/list COURIER_LOGS=$work/logs tests/run-all.sh >"$work/out" 2>&1 &
runner=$!
until [ -s "$work/pid" ]; do sleep 0.05; done
kill -TERM "$runner"
wait "$runner"
if [ $? = 143 ] && ! kill -0 "$(cat "$work/pid")" 2>/dev/null; then
    good=$((good + 1)) && echo 'ok: SIGTERM ends the suites'
else
    bad=$((bad + 1)) && echo 'NOT OK: SIGTERM left a suite behind'
fi

echo "$good passed, $bad failed"
[ "$bad" = 0 ]
