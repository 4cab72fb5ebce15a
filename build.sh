#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Silent Courier: everything starts here. The table of verbs is at the end; the work is in image/.
# shellcheck disable=SC2034,SC2153 # the parts below have names in common with this file

# shellcheck source=image/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/image/lib.sh"
# shellcheck disable=SC1090
for part in host mirror lock builder sysroot kernel image sign usb manifest verify release npm vectors peer; do . "$TOP/image/$part.sh"; done

# ready GROUP...: what every verb that builds needs first.
ready() {
    need_root "$verb"
    forget_old_results
    need_space
    need_packages "$@"
    fetch
    ensure_root
}

# The results that people and tests use are copies: what lies in the cache is never written to.
publish() {
    local from=$1 to=$2
    if cmp -s "$from" "$to"; then return 0; fi
    mkdir -p "$(dirname "$to")"
    cp --sparse=always "$from" "$to.$$"
    mv -f "$to.$$" "$to"
}

build_image() {
    say "Building the image (cache: $CACHE)"
    ensure_sysroot
    ensure_binary
    ensure_kernel
    ensure_image "$BINARY"
    publish "$BINARY" "$BUILD/courier"
    publish "$IMAGE/courier.img" "$BUILD/courier.img"
    publish "$IMAGE/courier.img.zst" "$BUILD/artefacts/courier.img.zst"
    publish "$KERNEL/bzImage" "$BUILD/artefacts/bzImage"
    publish "$KERNEL/config" "$BUILD/artefacts/kernel.config"
    step manifest write_manifest
    say "Ready: build/courier.img ($(stat -c %s "$BUILD/courier.img") bytes, $(stat -c %s "$IMAGE/courier.img.zst") compressed)," \
        "SHA-256 $(hash_of "$BUILD/courier.img")"
}

# The kernel without our patches, for the test that proves that a changed disk would be noticed.
build_doors_open() {
    ensure_doors_open
    publish "$KERNEL_OPEN/bzImage" "$BUILD/artefacts/doors-open/bzImage"
}

make_in_builder() {
    in_builder --rw "$TOP:/courier" --ro "$SYSROOT:/sysroot" --cd /courier \
        "${SECOND[@]}" make -j"$JOBS" -C appliance OUT=/courier/build SYSROOT=/sysroot "$@"
}

# hand_over COMMAND...: the rest is done by a script of its own.
hand_over() {
    leave
    exec "$@"
}

verb_image() {
    case ${1:-} in
    '')
        ready image
        build_image
        ;;
    --sign)
        if [ $# -lt 3 ]; then die "a signed image needs a key and its certificate" "./build.sh image --sign KEY CERT"; fi
        ready image sign
        check_signer "$2" "$3"
        build_image
        step sign sign_image "$2" "$3" "${4:-$BUILD}"
        say "Signed: ${4:-build}/courier-signed.img, for UEFI; SHA-256 $(hash_of "${4:-$BUILD}/courier-signed.img")"
        ;;
    *) die "image knows only --sign" "./build.sh image [--sign KEY CERT [FOLDER]]" ;;
    esac
}

verb_usb() {
    local image=$BUILD/courier.img
    need_root usb "$@"
    if [ "${1:-}" = --image ] && [ $# -ge 2 ]; then image=$2; shift 2; fi
    if [ $# -lt 1 ] || [ $# -gt 2 ]; then
        die "which disk? lsblk shows what there is" "./build.sh usb [--image IMAGE] /dev/sdX [SITEFILE]"
    fi
    need_packages usb
    write_usb "$image" "$@"
}

verb_run() {
    ready image run
    build_image
    hand_over "$TOP/tests/system/run.py" "$@"
}

# named_suites LIST NAME...: each name is one of the list's, known before anything is built.
named_suites() {
    local list=$1 name
    shift
    for name in "$@"; do
        if ! grep -q "^$name " "$TOP/$list"; then die "$list has no suite '$name'" "the first word of its lines is what can be named"; fi
    done
}

verb_test() {
    named_suites tests/suites.list "$@"
    ready image sign run npm test bench
    build_image
    build_doors_open
    ensure_npm
    ensure_test_programs
    hand_over "$TOP/tests/run-all.sh" "$@"
}

# What changed: compiled, read by analysers and rules, and its unit tests.
verb_check() {
    ready image
    ensure_analysis_root
    run_in_builder make --no-print-directory -j"$JOBS" -C appliance OUT=/courier/build/dev SYSROOT=/sysroot courier tests
    run_in_builder tests/unit/run --changed --jobs "$JOBS" /courier/build/dev/tests
    "$TOP/tests/source/run"
    ROOT=$ANALYSIS_ROOT run_in_builder tests/analysis/house spelling shape shells written_twice
    ROOT=$ANALYSIS_ROOT run_in_builder tests/analysis/run --changed
    say "Left to ./build.sh test: dead code, proofs, fuzzers, suites, and the files that the analysers left above"
}

verb_bench() {
    ready image run bench
    build_image
    printf "$TIMES/%s\n" "${USED[@]}" >"$BUILD/artefacts/build-times"
    ensure_peer
    step test-programs make_in_builder /courier/build/tests/bench_store /courier/build/tests/courier-{unconfined,unswept}
    hand_over "$TOP/tests/bench/bench.py" "$@"
}

verb_long() {
    named_suites tests/long.list "$@"
    ready image sign run npm test bench
    build_image
    build_doors_open
    ensure_npm
    ensure_test_programs
    # They take minutes, and serve that suite alone.
    if [ $# -eq 0 ] || [[ " $* " == *" sanitized-unit "* ]]; then step sanitized make_in_builder sanitized; fi
    hand_over "$TOP/tests/long.sh" "$@"
}

# move_lock NAME LOCK: what the mirror has today becomes the lock, and the differences are said.
move_lock() {
    local fresh=$BUILD/${2##*/}
    step "resolve-$1" "resolve_$1" "$fresh"
    differences "$2" "$fresh"
    if [ "$2" = "$COMMITTED_LOCK" ]; then excerpts "$2" "$fresh"; fi
    mv "$fresh" "$2"
}

verb_lock() {
    case ${1:-} in
    '' | --analysis | --peer) ;;
    *) die "lock knows only --analysis and --peer" "./build.sh lock [--analysis | --peer]" ;;
    esac
    need_root lock
    need_packages image
    LOCK=$COMMITTED_LOCK
    if [ $# = 0 ]; then move_lock lock "$COMMITTED_LOCK"; fi
    if [ "${1:-}" != --peer ]; then move_lock analysis "$ANALYSIS_LOCK"; fi
    if [ "${1:-}" != --analysis ]; then move_lock peer "$PEER_LOCK"; fi
    say "image/*.lock now name what the mirror has today. Next: ./build.sh test, then commit them."
}

verb_verify() {
    local fresh=0 image manifest shown
    if [ "${1:-}" = --fresh ]; then fresh=1; shift; fi
    image=${1:-} manifest=${2:-}
    if [ -z "$image" ] || [ $# -gt 2 ]; then die "verify needs an image" "./build.sh verify [--fresh] IMAGE [MANIFEST]"; fi
    if [ ! -r "$image" ]; then die "$image can't be read" "name an image file, or a stick's device"; fi
    if [ -n "$manifest" ] && [ ! -r "$manifest" ]; then die "$manifest can't be read" "name the manifest.json of that image"; fi
    # Other versions could only make another image.
    COURIER_STRICT=1
    if [ "$fresh" = 1 ]; then leave_cache; fi
    ready image verify
    shown=$image image=$(given "$image") manifest=$(given "$manifest")
    build_image
    if ! compare_image "$image" "$manifest"; then die "$shown is not what this source builds" "see above, and docs/REPRODUCE.md"; fi
}

verb_release() {
    local key=
    if [ "${1:-}" = --key ]; then
        key=$(realpath -e "${2:-}" 2>/dev/null) || die "--key needs minisign's secret key" "minisign -G -s FILE makes one"
        shift 2
    fi
    if [ $# -gt 0 ]; then die "release doesn't know '$1'" "./build.sh release [--key FILE]"; fi
    # What is signed is what others can build.
    if [ -n "$key" ]; then COURIER_STRICT=${COURIER_STRICT:-1}; fi
    ready image release
    build_image
    rm -rf "$BUILD/release"
    step release write_release "$BUILD/release"
    if [ -n "$key" ]; then sign_release "$BUILD/release" "$key"; fi
    say "build/release: $(cd "$BUILD/release" && echo *)"
}

# In the builder root, as it is or with the analysers.
verb_in-builder() {
    ready image
    run_in_builder "$@"
}

verb_in-analysis() {
    ready image
    ensure_analysis_root
    ROOT=$ANALYSIS_ROOT run_in_builder "$@"
}

run_in_builder() {
    ensure_sysroot
    ensure_vectors
    mkdir -p "$CACHE/scratch" "$BUILD"
    in_builder --rw "$TOP:/courier" --ro "$SYSROOT:/sysroot" --ro "$VECTORS:/source" --rw "$CACHE/scratch:/cache" \
        --cd /courier "${SECOND[@]}" "$@"
}

# The programs for work in progress; AFL++'s in a folder of their own.
verb_fuzz() {
    local engine=libfuzzer name seconds=60 code=0 targets=() made
    case ${1:-} in
    --list)
        for name in "$TOP"/tests/fuzz/fuzz_*.c; do name=${name##*/fuzz_}; say "${name%.c}"; done
        return
        ;;
    --afl) engine=afl; shift ;;
    esac
    if [ -f "$TOP/tests/fuzz/fuzz_${1:-}.c" ]; then targets=("$1"); shift; fi
    if [[ ${1:-} =~ ^[1-9][0-9]*$ ]]; then seconds=$1; shift; fi
    if [ $# -gt 0 ]; then die "there is no fuzzer '$1'" "./build.sh fuzz [--afl] [TARGET] [SECONDS]; --list names them"; fi
    if [ ${#targets[@]} -eq 0 ]; then mapfile -t targets < <(verb_fuzz --list); fi
    ready image
    made=("${targets[@]/#/fuzz_}")
    step fuzzers run_in_builder make --no-print-directory -j"$JOBS" -C appliance OUT=/courier/build/dev SYSROOT=/sysroot "${made[@]}"
    if [ "$engine" = afl ]; then
        ensure_analysis_root
        ROOT=$ANALYSIS_ROOT
        for name in "${targets[@]}"; do
            if [ -f "$TOP/tests/fuzz/mutate/$name.c" ]; then made+=("/courier/build/afl/fuzz/mutate_$name.so"); fi
        done
        step fuzzers-afl run_in_builder env AFL_QUIET=1 make --no-print-directory -j"$JOBS" -C appliance OUT=/courier/build/afl SYSROOT=/sysroot \
            FUZZCC=afl-clang-fast "${made[@]}"
    fi
    for name in "${targets[@]}"; do run_in_builder tests/fuzz/hunt "$engine" "$name" "$seconds" || code=1; done
    return "$code"
}

# What the tests reach, without anything else that `long` builds.
verb_coverage() {
    ready image npm test
    ensure_analysis_root
    ensure_npm
    hand_over "$TOP/tests/analysis/coverage" "$@"
}

verb_doors-open() {
    ready image
    build_doors_open
    say "build/artefacts/doors-open/bzImage"
}

verb_npm() {
    need_root npm
    need_packages npm
    ensure_npm
    say "build/npm; next: tests/npm/node SCRIPT"
}

verb_clean() {
    case ${1:-} in
    '') rm -rf "$BUILD" ;;
    --cache) rm -rf "$BUILD" "$CACHE" ;;
    *) die "clean knows only --cache" "./build.sh clean [--cache]" ;;
    esac
}

verb_help() {
    cat <<END
Silent Courier

  ./build.sh run [--tor]      build everything, boot the image, and play one exchange between a source and a desk
  ./build.sh test [SUITE...]  build everything and run the tests; the last line is "N passed, N failed"
  ./build.sh image            build the image: build/courier.img, build/courier, build/manifest.json
  ./build.sh image --sign KEY CERT
                              the same, and signed for Secure Boot: build/courier-signed.img
  ./build.sh usb /dev/sdX [SITEFILE]
                              write the image to a stick, with the site file in place, and read it back
  ./build.sh verify IMAGE [MANIFEST]
                              build, and compare with an image or a stick, bit for bit; --fresh: with nothing from the cache
  ./build.sh release [--key FILE]
                              build/release: image, manifest, bills of materials, provenance; FILE: minisign's key, signs them
  ./build.sh bench [--keep] [PART...]
                              measure, beside nginx, age, Debian and OnionShare: a table, and build/bench.json; keep it in docs/bench
  ./build.sh long             the tests that take longer than "test" may
  ./build.sh lock             move the locks forward to what the mirror has now; --analysis, --peer: one alone
  ./build.sh clean [--cache]  remove build/ (and the cache)
  ./build.sh help             this page

For those who work on it (docs/CONTRIBUTE.md):
  ./build.sh check                   compile, analyse and unit-test what changed
  ./build.sh fuzz [--afl] [TARGET] [SECONDS]
                                     look for inputs that break a parser, with libFuzzer or AFL++; each for a minute; --list
  ./build.sh coverage [PART...]      which lines the tests reach: build/artefacts/coverage; parts: make, unit, corpora, workbench, report
  ./build.sh in-builder COMMAND...   run a command in the builder root: this folder is /courier, libraries /sysroot
  ./build.sh in-analysis COMMAND...  the same, where clang-tidy, clang-format, cppcheck, shellcheck, cbmc and afl++ are
  ./build.sh doors-open              the kernel variant of one test: build/artefacts/doors-open/bzImage
  ./build.sh npm                     the tests' npm packages; tests/npm/node SCRIPT runs a script with them

To put a site file on a copy of the image: image/insert-site IMAGE SITEFILE

Environment: COURIER_CACHE   where results are kept (now $CACHE)
             COURIER_MIRROR  a Debian archive instead of the host's own; COURIER_SECURITY_MIRROR likewise
             COURIER_SNAPSHOT  asked for what the mirror no longer has: a folder, or an address in which ARCHIVE
                             stands for debian or debian-security
             COURIER_STRICT  1: stop where the mirror no longer has what image/packages.lock names (so do verify, and
                             release --key unless it is 0)
             COURIER_JOBS    processor cores to use (now $JOBS)
END
}

verb=${1:-help}
if ! declare -F "verb_$verb" >/dev/null; then die "there is no verb '$verb'" "./build.sh help lists them"; fi
shift || true
case ${COURIER_STRICT:-0} in
    0 | 1) ;;
    *) die "COURIER_STRICT is 0 or 1, not '$COURIER_STRICT'" "./build.sh help says what it does" ;;
esac
"verb_$verb" "$@"
