# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# ./build.sh usb: an image, with its site file, on a stick. Sourced after lib.sh. What is read of the machine comes as
# arguments, so that the refusals can be tested without a machine that has such disks: tests/usb/run.

# stick_problem NAME SYS MOUNTS SWAPS BYTES: prints why the disk NAME (sda) must not be written with BYTES, or nothing.
# SYS is a sysfs, MOUNTS a mountinfo, SWAPS a /proc/swaps.
stick_problem() {
    local name=$1 sys=$2 mounts=$3 swaps=$4 bytes=$5 disk part numbers found size
    disk=$(readlink -f "$sys/class/block/$name" 2>/dev/null) || true
    if [ ! -d "$disk" ]; then echo "/dev/$name is no disk of this machine"; return; fi
    if [ -e "$disk/partition" ]; then
        echo "/dev/$name is a partition, not a whole disk: name the disk, /dev/$(basename "$(dirname "$disk")")"
        return
    fi
    case $name in sr* | fd*) echo "/dev/$name is not a stick but a drive for discs"; return ;; esac
    if [ "$(cat "$disk/removable")" != 1 ] && [[ $disk != */usb[0-9]* ]] &&
        [ "$(cat "$disk/device/type" 2>/dev/null)" != SD ]; then # a card in a slot calls itself fixed
        echo "/dev/$name is built into this machine: it is neither removable nor on USB"
        return
    fi
    size=$(($(cat "$disk/size") * 512)) # sysfs counts in 512 bytes whatever the disk does
    if [ "$size" -eq 0 ]; then echo "/dev/$name has no medium in it"; return; fi
    if [ "$(cat "$disk/ro")" != 0 ]; then echo "/dev/$name is write-protected"; return; fi
    if [ "$size" -lt "$bytes" ]; then
        echo "/dev/$name is too small: it has $size bytes, and the image needs $bytes"
        return
    fi
    for part in "$disk" "$disk/$name"*; do
        if [ ! -e "$part/dev" ]; then continue; fi
        numbers=$(cat "$part/dev") name=$(basename "$part")
        # By its numbers, or by its name, where a file system has numbers of its own (btrfs).
        found=$(awk -v numbers="$numbers" -v name="/dev/$name" \
            '{for (i = 7; i <= NF && $i != "-"; i++); if ($3 == numbers || $(i + 2) == name) {print $5; exit}}' "$mounts")
        if [ -n "$found" ]; then
            echo "/dev/$name is mounted at $found: unmount it first (umount $found)"
            return
        fi
        if awk -v name="/dev/$name" '$1 == name {found = 1} END {exit !found}' "$swaps"; then
            echo "/dev/$name is this machine's swap space"
            return
        fi
        found=$(find "$part/holders" -mindepth 1 -printf '%f\n' 2>/dev/null | head -n 1)
        if [ -n "$found" ]; then echo "/dev/$name is in use, by $found (encryption, LVM or RAID)"; return; fi
    done
}

# stick_describe NAME SYS: one line by which its owner knows it.
stick_describe() {
    local disk
    disk=$(readlink -f "$2/class/block/$1")
    printf '/dev/%s: %s %s, %d MB\n' "$1" "$(xargs <"$disk/device/vendor" 2>/dev/null || true)" \
        "$(xargs <"$disk/device/model" 2>/dev/null || true)" "$(($(cat "$disk/size") * 512 / 1000000))"
}

# stick_agreed NAME: asks; true if the disk's name was typed.
stick_agreed() {
    local typed
    printf 'Everything on it will be lost. To go on type its name, %s: ' "$1"
    read -r typed || true
    [ "$typed" = "$1" ]
}

# stick_write IMAGE DEVICE: writes, reads back past the kernel's cache, and compares.
stick_write() {
    local image=$1 device=$2 bytes written
    bytes=$(stat -c %s "$image")
    dd if="$image" of="$device" bs=1M oflag=direct conv=fsync,notrunc status=progress
    say "Reading it back"
    written=$(dd if="$device" bs=1M iflag=direct,count_bytes count="$bytes" status=none | sha256sum | cut -d' ' -f1)
    if [ "$written" != "$(hash_of "$image")" ]; then
        die "what is on $device now is not what was written" "the stick is faulty or lies about its size: use another"
    fi
    say "$device holds the image: SHA-256 of its first $bytes bytes: $written"
}

# write_usb IMAGE DEVICE [SITEFILE]
write_usb() {
    local image=$1 device=$2 site=${3:-} name problem work
    if [ ! -f "$image" ]; then die "there is no $image" "./build.sh image makes one"; fi
    if [ ! -b "$device" ]; then
        die "$device is no disk" "lsblk shows what there is: plug the stick in, and look again"
    fi
    name=$(basename "$(readlink -f "$device")")
    problem=$(stick_problem "$name" /sys /proc/self/mountinfo /proc/swaps "$(stat -c %s "$image")")
    if [ -n "$problem" ]; then die "$problem" "nothing was written"; fi
    if [ -n "$site" ]; then
        # A site file holds keys: the copy of the image with it lies in memory, never on this machine's disk.
        if [ "$(stat -f -c %T /dev/shm)" != tmpfs ]; then
            die "/dev/shm is not in memory" "mount -t tmpfs tmpfs /dev/shm"
        fi
        work=$(mktemp -d /dev/shm/courier-usb.XXXXXX)
        # shellcheck disable=SC2064  # this folder, now
        trap "rm -rf '$work'; leave" EXIT
        cp --sparse=always "$image" "$work/courier.img"
        image=$work/courier.img
        "$TOP/image/insert-site" "$image" "$site"
    fi
    stick_describe "$name" /sys
    if ! stick_agreed "$name"; then die "that is not its name" "nothing was written"; fi
    # It may have been mounted in the meantime.
    problem=$(stick_problem "$name" /sys /proc/self/mountinfo /proc/swaps "$(stat -c %s "$image")")
    if [ -n "$problem" ]; then die "$problem" "nothing was written"; fi
    stick_write "$image" "/dev/$name"
}
