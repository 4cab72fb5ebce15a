# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# What every build script shares: messages, steps with their logs, and the cache. Sourced, never run.

set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$TOP/build
LOGS=$BUILD/artefacts/logs
CACHE=${COURIER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/silent-courier}
FIRST_CACHE=$CACHE # verify --fresh leaves it for one below it
JOBS=${COURIER_JOBS:-$(nproc)}
# How long each result took to make, for the bench: beside the results, which know nothing of it.
TIMES=$CACHE/times
USED=() # the results that this build is made of

# scratch NAME: prints a new empty directory, gone when the build ends, however it ends.
scratch() {
    mkdir -p "$CACHE/tmp"
    mktemp -d "$CACHE/tmp/$$.$1.XXXXXX"
}
leave() {
    if [ -n "${TICKER:-}" ]; then kill "$TICKER" 2>/dev/null || true; fi
    # Whoever is ended early may leave a mount: what is in it is not ours.
    rm -rf --one-file-system "$CACHE/tmp/$$".* "$FIRST_CACHE/tmp/$$".*
    if declare -F remove_policy >/dev/null; then remove_policy; fi
}
trap leave EXIT

say()  { printf '%s\n' "$*"; }
warn() { printf '!!! %s\n' "$*" >&2; }

# die CAUSE NEXT-STEP: an error always says both.
die() {
    printf 'error: %s\n' "$1" >&2
    if [ $# -gt 1 ]; then printf '       %s\n' "${@:2}" >&2; fi
    exit 1
}

# tick SECONDS: waits without a child process, which would outlive the ticker and keep locks and pipes open.
# False when the build is gone: the ticker runs in the background, where Ctrl-C doesn't reach it.
tick() {
    read -rt "$1" _ <> <(:) || true
    kill -0 $$ 2>/dev/null
}

# step NAME COMMAND...: one line when it starts, the time ticking on a terminal, one line when it is done.
# The command runs in a shell of its own, so that its `set -e` holds; its output goes to the step's log.
step() {
    local name=$1 log began code=0
    shift
    mkdir -p "$LOGS"
    log=$LOGS/${name//[^A-Za-z0-9._-]/-}.log
    began=$SECONDS
    if [ -t 2 ]; then
        while tick 1; do printf '\r  %-34s %4d s ' "$name" "$((SECONDS - began))" >&2; done &
    else
        printf '  %-34s ...\n' "$name" >&2
        while tick 60; do printf '  %-34s %4d s  still at it\n' "$name" "$((SECONDS - began))" >&2; done &
    fi
    TICKER=$!
    set +e
    (set -e; "$@") >"$log" 2>&1 </dev/null
    code=$?
    set -e
    kill "$TICKER" 2>/dev/null || true
    wait "$TICKER" 2>/dev/null || true
    TICKER=
    if [ -t 2 ]; then printf '\r' >&2; fi
    if [ "$code" -ne 0 ]; then
        printf '  %-34s FAILED after %d s; the end of its log:\n' "$name" "$((SECONDS - began))" >&2
        tail -n 25 "$log" | sed 's/^/    | /' >&2
        die "the step '$name' failed (exit code $code)" "the whole log is $log"
    fi
    printf '  %-34s %4d s  done\n' "$name" "$((SECONDS - began))" >&2
}

# costed RESULT-NAME COMMAND...: runs it and adds to its file in $TIMES a line of BEGAN ENDED JOBS, and what the shell says of
# its own and its children's CPU time.
costed() {
    local began=$EPOCHREALTIME result=$1
    shift
    "$@"
    { echo "$began $EPOCHREALTIME $JOBS"; times; } >>"$TIMES/$result"
}

# hash_of FILE...: one hash over the contents of files, in the order given.
hash_of() { cat -- "$@" | sha256sum | cut -d' ' -f1; }

# hash_tree DIR...: one hash over the names, executable bits and contents of every file below.
hash_tree() {
    (cd "$TOP" && find "$@" \( -type f -o -type l \) -printf '%m %p\n' | sort -k2 | while read -r mode path; do
        printf '%s %s %s\n' "$((0$mode & 0100))" "$path" "$(sha256sum <"$path")"
    done) | sha256sum | cut -d' ' -f1
}

# cached NAME KEY COMMAND...: run COMMAND with an empty directory as its last argument, unless its result for
# this key is in the cache already. Leaves the directory in $RESULT. KEY is any text that names all inputs (other
# results by their path; where the cache lies doesn't count); the text of COMMAND, a function, is one without being named.
# A lock per result and one rename make concurrent builds safe: a result is there whole or not at all.
cached() {
    local name=$1 key fresh lock
    key=$({ printf '%s' "${2//"$CACHE/out/"/out/}"; declare -f "$3" || true; } | sha256sum | cut -c1-24)
    shift 2
    RESULT=$CACHE/out/$name-$key
    USED+=("$name-$key")
    if [ -d "$RESULT" ]; then
        touch -c "$RESULT" "$TIMES/$name-$key"
        return 0
    fi
    mkdir -p "$CACHE/out" "$CACHE/locks" "$TIMES"
    exec {lock}>"$CACHE/locks/$name-$key"
    flock "$lock"
    if [ ! -d "$RESULT" ]; then
        fresh=$(scratch "$name")
        chmod 755 "$fresh"
        step "$name" costed "$name-$key" "$@" "$fresh"
        mv -T "$fresh" "$RESULT"
    fi
    exec {lock}>&-
}

# forget_old_results: a result that no build has used for a month goes.
forget_old_results() {
    mkdir -p "$CACHE/out" "$TIMES"
    find "$CACHE/out" "$TIMES" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
}
