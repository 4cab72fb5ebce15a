/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "door/hands.h"

#include <unistd.h>

#include "link/channel.h"

enum {
	INIT_MS = 2000,    /* init reads its channels all the time */
	CIRCUIT_LEAST = 2, /* a desk's circuit may have two of four */
};

static bool is_idle(const struct hand *h)
{
	return h->channel >= 0 && h->keeper >= 0;
}

static bool is_busy(const struct hand *h)
{
	return h->lost || (h->channel >= 0 && h->keeper < 0);
}

static size_t workers_of(const struct port *p, uint32_t circuit)
{
	size_t n = 0;

	for (size_t i = 0; i < p->slot_count; i++)
		n += is_busy(&p->hands[i]) && p->hands[i].circuit == circuit;
	return n;
}

static size_t workers_share(const struct port *p)
{
	size_t part = p->slot_count / LIMIT_CIRCUIT_PART;

	return part < CIRCUIT_LEAST ? CIRCUIT_LEAST : part;
}

size_t hands_busy(const struct port *p)
{
	size_t busy = 0;

	for (size_t i = 0; i < p->slot_count; i++)
		busy += is_busy(&p->hands[i]);
	return busy;
}

/* Half of them or more have a connection. */
static bool are_short(const struct port *p)
{
	return hands_busy(p) >= p->slot_count / 2u;
}

static void drop_hand(struct hand *h)
{
	if (h->channel >= 0)
		close(h->channel);
	if (h->keeper >= 0)
		close(h->keeper);
	*h = (struct hand){.channel = -1, .keeper = -1};
}

/* ---- handing over */

static enum err tell_busy(const struct port *p, uint16_t slot, uint32_t circuit)
{
	uint8_t storage[32];
	struct buf b = buf_over(storage, sizeof storage);

	message_put_WORKER_BUSY(
	    &b, &(struct message_WORKER_BUSY){.kind = (uint8_t)p->kind, .slot = slot, .circuit = circuit});
	return channel_send(p->up, &b, NULL, 0, clock_ms() + INIT_MS);
}

/* A worker that doesn't read this is gone, or will be. */
static void tell_hurry(struct hand *h)
{
	uint8_t storage[8];
	struct buf b = buf_over(storage, sizeof storage);

	message_put_HURRY(&b, NULL);
	h->hurried = channel_send(h->channel, &b, NULL, 0, 0) != ERR_PEER;
}

/* The keeper learns the circuit, init learns it, and only then the worker gets the connection. *given is false if this
 * worker was gone. */
static enum err give(struct port *p, uint16_t slot, const struct waiting *w, bool *given)
{
	struct hand *h = &p->hands[slot];
	uint8_t storage[32];
	struct buf b = buf_over(storage, sizeof storage);
	enum err e;

	*given = false;
	message_put_CIRCUIT(&b, &(struct message_CIRCUIT){.circuit = w->circuit});
	if (channel_send(h->keeper, &b, NULL, 0, 0) != ERR_OK) {
		drop_hand(h);
		return ERR_OK;
	}
	close(h->keeper);
	h->keeper = -1;
	h->circuit = w->circuit;
	h->body = w->body;
	h->busy_ms = clock_ms();
	e = tell_busy(p, slot, w->circuit);
	if (e != ERR_OK)
		return e;
	b = buf_over(storage, sizeof storage);
	message_put_CONNECTION(&b, NULL);
	*given = channel_send(h->channel, &b, &w->fd, 1, 0) == ERR_OK;
	if (!*given)
		drop_hand(h);
	else if (p->kind == ROLE_VISIT && are_short(p))
		tell_hurry(h); /* one request, and the next one's turn */
	return ERR_OK;
}

/* Of those whose circuit may have one more worker: without a body before with, the circuit with fewer workers before
 * one with more, who came first before who came later. */
static struct waiting *next_in_queue(const struct port *p)
{
	struct waiting *first = NULL;
	size_t first_has = 0;
	size_t bodies = 0;

	for (size_t i = 0; i < p->slot_count; i++)
		bodies += is_busy(&p->hands[i]) && p->hands[i].body;
	for (size_t i = 0; i < p->waiting_count; i++) {
		struct waiting *w = &p->waiting[i];
		size_t has;
		if (w->state != WAITING_QUEUE || (w->body && bodies >= p->body_count))
			continue;
		has = workers_of(p, w->circuit);
		if (has >= workers_share(p))
			continue;
		if (first == NULL || (w->body != first->body ? first->body
				      : has != first_has     ? has < first_has
							     : w->order < first->order)) {
			first = w;
			first_has = has;
		}
	}
	return first;
}

static enum err hand_over(struct port *p)
{
	for (uint16_t slot = 0; slot < p->slot_count; slot++) {
		struct waiting *w;
		bool given;
		enum err e;
		if (!is_idle(&p->hands[slot]))
			continue;
		w = next_in_queue(p);
		if (w == NULL)
			return ERR_OK;
		e = give(p, slot, w, &given);
		if (e != ERR_OK)
			return e;
		if (given)
			port_drop(w); /* our copy */
	}
	return ERR_OK;
}

static enum err ask_for_workers(struct port *p)
{
	size_t idle = 0;
	size_t live = 0;

	for (size_t i = 0; i < p->slot_count; i++) {
		idle += is_idle(&p->hands[i]);
		live += p->hands[i].channel >= 0 || p->hands[i].lost;
	}
	while (idle + p->wanted < p->idle_max && live + p->wanted < p->slot_count) {
		uint8_t storage[8];
		struct buf b = buf_over(storage, sizeof storage);
		enum err e;
		message_put_WORKER_WANTED(&b, &(struct message_WORKER_WANTED){.kind = (uint8_t)p->kind});
		e = channel_send(p->up, &b, NULL, 0, clock_ms() + INIT_MS);
		if (e != ERR_OK)
			return e;
		p->wanted++;
	}
	return ERR_OK;
}

static void hurry_up(struct port *p)
{
	uint64_t now = clock_ms();

	if (p->kind != ROLE_VISIT || !are_short(p))
		return;
	for (size_t i = 0; i < p->slot_count; i++) {
		struct hand *h = &p->hands[i];
		if (is_busy(h) && !h->hurried && now >= h->busy_ms + LIMIT_LONG_MS)
			tell_hurry(h);
	}
}

enum err port_offer(struct port *p, uint16_t slot, int channel, int keeper)
{
	if (slot >= p->slot_count || p->wanted == 0)
		return ERR_PEER;
	p->wanted--;
	drop_hand(&p->hands[slot]);
	p->hands[slot] = (struct hand){.channel = channel, .keeper = keeper};
	return ERR_OK;
}

enum err port_gone(struct port *p, uint16_t slot)
{
	if (slot >= p->slot_count)
		return ERR_PEER;
	drop_hand(&p->hands[slot]);
	return ERR_OK;
}

void hands_see_ends(struct port *p, const struct pollfd *fds)
{
	for (size_t i = 0; i < p->slot_count; i++) {
		struct hand *h = &p->hands[i];
		if (fds[2 * i].revents == 0 && fds[2 * i + 1].revents == 0)
			continue;
		if (!is_busy(h)) {
			drop_hand(h);
			continue;
		}
		close(h->channel);
		h->channel = -1;
		h->lost = true;
		h->hurried = true;
	}
}

enum err port_settle(struct port *p)
{
	enum err e = hand_over(p);

	hurry_up(p);
	return e == ERR_OK ? ask_for_workers(p) : e;
}

void hands_open(struct port *p)
{
	for (size_t i = 0; i < p->slot_count; i++)
		p->hands[i] = (struct hand){.channel = -1, .keeper = -1};
}

uint64_t hands_next_ms(const struct port *p)
{
	uint64_t next = DEADLINE_NONE;

	if (p->kind != ROLE_VISIT || !are_short(p))
		return next;
	for (size_t i = 0; i < p->slot_count; i++) {
		const struct hand *h = &p->hands[i];
		if (is_busy(h) && !h->hurried && h->busy_ms + LIMIT_LONG_MS < next)
			next = h->busy_ms + LIMIT_LONG_MS;
	}
	return next;
}
