/* SPDX-License-Identifier: GPL-3.0-or-later
 * A source who has typed the codename: a random token in a cookie, and a record that the keeper holds and can't read.
 *   cookie    s=TOKEN, 32 random bytes as base64url
 *   name      HKDF-SHA-256(token, "name"): what the keeper finds the record by
 *   record    12 bytes nonce, then {conversation, proof, identity, its kind, both words} sealed under
 * HKDF-SHA-256(token, "key") CSRF      HMAC-SHA-256(token, "csrf"), in each form */
#ifndef VISIT_SESSION_H
#define VISIT_SESSION_H

#include "codename/codename.h"
#include "visit/store.h"

enum {
	SESSION_TOKEN_LEN = 32,
	SESSION_TEXT_LEN = 43, /* 32 bytes as base64url */
	SESSION_WORDS = 2048,
	SESSION_COOKIE_MAX = 128 /* a Set-Cookie value */
};

/* Secret: session_wipe() it. */
struct session {
	uint8_t token[SESSION_TOKEN_LEN];
	uint8_t name[32];
	uint8_t csrf[SESSION_TEXT_LEN]; /* as text */
	struct codename_keys keys;
	bool found; /* the conversation is there, and the channel bound to it */
	/* Of this visit, and of the last one (0: there was none): numbers from 1 to SESSION_WORDS, shown as words. */
	uint16_t word;
	uint16_t word_before;
};

/* The token in a Cookie field; name: "s=". ERR_NOT_FOUND: none, or two; ERR_FORMAT: not one of ours. */
enum err session_token(struct bytes cookie, const char *name, uint8_t token[static SESSION_TOKEN_LEN]) MUST_CHECK;

/* Binds the channel to the conversation if it is there, draws a token and this visit's word, stores the record. A
 * codename that opens nothing has a session, too: from afar it looks like any other, and its source may write under it.
 */
enum err session_begin(struct session *s, struct visit_store *store, const struct codename_keys *keys) MUST_CHECK;
/* From the request's cookie; binds the channel to the conversation if it is there. ERR_AUTH: no session, whatever the
 * reason. */
enum err session_resume(struct session *s, struct visit_store *store, struct bytes cookie) MUST_CHECK;
enum err session_drop(struct session *s, struct visit_store *store) MUST_CHECK;
void session_wipe(struct session *s);

bool session_csrf_fits(const struct session *s, struct bytes text);
/* The same when the session is over: who wrote this form had the cookie. */
bool session_csrf_was(struct bytes cookie, struct bytes text);
/* Set-Cookie's value; name: "s=". */
void session_cookie(struct buf *out, const char *name, const uint8_t token[static SESSION_TOKEN_LEN]);
struct bytes session_cookie_gone(void);

#endif
