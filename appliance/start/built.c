/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "start/built.h"

const int64_t built_unix_s = BUILT_UNIX_S; /* the Makefile's */
