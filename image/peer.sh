# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# What the bench boots beside our image: a minimal Debian from exactly the packages of peer.lock, with the stock tor and
# nginx, as their packages leave them. Nothing of it gets into an image of ours. Sourced after builder.sh.

# unpack_peer OUT: the root, by Debian's own tool and scripts. Beside them: a card's address by DHCP, and a service
# that says on the serial line how much memory is free; it opens the line each time, because the login prompt hangs it up
# for whoever had it open.
unpack_peer() {
    local out=$1 repo name sha size path
    repo=$(scratch "repo")
    lock_rows "$PEER" | while read -r _ name _ sha size _ path; do
        from_store "$sha" "$repo/${path##*/}"
        dpkg-deb -f "$repo/${path##*/}"
        printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "${path##*/}" "$size" "$sha"
    done >"$repo/Packages"
    unshare --mount --propagation private \
        mmdebstrap --mode=root --variant=custom --include="$(lock_rows "$PEER" | awk '{print $2}' | paste -sd,)" \
        --aptopt='APT::Sandbox::User "root"' --aptopt='Apt::Install-Recommends "false"' \
        '' "$out" "deb [trusted=yes] copy:$repo ./"
    rm -f "$out/etc/resolv.conf"
    echo peer >"$out/etc/hostname"
    echo "/dev/vda2 / ext4 noatime 0 1" >"$out/etc/fstab"
    cat >"$out/etc/systemd/network/card.network" <<-END
	[Match]
	Name=en*
	[Network]
	DHCP=ipv4
	END
    cat >"$out/etc/systemd/system/says-memory.service" <<-END
	[Service]
	ExecStart=/bin/sh -c 'while sleep 5; do grep ^Mem /proc/meminfo >/dev/ttyS0; done'
	[Install]
	WantedBy=multi-user.target
	END
    chroot "$out" systemctl enable systemd-networkd says-memory
}

# peer_disk: runs in the builder root; /source is the peer's, /out gets peer.img: a FAT partition for the loader, as ours,
# and room for the root, which the host's mke2fs fills: the builder has none. Its kernel zeroes
# what is freed, as ours does: so that memory in use can be counted from outside.
peer_disk() {
    local boot_mib=64 root_mib
    cp /source/boot/vmlinuz-* /tmp/VMLINUZ
    cp /source/boot/initrd.img-* /tmp/INITRD
    printf 'DEFAULT peer\nLABEL peer\n LINUX /VMLINUZ\n INITRD /INITRD\n APPEND root=/dev/vda2 ro console=ttyS0 init_on_free=1\n' >/tmp/SYSLINUX.CFG
    truncate -s "${boot_mib}M" /tmp/boot
    mkfs.vfat -F 32 -s 1 /tmp/boot
    syslinux --install /tmp/boot
    mcopy -i /tmp/boot /tmp/VMLINUZ /tmp/INITRD /tmp/SYSLINUX.CFG ::/
    root_mib=$(($(du -sm /source | cut -f1) * 5 / 4 + 32))
    truncate -s "$((1 + boot_mib + root_mib + 1))M" /out/peer.img
    sfdisk -q /out/peer.img <<-END
	label: gpt
	start=1MiB, size=${boot_mib}MiB, type=U, attrs=LegacyBIOSBootable
	start=$((1 + boot_mib))MiB, size=${root_mib}MiB, type=L
	END
    dd if=/usr/lib/SYSLINUX/gptmbr.bin of=/out/peer.img bs=440 count=1 conv=notrunc
    dd if=/tmp/boot of=/out/peer.img bs=1M seek=1 conv=notrunc,sparse
    echo "$(((1 + boot_mib) << 20)) ${root_mib}M" >/out/root-area
}

# make_peer OUT
make_peer() {
    local root offset size
    root=$(scratch peer)/root
    unpack_peer "$root"
    stat -c '%u %g' "$root/var/lib/tor" >"$1/tor-owner"
    in_builder --ro "$root:/source" --rw "$1:/out" bash -euc "$(declare -f peer_disk); peer_disk"
    read -r offset size <"$1/root-area"
    mke2fs -q -t ext4 -d "$root" -E "offset=$offset" "$1/peer.img" "$size"
    in_builder --ro "$1:/source" zstd -19 -T0 -q -c /source/peer.img | wc -c >"$1/compressed-size"
}

# ensure_peer: build/tests/peer is a folder with peer.img, the place of its root on it, its compressed size, and the ids of its tor.
ensure_peer() {
    fetch_lock "$PEER_LOCK" resolve_peer
    PEER=$FETCHED
    cached peer "$BUILDER $(lock_rows "$PEER") $(declare -f unpack_peer peer_disk)" make_peer
    mkdir -p "$BUILD/tests"
    ln -sfnT "$RESULT" "$BUILD/tests/peer"
}
