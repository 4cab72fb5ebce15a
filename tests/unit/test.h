/* SPDX-License-Identifier: GPL-3.0-or-later
 * cmocka needs these before it, in this order. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Tests that can't be held to under ASan, UBSan and memcheck (tests/analysis/memcheck), whose runtime needs system
 * calls that our filters forbid and more address space than our limits leave: skipped there, and counted so. Otherwise
 * nothing. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SKIP_IF_SANITIZED() skip()
#endif
#endif
#ifndef SKIP_IF_SANITIZED
#define SKIP_IF_SANITIZED()                                                                                            \
	do {                                                                                                           \
		if (getenv("UNDER_MEMCHECK") != NULL)                                                                  \
			skip();                                                                                        \
	} while (0)
#endif

/* Tests of filters: the programs whose coverage is counted have none, for counters are written to a file
 * (tests/analysis/covered.c). */
#ifdef COVERED
#define SKIP_IF_COVERED() skip()
#else
#define SKIP_IF_COVERED() ((void)0)
#endif

#endif
