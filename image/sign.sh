# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# An image that a machine with Secure Boot takes: the same unified kernel image with a signature behind it, on a disk
# without the files for BIOS. Sourced after image.sh.

# check_signer KEY CERT: both are there and belong together.
check_signer() {
    local file
    for file in "$@"; do
        if [ ! -r "$file" ]; then
            die "$file can't be read" "name the key and its certificate: ./build.sh image --sign KEY CERT"
        fi
    done
    if ! cmp -s <(openssl pkey -in "$1" -pubout) <(openssl x509 -in "$2" -noout -pubkey); then
        die "$2 is not the certificate of $1" "both are PEM files; see image/README.md on how to make them"
    fi
}

# sign_image KEY CERT FOLDER: makes FOLDER/courier-signed.efi and .img. sbsign writes the time into the signature: it is
# given the source's, so that the same key and image give the same bytes. Nothing of this is kept in the cache.
sign_image() {
    local key=$1 cert=$2 folder=$3 work
    work=$(scratch sign)
    faketime -f "$(date -ud "@$SOURCE_DATE_EPOCH" '+%F %T')" \
        sbsign --key "$key" --cert "$cert" --output "$work/courier.efi" "$IMAGE/courier.efi"
    sbverify --cert "$cert" "$work/courier.efi"
    in_builder --ro "$TOP/image:/courier" --rw "$work:/work" /courier/disk /work/courier.efi /work
    publish "$work/courier.efi" "$folder/courier-signed.efi"
    publish "$work/courier.img" "$folder/courier-signed.img"
}
