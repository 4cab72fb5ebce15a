/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "door/port.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "door/busy.h"
#include "door/proxy_line.h"
#include "link/channel.h"

enum {
	INIT_MS = 2000,     /* init reads its channels all the time */
	LOOK_AGAIN_MS = 20, /* at half a PROXY line */
	LOG_EVERY_MS = 1000,
	ACCEPTS_AT_ONCE = 16,
	CIRCUIT_LEAST = 2,     /* a desk's circuit may have two of four */
	BEGIN_LEN = 16 * 1024, /* of a connection, looked at for a head's end: LIMIT_HTTP_HEAD */
	CIRCUIT_PLACES =
	    2048, /* Tor numbers circuits one after the other: those that live now fall on different ones */
};

/* ---- what there is */

static size_t waiting_in(const struct port *p, enum waiting_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < p->waiting_count; i++)
		n += p->waiting[i].state == state;
	return n;
}

static bool is_idle(const struct hand *h)
{
	return h->channel >= 0 && h->keeper >= 0;
}

static bool is_busy(const struct hand *h)
{
	return h->lost || (h->channel >= 0 && h->keeper < 0);
}

static bool knows_circuit(const struct waiting *w)
{
	return w->state == WAITING_BYTES || w->state == WAITING_HEAD || w->state == WAITING_QUEUE;
}

static size_t places_of(const struct port *p, uint32_t circuit)
{
	size_t n = 0;

	for (size_t i = 0; i < p->waiting_count; i++)
		n += knows_circuit(&p->waiting[i]) && p->waiting[i].circuit == circuit;
	return n;
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

static size_t busy_workers(const struct port *p)
{
	size_t busy = 0;

	for (size_t i = 0; i < p->slot_count; i++)
		busy += is_busy(&p->hands[i]);
	return busy;
}

static bool is_short_of_workers(const struct port *p)
{
	return busy_workers(p) >= p->slot_count / 2u;
}

/* Those who wait for one are counted, too: many who come at once would fill the queue before the workers are there. */
static bool will_be_short_of_workers(const struct port *p)
{
	return busy_workers(p) + waiting_in(p, WAITING_QUEUE) >= p->slot_count / 2u;
}

/* ---- leaving */

static void drop(struct waiting *w)
{
	close(w->fd);
	*w = (struct waiting){.state = WAITING_NONE, .fd = -1};
}

static void drop_hand(struct hand *h)
{
	if (h->channel >= 0)
		close(h->channel);
	if (h->keeper >= 0)
		close(h->keeper);
	*h = (struct hand){.channel = -1, .keeper = -1};
}

/* Not more than one line a second: whoever knocks can't fill the log. */
static void log_refusal(struct port *p, enum err why)
{
	if (clock_ms() < p->refusal_ms + LOG_EVERY_MS)
		return;
	p->refusal_ms = clock_ms();
	log_event(LOG_DOOR_REFUSED, why, waiting_in(p, WAITING_QUEUE));
}

/* What doesn't fit the socket's buffer at once is not waited for. */
static void refuse(struct port *p, struct waiting *w)
{
	struct bytes answer = p->kind == ROLE_VISIT ? busy_page() : busy_short();

	log_refusal(p, ERR_BUSY);
	/* A browser with a body sends all of it before it reads: until then the connection stays open both ways. */
	if (send(w->fd, answer.p, answer.n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ||
	    (!w->body && shutdown(w->fd, SHUT_WR) != 0)) {
		drop(w);
		return;
	}
	w->state = WAITING_CLOSE;
	w->dropped = 0;
	w->deadline_ms = clock_ms() + (w->body ? LIMIT_DRAIN_MS : LIMIT_LINGER_MS);
}

/* What still comes after the answer: a close with unread bytes would be a reset, and the answer lost. */
static void drop_bytes(struct waiting *w)
{
	static uint8_t dropped[LIMIT_CHUNK];
	ssize_t n = recv(w->fd, dropped, sizeof dropped, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || (w->dropped += (size_t)n) > LIMIT_DOOR_DRAIN) {
		drop(w);
		return;
	}
	if (w->body)
		w->deadline_ms = clock_ms() + LIMIT_DRAIN_MS;
}

/* ---- coming */

/* A part of the queue is kept for requests without a body, as of the workers. */
static bool queue_is_full(const struct port *p, bool body)
{
	size_t places = p->waiting_count < LIMIT_DOOR_WAITING ? p->waiting_count : LIMIT_DOOR_WAITING;
	size_t all = 0;
	size_t bodies = 0;

	for (size_t i = 0; i < p->waiting_count; i++) {
		all += p->waiting[i].state == WAITING_QUEUE;
		bodies += p->waiting[i].state == WAITING_QUEUE && p->waiting[i].body;
	}
	return all >= places || (body && bodies >= places * p->body_count / p->slot_count);
}

/* first: the request's first byte; 0: none came. GET and HEAD have no body: visit refuses one. */
static bool may_have_body(uint8_t first)
{
	return first != 'G' && first != 'H';
}

static void enter_head(struct waiting *w)
{
	if (w->state != WAITING_HEAD)
		w->deadline_ms = clock_ms() + LIMIT_HEAD_MS;
	w->state = WAITING_HEAD;
	/* On one grid for all of them: a thousand slow heads wake the door four times a second. */
	w->look_ms = (clock_ms() / LIMIT_LOOK_MS + 1) * LIMIT_LOOK_MS;
}

static void enter_queue(struct port *p, struct waiting *w, uint8_t first)
{
	w->body = may_have_body(first);
	if (queue_is_full(p, w->body)) {
		refuse(p, w);
		return;
	}
	w->state = WAITING_QUEUE;
	w->look_ms = 0;
	w->deadline_ms = clock_ms() + LIMIT_QUEUE_MS;
}

/* What isn't a request's begin is refused by a worker at once; so is a head that is too long. */
static bool is_head(struct bytes begin)
{
	return begin.p[0] < 'A' || begin.p[0] > 'Z' || begin.n == BEGIN_LEN ||
	       bytes_find(begin, BYTES_LITERAL("\r\n\r\n")) < begin.n;
}

/* Looks, and takes nothing: what the bytes say is a worker's matter. */
static void look_for_bytes(struct port *p, struct waiting *w)
{
	static uint8_t begin[BEGIN_LEN];
	bool short_of = will_be_short_of_workers(p);
	ssize_t n = recv(w->fd, begin, short_of ? sizeof begin : 1, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(w);
	} else if (!short_of || is_head(bytes_of(begin, (size_t)n))) {
		enter_queue(p, w, begin[0]);
	} else {
		enter_head(w);
	}
}

static void enter_bytes(struct port *p, struct waiting *w, uint32_t circuit)
{
	if (places_of(p, circuit) >= LIMIT_CIRCUIT_PLACES) {
		uint8_t first = 0;
		w->body = recv(w->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1 || may_have_body(first);
		refuse(p, w);
		return;
	}
	w->circuit = circuit;
	w->state = WAITING_BYTES;
	w->look_ms = 0;
	w->deadline_ms = clock_ms() + LIMIT_FIRST_BYTE_MS;
	look_for_bytes(p, w);
}

static void look_for_line(struct port *p, struct waiting *w)
{
	uint8_t head[LIMIT_PROXY_LINE];
	uint32_t circuit;
	size_t line_len;
	enum err e;
	ssize_t n = recv(w->fd, head, sizeof head, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	e = n <= 0 ? ERR_PEER : proxy_line_parse(bytes_of(head, (size_t)n), &line_len, &circuit);
	if (e == ERR_END) {
		w->look_ms = clock_ms() + LOOK_AGAIN_MS;
		return;
	}
	if (e == ERR_OK && recv(w->fd, head, line_len, MSG_DONTWAIT) != (ssize_t)line_len)
		e = ERR_PEER;
	if (e != ERR_OK) {
		log_refusal(p, e);
		drop(w);
		return;
	}
	enter_bytes(p, w, circuit);
}

/* Who goes when there is no place: first who has an answer; then of the circuit with the most connections the oldest
 * one. A whole request comes within seconds: what is old is slow. */
static struct waiting *least_deserving(struct port *p)
{
	uint16_t places[CIRCUIT_PLACES] = {0};
	struct waiting *worst = NULL;
	size_t most = 0;

	for (size_t i = 0; i < p->waiting_count; i++)
		if (knows_circuit(&p->waiting[i]))
			places[p->waiting[i].circuit % CIRCUIT_PLACES]++;
	for (size_t i = 0; i < p->waiting_count; i++) {
		struct waiting *w = &p->waiting[i];
		size_t n = w->state == WAITING_CLOSE ? SIZE_MAX
			   : knows_circuit(w)        ? places[w->circuit % CIRCUIT_PLACES]
						     : 1;
		if (worst == NULL || n > most || (n == most && w->order < worst->order)) {
			worst = w;
			most = n;
		}
	}
	return worst;
}

static struct waiting *free_place(struct port *p)
{
	struct waiting *w;

	for (size_t i = 0; i < p->waiting_count; i++)
		if (p->waiting[i].state == WAITING_NONE)
			return &p->waiting[i];
	w = least_deserving(p);
	if (w->state != WAITING_CLOSE)
		log_refusal(p, ERR_FULL);
	drop(w);
	return w;
}

/* False: nobody, it went away again, or descriptors are short: those that are here come first. */
static bool accept_one(struct port *p)
{
	struct waiting *w;
	int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return false;
	w = free_place(p);
	*w = (struct waiting){
	    .state = WAITING_LINE, .fd = fd, .order = p->arrivals++, .deadline_ms = clock_ms() + LIMIT_PROXY_MS};
	if (p->proxy_lines)
		look_for_line(p, w);
	else
		enter_bytes(p, w, (uint32_t)p->arrivals);
	return true;
}

/* Several at once: a full listener is an error to tor, and its visitor is lost. */
static void accept_some(struct port *p)
{
	for (int i = 0; i < ACCEPTS_AT_ONCE && accept_one(p); i++)
		;
}

/* ---- workers */

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
	else if (p->kind == ROLE_VISIT && is_short_of_workers(p))
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
			drop(w); /* our copy */
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

	if (p->kind != ROLE_VISIT || !is_short_of_workers(p))
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

/* ---- the loop's side */

void port_open(struct port *p)
{
	for (size_t i = 0; i < p->waiting_count; i++)
		p->waiting[i] = (struct waiting){.state = WAITING_NONE, .fd = -1};
	for (size_t i = 0; i < p->slot_count; i++)
		p->hands[i] = (struct hand){.channel = -1, .keeper = -1};
}

size_t port_watch(const struct port *p, struct pollfd *fds)
{
	/* A queued connection is looked after by its worker; here only its end counts. */
	static const short events[WAITING_STATES] = {
	    [WAITING_LINE] = POLLIN,
	    [WAITING_BYTES] = POLLIN,
	    [WAITING_CLOSE] = POLLIN,
	};
	size_t n = 0;

	fds[n++] = (struct pollfd){.fd = p->listener, .events = POLLIN};
	for (size_t i = 0; i < p->waiting_count; i++) {
		const struct waiting *w = &p->waiting[i];
		bool later = w->state == WAITING_LINE && w->look_ms > clock_ms();
		fds[n++] = (struct pollfd){.fd = w->fd, .events = later ? 0 : events[w->state]};
	}
	for (size_t i = 0; i < p->slot_count; i++) {
		fds[n++] = (struct pollfd){.fd = p->hands[i].channel, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = p->hands[i].keeper};
	}
	return n;
}

/* A worker has nothing to say: its channel ends, or it breaks the table. With a connection, it stays its circuit's until
 * init says that it is gone: one that was taken over could close the channel and go on. */
static void see_who_left(struct port *p, const struct pollfd *fds)
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

static void see_waiting(struct port *p, struct waiting *w, short events)
{
	bool late = clock_ms() >= w->deadline_ms;

	if ((events & (POLLHUP | POLLERR | POLLNVAL)) != 0 && (events & POLLIN) == 0) {
		drop(w);
		return;
	}
	switch (w->state) {
	case WAITING_NONE:
		return;
	case WAITING_LINE:
		if (late)
			drop(w);
		else if (events != 0 || (w->look_ms != 0 && clock_ms() >= w->look_ms))
			look_for_line(p, w);
		return;
	case WAITING_BYTES:
		if (events != 0)
			look_for_bytes(p, w);
		else if (late && will_be_short_of_workers(p))
			enter_head(w);
		else if (late)
			enter_queue(p, w, 0);
		return;
	case WAITING_HEAD:
		if (late)
			drop(w);
		else if (clock_ms() >= w->look_ms)
			look_for_bytes(p, w);
		return;
	case WAITING_QUEUE:
		if (late)
			refuse(p, w);
		return;
	case WAITING_CLOSE:
		if (late)
			drop(w);
		else if (events != 0)
			drop_bytes(w);
		return;
	case WAITING_STATES:
		break;
	}
	BUG_IF(true);
}

void port_react(struct port *p, const struct pollfd *fds)
{
	see_who_left(p, fds + PORT_WATCH_FIXED + p->waiting_count);
	for (size_t i = 0; i < p->waiting_count; i++)
		if (p->waiting[i].state != WAITING_NONE)
			see_waiting(p, &p->waiting[i], fds[PORT_WATCH_FIXED + i].revents);
	if (fds[0].revents != 0)
		accept_some(p);
}

enum err port_settle(struct port *p)
{
	enum err e = hand_over(p);

	hurry_up(p);
	return e == ERR_OK ? ask_for_workers(p) : e;
}

uint64_t port_next_ms(const struct port *p)
{
	uint64_t next = DEADLINE_NONE;

	for (size_t i = 0; i < p->waiting_count; i++) {
		const struct waiting *w = &p->waiting[i];
		if (w->state == WAITING_NONE)
			continue;
		if (w->deadline_ms < next)
			next = w->deadline_ms;
		if (w->look_ms != 0 && w->look_ms < next)
			next = w->look_ms;
	}
	for (size_t i = 0; i < p->slot_count && is_short_of_workers(p); i++) {
		const struct hand *h = &p->hands[i];
		if (p->kind == ROLE_VISIT && is_busy(h) && !h->hurried && h->busy_ms + LIMIT_LONG_MS < next)
			next = h->busy_ms + LIMIT_LONG_MS;
	}
	return next;
}
