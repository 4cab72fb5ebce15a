# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# Where packages come from: the first Debian archive in the host's own apt configuration, or COURIER_MIRROR.
# Everything goes through an apt directory of our own; the host's is only read. Sourced after lib.sh.

SUITE=trixie
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# host_archive SUFFIX: the first URI that the host's apt would fetch CODENAME+SUFFIX from. apt itself is asked,
# so both formats of its configuration are understood; nothing is downloaded.
host_archive() {
    local codename uri
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:?this host names no Debian release}")
    uri=$(apt-get --print-uris update 2>/dev/null |
        sed -n "s#^'\(.*\)/dists/$codename$1/\(In\)\{0,1\}Release.*#\1#p" | sed -n 1p)
    case $uri in
    mirror+file:*) sed -n 's/^\([a-z]*:[^[:space:]]*\).*/\1/p' "${uri#mirror+file:}" | sed -n 1p ;;
    *) printf '%s\n' "$uri" ;;
    esac
}

# find_mirror: sets MIRROR_debian and MIRROR_security.
find_mirror() {
    if [ -n "${MIRROR_debian:-}" ]; then return 0; fi
    MIRROR_debian=${COURIER_MIRROR:-$(host_archive '')}
    if [ -z "$MIRROR_debian" ]; then
        die "no Debian mirror is known: this host's apt configuration names none" \
            "give one: COURIER_MIRROR=http://HOST/debian ./build.sh ..."
    fi
    MIRROR_debian=${MIRROR_debian%/}
    MIRROR_security=${COURIER_SECURITY_MIRROR:-}
    if [ -z "$MIRROR_security" ] && [ -z "${COURIER_MIRROR:-}" ]; then MIRROR_security=$(host_archive -security); fi
    if [ -z "$MIRROR_security" ]; then MIRROR_security=${MIRROR_debian%/debian}/debian-security; fi
    MIRROR_security=${MIRROR_security%/}
}

# private_apt: points APT_CONFIG at an apt directory in the cache that knows only our suite, and updates it.
private_apt() {
    local dir=$CACHE/apt flag
    find_mirror
    if [ ! -s "$KEYRING" ]; then
        die "$KEYRING is missing: the package index can't be checked" "apt-get install debian-archive-keyring"
    fi
    mkdir -p "$dir"/state/lists/partial "$dir"/cache/archives/partial
    : >"$dir/state/status"
    : >"$dir/preferences"
    for flag in deb deb-src; do
        echo "$flag [signed-by=$KEYRING] $MIRROR_debian $SUITE main"
        echo "$flag [signed-by=$KEYRING] $MIRROR_debian $SUITE-updates main"
        echo "$flag [signed-by=$KEYRING] $MIRROR_security $SUITE-security main"
    done >"$dir/sources.list"
    cat >"$dir/apt.conf" <<-END
	Dir::State "$dir/state";
	Dir::State::status "$dir/state/status";
	Dir::Cache "$dir/cache";
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "$dir/preferences";
	Dir::Etc::preferencesparts "/dev/null";
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Install-Recommends "false";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "3";
	END
    export APT_CONFIG=$dir/apt.conf
    if ! apt-get -o APT::Update::Error-Mode=any update; then
        die "the package index of Debian $SUITE could not be fetched or its signature is wrong" \
            "check the network, or name another mirror: COURIER_MIRROR=http://HOST/debian"
    fi
}

# index_of KIND: the raw, signature-checked indexes (Packages or Sources), one after the other, each preceded by a
# line `Archive: debian` or `Archive: security` and an empty line.
index_of() {
    local file uri
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(FILENAME) $(REPO_URI)' "Created-By: $1" | while read -r file uri; do
        if [ "${uri%/}" = "$MIRROR_security" ]; then echo "Archive: security"; else echo "Archive: debian"; fi
        echo
        /usr/lib/apt/apt-helper cat-file "$file"
        echo
    done
}

# address BASE PATH: the URL of a file of the lock.
address() {
    local path=${2//+/%2b}
    printf '%s/%s\n' "${1%/}" "${path//\~/%7e}"
}

# download: reads lines `SHA256 ARCHIVE PATH`; fetches what the store lacks, checks it, moves it in. Mirrors keep current
# versions only, so COURIER_SNAPSHOT is asked for the rest. What can't be had is left out of the store; the caller looks.
download() {
    local list
    find_mirror
    mkdir -p "$CACHE/store"
    list=$(scratch "list")/list
    cat >"$list"
    get_from mirror_base <"$list"
    if [ -n "${COURIER_SNAPSHOT:-}" ]; then get_from snapshot_base <"$list"; fi
}

# mirror_base ARCHIVE, snapshot_base ARCHIVE: where an archive's files are. In COURIER_SNAPSHOT, ARCHIVE stands for
# "debian" or "debian-security"; a path is a folder on this machine, laid out as a mirror is.
mirror_base() {
    local name=MIRROR_$1
    printf '%s\n' "${!name}"
}
snapshot_base() {
    local base=$COURIER_SNAPSHOT archive=debian
    if [ "$1" = security ]; then archive=debian-security; fi
    if [ "${base#/}" != "$base" ]; then base=file:$base; fi
    printf '%s\n' "${base//ARCHIVE/$archive}"
}

# get_from BASE: one pass of download(), over the lines it reads.
get_from() {
    local base=$1 sha archive path part args=()
    part=$(scratch "download")
    while read -r sha archive path; do
        if [ -e "$CACHE/store/$sha" ]; then continue; fi
        args+=("$(address "$("$base" "$archive")" "$path")" "$part/$sha" "SHA256:$sha")
    done
    # One failure must not stop the other downloads: the store is what tells.
    if [ ${#args[@]} -gt 0 ]; then
        /usr/lib/apt/apt-helper -o APT::Sandbox::User=root -o Acquire::Retries=3 download-file "${args[@]}" ||
            echo "some of these downloads failed"
    fi
    for path in "$part"/*; do
        sha=${path##*/}
        case $sha in '*' | *.FAILED | partial) continue ;; esac
        if [ "$(sha256sum <"$path")" != "$sha  -" ]; then
            echo "$sha: Hash Sum mismatch"
            continue
        fi
        chmod 644 "$path"
        mv -T "$path" "$CACHE/store/$sha"
    done
}
