# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# The libraries, each built alone from its source by image/libs/NAME.sh, and the tree they make together.
# Sourced after builder.sh.

# build_lib NAME SOURCE SYSROOT OUT
build_lib() {
    local name=$1 source=$2 sysroot=$3 out=$4 work path sha
    work=$(scratch "$name")
    mkdir "$work/source" "$work/work"
    rows_of "$source" | while read -r _ _ _ sha _ _ path; do from_store "$sha" "$work/source/${path##*/}"; done
    in_builder --ro "$work/source:/source" --rw "$work/work:/work" --rw "$out:/out" --ro "$sysroot:/sysroot" \
        --ro "$TOP/image/libs:/courier-libs" /courier-libs/build "$name"
}

# merge_trees TREE... OUT: one tree of hard links to all of them.
merge_trees() {
    local out=${*: -1} tree
    for tree in "${@:1:$#-1}"; do cp -al "$tree/." "$out/"; done
}

# lib NAME SOURCE [DEPENDENCY...]: builds one library against musl and the named ones; its tree goes to TREE[NAME].
declare -A TREE
lib() {
    local name=$1 source=$2 key trees=() dependency
    shift 2
    for dependency in "$@"; do trees+=("${TREE[$dependency]}"); done
    key="$BUILDER $(rows_of "$source") $(hash_of "$TOP/image/libs/build" "$TOP/image/libs/$name.sh") ${trees[*]}"
    if [ ${#trees[@]} -eq 0 ]; then
        RESULT=$(scratch "empty")
    else
        cached dependencies "${trees[*]}" merge_trees "${trees[@]}"
    fi
    cached "lib-$name" "$key" build_lib "$name" "$source" "$RESULT"
    TREE[$name]=$RESULT/sysroot
}

# ensure_sysroot: sets SYSROOT.
ensure_sysroot() {
    lib musl musl
    lib zlib zlib musl
    lib libevent libevent musl
    lib lmdb lmdb musl
    lib llhttp nodejs musl
    lib qrcodegen qr-code-generator musl
    lib cmocka cmocka musl
    lib bearssl bearssl musl
    lib openssl openssl musl
    lib tor tor musl zlib libevent openssl
    cached sysroot "${TREE[*]}" merge_trees "${TREE[@]}"
    SYSROOT=$RESULT
}
