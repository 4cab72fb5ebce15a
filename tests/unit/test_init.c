/* SPDX-License-Identifier: GPL-3.0-or-later
 * init's tools: children that borrow memory, parts and their copies, and zeros over files. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/setting.h"
#include "init/parts.h"
#include "machine/selftest.h"
#include "spawn/clone.h"
#include "spawn/scrub.h"

/* ---- clone_borrowing */

static int add_and_stop(void *context)
{
	int *n = context;

	*n += 1;
	return 42;
}

static void test_a_borrowing_child(void **state)
{
	int n = 1;
	int status;
	pid_t child = clone_borrowing(0, -1, add_and_stop, &n);

	(void)state;
	assert_true(child > 0);
	/* It wrote to our memory, and ended before we went on. */
	assert_int_equal(n, 2);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static int open_null(void *context)
{
	*(int *)context = open("/dev/null", O_RDONLY);
	return 0;
}

static void test_its_descriptors(void **state)
{
	int fd = -1;
	int status;

	(void)state;
	/* Its own, or ours with CLONE_FILES. */
	assert_true(clone_borrowing(0, -1, open_null, &fd) > 0);
	assert_true(fd >= 0 && fcntl(fd, F_GETFD) < 0);
	wait(&status);
	assert_true(clone_borrowing(CLONE_FILES, -1, open_null, &fd) > 0);
	assert_true(fcntl(fd, F_GETFD) >= 0);
	wait(&status);
	close(fd);
}

static void test_a_refused_clone(void **state)
{
	int n = 1;

	(void)state;
	/* A new user namespace can't share its parent's file system view with CLONE_FS. */
	assert_int_equal(clone_borrowing(CLONE_NEWUSER | CLONE_FS, -1, add_and_stop, &n), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(n, 1);
}

/* ---- parts */

static const char part_text[] = "\x15\x00 a part of the site file";
static const struct bytes part = {(const uint8_t *)part_text, sizeof part_text - 1};

static bool holds(int fd, struct bytes want)
{
	uint8_t *p = mmap(NULL, want.n, PROT_READ, MAP_SHARED, fd, 0);
	bool same;

	if (p == MAP_FAILED)
		return false;
	same = bytes_eq(bytes_of(p, want.n), want);
	munmap(p, want.n);
	return same;
}

static void test_who_has_a_part(void **state)
{
	struct parts p;
	bool close_it;
	int fd;

	(void)state;
	parts_init(&p);
	assert_int_equal(parts_keep(&p, ROLE_DOOR, part), ERR_PEER);
	assert_int_equal(parts_keep(&p, ROLE_INIT, part), ERR_PEER);
	assert_int_equal(parts_keep(&p, (enum role)200, part), ERR_PEER);
	assert_int_equal(parts_keep(&p, ROLE_VISIT, bytes_of(NULL, 0)), ERR_PEER);
	assert_int_equal(parts_keep(&p, ROLE_VISIT, part), ERR_OK);
	assert_int_equal(parts_keep(&p, ROLE_VISIT, part), ERR_EXISTS);
	assert_int_equal(parts_hand_out(&p, ROLE_DOOR, &fd, &close_it), ERR_OK);
	assert_true(fd == -1 && !close_it);
	parts_wipe(&p);
	assert_int_equal(parts_hand_out(&p, ROLE_VISIT, &fd, &close_it), ERR_OK);
	assert_int_equal(fd, -1);
}

/* One worker must not be able to change what the next one reads. */
static void test_a_shared_part_cannot_change(void **state)
{
	struct parts p;
	bool close_it;
	char path[64];
	int fd;

	(void)state;
	parts_init(&p);
	assert_int_equal(parts_keep(&p, ROLE_VISIT, part), ERR_OK);
	assert_int_equal(parts_hand_out(&p, ROLE_VISIT, &fd, &close_it), ERR_OK);
	assert_false(close_it);
	assert_true(holds(fd, part));
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	/* Not even by a descriptor that is open for writing. */
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	fd = open(path, O_RDWR);
	if (fd >= 0) {
		assert_int_equal(write(fd, "x", 1), -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(ftruncate(fd, 0), -1);
		assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
		close(fd);
	}
	parts_wipe(&p);
}

/* What a role does to its copy reaches neither init nor the role's successor. */
static void test_an_own_part_is_a_copy(void **state)
{
	struct parts p;
	bool close_it;
	int first;
	int second;
	uint8_t *view;

	(void)state;
	parts_init(&p);
	assert_int_equal(parts_keep(&p, ROLE_KEEPER, part), ERR_OK);
	assert_int_equal(parts_hand_out(&p, ROLE_KEEPER, &first, &close_it), ERR_OK);
	assert_true(close_it && holds(first, part));
	view = mmap(NULL, part.n, PROT_READ | PROT_WRITE, MAP_SHARED, first, 0);
	assert_ptr_not_equal(view, MAP_FAILED);
	memset(view, 'x', part.n);
	munmap(view, part.n);
	assert_int_equal(parts_hand_out(&p, ROLE_KEEPER, &second, &close_it), ERR_OK);
	assert_true(holds(second, part));
	close(first);
	close(second);
	parts_wipe(&p);
}

/* ---- scrub */

static char folder[] = "/tmp/courier-init-XXXXXX";

static int write_at(const char *name, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void test_scrub(void **state)
{
	char path[256];
	char text[64];
	char outside[] = "/tmp/courier-outside-XXXXXX";
	int held[3];
	int other;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/deep", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	held[0] = write_at("key", "a secret key");
	held[1] = write_at("deep/key", "another secret");
	held[2] = write_at("holes", "begin");
	assert_int_equal(pwrite(held[2], "end", 3, 3 << 20), 3);
	other = mkstemp(outside);
	assert_int_equal(write(other, "not ours", 8), 8);
	snprintf(path, sizeof path, "%s/link", folder);
	assert_int_equal(symlink(outside, path), 0);
	scrub_directory(folder);
	/* The files are gone by name, and whoever still holds them reads zeros. */
	for (int i = 0; i < 3; i++) {
		ssize_t n = pread(held[i], text, sizeof text, 0);
		assert_true(n > 0);
		for (ssize_t j = 0; j < n; j++)
			assert_int_equal(text[j], 0);
		assert_int_equal(fstat(held[i], &st), 0);
		assert_int_equal(st.st_nlink, 0);
	}
	assert_int_equal(pread(held[2], text, 3, 3 << 20), 3);
	assert_true(text[0] == 0 && text[1] == 0 && text[2] == 0);
	assert_int_equal(fstat(held[2], &st), 0);
	assert_true(st.st_blocks * 512 < 1 << 20); /* the hole is still one */
	/* A link is removed, not followed. */
	assert_int_equal(pread(other, text, 8, 0), 8);
	assert_memory_equal(text, "not ours", 8);
	for (int i = 0; i < 3; i++)
		close(held[i]);
	close(other);
	unlink(outside);
	snprintf(path, sizeof path, "%s/deep", folder);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(folder), 0);
	scrub_directory("/nonexistent");
}

/* ---- the self-test */

/* On a kernel without all that ours has, what is computed is right all the same: these come first. */
static void test_self(void **state)
{
	static const char *const of_our_kernel[] = {"memory that the kernel can't read", "seccomp", "Landlock"};
	const char *failed = self_test();
	bool known = failed == NULL;

	(void)state;
	for (size_t i = 0; i < sizeof of_our_kernel / sizeof of_our_kernel[0] && !known; i++)
		known = strcmp(failed, of_our_kernel[i]) == 0;
	if (!known)
		fail_msg("the self-test says: %s", failed);
}

static void test_a_setting(void **state)
{
	char path[] = "/tmp/setting-XXXXXX";
	char text[8];
	size_t n;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0 && close(fd) == 0);
	assert_int_equal(setting_write(AT_FDCWD, path, "12"), ERR_OK);
	assert_int_equal(fd_read_file(path, text, sizeof text, &n), ERR_OK);
	assert_true(n == 2 && memcmp(text, "12", 2) == 0);
	assert_int_equal(unlink(path), 0);
	/* It is never made. */
	assert_int_equal(setting_write(AT_FDCWD, path, "12"), ERR_IO);
	/* The kernel has no such value. */
	assert_int_equal(setting_write(AT_FDCWD, "/proc/self/oom_score_adj", "nothing"), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_borrowing_child),
	    cmocka_unit_test(test_its_descriptors),
	    cmocka_unit_test(test_a_refused_clone),
	    cmocka_unit_test(test_who_has_a_part),
	    cmocka_unit_test(test_a_shared_part_cannot_change),
	    cmocka_unit_test(test_an_own_part_is_a_copy),
	    cmocka_unit_test(test_scrub),
	    cmocka_unit_test(test_a_setting),
	    cmocka_unit_test(test_self),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
