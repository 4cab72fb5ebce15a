/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/sealing.h"

#include "base/secret.h"
#include "http/text.h"

enum { MIB = 1 << 20, BUCKET_FIRST = 4096, TEXT_ITEM_MAX = LIMIT_CHUNK, TEXT_FIELDS = 512 };

/* The size that n bytes are padded to: 4 KiB times a power of two up to 1 MiB, then whole MiB. */
static uint64_t bucket_of(uint64_t n)
{
	uint64_t bucket = BUCKET_FIRST;

	BUG_IF(n > UINT64_MAX - MIB);
	if (n > MIB)
		return (n + MIB - 1) / MIB * MIB;
	while (bucket < n)
		bucket *= 2;
	return bucket;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t sealing_bound(uint64_t n, const struct age_recipient *to, size_t count)
{
	/* Padding at most doubles a file, or adds a MiB; it doubles a text; what is empty has its first bucket. */
	uint64_t padded = n + smaller(n, MIB + LIMIT_CHUNK) + 2 * BUCKET_FIRST;
	/* Whatever they hold, a file is two items with a header each, and the text is one. */
	uint64_t headers = age_sealed_size(0, to, count) + age_sealed_size(SEALING_META_LEN, to, count) +
			   age_sealed_size(TEXT_FIELDS, to, count);

	return padded + padded / AGE_CHUNK * (AGE_CHUNK_SEALED - AGE_CHUNK) + headers;
}

void sealing_begin(struct sealing *s, struct visit_store *store)
{
	s->store = store;
	s->desks = 0;
	s->recipient_count = 0;
	s->sealer.active = false;
	s->file_open = false;
	s->file_count = 0;
}

void sealing_choose(struct sealing *s, const struct desks *all, uint32_t desks)
{
	s->desks = desks;
	s->recipient_count = desks_recipients(all, desks, s->recipients);
	BUG_IF(s->recipient_count == 0);
}

static enum err to_keeper(void *context, struct bytes data)
{
	struct sealing *s = context;

	return visit_store_file_data(s->store, data);
}

static enum err item_begin(struct sealing *s, enum file_kind kind)
{
	enum err e = visit_store_file_begin(s->store, kind);

	if (e != ERR_OK)
		return e;
	return age_seal_begin(&s->sealer, s->recipients, s->recipient_count, (struct age_sink){to_keeper, s});
}

static enum err item_end(struct sealing *s, uint64_t len, uint64_t padded_len)
{
	enum err e = age_seal_zeros(&s->sealer, padded_len - len);

	if (e == ERR_OK)
		e = age_seal_end(&s->sealer);
	return e == ERR_OK ? visit_store_file_end(s->store, true) : e;
}

static enum err whole_item(struct sealing *s, enum file_kind kind, struct bytes fields, struct bytes text,
			   uint64_t padded_len)
{
	enum err e;

	TRY(item_begin(s, kind));
	TRY(age_seal_data(&s->sealer, fields));
	TRY(age_seal_data(&s->sealer, text));
	TRY(item_end(s, fields.n + text.n, padded_len));
out:
	return e;
}

/* Old browsers send where the file lies on the sender's own disk, which names people: "C:\Users\...", "/home/...". */
static struct bytes without_folders(struct bytes name)
{
	bool drive = name.n >= 3 && name.p[1] == ':' && name.p[2] == '\\';
	bool share = bytes_starts(name, BYTES_LITERAL("\\\\"));
	uint8_t separator = drive || share ? '\\' : '/';
	size_t at = name.n;

	if (!drive && !share && (name.n == 0 || name.p[0] != '/'))
		return name;
	while (at > 0 && name.p[at - 1] != separator)
		at--;
	return bytes_from(name, at);
}

enum err sealing_file_begin(struct sealing *s, struct bytes name, struct bytes type)
{
	uint8_t storage[3 * 4096]; /* each byte of a part's header may become three */
	struct buf clean = buf_over(storage, sizeof storage);
	struct bytes short_name;

	if (s->file_count == LIMIT_FILES)
		return ERR_TOO_BIG;
	text_clean_line(&clean, without_folders(name));
	short_name = clean.failed ? bytes_of(NULL, 0) : text_first(buf_view(&clean), sizeof s->name);
	if (short_name.n == 0)
		short_name = BYTES_LITERAL("unnamed");
	if (type.n == 0 || type.n > sizeof s->type)
		type = BYTES_LITERAL("application/octet-stream");
	memcpy(s->name, short_name.p, short_name.n);
	s->name_len = short_name.n;
	memcpy(s->type, type.p, type.n);
	s->type_len = type.n;
	s->file_len = 0;
	s->file_open = true;
	return item_begin(s, FILE_DATA);
}

enum err sealing_file_data(struct sealing *s, struct bytes data)
{
	s->file_len += data.n;
	return age_seal_data(&s->sealer, data);
}

enum err sealing_file_end(struct sealing *s)
{
	uint8_t storage[SEALING_META_LEN];
	struct buf meta = buf_over(storage, sizeof storage);
	enum err e;

	s->file_open = false;
	TRY(item_end(s, s->file_len, bucket_of(s->file_len)));
	buf_str(&meta, "Name: ");
	buf_put(&meta, bytes_of(s->name, s->name_len));
	buf_str(&meta, "\nType: ");
	buf_put(&meta, bytes_of(s->type, s->type_len));
	buf_str(&meta, "\nLength: ");
	buf_decimal(&meta, s->file_len);
	buf_byte(&meta, '\n');
	BUG_IF(meta.failed);
	TRY(whole_item(s, FILE_META, buf_view(&meta), bytes_of(NULL, 0), SEALING_META_LEN));
	s->file_count++;
out:
	SECRET_WIPE(storage);
	return e;
}

enum err sealing_file_forget(struct sealing *s)
{
	s->file_open = false;
	age_seal_drop(&s->sealer);
	return visit_store_file_end(s->store, false);
}

enum err sealing_text(struct sealing *s, struct bytes topic, struct bytes text)
{
	uint8_t storage[TEXT_FIELDS];
	struct buf fields = buf_over(storage, sizeof storage);
	enum err e;

	buf_str(&fields, "Courier-Message: 1\nTopic: ");
	buf_put(&fields, text_first(topic, LIMIT_TOPIC));
	buf_str(&fields, "\nLength: ");
	buf_decimal(&fields, text.n);
	buf_str(&fields, "\nAttachments: ");
	if (s->file_count == 0)
		buf_str(&fields, "none");
	else
		buf_decimal(&fields, s->file_count);
	buf_str(&fields, "\n\n");
	BUG_IF(fields.failed || fields.len + text.n > TEXT_ITEM_MAX);
	e = whole_item(s, FILE_TEXT, buf_view(&fields), text, bucket_of(fields.len + text.n));
	SECRET_WIPE(storage);
	return e;
}

void sealing_end(struct sealing *s)
{
	age_seal_drop(&s->sealer);
	SECRET_WIPE(s->name);
	SECRET_WIPE(s->type);
}
