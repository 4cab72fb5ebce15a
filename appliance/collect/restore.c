/* SPDX-License-Identifier: GPL-3.0-or-later
 * PUT /v1/restore: after a restart a desk gives back what it kept of its conversations, as one archive. It is worked
 * off as it comes, in constant memory; what one conversation has wrong doesn't keep the others from coming back. */
#include "collect/ask.h"
#include "collect/calls.h"
#include "collect/cursor.h"
#include "collect/out.h"
#include "collect/reply.h"

/* What was told of one that didn't come back, or not whole. */
struct refusal {
	uint8_t conversation[16];
	const char *why;
};

enum restore_file { RESTORE_BOOT, RESTORE_STATE, RESTORE_REPLY, RESTORE_SKIPPED };

struct restore {
	struct collect *c;
	struct tar_reader tar;
	struct reply reply;
	uint8_t boot[16];  /* the box's */
	bool boot_seen;    /* and the archive's is the same */
	bool other_boot;   /* it isn't */
	bool conversation; /* there is one: */
	uint8_t id[16];
	bool restored; /* the box has it */
	bool told;     /* its first refusal is noted */
	enum restore_file file;
	uint8_t name[LIMIT_REPLY_NAME];
	size_t name_len;
	bool reply_failed;
	uint8_t small[LIMIT_STATE];
	size_t small_len;
	uint32_t restored_count;
	uint32_t refused_count;
	struct refusal refusals[LIMIT_RESTORE_REFUSALS];
	const char *fault;
};

static enum err refuse(struct restore *r, const char *sentence)
{
	r->fault = sentence;
	return ERR_FORMAT;
}

/* The archive goes on. */
static void note(struct restore *r, const char *why)
{
	if (r->told)
		return;
	r->told = true;
	if (r->refused_count < LIMIT_RESTORE_REFUSALS) {
		memcpy(r->refusals[r->refused_count].conversation, r->id, sizeof r->id);
		r->refusals[r->refused_count].why = why;
	}
	r->refused_count++;
}

/* ---- the files */

static enum err begin_boot(struct restore *r, struct bytes name, uint64_t size)
{
	if (!bytes_eq_str(name, "boot") || size < 32 || size > 33)
		return refuse(r, "The first file is `boot`, as the box's last stream has it.");
	r->file = RESTORE_BOOT;
	return ERR_OK;
}

static enum err begin_state(struct restore *r, const uint8_t id[static 16], uint64_t size)
{
	memcpy(r->id, id, sizeof r->id);
	r->conversation = true;
	r->restored = false;
	r->told = false;
	r->file = RESTORE_STATE;
	if (size > sizeof r->small) {
		note(r, "The state is longer than any.");
		r->file = RESTORE_SKIPPED;
	}
	return ERR_OK;
}

/* "NAME.age", or "NAME.tar" for one with attachments. */
static enum err begin_reply(struct restore *r, struct bytes name, uint64_t size)
{
	bool archive = name.n > 4 && bytes_eq_str(bytes_from(name, name.n - 4), ".tar");

	if (!archive && (name.n <= 4 || !bytes_eq_str(bytes_from(name, name.n - 4), ".age")))
		return refuse(r, "A reply's file is NAME.age, or NAME.tar.");
	name = bytes_first(name, name.n - 4);
	if (!state_is_reply_name(name))
		return refuse(r, "A reply has a name that none has.");
	r->file = RESTORE_SKIPPED;
	if (!r->restored)
		return ERR_OK;
	if (size > (archive ? LIMIT_REPLY_FILES : LIMIT_REPLY)) {
		note(r, "A reply is bigger than any.");
		return ERR_OK;
	}
	memcpy(r->name, name.p, name.n);
	r->name_len = name.n;
	r->reply_failed = false;
	r->file = RESTORE_REPLY;
	reply_begin(&r->reply, r->c, archive);
	return ERR_OK;
}

static enum err begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	struct restore *r = context;
	struct bytes replies = BYTES_LITERAL("replies/");
	uint8_t id[16];
	size_t n = 0;

	(void)time_s;
	r->small_len = 0;
	if (!r->boot_seen)
		return begin_boot(r, name, size);
	if (name.n < 34 || name.p[32] != '/' || hex_decode(bytes_first(name, 32), id, sizeof id, &n) != ERR_OK)
		return refuse(r, "A file's name is none that a conversation's has.");
	name = bytes_from(name, 33);
	if (bytes_eq_str(name, "state"))
		return begin_state(r, id, size);
	if (!r->conversation || memcmp(id, r->id, sizeof id) != 0)
		return refuse(r, "A reply stands without its conversation's state before it.");
	if (!bytes_starts(name, replies))
		return refuse(r, "A file's name is none that a conversation's has.");
	return begin_reply(r, bytes_from(name, replies.n), size);
}

/* What the keeper or the age file has against one reply ends this reply alone. */
static enum err reply_failed(struct restore *r, enum err e)
{
	reply_drop(&r->reply);
	if (r->c->keeper < 0)
		return ERR_PEER;
	note(r, e == ERR_FULL     ? "The box has no room for a reply."
		: e == ERR_FORMAT ? "A reply is no age file, or no archive of them."
				  : "A reply could not be stored.");
	r->reply_failed = true;
	return ERR_OK;
}

static enum err data(void *context, struct bytes received)
{
	struct restore *r = context;
	enum err e;

	if (r->file == RESTORE_SKIPPED || (r->file == RESTORE_REPLY && r->reply_failed))
		return ERR_OK;
	if (r->file == RESTORE_REPLY) {
		e = reply_data(&r->reply, received);
		return e == ERR_OK ? ERR_OK : reply_failed(r, e);
	}
	BUG_IF(received.n > sizeof r->small - r->small_len);
	memcpy(r->small + r->small_len, received.p, received.n);
	r->small_len += received.n;
	return ERR_OK;
}

static enum err end_boot(struct restore *r)
{
	uint8_t id[16];
	size_t n = 0;

	if (hex_decode(bytes_trim(bytes_of(r->small, r->small_len)), id, sizeof id, &n) != ERR_OK || n != sizeof id)
		return refuse(r, "`boot` is damaged.");
	r->other_boot = memcmp(id, r->boot, sizeof id) != 0;
	r->boot_seen = true;
	return r->other_boot ? refuse(r, "This is for another start of the box. Take `boot` from a new stream, and try "
					 "again.")
			     : ERR_OK;
}

static enum err end_state(struct restore *r)
{
	struct message_RESTORE m = {.state = bytes_of(r->small, r->small_len)};
	struct buf record = ask_record(r->c);
	enum err e;

	memcpy(m.conversation, r->id, sizeof m.conversation);
	message_put_RESTORE(&record, &m);
	e = ask_ok(r->c, &record);
	r->restored = e == ERR_OK;
	if (r->restored)
		r->restored_count++;
	else if (r->c->keeper < 0)
		return ERR_PEER;
	else
		note(r, e == ERR_FORMAT   ? "The state is damaged."
			: e == ERR_EXISTS ? "The box has this conversation with another recipient or proof."
			: e == ERR_FULL   ? "The box has no room."
					  : "The box could not take it.");
	return ERR_OK;
}

static enum err end(void *context)
{
	struct restore *r = context;
	enum err e;

	switch (r->file) {
	case RESTORE_BOOT:
		return end_boot(r);
	case RESTORE_STATE:
		return end_state(r);
	case RESTORE_REPLY:
		if (r->reply_failed)
			return ERR_OK;
		e = reply_end(&r->reply, r->id, bytes_of(r->name, r->name_len));
		return e == ERR_OK ? ERR_OK : reply_failed(r, e);
	case RESTORE_SKIPPED:
		return ERR_OK;
	}
	abort();
}

/* ---- the call */

static enum err read_all(struct restore *r)
{
	uint8_t received[32 * 1024];
	size_t got;
	enum err e;

	while ((e = http_read_body(&r->c->http, received, sizeof received, &got)) == ERR_OK)
		TRY(tar_push(&r->tar, bytes_of(received, got)));
	if (e != ERR_END)
		goto out;
	r->c->body_read = true;
	e = tar_finish(&r->tar) == ERR_OK ? ERR_OK : refuse(r, "The archive is cut off.");
out:
	return e;
}

static enum err put_refusal(struct collect *c, const struct refusal *refusal, bool first)
{
	uint8_t storage[256];
	struct buf json = buf_over(storage, sizeof storage);

	buf_str(&json, first ? "" : ",");
	buf_str(&json, "{\"conversation\":\"");
	buf_hex(&json, BYTES_ARRAY(refusal->conversation));
	buf_str(&json, "\",\"why\":\"");
	buf_str(&json, refusal->why);
	buf_str(&json, "\"}");
	BUG_IF(json.failed);
	return out_put(c, buf_view(&json));
}

static enum err put_result(const struct restore *r)
{
	struct collect *c = r->c;
	uint32_t told = r->refused_count < LIMIT_RESTORE_REFUSALS ? r->refused_count : LIMIT_RESTORE_REFUSALS;
	uint8_t storage[128];
	struct buf json = buf_over(storage, sizeof storage);
	enum err e;

	buf_str(&json, "{\"restored\":");
	buf_decimal(&json, r->restored_count);
	buf_str(&json, ",\"refused_count\":");
	buf_decimal(&json, r->refused_count);
	buf_str(&json, ",\"refused\":[");
	TRY(out_begin(c, "application/json"));
	TRY(out_put(c, buf_view(&json)));
	for (uint32_t i = 0; i < told; i++)
		TRY(put_refusal(c, &r->refusals[i], i == 0));
	TRY(out_put(c, BYTES_LITERAL("]}\n")));
	TRY(out_end(c));
out:
	return e;
}

/* ---- the call */

static void answer(struct restore *r, enum err e)
{
	struct collect *c = r->c;

	if (c->keeper < 0)
		call_answer_refused(c, ERR_BUSY);
	else if (e == ERR_OK)
		c->cut_off = put_result(r) != ERR_OK;
	else if (e == ERR_TIMEOUT || e == ERR_PEER || e == ERR_IO)
		call_answer(c, 408, "The body did not arrive whole. What came is restored; send all of it again.\n");
	else
		call_answer_fault(c,
				  r->other_boot      ? 409
				  : e == ERR_TOO_BIG ? 413
						     : 400,
				  r->fault != NULL ? r->fault : r->tar.fault);
}

void call_restore(struct collect *c, const struct call_names *names)
{
	static struct restore r;
	enum err e;

	(void)names;
	if (c->request.content_length > LIMIT_RESTORE) {
		call_answer(c, 413, "One restore has at most 1073741824 bytes. Send the conversations in several.\n");
		return;
	}
	memset(&r, 0, sizeof r);
	r.c = c;
	e = cursor_ask_boot(c, r.boot);
	if (e != ERR_OK) {
		call_answer_refused(c, e);
		return;
	}
	tar_begin(&r.tar, (struct tar_sink){begin, data, end, &r}, LIMIT_REPLY_FILES);
	e = read_all(&r);
	if (e != ERR_OK && c->keeper >= 0 && r.reply.open)
		reply_drop(&r.reply);
	answer(&r, e);
}
