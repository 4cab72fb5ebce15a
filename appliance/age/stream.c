/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age/stream.h"

#include <string.h>

#include "crypto/crypto.h"

void age_payload_key(const uint8_t file_key[static AGE_FILE_KEY_LEN], const uint8_t nonce[static AGE_NONCE_LEN],
		     uint8_t key[static 32])
{
	hkdf_sha256(bytes_of(file_key, AGE_FILE_KEY_LEN), bytes_of(nonce, AGE_NONCE_LEN), BYTES_LITERAL("payload"), key,
		    32);
}

void age_chunk_nonce(uint64_t counter, bool last, uint8_t nonce[static 12])
{
	memset(nonce, 0, 12);
	for (unsigned i = 0; i < 8; i++)
		nonce[3 + i] = (uint8_t)(counter >> (8 * (7 - i)));
	nonce[11] = last ? 1 : 0;
}
