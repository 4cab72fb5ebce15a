# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced by build.sh: what one part sets another reads
# Published test vectors that OpenSSL's source carries, for tests/unit/test_vectors.c. Sourced after builder.sh.

# unpack_vectors OUT
unpack_vectors() {
    local work sha path
    work=$(scratch vectors)
    rows_of openssl | while read -r _ _ _ sha _ _ path; do
        if [[ $path == *.orig.tar.gz ]]; then from_store "$sha" "$work/openssl.tar.gz"; fi
    done
    tar xzf "$work/openssl.tar.gz" -C "$1" --no-same-owner --strip-components=4 --wildcards \
        '*/test/recipes/30-test_evp_data/evp*.txt'
}

# ensure_vectors: sets VECTORS, a directory that the tests see as /source.
ensure_vectors() {
    cached vectors "$(rows_of openssl)" unpack_vectors
    VECTORS=$RESULT
}
