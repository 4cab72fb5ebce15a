/* SPDX-License-Identifier: GPL-3.0-or-later
 * site/file.c: a site file's lines, and what a line is before its key's reader takes the value. */
#include "views.h"

#include "site/file.c"

void prove_split(void)
{
	uint8_t object[5];
	struct bytes line = last_bytes(object, sizeof object), key, value;

	if (!site_split_line(line, &key, &value))
		return;
	PROVE(within(key, line) && within(value, line) && key.n + value.n < line.n);
	for (size_t i = 0; i < key.n; i++)
		PROVE(key.p[i] != '=');
}

bool take_refused_shown(struct site_fault *fault, const char *sentence)
{
	PROVE(fault != NULL && __CPROVER_r_ok(sentence, 1));
	return false;
}

static struct site site;
static struct site_fault fault;

void prove_next(void)
{
	uint8_t object[6];
	struct bytes all = last_bytes(object, sizeof object), rest = all, content = {NULL, 77};
	struct parser p = {.site = &site, .fault = &fault, .config = nondet_bool()};
	unsigned line = nondet_u32();

	if (next_line(&p, &rest, line, &content) != ERR_OK) {
		PROVE(rest.n == all.n && content.n == 77 && fault.line == line);
		return;
	}
	PROVE(line <= LIMIT_SITE_LINES && content.n <= LIMIT_SITE_LINE && content.p == all.p && is_rest(rest, all));
	PROVE(content.n == all.n ? p.config : content.n + 1 + rest.n == all.n && all.p[content.n] == '\n');
}

bool text_is_line_shown(struct bytes text)
{
	PROVE(text.n == 0 || __CPROVER_r_ok(text.p, text.n));
	return nondet_bool();
}

static size_t which;

size_t find_key_shown(struct bytes key)
{
	PROVE(key.n == 0 || __CPROVER_r_ok(key.p, key.n));
	ASSUME(which <= KEY_COUNT);
	return which;
}

static uint32_t seen;

enum err take_value_shown(struct parser *p, size_t k, struct bytes language, struct bytes value, unsigned line)
{
	PROVE(k == which && k < KEY_COUNT && (p->seen & UINT32_C(1) << k) != 0 && line == 7);
	PROVE(!keys[k].once || (seen & UINT32_C(1) << k) == 0);
	PROVE(!keys[k].of_desk || p->site->desk_count > 0);
	PROVE(language.n == 0 || keys[k].take_in != NULL);
	PROVE(!keys[k].made || !p->config);
	PROVE(within(value, p->text));
	return nondet_bool() ? ERR_OK : ERR_FORMAT;
}

void prove_line(void)
{
	uint8_t object[6];
	struct parser p = {.site = &site,
			   .fault = &fault,
			   .config = nondet_bool(),
			   .text = last_bytes(object, sizeof object),
			   .seen = nondet_u32()};

	which = nondet_size();
	site.desk_count = nondet_size();
	seen = p.seen;
	if (parse_line(&p, p.text, 7) == ERR_OK)
		PROVE(which < KEY_COUNT);
	PROVE((p.seen & seen) == seen);
}

void prove_count(void)
{
	uint8_t object[4];
	struct bytes text = last_bytes(object, sizeof object);
	size_t at = nondet_size();
	unsigned line;

	ASSUME(at <= text.n);
	line = line_of(text, bytes_of(text.p + at, 0));
	PROVE(line >= 1 && line <= 1 + at);
}
