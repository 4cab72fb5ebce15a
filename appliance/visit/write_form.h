/* SPDX-License-Identifier: GPL-3.0-or-later
 * The form with a message and files, read in one stream: files are sealed and passed on as they come, what was typed is
 * held. Fields in the order of our page: csrf, draft, lang, topic, message, arrived, file, go. */
#ifndef VISIT_WRITE_FORM_H
#define VISIT_WRITE_FORM_H

#include "http/multipart.h"
#include "visit/sealing.h"
#include "visit/session.h"
#include "visit/upload.h"

enum { WRITE_FORM_WORD = 16 };

/* What a short field held; longer ones count as empty. */
struct write_form_word {
	uint8_t text[WRITE_FORM_WORD];
	size_t len;
};

struct write_form {
	struct multipart parser;
	struct sealing sealing;
	struct visit_store *store;
	const struct desks *desks;
	struct upload upload;
	struct checksum file_sum;      /* of the file that is open */
	const struct session *session; /* whose token the form must carry; NULL: none needed, or there is none */
	uint8_t field;                 /* enum write_field: the part that is open */
	bool in_conversation;
	bool authorised;
	bool too_long;      /* the message doesn't fit */
	bool nobody;        /* is left to seal for */
	bool lost;          /* what had arrived is not kept any more, */
	bool other_desks;   /* because it was sealed for those of another topic */
	enum err files_off; /* not ERR_OK: nothing can be taken, and this is why; what was typed is still read */
	uint64_t room;      /* to be set aside with the keeper */
	uint64_t left;      /* of the request, bytes that aren't stored yet, or a few more */
	bool has_file;      /* a file came in this request, so the next one needs room of its own */
	uint8_t csrf[SESSION_TEXT_LEN];
	size_t csrf_len;
	uint8_t token[UPLOAD_TEXT_LEN];
	size_t token_len;
	struct write_form_word lang;    /* the button of a language was pressed */
	struct write_form_word go;      /* "send", "add", "drop"; empty: as "send" */
	struct write_form_word arrived; /* not empty: the page showed files that had arrived */
	uint8_t topic[4 * LIMIT_TOPIC];
	size_t topic_len;
	uint8_t message[LIMIT_FORM_VALUE];
	size_t message_len;
	uint8_t clean_topic[3 * 4 * LIMIT_TOPIC];
	struct buf topic_view; /* cleaned; set by write_form_end() */
	uint8_t clean_message[3 * LIMIT_FORM_VALUE];
	struct buf message_view;
};

void write_form_begin(struct write_form *w, struct visit_store *store, const struct desks *desks);
/* Whom the form is sealed for follows from its topic; in a conversation one without a topic is for those who have the
 * rest. Files that arrived for others are dropped, `lost` says so. ERR_CLOSED, with `nobody`: every such desk is
 * revoked. Or the keeper's errors. */
enum err write_form_choose_desks(struct write_form *w) MUST_CHECK;
/* The handlers of the parts. Errors: ERR_AUTH: a file, and the form isn't ours; ERR_TOO_BIG: too many files, or a field
 * past its maximum; files_off; the keeper's. */
struct multipart_handler write_form_handler(struct write_form *w);
/* However the reading ended: what was typed is made clean, so that it can be shown again. */
void write_form_end(struct write_form *w);
bool write_form_word_is(const struct write_form_word *word, const char *text);
void write_form_wipe(struct write_form *w);

#endif
