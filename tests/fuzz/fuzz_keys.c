/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes from a keyboard, on any page, while unlock may ask anything. The page keeps its size, nothing on it
 * commands a terminal, no order is given without YES and Enter, and a hidden line is on no page that may be kept. */
#include <stdlib.h>
#include <string.h>

#include "console/keys.h"
#include "console/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is typed in a hidden line changes nothing on a page that may be kept. */
static void look_for_secrets(const struct screen_state *s, const struct screen *page)
{
	static struct screen_state other;
	static struct screen others_page;

	if (!s->lasting || !s->ask.open || s->ask.kind != ASK_SECRET)
		return;
	other = *s;
	memset(other.ask.line, 'Z', other.ask.line_len);
	screen_render(&other, &others_page);
	BUG_IF(!screen_equal(page, &others_page));
}

static void look(const struct screen_state *s, struct screen *page)
{
	screen_render(s, page);
	BUG_IF(page->rows > SCREEN_ROWS);
	for (size_t i = 0; i < page->rows; i++) {
		struct bytes row = bytes_of(page->text[i], page->len[i]);
		size_t columns = 0;
		for (size_t k = 0; k < row.n; k++) {
			BUG_IF(row.p[k] < ' ' || row.p[k] == 127);
			columns += (row.p[k] & 0xc0) != 0x80;
		}
		BUG_IF(columns > SCREEN_COLUMNS);
	}
	look_for_secrets(s, page);
}

/* The first byte opens a question of some kind, or none; the second says how long its text is. */
static size_t begin(struct screen_state *s, const uint8_t *data, size_t size)
{
	struct message_ASK m;
	size_t text_len;

	if (size < 2)
		return size;
	m.kind = data[0] & 7;
	text_len = data[1] < size - 2 ? data[1] : size - 2;
	m.text = bytes_of(data + 2, text_len);
	m.show = bytes_first(m.text, LIMIT_ASK_SHOW);
	s->opened = ask_take(&s->ask, &m) != ERR_OK;
	s->page = s->opened ? PAGE_STATUS : PAGE_START;
	return 2 + text_len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct screen_state s;
	static struct screen page;
	struct key_reader reader = {0};
	enum console_order order = CONSOLE_ORDER_COUNT;

	memset(&s, 0, sizeof s);
	s.site.name = BYTES_LITERAL("name");
	s.site.source_address = BYTES_LITERAL("a.onion");
	for (size_t i = begin(&s, data, size); i < size; i++) {
		enum screen_page before = s.page;
		uint8_t key = reader_take(&reader, data[i]);
		enum keys_event event = key == KEY_NONE ? KEYS_NOTHING : keys_take(&s, key, &order);

		BUG_IF(event == KEYS_ORDER && (key != KEY_ENTER || order >= CONSOLE_ORDER_COUNT ||
					       (before != PAGE_POWER_OFF && before != PAGE_REBOOT)));
		BUG_IF(event == KEYS_ANSWER && (before != PAGE_START || key != KEY_ENTER));
		BUG_IF(s.answer_len > ANSWER_MAX || s.ask.line_len > LIMIT_ANSWER);
		if (event == KEYS_ANSWER)
			ask_done(&s.ask);
		if (i % 16 == 0) {
			s.lasting = !s.lasting;
			look(&s, &page);
		}
	}
	look(&s, &page);
	return 0;
}
