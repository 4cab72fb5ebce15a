/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exchange/guards.h"

#include <string.h>

#include "base/json.h"
#include "tor/guards.h"

/* "guards": the capsule's lines, by commas. A box that was taken over can say what it likes: only what a site file
 * could hold gets into the file. */
static bool read_guards(struct bytes answer, struct guards *g)
{
	uint8_t storage[LIMIT_GUARDS_TEXT];
	struct buf lines = buf_over(storage, sizeof storage);
	struct bytes value, text, line;

	if (!json_member(answer, "guards", &value) || !json_string(value, &text))
		return false;
	while (bytes_split(&text, ',', &line)) {
		buf_put(&lines, line);
		buf_byte(&lines, '\n');
	}
	return !lines.failed && guards_parse(buf_view(&lines), g) == ERR_OK && g->count > 1;
}

enum err guards_keep(const struct folder *box, struct bytes answer)
{
	static uint8_t storage[LIMIT_GUARDS * (GUARD_LINE_MAX + sizeof GUARDS_KEY)];
	uint8_t before_storage[FOLDER_LINE_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	struct bytes before;
	struct guards g;

	if (!read_guards(answer, &g))
		return ERR_OK;
	for (size_t i = 0; i < g.count; i++) {
		buf_str(&text, GUARDS_KEY);
		guard_put(&text, &g.list[i]);
		if (i + 1 < g.count)
			buf_byte(&text, '\n');
	}
	BUG_IF(text.failed);
	if (folder_read(box, "guards", before_storage, sizeof before_storage, &before) == ERR_OK &&
	    bytes_eq(before, buf_view(&text)))
		return ERR_OK;
	return folder_write(box, "guards", buf_view(&text));
}
