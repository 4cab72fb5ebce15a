/* SPDX-License-Identifier: GPL-3.0-or-later
 * Memory for secrets: wiped, compared in constant time, and where the kernel can, invisible to it. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Overwrites with zeros; the compiler can't leave it out. */
void secret_wipe(void *p, size_t n);
#define SECRET_WIPE(object) secret_wipe(&(object), sizeof(object))

/* Constant time in the contents; n is public. */
bool secret_equal(const void *a, const void *b, size_t n);

/* A mapping that no other process and, with memfd_secret, not even the kernel can read through its own map: locked, in
 * no dump, and not inherited by a child. */
struct secret_area {
	uint8_t *p;
	size_t n;
	int fd;      /* memfd_secret or memfd; -1 once released */
	bool hidden; /* memfd_secret; false is the fallback: locked, left out of dumps */
};

/* n is rounded up to pages. With fd >= 0 maps what another process made (secret_area.fd handed over) and
 * takes the descriptor over. ERR_NO_MEMORY (RLIMIT_MEMLOCK counts), ERR_IO. */
enum err secret_area_new(size_t n, struct secret_area *area) MUST_CHECK;
enum err secret_area_map(int fd, bool hidden, size_t n, struct secret_area *area) MUST_CHECK;
/* Wipes and unmaps. The memory lives on while another holder of the descriptor maps it. */
void secret_area_free(struct secret_area *area);

#endif
