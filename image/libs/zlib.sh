# SPDX-License-Identifier: GPL-3.0-or-later
# Tor's directory documents are compressed.
./configure --static --prefix=/sysroot
make -j"$JOBS" libz.a
install_headers . zlib.h zconf.h
mkdir -p /out/sysroot/lib
cp libz.a /out/sysroot/lib/
