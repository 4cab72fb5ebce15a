/* SPDX-License-Identifier: GPL-3.0-or-later
 * Text files of vectors: blocks of "name: value" or "name = value" lines, an empty line after each, '#' comments. */
#ifndef VECTORS_H
#define VECTORS_H

#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

enum { VECTOR_FIELDS = 24, VECTOR_FILE = 4 << 20 };

struct vector {
	struct bytes name[VECTOR_FIELDS];
	struct bytes value[VECTOR_FIELDS];
	size_t count;
};

/* Memory that stays until the program ends. It is linked up, so that nobody takes it for lost. */
static inline uint8_t *vector_memory(size_t n)
{
	static struct held {
		struct held *before;
		uint8_t bytes[];
	} *latest;
	struct held *h = malloc(sizeof *h + n);

	assert_non_null(h);
	h->before = latest;
	latest = h;
	return h->bytes;
}

/* The whole file; it stays. */
static inline struct bytes vector_file(const char *path)
{
	uint8_t *p = vector_memory(VECTOR_FILE);
	size_t n;

	if (fd_read_file(path, p, VECTOR_FILE, &n) != ERR_OK)
		fail_msg("%s is missing", path);
	return bytes_of(p, n);
}

static inline bool vector_next(struct bytes *rest, uint8_t separator, struct vector *v)
{
	struct bytes line;

	v->count = 0;
	while (bytes_split(rest, '\n', &line)) {
		if (line.n == 0 && v->count > 0)
			return true;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		assert_in_range(v->count, 0, VECTOR_FIELDS - 1);
		assert_true(bytes_split(&line, separator, &v->name[v->count]));
		v->name[v->count] = bytes_trim(v->name[v->count]);
		v->value[v->count++] = bytes_trim(line);
	}
	return v->count > 0;
}

/* The first field of that name whose value begins so, without that beginning. False: there is none. */
static inline bool vector_find(const struct vector *v, const char *name, const char *first, struct bytes *value)
{
	for (size_t i = 0; i < v->count; i++)
		if (bytes_eq_str(v->name[i], name) && bytes_starts(v->value[i], bytes_str(first))) {
			*value = bytes_from(v->value[i], strlen(first));
			return true;
		}
	return false;
}

static inline bool vector_has(const struct vector *v, const char *name)
{
	struct bytes unused;

	return vector_find(v, name, "", &unused);
}

static inline struct bytes vector_text(const struct vector *v, const char *name)
{
	struct bytes value = {NULL, 0};

	if (!vector_find(v, name, "", &value))
		fail_msg("a vector has no %s", name);
	return value;
}

/* Hex, in memory that stays. */
static inline struct bytes vector_unhex(struct bytes text)
{
	uint8_t *p = vector_memory(text.n / 2 + 1);
	size_t n;

	assert_int_equal(hex_decode(text, p, text.n / 2 + 1, &n), ERR_OK);
	return bytes_of(p, n);
}

static inline struct bytes vector_hex(const struct vector *v, const char *name)
{
	return vector_unhex(vector_text(v, name));
}

static inline struct bytes vector_hex_after(const struct vector *v, const char *name, const char *first)
{
	struct bytes value = {NULL, 0};

	if (!vector_find(v, name, first, &value))
		fail_msg("a vector has no %s = %s", name, first);
	return vector_unhex(value);
}

#endif
