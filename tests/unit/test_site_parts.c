/* SPDX-License-Identifier: GPL-3.0-or-later
 * What each role gets of a site file, texts by language, and recipients of one sort. */
#include "site_fixture.h"

#include "net/net.h"
#include "site/guards.h"
#include "unlock/parts.h"

static void each_role_gets_its_part(void **state)
{
	static struct site s;
	static uint8_t storage[LIMIT_SITE_PART];
	struct message_PART_VISIT visit;
	struct message_PART_KEEPER keeper;
	struct message_PART_TOR tor;
	struct message_PART_TORCTL torctl;
	struct message_PART_NET net;
	struct message_PART_INIT own;
	struct buf part;
	uint8_t source[ONION_ADDRESS_LEN];
	struct site_fault fault;
	static char text[16384];
	size_t n = make_text(text, sizeof text);

	(void)state;
	assert_int_equal(site_parse(bytes_of(text, n), &s, &fault), ERR_OK);
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_VISIT, &part), ERR_OK);
	assert_int_equal(part.p[0] | part.p[1] << 8, MESSAGE_PART_VISIT);
	assert_int_equal(message_get_PART_VISIT(bytes_from(buf_view(&part), 2), &visit), ERR_OK);
	onion_address(&s.source_key, source);
	assert_true(bytes_eq(visit.address, BYTES_ARRAY(source)));
	/* The second desk takes corruption alone. */
	assert_true(bytes_eq_str(visit.topics, "00000001 \n00000003 Corruption\n00000001 \xd0\x9a\xd0\xbe\xd1\x80\n"));
	assert_true(bytes_starts(visit.look, BYTES_LITERAL("style :root{--accent:#1f4e6b;")));
	assert_true(bytes_find(visit.look, BYTES_LITERAL("\nsource 'sha256-")) < visit.look.n);
	assert_true(bytes_find(visit.look, BYTES_LITERAL("'\ntext - Who we are.\ntext zh-hans \xe6\x88\x91\n"
							 "topic 0 de Bestechung\n")) < visit.look.n);
	assert_int_equal(visit.recipients.n, 3 * 65);
	assert_true(bytes_starts(visit.recipients, BYTES_LITERAL("0 age1")));
	assert_true(bytes_starts(bytes_from(visit.recipients, 130), BYTES_LITERAL("1 age1")));
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_KEEPER, &part), ERR_OK);
	assert_int_equal(message_get_PART_KEEPER(bytes_from(buf_view(&part), 2), &keeper), ERR_OK);
	assert_int_equal(keeper.desk_tokens.n, 64);
	assert_true(keeper.quota_circuit == 1048576 && keeper.quota_conversation == 1099511627776);
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_TOR, &part), ERR_OK);
	assert_int_equal(message_get_PART_TOR(bytes_from(buf_view(&part), 2), &tor), ERR_OK);
	assert_true(bytes_eq_str(tor.torrc, "ClientUseIPv6 1\nTestingTorNetwork 1\n"));
	assert_int_equal(tor.clients.n, 2 * 71);
	assert_true(bytes_eq_str(tor.guards, FIXTURE_GUARDS_A "\n" FIXTURE_GUARDS_B "\n" FIXTURE_GUARDS_C "\n"));
	assert_int_equal(tor.second, 1);
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_TORCTL, &part), ERR_OK);
	assert_int_equal(message_get_PART_TORCTL(bytes_from(buf_view(&part), 2), &torctl), ERR_OK);
	assert_true(torctl.seed.n == 32 && torctl.seed.p[31] == 31 && torctl.bridges == 0);
	assert_true(bytes_eq_str(torctl.guards, FIXTURE_GUARDS_A "\n" FIXTURE_GUARDS_B "\n" FIXTURE_GUARDS_C "\n"));
	/* Bridges take the guards' place: Tor refuses both. */
	assert_true(site_take_torrc(BYTES_LITERAL("UseBridges 1"), &s, &fault));
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_TORCTL, &part), ERR_OK);
	assert_int_equal(message_get_PART_TORCTL(bytes_from(buf_view(&part), 2), &torctl), ERR_OK);
	assert_true(torctl.bridges == 1 && torctl.guards.n == 0);
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_TOR, &part), ERR_OK);
	assert_int_equal(message_get_PART_TOR(bytes_from(buf_view(&part), 2), &tor), ERR_OK);
	assert_int_equal(tor.guards.n, 0);
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_NET, &part), ERR_OK);
	assert_int_equal(message_get_PART_NET(bytes_from(buf_view(&part), 2), &net), ERR_OK);
	assert_int_equal(net.mode, NET_MODE_STATIC);
	assert_true(net.mode6 == 1 && net.prefix6 == 64 && net.router6[0] == 0xfe && net.vlan == 4094 &&
		    net.random_mac == 1);
	s.network = SITE_NETWORK_NONE;
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_NET, &part), ERR_OK);
	assert_int_equal(message_get_PART_NET(bytes_from(buf_view(&part), 2), &net), ERR_OK);
	assert_int_equal(net.mode, NET_MODE_NONE);
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_TOR, &part), ERR_OK);
	assert_int_equal(message_get_PART_TOR(bytes_from(buf_view(&part), 2), &tor), ERR_OK);
	assert_true(bytes_starts(tor.torrc, BYTES_LITERAL("ClientUseIPv6 1\nClientUseIPv4 0\n")));
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_INIT, &part), ERR_OK);
	assert_int_equal(message_get_PART_INIT(bytes_from(buf_view(&part), 2), &own), ERR_OK);
	assert_true(own.dead_man_hours == 72 && own.pulled_stick == 1);
	/* A part that doesn't fit says so. */
	part = buf_over(storage, 50);
	assert_int_equal(site_part(&s, ROLE_VISIT, &part), ERR_TOO_BIG);
}

/* What a box says of its guards: it fills a file that has none, notes what was used, and never exchanges one. */
static void guards_are_refreshed(void **state)
{
	static const uint32_t today = 20500;
	struct guards collected = {.count = 4};
	struct guards kept = {.count = 0};
	struct guards_refreshed r;

	(void)state;
	for (size_t i = 0; i < collected.count; i++) {
		memset(collected.list[i].id, (int)i + 1, GUARD_ID_LEN);
		collected.list[i].sampled_day = today - 3;
	}
	r = site_refresh_guards(&kept, &collected, today);
	assert_true(r.taken == 4 && r.confirmed == 0 && r.dropped == 0 && kept.count == 4);
	/* Another box, or a hostile one: three others, and the second, used. */
	collected.list[0].id[0] = collected.list[2].id[0] = collected.list[3].id[0] = 0x77;
	collected.list[1].confirmed_day = today - 1;
	r = site_refresh_guards(&kept, &collected, today);
	assert_true(r.taken == 0 && r.confirmed == 1 && r.dropped == 0 && kept.count == 4);
	assert_true(kept.list[0].id[0] == 1 && kept.list[2].id[0] == 3 && kept.list[3].id[0] == 4);
	assert_true(kept.list[1].confirmed_day == today - 1 && kept.list[0].confirmed_day == 0);
	/* Too old: 120 days since it was drawn, unless it was first used within 60. */
	kept.list[0].sampled_day = kept.list[1].sampled_day = kept.list[2].sampled_day = today - 121;
	kept.list[2].confirmed_day = today - 61;
	r = site_refresh_guards(&kept, &collected, today);
	assert_true(r.dropped == 2 && kept.count == 2 && kept.list[0].id[0] == 2 && kept.list[1].id[0] == 4);
	/* One alone is none. */
	r = site_refresh_guards(&kept, &collected, today + 60);
	assert_true(r.dropped == 2 && kept.count == 0);
}

/* Lines with a language in their key. */
static void texts_by_language(void **state)
{
	static const struct {
		const char *lines;
		bool good;
	} cases[] = {
	    {"text = a\ntext de = b\ntext zh-hans = c", true},
	    {"text   RU  =  a", true},
	    {"topic = Work\ntopic de = Arbeit\ntopic fa = \xda\xa9\xd8\xa7\xd8\xb1\ntopic = Law\ntopic de = Recht",
	     true},
	    {"text = a\ntext = b", false},
	    {"text de = a\ntext de = b", false},
	    {"text xx = a", false},
	    {"text de fr = a", false},
	    {"text de =", false},
	    {"text de = a\xe2\x80\xaegpj", false},
	    {"topic de = Arbeit", false},
	    {"topic = Work\ntopic de = a\ntopic de = b", false},
	    {"accent de = #123456", false},
	    {"name de = a", false},
	    {"accent = #123456\naccent = #123456", false},
	};
	static char whole[16384];
	static struct site s;
	struct site_fault fault;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		static char text[16384];
		struct buf out = buf_over(whole, sizeof whole);
		struct bytes rest = bytes_of(text, make_text(text, sizeof text)), line;
		while (bytes_split(&rest, '\n', &line)) {
			if (bytes_starts(line, BYTES_LITERAL("t")) || bytes_starts(line, BYTES_LITERAL("accent")))
				if (!bytes_starts(line, BYTES_LITERAL("token")))
					continue;
			buf_put(&out, line);
			buf_byte(&out, '\n');
			if (bytes_starts(line, BYTES_LITERAL("upload-max"))) {
				buf_str(&out, cases[i].lines);
				buf_byte(&out, '\n');
			}
		}
		assert_false(out.failed);
		if ((site_parse(buf_view(&out), &s, &fault) == ERR_OK) != cases[i].good)
			fail_msg("case %zu: %s", i, fault.sentence);
	}
}

/* A message may be sealed to all desks, and age seals to one sort of recipients. */
static void recipients_of_one_sort(void **state)
{
	static const enum age_kind others[] = {AGE_X25519, AGE_HYBRID};
	static char texts[30][LIMIT_RECIPIENT_TEXT];
	static struct site s;
	struct site_fault fault;
	struct age_identity identity;
	struct age_recipient r;

	(void)state;
	for (size_t first = 0; first < 2; first++) {
		size_t count = 0;
		memset(&s, 0, sizeof s);
		assert_true(site_take_desk(bytes_str("first"), &s, &fault));
		s.desks[0].client = BYTES_LITERAL("x");
		s.desks[0].has_token_hash = true;
		for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
			struct buf text = buf_over(texts[i], sizeof texts[i]);
			age_identity_new(&identity, others[i == 1 ? 1 - first : first]);
			age_identity_recipient(&identity, &r);
			age_recipient_text(&text, &r);
			if (count == 10)
				assert_true(site_take_desk(bytes_str("second"), &s, &fault));
			if (i == 1) {
				assert_false(site_take_recipient(buf_view(&text), &s, &fault));
				assert_non_null(strstr(fault.sentence, "two sorts"));
				continue;
			}
			if (count == 25 && first == 1) {
				assert_false(site_take_recipient(buf_view(&text), &s, &fault));
				assert_non_null(strstr(fault.sentence, "25 post-quantum"));
				break;
			}
			assert_true(site_take_recipient(buf_view(&text), &s, &fault));
			count++;
		}
		assert_int_equal(s.hybrid, first == 1);
		if (first == 1) {
			static uint8_t storage[LIMIT_SITE_PART];
			struct buf part = buf_over(storage, sizeof storage);
			assert_int_equal(site_part(&s, ROLE_VISIT, &part), ERR_OK);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_role_gets_its_part),
	    cmocka_unit_test(guards_are_refreshed),
	    cmocka_unit_test(texts_by_language),
	    cmocka_unit_test(recipients_of_one_sort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
