/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/keys.h"

#include "console/reader.h"

static void go_to(struct screen_state *s, enum screen_page page)
{
	s->page = page;
	s->answer_len = 0;
	s->hint = false;
}

void keys_go_home(struct screen_state *s)
{
	go_to(s, s->locked ? PAGE_LOCKED : s->opened ? PAGE_STATUS : PAGE_START);
}

static enum keys_event on_page(struct screen_state *s, uint8_t key)
{
	static const struct {
		uint8_t key;
		enum screen_page page;
		bool from_status; /* and from nowhere else */
	} ways[] = {
	    {'p', PAGE_POWER_OFF, false}, {'r', PAGE_REBOOT, false}, {'a', PAGE_ADDRESS, true},
	    {'m', PAGE_MACHINE, true},    {'l', PAGE_LOCKED, true},
	};

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		if (key != ways[i].key || (ways[i].from_status && s->page != PAGE_STATUS))
			continue;
		s->locked = ways[i].page == PAGE_LOCKED;
		go_to(s, ways[i].page);
		return KEYS_NOTHING;
	}
	keys_go_home(s);
	return key == 'd' ? KEYS_REDRAW : KEYS_NOTHING;
}

static void take_letter(struct screen_state *s, uint8_t key)
{
	if (key == KEY_BACKSPACE && s->answer_len > 0)
		s->answer_len--;
	else if (key > ' ' && key < 0x7f && s->answer_len < ANSWER_MAX)
		s->answer[s->answer_len++] = key;
}

/* What is shown is no secret, and who stands here could pull the plug: this keeps eyes off, not hands. */
static void on_locked(struct screen_state *s, uint8_t key)
{
	if (key == KEY_ESCAPE) {
		go_to(s, PAGE_POWER_OFF);
	} else if (key == KEY_ENTER) {
		s->locked = !bytes_eq_str(bytes_of(s->answer, s->answer_len), "show");
		keys_go_home(s);
		s->hint = s->locked;
	} else {
		take_letter(s, key);
		s->hint = true;
	}
}

static enum keys_event on_start(struct screen_state *s, uint8_t key)
{
	if (!s->ask.open)
		return on_page(s, key);
	if (key == KEY_ESCAPE)
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
	if (key == KEY_ESCAPE || (key != KEY_BACKSPACE && s->answer_len == ANSWER_MAX))
		keys_go_home(s);
	else
		take_letter(s, key);
	return KEYS_NOTHING;
}

enum keys_event keys_take(struct screen_state *s, uint8_t key, enum console_order *order)
{
	switch (s->page) {
	case PAGE_START:
		return on_start(s, key);
	case PAGE_STATUS:
	case PAGE_ADDRESS:
	case PAGE_MACHINE:
		return on_page(s, key);
	case PAGE_LOCKED:
		on_locked(s, key);
		return KEYS_NOTHING;
	case PAGE_POWER_OFF:
	case PAGE_REBOOT:
		return on_question(s, key, order);
	case PAGE_LEAVING:
	default:
		return KEYS_NOTHING;
	}
}
