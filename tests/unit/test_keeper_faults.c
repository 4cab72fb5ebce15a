/* SPDX-License-Identifier: GPL-3.0-or-later
 * One exchange with every message that the keeper takes, broken off everywhere: its workers die, it is killed, or a
 * call of its fails. Afterwards the store is as it was before the step that broke, or as after it, and as after it if
 * that was acknowledged, and as before it if it was refused; and the next exchange goes well.
 *
 *   test_keeper_faults [TEST]    with VERBOSE in the environment it says which call was hit when
 *
 * The calls are wrapped by the linker, in this program alone (appliance/Makefile). */
#include "keeper_exchange.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* ---- calls that fail, or before which the keeper is killed */

enum fault { FAULT_NONE, FAULT_KILL, FAULT_FAIL, FAULT_FAIL_ON /* it and all that follow */ };

/* Seen by the keeper's process and the test. */
static struct shared {
	enum fault fault;
	unsigned at; /* the call; 1 is the first */
	unsigned calls;
	bool hit;
	const char *name; /* of the call that was hit: the same address in both processes */
} *shared;

static bool in_keeper;

static bool broken(const char *name, bool changes)
{
	if (!in_keeper || shared->fault == FAULT_NONE || (shared->fault == FAULT_KILL && !changes))
		return false;
	/* Answers still come. */
	if (shared->fault == FAULT_FAIL_ON && strcmp(name, "sendmsg") == 0)
		return false;
	shared->calls++;
	if (shared->calls < shared->at || (shared->calls > shared->at && shared->fault != FAULT_FAIL_ON))
		return false;
	shared->hit = true;
	shared->name = name;
	if (shared->fault == FAULT_KILL)
		kill(getpid(), SIGKILL);
	return true;
}

#define WRAP(type, name, parameters, arguments, changes, ...)                                                          \
	type __real_##name parameters;                                                                                 \
	type __wrap_##name parameters;                                                                                 \
	type __wrap_##name parameters                                                                                  \
	{                                                                                                              \
		if (broken(#name, changes)) {                                                                          \
			__VA_ARGS__;                                                                                   \
		}                                                                                                      \
		return __real_##name arguments;                                                                        \
	}

WRAP(int, mdb_env_create, (MDB_env * *env), (env), false, return ENOMEM)
WRAP(int, mdb_env_open, (MDB_env * env, const char *path, unsigned flags, mdb_mode_t mode), (env, path, flags, mode),
     false, return ENOSPC)
WRAP(int, mdb_txn_begin, (MDB_env * env, MDB_txn *parent, unsigned flags, MDB_txn **txn), (env, parent, flags, txn),
     true, return ENOMEM)
WRAP(int, mdb_txn_commit, (MDB_txn * txn), (txn), true, mdb_txn_abort(txn); return ENOSPC)
WRAP(int, mdb_txn_renew, (MDB_txn * txn), (txn), false, return ENOMEM)
WRAP(int, mdb_get, (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *data), (txn, dbi, key, data), false, return EIO)
WRAP(int, mdb_put, (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags),
     (txn, dbi, key, data, flags), true, return MDB_MAP_FULL)
WRAP(int, mdb_del, (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *data), (txn, dbi, key, data), true,
     return MDB_MAP_FULL)
WRAP(int, mdb_cursor_open, (MDB_txn * txn, MDB_dbi dbi, MDB_cursor **cursor), (txn, dbi, cursor), false, return ENOMEM)
WRAP(int, mdb_cursor_get, (MDB_cursor * cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op), (cursor, key, data, op),
     false, return EIO)
WRAP(int, mdb_cursor_del, (MDB_cursor * cursor, unsigned flags), (cursor, flags), true, return MDB_MAP_FULL)
WRAP(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at), true,
     /* How a full file system begins. */
     if (n > 4096) return __real_pwrite(fd, p, n / 2, at);
     errno = ENOSPC; return -1)
WRAP(ssize_t, writev, (int fd, const struct iovec *iov, int count), (fd, iov, count), true, errno = ENOSPC; return -1)
WRAP(ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at), false, errno = EIO; return -1)
WRAP(int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n), true, errno = ENOMEM; return -1)
WRAP(void *, mmap, (void *p, size_t n, int protection, int flags, int fd, off_t at), (p, n, protection, flags, fd, at),
     false, errno = ENOMEM;
     return MAP_FAILED)
WRAP(void *, malloc, (size_t n), (n), false, errno = ENOMEM; return NULL)
WRAP(void *, calloc, (size_t count, size_t n), (count, n), false, errno = ENOMEM; return NULL)
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags), true, errno = ENOBUFS; return -1)

/* ---- broken off */

/* The exchange ends after its first message, after its second ... */
static void dies_after_every_message(bool keeper_too)
{
	struct keeper_process kp = keeper_new();
	bool all = false;
	int n = 1;

	for (; !all; n++) {
		struct play x;
		enum err last;
		size_t done;
		if (keeper_too)
			kill_hard(&kp);
		else
			keeper_stop(&kp);
		fixture_end(kp.f);
		fixture_make(kp.f, CAPACITY, 1, 200);
		start(&kp);
		x = play_new(&kp);
		sends_left = n;
		done = play(&x, &last);
		all = sends_left > 0;
		sends_left = INT_MAX;
		if (keeper_too) {
			kill_hard(&kp);
			start(&kp);
		}
		check_world(&kp, &x, done, last);
	}
	assert_true(n > 70);
	keeper_free(&kp);
}

static void workers_die_after_every_message(void **state)
{
	(void)state;
	dies_after_every_message(false);
}

static void the_keeper_dies_after_every_message(void **state)
{
	(void)state;
	dies_after_every_message(true);
}

static void start_broken(struct keeper_process *kp, enum fault fault, unsigned at)
{
	*shared = (struct shared){.fault = fault, .at = at};
	in_keeper = true; /* only the child, which is forked now, makes calls before this is taken back */
	start(kp);
	in_keeper = false;
}

/* Its end, whatever it was, and a successor. */
static void go_on(struct keeper_process *kp)
{
	struct source nobody = source_new();
	int fd;
	int status;
	enum err e;

	shared->fault = FAULT_NONE;
	fd = open_peer(kp, ROLE_VISIT);
	/* It looks into its database, finds that it can't go on, if so, and ends before it asks again who is there. */
	(void)!send_auth(fd, &nobody);
	e = reserve(fd, 0);
	close(fd);
	/* Closed: it broke off between a drain and its end. */
	if (e == ERR_OK || e == ERR_CLOSED)
		return;
	assert_int_equal(e, ERR_END);
	assert_int_equal(waitpid(kp->pid, &status, 0), kp->pid);
	/* Killed, or by its own decision: never by a BUG_IF. */
	assert_true((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) || WIFEXITED(status));
	close(kp->init);
	start(kp);
}

static unsigned broken_everywhere(enum fault fault)
{
	struct keeper_process kp = keeper_new();
	unsigned tried = 0;

	/* How many there are. */
	for (unsigned at = UINT_MAX;; tried++) {
		struct play x;
		enum err last;
		size_t done;
		keeper_stop(&kp);
		fixture_end(kp.f);
		fixture_make(kp.f, CAPACITY, 1, 200);
		start_broken(&kp, fault, at);
		x = play_new(&kp);
		done = play(&x, &last);
		if (getenv("VERBOSE") != NULL)
			fprintf(stderr, "call %u, %s: %zu steps, %s\n", at, shared->hit ? shared->name : "-", done,
				err_text(last));
		if (at == UINT_MAX) {
			assert_int_equal(done, STEPS);
			at = 1;
			continue;
		}
		go_on(&kp);
		check_world(&kp, &x, done, last);
		if (!shared->hit)
			break;
		at++;
	}
	check_next_exchange(&kp);
	keeper_free(&kp);
	return tried;
}

static void the_keeper_dies_before_any_call(void **state)
{
	(void)state;
	assert_true(broken_everywhere(FAULT_KILL) > 300);
}

static void any_call_fails(void **state)
{
	(void)state;
	assert_true(broken_everywhere(FAULT_FAIL) > 500);
}

static void all_calls_fail_for_a_while(void **state)
{
	(void)state;
	assert_true(broken_everywhere(FAULT_FAIL_ON) > 500);
}

/* ---- the file system is full before the keeper thinks so */

static void the_tmpfs_is_full(void **state)
{
	struct keeper_process kp = {.f = malloc(sizeof(struct fixture))};
	struct source s = source_new();
	enum err e = ERR_OK;
	int fd;
	int sent = 0;

	(void)state;
	assert_non_null(kp.f);
	fixture_make(kp.f, CAPACITY, 1, 200);
	assert_int_equal(mount("store", kp.f->directory, "tmpfs", 0, "size=6m"), 0);
	start(&kp);
	fd = open_peer(&kp, ROLE_VISIT);
	make_owner(fd, &s);
	while ((e = send_text(fd, 200000)) == ERR_OK)
		sent++;
	assert_int_equal(e, ERR_FULL);
	assert_in_range(sent, 15, 30);
	SEND(fd, DRAFT_DROP);
	assert_int_equal(result(fd), ERR_OK);
	while (send_text(fd, 3000) == ERR_OK)
		sent++;
	SEND(fd, DRAFT_DROP);
	assert_int_equal(result(fd), ERR_OK);
	/* All that was acknowledged is there, before a restart and after it. */
	for (int round = 0; round < 2; round++) {
		struct world w = {0};
		see_source(&kp, &s, &w);
		assert_int_equal(w.messages, sent + 1);
		kill_hard(&kp);
		start(&kp);
	}
	close(fd);
	/* Forgetting needs no room that isn't there. */
	fd = open_peer(&kp, ROLE_VISIT);
	assert_int_equal(send_auth(fd, &s), ERR_OK);
	SEND(fd, CONVERSATION_DELETE);
	assert_int_equal(result(fd), ERR_OK);
	close(fd);
	fd = open_peer(&kp, ROLE_VISIT);
	while (file(fd, FILE_TEXT, 1, 2000000) != ERR_OK) {
		SEND(fd, DRAFT_DROP);
		assert_int_equal(result(fd), ERR_OK);
	}
	close(fd);
	keeper_stop(&kp);
	assert_int_equal(umount2(kp.f->directory, MNT_DETACH), 0);
	fixture_free(kp.f);
}

/* ---- no secret memory */

static void without_secret_memory_no_keeper_starts(void **state)
{
	struct keeper_process kp = {.f = malloc(sizeof(struct fixture))};
	struct store store;
	struct store_setup setup;
	struct vault v;

	(void)state;
	assert_non_null(kp.f);
	fixture_make(kp.f, CAPACITY, 1, 200);
	/* The area can't be mapped: the error is said, nothing is made. */
	*shared = (struct shared){.fault = FAULT_FAIL, .at = 1};
	in_keeper = true;
	assert_int_equal(vault_open(dup(kp.f->secrets.fd), kp.f->secrets.hidden, &v), ERR_NO_MEMORY);
	*shared = (struct shared){.fault = FAULT_FAIL, .at = 1};
	setup = fixture_setup(kp.f);
	assert_int_equal(store_open(&store, &setup), ERR_NO_MEMORY);
	in_keeper = false;
	for (size_t i = 0; i < kp.f->secrets.n; i++)
		assert_int_equal(kp.f->secrets.p[i], 0);
	fixture_free(kp.f);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(workers_die_after_every_message),
	    cmocka_unit_test(the_keeper_dies_after_every_message),
	    cmocka_unit_test(the_keeper_dies_before_any_call),
	    cmocka_unit_test(any_call_fails),
	    cmocka_unit_test(all_calls_fail_for_a_while),
	    cmocka_unit_test(the_tmpfs_is_full),
	    cmocka_unit_test(without_secret_memory_no_keeper_starts),
	};

	signal(SIGPIPE, SIG_IGN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
