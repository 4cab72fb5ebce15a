/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/keys.h"

#include "console/reader.h"

static void go_to(struct screen_state *s, enum screen_page page)
{
	s->page = page;
	s->answer_len = 0;
}

void keys_go_home(struct screen_state *s)
{
	go_to(s, s->opened ? PAGE_STATUS : PAGE_START);
}

static void on_page(struct screen_state *s, uint8_t key)
{
	if (key == 'p')
		go_to(s, PAGE_POWER_OFF);
	else if (key == 'r')
		go_to(s, PAGE_REBOOT);
	else if (key == 'a' && s->page == PAGE_STATUS)
		go_to(s, PAGE_ADDRESS);
	else
		keys_go_home(s);
}

static enum keys_event on_start(struct screen_state *s, uint8_t key)
{
	if (!s->ask.open)
		on_page(s, key);
	else if (key == KEY_ESCAPE)
		go_to(s, PAGE_POWER_OFF);
	else if (ask_key(&s->ask, key))
		return KEYS_ANSWER;
	return KEYS_NOTHING;
}

static enum keys_event on_question(struct screen_state *s, uint8_t key, enum console_order *order)
{
	if (key == KEY_ENTER) {
		if (!bytes_eq_str(bytes_of(s->answer, s->answer_len), "YES")) {
			keys_go_home(s);
			return KEYS_NOTHING;
		}
		*order = s->page == PAGE_POWER_OFF ? CONSOLE_POWER_OFF : CONSOLE_REBOOT;
		go_to(s, PAGE_LEAVING);
		return KEYS_ORDER;
	}
	if (key == KEY_BACKSPACE && s->answer_len > 0)
		s->answer_len--;
	else if (key == KEY_ESCAPE || s->answer_len == ANSWER_MAX)
		keys_go_home(s);
	else if (key > ' ' && key < 0x7f)
		s->answer[s->answer_len++] = key;
	return KEYS_NOTHING;
}

enum keys_event keys_take(struct screen_state *s, uint8_t key, enum console_order *order)
{
	switch (s->page) {
	case PAGE_START:
		return on_start(s, key);
	case PAGE_STATUS:
	case PAGE_ADDRESS:
		on_page(s, key);
		return KEYS_NOTHING;
	case PAGE_POWER_OFF:
	case PAGE_REBOOT:
		return on_question(s, key, order);
	case PAGE_LEAVING:
	default:
		return KEYS_NOTHING;
	}
}
