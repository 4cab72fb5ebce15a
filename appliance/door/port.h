/* SPDX-License-Identifier: GPL-3.0-or-later
 * One of the two doors: its connections that have no worker yet, and its workers.
 *
 *   accept -> LINE -> BYTES [-> HEAD] -> QUEUE -> handed to an idle worker, which becomes busy
 *                 \________\________\______\-> BUSY ANSWER, closed once it was read
 *
 * Who takes much waits first, and nobody is shut out by others' slowness:
 *   - a circuit may have one part in LIMIT_CIRCUIT_PART of the workers, and LIMIT_CIRCUIT_PLACES of the places
 *   - without a place left, the oldest connection of the circuit with the most of them goes
 *   - when half of the workers are busy or waited for, there is a place in the queue for a whole head and no longer for
 *     a first byte; who then gets a worker is told to hurry (http/http.h), as is whoever was busy for LIMIT_LONG_MS
 *   - requests that may have a body get all workers but one in LIMIT_BODIES_PART; then GET and HEAD go first, then the
 *     circuit with the fewest workers, then who came first */
#ifndef DOOR_PORT_H
#define DOOR_PORT_H

#include <poll.h>

#include "link/message.h"

enum waiting_state {
	WAITING_NONE,
	WAITING_LINE,  /* the PROXY line isn't complete */
	WAITING_BYTES, /* it is; the first byte after it isn't there */
	WAITING_HEAD,  /* workers are short, and the request's head isn't complete */
	WAITING_QUEUE, /* it may have a worker */
	WAITING_CLOSE, /* it has its busy answer */
	WAITING_STATES,
};

struct waiting {
	enum waiting_state state;
	int fd;
	uint32_t circuit;     /* from BYTES on */
	uint64_t deadline_ms; /* of this state */
	uint64_t look_ms;     /* part of a line or head is there; poll would spin, so it is looked at again then */
	bool body;            /* from QUEUE on: the request may have one */
	uint64_t order;       /* of arrival */
	size_t dropped;       /* bytes that came after the busy answer */
};

struct hand {
	int channel; /* -1: no worker in this slot, or it is lost */
	int keeper;  /* its keeper channel, until it has a connection; then -1 */
	uint32_t circuit;
	uint64_t busy_ms; /* since when */
	bool body;
	bool hurried;
	bool lost; /* its channel ended, or broke the table, with a connection; init has not said that it is gone */
};

struct port {
	enum role kind;
	int up;
	int listener;
	bool proxy_lines;
	struct waiting *waiting;
	size_t waiting_count;
	struct hand *hands; /* by slot */
	uint16_t slot_count;
	uint16_t body_count; /* of these, for requests that may have a body */
	uint16_t idle_max;
	uint16_t wanted; /* asked of init and not offered yet */
	uint64_t arrivals;
	uint64_t refusal_ms;  /* when a refusal was logged last */
	uint64_t shortage_ms; /* when want of descriptors was */
	uint64_t accept_ms;   /* descriptors or memory are short: nobody is accepted before then; 0: they aren't */
};

void port_open(struct port *p);
/* Closes the connection; its place is free. */
void port_drop(struct waiting *w);
/* Appends what it waits for. The pollfds of one port stand together, in an order that port_react knows. */
size_t port_watch(const struct port *p, struct pollfd *fds);
enum { PORT_WATCH_FIXED = 1 }; /* the listener; then one for each connection, two for each slot */
/* After poll: accepts, reads lines, notices who left. */
void port_react(struct port *p, const struct pollfd *fds);
/* Before poll: hands over what can be handed over, asks for workers. ERR_PEER, ERR_TIMEOUT, ERR_IO: init can't be
 * reached. */
enum err port_settle(struct port *p) MUST_CHECK;
/* When port_react has something to do even if nothing happens; DEADLINE_NONE. */
uint64_t port_next_ms(const struct port *p);
/* Takes the descriptors over on ERR_OK. ERR_PEER: no such slot, or nothing was asked for. */
enum err port_offer(struct port *p, uint16_t slot, int channel, int keeper) MUST_CHECK;
/* The worker in that slot has ended. ERR_PEER: no such slot. */
enum err port_gone(struct port *p, uint16_t slot) MUST_CHECK;

#endif
