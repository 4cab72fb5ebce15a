/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tar/reader.h"

#include <string.h>

#include "limits.h"

enum { TYPE_FILE = '0', TYPE_FOLDER = '5' };

/* Stock tars fill up to 20 blocks behind the end. */
enum { AFTER_MAX = 20 * TAR_BLOCK };

void tar_begin(struct tar_reader *t, struct tar_sink sink, uint64_t size_max)
{
	*t = (struct tar_reader){.sink = sink, .state = TAR_HEADER, .size_max = size_max};
}

static enum err refuse(struct tar_reader *t, enum err e, const char *sentence)
{
	t->fault = sentence;
	return e;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* Octal digits, then NULs or blanks up to the field's end; blanks may lead. At least one digit. */
static bool octal(const uint8_t *field, size_t n, uint64_t *value)
{
	size_t i = 0;
	uint64_t v = 0;
	size_t digits = 0;

	while (i < n && field[i] == ' ')
		i++;
	for (; i < n && field[i] >= '0' && field[i] <= '7'; i++, digits++)
		v = v << 3 | (uint64_t)(field[i] - '0');
	for (; i < n; i++)
		if (field[i] != 0 && field[i] != ' ')
			return false;
	*value = v;
	return digits > 0;
}

static bool plain_name(struct bytes name)
{
	bool part_begins = true;

	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];
		bool letter =
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
		if (c == '/' ? part_begins || i + 1 == name.n : c == '.' ? part_begins : !letter)
			return false;
		part_begins = c == '/';
	}
	return name.n > 0;
}

static bool checksum_fits(const uint8_t *block)
{
	uint64_t wanted;
	unsigned sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : block[i];
	return octal(block + 148, 8, &wanted) && wanted == sum;
}

static enum err header(struct tar_reader *t)
{
	const uint8_t *b = t->block;
	struct bytes name = bytes_of(b, strnlen((const char *)b, TAR_NAME_MAX));
	uint64_t size, time_s;

	if (!checksum_fits(b) || memcmp(b + 257, TAR_MAGIC, 8) != 0)
		return refuse(t, ERR_FORMAT, "A header is damaged, or of another archive format than ustar.");
	if (b[156] != TYPE_FILE && b[156] != TYPE_FOLDER)
		return refuse(t, ERR_UNSUPPORTED,
			      "It holds something else than a plain file (a link, device or extended header).");
	if (!all_zero(b + 157, 100) || !all_zero(b + 345, 155))
		return refuse(t, ERR_UNSUPPORTED, "A file has a link's target or a long name.");
	if (!all_zero(b + name.n, TAR_NAME_MAX - name.n))
		return refuse(t, ERR_FORMAT, "A header is damaged.");
	if (b[156] == TYPE_FOLDER && name.n > 0 && name.p[name.n - 1] == '/')
		name.n--;
	if (!plain_name(name))
		return refuse(
		    t, ERR_FORMAT,
		    "A file's name could lead outside the folder, or has characters that no message's file has.");
	if (!octal(b + 124, 12, &size))
		return refuse(t, ERR_FORMAT, "A file's size is damaged.");
	if (!octal(b + 136, 12, &time_s) || time_s > TAR_TIME_MAX)
		return refuse(t, ERR_FORMAT, "A file's time is damaged.");
	if (size > t->size_max)
		return refuse(t, ERR_TOO_BIG, "A file is bigger than any may be.");
	if (++t->entries > LIMIT_TAR_ENTRIES)
		return refuse(t, ERR_TOO_BIG, "It holds more than a million files.");
	if (b[156] == TYPE_FOLDER)
		return size == 0 ? ERR_OK : refuse(t, ERR_FORMAT, "A folder has a size.");
	t->left = size;
	t->padding = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
	t->state = TAR_DATA;
	return t->sink.begin(t->sink.context, name, size, time_s);
}

/* A whole block where a header may stand. */
static enum err block(struct tar_reader *t)
{
	bool zero = all_zero(t->block, TAR_BLOCK);

	if (t->state == TAR_LAST) {
		if (!zero)
			return refuse(t, ERR_FORMAT, "Something follows its end.");
		t->state = TAR_AFTER;
		return ERR_OK;
	}
	if (zero) {
		t->state = TAR_LAST;
		return ERR_OK;
	}
	return header(t);
}

static enum err zeros(struct tar_reader *t, struct bytes *data, size_t n)
{
	if (!all_zero(data->p, n))
		return refuse(t, ERR_FORMAT, "What fills up a block is not zero.");
	*data = bytes_from(*data, n);
	return ERR_OK;
}

static enum err step(struct tar_reader *t, struct bytes *data)
{
	size_t n = data->n;
	enum err e = ERR_OK;

	switch (t->state) {
	case TAR_HEADER:
	case TAR_LAST:
		n = n < TAR_BLOCK - t->fill ? n : TAR_BLOCK - t->fill;
		memcpy(t->block + t->fill, data->p, n);
		t->fill += n;
		*data = bytes_from(*data, n);
		if (t->fill < TAR_BLOCK)
			return ERR_OK;
		t->fill = 0;
		return block(t);
	case TAR_DATA:
		n = n < t->left ? n : (size_t)t->left;
		if (n > 0)
			e = t->sink.data(t->sink.context, bytes_first(*data, n));
		t->left -= n;
		*data = bytes_from(*data, n);
		return e;
	case TAR_PADDING:
		n = n < t->padding ? n : t->padding;
		t->padding -= n;
		return zeros(t, data, n);
	case TAR_AFTER:
		t->after += n;
		return t->after > AFTER_MAX ? refuse(t, ERR_TOO_BIG, "It goes on past its end.") : zeros(t, data, n);
	default:
		abort();
	}
}

/* What needs no more input: the end of a file, and of its padding. */
static enum err settle(struct tar_reader *t)
{
	enum err e = ERR_OK;

	if (t->state == TAR_DATA && t->left == 0) {
		t->state = TAR_PADDING;
		e = t->sink.end(t->sink.context);
	}
	if (t->state == TAR_PADDING && t->padding == 0)
		t->state = TAR_HEADER;
	return e;
}

enum err tar_push(struct tar_reader *t, struct bytes data)
{
	enum err e = ERR_OK;

	while (data.n > 0) {
		TRY(step(t, &data));
		TRY(settle(t));
	}
out:
	return e;
}

enum err tar_finish(const struct tar_reader *t)
{
	return t->state == TAR_AFTER ? ERR_OK : ERR_END;
}
