/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/state.h"

#include "base/fd.h"

static const char *const receipts[RECEIPT_COUNT] = {
    [RECEIPT_STORED] = "stored",
    [RECEIPT_COLLECTED] = "collected",
    [RECEIPT_ANSWERED] = "answered",
};

static bool is_lower_or_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool state_is_recipient(struct bytes text)
{
	if (!bytes_starts(text, BYTES_LITERAL("age1")) || text.n > LIMIT_RECIPIENT_TEXT)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!is_lower_or_digit(text.p[i]))
			return false;
	return true;
}

bool state_is_reply_name(struct bytes text)
{
	if (text.n == 0 || text.n > LIMIT_REPLY_NAME)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!is_lower_or_digit(text.p[i]) && text.p[i] != '-')
			return false;
	return true;
}

/* ---- writing */

static void put_day(struct buf *out, uint32_t day)
{
	uint8_t text[10];

	clock_day_text(day, text);
	buf_put(out, BYTES_ARRAY(text));
}

void state_put(struct buf *out, const struct state *s)
{
	buf_str(out, "courier-state 1\nrecipient ");
	buf_put(out, s->recipient);
	buf_str(out, "\nproof ");
	buf_hex(out, BYTES_ARRAY(s->proof_hash));
	buf_str(out, "\nword ");
	if (s->word == 0)
		buf_str(out, "none");
	else
		buf_decimal(out, s->word);
	buf_str(out, "\nlast ");
	buf_decimal(out, s->last);
	buf_str(out, s->muted ? "\nmuted yes\nday " : "\nmuted no\nday ");
	put_day(out, s->day);
	for (size_t i = 0; i < s->message_count; i++) {
		buf_str(out, "\nmessage ");
		put_day(out, s->messages[i].day);
		buf_byte(out, ' ');
		buf_str(out, receipts[s->messages[i].receipt]);
	}
	for (size_t i = 0; i < s->reply_count; i++) {
		buf_str(out, "\nreply ");
		buf_put(out, s->replies[i]);
	}
	buf_str(out, "\nend\n");
}

/* ---- reading. What is read is written again and compared: so only the one way to write a thing is taken, and the
 * reader may be simple. */

/* The next line, without its name; false: it has another one. */
static bool take_line(struct bytes *rest, const char *name, struct bytes *value)
{
	struct bytes after = *rest;
	struct bytes line;

	if (!bytes_split(&after, '\n', &line) || !bytes_starts(line, bytes_str(name)))
		return false;
	*value = bytes_from(line, bytes_str(name).n);
	*rest = after;
	return true;
}

static enum err take_number(struct bytes *rest, const char *name, uint64_t max, uint16_t *number)
{
	struct bytes value;
	uint64_t n;
	enum err e = ERR_FORMAT;

	if (take_line(rest, name, &value))
		e = bytes_decimal(value, max, &n);
	if (e == ERR_OK)
		*number = (uint16_t)n;
	return e;
}

static enum err take_message(struct bytes value, struct state *s)
{
	struct state_message *m = &s->messages[s->message_count];
	enum err e;

	if (s->message_count == LIMIT_HISTORY)
		return ERR_TOO_BIG;
	TRY(clock_day_parse(bytes_first(value, 10), &m->day));
	for (unsigned r = 0; r < RECEIPT_COUNT; r++)
		if (bytes_eq_str(bytes_from(value, 11), receipts[r])) {
			m->receipt = (uint8_t)r;
			s->message_count++;
			return ERR_OK;
		}
	e = ERR_FORMAT;
out:
	return e;
}

static enum err take_reply(struct bytes value, struct state *s)
{
	if (s->reply_count == LIMIT_STATE_REPLIES)
		return ERR_TOO_BIG;
	if (!state_is_reply_name(value))
		return ERR_FORMAT;
	s->replies[s->reply_count++] = value;
	return ERR_OK;
}

static enum err take_all(struct bytes rest, struct state *s)
{
	struct bytes value;
	size_t n;
	enum err e;

	if (!take_line(&rest, "courier-state 1", &value) || !take_line(&rest, "recipient ", &s->recipient) ||
	    !state_is_recipient(s->recipient) || !take_line(&rest, "proof ", &value) ||
	    value.n != 2 * sizeof s->proof_hash)
		TRY(ERR_FORMAT);
	TRY(hex_decode(value, s->proof_hash, sizeof s->proof_hash, &n));
	if (take_line(&rest, "word none", &value))
		s->word = 0;
	else
		TRY(take_number(&rest, "word ", UINT16_MAX, &s->word));
	TRY(take_number(&rest, "last ", LIMIT_MESSAGES, &s->last));
	if (!take_line(&rest, "muted ", &value))
		TRY(ERR_FORMAT);
	s->muted = bytes_eq_str(value, "yes");
	TRY(take_line(&rest, "day ", &value) ? clock_day_parse(value, &s->day) : ERR_FORMAT);
	while (take_line(&rest, "message ", &value))
		TRY(take_message(value, s));
	while (take_line(&rest, "reply ", &value))
		TRY(take_reply(value, s));
	e = ERR_OK;
out:
	return e;
}

enum err state_get(struct bytes in, struct state *s)
{
	struct state read = {.word = 0};
	uint8_t storage[LIMIT_STATE];
	struct buf again = buf_over(storage, sizeof storage);
	enum err e;

	if (in.n > LIMIT_STATE)
		return ERR_TOO_BIG;
	TRY(take_all(in, &read));
	state_put(&again, &read);
	if (again.failed || !bytes_eq(buf_view(&again), in))
		TRY(ERR_FORMAT);
	*s = read;
out:
	return e;
}
