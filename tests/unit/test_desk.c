/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's side of an exchange against a box that is a thread: whole, cut off at every byte, hostile. And the small
 * parts: SOCKS, HTTP responses, names, what an opened message says. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "tar/writer.h"
#include "desk/client.h"
#include "desk/exchange.h"
#include "desk/home.h"
#include "desk/link.h"
#include "desk/open.h"

#define C1   "00112233445566778899aabbccddeeff"
#define C2   "ffeeddccbbaa99887766554433221100"
#define BOOT "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
#define NEXT "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e"
#define R1   "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
#define R2   "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"

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

static void remove_folder(void)
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

static const char *read_tree(void)
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
		if (strcmp(inside, "incoming/part") != 0) {
			assert_int_equal(fd_read_file(names[i], content, sizeof content, &n), ERR_OK);
			at += (size_t)snprintf(tree + at, sizeof tree - at, "%s:%zu:%.*s\n", inside, n,
					       n < 200 ? (int)n : 200, content);
		}
		free(names[i]);
	}
	return tree;
}

static bool there(const char *name)
{
	char path[FOLDER_PATH_MAX];
	struct stat st;

	folder_path(path, &folder, "%s", name);
	return lstat(path, &st) == 0;
}

static const char *content(const char *name)
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
	char log[4096];  /* request lines and small bodies */
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

static void add_text(const char *name, const char *text)
{
	add_file(name, text, strlen(text));
}

static void add_end(void)
{
	memset(box.stream + box.stream_len, 0, TAR_END);
	box.stream_len += TAR_END;
}

static void new_box(void)
{
	memset(&box, 0, sizeof box);
	box.cut = SIZE_MAX;
	box.piece = 1000;
}

static void good_stream(void)
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
	unsigned status = strncmp(line, "GET", 3) == 0    ? box.status
			  : strncmp(line, "POST", 4) == 0 ? (box.post != 0 ? box.post : 200)
							  : (box.put != 0 ? box.put : 201);
	(void)snprintf(text, sizeof text, "HTTP/1.1 %u X\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n",
		       status);
	put_text(o, text);
}

/* One request; its head must carry the token. */
static void *box_thread(void *context)
{
	static struct out o;
	char head[4096] = "";
	size_t have = 0, got, length = 0;
	const char *end, *field;

	(void)context;
	o.n = 0;
	while ((end = strstr(head, "\r\n\r\n")) == NULL) {
		if (fd_read_some(box.fd, head + have, sizeof head - 1 - have, clock_ms() + 10000, &got) != ERR_OK)
			goto out;
		have += got;
		head[have] = '\0';
	}
	if (strstr(head,
		   "Authorization: Bearer 0000000000000000000000000000000000000000000000000000000000000000\r\n") ==
		NULL ||
	    strstr(head, "Host: box.onion\r\n") == NULL)
		strcat(box.log, "BAD-HEAD ");
	field = strstr(head, "Content-Length: ");
	if (field != NULL)
		length = (size_t)atoi(field + 16);
	while (have < (size_t)(end + 4 - head) + length) {
		if (fd_read_some(box.fd, head + have, sizeof head - 1 - have, clock_ms() + 10000, &got) != ERR_OK)
			goto out;
		have += got;
		head[have] = '\0';
	}
	strncat(box.log, head, strcspn(head, "\r") - 9); /* without " HTTP/1.1" */
	if (length > 0) {
		strcat(box.log, " ");
		strncat(box.log, end + 4, length);
	}
	strcat(box.log, "; ");
	respond(head, &o);
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

static enum desk_status run(void)
{
	enum desk_status status;

	last = (struct exchange){.folder = &folder,
				 .host = "box.onion",
				 .token = "0000000000000000000000000000000000000000000000000000000000000000",
				 .open = box_open,
				 .say = said};
	box.log[0] = box.said[0] = '\0';
	status = exchange_run(&last);
	if (box.running)
		pthread_join(box.thread, NULL);
	box.running = false;
	assert_null(strstr(box.log, "BAD-HEAD"));
	return status;
}

/* ---- sync */

static void collects_confirms_and_rests(void **state)
{
	static char first[sizeof tree];
	char path[FOLDER_PATH_MAX];
	struct stat st;

	(void)state;
	new_folder();
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	assert_string_equal(box.log, "GET /v1/collect?after=0; POST /v1/collected " BOOT ".3; ");
	assert_string_equal(box.said, "");
	assert_int_equal(last.items, 5);
	assert_string_equal(content("conversations/" C1 "/recipient"), R1);
	assert_string_equal(content("conversations/" C1 "/0002.age"), "second of one");
	assert_string_equal(content("conversations/" C2 "/0002.meta.age"), "meta");
	assert_string_equal(content("cursor"), BOOT ".3");
	folder_path(path, &folder, "conversations/" C1 "/0001.age");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_mtime, 20000 * 86400);
	strcpy(first, read_tree());
	/* The box answers the second time as one does that has nothing new. */
	new_box();
	add_text("boot", BOOT "\n");
	add_text("cursor", BOOT ".3\n");
	add_end();
	assert_int_equal(run(), DESK_DONE);
	assert_string_equal(box.log, "GET /v1/collect?after=" BOOT ".3; ");
	assert_string_equal(read_tree(), first);
	/* And if it sends everything once more, nothing changes either. */
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	assert_int_equal(last.items, 0);
	assert_string_equal(read_tree(), first);
	remove_folder();
}

static void cut_off_at_every_byte_it_goes_on(void **state)
{
	static char whole[sizeof tree];
	static struct out o;

	(void)state;
	new_folder();
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	strcpy(whole, read_tree());
	remove_folder();
	o.n = 0;
	respond("GET /v1/collect?", &o);
	for (size_t cut = 0; cut<o.n; cut += cut % 512> 20 && cut % 512 < 490 ? 13 : 1) {
		new_folder();
		box.cut = cut;
		assert_int_equal(run(), DESK_FAILED);
		assert_null(strstr(box.log, "POST"));
		assert_non_null(strstr(box.said, "sync again"));
		box.cut = SIZE_MAX;
		assert_int_equal(run(), DESK_DONE);
		/* Where a cursor had come, it went on from there. */
		if (strstr(box.log, "after=0") == NULL)
			assert_true(strstr(box.log, "after=" BOOT ".2") != NULL ||
				    strstr(box.log, "after=" BOOT ".3") != NULL);
		assert_string_equal(read_tree(), whole);
		remove_folder();
	}
}

/* The process is killed after so many bytes: what is in the folder then is what a crash leaves. */
static void killed_in_the_middle_it_goes_on(void **state)
{
	static char whole[sizeof tree];

	(void)state;
	new_folder();
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	strcpy(whole, read_tree());
	remove_folder();
	for (unsigned delay_us = 0; delay_us < 6000; delay_us += 50) {
		pid_t child;
		new_folder();
		child = fork();
		if (child == 0) {
			box.piece = 100;
			(void)run();
			_exit(0);
		}
		usleep(delay_us);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_int_equal(run(), DESK_DONE);
		assert_string_equal(read_tree(), whole);
		remove_folder();
	}
}

static void a_confirmation_that_failed_is_said_again(void **state)
{
	(void)state;
	new_folder();
	new_box();
	good_stream();
	box.post = 503;
	assert_int_equal(run(), DESK_FAILED);
	assert_string_equal(content("cursor"), BOOT ".3");
	assert_string_equal(content("confirmed"), "(none)");
	new_box();
	add_text("boot", BOOT "\n");
	add_text("cursor", BOOT ".3\n");
	add_end();
	assert_int_equal(run(), DESK_DONE);
	assert_string_equal(box.log, "GET /v1/collect?after=" BOOT ".3; POST /v1/collected " BOOT ".3; ");
	remove_folder();
}

static void a_restarted_box_counts_anew(void **state)
{
	(void)state;
	new_folder();
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	for (int twice = 0; twice < 2; twice++) {
		new_box();
		add_text("boot", NEXT "\n");
		add_text(C1 "/recipient", R1 "\n");
		add_text(C1 "/0001.age", "after the restart");
		add_text("cursor", NEXT ".1\n");
		add_end();
		assert_int_equal(run(), DESK_DONE);
		assert_string_equal(content("conversations/" C1 "/0001.age"), "first of one");
		assert_string_equal(content("conversations/" C1 "/0003.age"), "after the restart");
		assert_false(there("conversations/" C1 "/0004.age"));
		assert_string_equal(content("conversations/" C1 "/boots"), BOOT " 0\n" NEXT " 2");
	}
	remove_folder();
}

static void a_changed_recipient_is_refused(void **state)
{
	(void)state;
	new_folder();
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	new_box();
	add_text("boot", BOOT "\n");
	add_text(C1 "/recipient", R2 "\n");
	add_text(C1 "/0003.age", "third");
	add_text("cursor", BOOT ".4\n");
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	assert_non_null(strstr(box.said, "conversations/" C1 "/recipient: The box shows another recipient"));
	assert_string_equal(content("conversations/" C1 "/recipient"), R1);
	/* The message itself is sealed to us, and is kept and confirmed. */
	assert_string_equal(content("conversations/" C1 "/0003.age"), "third");
	assert_string_equal(content("confirmed"), BOOT ".4");
	new_box();
	add_text("boot", BOOT "\n");
	add_text("11111111111111111111111111111111/recipient", "nonsense\n");
	add_text("cursor", BOOT ".5\n");
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	assert_false(there("conversations/11111111111111111111111111111111/recipient"));
	remove_folder();
}

static void what_is_there_is_never_changed(void **state)
{
	static const char *const others[] = {"Xirst of one", "first of onX", "first", "first of one and more", ""};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		new_folder();
		new_box();
		good_stream();
		assert_int_equal(run(), DESK_DONE);
		new_box();
		add_text("boot", BOOT "\n");
		add_text(C1 "/recipient", R1 "\n");
		add_text(C1 "/0001.age", others[i]);
		add_text("cursor", BOOT ".9\n");
		add_end();
		assert_int_equal(run(), DESK_REFUSED);
		assert_non_null(strstr(box.said, "0001.age"));
		assert_string_equal(content("conversations/" C1 "/0001.age"), "first of one");
		remove_folder();
	}
}

static void hostile_streams_change_nothing(void **state)
{
	static const struct {
		const char *name, *text;
	} wrong[] = {
	    {"../evil", "x"},
	    {"identity.txt", "x"},
	    {"cursor", "x"},
	    {C1 "/../../token", "x"},
	    {C1 "/read", "x"},
	    {C1 "/boots", "x"},
	    {C1 "/0001.txt", "x"},
	    {C1 "/0000.age", "x"},
	    {C1 "/9999.age", "x"},
	    {C1 "/00001.age", "x"},
	    {C1 "/0001.age/x", "x"},
	    {C1, "x"},
	    {"conversations/" C1 "/0001.age", "x"},
	    {C2 "/0001.age", "x"}, /* without its recipient before it */
	    {"boot", BOOT "\n"},   /* twice */
	    {"cursor", ""},
	    {"cursor", "\n"},
	    {"cursor", "../../x\n"},
	    {"cursor", "0 HTTP/1.1\r\nX: y\n"},
	    {"00112233445566778899AABBCCDDEEFF/recipient", R1},
	};
	static char before[sizeof tree];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		new_folder();
		new_box();
		add_text("boot", BOOT "\n");
		add_text("cursor", BOOT ".1\n");
		add_end();
		assert_int_equal(run(), DESK_DONE);
		strcpy(before, read_tree());
		new_box();
		add_text("boot", BOOT "\n");
		add_text(wrong[i].name, wrong[i].text);
		add_text("cursor", BOOT ".9\n");
		add_end();
		assert_int_equal(run(), DESK_REFUSED);
		assert_non_null(strstr(box.said, "refused"));
		assert_string_equal(read_tree(), before);
		remove_folder();
	}
	/* No boot id first; a long recipient; no cursor last */
	new_folder();
	new_box();
	add_text("cursor", BOOT ".9\n");
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	new_box();
	add_text("boot", BOOT "\n");
	{
		static uint8_t long_recipient[4000];
		memset(long_recipient, 'a', sizeof long_recipient);
		add_file(C1 "/recipient", long_recipient, sizeof long_recipient);
	}
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	new_box();
	add_text("boot", BOOT "\n");
	add_text(C1 "/recipient", R1 "\n");
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	assert_string_equal(content("cursor"), "(none)");
	remove_folder();
}

/* Somebody put links where the files go. */
static void links_in_the_folder_are_not_followed(void **state)
{
	char path[FOLDER_PATH_MAX], target[FOLDER_PATH_MAX];

	(void)state;
	new_folder();
	folder_path(target, &folder, "victim");
	folder_path(path, &folder, "incoming/part");
	assert_int_equal(symlink(target, path), 0);
	folder_path(path, &folder, "conversations/" C1);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(folder_write(&folder, "conversations/" C1 "/boots", BYTES_LITERAL(BOOT " 0")), ERR_OK);
	folder_path(path, &folder, "conversations/" C1 "/0001.age");
	assert_int_equal(symlink(target, path), 0);
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_FAILED); /* 0001.age is a link: the system refuses to open it */
	assert_false(there("victim"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(run(), DESK_DONE);
	assert_false(there("victim"));
	remove_folder();
}

static void a_promise_too_big_for_the_disk(void **state)
{
	(void)state;
	new_folder();
	new_box();
	add_text("boot", BOOT "\n");
	add_text(C1 "/recipient", R1 "\n");
	tar_header(box.stream + box.stream_len, C1 "/0001.age", LIMIT_DESK_FILE + 1, 20000);
	box.stream_len += TAR_BLOCK;
	assert_int_equal(run(), DESK_REFUSED);
	assert_non_null(strstr(box.said, "bigger than any"));
	assert_false(there("conversations/" C1 "/0001.age"));
	remove_folder();
}

static void answers_that_are_none(void **state)
{
	static const struct {
		unsigned status;
		const char *says;
	} cases[] = {{401, "token"}, {503, "busy"}, {418, "418"}};

	(void)state;
	new_folder();
	for (size_t i = 0; i < 3; i++) {
		new_box();
		box.status = cases[i].status;
		assert_int_equal(run(), DESK_FAILED);
		assert_non_null(strstr(box.said, cases[i].says));
	}
	new_box();
	box.fault = LINK_NO_SERVER;
	assert_int_equal(run(), DESK_FAILED);
	assert_non_null(strstr(box.said, "Is Tor running?"));
	remove_folder();
}

static void replies_wait_until_they_are_there(void **state)
{
	(void)state;
	new_folder();
	assert_int_equal(folder_write(&folder, "outbox/" C1 ".0001-ab.age", BYTES_LITERAL("age-encryption.org/v1")),
			 ERR_OK);
	assert_int_equal(folder_write(&folder, "outbox/stray.txt", BYTES_LITERAL("x")), ERR_OK);
	new_box();
	good_stream();
	box.put = 404;
	assert_int_equal(run(), DESK_FAILED);
	assert_true(there("outbox/" C1 ".0001-ab.age"));
	assert_non_null(strstr(box.said, "does not know this conversation"));
	box.put = 0;
	assert_int_equal(run(), DESK_DONE);
	assert_non_null(strstr(box.log, "PUT /v1/conversations/" C1 "/replies/0001-ab age-encryption.org/v1\n"));
	assert_false(there("outbox/" C1 ".0001-ab.age"));
	assert_int_equal(last.sent, 1);
	remove_folder();
}

static void say_waiting(void)
{
	strcpy(box.said, "waits");
}

static void *lock_thread(void *context)
{
	static struct home second;

	assert_int_equal(home_open(&second, root), ERR_OK);
	*(enum err *)context = home_lock(&second, say_waiting);
	home_unlock(&second);
	return NULL;
}

static void two_at_once_one_waits(void **state)
{
	pthread_t thread;
	enum err e = ERR_BUSY;

	(void)state;
	new_folder();
	new_box();
	assert_int_equal(home_lock(&home, say_waiting), ERR_OK);
	assert_string_equal(box.said, "");
	assert_int_equal(pthread_create(&thread, NULL, lock_thread, &e), 0);
	for (int i = 0; i < 1000 && strcmp(box.said, "waits") != 0; i++)
		usleep(1000);
	assert_string_equal(box.said, "waits");
	usleep(20000);
	assert_int_equal(e, ERR_BUSY);
	home_unlock(&home);
	pthread_join(thread, NULL);
	assert_int_equal(e, ERR_OK);
	remove_folder();
}

/* ---- HTTP responses */

static enum err response(const char *text, unsigned *status, char *body, size_t cap)
{
	static struct client c;
	int ends[2];
	size_t n = 0, got;
	enum err e;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(fd_write_all(ends[1], bytes_str(text), clock_ms() + 1000), ERR_OK);
	shutdown(ends[1], SHUT_WR);
	e = client_request(&c, ends[0], "GET", "/", "h", "t", BYTES_LITERAL(""));
	*status = c.status;
	while (e == ERR_OK && (e = client_read(&c, body + n, 3 < cap - n ? 3 : cap - n, &got)) == ERR_OK)
		n += got;
	body[n] = '\0';
	close(ends[0]);
	close(ends[1]);
	return e == ERR_END ? ERR_OK : e;
}

static void responses(void **state)
{
	static const struct {
		const char *text;
		enum err e;
		const char *body;
	} cases[] = {
	    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", ERR_OK, "hello"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellomore", ERR_OK, "hello"},
	    {"HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", ERR_OK, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", ERR_OK,
	     "hello world"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0A\r\n0123456789\r\n0\r\n\r\n", ERR_OK,
	     "0123456789"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", ERR_PEER, "hello"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ERR_PEER, "hel"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n", ERR_FORMAT, "hello"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", ERR_PEER, "hel"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\n\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n", ERR_TOO_BIG, ""},
	    {"HTTP/1.1 2000 X\r\nContent-Length: 0\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", ERR_TOO_BIG, ""},
	    {"HTTP/1.1 200 OK\r\nnocolon\r\nContent-Length: 0\r\n\r\n", ERR_FORMAT, ""},
	    {"SSH-2.0-OpenSSH\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Len", ERR_PEER, ""},
	    {"", ERR_PEER, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char body[100];
		unsigned status;
		enum err e = response(cases[i].text, &status, body, sizeof body);
		if ((e == ERR_OK) != (cases[i].e == ERR_OK) || strcmp(body, cases[i].body) != 0 ||
		    (cases[i].e == ERR_PEER && e != ERR_PEER))
			fail_msg("%s: %s, body \"%s\"", cases[i].text, err_text(e), body);
	}
}

/* ---- SOCKS */

struct socks_server {
	int fd;
	const char *method, *auth, *reply;
	size_t reply_len;
	uint8_t seen[512];
	size_t seen_len;
};

static void *socks_thread(void *context)
{
	struct socks_server *s = context;
	const char *answers[3] = {s->method, s->auth, s->reply};
	const size_t lengths[3] = {2, 2, s->reply_len};
	const size_t wanted[3] = {4, 42, 16};

	for (int i = 0; i < 3; i++) {
		if (answers[i] == NULL)
			continue;
		if (fd_read_all(s->fd, s->seen + s->seen_len, wanted[i], clock_ms() + 2000) != ERR_OK)
			break;
		s->seen_len += wanted[i];
		if (fd_write_all(s->fd, bytes_of(answers[i], lengths[i]), clock_ms() + 2000) != ERR_OK)
			break;
	}
	close(s->fd);
	return NULL;
}

static enum link_fault socks(struct socks_server *s)
{
	pthread_t thread;
	int ends[2];
	enum link_fault fault;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	s->fd = ends[1];
	s->seen_len = 0;
	assert_int_equal(pthread_create(&thread, NULL, socks_thread, s), 0);
	fault = link_socks(ends[0], "box.onion", clock_ms() + 5000);
	close(ends[0]);
	pthread_join(thread, NULL);
	return fault;
}

static void speaks_socks5(void **state)
{
	struct socks_server s = {.method = "\5\2", .auth = "\1\0", .reply = "\5\0\0\1\0\0\0\0\0\0", .reply_len = 10};

	(void)state;
	assert_int_equal(socks(&s), LINK_FINE);
	assert_memory_equal(s.seen, "\5\2\2\0\1\7courier\x20", 14);
	assert_memory_equal(s.seen + 4 + 42, "\5\1\0\3\11box.onion\0\x50", 16);
	s.auth = NULL;
	s.method = "\5\0";
	assert_int_equal(socks(&s), LINK_FINE);
	s.reply = "\5\0\0\3\4abcd\0\0";
	s.reply_len = 11;
	assert_int_equal(socks(&s), LINK_FINE);
	s.reply = "\5\4\0\1\0\0\0\0\0\0";
	s.reply_len = 10;
	assert_int_equal(socks(&s), LINK_UNREACHABLE);
	s.reply = "\5\xf4\0\1\0\0\0\0\0\0";
	assert_int_equal(socks(&s), LINK_NO_KEY);
	s.reply = "\5\xf6\0\1\0\0\0\0\0\0";
	assert_int_equal(socks(&s), LINK_BAD_ADDRESS);
	s.reply_len = 1;
	assert_int_equal(socks(&s), LINK_UNREACHABLE);
	s.method = "\5\xff";
	assert_int_equal(socks(&s), LINK_NOT_SOCKS);
	s.method = "HT";
	assert_int_equal(socks(&s), LINK_NOT_SOCKS);
}

static void addresses(void **state)
{
	static const char *const wrong[] = {"",
					    "x",
					    "localhost:9050",
					    "127.0.0.1",
					    "127.0.0.1:",
					    "127.0.0.1:0",
					    "127.0.0.1:65536",
					    ":9050",
					    "127.0.0.1:09050",
					    "::1:9050",
					    "[::1]",
					    "[::1:9050",
					    "unix:",
					    "1.2.3:4"};
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct link_target target = {.direct = wrong[i], .host = "x"};
		assert_int_equal(link_open(&target, &fd), LINK_ADDRESS);
	}
	struct link_target target = {.direct = "unix:/nonexistent/socket", .host = "x"};
	assert_int_equal(link_open(&target, &fd), LINK_NO_SERVER);
	for (enum link_fault f = LINK_ADDRESS; f < LINK_FAULT_COUNT; f++)
		assert_true(strlen(link_sentence(f)) > 10);
}

/* ---- what is inside */

static void names_become_safe(void **state)
{
	static const char *const pairs[][2] = {
	    {"report.pdf", "report.pdf"},
	    {"../../etc/passwd", "_._.._etc_passwd"},
	    {".bashrc", "_.bashrc"},
	    {"-rf", "_rf"},
	    {"a b\tc.txt", "a_b_c.txt"},
	    {"\xe2\x80\xaegpj.exe", "_gpj.exe"},
	    {"\xd1\x84\xd0\xbe\xd1\x82\xd0\xbe.jpg", "____.jpg"},
	    {"", "_"},
	    {"...", "_.."},
	    {"x\n\x1b[2J", "x___2J"},
	    {"C:\\dir\\x.doc", "C__dir_x.doc"},
	};
	char out[SAFE_NAME_MAX + 1];
	char longest[300];

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		open_safe_name(bytes_str(pairs[i][0]), out);
		for (const char *c = out; *c != '\0'; c++)
			assert_non_null(
			    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *c));
		assert_true(out[0] != '.' && out[0] != '-' && out[0] != '\0');
		assert_string_equal(out, pairs[i][1]);
	}
	memset(longest, 'a', sizeof longest);
	memcpy(longest + 290, ".tar.gz", 7);
	open_safe_name(bytes_of(longest, 297), out);
	assert_int_equal(strlen(out), SAFE_NAME_MAX);
	assert_string_equal(out + SAFE_NAME_MAX - 3, ".gz");
}

static void texts_and_metas(void **state)
{
	struct open_text t;
	struct open_meta m;

	(void)state;
	open_parse_text(BYTES_LITERAL("Courier-Message: 1\nTopic: A b\nLength: 5\nAttachments: 2\n\nhello\0\0"), &t);
	assert_true(bytes_eq_str(t.topic, "A b") && bytes_eq_str(t.text, "hello") && t.attachments == 2 && !t.cut);
	open_parse_text(BYTES_LITERAL("Courier-Message: 1\nTopic: \nLength: 0\nAttachments: none\n\n"), &t);
	assert_true(t.topic.n == 0 && t.text.n == 0 && t.attachments == 0 && !t.cut);
	open_parse_text(BYTES_LITERAL("Courier-Message: 1\nTopic: x\nLength: 9\nAttachments: none\n\nhello"), &t);
	assert_true(t.cut && bytes_eq_str(t.text, "hello"));
	open_parse_text(BYTES_LITERAL("by hand\n"), &t);
	assert_true(bytes_eq_str(t.text, "by hand\n") && t.topic.n == 0);
	open_parse_text(BYTES_LITERAL("Courier-Message: 2\nTopic: x\nLength: 9\n\n"), &t);
	assert_true(t.text.n > 20);
	assert_int_equal(open_parse_meta(BYTES_LITERAL("Name: a.pdf\nType: application/pdf\nLength: 12\n"), &m),
			 ERR_OK);
	assert_true(bytes_eq_str(m.name, "a.pdf") && m.length == 12);
	assert_int_equal(open_parse_meta(BYTES_LITERAL("Name: a.pdf\nLength: 12\n"), &m), ERR_FORMAT);
	assert_int_equal(open_parse_meta(BYTES_LITERAL("Name: a\nType: b\nLength: -1\n"), &m), ERR_FORMAT);
	assert_int_equal(open_parse_meta(BYTES_LITERAL(""), &m), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(collects_confirms_and_rests),
	    cmocka_unit_test(cut_off_at_every_byte_it_goes_on),
	    cmocka_unit_test(killed_in_the_middle_it_goes_on),
	    cmocka_unit_test(a_confirmation_that_failed_is_said_again),
	    cmocka_unit_test(a_restarted_box_counts_anew),
	    cmocka_unit_test(a_changed_recipient_is_refused),
	    cmocka_unit_test(what_is_there_is_never_changed),
	    cmocka_unit_test(hostile_streams_change_nothing),
	    cmocka_unit_test(links_in_the_folder_are_not_followed),
	    cmocka_unit_test(a_promise_too_big_for_the_disk),
	    cmocka_unit_test(answers_that_are_none),
	    cmocka_unit_test(replies_wait_until_they_are_there),
	    cmocka_unit_test(two_at_once_one_waits),
	    cmocka_unit_test(responses),
	    cmocka_unit_test(speaks_socks5),
	    cmocka_unit_test(addresses),
	    cmocka_unit_test(names_become_safe),
	    cmocka_unit_test(texts_and_metas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
