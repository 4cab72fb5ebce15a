/* SPDX-License-Identifier: GPL-3.0-or-later
 * An attachment on its way to the browser, which saves it: it is never shown. */
#include <stdlib.h>

#include "browse/browse.h"
#include "limits.h"

/* A source's by its number. */
static enum err find_entry(struct browse *b, uint64_t number, struct inbox_entry *found)
{
	struct inbox_entry *entries;
	size_t count;
	enum err e = inbox_entries(&b->inbox, &b->conversation, &entries, &count);

	if (e != ERR_OK)
		return e;
	e = ERR_NOT_FOUND;
	for (size_t i = 0; i < count; i++)
		if (entries[i].kind == INBOX_FILE && entries[i].number == number) {
			*found = entries[i];
			e = ERR_OK;
		}
	free(entries);
	return e;
}

static enum err pass(void *context, struct bytes data)
{
	return http_stream_data(context, data);
}

static enum err begin(struct browse *b, const struct inbox_file *f)
{
	struct http_header headers[SHEET_HEADERS_MAX];
	uint8_t policy_storage[SHEET_POLICY_MAX], disposition_storage[SAFE_NAME_MAX + 64];
	struct buf policy = buf_over(policy_storage, sizeof policy_storage);
	struct buf disposition = buf_over(disposition_storage, sizeof disposition_storage);
	size_t n = sheet_headers(headers, &policy);

	buf_str(&disposition, "attachment; filename=\"");
	buf_str(&disposition, f->safe_name);
	buf_str(&disposition, "\"");
	BUG_IF(disposition.failed);
	headers[n++] = (struct http_header){"Content-Type", BYTES_LITERAL("application/octet-stream")};
	headers[n++] = (struct http_header){"Content-Disposition", buf_view(&disposition)};
	return http_stream_begin(&b->connection, 200, headers, n);
}

enum err browse_file(struct browse *b)
{
	struct inbox_entry entry;
	struct inbox_file f;
	uint64_t number;
	enum err e;

	/* "0007", as the page writes it. */
	while (b->rest.n > 1 && b->rest.p[0] == '0')
		b->rest = bytes_from(b->rest, 1);
	if (bytes_decimal(b->rest, UINT32_MAX, &number) != ERR_OK)
		return browse_error(b, 404);
	e = find_entry(b, number, &entry);
	if (e != ERR_OK)
		return browse_failure(b, e);
	e = inbox_file(&b->inbox, &b->conversation, &entry, &f);
	if (e == ERR_IO || e == ERR_NO_MEMORY)
		return browse_failure(b, e);
	/* Without its name and length it can be saved all the same. */
	e = begin(b, &f);
	if (e == ERR_OK)
		e = inbox_file_data(&b->inbox, &b->conversation, &entry, &f, (struct age_sink){pass, &b->connection});
	/* One that breaks off has no end, and the browser says so. */
	return e == ERR_OK ? http_stream_end(&b->connection) : e;
}
