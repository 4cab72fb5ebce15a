/* SPDX-License-Identifier: GPL-3.0-or-later
 * The n-th allocation of OpenSSL fails, for every n: what its EVP does for us ends with an error and zeros, with the
 * right result, or where the header calls a failure a bug, by abort(); never with anything else. */
#include "test.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "age/hpke.h"
#include "age/scrypt.h"
#include "crypto/openssl.h"
#include "codename/argon2.h"

static const uint8_t seed[XWING_SEED_LEN] = {1};
static const uint8_t entropy[64] = {2};
static const uint8_t zero[XWING_PUBLIC_LEN + XWING_CIPHER_LEN];

/* Shared with the children: results of a run that nothing disturbed, and how many allocations it made. */
static struct shared {
	unsigned allocations;
	uint8_t results[sizeof zero];
	uint8_t key[XWING_PUBLIC_LEN], cipher[XWING_CIPHER_LEN], pq_seed[MLKEM768_SEED_LEN];
} *shared;

static unsigned fails_at; /* counted from 1; 0: none */

static bool falls(void)
{
	return ++shared->allocations == fails_at;
}

static void *scarce_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return falls() ? NULL : malloc(n);
}

static void *scarce_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return falls() ? NULL : realloc(p, n);
}

static void give_back(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* ---- what is called: its error, and its outputs in r */

struct results {
	uint8_t bytes[sizeof zero];
	size_t n;
};

static enum err make_public(struct results *r)
{
	r->n = MLKEM768_PUBLIC_LEN;
	return mlkem768_public(shared->pq_seed, r->bytes);
}

static enum err encapsulate(struct results *r)
{
	r->n = MLKEM768_CIPHER_LEN + 32;
	return mlkem768_encapsulate(shared->key, entropy, r->bytes, r->bytes + MLKEM768_CIPHER_LEN);
}

static enum err decapsulate(struct results *r)
{
	r->n = 32;
	return mlkem768_decapsulate(shared->pq_seed, shared->cipher, r->bytes);
}

static enum err make_xwing(struct results *r)
{
	r->n = XWING_PUBLIC_LEN;
	return xwing_public(seed, r->bytes);
}

static enum err encapsulate_xwing(struct results *r)
{
	r->n = XWING_CIPHER_LEN + 32;
	return xwing_encapsulate(shared->key, entropy, r->bytes, r->bytes + XWING_CIPHER_LEN);
}

static enum err decapsulate_xwing(struct results *r)
{
	r->n = 32;
	return xwing_decapsulate(seed, shared->key, shared->cipher, r->bytes);
}

static enum err hash(struct results *r)
{
	r->n = 96;
	shake256(BYTES_ARRAY(seed), r->bytes, 64);
	sha3_256(BYTES_ARRAY(seed), r->bytes + 64);
	return ERR_OK;
}

static enum err derive_argon2(struct results *r)
{
	const struct argon2_input in = {
	    .password = BYTES_ARRAY(seed), .salt = BYTES_ARRAY(entropy), .memory_kib = 64, .passes = 1, .lanes = 1};

	r->n = 32;
	return argon2id(&in, r->bytes, 32);
}

static enum err derive_scrypt(struct results *r)
{
	r->n = 32;
	return scrypt(BYTES_ARRAY(seed), BYTES_ARRAY(entropy), 4, 8, 1, r->bytes, 32);
}

enum { DECAPSULATE, ARGON2 };

/* hashes: SHA-3 is a part of it, whose failure is a bug. */
static const struct use {
	const char *name;
	enum err (*run)(struct results *r);
	bool hashes;
} uses[] = {
    [DECAPSULATE] = {"mlkem768_decapsulate", decapsulate, false},
    [ARGON2] = {"argon2id", derive_argon2, false},
    {"xwing_decapsulate", decapsulate_xwing, true},
    {"mlkem768_public", make_public, false},
    {"mlkem768_encapsulate", encapsulate, false},
    {"xwing_public", make_xwing, true},
    {"xwing_encapsulate", encapsulate_xwing, true},
    {"SHA-3", hash, true},
    {"scrypt", derive_scrypt, false},
};

#define PATIENCE_S 20 /* then it hangs, which is a failure */

enum { RIGHT, REFUSED, NOT_ZERO, WRONG };

static int child(const struct use *u, unsigned n)
{
	static struct results r;
	enum err e;

	memset(r.bytes, 0xee, sizeof r.bytes);
	fails_at = n;
	shared->allocations = 0;
	e = u->run(&r);
	if (e != ERR_OK)
		return memcmp(r.bytes, zero, r.n) == 0 ? REFUSED : NOT_ZERO;
	if (n == 0)
		memcpy(shared->results, r.bytes, r.n);
	return memcmp(r.bytes, shared->results, r.n) == 0 ? RIGHT : WRONG;
}

static int status_of(const struct use *u, unsigned n)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(PATIENCE_S);
		_exit(child(u, n));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void every_allocation(const struct use *u)
{
	unsigned refused = 0;
	unsigned aborted = 0;
	unsigned count;

	assert_int_equal(status_of(u, 0), 0);
	count = shared->allocations;
	for (unsigned n = 1; n <= count; n++) {
		int status = status_of(u, n);
		if (u->hashes && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) {
			aborted++;
			continue;
		}
		if (!WIFEXITED(status) || WEXITSTATUS(status) > REFUSED)
			fail_msg("%s, allocation %u of %u: status %x", u->name, n, count, (unsigned)status);
		refused += WEXITSTATUS(status) == REFUSED;
	}
	print_message("%s: %u allocations, %u errors, %u aborts\n", u->name, count, refused, aborted);
	assert_true(refused + aborted > 0);
}

static int prepare(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	assert_int_equal(CRYPTO_set_mem_functions(scarce_malloc, scarce_realloc, give_back), 1);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		uint8_t secret[32];
		shake256(BYTES_ARRAY(seed), shared->pq_seed, sizeof shared->pq_seed);
		_exit(xwing_public(seed, shared->key) == ERR_OK &&
			      xwing_encapsulate(shared->key, entropy, shared->cipher, secret) == ERR_OK
			  ? 0
			  : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return 0;
}

/* OpenSSL's own start is not to begin when it can't end. */
static void no_room_to_start(void **state)
{
	const struct rlimit none = {0, RLIM_INFINITY};
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	int status;
	pid_t pid;

	(void)state;
	SKIP_IF_SANITIZED();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		bool well;
		alarm(PATIENCE_S);
		well = setrlimit(RLIMIT_AS, &none) == 0 && !openssl_ready();
		/* Asked again when there is room, it starts. */
		_exit(well && setrlimit(RLIMIT_AS, &all) == 0 && openssl_ready() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* The children begin where a worker does: OpenSSL has started, and has fetched nothing. */
static void first_use(void **state)
{
	(void)state;
	assert_true(openssl_ready());
	every_allocation(&uses[DECAPSULATE]);
	every_allocation(&uses[ARGON2]);
}

static void later_use(void **state)
{
	struct results r;

	(void)state;
	for (const struct use *u = uses; u < uses + sizeof uses / sizeof uses[0]; u++)
		assert_int_equal(u->run(&r), ERR_OK);
	for (const struct use *u = uses; u < uses + sizeof uses / sizeof uses[0]; u++)
		every_allocation(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_room_to_start),
	    cmocka_unit_test(first_use),
	    cmocka_unit_test(later_use),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
