/* SPDX-License-Identifier: GPL-3.0-or-later
 * Mutations of forms with files, for fuzz_multipart: the boundary everywhere at once or in one place, parts, their
 * headers and names, content that nearly is a boundary, an end or none. docs/HTTP.md has the grammar. */
#include "pieces.h"

enum { PARTS_MAX = 40 };

struct part {
	struct bytes before; /* what stands there for CRLF "--" */
	struct bytes after;  /* between boundary and header: CRLF */
	struct lines head;
	struct bytes content;
};

struct form {
	uint8_t first; /* what fuzz_multipart takes from it */
	struct bytes type;
	struct bytes boundary;
	struct bytes preamble;
	struct part part[PARTS_MAX];
	size_t count;
	struct bytes end; /* from the last boundary on */
};

static const char *const boundaries[] = {"B",
					 "AaB03x",
					 "----WebKitFormBoundary7MA4YWxkTrZu0gW",
					 "---------------------------41184676334",
					 "'()+_,-./:=?",
					 "-",
					 "--",
					 "a b",
					 "0123456789012345678901234567890123456789012345678901234567890123456789"};
static const char *const types[] = {"multipart/form-data; boundary=", "Multipart/Form-Data ;Boundary=",
				    "multipart/form-data; charset=utf-8; boundary=", "multipart/form-data;boundary="};
static const char *const names[] = {"message", "file", "topic", "draft",  "csrf", "go", "lang", "x",
				    "",        "a b",  "%22",   "%0d%0A", "\\\"", "\\", "\xff"};
static const char *const files[] = {"a.txt",  "",    "photo.jpeg",   "C:\\x\\y",    "\\\\s\\t",
				    "../x",   "a;b", "%22q%22",      "%0D%0a",      "50%",
				    "a\\\"b", "a\\", "\xd0\xbf.pdf", "\xe2\x80\xae"};
static const char *const fields[] = {"Content-Type: text/plain",
				     "Content-Type: application/octet-stream",
				     "content-type:a/b; c=d",
				     "Content-Type: x",
				     "Content-Transfer-Encoding: binary",
				     "Content-Transfer-Encoding: base64",
				     "Content-Disposition: form-data",
				     "Content-Disposition: attachment; name=\"x\"",
				     "X-Other: y",
				     "X",
				     ": y",
				     " folded"};
static const char *const afters[] = {"\r\n", " \r\n", "\t \r\n", "\n", "\r", "x\r\n", "-\r\n", "--\r\n", "-", ""};
static const char *const openings[] = {"\r\n--", "\n--", "\r\r\n--", "\r\n-", "--", "\r\n---"};
static const char *const ends[] = {"--\r\n", "--", "-- \r\n", "--epilogue", "-", "\r\n", ""};

static struct bytes boundary_of(struct bytes type)
{
	size_t at = bytes_find(type, BYTES_LITERAL("oundary="));
	struct bytes value = bytes_from(type, at + 8);

	if (value.n > 0 && value.p[0] == '"') {
		value = bytes_from(value, 1);
		return bytes_first(value, bytes_find(value, BYTES_LITERAL("\"")));
	}
	return bytes_first(value, bytes_find(value, BYTES_LITERAL(";")));
}

static void take_apart(struct form *f, const uint8_t *data, size_t size)
{
	struct bytes rest = bytes_from(bytes_of(data, size), 1);
	struct bytes mark;
	bool at_start;

	f->first = size > 0 ? data[0] : 0;
	f->count = 0;
	f->preamble = f->end = bytes_of("", 0);
	if (!bytes_split(&rest, '\n', &f->type))
		f->type = BYTES_LITERAL("multipart/form-data; boundary=B");
	f->boundary = boundary_of(f->type);
	mark = joined(BYTES_LITERAL("\r\n--"), f->boundary);
	at_start = bytes_starts(rest, bytes_from(mark, 2));
	if (!at_start) {
		f->preamble = bytes_first(rest, bytes_find(rest, mark));
		rest = bytes_from(rest, f->preamble.n);
	}
	while (rest.n > 0 && f->count < PARTS_MAX) {
		struct part *p = &f->part[f->count];
		struct bytes whole;
		rest = bytes_from(rest, at_start ? mark.n - 2 : mark.n);
		p->before = at_start ? BYTES_LITERAL("--") : BYTES_LITERAL("\r\n--");
		at_start = false;
		if (bytes_starts(rest, BYTES_LITERAL("--"))) {
			f->end = rest;
			return;
		}
		whole = bytes_first(rest, bytes_find(rest, mark));
		rest = bytes_from(rest, whole.n);
		p->after = bytes_first(whole, bytes_find(whole, BYTES_LITERAL("\r\n")) + 2);
		whole = bytes_from(whole, p->after.n);
		lines_take(&p->head, &whole);
		p->content = whole;
		f->count++;
	}
}

static struct bytes disposition(void)
{
	struct bytes line =
	    joined(joined(BYTES_LITERAL("Content-Disposition: form-data; name=\""), PICK(names)), BYTES_LITERAL("\""));

	if (one_in(2))
		line = joined(joined(joined(line, BYTES_LITERAL("; filename=\"")), PICK(files)), BYTES_LITERAL("\""));
	if (one_in(10))
		line = joined(line, BYTES_LITERAL("; filename*=UTF-8''x"));
	return line;
}

static void new_part(struct form *f, struct part *p)
{
	p->before = f->count == 0 ? BYTES_LITERAL("--") : BYTES_LITERAL("\r\n--");
	p->after = BYTES_LITERAL("\r\n");
	p->head.count = 0;
	p->head.line[p->head.count++] = disposition();
	p->content = BYTES_LITERAL("x");
}

static void change_type(struct form *f)
{
	if (one_in(4)) {
		f->type = mutated(f->type); /* and the body keeps its boundary */
		return;
	}
	f->boundary = one_in(4) ? mutated(f->boundary) : PICK(boundaries);
	f->type =
	    joined(PICK(types),
		   one_in(2) ? f->boundary : joined(joined(BYTES_LITERAL("\""), f->boundary), BYTES_LITERAL("\"")));
}

static void change_content(const struct form *f, struct part *p)
{
	struct bytes near = joined(BYTES_LITERAL("\r\n--"), f->boundary);
	size_t at = below(p->content.n + 1);

	if (one_in(3))
		p->content = mutated(p->content);
	else /* what nearly is a boundary, or is one behind no line's end */
		p->content = joined(joined(bytes_first(p->content, at), one_in(3) ? bytes_from(near, 1 + below(2))
										  : bytes_first(near, below(near.n))),
				    bytes_from(p->content, at));
}

static void change_row(struct form *f, size_t at)
{
	if (f->count < PARTS_MAX && !one_in(3)) {
		f->part[f->count] = f->part[at];
		if (one_in(2))
			new_part(f, &f->part[f->count]);
		f->count++;
	} else if (f->count > 1) {
		memmove(f->part + at, f->part + at + 1, (f->count - at - 1) * sizeof f->part[0]);
		f->count--;
	}
}

static void change_edges(struct form *f, struct part *p)
{
	switch (below(4)) {
	case 0:
		p->after = PICK(afters);
		break;
	case 1:
		p->before = PICK(openings);
		break;
	case 2:
		f->end = PICK(ends);
		break;
	default:
		f->preamble = one_in(2) ? BYTES_LITERAL("preamble\r\n--") : bytes_of("", 0);
		break;
	}
}

static void change_head(struct part *p)
{
	size_t at = line_named(&p->head, "content-disposition");

	if (at < p->head.count && one_in(2))
		p->head.line[at] = disposition();
	else
		lines_change(&p->head, PICK(fields));
}

static size_t write_out(struct form *f, uint8_t *out, size_t max_size)
{
	struct buf b = buf_over(out, max_size);

	buf_put(&b, bytes_of(&f->first, 1));
	buf_put(&b, f->type);
	buf_str(&b, "\n");
	buf_put(&b, f->preamble);
	for (size_t i = 0; i < f->count; i++) {
		const struct part *p = &f->part[i];
		buf_put(&b, i == 0 && f->preamble.n > 0 ? BYTES_LITERAL("\r\n--") : p->before);
		buf_put(&b, f->boundary);
		buf_put(&b, p->after);
		lines_write(&b, &p->head);
		buf_put(&b, p->content);
	}
	buf_str(&b, f->count > 0 ? "\r\n--" : "--");
	buf_put(&b, f->boundary);
	buf_put(&b, f->end);
	return b.len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	static struct form f;
	static uint8_t out[1 << 17];
	size_t n;

	pieces_begin(seed);
	if (plain_wanted())
		return LLVMFuzzerMutate(data, size, max_size);
	take_apart(&f, data, size);
	if (f.count == 0)
		new_part(&f, &f.part[f.count++]);
	for (size_t changes = 1 + below(3); changes > 0; changes--) {
		struct part *p = &f.part[below(f.count)];
		size_t what = below(16);
		if (what == 0)
			f.first = (uint8_t)below(256);
		else if (what < 3)
			change_type(&f);
		else if (what < 8)
			change_head(p);
		else if (what < 11)
			change_content(&f, p);
		else if (what < 14)
			change_row(&f, (size_t)(p - f.part));
		else
			change_edges(&f, p);
	}
	n = write_out(&f, out, sizeof out < max_size ? sizeof out : max_size);
	memcpy(data, out, n);
	return n;
}

/* Parts of both, under the first one's boundary. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
				 size_t max_size, unsigned seed)
{
	static struct form a;
	static struct form b;

	pieces_begin(seed);
	take_apart(&a, data1, size1);
	take_apart(&b, data2, size2);
	for (size_t i = 0; i < b.count && a.count < PARTS_MAX; i++) {
		if (one_in(2))
			continue;
		a.part[a.count] = b.part[i];
		a.part[a.count].before = BYTES_LITERAL("\r\n--");
		a.count++;
	}
	return write_out(&a, out, max_size);
}
