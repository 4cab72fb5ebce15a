/* SPDX-License-Identifier: GPL-3.0-or-later
 * The site file: every damage refused with its line, every maximum, and what a desk hands over. */
#include "site_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "site/operator.h"

#define TOKEN_HASH "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"

/* How lines begin that a file may lack. */
static const char *const optional[] = {"#",     "upload-max", "capacity", "quota-",      "network",    "topic",
				       "takes", "tor ",       "accent",   "text",        "unattended", "guard",
				       "vlan",  "mac",        "dead-man", "pulled-stick"};

static void round_trip(void **state)
{
	static struct site made, read;
	static char first[16384], second[16384];
	struct site_fault fault;
	struct buf text = buf_over(first, sizeof first);
	struct buf again = buf_over(second, sizeof second);

	(void)state;
	make_site(&made);
	site_write(&text, &made);
	assert_int_equal(site_parse(buf_view(&text), &read, &fault), ERR_OK);
	assert_memory_equal(&read.source_key, &made.source_key, sizeof made.source_key);
	assert_memory_equal(&read.desk_key, &made.desk_key, sizeof made.desk_key);
	assert_memory_equal(read.salt, made.salt, sizeof made.salt);
	assert_int_equal(read.topic_count, 2);
	assert_true(read.has_accent && read.accent.b == 0x6b && read.text_count == 3);
	assert_int_equal(read.desk_count, 2);
	assert_int_equal(read.desks[0].recipient_count, 2);
	assert_int_equal(read.network, SITE_NETWORK_STATIC);
	assert_int_equal(read.prefix, 24);
	assert_true(read.dead_man_hours == 72 && read.pulled_stick);
	assert_memory_equal(read.router, "\xc0\x00\x02\x01", 4);
	assert_int_equal(read.network6, SITE_NETWORK6_STATIC);
	assert_int_equal(read.prefix6, 64);
	assert_memory_equal(read.address6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
	assert_memory_equal(read.router6, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	assert_true(read.vlan == 4094 && read.random_mac);
	site_write(&again, &read);
	assert_true(bytes_eq(buf_view(&text), buf_view(&again)));
}

static void minimal_file_has_defaults(void **state)
{
	static struct site s;
	static char text[16384], less[16384];
	struct site_fault fault;
	struct buf out = buf_over(less, sizeof less);
	struct bytes rest = bytes_of(text, make_text(text, sizeof text));
	struct bytes line;

	(void)state;
	while (bytes_split(&rest, '\n', &line)) {
		bool leave_out = line.n == 0;
		for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++)
			leave_out |= bytes_starts(line, bytes_str(optional[i]));
		if (leave_out)
			continue;
		buf_put(&out, line);
		buf_byte(&out, '\n');
	}
	assert_int_equal(site_parse(buf_view(&out), &s, &fault), ERR_OK);
	assert_int_equal(s.network, SITE_NETWORK_DHCP);
	assert_true(s.network6 == SITE_NETWORK6_OFF && s.vlan == 0 && !s.random_mac);
	assert_int_equal(s.capacity, 0);
	assert_true(s.quota_circuit == 0 && s.quota_conversation == 0);
	assert_true(s.upload_max == LIMIT_UPLOAD_DEFAULT);
	assert_true(s.dead_man_hours == 0 && !s.pulled_stick);
	assert_int_equal(s.topic_count, 0);
	assert_true(!s.has_accent && s.text_count == 0);
}

/* The line numbered `wanted`, replaced by `put` (NULL: left out). */
static size_t edit(const char *text, size_t n, unsigned wanted, const char *put, char *out, size_t cap)
{
	struct buf result = buf_over(out, cap);
	struct bytes rest = bytes_of(text, n);
	struct bytes line;
	unsigned at = 0;

	while (bytes_split(&rest, '\n', &line)) {
		at++;
		if (at == wanted && put == NULL)
			continue;
		if (at == wanted)
			buf_str(&result, put);
		else
			buf_put(&result, line);
		buf_byte(&result, '\n');
	}
	assert_false(result.failed);
	return result.len;
}

static struct bytes line_at(const char *text, size_t n, unsigned wanted)
{
	struct bytes rest = bytes_of(text, n);
	struct bytes line = {NULL, 0};

	for (unsigned at = 0; at < wanted; at++)
		assert_true(bytes_split(&rest, '\n', &line));
	return line;
}

static void assert_refused_at(const char *text, size_t n, unsigned line)
{
	static struct site s;
	static const struct site zero;
	struct site_fault fault;
	enum err e = site_parse(bytes_of(text, n), &s, &fault);

	assert_int_not_equal(e, ERR_OK);
	assert_int_equal(fault.line, line);
	assert_true(strlen(fault.sentence) > 10);
	assert_memory_equal(&s, &zero, sizeof s);
}

/* What may be done to any line that is not a comment. */
static void each_damaged_line_is_named(void **state)
{
	static char text[16384], bad[16384];
	size_t n = make_text(text, sizeof text);
	unsigned count = 0;
	char line[LIMIT_SITE_LINE + 200];

	(void)state;
	for (size_t i = 0; i < n; i++)
		count += text[i] == '\n';
	for (unsigned at = 1; at <= count; at++) {
		struct bytes old = line_at(text, n, at);
		if (old.n == 0 || old.p[0] == '#')
			continue;
		/* control character; not UTF-8; another key; too long */
		(void)snprintf(line, sizeof line, "%.*s\x01", (int)old.n, (const char *)old.p);
		assert_refused_at(bad, edit(text, n, at, line, bad, sizeof bad), at);
		(void)snprintf(line, sizeof line, "%.*s\xff", (int)old.n, (const char *)old.p);
		assert_refused_at(bad, edit(text, n, at, line, bad, sizeof bad), at);
		(void)snprintf(line, sizeof line, "x%.*s", (int)old.n, (const char *)old.p);
		assert_refused_at(bad, edit(text, n, at, line, bad, sizeof bad), at);
		(void)snprintf(line, sizeof line, "%.*s%0*d", (int)old.n, (const char *)old.p, LIMIT_SITE_LINE, 0);
		assert_refused_at(bad, edit(text, n, at, line, bad, sizeof bad), at);
		/* no value */
		if (bytes_find(old, BYTES_LITERAL("=")) < old.n) {
			(void)snprintf(line, sizeof line, "%.*s", (int)bytes_find(old, BYTES_LITERAL("=")) + 1,
				       (const char *)old.p);
			assert_refused_at(bad, edit(text, n, at, line, bad, sizeof bad), at);
		}
	}
}

/* Keys with a check of their own notice any single changed character. */
static void a_changed_character_of_a_key_is_noticed(void **state)
{
	static const char *const keys[] = {"source-address", "source-key", "desk-address", "desk-key", "recipient"};
	static char text[16384], bad[16384];
	size_t n = make_text(text, sizeof text);
	static struct site s;
	struct site_fault fault;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		bool covered = false;
		size_t begin = i;
		if (text[i] == '\n')
			continue;
		while (begin > 0 && text[begin - 1] != '\n')
			begin--;
		for (size_t k = 0; k < 5; k++)
			covered |=
			    strncmp(text + begin, keys[k], strlen(keys[k])) == 0 && i >= begin + strlen(keys[k]) + 3;
		if (!covered || (i % 7 != 0 && begin + 20 < i)) /* a sample: each costs two curve multiplications */
			continue;
		/* The second half of an expanded key is not in the address; Tor signs with it, and any value works. */
		if (strstr(text + begin, "-key = ") == strchr(text + begin, '-') && i > begin + 80)
			continue;
		memcpy(bad, text, n);
		bad[i] = text[i] == '7' ? '6' : '7';
		assert_int_not_equal(site_parse(bytes_of(bad, n), &s, &fault), ERR_OK);
	}
}

static const struct {
	const char *key, *value;
} wrong_values[] = {
    {"upload-max", "0"},
    {"upload-max", "1048575"},
    {"upload-max", "4294967297"},
    {"upload-max", "1e9"},
    {"upload-max", "-1"},
    {"upload-max", "01048576"},
    {"capacity", "1"},
    {"capacity", "1099511627777"},
    {"quota-circuit", "1048575"},
    {"quota-circuit", "1099511627777"},
    {"quota-conversation", "1"},
    {"quota-conversation", "1 MiB"},
    {"capacity", "99999999999999999999999"},
    {"network6", "yes"},
    {"network6", "2001:db8::7"},
    {"network6", "2001:db8::7/129"},
    {"network6", "2001:db8::7/0"},
    {"network6", "2001:db8::7/64,"},
    {"network6", "2001:db8::7/64,192.0.2.1"},
    {"network6", "ff02::1/64"},
    {"network6", "::/64"},
    {"network6", "::1/128"},
    {"network6", "2001:db8:0000:0000:0000:0000:0000:0000:0007:0000:0000/64"},
    {"vlan", "0"},
    {"vlan", "4095"},
    {"vlan", "5 6"},
    {"mac", "02:00:00:00:00:01"},
    {"network", "static"},
    {"network", "192.0.2.7"},
    {"network", "192.0.2.7/33"},
    {"network", "192.0.2.7/0"},
    {"network", "192.0.2/24"},
    {"network", "192.0.2.7./24"},
    {"network", "192.0.2.256/24"},
    {"network", "192.0.2.7/24,"},
    {"network", "192.0.2.7/24,x"},
    {"network", "1.2.3.4/8,1.2.3.4,5"},
    {"network", "01.2.3.4/8"},
    {"dead-man", "87601"},
    {"dead-man", "-1"},
    {"dead-man", "2 days"},
    {"pulled-stick", "Yes"},
    {"pulled-stick", ""},
    {"topic", "Corruption"},
    {"unattended", "maybe"},
    {"accent", "red"},
    {"accent", "#12345"},
    {"text", ""},
    {"salt", "AAAA"},
    {"salt", "not base64!"},
    {"guard-seed", "AAAA"},
    {"guard", "0123456789ABCDEF0123456789ABCDEF01234567"},
    {"guard", "0123456789ABCDEF0123456789ABCDEF01234567 2026-02-01"}, /* twice */
    {"guard", "0000000000ABCDEF0123456789ABCDEF01234567 2026-02-01 in=bridges"},
    {"tor", "ControlPort 9051"},
    {"tor", "%include /etc/passwd"},
    {"tor", "TestingTorNetwork 1\\"},
    {"tor", "DirAuthority \"x"},
    {"client", "descriptor:x25519:AAAA"},
    {"client", "basic:x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {"client", "descriptor:x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, /* low order */
    {"token-hash", "00"},
    {"token-hash", "zz"},
    {"recipient", "age1xxxx"},
    {"recipient", "ssh-ed25519 AAAA"},
    {"name", "\xe2\x80\xae"
	     "evil"},
    {"source-address", "example.onion"},
};

static void values_out_of_range(void **state)
{
	static char text[16384], bad[16384];
	size_t n = make_text(text, sizeof text);

	(void)state;
	for (size_t i = 0; i < sizeof wrong_values / sizeof wrong_values[0]; i++) {
		char line[300];
		unsigned at = 1, found = 0;
		struct bytes rest = bytes_of(text, n), old;
		(void)snprintf(line, sizeof line, "%s = ", wrong_values[i].key);
		for (; bytes_split(&rest, '\n', &old); at++)
			if (bytes_starts(old, bytes_str(line)))
				found = at; /* the last one: topics and desks then repeat an earlier line */
		assert_int_not_equal(found, 0);
		(void)snprintf(line, sizeof line, "%s = %s", wrong_values[i].key, wrong_values[i].value);
		assert_refused_at(bad, edit(text, n, found, line, bad, sizeof bad), found);
	}
}

/* The line that begins so, replaced. */
static size_t edit_line(const char *begin, const char *with, const char *text, size_t n, char *out, size_t cap)
{
	struct bytes rest = bytes_of(text, n), old;
	unsigned at = 1;

	while (bytes_split(&rest, '\n', &old) && !bytes_starts(old, bytes_str(begin)))
		at++;
	return edit(text, n, at, with, out, cap);
}

static void without_ipv4_there_is_ipv6(void **state)
{
	static char text[16384], none[16384], off[16384];
	static uint8_t again[16384];
	static struct site s;
	struct buf out = buf_over(again, sizeof again);
	struct site_fault fault;
	size_t n = make_text(text, sizeof text);
	unsigned lines = 1; /* "end" is not ended by another */

	(void)state;
	n = edit_line("network = ", "network = none", text, n, none, sizeof none);
	assert_int_equal(site_parse(bytes_of(none, n), &s, &fault), ERR_OK);
	assert_true(s.network == SITE_NETWORK_NONE && s.network6 == SITE_NETWORK6_STATIC);
	site_write(&out, &s);
	assert_true(bytes_find(buf_view(&out), BYTES_LITERAL("\nnetwork = none\nnetwork6 = 2001:db8::7/64")) < out.len);
	n = edit_line("network6 = ", "network6 = off", none, n, off, sizeof off);
	for (size_t i = 0; i + 1 < n; i++)
		lines += off[i] == '\n';
	assert_refused_at(off, n, lines);
}

static void repetitions_have_maxima(void **state)
{
	static char text[16384], bad[LIMIT_SITE_FILE + 65536];
	size_t n = make_text(text, sizeof text);
	static const struct {
		const char *line; /* and a number */
		unsigned most;
	} repeated[] = {{"topic = number ", LIMIT_TOPICS},
			{"tor = TestingTorNetwork ", LIMIT_TORRC_LINES},
			{"# ", LIMIT_SITE_LINES}};

	(void)state;
	for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
		struct buf out = buf_over(bad, sizeof bad);
		unsigned line = 1;
		buf_str(&out, "courier-site 1\n");
		for (unsigned k = 0; k < repeated[i].most + 5; k++) {
			buf_str(&out, repeated[i].line);
			buf_decimal(&out, k);
			buf_byte(&out, '\n');
		}
		buf_put(&out, bytes_of(text + 15, n - 15));
		line += repeated[i].most;
		assert_refused_at(bad, out.len, i == 2 ? LIMIT_SITE_LINES + 1 : line + 1);
	}
	/* a file that is too big altogether */
	memset(bad, '#', sizeof bad);
	assert_refused_at(bad, LIMIT_SITE_FILE + 1, 0);
	/* 21 recipients of one desk */
	struct buf out = buf_over(bad, sizeof bad);
	buf_str(&out, "courier-site 1\ndesk = a\n");
	for (unsigned k = 0; k < LIMIT_RECIPIENTS + 1; k++) {
		struct age_identity identity;
		struct age_recipient r;
		age_identity_new(&identity, AGE_X25519);
		age_identity_recipient(&identity, &r);
		buf_str(&out, "recipient = ");
		age_recipient_text(&out, &r);
		buf_byte(&out, '\n');
	}
	buf_str(&out, "end\n");
	assert_refused_at(bad, out.len, 2 + LIMIT_RECIPIENTS + 1);
}

/* Tor refuses a single entry: it would point at the box. */
static void one_guard_alone_is_refused(void **state)
{
	static char text[16384], bad[16384];
	static struct site s;
	struct site_fault fault;
	size_t n = make_text(text, sizeof text);
	unsigned at = 0;

	(void)state;
	for (unsigned left = 3; left > 0; left--) {
		for (at = 1; !bytes_starts(line_at(text, n, at), BYTES_LITERAL("guard = ")); at++)
			;
		n = edit(text, n, at, NULL, bad, sizeof bad);
		memcpy(text, bad, n);
		assert_int_equal(site_parse(bytes_of(text, n), &s, &fault), left == 2 ? ERR_FORMAT : ERR_OK);
	}
	assert_int_equal(s.guards.count, 0);
}

static void each_topic_has_a_desk_and_each_desk_its_topics(void **state)
{
	static char text[16384], bad[16384];
	static struct site s;
	struct site_fault fault;
	size_t n = make_text(text, sizeof text);
	unsigned topic = 0, takes = 0, token = 0, at = 1;
	struct bytes rest = bytes_of(text, n), line;

	(void)state;
	for (; bytes_split(&rest, '\n', &line); at++) {
		if (bytes_starts(line, BYTES_LITERAL("topic = \xd0")))
			topic = at;
		if (bytes_starts(line, BYTES_LITERAL("token-hash")) && token == 0)
			token = at; /* of the first desk */
		if (bytes_starts(line, BYTES_LITERAL("takes")))
			takes = at;
	}
	assert_true(topic > 0 && token > 0 && takes > token);
	assert_refused_at(bad, edit(text, n, takes, "takes = corruption", bad, sizeof bad), takes);
	assert_refused_at(bad, edit(text, n, takes, "takes = Corruption\ntakes = Corruption", bad, sizeof bad),
			  takes + 1);
	/* Both desks take corruption alone: who would read about the other? */
	n = edit(text, n, token, "takes = Corruption\ntoken-hash = " TOKEN_HASH, bad, sizeof bad);
	assert_refused_at(bad, n, topic);
	n = edit(bad, n, topic, NULL, text, sizeof text);
	assert_int_equal(site_parse(bytes_of(text, n), &s, &fault), ERR_OK);
	assert_int_equal(site_topic_desks(&s, BYTES_LITERAL("Corruption")), 3);
	/* No desk takes everything: what has no topic goes to all. */
	assert_int_equal(site_topic_desks(&s, BYTES_LITERAL("")), 3);
	assert_int_equal(site_topic_desks(&s, BYTES_LITERAL("x")), 0);
}

static void a_cut_anywhere_is_noticed(void **state)
{
	static char text[16384];
	static struct site s;
	size_t n = make_text(text, sizeof text);
	struct site_fault fault;

	(void)state;
	for (size_t cut = 0; cut < n; cut++)
		assert_int_not_equal(site_parse(bytes_of(text, cut), &s, &fault), ERR_OK);
	assert_int_equal(site_parse(bytes_of(text, n), &s, &fault), ERR_OK);
}

static void each_line_left_out_or_doubled(void **state)
{
	static char text[16384], bad[32768];
	static struct site s;
	size_t n = make_text(text, sizeof text);
	struct site_fault fault;
	unsigned count = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		count += text[i] == '\n';
	for (unsigned at = 1; at <= count; at++) {
		struct bytes old = line_at(text, n, at);
		bool may_miss = old.n == 0;
		char twice[2 * LIMIT_SITE_LINE];
		enum err e;
		for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++)
			may_miss |= bytes_starts(old, bytes_str(optional[i]));
		e = site_parse(bytes_of(bad, edit(text, n, at, NULL, bad, sizeof bad)), &s, &fault);
		/* The first of two recipients may go too. */
		if (!may_miss && !bytes_starts(old, BYTES_LITERAL("recipient")))
			assert_int_not_equal(e, ERR_OK);
		if (old.n == 0 || old.p[0] == '#' || bytes_starts(old, BYTES_LITERAL("tor ")))
			continue;
		(void)snprintf(twice, sizeof twice, "%.*s\n%.*s", (int)old.n, (const char *)old.p, (int)old.n,
			       (const char *)old.p);
		assert_refused_at(bad, edit(text, n, at, twice, bad, sizeof bad), at + 1);
	}
}

static void other_files_are_told_apart(void **state)
{
	static struct site s;
	struct site_fault fault;

	(void)state;
	assert_int_equal(site_parse(BYTES_LITERAL("courier-site 2\n"), &s, &fault), ERR_UNSUPPORTED);
	assert_int_equal(fault.line, 1);
	assert_int_equal(site_parse(BYTES_LITERAL("age-encryption.org/v1\n-> X25519 x\n"), &s, &fault),
			 ERR_UNSUPPORTED);
	assert_non_null(strstr(fault.sentence, "sealed"));
	assert_int_equal(site_parse(BYTES_LITERAL("\x7f"
						  "ELF\n"),
				    &s, &fault),
			 ERR_FORMAT);
	assert_int_equal(site_parse(BYTES_LITERAL(""), &s, &fault), ERR_FORMAT);
}

/* ---- all that is wrong; what an operator writes for init */

struct told {
	unsigned lines[16];
	size_t count;
};

static void tell(void *context, const struct site_fault *fault)
{
	struct told *t = context;

	assert_true(t->count < 16 && strlen(fault->sentence) > 10);
	t->lines[t->count++] = fault->line;
}

static void a_check_says_all_that_is_wrong(void **state)
{
	static char text[16384], bad[16384];
	static struct site s;
	static const struct site zero;
	size_t n = make_text(text, sizeof text);
	struct told none = {0}, some = {0}, cut = {0};

	(void)state;
	assert_int_equal(site_check(bytes_of(text, n), &s, tell, &none), ERR_OK);
	assert_int_equal(none.count, 0);
	/* another key; a value that is none; and one that is missing at the end */
	n = edit(text, n, 3, "nam = x", bad, sizeof bad);
	n = edit(bad, n, 9, "salt = AAAA", text, sizeof text);
	assert_int_equal(site_check(bytes_of(text, n), &s, tell, &some), ERR_FORMAT);
	assert_int_equal(some.count, 3);
	assert_int_equal(some.lines[0], 3);
	assert_int_equal(some.lines[1], 9);
	assert_memory_equal(&s, &zero, sizeof s);
	assert_int_not_equal(site_check(bytes_of(text, n - 4), &s, tell, &cut), ERR_OK);
	assert_int_equal(cut.count, 3);
}

static void an_operators_configuration(void **state)
{
	static struct site s;
	struct site_fault fault;

	(void)state;
	assert_int_equal(
	    site_parse_config(BYTES_LITERAL("# of ours\nname = Post\ntopic = A\nunattended = yes"), &s, &fault),
	    ERR_OK);
	assert_true(bytes_eq_str(s.name, "Post") && s.topic_count == 1 && s.unattended);
	assert_int_equal(site_parse_config(BYTES_LITERAL("courier-site 1\nname = Post\nend\n"), &s, &fault), ERR_OK);
	assert_int_equal(site_parse_config(BYTES_LITERAL(""), &s, &fault), ERR_OK);
	assert_int_equal(site_parse_config(BYTES_LITERAL("name = x\nsalt = AAAA\n"), &s, &fault), ERR_FORMAT);
	assert_int_equal(fault.line, 2);
	assert_int_equal(site_parse_config(BYTES_LITERAL("desk = x\n"), &s, &fault), ERR_FORMAT);
	assert_int_equal(site_parse_config(BYTES_LITERAL("courier-site 2\n"), &s, &fault), ERR_UNSUPPORTED);
	assert_true(site_key_is_secret(BYTES_LITERAL("salt")) && site_key_is_secret(BYTES_LITERAL("what")));
	assert_false(site_key_is_secret(BYTES_LITERAL("text ru")));
}

/* ---- what a desk hands over */

static void operator_files(void **state)
{
	static struct site s;
	struct site_fault fault = {0};
	uint8_t storage[2048];
	struct buf text = buf_over(storage, sizeof storage);
	uint8_t client[32] = {9}, hash[32] = {1};

	(void)state;
	make_site(&s);
	s.desk_count = 0;
	assert_true(site_take_desk(BYTES_LITERAL("x"), &s, &fault));
	operator_file_write(&text, bytes_str(recipients[0]), client, hash);
	assert_true(operator_file_parse(buf_view(&text), &s, &fault));
	assert_int_equal(s.desks[0].token_hash[0], 1);
	assert_true(site_take_desk(BYTES_LITERAL("y"), &s, &fault));
	assert_false(operator_file_parse(BYTES_LITERAL("# x\nsource-key = AAAA\n"), &s, &fault));
	assert_int_equal(fault.line, 2);
	assert_false(operator_file_parse(BYTES_LITERAL("AGE-SECRET-KEY-1\n"), &s, &fault));
	assert_int_equal(fault.line, 1);
	assert_false(operator_file_parse(BYTES_LITERAL(""), &s, &fault));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(minimal_file_has_defaults),
	    cmocka_unit_test(each_damaged_line_is_named),
	    cmocka_unit_test(a_changed_character_of_a_key_is_noticed),
	    cmocka_unit_test(values_out_of_range),
	    cmocka_unit_test(without_ipv4_there_is_ipv6),
	    cmocka_unit_test(repetitions_have_maxima),
	    cmocka_unit_test(one_guard_alone_is_refused),
	    cmocka_unit_test(each_topic_has_a_desk_and_each_desk_its_topics),
	    cmocka_unit_test(a_cut_anywhere_is_noticed),
	    cmocka_unit_test(each_line_left_out_or_doubled),
	    cmocka_unit_test(other_files_are_told_apart),
	    cmocka_unit_test(a_check_says_all_that_is_wrong),
	    cmocka_unit_test(an_operators_configuration),
	    cmocka_unit_test(operator_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
