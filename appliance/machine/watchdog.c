/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "limits.h"

static const char kernels_own[] = "Software Watchdog"; /* drivers/watchdog/softdog.c */

static enum watchdog_kind kind_of(int fd)
{
	struct watchdog_info info = {0};

	if (ioctl(fd, (int)WDIOC_GETSUPPORT, &info) != 0)
		return WATCHDOG_HARDWARE;
	return strncmp((const char *)info.identity, kernels_own, sizeof info.identity) == 0 ? WATCHDOG_KERNEL
											    : WATCHDOG_HARDWARE;
}

static void pet(int fd)
{
	if (ioctl(fd, (int)WDIOC_KEEPALIVE, 0) != 0)
		log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
}

void watchdogs_open(struct watchdogs *w, uint64_t now_ms)
{
	char path[24];

	*w = (struct watchdogs){.pet_ms = now_ms};
	for (int i = 0; i < WATCHDOGS_MAX; i++) {
		enum watchdog_kind kind;
		int seconds;
		int fd;
		snprintf(path, sizeof path, "/dev/watchdog%d", i);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		kind = kind_of(fd);
		seconds = kind == WATCHDOG_KERNEL ? LIMIT_WATCHDOG_KERNEL_S : LIMIT_WATCHDOG_S;
		/* One that can't be set so far has a shorter time of its own, within which we say it anyway. */
		(void)ioctl(fd, (int)WDIOC_SETTIMEOUT, &seconds);
		if (kind > w->kind)
			w->kind = kind;
		w->fds[w->count++] = fd;
	}
	log_event(LOG_WATCHDOG, w->count, w->kind);
}

void watchdogs_pet(struct watchdogs *w, uint64_t now_ms)
{
	if (now_ms < watchdogs_next_ms(w))
		return;
	w->pet_ms = now_ms;
	for (size_t i = 0; i < w->count; i++)
		pet(w->fds[i]);
}

uint64_t watchdogs_next_ms(const struct watchdogs *w)
{
	return w->count == 0 ? DEADLINE_NONE : w->pet_ms + LIMIT_WATCHDOG_PET_MS;
}

void watchdogs_last(struct watchdogs *w, unsigned seconds)
{
	for (size_t i = 0; i < w->count; i++) {
		int wanted = (int)seconds;
		(void)ioctl(w->fds[i], (int)WDIOC_SETTIMEOUT, &wanted); /* or it keeps its time */
		pet(w->fds[i]);
	}
}
