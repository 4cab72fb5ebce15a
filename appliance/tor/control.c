/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tor/control.h"

#include <string.h>

#include "crypto/crypto.h"

enum {
	SKEW_MAX_S = 2000000000, /* 63 years: anything more is the same to a reader */
	OWN_COMMANDS = 4,        /* without an answer, at most: the start's two, the version, one for the guards */
};

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

/* ---- commands and their answers */

static void note_asked(struct control_state *s, enum control_asked what)
{
	BUG_IF(s->asked_count == LIMIT_TOR_ASKED);
	s->asked[s->asked_count++] = (uint8_t)what;
}

/* What the first line of its data begins with; NULL: its answer has none. */
static const char *key_of(enum control_asked what)
{
	static const char *const keys[CONTROL_ASKED_COUNT] = {
	    [CONTROL_ASKED_PHASE] = "status/bootstrap-phase=",
	    [CONTROL_ASKED_VERSION] = "version=",
	    [CONTROL_ASKED_CONSENSUS] = "dir/status-vote/current/consensus-microdesc=",
	    [CONTROL_ASKED_ENTRIES] = "entry-guards=",
	};

	return keys[what];
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

/* Behind "250-" or "250+": KEY=VALUE. Of a command that is not ours nothing is taken, its end neither. */
static void take_answer(struct control_state *s, struct guard_watch *w, struct bytes line, bool with_data)
{
	enum control_asked asked = s->asked_count > 0 ? s->asked[0] : CONTROL_ASKED_PLAIN;
	const char *key = key_of(asked);

	if (key == NULL || !bytes_starts(line, bytes_str(key))) {
		s->foreign = true;
		return;
	}
	s->keyed = true;
	if (asked == CONTROL_ASKED_PHASE)
		note_bootstrap(s, bytes_from(line, strlen(key)));
	else if (asked == CONTROL_ASKED_VERSION)
		s->answered = true;
	else if (asked == CONTROL_ASKED_CONSENSUS && with_data)
		s->data = CONTROL_CONSENSUS;
	else if (asked == CONTROL_ASKED_ENTRIES && with_data)
		s->data = CONTROL_ENTRIES;
	else if (asked == CONTROL_ASKED_ENTRIES && w != NULL)
		guard_watch_entry_end(w); /* there are none */
}

/* An answer's last line. Answers come in the order of their commands (control-spec), so it is the first's. */
static void take_end(struct control_state *s, struct guard_watch *w, unsigned code)
{
	bool keyed = s->keyed;
	bool foreign = s->foreign;
	enum control_asked asked;

	s->keyed = s->foreign = false;
	if (foreign || s->asked_count == 0)
		return;
	asked = s->asked[0];
	if (code == 250 && keyed != (key_of(asked) != NULL))
		return;
	memmove(s->asked, s->asked + 1, --s->asked_count);
	if (w != NULL &&
	    (asked == CONTROL_ASKED_GUARDS || asked == CONTROL_ASKED_CONSENSUS || asked == CONTROL_ASKED_ENTRIES))
		guard_watch_answered(w, code);
}

enum err control_line(struct control_state *s, struct guard_watch *w, struct bytes line)
{
	unsigned code = 0;

	if (s->data != CONTROL_NO_DATA) {
		take_data(s, w, line);
		return ERR_OK;
	}
	if (line.n < 4 || line.p[0] < '2' || line.p[0] > '6' ||
	    (line.p[3] != ' ' && line.p[3] != '-' && line.p[3] != '+'))
		return ERR_FORMAT;
	for (size_t i = 0; i < 3; i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			return ERR_FORMAT;
		code = code * 10 + (line.p[i] - '0');
	}
	s->data = line.p[3] == '+' ? CONTROL_OTHER_DATA : CONTROL_NO_DATA;
	if (code == 650) {
		note_event(s, bytes_from(line, 4));
		if (w != NULL)
			guard_watch_event(w, bytes_from(line, 4));
	} else if (line.p[3] == ' ') {
		take_end(s, w, code);
	} else if (code == 250) {
		take_answer(s, w, bytes_from(line, 4), line.p[3] == '+');
	}
	if (w != NULL)
		guard_watch_bootstrap(w, s->bootstrap);
	return ERR_OK;
}

void control_put_start(struct control_state *s, struct buf *out)
{
	buf_str(out, "SETEVENTS STATUS_CLIENT STATUS_GENERAL HS_DESC GUARD\r\nGETINFO status/bootstrap-phase\r\n");
	note_asked(s, CONTROL_ASKED_PLAIN);
	note_asked(s, CONTROL_ASKED_PHASE);
}

void control_put_ask(struct control_state *s, struct buf *out)
{
	if (memchr(s->asked, CONTROL_ASKED_VERSION, s->asked_count) != NULL)
		return;
	buf_str(out, "GETINFO version\r\n");
	note_asked(s, CONTROL_ASKED_VERSION);
}

enum err control_put_close_circuit(struct control_state *s, struct buf *out, uint32_t circuit)
{
	if (s->asked_count >= LIMIT_TOR_ASKED - OWN_COMMANDS)
		return ERR_BUSY;
	buf_str(out, "CLOSECIRCUIT ");
	buf_decimal(out, circuit);
	buf_str(out, "\r\n");
	note_asked(s, CONTROL_ASKED_PLAIN);
	return ERR_OK;
}

bool control_put_guards(struct control_state *s, struct guard_watch *w, struct buf *out)
{
	switch (guard_watch_command(w, out)) {
	case GUARD_SET_SECOND:
	case GUARD_SET_ENTRIES:
		note_asked(s, CONTROL_ASKED_GUARDS);
		return true;
	case GUARD_ASK_CONSENSUS:
		note_asked(s, CONTROL_ASKED_CONSENSUS);
		return true;
	case GUARD_ASK_ENTRIES:
		note_asked(s, CONTROL_ASKED_ENTRIES);
		return true;
	case GUARD_NOTHING:
		break;
	}
	return false;
}
