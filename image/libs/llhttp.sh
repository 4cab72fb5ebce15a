# SPDX-License-Identifier: GPL-3.0-or-later
# The HTTP parser: generated C, carried by the nodejs source.
cd deps/llhttp
$CC $CFLAGS -Iinclude -c src/llhttp.c src/api.c src/http.c
install_lib libllhttp.a llhttp.o api.o http.o
install_headers . include/llhttp.h
