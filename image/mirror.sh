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
    apt-get indextargets --format '$(FILENAME) $(REPO_URI)' "Created-By: $1" | while read -r file uri; do
        if [ "${uri%/}" = "$MIRROR_security" ]; then echo "Archive: security"; else echo "Archive: debian"; fi
        echo
        /usr/lib/apt/apt-helper cat-file "$file"
        echo
    done
}

# download: reads lines `SHA256 ARCHIVE PATH`; fetches what the store lacks, checks it, moves it in.
# What can't be had is left out of the store; the caller looks.
download() {
    local sha archive path mirror part args=()
    find_mirror
    mkdir -p "$CACHE/store"
    part=$(scratch "download")
    while read -r sha archive path; do
        if [ -e "$CACHE/store/$sha" ]; then continue; fi
        mirror=MIRROR_$archive
        path=${path//+/%2b}
        args+=("${!mirror}/${path//\~/%7e}" "$part/$sha" "SHA256:$sha")
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
