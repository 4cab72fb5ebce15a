/* SPDX-License-Identifier: GPL-3.0-or-later
 * What Tor says on its control connection, cut into pieces: byte 0 is the size of a piece. However it is cut, it means
 * the same. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tor/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Whatever was read, what is sent keeps to its bounds. */
static void send(struct control_state *s, struct guard_watch *w, bool all)
{
	uint8_t command[GUARD_COMMAND_MAX];
	struct buf b = buf_over(command, sizeof command);
	struct buf close = buf_over(command, sizeof command);
	struct buf ask = buf_over(command, sizeof command);

	(void)control_put_guards(s, w, &b);
	BUG_IF(b.failed || control_put_guards(s, w, &b));
	if (!all)
		return;
	control_put_ask(s, &ask);
	if (s->asked_count < LIMIT_TOR_ASKED - 4)
		BUG_IF(control_put_close_circuit(s, &close, 77) != ERR_OK);
	BUG_IF(close.failed || ask.failed || s->asked_count > LIMIT_TOR_ASKED);
}

static enum err read_all(struct bytes in, size_t piece, struct control_state *s, struct guard_watch *w)
{
	static struct control_reader r;
	struct bytes line;
	enum err e = ERR_END;

	memset(&r, 0, sizeof r);
	for (; e == ERR_END && in.n > 0; in = bytes_from(in, piece)) {
		struct bytes part = bytes_first(in, piece);

		while ((e = control_next_line(&r, &part, &line)) == ERR_OK) {
			/* An unknown line ends torctl; here the rest is looked at as well, and everything sent. */
			send(s, w, control_line(s, w, line) != ERR_OK);
		}
	}
	return e;
}

/* Two guards of the site file: those of the corpus's consensus. */
static void begin(struct control_state *s, struct guard_watch *w)
{
	uint8_t storage[CONTROL_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);
	static const uint8_t seed[VANGUARD_SEED_LEN] = {1};
	struct guards kept = {.count = 2};

	memset(kept.list[0].id, 0x11, GUARD_ID_LEN);
	memset(kept.list[1].id, 0x22, GUARD_ID_LEN);
	kept.list[0].sampled_day = kept.list[1].sampled_day = 20000;
	guard_watch_init(w, BYTES_ARRAY(seed), false, &kept);
	control_put_start(s, &b);
	BUG_IF(b.failed);
	send(s, w, false);
}

/* And what is told. */
static void look(const struct guard_watch *w)
{
	uint8_t storage[LIMIT_GUARDS_TEXT];
	struct buf lines = buf_over(storage, sizeof storage);
	struct message_GUARD_STATUS m;

	guard_watch_status(w, &m, &lines);
	BUG_IF(m.standing >= GUARD_STANDING_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct guard_watch whole_guards;
	static struct guard_watch pieces_guards;
	struct control_state whole;
	struct control_state pieces;

	memset(&whole, 0, sizeof whole);
	memset(&pieces, 0, sizeof pieces);
	if (n < 2)
		return 0;
	begin(&whole, &whole_guards);
	begin(&pieces, &pieces_guards);
	enum err a = read_all(bytes_of(data + 1, n - 1), n, &whole, &whole_guards);
	enum err b = read_all(bytes_of(data + 1, n - 1), data[0] % 32 + 1u, &pieces, &pieces_guards);
	BUG_IF(a != b || memcmp(&whole, &pieces, sizeof whole) != 0);
	BUG_IF(memcmp(&whole_guards, &pieces_guards, sizeof whole_guards) != 0);
	BUG_IF(whole.bootstrap > 100 || control_published(&whole) > CONTROL_SERVICES);
	look(&whole_guards);
	return 0;
}
