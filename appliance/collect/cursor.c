/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect/cursor.h"

#include "collect/ask.h"

enum err cursor_parse(struct bytes text, struct cursor *cursor)
{
	struct cursor read;
	size_t n = 0;
	enum err e;

	if (text.n < 34 || text.p[32] != '.')
		return ERR_FORMAT;
	TRY(hex_decode(bytes_first(text, 32), read.boot, sizeof read.boot, &n));
	TRY(bytes_decimal(bytes_from(text, 33), UINT64_MAX, &read.number));
	*cursor = read;
out:
	return e;
}

void cursor_text(struct buf *out, const struct cursor *cursor)
{
	buf_hex(out, BYTES_ARRAY(cursor->boot));
	buf_byte(out, '.');
	buf_decimal(out, cursor->number);
}

enum err cursor_ask_boot(struct collect *c, uint8_t boot[static 16])
{
	static const struct message_STATUS question;
	struct message_STATUS_IS m;
	struct buf record = ask_record(c);
	struct incoming in;
	enum err e;

	message_put_STATUS(&record, &question);
	TRY(ask(c, &record, MESSAGE_STATUS_IS, false, &in));
	TRY(message_get_STATUS_IS(in.fields, &m));
	memcpy(boot, m.boot_id, sizeof m.boot_id);
out:
	return e;
}
