/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sitefile/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "site/sealed.h"
#include "workstation/files.h"
#include "workstation/terminal.h"

/* Sealed, before it is written. */
static uint8_t sealed_storage[LIMIT_SITE_SEALED];

/* ---- passphrases */

static enum err first_line_of(const char *path, struct buf *phrase)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum err e;

	if (fd < 0)
		return ERR_IO;
	e = terminal_take_line(fd, phrase);
	close(fd);
	return e;
}

static enum err take_phrase(const struct phrase_source *from, const char *prompt, struct buf *phrase)
{
	uint64_t fd;

	if (from->given.n > 0) {
		buf_put(phrase, from->given);
		return phrase->failed ? ERR_TOO_BIG : ERR_OK;
	}
	if (from->file != NULL)
		return first_line_of(from->file, phrase);
	if (from->descriptor == NULL)
		return terminal_line(prompt, phrase);
	if (bytes_decimal(bytes_str(from->descriptor), INT_MAX, &fd) != ERR_OK) {
		errno = EBADF;
		return ERR_IO;
	}
	return terminal_take_line((int)fd, phrase);
}

static int say_phrase(enum err e, const struct phrase_source *from)
{
	const char *subject = from->file != NULL ? from->file : "passphrase";

	if (e == ERR_OK)
		return SITE_DONE;
	return site_say(e == ERR_TOO_BIG || e == ERR_END ? SITE_INPUT : SITE_FAILED, e == ERR_IO ? subject : NULL,
			e == ERR_NOT_FOUND ? "There is no terminal to ask for the passphrase on. --passphrase-file "
					     "FILE reads it from a file's first line, --passphrase-fd N from a "
					     "descriptor's."
					   : terminal_no_passphrase(e));
}

int hold_take_phrase(const struct phrase_source *from, const char *prompt, struct buf *phrase)
{
	return say_phrase(take_phrase(from, prompt, phrase), from);
}

int hold_new_phrase(const struct phrase_source *from, const char *what, struct buf *phrase)
{
	uint8_t storage[AGE_PASSPHRASE_MAX];
	struct buf again = buf_over(storage, sizeof storage);
	struct site_fault fault;
	int status = say_phrase(take_phrase(from, what, phrase), from);

	if (status != SITE_DONE)
		return status;
	if (!sealed_phrase_is_good(buf_view(phrase), &fault))
		return site_say(SITE_INPUT, NULL, fault.sentence);
	if (from->file != NULL || from->descriptor != NULL)
		return SITE_DONE;
	status = say_phrase(take_phrase(from, "The same again: ", &again), from);
	if (status == SITE_DONE && (phrase->len != again.len || !secret_equal(phrase->p, again.p, again.len)))
		status = site_say(SITE_INPUT, NULL, "These are two different passphrases. Nothing was written.");
	SECRET_WIPE(storage);
	return status;
}

/* ---- reading */

struct asking {
	const struct phrase_source *from;
	struct buf *phrase;
	int status;
};

static enum err ask(void *context, struct buf *passphrase)
{
	struct asking *a = context;
	char prompt[64];

	(void)snprintf(prompt, sizeof prompt,
		       "Passphrase of %s: ", a->from->whose != NULL ? a->from->whose : "the site file");
	a->status = say_phrase(take_phrase(a->from, prompt, a->phrase), a->from);
	buf_put(passphrase, buf_view(a->phrase));
	return a->status == SITE_DONE ? ERR_OK : ERR_IO;
}

static int open_sealed(struct hold *h, const struct phrase_source *from, struct bytes file)
{
	struct asking asking = {from, &h->phrase, SITE_DONE};
	struct site_fault fault;
	enum err e = sealed_open(file, (struct age_asker){ask, &asking}, &h->text, &fault);

	h->sealed = true;
	if (asking.status != SITE_DONE)
		return asking.status;
	if (e == ERR_OK)
		return SITE_DONE;
	return site_say(e == ERR_NO_MEMORY || e == ERR_LIBRARY ? SITE_FAILED : SITE_INPUT, h->path, fault.sentence);
}

struct hold *hold_static(void)
{
	static struct hold h;

	return &h;
}

int hold_read(const char *path, const struct phrase_source *from, struct hold *h)
{
	int status = SITE_DONE;
	struct bytes file;
	size_t n;
	enum err e;

	memset(h, 0, sizeof *h);
	h->path = path;
	h->text = buf_over(h->storage, sizeof h->storage);
	h->phrase = buf_over(h->phrase_storage, sizeof h->phrase_storage);
	e = fd_read_file(path, h->storage, sizeof h->storage, &n);
	if (e == ERR_TOO_BIG)
		return site_say(SITE_INPUT, path, "A site file has at most 256 KiB. This is another kind of file.");
	if (e != ERR_OK)
		return site_say(SITE_FAILED, path, strerror(errno));
	file = bytes_of(h->storage, n);
	if (sealed_is(file))
		status = open_sealed(h, from, file);
	else
		h->text.len = n;
	/* Of a sealed file more is there than of its text. */
	secret_wipe(h->storage + h->text.len, sizeof h->storage - h->text.len);
	return status;
}

int hold_open(const char *path, const struct phrase_source *from, struct hold *h)
{
	struct site_fault fault;
	int status = hold_read(path, from, h);

	if (status == SITE_DONE && site_parse_any(buf_view(&h->text), &h->site, &fault) != ERR_OK)
		status = site_say_fault(path, &fault);
	return status;
}

void hold_drop(struct hold *h)
{
	secret_wipe(h, sizeof *h);
}

/* ---- writing */

/* What the box would refuse isn't written: the same parser, before anybody relies on the file. */
static int seal(const char *path, struct bytes text, struct bytes phrase, struct bytes *out)
{
	static struct site check;
	struct buf sealed = buf_over(sealed_storage, sizeof sealed_storage);
	struct site_fault fault;
	int status = SITE_DONE;
	enum err e;

	if (site_parse_any(text, &check, &fault) != ERR_OK)
		return site_say_fault(path, &fault);
	if (phrase.n == 0 && !check.unattended && !check.ephemeral)
		status = site_say(SITE_INPUT, path,
				  "A site file is sealed with a passphrase, or says \"unattended = yes\". Nothing was "
				  "written.");
	SECRET_WIPE(check);
	if (status != SITE_DONE)
		return status;
	if (phrase.n == 0) {
		*out = text;
		return SITE_DONE;
	}
	e = sealed_seal(text, phrase, &sealed);
	if (e != ERR_OK)
		return site_say(SITE_FAILED, path, err_text(e));
	*out = buf_view(&sealed);
	return SITE_DONE;
}

int hold_write_new(const char *path, struct bytes text, struct bytes phrase)
{
	struct bytes file = {NULL, 0};
	int status = seal(path, text, phrase, &file);

	if (status == SITE_DONE && file_write_new(path, file, 0600) != ERR_OK)
		status =
		    site_say(SITE_FAILED, path,
			     errno == EEXIST ? "It is there already, and a lost site file is a lost address. Choose "
					       "another name."
					     : strerror(errno));
	return status;
}

int hold_replace(struct hold *h, struct bytes text)
{
	struct bytes file = {NULL, 0};
	int status = seal(h->path, text, buf_view(&h->phrase), &file);

	if (status == SITE_DONE && file_replace(h->path, file, 0600) != ERR_OK)
		status = site_say(SITE_FAILED, h->path, strerror(errno));
	return status;
}

/* ---- lines */

/* The key of a line; empty for a comment, an empty line, the first and the last. */
static struct bytes key_of(struct bytes line)
{
	struct bytes key, value;

	if (line.n == 0 || line.p[0] == '#' || !site_split_line(line, &key, &value))
		return bytes_of(NULL, 0);
	return bytes_first(key, bytes_find(key, BYTES_LITERAL(" ")));
}

static bool is_one_of(struct bytes key, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_eq_str(key, keys[i]))
			return true;
	return false;
}

void hold_replace_lines(struct buf *out, struct bytes text, const char *const *keys, size_t key_count,
			struct bytes with)
{
	struct bytes rest = text;
	struct bytes line;
	bool present = false;
	bool done = false;

	while (bytes_split(&rest, '\n', &line))
		present |= is_one_of(key_of(line), keys, key_count);
	while (bytes_split(&text, '\n', &line)) {
		bool here = is_one_of(key_of(line), keys, key_count);

		if (!done &&
		    (here || (!present && (bytes_eq_str(key_of(line), "desk") || bytes_eq_str(line, "end"))))) {
			buf_put(out, with);
			done = true;
		}
		if (here)
			continue;
		buf_put(out, line);
		buf_byte(out, '\n');
	}
}
