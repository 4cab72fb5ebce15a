/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tor/guards.h"

#include <string.h>

#include "base/fd.h"

enum { DAY_LEN = 10, ID_DIGITS = 2 * GUARD_ID_LEN };

enum err guard_id_parse(struct bytes text, uint8_t id[static GUARD_ID_LEN])
{
	size_t n;

	if (text.n != ID_DIGITS)
		return ERR_FORMAT;
	return hex_decode(text, id, GUARD_ID_LEN, &n);
}

/* Tor writes upper case. */
static void put_digits(struct buf *out, const uint8_t id[static GUARD_ID_LEN])
{
	for (size_t i = 0; i < GUARD_ID_LEN; i++) {
		buf_byte(out, (uint8_t)"0123456789ABCDEF"[id[i] >> 4]);
		buf_byte(out, (uint8_t)"0123456789ABCDEF"[id[i] & 15]);
	}
}

void guard_id_put(struct buf *out, const uint8_t id[static GUARD_ID_LEN])
{
	buf_byte(out, '$');
	put_digits(out, id);
}

enum err guard_parse(struct bytes line, struct guard *g)
{
	struct guard new = {.confirmed_day = 0};
	struct bytes word;
	size_t words = 0;

	if (line.n == 0 || line.p[line.n - 1] == ' ')
		return ERR_FORMAT;
	for (; bytes_split(&line, ' ', &word); words++) {
		enum err e;

		if (words == 0)
			e = guard_id_parse(word, new.id);
		else if (words < 3)
			e = clock_day_parse(word, words == 1 ? &new.sampled_day : &new.confirmed_day);
		else
			e = ERR_FORMAT;
		if (e != ERR_OK)
			return ERR_FORMAT;
		for (size_t i = 0; words == 0 && i < word.n; i++)
			if (word.p[i] >= 'a')
				return ERR_FORMAT;
	}
	/* Day 0 means none, and no relay was drawn in 1970. */
	if (words < 2 || new.sampled_day == 0 || (words == 3 && new.confirmed_day == 0))
		return ERR_FORMAT;
	*g = new;
	return ERR_OK;
}

size_t guards_find(const struct guards *g, const uint8_t id[static GUARD_ID_LEN])
{
	size_t i = 0;

	while (i < g->count && memcmp(g->list[i].id, id, GUARD_ID_LEN) != 0)
		i++;
	return i;
}

enum err guards_parse(struct bytes lines, struct guards *g)
{
	struct bytes line;
	enum err e = ERR_OK;

	g->count = 0;
	if (lines.n > 0 && lines.p[lines.n - 1] != '\n')
		return ERR_FORMAT;
	while (e == ERR_OK && bytes_split(&lines, '\n', &line)) {
		struct guard one;

		e = g->count == LIMIT_GUARDS ? ERR_TOO_BIG : guard_parse(line, &one);
		if (e == ERR_OK && guards_find(g, one.id) < g->count)
			e = ERR_EXISTS;
		if (e == ERR_OK)
			g->list[g->count++] = one;
	}
	if (e != ERR_OK)
		g->count = 0;
	return e;
}

static void put_day(struct buf *out, uint32_t day)
{
	uint8_t text[DAY_LEN];

	clock_day_text(day, text);
	buf_put(out, BYTES_ARRAY(text));
}

void guard_put(struct buf *out, const struct guard *g)
{
	put_digits(out, g->id);
	buf_byte(out, ' ');
	put_day(out, g->sampled_day);
	if (g->confirmed_day == 0)
		return;
	buf_byte(out, ' ');
	put_day(out, g->confirmed_day);
}

void guards_put(struct buf *out, const struct guards *g)
{
	for (size_t i = 0; i < g->count; i++) {
		guard_put(out, &g->list[i]);
		buf_byte(out, '\n');
	}
}

static void put_state_of(struct buf *out, const struct guards *g, const char *selection)
{
	uint64_t confirmed = 0;

	for (size_t i = 0; i < g->count; i++) {
		buf_str(out, "Guard in=");
		buf_str(out, selection);
		buf_str(out, " rsa_id=");
		put_digits(out, g->list[i].id);
		buf_str(out, " sampled_on=");
		put_day(out, g->list[i].sampled_day);
		buf_str(out, "T00:00:00 sampled_idx=");
		buf_decimal(out, i);
		buf_str(out, " listed=1");
		if (g->list[i].confirmed_day != 0) {
			buf_str(out, " confirmed_on=");
			put_day(out, g->list[i].confirmed_day);
			buf_str(out, "T00:00:00 confirmed_idx=");
			buf_decimal(out, confirmed++);
		}
		buf_byte(out, '\n');
	}
}

void guards_put_state(struct buf *out, const struct guards *g)
{
	put_state_of(out, g, "default");
	put_state_of(out, g, "restricted");
}

void guards_put_entry_nodes(struct buf *out, const struct guards *g)
{
	for (size_t i = 0; i < g->count && i < GUARDS_PINNED; i++) {
		buf_str(out, i > 0 ? "," : "");
		guard_id_put(out, g->list[i].id);
	}
}
