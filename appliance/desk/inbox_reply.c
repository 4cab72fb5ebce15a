/* SPDX-License-Identifier: GPL-3.0-or-later
 * Answering: sealed to the source for the outbox, and to the desk itself for its own eyes. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/random.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "desk/inbox.h"
#include "limits.h"
#include "site/files.h"

static struct age_sealer sealer;
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

static enum err check_text(struct bytes text)
{
	uint32_t c;

	if (text.n > LIMIT_TEXT)
		return ERR_TOO_BIG;
	if (bytes_trim(text).n == 0)
		return ERR_FORMAT;
	while (text.n > 0)
		if (utf8_next(&text, &c) != ERR_OK || c == 0)
			return ERR_FORMAT;
	return ERR_OK;
}

static enum err read_recipient(const struct inbox_conversation *c, struct age_recipient *recipient)
{
	char name[80];
	uint8_t storage[AGE_TEXT_MAX + 2];
	struct bytes line;

	(void)snprintf(name, sizeof name, "conversations/%s/recipient", c->id);
	if (folder_read(c->folder, name, storage, sizeof storage, &line) != ERR_OK ||
	    age_recipient_parse(line, recipient) != ERR_OK)
		return ERR_NOT_FOUND;
	return ERR_OK;
}

/* The message that it stands behind, the next number, and chance: somebody else of this desk may write one at the same
 * time. */
static void new_name(const struct inbox_conversation *c, char name[static LIMIT_REPLY_NAME + 1])
{
	uint8_t chance[4];

	random_fill(chance, sizeof chance);
	(void)snprintf(name, LIMIT_REPLY_NAME + 1, "%04" PRIu32 "-%04" PRIu32 "-%02x%02x%02x%02x", c->last,
		       c->replies + 1, chance[0], chance[1], chance[2], chance[3]);
}

enum err inbox_reply(struct inbox *in, const struct inbox_conversation *c, struct bytes text)
{
	struct age_identity identities[AGE_IDENTITIES_MAX];
	struct age_recipient source, self;
	char name[LIMIT_REPLY_NAME + 1];
	char path[FOLDER_PATH_MAX];
	struct buf out;
	size_t count;
	enum err e;

	TRY(check_text(text));
	TRY(read_recipient(c, &source));
	TRY(folder_identities(&in->folder, identities, &count));
	age_identity_recipient(&identities[0], &self);
	SECRET_WIPE(identities);
	new_name(c, name);
	folder_path(path, c->folder, "conversations/%s/replies", c->id);
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		e = ERR_IO;
		goto out;
	}
	TRY(seal(&source, text, &out));
	folder_path(path, c->folder, "outbox/%s.%s.age", c->id, name);
	TRY(file_replace(path, buf_view(&out), 0600));
	TRY(seal(&self, text, &out));
	folder_path(path, c->folder, "conversations/%s/replies/%s.age", c->id, name);
	TRY(file_replace(path, buf_view(&out), 0600));
out:
	return e;
}
