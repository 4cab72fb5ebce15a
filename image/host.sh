# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# What a build needs of the machine it runs on. Sourced after lib.sh.

need_root() {
    if [ "$(id -u)" -ne 0 ]; then
        die "this needs root, for namespaces, loop devices and sticks" "run it as root: sudo ./build.sh $*"
    fi
    if [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ]; then
        die "this builds on Debian, on amd64" "use a Debian 12 or 13 machine (a virtual one will do)"
    fi
}

# need_space: the cache is filled once, later builds add little.
need_space() {
    local need_mib=5500 free_mib
    mkdir -p "$CACHE" "$BUILD"
    if compgen -G "$CACHE/out/kernel-*/bzImage" >/dev/null; then need_mib=1000; fi
    free_mib=$(($(stat -f -c '%a * %S' "$CACHE") / 1048576))
    if [ "$free_mib" -lt "$need_mib" ]; then
        die "not enough space: this build needs $need_mib MiB in $CACHE, and $free_mib MiB are free" \
            "free some, or put the cache elsewhere: COURIER_CACHE=/other/disk ./build.sh ..."
    fi
}

# present PACKAGE[/program]: whether the host has it.
present() {
    case $1 in */program) if command -v "${1%/program}" >/dev/null; then return 0; fi ;; esac
    [ "$(dpkg-query -W -f '${db:Status-Status}' "${1%/program}" 2>/dev/null)" = installed ]
}

# need_packages GROUP...: installs what is missing, after saying so. The services that some of them bring stay off:
# the tests start their own.
need_packages() {
    local wanted missing=() package policy=/usr/sbin/policy-rc.d
    wanted=$(awk -v groups=" $* " '!/^#/ && index(groups, " " $1 " ") {print $2}' "$TOP/image/host-packages" | sort -u)
    for package in $wanted; do
        if ! present "$package"; then missing+=("${package%/program}"); fi
    done
    if [ ${#missing[@]} -eq 0 ]; then return 0; fi
    say "These Debian packages are missing on this host and will be installed with apt-get:"
    say "  ${missing[*]}"
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        POLICY=$policy
    fi
    step host-packages install_packages "${missing[@]}"
    remove_policy
}

# remove_policy: takes away the file that kept services from starting, if we put it there.
remove_policy() {
    if [ -n "${POLICY:-}" ]; then rm -f "$POLICY"; fi
    POLICY=
}

install_packages() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update || echo "the package lists could not be updated; trying with those that are here"
    apt-get install -y --no-install-recommends "$@"
}
