/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age/tagged.h"

#include <string.h>

#include "age/hpke.h"
#include "base/random.h"
#include "base/secret.h"

#define TAG_LEN 4

struct encapsulated {
	enum hpke_kem kem;
	uint8_t cipher[MLKEM768_P256_CIPHER_LEN];
	size_t cipher_len;
	uint8_t shared[32];
	struct bytes marked; /* the part of the recipient that the tag is made of */
};

static enum err encapsulate(const struct age_recipient *to, struct encapsulated *r)
{
	uint8_t random[64];
	uint8_t point[P256_POINT_LEN];
	enum err e;

	random_fill(random, 32);
	do
		random_fill(random + 32, 32);
	while (!p256_scalar_valid(random + 32)); /* one draw in 2^32 is not */
	if (to->kind == AGE_TAG_P256) {
		r->kem = HPKE_P256;
		r->cipher_len = P256_POINT_LEN;
		r->marked = bytes_of(to->key, P256_COMPRESSED_LEN);
		TRY(p256_decompress(to->key, point));
		TRY(hpke_p256_encapsulate(point, random + 32, r->cipher, r->shared));
	} else {
		BUG_IF(to->kind != AGE_TAG_P256_HYBRID);
		r->kem = HPKE_MLKEM768_P256;
		r->cipher_len = MLKEM768_P256_CIPHER_LEN;
		r->marked = bytes_of(to->key + MLKEM768_PUBLIC_LEN, P256_POINT_LEN);
		TRY(hpke_mlkem768_p256_encapsulate(to->key, random, r->cipher, r->shared));
	}
out:
	SECRET_WIPE(random);
	return e;
}

/* HKDF-Extract(salt = info, encapsulated key || first four bytes of the recipient's hash). */
static void make_tag(const struct encapsulated *r, struct bytes info, uint8_t tag[static 32])
{
	uint8_t input[MLKEM768_P256_CIPHER_LEN + 32];

	memcpy(input, r->cipher, r->cipher_len);
	sha256(r->marked, input + r->cipher_len);
	hmac_sha256(info, bytes_of(input, r->cipher_len + TAG_LEN), tag);
}

enum err age_tagged_wrap(struct buf *out, const struct age_recipient *to,
			 const uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	struct bytes info = to->kind == AGE_TAG_P256 ? BYTES_LITERAL("age-encryption.org/p256tag")
						     : BYTES_LITERAL("age-encryption.org/mlkem768p256tag");
	struct encapsulated r;
	uint8_t tag[32];
	uint8_t body[AGE_BODY_LEN];
	uint8_t storage[AGE_MLKEM768P256TAG_STANZA_LEN];
	struct buf arguments = buf_over(storage, sizeof storage);
	enum err e;

	TRY(encapsulate(to, &r));
	make_tag(&r, info, tag);
	hpke_seal(r.kem, r.shared, info, bytes_of(file_key, AGE_FILE_KEY_LEN), body);
	buf_put(&arguments, bytes_from(info, sizeof "age-encryption.org/" - 1)); /* the stanza's type */
	buf_byte(&arguments, ' ');
	base64_encode(&arguments, bytes_of(tag, TAG_LEN), false);
	buf_byte(&arguments, ' ');
	base64_encode(&arguments, bytes_of(r.cipher, r.cipher_len), false);
	age_stanza_put(out, buf_view(&arguments), BYTES_ARRAY(body));
out:
	SECRET_WIPE(r);
	return e;
}
