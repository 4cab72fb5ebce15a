/* SPDX-License-Identifier: GPL-3.0-or-later
 * The stage for tests of the door: the door as a process, between listeners of its own and an init, workers and keeper
 * that the test plays. Included by one test. */
#ifndef DOOR_STAGE_H
#define DOOR_STAGE_H

#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "door/serve.h"
#include "link/channel.h"

enum { SOON_MS = 30000, QUIET_MS = 80 };

static char folder[] = "/tmp/courier-door-XXXXXX";
static uint8_t storage[LIMIT_MESSAGE];

struct stage {
	pid_t door;
	int up;
	int listeners[2];
	size_t wanted[2]; /* visit, collect */
	uint16_t slots[2];
};

struct actor {
	int channel; /* the worker's end */
	int keeper;  /* the keeper's end */
};

static void address(struct sockaddr_un *a, int i)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(a->sun_path, sizeof a->sun_path, "%s/%d", folder, i);
}

/* The listener of door i, as init makes it. */
static int listener(int i)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address(&a, i);
	unlink(a.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 128), 0);
	return fd;
}

__attribute__((unused)) static struct stage open_door(bool proxy_lines)
{
	struct stage s = {.wanted = {0, 0}};
	struct incoming in;
	int ends[2];

	assert_int_equal(channel_pair(ends), ERR_OK);
	s.up = ends[0];
	for (int i = 0; i < 2; i++)
		s.listeners[i] = listener(i);
	s.door = fork();
	if (s.door == 0) {
		const struct door_setup setup = {.up = ends[1],
						 .listeners = {s.listeners[0], s.listeners[1]},
						 .visit_slots = LIMIT_VISIT_SLOTS,
						 .proxy_lines = proxy_lines};
		close(ends[0]);
		_exit(door_serve(&setup) == ERR_OK ? 0 : 1);
	}
	close(ends[1]);
	assert_int_equal(
	    channel_receive(s.up, 1u << ROLE_DOOR, ROLE_INIT, STATE_UP, storage, clock_ms() + SOON_MS, &in), ERR_OK);
	assert_int_equal(in.type, MESSAGE_READY);
	return s;
}

__attribute__((unused)) static int close_door(struct stage *s)
{
	struct buf b = buf_over(storage, sizeof storage);
	int status;

	message_put_STOP(&b, NULL);
	(void)!channel_send(s->up, &b, NULL, 0, clock_ms() + SOON_MS);
	assert_int_equal(waitpid(s->door, &status, 0), s->door);
	close(s->up);
	close(s->listeners[0]);
	close(s->listeners[1]);
	return status;
}

/* Until it has done with all that was sent to it: it sleeps again. */
__attribute__((unused)) static void door_settles(const struct stage *s)
{
	char path[32];
	char text[256] = {0};
	const char *state = NULL;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)s->door);
	for (uint64_t until = clock_ms() + SOON_MS; (state == NULL || state[2] != 'S') && clock_ms() < until;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0 && read(fd, text, sizeof text - 1) > 0);
		close(fd);
		state = strrchr(text, ')');
		poll(NULL, 0, 1);
	}
	assert_true(state != NULL && state[2] == 'S');
}

/* Takes what the door says within that time, and what it has to say however slow the machine is, and counts its wishes;
 * the first WORKER_BUSY ends it. */
__attribute__((unused)) static bool hear(struct stage *s, uint64_t ms, struct message_WORKER_BUSY *busy)
{
	uint64_t until = clock_ms() + ms;
	bool settled = false;
	struct incoming in;

	for (;;) {
		struct message_WORKER_WANTED wanted;
		if (channel_receive(s->up, 1u << ROLE_DOOR, ROLE_INIT, STATE_UP, storage, until, &in) != ERR_OK) {
			if (settled)
				return false;
			door_settles(s);
			settled = true;
			continue;
		}
		if (in.type == MESSAGE_WORKER_BUSY && busy != NULL) {
			assert_int_equal(message_get_WORKER_BUSY(in.fields, busy), ERR_OK);
			return true;
		}
		assert_int_equal(in.type, MESSAGE_WORKER_WANTED);
		assert_int_equal(message_get_WORKER_WANTED(in.fields, &wanted), ERR_OK);
		assert_true(wanted.kind == ROLE_VISIT || wanted.kind == ROLE_COLLECT);
		s->wanted[wanted.kind == ROLE_COLLECT]++;
	}
}

__attribute__((unused)) static struct actor offer(struct stage *s, enum role kind)
{
	uint8_t record[32];
	struct buf b = buf_over(record, sizeof record);
	int door[2];
	int keeper[2];

	if (s->wanted[kind == ROLE_COLLECT] == 0)
		hear(s, QUIET_MS, NULL);
	assert_true(s->wanted[kind == ROLE_COLLECT] > 0);
	s->wanted[kind == ROLE_COLLECT]--;
	assert_int_equal(channel_pair(door), ERR_OK);
	assert_int_equal(channel_pair(keeper), ERR_OK);
	message_put_WORKER_OFFER(
	    &b, &(struct message_WORKER_OFFER){.kind = (uint8_t)kind, .slot = s->slots[kind == ROLE_COLLECT]++});
	assert_int_equal(channel_send(s->up, &b, (int[]){door[0], keeper[1]}, 2, clock_ms() + SOON_MS), ERR_OK);
	close(door[0]);
	close(keeper[1]);
	return (struct actor){.channel = door[1], .keeper = keeper[0]};
}

static int knock(int i)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address(&a, i);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

__attribute__((unused)) static void say(int fd, const char *text)
{
	assert_int_equal(fd_write_all(fd, bytes_str(text), clock_ms() + SOON_MS), ERR_OK);
}

__attribute__((unused)) static int knock_as(int i, uint32_t circuit, const char *first)
{
	char line[200];
	int fd = knock(i);

	snprintf(line, sizeof line, "PROXY TCP6 fc00:dead:beef:4dad::%x:%x ::1 %u 80\r\n%s", circuit >> 16,
		 circuit & 0xffff, circuit & 0xffff, first);
	say(fd, line);
	return fd;
}

/* What the keeper and the worker see of a connection that was handed over. Returns its descriptor. */
__attribute__((unused)) static int take(struct stage *s, struct actor *a, uint32_t circuit)
{
	struct message_WORKER_BUSY busy = {0};
	struct message_CIRCUIT said;
	struct incoming in;

	assert_true(hear(s, SOON_MS, &busy));
	assert_int_equal(busy.circuit, circuit);
	assert_int_equal(
	    channel_receive(a->keeper, 1u << ROLE_DOOR, ROLE_KEEPER, STATE_NEW, storage, clock_ms() + SOON_MS, &in),
	    ERR_OK);
	assert_int_equal(in.type, MESSAGE_CIRCUIT);
	assert_int_equal(message_get_CIRCUIT(in.fields, &said), ERR_OK);
	assert_int_equal(said.circuit, circuit);
	assert_int_equal(
	    channel_receive(a->channel, 1u << ROLE_DOOR, ROLE_VISIT, STATE_UP, storage, clock_ms() + SOON_MS, &in),
	    ERR_OK);
	assert_int_equal(in.type, MESSAGE_CONNECTION);
	/* The door keeps no copy of the keeper's channel: only the worker could speak on it now. */
	assert_int_equal(
	    channel_receive(a->keeper, 1u << ROLE_VISIT, ROLE_KEEPER, STATE_OPEN, storage, clock_ms() + SOON_MS, &in),
	    ERR_END);
	return in.fds[0];
}

__attribute__((unused)) static void leave(struct actor *a)
{
	close(a->channel);
	close(a->keeper);
}

/* init has reaped it. */
__attribute__((unused)) static void reap(struct stage *s, enum role kind, uint16_t slot)
{
	uint8_t record[8];
	struct buf b = buf_over(record, sizeof record);

	message_put_WORKER_GONE(&b, &(struct message_WORKER_GONE){.kind = (uint8_t)kind, .slot = slot});
	assert_int_equal(channel_send(s->up, &b, NULL, 0, clock_ms() + SOON_MS), ERR_OK);
}

__attribute__((unused)) static size_t read_all(int fd, char *text, size_t cap)
{
	size_t n = 0;
	size_t got;

	while (n < cap && fd_read_some(fd, text + n, cap - n, clock_ms() + SOON_MS, &got) == ERR_OK)
		n += got;
	return n;
}

static int make_folder(void **state)
{
	struct rlimit files;

	(void)state;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return -1;
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sockaddr_un a;
		address(&a, i);
		unlink(a.sun_path);
	}
	return rmdir(folder);
}

#endif
