/* SPDX-License-Identifier: GPL-3.0-or-later
 * Commands of the workstation, whole, while each of their allocations, writes and random calls fails, one at a
 * time. A command then ends with an error that it says, or by abort() where there is no randomness: never with success
 * and less than that, never with half a file under a name that counts or with anything unsealed left behind. And again,
 * it goes well.
 *
 * With FAULTS=all in the environment every call fails in turn; without, all but those for memory, and of these, of
 * which OpenSSL's start makes thousands, a few. */
#ifndef COMMAND_FAULTS_H
#define COMMAND_FAULTS_H

#include "test.h"

#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "cheap_kdf.h"
#include "faults.h"

#include "base/fd.h"
#include "crypto/openssl.h"

enum { SOME = 8, MOST_WORDS = 16, FILE_MAX = 1 << 20 };

static char place[64];

/* ---- files, in a folder that is the working directory */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

static inline void put(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

static inline bool same(const char *a, const char *b)
{
	static uint8_t one[FILE_MAX], other[FILE_MAX];
	size_t n = 0;
	size_t m = 0;

	assert_int_equal(fd_read_file(a, one, sizeof one, &n), ERR_OK);
	assert_int_equal(fd_read_file(b, other, sizeof other, &m), ERR_OK);
	return n == m && memcmp(one, other, n) == 0;
}

static unsigned entries;

static int count_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)path;
	(void)st;
	(void)flag;
	(void)ftw;
	entries++;
	return 0;
}

/* Files and folders, those with a dot before their name too. */
static inline unsigned count(const char *path)
{
	entries = 0;
	(void)nftw(path, count_one, 16, FTW_PHYS);
	return entries;
}

/* ---- a command in a process of its own */

/* The test's own: what the words mean. */
static int command(int argc, char **argv);

/* Whoever a command serves, until it is told to end; NULL: nobody. */
static void (*play)(pid_t server);

/* The status of waitpid(). Standard input is `text`; what is said goes to `said`, the output, if anybody wants it, to
 * `out`. */
static int status_of(const char *const words[], unsigned at)
{
	static char copies[MOST_WORDS][64];
	char *argv[MOST_WORDS + 1] = {NULL};
	int argc = 0;
	int status;
	pid_t child;

	for (; words[argc] != NULL; argc++) {
		(void)snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
		argv[argc] = copies[argc];
	}
	faults->at = at;
	faults->calls = 0;
	faults->name = NULL;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGSEGV, SIG_DFL); /* cmocka's would go on with the tests, here */
		signal(SIGBUS, SIG_DFL);
		int in = open("text", O_RDONLY);
		int out = open(play == NULL ? "/dev/null" : "out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int said = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (dup2(in, 0) != 0 || dup2(out, 1) != 1 || dup2(said, 2) != 2)
			_exit(98);
		close(in);
		close(out);
		close(said);
		alarm(60);
		faulty = true;
		status = command(argc, argv);
		faulty = false;
		_exit(status);
	}
	if (play != NULL)
		play(child);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static inline void run(const char *const words[])
{
	int status = status_of(words, 0);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s %s: status %x", words[0], words[1], (unsigned)status);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- what is tried */

struct trial {
	const char *const *words;
	void (*prepare)(void);
	void (*worked)(void);
	void (*failed)(void); /* nothing half is there; and again, it works */
};

static void new_root(void)
{
	assert_int_equal(chdir("/"), 0);
	(void)nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(mkdir(place, 0700), 0);
	assert_int_equal(chdir(place), 0);
	put("text", "an answer", 9);
	put("said", "", 0);
}

static void check_said(const struct trial *t, unsigned at, int status)
{
	/* BUG_IF: a library without memory for a hash, or no randomness */
	bool scarce = strcmp(faults->name, "getrandom") == 0 || (at < FAULTS_TOLD && faults->memory[at]);
	struct stat st;

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && scarce)
		return;
	if (!WIFEXITED(status))
		fail_msg("%s %s: %s, call %u: status %x", t->words[0], t->words[1], faults->name, at, (unsigned)status);
	if (stat("said", &st) != 0 || st.st_size == 0)
		fail_msg("%s %s: %s, call %u: status %x, and nothing was said", t->words[0], t->words[1], faults->name,
			 at, (unsigned)status);
}

/* well: the status that it ends with if nothing fails. */
static void try_for(const struct trial *t, int well)
{
	const char *which = getenv("FAULTS");
	const bool whole = which != NULL && strcmp(which, "all") == 0;
	static bool memory[FAULTS_TOLD];
	unsigned all;
	unsigned refused = 0;
	unsigned tried = 0;
	int status;

	t->prepare();
	status = status_of(t->words, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != well)
		fail_msg("%s %s: status %x without a fault", t->words[0], t->words[1], (unsigned)status);
	all = faults->calls;
	assert_in_range(all, 1, FAULTS_TOLD - 1);
	memcpy(memory, faults->memory, sizeof memory);
	t->worked();
	for (unsigned at = 1; at <= all; at++) {
		if (!whole && memory[at] && (at - 1) % (all / SOME + 1) != 0)
			continue;
		tried++;
		t->prepare();
		status = status_of(t->words, at);
		if (getenv("VERBOSE") != NULL)
			fprintf(stderr, "%s %s: call %u, %s: status %x\n", t->words[0], t->words[1], at, faults->name,
				(unsigned)status);
		if (WIFEXITED(status) && WEXITSTATUS(status) == well) {
			t->worked();
			continue;
		}
		check_said(t, at, status);
		refused++;
		t->failed();
	}
	print_message("%s %s: %u calls, %u made to fail, %u refusals\n", t->words[0], t->words[1], all, tried, refused);
	assert_true(refused > 0 || play != NULL);
}

static inline void try(const struct trial *t)
{
	try_for(t, 0);
}

static int command_faults_run(const struct CMUnitTest *tests, size_t count_of, int argc, char **argv)
{
	int bad;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	/* Its start waits for itself for ever if it gets no memory, and sees to it that there is some
	 * (crypto/openssl.c). */
	if (!openssl_ready())
		return 1;
	faults_prepare();
	(void)snprintf(place, sizeof place, "%s/command_faults.%d", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
		       (int)getpid());
	bad = _cmocka_run_group_tests("command faults", tests, count_of, NULL, NULL);
	assert_int_equal(chdir("/"), 0);
	(void)nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return bad;
}

#endif
