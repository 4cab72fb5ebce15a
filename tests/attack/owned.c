/* SPDX-License-Identifier: GPL-3.0-or-later
 * A worker that was taken over: it is confined by the real function, and then does what a test tells it.
 * Commands, a line each; answers are lines too:
 *   send keeper|door HEX      one record on that channel                  sent | errno N
 *   send-with-fd keeper|door HEX   the same, with a descriptor            sent | errno N
 *   receive keeper|door       what came within a second                   record HEX | end | nothing | errno N
 *   layout                    where this process's code, stack and heap are    layout HEX HEX HEX
 *   crash                     reads address 0
 *   leave                     ends in order */
#include "probe.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confine/confine.h"

enum { LINE = 2 * LIMIT_MESSAGE + 64, WAIT_MS = 1000 };

static uint8_t record[LIMIT_MESSAGE];
static char line[LINE];

static int channel_named(const char *name)
{
	return strncmp(name, "keeper", 6) == 0 ? ROLE_FD_KEEPER : ROLE_FD_UP;
}

static size_t read_hex(const char *text)
{
	size_t n = 0;
	unsigned byte;

	text += strspn(text, " ");
	while (n < sizeof record && sscanf(text + 2 * n, "%2x", &byte) == 1)
		record[n++] = (uint8_t)byte;
	return n;
}

static void answer(int connection, const char *text)
{
	struct iovec io = {(char *)(uintptr_t)text, strlen(text)};
	const struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};

	if (sendmsg(connection, &m, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static void send_record(int connection, const char *arguments, bool with_descriptor)
{
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {CMSG_LEN(sizeof(int)), 0, SOL_SOCKET, SCM_RIGHTS}};
	const char *hex = strchr(arguments, ' ');
	struct iovec io = {record, read_hex(hex == NULL ? "" : hex)};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};

	memcpy(CMSG_DATA(&control.head), &connection, sizeof connection);
	if (with_descriptor) {
		m.msg_control = &control;
		m.msg_controllen = sizeof control;
	}
	if (sendmsg(channel_named(arguments), &m, MSG_NOSIGNAL) >= 0)
		answer(connection, "sent\n");
	else {
		snprintf(line, sizeof line, "errno %d\n", errno);
		answer(connection, line);
	}
}

static void receive_record(int connection, const char *arguments)
{
	struct pollfd ready = {.fd = channel_named(arguments), .events = POLLIN};
	struct iovec io = {record, sizeof record};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};
	ssize_t n;
	size_t at;

	if (poll(&ready, 1, WAIT_MS) != 1) {
		answer(connection, "nothing\n");
		return;
	}
	n = recvmsg(ready.fd, &m, MSG_DONTWAIT);
	if (n <= 0) {
		snprintf(line, sizeof line, n == 0 ? "end\n" : "errno %d\n", errno);
	} else {
		at = (size_t)snprintf(line, sizeof line, "record ");
		for (ssize_t i = 0; i < n; i++)
			at += (size_t)snprintf(line + at, sizeof line - at, "%02x", record[i]);
		line[at] = '\n';
		line[at + 1] = 0;
	}
	answer(connection, line);
}

static void obey(int connection, const char *command)
{
	if (strncmp(command, "send-with-fd ", 13) == 0)
		send_record(connection, command + 13, true);
	else if (strncmp(command, "send ", 5) == 0)
		send_record(connection, command + 5, false);
	else if (strncmp(command, "receive ", 8) == 0)
		receive_record(connection, command + 8);
	else if (strcmp(command, "layout") == 0) {
		snprintf(line, sizeof line, "layout %lx %lx %lx\n", (unsigned long)(uintptr_t)obey,
			 (unsigned long)(uintptr_t)&command, (unsigned long)(uintptr_t)malloc(16));
		answer(connection, line);
	} else if (strcmp(command, "crash") == 0)
		(void)*(volatile char *)0;
	else if (strcmp(command, "leave") == 0)
		_exit(0);
	else
		answer(connection, "unknown\n");
}

void owned(int connection)
{
	static char input[LINE];
	size_t have = 0;

	answer(connection, "owned\n");
	for (;;) {
		struct iovec io = {input + have, sizeof input - 1 - have};
		struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};
		char *end;
		ssize_t n = recvmsg(connection, &m, 0);

		if (n <= 0)
			_exit(0);
		have += (size_t)n;
		input[have] = 0;
		while ((end = strchr(input, '\n')) != NULL) {
			*end = 0;
			obey(connection, input);
			have -= (size_t)(end + 1 - input);
			memmove(input, end + 1, have + 1);
		}
	}
}
