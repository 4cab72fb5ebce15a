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
#include "tar/reader.h"
#include "link/channel.h"
#include "link/wire.h"

#define HEX        "00112233445566778899aabbccddeeff"
#define BOOT       "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
#define TOKEN      "abababababababababababababababababababababababababababababababab"
#define WRONG      "abababababababababababababababababababababababababababababababac"
#define HEAD(line) line " HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "\r\n"

/* ---- the keeper */

struct keeper {
	int fd;
	bool gone;      /* ends at the first question */
	bool vanishing; /* the data file of message 2 is gone when it is asked for */
	bool lying;     /* sends more of a file than it announced */
	enum err reply; /* the answer to REPLY_PUT; ERR_OK: stored */
	char log[4096]; /* the questions' names, with what matters of their fields */
	uint8_t stored[LIMIT_REPLY];
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
	uint8_t storage[200];
	struct buf record = buf_over(storage, sizeof storage);
	struct message_STATUS_IS m = {
	    .boot_day = 20000, .conversations = 1, .waiting = 2, .replies = 3, .used = 4, .capacity = 5};

	memset(m.boot_id, 0x0f, 16);
	message_put_STATUS_IS(&record, &m);
	answer(k, &record);
}

static void handle(struct keeper *k, const struct incoming *in)
{
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
	case MESSAGE_FILE_BEGIN:
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
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("GET /v1/status") "\r\n");
	assert_true(has_status("200"));
	assert_true(has("application/json"));
	assert_true(has("\r\n\r\n{\"name\":\"The \\\"Harbour\\\" Post\",\"boot\":\"" BOOT
			"\",\"boot_day\":\"2024-10-04\",\"conversations\":1,"
			"\"messages\":2,\"replies\":3,\"used\":4,\"capacity\":5}\n"));
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
	assert_non_null(strstr(listing, "cursor 35\n" BOOT ".2\n"));
}

static void goes_on_after_a_cursor(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".1") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_null(strstr(listing, "0001.age"));
	assert_non_null(strstr(listing, "0002.age"));
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".2") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\ncursor 35\n" BOOT ".2\n");
	/* Another boot's cursor says nothing about this one. */
	talk_text(&k, HEAD("GET /v1/collect?after=ffffffffffffffffffffffffffffffff.9") "\r\n");
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
					      "after=" BOOT ".01",
					      "after=" BOOT ".18446744073709551616",
					      "after=" BOOT ".1&x",
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

/* ---- the rest */

static void confirms_only_this_boot(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 35\r\n\r\n" BOOT ".2\n");
	assert_true(has_status("200"));
	assert_string_equal(k.log, "DESK_AUTH STATUS COLLECTED =2 ");
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 35\r\n\r\nffffffffffffffffffffffffffffffff.2\n");
	assert_true(has_status("409"));
	assert_string_equal(k.log, "DESK_AUTH STATUS ");
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 1\r\n\r\n2");
	assert_true(has_status("400"));
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 0\r\n\r\n");
	assert_true(has_status("400"));
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 100000\r\n\r\n");
	assert_true(has_status("400"));
}

#define REPLY "age-encryption.org/v1\n-> X25519 x\nbody"

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
	assert_string_equal(k.log, "DESK_AUTH RESERVE FILE_BEGIN FILE_END =keep REPLY_PUT =0001-ab ");
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
		assert_string_equal(k.log, "DESK_AUTH RESERVE FILE_BEGIN FILE_END =drop ");
	}
	talk_text(&k, HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: 0\r\n\r\n");
	assert_true(has_status("422"));
	/* cut off */
	talk_text(&k, HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: 100\r\n\r\n" REPLY);
	assert_true(has_status("408"));
	assert_string_equal(k.log, "DESK_AUTH RESERVE FILE_BEGIN FILE_END =drop ");
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
	struct cursor c = {.number = UINT64_MAX}, read;

	(void)state;
	cursor_text(&text, &c);
	assert_int_equal(text.len, CURSOR_TEXT_MAX);
	assert_int_equal(cursor_parse(buf_view(&text), &read), ERR_OK);
	assert_true(read.number == UINT64_MAX);
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
	    cmocka_unit_test(confirms_only_this_boot),
	    cmocka_unit_test(a_reply_is_passed_on),
	    cmocka_unit_test(a_big_reply_arrives_whole),
	    cmocka_unit_test(what_is_no_age_file_is_dropped),
	    cmocka_unit_test(without_a_keeper_it_says_so),
	    cmocka_unit_test(cursors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
