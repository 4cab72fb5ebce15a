/* SPDX-License-Identifier: GPL-3.0-or-later
 * cmocka needs these before it, in this order. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Tests that can't be held to under ASan and UBSan, whose runtime needs system calls that our filters forbid and more address
 * space than our limits leave: skipped there, and counted so. The shipped code's own programs skip none. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SKIP_IF_SANITIZED() skip()
#endif
#endif
#ifndef SKIP_IF_SANITIZED
#define SKIP_IF_SANITIZED() (void)0
#endif

#endif
