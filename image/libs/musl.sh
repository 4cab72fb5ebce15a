# SPDX-License-Identifier: GPL-3.0-or-later
# The C library, its compiler wrapper, and the kernel's headers beside it.
CC=gcc LDFLAGS= CFLAGS=${CFLAGS/-fvisibility=hidden /} ./configure --prefix=/sysroot --disable-shared --enable-wrapper=gcc
make -j"$JOBS"
make DESTDIR=/out install
cp -r /usr/include/linux /usr/include/asm-generic /usr/include/mtd /usr/include/x86_64-linux-gnu/asm /out/sysroot/include/
