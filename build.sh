#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Silent Courier: everything starts here. `./build.sh help` lists what it can do; the work is in image/.

. "$(dirname "${BASH_SOURCE[0]}")/image/lib.sh"
. "$TOP/image/mirror.sh"
. "$TOP/image/lock.sh"
. "$TOP/image/builder.sh"
. "$TOP/image/sysroot.sh"

toolchain() { fetch; ensure_root; ensure_sysroot; }

verb_in-builder() {
    toolchain
    mkdir -p "$CACHE/scratch" "$BUILD"
    in_builder --rw "$TOP:/courier" --ro "$SYSROOT:/sysroot" --rw "$CACHE/scratch:/cache" --cd /courier "$@"
}

verb=${1:-help}
shift || true
"verb_$verb" "$@"
