/* SPDX-License-Identifier: GPL-3.0-or-later
 * The site file: keys and addresses as Tor makes them, every damage refused with its line, each role's part. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "age/age.h"
#include "base/openssl.h"
#include "base/random.h"
#include "site/curve.h"
#include "site/file.h"
#include "site/look.h"
#include "site/operator.h"
#include "site/parts.h"
#include "site/text.h"

/* ---- a whole site, with everything that may stand in one */

#define TOKEN_HASH "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"

static char recipients[3][100];
static char client_lines[2][100];

static void make_site(struct site *s)
{
	struct site_fault fault;
	uint8_t client[32];

	memset(s, 0, sizeof *s);
	s->upload_max = LIMIT_UPLOAD_DEFAULT;
	onion_secret_new(&s->source_key);
	onion_secret_new(&s->desk_key);
	random_fill(s->salt, sizeof s->salt);
	assert_true(site_take_name(bytes_str("The Harbour Post"), s, &fault));
	assert_true(site_take_network(bytes_str("192.0.2.7/24,192.0.2.1"), s, &fault));
	assert_true(site_take_quota_circuit(bytes_str("1048576"), s, &fault));
	assert_true(site_take_quota_conversation(bytes_str("1099511627776"), s, &fault));
	assert_true(site_take_topic(bytes_str("Corruption"), s, &fault));
	assert_true(site_take_topic_name(bytes_str("de"), bytes_str("Bestechung"), s, &fault));
	assert_true(site_take_topic(bytes_str("\xd0\x9a\xd0\xbe\xd1\x80"), s, &fault));
	assert_true(site_take_accent(bytes_str("#1f4e6b"), s, &fault));
	assert_true(site_take_text(bytes_of(NULL, 0), bytes_str("Who we are."), s, &fault));
	assert_true(site_take_text(bytes_str("zh-hans"), bytes_str("\xe6\x88\x91"), s, &fault));
	assert_true(site_take_torrc(bytes_str("TestingTorNetwork 1"), s, &fault));
	for (int d = 0; d < 2; d++) {
		assert_true(site_take_desk(bytes_str(d == 0 ? "first" : "second"), s, &fault));
		for (int i = 0; i < 2 - d; i++) {
			struct age_identity identity;
			struct age_recipient r;
			struct buf text = buf_over(recipients[d * 2 + i], sizeof recipients[0]);
			age_identity_new(&identity, AGE_X25519);
			age_identity_recipient(&identity, &r);
			age_recipient_text(&text, &r);
			assert_true(site_take_recipient(buf_view(&text), s, &fault));
		}
		struct buf line = buf_over(client_lines[d], sizeof client_lines[0]);
		random_fill(client, sizeof client);
		client[31] &= 127;
		onion_client_line(&line, client);
		assert_true(site_take_client(buf_view(&line), s, &fault));
		random_fill(s->desks[d].token_hash, 32);
		s->desks[d].has_token_hash = true;
	}
	assert_true(site_take_takes(bytes_str("Corruption"), s, &fault));
}

/* How lines begin that a file may lack. */
static const char *const optional[] = {"#",     "upload-max", "capacity", "quota-", "network",
				       "topic", "takes",      "tor ",     "accent", "text"};

static size_t make_text(char *out, size_t cap)
{
	static struct site s;
	struct buf text = buf_over(out, cap);

	make_site(&s);
	site_write(&text, &s);
	assert_false(text.failed);
	return text.len;
}

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
	assert_memory_equal(read.router, "\xc0\x00\x02\x01", 4);
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
	assert_int_equal(s.capacity, 0);
	assert_true(s.quota_circuit == 0 && s.quota_conversation == 0);
	assert_true(s.upload_max == LIMIT_UPLOAD_DEFAULT);
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

static void values_out_of_range(void **state)
{
	static const struct {
		const char *key, *value;
	} wrong[] = {
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
	    {"topic", "Corruption"},
	    {"accent", "red"},
	    {"accent", "#12345"},
	    {"text", ""},
	    {"salt", "AAAA"},
	    {"salt", "not base64!"},
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
	static char text[16384], bad[16384];
	size_t n = make_text(text, sizeof text);

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char line[300];
		unsigned at = 1, found = 0;
		struct bytes rest = bytes_of(text, n), old;
		(void)snprintf(line, sizeof line, "%s = ", wrong[i].key);
		for (; bytes_split(&rest, '\n', &old); at++)
			if (bytes_starts(old, bytes_str(line)))
				found = at; /* the last one: topics and desks then repeat an earlier line */
		assert_int_not_equal(found, 0);
		(void)snprintf(line, sizeof line, "%s = %s", wrong[i].key, wrong[i].value);
		assert_refused_at(bad, edit(text, n, found, line, bad, sizeof bad), found);
	}
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

/* ---- onion services */

static void public_keys_are_those_of_openssl(void **state)
{
	/* RFC 8032, clause 7.1, test 1 */
	static const char *const seed_hex = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
	static const char *const public_hex = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
	uint8_t seed[32], wanted[32], got[32];
	struct onion_secret s;
	size_t n;

	(void)state;
	assert_int_equal(hex_decode(bytes_str(seed_hex), seed, 32, &n), ERR_OK);
	assert_int_equal(hex_decode(bytes_str(public_hex), wanted, 32, &n), ERR_OK);
	onion_secret_from_seed(&s, seed);
	curve_public(s.expanded, got);
	assert_memory_equal(got, wanted, 32);
	for (int i = 0; i < 100; i++) {
		EVP_PKEY *key;
		random_fill(seed, sizeof seed);
		key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
		n = sizeof wanted;
		assert_int_equal(EVP_PKEY_get_raw_public_key(key, wanted, &n), 1);
		EVP_PKEY_free(key);
		onion_secret_from_seed(&s, seed);
		curve_public(s.expanded, got);
		assert_memory_equal(got, wanted, 32);
	}
}

static void scalars_at_the_edges(void **state)
{
	/* 1 * B, and l * B = the neutral element: y = 1, x = 0 */
	uint8_t scalar[32] = {1};
	uint8_t got[32], wanted[32];
	size_t n;

	(void)state;
	curve_public(scalar, got);
	memset(wanted, 0x66, 32);
	wanted[0] = 0x58;
	assert_memory_equal(got, wanted, 32);
	assert_int_equal(hex_decode(BYTES_LITERAL("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"),
				    scalar, 32, &n),
			 ERR_OK);
	curve_public(scalar, got);
	memset(wanted, 0, 32);
	wanted[0] = 1;
	assert_memory_equal(got, wanted, 32);
	memset(scalar, 0, 32);
	curve_public(scalar, got);
	assert_memory_equal(got, wanted, 32);
}

static void addresses_check_themselves(void **state)
{
	struct onion_secret s;
	uint8_t text[ONION_ADDRESS_LEN];

	(void)state;
	onion_secret_new(&s);
	onion_address(&s, text);
	assert_int_equal(onion_address_check(BYTES_ARRAY(text)), ERR_OK);
	/* The Tor Project's own, from the manual of version 3. */
	assert_int_equal(
	    onion_address_check(BYTES_LITERAL("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion")),
	    ERR_OK);
	for (size_t i = 0; i < sizeof text; i++) {
		uint8_t was = text[i];
		text[i] = was == 'a' ? 'b' : 'a';
		assert_int_equal(onion_address_check(BYTES_ARRAY(text)), ERR_FORMAT);
		text[i] = (uint8_t)(was - 32);
		assert_int_equal(onion_address_check(BYTES_ARRAY(text)), ERR_FORMAT);
		text[i] = was;
	}
	assert_int_equal(onion_address_check(bytes_of(text, sizeof text - 1)), ERR_FORMAT);
}

static void base32_is_canonical(void **state)
{
	/* RFC 4648, clause 10 */
	static const char *const pairs[][2] = {{"", ""},
					       {"f", "MY"},
					       {"fo", "MZXQ"},
					       {"foo", "MZXW6"},
					       {"foob", "MZXW6YQ"},
					       {"fooba", "MZXW6YTB"},
					       {"foobar", "MZXW6YTBOI"}};
	static const char *const wrong[] = {"M", "MZX", "MZXW6Y", "MZ", "M1", "M8", "MZXW6=", "MZXW7"};
	uint8_t out[32];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct buf b = buf_over(out, sizeof out);
		base32_encode(&b, bytes_str(pairs[i][0]), true);
		assert_true(bytes_eq_str(buf_view(&b), pairs[i][1]));
		assert_int_equal(base32_decode(bytes_str(pairs[i][1]), out, sizeof out, &n), ERR_OK);
		assert_true(bytes_eq_str(bytes_of(out, n), pairs[i][0]));
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(base32_decode(bytes_str(wrong[i]), out, sizeof out, &n), ERR_FORMAT);
	assert_int_equal(base32_decode(BYTES_LITERAL("MZXW6YTB"), out, 4, &n), ERR_TOO_BIG);
}

static void key_files_are_tors(void **state)
{
	struct onion_secret s, read;
	uint8_t file[ONION_KEY_FILE_LEN];

	(void)state;
	onion_secret_new(&s);
	onion_secret_write(&s, file);
	assert_memory_equal(file, "== ed25519v1-secret: type0 ==\0\0\0", 32);
	assert_int_equal(onion_secret_read(BYTES_ARRAY(file), &read), ERR_OK);
	assert_memory_equal(&s, &read, sizeof s);
	assert_int_equal(onion_secret_read(bytes_of(file, 95), &read), ERR_FORMAT);
	file[5] ^= 1;
	assert_int_equal(onion_secret_read(BYTES_ARRAY(file), &read), ERR_FORMAT);
	file[5] ^= 1;
	file[32] |= 1; /* not clamped */
	assert_int_equal(onion_secret_read(BYTES_ARRAY(file), &read), ERR_FORMAT);
}

/* ---- parts */

static void each_role_gets_its_part(void **state)
{
	static struct site s;
	static uint8_t storage[LIMIT_SITE_PART];
	struct message_PART_VISIT visit;
	struct message_PART_KEEPER keeper;
	struct message_PART_TOR tor;
	struct message_PART_NET net;
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
	assert_true(bytes_eq_str(tor.torrc, "TestingTorNetwork 1\n"));
	assert_int_equal(tor.clients.n, 2 * 71);
	part = buf_over(storage, sizeof storage);
	assert_int_equal(site_part(&s, ROLE_NET, &part), ERR_OK);
	assert_int_equal(message_get_PART_NET(bytes_from(buf_view(&part), 2), &net), ERR_OK);
	assert_int_equal(net.mode, 1);
	/* A part that doesn't fit says so. */
	part = buf_over(storage, 50);
	assert_int_equal(site_part(&s, ROLE_VISIT, &part), ERR_TOO_BIG);
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

/* A message is sealed to all desks, and age seals to one sort of recipients. */
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

/* ---- text */

static void text_for_terminals(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"plain", "plain"},
	    {"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xf0\x9f\x91\x8b",
	     "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xf0\x9f\x91\x8b"},
	    {"a\x1b[2Jb", "a\\u{001B}[2Jb"},
	    {"a\\b", "a\\\\b"},
	    {"two\r\nlines\tand", "two\nlines\tand"},
	    {"back\rover", "back\\u{000D}over"},
	    {"\xe2\x80\xaegpj.exe", "\\u{202E}gpj.exe"},
	    {"\xc2\x9b"
	     "1m",
	     "\\u{009B}1m"},
	    {"\xff\xc0\x80", "\\xFF\\xC0\\x80"},
	    {"\xed\xa0\x80", "\\xED\\xA0\\x80"},
	    {"cut\xe2\x80", "cut\\xE2\\x80"},
	    {"\x7f", "\\u{007F}"},
	};
	uint8_t storage[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = buf_over(storage, sizeof storage - 1);
		text_escape(&out, bytes_str(cases[i].in), true);
		storage[out.len] = '\0';
		assert_string_equal((char *)storage, cases[i].out);
	}
	struct buf out = buf_over(storage, sizeof storage - 1);
	text_escape(&out, BYTES_LITERAL("a\nb\t\0c"), false);
	storage[out.len] = '\0';
	assert_string_equal((char *)storage, "a\\nb\\t\\u{0000}c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(minimal_file_has_defaults),
	    cmocka_unit_test(each_damaged_line_is_named),
	    cmocka_unit_test(a_changed_character_of_a_key_is_noticed),
	    cmocka_unit_test(values_out_of_range),
	    cmocka_unit_test(repetitions_have_maxima),
	    cmocka_unit_test(each_topic_has_a_desk_and_each_desk_its_topics),
	    cmocka_unit_test(a_cut_anywhere_is_noticed),
	    cmocka_unit_test(each_line_left_out_or_doubled),
	    cmocka_unit_test(other_files_are_told_apart),
	    cmocka_unit_test(public_keys_are_those_of_openssl),
	    cmocka_unit_test(scalars_at_the_edges),
	    cmocka_unit_test(addresses_check_themselves),
	    cmocka_unit_test(base32_is_canonical),
	    cmocka_unit_test(key_files_are_tors),
	    cmocka_unit_test(each_role_gets_its_part),
	    cmocka_unit_test(texts_by_language),
	    cmocka_unit_test(recipients_of_one_sort),
	    cmocka_unit_test(operator_files),
	    cmocka_unit_test(text_for_terminals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
