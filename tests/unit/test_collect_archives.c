/* SPDX-License-Identifier: GPL-3.0-or-later
 * Archives that a desk sends: replies with attachments, and what a restarted box gets back. */
#include "collect_stage.h"
#include "tar/writer.h"

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
	archive_len = 0;
	add("boot", BOOT);
	add(ID1 "/state", "state");
	add(ID1 "/replies/A.age", REPLY);
	add_end();
	send_archive(&k, "PUT /v1/restore", TAR);
	assert_true(has_status("400"));
}

static void restores_too_long_or_cut_off(void **state)
{
	struct keeper k = {0};

	(void)state;
	/* A state that is too long is left out: the archive goes on after it. */
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
	head = (size_t)snprintf((char *)request, sizeof request, HEAD("PUT /v1/restore") "Content-Length: %zu\r\n\r\n",
				archive_len);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_reply_with_attachments),           cmocka_unit_test(other_archives_are_no_reply),
	    cmocka_unit_test(restores_conversations_and_replies), cmocka_unit_test(what_cannot_be_restored_is_told),
	    cmocka_unit_test(hostile_restores_are_refused),       cmocka_unit_test(restores_too_long_or_cut_off),
	    cmocka_unit_test(a_restore_breaks_off_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
