/* SPDX-License-Identifier: GPL-3.0-or-later
 * The process at Tor's control connection. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"
#include "confine/confine.h"
#include "link/channel.h"
#include "tor/control.h"
#include "tor/tor.h"

enum { SEND_MS = 5000, GUARD_STATUS_MAX = LIMIT_GUARDS_TEXT + 32 };

struct torctl {
	int control;     /* -1 until TORCTL_START */
	bool first_line; /* an earlier torctl may have read half of one */
	struct control_reader reader;
	struct control_state state;
	struct message_TOR_STATUS told;
	struct guard_watch guards;
	uint8_t told_guards[GUARD_STATUS_MAX]; /* the last GUARD_STATUS, as it was sent */
	size_t told_guards_len;
	uint8_t told_standing;
	uint8_t told_waiting;
	uint8_t storage[LIMIT_MESSAGE];
};

static struct torctl torctl;

static enum err tell(struct torctl *t)
{
	struct message_TOR_STATUS now = {.bootstrap = t->state.bootstrap,
					 .published = (uint8_t)control_published(&t->state),
					 .skew_s = (uint32_t)t->state.skew_s};
	uint8_t storage[64];
	struct buf b = buf_over(storage, sizeof storage);

	if (now.bootstrap == t->told.bootstrap && now.published == t->told.published && now.skew_s == t->told.skew_s)
		return ERR_OK;
	if (now.bootstrap != t->told.bootstrap)
		log_event(LOG_TOR_BOOTSTRAP, now.bootstrap, 0);
	if (now.published != t->told.published)
		log_event(LOG_TOR_PUBLISHED, now.published, 0);
	t->told = now;
	message_put_TOR_STATUS(&b, &now);
	return channel_send(ROLE_FD_UP, &b, NULL, 0, clock_ms() + SEND_MS);
}

static enum err tell_guards(struct torctl *t)
{
	uint8_t lines_storage[LIMIT_GUARDS_TEXT];
	uint8_t storage[GUARD_STATUS_MAX];
	struct buf lines = buf_over(lines_storage, sizeof lines_storage);
	struct buf b = buf_over(storage, sizeof storage);
	struct message_GUARD_STATUS now;

	guard_watch_status(&t->guards, &now, &lines);
	message_put_GUARD_STATUS(&b, &now);
	BUG_IF(b.failed);
	if (now.standing == GUARDS_UNKNOWN || bytes_eq(buf_view(&b), bytes_of(t->told_guards, t->told_guards_len)))
		return ERR_OK;
	memcpy(t->told_guards, b.p, b.len);
	t->told_guards_len = b.len;
	if (now.standing != t->told_standing || now.waiting != t->told_waiting)
		log_event(LOG_TOR_GUARDS, now.standing, now.waiting);
	t->told_standing = now.standing;
	t->told_waiting = now.waiting;
	return channel_send(ROLE_FD_UP, &b, NULL, 0, clock_ms() + SEND_MS);
}

static enum err tell_witness(struct torctl *t)
{
	struct message_CLOCK_REPORT m = {.ahead_s = (uint32_t)t->state.witness_ahead_s};
	uint8_t storage[64];
	struct buf b = buf_over(storage, sizeof storage);

	if (!t->state.has_witness)
		return ERR_OK;
	t->state.has_witness = false;
	memcpy(m.relay, t->state.witness, sizeof m.relay);
	message_put_CLOCK_REPORT(&b, &m);
	return channel_send(ROLE_FD_UP, &b, NULL, 0, clock_ms() + SEND_MS);
}

static enum err command(struct torctl *t, const struct buf *b)
{
	BUG_IF(b->failed);
	return fd_write_all(t->control, buf_view(b), clock_ms() + SEND_MS);
}

static enum err start(struct torctl *t, struct incoming *in)
{
	uint8_t storage[CONTROL_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	if (t->control >= 0)
		return ERR_STATE;
	t->control = in->fds[0];
	in->fds[0] = -1;
	t->first_line = true;
	control_put_start(&t->state, &b);
	return command(t, &b);
}

static enum err close_circuit(struct torctl *t, struct bytes fields)
{
	struct message_CIRCUIT_CLOSE m;
	uint8_t storage[CONTROL_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);
	enum err e = message_get_CIRCUIT_CLOSE(fields, &m);

	if (e != ERR_OK || t->control < 0)
		return e;
	/* Tor that owes too many answers ends with us, and the circuit with it. */
	e = control_put_close_circuit(&t->state, &b, m.circuit);
	return e == ERR_OK ? command(t, &b) : e;
}

/* Is Tor there, too? init hears of us when it answers. */
static enum err on_ping(struct torctl *t)
{
	uint8_t storage[CONTROL_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	if (t->control < 0)
		return role_tell_alive(ROLE_FD_UP);
	control_put_ask(&t->state, &b);
	return command(t, &b);
}

static enum err on_init(struct torctl *t, bool *stop)
{
	struct incoming in;
	enum err e =
	    channel_receive(ROLE_FD_UP, 1u << ROLE_INIT, ROLE_TORCTL, STATE_UP, t->storage, clock_ms() + SEND_MS, &in);

	if (e == ERR_END) {
		*stop = true;
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	if (in.type == MESSAGE_STOP)
		*stop = true;
	else if (in.type == MESSAGE_TORCTL_START)
		e = start(t, &in);
	else if (in.type == MESSAGE_CIRCUIT_CLOSE)
		e = close_circuit(t, in.fields);
	else if (in.type == MESSAGE_PING)
		e = on_ping(t);
	incoming_close(&in);
	return e;
}

static void log_refused(struct guard_watch *w)
{
	if (w->refused != GUARD_NOTHING)
		log_event(LOG_TOR_REFUSED, w->refused, w->refused_code);
	w->refused = GUARD_NOTHING;
}

static enum err on_control(struct torctl *t)
{
	uint8_t bytes[2048];
	struct bytes rest;
	struct bytes line;
	size_t got;
	enum err e = fd_read_some(t->control, bytes, sizeof bytes, clock_ms() + SEND_MS, &got);

	if (e != ERR_OK)
		return e;
	rest = bytes_of(bytes, got);
	while ((e = control_next_line(&t->reader, &rest, &line)) == ERR_OK) {
		e = control_line(&t->state, &t->guards, line);
		if (e != ERR_OK && !t->first_line)
			return e;
		t->first_line = false;
		log_refused(&t->guards);
		e = tell_witness(t);
		if (e != ERR_OK)
			return e;
	}
	if (e == ERR_END)
		e = ERR_OK;
	if (e == ERR_OK && t->state.answered) {
		t->state.answered = false;
		e = role_tell_alive(ROLE_FD_UP);
	}
	return e;
}

/* What the guards' keeper wants to ask or to set. */
static enum err send_commands(struct torctl *t)
{
	uint8_t storage[GUARD_COMMAND_MAX];
	enum err e = ERR_OK;

	for (bool more = t->control >= 0; more && e == ERR_OK;) {
		struct buf b = buf_over(storage, sizeof storage);

		more = control_put_guards(&t->state, &t->guards, &b);
		if (more)
			e = command(t, &b);
	}
	return e;
}

static enum err serve(void)
{
	struct torctl *t = &torctl;
	bool stop = false;
	enum err e;

	TRY(role_tell_ready());
	while (!stop) {
		struct pollfd p[] = {{.fd = ROLE_FD_UP, .events = POLLIN}, {.fd = t->control, .events = POLLIN}};

		if (poll(p, 2, -1) < 0 && errno != EINTR) {
			e = ERR_IO;
			goto out;
		}
		if (p[0].revents != 0)
			TRY(on_init(t, &stop));
		if (p[1].revents != 0)
			TRY(on_control(t));
		TRY(send_commands(t));
		TRY(tell(t));
		TRY(tell_guards(t));
	}
out:
	SECRET_WIPE(t->guards);
	return e;
}

static enum err set_up(const struct role_options *o)
{
	struct message_PART_TORCTL part;
	struct guards kept;
	struct bytes fields;
	enum err e;

	torctl.control = -1;
	TRY(role_part(o, MESSAGE_PART_TORCTL, &fields));
	TRY(message_get_PART_TORCTL(fields, &part));
	TRY(guards_parse(part.guards, &kept));
	guard_watch_init(&torctl.guards, part.seed, part.bridges != 0, &kept);
out:
	return e;
}

int torctl_main(int argc, char **argv)
{
	return role_run(&(struct role_life){ROLE_TORCTL, set_up, serve}, argc, argv);
}
