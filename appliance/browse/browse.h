/* SPDX-License-Identifier: GPL-3.0-or-later
 * The inbox in the browser: what its process holds, and what the handlers of its requests share.
 *
 * One process holds the identities and serves all pages, one request a connection, one after the other. What may take
 * long has a process of its own: the routes that are `apart` (a file on its way to the browser or from it) run in a
 * fork, which ends with its answer; an exchange with the box is `courier desk sync`, executed anew. */
#ifndef BROWSE_BROWSE_H
#define BROWSE_BROWSE_H

#include "browse/gate.h"
#include "browse/login.h"
#include "browse/runner.h"
#include "browse/sheet.h"
#include "http/form.h"
#include "http/multipart.h"
#include "inbox/inbox.h"

enum { BROWSE_FORM_BODY = 1024, BROWSE_PATH = 96, BROWSE_READ = 128 * 1024 };

/* The conversations as they were last looked at, the latest last. */
struct browse_list {
	struct inbox_conversation *entries;
	size_t count;
	size_t new_count;
	uint64_t stamp; /* inbox_stamp() before */
	bool stale;     /* something has changed since, whatever the stamp says */
};

/* A reply's form, as it comes in. */
struct browse_reply {
	struct multipart parser;
	unsigned field;
	bool authorised;
	bool too_long;
	uint8_t csrf[LOGIN_TEXT_LEN];
	size_t csrf_len;
	uint8_t text[LIMIT_FORM_VALUE];
	size_t text_len;
	uint8_t clean[3 * LIMIT_FORM_VALUE];
	struct buf clean_view;
};

/* Secret. 10 MB, most of which is never touched: allocated once, where it is needed, for static storage is in every
 * process of this program. */
struct browse {
	struct inbox inbox;
	struct login login;
	uint16_t port;
	struct runner exchange;
	struct browse_list list;

	struct http_connection connection;
	struct http_request request;
	bool known;                             /* it came with the session's cookie */
	struct inbox_conversation conversation; /* that the path names */
	struct bytes rest;                      /* of the path, behind it */
	char path[BROWSE_PATH];                 /* "/c/ID" */
	struct form form;
	uint8_t form_body[BROWSE_FORM_BODY];
	struct browse_reply reply;
	struct inbox_draft draft;
	uint8_t read[BROWSE_READ];
	uint8_t plain[INBOX_TEXT_MAX];
	uint8_t clean[3 * INBOX_TEXT_MAX];
	struct sheet sheet;
};

/* Answers the request whose head browse->connection has whole. What it returns other than ERR_OK says that the
 * connection is broken. *apart: nothing was answered; browse_answer_apart() must, in a process of its own. */
enum err browse_answer(struct browse *b, bool *apart) MUST_CHECK;
enum err browse_answer_apart(struct browse *b) MUST_CHECK;
/* A head that http_read_head() refused with this status. */
enum err browse_refuse(struct browse *b, unsigned status) MUST_CHECK;
/* Too many transfers are on their way. */
enum err browse_answer_busy(struct browse *b) MUST_CHECK;
/* Wipes what is secret. */
void browse_wipe(struct browse *b);

/* ---- for handlers; each answers once */

void browse_begin(struct browse *b, enum browse_text title);
enum err browse_send(struct browse *b, unsigned status) MUST_CHECK;
enum err browse_error(struct browse *b, unsigned status) MUST_CHECK;
/* The error page for what a call of the inbox or of http returned. */
enum err browse_failure(struct browse *b, enum err e) MUST_CHECK;
/* 303. location: one of our paths, at most BROWSE_PATH; cookie: empty or a Set-Cookie value. */
enum err browse_redirect(struct browse *b, const char *location, struct bytes cookie) MUST_CHECK;
/* The decimal number of a "name=" pair in the query, if it is there and at most max; else 0. */
uint64_t browse_query_number(const struct browse *b, const char *name, uint64_t max);
bool browse_query_has(const struct browse *b, const char *pair);
/* What a list's row and a conversation's head say of it. */
void browse_set_conversation(struct browse *b, const struct inbox_conversation *c);
/* The list, read anew if that is due. */
enum err browse_list_refresh(struct browse *b) MUST_CHECK;
/* After something was done with this one. */
void browse_list_update(struct browse *b, const char *id);

/* list.c, conversation.c, act.c, reply.c, file.c */
enum err browse_list(struct browse *b) MUST_CHECK;
enum err browse_conversation(struct browse *b) MUST_CHECK;
enum err browse_unread(struct browse *b) MUST_CHECK;
enum err browse_mute(struct browse *b) MUST_CHECK;
enum err browse_unmute(struct browse *b) MUST_CHECK;
enum err browse_forget_ask(struct browse *b) MUST_CHECK;
enum err browse_forget(struct browse *b) MUST_CHECK;
enum err browse_reply(struct browse *b) MUST_CHECK;
enum err browse_file(struct browse *b) MUST_CHECK;
enum err browse_sync(struct browse *b) MUST_CHECK;
enum err browse_sync_start(struct browse *b) MUST_CHECK;
enum err browse_leave(struct browse *b) MUST_CHECK;

/* The conversation's page; problem: NULL, or why the reply that was typed was not taken. */
enum err browse_conversation_page(struct browse *b, unsigned status, const char *problem) MUST_CHECK;

#endif
