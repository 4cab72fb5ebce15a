/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/desks.h"

enum { MASK_LEN = 8 };

static bool split_line(struct bytes line, struct bytes *first, struct bytes *rest)
{
	size_t at = bytes_find(line, BYTES_LITERAL(" "));

	if (at == line.n)
		return false;
	*first = bytes_first(line, at);
	*rest = bytes_from(line, at + 1);
	return true;
}

/* "DESK RECIPIENT" */
static enum err add_recipient(struct desks *d, struct bytes line)
{
	struct bytes desk, text;
	uint64_t number;
	enum err e;

	if (d->recipient_count == AGE_RECIPIENTS_MAX)
		return ERR_TOO_BIG;
	if (!split_line(line, &desk, &text))
		return ERR_FORMAT;
	TRY(bytes_decimal(desk, LIMIT_DESKS - 1, &number));
	TRY(age_recipient_parse(text, &d->recipients[d->recipient_count]));
	d->desk_of[d->recipient_count++] = (uint8_t)number;
out:
	return e;
}

/* "MASK TOPIC" */
static enum err read_topic(struct bytes line, struct desks_topic *topic)
{
	uint8_t mask[MASK_LEN / 2];
	struct bytes text;
	size_t n;

	if (!split_line(line, &text, &topic->name) || text.n != MASK_LEN)
		return ERR_FORMAT;
	if (hex_decode(text, mask, sizeof mask, &n) != ERR_OK)
		return ERR_FORMAT;
	topic->desks = (uint32_t)mask[0] << 24 | (uint32_t)mask[1] << 16 | (uint32_t)mask[2] << 8 | mask[3];
	return ERR_OK;
}

static bool has_recipients(const struct desks *d, uint32_t desks)
{
	uint32_t found = 0;

	for (size_t i = 0; i < d->recipient_count; i++)
		found |= UINT32_C(1) << d->desk_of[i];
	return desks != 0 && (desks & ~found) == 0;
}

enum err desks_set(struct desks *d, struct bytes recipients, struct bytes topics)
{
	struct desks_topic topic;
	struct bytes line;
	enum err e;

	d->recipient_count = 0;
	d->topic_count = 0;
	while (bytes_split(&recipients, '\n', &line))
		TRY(add_recipient(d, line));
	if (!bytes_split(&topics, '\n', &line))
		TRY(ERR_FORMAT);
	TRY(read_topic(line, &topic));
	if (topic.name.n > 0 || !has_recipients(d, topic.desks))
		TRY(ERR_FORMAT);
	d->without_topic = topic.desks;
	while (bytes_split(&topics, '\n', &line)) {
		TRY(read_topic(line, &topic));
		if (topic.name.n == 0 || !has_recipients(d, topic.desks))
			TRY(ERR_FORMAT);
		if (d->topic_count == LIMIT_TOPICS)
			TRY(ERR_TOO_BIG);
		d->topics[d->topic_count++] = topic;
	}
out:
	return e;
}

uint32_t desks_for(const struct desks *d, struct bytes topic)
{
	for (size_t i = 0; i < d->topic_count; i++)
		if (bytes_eq(d->topics[i].name, topic))
			return d->topics[i].desks;
	return d->without_topic;
}

bool desks_has(const struct desks *d, uint32_t desks)
{
	for (size_t i = 0; i < d->recipient_count; i++)
		if (desks >> d->desk_of[i] & 1)
			return true;
	return false;
}

size_t desks_recipients(const struct desks *d, uint32_t desks, struct age_recipient out[static AGE_RECIPIENTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < d->recipient_count; i++)
		if (desks >> d->desk_of[i] & 1)
			out[n++] = d->recipients[i];
	return n;
}
