/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk reply */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "desk/items.h"
#include "desk/session.h"
#include "limits.h"
#include "site/files.h"

static const char usage[] =
    "usage: courier desk reply DIR CONVERSATION [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "Reads a reply from its input and seals it to the conversation's source: only that source can open it. It waits "
    "in\n"
    "DIR/outbox, and the next `courier desk sync` sends it; with --socks or --direct, as sync has them, it is sent at\n"
    "once. CONVERSATION is the beginning of its name, as `courier desk list` shows it.\n"
    "\n"
    "Example:\n"
    "  courier desk reply ~/desk 3f1c < answer.txt\n";

static struct age_sealer sealer;
static uint8_t text[LIMIT_TEXT + 1];
static uint8_t sealed[LIMIT_REPLY];

static enum err keep(void *context, struct bytes data)
{
	struct buf *out = context;

	buf_put(out, data);
	return out->failed ? ERR_TOO_BIG : ERR_OK;
}

/* The text and zeros up to a bucket, so that its size tells little: 1, 4, 16 or 64 KiB. */
static enum err seal(const struct age_recipient *to, struct bytes plain, struct buf *out)
{
	uint64_t bucket = 1024;
	enum err e;

	while (bucket < plain.n)
		bucket *= 4;

	*out = buf_over(sealed, sizeof sealed);
	TRY(age_seal_begin(&sealer, to, 1, (struct age_sink){keep, out}));
	TRY(age_seal_data(&sealer, plain));
	TRY(age_seal_zeros(&sealer, bucket - plain.n));
	TRY(age_seal_end(&sealer));
out:
	age_seal_drop(&sealer);
	return e;
}

static int read_text(size_t *n)
{
	struct bytes rest;
	uint32_t c;
	enum err e = ERR_OK;

	if (isatty(STDIN_FILENO) == 1)
		fputs("Write the reply; a line with Ctrl-D alone ends it.\n", stderr);
	*n = 0;
	while (*n < sizeof text) {
		size_t got;
		e = fd_read_some(STDIN_FILENO, text + *n, sizeof text - *n, DEADLINE_NONE, &got);
		if (e != ERR_OK)
			break;
		*n += got;
	}
	if (e != ERR_OK && e != ERR_END)
		return desk_say(DESK_FAILED, "input", strerror(errno));
	if (*n > LIMIT_TEXT)
		return desk_say(DESK_INPUT, "input", "A reply has at most 61440 bytes. Send it in parts.");
	rest = bytes_of(text, *n);
	while (rest.n > 0)
		if (utf8_next(&rest, &c) != ERR_OK || c == 0)
			return desk_say(DESK_INPUT, "input", "A reply is text in UTF-8; this holds something else.");
	if (bytes_trim(bytes_of(text, *n)).n == 0)
		return desk_say(DESK_INPUT, "input", "The reply is empty; nothing was sent.");
	return DESK_DONE;
}

static int read_recipient(const struct folder *f, const char *conversation, struct age_recipient *recipient)
{
	char name[80];
	uint8_t storage[AGE_TEXT_MAX + 2];
	struct bytes line;

	(void)snprintf(name, sizeof name, "conversations/%s/recipient", conversation);
	if (folder_read(f, name, storage, sizeof storage, &line) != ERR_OK ||
	    age_recipient_parse(line, recipient) != ERR_OK)
		return desk_say(DESK_INPUT, conversation, "It has no sound recipient, so nobody could open a reply.");
	return DESK_DONE;
}

/* The next number, and chance: another machine of this desk may write one at the same time. */
static enum err new_name(const struct folder *f, const char *conversation, char name[static LIMIT_REPLY_NAME + 1])
{
	static struct items items;
	uint8_t chance[4];
	enum err e = items_read(f, conversation, &items);

	if (e != ERR_OK)
		return e;
	random_fill(chance, sizeof chance);
	(void)snprintf(name, LIMIT_REPLY_NAME + 1, "%04" PRIu32 "-%02x%02x%02x%02x", items.replies + 1, chance[0],
		       chance[1], chance[2], chance[3]);
	return ERR_OK;
}

/* Into the outbox, and a copy for ourselves: nobody here could open the first. */
static enum err store(const struct folder *f, const char *conversation, const struct age_recipient *source,
		      struct bytes plain)
{
	struct age_identity identities[AGE_IDENTITIES_MAX];
	struct age_recipient self;
	char name[LIMIT_REPLY_NAME + 1];
	char path[FOLDER_PATH_MAX];
	struct buf out;
	size_t count;
	enum err e;

	TRY(folder_identities(f, identities, &count));
	age_identity_recipient(&identities[0], &self);
	SECRET_WIPE(identities);
	TRY(new_name(f, conversation, name));
	folder_path(path, f, "conversations/%s/replies", conversation);
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		e = ERR_IO;
		goto out;
	}
	TRY(seal(source, plain, &out));
	folder_path(path, f, "outbox/%s.%s.age", conversation, name);
	TRY(file_replace(path, buf_view(&out), 0600));
	TRY(seal(&self, plain, &out));
	folder_path(path, f, "conversations/%s/replies/%s.age", conversation, name);
	TRY(file_replace(path, buf_view(&out), 0600));
out:
	return e;
}

int desk_reply(int argc, char **argv)
{
	struct desk_arguments a;
	struct session s = {.folder.lock_fd = -1};
	struct age_recipient source;
	char conversation[FOLDER_CONVERSATION_LEN + 1];
	size_t n;
	bool go_on;
	bool sends;
	int status = desk_parse(argc, argv, DESK_TAKES_SECOND | DESK_TAKES_LINK, usage, &a, &go_on);
	enum err e;

	if (!go_on)
		return status;
	sends = a.socks != NULL || a.direct != NULL;
	status = desk_open(a.folder, &s.folder);
	if (status == DESK_DONE)
		status = desk_find_conversation(&s.folder, a.second, conversation);
	if (status == DESK_DONE)
		status = read_recipient(&s.folder, conversation, &source);
	if (status == DESK_DONE)
		status = read_text(&n);
	/* The folder is all that is needed to write one. */
	if (status == DESK_DONE)
		status = sends ? session_open(&s, &a) : desk_lock(&s.folder);
	if (status == DESK_DONE) {
		e = store(&s.folder, conversation, &source, bytes_of(text, n));
		if (e != ERR_OK)
			status = desk_say(DESK_FAILED, a.folder, e == ERR_IO ? strerror(errno) : err_text(e));
	}
	if (status == DESK_DONE && sends)
		status = (int)exchange_send(&s.exchange);
	else if (status == DESK_DONE)
		puts("The reply is sealed and waits; `courier desk sync` sends it.");
	if (status == DESK_DONE && sends)
		puts("The reply is at the box.");
	SECRET_WIPE(text);
	session_close(&s);
	return status;
}
