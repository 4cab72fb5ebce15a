/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/crypto.h"
#include "base/secret.h"
#include "codename/argon2.h"
#include "codename/codename.h"

/* OWASP's second choice of parameters: a quarter of the memory of RFC 9106's, so that several sources can log in at
 * once on a small box. The secret itself has 88 bits; Argon2id makes each guess cost, it need not make up for them. */
enum {
	MEMORY_KIB = 19 * 1024,
	PASSES = 2,
	LANES = 1,
};

#define LABEL(use) BYTES_LITERAL("Silent Courier codename v1: " use)

enum err codename_derive(const struct codename *c, const uint8_t salt[static 32], enum age_kind kind,
			 struct codename_keys *k)
{
	const struct argon2_input in = {
	    .password = BYTES_ARRAY(c->bits),
	    .salt = bytes_of(salt, 32),
	    .memory_kib = MEMORY_KIB,
	    .passes = PASSES,
	    .lanes = LANES,
	};
	struct bytes reply =
	    kind == AGE_HYBRID ? LABEL("reply identity mlkem768x25519") : LABEL("reply identity X25519");
	uint8_t root[32];
	uint8_t secret[32];
	struct bytes none = BYTES_LITERAL("");
	enum err e;

	BUG_IF(kind != AGE_HYBRID && kind != AGE_X25519);
	SECRET_WIPE(*k);
	TRY(argon2id(&in, root, sizeof root));
	hkdf_sha256(BYTES_ARRAY(root), none, LABEL("conversation"), k->conversation, sizeof k->conversation);
	hkdf_sha256(BYTES_ARRAY(root), none, LABEL("proof"), k->proof, sizeof k->proof);
	hkdf_sha256(BYTES_ARRAY(root), none, reply, secret, sizeof secret);
	age_identity_from(&k->identity, kind, secret);
out:
	SECRET_WIPE(root);
	SECRET_WIPE(secret);
	return e;
}
