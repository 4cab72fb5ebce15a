/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unlock/parts.h"

#include "base/secret.h"
#include "site/guards.h"
#include "site/look.h"

const enum role site_part_roles[] = {ROLE_VISIT,  ROLE_KEEPER, ROLE_COLLECT, ROLE_TOR,
				     ROLE_TORCTL, ROLE_NET,    ROLE_CONSOLE, ROLE_INIT};
const size_t site_part_role_count = sizeof site_part_roles / sizeof site_part_roles[0];

/* One value a line; a message's field. The roles read them one after the other: static, since together they are big. */
static uint8_t lines_storage[LIMIT_SITE_PART];
static uint8_t topics_storage[LIMIT_TOPICS_TEXT];
static uint8_t look_storage[LIMIT_LOOK];

static void put_line(struct buf *lines, struct bytes value)
{
	buf_put(lines, value);
	buf_byte(lines, '\n');
}

static void put_topic(struct buf *lines, const struct site *s, struct bytes topic)
{
	uint32_t desks = site_topic_desks(s, topic);
	const uint8_t mask[4] = {(uint8_t)(desks >> 24), (uint8_t)(desks >> 16), (uint8_t)(desks >> 8), (uint8_t)desks};

	buf_hex(lines, BYTES_ARRAY(mask));
	buf_byte(lines, ' ');
	put_line(lines, topic);
}

static enum err part_visit(const struct site *s, struct buf *out)
{
	struct buf recipients = buf_over(lines_storage, sizeof lines_storage);
	struct buf topics = buf_over(topics_storage, sizeof topics_storage);
	struct buf look = buf_over(look_storage, sizeof look_storage);
	struct message_PART_VISIT m = {
	    .name = s->name, .address = BYTES_ARRAY(s->source_address), .upload_max = s->upload_max};

	for (size_t i = 0; i < s->desk_count; i++)
		for (size_t j = 0; j < s->desks[i].recipient_count; j++) {
			buf_decimal(&recipients, i);
			buf_byte(&recipients, ' ');
			put_line(&recipients, s->desks[i].recipients[j]);
		}
	put_topic(&topics, s, bytes_of(NULL, 0));
	for (size_t i = 0; i < s->topic_count; i++)
		put_topic(&topics, s, s->topics[i]);
	site_put_look(&look, s);
	if (recipients.failed || topics.failed || look.failed)
		return ERR_TOO_BIG;
	m.recipients = buf_view(&recipients);
	m.topics = buf_view(&topics);
	m.look = buf_view(&look);
	memcpy(m.salt, s->salt, sizeof m.salt);
	message_put_PART_VISIT(out, &m);
	SECRET_WIPE(m);
	return ERR_OK;
}

static enum err part_keeper(const struct site *s, struct buf *out)
{
	uint8_t storage[LIMIT_DESKS * 32];
	struct buf tokens = buf_over(storage, sizeof storage);
	struct message_PART_KEEPER m = {
	    .capacity = s->capacity, .quota_circuit = s->quota_circuit, .quota_conversation = s->quota_conversation};

	for (size_t i = 0; i < s->desk_count; i++)
		buf_put(&tokens, BYTES_ARRAY(s->desks[i].token_hash));
	BUG_IF(tokens.failed);
	m.desk_tokens = buf_view(&tokens);
	message_put_PART_KEEPER(out, &m);
	return ERR_OK;
}

/* Beside bridges Tor takes no guards. */
static struct bytes put_guards(struct buf *out, const struct site *s)
{
	if (!site_uses_bridges(s))
		guards_put(out, &s->guards);
	BUG_IF(out->failed);
	return buf_view(out);
}

static enum err part_tor(const struct site *s, struct buf *out)
{
	struct buf torrc = buf_over(lines_storage, sizeof lines_storage);
	uint8_t storage[LIMIT_DESKS * (ONION_CLIENT_LEN + 1)];
	struct buf clients = buf_over(storage, sizeof storage);
	uint8_t guards_storage[LIMIT_GUARDS_TEXT];
	struct buf guards = buf_over(guards_storage, sizeof guards_storage);
	struct message_PART_TOR m = {.guards = put_guards(&guards, s), .second = s->has_guard_seed};

	onion_secret_write(&s->source_key, m.source_key);
	onion_secret_write(&s->desk_key, m.desk_key);
	for (size_t i = 0; i < s->desk_count; i++)
		put_line(&clients, s->desks[i].client);
	/* Tor doesn't look for an IPv6 address by itself; a line of the site's own comes later and counts. */
	if (s->network6 != SITE_NETWORK6_OFF)
		put_line(&torrc, BYTES_LITERAL("ClientUseIPv6 1"));
	if (s->network == SITE_NETWORK_NONE)
		put_line(&torrc, BYTES_LITERAL("ClientUseIPv4 0"));
	for (size_t i = 0; i < s->torrc_count; i++)
		put_line(&torrc, s->torrc[i]);
	BUG_IF(clients.failed || torrc.failed);
	m.clients = buf_view(&clients);
	m.torrc = buf_view(&torrc);
	message_put_PART_TOR(out, &m);
	SECRET_WIPE(m);
	return ERR_OK;
}

static enum err part_torctl(const struct site *s, struct buf *out)
{
	uint8_t storage[LIMIT_GUARDS_TEXT];
	struct buf guards = buf_over(storage, sizeof storage);
	struct message_PART_TORCTL m = {.seed = bytes_of(s->guard_seed, s->has_guard_seed ? sizeof s->guard_seed : 0),
					.bridges = site_uses_bridges(s),
					.guards = put_guards(&guards, s)};

	message_put_PART_TORCTL(out, &m);
	return ERR_OK;
}

static enum err part_net(const struct site *s, struct buf *out)
{
	struct message_PART_NET m = {.mode = (uint8_t)s->network, .prefix = s->prefix};

	memcpy(m.address, s->address, sizeof m.address);
	memcpy(m.router, s->router, sizeof m.router);
	m.mode6 = (uint8_t)s->network6;
	m.prefix6 = s->prefix6;
	memcpy(m.address6, s->address6, sizeof m.address6);
	memcpy(m.router6, s->router6, sizeof m.router6);
	m.vlan = s->vlan;
	m.random_mac = s->random_mac;
	message_put_PART_NET(out, &m);
	return ERR_OK;
}

static enum err part_init(const struct site *s, struct buf *out)
{
	const struct message_PART_INIT m = {.dead_man_hours = s->dead_man_hours,
					    .pulled_stick = (uint8_t)s->pulled_stick};

	message_put_PART_INIT(out, &m);
	return ERR_OK;
}

static enum err part_collect(const struct site *s, struct buf *out)
{
	struct message_PART_COLLECT m = {.name = s->name};

	message_put_PART_COLLECT(out, &m);
	return ERR_OK;
}

static enum err part_console(const struct site *s, struct buf *out)
{
	struct message_PART_CONSOLE m = {.name = s->name,
					 .source_address = BYTES_ARRAY(s->source_address),
					 .desk_address = BYTES_ARRAY(s->desk_address)};

	message_put_PART_CONSOLE(out, &m);
	return ERR_OK;
}

enum err site_part(const struct site *s, enum role to, struct buf *out)
{
	static enum err (*const writers[ROLE_COUNT])(const struct site *s, struct buf *out) = {
	    [ROLE_VISIT] = part_visit,   [ROLE_KEEPER] = part_keeper, [ROLE_COLLECT] = part_collect,
	    [ROLE_TOR] = part_tor,       [ROLE_NET] = part_net,       [ROLE_CONSOLE] = part_console,
	    [ROLE_TORCTL] = part_torctl, [ROLE_INIT] = part_init,
	};
	enum err e;

	BUG_IF((unsigned)to >= ROLE_COUNT || writers[to] == NULL);
	e = writers[to](s, out);
	return e == ERR_OK && out->failed ? ERR_TOO_BIG : e;
}
