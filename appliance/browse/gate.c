/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "browse/gate.h"

enum { AUTHORITY_MAX = 32 };

static bool is_our_name(struct bytes host, uint16_t port)
{
	static const char names[][12] = {"127.0.0.1:", "localhost:"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char storage[AUTHORITY_MAX] = {0};
		struct buf name = buf_over(storage, sizeof storage - 1);

		buf_str(&name, names[i]);
		buf_decimal(&name, port);
		BUG_IF(name.failed);
		if (bytes_eq_nocase(host, storage))
			return true;
	}
	return false;
}

enum gate gate_check(const struct http_request *r, uint16_t port)
{
	struct bytes scheme = BYTES_LITERAL("http://");

	if (!is_our_name(r->host, port))
		return GATE_HOST;
	if (r->sec_fetch_site.p != NULL && !bytes_eq_str(r->sec_fetch_site, "same-origin") &&
	    !(r->method != HTTP_POST_ && bytes_eq_str(r->sec_fetch_site, "none")))
		return GATE_ELSEWHERE;
	if (r->origin.p != NULL &&
	    !(bytes_starts(r->origin, scheme) && bytes_eq(bytes_from(r->origin, scheme.n), r->host)))
		return GATE_ELSEWHERE;
	return GATE_OPEN;
}
