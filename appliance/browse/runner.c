/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "browse/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child. It ends with us, hears nothing from the terminal, and says all it has to say to `out`. */
static void become_sync(const char *const *arguments, int out)
{
	/* execv's arguments are not const for historical reasons alone. */
	union {
		const char *const *from;
		char *const *to;
	} argv = {.from = arguments};
	sigset_t none;
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
	    dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0 &&
	    sigprocmask(SIG_SETMASK, &none, NULL) == 0)
		(void)execv("/proc/self/exe", argv.to);
	_exit(1);
}

enum err runner_start(struct runner *x)
{
	int ends[2];

	if (x->pid != 0)
		return ERR_OK;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return ERR_IO;
	x->pid = fork();
	if (x->pid == 0)
		become_sync(x->arguments, ends[1]);
	(void)close(ends[1]);
	if (x->pid < 0) {
		x->pid = 0;
		(void)close(ends[0]);
		return ERR_IO;
	}
	x->fd = ends[0];
	x->said_len = 0;
	x->ran = false;
	return ERR_OK;
}

/* False: there is no more of it now, or ever. */
static bool hear(struct runner *x)
{
	uint8_t heard[4096];
	ssize_t n = read(x->fd, heard, sizeof heard);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return errno == EINTR;
	if (n <= 0) {
		(void)close(x->fd);
		x->fd = -1;
		return false;
	}
	if ((size_t)n > sizeof x->said - x->said_len)
		n = (ssize_t)(sizeof x->said - x->said_len);
	memcpy(x->said + x->said_len, heard, (size_t)n);
	x->said_len += (size_t)n;
	return true;
}

void runner_listen(struct runner *x)
{
	(void)hear(x);
}

bool runner_ended(struct runner *x, pid_t pid, int status)
{
	if (x->pid == 0 || pid != x->pid)
		return false;
	/* A Tor that it started, and that it had no time to stop, may hold the other end for longer. */
	if (x->fd >= 0 && fcntl(x->fd, F_SETFL, O_NONBLOCK) == 0)
		while (hear(x))
			continue;
	if (x->fd >= 0)
		(void)close(x->fd);
	x->fd = -1;
	x->pid = 0;
	x->ran = true;
	x->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return true;
}
