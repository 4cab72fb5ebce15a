/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/err.h"

static const char *const texts[ERR_COUNT] = {
#define ERR(name, text) [ERR_##name] = text,
#include "base/err.def"
#undef ERR
};

const char *err_text(enum err e)
{
	return (unsigned)e < ERR_COUNT ? texts[e] : "an unknown error";
}
