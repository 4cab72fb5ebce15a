# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash  # sourced by build.sh
# What the tests take from the npm registry: tests/npm/package-lock.json names version and hash of each package.
# Nothing of it gets into the image. The registry is the one that the host's npm is configured for: the lock has no
# addresses (npm's omit-lockfile-registry-resolved), and npm refuses a package whose hash is another. Sourced after lib.sh.

install_npm() {
    local out=$1 try
    cp "$TOP/tests/npm/package.json" "$TOP/tests/npm/package-lock.json" "$out"
    try=$(scratch npm-cache)
    (cd "$out" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --omit-lockfile-registry-resolved \
        --cache "$try" --loglevel warn)
    test -d "$out/node_modules"
}

# ensure_npm: the packages, by way of build/npm.
ensure_npm() {
    cached npm "$(hash_of "$TOP"/tests/npm/package{,-lock}.json)" install_npm
    ln -sfnT "$RESULT" "$BUILD/npm"
}
