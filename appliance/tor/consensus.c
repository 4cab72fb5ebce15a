/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tor/consensus.h"

#include "base/fd.h"

enum { WEIGHT_SCALE = 10000, DAY_H = 24 };

void consensus_begin(struct consensus_reader *r)
{
	*r = (struct consensus_reader){.in_relay = false};
	for (size_t i = 0; i < RELAY_CLASS_COUNT; i++)
		r->weights[i] = WEIGHT_SCALE;
}

enum relay_class relay_class(const struct relay *relay)
{
	if (relay->guard)
		return relay->exit ? RELAY_BOTH : RELAY_GUARD;
	return relay->exit ? RELAY_EXIT : RELAY_MIDDLE;
}

/* "r NICKNAME IDENTITY ..." */
static bool take_relay(struct consensus_reader *r, struct bytes words)
{
	struct bytes nickname;
	struct bytes id;
	size_t n;

	r->relay = (struct relay){.bandwidth = 0};
	r->in_relay = true;
	return ++r->relay_count <= LIMIT_RELAYS && bytes_split(&words, ' ', &nickname) &&
	       bytes_split(&words, ' ', &id) &&
	       base64_decode(id, false, r->relay.id, sizeof r->relay.id, &n) == ERR_OK && n == sizeof r->relay.id;
}

static void take_flags(struct relay *relay, struct bytes words)
{
	struct bytes flag;
	bool bad_exit = false;
	bool valid = false;
	bool directory = false;

	while (bytes_split(&words, ' ', &flag)) {
		relay->guard |= bytes_eq_str(flag, "Guard");
		relay->exit |= bytes_eq_str(flag, "Exit");
		relay->fast |= bytes_eq_str(flag, "Fast");
		relay->stable |= bytes_eq_str(flag, "Stable");
		bad_exit |= bytes_eq_str(flag, "BadExit");
		valid |= bytes_eq_str(flag, "Valid");
		directory |= bytes_eq_str(flag, "V2Dir");
	}
	relay->exit &= !bad_exit;
	relay->entry = relay->guard && relay->fast && relay->stable && valid && directory;
}

/* The number behind KEY= among words, if it is there and at most `most`. */
static bool find_number(struct bytes words, const char *key, uint64_t most, uint32_t *value)
{
	struct bytes word;
	uint64_t v;

	while (bytes_split(&words, ' ', &word)) {
		struct bytes name = bytes_str(key);

		if (!bytes_starts(word, name))
			continue;
		if (bytes_decimal(bytes_from(word, name.n), most, &v) != ERR_OK)
			return false;
		*value = (uint32_t)v;
		return true;
	}
	return false;
}

static void take_weights(struct consensus_reader *r, struct bytes words)
{
	static const char *const keys[RELAY_CLASS_COUNT] = {
	    [RELAY_MIDDLE] = "Wmm=", [RELAY_GUARD] = "Wmg=", [RELAY_EXIT] = "Wme=", [RELAY_BOTH] = "Wmd="};

	for (size_t i = 0; i < RELAY_CLASS_COUNT; i++)
		(void)find_number(words, keys[i], WEIGHT_SCALE, &r->weights[i]);
}

/* "YYYY-MM-DD HH:MM:SS" */
static bool take_valid_after(struct consensus_reader *r, struct bytes text)
{
	uint32_t day;
	uint32_t hour;
	struct bytes digits = bytes_first(bytes_from(text, 11), 2);

	if (text.n != 19 || clock_day_parse(bytes_first(text, 10), &day) != ERR_OK || text.p[10] != ' ')
		return false;
	if (digits.p[0] < '0' || digits.p[0] > '2' || digits.p[1] < '0' || digits.p[1] > '9')
		return false;
	hour = (digits.p[0] - '0') * 10u + (digits.p[1] - '0');
	if (hour >= DAY_H)
		return false;
	r->valid_after_h = day * DAY_H + hour;
	return true;
}

bool consensus_line(struct consensus_reader *r, struct bytes line)
{
	struct bytes words = line;
	struct bytes keyword;
	bool good = true;

	if (r->failed || !bytes_split(&words, ' ', &keyword))
		return false;
	if (bytes_eq_str(keyword, "valid-after"))
		good = !r->in_relay && take_valid_after(r, words);
	else if (bytes_eq_str(keyword, "r"))
		good = !r->in_footer && r->valid_after_h > 0 && take_relay(r, words);
	else if (bytes_eq_str(keyword, "s") && r->in_relay)
		take_flags(&r->relay, words);
	else if (bytes_eq_str(keyword, "directory-footer"))
		r->in_footer = true;
	else if (bytes_eq_str(keyword, "bandwidth-weights"))
		take_weights(r, words);
	r->failed = !good;
	if (r->failed || !r->in_relay || !bytes_eq_str(keyword, "w"))
		return false;
	/* In each entry "w" follows "s" (dir-spec); after it comes nothing that we want. */
	r->in_relay = false;
	(void)find_number(words, "Bandwidth=", UINT32_MAX, &r->relay.bandwidth);
	return true;
}

bool consensus_whole(const struct consensus_reader *r)
{
	return !r->failed && r->in_footer && r->relay_count > 0;
}
