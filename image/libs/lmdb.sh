# SPDX-License-Identifier: GPL-3.0-or-later
# The keeper's store.
cd libraries/liblmdb
$CC $CFLAGS -pthread -c mdb.c midl.c
install_lib liblmdb.a mdb.o midl.o
install_headers . lmdb.h
