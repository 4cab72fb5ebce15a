/* SPDX-License-Identifier: GPL-3.0-or-later
 * Randomness: getrandom(2) and nothing else. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills p. Waits until the kernel's generator is seeded. A failure ends the process: a secret drawn from
 * anything less is worse than no answer. */
void random_fill(void *p, size_t n);
/* Uniform in [0, bound), bound > 0. */
uint32_t random_below(uint32_t bound);

#endif
