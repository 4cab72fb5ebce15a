/* SPDX-License-Identifier: GPL-3.0-or-later
 * The inbox in the browser: who is let in, the link that works once, forms' tokens, whose program asks, what a page
 * shows. The whole of it, over HTTP: tests/inbox/run. */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "browse/gate.h"
#include "browse/login.h"
#include "browse/loop.h"
#include "browse/peer.h"
#include "browse/runner.h"
#include "browse/shut.h"

enum { PORT = 8730 };

/* ---- the gate */

static struct bytes field(const char *text)
{
	return text == NULL ? bytes_of(NULL, 0) : bytes_str(text);
}

static void test_gate(void **state)
{
	static const struct {
		enum http_method method;
		const char *host, *site, *origin;
		enum gate result;
	} cases[] = {
	    {HTTP_GET_, "127.0.0.1:8730", NULL, NULL, GATE_OPEN},
	    {HTTP_GET_, "127.0.0.1:8730", "none", NULL, GATE_OPEN},
	    {HTTP_GET_, "127.0.0.1:8730", "same-origin", NULL, GATE_OPEN},
	    {HTTP_GET_, "localhost:8730", NULL, NULL, GATE_OPEN},
	    {HTTP_GET_, "LocalHost:8730", NULL, NULL, GATE_OPEN},
	    {HTTP_POST_, "127.0.0.1:8730", "same-origin", "http://127.0.0.1:8730", GATE_OPEN},
	    {HTTP_POST_, "localhost:8730", NULL, "http://localhost:8730", GATE_OPEN},
	    {HTTP_POST_, "127.0.0.1:8730", NULL, NULL, GATE_OPEN}, /* a program; it needs the form's token */
	    /* names that somebody else's DNS could give */
	    {HTTP_GET_, "evil.example:8730", NULL, NULL, GATE_HOST},
	    {HTTP_GET_, "127.0.0.1.evil.example:8730", NULL, NULL, GATE_HOST},
	    {HTTP_GET_, "localhost.evil.example:8730", NULL, NULL, GATE_HOST},
	    {HTTP_GET_, "127.0.0.1", NULL, NULL, GATE_HOST},
	    {HTTP_GET_, "127.0.0.1:80", NULL, NULL, GATE_HOST},
	    {HTTP_GET_, "127.0.0.1:08730", NULL, NULL, GATE_HOST},
	    {HTTP_GET_, "127.0.0.1:87300", NULL, NULL, GATE_HOST},
	    {HTTP_GET_, "127.0.0.2:8730", NULL, NULL, GATE_HOST},
	    {HTTP_GET_, "[::1]:8730", NULL, NULL, GATE_HOST},
	    {HTTP_GET_, "0.0.0.0:8730", NULL, NULL, GATE_HOST},
	    {HTTP_GET_, "", NULL, NULL, GATE_HOST},
	    /* pages elsewhere */
	    {HTTP_GET_, "127.0.0.1:8730", "cross-site", NULL, GATE_ELSEWHERE},
	    {HTTP_GET_, "127.0.0.1:8730", "same-site", NULL, GATE_ELSEWHERE}, /* another port of this machine */
	    {HTTP_GET_, "127.0.0.1:8730", "", NULL, GATE_ELSEWHERE},
	    {HTTP_POST_, "127.0.0.1:8730", "none", NULL, GATE_ELSEWHERE},
	    {HTTP_POST_, "127.0.0.1:8730", "cross-site", NULL, GATE_ELSEWHERE},
	    {HTTP_POST_, "127.0.0.1:8730", "same-origin", "null", GATE_ELSEWHERE},
	    {HTTP_POST_, "127.0.0.1:8730", NULL, "null", GATE_ELSEWHERE},
	    {HTTP_POST_, "127.0.0.1:8730", NULL, "", GATE_ELSEWHERE},
	    {HTTP_POST_, "127.0.0.1:8730", NULL, "http://evil.example", GATE_ELSEWHERE},
	    {HTTP_POST_, "127.0.0.1:8730", NULL, "http://localhost:8730", GATE_ELSEWHERE},
	    {HTTP_POST_, "127.0.0.1:8730", NULL, "https://127.0.0.1:8730", GATE_ELSEWHERE},
	    {HTTP_POST_, "127.0.0.1:8730", NULL, "http://127.0.0.1:8731", GATE_ELSEWHERE},
	    {HTTP_GET_, "127.0.0.1:8730", NULL, "http://evil.example", GATE_ELSEWHERE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct http_request r = {
		    .method = cases[i].method,
		    .host = field(cases[i].host),
		    .sec_fetch_site = field(cases[i].site),
		    .origin = field(cases[i].origin),
		};
		if (gate_check(&r, PORT) != cases[i].result)
			fail_msg("case %zu: %s", i, cases[i].host);
	}
}

/* ---- the login */

static char key[64];
static char cookie[LOGIN_COOKIE_MAX + 1];

static void offer(struct login *l)
{
	struct buf b = buf_over(key, sizeof key - 1);

	memset(key, 0, sizeof key);
	login_offer(l, &b);
	assert_false(b.failed);
	assert_int_equal(b.len, LOGIN_TEXT_LEN);
}

static bool enter(struct login *l, const char *with, uint64_t now_ms)
{
	struct buf b = buf_over(cookie, sizeof cookie - 1);
	bool in;

	memset(cookie, 0, sizeof cookie);
	in = login_enter(l, bytes_str(with), now_ms, &b);
	assert_false(b.failed);
	return in;
}

/* What a browser sends back of a Set-Cookie. */
static struct bytes pair(void)
{
	return bytes_first(bytes_str(cookie), bytes_find(bytes_str(cookie), BYTES_LITERAL(";")));
}

static void test_link_works_once(void **state)
{
	struct login l;
	char first[64];

	(void)state;
	login_begin(&l, PORT);
	assert_false(login_check(&l, bytes_of(NULL, 0), 0));
	assert_false(enter(&l, "", 0)); /* before there is a link */
	offer(&l);
	memcpy(first, key, sizeof first);
	assert_false(enter(&l, "", 0));
	assert_false(enter(&l, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0));
	first[0] = (char)(first[0] == 'A' ? 'B' : 'A');
	assert_false(enter(&l, first, 0));
	assert_true(l.key_waits); /* a wrong one costs nothing */
	assert_true(enter(&l, key, 0));
	assert_true(login_check(&l, pair(), 0));
	assert_false(enter(&l, key, 0));
	/* A new link takes the place of the last one, and of nothing else until it is used. */
	offer(&l);
	memcpy(first, key, sizeof first);
	offer(&l);
	assert_false(enter(&l, first, 0));
	login_wipe(&l);
	assert_false(login_check(&l, pair(), 0));
	assert_false(enter(&l, key, 0));
}

static void test_one_session(void **state)
{
	struct login l;
	char old[LOGIN_COOKIE_MAX + 1];
	uint8_t csrf[LOGIN_TEXT_LEN];

	(void)state;
	login_begin(&l, PORT);
	offer(&l);
	assert_true(enter(&l, key, 1000));
	assert_non_null(strstr(cookie, "courier-desk-8730="));
	assert_non_null(strstr(cookie, "; HttpOnly; SameSite=Strict; Path=/"));
	memcpy(old, cookie, sizeof old);
	memcpy(csrf, l.csrf, sizeof csrf);
	assert_true(login_form_fits(&l, BYTES_ARRAY(csrf)));
	assert_false(login_form_fits(&l, bytes_first(BYTES_ARRAY(csrf), LOGIN_TEXT_LEN - 1)));
	assert_false(login_form_fits(&l, bytes_of(NULL, 0)));
	offer(&l);
	assert_true(login_check(&l, pair(), 1000));
	assert_true(enter(&l, key, 1000));
	assert_true(login_check(&l, pair(), 1000));
	assert_false(login_check(&l, bytes_first(bytes_str(old), pair().n), 1000));
	assert_false(login_form_fits(&l, BYTES_ARRAY(csrf)));
}

static void test_session_ends(void **state)
{
	struct login l;
	uint8_t gone[LOGIN_COOKIE_MAX];
	struct buf b = buf_over(gone, sizeof gone);
	const uint64_t most = LIMIT_BROWSE_IDLE_MS;

	(void)state;
	login_begin(&l, PORT);
	offer(&l);
	assert_true(enter(&l, key, 5));
	assert_true(login_check(&l, pair(), 5 + most - 1));
	assert_true(login_check(&l, pair(), 5 + 2 * most - 2)); /* each request counts anew */
	assert_false(login_check(&l, pair(), 5 + 3 * most - 2));
	assert_false(login_check(&l, pair(), 5 + 3 * most - 2));
	offer(&l);
	assert_true(enter(&l, key, 0));
	login_leave(&l, &b);
	assert_true(bytes_eq_str(buf_view(&b), "courier-desk-8730=; Max-Age=0; HttpOnly; SameSite=Strict; Path=/"));
	assert_false(login_check(&l, pair(), 0));
	assert_false(login_form_fits(&l, BYTES_ARRAY(l.csrf)));
}

/* ---- the socket */

static void connect_to(uint16_t port, int *client)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(*client, (const struct sockaddr *)&address, sizeof address), 0);
}

static void test_socket(void **state)
{
	uint16_t port = 0, again;
	struct sockaddr_in bound;
	socklen_t n = sizeof bound;
	int fd, other, client, server;
	enum err e;

	(void)state;
	assert_int_equal(loop_listen(&port, &fd), ERR_OK);
	assert_int_not_equal(port, 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&bound, &n), 0);
	assert_int_equal(bound.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	again = port;
	assert_int_equal(loop_listen(&again, &other), ERR_IO);
	connect_to(port, &client);
	server = accept(fd, NULL, NULL);
	assert_true(server >= 0);
	e = peer_check(server);
	if (e == ERR_UNSUPPORTED)
		skip();
	assert_int_equal(e, ERR_OK);
	close(client);
	close(server);
	close(fd);
}

/* As root alone: another user's program is seen as that. */
static void test_other_users_program(void **state)
{
	uint16_t port = 0;
	int fd, server;
	char byte;
	enum err e;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(loop_listen(&port, &fd), ERR_OK);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int client;
		if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
			_exit(1);
		connect_to(port, &client);
		_exit(read(client, &byte, 1) == 0 ? 0 : 1);
	}
	while ((server = accept(fd, NULL, NULL)) < 0)
		usleep(1000);
	e = peer_check(server);
	close(server);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(fd);
	if (e == ERR_UNSUPPORTED)
		skip();
	assert_int_equal(e, ERR_AUTH);
}

/* ---- what the process gives up */

static void test_shut_in(void **state)
{
	char folder[] = "/tmp/test-browse-XXXXXX";
	int status;
	pid_t pid;

	(void)state;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
		skip();
	assert_non_null(mkdtemp(folder));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char inside[sizeof folder + 8];
		int fd;
		(void)snprintf(inside, sizeof inside, "%s/file", folder);
		if (shut_in(folder) != ERR_OK || prctl(PR_GET_DUMPABLE) != 0 ||
		    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
			_exit(1);
		if (open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0 || errno != EACCES ||
		    open("/tmp", O_RDONLY | O_CLOEXEC) >= 0 ||
		    open("/tmp/other", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0)
			_exit(2);
		fd = open(inside, O_RDWR | O_CREAT | O_CLOEXEC, 0700);
		if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) != 0)
			_exit(3);
		if (execl(inside, inside, NULL) == 0 || errno != EACCES) /* what is written can't be run */
			_exit(4);
		if (unlink(inside) != 0)
			_exit(5);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(rmdir(folder), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- exchanges */

/* What `courier desk sync` is here: it dies, and what it started lives on and holds its standard error. */
static int killed_in_the_middle(void)
{
	pid_t kept = fork();

	if (kept == 0) {
		alarm(60);
		pause();
		return 0;
	}
	printf("%d\n", (int)kept);
	return 1;
}

static void test_an_exchange_that_is_killed(void **state)
{
	static struct runner x = {.arguments = {"test_browse", "killed"}, .fd = -1};
	char said[16] = {0};
	int status, kept;
	pid_t pid;

	(void)state;
	assert_int_equal(runner_start(&x), ERR_OK);
	pid = waitpid(x.pid, &status, 0);
	assert_true(runner_ended(&x, pid, status));
	assert_true(x.ran && x.status == 1 && x.fd == -1 && x.said_len < sizeof said);
	memcpy(said, x.said, x.said_len);
	kept = atoi(said);
	assert_true(kept > 0);
	/* It lives: nobody has waited for its end. */
	assert_int_equal(kill(kept, SIGKILL), 0);
	assert_false(runner_ended(&x, pid, status));
}

/* ---- pages */

static struct sheet sheet;

static bool shows(const char *text)
{
	return memmem(sheet.storage, sheet.out.len, text, strlen(text)) != NULL;
}

static void test_sheet(void **state)
{
	(void)state;
	sheet_begin(&sheet, TEXT_title_list, BYTES_LITERAL("<csrf>"));
	assert_true(shows("<title>Conversations - Inbox</title>"));
	assert_true(shows("value=\"&lt;csrf&gt;\""));
	sheet_set_count(&sheet, VALUE_messages, 1, "message", "messages");
	sheet_set_count(&sheet, VALUE_files, 2, "file", "files");
	sheet_set_count(&sheet, VALUE_replies, 0, "reply", "replies");
	sheet_set_strange(&sheet, VALUE_topic, BYTES_LITERAL("<b>\xe2\x80\xae\n\033\xff"), false);
	sheet_set_day(&sheet, VALUE_day, 0);
	sheet_put(&sheet, PAGE_list_row);
	assert_true(shows("<bdi>&lt;b&gt;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd</bdi>"));
	assert_true(shows("1 message \xc2\xb7 2 files</p>"));
	sheet_set_day(&sheet, VALUE_day, 20778);
	sheet_put(&sheet, PAGE_list_row);
	assert_true(shows("<bdi>2026-11-21</bdi> \xc2\xb7 1 message"));
	sheet_begin(&sheet, TEXT_title_login, bytes_of(NULL, 0));
	assert_false(shows("/leave"));
}

static void test_sizes(void **state)
{
	static const struct {
		uint64_t size;
		const char *text;
	} cases[] = {
	    {0, "0 bytes"},   {9999, "9999 bytes"}, {10000, "10 kB"},        {10499, "10 kB"},
	    {10500, "11 kB"}, {12345678, "12 MB"},  {5000000000, "5000 MB"}, {50000000000, "50 GB"},
	};

	(void)state;
	sheet_begin(&sheet, TEXT_title_list, bytes_of(NULL, 0));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		sheet_set_size(&sheet, VALUE_size, cases[i].size);
		if (!bytes_eq_str(sheet.values[VALUE_size], cases[i].text))
			fail_msg("%s", cases[i].text);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_gate),        cmocka_unit_test(test_link_works_once),
	    cmocka_unit_test(test_one_session), cmocka_unit_test(test_session_ends),
	    cmocka_unit_test(test_socket),      cmocka_unit_test(test_other_users_program),
	    cmocka_unit_test(test_shut_in),     cmocka_unit_test(test_sheet),
	    cmocka_unit_test(test_sizes),       cmocka_unit_test(test_an_exchange_that_is_killed),
	};

	if (argc > 1 && strcmp(argv[1], "killed") == 0)
		return killed_in_the_middle();

	return cmocka_run_group_tests(tests, NULL, NULL);
}
