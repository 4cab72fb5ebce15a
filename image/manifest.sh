# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# build/manifest.json: what went in, what came out, and whether the lock was met. Sourced after image.sh.

json_list() { paste -sd, | sed 's/,{/,\n    {/g'; }

# file_entry NAME FILE: one output with its hash and size.
file_entry() { printf '    "%s": {"sha256": "%s", "size": %d}' "$1" "$(hash_of "$2")" "$(stat -c %s "$2")"; }

# assert_shipped_kernel: what lies on the disk is the kernel with our patches, byte for byte, on both boot paths.
# The variant without them exists in the same cache; it must never get here.
assert_shipped_kernel() {
    # shellcheck disable=SC2016 # the variables are the inner shell's
    in_builder --ro "$KERNEL:/source" --ro "$IMAGE:/out" bash -euc '
        mtype -i /out/courier.img@@1M ::/VMLINUZ | cmp - /source/bzImage
        mtype -i /out/courier.img@@1M ::/EFI/BOOT/BOOTX64.EFI | cmp - /out/courier.efi
        objcopy -O binary --only-section=.linux /out/courier.efi /tmp/linux
        cmp -n "$(stat -c %s /source/bzImage)" /tmp/linux /source/bzImage
        if mdir -b -i /out/courier.img@@1M ::/loader >/dev/null 2>&1; then echo "the image has a loader folder"; exit 1; fi'
    if [ -n "$(find "$CACHE/out" -path '*/kernel-doors-open-*/bzImage' -exec cmp -s {} "$KERNEL/bzImage" \; -print)" ]; then
        echo "the shipped kernel is the one without our patches"
        return 1
    fi
}

write_manifest() {
    local met=true folder
    assert_shipped_kernel
    if [ "$LOCK" != "$COMMITTED_LOCK" ]; then met=false; fi
    {
        printf '{\n  "name": "silent-courier",\n  "source_date": "%s",\n' "$(date -ud "@$SOURCE_DATE_EPOCH" +%FT%TZ)"
        printf '  "lock": {"sha256": "%s", "met_exactly": %s, "used_sha256": "%s"},\n' \
            "$(hash_of "$COMMITTED_LOCK")" "$met" "$(hash_of "$LOCK")"
        printf '  "differences_from_lock": [%s],\n' \
            "$(differences "$COMMITTED_LOCK" "$LOCK" | sort | sed 's/.*/"&"/' | paste -sd,)"
        printf '  "versions": {%s},\n' \
            "$(lock_rows "$LOCK" | awk '$1 != "builder" {print "\"" $2 "\": \"" $3 "\""}' | sort -u | paste -sd, | sed 's/,/, /g')"
        printf '  "recipes": {\n'
        for folder in image initramfs appliance seccomp; do printf '    "%s": "%s",\n' "$folder" "$(hash_tree "$folder")"; done
        printf '    "build.sh": "%s"\n  },\n' "$(hash_of "$TOP/build.sh")"
        printf '  "kernel_patches": "applied",\n'
        # Where a stick may differ from courier.img, which has an empty area in each: [offset, size].
        printf '  "site_areas": [%s],\n' "$(sed 's/\(.*\) \(.*\)/[\1, \2]/' "$IMAGE/site-areas" | paste -sd,)"
        # What a TPM's registers hold after a start by UEFI.
        printf '  "pcr": {%s},\n  "outputs": {\n' "$("$TOP/image/pcr" "$IMAGE/courier.efi" | sed 's/\(.*\) \(.*\)/"\1": "\2"/' | paste -sd,)"
        file_entry courier "$BINARY"; printf ',\n'
        file_entry kernel "$KERNEL/bzImage"; printf ',\n'
        file_entry kernel.config "$KERNEL/config"; printf ',\n'
        file_entry initramfs "$IMAGE/initramfs.zst"; printf ',\n'
        file_entry courier.efi "$IMAGE/courier.efi"; printf ',\n'
        file_entry courier.img "$IMAGE/courier.img"; printf ',\n'
        file_entry courier.img.zst "$IMAGE/courier.img.zst"
        printf '\n  },\n  "inputs": [\n    %s\n  ]\n}\n' "$(lock_rows "$LOCK" | awk \
            '{printf "{\"kind\": \"%s\", \"name\": \"%s\", \"version\": \"%s\", \"sha256\": \"%s\", \"size\": %d}\n", $1, $2, $3, $4, $5}' |
            json_list)"
    } >"$BUILD/manifest.json.$$" # others may be at it, too: tests build side by side
    mv "$BUILD/manifest.json.$$" "$BUILD/manifest.json"
}
