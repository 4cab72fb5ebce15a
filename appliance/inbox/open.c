/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inbox/open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "limits.h"

static struct age_opener opener;
static uint8_t sealed[64 * 1024];

static const char *sentence(enum age_stage stage, enum err e)
{
	if (e == ERR_UNSUPPORTED)
		return "It is sealed in a way that this program does not know.";
	if (e == ERR_END)
		return "It is cut off.";
	switch (stage) {
	case AGE_STAGE_HEADER:
		return "It is not an age file, or its beginning is damaged.";
	case AGE_STAGE_MATCH:
		return "It is sealed to another identity than this desk's.";
	case AGE_STAGE_MAC:
	case AGE_STAGE_PAYLOAD:
		return "It was changed or damaged after it was sealed.";
	default:
		abort();
	}
}

/* The sink's own errors must not read as the file's. */
struct guarded {
	struct age_sink sink;
	enum err failed;
};

static enum err pass(void *context, struct bytes data)
{
	struct guarded *g = context;

	g->failed = g->sink.write(g->sink.context, data);
	return g->failed;
}

enum err open_file(struct opening *o, const char *path, struct age_sink sink)
{
	struct guarded guarded = {.sink = sink};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum err e;
	size_t got;

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	e = age_open_begin(&opener, o->identities, o->identity_count, (struct age_sink){pass, &guarded});
	while (e == ERR_OK && (e = fd_read_some(fd, sealed, sizeof sealed, DEADLINE_NONE, &got)) == ERR_OK)
		e = age_open_data(&opener, bytes_of(sealed, got));
	if (e == ERR_END && !(opener.failed != ERR_OK))
		e = age_open_end(&opener);
	age_open_drop(&opener);
	close(fd);
	if (e != ERR_OK && e != ERR_IO && guarded.failed == ERR_OK)
		o->fault = sentence(opener.stage, e);
	return e;
}

struct memory {
	struct buf out;
};

static enum err keep(void *context, struct bytes data)
{
	struct memory *m = context;

	buf_put(&m->out, data);
	return m->out.failed ? ERR_TOO_BIG : ERR_OK;
}

enum err open_small(struct opening *o, const char *path, uint8_t *out, size_t cap, size_t *n)
{
	struct memory m = {buf_over(out, cap)};
	enum err e = open_file(o, path, (struct age_sink){keep, &m});

	if (e == ERR_TOO_BIG)
		o->fault = "It is bigger than a text can be.";
	if (e != ERR_OK) {
		secret_wipe(out, m.out.len);
		return e;
	}
	while (m.out.len > 0 && out[m.out.len - 1] == 0)
		m.out.len--;
	*n = m.out.len;
	return ERR_OK;
}

/* "Key: value\n" off the front. */
static bool take_line(struct bytes *rest, const char *key, struct bytes *value)
{
	struct bytes left = *rest;
	struct bytes line;
	size_t n = strlen(key);

	if (!bytes_split(&left, '\n', &line) || !bytes_starts(line, bytes_str(key)) ||
	    !bytes_starts(bytes_from(line, n), BYTES_LITERAL(": ")))
		return false;
	*value = bytes_from(line, n + 2);
	*rest = left;
	return true;
}

void open_parse_text(struct bytes plain, struct open_text *t)
{
	struct bytes rest = plain;
	struct bytes version, topic, length_text, attachments;
	uint64_t length;

	*t = (struct open_text){.text = plain};
	if (!take_line(&rest, "Courier-Message", &version) || !bytes_eq_str(version, "1") ||
	    !take_line(&rest, "Topic", &topic) || !take_line(&rest, "Length", &length_text) ||
	    bytes_decimal(length_text, UINT32_MAX, &length) != ERR_OK ||
	    !take_line(&rest, "Attachments", &attachments) || rest.n == 0 || rest.p[0] != '\n')
		return;
	rest = bytes_from(rest, 1);
	t->topic = bytes_first(topic, LIMIT_TOPIC);
	t->cut = rest.n < length;
	t->text = bytes_first(rest, (size_t)length);
	if (bytes_decimal(attachments, UINT32_MAX, &t->attachments) != ERR_OK)
		t->attachments = 0; /* "none" */
}

enum err open_parse_meta(struct bytes plain, struct open_meta *m)
{
	struct open_meta read;
	struct bytes length;

	if (!take_line(&plain, "Name", &read.name) || !take_line(&plain, "Type", &read.type) ||
	    !take_line(&plain, "Length", &length) || bytes_decimal(length, UINT64_MAX, &read.length) != ERR_OK)
		return ERR_FORMAT;
	*m = read;
	return ERR_OK;
}

static bool is_safe(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	       c == '.';
}

void open_safe_name(struct bytes original, char out[static SAFE_NAME_MAX + 1])
{
	struct bytes ending = {NULL, 0};
	size_t n = 0;

	for (size_t i = original.n; i > 0 && original.n - i < 16 && ending.n == 0; i--)
		if (original.p[i - 1] == '.')
			ending = bytes_from(original, i - 1);
	for (size_t i = 0; i < original.n - ending.n && n < SAFE_NAME_MAX - ending.n; i++) {
		uint8_t c = original.p[i];
		/* One '_' stands for a whole character, not for each of its bytes. */
		if (c >> 6 == 2)
			continue;
		c = is_safe(c) && !(n == 0 && (c == '.' || c == '-')) ? c : '_';
		out[n++] = (char)c;
	}
	if (n == 0)
		out[n++] = '_';
	for (size_t i = 0; i < ending.n && n < SAFE_NAME_MAX; i++)
		if (ending.p[i] >> 6 != 2)
			out[n++] = is_safe(ending.p[i]) ? (char)ending.p[i] : '_';
	out[n] = '\0';
}
