/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/attachment.h"

#include <string.h>

#include "base/secret.h"
#include "http/text.h"

static bool take_line(struct bytes *rest, struct bytes key, struct bytes *value)
{
	size_t end = bytes_find(*rest, BYTES_LITERAL("\n"));

	if (end == rest->n || !bytes_starts(*rest, key))
		return false;
	*value = bytes_from(bytes_first(*rest, end), key.n);
	*rest = bytes_from(*rest, end + 1);
	return true;
}

enum err attachment_parse(struct bytes meta, struct attachment *a)
{
	uint8_t storage[3 * ATTACHMENT_META_MAX]; /* each byte may become three */
	struct buf clean = buf_over(storage, sizeof storage);
	struct bytes name;
	struct bytes type;
	struct bytes length;
	struct bytes short_name;
	uint64_t len;
	enum err e = ERR_FORMAT;

	if (meta.n > ATTACHMENT_META_MAX)
		return ERR_FORMAT;
	if (!take_line(&meta, BYTES_LITERAL("Name: "), &name) || !take_line(&meta, BYTES_LITERAL("Type: "), &type) ||
	    !take_line(&meta, BYTES_LITERAL("Length: "), &length))
		goto out;
	for (size_t i = 0; i < meta.n; i++)
		if (meta.p[i] != 0)
			goto out;
	TRY(bytes_decimal(length, LIMIT_UPLOAD_MOST, &len));
	text_clean_line(&clean, name);
	BUG_IF(clean.failed);
	short_name = text_first(buf_view(&clean), sizeof a->name);
	memcpy(a->name, short_name.p, short_name.n);
	a->name_len = short_name.n;
	a->len = len;
out:
	secret_wipe(storage, clean.len);
	return e;
}
