# SPDX-License-Identifier: GPL-3.0-or-later
# Tor as a library, a client and onion service only: no relay, no directory authority.
# --enable-gpl: the proof-of-work defence of onion services; it makes the whole binary GPL-3.
# gcc hardening is off because ours, in CFLAGS, stands in its place.
./configure --prefix=/sysroot --host=x86_64-linux-musl \
    --with-libevent-dir=/sysroot --with-openssl-dir=/sysroot --with-zlib-dir=/sysroot \
    --enable-gpl --disable-module-relay --disable-module-dirauth --disable-seccomp --disable-systemd \
    --disable-lzma --disable-zstd --disable-libscrypt --disable-unittests --disable-system-torrc \
    --disable-tool-name-check --disable-gcc-hardening --disable-linker-hardening --with-malloc=system \
    --disable-asciidoc --disable-manpage --disable-html-manual
make -j"$JOBS" libtor.a
install_headers . src/feature/api/tor_api.h
mkdir -p /out/sysroot/lib
# Tor's 4,759 global names would meet ours (base64_encode, for one); only the embedding API stays visible.
ld -r --whole-archive -o tor-all.o libtor.a
objcopy --keep-global-symbol=tor_run_main --keep-global-symbol=tor_main_configuration_new \
    --keep-global-symbol=tor_main_configuration_set_command_line \
    --keep-global-symbol=tor_main_configuration_setup_control_socket \
    --keep-global-symbol=tor_main_configuration_free tor-all.o tor-private.o
ar rcsD /out/sysroot/lib/libtor.a tor-private.o
