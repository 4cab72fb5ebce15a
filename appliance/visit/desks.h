/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desks of the site: whom a message is sealed to follows from its topic. From PART_VISIT (link/messages.def);
 * nothing in here is secret. Masks have desk 0 in the lowest bit. */
#ifndef VISIT_DESKS_H
#define VISIT_DESKS_H

#include "age/age.h"
#include "limits.h"

struct desks_topic {
	struct bytes name;
	uint32_t desks;
};

struct desks {
	struct desks_topic topics[LIMIT_TOPICS];
	size_t topic_count;
	uint32_t without_topic;
	struct age_recipient recipients[AGE_RECIPIENTS_MAX];
	uint8_t desk_of[AGE_RECIPIENTS_MAX]; /* whose recipient it is */
	size_t recipient_count;
};

/* Reads the part's two texts; the names are views into `topics`. Each desk of a mask has a recipient. ERR_FORMAT,
 * ERR_TOO_BIG, ERR_UNSUPPORTED: a recipient that we don't seal to. */
enum err desks_set(struct desks *d, struct bytes recipients, struct bytes topics) MUST_CHECK;
/* An empty topic, or one that the site doesn't have, is none. */
uint32_t desks_for(const struct desks *d, struct bytes topic);
/* One of these is among them. */
bool desks_has(const struct desks *d, uint32_t desks);
/* The recipients of these desks, for age_seal_begin(). */
size_t desks_recipients(const struct desks *d, uint32_t desks, struct age_recipient out[static AGE_RECIPIENTS_MAX]);

#endif
