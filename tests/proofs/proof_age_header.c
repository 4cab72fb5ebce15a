/* SPDX-License-Identifier: GPL-3.0-or-later
 * age/header.c: arguments and the version line, over any text. */
#include "proof.h"

#include "age/header.h"

enum { TEXT_MAX = 9 };

#include "age/header.c"

static bool within(struct bytes part, struct bytes all)
{
	return part.n == 0 || (part.p >= all.p && part.n <= all.n && part.p + part.n <= all.p + all.n);
}

/* As bytes/base64 shows. */
enum err base64_decode_shown(struct bytes text, bool pad, uint8_t *out, size_t cap, size_t *out_len)
{
	size_t n = text.n / 4 * 3 + text.n % 4 * 3 / 4;

	PROVE(!pad && __CPROVER_r_ok(text.p, text.n) && __CPROVER_w_ok(out, cap));
	if (nondet_bool() || text.n % 4 == 1)
		return ERR_FORMAT;
	if (n > cap)
		return ERR_TOO_BIG;
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

void prove_version(void)
{
	struct bytes all = any_bytes(23), rest = all;
	enum err e = age_version_take(&rest);

	PROVE(rest.n <= all.n);
	PROVE(e == ERR_OK ? all.n - rest.n == sizeof AGE_VERSION_LINE - 1 : e == ERR_FORMAT || e == ERR_UNSUPPORTED);
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
