# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# The kernel: source, our patches, our configuration. Sourced after builder.sh.

# unpack_kernel OUT: the source, patched, and in open/ each patched file as it was before. Left out: headers of
# graphics cards, a third of the tree.
unpack_kernel() {
    local work sha
    work=$(scratch linux)
    read -r _ _ _ sha _ < <(rows_of linux-source-6.12)
    from_store "$sha" "$work/linux.deb"
    # shellcheck disable=SC2016  # expanded inside
    in_builder --ro "$work:/source" --ro "$TOP/image:/courier-libs" --rw "$1:/out" bash -euo pipefail -c '
        dpkg-deb --fsys-tarfile /source/linux.deb | tar x -C /tmp
        mkdir /out/linux
        tar xf /tmp/usr/src/linux-source-*.tar.xz -C /out/linux --strip-components=1 --no-same-owner \
            --exclude="linux-*/drivers/gpu/drm/*/include"
        mkdir /out/open
        sed -n "s,^+++ b/,,p" /courier-libs/patches/*.patch >/out/patched
        tar c -C /out/linux --files-from=/out/patched | tar x -C /out/open --no-same-owner
        for patch in /courier-libs/patches/*.patch; do
            patch -d /out/linux -p1 --batch --no-backup-if-mismatch <"$patch"
        done'
}

# compile_kernel SOURCE OUT
compile_kernel() {
    mkdir "$2/objects"
    in_builder --ro "$1/linux:/source" --ro "$TOP/image:/courier-libs" --rw "$2/objects:/work" --rw "$2:/out" \
        /courier-libs/kernel-build
}

# compile_doors_open SOURCE BUILT OUT: the same kernel with the patched files as Debian ships them. Only those are compiled
# anew.
compile_doors_open() {
    local source=$1 built=$2 out=$3 work file binds=()
    work=$(scratch open)
    cp -r "$source/open/." "$work" # copies, because make goes by the time of a file
    while read -r file; do binds+=(--ro "$work/$file:/source/$file"); done <"$source/patched"
    cp -a "$built/objects" "$out/objects"
    in_builder --ro "$source/linux:/source" "${binds[@]}" \
        --ro "$TOP/image:/courier-libs" --rw "$out/objects:/work" --rw "$out:/out" /courier-libs/kernel-build
    rm -rf "$out/objects"
}

# ensure_kernel: sets KERNEL, a directory with bzImage, config and gen_init_cpio.
ensure_kernel() {
    KERNEL_KEY="$BUILDER $(rows_of linux-source-6.12) $SOURCE_DATE_EPOCH $(hash_of "$TOP"/image/patches/*.patch)"
    cached kernel-source "$KERNEL_KEY" unpack_kernel
    KERNEL_SOURCE=$RESULT
    KERNEL_KEY="$KERNEL_SOURCE $(hash_of "$TOP/image/kernel.config" "$TOP/image/cmdline" "$TOP/image/kernel-build" "$TOP/image/kernel-check")"
    cached kernel "$KERNEL_KEY" compile_kernel "$KERNEL_SOURCE"
    KERNEL=$RESULT
}

# ensure_doors_open: sets KERNEL_OPEN, the kernel without our patches. It exists for one test, which proves that the
# test of unchanged disks can fail. It never goes into the shipped image: the manifest step asserts that.
ensure_doors_open() {
    ensure_kernel
    cached kernel-doors-open "$KERNEL_KEY" compile_doors_open "$KERNEL_SOURCE" "$KERNEL"
    KERNEL_OPEN=$RESULT
}
