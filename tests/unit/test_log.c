/* SPDX-License-Identifier: GPL-3.0-or-later
 * The log on a terminal that others write to as well. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

/* A role shares init's descriptor. What it writes there neither waits nor makes others wait. */
static void a_full_terminal_keeps_nobody(void **state)
{
	static uint8_t bytes[1 << 20];
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int saved = dup(STDERR_FILENO);
	int terminal;

	(void)state;
	assert_true(master >= 0 && saved >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	terminal = log_open_terminal(ptsname(master));
	assert_true(terminal >= 0);
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
	close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_terminal_keeps_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
