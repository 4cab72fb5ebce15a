/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "confine/options.h"

#include <sys/mman.h>
#include <unistd.h>

#include "link/wire.h"

/* OPTION(name, largest value, what it is read into) */
#define OPTIONS                                                                                                        \
	OPTION(slot, UINT16_MAX, uint32_t)                                                                             \
	OPTION(workbench, 1, bool)                                                                                     \
	OPTION(clock_unset, 1, bool)                                                                                   \
	OPTION(proxy_lines, 1, bool)                                                                                   \
	OPTION(visit_slots, LIMIT_VISIT_SLOTS, uint32_t)                                                               \
	OPTION(hidden_memory, 1, bool)                                                                                 \
	OPTION(own_ids, 1, bool)                                                                                       \
	OPTION(part_len, LIMIT_SITE_PART, uint32_t)                                                                    \
	OPTION(capacity, UINT64_MAX, uint64_t)                                                                         \
	OPTION(turns, LIMIT_TURNS, uint32_t)

void role_options_text(struct buf *out, const struct role_options *o)
{
	const char *separator = "";

#define OPTION(name, max, type)                                                                                        \
	buf_str(out, separator);                                                                                       \
	buf_str(out, #name "=");                                                                                       \
	buf_decimal(out, (uint64_t)o->name);                                                                           \
	separator = ",";
	OPTIONS
#undef OPTION
}

static enum err set_option(struct bytes key, struct bytes text, struct role_options *o)
{
	uint64_t value;
	enum err e;

#define OPTION(name, max, type)                                                                                        \
	if (bytes_eq_str(key, #name)) {                                                                                \
		e = bytes_decimal(text, max, &value);                                                                  \
		if (e == ERR_OK)                                                                                       \
			o->name = (type)value;                                                                         \
		return e;                                                                                              \
	}
	OPTIONS
#undef OPTION
	return ERR_FORMAT;
}

enum err role_options_parse(const char *text, struct role_options *o)
{
	struct role_options read = {0};
	struct bytes rest = bytes_str(text);
	struct bytes part;

	while (bytes_split(&rest, ',', &part)) {
		size_t equals = bytes_find(part, BYTES_LITERAL("="));
		enum err e = set_option(bytes_first(part, equals), bytes_from(part, equals + 1), &read);
		if (e != ERR_OK)
			return e;
	}
	*o = read;
	return ERR_OK;
}

enum err role_part(const struct role_options *o, enum message want, struct bytes *fields)
{
	struct wire_reader w;
	void *p;

	if (o->part_len < sizeof(uint16_t))
		return ERR_FORMAT;
	/* Shared and read-only suits both what may hold a part: a sealed memfd, and memfd_secret, which can't be
	 * private. */
	p = mmap(NULL, o->part_len, PROT_READ, MAP_SHARED, ROLE_FD_PART, 0);
	if (p == MAP_FAILED || madvise(p, o->part_len, MADV_DONTFORK) != 0 ||
	    madvise(p, o->part_len, MADV_DONTDUMP) != 0)
		return ERR_IO;
	close(ROLE_FD_PART);
	w = wire_reader_over(bytes_of(p, o->part_len));
	if (wire_get_u16(&w) != (uint16_t)want) {
		munmap(p, o->part_len);
		return ERR_FORMAT;
	}
	*fields = w.rest;
	return ERR_OK;
}
