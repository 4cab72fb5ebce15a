/* SPDX-License-Identifier: GPL-3.0-or-later
 * Names and keys of version 3 onion services, as Tor writes them (rend-spec-v3, "ONIONADDRESS"; tor's
 * hs_ed25519_secret_key file; client authorisation lines). */
#ifndef ONION_ONION_H
#define ONION_ONION_H

#include "base/bytes.h"

#define ONION_ADDRESS_LEN  62 /* 56 characters and ".onion" */
#define ONION_KEY_FILE_LEN 96
#define ONION_CLIENT_LEN   70 /* "descriptor:x25519:" and 52 characters */

/* A service's secret: the expanded Ed25519 key, a clamped scalar and 32 more bytes. SECRET_WIPE() it. */
struct onion_secret {
	uint8_t expanded[64];
};

/* SHA-512 of a fresh 32-byte seed, clamped (RFC 8032, clause 5.1.5). */
void onion_secret_new(struct onion_secret *s);
void onion_secret_from_seed(struct onion_secret *s, const uint8_t seed[static 32]);
/* Tor's file: "== ed25519v1-secret: type0 ==", three NULs, the key. ERR_FORMAT: another tag, or a scalar that is not
 * clamped, which no Tor ever wrote. *s is unchanged on error. */
enum err onion_secret_read(struct bytes file, struct onion_secret *s) MUST_CHECK;
void onion_secret_write(const struct onion_secret *s, uint8_t file[static ONION_KEY_FILE_LEN]);

/* "….onion", ONION_ADDRESS_LEN bytes without a NUL. Allocates (SHA-3 by EVP): call onion_prepare() once, before a
 * sandbox closes. */
void onion_address(const struct onion_secret *s, uint8_t out[static ONION_ADDRESS_LEN]);
void onion_prepare(void);
/* Lower case, 56 characters and ".onion", right checksum and version. ERR_FORMAT. */
enum err onion_address_check(struct bytes text) MUST_CHECK;

/* "descriptor:x25519:BASE32", the content of authorized_clients/NAME.auth. */
void onion_client_line(struct buf *out, const uint8_t public_key[static 32]);
/* ERR_FORMAT; also for a key of low order, with which Tor would not encrypt to anyone. */
enum err onion_client_check(struct bytes text) MUST_CHECK;

#endif
