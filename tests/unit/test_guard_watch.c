/* SPDX-License-Identifier: GPL-3.0-or-later
 * What torctl makes of Tor's words about guards, through the very lines of its control connection. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "tor/control.h"

#define ASK_CONSENSUS "GETINFO dir/status-vote/current/consensus-microdesc\r\n"
#define ASK_ENTRIES   "GETINFO entry-guards\r\n"
#define DAY           "2026-02-10"

static struct control_state control;
static struct guard_watch watch;

#define ENTRY_FLAGS "Fast Guard Running Stable V2Dir Valid"
static const char *flags = ENTRY_FLAGS;

/* A relay's identity is one byte repeated: 0x11 is "1111...", "EREREREREREREREREREREREREREREREREREREQ". */
static void hex_of(uint8_t byte, char out[static 41])
{
	for (size_t i = 0; i < 20; i++)
		snprintf(out + 2 * i, 3, "%02X", byte);
}

static void hear(const char *line)
{
	assert_int_equal(control_line(&control, &watch, bytes_str(line)), ERR_OK);
}

static void begin(const uint8_t *kept, size_t count, bool seed)
{
	static const uint8_t seed_bytes[VANGUARD_SEED_LEN] = {7};
	struct guards g = {.count = count};

	for (size_t i = 0; i < count; i++) {
		memset(g.list[i].id, kept[i], GUARD_ID_LEN);
		g.list[i].sampled_day = 20454; /* 2026-01-01 */
		g.list[i].confirmed_day = i == 0 ? 20464 : 0;
	}
	memset(&control, 0, sizeof control);
	guard_watch_init(&watch, bytes_of(seed_bytes, seed ? sizeof seed_bytes : 0), false, &g);
}

/* The relays are guards, fast and stable. */
static void hear_consensus(const uint8_t *relays, size_t count, bool whole)
{
	char line[256];

	hear("250+dir/status-vote/current/consensus-microdesc=");
	hear("network-status-version 3 microdesc");
	hear("valid-after " DAY " 05:00:00");
	for (size_t i = 0; i < count; i++) {
		uint8_t id[GUARD_ID_LEN];
		uint8_t text[40];
		struct buf b = buf_over(text, sizeof text);

		memset(id, relays[i], sizeof id);
		base64_encode(&b, BYTES_ARRAY(id), false);
		snprintf(line, sizeof line, "r name %.*s 2038-01-01 00:00:00 192.0.2.1 443 0", (int)b.len,
			 (const char *)b.p);
		hear(line);
		hear("m xyz");
		snprintf(line, sizeof line, "s %s", flags);
		hear(line);
		hear("w Bandwidth=5000");
	}
	if (whole)
		hear("directory-footer");
	hear("bandwidth-weights Wmd=0 Wme=0 Wmg=4203 Wmm=10000");
	hear(".");
	hear("250 OK");
}

static void hear_entries(const char *const *lines, size_t count)
{
	hear("250+entry-guards=");
	for (size_t i = 0; i < count; i++)
		hear(lines[i]);
	hear(".");
	hear("250 OK");
}

static void says(const char *want)
{
	uint8_t storage[GUARD_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	assert_int_equal(control_put_guards(&control, &watch, &b), *want != '\0');
	assert_true(!b.failed);
	if (!bytes_eq_str(buf_view(&b), want))
		fail_msg("says %.*s, not %s", (int)b.len, (const char *)b.p, want);
}

static struct message_GUARD_STATUS status(struct buf *lines)
{
	static uint8_t storage[LIMIT_GUARDS_TEXT];
	struct message_GUARD_STATUS m;

	*lines = buf_over(storage, sizeof storage);
	guard_watch_status(&watch, &m, lines);
	return m;
}

static void entry_nodes(const uint8_t *ids, size_t count, char *out, size_t cap)
{
	size_t n = (size_t)snprintf(out, cap, "SETCONF EntryNodes=");

	for (size_t i = 0; i < count; i++) {
		char hex[41];
		hex_of(ids[i], hex);
		n += (size_t)snprintf(out + n, cap - n, "%s$%s", i > 0 ? "," : "", hex);
	}
	snprintf(out + n, cap - n, "\r\n");
}

#define ENOUGH "650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=75 TAG=enough_dirinfo SUMMARY=\"Loaded enough\""

/* Which four is test_vanguards' affair. */
static void sets_second(void)
{
	uint8_t storage[GUARD_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	assert_true(control_put_guards(&control, &watch, &b));
	assert_true(!b.failed && bytes_starts(buf_view(&b), BYTES_LITERAL("SETCONF HSLayer2Nodes=$")));
}

static void the_site_files_guards_stay(void **state)
{
	static const uint8_t kept[] = {0x11, 0x22, 0x33, 0x44, 0x55};
	struct message_GUARD_STATUS m;
	struct buf lines;
	char want[256];

	(void)state;
	begin(kept, 5, false);
	says(ASK_CONSENSUS);
	says(""); /* one at a time */
	assert_int_equal(status(&lines).standing, GUARDS_UNKNOWN);
	hear_consensus((const uint8_t[]){0x55, 0x44, 0x33, 0x22, 0x11, 0x99}, 6, true);
	says(ASK_ENTRIES); /* the torrc has these entries already */
	m = status(&lines);
	assert_true(m.standing == GUARDS_SAME && m.waiting == 0);
	assert_int_equal(m.age_days, 30);
	hear_entries((const char *const[]){"$1111111111111111111111111111111111111111~a up",
					   "$2222222222222222222222222222222222222222~b never-connected",
					   "$3333333333333333333333333333333333333333~c down 2026-02-09 10:00:00",
					   "$9999999999999999999999999999999999999999~x up"},
		     4);
	m = status(&lines);
	assert_true(bytes_eq_str(m.guards, "1111111111111111111111111111111111111111 2026-01-01 2026-01-11\n"
					   "2222222222222222222222222222222222222222 2026-01-01\n"
					   "3333333333333333333333333333333333333333 2026-01-01 " DAY "\n"
					   "4444444444444444444444444444444444444444 2026-01-01\n"
					   "5555555555555555555555555555555555555555 2026-01-01\n"));
	says("");

	/* Two leave the network: the next ones of the file take their places, nobody else. */
	hear("650 STATUS_CLIENT NOTICE CONSENSUS_ARRIVED");
	says(ASK_CONSENSUS);
	hear_consensus((const uint8_t[]){0x55, 0x44, 0x22, 0x99}, 4, true);
	entry_nodes((const uint8_t[]){0x22, 0x44, 0x55}, 3, want, sizeof want);
	says(want);
	hear("250 OK");
	assert_int_equal(status(&lines).standing, GUARDS_MOVED);
	says(ASK_ENTRIES);
	hear("250-entry-guards=");
	hear("250 OK");
	says("");

	/* One without the flags that Tor asks of an entry is as good as gone. */
	hear("650 STATUS_CLIENT NOTICE CONSENSUS_ARRIVED");
	says(ASK_CONSENSUS);
	flags = "Fast Guard Running V2Dir Valid"; /* not Stable */
	hear_consensus(kept, 5, true);
	flags = ENTRY_FLAGS;
	entry_nodes(kept, 2, want, sizeof want);
	says(want);
	hear("250 OK");
	says(ASK_ENTRIES);
	hear("250-entry-guards=");
	hear("250 OK");
	says("");

	/* And come back. */
	hear("650 STATUS_CLIENT NOTICE CONSENSUS_ARRIVED");
	says(ASK_CONSENSUS);
	hear_consensus(kept, 5, true);
	entry_nodes(kept, 3, want, sizeof want);
	says(want);
	hear("250 OK");
	assert_int_equal(status(&lines).standing, GUARDS_SAME);
}

static void all_down_is_waiting(void **state)
{
	static const uint8_t kept[] = {0x11, 0x22, 0x33, 0x44};
	struct buf lines;
	char want[256];

	(void)state;
	begin(kept, 4, false);
	says(ASK_CONSENSUS);
	hear_consensus(kept, 4, true);
	says(ASK_ENTRIES);
	hear("250-entry-guards=");
	hear("250 OK");
	hear("650 GUARD ENTRY $1111111111111111111111111111111111111111~a DOWN");
	hear("650 GUARD ENTRY $2222222222222222222222222222222222222222 DOWN");
	hear("650 GUARD ENTRY $4444444444444444444444444444444444444444~d DOWN");
	assert_int_equal(status(&lines).waiting, 0);
	hear("650 GUARD ENTRY $3333333333333333333333333333333333333333~c DOWN");
	assert_int_equal(status(&lines).waiting, 1);
	says(ASK_ENTRIES);
	hear("551 no");
	says(""); /* the fourth is not tried: it is up to the consensus who is gone */
	hear("650 GUARD ENTRY $2222222222222222222222222222222222222222~b UP");
	assert_int_equal(status(&lines).waiting, 0);

	/* None of them is listed: Tor's entries stay theirs, two at least. */
	says(ASK_ENTRIES);
	hear("250-entry-guards=");
	hear("250 OK");
	hear("650 STATUS_CLIENT NOTICE CONSENSUS_ARRIVED");
	says(ASK_CONSENSUS);
	hear_consensus((const uint8_t[]){0x98, 0x99}, 2, true);
	entry_nodes(kept, 2, want, sizeof want);
	says(want);
	hear("250 OK");
	assert_int_equal(status(&lines).waiting, 1);
}

static void what_tor_drew_is_told(void **state)
{
	struct message_GUARD_STATUS m;
	struct guards g;
	struct buf lines;

	(void)state;
	begin(NULL, 0, true);
	says(ASK_CONSENSUS);
	hear("551 Could not open cached consensus.");
	says(ASK_ENTRIES);
	hear_entries((const char *const[]){"$1111111111111111111111111111111111111111~a never-connected"}, 1);
	assert_int_equal(status(&lines).standing, GUARDS_UNKNOWN); /* no day yet */
	hear("650 STATUS_CLIENT NOTICE CONSENSUS_ARRIVED");
	says(ASK_CONSENSUS);
	hear_consensus((const uint8_t[]){0x11, 0x22, 0x33}, 3, true);
	assert_int_equal(watch.drawn.count, 3);
	hear(ENOUGH);
	sets_second();
	assert_int_equal(watch.second.count, 0);
	hear("250 OK");
	assert_memory_equal(&watch.second, &watch.drawn, sizeof watch.second);
	says(ASK_ENTRIES);
	hear_entries((const char *const[]){"$1111111111111111111111111111111111111111~a never-connected",
					   "$2222222222222222222222222222222222222222~b never-connected",
					   "$3333333333333333333333333333333333333333~c up", "nonsense",
					   "$3333333333333333333333333333333333333333~c up"},
		     5);
	m = status(&lines);
	assert_true(m.standing == GUARDS_NEW && m.waiting == 0);
	assert_int_equal(guards_parse(m.guards, &g), ERR_OK);
	assert_int_equal(g.count, 3);
	assert_true(g.list[0].id[0] == 0x33 && g.list[1].id[0] == 0x11 && g.list[2].id[0] == 0x22);
	assert_int_equal(g.list[0].confirmed_day, 20494);
	assert_in_range(g.list[0].sampled_day, 20494 - 11, 20494);
	says("");
}

static void a_broken_consensus_changes_nothing(void **state)
{
	static const uint8_t kept[] = {0x11, 0x22, 0x33};
	struct buf lines;

	(void)state;
	begin(kept, 3, true);
	says(ASK_CONSENSUS);
	hear_consensus((const uint8_t[]){0x98, 0x99}, 2, false);
	says(ASK_ENTRIES);
	assert_int_equal(status(&lines).standing, GUARDS_UNKNOWN);
	assert_int_equal(watch.drawn.count, 0);
	hear("250+dir/status-vote/current/consensus-microdesc=");
	hear("valid-after 2026-02-10 05:00:00");
	hear("r name !!! 2038-01-01 00:00:00 192.0.2.1 443 0");
	hear("s Fast Guard Stable");
	hear("w Bandwidth=5000");
	hear("directory-footer");
	hear(".");
	hear("250 OK");
	assert_int_equal(watch.drawn.count, 0);
	hear("250-entry-guards=");
	hear("250 OK");
	says("");
}

static void next_consensus(const uint8_t *relays, size_t count)
{
	hear("650 STATUS_CLIENT NOTICE CONSENSUS_ARRIVED");
	says(ASK_CONSENSUS);
	hear_consensus(relays, count, true);
}

static void entries_are_asked(void)
{
	says(ASK_ENTRIES);
	hear("250-entry-guards=");
	hear("250 OK");
	says("");
}

/* Until Tor has said 250 it has what it had; what it refuses is set again with the next consensus, and no sooner. */
static void what_tor_refuses_is_not_so(void **state)
{
	static const uint8_t kept[] = {0x11, 0x22, 0x33, 0x44};
	static const uint8_t less[] = {0x22, 0x33, 0x44};
	struct buf lines;
	char moved[256];
	char back[256];

	(void)state;
	entry_nodes(less, 3, moved, sizeof moved);
	entry_nodes(kept, 3, back, sizeof back);
	begin(kept, 4, false);
	next_consensus(less, 3);
	says(moved);
	assert_int_equal(status(&lines).standing, GUARDS_SAME); /* not yet others */
	hear("553 Unable to set option");
	assert_int_equal(watch.refused, GUARD_SET_ENTRIES);
	assert_int_equal(watch.refused_code, 553);
	assert_int_equal(status(&lines).standing, GUARDS_SAME);
	entries_are_asked();
	next_consensus(less, 3);
	says(moved);
	hear("250 OK");
	assert_int_equal(status(&lines).standing, GUARDS_MOVED);
	entries_are_asked();

	/* The way back is refused: they are not the same. */
	next_consensus(kept, 4);
	says(back);
	hear("553 Unable to set option");
	assert_int_equal(status(&lines).standing, GUARDS_MOVED);
	entries_are_asked();
	next_consensus(less, 3); /* nothing to set any more */
	entries_are_asked();
	next_consensus(kept, 4);
	says(back);
	hear("250 OK");
	assert_int_equal(status(&lines).standing, GUARDS_SAME);
}

static void refused_second_relays_are_set_again(void **state)
{
	static const uint8_t relays[] = {0x11, 0x22, 0x33, 0x44, 0x55};

	(void)state;
	begin(NULL, 0, true);
	hear(ENOUGH);
	next_consensus(relays, 5);
	sets_second();
	hear("552 Unrecognized option");
	assert_int_equal(watch.refused, GUARD_SET_SECOND);
	assert_int_equal(watch.second.count, 0);
	entries_are_asked();
	next_consensus(relays, 5);
	sets_second();
	hear("250 OK");
	assert_int_equal(watch.second.count, VANGUARDS);
	entries_are_asked();
	next_consensus(relays, 5);
	entries_are_asked();
}

/* Each setting closes the circuits by which Tor is about to ask for the relays' descriptors. */
static void second_relays_wait_until_tor_has_descriptors(void **state)
{
	static const uint8_t relays[] = {0x11, 0x22, 0x33, 0x44, 0x55};

	(void)state;
	begin(NULL, 0, true);
	hear("650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=45 TAG=requesting_descriptors SUMMARY=\"Asking\"");
	next_consensus(relays, 5);
	entries_are_asked();
	hear("650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=74 TAG=loading_descriptors SUMMARY=\"Loading\"");
	says("");
	hear(ENOUGH);
	sets_second();
	hear("250 OK");
	says("");
	hear("650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY=\"Done\"");
	entries_are_asked();

	/* A consensus without any: Tor draws for itself, as it would have without a seed. */
	begin(NULL, 0, true);
	hear(ENOUGH);
	flags = "Running Valid";
	next_consensus(relays, 5);
	flags = ENTRY_FLAGS;
	says("RESETCONF HSLayer2Nodes\r\n");
}

static void a_closed_circuits_error_is_no_answer_to_ours(void **state)
{
	static const uint8_t kept[] = {0x11, 0x22, 0x33, 0x44};
	uint8_t storage[CONTROL_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);
	struct buf lines;
	char want[256];

	(void)state;
	begin(kept, 4, false);
	assert_int_equal(control_put_close_circuit(&control, &b, 77), ERR_OK);
	says(ASK_CONSENSUS);
	hear("552 Unknown circuit \"77\"");
	says(""); /* its answer is still to come */
	hear_consensus(kept + 1, 3, true);
	entry_nodes(kept + 1, 3, want, sizeof want);
	assert_int_equal(control_put_close_circuit(&control, &b, 77), ERR_OK);
	says(want);
	hear("552 Unknown circuit \"77\"");
	assert_int_equal(watch.refused, GUARD_NOTHING);
	assert_int_equal(status(&lines).standing, GUARDS_SAME);
	hear("250 OK");
	assert_int_equal(status(&lines).standing, GUARDS_MOVED);
	hear("552 nobody asked");
	assert_int_equal(watch.refused, GUARD_NOTHING);
	entries_are_asked();
}

static void a_day_has_24_hours(void **state)
{
	static struct consensus_reader r;
	static const struct {
		const char *line;
		uint32_t hour;
	} rows[] = {
	    {"valid-after " DAY " 00:00:00", 20494 * 24},
	    {"valid-after " DAY " 09:00:00", 20494 * 24 + 9},
	    {"valid-after " DAY " 23:59:59", 20494 * 24 + 23},
	    {"valid-after " DAY " 24:00:00", 0},
	    {"valid-after " DAY " 29:00:00", 0},
	    {"valid-after " DAY " 30:00:00", 0},
	    {"valid-after " DAY " 1x:00:00", 0},
	    {"valid-after " DAY " 2", 0},
	    {"valid-after 2026-02-30 05:00:00", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		consensus_begin(&r);
		assert_false(consensus_line(&r, bytes_str(rows[i].line)));
		assert_int_equal(r.valid_after_h, rows[i].hour);
		assert_int_equal(r.failed, rows[i].hour == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_site_files_guards_stay),
	    cmocka_unit_test(all_down_is_waiting),
	    cmocka_unit_test(what_tor_drew_is_told),
	    cmocka_unit_test(a_broken_consensus_changes_nothing),
	    cmocka_unit_test(what_tor_refuses_is_not_so),
	    cmocka_unit_test(refused_second_relays_are_set_again),
	    cmocka_unit_test(second_relays_wait_until_tor_has_descriptors),
	    cmocka_unit_test(a_closed_circuits_error_is_no_answer_to_ours),
	    cmocka_unit_test(a_day_has_24_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
