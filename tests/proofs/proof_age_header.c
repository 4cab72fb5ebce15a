/* SPDX-License-Identifier: GPL-3.0-or-later
 * age/header.c: the grammar's pieces over any text. Full lines have 4 columns here, which stand for 3 bytes, and a
 * header at most two stanzas and a MAC of two digits. */
#include "proof.h"
#include "views.h"

#include "age/header.h"

#undef AGE_STANZAS_MAX
#define AGE_STANZAS_MAX 2
#include "age/header.c"

/* As bytes/base64 shows. */
enum err base64_decode_shown(struct bytes text, bool pad, uint8_t *out, size_t cap, size_t *out_len)
{
	size_t n = text.n / 4 * 3 + text.n % 4 * 3 / 4;

	PROVE(!pad && __CPROVER_r_ok(text.p, text.n) && __CPROVER_w_ok(out, cap));
	if (nondet_bool() || text.n % 4 == 1 || n > cap)
		return nondet_bool() ? ERR_FORMAT : ERR_TOO_BIG;
	*out_len = n;
	return ERR_OK;
}

void prove_argument(void)
{
	struct bytes all = any_bytes(6), rest = all, argument;

	if (age_argument_next(&rest, &argument)) {
		PROVE(argument.n + rest.n <= all.n && within(argument, all) && within(rest, all));
		PROVE(argument.n == all.n || all.p[argument.n] == ' ');
	}
}

void prove_arguments(void)
{
	struct bytes line = any_bytes(6);

	if (!arguments_valid(line))
		return;
	PROVE(line.n > 0 && line.p[0] != ' ' && line.p[line.n - 1] != ' ');
	for (size_t i = 0; i < line.n; i++)
		PROVE(line.p[i] > ' ' ? line.p[i] < 0x7f : line.p[i] == ' ' && line.p[i - 1] != ' ');
}

void prove_line(void)
{
	struct bytes all = any_bytes(5), rest = all, line;

	if (!line_next(&rest, &line)) {
		PROVE(rest.n == all.n);
		return;
	}
	PROVE(line.p == all.p && line.n < all.n && all.p[line.n] == '\n' && rest.n == all.n - line.n - 1);
	PROVE(rest.n == 0 || rest.p == all.p + line.n + 1);
	for (size_t i = 0; i < line.n; i++)
		PROVE(line.p[i] != '\n');
}

bool line_next_shown(struct bytes *rest, struct bytes *line)
{
	size_t n = nondet_size();

	if (n >= rest->n)
		return false;
	ASSUME(rest->p[n] == '\n');
	for (size_t i = 0; i < n; i++)
		ASSUME(rest->p[i] != '\n');
	*line = bytes_first(*rest, n);
	*rest = bytes_from(*rest, n + 1);
	return true;
}

/* An LF after each full line, and nowhere else. */
static bool in_full_lines(struct bytes body)
{
	bool so = true;

	for (size_t i = 0; i < body.n; i++)
		so = so && (body.p[i] == '\n') == (i % (LINE_FULL + 1) == LINE_FULL);
	return so;
}

void prove_body(void)
{
	uint8_t object[12];
	struct bytes all = last_bytes(object, sizeof object), rest = all, body;

	if (!body_next(&rest, &body))
		return;
	PROVE(body.p == all.p && body.n < all.n && all.p[body.n] == '\n' && rest.n == all.n - body.n - 1);
	PROVE(rest.n == 0 || rest.p == all.p + body.n + 1);
	PROVE(in_full_lines(body));
}

void prove_decoded(void)
{
	uint8_t object[11], out[7];
	struct age_stanza s = {.body = last_bytes(object, sizeof object)};
	size_t n = nondet_size();

	ASSUME(n <= sizeof out && in_full_lines(s.body));
	(void)age_stanza_body(&s, out + (sizeof out - n), n);
}

void prove_version(void)
{
	struct bytes all = any_bytes(23), rest = all;
	enum err e = age_version_take(&rest);

	PROVE(rest.n <= all.n);
	PROVE(e == ERR_OK ? all.n - rest.n == sizeof AGE_VERSION_LINE - 1 : e == ERR_FORMAT || e == ERR_UNSUPPORTED);
}

bool body_next_shown(struct bytes *rest, struct bytes *body)
{
	size_t n = nondet_size();

	if (n >= rest->n || nondet_bool())
		return false;
	ASSUME(rest->p[n] == '\n');
	*body = bytes_first(*rest, n);
	*rest = bytes_from(*rest, n + 1);
	return true;
}

void prove_stanza(void)
{
	uint8_t object[10];
	struct bytes all = last_bytes(object, sizeof object), rest = all;
	struct age_stanza s;

	if (!age_header_next(&rest, &s))
		return;
	PROVE(rest.n < all.n && (rest.n == 0 || rest.p + rest.n == all.p + all.n));
	PROVE(s.type.n > 0 && within(s.type, all) && within(s.arguments, all) && within(s.body, all));
	PROVE(s.body.n < all.n - rest.n && all.p[all.n - rest.n - 1] == '\n');
}

enum err age_version_take_shown(struct bytes *rest)
{
	size_t n = nondet_size();

	if (nondet_bool())
		return ERR_FORMAT;
	ASSUME(n <= rest->n);
	*rest = bytes_from(*rest, n);
	return ERR_OK;
}

bool stanza_next_shown(struct bytes *rest, struct age_stanza *s)
{
	size_t n = nondet_size();

	*s = (struct age_stanza){.type = nondet_bool() ? BYTES_LITERAL("scrypt") : BYTES_LITERAL("a")};
	ASSUME(n > 0 && n <= rest->n);
	*rest = bytes_from(*rest, n);
	return nondet_bool();
}

void prove_parse(void)
{
	uint8_t object[13];
	struct bytes text = last_bytes(object, sizeof object);
	struct age_header h = {.count = 77};
	enum err e = age_header_parse(text, &h);

	PROVE(e == ERR_OK || e == ERR_FORMAT || e == ERR_UNSUPPORTED || e == ERR_TOO_BIG);
	if (e != ERR_OK) {
		PROVE(h.count == 77);
		return;
	}
	PROVE(h.count >= 1 && h.count <= AGE_STANZAS_MAX && (!h.by_passphrase || h.count == 1));
	PROVE(within(h.stanzas, text) && within(h.macced, text));
	PROVE(h.macced.p == text.p && h.macced.n < text.n);
}
