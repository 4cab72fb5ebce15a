/* SPDX-License-Identifier: GPL-3.0-or-later
 * The payload's key and nonces: what sealing and opening share. */
#ifndef AGE_STREAM_H
#define AGE_STREAM_H

#include "age/age.h"

void age_payload_key(const uint8_t file_key[static AGE_FILE_KEY_LEN], const uint8_t nonce[static AGE_NONCE_LEN],
		     uint8_t key[static 32]);
/* 11 bytes of big-endian counter, one byte that marks the last chunk. */
void age_chunk_nonce(uint64_t counter, bool last, uint8_t nonce[static 12]);

#endif
