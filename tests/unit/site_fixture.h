/* SPDX-License-Identifier: GPL-3.0-or-later
 * A whole site, with everything that may stand in one, and its file. Included by tests of site/. */
#ifndef SITE_FIXTURE_H
#define SITE_FIXTURE_H

#include "test.h"

#include <string.h>

#include "age/age.h"
#include "base/random.h"
#include "site/file.h"
#include "site/guards.h"
#include "site/look.h"
#include "site/network.h"

#define FIXTURE_GUARDS_A "0123456789ABCDEF0123456789ABCDEF01234567 2026-02-01 2026-02-02"
#define FIXTURE_GUARDS_B "ABCDEF0123456789ABCDEF0123456789ABCDEF01 2026-02-01"
#define FIXTURE_GUARDS_C "CDEF0123456789ABCDEF0123456789ABCDEF0123 2026-02-01"

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
	s->unattended = true;
	assert_true(site_take_name(bytes_str("The Harbour Post"), s, &fault));
	assert_true(site_take_network(bytes_str("192.0.2.7/24,192.0.2.1"), s, &fault));
	assert_true(site_take_network6(bytes_str("2001:db8::7/64,fe80::1"), s, &fault));
	assert_true(site_take_vlan(bytes_str("4094"), s, &fault));
	assert_true(site_take_mac(bytes_str("random"), s, &fault));
	assert_true(site_take_quota_circuit(bytes_str("1048576"), s, &fault));
	assert_true(site_take_quota_conversation(bytes_str("1099511627776"), s, &fault));
	assert_true(site_take_dead_man(bytes_str("72"), s, &fault));
	assert_true(site_take_pulled_stick(bytes_str("yes"), s, &fault));
	assert_true(site_take_topic(bytes_str("Corruption"), s, &fault));
	assert_true(site_take_topic_name(bytes_str("de"), bytes_str("Bestechung"), s, &fault));
	assert_true(site_take_topic(bytes_str("\xd0\x9a\xd0\xbe\xd1\x80"), s, &fault));
	assert_true(site_take_accent(bytes_str("#1f4e6b"), s, &fault));
	assert_true(site_take_text(bytes_of(NULL, 0), bytes_str("Who we are."), s, &fault));
	assert_true(site_take_text(bytes_str("zh-hans"), bytes_str("\xe6\x88\x91"), s, &fault));
	assert_true(site_take_torrc(bytes_str("TestingTorNetwork 1"), s, &fault));
	assert_true(site_take_guard_seed(BYTES_LITERAL("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), s, &fault));
	assert_true(site_take_guard(BYTES_LITERAL(FIXTURE_GUARDS_A), s, &fault));
	assert_true(site_take_guard(BYTES_LITERAL(FIXTURE_GUARDS_B), s, &fault));
	assert_true(site_take_guard(BYTES_LITERAL(FIXTURE_GUARDS_C), s, &fault));
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

static size_t make_text(char *out, size_t cap)
{
	static struct site s;
	struct buf text = buf_over(out, cap);

	make_site(&s);
	site_write(&text, &s);
	assert_false(text.failed);
	return text.len;
}

#endif
