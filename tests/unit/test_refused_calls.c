/* SPDX-License-Identifier: GPL-3.0-or-later
 * What base, crypto and link answer when the kernel refuses a call: the error that says so, outputs as they were, and
 * no descriptor left open. Nothing is asserted in the threads: cmocka's jump can't leave them. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "base/setting.h"
#include "crypto/kdf.h"
#include "link/channel.h"
#include "refused_calls.h"

/* The number that the next descriptor would have: the same before and after, if none is left open. */
static int next_fd(void)
{
	int fd = dup(0);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

/* ---- secret memory */

struct area_try {
	struct secret_area area;
	enum err e;
};

static void new_area(void *context)
{
	struct area_try *t = context;

	t->e = secret_area_new(5000, &t->area);
}

struct area_case {
	int error;
	int calls[REFUSED_MAX];
	enum err e;
};

static void each_is_refused(const struct area_case *cases, size_t count)
{
	struct area_try t;
	int fd = next_fd();

	for (size_t i = 0; i < count; i++) {
		struct refused r = {.error = cases[i].error, .run = new_area, .context = &t};
		memcpy(r.calls, cases[i].calls, sizeof r.calls);
		memset(&t, 0x55, sizeof t);
		while_refused(r);
		assert_int_equal(t.e, cases[i].e);
		assert_int_equal(t.area.n, SIZE_MAX / 255 * 0x55);
		assert_int_equal(next_fd(), fd);
	}
}

static void secret_areas(void **state)
{
	static const struct area_case cases[] = {
	    {ENOSYS, {SYS_memfd_secret, SYS_memfd_create}, ERR_IO},
	    {ENOSPC, {SYS_ftruncate}, ERR_NO_MEMORY},
	};
	struct area_try t = {.e = ERR_COUNT};
	int fd = next_fd();

	(void)state;
	/* A kernel without memfd_secret: locked pages instead, and it is said. */
	while_refused((struct refused){.error = ENOSYS, .calls = {SYS_memfd_secret}, .run = new_area, .context = &t});
	assert_int_equal(t.e, ERR_OK);
	assert_false(t.area.hidden);
	assert_int_equal(t.area.n, 8192);
	t.area.p[8191] = 1;
	secret_area_free(&t.area);
	assert_int_equal(next_fd(), fd);
	each_is_refused(cases, sizeof cases / sizeof cases[0]);
	assert_int_equal(secret_area_new(SIZE_MAX, &t.area), ERR_TOO_BIG);
}

static void secret_areas_without_a_mapping(void **state)
{
	static const struct area_case cases[] = {
	    {ENOMEM, {SYS_madvise}, ERR_NO_MEMORY},
	    {EAGAIN, {SYS_mmap}, ERR_NO_MEMORY},
	    {EACCES, {SYS_mmap}, ERR_IO},
	    {EPERM, {SYS_memfd_secret, SYS_mlock}, ERR_NO_MEMORY},
	};

	(void)state;
	SKIP_IF_SANITIZED(); /* its own mappings are refused, too, and mlock() is none there */
	each_is_refused(cases, sizeof cases / sizeof cases[0]);
}

/* ---- reading, writing, waiting */

struct io_try {
	int fd;
	uint64_t deadline_ms;
	size_t got;
	uint8_t byte;
	enum err e;
};

static void read_some(void *context)
{
	struct io_try *t = context;

	t->e = fd_read_some(t->fd, &t->byte, 1, t->deadline_ms, &t->got);
}

static void receive(void *context)
{
	static uint8_t storage[LIMIT_MESSAGE];
	struct io_try *t = context;
	struct incoming in;

	t->e = channel_receive(t->fd, 1u << ROLE_KEEPER, ROLE_VISIT, STATE_UP, storage, t->deadline_ms, &in);
}

static void make_channel(void *context)
{
	struct io_try *t = context;
	int ends[2];

	t->e = channel_pair(ends);
}

static void waiting(void **state)
{
	struct io_try t = {.got = 77, .deadline_ms = DEADLINE_NONE};
	uint8_t much[4096] = {0};
	int pair[2];
	enum err e;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	t.fd = pair[0];
	/* Nothing is there, and it can't be waited for: with a deadline before the read, without one after it. */
	for (int i = 0; i < 2; i++) {
		t.e = ERR_OK;
		while_refused((struct refused){.error = EINVAL, .calls = {SYS_poll}, .run = read_some, .context = &t});
		assert_int_equal(t.e, ERR_IO);
		assert_int_equal(t.got, 77);
		t.deadline_ms = clock_ms() + 60000;
	}
	/* Nobody reads: what doesn't fit waits until its deadline, which is over. */
	while ((e = fd_write_all(pair[0], BYTES_ARRAY(much), clock_ms())) == ERR_OK)
		continue;
	assert_int_equal(e, ERR_TIMEOUT);
	close(pair[1]);
	assert_int_equal(fd_write_all(pair[0], BYTES_ARRAY(much), clock_ms()), ERR_PEER);
	close(pair[0]);
}

static void channels(void **state)
{
	struct io_try t = {.deadline_ms = DEADLINE_NONE};
	int ends[2];
	int fd = next_fd();

	(void)state;
	while_refused((struct refused){.error = EMFILE, .calls = {SYS_socketpair}, .run = make_channel, .context = &t});
	assert_int_equal(t.e, ERR_IO);
	assert_int_equal(next_fd(), fd);
	assert_int_equal(channel_pair(ends), ERR_OK);
	t.fd = ends[0];
	t.e = ERR_OK;
	while_refused((struct refused){.error = EIO, .calls = {SYS_recvmsg}, .run = receive, .context = &t});
	assert_int_equal(t.e, ERR_IO);
	t.e = ERR_OK;
	while_refused((struct refused){.error = ECONNRESET, .calls = {SYS_recvmsg}, .run = receive, .context = &t});
	assert_int_equal(t.e, ERR_END);
	t.e = ERR_OK;
	while_refused((struct refused){.error = EINVAL, .calls = {SYS_poll}, .run = receive, .context = &t});
	assert_int_equal(t.e, ERR_IO);
	close(ends[0]);
	close(ends[1]);
}

/* ---- a setting of the kernel's */

struct setting_try {
	const char *path;
	enum err e;
};

static void write_setting(void *context)
{
	struct setting_try *t = context;

	t->e = setting_write(AT_FDCWD, t->path, "1");
}

static void settings(void **state)
{
	char path[] = "/tmp/setting-XXXXXX";
	char found[2] = "";
	struct setting_try t = {.path = path};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	while_refused((struct refused){.error = EINVAL, .calls = {SYS_write}, .run = write_setting, .context = &t});
	assert_int_equal(t.e, ERR_IO);
	write_setting(&t);
	assert_int_equal(t.e, ERR_OK);
	assert_int_equal(pread(fd, found, 2, 0), 1);
	assert_string_equal(found, "1");
	close(fd);
	unlink(path);
	write_setting(&t);
	assert_int_equal(t.e, ERR_IO);
}

/* ---- derivations */

static void derivations(void **state)
{
	static const uint8_t zero[32];
	uint64_t n = 2, r = 8, p = 1;
	OSSL_PARAM params[] = {openssl_octets(OSSL_KDF_PARAM_PASSWORD, BYTES_LITERAL("x")),
			       openssl_octets(OSSL_KDF_PARAM_SALT, BYTES_LITERAL("y")),
			       OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
			       OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &r),
			       OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &p),
			       OSSL_PARAM_construct_end()};
	uint8_t out[32];

	(void)state;
	assert_int_equal(kdf_derive("SCRYPT", params, 4096, out, sizeof out), ERR_OK);
	assert_memory_not_equal(out, zero, sizeof out);
	assert_int_equal(kdf_derive("SCRYPT", params, SIZE_MAX / 4, out, sizeof out), ERR_NO_MEMORY);
	assert_memory_equal(out, zero, sizeof out);
	memset(out, 1, sizeof out);
	assert_int_equal(kdf_derive("NO SUCH KDF", params, 4096, out, sizeof out), ERR_LIBRARY);
	assert_memory_equal(out, zero, sizeof out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(secret_areas), cmocka_unit_test(secret_areas_without_a_mapping),
	    cmocka_unit_test(waiting),      cmocka_unit_test(channels),
	    cmocka_unit_test(settings),     cmocka_unit_test(derivations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
