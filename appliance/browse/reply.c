/* SPDX-License-Identifier: GPL-3.0-or-later
 * A reply's form, read in one stream: files are sealed as they come, what was typed is held. Fields in the order of our
 * page: csrf, text, file. */
#include <string.h>

#include "base/secret.h"
#include "browse/browse.h"
#include "http/text.h"
#include "limits.h"

enum reply_field { FIELD_NONE, FIELD_CSRF, FIELD_TEXT, FIELD_FILE };

/* ---- the form's parts, as the parser meets them */

static enum err part_begin(void *context, const struct multipart_part *part)
{
	struct browse *b = context;
	struct browse_reply *r = &b->reply;

	r->field = FIELD_NONE;
	if (part->is_file && bytes_eq_str(part->name, "file") && part->filename.n > 0) {
		/* The token is the form's first field: nothing is kept for a form that isn't ours. */
		if (!r->authorised)
			return ERR_AUTH;
		r->field = FIELD_FILE;
		return inbox_draft_file(&b->draft, part->filename, part->type);
	}
	if (!part->is_file && bytes_eq_str(part->name, "csrf"))
		r->field = FIELD_CSRF;
	else if (!part->is_file && bytes_eq_str(part->name, "text"))
		r->field = FIELD_TEXT;
	return ERR_OK;
}

/* Fields that come twice are one long one; no browser does that. */
static enum err append(uint8_t *to, size_t *len, size_t cap, struct bytes data)
{
	if (data.n > cap - *len)
		return ERR_TOO_BIG;
	memcpy(to + *len, data.p, data.n);
	*len += data.n;
	return ERR_OK;
}

static enum err part_data(void *context, struct bytes data)
{
	struct browse *b = context;
	struct browse_reply *r = &b->reply;

	switch ((enum reply_field)r->field) {
	case FIELD_CSRF:
		return append(r->csrf, &r->csrf_len, sizeof r->csrf, data) == ERR_OK ? ERR_OK : ERR_AUTH;
	case FIELD_TEXT:
		r->too_long = data.n > sizeof r->text - r->text_len;
		return append(r->text, &r->text_len, sizeof r->text, data);
	case FIELD_FILE:
		return inbox_draft_data(&b->draft, data);
	case FIELD_NONE:
		break;
	}
	return ERR_OK;
}

static enum err part_end(void *context)
{
	struct browse *b = context;
	struct browse_reply *r = &b->reply;

	if (r->field == FIELD_CSRF)
		r->authorised = login_form_fits(&b->login, bytes_of(r->csrf, r->csrf_len));
	return ERR_OK;
}

static enum err read_form(struct browse *b)
{
	struct browse_reply *r = &b->reply;
	enum err e;
	size_t got;

	r->field = FIELD_NONE;
	r->authorised = false;
	r->too_long = false;
	r->csrf_len = 0;
	r->text_len = 0;
	r->clean_view = buf_over(r->clean, sizeof r->clean);
	TRY(multipart_begin(&r->parser, b->request.content_type,
			    (struct multipart_handler){part_begin, part_data, part_end, b}));
	while ((e = http_read_body(&b->connection, b->read, sizeof b->read, &got)) == ERR_OK)
		TRY(multipart_data(&r->parser, bytes_of(b->read, got)));
	if (e != ERR_END)
		goto out;
	TRY(multipart_end(&r->parser));
	if (!r->authorised)
		e = ERR_AUTH;
out:
	text_clean(&r->clean_view, bytes_of(r->text, r->text_len));
	BUG_IF(r->clean_view.failed);
	return e;
}

/* ---- what comes of it */

static enum err refuse(struct browse *b, enum err e)
{
	switch ((int)e) {
	case ERR_AUTH:
		return browse_error(b, 403);
	case ERR_TOO_BIG:
	case ERR_FULL:
		return browse_conversation_page(
		    b, 413,
		    b->reply.too_long
			? "The text is longer than one reply can be. Shorten it, and send the rest in a second one."
			: "That is more than one reply takes: too long a text, or files that are too many or too "
			  "large. "
			  "Choose fewer, and send the others in a second reply.");
	case ERR_NOT_FOUND:
		return browse_conversation_page(b, 422,
						"This conversation has no sound recipient: nobody could open a reply.");
	case ERR_FORMAT:
	case ERR_END:
	case ERR_UNSUPPORTED:
	case ERR_PEER:
	case ERR_TIMEOUT:
		return browse_failure(b, e);
	default:
		return browse_conversation_page(b, 500,
						"It could not be written to this machine's disk. Is there room?");
	}
}

enum err browse_reply(struct browse *b)
{
	struct browse_reply *r = &b->reply;
	char location[BROWSE_PATH + 32] = {0};
	struct buf to = buf_over(location, sizeof location - 1);
	enum err e = inbox_draft_begin(&b->draft, &b->inbox, &b->conversation);

	if (e == ERR_OK)
		e = read_form(b);
	if (e == ERR_OK && text_is_blank(buf_view(&r->clean_view)) && b->draft.file_count == 0) {
		inbox_draft_drop(&b->draft);
		return browse_conversation_page(b, 422, "There is no text and no file.");
	}
	if (e == ERR_OK)
		e = inbox_draft_send(&b->draft, buf_view(&r->clean_view));
	inbox_draft_drop(&b->draft);
	if (e != ERR_OK)
		return refuse(b, e);
	buf_str(&to, b->path);
	buf_str(&to, "?done=reply#reply");
	BUG_IF(to.failed);
	return browse_redirect(b, location, bytes_of(NULL, 0));
}
