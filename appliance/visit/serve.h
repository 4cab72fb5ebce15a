/* SPDX-License-Identifier: GPL-3.0-or-later
 * What one connection needs, and what the handlers of its requests share. */
#ifndef VISIT_SERVE_H
#define VISIT_SERVE_H

#include "http/form.h"
#include "visit/page.h"
#include "visit/session.h"
#include "visit/write_form.h"

enum {
	VISIT_FORM_BODY = 8 * 1024, /* of an urlencoded form: a codename, a token, a number */
	VISIT_READ = 128 * 1024,    /* taken from the connection at once */
	VISIT_LIMITS_TEXT = 64,
	VISIT_LOCATION = 64,          /* one of our paths, and the language */
	VISIT_REPLY = LIMIT_CHUNK + 1 /* an opened reply: a text and its padding */
};

/* Static storage: about two and a half megabytes, of which a page request touches a few pages. */
struct visit {
	struct http_connection connection;
	struct http_request request;
	struct visit_store store;
	struct message_PART_VISIT part;
	struct desks desks;
	struct session session;
	bool session_open;
	const char *here; /* a path with GET that shows the same as the answer, as far as there is one */
	struct form form;
	uint8_t form_body[VISIT_FORM_BODY];
	size_t form_len; /* bytes of it that came */
	struct write_form write;
	uint8_t read[VISIT_READ];
	struct age_opener opener;
	uint8_t reply[VISIT_REPLY];
	struct message_REPLY_ENTRY replies[LIMIT_MESSAGES];
	struct page page;
};

/* Checks the part of the site file: each recipient is one that we seal to. ERR_FORMAT, ERR_TOO_BIG, ERR_UNSUPPORTED. */
enum err visit_set_part(struct visit *v, struct bytes fields) MUST_CHECK;
/* Serves all requests of the connection; returns when it is over. fd stays the caller's. hurry_fd: see http_open(). */
void visit_serve(struct visit *v, int fd, int keeper_fd, int hurry_fd);

/* ---- for handlers. A handler answers once; what it returns other than ERR_OK says that the connection is broken. */

/* A page of one template, or the end of one that page_begin() began. */
enum err visit_page(struct visit *v, unsigned status, enum page_text title, enum page_id id) MUST_CHECK;
enum err visit_send(struct visit *v, unsigned status, const struct page_extra *extra) MUST_CHECK;
enum err visit_error(struct visit *v, unsigned status) MUST_CHECK;
enum err visit_redirect(struct visit *v, const char *location, struct bytes cookie) MUST_CHECK;
/* The error page that fits what a call returned: the keeper's refusal, a limit, a broken body. */
enum err visit_failure(struct visit *v, enum err e) MUST_CHECK;
void visit_page_begin(struct visit *v, enum page_text title);
/* Sets the values upload_limit and file_limit; their text lies in storage, of VISIT_LIMITS_TEXT bytes. */
void visit_set_limits(struct visit *v, struct buf *storage);

/* "12 kB", no less than 1 */
void visit_size_text(const struct visit *v, uint64_t size, struct buf *out);
/* True: it is a tag of ours, and the page is in that language from now on. */
bool visit_choose_language(struct visit *v, struct bytes tag);
/* The form to write with, empty. */
enum err visit_write_empty(struct visit *v, bool in_conversation) MUST_CHECK;

/* The session of the request's cookie. ERR_OK: it is open; ERR_NOT_FOUND: it is open, and there is no conversation
 * under its codename; ERR_AUTH: there is none. */
enum err visit_need_session(struct visit *v) MUST_CHECK;
/* The keys of a codename, once it is this worker's turn. The reply identity is of the desks' sort: hybrid or not.
 * ERR_BUSY: too many wait; nothing was done. */
enum err visit_derive(struct visit *v, const struct codename *name, struct codename_keys *keys) MUST_CHECK;
/* Opens one file of a reply into the sink, with the session's identity. most: of its sealed bytes, else ERR_TOO_BIG.
 * ERR_NOT_FOUND, the keeper's errors, the sink's, those of age_open_*. */
enum err visit_open_item(struct visit *v, uint16_t number, enum file_kind kind, uint64_t most,
			 struct age_sink sink) MUST_CHECK;
/* Reads an urlencoded form to its end. */
enum err visit_read_form(struct visit *v) MUST_CHECK;
/* The form's "csrf" field is the session's. */
bool visit_form_is_ours(const struct visit *v);

/* ---- handlers (open.c, write.c, conversation.c) */
enum err visit_landing(struct visit *v) MUST_CHECK;
enum err visit_safety(struct visit *v) MUST_CHECK;
enum err visit_return(struct visit *v) MUST_CHECK;
enum err visit_return_post(struct visit *v) MUST_CHECK;
/* The same page with a word: no session, for whatever reason. */
enum err visit_return_again(struct visit *v) MUST_CHECK;
/* The page for a codename that opens nothing here. */
enum err visit_unknown(struct visit *v) MUST_CHECK;
enum err visit_leave(struct visit *v) MUST_CHECK;
enum err visit_kept(struct visit *v) MUST_CHECK;
enum err visit_sent(struct visit *v) MUST_CHECK;
enum err visit_left(struct visit *v) MUST_CHECK;
enum err visit_deleted(struct visit *v) MUST_CHECK;
enum err visit_write(struct visit *v) MUST_CHECK;
enum err visit_write_post(struct visit *v) MUST_CHECK;
enum err visit_codename(struct visit *v) MUST_CHECK;
enum err visit_conversation(struct visit *v) MUST_CHECK;
enum err visit_conversation_write_form(struct visit *v) MUST_CHECK;
enum err visit_conversation_write(struct visit *v) MUST_CHECK;
enum err visit_conversation_file(struct visit *v) MUST_CHECK;
enum err visit_conversation_delete_reply(struct visit *v) MUST_CHECK;
enum err visit_conversation_delete(struct visit *v) MUST_CHECK;

#endif
