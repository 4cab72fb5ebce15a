/* SPDX-License-Identifier: GPL-3.0-or-later
 * Files over the air gap (desk/air.h): the header's grammar, what an import takes, and what it refuses. Both halves
 * together are tests/workbench/air_gap.py's. */
#include "test.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "desk_kill.h"
#include "desk/air_import.h"
#include "desk/command.h"
#include "tar/writer.h"

#define DESK  "0123456789abcdef0123456789abcdef"
#define ID    "00112233445566778899aabbccddeeff"
#define OTHER "ffeeddccbbaa99887766554433221100"
#define HEAD(from, setup, serial, imported)                                                                            \
	"courier-desk-export 1\nfrom " from "\nsetup " setup "\ndesk " DESK "\nserial " serial "\nimported " imported  \
	"\nbox box\nend\n"

static uint8_t archive_storage[256 * 1024];
static struct buf archive;
static struct home home;
static struct air_import import;
static unsigned told;
static char root[64];

static void add(const char *name, const char *content)
{
	uint8_t block[TAR_BLOCK];

	tar_header(block, name, strlen(content), 0);
	buf_put(&archive, BYTES_ARRAY(block));
	buf_str(&archive, content);
	buf_fill(&archive, 0, tar_padding(strlen(content)));
}

static void begin(const char *header)
{
	archive = buf_over(archive_storage, sizeof archive_storage);
	add("courier-desk-export", header);
}

static void refused(void *context, const char *what, const char *sentence)
{
	(void)context;
	(void)what;
	(void)sentence;
	told++;
}

static enum err run(size_t step)
{
	struct bytes rest;
	enum err e;

	buf_fill(&archive, 0, TAR_END);
	assert_false(archive.failed);
	told = 0;
	assert_int_equal(air_import_begin(&import, &home, refused, NULL), ERR_OK);
	e = ERR_OK;
	for (rest = buf_view(&archive); e == ERR_OK && rest.n > 0; rest = bytes_from(rest, step))
		e = air_import_data(&import, bytes_first(rest, step));
	if (e == ERR_OK)
		e = air_import_finish(&import);
	air_import_end(&import);
	return e;
}

/* A half with one box, that has met the other one. */
static void half(bool identity)
{
	const struct air_ledger ledger = {.desk = DESK, .serial = 5, .peer = 1};
	const struct folder *box;

	home = (struct home){.lock_fd = -1};
	assert_int_equal(folder_at(&home.folder, root), ERR_OK);
	assert_int_equal(folder_remove_tree(&home.folder, "boxes"), ERR_OK);
	assert_int_equal(folder_remove(&home.folder, "identity.txt"), ERR_OK);
	assert_int_equal(home_make_box(&home, "box", &box), ERR_OK);
	assert_int_equal(air_ledger_write(&home, &ledger), ERR_OK);
	if (identity)
		assert_int_equal(folder_write(&home.folder, "identity.txt", BYTES_LITERAL("x")), ERR_OK);
}

static bool has(const char *name)
{
	return folder_has(&home.boxes[0], name);
}

static void holds(const char *name, const char *content)
{
	uint8_t storage[4096];
	char path[FOLDER_PATH_MAX];
	size_t n;

	folder_path(path, &home.boxes[0], "%s", name);
	assert_int_equal(fd_read_file(path, storage, sizeof storage, &n), ERR_OK);
	assert_true(bytes_eq_str(bytes_of(storage, n), content));
}

static void headers(void **state)
{
	static const char *const wrong[] = {
	    "",
	    "courier-desk-export 2\nfrom network\nsetup no\ndesk " DESK "\nserial 2\nimported 0\nend\n",
	    HEAD("nobody", "no", "2", "0"),
	    HEAD("network", "yes", "2", "0"),
	    HEAD("network", "maybe", "2", "0"),
	    HEAD("network", "no", "0", "0"),
	    HEAD("network", "no", "02", "0"),
	    HEAD("network", "no", "4294967296", "0"),
	    HEAD("network", "no", "2", "0") "x",
	    HEAD("network", "no", "2", "0\nbox ../x"),
	    HEAD("network", "no", "2", "0\nbox box"),
	    "courier-desk-export 1\nfrom network\nsetup no\ndesk " DESK "\nserial 2\nimported 0\n",
	    "courier-desk-export 1\nfrom network\nsetup no\ndesk 0123\nserial 2\nimported 0\nend\n",
	};
	uint8_t storage[AIR_HEADER_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	struct air_header h = {0}, again;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		memset(&again, 0xee, sizeof again);
		if (air_header_parse(bytes_str(wrong[i]), &again) != ERR_FORMAT)
			fail_msg("taken: %s", wrong[i]);
		assert_int_equal(again.boxes[0][0], (char)0xee);
	}
	h.setup = true;
	memcpy(h.ledger.desk, DESK, sizeof DESK);
	h.ledger.serial = UINT32_MAX;
	for (h.box_count = 0; h.box_count < LIMIT_DESK_BOXES; h.box_count++)
		(void)snprintf(h.boxes[h.box_count], sizeof h.boxes[0], "%032zu", h.box_count);
	air_header_put(&text, &h);
	assert_false(text.failed);
	assert_int_equal(air_header_parse(buf_view(&text), &again), ERR_OK);
	assert_memory_equal(&again, &h, sizeof h);
}

static void messages(void **state)
{
	(void)state;
	for (size_t step = 1; step < 100000; step *= 37) {
		half(true);
		begin(HEAD("network", "no", "2", "0"));
		add("0/" ID "/recipient", "age1x\n");
		add("0/" ID "/0001.data.age", "data");
		add("0/" ID "/0001.meta.age", "meta");
		add("0/" ID "/12345.age", "text");
		add("0/ffeeddccbbaa99887766554433221100/gone", "");
		assert_int_equal(run(step), ERR_OK);
		assert_int_equal(import.taken, 5);
		holds("conversations/" ID "/12345.age", "text");
		holds("have", ID " 12345\n");
		assert_false(has("conversations/ffeeddccbbaa99887766554433221100"));
		/* Once more, and with another serial: nothing is new, what is different stays away. */
		begin(HEAD("network", "no", "2", "0"));
		assert_int_equal(run(step), ERR_EXISTS);
		begin(HEAD("network", "no", "3", "0"));
		add("0/" ID "/recipient", "age1evil\n");
		add("0/" ID "/0001.data.age", "data");
		add("0/" ID "/12345.age", "longer text");
		add("0/" ID "/gone", "");
		assert_int_equal(run(step), ERR_OK);
		assert_int_equal(told, 2);
		holds("conversations/" ID "/recipient", "age1x\n");
		holds("conversations/" ID "/12345.age", "text");
		assert_true(has("conversations/" ID "/gone"));
	}
}

/* A box says the day of a message, and may say any; what was collected is exported all the same. */
static void days_that_no_archive_has(void **state)
{
	static const int64_t times[] = {-1, 0, TAR_TIME_MAX, TAR_TIME_MAX + 1, 077777777777777};
	char path[FOLDER_PATH_MAX], file[FOLDER_PATH_MAX];
	char *argv[] = {"export", root, file, NULL};

	(void)state;
	half(false);
	assert_int_equal(home_finish(&home), ERR_OK);
	assert_int_equal(folder_make(&home.boxes[0], "conversations/" ID), ERR_OK);
	assert_int_equal(folder_write(&home.boxes[0], "conversations/" ID "/0001.age", BYTES_LITERAL("x")), ERR_OK);
	folder_path(path, &home.boxes[0], "conversations/" ID "/0001.age");
	folder_path(file, &home.folder, "out.tar");
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		const struct timespec day[2] = {{.tv_sec = times[i]}, {.tv_sec = times[i]}};

		assert_int_equal(utimensat(AT_FDCWD, path, day, 0), 0);
		optind = 1;
		assert_int_equal(desk_export(3, argv), DESK_DONE);
		assert_int_equal(unlink(file), 0);
	}
	assert_int_equal(folder_remove(&home.folder, "format"), ERR_OK);
}

/* Whatever is wrong with it: nothing of it is there afterwards, and the right file is still taken. */
static void refused_whole(void **state)
{
	static const struct {
		const char *header, *name, *content;
	} wrong[] = {
	    {HEAD("identity", "no", "2", "0"), "0/have", ""},            /* of this half itself */
	    {HEAD("network", "no", "2", "6"), "0/" ID "/0001.age", "x"}, /* confirms what was never exported */
	    {HEAD("network", "no", "2", "0"), "0/" ID "/0001", "x"},
	    {HEAD("network", "no", "2", "0"), "0/" ID "/001.age", "x"},
	    {HEAD("network", "no", "2", "0"), "0/" ID "/00001.age", "x"},
	    {HEAD("network", "no", "2", "0"), "0/" ID "/token", "x"},
	    {HEAD("network", "no", "2", "0"), "0/" ID "/replies/x.age", "x"},
	    {HEAD("network", "no", "2", "0"), "1/" ID "/0001.age", "x"},
	    {HEAD("network", "no", "2", "0"), "0/0123/0001.age", "x"},
	    {HEAD("network", "no", "2", "0"), "0/token", "x"},
	    {HEAD("network", "no", "2", "0"), "identity.txt", "x"},
	    {HEAD("network", "no", "2", "0"), "0/2/" ID ".x.age", "x"},
	    {HEAD("network", "no", "2", "0"), "0/" ID "/0002.age", "x"}, /* twice */
	};

	(void)state;
	half(true);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		begin(wrong[i].header);
		add("0/" ID "/0002.age", "before");
		add(wrong[i].name, wrong[i].content);
		if (run(4096) != ERR_FORMAT || import.fault == NULL)
			fail_msg("taken: %s", wrong[i].name);
		assert_false(has("conversations/" ID));
	}
	begin(HEAD("network", "no", "2", "0"));
	add("0/" ID "/0002.age", "right");
	assert_int_equal(run(4096), ERR_OK);
	holds("conversations/" ID "/0002.age", "right");
}

static void waiting(void **state)
{
	(void)state;
	half(false);
	assert_int_equal(folder_make(&home.boxes[0], "conversations/" ID), ERR_OK);
	begin(HEAD("identity", "no", "4", "0"));
	add("0/have", ID " 7\n");
	add("0/1/" ID ".old.age", "was imported before");
	add("0/4/" ID ".new.age", "sealed");
	add("0/4/" ID ".files.tar", "archive");
	add("0/4/ffeeddccbbaa99887766554433221100.mute", "");
	assert_int_equal(run(1000), ERR_OK);
	holds("outbox/" ID ".new.age", "sealed");
	holds("outbox/" ID ".files.tar", "archive");
	assert_false(has("outbox/" ID ".old.age"));
	assert_true(has("outbox/ffeeddccbbaa99887766554433221100.mute"));
	holds("air-has", ID " 7\n");
	/* Forgotten there, it is forgotten here, and at the next sync at the box. */
	begin(HEAD("identity", "no", "5", "0"));
	add("0/5/" ID ".forget", "");
	assert_int_equal(run(1000), ERR_OK);
	assert_false(has("conversations/" ID));
	assert_false(has("outbox/" ID ".new.age"));
	assert_true(has("outbox/" ID ".forget"));
	/* A list that is none, and nothing else of the file. */
	begin(HEAD("identity", "no", "6", "0"));
	add("0/have", "x 7\n");
	add("0/6/" ID ".late.age", "sealed");
	assert_int_equal(run(1000), ERR_FORMAT);
	assert_false(has("outbox/" ID ".late.age"));
	holds("air-has", ID " 7\n");
}

/* ---- killed, or failing, at every call that changes the folder */

/* One conversation that is new, one that grows, one that is gone; and a reply that the other half has. */
static void prepare_messages(void)
{
	half(true);
	assert_int_equal(folder_make(&home.boxes[0], "conversations/" ID), ERR_OK);
	assert_int_equal(folder_write(&home.boxes[0], "conversations/" ID "/recipient", BYTES_LITERAL("age1x")),
			 ERR_OK);
	assert_int_equal(folder_write(&home.boxes[0], "conversations/" ID "/0001.age", BYTES_LITERAL("old")), ERR_OK);
	assert_int_equal(folder_write(&home.boxes[0], "outbox/" ID ".1.age", BYTES_LITERAL("reply")), ERR_OK);
	assert_int_equal(folder_write(&home.boxes[0], "exported", BYTES_LITERAL("5 " ID ".1.age")), ERR_OK);
	begin(HEAD("network", "no", "2", "5"));
	add("0/" ID "/0002.age", "grows");
	add("0/" ID "/gone", "");
	add("0/" OTHER "/recipient", "age1y\n");
	add("0/" OTHER "/0001.data.age", "data");
	add("0/" OTHER "/0001.meta.age", "meta");
	add("0/" OTHER "/0001.age", "text");
	buf_fill(&archive, 0, TAR_END);
}

static void check_messages(bool finished)
{
	bool other = has("conversations/" OTHER);

	assert_true(other || !finished);
	if (other) {
		holds("conversations/" OTHER "/recipient", "age1y\n");
		holds("conversations/" OTHER "/0001.data.age", "data");
		holds("conversations/" OTHER "/0001.meta.age", "meta");
		holds("conversations/" OTHER "/0001.age", "text");
	}
	holds("conversations/" ID "/0001.age", "old\n");
	if (has("conversations/" ID "/0002.age") || finished)
		holds("conversations/" ID "/0002.age", "grows");
	assert_int_not_equal(has("outbox/" ID ".1.age"), has("conversations/" ID "/sent/1.age"));
	if (finished)
		assert_true(has("conversations/" ID "/gone") && has("conversations/" ID "/sent/1.age"));
}

static void prepare_waiting(void)
{
	half(false);
	assert_int_equal(folder_make(&home.boxes[0], "conversations/" ID), ERR_OK);
	assert_int_equal(folder_write(&home.boxes[0], "conversations/" ID "/0001.age", BYTES_LITERAL("old")), ERR_OK);
	begin(HEAD("identity", "no", "6", "5"));
	add("0/have", ID " 1\n");
	add("0/6/" OTHER ".1.age", "reply");
	add("0/6/" OTHER ".mute", "");
	add("0/6/" ID ".forget", "");
	buf_fill(&archive, 0, TAR_END);
}

static void check_waiting(bool finished)
{
	if (has("outbox/" OTHER ".1.age") || finished)
		holds("outbox/" OTHER ".1.age", "reply");
	if (finished)
		assert_true(has("outbox/" OTHER ".mute") && has("outbox/" ID ".forget") && !has("conversations/" ID));
	/* It goes in one step. */
	if (has("conversations/" ID))
		holds("conversations/" ID "/0001.age", "old\n");
}

static enum err import_it(void)
{
	enum err e = air_import_begin(&import, &home, refused, NULL);

	if (e == ERR_OK)
		e = air_import_data(&import, buf_view(&archive));
	if (e == ERR_OK)
		e = air_import_finish(&import);
	air_import_end(&import);
	return e;
}

static void at_every_call(void (*prepare)(void), void (*check)(bool finished), bool kill)
{
	unsigned count;

	prepare();
	calls = 0;
	left = -1;
	counted = gettid();
	assert_int_equal(import_it(), ERR_OK);
	counted = 0;
	count = calls;
	check(true);
	assert_true(count > 15);
	for (unsigned n = 0; n < count; n++) {
		int status;
		pid_t child;
		enum err e;

		prepare();
		child = fork();
		if (child == 0) {
			counted = gettid();
			dies = kill;
			left = (long)n;
			_exit(import_it() == ERR_OK ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status) && (!kill || WEXITSTATUS(status) == 99));
		check(false);
		e = import_it();
		if (e != ERR_OK && e != ERR_EXISTS)
			fail_msg("after call %u of %u: %s", n, count, err_text(e));
		check(true);
	}
}

static void killed_at_every_call(void **state)
{
	(void)state;
	at_every_call(prepare_messages, check_messages, true);
	at_every_call(prepare_waiting, check_waiting, true);
}

static void every_call_fails(void **state)
{
	(void)state;
	at_every_call(prepare_messages, check_messages, false);
	at_every_call(prepare_waiting, check_waiting, false);
}

static int make_root(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof root, "/tmp/test-air-XXXXXX");
	return mkdtemp(root) == NULL;
}

static int remove_root(void **state)
{
	struct folder f;

	(void)state;
	assert_int_equal(folder_at(&f, "/tmp"), ERR_OK);
	return folder_remove_tree(&f, root + sizeof "/tmp") != ERR_OK;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers),          cmocka_unit_test(messages), cmocka_unit_test(days_that_no_archive_has),
	    cmocka_unit_test(refused_whole),    cmocka_unit_test(waiting),  cmocka_unit_test(killed_at_every_call),
	    cmocka_unit_test(every_call_fails),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
