# SPDX-License-Identifier: GPL-3.0-or-later
# The constant-time primitives that the age code is built on.
make -j"$JOBS" lib CC="$CC" CFLAGS="-W -Wall $CFLAGS" AR=ar ARFLAGS=-rcsD
install_headers . inc/bearssl*.h
mkdir -p /out/sysroot/lib
cp build/libbearssl.a /out/sysroot/lib/
