/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "browse/login.h"

#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"
#include "http/cookie.h"
#include "limits.h"

/* The cookie lives as long as the browser does. Strict: it is not sent when another site's link or form leads here. */
#define ATTRIBUTES "; HttpOnly; SameSite=Strict; Path=/"

void login_begin(struct login *l, uint16_t port)
{
	struct buf name = buf_over(l->name, sizeof l->name - 1);

	*l = (struct login){.open = false};
	buf_str(&name, "courier-desk-");
	buf_decimal(&name, port);
	buf_byte(&name, '=');
	BUG_IF(name.failed);
}

static void end_session(struct login *l)
{
	l->open = false;
	SECRET_WIPE(l->token);
	SECRET_WIPE(l->csrf);
}

void login_offer(struct login *l, struct buf *key)
{
	random_fill(l->key, sizeof l->key);
	l->key_waits = true;
	base64url_encode(key, BYTES_ARRAY(l->key));
}

/* Constant time in what is secret. */
static bool is_secret(struct bytes text, const uint8_t secret[static LOGIN_SECRET_LEN])
{
	uint8_t came[LOGIN_SECRET_LEN];
	size_t n = 0;
	bool fits;

	if (text.n != LOGIN_TEXT_LEN || base64url_decode(text, came, sizeof came, &n) != ERR_OK)
		return false;
	fits = secret_equal(came, secret, sizeof came);
	SECRET_WIPE(came);
	return fits;
}

bool login_enter(struct login *l, struct bytes key, uint64_t now_ms, struct buf *cookie)
{
	struct buf csrf = buf_over(l->csrf, sizeof l->csrf);
	uint8_t mac[32];

	if (!l->key_waits || !is_secret(key, l->key))
		return false;
	l->key_waits = false;
	SECRET_WIPE(l->key);
	random_fill(l->token, sizeof l->token);
	hmac_sha256(BYTES_ARRAY(l->token), BYTES_LITERAL("Silent Courier inbox v1: form"), mac);
	base64url_encode(&csrf, BYTES_ARRAY(mac));
	BUG_IF(csrf.failed || csrf.len != sizeof l->csrf);
	SECRET_WIPE(mac);
	l->open = true;
	l->last_ms = now_ms;
	buf_str(cookie, l->name);
	base64url_encode(cookie, BYTES_ARRAY(l->token));
	buf_str(cookie, ATTRIBUTES);
	return true;
}

bool login_check(struct login *l, struct bytes cookie, uint64_t now_ms)
{
	if (l->open && now_ms - l->last_ms >= LIMIT_BROWSE_IDLE_MS)
		end_session(l);
	if (!l->open || !is_secret(cookie_value(cookie, l->name), l->token))
		return false;
	l->last_ms = now_ms;
	return true;
}

bool login_form_fits(const struct login *l, struct bytes csrf)
{
	return l->open && csrf.n == sizeof l->csrf && secret_equal(csrf.p, l->csrf, sizeof l->csrf);
}

void login_leave(struct login *l, struct buf *cookie)
{
	end_session(l);
	buf_str(cookie, l->name);
	buf_str(cookie, "; Max-Age=0" ATTRIBUTES);
}

void login_wipe(struct login *l)
{
	SECRET_WIPE(*l);
}
