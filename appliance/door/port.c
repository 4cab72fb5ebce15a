/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "door/port.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "door/busy.h"
#include "door/proxy_line.h"
#include "door/hands.h"
#include "link/channel.h"

enum {
	LOOK_AGAIN_MS = 20, /* at half a PROXY line; at the listener, when descriptors are short */
	LOG_EVERY_MS = 1000,
	ACCEPTS_AT_ONCE = 16,
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

/* Those who wait for one are counted, too: many who come at once would fill the queue before the workers are there. */
static bool will_be_short_of_workers(const struct port *p)
{
	return hands_busy(p) + waiting_in(p, WAITING_QUEUE) >= p->slot_count / 2u;
}

/* ---- leaving */

void port_drop(struct waiting *w)
{
	close(w->fd);
	*w = (struct waiting){.state = WAITING_NONE, .fd = -1};
}

/* Not more than one line of a kind a second: whoever knocks can't fill the log. */
static void log_one(uint64_t *last_ms, enum log_event event, uint64_t first, uint64_t second)
{
	if (clock_ms() < *last_ms + LOG_EVERY_MS)
		return;
	*last_ms = clock_ms();
	log_event(event, first, second);
}

static void log_refusal(struct port *p, enum err why)
{
	log_one(&p->refusal_ms, LOG_DOOR_REFUSED, why, waiting_in(p, WAITING_QUEUE));
}

/* What doesn't fit the socket's buffer at once is not waited for. */
static void refuse(struct port *p, struct waiting *w)
{
	struct bytes answer = p->kind == ROLE_VISIT ? busy_page() : busy_short();

	log_refusal(p, ERR_BUSY);
	/* A browser with a body sends all of it before it reads: until then the connection stays open both ways. */
	if (send(w->fd, answer.p, answer.n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ||
	    (!w->body && shutdown(w->fd, SHUT_WR) != 0)) {
		port_drop(w);
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
	/* It may be what was typed: this process lives on. */
	secret_wipe(dropped, n > 0 ? (size_t)n : 0);
	if (n <= 0 || (w->dropped += (size_t)n) > LIMIT_DOOR_DRAIN) {
		port_drop(w);
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

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		if (w->state == WAITING_HEAD)
			enter_head(w); /* until the next look */
		return;
	}
	if (n <= 0) {
		port_drop(w);
	} else if (!short_of || is_head(bytes_of(begin, (size_t)n))) {
		enter_queue(p, w, begin[0]);
	} else {
		enter_head(w);
	}
	/* Cookies, a codename: they aren't this process's to keep. */
	secret_wipe(begin, n > 0 ? (size_t)n : 0);
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
		port_drop(w);
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
	port_drop(w);
	return w;
}

/* Descriptors or memory are short. Those that are here come first; who comes waits in the listener's queue. It stays
 * ready: looked at without a pause, it would keep a processor from those that could end. */
static void wait_to_accept(struct port *p, int why)
{
	p->accept_ms = clock_ms() + LOOK_AGAIN_MS;
	log_one(&p->shortage_ms, LOG_FAILED, ERR_IO, (uint64_t)why);
}

/* False: nobody, it went away again, or not now. */
static bool accept_one(struct port *p)
{
	struct waiting *w;
	int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		wait_to_accept(p, errno);
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

/* ---- the loop's side */

void port_open(struct port *p)
{
	for (size_t i = 0; i < p->waiting_count; i++)
		p->waiting[i] = (struct waiting){.state = WAITING_NONE, .fd = -1};
	hands_open(p);
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

	fds[n++] = (struct pollfd){.fd = p->listener, .events = p->accept_ms > clock_ms() ? 0 : POLLIN};
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

static void see_waiting(struct port *p, struct waiting *w, short events)
{
	bool late = clock_ms() >= w->deadline_ms;

	if ((events & (POLLHUP | POLLERR | POLLNVAL)) != 0 && (events & POLLIN) == 0) {
		port_drop(w);
		return;
	}
	switch (w->state) {
	case WAITING_NONE:
		return;
	case WAITING_LINE:
		if (late)
			port_drop(w);
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
			port_drop(w);
		else if (clock_ms() >= w->look_ms)
			look_for_bytes(p, w);
		return;
	case WAITING_QUEUE:
		if (late)
			refuse(p, w);
		return;
	case WAITING_CLOSE:
		if (late)
			port_drop(w);
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
	hands_see_ends(p, fds + PORT_WATCH_FIXED + p->waiting_count);
	for (size_t i = 0; i < p->waiting_count; i++)
		if (p->waiting[i].state != WAITING_NONE)
			see_waiting(p, &p->waiting[i], fds[PORT_WATCH_FIXED + i].revents);
	if (p->accept_ms <= clock_ms())
		p->accept_ms = 0;
	if (fds[0].revents != 0)
		accept_some(p);
}

uint64_t port_next_ms(const struct port *p)
{
	uint64_t next = hands_next_ms(p);

	if (p->accept_ms != 0 && p->accept_ms < next)
		next = p->accept_ms;
	for (size_t i = 0; i < p->waiting_count; i++) {
		const struct waiting *w = &p->waiting[i];
		if (w->state == WAITING_NONE)
			continue;
		if (w->deadline_ms < next)
			next = w->deadline_ms;
		if (w->look_ms != 0 && w->look_ms < next)
			next = w->look_ms;
	}
	return next;
}
