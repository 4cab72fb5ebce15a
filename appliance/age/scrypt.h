/* SPDX-License-Identifier: GPL-3.0-or-later
 * The scrypt stanza: a file key wrapped under a passphrase. It is always the only one of its file. */
#ifndef AGE_SCRYPT_H
#define AGE_SCRYPT_H

#include "age/header.h"

/* Base-two logarithms of scrypt's N. At r = 8 it takes 1 KiB * N of memory, and its time in proportion. */
#define AGE_SCRYPT_WRITTEN      16 /* 64 MiB, a quarter of a second */
#define AGE_SCRYPT_MAX          17 /* read: 128 MiB; a file of somebody else's can ask for no more */
#define AGE_SCRYPT_MEMORY(work) ((size_t)1024 << (work))

/* RFC 7914. Allocates 128 * r * 2^log_n bytes. ERR_NO_MEMORY, ERR_LIBRARY (parameters); `out` is then zero. */
enum err scrypt(struct bytes passphrase, struct bytes salt, unsigned log_n, unsigned r, unsigned p, uint8_t *out,
		size_t n) MUST_CHECK;

/* Appends the stanza. ERR_NO_MEMORY. */
enum err age_scrypt_wrap(struct buf *out, struct bytes passphrase,
			 const uint8_t file_key[static AGE_FILE_KEY_LEN]) MUST_CHECK;
/* ERR_NOT_FOUND: a stanza of another type. ERR_FORMAT: not three arguments, not 16 bytes of salt or 32 of body, or a
 * work factor that is not a number from 1 on. ERR_TOO_BIG: one past AGE_SCRYPT_MAX. */
enum err age_scrypt_check(const struct age_stanza *s) MUST_CHECK;
/* As above, and ERR_AUTH: another passphrase. ERR_NO_MEMORY. file_key is written only on success. */
enum err age_scrypt_unwrap(const struct age_stanza *s, struct bytes passphrase,
			   uint8_t file_key[static AGE_FILE_KEY_LEN]) MUST_CHECK;

#endif
