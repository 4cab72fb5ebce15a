/* SPDX-License-Identifier: GPL-3.0-or-later
 * Randomness that the kernel refuses: whoever wanted it ends, and nothing made of less has left it. */
#include "test.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "age/age.h"
#include "base/random.h"
#include "codename/codename.h"

static void below_stays_below(void **state)
{
	static const uint32_t bounds[] = {1, 2, 3, 1000, UINT32_MAX};
	unsigned seen[3] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
		for (int k = 0; k < 1000; k++)
			assert_true(random_below(bounds[i]) < bounds[i]);
	for (int k = 0; k < 3000; k++)
		seen[random_below(3)]++;
	for (size_t i = 0; i < 3; i++)
		assert_in_range(seen[i], 800, 1200);
}

/* ---- getrandom fails. What a draw leaves in the child is written to fd `out`, were it to go on. */

static int out;

static void put(const void *p, size_t n)
{
	if (write(out, p, n) < 0)
		_exit(91);
}

static enum err sink(void *context, struct bytes data)
{
	(void)context;
	put(data.p, data.n);
	return ERR_OK;
}

static void draw_bytes(void)
{
	uint8_t drawn[300];

	random_fill(drawn, sizeof drawn);
	put(drawn, sizeof drawn);
}

static void draw_number(void)
{
	uint32_t n = random_below(10);

	put(&n, sizeof n);
}

static void draw_codename(void)
{
	struct codename c;

	codename_new(&c);
	put(&c, sizeof c);
}

static void draw_identity(void)
{
	struct age_identity i;

	age_identity_new(&i, AGE_HYBRID);
	put(&i, sizeof i);
}

/* Recipients were made when there was randomness. */
static struct age_recipient recipients[2];
static struct age_sealer sealer;

static void seal_to(const struct age_recipient *to)
{
	enum err e = age_seal_begin(&sealer, to, 1, (struct age_sink){sink, NULL});

	put(&e, sizeof e);
}

static void seal_to_x25519(void)
{
	seal_to(&recipients[0]);
}

static void seal_to_hybrid(void)
{
	seal_to(&recipients[1]);
}

static void seal_by_passphrase(void)
{
	enum err e = age_seal_begin_passphrase(&sealer, BYTES_LITERAL("x"), (struct age_sink){sink, NULL});

	put(&e, sizeof e);
}

static void (*const draws[])(void) = {
    draw_bytes, draw_number, draw_codename, draw_identity, seal_to_x25519, seal_to_hybrid, seal_by_passphrase,
};

static void refuse_getrandom(uint32_t answer)
{
	struct sock_filter rules[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | answer),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(90);
}

/* Its status; what it wrote is in got[]. */
static int run(void (*draw)(void), int answer, size_t *written)
{
	uint8_t got[4096];
	int ends[2];
	int status;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		out = ends[1];
		if (answer >= 0)
			refuse_getrandom((uint32_t)answer);
		draw();
		_exit(0);
	}
	close(ends[1]);
	for (*written = 0; (n = read(ends[0], got, sizeof got)) > 0;)
		*written += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void a_failure_is_fatal(void **state)
{
	/* 0: as if it had succeeded, with no byte. */
	static const int answers[] = {EIO, ENOSYS, EAGAIN, EFAULT, 0};
	struct age_identity i;
	size_t written;

	(void)state;
	age_identity_new(&i, AGE_X25519);
	age_identity_recipient(&i, &recipients[0]);
	age_identity_new(&i, AGE_HYBRID);
	age_identity_recipient(&i, &recipients[1]);
	for (size_t d = 0; d < sizeof draws / sizeof draws[0]; d++) {
		/* With randomness it ends well: the rest of this test can fail. */
		assert_int_equal(run(draws[d], -1, &written), 0);
		assert_true(written > 0);
		for (size_t a = 0; a < sizeof answers / sizeof answers[0]; a++) {
			int status = run(draws[d], answers[a], &written);
			assert_true(WIFSIGNALED(status));
			assert_int_equal(WTERMSIG(status), SIGABRT);
			assert_int_equal(written, 0);
		}
	}
}

/* ---- after fork: the kernel's generator has no state in the process that two could share */

static void children_draw_differently(void **state)
{
	enum { CHILDREN = 8 };
	uint8_t drawn[CHILDREN + 1][16];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			out = ends[1];
			random_fill(drawn[i], sizeof drawn[i]);
			put(drawn[i], sizeof drawn[i]);
			_exit(0);
		}
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_int_equal(read(ends[0], drawn[i], sizeof drawn[i]), sizeof drawn[i]);
	}
	random_fill(drawn[CHILDREN], sizeof drawn[CHILDREN]);
	for (int i = 0; i <= CHILDREN; i++)
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(drawn[i], drawn[k], sizeof drawn[i]);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(below_stays_below),
	    cmocka_unit_test(a_failure_is_fatal),
	    cmocka_unit_test(children_draw_differently),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
