/* SPDX-License-Identifier: GPL-3.0-or-later
 * One desk's connection while each of collect's calls fails, one at a time (role_faults.h): status, collecting, what
 * was collected, a reply, a restore, an order. An answer is whole and the same as ever, or names an error, or is cut
 * off; and what it says was done the keeper was told. */
#include "role_faults.h"

#include "collect_stage.h"
#include "crypto/crypto.h"
#include "tar/writer.h"

#define ID1 "11111111111111111111111111111111"

enum { CALLS = 6, RESTORE_CALL = CALLS - 1, LONGEST = 16 * 1024 };

static const struct {
	const char *line, *type, *body; /* NULL: the archive; "": none */
	const char *status, *told;      /* if it goes well, and what the keeper then heard */
} calls[CALLS] = {
    {"GET /v1/status", NULL, "", "200", "STATUS "},
    {"POST /v1/collected", "text/plain", BOOT ".2.7\n", "200", "COLLECTED =2 "},
    {"PUT /v1/conversations/" HEX "/replies/0001-ab", "application/octet-stream", REPLY, "201",
     "FILE_BEGIN =text FILE_END =keep REPLY_PUT =0001-ab "},
    {"PUT /v1/conversations/" HEX "/mute", "text/plain", "", "200", "MUTE =on "},
    {"GET /v1/collect", NULL, "", "200", "COLLECT_NEXT "}, /* ends the connection */
    {"PUT /v1/restore", "application/x-tar", NULL, "200",  /* this, too */
     "RESTORE =11:5 FILE_BEGIN =text FILE_END =keep REPLY_PUT =first "},
};

static struct answer {
	char status[4]; /* empty: none came, or not all of it */
	uint8_t hash[32];
} answers[CALLS], usual[CALLS];

static size_t first_call, calls_end;
static struct keeper the_keeper;
static int desk_end;
static uint8_t archive[LONGEST];
static size_t archive_len;

static void add(const char *name, const char *content)
{
	size_t n = strlen(content);

	tar_header(archive + archive_len, name, n, 20000);
	memcpy(archive + archive_len + TAR_BLOCK, content, n);
	archive_len += TAR_BLOCK + n + tar_padding(n);
}

static void prepare_collect(void)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);

	memset(&the_keeper, 0, sizeof the_keeper);
	the_keeper.conversations = 3;
	memset(answers, 0, sizeof answers);
	the_keeper.fd = stage_channel(ROLE_FD_KEEPER);
	message_put_PART_COLLECT(&b, &(struct message_PART_COLLECT){.name = BYTES_LITERAL("The \"Harbour\" Post")});
	stage_part(&b);
	if (archive_len == 0) {
		add("boot", BOOT "\n");
		add(ID1 "/state", "state");
		add(ID1 "/replies/first.age", REPLY);
		archive_len += TAR_END;
	}
}

/* Of the answer to the end of its head; 0: not all of it is here. */
static size_t body_at(void)
{
	const uint8_t *end = memmem(response, response_len, "\r\n\r\n", 4);

	return end == NULL ? 0 : (size_t)(end + 4 - response);
}

static bool is_whole(void)
{
	size_t at = body_at();
	const char *length;

	if (at == 0)
		return false;
	response[response_len] = 0;
	length = strstr((char *)response, "\r\nContent-Length: ");
	if (length != NULL)
		return response_len >= at + strtoul(length + 18, NULL, 10);
	if (strstr((char *)response, "\r\nTransfer-Encoding: chunked") == NULL)
		return true;
	return response_len >= at + 5 && memcmp(response + response_len - 5, "0\r\n\r\n", 5) == 0;
}

static bool ask(size_t i)
{
	static uint8_t storage[LONGEST + 1000];
	struct buf b = buf_over(storage, sizeof storage);
	struct bytes content = calls[i].body == NULL ? bytes_of(archive, archive_len) : bytes_str(calls[i].body);
	size_t got;

	buf_str(&b, calls[i].line);
	buf_str(&b, " HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "\r\n");
	if (calls[i].type != NULL) {
		buf_str(&b, "Content-Type: ");
		buf_str(&b, calls[i].type);
		buf_str(&b, "\r\nContent-Length: ");
		buf_decimal(&b, content.n);
		buf_str(&b, "\r\n");
	}
	buf_str(&b, "\r\n");
	buf_put(&b, content);
	assert_false(b.failed);
	(void)!fd_write_all(desk_end, buf_view(&b), clock_ms() + FAIRLY_MS);
	response_len = 0;
	while (!is_whole()) {
		enum err e = fd_read_some(desk_end, response + response_len, sizeof response - 1 - response_len,
					  clock_ms() + FAIRLY_MS, &got);
		if (e == ERR_TIMEOUT)
			fail_msg("%s hangs; %s failed", calls[i].line, faults->name != NULL ? faults->name : "nothing");
		if (e != ERR_OK)
			return false;
		response_len += got;
	}
	memcpy(answers[i].status, response + 9, 3);
	sha256(bytes_of(response + body_at(), response_len - body_at()), answers[i].hash);
	return true;
}

static void play_desk(void)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);
	pthread_t thread;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	message_put_CONNECTION(&b, NULL);
	stage_send(stage.up, &b, &pair[0], 1);
	close(pair[0]);
	assert_int_equal(pthread_create(&thread, NULL, keeper_thread, &the_keeper), 0);
	desk_end = pair[1];
	for (size_t i = first_call; i < calls_end && ask(i); i++)
		continue;
	close(desk_end);
	pthread_join(thread, NULL);
}

static void check_collect(const char *fault, bool well)
{
	(void)well; /* the desk sees what became of it */
	if (fault == NULL)
		memcpy(usual, answers, sizeof usual);
	for (size_t i = first_call; i < calls_end; i++) {
		const char *status = answers[i].status;

		if (fault == NULL)
			assert_string_equal(status, calls[i].status);
		if (status[0] == '5' || status[0] == 0)
			continue;
		if (strcmp(status, calls[i].status) != 0)
			fail_msg("%s: %s, after %s failed", calls[i].line, status, fault);
		assert_non_null(strstr(the_keeper.log, calls[i].told));
		assert_memory_equal(answers[i].hash, usual[i].hash, sizeof usual[i].hash);
	}
}

static void a_desk_is_told_the_truth(void **state)
{
	(void)state;
	first_call = 0;
	calls_end = RESTORE_CALL;
	try(&(struct trial){"collect", collect_main, prepare_collect, play_desk, check_collect});
}

static void a_restore_is_told_as_it_went(void **state)
{
	(void)state;
	first_call = RESTORE_CALL;
	calls_end = CALLS;
	try(&(struct trial){"collect, a restore", collect_main, prepare_collect, play_desk, check_collect});
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_desk_is_told_the_truth),
	    cmocka_unit_test(a_restore_is_told_as_it_went),
	};

	return role_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
}
