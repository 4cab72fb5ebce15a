# SPDX-License-Identifier: GPL-3.0-or-later
# Tor's event loop.
./configure --prefix=/sysroot --disable-shared --disable-openssl --disable-samples \
    --disable-libevent-regress --disable-debug-mode
make -j"$JOBS"
make DESTDIR=/out install
