/* SPDX-License-Identifier: GPL-3.0-or-later
 * cmocka needs these before it, in this order. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
