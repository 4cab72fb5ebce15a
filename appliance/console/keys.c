/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/keys.h"

enum { KEY_ESCAPE = 27, KEY_DELETE = 127, KEY_BACKSPACE = 8 };

static void go_to(struct screen_state *s, enum screen_page page)
{
	s->page = page;
	s->answer_len = 0;
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
		go_to(s, PAGE_STATUS);
}

static bool on_question(struct screen_state *s, uint8_t key, enum console_order *order)
{
	if (key == '\r' || key == '\n') {
		if (!bytes_eq_str(bytes_of(s->answer, s->answer_len), "YES")) {
			go_to(s, PAGE_STATUS);
			return false;
		}
		*order = s->page == PAGE_POWER_OFF ? CONSOLE_POWER_OFF : CONSOLE_REBOOT;
		go_to(s, PAGE_LEAVING);
		return true;
	}
	if ((key == KEY_DELETE || key == KEY_BACKSPACE) && s->answer_len > 0)
		s->answer_len--;
	else if (key == KEY_ESCAPE || s->answer_len == ANSWER_MAX)
		go_to(s, PAGE_STATUS);
	else if (key > ' ' && key < KEY_DELETE)
		s->answer[s->answer_len++] = key;
	return false;
}

bool keys_take(struct screen_state *s, struct bytes typed, enum console_order *order)
{
	if (typed.n > 1 && typed.p[0] == KEY_ESCAPE)
		return false;
	for (size_t i = 0; i < typed.n && s->page != PAGE_LEAVING; i++) {
		if (s->page == PAGE_STATUS || s->page == PAGE_ADDRESS)
			on_page(s, typed.p[i]);
		else if (on_question(s, typed.p[i], order))
			return true;
	}
	return false;
}
