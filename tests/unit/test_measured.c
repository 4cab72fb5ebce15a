/* SPDX-License-Identifier: GPL-3.0-or-later
 * machine/measured.c: what the kernel shows of a TPM is read whole, or not at all. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/measured.h"

#define DIGITS "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"

static char folder[] = "/tmp/courier-measured-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void both_registers_or_none(void **state)
{
	static const uint8_t zero[32];
	static const char *const bad[] = {
	    "",
	    "\n",
	    DIGITS,
	    DIGITS " ",
	    DIGITS "\n\n",
	    "0x" DIGITS "\n",
	    DIGITS "0\n",
	    "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEG\n",
	};
	uint8_t pcr4[32], pcr11[32];

	(void)state;
	put("4", DIGITS "\n");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		put("11", bad[i]);
		memset(pcr4, 1, sizeof pcr4);
		memset(pcr11, 1, sizeof pcr11);
		assert_int_equal(measured_read(folder, pcr4, pcr11), ERR_FORMAT);
		assert_memory_equal(pcr4, zero, sizeof zero);
		assert_memory_equal(pcr11, zero, sizeof zero);
	}
	put("11", DIGITS "\n");
	assert_int_equal(measured_read(folder, pcr4, pcr11), ERR_OK);
	assert_true(pcr4[0] == 0x01 && pcr4[31] == 0xef && pcr11[31] == 0xef);
}

static void no_tpm(void **state)
{
	uint8_t pcr4[32], pcr11[32];

	(void)state;
	assert_int_equal(measured_read("/nowhere", pcr4, pcr11), ERR_NOT_FOUND);
	assert_int_equal(measured_read("/", pcr4, pcr11), ERR_NOT_FOUND);
	assert_int_equal(pcr4[0] | pcr11[0], 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_registers_or_none),
	    cmocka_unit_test(no_tpm),
	};
	int failed;
	char path[64];

	if (mkdtemp(folder) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)snprintf(path, sizeof path, "%s/4", folder);
	unlink(path);
	(void)snprintf(path, sizeof path, "%s/11", folder);
	unlink(path);
	rmdir(folder);
	return failed;
}
