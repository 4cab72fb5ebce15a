/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "door/serve.h"

#include <errno.h>

#include "base/log.h"
#include "confine/confine.h"
#include "door/port.h"
#include "link/channel.h"

enum {
	PORTS = 2,
	INIT_MS = 2000,
	FDS_MAX = 1 + PORTS * PORT_WATCH_FIXED + LIMIT_DOOR_SOURCES + LIMIT_DOOR_DESKS +
		  2 * (LIMIT_VISIT_SLOTS + LIMIT_COLLECT_SLOTS),
};

struct door {
	struct port ports[PORTS];
	struct waiting sources[LIMIT_DOOR_SOURCES];
	struct waiting desks[LIMIT_DOOR_DESKS];
	struct hand visits[LIMIT_VISIT_SLOTS];
	struct hand collects[LIMIT_COLLECT_SLOTS];
	struct pollfd fds[FDS_MAX];
	uint8_t storage[LIMIT_MESSAGE];
};

static struct door door;

static void open_ports(struct door *d, const struct door_setup *setup)
{
	d->ports[0] =
	    (struct port){.kind = ROLE_VISIT,
			  .listener = setup->listeners[0],
			  .waiting = d->sources,
			  .waiting_count = LIMIT_DOOR_SOURCES,
			  .hands = d->visits,
			  .slot_count = setup->visit_slots,
			  .body_count = (uint16_t)(setup->visit_slots - setup->visit_slots / LIMIT_BODIES_PART),
			  .idle_max = LIMIT_IDLE_VISITS};
	d->ports[1] = (struct port){.kind = ROLE_COLLECT,
				    .listener = setup->listeners[1],
				    .waiting = d->desks,
				    .waiting_count = LIMIT_DOOR_DESKS,
				    .hands = d->collects,
				    .slot_count = LIMIT_COLLECT_SLOTS,
				    .body_count = LIMIT_COLLECT_SLOTS,
				    .idle_max = LIMIT_IDLE_COLLECTS};
	for (size_t i = 0; i < PORTS; i++) {
		d->ports[i].up = setup->up;
		d->ports[i].proxy_lines = setup->proxy_lines;
		port_open(&d->ports[i]);
	}
}

static struct port *port_of(struct door *d, uint8_t kind)
{
	for (size_t i = 0; i < PORTS; i++)
		if (d->ports[i].kind == kind)
			return &d->ports[i];
	return NULL;
}

static enum err on_offer(struct door *d, struct incoming *in)
{
	struct message_WORKER_OFFER m;
	struct port *p;
	enum err e = message_get_WORKER_OFFER(in->fields, &m);

	if (e != ERR_OK)
		return e;
	p = port_of(d, m.kind);
	e = p == NULL ? ERR_PEER : port_offer(p, m.slot, in->fds[0], in->fds[1]);
	if (e == ERR_OK)
		in->fds[0] = in->fds[1] = -1;
	return e;
}

static enum err on_gone(struct door *d, const struct incoming *in)
{
	struct message_WORKER_GONE m;
	struct port *p;
	enum err e = message_get_WORKER_GONE(in->fields, &m);

	if (e != ERR_OK)
		return e;
	p = port_of(d, m.kind);
	return p == NULL ? ERR_PEER : port_gone(p, m.slot);
}

static enum err on_message(struct door *d, int up, struct incoming *in)
{
	if (in->type == MESSAGE_PING)
		return role_tell_alive(up);
	if (in->type == MESSAGE_WORKER_OFFER)
		return on_offer(d, in);
	if (in->type == MESSAGE_WORKER_GONE)
		return on_gone(d, in);
	return ERR_END; /* STOP */
}

/* All that is there. ERR_END: STOP, or init is gone. */
static enum err hear_init(struct door *d, int up)
{
	for (;;) {
		struct incoming in;
		enum err e = channel_receive(up, 1u << ROLE_INIT, ROLE_DOOR, STATE_UP, d->storage, 0, &in);
		if (e == ERR_TIMEOUT)
			return ERR_OK;
		if (e != ERR_OK)
			return e;
		e = on_message(d, up, &in);
		incoming_close(&in);
		if (e != ERR_OK)
			return e;
	}
}

static int time_to_wait(const struct door *d)
{
	uint64_t next = DEADLINE_NONE;
	uint64_t now;

	for (size_t i = 0; i < PORTS; i++)
		if (port_next_ms(&d->ports[i]) < next)
			next = port_next_ms(&d->ports[i]);
	if (next == DEADLINE_NONE)
		return -1;
	now = clock_ms();
	/* All deadlines are within minutes. */
	return next <= now ? 0 : (int)(next - now);
}

static enum err turn(struct door *d, int up)
{
	size_t start[PORTS];
	size_t n = 0;
	enum err e;

	d->fds[n++] = (struct pollfd){.fd = up, .events = POLLIN};
	for (size_t i = 0; i < PORTS; i++) {
		e = port_settle(&d->ports[i]);
		if (e != ERR_OK)
			return e;
		start[i] = n;
		n += port_watch(&d->ports[i], d->fds + n);
	}
	if (poll(d->fds, (nfds_t)n, time_to_wait(d)) < 0)
		return errno == EINTR ? ERR_OK : ERR_IO;
	/* The ports first: what init brings may use slots whose descriptors are in these events. */
	for (size_t i = 0; i < PORTS; i++)
		port_react(&d->ports[i], d->fds + start[i]);
	return d->fds[0].revents != 0 ? hear_init(d, up) : ERR_OK;
}

enum err door_serve(const struct door_setup *setup)
{
	uint8_t storage[8];
	struct buf b = buf_over(storage, sizeof storage);
	enum err e;

	open_ports(&door, setup);
	message_put_READY(&b, NULL);
	TRY(channel_send(setup->up, &b, NULL, 0, clock_ms() + INIT_MS));
	do
		e = turn(&door, setup->up);
	while (e == ERR_OK);
out:
	return e == ERR_END ? ERR_OK : e;
}
