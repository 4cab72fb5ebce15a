/* SPDX-License-Identifier: GPL-3.0-or-later
 * multipart/form-data (RFC 7578 over RFC 2046), parsed as it is pushed in, in pieces of any size. docs/HTTP.md has the
 * grammar, the maxima, and the browsers' habits that are followed. Nothing allocates; nothing of a part's content is
 * kept here. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "base/bytes.h"
#include "limits.h"

enum {
	MULTIPART_BOUNDARY_MAX = 70, /* RFC 2046 clause 5.1.1 */
	MULTIPART_HEADER_MAX = 4096, /* one part's header block */
};

/* What a part's header says. Views live during part_begin alone. */
struct multipart_part {
	struct bytes name;     /* 1 .. LIMIT_FORM_NAME bytes */
	bool is_file;          /* it has a filename, an empty one included (a file field that was left empty) */
	struct bytes filename; /* unescaped; any bytes but NUL, CR and LF may be in it, of any number */
	struct bytes type;     /* "text/plain", without parameters; empty if absent or not a media type */
};

/* Called in this order: begin, data (0 or more times, never empty), end. An error ends the parsing and is what
 * multipart_data returns. */
struct multipart_handler {
	enum err (*part_begin)(void *context, const struct multipart_part *part);
	enum err (*part_data)(void *context, struct bytes data);
	enum err (*part_end)(void *context);
	void *context;
};

enum multipart_state {
	MULTIPART_PREAMBLE, /* before the first boundary: dropped */
	MULTIPART_AFTER,    /* a boundary was read: CRLF or "--" comes */
	MULTIPART_AFTER_CR,
	MULTIPART_AFTER_DASH,
	MULTIPART_HEADER,
	MULTIPART_CONTENT,
	MULTIPART_EPILOGUE, /* after the last boundary: dropped */
};

struct multipart {
	struct multipart_handler handler;
	enum multipart_state state;
	enum err failed;                               /* the first error; every later call returns it */
	uint8_t delimiter[4 + MULTIPART_BOUNDARY_MAX]; /* CRLF "--" boundary */
	size_t delimiter_len;
	size_t matched; /* bytes of the delimiter that the input so far ends with */
	size_t padding; /* blanks after a boundary */
	unsigned part_count;
	uint8_t header[MULTIPART_HEADER_MAX];
	size_t header_len;
};

/* content_type: the request's field. ERR_UNSUPPORTED: not multipart/form-data. ERR_FORMAT: no usable boundary. */
enum err multipart_begin(struct multipart *m, struct bytes content_type, struct multipart_handler handler) MUST_CHECK;
/* ERR_FORMAT; ERR_TOO_BIG: a part's header, or more than LIMIT_FORM_FIELDS parts; ERR_UNSUPPORTED: a transfer encoding
 * that changes bytes; the handler's own. */
enum err multipart_data(struct multipart *m, struct bytes data) MUST_CHECK;
/* The body is at its end. ERR_END: without the last boundary, so it was cut off. */
enum err multipart_end(struct multipart *m) MUST_CHECK;

#endif
