# SPDX-License-Identifier: GPL-3.0-or-later
# The QR code of the onion address on the console.
cd c
$CC $CFLAGS -c qrcodegen.c
install_lib libqrcodegen.a qrcodegen.o
install_headers . qrcodegen.h
