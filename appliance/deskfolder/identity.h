/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's identities: read, made, rotated. Whoever has one can read every message sealed to it. */
#ifndef DESKFOLDER_IDENTITY_H
#define DESKFOLDER_IDENTITY_H

#include "deskfolder/home.h"

struct identities {
	struct age_identity list[AGE_IDENTITIES_MAX]; /* secret; the present one first */
	size_t count;
};

/* Is it under a passphrase? */
bool identity_is_sealed(const struct home *h);
/* All of them, the rotated ones too; SECRET_WIPE() them. `asker` is called once, if they are under a passphrase; NULL
 * inside: ERR_AUTH then. ERR_AUTH: another passphrase. ERR_NOT_FOUND: there is none here. ERR_FORMAT: damaged.
 * ERR_TOO_BIG: more than AGE_IDENTITIES_MAX. ERR_NO_MEMORY, ERR_IO. */
enum err identity_read(const struct home *h, struct age_asker asker, struct identities *out) MUST_CHECK;

/* A new identity of this kind, and recipients.txt; under the passphrase unless it is empty. One that is there already
 * moves to identities-old/. ERR_FULL: no room there. ERR_NO_MEMORY, ERR_IO. */
enum err identity_make(const struct home *h, enum age_kind kind, struct bytes passphrase) MUST_CHECK;

#endif
