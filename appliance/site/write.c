/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret.h"
#include "site/guards.h"
#include "site/look.h"
#include "site/network.h"

static void line(struct buf *out, const char *key, struct bytes value)
{
	buf_str(out, key);
	buf_str(out, " = ");
	buf_put(out, value);
	buf_byte(out, '\n');
}

static void number(struct buf *out, const char *key, uint64_t value)
{
	buf_str(out, key);
	buf_str(out, " = ");
	buf_decimal(out, value);
	buf_byte(out, '\n');
}

static void base64(struct buf *out, const char *key, struct bytes value)
{
	buf_str(out, key);
	buf_str(out, " = ");
	base64_encode(out, value, true);
	buf_byte(out, '\n');
}

static void onion(struct buf *out, const char *address_key, const char *secret_key, const struct onion_secret *s)
{
	uint8_t address[ONION_ADDRESS_LEN];
	uint8_t file[ONION_KEY_FILE_LEN];

	onion_address(s, address);
	onion_secret_write(s, file);
	line(out, address_key, BYTES_ARRAY(address));
	base64(out, secret_key, BYTES_ARRAY(file));
	SECRET_WIPE(file);
}

static void desk(struct buf *out, const struct site_desk *d)
{
	buf_byte(out, '\n');
	line(out, "desk", d->name);
	for (size_t i = 0; i < d->recipient_count; i++)
		line(out, "recipient", d->recipients[i]);
	line(out, "client", d->client);
	buf_str(out, "token-hash = ");
	buf_hex(out, BYTES_ARRAY(d->token_hash));
	buf_byte(out, '\n');
	for (size_t i = 0; i < d->takes_count; i++)
		line(out, "takes", d->takes[i]);
}

static void keys(struct buf *out, const struct site *s)
{
	buf_str(out, "# The keys of the box's onion services: whoever has them can stand in for the box.\n");
	onion(out, "source-address", "source-key", &s->source_key);
	onion(out, "desk-address", "desk-key", &s->desk_key);
	base64(out, "salt", BYTES_ARRAY(s->salt));
}

void site_write(struct buf *out, const struct site *s)
{
	buf_str(out, "courier-site 1\n"
		     "# The site file of a Silent Courier box. docs/SITE-FILE.md explains each line.\n");
	if (s->name.n > 0)
		line(out, "name", s->name);
	if (!s->ephemeral)
		keys(out, s);
	if (s->unattended)
		line(out, "unattended", BYTES_LITERAL("yes"));
	if (s->ephemeral)
		line(out, "ephemeral", BYTES_LITERAL("yes"));
	number(out, "upload-max", s->upload_max);
	number(out, "capacity", s->capacity);
	number(out, "quota-circuit", s->quota_circuit);
	number(out, "quota-conversation", s->quota_conversation);
	site_write_network(out, s);
	number(out, "dead-man", s->dead_man_hours);
	line(out, "pulled-stick", bytes_str(s->pulled_stick ? "yes" : "no"));
	site_write_accent(out, s);
	site_write_texts(out, s, SITE_NO_TOPIC);
	for (size_t i = 0; i < s->topic_count; i++) {
		line(out, "topic", s->topics[i]);
		site_write_texts(out, s, (int)i);
	}
	site_write_guards(out, s);
	for (size_t i = 0; i < s->torrc_count; i++)
		line(out, "tor", s->torrc[i]);
	for (size_t i = 0; i < s->desk_count; i++)
		desk(out, &s->desks[i]);
	buf_str(out, "end\n");
}
