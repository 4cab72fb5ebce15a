/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "console/keys.h"
#include "console/progress.h"
#include "console/qr.h"
#include "console/reader.h"
#include "console/screen.h"
#include "net/net.h"

#define ADDRESS "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx.onion"

static struct screen screen;

static struct screen_state running(void)
{
	return (struct screen_state){
	    .page = PAGE_STATUS,
	    .opened = true,
	    .known = true,
	    .site = {.name = BYTES_LITERAL("Редакция"), .source_address = BYTES_LITERAL(ADDRESS)},
	    .box = {.net_state = NET_STATE_UP,
		    .address = {10, 99, 0, 40},
		    .bootstrap = 100,
		    .published = 2,
		    .door_open = 1,
		    .conversations = 1,
		    .messages = 12,
		    .desk_day = 20778,
		    .used = 3150000,
		    .capacity = 64000000,
		    .restarts = 1,
		    .busy = 3,
		    .guard_standing = GUARDS_SAME,
		    .guard_age_days = 41},
	    .today = 20780,
	    .minute = 21 * 60 + 14,
	    .uptime_days = 5,
	};
}

static void draws(const struct screen_state *s, const char *const *want, size_t rows)
{
	screen_render(s, &screen);
	assert_int_equal(screen.rows, rows);
	for (size_t i = 0; i < rows; i++)
		if (!bytes_eq_str(bytes_of(screen.text[i], screen.len[i]), want[i]))
			fail_msg("row %zu is \"%.*s\", not \"%s\"", i, (int)screen.len[i], (const char *)screen.text[i],
				 want[i]);
}

#define RULE "-------------------------------------------------------------------------------"

static void a_running_box_looks_like_this(void **state)
{
	static const char *const want[] = {
	    " Silent Courier                                                       Редакция",
	    RULE,
	    "",
	    "  Address      " ADDRESS,
	    "",
	    "  Network      up, address 10.99.0.40",
	    "  Tor          connected; both addresses are published",
	    "  Guards       the same as at the last start; 41 days old",
	    "  Door         open, 3 connections",
	    "  Clock        2026-11-23 21:14 UTC; Tor has no complaint",
	    "",
	    "  Desk         last seen on 2026-11-21, 2 days ago",
	    "  Store        3.1 MB of 64.0 MB; 1 conversation, 12 messages",
	    "  Processes    up 5 days; 1 restart, 0 workers crashed",
	    "",
	    "",
	    "  Nothing to do.",
	    "",
	    "",
	    "",
	    "",
	    "",
	    "",
	    RULE,
	    "  a address   m machine   l lock   d draw again   p wipe, power off   r restart",
	};
	struct screen_state s = running();

	(void)state;
	draws(&s, want, SCREEN_ROWS);
}

static void a_starting_box_says_so(void **state)
{
	struct screen_state s = {
	    .page = PAGE_STATUS, .opened = true, .site = {.source_address = BYTES_LITERAL(ADDRESS)}};

	(void)state;
	screen_render(&s, &screen);
	assert_true(bytes_eq_str(bytes_of(screen.text[5], screen.len[5]), "  The box is starting."));
}

static bool page_has(const struct screen_state *s, const char *text)
{
	screen_render(s, &screen);
	for (size_t i = 0; i < screen.rows; i++)
		if (bytes_find(bytes_of(screen.text[i], screen.len[i]), bytes_str(text)) < screen.len[i])
			return true;
	return false;
}

/* Each thing that may be amiss, and the beginning of what the page then tells to do. */
static void what_is_amiss_comes_with_what_to_do(void **state)
{
	static const struct {
		uint8_t net, bootstrap, published, waiting, standing;
		uint32_t still, skew, desk_day, used_percent, crashes, restarts;
		const char *says;
	} rows[] = {
	    {NET_STATE_NO_CARD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "The box sees no wired network card."},
	    {NET_STATE_NO_CARRIER, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, "Plug the network cable in"},
	    {NET_STATE_ASKING, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, "The network gives no address."},
	    {NET_STATE_UP, 10, 0, 0, 0, 2, 0, 0, 0, 0, 0, "The box is connecting"},
	    {NET_STATE_UP, 100, 1, 0, 0, 2, 0, 0, 0, 0, 0, "The box is connecting"},
	    {NET_STATE_UP, 100, 1, 0, 0, 3, 0, 0, 0, 0, 0, "Tor works, but the address is not published"},
	    {NET_STATE_UP, 10, 0, 0, 0, 3, 0, 0, 0, 0, 0, "Tor gets no further."},
	    {NET_STATE_UP, 10, 0, 0, 0, 3, 4000, 0, 0, 0, 0, "The clock is fast"},
	    {NET_STATE_UP, 100, 2, 0, 0, 0, (uint32_t)-61, 0, 0, 0, 0, "The clock is slow"},
	    {NET_STATE_UP, 10, 0, 1, 0, 3, 0, 0, 0, 0, 0, "None of the box's entry guards answers."},
	    {NET_STATE_UP, 100, 2, 0, 0, 0, 0, 20770, 0, 0, 0, "No desk has been here for a week."},
	    {NET_STATE_UP, 100, 2, 0, 0, 0, 0, 0, 0, 0, 0, "No desk has been here for a week."},
	    {NET_STATE_UP, 100, 2, 0, 0, 0, 0, 20780, 80, 0, 0, "The store is nearly full"},
	    {NET_STATE_UP, 100, 2, 0, 0, 0, 0, 20780, 0, 10, 0, "Workers crash again and again"},
	    {NET_STATE_UP, 100, 2, 0, 0, 0, 0, 20780, 0, 0, 10, "Parts of the box fail"},
	    {NET_STATE_UP, 100, 2, 0, GUARDS_NEW, 0, 0, 20780, 0, 0, 0, "Tor drew new entry guards"},
	    {NET_STATE_UP, 100, 2, 0, GUARDS_SAME, 0, 60, 20774, 79, 9, 9, "Nothing to do."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct screen_state s = running();

		s.uptime_days = 30;
		s.still_minutes = rows[i].still;
		s.box.net_state = rows[i].net;
		s.box.bootstrap = rows[i].bootstrap;
		s.box.published = rows[i].published;
		s.box.guard_waiting = rows[i].waiting;
		s.box.guard_standing = rows[i].standing;
		s.box.skew_s = rows[i].skew;
		s.box.desk_day = rows[i].desk_day;
		s.box.used = s.box.capacity / 100 * rows[i].used_percent;
		s.box.crashes = rows[i].crashes;
		s.box.restarts = rows[i].restarts;
		if (!page_has(&s, rows[i].says))
			fail_msg("row %zu does not say \"%s\"", i, rows[i].says);
		assert_true(page_has(&s, "Nothing to do.") == (i + 1 == sizeof rows / sizeof rows[0]));
	}
}

/* All at once: the page holds as many as fit, and its keys. */
static void too_much_advice_is_cut(void **state)
{
	struct screen_state s = running();

	(void)state;
	s.box.skew_s = 4000;
	s.box.guard_waiting = 1;
	s.box.used = s.box.capacity;
	s.box.crashes = s.box.restarts = 99;
	s.box.boot_notes = BYTES_LITERAL("x");
	assert_true(page_has(&s, "The clock is fast"));
	assert_true(page_has(&s, "m machine"));
	assert_true(bytes_eq_str(bytes_of(screen.text[23], screen.len[23]), RULE));
}

static void a_locked_screen_shows_nothing(void **state)
{
	enum console_order order;
	struct screen_state s = running();

	(void)state;
	keys_take(&s, 'l', &order);
	assert_true(page_has(&s, "locked"));
	for (const char *k = "shoow\rpram"; *k != 0; k++) {
		keys_take(&s, (uint8_t)*k, &order);
		assert_int_equal(s.page, PAGE_LOCKED);
		assert_true(page_has(&s, "show, then Enter"));
		assert_false(page_has(&s, "onion") || page_has(&s, "Редакция"));
	}
	keys_take(&s, 27, &order); /* the way to wiping is open, and says nothing either */
	assert_true(page_has(&s, "Power off?"));
	assert_false(page_has(&s, "Редакция") || page_has(&s, "12 messages"));
	keys_take(&s, 27, &order);
	assert_int_equal(s.page, PAGE_LOCKED);
	for (const char *k = "show\r"; *k != 0; k++)
		keys_take(&s, (uint8_t)*k, &order);
	assert_int_equal(s.page, PAGE_STATUS);
	assert_true(page_has(&s, "Редакция"));
}

/* What may be kept as a log gets a block a day, not one a minute. */
static void the_time_of_day_is_for_the_screen(void **state)
{
	struct screen_state s = running();

	(void)state;
	s.lasting = true;
	assert_true(page_has(&s, "2026-11-23 UTC"));
	assert_false(page_has(&s, "21:14"));
}

static void the_machine_page_has_the_programs_hash(void **state)
{
	struct screen_state s = running();

	(void)state;
	s.page = PAGE_MACHINE;
	assert_true(page_has(&s, "Program      its hash is not computed yet"));
	memset(s.box.binary, 0xab, sizeof s.box.binary);
	s.box.boot_notes = BYTES_LITERAL("keys are in locked memory");
	assert_true(page_has(&s, "Program      abababababababababababababababababababababababababababababababab"));
	assert_true(page_has(&s, "  keys are in locked memory"));
	s.page = PAGE_STATUS;
	assert_true(page_has(&s, "The start noted something: press m."));
}

static void ipv6_is_shown(void **state)
{
	struct screen_state s = running();

	(void)state;
	s.page = PAGE_MACHINE;
	assert_true(page_has(&s, "IPv6         none"));
	memcpy(s.box.address6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
	assert_true(page_has(&s, "IPv6         2001:db8::7"));
	s.page = PAGE_STATUS;
	assert_true(page_has(&s, "Network      up, address 10.99.0.40"));
	memset(s.box.address, 0, 4);
	assert_true(page_has(&s, "Network      up, address 2001:db8::7"));
}

static void the_clocks_source_is_named(void **state)
{
	struct screen_state s = running();

	(void)state;
	s.box.clock = CLOCK_OF_RELAYS;
	assert_true(page_has(&s, "2026-11-23 21:14 UTC; as three relays agreed"));
	s.box.clock = CLOCK_OF_BUILD;
	assert_true(page_has(&s, "The machine's clock stood before the day of this image."));
	s.box.skew_s = (uint32_t)-4000;
	assert_true(page_has(&s, "Tor says it is 4000 seconds slow"));
	assert_false(page_has(&s, "The machine's clock stood"));
}

static void without_a_site_it_says_why(void **state)
{
	struct screen_state s = {
	    .page = PAGE_STATUS, .opened = true, .known = true, .site = {.name = BYTES_LITERAL("no site file")}};

	(void)state;
	s.box.boot_notes = BYTES_LITERAL("The site file can't be used; nothing is open:\nLine 7: what?");
	assert_true(page_has(&s, "Line 7: what?"));
	assert_true(page_has(&s, "courier site check"));
	assert_false(page_has(&s, "Network"));
}

static void a_question_looks_like_this(void **state)
{
	static const char *const want[] = {
	    " Silent Courier                                                       Редакция",
	    RULE,
	    "",
	    "",
	    "  Power off?",
	    "",
	    "  All that the box holds is in its memory and will be gone. Messages that no",
	    "  desk has collected are lost; sources keep their codenames.",
	    "",
	    "",
	    "  It holds     1 conversation, 12 messages",
	    "  Desk         last seen on 2026-11-21, 2 days ago",
	    "",
	    "  Type YES and press Enter to power off. Esc goes back.",
	    "",
	    "  > YE",
	};
	struct screen_state s = running();

	(void)state;
	s.page = PAGE_POWER_OFF;
	memcpy(s.answer, "YE", 2);
	s.answer_len = 2;
	draws(&s, want, 16);
	s.page = PAGE_REBOOT;
	assert_true(page_has(&s, "somebody has to type its passphrase"));
}

static size_t columns(struct bytes text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += (text.p[i] & 0xc0) != 0x80;
	return n;
}

static void nothing_is_wider_or_commands_a_terminal(void **state)
{
	static uint8_t hostile[1024];
	struct screen_state s = running();

	(void)state;
	for (size_t i = 0; i < sizeof hostile; i++)
		hostile[i] = (uint8_t)(i * 7);
	memcpy(hostile,
	       "\033[2J\033]0;x\007\xc2\x9b"
	       "2J\xe2\x80\xae",
	       17); /* both kinds of CSI, a line turned round */
	s.site.name = bytes_of(hostile, 80);
	s.box = (struct message_CONSOLE_STATE){.net_state = 255,
					       .address = {255, 255, 255, 255},
					       .bootstrap = 255,
					       .published = 255,
					       .door_open = 255,
					       .skew_s = UINT32_MAX,
					       .conversations = UINT32_MAX,
					       .messages = UINT32_MAX,
					       .desk_day = UINT32_MAX,
					       .used = UINT64_MAX,
					       .capacity = UINT64_MAX,
					       .restarts = UINT32_MAX,
					       .crashes = UINT32_MAX,
					       .busy = UINT16_MAX,
					       .boot_notes = BYTES_ARRAY(hostile)};
	for (enum screen_page page = PAGE_START; page <= PAGE_LEAVING; page++) {
		s.page = page;
		screen_render(&s, &screen);
		for (size_t i = 0; i < screen.rows; i++) {
			struct bytes row = bytes_of(screen.text[i], screen.len[i]);
			assert_true(columns(row) <= SCREEN_COLUMNS);
			for (size_t k = 0; k < row.n; k++) {
				assert_false(row.p[k] < ' ' || row.p[k] == 127);
				assert_false(k > 0 && row.p[k - 1] == 0xc2 && row.p[k] < 0xa0);
			}
			assert_int_equal(bytes_find(row, BYTES_LITERAL("\xe2\x80\xae")), row.n);
		}
	}
}

/* Reads the modules back out of the half blocks, so that turned-round colours or lost rows show. */
static void the_qr_code_has_its_three_corners(void **state)
{
	static bool light[60][60];
	struct screen_state s = running();
	const int corners[3][2] = {{4, 4}, {4, 30}, {30, 4}};
	size_t rows;

	(void)state;
	s.page = PAGE_ADDRESS;
	screen_render(&s, &screen);
	assert_true(bytes_eq_str(bytes_of(screen.text[23], screen.len[23]), "  http://" ADDRESS "/"));
	memset(&screen, 0, sizeof screen);
	rows = qr_draw_address(&screen, 0, 0, s.site.source_address);
	assert_int_equal(rows, 21);
	for (size_t r = 0; r < rows; r++) {
		struct bytes row = bytes_of(screen.text[r], screen.len[r]);
		for (size_t x = 0; row.n > 0; x++) {
			bool blank = row.p[0] == ' ';
			bool full = !blank && row.p[2] == 0x88;
			light[2 * r][x] = full || (!blank && row.p[2] == 0x80);
			light[2 * r + 1][x] = full || (!blank && row.p[2] == 0x84);
			row = bytes_from(row, blank ? 1 : 3);
		}
	}
	for (int c = 0; c < 3; c++)
		for (int y = -1; y <= 7; y++)
			for (int x = -1; x <= 7; x++) {
				bool edge = x < 0 || y < 0 || x > 6 || y > 6;
				bool frame = x == 0 || y == 0 || x == 6 || y == 6;
				bool core = x >= 2 && x <= 4 && y >= 2 && y <= 4;
				assert_int_equal(light[corners[c][0] + y][corners[c][1] + x], edge || !(frame || core));
			}
	for (int i = 0; i < 41; i++) /* the quiet margin */
		assert_true(light[0][i] && light[3][i] && light[i][0] && light[i][40]);
}

static void an_address_that_is_none_gets_no_code(void **state)
{
	static uint8_t large[200];

	(void)state;
	assert_int_equal(qr_draw_address(&screen, 0, 0, BYTES_LITERAL("a b")), 0);
	assert_int_equal(qr_draw_address(&screen, 10, 0, BYTES_LITERAL(ADDRESS)), 0);
	memset(large, 'a', sizeof large);
	assert_int_equal(qr_draw_address(&screen, 0, 0, BYTES_ARRAY(large)), 0);
}

static bool press(struct screen_state *s, const char *keys, enum console_order *order)
{
	struct key_reader reader = {0};
	enum keys_event event = KEYS_NOTHING;

	for (; *keys != 0 && event == KEYS_NOTHING; keys++)
		event = keys_take(s, reader_take(&reader, (uint8_t)*keys), order);
	if (event == KEYS_NOTHING && reader_waits(&reader))
		event = keys_take(s, reader_timeout(&reader), order);
	return event == KEYS_ORDER;
}

static void only_yes_and_enter_confirm(void **state)
{
	static const char *const no[] = {"pyes\r",  "p\r",         "pYES",          "pYES \033",  "pYES\033\033\r",
					 "pYESS\r", "pYES\177\r",  "YES\r",         "pNO\rYES\r", "pAAAAAAAAA",
					 "\033[p",  "\033OpYES\r", "pY\033[AE\rS\r"};
	enum console_order order = CONSOLE_ORDER_COUNT;

	(void)state;
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		struct screen_state s = {.page = PAGE_STATUS, .opened = true};
		assert_false(press(&s, no[i], &order));
	}
	struct screen_state s = {.page = PAGE_STATUS, .opened = true};
	assert_true(press(&s, "pYESX\177\r", &order));
	assert_int_equal(order, CONSOLE_POWER_OFF);
	assert_int_equal(s.page, PAGE_LEAVING);
	assert_false(press(&s, "r", &order)); /* once */
	s.page = PAGE_STATUS;
	assert_false(press(&s, "r", &order));
	assert_false(press(&s, "YES", &order));
	assert_true(press(&s, "\n", &order));
	assert_int_equal(order, CONSOLE_REBOOT);
}

static void keys_turn_pages(void **state)
{
	enum console_order order;
	struct screen_state s = {.page = PAGE_STATUS, .opened = true};

	(void)state;
	press(&s, "a", &order);
	assert_int_equal(s.page, PAGE_ADDRESS);
	press(&s, "a", &order);
	assert_int_equal(s.page, PAGE_STATUS);
	press(&s, "p", &order);
	press(&s, "\033", &order);
	assert_int_equal(s.page, PAGE_STATUS);
	press(&s, "xyz", &order);
	assert_int_equal(s.page, PAGE_STATUS);
}

static void says(const struct message_CONSOLE_STATE *before, const struct message_CONSOLE_STATE *now, const char *want)
{
	uint8_t storage[PROGRESS_BYTES_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	progress_put(&b, before, now);
	assert_false(b.failed);
	buf_byte(&b, 0);
	assert_string_equal((char *)storage, want);
}

static void the_registers_are_said_first(void **state)
{
	struct message_CONSOLE_STATE now = running().box;
	uint8_t storage[PROGRESS_BYTES_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	(void)state;
	progress_put_start(&b, &now);
	assert_int_equal(b.len, 0);
	now.measured = 1;
	memset(now.pcr4, 0x44, sizeof now.pcr4);
	memset(now.pcr11, 0x1b, sizeof now.pcr11);
	progress_put_start(&b, &now);
	buf_byte(&b, 0);
	assert_false(b.failed);
	assert_string_equal((char *)storage,
			    "courier: pcr 4 4444444444444444444444444444444444444444444444444444444444444444\n"
			    "courier: pcr 11 1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b\n");
}

static void progress_lines_say_what_changed(void **state)
{
	struct message_CONSOLE_STATE before = running().box;
	struct message_CONSOLE_STATE now = before;

	(void)state;
	says(NULL, &now,
	     "courier: net up 10.99.0.40\ncourier: tor 100\ncourier: onion published\ncourier: door open\ncourier: "
	     "restarts 1\n");
	says(&before, &now, "");
	now.net_state = NET_STATE_NO_CARRIER;
	memset(now.address, 0, 4);
	now.bootstrap = 45;
	now.published = 1;
	now.door_open = 0;
	now.skew_s = (uint32_t)-3600;
	now.crashes = 2;
	now.mac[0] = 0x52;
	now.dropped = 33;
	says(&before, &now,
	     "courier: net no-carrier\ncourier: card 52:00:00:00:00:00\ncourier: dropped 33\ncourier: tor 45\ncourier: "
	     "onion unpublished\ncourier: door closed\n"
	     "courier: clock skew -3600\ncourier: crashes 2\n");
	before = now;
	now.net_state = NET_STATE_UP;
	memcpy(now.address6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
	says(&before, &now, "courier: net up 2001:db8::7\n");
}

static void the_bytes_for_both_devices_fit(void **state)
{
	static uint8_t storage[SCREEN_BYTES_MAX];
	struct buf b = buf_over(storage, sizeof storage);
	struct screen_state s = running();

	(void)state;
	s.page = PAGE_ADDRESS;
	screen_render(&s, &screen);
	screen_put_terminal(&b, &screen, true);
	assert_false(b.failed);
	b = buf_over(storage, sizeof storage);
	screen_put_serial(&b, &screen);
	assert_false(b.failed);
	assert_int_equal(bytes_find(buf_view(&b), BYTES_LITERAL("\033")), b.len); /* no commands on the serial line */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_running_box_looks_like_this),
	    cmocka_unit_test(a_starting_box_says_so),
	    cmocka_unit_test(a_question_looks_like_this),
	    cmocka_unit_test(what_is_amiss_comes_with_what_to_do),
	    cmocka_unit_test(too_much_advice_is_cut),
	    cmocka_unit_test(a_locked_screen_shows_nothing),
	    cmocka_unit_test(the_time_of_day_is_for_the_screen),
	    cmocka_unit_test(the_machine_page_has_the_programs_hash),
	    cmocka_unit_test(ipv6_is_shown),
	    cmocka_unit_test(the_clocks_source_is_named),
	    cmocka_unit_test(without_a_site_it_says_why),
	    cmocka_unit_test(nothing_is_wider_or_commands_a_terminal),
	    cmocka_unit_test(the_qr_code_has_its_three_corners),
	    cmocka_unit_test(an_address_that_is_none_gets_no_code),
	    cmocka_unit_test(only_yes_and_enter_confirm),
	    cmocka_unit_test(keys_turn_pages),
	    cmocka_unit_test(the_registers_are_said_first),
	    cmocka_unit_test(progress_lines_say_what_changed),
	    cmocka_unit_test(the_bytes_for_both_devices_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
