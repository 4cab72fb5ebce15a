/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workstation/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "workstation/tidy.h"

/* -1: there is none. */
static int open_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 && isatty(STDIN_FILENO) == 1)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd;
}

enum err terminal_take_line(int fd, struct buf *answer)
{
	for (;;) {
		uint8_t c;
		size_t got;
		enum err e = fd_read_some(fd, &c, 1, DEADLINE_NONE, &got);

		if (e != ERR_OK && !(e == ERR_END && answer->len > 0))
			return e;
		if (e == ERR_END || c == '\n')
			return answer->failed ? ERR_TOO_BIG : ERR_OK;
		buf_byte(answer, c);
	}
}

enum err terminal_line(const char *prompt, struct buf *answer)
{
	struct termios before, silent;
	int fd = open_terminal();
	enum err e = ERR_IO;

	if (fd < 0)
		return ERR_NOT_FOUND;
	if (tcgetattr(fd, &before) != 0)
		goto out;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	silent.c_lflag |= ICANON | ISIG;
	silent.c_iflag |= ICRNL;
	tidy_terminal(fd, &before);
	if (tcsetattr(fd, TCSANOW, &silent) == 0) {
		e = fd_write_all(fd, bytes_str(prompt), DEADLINE_NONE);
		if (e == ERR_OK)
			e = terminal_take_line(fd, answer);
		if (tcsetattr(fd, TCSANOW, &before) != 0 && e == ERR_OK)
			e = ERR_IO;
	}
	tidy_terminal(-1, NULL);
	if (e == ERR_OK)
		e = fd_write_all(fd, BYTES_LITERAL("\n"), DEADLINE_NONE);
out:
	close(fd);
	return e;
}

const char *terminal_no_passphrase(enum err e)
{
	if (e == ERR_NOT_FOUND)
		return "There is no terminal to ask for the passphrase on. --passphrase-fd N reads it from a "
		       "descriptor.";
	if (e == ERR_TOO_BIG)
		return "The passphrase is longer than 1024 bytes.";
	return e == ERR_END ? "No passphrase was given." : strerror(errno);
}

enum err terminal_show(struct bytes line)
{
	int fd = open_terminal();
	enum err e;

	if (fd < 0)
		return ERR_NOT_FOUND;
	e = fd_write_all(fd, line, DEADLINE_NONE);
	if (e == ERR_OK)
		e = fd_write_all(fd, BYTES_LITERAL("\n"), DEADLINE_NONE);
	close(fd);
	return e;
}
