/* SPDX-License-Identifier: GPL-3.0-or-later
 * One page of the inbox: templates and values made into a response. Values are escaped wherever they are shown. */
#ifndef BROWSE_SHEET_H
#define BROWSE_SHEET_H

#include "browse/pages.h"
#include "http/http.h"

enum {
	SHEET_MAX = 8 << 20, /* holds one text of INBOX_TEXT_MAX, each byte of it as the longest entity, and a frame */
	SHEET_FRAME =
	    512 * 1024, /* what follows the rows; in it a reply that was typed, each byte as the longest entity */
	SHEET_NOTES = 512 * 1024, /* texts that are made for one page: names, numbers, days */
};

/* Mostly never touched. What was shown is wiped when it has been sent. */
struct sheet {
	struct bytes values[VALUE_COUNT];
	struct buf out;
	struct buf notes;
	uint8_t notes_storage[SHEET_NOTES];
	uint8_t storage[SHEET_MAX];
};

/* Empties it, sets the title and, if it isn't empty, the session's form token; writes the frame's first half. */
void sheet_begin(struct sheet *s, enum browse_text title, struct bytes csrf);
/* The view is used by the sheet_put()s that follow, and must live until then. */
void sheet_set(struct sheet *s, enum browse_value v, struct bytes value);
void sheet_set_str(struct sheet *s, enum browse_value v, const char *value);
/* Texts of the sheet's own. */
void sheet_set_number(struct sheet *s, enum browse_value v, uint64_t n);
/* A query's end: the name with its '=', and a number. */
void sheet_set_pair(struct sheet *s, enum browse_value v, const char *name, uint64_t n);
/* "1 file", "2 files"; nothing for 0. */
void sheet_set_count(struct sheet *s, enum browse_value v, uint64_t n, const char *one, const char *several);
/* YYYY-MM-DD; nothing for 0. */
void sheet_set_day(struct sheet *s, enum browse_value v, uint32_t day);
/* "12 kB" */
void sheet_set_size(struct sheet *s, enum browse_value v, uint64_t size);
/* One line of a stranger's, or several: control characters, and those that reorder or hide others, as U+FFFD. */
void sheet_set_strange(struct sheet *s, enum browse_value v, struct bytes text, bool lines);
void sheet_put(struct sheet *s, enum browse_page page);
/* Bytes that still fit, the frame's other half set aside. */
size_t sheet_room(const struct sheet *s);

/* What differs from answer to answer; NULL or empty: absent. */
struct sheet_extra {
	const char *location; /* 303 */
	const char *allow;    /* 405 */
	struct bytes cookie;  /* Set-Cookie, whole */
};

/* Writes the frame's second half, sends, wipes. The connection is closed after each answer. */
enum err sheet_send(struct sheet *s, struct http_connection *c, unsigned status,
		    const struct sheet_extra *extra) MUST_CHECK;

/* The headers of every answer but Content-Type, in their order; policy is storage for one of them. */
enum { SHEET_HEADERS = 7, SHEET_HEADERS_MAX = 12, SHEET_POLICY_MAX = 256 };
size_t sheet_headers(struct http_header headers[static SHEET_HEADERS_MAX], struct buf *policy);

#endif
