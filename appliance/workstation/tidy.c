/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workstation/tidy.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "base/err.h"

static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/* Read by the handler: changed only while the signals are blocked. */
static const char *unfinished;
static const struct termios *settings;
static int terminal;

/* Only calls that POSIX allows here. The disposition is reset already: the signal, raised again, ends the program. */
static void put_back(int number)
{
	if (settings != NULL)
		(void)tcsetattr(terminal, TCSANOW, settings);
	if (unfinished != NULL)
		(void)unlink(unfinished);
	(void)raise(number);
}

static void mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaddset(&set, signals[i]);
	BUG_IF(sigprocmask(how, &set, NULL) != 0);
}

void tidy_on_signals(void)
{
	struct sigaction action = {.sa_handler = put_back, .sa_flags = (int)SA_RESETHAND};

	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		struct sigaction before;
		BUG_IF(sigaction(signals[i], NULL, &before) != 0);
		/* Who started us with a signal ignored (nohup) meant it. */
		if (before.sa_handler != SIG_IGN)
			BUG_IF(sigaction(signals[i], &action, NULL) != 0);
	}
}

void tidy_file(const char *path)
{
	mask(SIG_BLOCK);
	unfinished = path;
	mask(SIG_UNBLOCK);
}

void tidy_terminal(int fd, const struct termios *s)
{
	mask(SIG_BLOCK);
	terminal = fd;
	settings = s;
	mask(SIG_UNBLOCK);
}
