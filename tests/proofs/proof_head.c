/* SPDX-License-Identifier: GPL-3.0-or-later
 * http/head.c: our rules for each byte, for the request line, and for what a field may say. A head has 8 bytes here, a
 * target three. */
#include "views.h"

#include "limits.h"
#define LIMIT_HTTP_HEAD   8
#define LIMIT_HTTP_TARGET 3
#include "http/head.c"

static struct http_head h;

/* Not zeros, as what is static would be. */
static void any_head(void)
{
	struct http_head any;

	h = any;
	ASSUME(h.have <= sizeof h.bytes);
}

enum err refuse_shown(struct http_head *head, unsigned status)
{
	PROVE(status >= 400 && status < 600);
	head->status = status;
	return ERR_FORMAT;
}

/* Behind a head that came in one piece; a scan that goes on is not proved. */
static bool sound(void)
{
	return h.have <= sizeof h.bytes && h.scanned <= h.have && h.parsed <= h.scanned && h.end <= h.scanned &&
	       (h.line_len == 0 || h.line_len + 2 <= h.scanned);
}

void prove_scan(void)
{
	any_head();
	h.scanned = h.end = h.line_len = h.parsed = 0;
	if (scan(&h) != ERR_OK)
		return;
	PROVE(sound() && (h.end == 0 ? h.scanned == h.have : h.scanned == h.end));
	for (size_t i = 0; i < h.scanned; i++) {
		PROVE(h.bytes[i] != 0 && h.bytes[i] != 0x7f);
		PROVE((h.bytes[i] == '\n') == (i > 0 && h.bytes[i - 1] == '\r'));
	}
	PROVE(h.end == 0 || (h.end >= 4 && memcmp(h.bytes + h.end - 4, "\r\n\r\n", 4) == 0));
}

void prove_begin(void)
{
	any_head();
	PROVE(check_line_begin(&h) != ERR_BUSY || h.have == 0 || is_token(h.bytes[0]));
}

void prove_path(void)
{
	uint8_t object[4];
	struct bytes b = last_bytes(object, sizeof object);

	if (is_path_and_query(b))
		for (size_t i = 0; i < b.n; i++)
			PROVE(b.p[i] > ' ' && b.p[i] < 0x7f && b.p[i] != '"' && b.p[i] != '<' && b.p[i] != '#');
}

void prove_host(void)
{
	uint8_t object[7];
	struct bytes b = last_bytes(object, sizeof object);

	if (!is_host(b))
		return;
	PROVE(b.n > 0 && (is_alnum(b.p[0]) || b.p[0] == '-' || b.p[0] == '.' || b.p[0] == '['));
	for (size_t i = 0; i < b.n; i++)
		PROVE(is_alnum(b.p[i]) || b.p[i] == '-' || b.p[i] == '.' || b.p[i] == ':' || b.p[i] == '[' ||
		      b.p[i] == ']');
}

void prove_same(void)
{
	struct bytes a = any_bytes(2), b = any_bytes(2);
	bool same = a.n == b.n;

	for (size_t i = 0; i < a.n && same; i++)
		same =
		    a.p[i] == b.p[i] || ((a.p[i] ^ b.p[i]) == 0x20 && (a.p[i] | 0x20) >= 'a' && (a.p[i] | 0x20) <= 'z');
	PROVE(same_nocase(a, b) == same);
}

void prove_line(void)
{
	uint8_t object[18]; /* DELETE, a target of one character, a version, and a byte */
	struct bytes line = last_bytes(object, sizeof object);
	struct http_request r = {.method = HTTP_GET_};

	h.old_too = nondet_bool();
	if (check_line(&h, line, &r) != ERR_OK) {
		PROVE(h.status >= 400 && h.status < 600);
		return;
	}
	PROVE((unsigned)r.method < HTTP_METHOD_COUNT && within(r.path, line));
	PROVE(r.path.n >= 1 && r.path.n <= LIMIT_HTTP_TARGET && (!h.old || h.old_too));
}

bool bytes_eq_nocase_shown(struct bytes a, const char *s)
{
	(void)s;
	PROVE(a.n == 0 || __CPROVER_r_ok(a.p, a.n));
	return nondet_bool();
}

bool is_host_shown(struct bytes b)
{
	return b.n > 0 && nondet_bool();
}

bool is_path_and_query_shown(struct bytes b)
{
	PROVE(b.n > 0 && __CPROVER_r_ok(b.p, b.n));
	return nondet_bool();
}

void prove_target(void)
{
	uint8_t object[10];
	struct http_request r = {.path = last_bytes(object, sizeof object)};
	struct bytes all = r.path, authority;

	if (!split_target(&r, &authority))
		return;
	PROVE(r.path.n > 0 && r.path.p[0] == '/' && within(r.path, all) && within(r.query, all));
	PROVE(within(authority, all) && (authority.p == NULL || authority.n > 0));
	PROVE(authority.n + r.path.n + r.query.n <= all.n && memchr(r.path.p, '?', r.path.n) == NULL);
}

enum err bytes_decimal_shown(struct bytes b, uint64_t max, uint64_t *value)
{
	PROVE(__CPROVER_r_ok(b.p, b.n));
	if (nondet_bool())
		return nondet_bool() ? ERR_FORMAT : ERR_TOO_BIG;
	*value = nondet_u64();
	ASSUME(*value <= max);
	return ERR_OK;
}

/* No body without a length, and never two ways to say it. */
void prove_length(void)
{
	uint8_t object[2];
	struct bytes found[FIELD_COUNT] = {{NULL, 0}};
	struct http_request r = {.method = (enum http_method)(nondet_u32() % HTTP_METHOD_COUNT)};

	if (nondet_bool())
		found[FIELD_CONTENT_LENGTH] = last_bytes(object, sizeof object);
	if (nondet_bool())
		found[FIELD_TRANSFER_ENCODING] = last_bytes(object, sizeof object);
	if (check_length(&h, found, &r) != ERR_OK) {
		PROVE(h.status >= 400 && h.status < 600);
		return;
	}
	PROVE(found[FIELD_TRANSFER_ENCODING].p == NULL && r.has_body == (r.content_length > 0));
	PROVE(!methods[r.method].body ? !r.has_body : found[FIELD_CONTENT_LENGTH].p != NULL);
}
