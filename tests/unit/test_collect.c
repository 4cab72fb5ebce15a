/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's calls, over socketpairs, with a keeper that is a table. */
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collect/collect.h"
#include "collect/cursor.h"
#include "link/channel.h"
#include "link/wire.h"
#include "tar/reader.h"
#include "tar/writer.h"

#define HEX        "00112233445566778899aabbccddeeff"
#define BOOT       "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
#define HASH       "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e"
#define TOKEN      "abababababababababababababababababababababababababababababababab"
#define WRONG      "abababababababababababababababababababababababababababababababac"
#define HEAD(line) line " HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "\r\n"

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

static void answer_status(struct keeper *k)
{
	uint8_t storage[400];
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
	    .uptime_days = 7,
	    .restarts = 8,
	    .crashes = 9,
	    .skew_s = (uint32_t)-61,
	};

	memset(m.boot_id, 0x0f, 16);
	memset(m.binary, 0x1e, 32);
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

static void handle(struct keeper *k, const struct incoming *in)
{
	struct message_STATE_NEXT state_next;
	struct message_OPEN_NEXT open_next;
	struct message_FILE_BEGIN begin;
	struct message_DESK_AUTH auth;
	struct message_COLLECT_NEXT next;
	struct message_MESSAGE_READ read;
	struct message_COLLECTED collected;
	struct message_FILE_DATA data;
	struct message_FILE_END end;
	struct message_REPLY_PUT put;
	struct message_MESSAGE_FORGET forget;
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
static void talk(struct keeper *k, const void *request, size_t n)
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

static void talk_text(struct keeper *k, const char *request)
{
	talk(k, request, strlen(request));
}

static bool has(const char *text)
{
	return memmem(response, response_len, text, strlen(text)) != NULL;
}

static bool has_status(const char *status)
{
	return strncmp((char *)response + 9, status, 3) == 0;
}

/* ---- tests */

static void unknown_desks_all_get_the_same_bytes(void **state)
{
	static const char *const requests[] = {
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " WRONG "\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer abab\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "00\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer  " TOKEN "\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Basic " TOKEN "\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer zz" TOKEN "\r\n\r\n",
	    "GET /nowhere HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "GET / HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "DELETE /v1/status HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "HEAD /v1/status HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "POST /v1/collected HTTP/1.1\r\nHost: x.onion\r\nContent-Length: 5\r\n\r\nhello",
	    "PUT /v1/conversations/" HEX "/replies/a HTTP/1.1\r\nHost: x.onion\r\nContent-Length: 99999999\r\n\r\nage",
	    "DELETE /v1/conversations/" HEX " HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " WRONG "\r\n\r\n",
	    "GET /v1/collect?after=x HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "GET /v1/status HTTP/1.0\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "\r\n\r\n",
	    "BREW /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nAuthorization: Bearer " TOKEN "\r\n\r\n",
	    "POST /v1/collected HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN
	    "\r\n\r\n", /* no Content-Length */
	    "complete nonsense\r\n\r\n",
	    "PUT /v1/restore HTTP/1.1\r\nHost: x.onion\r\nContent-Length: 9999999999\r\n\r\n",
	    "PUT /v1/conversations/" HEX "/mute HTTP/1.1\r\nHost: x.onion\r\nContent-Length: 0\r\n\r\n",
	    "POST /v1/drain HTTP/1.1\r\nHost: x.onion\r\nContent-Length: 0\r\n\r\n",
	    "PUT /v1/token HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " WRONG
	    "\r\nContent-Length: 64\r\n\r\n" WRONG,
	    "POST /v1/revoke HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " WRONG
	    "\r\nContent-Length: 6\r\n\r\nrevoke",
	};
	static uint8_t first[4096];
	size_t first_len = 0;
	struct keeper k = {0};

	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		talk_text(&k, requests[i]);
		assert_true(has_status("401"));
		if (i == 0) {
			memcpy(first, response, response_len);
			first_len = response_len;
		}
		assert_int_equal(response_len, first_len);
		assert_memory_equal(response, first, first_len);
		/* At most the one question. */
		assert_true(strcmp(k.log, "DESK_AUTH ") == 0 || k.log[0] == '\0');
	}
}

static void status_is_json(void **state)
{
	struct keeper k = {.waiting = 2};

	(void)state;
	talk_text(&k, HEAD("GET /v1/status") "\r\n");
	assert_true(has_status("200"));
	assert_true(has("application/json"));
	assert_true(has("\r\n\r\n{\"name\":\"The \\\"Harbour\\\" Post\",\"boot\":\"" BOOT
			"\",\"boot_day\":\"2024-10-04\",\"conversations\":1,"
			"\"replies\":3,\"used\":4,\"capacity\":5,\"draining\":false,\"waiting\":2,\"waiting_here\":1,"
			"\"muted\":6,\"binary\":\"" HASH "\",\"uptime_days\":7,\"restarts\":8,\"crashes\":9,"
			"\"skew_seconds\":-61}\n"));
	k.draining = 1;
	talk_text(&k, HEAD("GET /v1/status") "\r\n");
	assert_true(has("\"draining\":true,"));
}

static void several_requests_on_one_connection(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("GET /v1/status") "\r\n" HEAD("DELETE /v1/conversations/" HEX) "\r\n" HEAD(
			  "DELETE /v1/conversations/" HEX "/messages/0007") "\r\n");
	assert_string_equal(k.log, "DESK_AUTH STATUS CONVERSATION_FORGET MESSAGE_FORGET =7 ");
	assert_true(has("HTTP/1.1 404"));
	/* Another token on a known desk's connection is nobody's. */
	talk_text(&k, HEAD("GET /v1/status") "\r\nDELETE /v1/conversations/" HEX
					     " HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " WRONG "\r\n\r\n");
	assert_string_equal(k.log, "DESK_AUTH STATUS ");
	assert_true(has("HTTP/1.1 401"));
}

static void unknown_paths_and_methods(void **state)
{
	static const struct {
		const char *line, *status;
	} cases[] = {
	    {"GET /", "404"},
	    {"GET /v1", "404"},
	    {"GET /v1/status/", "404"},
	    {"GET /v1//status", "404"},
	    {"GET /v2/status", "404"},
	    {"POST /v1/status", "405"},
	    {"GET /v1/collected", "405"},
	    {"GET /v1/conversations/" HEX, "405"},
	    {"DELETE /v1/conversations/" HEX "0", "404"},
	    {"DELETE /v1/conversations/xyz12233445566778899aabbccddeeff", "404"},
	    {"DELETE /v1/conversations/" HEX "/messages/1", "404"},
	    {"DELETE /v1/conversations/" HEX "/messages/0000", "404"},
	    {"DELETE /v1/conversations/" HEX "/messages/9999", "404"},
	    {"DELETE /v1/conversations/" HEX "/messages/-001", "404"},
	    {"DELETE /v1/conversations/" HEX "/messages/0001", "200"},
	    {"PUT /v1/conversations/" HEX "/replies/UPPER", "404"},
	    {"PUT /v1/conversations/" HEX "/replies/a.b", "404"},
	    {"PUT /v1/conversations/" HEX "/replies/abcdefghijklmnopqrstuvwxyz0123456", "404"},
	};
	struct keeper k = {0};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char request[600];
		(void)snprintf(request, sizeof request,
			       "%s HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "\r\n%s\r\n",
			       cases[i].line, cases[i].line[0] == 'P' ? "Content-Length: 0\r\n" : "");
		talk_text(&k, request);
		if (!has_status(cases[i].status))
			fail_msg("%s: %.12s", cases[i].line, (char *)response);
	}
}

/* ---- the stream */

static size_t unchunk(uint8_t *body)
{
	uint8_t *at = memmem(response, response_len, "\r\n\r\n", 4);
	size_t n = 0;

	assert_non_null(at);
	at += 4;
	for (;;) {
		char *end;
		unsigned long size;
		if (at >= response + response_len)
			return SIZE_MAX; /* cut off */
		size = strtoul((char *)at, &end, 16);
		at = (uint8_t *)end + 2;
		if (size == 0)
			return n;
		if (at + size > response + response_len)
			return SIZE_MAX;
		memmove(body + n, at, size);
		n += size;
		at += size + 2;
	}
}

static char listing[4096];

static enum err list_begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	char line[200];

	(void)context;
	(void)time_s;
	(void)snprintf(line, sizeof line, "%.*s %llu\n", (int)name.n, (const char *)name.p, (unsigned long long)size);
	strcat(listing, line);
	return ERR_OK;
}

static enum err list_data(void *context, struct bytes data)
{
	(void)context;
	if (data.n < 100 && data.p[0] != 'a' + FILE_TEXT && data.p[data.n - 1] == '\n')
		strncat(listing, (const char *)data.p, data.n);
	return ERR_OK;
}

static enum err list_end(void *context)
{
	(void)context;
	return ERR_OK;
}

static enum err list_stream(void)
{
	static uint8_t body[512 * 1024];
	struct tar_reader t;
	size_t n = unchunk(body);
	enum err e;

	listing[0] = '\0';
	if (n == SIZE_MAX)
		return ERR_END;
	tar_begin(&t, (struct tar_sink){list_begin, list_data, list_end, NULL}, 1 << 30);
	e = tar_push(&t, bytes_of(body, n));
	return e == ERR_OK ? tar_finish(&t) : e;
}

static void collects_as_tar(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect") "\r\n");
	assert_true(has_status("200"));
	assert_true(has("application/x-tar"));
	assert_int_equal(list_stream(), ERR_OK);
	assert_non_null(strstr(listing, "boot 33\n" BOOT "\n" HEX "/recipient 14\n"));
	assert_non_null(strstr(listing, HEX "/0001.age 700\n"));
	assert_non_null(strstr(listing, HEX "/0003.data.age 70000\n"));
	assert_non_null(strstr(listing, HEX "/0003.meta.age 512\n"));
	assert_non_null(strstr(listing, "cursor 37\n" BOOT ".2.9\n"));
}

static void goes_on_after_a_cursor(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".1.9") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_null(strstr(listing, "0001.age"));
	assert_non_null(strstr(listing, "0002.age"));
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".2.9") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\ncursor 37\n" BOOT ".2.9\n");
	/* Another boot's cursor says nothing about this one. */
	talk_text(&k, HEAD("GET /v1/collect?after=ffffffffffffffffffffffffffffffff.9.9") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_non_null(strstr(listing, "0001.age"));
}

static void wrong_cursors_are_refused(void **state)
{
	static const char *const queries[] = {"after=",
					      "after=1",
					      "before=0",
					      "after=" BOOT,
					      "after=" BOOT ".",
					      "after=" BOOT ".01.1",
					      "after=" BOOT ".18446744073709551616.1",
					      "after=" BOOT ".1.1&x",
					      "after=" BOOT ".1",
					      "after=" BOOT ".1.",
					      "after=" BOOT ".1.2.3",
					      "after=" BOOT ".1.18446744073709551616",
					      "x",
					      "after=0&after=0"};
	struct keeper k = {0};

	(void)state;
	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
		char request[400];
		(void)snprintf(request, sizeof request,
			       "GET /v1/collect?%s HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN
			       "\r\n\r\n",
			       queries[i]);
		talk_text(&k, request);
		assert_true(has_status("400"));
	}
}

static void what_vanishes_is_left_out(void **state)
{
	struct keeper k = {.vanishing = true};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_null(strstr(listing, "data.age"));
	assert_non_null(strstr(listing, "cursor"));
}

static void a_broken_stream_has_no_end(void **state)
{
	struct keeper k = {.lying = true};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect") "\r\n");
	assert_true(has_status("200"));
	assert_false(has("\r\n0\r\n\r\n"));
	assert_int_equal(list_stream(), ERR_END);
}

static void states_follow_the_messages(void **state)
{
	struct keeper k = {.conversations = 3, .newest = 7};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".2.1") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\n"
				     "02020202020202020202020202020202/state 11\nstate text\n"
				     "03030303030303030303030303030303/state 11\nstate text\n"
				     "cursor 37\n" BOOT ".7.9\n");
	/* What was forgotten isn't named: the others are. */
	k.forgotten = 3;
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".7.2") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\n"
				     "03030303030303030303030303030303/state 11\nstate text\n"
				     "open 99\n01010101010101010101010101010101\n02020202020202020202020202020202\n"
				     "03030303030303030303030303030303\n"
				     "cursor 37\n" BOOT ".7.9\n");
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".7.3") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\ncursor 37\n" BOOT ".7.9\n");
	k.conversations = 0;
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".7.1") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\nopen 0\ncursor 37\n" BOOT ".7.9\n");
}

/* ---- archives that a desk sends */

static uint8_t archive[512 * 1024];
static size_t archive_len;

static void add(const char *name, const char *content)
{
	size_t n = strlen(content);

	tar_header(archive + archive_len, name, n, 20000);
	memcpy(archive + archive_len + TAR_BLOCK, content, n);
	memset(archive + archive_len + TAR_BLOCK + n, 0, tar_padding(n));
	archive_len += TAR_BLOCK + n + tar_padding(n);
}

static void add_end(void)
{
	memset(archive + archive_len, 0, TAR_END);
	archive_len += TAR_END;
}

static void send_archive(struct keeper *k, const char *line, const char *type)
{
	static uint8_t request[sizeof archive + 1000];
	int head = snprintf((char *)request, sizeof request,
			    "%s HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN
			    "\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
			    line, type, archive_len);

	memcpy(request + head, archive, archive_len);
	talk(k, request, (size_t)head + archive_len);
}

#define REPLY      "age-encryption.org/v1\n-> X25519 x\nbody"
#define REPLY_LINE "PUT /v1/conversations/" HEX "/replies/a"
#define TAR        "application/x-tar"

static void a_reply_with_attachments(void **state)
{
	struct keeper k = {0};

	(void)state;
	archive_len = 0;
	add("01.data.age", REPLY "one");
	add("01.meta.age", REPLY);
	add("02.data.age", REPLY "two");
	add("02.meta.age", REPLY);
	add("text.age", REPLY);
	add_end();
	send_archive(&k, REPLY_LINE, TAR);
	assert_true(has_status("201"));
	assert_string_equal(k.log, "DESK_AUTH RESERVE FILE_BEGIN =data FILE_END =keep FILE_BEGIN =meta FILE_END =keep "
				   "FILE_BEGIN =data FILE_END =keep FILE_BEGIN =meta FILE_END =keep "
				   "FILE_BEGIN =text FILE_END =keep REPLY_PUT =a ");
	/* It is an archive only if it says so. */
	send_archive(&k, REPLY_LINE, "application/octet-stream");
	assert_true(has_status("422"));
}

static void other_archives_are_no_reply(void **state)
{
	static const char *const orders[][4] = {
	    {"01.data.age", "text.age"},
	    {"01.meta.age", "text.age"},
	    {"02.data.age", "02.meta.age", "text.age"},
	    {"01.data.age", "01.meta.age"},
	    {"text.age", "text.age"},
	    {"text.age", "01.data.age", "01.meta.age"},
	    {"01.data.age", "02.meta.age", "text.age"},
	    {"1.data.age", "1.meta.age", "text.age"},
	    {"text.ag"},
	    {"a/text.age"},
	    {NULL},
	};
	struct keeper k = {0};

	(void)state;
	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		archive_len = 0;
		for (size_t j = 0; j < 4 && orders[i][j] != NULL; j++)
			add(orders[i][j], REPLY);
		add_end();
		send_archive(&k, REPLY_LINE, TAR);
		assert_true(has_status("422"));
		assert_non_null(strstr(k.log, "DRAFT_DROP"));
		assert_null(strstr(k.log, "REPLY_PUT"));
	}
	archive_len = 0;
	add("text.age", "no age file");
	add_end();
	send_archive(&k, REPLY_LINE, TAR);
	assert_true(has_status("422"));
	archive_len = 0;
	add("text.age", REPLY); /* without its end */
	send_archive(&k, REPLY_LINE, TAR);
	assert_true(has_status("422"));
	archive_len = 0;
	tar_header(archive, "text.age", LIMIT_REPLY + 1, 20000);
	archive_len = TAR_BLOCK;
	send_archive(&k, REPLY_LINE, TAR);
	assert_true(has_status("413"));
	talk_text(&k, HEAD(REPLY_LINE) "Content-Type: " TAR "\r\nContent-Length: 67108865\r\n\r\n");
	assert_true(has_status("413"));
	assert_string_equal(k.log, "DESK_AUTH ");
}

#define ID1 "11111111111111111111111111111111"
#define ID2 "22222222222222222222222222222222"

static void restores_conversations_and_replies(void **state)
{
	static char inner[8192];
	struct keeper k = {0};
	size_t inner_len;

	(void)state;
	archive_len = 0;
	add("01.data.age", REPLY);
	add("01.meta.age", REPLY);
	add("text.age", REPLY);
	add_end();
	inner_len = archive_len;
	memcpy(inner, archive, inner_len);
	archive_len = 0;
	add("boot", BOOT "\n");
	add(ID1 "/state", "state");
	add(ID1 "/replies/first.age", REPLY);
	tar_header(archive + archive_len, ID1 "/replies/second.tar", inner_len, 0);
	memcpy(archive + archive_len + TAR_BLOCK, inner, inner_len);
	archive_len += TAR_BLOCK + inner_len;
	add(ID2 "/state", "other");
	add_end();
	send_archive(&k, "PUT /v1/restore", TAR);
	assert_true(has_status("200"));
	assert_true(has("{\"restored\":2,\"refused_count\":0,\"refused\":["));
	assert_string_equal(k.log, "DESK_AUTH STATUS RESTORE =11:5 FILE_BEGIN =text FILE_END =keep REPLY_PUT =first "
				   "FILE_BEGIN =data FILE_END =keep FILE_BEGIN =meta FILE_END =keep FILE_BEGIN =text "
				   "FILE_END =keep REPLY_PUT =second RESTORE =22:5 ");
}

/* What one has wrong is told of it, and the others come back. */
static void what_cannot_be_restored_is_told(void **state)
{
	struct keeper k = {0};

	(void)state;
	archive_len = 0;
	add("boot", BOOT);
	add(ID1 "/state", "Exists");
	add(ID1 "/replies/first.age", REPLY);
	add(ID2 "/state", "Full");
	add(HEX "/state", "good");
	add(HEX "/replies/first.age", "no age file");
	add(HEX "/replies/second.age", REPLY);
	add_end();
	send_archive(&k, "PUT /v1/restore", TAR);
	assert_true(has_status("200"));
	assert_true(has("{\"restored\":1,\"refused_count\":3,\"refused\":["));
	assert_true(has("{\"conversation\":\"" ID1 "\",\"why\":\"The box has this conversation with another"));
	assert_true(has(",{\"conversation\":\"" ID2 "\",\"why\":\"The box has no room.\"}"));
	assert_true(has(",{\"conversation\":\"" HEX "\",\"why\":\"A reply is no age file"));
	assert_string_equal(k.log, "DESK_AUTH STATUS RESTORE =11:6 RESTORE =22:4 RESTORE =00:4 FILE_BEGIN =text "
				   "FILE_END =drop DRAFT_DROP FILE_BEGIN =text FILE_END =keep REPLY_PUT =second ");
}

static void hostile_restores_are_refused(void **state)
{
	static const struct {
		const char *first, *second, *status, *log;
	} cases[] = {
	    {"boot", NULL, "200", ""},
	    {ID1 "/state", NULL, "400", ""},
	    {"boot", "boot", "400", ""},
	    {"boot", ID1 "/recipient", "400", ""},
	    {"boot", ID1 "/replies/a.age", "400", ""},
	    {"boot", "x/state", "400", ""},
	    {"boot", ID1 "0/state", "400", ""},
	    {"boot", "1111111111111111111111111111111g/state", "400", ""},
	    {"boot", ID1, "400", ""},
	    {"boot", "../" ID1 "/state", "400", ""},
	    {"boot", ID1 "/state/x", "400", ""},
	    {"boot", ID1 "/state", "200", "RESTORE =11:33 "},
	};
	struct keeper k = {0};
	char log[200];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		archive_len = 0;
		add(cases[i].first, BOOT "\n");
		if (cases[i].second != NULL)
			add(cases[i].second, BOOT "\n");
		add_end();
		send_archive(&k, "PUT /v1/restore", TAR);
		assert_true(has_status(cases[i].status));
		(void)snprintf(log, sizeof log, "DESK_AUTH STATUS %s", cases[i].log);
		assert_string_equal(k.log, log);
	}
	archive_len = 0;
	add("boot", ID1);
	add(ID1 "/state", "state");
	add_end();
	send_archive(&k, "PUT /v1/restore", TAR);
	assert_true(has_status("409"));
	assert_string_equal(k.log, "DESK_AUTH STATUS ");
	/* Reply names, and a state that is too long: the archive goes on after that. */
	archive_len = 0;
	add("boot", BOOT);
	add(ID1 "/state", "state");
	add(ID1 "/replies/A.age", REPLY);
	add_end();
	send_archive(&k, "PUT /v1/restore", TAR);
	assert_true(has_status("400"));
	archive_len = 0;
	add("boot", BOOT);
	tar_header(archive + archive_len, ID1 "/state", LIMIT_STATE + 512, 0);
	memset(archive + archive_len + TAR_BLOCK, 'x', LIMIT_STATE + 512);
	archive_len += TAR_BLOCK + LIMIT_STATE + 512;
	add(ID2 "/state", "state");
	add_end();
	send_archive(&k, "PUT /v1/restore", TAR);
	assert_true(has_status("200") && has("\"restored\":1,\"refused_count\":1,"));
	archive_len -= TAR_END;
	send_archive(&k, "PUT /v1/restore", TAR);
	assert_true(has_status("400"));
	talk_text(&k, HEAD("PUT /v1/restore") "Content-Length: 1073741825\r\n\r\n");
	assert_true(has_status("413"));
	talk_text(&k, HEAD("PUT /v1/restore") "Content-Length: 2000\r\n\r\nx");
	assert_true(has_status("408"));
}

/* Whatever was under way is dropped, and what came before stays. */
static void a_restore_breaks_off_anywhere(void **state)
{
	static uint8_t request[16 * 1024];
	struct keeper k = {0};
	size_t head;

	(void)state;
	archive_len = 0;
	add("boot", BOOT);
	add(ID1 "/state", "state");
	add(ID1 "/replies/first.age", REPLY);
	add_end();
	head = (size_t)snprintf((char *)request, sizeof request,
				HEAD("PUT /v1/restore") "Content-Length: %zu\r\n\r\n", archive_len);
	memcpy(request + head, archive, archive_len);
	for (size_t n = 0; n < archive_len; n += n < 5 * TAR_BLOCK ? 64 : 16) {
		talk(&k, request, head + n);
		assert_true(has_status("408"));
		assert_int_equal(strstr(k.log, "RESTORE") != NULL, n >= 3 * TAR_BLOCK + 5);
		/* A file that was begun has its end, and is forgotten unless it was whole. */
		assert_int_equal(strstr(k.log, "FILE_BEGIN") != NULL, n > 5 * TAR_BLOCK);
		assert_int_equal(strstr(k.log, "=drop DRAFT_DROP") != NULL,
				 n > 5 * TAR_BLOCK && n < 5 * TAR_BLOCK + sizeof REPLY - 1);
	}
	/* A keeper that goes away in the middle. */
	for (unsigned questions = 1; questions < 7; questions++) {
		k = (struct keeper){.last = questions};
		send_archive(&k, "PUT /v1/restore", TAR);
		assert_true(has_status("503"));
	}
}

/* ---- the rest */

static void orders_are_passed_on(void **state)
{
	static const struct {
		const char *request, *log;
	} cases[] = {
	    {HEAD("PUT /v1/conversations/" HEX "/mute") "Content-Length: 0\r\n\r\n", "MUTE =on "},
	    {HEAD("DELETE /v1/conversations/" HEX "/mute") "\r\n", "MUTE =off "},
	    {HEAD("DELETE /v1/drain") "\r\n", "DRAIN =off "},
	    {HEAD("PUT /v1/token") "Content-Length: 65\r\n\r\n" HASH "\n", "TOKEN_PUT =1e1e "},
	    {HEAD("POST /v1/revoke") "Content-Length: 7\r\n\r\nrevoke\n", "REVOKE "},
	};
	static const char *const wrong[] = {
	    HEAD("PUT /v1/token") "Content-Length: "
				  "64\r\n\r\n1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1exx",
	    HEAD("PUT /v1/token") "Content-Length: "
				  "62\r\n\r\n1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e",
	    HEAD("PUT /v1/token") "Content-Length: 68\r\n\r\n1e1e" HASH,
	    HEAD("PUT /v1/token") "Content-Length: 0\r\n\r\n",
	    HEAD("POST /v1/revoke") "Content-Length: 0\r\n\r\n",
	    HEAD("POST /v1/revoke") "Content-Length: 4\r\n\r\nyes\n",
	};
	char log[200];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct keeper k = {0};
		talk_text(&k, cases[i].request);
		assert_true(has_status("200"));
		(void)snprintf(log, sizeof log, "DESK_AUTH %s", cases[i].log);
		assert_string_equal(k.log, log);
		k.order = ERR_NOT_FOUND;
		talk_text(&k, cases[i].request);
		assert_true(has_status("404"));
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct keeper k = {0};
		talk_text(&k, wrong[i]);
		assert_true(has_status("400"));
		assert_string_equal(k.log, "DESK_AUTH ");
	}
}

static void drained_when_nothing_waits(void **state)
{
	static const struct {
		uint8_t draining;
		uint32_t waiting;
		const char *answer;
	} cases[] = {{2, 0, "{\"ready\":true,\"waiting\":0}\n"},
		     {1, 0, "{\"ready\":false,\"waiting\":0}\n"},
		     {2, 3, "{\"ready\":false,\"waiting\":3}\n"}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct keeper k = {.draining = cases[i].draining, .waiting = cases[i].waiting};
		talk_text(&k, HEAD("POST /v1/drain") "Content-Length: 0\r\n\r\n");
		assert_true(has_status("200") && has(cases[i].answer));
		assert_string_equal(k.log, "DESK_AUTH DRAIN =on STATUS ");
	}
}

/* Whose token is no longer good gets no second answer. */
static void a_new_token_ends_the_connection(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("PUT /v1/token") "Content-Length: 64\r\n\r\n" HASH HEAD("GET /v1/status") "\r\n");
	assert_string_equal(k.log, "DESK_AUTH TOKEN_PUT =1e1e ");
	talk_text(&k, HEAD("POST /v1/revoke") "Content-Length: 6\r\n\r\nrevoke" HEAD("GET /v1/status") "\r\n");
	assert_string_equal(k.log, "DESK_AUTH REVOKE ");
}

static void confirms_only_this_boot(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 37\r\n\r\n" BOOT ".2.7\n");
	assert_true(has_status("200"));
	assert_string_equal(k.log, "DESK_AUTH STATUS COLLECTED =2 ");
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 37\r\n\r\nffffffffffffffffffffffffffffffff.2.7\n");
	assert_true(has_status("409"));
	assert_string_equal(k.log, "DESK_AUTH STATUS ");
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 1\r\n\r\n2");
	assert_true(has_status("400"));
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 0\r\n\r\n");
	assert_true(has_status("400"));
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 100000\r\n\r\n");
	assert_true(has_status("400"));
}

static void a_reply_is_passed_on(void **state)
{
	struct keeper k = {0};
	char request[1000];

	(void)state;
	(void)snprintf(request, sizeof request,
		       HEAD("PUT /v1/conversations/" HEX "/replies/0001-ab") "Content-Length: %zu\r\n\r\n" REPLY,
		       sizeof REPLY - 1);
	talk_text(&k, request);
	assert_true(has_status("201"));
	assert_string_equal(k.log, "DESK_AUTH RESERVE FILE_BEGIN =text FILE_END =keep REPLY_PUT =0001-ab ");
	assert_int_equal(k.stored_len, sizeof REPLY - 1);
	assert_memory_equal(k.stored, REPLY, sizeof REPLY - 1);
	k.reply = ERR_NOT_FOUND;
	talk_text(&k, request);
	assert_true(has_status("404"));
	assert_non_null(strstr(k.log, "DRAFT_DROP"));
	k.reply = ERR_FULL;
	talk_text(&k, request);
	assert_true(has_status("507"));
}

static void a_big_reply_arrives_whole(void **state)
{
	static uint8_t request[LIMIT_REPLY + 1000];
	struct keeper k = {0};
	size_t head;

	(void)state;
	head =
	    (size_t)snprintf((char *)request, sizeof request,
			     HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: %d\r\n\r\n", LIMIT_REPLY);
	memset(request + head, 'x', LIMIT_REPLY);
	memcpy(request + head, REPLY, sizeof REPLY - 1);
	talk(&k, request, head + LIMIT_REPLY);
	assert_true(has_status("201"));
	assert_int_equal(k.stored_len, LIMIT_REPLY);
	assert_memory_equal(k.stored, request + head, LIMIT_REPLY);
	head = (size_t)snprintf((char *)request, sizeof request,
				HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: %d\r\n\r\n",
				LIMIT_REPLY + 1);
	talk(&k, request, head);
	assert_true(has_status("413"));
	assert_string_equal(k.log, "DESK_AUTH ");
}

static void what_is_no_age_file_is_dropped(void **state)
{
	static const char *const bodies[] = {"hello, this is not an age file at all", "age-encryption.org/v2\n....",
					     "age-encryption.org/v1", "a"};
	struct keeper k = {0};
	char request[1000];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(request, sizeof request,
			       HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: %zu\r\n\r\n%s",
			       strlen(bodies[i]), bodies[i]);
		talk_text(&k, request);
		assert_true(has_status("422"));
		assert_string_equal(k.log, "DESK_AUTH RESERVE FILE_BEGIN =text FILE_END =drop DRAFT_DROP ");
	}
	talk_text(&k, HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: 0\r\n\r\n");
	assert_true(has_status("422"));
	/* cut off */
	talk_text(&k, HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: 100\r\n\r\n" REPLY);
	assert_true(has_status("408"));
	assert_string_equal(k.log, "DESK_AUTH RESERVE FILE_BEGIN =text FILE_END =drop DRAFT_DROP ");
}

static void without_a_keeper_it_says_so(void **state)
{
	struct keeper k = {.gone = true};

	(void)state;
	talk_text(&k, HEAD("GET /v1/status") "\r\n");
	assert_true(has_status("503"));
}

static void cursors(void **state)
{
	uint8_t storage[CURSOR_TEXT_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	struct cursor c = {.number = UINT64_MAX, .change = UINT64_MAX}, read;

	(void)state;
	cursor_text(&text, &c);
	assert_int_equal(text.len, CURSOR_TEXT_MAX);
	assert_int_equal(cursor_parse(buf_view(&text), &read), ERR_OK);
	assert_true(read.number == UINT64_MAX && read.change == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unknown_desks_all_get_the_same_bytes),
	    cmocka_unit_test(status_is_json),
	    cmocka_unit_test(several_requests_on_one_connection),
	    cmocka_unit_test(unknown_paths_and_methods),
	    cmocka_unit_test(collects_as_tar),
	    cmocka_unit_test(goes_on_after_a_cursor),
	    cmocka_unit_test(wrong_cursors_are_refused),
	    cmocka_unit_test(what_vanishes_is_left_out),
	    cmocka_unit_test(a_broken_stream_has_no_end),
	    cmocka_unit_test(states_follow_the_messages),
	    cmocka_unit_test(a_reply_with_attachments),
	    cmocka_unit_test(other_archives_are_no_reply),
	    cmocka_unit_test(restores_conversations_and_replies),
	    cmocka_unit_test(what_cannot_be_restored_is_told),
	    cmocka_unit_test(hostile_restores_are_refused),
	    cmocka_unit_test(a_restore_breaks_off_anywhere),
	    cmocka_unit_test(orders_are_passed_on),
	    cmocka_unit_test(drained_when_nothing_waits),
	    cmocka_unit_test(a_new_token_ends_the_connection),
	    cmocka_unit_test(confirms_only_this_boot),
	    cmocka_unit_test(a_reply_is_passed_on),
	    cmocka_unit_test(a_big_reply_arrives_whole),
	    cmocka_unit_test(what_is_no_age_file_is_dropped),
	    cmocka_unit_test(without_a_keeper_it_says_so),
	    cmocka_unit_test(cursors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
