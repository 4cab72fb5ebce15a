/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agetool/keyfile.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agetool/tool.h"
#include "agetool/unseal.h"
#include "base/secret.h"

/* A file that is read line by line, with what its lines are for. Its contents may be secret. */
struct lines {
	const char *path;
	struct recipients *to; /* or else */
	struct identities *with;
	size_t found;
	size_t bytes;
	unsigned number; /* of the line that is being read */
	size_t fill;
	bool failed;                    /* said on stderr */
	uint8_t line[AGE_TEXT_MAX + 2]; /* more shows only that it is too long */
};

static uint8_t block[TOOL_BLOCK];

static bool fail(struct lines *l, const char *sentence)
{
	tool_error("failed to read \"%s\": %s", l->path, sentence);
	l->failed = true;
	return false;
}

/* The line itself may be a secret in the wrong file: it is never shown. */
static bool fail_at(struct lines *l, const char *sentence)
{
	tool_error("failed to read \"%s\": error at line %u: %s", l->path, l->number, sentence);
	l->failed = true;
	return false;
}

static const char *recipient_fault(struct bytes text, enum err e)
{
	if (bytes_starts(text, BYTES_LITERAL("AGE-SECRET-KEY-")))
		return "this is an identity, a secret; its recipient begins with \"age1\"";
	if (bytes_starts(text, BYTES_LITERAL("ssh-")))
		return "SSH keys are not supported";
	if (e == ERR_UNSUPPORTED)
		return "a recipient of a type that is not supported";
	return "malformed recipient";
}

static bool take_recipient(struct lines *l, struct bytes text)
{
	enum err e;

	BUG_IF(l->to == NULL);
	if (l->to->count == AGE_RECIPIENTS_MAX)
		return fail_at(l, "more than 40 recipients");
	e = age_recipient_parse(text, &l->to->list[l->to->count]);
	if (e != ERR_OK)
		return fail_at(l, recipient_fault(text, e));
	l->to->count++;
	return true;
}

static bool take_identity(struct lines *l, struct bytes text)
{
	enum err e;

	BUG_IF(l->with == NULL);
	if (l->with->count == AGE_IDENTITIES_MAX)
		return fail_at(l, "more than 16 identities");
	e = age_identity_parse(text, &l->with->list[l->with->count]);
	if (e != ERR_OK)
		return fail_at(l, e == ERR_UNSUPPORTED ? "an identity of a type that is not supported"
						       : "malformed identity");
	l->with->count++;
	return true;
}

static bool take_line(struct lines *l)
{
	struct bytes text = bytes_of(l->line, l->fill);

	l->fill = 0;
	l->number++;
	if (text.n > 0 && text.p[text.n - 1] == '\r')
		text.n--;
	if (text.n == 0 || text.p[0] == '#')
		return true;
	l->found++;
	return l->to != NULL ? take_recipient(l, text) : take_identity(l, text);
}

static enum err take_data(void *context, struct bytes data)
{
	struct lines *l = context;

	l->bytes += data.n;
	if (l->bytes > KEYFILE_MAX)
		return fail(l, "the file is longer than 1 MiB") ? ERR_OK : ERR_TOO_BIG;
	for (size_t i = 0; i < data.n; i++) {
		if (data.p[i] == '\n') {
			if (!take_line(l))
				return ERR_FORMAT;
		} else if (l->fill < sizeof l->line) {
			l->line[l->fill++] = data.p[i]; /* of a comment, the rest doesn't matter */
		}
	}
	return ERR_OK;
}

static bool take_end(struct lines *l, const char *none)
{
	if (l->fill > 0 && !take_line(l))
		return false;
	return l->found > 0 || fail(l, none);
}

static bool read_plain(int fd, struct bytes start, struct lines *l)
{
	struct bytes data = start;
	size_t n;

	do {
		if (take_data(l, data) != ERR_OK || !tool_read(fd, block, sizeof block, &n))
			return false;
		data = bytes_of(block, n);
	} while (n > 0);
	return true;
}

static bool read_sealed(int fd, struct bytes start, struct lines *l)
{
	char prompt[PATH_MAX + 64];
	const struct unsealing u = {
	    .fd = fd,
	    .start = start,
	    .prompt = prompt,
	    .sink = {take_data, l},
	    .sink_failed = &l->failed,
	};

	(void)snprintf(prompt, sizeof prompt, "Enter passphrase for identity file \"%s\": ", l->path);
	return unseal(&u);
}

static bool read_file(int fd, struct lines *l)
{
	size_t n;
	struct bytes start;

	if (!tool_read(fd, block, sizeof block, &n))
		return false;
	start = bytes_of(block, n);
	if (l->with == NULL)
		return read_plain(fd, start, l);
	if (bytes_starts(start, BYTES_LITERAL("age-encryption.org/")) ||
	    bytes_starts(start, BYTES_LITERAL("-----BEGIN AGE ENCRYPTED FILE-----")))
		return read_sealed(fd, start, l);
	if (bytes_starts(start, BYTES_LITERAL("-----BEGIN")))
		return fail(l, "SSH and other PEM keys are not supported");
	return read_plain(fd, start, l);
}

static bool read_path(const char *path, const char *what, const char *none, struct lines *l)
{
	int fd = tool_open(what, path);
	bool good;

	if (fd < 0)
		return false;
	l->path = path == NULL ? "-" : path;
	good = read_file(fd, l) && take_end(l, none);
	if (fd != STDIN_FILENO)
		close(fd);
	SECRET_WIPE(block);
	SECRET_WIPE(l->line);
	return good;
}

bool keyfile_recipient(struct bytes text, struct recipients *to)
{
	enum err e;

	if (to->count == AGE_RECIPIENTS_MAX) {
		tool_error("more than %d recipients", AGE_RECIPIENTS_MAX);
		return false;
	}
	e = age_recipient_parse(text, &to->list[to->count]);
	if (e != ERR_OK) {
		tool_error("%s, given with -r/--recipient", recipient_fault(text, e));
		return false;
	}
	to->count++;
	return true;
}

bool keyfile_recipients(const char *path, struct recipients *to)
{
	struct lines l = {.to = to};

	return read_path(path, "recipient file", "no recipients found", &l);
}

bool keyfile_identities(const char *path, struct identities *with)
{
	struct lines l = {.with = with};

	return read_path(path, "identity file", "no secret keys found", &l);
}
