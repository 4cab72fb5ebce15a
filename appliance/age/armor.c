/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age/armor.h"

#include <string.h>

static const char opening[] = "-----BEGIN AGE ENCRYPTED FILE-----";
static const char closing[] = "-----END AGE ENCRYPTED FILE-----";

/* ---- writing */

void age_armor_begin(struct age_armor *a, struct age_sink sink)
{
	a->sink = sink;
	a->failed = ERR_OK;
	a->fill = 0;
	a->out = buf_over(a->text, sizeof a->text);
	buf_str(&a->out, opening);
	buf_byte(&a->out, '\n');
}

/* What has been collected goes to the sink. */
static enum err hand_on(struct buf *collected, struct age_sink sink)
{
	struct bytes all = buf_view(collected);

	BUG_IF(collected->failed);
	collected->len = 0;
	return all.n == 0 ? ERR_OK : sink.write(sink.context, all);
}

static enum err put_line(struct age_armor *a, struct bytes data)
{
	base64_encode(&a->out, data, true);
	buf_byte(&a->out, '\n');
	return a->out.cap - a->out.len > AGE_ARMOR_LINE ? ERR_OK : hand_on(&a->out, a->sink);
}

enum err age_armor_data(struct age_armor *a, struct bytes data)
{
	enum err e;

	TRY(a->failed);
	while (data.n > 0) {
		struct bytes part = bytes_first(data, AGE_ARMOR_BYTES - a->fill);
		memcpy(a->held + a->fill, part.p, part.n);
		a->fill += part.n;
		data = bytes_from(data, part.n);
		if (a->fill < AGE_ARMOR_BYTES)
			break;
		a->fill = 0;
		TRY(put_line(a, BYTES_ARRAY(a->held)));
	}
out:
	a->failed = e;
	return e;
}

enum err age_armor_end(struct age_armor *a)
{
	enum err e;

	TRY(a->failed);
	if (a->fill > 0)
		TRY(put_line(a, bytes_of(a->held, a->fill)));
	buf_str(&a->out, closing);
	buf_byte(&a->out, '\n');
	TRY(hand_on(&a->out, a->sink));
out:
	a->failed = e == ERR_OK ? ERR_STATE : e;
	return e;
}

static enum err armor_write(void *context, struct bytes data)
{
	return age_armor_data(context, data);
}

struct age_sink age_armor_sink(struct age_armor *a)
{
	return (struct age_sink){armor_write, a};
}

/* ---- reading */

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool age_dearmor_likely(uint8_t first)
{
	return first == '-' || is_space(first);
}

void age_dearmor_begin(struct age_dearmor *d, struct age_sink sink)
{
	d->sink = sink;
	d->failed = ERR_OK;
	d->broken = false;
	d->state = AGE_DEARMOR_BEFORE;
	d->space = 0;
	d->fill = 0;
	d->out = buf_over(d->plain, sizeof d->plain);
}

/* An error of the age file that comes before the armor's is the one to tell, however the input was cut in pieces. */
static enum err broken(struct age_dearmor *d, enum err e)
{
	enum err sunk = hand_on(&d->out, d->sink);

	if (sunk != ERR_OK)
		return sunk;
	d->broken = true;
	return e;
}

/* White space that a line begins with is the whole line: the opening line starts at its line's start. */
static enum err space_byte(struct age_dearmor *d, uint8_t c)
{
	if (++d->space > AGE_ARMOR_SPACE_MAX)
		return broken(d, ERR_TOO_BIG);
	/* Kept in mind by one byte that starts no line. */
	d->fill = c == '\n' ? 0 : 1;
	d->line[0] = ' ';
	return ERR_OK;
}

static enum err body_line(struct age_dearmor *d, struct bytes line)
{
	uint8_t decoded[AGE_ARMOR_BYTES];
	size_t n;

	if (bytes_eq_str(line, closing)) {
		d->state = AGE_DEARMOR_AFTER;
		return ERR_OK;
	}
	if (d->state == AGE_DEARMOR_LAST || line.n == 0 ||
	    base64_decode(line, true, decoded, sizeof decoded, &n) != ERR_OK)
		return broken(d, ERR_FORMAT);
	if (n < AGE_ARMOR_BYTES)
		d->state = AGE_DEARMOR_LAST;
	buf_put(&d->out, bytes_of(decoded, n));
	return d->out.cap - d->out.len >= AGE_ARMOR_BYTES ? ERR_OK : hand_on(&d->out, d->sink);
}

static enum err take_line(struct age_dearmor *d)
{
	struct bytes line = bytes_of(d->line, d->fill);

	d->fill = 0;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (d->state != AGE_DEARMOR_BEFORE)
		return body_line(d, line);
	if (!bytes_eq_str(line, opening))
		return broken(d, ERR_FORMAT);
	d->state = AGE_DEARMOR_BODY;
	d->space = 0;
	return ERR_OK;
}

static enum err take_byte(struct age_dearmor *d, uint8_t c)
{
	bool outside = d->state == AGE_DEARMOR_BEFORE || d->state == AGE_DEARMOR_AFTER;

	if (outside && is_space(c) && (d->fill == 0 || d->line[0] == ' '))
		return space_byte(d, c);
	if (d->state == AGE_DEARMOR_AFTER)
		return broken(d, ERR_FORMAT);
	if (c == '\n')
		return take_line(d);
	if (d->fill == sizeof d->line)
		return broken(d, ERR_FORMAT);
	d->line[d->fill++] = c;
	return ERR_OK;
}

enum err age_dearmor_data(struct age_dearmor *d, struct bytes text)
{
	enum err e;

	TRY(d->failed);
	for (size_t i = 0; i < text.n; i++)
		TRY(take_byte(d, text.p[i]));
	TRY(hand_on(&d->out, d->sink));
out:
	d->failed = e;
	return e;
}

enum err age_dearmor_end(struct age_dearmor *d)
{
	enum err e;

	TRY(d->failed);
	/* The closing line needs no end of line. */
	if (d->state != AGE_DEARMOR_AFTER && d->fill > 0)
		TRY(take_line(d));
	TRY(hand_on(&d->out, d->sink));
	e = d->state == AGE_DEARMOR_AFTER ? ERR_OK : broken(d, ERR_END);
out:
	d->failed = e == ERR_OK ? ERR_STATE : e;
	return e;
}
