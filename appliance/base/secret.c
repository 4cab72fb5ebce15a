/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void secret_wipe(void *p, size_t n)
{
	if (n == 0)
		return;
	memset(p, 0, n);
	__asm__ volatile("" : : "r"(p) : "memory");
}

bool secret_equal(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	unsigned differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= (unsigned)(x[i] ^ y[i]);
	return differ == 0;
}

enum err secret_area_new(size_t n, struct secret_area *area)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t rounded;
	bool hidden = true;
	int fd;

	if (n == 0 || __builtin_add_overflow(n, page - 1, &rounded))
		return ERR_TOO_BIG;
	rounded -= rounded % page;
	fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	if (fd < 0) {
		hidden = false;
		fd = memfd_create("secret", MFD_CLOEXEC);
	}
	if (fd < 0)
		return ERR_IO;
	if (ftruncate(fd, (off_t)rounded) != 0) {
		close(fd);
		return ERR_NO_MEMORY;
	}
	return secret_area_map(fd, hidden, rounded, area);
}

enum err secret_area_map(int fd, bool hidden, size_t n, struct secret_area *area)
{
	uint8_t *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED) {
		bool full = errno == EAGAIN || errno == ENOMEM; /* EAGAIN: RLIMIT_MEMLOCK */
		close(fd);
		return full ? ERR_NO_MEMORY : ERR_IO;
	}
	/* memfd_secret pages are locked and left out of dumps by nature. A mapping that is shared can't be wiped in a
	 * child (MADV_WIPEONFORK); it can be kept from it. */
	if (madvise(p, n, MADV_DONTFORK) != 0 || (!hidden && (mlock(p, n) != 0 || madvise(p, n, MADV_DONTDUMP) != 0))) {
		munmap(p, n);
		close(fd);
		return ERR_NO_MEMORY;
	}
	*area = (struct secret_area){.p = p, .n = n, .fd = fd, .hidden = hidden};
	return ERR_OK;
}

void secret_area_free(struct secret_area *area)
{
	if (area->fd < 0)
		return;
	secret_wipe(area->p, area->n);
	munmap(area->p, area->n);
	close(area->fd);
	*area = (struct secret_area){.fd = -1};
}
