/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's side of an exchange against a box that is a thread: whole, cut off at every byte, hostile. And the small
 * parts: SOCKS, HTTP responses, names, what an opened message says. */
#include "desk_box.h"

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
#include "desk/client.h"
#include "desk/exchange.h"
#include "desk/home.h"
#include "desk/link.h"
#include "desk/open.h"

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
		/* Its source deleted the conversation and began it anew: both stay. */
		for (int twice = 0; twice < 2; twice++) {
			assert_int_equal(run(), DESK_DONE);
			assert_string_equal(box.said, "");
			assert_string_equal(content("conversations/" C1 "/0001.age"), "first of one");
			assert_string_equal(content("conversations/" C1 "/0003.age"), others[i]);
			assert_string_equal(content("conversations/" C1 "/boots"), BOOT " 0\n" BOOT " 2");
			assert_false(there("conversations/" C1 "/0004.age"));
		}
		remove_folder();
	}
}

/* A box that sends something else each time gets no further than this. */
static void begun_anew_without_end(void **state)
{
	(void)state;
	new_folder();
	new_box();
	add_text("boot", BOOT "\n");
	add_text(C1 "/recipient", R1 "\n");
	add_text(C1 "/0001.age", "one");
	add_text(C1 "/0001.age", "another");
	add_text("cursor", BOOT ".9\n");
	add_end();
	assert_int_equal(run(), DESK_FAILED);
	assert_non_null(strstr(box.said, "begun anew"));
	assert_int_equal(box.opened, 1 + LIMIT_DESK_AGAIN);
	assert_string_equal(content("cursor"), "(none)");
	remove_folder();
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
	    {C1 "/0001.age", "x"}, /* the same, behind a cursor */
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
	e = client_begin(&c, ends[0], &(struct client_head){.method = "GET", .path = "/", .host = "h", .token = "t"});
	if (e == ERR_OK)
		e = client_answer(&c);
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
	char long_topic[1100];
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
	/* A topic without end would fill the pages that show it. */
	(void)snprintf(long_topic, sizeof long_topic,
		       "Courier-Message: 1\nTopic: %01000d\nLength: 2\nAttachments: none\n\nab", 7);
	open_parse_text(bytes_str(long_topic), &t);
	assert_true(t.topic.n == LIMIT_TOPIC && bytes_eq_str(t.text, "ab"));
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
	    cmocka_unit_test(begun_anew_without_end),
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
