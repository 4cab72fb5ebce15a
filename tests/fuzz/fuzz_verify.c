/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a manifest, as minisign's key and as its signature: what is taken keeps to its bounds, and no signature
 * is good for a key that never signed. */
#include <stdlib.h>

#include "limits.h"
#include "verify/manifest.h"
#include "verify/minisign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = bytes_of(data, size), comment;
	/* The id of the seed's key, whose own bytes are others. */
	struct minisign_key key = {{0xba, 0xad, 0x4d, 0xfa, 0xfd, 0xc6, 0xd5, 0x90}, {2}}, read;
	struct manifest m;

	if (manifest_parse(text, &m) == ERR_OK)
		for (size_t i = 0; i < MANIFEST_AREAS; i++)
			if (m.areas[i].offset + m.areas[i].len > m.image_len ||
			    (i > 0 && m.areas[i].offset < m.areas[i - 1].offset + LIMIT_STICK_AREA))
				abort();
	if (minisign_key_parse(text, &read) == ERR_OK && size < 56)
		abort();
	if (minisign_verify(&key, bytes_of("hello\n", 6), text, &comment) == ERR_OK)
		abort();
	return 0;
}
