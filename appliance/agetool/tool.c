/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agetool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/random.h"
#include "workstation/terminal.h"
#include "workstation/tidy.h"

static bool stdin_used;
static const char *output_path; /* NULL: standard output */

void tool_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("age: error: ", stderr);
	(void)vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

void tool_hint(const char *text)
{
	fprintf(stderr, "age: hint: %s\n", text);
}

void tool_warning(const char *text)
{
	fprintf(stderr, "age: warning: %s\n", text);
}

/* ---- the terminal */

static void tell_no_terminal(void)
{
	tool_error("standard input is not a terminal, and /dev/tty is not available: %s", strerror(errno));
}

bool tool_ask(const char *prompt, struct buf *answer)
{
	enum err e = terminal_line(prompt, answer);

	if (e == ERR_NOT_FOUND)
		tell_no_terminal();
	else if (e == ERR_TOO_BIG)
		tool_error("could not read passphrase: it has more than %zu bytes", answer->cap);
	else if (e == ERR_END)
		tool_error("could not read passphrase: the terminal's input ended");
	else if (e != ERR_OK)
		tool_error("could not read passphrase: %s", strerror(errno));
	return e == ERR_OK;
}

bool tool_show(struct bytes line)
{
	enum err e = terminal_show(line);

	if (e == ERR_NOT_FOUND)
		tell_no_terminal();
	else if (e != ERR_OK)
		tool_error("could not write to the terminal: %s", strerror(errno));
	return e == ERR_OK;
}

/* ---- inputs */

/* Even though the output takes its place only at the end: who names one file twice made a mistake. */
static bool is_the_output(int fd)
{
	struct stat in, out;

	return output_path != NULL && fstat(fd, &in) == 0 && stat(output_path, &out) == 0 && S_ISREG(in.st_mode) &&
	       in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

int tool_open(const char *what, const char *path)
{
	int fd;

	if (path == NULL || strcmp(path, "-") == 0) {
		if (stdin_used) {
			tool_error("standard input is used for multiple purposes");
			return -1;
		}
		stdin_used = true;
		return STDIN_FILENO;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		tool_error("failed to open %s: open %s: %s", what, path, strerror(errno));
		return -1;
	}
	if (is_the_output(fd)) {
		tool_error("%s and output file are the same: \"%s\"", what, path);
		close(fd);
		return -1;
	}
	return fd;
}

bool tool_read(int fd, uint8_t *out, size_t cap, size_t *n)
{
	enum err e = ERR_OK;
	size_t got;

	for (*n = 0; *n < cap && e == ERR_OK; *n += e == ERR_OK ? got : 0)
		e = fd_read_some(fd, out + *n, cap - *n, DEADLINE_NONE, &got);
	if (e == ERR_OK || e == ERR_END)
		return true;
	tool_error("failed to read the input: %s", strerror(errno));
	return false;
}

/* ---- the output */

void tool_output_to(struct tool_output *o, const char *path)
{
	bool is_stdout = path == NULL || strcmp(path, "-") == 0;

	*o = (struct tool_output){.path = is_stdout ? NULL : path, .fd = -1};
	output_path = o->path;
}

static bool fail(struct tool_output *o, const char *doing)
{
	o->failed = true;
	tool_error("failed to %s output file: %s: %s", doing, o->path == NULL ? "standard output" : o->path,
		   strerror(errno));
	return false;
}

/* Makes o->temporary. exact: whatever the umask says. */
static bool open_new(struct tool_output *o, mode_t mode, bool exact)
{
	o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (o->fd < 0) {
		o->temporary[0] = '\0';
		return fail(o, "open");
	}
	tidy_file(o->temporary);
	return !exact || fchmod(o->fd, mode) == 0 || fail(o, "open");
}

static bool name_temporary(struct tool_output *o)
{
	const char *slash = strrchr(o->target, '/');
	int folder = slash == NULL ? 0 : (int)(slash + 1 - o->target);
	uint32_t tag;

	random_fill(&tag, sizeof tag);
	if (snprintf(o->temporary, sizeof o->temporary, "%.*s.age-%08" PRIx32, folder, o->target, tag) <
	    (int)sizeof o->temporary)
		return true;
	o->temporary[0] = '\0';
	errno = ENAMETOOLONG;
	return fail(o, "open");
}

static bool set_target(struct tool_output *o)
{
	if (snprintf(o->target, sizeof o->target, "%s", o->path) < (int)sizeof o->target)
		return true;
	errno = ENAMETOOLONG;
	return fail(o, "open");
}

static bool open_output(struct tool_output *o)
{
	struct stat there;
	bool is_there;

	if (o->path == NULL) {
		o->fd = STDOUT_FILENO;
		return true;
	}
	if (o->exclusive) {
		if (!set_target(o))
			return false;
		memcpy(o->temporary, o->target, sizeof o->temporary);
		return open_new(o, 0600, false);
	}
	is_there = stat(o->path, &there) == 0;
	if (is_there && S_ISREG(there.st_mode)) {
		if (realpath(o->path, o->target) == NULL)
			return fail(o, "open");
		return name_temporary(o) && open_new(o, there.st_mode & 0777, true);
	}
	if (!is_there && errno == ENOENT && lstat(o->path, &there) != 0)
		return set_target(o) && name_temporary(o) && open_new(o, 0666, false);
	/* A device, a pipe, a link to nowhere: nothing can take its place. */
	o->fd = open(o->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	return o->fd >= 0 || fail(o, "open");
}

/* Text for people: letters of any script, and lines. What a terminal obeys is not. */
static bool is_printable(struct bytes data, uint8_t *before)
{
	for (size_t i = 0; i < data.n; i++) {
		uint8_t c = data.p[i];
		bool c1 = *before == 0xc2 && c >= 0x80 && c < 0xa0;
		if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f || c1)
			return false;
		*before = c;
	}
	return true;
}

static enum err output_write(void *context, struct bytes data)
{
	struct tool_output *o = context;
	enum err e;

	if (o->guarded && !is_printable(data, &o->last)) {
		tool_error("refusing to output binary to the terminal");
		tool_hint("force anyway with \"-o -\"");
		o->failed = true;
		return ERR_UNSUPPORTED;
	}
	if (o->fd < 0 && !open_output(o))
		return ERR_IO;
	e = fd_write_all(o->fd, data, DEADLINE_NONE);
	if (e != ERR_OK)
		(void)fail(o, "write");
	else if (o->temporary[0] == '\0')
		o->wrote = true;
	return e;
}

struct age_sink tool_output_sink(struct tool_output *o)
{
	return (struct age_sink){output_write, o};
}

bool tool_output_end(struct tool_output *o)
{
	int fd;

	if (o->fd < 0 && !open_output(o))
		return false;
	if (o->path == NULL)
		return true;
	if (o->temporary[0] != '\0' && fsync(o->fd) != 0)
		return fail(o, "write");
	fd = o->fd;
	o->fd = -1;
	if (close(fd) != 0)
		return fail(o, "write");
	if (o->temporary[0] == '\0')
		return true;
	if (rename(o->temporary, o->target) != 0)
		return fail(o, "replace");
	tidy_file(NULL);
	o->temporary[0] = '\0';
	return true;
}

void tool_output_drop(struct tool_output *o)
{
	if (o->path != NULL && o->fd >= 0)
		close(o->fd);
	o->fd = -1;
	if (o->temporary[0] != '\0' && unlink(o->temporary) != 0)
		(void)fail(o, "remove the unfinished");
	tidy_file(NULL);
	o->temporary[0] = '\0';
}
