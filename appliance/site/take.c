/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "site/take.h"

#include <stdio.h>
#include <string.h>

#include "age/age.h"
#include "base/secret.h"
#include "base/text.h"
#include "tor/torrc.h"

/* What a line of PART_VISIT has beside the recipient: the desk's number, a blank, the line's end. */
enum { RECIPIENT_LINE = 2 + 1 + 1 };

bool take_refused(struct site_fault *fault, const char *sentence)
{
	(void)snprintf(fault->sentence, sizeof fault->sentence, "%s", sentence);
	return false;
}

bool site_take_name(struct bytes text, struct site *s, struct site_fault *fault)
{
	if (text.n == 0 || text.n > LIMIT_SITE_NAME || !text_is_line(text))
		return take_refused(fault,
				    "The name is one line of 1 to 80 bytes of UTF-8, without control characters.");
	s->name = text;
	return true;
}

static bool take_yes(struct bytes text, bool *value, struct site_fault *fault)
{
	if (!bytes_eq_str(text, "yes") && !bytes_eq_str(text, "no"))
		return take_refused(fault, "The value of this key is \"yes\" or \"no\".");
	*value = bytes_eq_str(text, "yes");
	return true;
}

bool site_take_unattended(struct bytes text, struct site *s, struct site_fault *fault)
{
	return take_yes(text, &s->unattended, fault);
}

bool site_take_ephemeral(struct bytes text, struct site *s, struct site_fault *fault)
{
	return take_yes(text, &s->ephemeral, fault);
}

bool site_take_topic(struct bytes text, struct site *s, struct site_fault *fault)
{
	/* The part holds one topic a line in LIMIT_TOPIC bytes each, so the line end counts. */
	if (text.n == 0 || text.n >= LIMIT_TOPIC || !text_is_line(text))
		return take_refused(fault,
				    "A topic is one line of 1 to 79 bytes of UTF-8, without control characters.");
	if (s->topic_count == LIMIT_TOPICS)
		return take_refused(fault, "A site has at most 16 topics.");
	for (size_t i = 0; i < s->topic_count; i++)
		if (bytes_eq(s->topics[i], text))
			return take_refused(fault, "This topic is there already.");
	s->topics[s->topic_count++] = text;
	return true;
}

static bool take_onion_key(struct bytes text, struct onion_secret *key, struct site_fault *fault)
{
	uint8_t file[ONION_KEY_FILE_LEN];
	size_t n = 0;
	bool good = base64_decode(text, true, file, sizeof file, &n) == ERR_OK &&
		    onion_secret_read(bytes_of(file, n), key) == ERR_OK;

	SECRET_WIPE(file);
	return good ||
	       take_refused(fault,
			    "This is not an onion service's key: the base64 of a 96-byte hs_ed25519_secret_key file. "
			    "A character may have been lost or changed.");
}

bool take_source_key(struct bytes text, struct site *s, struct site_fault *fault)
{
	return take_onion_key(text, &s->source_key, fault);
}

bool take_desk_key(struct bytes text, struct site *s, struct site_fault *fault)
{
	return take_onion_key(text, &s->desk_key, fault);
}

bool take_salt(struct bytes text, struct site *s, struct site_fault *fault)
{
	size_t n = 0;

	if (base64_decode(text, true, s->salt, sizeof s->salt, &n) != ERR_OK || n != sizeof s->salt)
		return take_refused(fault,
				    "The salt is the base64 of 32 bytes. A character may have been lost or changed.");
	return true;
}

bool site_take_upload_max(struct bytes text, struct site *s, struct site_fault *fault)
{
	if (bytes_decimal(text, LIMIT_UPLOAD_MOST, &s->upload_max) != ERR_OK || s->upload_max < LIMIT_UPLOAD_LEAST)
		return take_refused(
		    fault, "upload-max is a number of bytes, from 1048576 (1 MiB) to 4294967296 (4 GiB), digits only.");
	return true;
}

bool site_take_capacity(struct bytes text, struct site *s, struct site_fault *fault)
{
	if (bytes_decimal(text, LIMIT_CAPACITY_MOST, &s->capacity) != ERR_OK ||
	    (s->capacity != 0 && s->capacity < LIMIT_CAPACITY_LEAST))
		return take_refused(
		    fault,
		    "capacity is a number of bytes, from 16777216 (16 MiB) to 1099511627776 (1 TiB), or 0: the box "
		    "decides.");
	return true;
}

static bool take_quota(struct bytes text, uint64_t *quota, struct site_fault *fault)
{
	if (bytes_decimal(text, LIMIT_CAPACITY_MOST, quota) != ERR_OK || (*quota != 0 && *quota < LIMIT_QUOTA_LEAST))
		return take_refused(fault,
				    "A quota is a number of bytes, from 1048576 (1 MiB) to 1099511627776 (1 TiB), or "
				    "0: the box decides.");
	return true;
}

bool site_take_quota_circuit(struct bytes text, struct site *s, struct site_fault *fault)
{
	return take_quota(text, &s->quota_circuit, fault);
}

bool site_take_quota_conversation(struct bytes text, struct site *s, struct site_fault *fault)
{
	return take_quota(text, &s->quota_conversation, fault);
}

bool site_take_dead_man(struct bytes text, struct site *s, struct site_fault *fault)
{
	uint64_t hours;

	if (bytes_decimal(text, LIMIT_DEAD_MAN_HOURS, &hours) != ERR_OK)
		return take_refused(fault, "dead-man is a number of hours, from 1 to 87600 (ten years), or 0: never.");
	s->dead_man_hours = (uint32_t)hours;
	return true;
}

bool site_take_pulled_stick(struct bytes text, struct site *s, struct site_fault *fault)
{
	s->pulled_stick = bytes_eq_str(text, "yes");
	return s->pulled_stick || bytes_eq_str(text, "no") || take_refused(fault, "pulled-stick is \"yes\" or \"no\".");
}

bool site_take_torrc(struct bytes text, struct site *s, struct site_fault *fault)
{
	size_t total = text.n + 1;
	size_t line;

	if (text.n == 0 || torrc_check_extra(text, &line) != ERR_OK)
		return take_refused(
		    fault, "This Tor option is not among those that a site file may set, or its value holds a quote, a "
			   "backslash, # or %. docs/SITE-FILE.md lists them.");
	for (size_t i = 0; i < s->torrc_count; i++)
		total += s->torrc[i].n + 1;
	if (s->torrc_count == LIMIT_TORRC_LINES || total > LIMIT_TORRC)
		return take_refused(fault, "A site file has at most 128 lines and 16384 bytes of Tor options.");
	s->torrc[s->torrc_count++] = text;
	return true;
}

bool site_desk_is_whole(const struct site *s, struct site_fault *fault)
{
	const struct site_desk *desk = &s->desks[s->desk_count - 1];

	if (desk->recipient_count == 0)
		return take_refused(fault,
				    "The desk above this line has no \"recipient\" line: it could not read anything.");
	if (desk->client.n == 0)
		return take_refused(fault,
				    "The desk above this line has no \"client\" line: it could not reach the box.");
	if (!desk->has_token_hash)
		return take_refused(fault, "The desk above this line has no \"token-hash\" line: it could not log in.");
	return true;
}

bool site_take_desk(struct bytes text, struct site *s, struct site_fault *fault)
{
	if (text.n == 0 || text.n > LIMIT_SITE_NAME || !text_is_line(text))
		return take_refused(fault,
				    "A desk's name is one line of 1 to 80 bytes of UTF-8, without control characters.");
	if (s->desk_count == LIMIT_DESKS)
		return take_refused(fault, "A site has at most 16 desks.");
	for (size_t i = 0; i < s->desk_count; i++)
		if (bytes_eq(s->desks[i].name, text))
			return take_refused(fault, "Two desks have this name.");
	s->desks[s->desk_count++] = (struct site_desk){.name = text};
	return true;
}

bool site_take_recipient(struct bytes text, struct site *s, struct site_fault *fault)
{
	struct site_desk *desk = &s->desks[s->desk_count - 1];
	struct age_recipient parsed;
	size_t total = 0;
	size_t len = text.n + RECIPIENT_LINE;

	if (age_recipient_parse(text, &parsed) != ERR_OK)
		return take_refused(
		    fault,
		    "This is not an age recipient that this program can seal to (age1... with its right checksum). A "
		    "character may have been lost or changed.");
	for (size_t i = 0; i < s->desk_count; i++) {
		total += s->desks[i].recipient_count;
		for (size_t j = 0; j < s->desks[i].recipient_count; j++) {
			len += s->desks[i].recipients[j].n + RECIPIENT_LINE;
			if (bytes_eq(s->desks[i].recipients[j], text))
				return take_refused(fault, "This recipient is there already.");
		}
	}
	if (desk->recipient_count == LIMIT_RECIPIENTS)
		return take_refused(fault, "A desk has at most 20 recipients.");
	if (total == AGE_RECIPIENTS_MAX)
		return take_refused(
		    fault, "All desks together have at most 40 recipients: a message may be sealed to every one.");
	if (len > LIMIT_RECIPIENTS_TEXT)
		return take_refused(
		    fault, "All desks together have at most 25 post-quantum recipients: they must fit one part.");
	if (total > 0 && age_kind_is_hybrid(parsed.kind) != s->hybrid)
		return take_refused(
		    fault, "The recipients are of two sorts: post-quantum (age1pq1...) and classical. age seals to one "
			   "sort at a time; make all desks' identities of the same sort.");
	s->hybrid = age_kind_is_hybrid(parsed.kind);
	desk->recipients[desk->recipient_count++] = text;
	return true;
}

bool site_take_takes(struct bytes text, struct site *s, struct site_fault *fault)
{
	struct site_desk *desk = &s->desks[s->desk_count - 1];

	if (text.n == 0 || text.n >= LIMIT_TOPIC)
		return take_refused(fault, "A desk takes one of the site's topics, 1 to 79 bytes.");
	if (desk->takes_count == LIMIT_TOPICS)
		return take_refused(fault, "A desk takes at most 16 topics; one without a \"takes\" line takes all.");
	for (size_t i = 0; i < desk->takes_count; i++)
		if (bytes_eq(desk->takes[i], text))
			return take_refused(fault, "The desk takes this topic already.");
	desk->takes[desk->takes_count++] = text;
	return true;
}

bool site_take_client(struct bytes text, struct site *s, struct site_fault *fault)
{
	struct site_desk *desk = &s->desks[s->desk_count - 1];

	if (onion_client_check(text) != ERR_OK)
		return take_refused(
		    fault,
		    "This is not a client's public key: \"descriptor:x25519:\" and 52 letters and digits. A character "
		    "may have been lost or changed.");
	if (desk->client.n > 0)
		return take_refused(fault, "A desk has one \"client\" line.");
	for (size_t i = 0; i < s->desk_count; i++)
		if (bytes_eq(s->desks[i].client, text))
			return take_refused(
			    fault, "Two desks have this client key. Each makes its own with `courier desk init`.");
	desk->client = text;
	return true;
}

bool site_take_token_hash(struct bytes text, struct site *s, struct site_fault *fault)
{
	struct site_desk *desk = &s->desks[s->desk_count - 1];
	uint8_t hash[sizeof desk->token_hash];
	size_t n = 0;

	if (hex_decode(text, hash, sizeof hash, &n) != ERR_OK || n != sizeof hash)
		return take_refused(
		    fault, "A token-hash is 64 hexadecimal digits. A character may have been lost or changed.");
	if (desk->has_token_hash)
		return take_refused(fault, "A desk has one \"token-hash\" line.");
	for (size_t i = 0; i < s->desk_count; i++)
		if (s->desks[i].has_token_hash && memcmp(s->desks[i].token_hash, hash, sizeof hash) == 0)
			return take_refused(fault,
					    "Two desks have this token. Each makes its own with `courier desk init`.");
	memcpy(desk->token_hash, hash, sizeof hash);
	desk->has_token_hash = true;
	return true;
}
