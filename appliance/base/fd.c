/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint64_t clock_ms(void)
{
	struct timespec t;

	BUG_IF(clock_gettime(CLOCK_MONOTONIC, &t) != 0);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint32_t clock_day(void)
{
	struct timespec t;

	BUG_IF(clock_gettime(CLOCK_REALTIME, &t) != 0);
	return t.tv_sec < 0 ? 0 : (uint32_t)(t.tv_sec / 86400);
}

void clock_day_text(uint32_t day, uint8_t out[static 10])
{
	/* The civil calendar in 400-year eras that begin on 1 March. */
	uint32_t z = day + 719468u;
	uint32_t era = z / 146097u;
	uint32_t day_of_era = z % 146097u;
	uint32_t year_of_era = (day_of_era - day_of_era / 1460u + day_of_era / 36524u - day_of_era / 146096u) / 365u;
	uint32_t day_of_year = day_of_era - (365u * year_of_era + year_of_era / 4u - year_of_era / 100u);
	uint32_t shifted_month = (5u * day_of_year + 2u) / 153u;
	uint32_t d = day_of_year - (153u * shifted_month + 2u) / 5u + 1u;
	uint32_t m = shifted_month < 10u ? shifted_month + 3u : shifted_month - 9u;
	uint32_t y = (year_of_era + era * 400u + (m <= 2u ? 1u : 0u)) % 10000u;

	out[0] = (uint8_t)('0' + y / 1000u);
	out[1] = (uint8_t)('0' + y / 100u % 10u);
	out[2] = (uint8_t)('0' + y / 10u % 10u);
	out[3] = (uint8_t)('0' + y % 10u);
	out[4] = '-';
	out[5] = (uint8_t)('0' + m / 10u);
	out[6] = (uint8_t)('0' + m % 10u);
	out[7] = '-';
	out[8] = (uint8_t)('0' + d / 10u);
	out[9] = (uint8_t)('0' + d % 10u);
}

enum err clock_day_parse(struct bytes text, uint32_t *day)
{
	uint32_t low = 0;
	uint32_t high = 2932896; /* 9999-12-31 */
	uint8_t found[10];

	/* Days written out are in the order of their text. */
	if (text.n != sizeof found)
		return ERR_FORMAT;
	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;
		clock_day_text(middle, found);
		if (memcmp(found, text.p, sizeof found) <= 0)
			low = middle;
		else
			high = middle - 1;
	}
	clock_day_text(low, found);
	if (!bytes_eq(text, BYTES_ARRAY(found)))
		return ERR_FORMAT;
	*day = low;
	return ERR_OK;
}

enum err fd_wait(int fd, short events, uint64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		uint64_t now = clock_ms();
		int wait_ms = -1;
		int ready;

		if (deadline_ms != DEADLINE_NONE) {
			uint64_t left = deadline_ms > now ? deadline_ms - now : 0;
			wait_ms = left > INT_MAX ? INT_MAX : (int)left;
		}
		ready = poll(&p, 1, wait_ms);
		if (ready > 0)
			return ERR_OK;
		if (ready < 0 && errno != EINTR)
			return ERR_IO;
		if (ready == 0 && clock_ms() >= deadline_ms)
			return ERR_TIMEOUT;
	}
}

enum err fd_read_some(int fd, void *out, size_t cap, uint64_t deadline_ms, size_t *got)
{
	for (;;) {
		enum err e;
		ssize_t n;

		if (deadline_ms != DEADLINE_NONE) {
			e = fd_wait(fd, POLLIN, deadline_ms);
			if (e != ERR_OK)
				return e;
		}
		n = read(fd, out, cap);
		if (n > 0) {
			*got = (size_t)n;
			return ERR_OK;
		}
		if (n == 0 || errno == ECONNRESET)
			return ERR_END;
		if (errno == EAGAIN) {
			e = fd_wait(fd, POLLIN, deadline_ms);
			if (e != ERR_OK)
				return e;
		} else if (errno != EINTR) {
			return ERR_IO;
		}
	}
}

enum err fd_read_all(int fd, void *out, size_t n, uint64_t deadline_ms)
{
	uint8_t *at = out;

	while (n > 0) {
		size_t got;
		enum err e = fd_read_some(fd, at, n, deadline_ms, &got);
		if (e != ERR_OK)
			return e;
		at += got;
		n -= got;
	}
	return ERR_OK;
}

enum err fd_write_all(int fd, struct bytes data, uint64_t deadline_ms)
{
	bool is_socket = true;

	while (data.n > 0) {
		ssize_t n =
		    is_socket ? send(fd, data.p, data.n, MSG_NOSIGNAL | MSG_DONTWAIT) : write(fd, data.p, data.n);
		if (n >= 0) {
			data = bytes_from(data, (size_t)n);
		} else if (errno == ENOTSOCK && is_socket) {
			is_socket = false;
		} else if (errno == EAGAIN) {
			enum err e = fd_wait(fd, POLLOUT, deadline_ms);
			if (e != ERR_OK)
				return e;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return ERR_PEER;
		} else if (errno != EINTR) {
			return ERR_IO;
		}
	}
	return ERR_OK;
}

enum err fd_read_file(const char *path, void *out, size_t cap, size_t *got)
{
	uint8_t *at = out;
	size_t n = 0;
	enum err e = ERR_OK;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	for (;;) {
		uint8_t one_more;
		size_t part;
		e = n < cap ? fd_read_some(fd, at + n, cap - n, DEADLINE_NONE, &part)
			    : fd_read_some(fd, &one_more, 1, DEADLINE_NONE, &part);
		if (e == ERR_END) {
			e = ERR_OK;
			break;
		}
		if (e == ERR_OK && n == cap)
			e = ERR_TOO_BIG;
		if (e != ERR_OK)
			break;
		n += part;
	}
	close(fd);
	if (e == ERR_OK)
		*got = n;
	return e;
}
