/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a proof needs: any value of a type, and any bytes of any length up to a bound. */
#ifndef PROOF_H
#define PROOF_H

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

size_t nondet_size(void);
uint64_t nondet_u64(void);
uint32_t nondet_u32(void);
uint8_t nondet_byte(void);
bool nondet_bool(void);

#define ASSUME(condition) __CPROVER_assume(condition)
#define PROVE(condition)  __CPROVER_assert(condition, #condition)

/* Any bytes, as many as `max` at most, in an object of exactly that size: one byte too far is found. */
static struct bytes any_bytes(size_t max)
{
	size_t n = nondet_size();
	uint8_t *p;

	ASSUME(n <= max);
	p = malloc(n);
	ASSUME(p != NULL || n == 0);
	return (struct bytes){p, n};
}

/* The same at the end of an object of `max` bytes: cheaper, and a byte before the first is found only where n is max.
 */
static struct bytes last_bytes(uint8_t *object, size_t max)
{
	size_t n = nondet_size();

	ASSUME(n <= max);
	return (struct bytes){object + (max - n), n};
}

#endif
