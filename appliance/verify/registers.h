/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a TPM's registers hold (SHA-256) after a start by UEFI, computed from the unified image that was started.
 * image/pcr computes the same, and says what is measured and where that is written. The site file is in none of them.
 */
#ifndef VERIFY_REGISTERS_H
#define VERIFY_REGISTERS_H

#include "base/bytes.h"

enum {
	REGISTERS_SECTIONS_MAX = 32, /* of a PE file: the unified image has nine, the kernel inside four */
};

struct registers {
	uint8_t pcr4[32];             /* what the firmware started: the unified image, and the kernel inside */
	uint8_t pcr4_secure_boot[32]; /* the unified image alone, whose signature covers the kernel */
	uint8_t pcr11[32];            /* what the stub found in it: each section's name, then its contents */
};

/* `program` is a PE32+ file whose sections are the stub's and those that it measures, each once, .linux among them.
 * What is measured lies in the file as long as it is in memory: nobody has to make up zeros. ERR_FORMAT for anything
 * else; *r is unchanged then. */
enum err registers_compute(struct bytes program, struct registers *r) MUST_CHECK;

#endif
