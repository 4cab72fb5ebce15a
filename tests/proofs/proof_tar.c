/* SPDX-License-Identifier: GPL-3.0-or-later
 * tar/reader.c: a header of any 512 bytes by the contracts of its pieces, and each step of the reader from any state.
 */
#include "proof.h"

#include "tar/reader.h"

// clang-format off: contracts
/* Three bits a digit. */
static bool octal(const uint8_t *field, size_t n, uint64_t *value)
	__CPROVER_requires(n <= 12 && __CPROVER_r_ok(field, n) && __CPROVER_w_ok(value, sizeof *value))
	__CPROVER_assigns(*value)
	__CPROVER_ensures(!__CPROVER_return_value || *value >> (3 * n) == 0);

/* Nothing but what is given is read. */
static bool all_zero(const uint8_t *p, size_t n)
	__CPROVER_requires(n <= 6 && __CPROVER_r_ok(p, n))
	__CPROVER_assigns();
// clang-format on

#include "tar/reader.c"

static enum err any_outcome(void)
{
	return nondet_bool() ? ERR_OK : ERR_IO;
}

static struct tar_reader *reader;

static enum err begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	(void)context;
	PROVE(name.n >= 1 && name.n <= TAR_NAME_MAX && __CPROVER_r_ok(name.p, name.n));
	PROVE(size <= reader->size_max && time_s <= TAR_TIME_MAX);
	return any_outcome();
}

static enum err data(void *context, struct bytes data)
{
	(void)context;
	PROVE(data.n > 0 && data.n <= reader->left && __CPROVER_r_ok(data.p, data.n));
	return any_outcome();
}

static enum err end(void *context)
{
	(void)context;
	PROVE(reader->left == 0);
	return any_outcome();
}

static const struct tar_sink sink = {begin, data, end, NULL};

void prove_octal(void)
{
	uint8_t field[12];
	size_t n = nondet_size();
	uint64_t value;

	ASSUME(n <= sizeof field);
	(void)octal(field + sizeof field - n, n, &value);
}

void prove_zero(void)
{
	struct bytes b = any_bytes(6);

	(void)all_zero(b.p, b.n);
}

void prove_name(void)
{
	struct bytes name = any_bytes(7);

	if (!plain_name(name))
		return;
	PROVE(name.n > 0 && name.p[0] != '/' && name.p[name.n - 1] != '/');
	for (size_t i = 0; i < name.n; i++) {
		PROVE(name.p[i] > ' ' && name.p[i] < 0x7f);
		/* no part that begins with a dot, and none that is empty */
		PROVE(i == 0 || name.p[i - 1] != '/' || (name.p[i] != '.' && name.p[i] != '/'));
	}
	PROVE(name.p[0] != '.');
}

bool octal_shown(const uint8_t *field, size_t n, uint64_t *value)
{
	PROVE(n <= 12 && __CPROVER_r_ok(field, n));
	*value = nondet_u64();
	ASSUME(*value >> (3 * n) == 0);
	return nondet_bool();
}

bool all_zero_shown(const uint8_t *p, size_t n)
{
	PROVE(__CPROVER_r_ok(p, n));
	return nondet_bool();
}

bool plain_name_shown(struct bytes name)
{
	PROVE(__CPROVER_r_ok(name.p, name.n));
	return name.n > 0 && nondet_bool();
}

bool checksum_fits_shown(const uint8_t *block)
{
	PROVE(__CPROVER_r_ok(block, TAR_BLOCK));
	return nondet_bool();
}

void prove_checksum(void)
{
	uint8_t block[TAR_BLOCK];

	(void)checksum_fits(block);
}

void prove_header(void)
{
	struct tar_reader t;

	t.sink = sink;
	t.state = TAR_HEADER;
	reader = &t;
	ASSUME(t.entries <= LIMIT_TAR_ENTRIES);
	(void)!header(&t);
	PROVE(t.state == TAR_HEADER || t.padding < TAR_BLOCK);
}

/* What header() leaves behind, by prove_header(). */
enum err header_shown(struct tar_reader *t)
{
	uint64_t size = nondet_u64();

	if (!nondet_bool())
		return any_outcome();
	ASSUME(size <= t->size_max);
	t->left = size;
	t->padding = nondet_size();
	ASSUME(t->padding < TAR_BLOCK);
	t->state = TAR_DATA;
	return ERR_OK;
}

/* Between two pieces of input; so what is shown of one piece holds for a stream of them. */
static bool sound(const struct tar_reader *t)
{
	return (unsigned)t->state <= TAR_AFTER && t->fill < TAR_BLOCK && t->padding < TAR_BLOCK &&
	       t->left <= t->size_max && (t->state != TAR_DATA || t->left > 0) &&
	       (t->state != TAR_PADDING || t->padding > 0) && t->after <= AFTER_MAX;
}

void prove_step(void)
{
	struct tar_reader t;
	uint8_t object[9];
	struct bytes in = last_bytes(object, sizeof object);
	size_t before = in.n;

	t.sink = sink;
	reader = &t;
	ASSUME(sound(&t) && in.n > 0);
	if (step(&t, &in) != ERR_OK || settle(&t) != ERR_OK)
		return;
	PROVE(sound(&t));
	PROVE(in.n < before);
}
