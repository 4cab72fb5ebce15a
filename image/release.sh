# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# What is published beside an image. Sourced after manifest.sh.

# write_release OUT: the image, its manifest, and what follows from that.
write_release() {
    local out=$1
    mkdir -p "$out"
    cp --sparse=always "$BUILD/courier.img" "$out/"
    cp "$BUILD/artefacts/courier.img.zst" "$BUILD/manifest.json" "$BUILD/courier" "$TOP/LICENSE" "$out/"
    "$TOP/image/describe" "$BUILD/manifest.json" "$TOP/image/licences" "$out"
}

# sign_release OUT KEY: a minisign signature beside each file that says what the image is. minisign asks for the key's
# password on the terminal. The image itself is signed by its hash in the manifest.
sign_release() {
    local out=$1 key=$2
    (cd "$out" && minisign -S -s "$key" -t "silent-courier, courier.img SHA-256 $(hash_of courier.img)" \
        -m manifest.json courier.spdx.json courier.cdx.json courier.intoto.json)
}
