/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/guard.h"

#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"

static void csrf_of(const uint8_t token[static SESSION_TOKEN_LEN], uint8_t csrf[static SESSION_TEXT_LEN])
{
	struct buf text = buf_over(csrf, SESSION_TEXT_LEN);
	uint8_t mac[32];

	hmac_sha256(bytes_of(token, SESSION_TOKEN_LEN), BYTES_LITERAL("Silent Courier guard v1: form"), mac);
	base64url_encode(&text, BYTES_ARRAY(mac));
	BUG_IF(text.failed || text.len != SESSION_TEXT_LEN);
	SECRET_WIPE(mac);
}

void guard_begin(struct guard *g, const struct http_request *r)
{
	struct buf cookie = buf_over(g->cookie, sizeof g->cookie);
	uint8_t token[SESSION_TOKEN_LEN];

	g->set_cookie = bytes_of(NULL, 0);
	if (r->sec_fetch_site.n > 0)
		return;
	/* The one that it has: pages in several tabs stay good. */
	if (session_token(r->cookie, "f=", token) != ERR_OK)
		random_fill(token, sizeof token);
	csrf_of(token, g->csrf);
	session_cookie(&cookie, "f=", token);
	BUG_IF(cookie.failed);
	g->set_cookie = buf_view(&cookie);
	SECRET_WIPE(token);
}

void guard_wipe(struct guard *g)
{
	SECRET_WIPE(*g);
}

bool guard_fits(const struct http_request *r, struct bytes csrf)
{
	uint8_t token[SESSION_TOKEN_LEN];
	uint8_t text[SESSION_TEXT_LEN];
	bool fits;

	if (r->sec_fetch_site.n > 0)
		return true;
	if (session_token(r->cookie, "f=", token) != ERR_OK)
		return false;
	csrf_of(token, text);
	fits = csrf.n == sizeof text && secret_equal(csrf.p, text, sizeof text);
	SECRET_WIPE(token);
	SECRET_WIPE(text);
	return fits;
}
