/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/write_form.h"

#include <string.h>

#include "base/secret.h"
#include "http/text.h"

enum write_field {
	FIELD_NONE,
	FIELD_CSRF,
	FIELD_DRAFT,
	FIELD_LANG,
	FIELD_TOPIC,
	FIELD_MESSAGE,
	FIELD_ARRIVED,
	FIELD_GO,
	FIELD_NAMED, /* how many of these there are */
	FIELD_FILE = FIELD_NAMED,
	FIELD_NO_FILE
};

static const char field_names[FIELD_NAMED][8] = {
    [FIELD_CSRF] = "csrf", [FIELD_DRAFT] = "draft",     [FIELD_LANG] = "lang",       [FIELD_TOPIC] = "topic",
    [FIELD_GO] = "go",     [FIELD_MESSAGE] = "message", [FIELD_ARRIVED] = "arrived",
};

static enum write_field field_of(const struct multipart_part *part)
{
	if (part->is_file && !bytes_eq_str(part->name, "file"))
		return FIELD_NONE;
	if (part->is_file)
		return part->filename.n > 0 ? FIELD_FILE : FIELD_NO_FILE;
	for (int f = FIELD_NONE + 1; f < FIELD_NAMED; f++)
		if (bytes_eq_str(part->name, field_names[f]))
			return (enum write_field)f;
	return FIELD_NONE;
}

/* ---- files */

/* What was set aside before was another draft's, if this connection had one. */
static enum err reserve_again(struct write_form *w)
{
	return w->upload.open && w->files_off == ERR_OK ? visit_store_reserve(w->store, w->room) : ERR_OK;
}

static enum err find_desks(struct write_form *w, uint32_t *desks)
{
	struct message_CONVERSATION_IS here;
	struct message_DESKS_IS there;
	enum err e;

	if (w->session != NULL && w->session->found && w->topic_len == 0) {
		TRY(visit_store_conversation(w->store, &here));
		*desks = here.desks;
	} else {
		TRY(visit_store_desks(w->store, &there));
		*desks = desks_for(w->desks, bytes_of(w->topic, w->topic_len)) & there.live;
	}
	w->nobody = *desks == 0;
	if (w->nobody)
		TRY(ERR_CLOSED);
out:
	return e;
}

enum err write_form_choose_desks(struct write_form *w)
{
	uint32_t desks = 0;
	enum err e;

	TRY(find_desks(w, &desks));
	if (w->upload.count > 0 && w->upload.desks != desks) {
		TRY(upload_drop(&w->upload, w->store));
		w->sealing.file_count = 0;
		w->lost = true;
		w->other_desks = true;
		TRY(reserve_again(w));
	}
	sealing_choose(&w->sealing, w->desks, desks);
out:
	return e;
}

static enum err file_begin(struct write_form *w, struct bytes name, struct bytes type)
{
	enum err e;

	/* The tokens are the form's first fields: nothing is stored for a form that isn't ours. */
	if (!w->authorised)
		return ERR_AUTH;
	/* The text, which came before, is sealed at the end. */
	if (w->files_off == ERR_OK && w->has_file)
		w->files_off = visit_store_reserve(
		    w->store, sealing_bound(w->left + w->message_len, w->desks->recipients, w->desks->recipient_count));
	if (w->files_off != ERR_OK)
		return w->files_off;
	w->has_file = true;
	/* The topic stands before the files. */
	e = write_form_choose_desks(w);
	if (e != ERR_OK)
		return e;
	checksum_begin(&w->file_sum, w->upload.sum_key);
	return sealing_file_begin(&w->sealing, name, type);
}

static enum err file_data(struct write_form *w, struct bytes data)
{
	checksum_update(&w->file_sum, data);
	return sealing_file_data(&w->sealing, data);
}

static enum err file_end(struct write_form *w)
{
	struct sealing *s = &w->sealing;
	struct bytes name = bytes_of(s->name, s->name_len);
	uint8_t sum[CHECKSUM_LEN];
	enum err e;

	checksum_end(&w->file_sum, sum);
	if (upload_has(&w->upload, name, s->file_len, sum))
		return sealing_file_forget(s);
	e = sealing_file_end(s);
	return e == ERR_OK ? upload_add(&w->upload, w->store, s->desks, name, s->file_len, sum) : e;
}

/* ---- the form's parts, as the parser meets them */

static enum err part_begin(void *context, const struct multipart_part *part)
{
	struct write_form *w = context;

	w->field = (uint8_t)field_of(part);
	return w->field == FIELD_FILE ? file_begin(w, part->filename, part->type) : ERR_OK;
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

static enum err append_word(struct write_form_word *word, struct bytes data)
{
	return append(word->text, &word->len, sizeof word->text, data);
}

static enum err part_data(void *context, struct bytes data)
{
	struct write_form *w = context;
	enum err e;

	switch ((enum write_field)w->field) {
	case FIELD_CSRF:
		return append(w->csrf, &w->csrf_len, sizeof w->csrf, data);
	case FIELD_DRAFT:
		return append(w->token, &w->token_len, sizeof w->token, data);
	case FIELD_LANG:
		return append_word(&w->lang, data);
	case FIELD_GO:
		return append_word(&w->go, data);
	case FIELD_ARRIVED:
		return append_word(&w->arrived, data);
	case FIELD_TOPIC:
		return append(w->topic, &w->topic_len, sizeof w->topic, data);
	case FIELD_MESSAGE:
		/* What fits is kept, to be shown again. */
		w->too_long = data.n > sizeof w->message - w->message_len;
		e = append(w->message, &w->message_len, sizeof w->message,
			   bytes_first(data, sizeof w->message - w->message_len));
		return w->too_long ? ERR_TOO_BIG : e;
	case FIELD_NO_FILE:
		/* A name was left out, but there are bytes: a file all the same. */
		e = file_begin(w, bytes_of(NULL, 0), bytes_of(NULL, 0));
		if (e != ERR_OK)
			return e;
		w->field = FIELD_FILE;
		return file_data(w, data);
	case FIELD_FILE:
		return file_data(w, data);
	case FIELD_NONE:
		break;
	}
	return ERR_OK;
}

static enum err open_upload(struct write_form *w)
{
	enum err e;

	if (!w->authorised)
		return ERR_OK;
	e = upload_open(&w->upload, w->store, bytes_of(w->token, w->token_len));
	if (e == ERR_FORMAT)
		return e;
	w->lost = e == ERR_NOT_FOUND;
	w->sealing.file_count = w->upload.count;
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e == ERR_OK)
		e = reserve_again(w);
	if (e != ERR_OK)
		w->files_off = e;
	return ERR_OK;
}

static enum err part_end(void *context)
{
	struct write_form *w = context;

	if (w->field == FIELD_CSRF && w->session != NULL)
		w->authorised = session_csrf_fits(w->session, bytes_of(w->csrf, w->csrf_len));
	if (w->field == FIELD_DRAFT)
		return open_upload(w);
	return w->field == FIELD_FILE ? file_end(w) : ERR_OK;
}

/* ---- the whole form */

void write_form_begin(struct write_form *w, struct visit_store *store, const struct desks *desks)
{
	sealing_begin(&w->sealing, store);
	upload_new(&w->upload);
	w->store = store;
	w->desks = desks;
	w->session = NULL;
	w->field = FIELD_NONE;
	w->in_conversation = false;
	w->authorised = false;
	w->too_long = false;
	w->nobody = false;
	w->other_desks = false;
	w->lost = false;
	w->files_off = ERR_OK;
	w->room = 0;
	w->left = 0;
	w->has_file = false;
	w->csrf_len = 0;
	w->token_len = 0;
	w->lang.len = 0;
	w->go.len = 0;
	w->arrived.len = 0;
	w->topic_len = 0;
	w->message_len = 0;
	w->topic_view = buf_over(w->clean_topic, sizeof w->clean_topic);
	w->message_view = buf_over(w->clean_message, sizeof w->clean_message);
}

struct multipart_handler write_form_handler(struct write_form *w)
{
	return (struct multipart_handler){part_begin, part_data, part_end, w};
}

void write_form_end(struct write_form *w)
{
	text_clean_line(&w->topic_view, bytes_of(w->topic, w->topic_len));
	text_clean(&w->message_view, bytes_of(w->message, w->message_len));
	BUG_IF(w->topic_view.failed || w->message_view.failed);
}

bool write_form_word_is(const struct write_form_word *word, const char *text)
{
	return bytes_eq_str(bytes_of(word->text, word->len), text);
}

void write_form_wipe(struct write_form *w)
{
	sealing_end(&w->sealing);
	upload_wipe(&w->upload);
	SECRET_WIPE(w->file_sum);
	secret_wipe(w->topic, w->topic_len);
	secret_wipe(w->message, w->message_len);
	secret_wipe(w->clean_topic, w->topic_view.len);
	secret_wipe(w->clean_message, w->message_view.len);
	SECRET_WIPE(w->csrf);
	SECRET_WIPE(w->token);
}
