/* SPDX-License-Identifier: GPL-3.0-or-later
 * verify/registers.c: PE files of any contents, of three sections at most; what is hashed lies in the file. */
#include "views.h"

#include "verify/field.c"
#include "verify/registers.c"

enum { FILE_MAX = 180, SECTIONS = sizeof(((struct program *)NULL)->sections) / sizeof(struct section) };

bool field_numbers_shown(struct bytes b, const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fields[i].at > b.n || fields[i].width > b.n - fields[i].at)
			return false;
		*fields[i].value = nondet_u64();
		ASSUME(*fields[i].value < UINT64_C(1) << 8 * fields[i].width);
	}
	return true;
}

void prove_section(void)
{
	uint8_t object[30];
	struct bytes file = last_bytes(object, sizeof object);
	struct section s;

	if (read_section(file, nondet_u64() >> 1, &s))
		PROVE(s.name.n == SECTION_NAME_LEN && within(s.name, file) && within(s.contents, file));
}

void prove_order(void)
{
	struct program p;
	struct section s;
	size_t before = p.section_count;

	ASSUME(before < SECTIONS);
	for (size_t i = 1; i < before; i++)
		ASSUME(p.sections[i - 1].at <= p.sections[i].at);
	add_section(&p, &s);
	PROVE(p.section_count == before + 1);
	for (size_t i = 1; i < p.section_count; i++)
		PROVE(p.sections[i - 1].at <= p.sections[i].at);
}

static bool is_sound(const struct program *p)
{
	return p->headers <= p->file.n && p->certificates_len <= p->file.n - p->headers && p->pe <= p->headers &&
	       p->headers - p->pe >= CERTIFICATES_AT + CERTIFICATES_LEN;
}

void prove_headers(void)
{
	uint8_t object[FILE_MAX];
	struct program p = {.file = last_bytes(object, sizeof object)};
	uint64_t at, count;

	if (read_headers(&p, &at, &count))
		PROVE(is_sound(&p) && count <= SECTIONS && at <= p.headers && count * SECTION_LEN <= p.headers - at);
}

bool read_headers_shown(struct program *p, uint64_t *sections_at, uint64_t *section_count)
{
	*sections_at = nondet_u32();
	*section_count = nondet_size();
	ASSUME(*section_count <= SECTIONS);
	return nondet_bool();
}

bool read_section_shown(struct bytes file, uint64_t entry, struct section *s)
{
	(void)entry;
	*s = (struct section){.name = file, .contents = file, .at = nondet_u32()};
	return nondet_bool();
}

void prove_program(void)
{
	struct program p;
	uint8_t object[3];

	if (read_program(BYTES_ARRAY(object), &p))
		PROVE(p.section_count <= SECTIONS);
}

static struct bytes hashed_file;

void br_sha256_init_shown(br_sha256_context *c)
{
	(void)c;
}

void br_sha224_update_shown(br_sha224_context *c, const void *data, size_t n)
{
	(void)c;
	PROVE(within(bytes_of(data, n), hashed_file));
}

void br_sha256_out_shown(const br_sha256_context *c, void *out)
{
	(void)c;
	PROVE(__CPROVER_w_ok(out, 32));
}

void prove_hash(void)
{
	uint8_t object[FILE_MAX], hash[32];
	struct program p = {.pe = nondet_u64(), .headers = nondet_u64(), .certificates_len = nondet_u64()};

	p.file = hashed_file = last_bytes(object, sizeof object);
	p.section_count = nondet_size();
	ASSUME(is_sound(&p) && p.section_count <= SECTIONS);
	for (size_t i = 0; i < p.section_count; i++)
		p.sections[i].contents = bytes_first(bytes_from(p.file, nondet_size()), nondet_size());
	(void)hash_program(&p, hash);
}

bool find_known_shown(struct bytes name, size_t *which)
{
	PROVE(name.n == SECTION_NAME_LEN);
	*which = nondet_size();
	ASSUME(*which < KNOWN);
	return nondet_bool();
}

void prove_contents(void)
{
	uint8_t object[4];
	struct bytes all = last_bytes(object, sizeof object), contents[MEASURED] = {{NULL, 0}};
	struct program p = {.section_count = nondet_size()};

	ASSUME(p.section_count <= SECTIONS);
	for (size_t i = 0; i < p.section_count; i++)
		p.sections[i] = (struct section){bytes_of("12345678", 8), all, 0, nondet_u64()};
	if (take_contents(&p, contents))
		for (size_t i = 0; i < MEASURED; i++)
			PROVE(within(contents[i], all));
}
