/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The address, as a number that the compiler can't follow. */
static uintptr_t address_of(const void *p)
{
	volatile uintptr_t a = (uintptr_t)p;

	return a;
}

/* Of n bytes at an address that may have been freed. The C library keeps a small block's page while a neighbour lives.
 */
static size_t nonzero_bytes(uintptr_t at, size_t n)
{
	const volatile uint8_t *p = (const volatile uint8_t *)at;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += p[i] != 0;
	return count;
}

static void what_is_freed_is_zero(void **state)
{
	(void)state;
	SKIP_IF_SANITIZED(); /* it reads what was freed */
	for (size_t n = 64; n <= 4096; n *= 2) {
		void *neighbour = malloc(n);
		uint8_t *p = malloc(n);
		uintptr_t at = address_of(p);

		assert_non_null(neighbour);
		assert_non_null(p);
		memset(p, 0xa5, n);
		assert_int_equal(nonzero_bytes(at, n), n);
		errno = 77;
		free(p);
		assert_int_equal(errno, 77);
		/* The first bytes may be the C library's own by now. */
		assert_true(nonzero_bytes(at, n) <= 16);
		free(neighbour);
	}
	free(NULL);
}

static void what_realloc_leaves_is_zero(void **state)
{
	(void)state;
	SKIP_IF_SANITIZED(); /* it reads what was freed */
	for (size_t n = 64; n <= 4096; n *= 2) {
		void *neighbour = malloc(n);
		uint8_t *p = malloc(n);
		uintptr_t at = address_of(p);
		uint8_t *q;

		assert_non_null(neighbour);
		assert_non_null(p);
		memset(p, 0xa5, n);
		q = realloc(p, 16 * n);
		assert_non_null(q);
		assert_int_not_equal(address_of(q), at);
		assert_int_equal(nonzero_bytes(address_of(q), n), n);
		assert_true(nonzero_bytes(at, n) <= 16);
		at = address_of(q);
		q = realloc(q, n);
		assert_non_null(q);
		assert_int_equal(nonzero_bytes(address_of(q), n), n);
		free(q);
		free(neighbour);
	}
}

enum { DEEP = 100 * 1024 };

/* What a call leaves on the stack below its caller, and what another finds there. */
static void __attribute__((noinline)) leave_traces(void)
{
	uint8_t deep[DEEP];

	memset(deep, 0xa5, sizeof deep);
	__asm__ volatile("" : : "r"(deep) : "memory");
}

static size_t __attribute__((noinline)) traces(void)
{
	__attribute__((uninitialized)) uint8_t deep[DEEP];
	size_t count = 0;

	__asm__ volatile("" : : "r"(deep) : "memory"); /* the compiler can't know that nothing was written */
	for (size_t i = 0; i < sizeof deep; i++)
		count += ((const volatile uint8_t *)deep)[i] == 0xa5;
	return count;
}

static void nothing_is_on_the_stack_of_who_sleeps(void **state)
{
	struct epoll_event event;
	int fd = epoll_create1(EPOLL_CLOEXEC);

	(void)state;
	SKIP_IF_SANITIZED(); /* it reads what it did not write */
	assert_true(fd >= 0);
	leave_traces();
	assert_true(traces() > DEEP / 2);
	leave_traces();
	assert_int_equal(epoll_wait(fd, &event, 1, 0), 0);
	assert_true(traces() < 16);
	close(fd);
}

static void realloc_keeps_what_fits(void **state)
{
	(void)state;
	for (size_t from = 1; from < 300000; from = from * 3 + 1)
		for (size_t to = 1; to < 300000; to = to * 3 + 2) {
			uint8_t *p = malloc(from);
			size_t kept = from < to ? from : to;

			assert_non_null(p);
			for (size_t i = 0; i < from; i++)
				p[i] = (uint8_t)(i * 7 + 1);
			p = realloc(p, to);
			assert_non_null(p);
			assert_true(malloc_usable_size(p) >= to);
			for (size_t i = 0; i < kept; i++)
				assert_int_equal(p[i], (uint8_t)(i * 7 + 1));
			free(p);
		}
}

static void a_shrunk_block_loses_its_end(void **state)
{
	uint8_t *p = malloc(100);
	uint8_t *q;

	(void)state;
	assert_non_null(p);
	memset(p, 0xa5, 100);
	q = realloc(p, 80);
	assert_non_null(q);
	assert_int_equal(nonzero_bytes(address_of(q), 80), 80);
	assert_int_equal(nonzero_bytes(address_of(q) + 80, 20), 0);
	free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_freed_is_zero),
	    cmocka_unit_test(what_realloc_leaves_is_zero),
	    cmocka_unit_test(nothing_is_on_the_stack_of_who_sleeps),
	    cmocka_unit_test(realloc_keeps_what_fits),
	    cmocka_unit_test(a_shrunk_block_loses_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
