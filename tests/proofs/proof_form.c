/* SPDX-License-Identifier: GPL-3.0-or-later
 * http/form.c: a body of any bytes, with smaller maxima: two fields, names of three bytes. */
#include "proof.h"

#include "limits.h"
#undef LIMIT_FORM_FIELDS
#undef LIMIT_FORM_NAME
#define LIMIT_FORM_FIELDS 2
#define LIMIT_FORM_NAME   3
#include "http/form.h"

enum { BODY_MAX = 6 };

/* Decoding stays where it is and only makes shorter; on error nothing is handed out. */
// clang-format off: contracts
static enum err decode(uint8_t *p, size_t n, struct bytes *out)
	__CPROVER_requires(n <= BODY_MAX && __CPROVER_rw_ok(p, n) && __CPROVER_w_ok(out, sizeof *out))
	__CPROVER_assigns(__CPROVER_object_upto(p, n), *out)
	__CPROVER_ensures(__CPROVER_return_value == ERR_OK || __CPROVER_return_value == ERR_FORMAT)
	__CPROVER_ensures(__CPROVER_return_value == ERR_FORMAT || (__CPROVER_pointer_equals(out->p, p) && out->n <= n));
// clang-format on

#include "http/form.c"

/* The contract as prove_parse() takes it. That bytes in p[0 .. n) change is left out: nobody looks at them again. */
enum err decode_shown(uint8_t *p, size_t n, struct bytes *out)
{
	PROVE(__CPROVER_rw_ok(p, n));
	out->p = p;
	out->n = nondet_size();
	ASSUME(out->n <= n);
	return nondet_bool() ? ERR_OK : ERR_FORMAT;
}

void prove_decode(void)
{
	struct bytes text = any_bytes(BODY_MAX), out = {NULL, 0};

	(void)!decode((uint8_t *)text.p, text.n, &out);
}

static bool within(struct bytes part, struct bytes all)
{
	return part.p >= all.p && part.n <= all.n && part.p + part.n <= all.p + all.n;
}

void prove_parse(void)
{
	uint8_t object[BODY_MAX - 1];
	struct bytes body = last_bytes(object, sizeof object);
	struct form f;
	enum err e = form_parse((uint8_t *)body.p, body.n, &f);

	PROVE(e == ERR_OK || e == ERR_FORMAT || e == ERR_TOO_BIG);
	PROVE(e == ERR_OK ? f.count <= LIMIT_FORM_FIELDS : f.count == 0);
	for (size_t i = 0; i < f.count; i++) {
		PROVE(f.fields[i].name.n > 0 && f.fields[i].name.n <= LIMIT_FORM_NAME);
		PROVE(within(f.fields[i].name, body));
		PROVE(within(f.fields[i].value, body));
		/* What is decoded later doesn't write where an earlier field lies. */
		PROVE(i == 0 || f.fields[i].name.p > f.fields[i - 1].value.p + f.fields[i - 1].value.n);
	}
}

void prove_value(void)
{
	struct form f;
	struct bytes found;

	f.count = nondet_size();
	ASSUME(f.count <= LIMIT_FORM_FIELDS);
	for (size_t i = 0; i < f.count; i++)
		f.fields[i] = (struct form_field){any_bytes(3), any_bytes(1)};
	for (size_t i = 0; i < f.count; i++)
		ASSUME(f.fields[i].value.p != NULL);
	found = form_value(&f, "ab");
	for (size_t i = 0; i < f.count; i++)
		if (found.p == f.fields[i].value.p)
			PROVE(bytes_eq_str(f.fields[i].name, "ab"));
	if (f.count == 2 && bytes_eq(f.fields[0].name, f.fields[1].name))
		PROVE(found.p == NULL);
}
