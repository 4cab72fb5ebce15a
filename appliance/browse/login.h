/* SPDX-License-Identifier: GPL-3.0-or-later
 * Who may read: whoever can see the terminal. A link with a random key stands there and works once; it gives the
 * browser a random token in a cookie, and each form carries HMAC-SHA-256(token, "form"), which no other page knows.
 * There is one session at a time. */
#ifndef BROWSE_LOGIN_H
#define BROWSE_LOGIN_H

#include "base/bytes.h"

enum {
	LOGIN_SECRET_LEN = 32,
	LOGIN_TEXT_LEN = 43, /* as base64url */
	LOGIN_NAME_MAX = 24,
	LOGIN_COOKIE_MAX = 128,
};

/* Secret: login_wipe() it. */
struct login {
	uint8_t key[LOGIN_SECRET_LEN];
	bool key_waits; /* nobody has used it */
	uint8_t token[LOGIN_SECRET_LEN];
	bool open;        /* there is a session */
	uint64_t last_ms; /* of its latest request */
	uint8_t csrf[LOGIN_TEXT_LEN];
	char name[LOGIN_NAME_MAX]; /* of the cookie, with its '=' */
};

/* Nobody may read. Cookies know hosts and not ports: the port is in the cookie's name, for the sake of two desks. */
void login_begin(struct login *l, uint16_t port);
/* Draws a new key; an older one is no longer good. Appends it. A session that there is goes on. */
void login_offer(struct login *l, struct buf *key);
/* The key as it came. True: it was the one, is used up, and a new session takes the place of the last one; *cookie gets
 * the Set-Cookie value. */
bool login_enter(struct login *l, struct bytes key, uint64_t now_ms, struct buf *cookie);
/* The request's Cookie field. True: it is the session's, which was used less than LIMIT_BROWSE_IDLE_MS ago. */
bool login_check(struct login *l, struct bytes cookie, uint64_t now_ms);
/* A form's csrf field. */
bool login_form_fits(const struct login *l, struct bytes csrf);
/* Ends the session. Appends the Set-Cookie value that takes the cookie away. */
void login_leave(struct login *l, struct buf *cookie);
void login_wipe(struct login *l);

#endif
