/* SPDX-License-Identifier: GPL-3.0-or-later
 * The log on a terminal that others write to as well. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* A role shares init's descriptor. What it writes there neither waits nor makes others wait. A FIFO stands for the
 * terminal: the builder root has no pseudo-terminals, and fullness is the same. */
static void a_full_terminal_keeps_nobody(void **state)
{
	static uint8_t bytes[1 << 20];
	char path[] = "/tmp/courier-log-XXXXXX";
	int saved = dup(STDERR_FILENO);
	int reader;
	int terminal;

	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
	assert_int_equal(mkfifo("line", 0600), 0);
	reader = open("line", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	terminal = log_open_terminal("line");
	assert_true(saved >= 0 && reader >= 0 && terminal >= 0);
	alarm(20); /* a write that waits is the end of this program, and a failure */
	while (write(terminal, bytes, sizeof bytes) > 0)
		continue;
	assert_int_equal(errno, EAGAIN);
	assert_true(dup2(terminal, STDERR_FILENO) >= 0);
	log_event(LOG_STARTED, 0, 0);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	alarm(0);
	close(saved);
	close(terminal);
	close(reader);
	assert_int_equal(unlink("line"), 0);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_terminal_keeps_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
