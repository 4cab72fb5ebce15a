/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the commands `age` and `age keygen` share: messages in age's style, inputs, the output. */
#ifndef AGETOOL_TOOL_H
#define AGETOOL_TOOL_H

#include <limits.h>
#include <sys/types.h>

#include "age/age.h"

#define TOOL_BLOCK (64 * 1024) /* one read of an input */

/* Lines on stderr: "age: error: ...", "age: hint: ...", "age: warning: ...". No secrets in them, nor contents of files.
 */
void tool_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tool_hint(const char *text);
void tool_warning(const char *text);

/* Asks on the terminal: shows the prompt and takes one line, a secret in `answer`. False after a message: no terminal,
 * or no line, or more than `answer` holds. */
bool tool_ask(const char *prompt, struct buf *answer) MUST_CHECK;
/* Shows a line on the terminal. False after a message. */
bool tool_show(struct bytes line) MUST_CHECK;

/* Opens a file to read; NULL or "-" is standard input, which serves one purpose only. `what` is named in the message
 * after a failure, as in "failed to open input file"; then -1. A file that the output would replace is refused. */
int tool_open(const char *what, const char *path);
/* Reads until `out` is full or the input ends. False after a message. */
bool tool_read(int fd, uint8_t *out, size_t cap, size_t *n);

/* ---- the output: a file that is there whole or not at all, or standard output */

struct tool_output {
	const char *path;         /* NULL: standard output */
	bool exclusive;           /* a new file, for its owner only; one that is there is an error */
	bool guarded;             /* a terminal: control characters are refused */
	uint8_t last;             /* byte written there */
	bool failed;              /* said on stderr */
	bool wrote;               /* something went to where it is seen */
	int fd;                   /* -1 before the first byte */
	char temporary[PATH_MAX]; /* beside the file, becomes it at the end; "" where that can't be */
	char target[PATH_MAX];
};

/* path: NULL or "-" is standard output. Nothing is opened yet. */
void tool_output_to(struct tool_output *o, const char *path);
struct age_sink tool_output_sink(struct tool_output *o);
/* The output is complete: only now a file of that name appears, or changes. False after a message. */
bool tool_output_end(struct tool_output *o);
/* Leaves no file behind. */
void tool_output_drop(struct tool_output *o);

#endif
