/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a desk decides about the box and about itself: mute, drain, another token, none. */
#include "collect/ask.h"
#include "collect/calls.h"

/* STATUS_IS.draining: nothing is under way any more. */
enum { DRAINING_QUIET = 2 };

static void mute(struct collect *c, const struct call_names *names, bool on, const char *sentence)
{
	struct message_MUTE m = {.on = on};
	struct buf record = ask_record(c);

	memcpy(m.conversation, names->conversation, sizeof m.conversation);
	message_put_MUTE(&record, &m);
	call_answer_result(c, ask_ok(c, &record), 200, sentence);
}

void call_mute(struct collect *c, const struct call_names *names)
{
	mute(c, names, true, "Muted: what comes is not given to this desk. Its source sees nothing of it.\n");
}

void call_unmute(struct collect *c, const struct call_names *names)
{
	mute(c, names, false, "Not muted any more. What came meanwhile is not given again.\n");
}

static enum err drain(struct collect *c, bool on)
{
	const struct message_DRAIN m = {.on = on};
	struct buf record = ask_record(c);

	message_put_DRAIN(&record, &m);
	return ask_ok(c, &record);
}

void call_drain(struct collect *c, const struct call_names *names)
{
	struct message_STATUS_IS m;
	uint8_t storage[64];
	struct buf json = buf_over(storage, sizeof storage);
	enum err e;

	(void)names;
	TRY(drain(c, true));
	TRY(call_ask_status(c, &m));
	buf_str(&json, "{\"ready\":");
	buf_str(&json, m.draining == DRAINING_QUIET && m.waiting == 0 ? "true" : "false");
	buf_str(&json, ",\"waiting\":");
	buf_decimal(&json, m.waiting);
	buf_str(&json, "}\n");
	BUG_IF(json.failed);
	call_answer_json(c, buf_view(&json));
out:
	if (e != ERR_OK)
		call_answer_refused(c, e);
}

void call_undrain(struct collect *c, const struct call_names *names)
{
	(void)names;
	call_answer_result(c, drain(c, false), 200, "The box takes messages again.\n");
}

/* "64 hexadecimal digits", LF */
void call_token(struct collect *c, const struct call_names *names)
{
	uint8_t body[66];
	struct message_TOKEN_PUT m;
	struct buf record;
	size_t n, hash_len = 0;
	enum err e = call_read_body(c, body, sizeof body, &n);

	(void)names;
	if (e == ERR_TOO_BIG ||
	    (e == ERR_OK && (hex_decode(bytes_trim(bytes_of(body, n)), m.hash, sizeof m.hash, &hash_len) != ERR_OK ||
			     hash_len != 32))) {
		call_answer(c, 400, "The body is the SHA-256 of the new token's 32 bytes: 64 hexadecimal digits.\n");
		return;
	}
	TRY(e);
	record = ask_record(c);
	message_put_TOKEN_PUT(&record, &m);
	TRY(ask_ok(c, &record));
	/* What is asked next on this connection would show the old one. */
	c->request.keep = false;
out:
	call_answer_result(
	    c, e, 200,
	    "From now on the new token alone counts, until the box restarts: give its hash to the operator "
	    "for the site file.\n");
}

void call_revoke(struct collect *c, const struct call_names *names)
{
	static const struct message_REVOKE revoke;
	uint8_t body[8];
	struct buf record;
	size_t n;
	enum err e = call_read_body(c, body, sizeof body, &n);

	(void)names;
	if (e == ERR_TOO_BIG || (e == ERR_OK && !bytes_eq_str(bytes_trim(bytes_of(body, n)), "revoke"))) {
		call_answer(c, 400, "To be sure: the body is the word `revoke`.\n");
		return;
	}
	TRY(e);
	record = ask_record(c);
	message_put_REVOKE(&record, &revoke);
	TRY(ask_ok(c, &record));
	c->request.keep = false;
out:
	call_answer_result(
	    c, e, 200,
	    "This desk is revoked until the box restarts: it gets in no more, and nothing is sealed for it. "
	    "The operator removes it from the site file.\n");
}
