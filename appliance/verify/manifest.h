/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a manifest.json (image/manifest.sh) says of the disk image: as much as a machine without the source can look at.
 */
#ifndef VERIFY_MANIFEST_H
#define VERIFY_MANIFEST_H

#include "base/bytes.h"
#include "verify/registers.h"

enum {
	MANIFEST_MAX = 1024 * 1024, /* bytes; it has some 40,000 */
	MANIFEST_AREAS = 2,
	MANIFEST_IMAGE_MAX = 1 << 30, /* bytes of an image: a stick's smallest size */
};

struct manifest {
	uint8_t image[32]; /* SHA-256 of courier.img, whose areas are empty */
	uint64_t image_len;
	struct {
		uint64_t offset, len;
	} areas[MANIFEST_AREAS];    /* where a site file may lie; in order, not overlapping, inside the image */
	struct registers registers; /* the manifest's word on them */
};

/* ERR_FORMAT; *m is unchanged on error. */
enum err manifest_parse(struct bytes text, struct manifest *m) MUST_CHECK;

#endif
