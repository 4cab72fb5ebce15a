/* SPDX-License-Identifier: GPL-3.0-or-later
 * No residue in processes that stay: what is freed is zeroed, and what calls left on the stack is zeroed before the
 * process sleeps. Tor's heap and stack, libevent's and OpenSSL's hold what sources write and read; the C library keeps
 * freed memory as it was until it gives it out again. The linker puts these functions in place of the C library's
 * everywhere in the program, libraries included (--wrap in the Makefile). Pages need no care: the kernel zeroes what it
 * takes (init_on_free). */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

void __real_free(void *p);
void *__real_realloc(void *p, size_t n);
int __real_epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms);
void __wrap_free(void *p);
void *__wrap_realloc(void *p, size_t n);
int __wrap_epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms);

enum {
	/* Larger allocations have pages of their own (musl's MMAP_THRESHOLD is 131,052): free() gives them back to the
	 * kernel, and realloc() moves the pages themselves. */
	OWN_PAGES = 128 * 1024,
	/* Deeper than Tor's deepest call from its event loop; its frames hold at most a few cells and one page. */
	SWEPT_STACK = 128 * 1024,
};

void __wrap_free(void *p)
{
	int saved = errno; /* POSIX.1-2024: free() leaves it as it was */
	size_t n = p == NULL ? 0 : malloc_usable_size(p);

	if (n > 0 && n < OWN_PAGES)
		explicit_bzero(p, n);
	__real_free(p);
	errno = saved;
}

/* A new block instead of the C library's own decision: it would free the old one unseen. */
void *__wrap_realloc(void *p, size_t n)
{
	size_t had = p == NULL ? 0 : malloc_usable_size(p);
	void *q;

	if (p == NULL || had >= OWN_PAGES)
		return __real_realloc(p, n);
	if (n <= had && n >= had / 2) {
		explicit_bzero((char *)p + n, had - n);
		return p;
	}
	q = malloc(n);
	if (q == NULL)
		return NULL;
	memcpy(q, p, n < had ? n : had);
	__wrap_free(p);
	return q;
}

static void __attribute__((noinline)) sweep_stack(void)
{
	char below[SWEPT_STACK];

	explicit_bzero(below, sizeof below);
}

/* Where an event loop sleeps. */
int __wrap_epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms)
{
	sweep_stack();
	return __real_epoll_wait(fd, events, count, timeout_ms);
}
