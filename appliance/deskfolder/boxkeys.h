/* SPDX-License-Identifier: GPL-3.0-or-later
 * A box's token, the key of its client authorisation, and what its operator is told of them. */
#ifndef DESKFOLDER_BOXKEYS_H
#define DESKFOLDER_BOXKEYS_H

#include "deskfolder/home.h"
#include "onion/access.h"

/* The token and the client key, those that are missing. ERR_FORMAT: one that is there is damaged. ERR_IO. */
enum err boxkeys_make(const struct folder *box) MUST_CHECK;
/* The same, made by the box itself: in place of those that are there. ERR_IO. */
enum err boxkeys_take(const struct folder *box, const struct access *access) MUST_CHECK;
/* Writes for-the-operator.txt, and the same into `text`, of OPERATOR_FILE_MAX bytes: the desk's present recipient, the
 * client authorisation's public key, the token's hash. ERR_FORMAT: one of them is damaged. ERR_NOT_FOUND, ERR_IO. */
enum err boxkeys_for_operator(const struct home *h, const struct folder *box, struct buf *text) MUST_CHECK;
/* tor/courier.auth_private, for a stock Tor. ERR_FORMAT, ERR_NOT_FOUND: the client key. ERR_IO. */
enum err boxkeys_for_tor(const struct folder *box, struct bytes address) MUST_CHECK;

/* A fresh token, as text, into the file `name`. ERR_IO. */
enum err boxkeys_new_token(const struct folder *box, const char *name) MUST_CHECK;

#endif
