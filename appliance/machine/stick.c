/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine/stick.h"

#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

enum { KERNEL_GROUP = 1, EVENT_MAX = 4096 /* the kernel's own buffer has 2048 */ };

#define DEVICES "/sys/bus/usb/devices"

void sticks_init(struct sticks *s)
{
	*s = (struct sticks){.events = -1};
}

static void add(struct sticks *s, struct bytes path)
{
	if (s->count == LIMIT_STICKS || path.n == 0 || path.n >= LIMIT_STICK_PATH)
		return;
	for (size_t i = 0; i < s->count; i++)
		if (bytes_eq_str(path, s->paths[i]))
			return; /* it came between the first message and the first look */
	memcpy(s->paths[s->count], path.p, path.n);
	s->paths[s->count][path.n] = 0;
	s->count++;
}

/* The class of an interface: sysfs says it with two digits. */
static bool is_storage(const char *name)
{
	char path[LIMIT_STICK_PATH];
	char class[4];
	size_t n;

	if (strchr(name, ':') == NULL ||
	    snprintf(path, sizeof path, DEVICES "/%s/bInterfaceClass", name) >= (int)sizeof path)
		return false;
	return fd_read_file(path, class, sizeof class, &n) == ERR_OK && n >= 2 && memcmp(class, "08", 2) == 0;
}

/* The links there lead to "../../../devices/...". */
static void add_interface(struct sticks *s, const char *name)
{
	char path[LIMIT_STICK_PATH];
	char target[LIMIT_STICK_PATH];
	ssize_t n;
	struct bytes rest;

	if (snprintf(path, sizeof path, DEVICES "/%s", name) >= (int)sizeof path)
		return;
	n = readlink(path, target, sizeof target);
	if (n <= 0 || n == (ssize_t)sizeof target)
		return;
	rest = bytes_of(target, (size_t)n);
	while (bytes_starts(rest, BYTES_LITERAL("../")))
		rest = bytes_from(rest, 3);
	if (rest.p == (const uint8_t *)target)
		return;
	add(s, bytes_of(rest.p - 1, rest.n + 1)); /* with the slash before it */
}

static void find(struct sticks *s)
{
	DIR *d = opendir(DEVICES);

	if (d == NULL)
		return; /* no USB */
	for (struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d))
		if (is_storage(entry->d_name))
			add_interface(s, entry->d_name);
	closedir(d);
}

enum err sticks_arm(struct sticks *s, uint64_t now_ms)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return ERR_IO;
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		close(fd);
		return ERR_IO;
	}
	s->events = fd;
	s->settled_ms = now_ms + LIMIT_STICK_SETTLE_MS;
	find(s);
	return ERR_OK;
}

bool sticks_event(struct sticks *s, struct bytes message, uint64_t now_ms)
{
	const struct bytes end = bytes_of("", 1); /* of a part */
	const struct bytes removed = BYTES_LITERAL("remove@");
	const struct bytes added = BYTES_LITERAL("add@");
	struct bytes head = bytes_first(message, bytes_find(message, end));
	bool storage = false;

	if (bytes_starts(head, removed)) {
		for (size_t i = 0; i < s->count; i++)
			if (bytes_eq_str(bytes_from(head, removed.n), s->paths[i]))
				return true;
		return false;
	}
	if ((s->count > 0 && now_ms >= s->settled_ms) || !bytes_starts(head, added))
		return false;
	while (message.n > 0) {
		size_t n = bytes_find(message, end);
		storage |= bytes_starts(bytes_first(message, n), BYTES_LITERAL("INTERFACE=8/"));
		message = n == message.n ? bytes_of(NULL, 0) : bytes_from(message, n + 1);
	}
	if (storage)
		add(s, bytes_from(head, added.n));
	return false;
}

/* After messages were lost. */
static bool any_missing(const struct sticks *s)
{
	char path[LIMIT_STICK_PATH + 8];
	struct stat st;

	for (size_t i = 0; i < s->count; i++) {
		snprintf(path, sizeof path, "/sys%s", s->paths[i]);
		if (stat(path, &st) != 0)
			return true;
	}
	return false;
}

bool sticks_pulled(struct sticks *s, uint64_t now_ms)
{
	uint8_t message[EVENT_MAX];
	struct sockaddr_nl from;
	bool pulled = false;

	for (;;) {
		socklen_t len = sizeof from;
		ssize_t n = recvfrom(s->events, message, sizeof message, MSG_DONTWAIT, (struct sockaddr *)&from, &len);
		if (n < 0 && errno == ENOBUFS) {
			if (s->count == 0)
				find(s);
			pulled |= any_missing(s);
			continue;
		}
		if (n <= 0)
			return pulled;
		/* Anything but the kernel's word has its sender's port. */
		if (len == sizeof from && from.nl_pid == 0)
			pulled |= sticks_event(s, bytes_of(message, (size_t)n), now_ms);
	}
}
