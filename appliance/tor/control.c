/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tor/control.h"

#include <string.h>

#include "base/crypto.h"

enum { SKEW_MAX_S = 2000000000 }; /* 63 years: anything more is the same to a reader */

enum err control_next_line(struct control_reader *r, struct bytes *in, struct bytes *line)
{
	while (in->n > 0) {
		uint8_t c = in->p[0];

		*in = bytes_from(*in, 1);
		if (r->after_cr) {
			if (c != '\n')
				return ERR_FORMAT;
			*line = bytes_of(r->line, r->len);
			r->len = 0;
			r->after_cr = false;
			return ERR_OK;
		}
		if (c == '\r') {
			r->after_cr = true;
			continue;
		}
		if (c == '\n' || c == 0)
			return ERR_FORMAT;
		if (r->len == sizeof r->line)
			return ERR_TOO_BIG;
		r->line[r->len++] = c;
	}
	return ERR_END;
}

unsigned control_published(const struct control_state *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < CONTROL_SERVICES; i++)
		n += s->services[i].published;
	return n;
}

/* The value of KEY= among words split by spaces. Quoted values hold spaces, but none of ours is quoted, and a word
 * inside quotes can't come before them: Tor writes the fields we read first. */
static bool find_value(struct bytes words, const char *key, struct bytes *value)
{
	struct bytes word;

	while (bytes_split(&words, ' ', &word)) {
		if (bytes_find(word, BYTES_LITERAL("\"")) < word.n)
			return false;
		if (bytes_starts(word, bytes_str(key))) {
			*value = bytes_from(word, strlen(key));
			return true;
		}
	}
	return false;
}

static void note_bootstrap(struct control_state *s, struct bytes words)
{
	struct bytes value;
	uint64_t percent;

	if (find_value(words, "PROGRESS=", &value) && bytes_decimal(value, 100, &percent) == ERR_OK)
		s->bootstrap = (uint8_t)percent;
}

/* "OR:ADDRESS:PORT", or DIRSERV. Who has several ports is one relay all the same. A consensus, which more than half of
 * the authorities signed, is a witness like any relay: its time has come, at least. */
static void note_witness(struct control_state *s, struct bytes source, int32_t ahead_s)
{
	size_t begin = bytes_find(source, BYTES_LITERAL(":"));
	struct bytes address = bytes_from(source, begin < source.n ? begin + 1 : begin);
	uint8_t hash[32];
	size_t n = address.n;

	if (bytes_starts(source, BYTES_LITERAL("OR:")) || bytes_starts(source, BYTES_LITERAL("DIRSERV:"))) {
		while (n > 0 && address.p[n - 1] != ':')
			n--;
		if (n < 2)
			return;
		source = bytes_first(address, n - 1);
	} else if (!bytes_eq_str(source, "CONSENSUS")) {
		return;
	}
	sha256(source, hash);
	memcpy(s->witness, hash, sizeof s->witness);
	s->witness_ahead_s = ahead_s;
	s->has_witness = true;
}

static void note_skew(struct control_state *s, struct bytes words)
{
	struct bytes value;
	struct bytes source;
	uint64_t seconds;
	bool negative;

	if (!find_value(words, "SKEW=", &value) && !find_value(words, "MIN_SKEW=", &value))
		return;
	negative = bytes_starts(value, BYTES_LITERAL("-"));
	if (bytes_decimal(bytes_from(value, negative), UINT64_MAX, &seconds) != ERR_OK)
		return;
	if (seconds > SKEW_MAX_S)
		seconds = SKEW_MAX_S;
	s->skew_s = negative ? -(int32_t)seconds : (int32_t)seconds;
	if (find_value(words, "SOURCE=", &source))
		note_witness(s, source, s->skew_s);
}

static struct control_service *service(struct control_state *s, struct bytes name)
{
	if (name.n != ONION_NAME_LEN)
		return NULL;
	for (size_t i = 0; i < CONTROL_SERVICES; i++) {
		struct control_service *one = &s->services[i];

		if (one->known && memcmp(one->name, name.p, name.n) == 0)
			return one;
		if (!one->known) {
			memcpy(one->name, name.p, name.n);
			one->known = true;
			return one;
		}
	}
	return NULL;
}

/* Each descriptor goes to several directories, and a client asks one of them at random: half of them make most first
 * tries succeed, while one that is down holds nothing up. */
static void note_descriptor(struct control_state *s, struct bytes words)
{
	struct control_service *one;
	struct bytes action;
	struct bytes name;

	if (!bytes_split(&words, ' ', &action) || !bytes_split(&words, ' ', &name))
		return;
	if (!bytes_eq_str(action, "UPLOAD") && !bytes_eq_str(action, "UPLOADED"))
		return;
	one = service(s, name);
	if (one == NULL || one->asked == UINT32_MAX || one->uploaded == UINT32_MAX)
		return;
	if (bytes_eq_str(action, "UPLOAD"))
		one->asked++;
	else
		one->uploaded++;
	if (one->uploaded > 0 && one->uploaded >= one->asked / 2 + one->asked % 2)
		one->published = true;
}

static void note_event(struct control_state *s, struct bytes words)
{
	struct bytes event;
	struct bytes severity;
	struct bytes action;

	if (!bytes_split(&words, ' ', &event))
		return;
	if (bytes_eq_str(event, "HS_DESC")) {
		note_descriptor(s, words);
		return;
	}
	if (!bytes_split(&words, ' ', &severity) || !bytes_split(&words, ' ', &action))
		return;
	if (bytes_eq_str(event, "STATUS_CLIENT") && bytes_eq_str(action, "BOOTSTRAP"))
		note_bootstrap(s, words);
	else if (bytes_eq_str(event, "STATUS_CLIENT") && bytes_eq_str(action, "CIRCUIT_ESTABLISHED"))
		s->skew_s = 0;
	else if (bytes_eq_str(event, "STATUS_GENERAL") && bytes_eq_str(action, "CLOCK_SKEW"))
		note_skew(s, words);
}

static void take_data(struct control_state *s, struct guard_watch *w, struct bytes line)
{
	enum control_data data = s->data;
	bool end = bytes_eq_str(line, ".");

	if (end)
		s->data = CONTROL_NO_DATA;
	if (w == NULL)
		return;
	if (data == CONTROL_CONSENSUS)
		end ? guard_watch_consensus_end(w) : guard_watch_consensus_line(w, line);
	else if (data == CONTROL_ENTRIES)
		end ? guard_watch_entry_end(w) : guard_watch_entry_line(w, line);
}

/* Behind "250-" or "250+": KEY=VALUE. */
static void take_answer(struct control_state *s, struct guard_watch *w, struct bytes line, bool with_data)
{
	const struct bytes phase = BYTES_LITERAL("status/bootstrap-phase=");
	const struct bytes entries = BYTES_LITERAL("entry-guards=");

	if (bytes_starts(line, phase)) {
		note_bootstrap(s, bytes_from(line, phase.n));
	} else if (bytes_starts(line, entries)) {
		if (with_data)
			s->data = CONTROL_ENTRIES;
		else if (w != NULL)
			guard_watch_entry_end(w); /* there are none */
	} else if (with_data && bytes_eq_str(line, "dir/status-vote/current/consensus-microdesc=")) {
		s->data = CONTROL_CONSENSUS;
	} else if (bytes_starts(line, BYTES_LITERAL("version="))) {
		s->answered = true;
	}
}

enum err control_line(struct control_state *s, struct guard_watch *w, struct bytes line)
{
	if (s->data != CONTROL_NO_DATA) {
		take_data(s, w, line);
		return ERR_OK;
	}
	if (line.n < 4 || line.p[0] < '2' || line.p[0] > '6' || line.p[1] < '0' || line.p[1] > '9' || line.p[2] < '0' ||
	    line.p[2] > '9' || (line.p[3] != ' ' && line.p[3] != '-' && line.p[3] != '+'))
		return ERR_FORMAT;
	s->data = line.p[3] == '+' ? CONTROL_OTHER_DATA : CONTROL_NO_DATA;
	if (bytes_starts(line, BYTES_LITERAL("250")) && line.p[3] != ' ') {
		take_answer(s, w, bytes_from(line, 4), line.p[3] == '+');
	} else if (bytes_starts(line, BYTES_LITERAL("650"))) {
		note_event(s, bytes_from(line, 4));
		if (w != NULL)
			guard_watch_event(w, bytes_from(line, 4));
	} else if (w != NULL && line.p[0] == '5') {
		guard_watch_refused(w);
	}
	return ERR_OK;
}

void control_put_start(struct buf *out)
{
	buf_str(out, "SETEVENTS STATUS_CLIENT STATUS_GENERAL HS_DESC GUARD\r\nGETINFO status/bootstrap-phase\r\n");
}

void control_put_ask(struct buf *out)
{
	buf_str(out, "GETINFO version\r\n");
}

void control_put_close_circuit(struct buf *out, uint32_t circuit)
{
	buf_str(out, "CLOSECIRCUIT ");
	buf_decimal(out, circuit);
	buf_str(out, "\r\n");
}
