/* SPDX-License-Identifier: GPL-3.0-or-later
 * The stage for tests of collect: a desk at one end of a socket, collect_serve() in a thread at the other, and a keeper
 * that is a table behind it. Included by one test. */
#ifndef COLLECT_STAGE_H
#define COLLECT_STAGE_H

#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collect/collect.h"
#include "link/channel.h"
#include "link/wire.h"

#define GUARD_LINE "0123456789ABCDEF0123456789ABCDEF01234567 2026-02-01 2026-02-02"

#define HEX        "00112233445566778899aabbccddeeff"
#define BOOT       "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
#define HASH       "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e"
#define TOKEN      "abababababababababababababababababababababababababababababababab"
#define WRONG      "abababababababababababababababababababababababababababababababac"
#define HEAD(line) line " HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "\r\n"
#define REPLY      "age-encryption.org/v1\n-> X25519 x\nbody"

/* ---- the keeper */

struct keeper {
	int fd;
	bool gone;      /* ends at the first question */
	unsigned last;  /* ends after so many; 0: never */
	bool vanishing; /* the data file of message 2 is gone when it is asked for */
	bool lying;     /* sends more of a file than it announced */
	enum err reply; /* the answer to REPLY_PUT; ERR_OK: stored */
	enum err order; /* to RESTORE, MUTE, DRAIN, TOKEN_PUT, REVOKE */
	uint8_t draining;
	unsigned facts;   /* how many STATUS_IS has */
	unsigned changed; /* a fact of STATUS_IS, from 1, that is other than the rest of the time */
	uint32_t waiting;
	uint64_t forgotten;     /* CHANGES.last_forgotten; now is 9 */
	uint64_t newest;        /* CHANGES.cursor */
	uint32_t conversations; /* slots 1 to this have states, changed at as many; 3 by default */
	char log[4096];         /* the questions' names, with what matters of their fields */
	uint8_t stored[LIMIT_REPLY + 4096];
	size_t stored_len;
	unsigned auths;
};

enum { TEXT_SIZE = 700, DATA_SIZE = 70000, META_SIZE = 512 };

static void note(struct keeper *k, const char *text)
{
	assert_true(strlen(k->log) + strlen(text) + 2 < sizeof k->log);
	strcat(k->log, text);
	strcat(k->log, " ");
}

static void answer(struct keeper *k, struct buf *record)
{
	if (channel_send(k->fd, record, NULL, 0, clock_ms() + 5000) != ERR_OK)
		k->gone = true;
}

static void answer_ok(struct keeper *k, enum err refused)
{
	uint8_t storage[16];
	struct buf record = buf_over(storage, sizeof storage);
	static const struct message_OK ok;
	const struct message_REFUSED no = {.err = (uint8_t)refused};

	if (refused == ERR_OK)
		message_put_OK(&record, &ok);
	else
		message_put_REFUSED(&record, &no);
	answer(k, &record);
}

static void answer_done(struct keeper *k)
{
	uint8_t storage[16];
	struct buf record = buf_over(storage, sizeof storage);
	static const struct message_DONE done;

	message_put_DONE(&record, &done);
	answer(k, &record);
}

/* Two messages: 1 a text; 2 a text with an attachment. */
static void answer_next(struct keeper *k, uint64_t after)
{
	uint8_t storage[4096], files_storage[100];
	struct buf record = buf_over(storage, sizeof storage);
	struct buf files = buf_over(files_storage, sizeof files_storage);
	struct message_COLLECT_ENTRY m = {
	    .cursor = after + 1, .day = 20000, .recipient = BYTES_LITERAL("age1recipient")};
	size_t n = 0;

	if (after >= 2) {
		answer_done(k);
		return;
	}
	assert_int_equal(hex_decode(BYTES_LITERAL(HEX), m.conversation, 16, &n), ERR_OK);
	wire_put_u8(&files, FILE_TEXT);
	wire_put_u16(&files, (uint16_t)(after + 1));
	wire_put_u64(&files, TEXT_SIZE);
	if (after == 1) {
		wire_put_u8(&files, FILE_DATA);
		wire_put_u16(&files, 3);
		wire_put_u64(&files, DATA_SIZE);
		wire_put_u8(&files, FILE_META);
		wire_put_u16(&files, 3);
		wire_put_u64(&files, META_SIZE);
	}
	m.files = buf_view(&files);
	message_put_COLLECT_ENTRY(&record, &m);
	answer(k, &record);
}

static void answer_read(struct keeper *k, const struct message_MESSAGE_READ *question)
{
	static uint8_t storage[LIMIT_MESSAGE], content[LIMIT_CHUNK];
	uint64_t size = question->kind == FILE_TEXT ? TEXT_SIZE : question->kind == FILE_DATA ? DATA_SIZE : META_SIZE;
	struct buf record = buf_over(storage, sizeof storage);
	struct message_FILE_CHUNK m;
	size_t n;

	if (k->vanishing && question->kind == FILE_DATA) {
		answer_ok(k, ERR_NOT_FOUND);
		return;
	}
	if (question->offset >= size) {
		answer_done(k);
		return;
	}
	n = size - question->offset < LIMIT_CHUNK ? (size_t)(size - question->offset) : LIMIT_CHUNK;
	memset(content, 'a' + question->kind, sizeof content);
	m.data = bytes_of(content, k->lying ? n + 1 : n);
	message_put_FILE_CHUNK(&record, &m);
	answer(k, &record);
}

/* Every field of BOX_FACTS has a number, from 1; the first byte of that one changes. */
#define CHANGE(name)                                                                                                   \
	if (++n == which)                                                                                              \
		*(uint8_t *)&m->name ^= 1;
#define U8(name)          CHANGE(name)
#define U16(name)         CHANGE(name)
#define U32(name)         CHANGE(name)
#define U64(name)         CHANGE(name)
#define FIXED(name, size) CHANGE(name)
#define BYTES(name, max)
#define MESSAGE(name, from, to, states, fds, fields)                                                                   \
	__attribute__((unused)) static unsigned change_##name(struct message_##name *m, unsigned which)                \
	{                                                                                                              \
		unsigned n = 0;                                                                                        \
                                                                                                                       \
		(void)m;                                                                                               \
		(void)which;                                                                                           \
		fields return n;                                                                                       \
	}
#include "link/messages.def"
#undef U8
#undef U16
#undef U32
#undef U64
#undef FIXED
#undef BYTES
#undef MESSAGE
#undef CHANGE

static unsigned put_facts(struct buf *record, unsigned changed)
{
	struct message_BOX_FACTS m = {
	    .uptime_days = 7,
	    .restarts = 8,
	    .crashes = 9,
	    .skew_s = (uint32_t)-61,
	    .guard_age_days = 12,
	    .guard_standing = GUARDS_SAME,
	    .measured = 1,
	    .guards = GUARD_LINE "\n" GUARD_LINE "\n",
	};
	unsigned count;

	memset(m.binary, 0x1e, 32);
	memset(m.pcr4, 0x1e, 32);
	memset(m.pcr11, 0x1e, 32);
	count = change_BOX_FACTS(&m, changed);
	message_put_BOX_FACTS(record, &m);
	return count;
}

static void answer_status(struct keeper *k)
{
	uint8_t storage[400 + LIMIT_BOX_FACTS], facts_storage[2 + LIMIT_BOX_FACTS];
	struct buf facts = buf_over(facts_storage, sizeof facts_storage);
	struct buf record = buf_over(storage, sizeof storage);
	struct message_STATUS_IS m = {
	    .boot_day = 20000,
	    .conversations = 1,
	    .replies = 3,
	    .used = 4,
	    .capacity = 5,
	    .draining = k->draining,
	    .waiting = k->waiting,
	    .waiting_here = 1,
	    .muted = 6,
	};

	memset(m.boot_id, 0x0f, 16);
	k->facts = put_facts(&facts, k->changed);
	m.facts = bytes_from(buf_view(&facts), 2);
	message_put_STATUS_IS(&record, &m);
	answer(k, &record);
}

static void answer_changes(struct keeper *k)
{
	uint8_t storage[64];
	struct buf record = buf_over(storage, sizeof storage);
	const struct message_CHANGES m = {.now = 9, .last_forgotten = k->forgotten, .cursor = k->newest};

	message_put_CHANGES(&record, &m);
	answer(k, &record);
}

static void answer_state(struct keeper *k, const struct message_STATE_NEXT *question)
{
	uint8_t storage[600];
	struct buf record = buf_over(storage, sizeof storage);
	uint32_t slot = question->slot_after + 1;
	struct message_STATE_ENTRY m = {.state = BYTES_LITERAL("state text\n")};

	if (slot <= question->since)
		slot = (uint32_t)question->since + 1;
	if (slot > k->conversations) {
		answer_done(k);
		return;
	}
	m.slot = slot;
	m.change = slot;
	memset(m.conversation, (int)slot, 16);
	message_put_STATE_ENTRY(&record, &m);
	answer(k, &record);
}

static void answer_open(struct keeper *k, const struct message_OPEN_NEXT *question)
{
	uint8_t storage[64];
	struct buf record = buf_over(storage, sizeof storage);
	struct message_OPEN_ENTRY m = {.slot = question->slot_after + 1};

	if (m.slot > k->conversations) {
		answer_done(k);
		return;
	}
	memset(m.conversation, (int)m.slot, 16);
	message_put_OPEN_ENTRY(&record, &m);
	answer(k, &record);
}

static void note_order(struct keeper *k, const struct incoming *in)
{
	struct message_RESTORE restore;
	struct message_MUTE mute;
	struct message_DRAIN drain;
	struct message_TOKEN_PUT token;
	char text[100] = "";

	if (in->type == MESSAGE_RESTORE) {
		assert_int_equal(message_get_RESTORE(in->fields, &restore), ERR_OK);
		(void)snprintf(text, sizeof text, "=%02x:%zu", restore.conversation[0], restore.state.n);
		note(k, text);
		/* "E", "F", "X" begin what is refused. */
		if (restore.state.n > 0)
			k->order = restore.state.p[0] == 'E'   ? ERR_EXISTS
				   : restore.state.p[0] == 'F' ? ERR_FULL
				   : restore.state.p[0] == 'X' ? ERR_FORMAT
							       : ERR_OK;
	} else if (in->type == MESSAGE_MUTE) {
		assert_int_equal(message_get_MUTE(in->fields, &mute), ERR_OK);
		note(k, mute.on ? "=on" : "=off");
	} else if (in->type == MESSAGE_DRAIN) {
		assert_int_equal(message_get_DRAIN(in->fields, &drain), ERR_OK);
		note(k, drain.on ? "=on" : "=off");
	} else if (in->type == MESSAGE_TOKEN_PUT) {
		assert_int_equal(message_get_TOKEN_PUT(in->fields, &token), ERR_OK);
		(void)snprintf(text, sizeof text, "=%02x%02x", token.hash[0], token.hash[31]);
		note(k, text);
	}
	answer_ok(k, k->order);
}

/* What a desk sends: files of a draft, and what becomes of them. */
static void handle_sent(struct keeper *k, const struct incoming *in)
{
	struct message_FILE_BEGIN begin;
	struct message_FILE_DATA data;
	struct message_FILE_END end;
	struct message_REPLY_PUT put;
	struct message_MESSAGE_FORGET forget;
	char text[100];

	switch ((int)in->type) {
	case MESSAGE_FILE_BEGIN:
		assert_int_equal(message_get_FILE_BEGIN(in->fields, &begin), ERR_OK);
		note(k, begin.kind == FILE_TEXT ? "=text" : begin.kind == FILE_DATA ? "=data" : "=meta");
		k->stored_len = 0;
		return;
	case MESSAGE_FILE_DATA:
		assert_int_equal(message_get_FILE_DATA(in->fields, &data), ERR_OK);
		memcpy(k->stored + k->stored_len, data.data.p, data.data.n);
		k->stored_len += data.data.n;
		return;
	case MESSAGE_FILE_END:
		assert_int_equal(message_get_FILE_END(in->fields, &end), ERR_OK);
		note(k, end.keep ? "=keep" : "=drop");
		answer_ok(k, ERR_OK);
		return;
	case MESSAGE_REPLY_PUT:
		assert_int_equal(message_get_REPLY_PUT(in->fields, &put), ERR_OK);
		(void)snprintf(text, sizeof text, "=%.*s", (int)put.name.n, (const char *)put.name.p);
		note(k, text);
		answer_ok(k, k->reply);
		return;
	case MESSAGE_MESSAGE_FORGET:
		assert_int_equal(message_get_MESSAGE_FORGET(in->fields, &forget), ERR_OK);
		(void)snprintf(text, sizeof text, "=%u", (unsigned)forget.number);
		note(k, text);
		answer_ok(k, forget.number == 7 ? ERR_NOT_FOUND : ERR_OK);
		return;
	default: /* RESERVE, CONVERSATION_FORGET, DRAFT_DROP */
		answer_ok(k, ERR_OK);
		return;
	}
}

static void handle(struct keeper *k, const struct incoming *in)
{
	struct message_STATE_NEXT state_next;
	struct message_OPEN_NEXT open_next;
	struct message_DESK_AUTH auth;
	struct message_COLLECT_NEXT next;
	struct message_MESSAGE_READ read;
	struct message_COLLECTED collected;
	char text[100];
	uint8_t token[32];

	if (in->type != MESSAGE_FILE_DATA && in->type != MESSAGE_MESSAGE_READ)
		note(k, message_rules[in->type].name);
	switch ((int)in->type) {
	case MESSAGE_DESK_AUTH:
		assert_int_equal(message_get_DESK_AUTH(in->fields, &auth), ERR_OK);
		memset(token, 0xab, sizeof token);
		k->auths++;
		answer_ok(k, memcmp(token, auth.token, 32) == 0 ? ERR_OK : ERR_AUTH);
		return;
	case MESSAGE_STATUS:
		answer_status(k);
		return;
	case MESSAGE_COLLECT_NEXT:
		assert_int_equal(message_get_COLLECT_NEXT(in->fields, &next), ERR_OK);
		answer_next(k, next.after);
		return;
	case MESSAGE_MESSAGE_READ:
		assert_int_equal(message_get_MESSAGE_READ(in->fields, &read), ERR_OK);
		answer_read(k, &read);
		return;
	case MESSAGE_COLLECTED:
		assert_int_equal(message_get_COLLECTED(in->fields, &collected), ERR_OK);
		(void)snprintf(text, sizeof text, "=%llu", (unsigned long long)collected.cursor);
		note(k, text);
		answer_ok(k, ERR_OK);
		return;
	case MESSAGE_CHANGES_GET:
		answer_changes(k);
		return;
	case MESSAGE_STATE_NEXT:
		assert_int_equal(message_get_STATE_NEXT(in->fields, &state_next), ERR_OK);
		answer_state(k, &state_next);
		return;
	case MESSAGE_OPEN_NEXT:
		assert_int_equal(message_get_OPEN_NEXT(in->fields, &open_next), ERR_OK);
		answer_open(k, &open_next);
		return;
	case MESSAGE_RESTORE:
	case MESSAGE_MUTE:
	case MESSAGE_DRAIN:
	case MESSAGE_TOKEN_PUT:
	case MESSAGE_REVOKE:
		note_order(k, in);
		return;
	default:
		handle_sent(k, in);
		return;
	}
}

static void *keeper_thread(void *context)
{
	static uint8_t storage[LIMIT_MESSAGE];
	struct keeper *k = context;
	struct incoming in;
	enum link_state state = STATE_OPEN;

	while (!k->gone) {
		enum err e =
		    channel_receive(k->fd, 1u << ROLE_COLLECT, ROLE_KEEPER, state, storage, clock_ms() + 20000, &in);
		if (e != ERR_OK)
			break;
		if (in.type == MESSAGE_DESK_AUTH)
			state = STATE_DESK;
		else if (in.type == MESSAGE_FILE_BEGIN)
			state = STATE_FILE;
		else if (in.type == MESSAGE_FILE_END)
			state = STATE_DESK;
		if (k->last > 0 && k->last-- == 1)
			k->gone = true;
		if (in.type == MESSAGE_DESK_AUTH && k->auths > 0)
			note(k, "AUTH-TWICE");
		handle(k, &in);
	}
	close(k->fd);
	return NULL;
}

/* ---- a connection */

static uint8_t response[512 * 1024];
static size_t response_len;

struct served {
	struct collect *collect;
	int connection, keeper;
};

static void *serve_thread(void *context)
{
	struct served *s = context;

	collect_serve(s->collect, s->connection, s->keeper, BYTES_LITERAL("The \"Harbour\" Post"));
	close(s->connection);
	close(s->keeper);
	return NULL;
}

/* Sends `request`, closes our direction and gathers all that comes back into response[]. */
__attribute__((unused)) static void talk(struct keeper *k, const void *request, size_t n)
{
	static struct collect c;
	pthread_t keeper, server;
	int channel[2], connection[2];
	struct served s = {.collect = &c};
	size_t got;

	assert_int_equal(channel_pair(channel), ERR_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, connection), 0);
	k->fd = channel[0];
	s.keeper = channel[1];
	s.connection = connection[1];
	memset(k->log, 0, sizeof k->log);
	k->auths = 0;
	assert_int_equal(pthread_create(&keeper, NULL, keeper_thread, k), 0);
	assert_int_equal(pthread_create(&server, NULL, serve_thread, &s), 0);
	(void)!fd_write_all(connection[0], bytes_of(request, n), clock_ms() + 5000);
	shutdown(connection[0], SHUT_WR);
	response_len = 0;
	while (fd_read_some(connection[0], response + response_len, sizeof response - 1 - response_len,
			    clock_ms() + 20000, &got) == ERR_OK)
		response_len += got;
	response[response_len] = '\0';
	close(connection[0]);
	pthread_join(server, NULL);
	pthread_join(keeper, NULL);
}

__attribute__((unused)) static void talk_text(struct keeper *k, const char *request)
{
	talk(k, request, strlen(request));
}

__attribute__((unused)) static bool has(const char *text)
{
	return memmem(response, response_len, text, strlen(text)) != NULL;
}

__attribute__((unused)) static bool has_status(const char *status)
{
	return strncmp((char *)response + 9, status, 3) == 0;
}

#endif
