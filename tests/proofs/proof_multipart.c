/* SPDX-License-Identifier: GPL-3.0-or-later
 * http/multipart.c: the pieces of a header line over any text, and the push parser from any state: what is shown of a
 * piece of up to 3 bytes in any sound state holds for a body of any length. Smaller maxima: a boundary of one
 * character, a part's header of 6 bytes, names and types of 3 bytes, 2 parts. What compares words is any outcome at
 * all. */
#include "proof.h"
#include "views.h"

#include "limits.h"
#undef LIMIT_FORM_FIELDS
#undef LIMIT_FORM_NAME
#undef LIMIT_FILE_TYPE
#define LIMIT_FORM_FIELDS 2
#define LIMIT_FORM_NAME   3
#define LIMIT_FILE_TYPE   3
#include "http/multipart.c"

enum { LINE_MAX = 5, PIECE_MAX = 3 };

static enum err any_outcome(void)
{
	return nondet_bool() ? ERR_OK : ERR_IO;
}

void prove_token(void)
{
	uint8_t object[4];
	struct bytes all = last_bytes(object, sizeof object), rest = all, token = take_token(&rest);

	PROVE(token.p == all.p && token.n + rest.n == all.n && is_rest(rest, all));
	PROVE(rest.n == 0 || !is_token(rest.p[0]));
	for (size_t i = 0; i < token.n; i++)
		PROVE(token.p[i] > ' ' && token.p[i] < 0x7f && token.p[i] != '"' && token.p[i] != ';' &&
		      token.p[i] != '=');
}

struct bytes take_token_shown(struct bytes *b)
{
	struct bytes token = bytes_first(*b, nondet_size());

	*b = bytes_from(*b, token.n);
	return token;
}

void prove_quoted(void)
{
	uint8_t object[LINE_MAX];
	struct bytes all = last_bytes(object, sizeof object), rest = all, value;

	if (!take_quoted(&rest, &value)) {
		PROVE(rest.n == all.n);
		return;
	}
	PROVE(value.p == all.p && value.n + 1 + rest.n == all.n && all.p[value.n] == '"' && is_rest(rest, all));
}

bool take_quoted_shown(struct bytes *b, struct bytes *value)
{
	size_t n = nondet_size();

	if (n >= b->n)
		return false;
	*value = bytes_first(*b, n);
	*b = bytes_from(*b, n + 1);
	return true;
}

void prove_parameter(void)
{
	uint8_t object[LINE_MAX];
	struct bytes all = last_bytes(object, sizeof object), rest = all;
	struct parameter p;
	enum err e = take_parameter(&rest, &p);

	PROVE(is_rest(rest, all) && (e == ERR_OK || e == ERR_END || e == ERR_FORMAT));
	if (e == ERR_OK)
		PROVE(p.name.n > 0 && within(p.name, all) && within(p.value, all) && rest.n < all.n);
}

enum err take_parameter_shown(struct bytes *b, struct parameter *p)
{
	size_t name = nondet_size(), value = nondet_size(), value_len = nondet_size(), taken = nondet_size();

	if (nondet_bool())
		return nondet_bool() ? ERR_END : ERR_FORMAT;
	ASSUME(taken > 0 && taken <= b->n && name < taken && value <= taken && value_len <= taken - value);
	p->name = bytes_of(b->p + name, 1);
	p->value = bytes_of(b->p + value, value_len);
	p->quoted = nondet_bool();
	*b = bytes_from(*b, taken);
	return ERR_OK;
}

bool bytes_eq_nocase_shown(struct bytes a, const char *s)
{
	(void)s;
	PROVE(a.n == 0 || __CPROVER_r_ok(a.p, a.n));
	return nondet_bool();
}

void prove_boundary(void)
{
	uint8_t object[3];
	struct bytes b = last_bytes(object, sizeof object);

	if (is_boundary(b))
		for (size_t i = 0; i < b.n; i++)
			PROVE(b.n <= MULTIPART_BOUNDARY_MAX && b.p[i] != '\r' && b.p[b.n - 1] != ' ');
}

bool is_boundary_shown(struct bytes b)
{
	return b.n > 0 && b.n <= MULTIPART_BOUNDARY_MAX && nondet_bool();
}

void prove_begin(void)
{
	uint8_t object[LINE_MAX];
	struct multipart m;
	struct bytes type = last_bytes(object, sizeof object);
	enum err e = multipart_begin(&m, type, (struct multipart_handler){NULL, NULL, NULL, NULL});

	PROVE(e == ERR_OK || m.failed == ERR_STATE);
	if (e == ERR_OK)
		PROVE(m.delimiter_len == 4 + MULTIPART_BOUNDARY_MAX && m.matched == 2 && m.failed == ERR_OK);
}

void prove_unescape(void)
{
	uint8_t object[4];
	struct bytes all = last_bytes(object, sizeof object), out = unescape((uint8_t *)all.p, all.n, nondet_bool());

	PROVE(out.p == all.p && out.n <= all.n && (all.n == 0) == (out.n == 0));
}

struct bytes unescape_shown(uint8_t *p, size_t n, bool quoted)
{
	size_t to = nondet_size();

	(void)quoted;
	PROVE(__CPROVER_rw_ok(p, n));
	ASSUME(to <= n && (n == 0) == (to == 0));
	return bytes_of(p, to);
}

void prove_media_type(void)
{
	uint8_t object[LINE_MAX];
	struct bytes value = last_bytes(object, sizeof object), type = media_type(value);

	PROVE(type.n <= LIMIT_FILE_TYPE && within(type, value));
}

struct bytes media_type_shown(struct bytes value)
{
	struct bytes type = bytes_first(value, nondet_size());

	return bytes_first(type, LIMIT_FILE_TYPE);
}

void prove_disposition(void)
{
	struct multipart m;
	struct multipart_part part = {.is_file = false};
	struct bytes header = bytes_of(m.header, MULTIPART_HEADER_MAX);

	if (read_disposition(&m, header, &part) != ERR_OK)
		return;
	PROVE(part.name.n > 0 && part.name.n <= LIMIT_FORM_NAME && within(part.name, header) &&
	      within(part.filename, header));
	PROVE(part.is_file || part.filename.p == NULL);
}

enum err read_disposition_shown(struct multipart *m, struct bytes value, struct multipart_part *part)
{
	PROVE(within(value, bytes_of(m->header, MULTIPART_HEADER_MAX)));
	if (nondet_bool() || part->name.p != NULL)
		return ERR_FORMAT;
	part->name = bytes_of(m->header, 1);
	return ERR_OK;
}

struct bytes bytes_trim_shown(struct bytes b)
{
	b = bytes_from(b, nondet_size());
	return bytes_first(b, nondet_size());
}

void prove_field(void)
{
	struct multipart m;
	struct multipart_part part = {.name = {nondet_bool() ? m.header : NULL, 1}};
	size_t n = nondet_size();

	ASSUME(n <= MULTIPART_HEADER_MAX);
	if (read_field(&m, bytes_of(m.header + (MULTIPART_HEADER_MAX - n), n), &part) == ERR_OK)
		PROVE(part.type.n <= LIMIT_FILE_TYPE && within(part.type, BYTES_ARRAY(m.header)));
}

enum err read_field_shown(struct multipart *m, struct bytes line, struct multipart_part *part)
{
	PROVE(within(line, bytes_of(m->header, m->header_len)));
	for (size_t i = 0; i + 1 < line.n; i++)
		PROVE(line.p[i] != '\r' || line.p[i + 1] != '\n');
	if (nondet_bool())
		part->name = bytes_of(m->header, 1);
	return any_outcome();
}

static enum err part_begin(void *context, const struct multipart_part *part)
{
	const struct multipart *m = context;

	PROVE(part->name.n > 0 && __CPROVER_r_ok(part->name.p, part->name.n) && m->part_count <= LIMIT_FORM_FIELDS);
	return any_outcome();
}

void prove_header(void)
{
	struct multipart m;

	m.handler = (struct multipart_handler){.part_begin = part_begin, .context = &m};
	ASSUME(m.header_len <= MULTIPART_HEADER_MAX && m.part_count <= LIMIT_FORM_FIELDS);
	(void)!read_header(&m);
	PROVE(m.part_count <= LIMIT_FORM_FIELDS + 1);
}

enum err read_header_shown(struct multipart *m)
{
	PROVE(m->header_len <= MULTIPART_HEADER_MAX);
	return any_outcome();
}

static struct bytes input;

static enum err part_data(void *context, struct bytes data)
{
	const struct multipart *m = context;

	PROVE(data.n > 0 && m->state == MULTIPART_CONTENT);
	PROVE(data.p == m->delimiter ? data.n < m->delimiter_len : within(data, input));
	return any_outcome();
}

static enum err part_end(void *context)
{
	const struct multipart *m = context;

	PROVE(m->state == MULTIPART_CONTENT);
	return any_outcome();
}

/* Between two pieces of a body. */
static bool sound(const struct multipart *m)
{
	return (unsigned)m->state <= MULTIPART_EPILOGUE && m->delimiter_len == 4 + MULTIPART_BOUNDARY_MAX &&
	       m->header_len <= MULTIPART_HEADER_MAX && m->padding <= PADDING_MAX &&
	       (m->state == MULTIPART_PREAMBLE || m->state == MULTIPART_CONTENT ? m->matched < m->delimiter_len : true);
}

void prove_push(void)
{
	struct multipart m;
	uint8_t object[PIECE_MAX];
	struct bytes rest = last_bytes(object, sizeof object);

	input = rest;
	m.handler = (struct multipart_handler){part_begin, part_data, part_end, &m};
	ASSUME(sound(&m) && rest.n > 0);
	memcpy(m.delimiter, "\r\n--", 4);
	if (push(&m, &rest) != ERR_OK)
		return;
	PROVE(sound(&m));
	PROVE(is_rest(rest, input) && (rest.n < input.n || m.matched == 0));
}

/* Whole delimiters within one piece. */
void prove_content(void)
{
	struct multipart m;
	uint8_t object[6];
	struct bytes rest = last_bytes(object, sizeof object);

	input = rest;
	m.handler = (struct multipart_handler){part_begin, part_data, part_end, &m};
	ASSUME(sound(&m) && (m.state == MULTIPART_PREAMBLE || m.state == MULTIPART_CONTENT) && m.matched == 0 &&
	       rest.n > 0);
	memcpy(m.delimiter, "\r\n--", 4);
	if (push_content(&m, &rest) == ERR_OK)
		PROVE(sound(&m) && is_rest(rest, input) && rest.n < input.n);
}
