# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# The lock: which exact files the build is made from, and how they get into the store. Sourced after mirror.sh.
#
# A line of the lock:  KIND NAME VERSION SHA256 SIZE ARCHIVE PATH
#   KIND     builder (installed in the builder root), source (unpacked), package (a .deb, unpacked)
#            and, in locks of their own, analysis and peer
#   ARCHIVE  debian or security; PATH is below that archive's base
# and one line `date SECONDS`, the time that everything built is stamped with.
#
# analysis.lock, of the same form, has what the analysis root holds beside the builder's packages. It is a file of its own:
# nothing of it gets into an image, so its moving on doesn't concern one. So is peer.lock, the Debian that the bench boots.

COMMITTED_LOCK=$TOP/image/packages.lock
ANALYSIS_LOCK=$TOP/image/analysis.lock
PEER_LOCK=$TOP/image/peer.lock
WANT=$TOP/image/packages.want

lock_rows() { grep -E '^(builder|analysis|peer|source|package) ' "$1"; }

# wanted KIND: the names (and flags) after KIND in packages.want.
wanted() { sed -n "s/^$1 //p" "$WANT"; }

# package_table: `PATH NAME VERSION SHA256 SIZE ARCHIVE` of every binary package in the indexes.
package_table() {
    index_of Packages | awk '
        /^Archive: /{a=$2} /^Package: /{p=$2} /^Version: /{v=$2} /^Filename: /{f=$2} /^Size: /{s=$2} /^SHA256: /{h=$2}
        /^$/{if (f != "") print f, p, v, h, s, a; f=""}'
}

# source_table: `NAME VERSION SHA256 SIZE ARCHIVE PATH` of every file of the source packages we want.
source_table() {
    index_of Sources | awk -v names="$(wanted source | cut -d' ' -f1 | tr '\n' ' ')" '
        BEGIN{n=split(names, w); for (i=1; i<=n; i++) want[w[i]]=1}
        /^Archive: /{a=$2}
        /^Package: /{p=$2; c=0} /^Version: /{v=$2} /^Directory: /{d=$2}
        /^Checksums-Sha256:/{on=1; next} /^[^ ]/{on=0}
        on{h[++c]=$1; s[c]=$2; f[c]=$3}
        /^$/{if (p in want) for (i=1; i<=c; i++) print p, v, h[i], s[i], a, d "/" f[i]; p=""; c=0}'
}

# resolve_root KIND TABLE NAME...: rows of a root's packages, with all that they need. A mirror can list a version that it
# doesn't serve; then that version is forbidden and apt resolves again with the one before it.
resolve_root() {
    local kind=$1 table=$2 rows try
    shift 2
    rows=$(scratch rows)/rows
    # shellcheck disable=SC2154 # mirror.sh sets both
    for try in 1 2 3 4 5 6 7 8; do
        apt-get --print-uris -y install "$@" | sed -n "s/^'\([^']*\)'.*/\1/p" |
            sed -e "s#^$MIRROR_security/##" -e "s#^$MIRROR_debian/##" -e 's/%2b/+/g' -e 's/%7e/~/g' |
            awk -v kind="$kind" 'NR==FNR{row[$1]=$2" "$3" "$4" "$5" "$6" "$1; next}
                 !($1 in row){print "not in the index: " $1 >"/dev/stderr"; exit 1} {print kind, row[$1]}' \
                "$table" - | sort >"$rows"
        cut -d' ' -f4,6,7 "$rows" | download >&2
        if ! forbid_unserved "$rows"; then cat "$rows"; return 0; fi
    done
    die "the mirror lists packages that it doesn't serve, even after $try tries" "name another: COURIER_MIRROR=..."
}

# resolve_debian KIND TABLE: rows of a root of its own, with what every Debian has.
resolve_debian() {
    local essential
    essential=$(apt-cache dumpavail | awk '/^Package: /{p=$2} /^Essential: yes/{print p}' | sort -u)
    # shellcheck disable=SC2046,SC2086  # lists of names
    resolve_root "$1" "$2" $essential $(wanted "$1")
}

# forbid_unserved ROWS: pins away each version that is still not in the store; true if there was one.
forbid_unserved() {
    local name version sha found=1
    while read -r _ name version sha _; do
        if [ -e "$CACHE/store/$sha" ]; then continue; fi
        printf 'Package: %s\nPin: version %s\nPin-Priority: -1\n\n' "$name" "$version" >>"$CACHE/apt/preferences"
        echo "the mirror lists $name $version but doesn't serve it; the version before it is taken" >&2
        found=0
    done <"$1"
    return $found
}

# newest_served KIND TABLE NAME PATTERN: the rows of the newest version whose files (paths that match PATTERN) the
# mirror really serves. TABLE has lines `NAME VERSION SHA256 SIZE ARCHIVE PATH`.
newest_served() {
    local kind=$1 table=$2 name=$3 pattern=$4 version rows sha missing
    # shellcheck disable=SC2013 # a version is one word
    for version in $(awk -v n="$name" '$1==n{print $2}' "$table" | sort -ruV); do
        rows=$(awk -v n="$name" -v v="$version" -v re="$pattern" '$1==n && $2==v && $6 ~ re' "$table" | sort -u -k3,3)
        if [ -z "$rows" ]; then continue; fi
        cut -d' ' -f3,5,6 <<<"$rows" | download >&2
        missing=
        while read -r _ _ sha _; do [ -e "$CACHE/store/$sha" ] || missing=1; done <<<"$rows"
        if [ -z "$missing" ]; then awk -v kind="$kind" '{print kind, $0}' <<<"$rows"; return 0; fi
        echo "the mirror lists $name $version but doesn't serve all of it; the version before it is tried" >&2
    done
    die "the mirror serves no complete version of $name" "name another: COURIER_MIRROR=..."
}

# resolve_lock FILE: writes a lock of what the mirror has now.
resolve_lock() {
    local out=$1 tables name flag pattern
    private_apt
    tables=$(scratch "tables")
    package_table >"$tables/packages"
    source_table >"$tables/sources"
    awk '{print $2, $3, $4, $5, $6, $1}' "$tables/packages" >"$tables/by-name"
    {
        echo "# SPDX-License-Identifier: GPL-3.0-or-later"
        echo "# Written by ./build.sh lock from packages.want and the signed package indexes; see lock.sh for the format."
        echo "date $(date -ud "$(date -u +%F)" +%s)"
        resolve_debian builder "$tables/packages"
        wanted source | while read -r name flag; do
            pattern='[.]orig[.]tar[.][a-z0-9]+$'
            if [ "$flag" = patched ]; then pattern='[.](orig|debian)[.]tar[.][a-z0-9]+$'; fi
            newest_served source "$tables/sources" "$name" "$pattern"
        done
        wanted package | while read -r name; do
            newest_served package "$tables/by-name" "$name" '[.]deb$'
        done
    } >"$out.new"
    mv "$out.new" "$out"
}

# resolve_analysis FILE: writes a lock of what the analysis root has beside the builder's packages.
resolve_analysis() {
    local out=$1 tables
    private_apt
    tables=$(scratch "tables")
    package_table >"$tables/packages"
    lock_rows "$LOCK" | grep '^builder ' >"$tables/builder"
    # shellcheck disable=SC2046  # lists of names
    resolve_root analysis "$tables/packages" $(awk '{print $2 "=" $3}' "$tables/builder") $(wanted analysis) >"$tables/analysis"
    {
        echo "# SPDX-License-Identifier: GPL-3.0-or-later"
        echo "# Written by ./build.sh lock, as packages.lock."
        awk 'NR==FNR{builder[$4]; next} !($4 in builder)' "$tables/builder" "$tables/analysis"
    } >"$out.new"
    mv "$out.new" "$out"
}

# resolve_peer FILE: writes a lock of the Debian that the bench boots.
resolve_peer() {
    local out=$1 tables
    private_apt
    tables=$(scratch "tables")
    package_table >"$tables/packages"
    {
        echo "# SPDX-License-Identifier: GPL-3.0-or-later"
        echo "# Written by ./build.sh lock, as packages.lock."
        resolve_debian peer "$tables/packages"
    } >"$out.new"
    mv "$out.new" "$out"
}

# missing_files LOCK: `SHA256 ARCHIVE PATH` of what the store lacks.
missing_files() {
    local sha archive path
    lock_rows "$1" | while read -r _ _ _ sha _ archive path; do
        if [ ! -e "$CACHE/store/$sha" ]; then echo "$sha $archive $path"; fi
    done
}

# differences OLD NEW: one line for each package whose version or contents differ.
differences() {
    awk 'function key() {k=$7; sub(/.*\//, "", k); sub(/_.*/, "", k); return $1" "$2" "($1=="source" && $7 ~ /debian[.]tar/)}
         !/^(builder|analysis|peer|source|package) /{next}
         FNR==NR{v[key()]=$3; h[key()]=$4; next}
         {i=key(); seen[i]=1
          if (!(i in v)) print $1, $2": new, " $3
          else if (h[i] != $4) print $1, $2": the lock says " v[i] ", used is " $3 (v[i]==$3 ? " with other contents" : "")}
         END{for (i in v) if (!(i in seen)) {split(i, p, " "); print p[1], p[2]": the lock says " v[i] ", no longer needed"}}' \
        "$1" "$2"
}

# changelog SHA256 PATH: Debian's changelog of a package in the store, binary or source; nothing if it carries none.
changelog() {
    local file=$CACHE/store/$1
    case $2 in
    *.deb) dpkg-deb --fsys-tarfile "$file" | tar xO --wildcards './usr/share/doc/*/changelog.Debian.gz' 2>/dev/null | gzip -dc ;;
    *.debian.tar.*) tar xOf "$file" debian/changelog ;;
    esac
}

# excerpts OLD NEW: for each package that moved, what its changelog says since the version before, a dozen lines at most.
excerpts() {
    local kind name version sha path before
    lock_rows "$2" | while read -r kind name version sha _ _ path; do
        before=$(awk -v k="$kind" -v n="$name" '$1==k && $2==n {print $3; exit}' "$1")
        case $path in *.orig.tar.*) if lock_rows "$2" | grep -q "^source $name .*[.]debian[.]tar"; then continue; fi ;; esac
        if [ -z "$before" ] || [ "$before" = "$version" ]; then continue; fi
        say "--- $kind $name $before -> $version"
        { changelog "$sha" "$path" || true; } | awk -v before="$before" \
            '/^[a-z0-9]/ && index($0, "(" before ")") {exit} /^ +[*[-] ?[^- ]/ && n++ < 12 {print "   " $0} END{if (n > 12) print "      and " n - 12 " lines more"}'
    done
}

complete() { [ -s "$1" ] && [ -z "$(missing_files "$1")" ]; }

fetch_missing() { missing_files "$1" | download; }

# fetch_locked FILE: asks the mirror for what a lock names; returns with or without all of it.
fetch_locked() {
    say "  fetching $(missing_files "$1" | wc -l) files that ${1##*/} names"
    step fetch fetch_missing "$1"
    if complete "$1"; then return 0; fi # COURIER_SNAPSHOT had what the mirror didn't, perhaps offline
    if grep -q 'Hash Sum mismatch' "$LOGS/fetch.log"; then
        die "hash mismatch: the mirror serves another file than ${1##*/} names" \
            "$(grep -m1 'mismatch' "$LOGS/fetch.log")" "see $LOGS/fetch.log; name another mirror with COURIER_MIRROR"
    fi
    if grep -qE 'Could not (connect|resolve)|Unable to connect|Connection (failed|timed out)|Temporary failure' "$LOGS/fetch.log"; then
        die "the mirror can't be reached" "$(grep -m1 -A1 '^Err:' "$LOGS/fetch.log" | tail -n 1)" \
            "check the network, or name another mirror: COURIER_MIRROR=http://HOST/debian ./build.sh ..."
    fi
}

# resolve_moved FILE: the lock that stands in for the committed one. Its date stays: it is a stamp, no fact of the mirror.
resolve_moved() {
    resolve_lock "$1.try"
    sed -i "s/^date .*/$(grep '^date ' "$COMMITTED_LOCK")/" "$1.try"
    mv "$1.try" "$1"
}

# fetch_lock FILE RESOLVE: fills the store with what FILE names and sets FETCHED to the lock in use: FILE, unless the mirror
# has moved on; then what RESOLVE made of the mirror as it is.
fetch_lock() {
    local committed=$1 resolve=$2 moved line
    FETCHED=$committed
    moved=$CACHE/moved/$(hash_of "$committed" "$WANT").lock
    if complete "$committed"; then return 0; fi
    if [ "${COURIER_STRICT:-0}" = 1 ] || ! complete "$moved"; then fetch_locked "$committed"; fi
    if complete "$committed"; then return 0; fi
    if [ "${COURIER_STRICT:-0}" = 1 ]; then
        die "the mirror doesn't serve what ${committed##*/} names, and COURIER_STRICT=1 forbids other versions:" \
            "$(missing_files "$committed" | cut -d' ' -f3 | paste -sd' ')" \
            "name a mirror or a folder that has them, such as a snapshot archive: COURIER_SNAPSHOT=... (image/README.md)"
    fi
    mkdir -p "$CACHE/moved"
    if ! complete "$moved"; then step resolve-current-versions "$resolve" "$moved"; fi
    FETCHED=$moved
    warn "THE MIRROR HAS MOVED ON from ${committed##*/}. This build uses its current versions:"
    differences "$committed" "$FETCHED" | while read -r line; do warn "  $line"; done
}

# fetch: fills the store and sets LOCK to the lock in use.
fetch() {
    fetch_lock "$COMMITTED_LOCK" resolve_moved
    LOCK=$FETCHED
    if [ "$LOCK" != "$COMMITTED_LOCK" ]; then
        warn "The image will differ from the one the lock describes; manifest.json records what was used."
    fi
    SOURCE_DATE_EPOCH=$(sed -n 's/^date //p' "$LOCK")
    export SOURCE_DATE_EPOCH
}

# from_store SHA256 FILE: checked once more, then linked (or copied) to FILE.
from_store() {
    if [ "$(sha256sum <"$CACHE/store/$1")" != "$1  -" ]; then
        die "hash mismatch: $CACHE/store/$1 is not what its name says" "delete that file and build again"
    fi
    ln -f "$CACHE/store/$1" "$2" 2>/dev/null || cp "$CACHE/store/$1" "$2"
}

# rows_of NAME: the lock's lines for a source, in the lock in use.
rows_of() { lock_rows "$LOCK" | awk -v n="$1" '$1 != "builder" && $2 == n'; }
