/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the store costs. One JSON object a line, on standard output.
 *
 *   store submissions              text messages a second of CPU, each committed, beside LMDB's own puts of their
 *                                 size
 *   store scale CONVERSATIONS ...  ten messages in each: microseconds for each step
 *
 * STORE_FOLDER in the environment, else /dev/shm, ought to be a tmpfs with room: 2 GiB for 100,000 conversations. */
#include "keeper_process.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum {
	TEXT = 4400, /* a page of text, padded and sealed to one desk */
	ROUNDS = 5,
	SUBMISSIONS = 20000,
	MESSAGES = 10, /* in each conversation */
	LOGINS = 20000,
};

#define STORE ((8ull << 30) / 100 * LIMIT_STORE_PERCENT) /* of a box of 8 GiB */

static const char *folder = "/dev/shm";

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "store: %s failed\n", what);
	exit(2);
}

static double clock_s(clockid_t which)
{
	struct timespec t;

	need(clock_gettime(which, &t) == 0, "the clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of this process's CPU: it waits for nothing, and other work on the machine is not its cost. */
static double now_s(void)
{
	return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

static struct fixture *make(uint64_t capacity, size_t slots)
{
	struct fixture *f = malloc(sizeof *f);

	need(f != NULL, "memory");
	fixture_make(f, capacity, 1, slots);
	rmdir(f->directory);
	need(snprintf(f->directory, sizeof f->directory, "%s/keeper-XXXXXX", folder) < (int)sizeof f->directory,
	     "the path");
	need(mkdtemp(f->directory) != NULL, "the folder");
	need(fixture_open(f) == ERR_OK, "the store");
	return f;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof *values, by_size);
	return values[n / 2];
}

/* What a source sends. Made once: the sender's work is not the store's. */
static uint8_t text[60000];

static void stage_text(struct fixture *f, size_t n)
{
	struct draft *d = &f->drafts[0];

	need(draft_begin(&f->store, d, FILE_TEXT) == ERR_OK, "a file");
	draft_data(&f->store, d, bytes_of(text, n));
	need(draft_end(&f->store, d, true) == ERR_OK, "a file");
}

static void create_one(struct fixture *f, struct source *s, size_t n)
{
	*s = source_new();
	stage_text(f, n);
	need(store_create(&f->store, s->id, s->proof_hash, 1, RECIPIENT, &f->drafts[0], &s->c) == ERR_OK,
	     "a conversation");
	store_flush(&f->store);
}

static void submit_one(struct fixture *f, const struct source *s, size_t n)
{
	stage_text(f, n);
	need(store_submit(&f->store, &s->c, 1, &f->drafts[0]) == ERR_OK, "a submission");
	store_flush(&f->store);
}

/* ---- submissions */

/* LMDB as the store opens it; values of these sizes under random names, and a commit after each. Rounds of all of them
 * a second. */
static double raw_puts(const size_t *sizes, size_t count)
{
	char directory[64];
	char path[96];
	struct db db;
	double begun;
	double rate;

	need(snprintf(directory, sizeof directory, "%s/raw-XXXXXX", folder) < (int)sizeof directory, "the path");
	need(mkdtemp(directory) != NULL && db_open(&db, directory, 2ull << 30, true) == ERR_OK, "the database");
	begun = now_s();
	for (size_t i = 0; i < SUBMISSIONS * count; i++) {
		uint8_t name[18];
		MDB_val key = {sizeof name, name};
		MDB_val value = {sizes[i % count], text};
		random_fill(name, sizeof name);
		need(db_begin(&db) == ERR_OK && mdb_put(db.write, db.dbi, &key, &value, 0) == MDB_SUCCESS &&
			 db_commit(&db) == ERR_OK,
		     "a put");
	}
	rate = SUBMISSIONS / (now_s() - begun);
	db_close(&db);
	snprintf(path, sizeof path, "%s/data", directory);
	unlink(path);
	snprintf(path, sizeof path, "%s/chunks", directory);
	unlink(path);
	rmdir(directory);
	return rate;
}

static double submissions(size_t size)
{
	struct fixture *f = make(2ull << 30, 200);
	struct source sources[100];
	double begun;
	double rate;

	for (size_t i = 0; i < 100; i++) {
		create_one(f, &sources[i], size);
	}
	begun = now_s();
	for (size_t i = 0; i < SUBMISSIONS; i++) {
		submit_one(f, &sources[i % 100], size);
	}
	rate = SUBMISSIONS / (now_s() - begun);
	fixture_free(f);
	return rate;
}

static int bench_submissions(void)
{
	static const size_t sizes[] = {1500, TEXT, 16000, sizeof text};

	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
		/* What a submission writes: a chunk, a message, a head. */
		const size_t written[] = {chunk_bucket(sizes[s] + AEAD_TAG_LEN), 256, 128};
		double store[ROUNDS];
		double raw[ROUNDS];
		double all[ROUNDS];
		/* In turns, so that both meet the same machine. */
		for (size_t i = 0; i < ROUNDS; i++) {
			raw[i] = raw_puts(&sizes[s], 1);
			all[i] = raw_puts(written, 3);
			store[i] = submissions(sizes[s]);
		}
		printf("{\"bytes\": %zu, \"submissions_per_s\": %.0f, \"raw_puts_per_s\": %.0f, "
		       "\"raw_three_puts_per_s\": %.0f}\n",
		       sizes[s], median(store, ROUNDS), median(raw, ROUNDS), median(all, ROUNDS));
		fflush(stdout);
	}
	return 0;
}

/* ---- scale */

struct costs { /* microseconds each */
	double create, submit, login, collect, confirm, state, restart_s, memory_mib;
};

/* Neighbours in time are not neighbours in the tree. */
static size_t scattered(size_t i, size_t n)
{
	return i * 7919 % n;
}

/* All that waits, each file opened. Microseconds. */
static double collect_all(struct fixture *f, size_t expected, uint64_t *last)
{
	static struct store_collect got;
	static uint8_t out[LIMIT_CHUNK];
	double begun = now_s();
	size_t count = 0;

	while (store_collect_next(&f->store, 1, *last, &got) == ERR_OK) {
		struct conversation c;
		struct file_ref ref;
		uint8_t key[32];
		size_t n;
		need(store_desk_find(&f->store, got.id, 1, &c) == ERR_OK &&
			 store_file_find(&f->store, &c, RECORD_MESSAGE, got.files[0].item, FILE_TEXT, 1, &ref, key) ==
			     ERR_OK &&
			 chunk_get(&f->store.db, &ref, key, 0, out, &n) == ERR_OK,
		     "a collected file");
		db_rest(&f->store.db);
		*last = got.cursor;
		count++;
	}
	need(count == expected, "collecting all");
	return (now_s() - begun) * 1e6;
}

static double confirm_upto(struct fixture *f, uint64_t last)
{
	uint64_t at = 0;
	double begun = now_s();

	do
		need(store_collected(&f->store, 1, last, &at) == ERR_OK, "confirming");
	while (at < last);
	while (f->store.trash)
		store_sweep(&f->store);
	return (now_s() - begun) * 1e6;
}

/* One message more in each conversation. Microseconds. */
static double submit_round(struct fixture *f, struct source *sources, size_t n)
{
	double begun = now_s();

	for (size_t i = 0; i < n; i++)
		submit_one(f, &sources[scattered(i, n)], TEXT);
	return (now_s() - begun) * 1e6;
}

/* Of this process's CPU and the keeper's. */
static double both_s(const struct keeper_process *kp)
{
	clockid_t of_keeper;

	need(clock_getcpuclockid(kp->pid, &of_keeper) == 0, "the keeper's clock");
	return now_s() + clock_s(of_keeper);
}

/* Through the channel: AUTH, and the keeper's answer. */
static double login_some(struct keeper_process *kp, const struct source *sources, size_t n, size_t count)
{
	int visit = open_peer(kp, ROLE_VISIT);
	double begun = both_s(kp);

	for (size_t i = 0; i < count; i++)
		need(send_auth(visit, &sources[scattered(i, n)]) == ERR_OK, "a login");
	close(visit);
	return (both_s(kp) - begun) * 1e6 / (double)count;
}

/* It has found all that its predecessor left. On a busy machine that takes longer than a worker's patience. */
static void wait_until_it_serves(struct keeper_process *kp)
{
	int visit = open_peer(kp, ROLE_VISIT);

	SEND(visit, DRAFT_DROP);
	need(fd_wait(visit, POLLIN, clock_ms() + 10 * 60 * 1000) == ERR_OK && result(visit) == ERR_OK, "a restart");
	close(visit);
}

/* A desk's first copy of every conversation. */
static double copy_all(struct fixture *f, size_t n)
{
	static uint8_t storage[LIMIT_STATE];
	struct store_found found = {.slot = 0};
	double begun = now_s();
	size_t count = 0;

	for (; store_open_next(&f->store, 1, 0, found.slot, &found) == ERR_OK; count++) {
		struct buf out = buf_over(storage, sizeof storage);
		need(store_state_get(&f->store, found.slot, 1, &out) == ERR_OK, "a state");
		db_rest(&f->store.db);
	}
	need(count == n, "all states");
	return (now_s() - begun) * 1e6 / (double)n;
}

/* What the store's files and this process take. */
static double memory_mib(const struct fixture *f)
{
	static const char *const files[] = {"data", "chunks"};
	struct rusage usage;
	double bytes = 0;

	for (size_t i = 0; i < 2; i++) {
		struct stat st;
		char path[96];
		fixture_path(f, files[i], path);
		need(stat(path, &st) == 0, "the store's files");
		bytes += (double)st.st_blocks * 512;
	}
	need(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
	return (bytes + (double)usage.ru_maxrss * 1024) / (1 << 20);
}

/* Ten messages in each; the desk collects all of a round before the next one, but for the last, which a new keeper has
 * to find. */
static struct costs measure(size_t n)
{
	struct source *sources = calloc(n, sizeof *sources);
	struct fixture *f = make(STORE, n + 10);
	struct keeper_process kp = {.f = f};
	struct costs costs = {0};
	uint64_t last = 0;
	double begun = now_s();

	need(sources != NULL, "memory");
	for (size_t i = 0; i < n; i++)
		create_one(f, &sources[i], TEXT);
	costs.create = (now_s() - begun) * 1e6 / (double)n;
	for (int round = 1; round < MESSAGES; round++) {
		costs.collect += collect_all(f, n, &last);
		costs.confirm += confirm_upto(f, last);
		costs.submit += submit_round(f, sources, n);
	}
	costs.collect += collect_all(f, n, &last);
	costs.submit /= (double)(n * (MESSAGES - 1));
	costs.collect /= (double)(n * MESSAGES);
	costs.confirm /= (double)(n * (MESSAGES - 1));
	costs.state = copy_all(f, n);
	costs.memory_mib = memory_mib(f);
	fixture_close(f);
	begun = clock_s(CLOCK_MONOTONIC);
	start(&kp);
	wait_until_it_serves(&kp);
	costs.restart_s = clock_s(CLOCK_MONOTONIC) - begun;
	costs.login = login_some(&kp, sources, n, LOGINS);
	keeper_free(&kp);
	free(sources);
	return costs;
}

static int bench_scale(int count, char **sizes)
{
	for (int i = 0; i < count; i++) {
		size_t n = strtoul(sizes[i], NULL, 10);
		struct costs c;
		need(n > 0 && n < LIMIT_CONVERSATIONS, "the number of conversations");
		c = measure(n);
		printf("{\"conversations\": %zu, \"messages\": %zu, \"create_us\": %.1f, \"submit_us\": %.1f, "
		       "\"login_us\": %.1f, \"collect_us\": %.1f, \"confirm_us\": %.1f, \"state_us\": %.1f, "
		       "\"restart_s\": %.2f, \"memory_mib\": %.0f}\n",
		       n, n * MESSAGES, c.create, c.submit, c.login, c.collect, c.confirm, c.state, c.restart_s,
		       c.memory_mib);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (getenv("STORE_FOLDER") != NULL)
		folder = getenv("STORE_FOLDER");
	random_fill(text, sizeof text);
	if (argc == 2 && strcmp(argv[1], "submissions") == 0)
		return bench_submissions();
	if (argc > 2 && strcmp(argv[1], "scale") == 0)
		return bench_scale(argc - 2, argv + 2);
	fprintf(stderr,
		"usage: store submissions | store scale CONVERSATIONS ...   (STORE_FOLDER: where, else /dev/shm)\n");
	return 2;
}
