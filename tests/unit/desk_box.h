/* SPDX-License-Identifier: GPL-3.0-or-later
 * A desk's folder with one box, and a box that is a thread: it answers what a test tells it to, and writes down what it
 * was asked. */
#ifndef DESK_BOX_H
#define DESK_BOX_H

#include "test.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "base/fd.h"
#include "exchange/exchange.h"
#include "deskfolder/home.h"
#include "tar/writer.h"

#define C1    "00112233445566778899aabbccddeeff"
#define C2    "ffeeddccbbaa99887766554433221100"
#define BOOT  "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
#define NEXT  "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e"
#define R1    "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
#define R2    "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
#define TOKEN "0000000000000000000000000000000000000000000000000000000000000000"

/* ---- a folder in memory-backed storage if there is some */

static char root[64];
static struct home home;
static struct folder folder; /* its box */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void remove_folder(void)
{
	(void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void new_folder(void)
{
	const struct folder *box;

	(void)snprintf(root, sizeof root, "%s/test_desk.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(root));
	assert_int_equal(home_open(&home, root), ERR_NOT_FOUND);
	assert_int_equal(home_make_box(&home, "box", &box), ERR_OK);
	assert_int_equal(home_finish(&home), ERR_OK);
	folder = *box;
	assert_int_equal(folder_write(&folder, "token", BYTES_LITERAL(TOKEN)), ERR_OK);
}

/* Everything in the box's folder, as text, in the order of names. */
static char tree[64 * 1024];

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *names[4096];
static size_t name_count;

static int gather(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (flag != FTW_D)
		names[name_count++] = strdup(path);
	return 0;
}

static inline const char *read_tree(void)
{
	size_t at = 0;

	name_count = 0;
	assert_int_equal(nftw(folder.path, gather, 16, FTW_PHYS), 0);
	qsort(names, name_count, sizeof names[0], by_name);
	tree[0] = '\0';
	for (size_t i = 0; i < name_count; i++) {
		uint8_t content[32 * 1024];
		size_t n = 0;
		const char *inside = names[i] + strlen(folder.path) + 1;
		if (strncmp(inside, "incoming/", 9) != 0 && strcmp(inside, "token") != 0) {
			assert_int_equal(fd_read_file(names[i], content, sizeof content, &n), ERR_OK);
			at += (size_t)snprintf(tree + at, sizeof tree - at, "%s:%zu:%.*s\n", inside, n,
					       n < 200 ? (int)n : 200, content);
		}
		free(names[i]);
	}
	return tree;
}

static inline bool there(const char *name)
{
	char path[FOLDER_PATH_MAX];
	struct stat st;

	folder_path(path, &folder, "%s", name);
	return lstat(path, &st) == 0;
}

static inline const char *content(const char *name)
{
	static uint8_t storage[4096];
	struct bytes text;

	memset(storage, 0, sizeof storage);
	if (folder_read(&folder, name, storage, sizeof storage - 1, &text) != ERR_OK)
		return "(none)";
	storage[text.n] = '\0';
	return (const char *)storage;
}

/* ---- the box */

struct box {
	uint8_t stream[64 * 1024]; /* what GET /v1/collect answers */
	size_t stream_len;
	size_t cut;      /* of any response, in bytes; SIZE_MAX: whole */
	size_t piece;    /* of a chunk */
	unsigned status; /* of the stream; 0: 200 */
	unsigned post;   /* of POST /v1/collected; 0: 200 */
	unsigned put;    /* of PUT; 0: 201 */
	const char *boot;
	const char *restore_answer; /* of PUT /v1/restore; NULL: as other PUTs */
	uint8_t token_hash[32];     /* of the one that it takes */
	uint8_t body[64 * 1024];    /* of the last PUT */
	size_t body_len;
	char log[4096]; /* request lines and small bodies */
	unsigned opened;
	int fd;
	pthread_t thread;
	bool running;
	char said[8192]; /* to people */
	enum link_fault fault;
};

static struct box box;

static void add_file(const char *name, const void *data, size_t n)
{
	tar_header(box.stream + box.stream_len, name, n, 20000);
	box.stream_len += TAR_BLOCK;
	memcpy(box.stream + box.stream_len, data, n);
	memset(box.stream + box.stream_len + n, 0, tar_padding(n));
	box.stream_len += n + tar_padding(n);
}

static inline void add_text(const char *name, const char *text)
{
	add_file(name, text, strlen(text));
}

static inline void add_end(void)
{
	memset(box.stream + box.stream_len, 0, TAR_END);
	box.stream_len += TAR_END;
}

static inline void new_box(void)
{
	memset(&box, 0, sizeof box);
	box.cut = SIZE_MAX;
	box.piece = 1000;
	box.boot = BOOT;
	sha256(bytes_of((const uint8_t[32]){0}, 32), box.token_hash);
}

static inline void good_stream(void)
{
	static uint8_t big[5000];

	memset(big, 'D', sizeof big);
	add_text("boot", BOOT "\n");
	add_text(C1 "/recipient", R1 "\n");
	add_text(C1 "/0001.age", "first of one");
	add_text(C2 "/recipient", R2 "\n");
	add_text(C2 "/0001.age", "first of two");
	add_file(C2 "/0002.data.age", big, sizeof big);
	add_text(C2 "/0002.meta.age", "meta");
	add_text("cursor", BOOT ".2\n");
	add_text(C1 "/recipient", R1 "\n");
	add_text(C1 "/0002.age", "second of one");
	add_text("cursor", BOOT ".3\n");
	add_end();
}

struct out {
	uint8_t bytes[128 * 1024];
	size_t n;
};

static void put(struct out *o, const void *p, size_t n)
{
	assert_true(o->n + n <= sizeof o->bytes);
	memcpy(o->bytes + o->n, p, n);
	o->n += n;
}

static void put_text(struct out *o, const char *text)
{
	put(o, text, strlen(text));
}

static void put_json(struct out *o, const char *format, const char *value)
{
	char json[2000], head[100];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(json, sizeof json, format, value);
#pragma GCC diagnostic pop
	(void)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(json));
	put_text(o, head);
	put_text(o, json);
}

static void respond(const char *line, struct out *o)
{
	char text[200];

	if (strncmp(line, "GET /v1/collect?", 16) == 0 && box.status == 0) {
		put_text(o, "HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: "
			    "chunked\r\nConnection: close\r\n\r\n");
		for (size_t at = 0; at < box.stream_len; at += box.piece) {
			size_t n = box.stream_len - at < box.piece ? box.stream_len - at : box.piece;
			(void)snprintf(text, sizeof text, "%zx\r\n", n);
			put_text(o, text);
			put(o, box.stream + at, n);
			put_text(o, "\r\n");
		}
		put_text(o, "0\r\n\r\n");
		return;
	}
	if (strncmp(line, "GET /v1/status ", 15) == 0 && box.status == 0) {
		put_json(o, "{\"name\":\"The box\",\"boot\":\"%s\"}\n", box.boot);
		return;
	}
	if (strncmp(line, "PUT /v1/restore ", 16) == 0 && box.restore_answer != NULL) {
		put_json(o, "%s", box.restore_answer);
		return;
	}
	unsigned status = strncmp(line, "GET", 3) == 0    ? box.status
			  : strncmp(line, "POST", 4) == 0 ? (box.post != 0 ? box.post : 200)
			  : strncmp(line, "DELETE", 6) == 0 || strstr(line, "/mute HTTP") != NULL
			      ? 200
			      : (box.put != 0 ? box.put : 201);
	(void)snprintf(text, sizeof text, "HTTP/1.1 %u X\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n",
		       status);
	put_text(o, text);
}

static bool knows_token(const char *head)
{
	const char *field = strstr(head, "Authorization: Bearer ");
	uint8_t token[32], hash[32];
	size_t n;

	if (field == NULL || hex_decode(bytes_of(field + 22, 64), token, sizeof token, &n) != ERR_OK)
		return false;
	sha256(BYTES_ARRAY(token), hash);
	return memcmp(hash, box.token_hash, sizeof hash) == 0;
}

/* Into box.log: the request line, and a body that is text. */
static void write_down(const char *head)
{
	size_t at = strlen(box.log);
	bool shown = box.body_len > 0 && box.body_len < 200;

	/* Without " HTTP/1.1". */
	(void)snprintf(box.log + at, sizeof box.log - at, "%.*s%s%.*s; ", (int)strcspn(head, "\r") - 9, head,
		       shown ? " " : "", shown ? (int)box.body_len : 0, (const char *)box.body);
}

static void answer(const char *head, struct out *o)
{
	size_t n;

	if (strstr(head, "Host: box.onion\r\n") == NULL)
		strcat(box.log, "BAD-HEAD ");
	if (!knows_token(head)) {
		put_text(o, "HTTP/1.1 401 X\r\nContent-Length: 3\r\n\r\nno\n");
		return;
	}
	if (strncmp(head, "GET /v1/status ", 15) != 0)
		write_down(head);
	if (strncmp(head, "PUT /v1/token ", 14) == 0) {
		assert_int_equal(hex_decode(bytes_of(box.body, 64), box.token_hash, 32, &n), ERR_OK);
		put_text(o, "HTTP/1.1 200 X\r\nContent-Length: 3\r\n\r\nok\n");
		return;
	}
	respond(head, o);
}

/* One request. */
static void *box_thread(void *context)
{
	static struct out o;
	char head[4096] = "";
	size_t have = 0, got, length = 0, more;
	const char *end, *field;

	(void)context;
	o.n = 0;
	while ((end = strstr(head, "\r\n\r\n")) == NULL) {
		if (fd_read_some(box.fd, head + have, sizeof head - 1 - have, clock_ms() + 10000, &got) != ERR_OK)
			goto out;
		have += got;
		head[have] = '\0';
	}
	field = strstr(head, "Content-Length: ");
	if (field != NULL)
		length = (size_t)atoi(field + 16);
	box.body_len = length;
	assert_true(length <= sizeof box.body);
	more = have - (size_t)(end + 4 - head);
	more = more < length ? more : length;
	memcpy(box.body, end + 4, more);
	if (fd_read_all(box.fd, box.body + more, length - more, clock_ms() + 10000) != ERR_OK)
		goto out;
	answer(head, &o);
	(void)!fd_write_all(box.fd, bytes_of(o.bytes, o.n < box.cut ? o.n : box.cut), clock_ms() + 10000);
out:
	close(box.fd);
	return NULL;
}

static enum link_fault box_open(void *context, int *fd)
{
	int ends[2];

	(void)context;
	if (box.running)
		pthread_join(box.thread, NULL);
	box.running = false;
	if (box.fault != LINK_FINE)
		return box.fault;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	box.fd = ends[1];
	box.opened++;
	box.running = true;
	assert_int_equal(pthread_create(&box.thread, NULL, box_thread, NULL), 0);
	*fd = ends[0];
	return LINK_FINE;
}

static void said(void *context, const char *subject, const char *sentence)
{
	(void)context;
	assert_true(strlen(box.said) + strlen(subject) + strlen(sentence) + 4 < sizeof box.said);
	strcat(box.said, subject);
	strcat(box.said, ": ");
	strcat(box.said, sentence);
	strcat(box.said, "\n");
}

static struct exchange last;

static inline enum desk_status run_with(enum desk_status (*call)(struct exchange *))
{
	enum desk_status status;

	memset(&last, 0, sizeof last);
	last.folder = &folder;
	last.host = "box.onion";
	last.open = box_open;
	last.say = said;
	last.fd = -1;
	box.log[0] = box.said[0] = '\0';
	status = call(&last);
	if (box.running)
		pthread_join(box.thread, NULL);
	box.running = false;
	assert_null(strstr(box.log, "BAD-HEAD"));
	return status;
}

static inline enum desk_status run(void)
{
	return run_with(exchange_run);
}

#endif
