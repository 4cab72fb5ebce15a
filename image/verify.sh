# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# Is that image this source? Sourced after manifest.sh.

# leave_cache: from here on nothing that was built before counts; only the locked files are taken over.
leave_cache() {
    local fresh
    fresh=$(scratch fresh-cache)
    mkdir -p "$CACHE/store"
    ln -s "$CACHE/store" "$fresh/store"
    CACHE=$fresh
}

# given FILE: where it lies; of one of build/ that the build is about to overwrite with its own, where a copy lies.
given() {
    local own
    for own in courier.img manifest.json; do
        if [ "$1" -ef "$BUILD/$own" ]; then
            own=$(scratch given)/$own
            cp --sparse=always "$1" "$own"
            set -- "$own"
            break
        fi
    done
    printf '%s\n' "$1"
}

# explain FOLDER: what diffoscope says of the deepest layer that differs.
explain() {
    say "What differs there (all of it: $1/diffoscope.txt):"
    diffoscope --text "$1/diffoscope.txt" --max-text-report-size 2000000 "$1/ours" "$1/other" || true
    head -n 40 "$1/diffoscope.txt" | sed 's/^/  | /'
}

# compare_image IMAGE [MANIFEST]: with what was just built; true if it is the same.
compare_image() {
    local image=$1 manifest=${2:-} folder=$BUILD/artefacts/verify same=0
    rm -rf "$folder"
    mkdir -p "$folder"
    if [ -n "$manifest" ]; then "$TOP/image/compare-manifests" "$BUILD/manifest.json" "$manifest" || same=1; fi
    "$TOP/image/compare" "$BUILD/courier.img" "$image" "$folder" || same=$?
    if [ -e "$folder/ours" ]; then explain "$folder"; fi
    return "$same"
}
