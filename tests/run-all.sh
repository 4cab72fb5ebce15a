#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the suites of tests/suites.list, one more at a time than twice the cores (they wait for two thirds of their time: for
# a machine that starts, for Tor, for a timer), and ends with "N passed, N failed".
#   tests/run-all.sh [NAME...]     only these suites
# Logs: build/artefacts/logs/NAME.log. COURIER_SUITES names another list, COURIER_LOGS another folder,
# COURIER_JOBS another number of slots, COURIER_SUITE_LIMIT_S when to give up on a suite that hangs.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

list=${COURIER_SUITES:-tests/suites.list}
logs=${COURIER_LOGS:-build/artefacts/logs}
slots=${COURIER_JOBS:-$((2 * $(nproc) + 1))}
limit_s=${COURIER_SUITE_LIMIT_S:-2400}
mkdir -p "$logs" || exit 1

names=()
declare -A need command_of pid_of began result seconds cpu
declare -A passed failed skipped

read_list() {
    local name want command
    while read -r name want command; do
        case $name in '' | '#'*) continue ;; esac
        [ "$want" = all ] && want=$slots
        if ! [[ $want =~ ^[1-9][0-9]*$ ]] || [ -z "$command" ] || [ -n "${need[$name]:-}" ]; then
            echo "run-all: $list: bad line for \"$name\": NAME SLOTS COMMAND, each name once" >&2
            exit 1
        fi
        names+=("$name")
        need[$name]=$((want > slots ? slots : want))
        command_of[$name]=$command
    done <"$list" || { echo "run-all: cannot read $list" >&2; exit 1; }
}

# Every suite is a process group of its own, so that all of it can be ended by its own id.
end_all() {
    trap - INT TERM HUP EXIT
    local name
    for name in "${!pid_of[@]}"; do
        kill -TERM -- "-${pid_of[$name]}" 2>/dev/null
    done
    wait
}

start() {
    local name=$1
    rm -f "$logs/$name.cpu"
    # shellcheck disable=SC2016 # the variables are the inner shell's
    # As from a terminal, even where who runs us ignores signals (nohup, a script's background).
    timeout --kill-after=30 "$limit_s" env --default-signal bash -c '(eval "$2"); status=$?; times >"$1"; exit $status' suite \
        "$logs/$name.cpu" "${command_of[$name]}" >"$logs/$name.log" 2>&1 </dev/null &
    pid_of[$name]=$!
    began[$name]=$SECONDS
    free=$((free - need[$name]))
    echo "  $name: started"
}

# What a suite says of itself counts only if its exit status agrees.
judge() {
    local name=$1 status=$2 last why=''
    last=$(grep -v '^[[:space:]]*$' "$logs/$name.log" | tail -n 1)
    passed[$name]=0 failed[$name]=0 skipped[$name]=0
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
        passed[$name]=${BASH_REMATCH[1]} failed[$name]=${BASH_REMATCH[2]} skipped[$name]=${BASH_REMATCH[4]:-0}
        if [ $((passed[$name] + failed[$name] + skipped[$name])) = 0 ]; then
            why='ran no test'
        elif [ "$status" != 0 ] && [ "${failed[$name]}" = 0 ]; then
            why="exit status $status"
        elif [ "$status" = 0 ] && [ "${failed[$name]}" != 0 ]; then
            why='exit status 0 in spite of failures'
        fi
    elif [ "$status" = 124 ] || [ "$status" = 137 ]; then
        why="no end after $limit_s s"
    else
        why="no count, exit status $status"
    fi
    [ -n "$why" ] && failed[$name]=$((failed[$name] + 1))
    result[$name]="${passed[$name]} passed, ${failed[$name]} failed"
    [ "${skipped[$name]}" = 0 ] || result[$name]+=", ${skipped[$name]} skipped"
    [ -z "$why" ] || result[$name]+=" ($why)"
    seconds[$name]=$((SECONDS - began[$name]))
    # "1m2.345s 0m6.789s", of the children in the second line
    cpu[$name]=$(tr ms '  ' 2>/dev/null <"$logs/$name.cpu" | awk 'NR == 2 { printf "%.0f", 60 * ($1 + $3) + $2 + $4 }')
    free=$((free + need[$name]))
    unset "pid_of[$name]"
    echo "  $name: ${result[$name]}"
}

wait_one() {
    local pid status name
    wait -n -p pid
    status=$?
    for name in "${!pid_of[@]}"; do
        if [ "${pid_of[$name]}" = "$pid" ]; then
            judge "$name" "$status"
            return
        fi
    done
}

table() {
    local name whole=0
    printf '\n%-22s %8s %8s  %s\n' suite seconds 'of CPU' result
    for name in "${names[@]}"; do
        printf '%-22s %8s %8s  %s\n' "$name" "${seconds[$name]}" "${cpu[$name]}" "${result[$name]}"
        whole=$((whole + ${cpu[$name]:-0}))
    done
    printf '%-22s %8s %8s  of %s that the cores had\n' 'all of them' "$SECONDS" "$whole" "$((SECONDS * $(nproc)))"
    for name in "${names[@]}"; do
        if [ "${failed[$name]}" != 0 ]; then
            printf '\n--- %s: the end of %s\n' "$name" "$logs/$name.log"
            tail -n 40 "$logs/$name.log"
        fi
    done
    echo
}

total() {
    local name p=0 f=0 s=0
    for name in "${names[@]}"; do
        p=$((p + passed[$name])) f=$((f + failed[$name])) s=$((s + skipped[$name]))
    done
    if [ "$s" = 0 ]; then echo "$p passed, $f failed"; else echo "$p passed, $f failed, $s skipped"; fi
    [ "$f" = 0 ] && [ "$p" != 0 ]
}

read_list
if [ $# != 0 ]; then
    for name in "$@"; do
        [ -n "${need[$name]:-}" ] || { echo "run-all: $list has no suite \"$name\"" >&2; exit 1; }
    done
    names=("$@")
fi

trap end_all EXIT
trap 'end_all; exit 130' INT
trap 'end_all; exit 143' TERM HUP
set -m # process groups
free=$slots
waiting=("${names[@]}")
echo "${#names[@]} suites, $slots at a time; logs in $logs"
while [ ${#waiting[@]} != 0 ] || [ ${#pid_of[@]} != 0 ]; do
    # Nothing is started behind a suite that must wait, so a big one is not overtaken for ever.
    later=()
    for name in "${waiting[@]}"; do
        if [ ${#later[@]} = 0 ] && [ "${need[$name]}" -le "$free" ]; then start "$name"; else later+=("$name"); fi
    done
    waiting=("${later[@]}")
    wait_one
done
table
total
