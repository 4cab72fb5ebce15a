/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/multipart.h"

#include <string.h>

enum { PADDING_MAX = 64 };

static bool is_token(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static void skip_blanks(struct bytes *b)
{
	while (b->n > 0 && (b->p[0] == ' ' || b->p[0] == '\t'))
		*b = bytes_from(*b, 1);
}

static struct bytes take_token(struct bytes *b)
{
	size_t n = 0;
	struct bytes token;

	while (n < b->n && is_token(b->p[n]))
		n++;
	token = bytes_first(*b, n);
	*b = bytes_from(*b, n);
	return token;
}

/* A backslash stands for the byte after it only before a quote inside the string, as curl and old browsers write it;
 * today's browsers leave backslashes alone and write %22 for a quote (WHATWG HTML, "multipart form data"). */
static bool ends_string(struct bytes b, size_t i)
{
	struct bytes after = bytes_from(b, i + 1);

	skip_blanks(&after);
	return after.n == 0 || after.p[0] == ';';
}

/* After the opening quote: up to the closing one. False if there is none. The view still has its escapes. */
static bool take_quoted(struct bytes *b, struct bytes *value)
{
	for (size_t i = 0; i < b->n; i++) {
		if (b->p[i] == '\\' && b->n - i > 1 && b->p[i + 1] == '"' && !ends_string(*b, i + 1)) {
			i++;
		} else if (b->p[i] == '"') {
			*value = bytes_first(*b, i);
			*b = bytes_from(*b, i + 1);
			return true;
		}
	}
	return false;
}

struct parameter {
	struct bytes name;
	struct bytes value;
	bool quoted;
};

/* "; name=value" or "; name="value"". ERR_END: nothing more. */
static enum err take_parameter(struct bytes *b, struct parameter *p)
{
	skip_blanks(b);
	if (b->n == 0)
		return ERR_END;
	if (b->p[0] != ';')
		return ERR_FORMAT;
	*b = bytes_from(*b, 1);
	skip_blanks(b);
	if (b->n == 0)
		return ERR_END; /* a trailing semicolon */
	p->name = take_token(b);
	skip_blanks(b);
	if (p->name.n == 0 || b->n == 0 || b->p[0] != '=')
		return ERR_FORMAT;
	*b = bytes_from(*b, 1);
	skip_blanks(b);
	p->quoted = b->n > 0 && b->p[0] == '"';
	if (p->quoted) {
		*b = bytes_from(*b, 1);
		return take_quoted(b, &p->value) ? ERR_OK : ERR_FORMAT;
	}
	p->value = take_token(b);
	return p->value.n > 0 ? ERR_OK : ERR_FORMAT;
}

/* ---- the request's Content-Type */

/* RFC 2046: bchars, which may not end in a blank. */
static bool is_boundary(struct bytes b)
{
	if (b.n == 0 || b.n > MULTIPART_BOUNDARY_MAX || b.p[b.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      (c != 0 && strchr("'()+_,-./:=? ", c) != NULL)))
			return false;
	}
	return true;
}

enum err multipart_begin(struct multipart *m, struct bytes content_type, struct multipart_handler handler)
{
	struct bytes rest = content_type;
	struct bytes kind = take_token(&rest);
	struct bytes subkind = {NULL, 0};
	struct bytes boundary = {NULL, 0};
	struct parameter p;
	enum err e;

	m->failed = ERR_STATE;
	if (rest.n > 0 && rest.p[0] == '/') {
		rest = bytes_from(rest, 1);
		subkind = take_token(&rest);
	}
	if (!bytes_eq_nocase(kind, "multipart") || !bytes_eq_nocase(subkind, "form-data"))
		return ERR_UNSUPPORTED;
	while ((e = take_parameter(&rest, &p)) == ERR_OK) {
		if (!bytes_eq_nocase(p.name, "boundary"))
			continue;
		if (boundary.p != NULL)
			return ERR_FORMAT;
		boundary = p.value;
	}
	if (e != ERR_END || !is_boundary(boundary))
		return ERR_FORMAT;
	m->handler = handler;
	m->state = MULTIPART_PREAMBLE;
	m->failed = ERR_OK;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.p, boundary.n);
	m->delimiter_len = 4 + boundary.n;
	m->matched = 2; /* the start of the body is the start of a line */
	m->padding = 0;
	m->part_count = 0;
	m->header_len = 0;
	return ERR_OK;
}

/* ---- a part's header */

/* In place: the header is ours. Browsers write %22, %0D and %0A for what a quoted string can't hold, and no other code.
 */
static struct bytes unescape(uint8_t *p, size_t n, bool quoted)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = p[i];
		if (quoted && c == '\\' && n - i > 1 && p[i + 1] == '"') {
			c = p[++i];
		} else if (c == '%' && n - i > 2) {
			struct bytes code = bytes_of(p + i + 1, 2);
			bool is_code = true;
			if (bytes_eq_nocase(code, "22"))
				c = '"';
			else if (bytes_eq_nocase(code, "0d") || bytes_eq_nocase(code, "0a"))
				c = ' ';
			else
				is_code = false;
			i += is_code ? 2 : 0;
		}
		p[to++] = c;
	}
	return bytes_of(p, to);
}

static uint8_t *in_header(struct multipart *m, struct bytes view)
{
	return view.p == NULL ? m->header : m->header + (view.p - m->header);
}

static enum err read_disposition(struct multipart *m, struct bytes value, struct multipart_part *part)
{
	struct bytes kind = take_token(&value);
	struct parameter p;
	enum err e;

	if (!bytes_eq_nocase(kind, "form-data") || part->name.p != NULL)
		return ERR_FORMAT;
	while ((e = take_parameter(&value, &p)) == ERR_OK) {
		if (bytes_eq_nocase(p.name, "name")) {
			if (part->name.p != NULL || p.value.n == 0)
				return ERR_FORMAT;
			part->name = unescape(in_header(m, p.value), p.value.n, p.quoted);
			if (part->name.n > LIMIT_FORM_NAME)
				return ERR_TOO_BIG;
		} else if (bytes_eq_nocase(p.name, "filename")) {
			if (part->is_file)
				return ERR_FORMAT;
			part->is_file = true;
			part->filename = unescape(in_header(m, p.value), p.value.n, p.quoted);
		}
		/* "filename*": RFC 7578 clause 4.2 forbids it, and the plain one stands beside it. Others: unknown. */
	}
	if (e != ERR_END || part->name.p == NULL)
		return ERR_FORMAT;
	return ERR_OK;
}

static struct bytes media_type(struct bytes value)
{
	struct bytes rest = value;
	size_t kind = take_token(&rest).n;
	size_t subkind;

	if (kind == 0 || rest.n == 0 || rest.p[0] != '/')
		return (struct bytes){NULL, 0};
	rest = bytes_from(rest, 1);
	subkind = take_token(&rest).n;
	return bytes_first(value, subkind == 0 || kind + 1 + subkind > LIMIT_FILE_TYPE ? 0 : kind + 1 + subkind);
}

static enum err read_field(struct multipart *m, struct bytes line, struct multipart_part *part)
{
	struct bytes name = take_token(&line);

	if (name.n == 0 || line.n == 0 || line.p[0] != ':')
		return ERR_FORMAT;
	line = bytes_trim(bytes_from(line, 1));
	if (bytes_eq_nocase(name, "content-disposition"))
		return read_disposition(m, line, part);
	if (bytes_eq_nocase(name, "content-type")) {
		part->type = media_type(line);
	} else if (bytes_eq_nocase(name, "content-transfer-encoding")) {
		/* RFC 7578 clause 4.7: not in use. What changes nothing is let through. */
		if (!bytes_eq_nocase(line, "binary") && !bytes_eq_nocase(line, "8bit") &&
		    !bytes_eq_nocase(line, "7bit"))
			return ERR_UNSUPPORTED;
	}
	return ERR_OK;
}

/* header[] holds whole lines, each with its CRLF, the empty one left out. */
static enum err read_header(struct multipart *m)
{
	struct multipart_part part = {.is_file = false};
	struct bytes rest = bytes_of(m->header, m->header_len);

	if (++m->part_count > LIMIT_FORM_FIELDS)
		return ERR_TOO_BIG;
	while (rest.n > 0) {
		struct bytes line = bytes_first(rest, bytes_find(rest, BYTES_LITERAL("\r\n")));
		enum err e = read_field(m, line, &part);
		if (e != ERR_OK)
			return e;
		rest = bytes_from(rest, line.n + 2);
	}
	if (part.name.p == NULL)
		return ERR_FORMAT;
	return m->handler.part_begin(m->handler.context, &part);
}

static enum err push_header(struct multipart *m, struct bytes *data)
{
	while (data->n > 0) {
		uint8_t c = data->p[0];
		uint8_t before = m->header_len > 0 ? m->header[m->header_len - 1] : '\n';
		*data = bytes_from(*data, 1);
		/* A CR stands before each LF, and nowhere else; a folded line is refused as no field name is blank. */
		if ((before == '\r') != (c == '\n') || c == 0)
			return ERR_FORMAT;
		if (m->header_len == sizeof m->header)
			return ERR_TOO_BIG;
		m->header[m->header_len++] = c;
		if (c == '\n' && (m->header_len == 2 || m->header[m->header_len - 3] == '\n')) {
			m->header_len -= 2;
			m->state = MULTIPART_CONTENT;
			m->matched = 0;
			return read_header(m);
		}
	}
	return ERR_OK;
}

/* ---- content and boundaries */

static enum err give(struct multipart *m, struct bytes data)
{
	if (data.n == 0 || m->state == MULTIPART_PREAMBLE)
		return ERR_OK;
	return m->handler.part_data(m->handler.context, data);
}

static enum err boundary_read(struct multipart *m)
{
	enum err e = m->state == MULTIPART_CONTENT ? m->handler.part_end(m->handler.context) : ERR_OK;

	m->state = MULTIPART_AFTER;
	m->padding = 0;
	m->header_len = 0;
	return e;
}

/* Goes on with a delimiter that an earlier piece may have ended with. Its first byte, CR, is nowhere else in it: when
 * it breaks off, what was held back is content, and the search begins anew at the byte that broke it. */
static enum err push_match(struct multipart *m, struct bytes *data)
{
	while (data->n > 0 && m->matched > 0) {
		if (data->p[0] == m->delimiter[m->matched]) {
			*data = bytes_from(*data, 1);
			if (++m->matched == m->delimiter_len)
				return boundary_read(m);
		} else {
			/* A body that begins without a boundary had no CRLF to hold back; but then it is preamble. */
			size_t held = m->matched;
			enum err e;
			m->matched = 0;
			e = give(m, bytes_of(m->delimiter, held));
			if (e != ERR_OK)
				return e;
		}
	}
	return ERR_OK;
}

/* Content up to the next place where a delimiter may begin. Whole delimiters inside the piece are compared in one go.
 */
static enum err push_content(struct multipart *m, struct bytes *data)
{
	size_t at = 0;

	while (at < data->n) {
		const uint8_t *cr = memchr(data->p + at, '\r', data->n - at);
		size_t left;
		size_t same;
		if (cr == NULL) {
			at = data->n;
			break;
		}
		at = (size_t)(cr - data->p);
		left = data->n - at;
		same = left < m->delimiter_len ? left : m->delimiter_len;
		if (memcmp(cr, m->delimiter, same) == 0) {
			enum err e = give(m, bytes_first(*data, at));
			*data = bytes_from(*data, at + same);
			m->matched = same;
			if (e != ERR_OK)
				return e;
			return same == m->delimiter_len ? boundary_read(m) : ERR_OK;
		}
		at++;
	}
	{
		struct bytes content = bytes_first(*data, at);
		*data = bytes_from(*data, at);
		return give(m, content);
	}
}

static enum err push_after(struct multipart *m, struct bytes *data)
{
	uint8_t c = data->p[0];

	*data = bytes_from(*data, 1);
	switch (m->state) {
	case MULTIPART_AFTER:
		if (c == '\r')
			m->state = MULTIPART_AFTER_CR;
		else if (c == '-' && m->padding == 0)
			m->state = MULTIPART_AFTER_DASH;
		else if ((c != ' ' && c != '\t') || ++m->padding > PADDING_MAX)
			return ERR_FORMAT;
		return ERR_OK;
	case MULTIPART_AFTER_CR:
		m->state = MULTIPART_HEADER;
		return c == '\n' ? ERR_OK : ERR_FORMAT;
	case MULTIPART_AFTER_DASH:
		m->state = MULTIPART_EPILOGUE;
		return c == '-' ? ERR_OK : ERR_FORMAT;
	case MULTIPART_PREAMBLE:
	case MULTIPART_HEADER:
	case MULTIPART_CONTENT:
	case MULTIPART_EPILOGUE:
		break;
	}
	return ERR_STATE;
}

static enum err push(struct multipart *m, struct bytes *data)
{
	switch (m->state) {
	case MULTIPART_PREAMBLE:
	case MULTIPART_CONTENT:
		return m->matched > 0 ? push_match(m, data) : push_content(m, data);
	case MULTIPART_HEADER:
		return push_header(m, data);
	case MULTIPART_AFTER:
	case MULTIPART_AFTER_CR:
	case MULTIPART_AFTER_DASH:
		return push_after(m, data);
	case MULTIPART_EPILOGUE:
		break;
	}
	*data = bytes_from(*data, data->n);
	return ERR_OK;
}

enum err multipart_data(struct multipart *m, struct bytes data)
{
	while (data.n > 0 && m->failed == ERR_OK)
		m->failed = push(m, &data);
	return m->failed;
}

enum err multipart_end(struct multipart *m)
{
	if (m->failed == ERR_OK && m->state != MULTIPART_EPILOGUE)
		m->failed = ERR_END;
	return m->failed;
}
