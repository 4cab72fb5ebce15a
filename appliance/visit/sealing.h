/* SPDX-License-Identifier: GPL-3.0-or-later
 * A form's text and files, sealed for the desks as they come and passed to the keeper as files of its draft.
 * docs/HTTP.md has the layout of what is sealed, and the sizes that it is padded to.
 *
 * Of a file's plaintext no more than one chunk of age (64 KiB) is held here. Errors of all functions: the keeper's
 * (visit/store.h), or those of age_seal_*. */
#ifndef VISIT_SEALING_H
#define VISIT_SEALING_H

#include "age/age.h"
#include "visit/desks.h"
#include "visit/store.h"

enum { SEALING_META_LEN = 1024 }; /* of every meta item */

struct sealing {
	struct visit_store *store;
	uint32_t desks; /* whom everything is sealed for; 0: not chosen yet */
	struct age_recipient recipients[AGE_RECIPIENTS_MAX];
	size_t recipient_count;
	struct age_sealer sealer;
	bool file_open;
	uint64_t file_len;
	unsigned file_count; /* complete ones; those of the draft that this goes on with, too */
	uint8_t name[LIMIT_FILE_NAME];
	size_t name_len;
	uint8_t type[LIMIT_FILE_TYPE];
	size_t type_len;
};

/* The store stays the caller's and must live as long as *s. */
void sealing_begin(struct sealing *s, struct visit_store *store);
/* Before the first item: what comes is sealed for these desks, at least one. */
void sealing_choose(struct sealing *s, const struct desks *all, uint32_t desks);

/* One attachment: begin, data in any pieces, end. name and type as the browser sent them, "" for none: made fit here
 * (valid UTF-8, one line, at most LIMIT_FILE_NAME bytes, no folders of the sender's own machine).
 * ERR_TOO_BIG: more than LIMIT_FILES. */
enum err sealing_file_begin(struct sealing *s, struct bytes name, struct bytes type) MUST_CHECK;
enum err sealing_file_data(struct sealing *s, struct bytes data) MUST_CHECK;
enum err sealing_file_end(struct sealing *s) MUST_CHECK;
/* Instead of the end: it is forgotten. */
enum err sealing_file_forget(struct sealing *s) MUST_CHECK;

/* The message's own item, after the last attachment: how many there are is part of it. topic: one line;
 * text: at most LIMIT_TEXT bytes, both cleaned (http/text.h). */
enum err sealing_text(struct sealing *s, struct bytes topic, struct bytes text) MUST_CHECK;
/* Wipes what is left of plaintext. */
void sealing_end(struct sealing *s);

/* No less than what n bytes of a request make the keeper store, sealed to these recipients, if they hold the text and
 * one file at most. For each further file it is asked anew, of the bytes that are left: many files need more padding,
 * and most messages have one. */
uint64_t sealing_bound(uint64_t n, const struct age_recipient *to, size_t count);

#endif
