/* SPDX-License-Identifier: GPL-3.0-or-later
 * Descriptors: whole reads and writes with a deadline, and the day. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t clock_ms(void);
/* Days since 1970-01-01 UTC: the only time that is stored or shown. */
uint32_t clock_day(void);
/* Writes YYYY-MM-DD (10 bytes, no NUL) for a day. */
void clock_day_text(uint32_t day, uint8_t out[static 10]);
/* The day that clock_day_text() writes so, of 1970 to 9999. ERR_FORMAT; *day is unchanged then. */
enum err clock_day_parse(struct bytes text, uint32_t *day) MUST_CHECK;

#define DEADLINE_NONE UINT64_MAX

/* Waits until fd is ready for events (POLLIN, POLLOUT) or deadline_ms (of clock_ms) passes.
 * ERR_TIMEOUT, ERR_IO. A hang-up counts as ready. */
enum err fd_wait(int fd, short events, uint64_t deadline_ms) MUST_CHECK;
/* One read of at least 1 and at most cap bytes. ERR_END at the end of the stream, ERR_TIMEOUT, ERR_IO. */
enum err fd_read_some(int fd, void *out, size_t cap, uint64_t deadline_ms, size_t *got) MUST_CHECK;
/* Exactly n bytes. ERR_END also when the stream ends early. */
enum err fd_read_all(int fd, void *out, size_t n, uint64_t deadline_ms) MUST_CHECK;
/* All of it; a broken pipe is ERR_PEER and never a signal on sockets. */
enum err fd_write_all(int fd, struct bytes data, uint64_t deadline_ms) MUST_CHECK;
/* A whole file of at most cap bytes. ERR_NOT_FOUND, ERR_TOO_BIG, ERR_IO. */
enum err fd_read_file(const char *path, void *out, size_t cap, size_t *got) MUST_CHECK;

#endif
