/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the mutators that know a format have in common: a draw, room for new pieces, lines and what is done to them. A
 * mutator takes an input apart in views, changes a few, and writes all of it anew; so most of what comes out is sound
 * but for the change. */
#ifndef FUZZ_PIECES_H
#define FUZZ_PIECES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
				 size_t max_size, unsigned seed);

enum { PIECES_LINES = 80, PIECES_PIECE = 4096, PIECES_ROOM = 1 << 20 };

struct lines {
	struct bytes line[PIECES_LINES];
	size_t count;
};

static uint64_t dice;
static uint8_t room[PIECES_ROOM]; /* new pieces of this mutation */
static size_t room_used;

static inline void pieces_begin(unsigned seed)
{
	dice = seed * 0x9e3779b97f4a7c15u + 1;
	room_used = 0;
}

static inline size_t below(size_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (size_t)((dice >> 16) % n);
}

static inline bool one_in(size_t n)
{
	return below(n) == 0;
}

#define PICK(table) bytes_str((table)[below(sizeof(table) / sizeof(table)[0])])

/* Room for n bytes more; without any, the first ones are used again: the input is only odder for it. */
static inline uint8_t *take_room(size_t n)
{
	if (room_used + n > sizeof room)
		room_used = 0;
	room_used += n;
	return room + room_used - n;
}

static inline struct bytes joined(struct bytes a, struct bytes b)
{
	uint8_t *p = take_room(a.n + b.n);

	if (a.n > 0)
		memcpy(p, a.p, a.n);
	if (b.n > 0)
		memcpy(p + a.n, b.p, b.n);
	return bytes_of(p, a.n + b.n);
}

/* libFuzzer's own mutations, of one piece. */
static inline struct bytes mutated(struct bytes b)
{
	uint8_t *p = take_room(PIECES_PIECE);
	size_t n = b.n < PIECES_PIECE ? b.n : PIECES_PIECE;

	if (n > 0)
		memcpy(p, b.p, n);
	return bytes_of(p, LLVMFuzzerMutate(p, n, PIECES_PIECE));
}

/* With something that breaks a line, put in anywhere. */
static inline struct bytes broken(struct bytes b)
{
	static const char *const breaks[] = {"\r",   "\n",   "\r\n", "\r\n ", " ",  "\t", ":",
					     "\x7f", "\xff", "\x01", "\"",    "\\", ";",  "="};
	size_t at = below(b.n + 1);
	struct bytes put = one_in(12) ? bytes_of("", 1) : PICK(breaks);

	return joined(joined(bytes_first(b, at), put), bytes_from(b, at + (b.n > at && one_in(2))));
}

static inline void lines_put(struct lines *l, struct bytes line)
{
	size_t at = below(l->count + 1);

	if (l->count == PIECES_LINES)
		return;
	memmove(l->line + at + 1, l->line + at, (l->count - at) * sizeof l->line[0]);
	l->line[at] = line;
	l->count++;
}

/* One change of a header's lines; odd: a line to put in. */
static inline void lines_change(struct lines *l, struct bytes odd)
{
	size_t at = l->count > 0 ? below(l->count) : 0;

	if (l->count == 0 || one_in(3)) {
		lines_put(l, odd);
		return;
	}
	switch (below(4)) {
	case 0:
		memmove(l->line + at, l->line + at + 1, (l->count - at - 1) * sizeof l->line[0]);
		l->count--;
		break;
	case 1:
		lines_put(l, l->line[at]);
		break;
	case 2:
		l->line[at] = mutated(l->line[at]);
		break;
	default:
		l->line[at] = broken(l->line[at]);
		break;
	}
}

/* Up to the empty line, which is taken, too; without one, all of it. */
static inline void lines_take(struct lines *l, struct bytes *rest)
{
	l->count = 0;
	while (rest->n > 0) {
		struct bytes line = bytes_first(*rest, bytes_find(*rest, BYTES_LITERAL("\r\n")));
		*rest = bytes_from(*rest, line.n + 2);
		if (line.n == 0)
			return;
		if (l->count < PIECES_LINES)
			l->line[l->count++] = line;
	}
}

static inline void lines_write(struct buf *out, const struct lines *l)
{
	for (size_t i = 0; i < l->count; i++) {
		buf_put(out, l->line[i]);
		buf_str(out, "\r\n");
	}
	buf_str(out, "\r\n");
}

static inline size_t line_named(const struct lines *l, const char *name)
{
	size_t i = 0;
	size_t n = strlen(name);

	while (i < l->count &&
	       !(l->line[i].n > n && l->line[i].p[n] == ':' && bytes_eq_nocase(bytes_first(l->line[i], n), name)))
		i++;
	return i;
}

/* For measuring what all this is good for: FUZZ_PLAIN=1 leaves everything to libFuzzer. */
static inline bool plain_wanted(void)
{
	static int wanted = -1;

	if (wanted < 0)
		wanted = getenv("FUZZ_PLAIN") != NULL;
	return wanted == 1 || one_in(10);
}

#endif
