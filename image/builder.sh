# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# The builder root: a Debian made from exactly the locked packages, and commands that run in it. Sourced after lock.sh.

# make_root OUT: mmdebstrap from a flat repository on this disk. The index is made from the packages themselves,
# each checked against the lock first; nothing comes from the network.
make_root() {
    local out=$1 repo name version sha size path
    repo=$(scratch "repo")
    lock_rows "$LOCK" | grep '^builder ' | while read -r _ name version sha size _ path; do
        from_store "$sha" "$repo/${path##*/}"
        dpkg-deb -f "$repo/${path##*/}"
        printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "${path##*/}" "$size" "$sha"
    done >"$repo/Packages"
    # shellcheck disable=SC2016  # mmdebstrap expands $1
    mmdebstrap --mode=root --variant=custom --include="$(lock_rows "$LOCK" | awk '$1=="builder"{print $2}' | paste -sd,)" \
        --aptopt='APT::Sandbox::User "root"' --aptopt='Apt::Install-Recommends "false"' \
        --customize-hook='mkdir -p "$1"/courier "$1"/sysroot "$1"/cache "$1"/source "$1"/work "$1"/out "$1"/courier-libs' \
        --customize-hook='rm -f "$1"/etc/resolv.conf "$1"/etc/hostname; printf "127.0.0.1 localhost\n" >"$1"/etc/hosts' \
        '' "$out/root" "deb [trusted=yes] copy:$repo ./"
}

# ensure_root: sets ROOT, the builder root's directory, and BUILDER, the text that stands for it in cache keys.
ensure_root() {
    BUILDER="$(lock_rows "$LOCK" | grep '^builder ' | sha256sum) $(declare -f make_root in_builder) $(hash_of "$TOP/image/enter")"
    cached builder-root "$BUILDER" make_root
    ROOT=$RESULT/root
}

# in_builder [--rw HOST:DIR | --ro HOST:DIR | --cd DIR | --env NAME=VALUE]... COMMAND...
# Runs COMMAND in the builder root with no network, only the directories that are named, and a clean environment.
in_builder() {
    unshare --mount --net --pid --fork --kill-child --propagation private \
        "$TOP/image/enter" "$ROOT" --env "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" --env "JOBS=$JOBS" "$@"
}

# For in_builder, before a COMMAND that is to end when a signal ends it. The first process of a namespace doesn't get the signals
# that it sends itself: a make that was interrupted would spin for good. So a shell is the first, and the command the second.
SECOND=(bash -c '"$@"; exit $?' bash)

# make_analysis_root OUT: a copy of the builder root with the analysis packages unpacked over it. Their maintainer scripts
# aren't run: none of what we call needs them.
make_analysis_root() {
    local out=$1 sha path
    cp -a "$ROOT" "$out/root"
    lock_rows "$ANALYSIS" | while read -r _ _ _ sha _ _ path; do
        from_store "$sha" "$out/${path##*/}"
        dpkg-deb --fsys-tarfile "$out/${path##*/}" | tar x -C "$out/root" --keep-directory-symlink
        rm "$out/${path##*/}"
    done
    chroot "$out/root" ldconfig
}

# ensure_analysis_root: sets ANALYSIS_ROOT. Only what reads our code runs there: `in_builder` with another ROOT.
ensure_analysis_root() {
    fetch_lock "$ANALYSIS_LOCK" resolve_analysis
    ANALYSIS=$FETCHED
    cached analysis-root "$ROOT $(lock_rows "$ANALYSIS")" make_analysis_root
    ANALYSIS_ROOT=$RESULT/root
}
