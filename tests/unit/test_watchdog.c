/* SPDX-License-Identifier: GPL-3.0-or-later
 * The watchdogs, on devices of the test's own (open and ioctl are wrapped): which are started and with what time, when
 * they are told that all is well, and the last time. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "limits.h"
#include "machine/watchdog.h"

enum { DEVICES = 4, FD_FIRST = 500 };

static struct device {
	const char *identity; /* NULL: there is none of that number */
	int seconds;
	int longest; /* 0: any time can be set */
	int pets;
} devices[DEVICES];

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, int request, ...);

int __wrap_open(const char *path, int flags, ...)
{
	int number;

	if (sscanf(path, "/dev/watchdog%d", &number) != 1)
		return __real_open(path, flags);
	assert_true(number >= 0 && number < DEVICES);
	if (devices[number].identity == NULL) {
		errno = ENOENT;
		return -1;
	}
	return FD_FIRST + number;
}

int __wrap_ioctl(int fd, int request, ...)
{
	struct device *d;
	va_list args;
	void *at;

	assert_true(fd >= FD_FIRST && fd < FD_FIRST + DEVICES);
	d = &devices[fd - FD_FIRST];
	va_start(args, request);
	at = va_arg(args, void *);
	va_end(args);
	if (request == (int)WDIOC_GETSUPPORT) {
		memcpy(((struct watchdog_info *)at)->identity, d->identity, strlen(d->identity) + 1);
	} else if (request == (int)WDIOC_SETTIMEOUT) {
		if (d->longest != 0 && *(int *)at > d->longest) {
			errno = EINVAL;
			return -1;
		}
		d->seconds = *(int *)at;
	} else {
		assert_int_equal(request, (int)WDIOC_KEEPALIVE);
		d->pets++;
	}
	return 0;
}

static void plug(const char *first, const char *third)
{
	memset(devices, 0, sizeof devices);
	devices[0].identity = first;
	devices[2].identity = third;
}

static void each_gets_its_time(void **state)
{
	struct watchdogs w;

	(void)state;
	plug("Software Watchdog", "i6300ESB timer");
	watchdogs_open(&w, 1000);
	assert_int_equal(w.count, 2);
	assert_int_equal(w.kind, WATCHDOG_HARDWARE);
	assert_int_equal(devices[0].seconds, LIMIT_WATCHDOG_KERNEL_S);
	assert_int_equal(devices[2].seconds, LIMIT_WATCHDOG_S);

	plug("Software Watchdog", NULL);
	watchdogs_open(&w, 1000);
	assert_int_equal(w.count, 1);
	assert_int_equal(w.kind, WATCHDOG_KERNEL);
}

static void all_are_told_in_time_and_not_more_often(void **state)
{
	struct watchdogs w;

	(void)state;
	plug("Software Watchdog", "i6300ESB timer");
	watchdogs_open(&w, 1000);
	assert_int_equal(watchdogs_next_ms(&w), 1000 + LIMIT_WATCHDOG_PET_MS);
	watchdogs_pet(&w, 1000 + LIMIT_WATCHDOG_PET_MS - 1);
	assert_int_equal(devices[0].pets + devices[2].pets, 0);
	watchdogs_pet(&w, 1000 + LIMIT_WATCHDOG_PET_MS);
	assert_true(devices[0].pets == 1 && devices[2].pets == 1);
	assert_int_equal(watchdogs_next_ms(&w), 1000 + 2 * LIMIT_WATCHDOG_PET_MS);
}

static void the_last_time_is_as_long_as_each_can(void **state)
{
	struct watchdogs w;

	(void)state;
	plug("Software Watchdog", "i6300ESB timer");
	devices[2].longest = LIMIT_WATCHDOG_S;
	watchdogs_open(&w, 0);
	watchdogs_last(&w, 4 * LIMIT_WATCHDOG_S);
	assert_int_equal(devices[0].seconds, 4 * LIMIT_WATCHDOG_S);
	assert_int_equal(devices[2].seconds, LIMIT_WATCHDOG_S);
	assert_true(devices[0].pets == 1 && devices[2].pets == 1);
}

static void without_one_nothing_is_due(void **state)
{
	struct watchdogs w;

	(void)state;
	plug(NULL, NULL);
	watchdogs_open(&w, 0);
	assert_int_equal(w.kind, WATCHDOG_NONE);
	assert_int_equal(watchdogs_next_ms(&w), DEADLINE_NONE);
	watchdogs_pet(&w, DEADLINE_NONE - 1);
	watchdogs_last(&w, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_gets_its_time),
	    cmocka_unit_test(all_are_told_in_time_and_not_more_often),
	    cmocka_unit_test(the_last_time_is_as_long_as_each_can),
	    cmocka_unit_test(without_one_nothing_is_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
