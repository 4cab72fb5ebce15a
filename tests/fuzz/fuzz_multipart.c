/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a form with files: the first byte says the size of the pieces, the first line is the Content-Type, the
 * rest the body. In pieces or whole, the handler must see the same parts with the same content. */
#include <stdlib.h>
#include <string.h>

#include "http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	bool open;
	uint64_t parts;
	uint64_t bytes;
	uint64_t mixed; /* of every byte that came, in order */
};

static void mix(struct seen *s, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		s->mixed = (s->mixed ^ b.p[i]) * 0x100000001b3u;
}

static enum err begin(void *context, const struct multipart_part *part)
{
	struct seen *s = context;

	if (s->open || part->name.n == 0 || part->name.n > LIMIT_FORM_NAME || part->type.n > LIMIT_FILE_TYPE)
		abort();
	s->open = true;
	s->parts++;
	mix(s, part->name);
	mix(s, part->filename);
	mix(s, part->type);
	return ERR_OK;
}

static enum err content(void *context, struct bytes b)
{
	struct seen *s = context;

	if (!s->open || b.n == 0)
		abort();
	s->bytes += b.n;
	mix(s, b);
	return ERR_OK;
}

static enum err end(void *context)
{
	struct seen *s = context;

	if (!s->open)
		abort();
	s->open = false;
	return ERR_OK;
}

static enum err parse(struct bytes type, struct bytes body, size_t step, struct seen *s)
{
	static struct multipart m;
	const struct multipart_handler handler = {begin, content, end, s};
	enum err e = multipart_begin(&m, type, handler);

	for (; e == ERR_OK && body.n > 0; body = bytes_from(body, step))
		e = multipart_data(&m, bytes_first(body, step));
	return e == ERR_OK ? multipart_end(&m) : e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole = {.open = false};
	struct seen pieces = {.open = false};
	struct bytes body;
	struct bytes type;
	enum err e;

	if (size == 0)
		return 0;
	body = bytes_of(data + 1, size - 1);
	if (!bytes_split(&body, '\n', &type))
		return 0;
	e = parse(type, body, SIZE_MAX / 2, &whole);
	if (parse(type, body, data[0] % 16u + 1, &pieces) != e)
		abort();
	if (whole.parts != pieces.parts || whole.bytes > body.n || (e == ERR_OK && whole.open))
		abort();
	/* An error may come before the last bytes of a piece were given out, or after. */
	if (e == ERR_OK && (whole.bytes != pieces.bytes || whole.mixed != pieces.mixed))
		abort();
	return 0;
}
