/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/download.h"

#include "base/secret.h"
#include "http/disposition.h"
#include "http/padded.h"

enum {
	META_SEALED_MAX = ATTACHMENT_META_MAX + 16 * 1024, /* its header of hybrid stanzas, tags */
	SIZE_STEP = PAGE_MAX,                              /* past the largest size of a page: whole ones of these */
};

struct meta {
	uint8_t text[ATTACHMENT_META_MAX];
	size_t len;
};

static enum err take_meta(void *context, struct bytes data)
{
	struct meta *m = context;

	if (data.n > sizeof m->text - m->len)
		return ERR_TOO_BIG;
	memcpy(m->text + m->len, data.p, data.n);
	m->len += data.n;
	return ERR_OK;
}

enum err visit_open_meta(struct visit *v, uint16_t number, struct attachment *a)
{
	struct meta m = {.len = 0};
	enum err e;

	TRY(visit_open_item(v, number, FILE_META, META_SEALED_MAX, (struct age_sink){take_meta, &m}));
	TRY(attachment_parse(bytes_of(m.text, m.len), a));
out:
	SECRET_WIPE(m);
	return e;
}

/* ---- on its way */

struct sent {
	struct http_padded response;
	uint64_t left; /* of the file; what comes after it is padding */
};

static enum err send_part(void *context, struct bytes data)
{
	struct sent *s = context;
	struct bytes part = bytes_first(data, s->left > data.n ? data.n : (size_t)s->left);

	s->left -= part.n;
	for (size_t i = part.n; i < data.n; i++)
		if (data.p[i] != 0)
			return ERR_FORMAT;
	return http_padded_data(&s->response, part);
}

static uint64_t size_for(uint64_t least)
{
	for (size_t i = 0; i < PAGE_BUCKET_COUNT; i++)
		if (least <= page_buckets[i])
			return page_buckets[i];
	return (least + SIZE_STEP - 1) / SIZE_STEP * SIZE_STEP;
}

enum err visit_download(struct visit *v, uint16_t number, const struct attachment *a)
{
	struct http_header headers[PAGE_HEADERS_MAX];
	uint8_t policy[PAGE_POLICY_MAX];
	uint8_t storage[DISPOSITION_MAX];
	struct buf name = buf_over(storage, sizeof storage);
	struct sent s = {.left = a->len};
	size_t count;
	enum err e;

	disposition_put(&name, bytes_of(a->name, a->name_len));
	BUG_IF(name.failed);
	count = page_headers(headers, policy, v->page.style_source, BYTES_LITERAL("application/octet-stream"));
	headers[count++] = (struct http_header){"Content-Disposition", buf_view(&name)};
	v->request.keep = false;
	e = http_padded_begin(&s.response, &v->connection, 200, headers, count, a->len,
			      size_for(http_padded_least(200, headers, count, a->len)));
	if (e == ERR_OK)
		e = visit_open_item(v, number, FILE_DATA, UINT64_MAX, (struct age_sink){send_part, &s});
	if (e == ERR_OK && s.left > 0)
		e = ERR_FORMAT;
	if (e == ERR_OK)
		e = http_padded_end(&s.response);
	SECRET_WIPE(s);
	SECRET_WIPE(storage);
	return e == ERR_OK ? ERR_OK : ERR_PEER;
}
