/* SPDX-License-Identifier: GPL-3.0-or-later
 * The site file, version 1: what makes a box this box. docs/SITE-FILE.md has the grammar and every maximum.
 * Pure functions over bytes; nothing here allocates or reads a file. */
#ifndef SITE_FILE_H
#define SITE_FILE_H

#include "base/bytes.h"
#include "limits.h"
#include "onion/onion.h"
#include "pages/accent.h"
#include "pages/language.h"
#include "tor/guards.h"

/* The same numbers as enum net_mode in net/net.h, which PART_NET carries. */
enum site_network { SITE_NETWORK_DHCP, SITE_NETWORK_STATIC, SITE_NETWORK_NONE };
/* The same numbers as enum fence_ipv6 in net/fence.h, which PART_NET carries. */
enum site_network6 { SITE_NETWORK6_OFF, SITE_NETWORK6_STATIC, SITE_NETWORK6_SLAAC };

struct site_desk {
	struct bytes name;
	struct bytes recipients[LIMIT_RECIPIENTS]; /* "age1..." */
	size_t recipient_count;
	struct bytes client; /* "descriptor:x25519:BASE32" */
	uint8_t token_hash[32];
	bool has_token_hash;
	struct bytes takes[LIMIT_TOPICS]; /* topics */
	size_t takes_count;               /* 0: everything */
};

/* What the site says in one language. */
enum { SITE_NO_TOPIC = -1, SITE_ANY_LANGUAGE = -1 };
struct site_text {
	int topic;    /* whose name it is; SITE_NO_TOPIC: the first page's text */
	int language; /* enum page_language; SITE_ANY_LANGUAGE: every one without its own */
	struct bytes text;
};

/* Holds secrets: SECRET_WIPE() it, and the text that the views point into. */
struct site {
	struct bytes name;
	struct onion_secret source_key;
	struct onion_secret desk_key;
	uint8_t source_address[ONION_ADDRESS_LEN];
	uint8_t desk_address[ONION_ADDRESS_LEN];
	uint8_t salt[32];            /* of every codename of this site */
	uint64_t upload_max;         /* bytes */
	uint64_t capacity;           /* bytes; 0: the box decides by its memory */
	uint64_t quota_circuit;      /* bytes; 0: the box decides by its capacity */
	uint64_t quota_conversation; /* the same */
	enum site_network network;
	uint8_t address[4];
	uint8_t prefix;
	uint8_t router[4]; /* 0.0.0.0: none */
	enum site_network6 network6;
	uint8_t address6[16];
	uint8_t prefix6;
	uint8_t router6[16];     /* ::: none */
	uint16_t vlan;           /* 1 to 4094; 0: none */
	bool random_mac;         /* a new one at each start; else the card's own */
	uint32_t dead_man_hours; /* 0: off */
	bool pulled_stick;
	struct bytes topics[LIMIT_TOPICS];
	size_t topic_count;
	struct site_text texts[LIMIT_SITE_TEXTS];
	size_t text_count;
	struct rgb accent;
	bool has_accent;
	uint8_t guard_seed[32];
	bool has_guard_seed;
	struct guards guards; /* in the order in which they were drawn */
	struct bytes torrc[LIMIT_TORRC_LINES];
	size_t torrc_count;
	struct site_desk desks[LIMIT_DESKS];
	size_t desk_count;
	bool hybrid;     /* the desks' recipients are: all or none of them */
	bool unattended; /* the file is not sealed, and that is meant so */
	bool ephemeral;  /* it has no keys: the box makes them at each start */
};

struct site_fault {
	unsigned line;      /* from 1; 0: the file as a whole */
	char sentence[200]; /* what is wrong and what to do; nothing of the file's own text, no secret */
};

/* Views in *s point into text. On an error *s is zero and *fault says why: ERR_FORMAT; ERR_TOO_BIG: a maximum;
 * ERR_UNSUPPORTED: another version, or a file that is still sealed (site/sealed.h). Constant time in nothing. */
enum err site_parse(struct bytes text, struct site *s, struct site_fault *fault) MUST_CHECK;

/* The same, but says all that is wrong, one call of `report` each; returns the first error. */
enum err site_check(struct bytes text, struct site *s, void (*report)(void *context, const struct site_fault *fault),
		    void *context) MUST_CHECK;
/* What an operator writes for `courier site init`: the same lines without those that it makes (keys, addresses, salt);
 * any key may be missing, and, unless it says "ephemeral = yes", the first line and the last one. */
enum err site_parse_config(struct bytes text, struct site *s, struct site_fault *fault) MUST_CHECK;
/* A whole file, or one that says "ephemeral = yes" and is without keys; site_check() takes both. */
enum err site_parse_any(struct bytes text, struct site *s, struct site_fault *fault) MUST_CHECK;
/* Whether the value of this key is for nobody's eyes. A key that is not known is. */
bool site_key_is_secret(struct bytes key);

/* Appends the file, ready for people. The two addresses in *s are not used: they follow from the keys. */
void site_write(struct buf *out, const struct site *s);

/* One value each, as --network, --name, --topic and --torrc give them and the file holds them; false with the sentence
 * in *fault (its line unchanged). */
bool site_take_network(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_unattended(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_ephemeral(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_name(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_topic(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_torrc(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_upload_max(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_capacity(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_quota_circuit(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_quota_conversation(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_dead_man(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_pulled_stick(struct bytes text, struct site *s, struct site_fault *fault);
/* The lines of a desk, into the last of s->desks. */
bool site_take_recipient(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_client(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_token_hash(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_takes(struct bytes text, struct site *s, struct site_fault *fault);
/* Is the last of s->desks whole? */
bool site_desk_is_whole(const struct site *s, struct site_fault *fault);
/* Begins a desk with that name. */
bool site_take_desk(struct bytes text, struct site *s, struct site_fault *fault);

/* Which desks a message about that topic is for, the first in the lowest bit. An empty topic: the message has none, and
 * goes to the desks that take everything; to all, if there are none. */
uint32_t site_topic_desks(const struct site *s, struct bytes topic);

/* "key = value": blanks around both are dropped. False without '='. */
bool site_split_line(struct bytes line, struct bytes *key, struct bytes *value);

#endif
