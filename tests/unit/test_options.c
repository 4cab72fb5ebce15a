/* SPDX-License-Identifier: GPL-3.0-or-later
 * A command line by its table: each kind of row, rows that a command doesn't have, arguments, and reading it twice. */
#include "test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "workstation/options.h"

enum { TAKES_ONE = 1 << 0, TAKES_OTHER = 1 << 1 };

struct line {
	bool flag;
	const char *text;
	int fd;
	bool other;
	size_t calls;
	char said[64];
};

static const struct option_row rows[] = {
    {"flag", OPTION_FLAG, 0, offsetof(struct line, flag), 0},
    {"text", OPTION_TEXT, TAKES_ONE, offsetof(struct line, text), 0},
    {"fd", OPTION_DESCRIPTOR, TAKES_ONE | TAKES_OTHER, offsetof(struct line, fd), 0},
    {"add", OPTION_CALL, 0, 0, 'a'},
    {"other", OPTION_FLAG, TAKES_OTHER, offsetof(struct line, other), 0},
};

static int call(size_t row, const char *value, void *to)
{
	struct line *l = to;

	assert_string_equal(rows[row].name, "add");
	if (strcmp(value, "bad") == 0)
		return 7;
	l->calls++;
	strncat(l->said, value, sizeof l->said - strlen(l->said) - 1);
	return 0;
}

static int parse(struct line *l, int *first, const char *const *words)
{
	struct options o = {rows, sizeof rows / sizeof rows[0], TAKES_ONE, l, call};
	static char storage[16][16]; /* texts point into it until the next line */
	char *argv[16];
	int argc = 0;
	int here = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int status;

	for (; words[argc] != NULL; argc++) {
		strncpy(storage[argc], words[argc], sizeof storage[0] - 1);
		storage[argc][sizeof storage[0] - 1] = '\0';
		argv[argc] = storage[argc];
	}
	argv[argc] = NULL;
	*l = (struct line){.fd = -1};
	assert_true(here >= 0 && null >= 0 && dup2(null, STDERR_FILENO) >= 0); /* getopt's own words */
	status = options_read(argc, argv, &o, first);
	assert_true(dup2(here, STDERR_FILENO) >= 0 && close(here) == 0 && close(null) == 0);
	return status;
}

#define PARSE(...) parse(&l, &first, (const char *const[]){"cmd", __VA_ARGS__, NULL})

static void each_kind_is_taken(void **state)
{
	struct line l;
	int first;

	(void)state;
	assert_int_equal(PARSE("--flag", "--fd", "12", "-a", "x", "--add=y", "rest"), 0);
	assert_true(l.flag && l.fd == 12 && l.calls == 2 && first == 7);
	assert_string_equal(l.said, "xy");
	assert_int_equal(PARSE("--text", "-5"), 0);
	assert_string_equal(l.text, "-5");
	assert_int_equal(first, 3);
	/* Behind two dashes all are arguments. */
	assert_int_equal(PARSE("--", "--flag"), 0);
	assert_true(!l.flag && first == 2);
}

static void what_is_wrong_is_refused(void **state)
{
	struct line l;
	int first;

	(void)state;
	assert_int_equal(PARSE("--nothing"), OPTIONS_WRONG);
	assert_int_equal(PARSE("-x"), OPTIONS_WRONG);
	assert_int_equal(PARSE("--text"), OPTIONS_WRONG);
	assert_int_equal(PARSE("--flag=1"), OPTIONS_WRONG);
	assert_int_equal(PARSE("--fd", "1x"), OPTIONS_WRONG);
	assert_int_equal(PARSE("--fd", "-1"), OPTIONS_WRONG);
	assert_int_equal(PARSE("--fd", "2147483648"), OPTIONS_WRONG);
	assert_int_equal(l.fd, -1);
	/* Another command's. */
	assert_int_equal(PARSE("--other"), OPTIONS_WRONG);
	assert_false(l.other);
	/* What the command says itself ends the reading. */
	assert_int_equal(PARSE("--add", "bad", "--flag"), 7);
	assert_false(l.flag);
}

static void help_comes_before_the_rest(void **state)
{
	struct line l;
	int first;

	(void)state;
	assert_int_equal(PARSE("--help", "--nothing"), OPTIONS_HELP);
	assert_int_equal(PARSE("--flag", "-h"), OPTIONS_HELP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind_is_taken),
	    cmocka_unit_test(what_is_wrong_is_refused),
	    cmocka_unit_test(help_comes_before_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
