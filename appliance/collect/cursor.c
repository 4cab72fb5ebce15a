/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect/cursor.h"

#include "collect/calls.h"

enum err cursor_parse(struct bytes text, struct cursor *cursor)
{
	struct bytes boot, number;
	struct cursor read;
	size_t n = 0;
	enum err e = ERR_FORMAT;

	if (!bytes_split(&text, '.', &boot) || boot.n != 32 || !bytes_split(&text, '.', &number))
		goto out;
	TRY(hex_decode(boot, read.boot, sizeof read.boot, &n));
	TRY(bytes_decimal(number, UINT64_MAX, &read.number));
	TRY(bytes_decimal(text, UINT64_MAX, &read.change));
	*cursor = read;
out:
	return e;
}

void cursor_text(struct buf *out, const struct cursor *cursor)
{
	buf_hex(out, BYTES_ARRAY(cursor->boot));
	buf_byte(out, '.');
	buf_decimal(out, cursor->number);
	buf_byte(out, '.');
	buf_decimal(out, cursor->change);
}

enum err cursor_ask_boot(struct collect *c, uint8_t boot[static 16])
{
	struct message_STATUS_IS m;
	enum err e = call_ask_status(c, &m);

	if (e == ERR_OK)
		memcpy(boot, m.boot_id, sizeof m.boot_id);
	return e;
}
