# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# The binary, the tests' programs, the initramfs and the disk. Sourced after kernel.sh.

# compile_binary OUT: a build from nothing, of copies of the only folders it may read. Work in progress uses
# `./build.sh in-builder make` and its leftovers never get here.
compile_binary() {
    local out=$1 work
    work=$(scratch binary)
    cp -r "$TOP/appliance" "$TOP/seccomp" "$work/"
    cp "$TOP/image/binary-check" "$work/"
    in_builder --rw "$work:/courier" --ro "$SYSROOT:/sysroot" --cd /courier \
        "${SECOND[@]}" make -j"$JOBS" -C appliance OUT=/courier/build SYSROOT=/sysroot
    in_builder --ro "$work:/courier" /courier/binary-check /courier/build/courier
    cp "$work/build/courier" "$out/courier"
}

# ensure_binary: sets BINARY, the file.
ensure_binary() {
    cached binary "$SYSROOT $SOURCE_DATE_EPOCH $(hash_tree appliance seccomp image/binary-check)" compile_binary
    BINARY=$RESULT/courier
}

# compile_tests OUT: the programs of the tests and the fuzzers, and the policies' compiler, which has a test.
compile_tests() {
    local out=$1 work
    work=$(scratch tests)
    cp -r "$TOP/appliance" "$TOP/seccomp" "$work/"
    test_sources | tar c -C "$TOP" --files-from=- | tar x -C "$work"
    in_builder --rw "$work:/courier" --ro "$SYSROOT:/sysroot" --cd /courier \
        "${SECOND[@]}" make -j"$JOBS" -C appliance OUT=/courier/build SYSROOT=/sysroot tests fuzz
    mv "$work/build/tests" "$work/build/fuzz" "$work/build/tools" "$out/"
}

test_sources() { (cd "$TOP" && find tests/unit tests/fuzz tests/bench tests/attack tests/constant-time tests/differential -name '*.[ch]' | sort); }

# ensure_test_programs: build/tests, build/fuzz and build/tools.
ensure_test_programs() {
    local sources
    mapfile -t sources < <(test_sources)
    cached test-programs "$SYSROOT $SOURCE_DATE_EPOCH $(hash_tree appliance seccomp "${sources[@]}")" compile_tests
    rm -rf "$BUILD/tests" "$BUILD/fuzz" "$BUILD/tools"
    cp -r "$RESULT/tests" "$RESULT/fuzz" "$RESULT/tools" "$BUILD/"
}

# pack_image INIT OUT: initramfs, courier.efi, courier.img and the compressed image.
pack_image() {
    local init=$1 out=$2 work
    work=$(scratch pack)
    cp "$init" "$work/init"
    in_builder --ro "$KERNEL:/source" --ro "$TOP:/courier" --rw "$work:/work" --rw "$out:/out" bash -euc '
        /courier/initramfs/pack /source/gen_init_cpio /work/init /out/initramfs.zst
        /courier/image/assemble /source/bzImage /out/initramfs.zst /out
        zstd -19 -T1 -q --long=24 /out/courier.img -o /out/courier.img.zst'
}

# ensure_image INIT: sets IMAGE, a directory with courier.img and its parts, for the binary INIT.
ensure_image() {
    cached image "$KERNEL $SOURCE_DATE_EPOCH $(hash_of "$1") $(hash_tree initramfs image/assemble image/disk image/syslinux.cfg image/site-cpio image/site-areas)" \
        pack_image "$1"
    IMAGE=$RESULT
}
