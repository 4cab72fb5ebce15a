/* SPDX-License-Identifier: GPL-3.0-or-later
 * Forms that come before a session, and that another site's page could send in a source's name: a codename of its own
 * to return with, or to be shown as the source's. Tor Browser says where a request comes from (Sec-Fetch-Site); other
 * browsers don't say so to an http onion. They get a random token in the cookie `f` with the page, and its
 * HMAC-SHA-256(token, "form") in the form: a page elsewhere knows neither. */
#ifndef VISIT_GUARD_H
#define VISIT_GUARD_H

#include "http/http.h"
#include "visit/session.h"

struct guard {
	uint8_t csrf[SESSION_TEXT_LEN]; /* for the form */
	uint8_t cookie[SESSION_COOKIE_MAX];
	struct bytes set_cookie; /* Set-Cookie, or empty: none is needed; a view into *cookie */
};

/* For the answer to r. Secret: guard_wipe() it. */
void guard_begin(struct guard *g, const struct http_request *r);
void guard_wipe(struct guard *g);
/* csrf: the field of the form. A request from another site never comes here (visit/serve.c). */
bool guard_fits(const struct http_request *r, struct bytes csrf);

#endif
