/* SPDX-License-Identifier: GPL-3.0-or-later
 * GET /v1/status */
#include "collect/ask.h"
#include "collect/calls.h"

enum err call_ask_status(struct collect *c, struct message_STATUS_IS *m)
{
	static const struct message_STATUS question;
	struct buf record = ask_record(c);
	struct incoming in;
	enum err e;

	message_put_STATUS(&record, &question);
	TRY(ask(c, &record, MESSAGE_STATUS_IS, false, &in));
	TRY(message_get_STATUS_IS(in.fields, m));
out:
	return e;
}

static void json_number(struct buf *out, const char *key, uint64_t value)
{
	buf_str(out, ",\"");
	buf_str(out, key);
	buf_str(out, "\":");
	buf_decimal(out, value);
}

/* Seconds that Tor says the clock is off by, two's complement. */
static void json_seconds(struct buf *out, const char *key, uint32_t value)
{
	bool negative = value > INT32_MAX;

	buf_str(out, ",\"");
	buf_str(out, key);
	buf_str(out, negative ? "\":-" : "\":");
	buf_decimal(out, negative ? UINT32_C(0) - value : value);
}

/* RFC 8259, clause 7. The site file lets no control characters into the name. */
static void json_string(struct buf *out, struct bytes text)
{
	buf_byte(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_byte(out, '\\');
		if (text.p[i] >= 0x20)
			buf_byte(out, text.p[i]);
	}
	buf_byte(out, '"');
}

/* "" where the box has no TPM. */
static void json_register(struct buf *out, const char *key, uint8_t measured, struct bytes value)
{
	buf_str(out, ",\"");
	buf_str(out, key);
	buf_str(out, "\":\"");
	if (measured != 0)
		buf_hex(out, value);
	buf_byte(out, '"');
}

/* The capsule's lines, by commas. They come from torctl by init and keeper: nothing but theirs gets into the answer. */
static void json_guards(struct buf *out, const struct message_BOX_FACTS *m)
{
	struct bytes text = BYTES_ARRAY(m->guards);

	text = bytes_first(text, bytes_find(text, BYTES_LITERAL("\0")));
	buf_str(out, ",\"guards_same\":");
	buf_str(out, m->guard_standing == GUARDS_SAME ? "true" : "false");
	buf_str(out, ",\"guards_wait\":");
	buf_str(out, m->guard_waiting != 0 ? "true" : "false");
	buf_str(out, ",\"guards\":\"");
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || c == '-' || c == ' ')
			buf_byte(out, c);
		else if (c == '\n' && i + 1 < text.n)
			buf_byte(out, ',');
	}
	buf_byte(out, '"');
}

void call_status(struct collect *c, const struct call_names *names)
{
	struct message_STATUS_IS m;
	struct message_BOX_FACTS facts = {.measured = 0};
	uint8_t storage[1280 + LIMIT_GUARDS_TEXT];
	uint8_t day[10];
	struct buf json = buf_over(storage, sizeof storage);
	enum err e = call_ask_status(c, &m);

	(void)names;
	if (e == ERR_OK && m.facts.n > 0)
		e = message_get_BOX_FACTS(m.facts, &facts);
	if (e != ERR_OK) {
		call_answer_refused(c, e);
		return;
	}
	clock_day_text(m.boot_day, day);
	buf_str(&json, "{\"name\":");
	json_string(&json, c->site_name);
	buf_str(&json, ",\"boot\":\"");
	buf_hex(&json, BYTES_ARRAY(m.boot_id));
	buf_str(&json, "\",\"boot_day\":\"");
	buf_put(&json, BYTES_ARRAY(day));
	buf_str(&json, "\"");
	json_number(&json, "conversations", m.conversations);
	json_number(&json, "replies", m.replies);
	json_number(&json, "used", m.used);
	json_number(&json, "capacity", m.capacity);
	buf_str(&json, m.draining != 0 ? ",\"draining\":true" : ",\"draining\":false");
	json_number(&json, "waiting", m.waiting);
	json_number(&json, "waiting_here", m.waiting_here);
	json_number(&json, "muted", m.muted);
	buf_str(&json, ",\"binary\":\"");
	buf_hex(&json, BYTES_ARRAY(facts.binary));
	buf_str(&json, "\"");
	json_number(&json, "uptime_days", facts.uptime_days);
	json_number(&json, "restarts", facts.restarts);
	json_number(&json, "crashes", facts.crashes);
	json_seconds(&json, "skew_seconds", facts.skew_s);
	json_number(&json, "guard_age_days", facts.guard_age_days);
	json_guards(&json, &facts);
	json_register(&json, "pcr4", facts.measured, BYTES_ARRAY(facts.pcr4));
	json_register(&json, "pcr11", facts.measured, BYTES_ARRAY(facts.pcr11));
	buf_str(&json, "}\n");
	BUG_IF(json.failed);
	call_answer_json(c, buf_view(&json));
}
