/* SPDX-License-Identifier: GPL-3.0-or-later
 * The archive: what collect writes, the desk reads; what a hostile box could write, it refuses. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tar/reader.h"
#include "tar/writer.h"

/* ---- an archive under construction */

struct archive {
	uint8_t bytes[64 * 1024];
	size_t n;
};

static uint8_t *add_header(struct archive *a, const char *name, uint64_t size)
{
	uint8_t *block = a->bytes + a->n;

	tar_header(block, name, size, 20000);
	a->n += TAR_BLOCK;
	return block;
}

static void add_data(struct archive *a, const char *data, size_t n)
{
	memcpy(a->bytes + a->n, data, n);
	memset(a->bytes + a->n + n, 0, tar_padding(n));
	a->n += n + tar_padding(n);
}

static void add_file(struct archive *a, const char *name, const char *data)
{
	add_header(a, name, strlen(data));
	add_data(a, data, strlen(data));
}

static void add_end(struct archive *a)
{
	memset(a->bytes + a->n, 0, TAR_END);
	a->n += TAR_END;
}

static void fix_checksum(uint8_t *block)
{
	unsigned sum = 0;

	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += block[i];
	(void)snprintf((char *)block + 148, 8, "%06o", sum);
}

/* ---- a sink that writes down what it is told */

struct record {
	char text[64 * 1024];
	size_t n;
	size_t files; /* ended */
};

static void note(struct record *r, const void *p, size_t n)
{
	assert_true(r->n + n < sizeof r->text);
	memcpy(r->text + r->n, p, n);
	r->n += n;
	r->text[r->n] = '\0';
}

static enum err on_begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	char line[200];
	int n = snprintf(line, sizeof line, "[%.*s %llu]", (int)name.n, (const char *)name.p, (unsigned long long)size);

	assert_int_equal(time_s, 20000ull * 86400);
	note(context, line, (size_t)n);
	return ERR_OK;
}

static enum err on_data(void *context, struct bytes data)
{
	note(context, data.p, data.n);
	return ERR_OK;
}

static enum err on_end(void *context)
{
	struct record *r = context;

	r->files++;
	note(r, ";", 1);
	return ERR_OK;
}

static enum err read_pieces(const struct archive *a, size_t n, size_t piece, struct record *r, const char **fault)
{
	struct tar_reader t;
	enum err e = ERR_OK;

	r->n = r->files = 0;
	tar_begin(&t, (struct tar_sink){on_begin, on_data, on_end, r}, 1 << 20);
	for (size_t at = 0; at < n && e == ERR_OK; at += piece)
		e = tar_push(&t, bytes_of(a->bytes + at, n - at < piece ? n - at : piece));
	*fault = t.fault;
	return e == ERR_OK ? tar_finish(&t) : e;
}

static void good(struct archive *a)
{
	a->n = 0;
	add_file(a, "boot", "b\n");
	add_file(a, "0123/recipient", "age1\n");
	add_file(a, "0123/0001.age", "");
	add_file(a, "cursor", "c.1\n");
	add_end(a);
}

static const char good_text[] = "[boot 2]b\n;[0123/recipient 5]age1\n;[0123/0001.age 0];[cursor 4]c.1\n;";

static void reads_what_collect_writes_in_any_pieces(void **state)
{
	static struct archive a;
	static struct record r;
	const char *fault;

	(void)state;
	good(&a);
	for (size_t piece = 1; piece <= a.n; piece += piece < 600 ? 1 : 511) {
		assert_int_equal(read_pieces(&a, a.n, piece, &r, &fault), ERR_OK);
		assert_string_equal(r.text, good_text);
	}
}

static void tells_a_cut_at_every_byte(void **state)
{
	static struct archive a;
	static struct record r;
	const char *fault;

	(void)state;
	good(&a);
	for (size_t n = 0; n < a.n; n++) {
		assert_int_equal(read_pieces(&a, n, 4096, &r, &fault), ERR_END);
		assert_int_equal(strncmp(r.text, good_text, r.n), 0);
	}
}

static void stock_tar_reads_it(void **state)
{
	static struct archive a;
	char path[] = "/tmp/test_tar.XXXXXX";
	char command[200], line[200] = "";
	int fd;
	FILE *out;

	(void)state;
	if (system("tar --version > /dev/null 2>&1") != 0)
		skip();
	good(&a);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, a.bytes, a.n), (ssize_t)a.n);
	close(fd);
	(void)snprintf(command, sizeof command, "TZ=UTC tar -tvf %s 0123/recipient 2>&1", path);
	out = popen(command, "r");
	assert_non_null(out);
	assert_non_null(fgets(line, sizeof line, out));
	assert_int_equal(pclose(out), 0);
	unlink(path);
	assert_non_null(strstr(line, "-rw------- 0/0"));
	assert_non_null(strstr(line, "5 2024-10-04 00:00 0123/recipient"));
}

static void refuses_names_that_lead_away(void **state)
{
	static const char *const names[] = {
	    "/etc/passwd", "../x", "a/../b",      "a/..",      "..",   ".",     "./a",   "a/./b",         "a//b",
	    "a/",          "/",    ".hidden",     "a/.hidden", "a\\b", "a b",   "a\nb",  "a\x1b[2Jb",     "\xc3\xa9",
	    "a:b",         "~/a",  "a/b/../../c", "-a b",      "a*",   "$HOME", "con|x", "a\xe2\x80\xae", "a\x7f",
	    "0123/..age/", "\xff",
	};
	static struct archive a;
	static struct record r;
	const char *fault;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		a.n = 0;
		add_file(&a, names[i], "x");
		add_end(&a);
		assert_int_equal(read_pieces(&a, a.n, 100, &r, &fault), ERR_FORMAT);
		assert_non_null(fault);
		assert_int_equal(r.n, 0);
	}
	a.n = 0;
	fix_checksum(add_header(&a, "", 0));
	assert_int_equal(read_pieces(&a, a.n, 100, &r, &fault), ERR_FORMAT);
}

static void refuses_all_but_plain_files(void **state)
{
	static struct archive a;
	static struct record r;
	const char *fault;

	(void)state;
	for (int type = 0; type < 256; type++) {
		uint8_t *block;
		a.n = 0;
		block = add_header(&a, "a/b", 0);
		block[156] = (uint8_t)type;
		fix_checksum(block);
		add_end(&a);
		assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault),
				 type == '0' || type == '5' ? ERR_OK : ERR_UNSUPPORTED);
	}
	a.n = 0;
	memcpy(add_header(&a, "a/b", 0) + 157, "/etc/passwd", 11);
	fix_checksum(a.bytes);
	assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault), ERR_UNSUPPORTED);
	a.n = 0;
	memcpy(add_header(&a, "a/b", 0) + 345, "../..", 5);
	fix_checksum(a.bytes);
	assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault), ERR_UNSUPPORTED);
	/* Something hidden behind the name's NUL. */
	a.n = 0;
	memcpy(add_header(&a, "a", 0) + 2, "/../x", 5);
	fix_checksum(a.bytes);
	assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault), ERR_FORMAT);
}

static void add_folder(struct archive *a, const char *name, uint64_t size)
{
	uint8_t *block = add_header(a, name, size);

	block[156] = '5';
	fix_checksum(block);
}

static void passes_over_folders(void **state)
{
	static const char *const bad[] = {"..", "../", "a/../", "/", "a//", ".", "./", ""};
	static struct archive a;
	static struct record r;
	const char *fault;

	(void)state;
	a.n = 0;
	add_folder(&a, "0123/", 0);
	add_file(&a, "0123/state", "x");
	add_folder(&a, "0123/replies", 0);
	add_end(&a);
	assert_int_equal(read_pieces(&a, a.n, 100, &r, &fault), ERR_OK);
	assert_string_equal(r.text, "[0123/state 1]x;");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		a.n = 0;
		add_folder(&a, bad[i], 0);
		add_end(&a);
		assert_int_equal(read_pieces(&a, a.n, 100, &r, &fault), ERR_FORMAT);
	}
	a.n = 0;
	add_folder(&a, "a", 1);
	assert_int_equal(read_pieces(&a, a.n, 100, &r, &fault), ERR_FORMAT);
}

/* Its owner, modes, padding to 20 blocks and folders are what it makes them. */
static void reads_what_stock_tar_writes(void **state)
{
	static struct archive a;
	static struct record r;
	const char *fault;
	FILE *out;

	(void)state;
	if (system("tar --version > /dev/null 2>&1") != 0)
		skip();
	out = popen("d=$(mktemp -d) && cd $d && mkdir -p 0123/replies && printf b > boot && printf st > 0123/state && "
		    "printf r > 0123/replies/a-1.age && chmod 640 boot && "
		    "tar --format=ustar --sort=name --mtime=@1728000000 -c boot 0123; rm -r $d",
		    "r");
	assert_non_null(out);
	a.n = fread(a.bytes, 1, sizeof a.bytes, out);
	assert_int_equal(pclose(out), 0);
	assert_int_equal(a.n, 10240);
	assert_int_equal(read_pieces(&a, a.n, 100, &r, &fault), ERR_OK);
	assert_string_equal(r.text, "[boot 1]b;[0123/replies/a-1.age 1]r;[0123/state 2]st;");
}

static void refuses_sizes_it_cannot_hold(void **state)
{
	static const char *const sizes[] = {
	    "77777777777", "00004000001", "-0000000001", "0000000000x", "9999", "", "\x80\0\0\0\0\0\0\0\0\0\1"};
	static struct archive a;
	static struct record r;
	const char *fault;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		a.n = 0;
		add_header(&a, "a", 0);
		memset(a.bytes + 124, 0, 12);
		memcpy(a.bytes + 124, sizes[i], i == 6 ? 11 : strlen(sizes[i]));
		fix_checksum(a.bytes);
		assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault), i < 2 ? ERR_TOO_BIG : ERR_FORMAT);
		assert_non_null(fault);
		assert_int_equal(r.n, 0);
	}
}

/* Twelve digits, without an end: past what can be written again. */
static void refuses_times_that_no_archive_has(void **state)
{
	static struct archive a;
	static struct record r;
	const char *fault;

	(void)state;
	add_header(&a, "a", 0);
	memcpy(a.bytes + 136, "100000000000", 12);
	fix_checksum(a.bytes);
	assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault), ERR_FORMAT);
	assert_non_null(fault);
	assert_int_equal(r.n, 0);
}

/* Six digits, a NUL, a blank: tests/differential has GNU tar's word for it. */
static void writes_the_checksum_as_others_do(void **state)
{
	uint8_t block[TAR_BLOCK];
	uint8_t again[TAR_BLOCK];

	(void)state;
	tar_header(block, "cursor", 513, 20000);
	memcpy(again, block, sizeof again);
	fix_checksum(again);
	assert_memory_equal(block, again, sizeof block);
	assert_memory_equal(block + 154, "\0 ", 2);
}

static void refuses_a_flip_of_any_header_byte(void **state)
{
	static struct archive a;
	static struct record r;
	const char *fault;

	(void)state;
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		good(&a);
		a.bytes[i] ^= 1;
		/* The last byte of the checksum's field carries nothing. */
		if (i == 155)
			continue;
		assert_int_not_equal(read_pieces(&a, a.n, 512, &r, &fault), ERR_OK);
		assert_int_equal(r.n, 0);
	}
}

static void refuses_what_stands_in_the_gaps(void **state)
{
	static struct archive a;
	static struct record r;
	const char *fault;

	(void)state;
	good(&a);
	a.bytes[TAR_BLOCK + 100] = 'x'; /* padding of the first file */
	assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault), ERR_FORMAT);
	good(&a);
	a.bytes[a.n - 1] = 'x'; /* the second block of the end */
	assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault), ERR_FORMAT);
	good(&a);
	add_file(&a, "late", "x");
	assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault), ERR_FORMAT);
	good(&a);
	memset(a.bytes + a.n, 0, 20 * TAR_BLOCK);
	a.n += 20 * TAR_BLOCK;
	assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault), ERR_OK);
	memset(a.bytes + a.n, 0, TAR_BLOCK);
	a.n += TAR_BLOCK;
	assert_int_equal(read_pieces(&a, a.n, 512, &r, &fault), ERR_TOO_BIG);
}

static enum err refuse_data(void *context, struct bytes data)
{
	(void)context;
	(void)data;
	return ERR_FULL;
}

static void hands_the_sinks_errors_on(void **state)
{
	static struct archive a;
	static struct record r;
	struct tar_reader t;

	(void)state;
	good(&a);
	r.n = 0;
	tar_begin(&t, (struct tar_sink){on_begin, refuse_data, on_end, &r}, 1 << 20);
	assert_int_equal(tar_push(&t, bytes_of(a.bytes, a.n)), ERR_FULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_collect_writes_in_any_pieces),
	    cmocka_unit_test(tells_a_cut_at_every_byte),
	    cmocka_unit_test(stock_tar_reads_it),
	    cmocka_unit_test(writes_the_checksum_as_others_do),
	    cmocka_unit_test(refuses_names_that_lead_away),
	    cmocka_unit_test(refuses_all_but_plain_files),
	    cmocka_unit_test(passes_over_folders),
	    cmocka_unit_test(reads_what_stock_tar_writes),
	    cmocka_unit_test(refuses_sizes_it_cannot_hold),
	    cmocka_unit_test(refuses_times_that_no_archive_has),
	    cmocka_unit_test(refuses_a_flip_of_any_header_byte),
	    cmocka_unit_test(refuses_what_stands_in_the_gaps),
	    cmocka_unit_test(hands_the_sinks_errors_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
