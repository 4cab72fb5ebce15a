/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as the stanzas of a header, looked at and opened with an identity of each kind: the check comes first, and
 * a file key is written only on success. A passphrase isn't tried: it takes a second. */
#include <stdlib.h>
#include <string.h>

#include "age/kinds.h"
#include "age/scrypt.h"

#define LONGEST 70000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t storage[LONGEST + 100];

static void try_kind(const struct age_stanza *s, enum age_kind kind, bool form_is_right)
{
	uint8_t untouched[AGE_FILE_KEY_LEN];
	uint8_t file_key[AGE_FILE_KEY_LEN];
	uint8_t secret[32];
	struct age_identity identity;
	struct age_recipient self;
	enum err e;

	memset(secret, 0x42, sizeof secret);
	memset(untouched, 0xee, sizeof untouched);
	memcpy(file_key, untouched, sizeof file_key);
	age_identity_from(&identity, kind, secret);
	age_identity_recipient(&identity, &self);
	e = age_kind_unwrap(s, &identity, &self, file_key);
	if (e != ERR_OK && memcmp(file_key, untouched, sizeof file_key) != 0)
		abort();
	if (!form_is_right && e != ERR_NOT_FOUND && e != ERR_FORMAT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = buf_over(storage, sizeof storage);
	uint8_t body[AGE_BODY_LEN];
	struct age_header h;
	struct age_stanza s;
	struct bytes rest;

	buf_str(&text, AGE_VERSION_LINE);
	buf_put(&text, bytes_of(data, size));
	buf_str(&text, "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
	if (text.failed || age_header_parse(buf_view(&text), &h) != ERR_OK)
		return 0;
	rest = h.stanzas;
	while (age_header_next(&rest, &s)) {
		enum err known = age_kinds_check(&s);
		enum err scrypt = age_scrypt_check(&s);
		if ((known == ERR_OK || scrypt == ERR_OK) && !age_stanza_body(&s, body, sizeof body))
			abort();
		if (known != ERR_NOT_FOUND && scrypt != ERR_NOT_FOUND)
			abort();
		if (scrypt != ERR_NOT_FOUND && !h.by_passphrase)
			abort();
		try_kind(&s, AGE_X25519, known == ERR_OK);
		try_kind(&s, AGE_HYBRID, known == ERR_OK);
	}
	return 0;
}
