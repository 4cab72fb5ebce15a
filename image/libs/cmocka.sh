# SPDX-License-Identifier: GPL-3.0-or-later
# The unit tests' framework; never part of the shipped binary.
$CC $CFLAGS -Iinclude -DHAVE_INTTYPES_H -DHAVE_STDINT_H -DHAVE_UNISTD_H -DHAVE_SIGNAL_H -DHAVE_STRINGS_H -DHAVE_SETJMP_H \
    -DHAVE_MALLOC_H -DHAVE_CLOCK_GETTIME=1 -DHAVE_CLOCK_REALTIME=1 -DHAVE_STRUCT_TIMESPEC=1 -DHAVE_GCC_THREAD_LOCAL_STORAGE=1 \
    -c src/cmocka.c
install_lib libcmocka.a cmocka.o
install_headers . include/cmocka*.h
