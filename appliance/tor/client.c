/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tor/client.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tor_api.h>
#include <unistd.h>

#include "base/fd.h"
#include "tor/torrc.h"

#define SOCKS "socks"

enum { CONTROL_FD = 3, SEND_MS = 5000 };

/* ---- the process */

enum { VALUE_MAX = 2 * PATH_MAX + 64 };

static void put_path(struct buf *out, const char *before, const char *folder, const char *name)
{
	buf_str(out, before);
	buf_str(out, folder);
	buf_str(out, name);
	buf_byte(out, '\0');
}

/* For the state's folder, which no other account can enter; for onion services; says when a key is missing. */
static void put_socks_port(struct buf *out, const char *state)
{
	buf_str(out, "unix:\"");
	for (; *state != '\0'; state++) {
		buf_str(out, *state == '"' || *state == '\\' ? "\\" : "");
		buf_byte(out, (uint8_t)*state);
	}
	buf_str(out, "/" SOCKS "\" OnionTrafficOnly ExtendedErrors");
	buf_byte(out, '\0');
}

/* Paths are given here and not in the torrc, where some characters mean more. */
int tor_client_main(int argc, char **argv)
{
	static char torrc[VALUE_MAX], data[VALUE_MAX], log[VALUE_MAX], socks[VALUE_MAX];
	struct buf values[] = {buf_over(torrc, sizeof torrc), buf_over(data, sizeof data), buf_over(log, sizeof log),
			       buf_over(socks, sizeof socks)};
	tor_main_configuration_t *c = tor_main_configuration_new();

	if (argc != 3)
		return 1;
	put_path(&values[0], "", argv[1], "/torrc");
	put_path(&values[1], "", argv[1], "/data");
	put_path(&values[2], "warn file ", argv[1], "/log");
	put_socks_port(&values[3], argv[1]);
	char *arguments[] = {"tor",       "-f",
			     torrc,       "--defaults-torrc",
			     "/dev/null", "--Log",
			     log,         "--DataDirectory",
			     data,        "--SocksPort",
			     socks,       "--ClientOnionAuthDir",
			     argv[2],     "--__OwningControllerFD",
			     "3",         NULL};
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (values[i].failed)
			return 1;
	if (c == NULL || tor_main_configuration_set_command_line(c, 15, arguments) != 0)
		return 1;
	return tor_run_main(c);
}

/* ---- its parent */

static enum err write_torrc(int folder, struct bytes extra, size_t *line)
{
	uint8_t text[TORRC_MAX];
	struct buf out = buf_over(text, sizeof text);
	enum err e = torrc_render_client(&out, extra, line);
	int fd;

	if (e != ERR_OK)
		return e;
	fd = openat(folder, "torrc", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERR_IO;
	e = fd_write_all(fd, buf_view(&out), DEADLINE_NONE);
	close(fd);
	return e;
}

/* In the child: nothing of the parent's but the control connection, standard error and the two paths. */
static _Noreturn void become(int control, const char *state, const char *auth)
{
	char *arguments[] = {"courier", "@tor-client", (char *)(uintptr_t)state, (char *)(uintptr_t)auth, NULL};
	int null = open("/dev/null", O_RDWR);

	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	    (control == CONTROL_FD ? fcntl(control, F_SETFD, 0) : dup2(control, CONTROL_FD)) >= 0) {
		if (null > CONTROL_FD)
			close(null);
		(void)execv("/proc/self/exe", arguments);
	}
	_exit(127);
}

static enum err spawn(struct tor_client *c, const char *state, const char *auth)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return ERR_IO;
	c->pid = fork();
	if (c->pid == 0)
		become(pair[1], state, auth);
	close(pair[1]);
	c->control = pair[0];
	if (c->pid > 0)
		return ERR_OK;
	c->pid = 0;
	return ERR_IO;
}

enum err tor_client_start(struct tor_client *c, const char *state, const char *auth, struct bytes extra, size_t *line)
{
	uint8_t storage[CONTROL_COMMAND_MAX];
	struct buf command = buf_over(storage, sizeof storage);
	enum err e = ERR_IO;

	*c = (struct tor_client){.control = -1, .folder = -1};
	*line = 0;
	if ((size_t)snprintf(c->socks, sizeof c->socks, "unix:%s/" SOCKS, state) >= sizeof c->socks)
		return ERR_TOO_BIG;
	if (mkdir(state, 0700) != 0 && errno != EEXIST)
		goto out;
	c->folder = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (c->folder < 0 || fchmod(c->folder, 0700) != 0)
		goto out;
	/* A log is one run's; a socket that is there is nobody's any more: the desk's lock is ours. */
	if ((unlinkat(c->folder, "log", 0) != 0 && errno != ENOENT) ||
	    (unlinkat(c->folder, SOCKS, 0) != 0 && errno != ENOENT))
		goto out;
	TRY(write_torrc(c->folder, extra, line));
	TRY(spawn(c, state, auth));
	control_put_start(&c->state, &command);
	BUG_IF(command.failed);
	TRY(fd_write_all(c->control, buf_view(&command), clock_ms() + SEND_MS));
out:
	return e;
}

static enum err take_lines(struct tor_client *c, struct bytes in)
{
	struct bytes line;
	enum err e;

	while ((e = control_next_line(&c->reader, &in, &line)) == ERR_OK)
		TRY(control_line(&c->state, c->guards, line));
out:
	return e == ERR_END ? ERR_OK : e;
}

enum err tor_client_wait(struct tor_client *c, uint64_t stall_ms, void (*progress)(unsigned percent))
{
	uint64_t deadline_ms = clock_ms() + stall_ms;
	uint8_t bytes[2048];
	size_t got;
	enum err e = ERR_OK;

	while (c->state.bootstrap < 100) {
		uint8_t before = c->state.bootstrap;
		TRY(fd_read_some(c->control, bytes, sizeof bytes, deadline_ms, &got));
		TRY(take_lines(c, bytes_of(bytes, got)));
		if (c->state.bootstrap == before)
			continue;
		deadline_ms = clock_ms() + stall_ms;
		if (progress != NULL)
			progress(c->state.bootstrap);
	}
out:
	return e;
}

static enum err send_commands(struct tor_client *c)
{
	uint8_t storage[GUARD_COMMAND_MAX];
	enum err e = ERR_OK;

	while (e == ERR_OK) {
		struct buf b = buf_over(storage, sizeof storage);

		if (!control_put_guards(&c->state, c->guards, &b))
			return ERR_OK;
		e = fd_write_all(c->control, buf_view(&b), clock_ms() + SEND_MS);
	}
	return e;
}

enum err tor_client_sample(struct tor_client *c, uint64_t stall_ms)
{
	const struct guards *sample = &c->guards->sample;
	uint64_t deadline_ms = clock_ms() + stall_ms;
	uint8_t bytes[2048];
	size_t got;
	enum err e = ERR_OK;

	while (sample->count < 2 || sample->list[0].confirmed_day == 0) {
		TRY(send_commands(c));
		TRY(fd_read_some(c->control, bytes, sizeof bytes, deadline_ms, &got));
		TRY(take_lines(c, bytes_of(bytes, got)));
	}
out:
	return e;
}

void tor_client_stop(struct tor_client *c)
{
	/* No descriptor here is 0: standard input is. */
	if (c->control > 0)
		close(c->control);
	while (c->pid > 0 && waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (c->folder > 0)
		close(c->folder);
	*c = (struct tor_client){0};
}
