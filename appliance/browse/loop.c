/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "browse/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"

/* A connection that isn't served: its head isn't here yet, or its answer has been given and it is to end. */
struct waiting {
	int fd;
	uint64_t end_ms;  /* it is closed then */
	uint64_t look_ms; /* half a head is there: no look before then */
	uint64_t dropped; /* bytes that came after the answer */
	bool answered;
};

struct transfer {
	pid_t pid; /* 0: none */
	char conversation[FOLDER_CONVERSATION_LEN + 1];
};

struct loop {
	struct browse *browse;
	int listen_fd;
	int terminal;
	void (*offer)(struct browse *b);
	struct waiting waiting[LIMIT_BROWSE_CONNECTIONS];
	size_t count;
	struct transfer transfers[LIMIT_BROWSE_TRANSFERS];
};

enum { FDS_FIXED = 3 };

enum err loop_listen(uint16_t *port, int *fd)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
	socklen_t n = sizeof address;
	int on = 1;
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s >= 0 && setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	    bind(s, (const struct sockaddr *)&address, sizeof address) == 0 &&
	    listen(s, LIMIT_BROWSE_CONNECTIONS) == 0 && getsockname(s, (struct sockaddr *)&address, &n) == 0) {
		*port = ntohs(address.sin_port);
		*fd = s;
		return ERR_OK;
	}
	if (s >= 0) {
		int why = errno;
		(void)close(s);
		errno = why;
	}
	return ERR_IO;
}

/* ---- connections */

static void drop(struct loop *l, size_t i)
{
	(void)close(l->waiting[i].fd);
	l->waiting[i] = l->waiting[--l->count];
}

static void take_new(struct loop *l)
{
	int fd = accept4(l->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	/* The one that has waited longest goes: it has said nothing whole in that time. */
	if (l->count == LIMIT_BROWSE_CONNECTIONS) {
		size_t oldest = 0;
		for (size_t i = 1; i < l->count; i++)
			if (l->waiting[i].end_ms < l->waiting[oldest].end_ms)
				oldest = i;
		drop(l, oldest);
	}
	l->waiting[l->count++] = (struct waiting){.fd = fd, .end_ms = clock_ms() + LIMIT_HEAD_MS};
}

/* A whole head, or more than one can be, or the end: whoever reads it is not kept waiting. */
static bool has_head(int fd)
{
	static uint8_t seen[LIMIT_HTTP_HEAD];
	ssize_t n = recv(fd, seen, sizeof seen, MSG_PEEK | MSG_DONTWAIT);
	struct bytes head = bytes_of(seen, n > 0 ? (size_t)n : 0);
	bool has = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || head.n == sizeof seen ||
		   bytes_find(head, BYTES_LITERAL("\r\n\r\n")) < head.n;

	secret_wipe(seen, head.n);
	return has;
}

/* ---- answers */

static struct transfer *free_transfer(struct loop *l)
{
	for (size_t i = 0; i < LIMIT_BROWSE_TRANSFERS; i++)
		if (l->transfers[i].pid == 0)
			return &l->transfers[i];
	return NULL;
}

/* In the child. What is left of a refused body is read and dropped: only then a browser looks at the answer. */
static void transfer(struct loop *l)
{
	struct browse *b = l->browse;
	enum err e = ERR_IO;

	(void)close(l->listen_fd);
	for (size_t i = 0; i < l->count; i++)
		if (l->waiting[i].fd != b->connection.fd)
			(void)close(l->waiting[i].fd);
	b->connection.hurry_fd = -1;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
		e = browse_answer_apart(b);
	if (e == ERR_OK && http_drain(&b->connection, LIMIT_UPLOAD_MOST) != ERR_PEER)
		http_close(&b->connection);
	browse_wipe(b);
	_exit(0);
}

/* True: the connection is another process's now. */
static bool start_transfer(struct loop *l)
{
	struct browse *b = l->browse;
	struct transfer *t = free_transfer(l);
	pid_t pid = t == NULL ? -1 : fork();

	if (pid == 0)
		transfer(l);
	if (pid < 0) {
		if (browse_answer_busy(b) != ERR_OK)
			return true;
		return false;
	}
	t->pid = pid;
	memcpy(t->conversation, b->conversation.id, sizeof t->conversation);
	return true;
}

/* True: the answer has been given, and should arrive. */
static bool serve(struct loop *l, int fd)
{
	struct browse *b = l->browse;
	unsigned status;
	bool apart = false;
	enum err e;

	http_open(&b->connection, fd, l->listen_fd);
	e = http_read_head(&b->connection, &b->request, &status);
	if (e == ERR_OK)
		e = browse_answer(b, &apart);
	else if (status != 0)
		e = browse_refuse(b, status);
	if (e == ERR_OK && apart && start_transfer(l))
		e = ERR_END;
	SECRET_WIPE(b->connection.head.bytes);
	if (e == ERR_OK)
		(void)shutdown(fd, SHUT_WR);
	return e == ERR_OK;
}

/* What still comes after the answer: browsers look at it once they have sent everything, and a close with unread bytes
 * would be a reset, which can overtake it. */
static bool lingers(struct waiting *w)
{
	static uint8_t dropped[64 * 1024];
	ssize_t n = recv(w->fd, dropped, sizeof dropped, MSG_DONTWAIT);

	if (n > 0) {
		secret_wipe(dropped, (size_t)n); /* what was typed into a form, say */
		w->dropped += (size_t)n;
		w->end_ms = clock_ms() + LIMIT_LINGER_MS;
	}
	return w->dropped < LIMIT_UPLOAD_MOST && (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
}

static void look(struct loop *l, size_t i)
{
	struct waiting *w = &l->waiting[i];
	uint64_t now = clock_ms();

	if (w->answered) {
		if (!lingers(w))
			drop(l, i);
	} else if (!has_head(w->fd)) {
		w->look_ms = now + LIMIT_LOOK_MS;
	} else if (serve(l, w->fd)) {
		w->answered = true;
		w->end_ms = clock_ms() + LIMIT_LINGER_MS;
	} else {
		drop(l, i);
	}
}

/* ---- the rest of the world */

/* Processes that have ended. */
static void reap(struct loop *l)
{
	struct browse *b = l->browse;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (runner_ended(&b->exchange, pid, status))
			b->list.stale = true;
		for (size_t i = 0; i < LIMIT_BROWSE_TRANSFERS; i++)
			if (l->transfers[i].pid == pid) {
				l->transfers[i].pid = 0;
				browse_list_update(b, l->transfers[i].conversation);
			}
	}
}

static void hear_terminal(struct loop *l)
{
	char line[256];
	ssize_t n = read(l->terminal, line, sizeof line);

	if (n > 0 && memchr(line, '\n', (size_t)n) != NULL)
		l->offer(l->browse);
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		l->terminal = -1;
}

static size_t fill(struct loop *l, struct pollfd *fds, uint64_t now, uint64_t *next_ms)
{
	fds[0] = (struct pollfd){.fd = l->listen_fd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = l->terminal, .events = POLLIN};
	fds[2] = (struct pollfd){.fd = l->browse->exchange.fd, .events = POLLIN};
	for (size_t i = 0; i < l->count; i++) {
		const struct waiting *w = &l->waiting[i];
		bool rests = w->look_ms > now;
		uint64_t ms = rests && w->look_ms < w->end_ms ? w->look_ms : w->end_ms;
		fds[FDS_FIXED + i] = (struct pollfd){.fd = rests ? -1 : w->fd, .events = POLLIN};
		*next_ms = ms < *next_ms ? ms : *next_ms;
	}
	return FDS_FIXED + l->count;
}

static void one_turn(struct loop *l, const sigset_t *waiting)
{
	struct pollfd fds[FDS_FIXED + LIMIT_BROWSE_CONNECTIONS];
	uint64_t now = clock_ms();
	uint64_t next_ms = now + LIMIT_BROWSE_TURN_MS;
	size_t n = fill(l, fds, now, &next_ms);
	uint64_t ms = next_ms > now ? next_ms - now : 0;
	struct timespec limit = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};

	if (ppoll(fds, n, &limit, waiting) < 0)
		n = 0; /* a signal */
	reap(l);
	now = clock_ms();
	/* From the end, for what is dropped is replaced by the last. */
	for (size_t i = n > 0 ? l->count : 0; i > 0; i--) {
		if (fds[FDS_FIXED + i - 1].revents != 0)
			look(l, i - 1);
		else if (now >= l->waiting[i - 1].end_ms)
			drop(l, i - 1);
	}
	if (n > 0 && fds[2].revents != 0 && l->browse->exchange.fd >= 0)
		runner_listen(&l->browse->exchange);
	if (n > 0 && fds[1].revents != 0)
		hear_terminal(l);
	if (n > 0 && fds[0].revents != 0)
		take_new(l);
}

void loop_run(struct browse *b, int listen_fd, int terminal, const sigset_t *waiting, const volatile sig_atomic_t *stop,
	      void (*offer)(struct browse *b))
{
	static struct loop l;

	l = (struct loop){.browse = b, .listen_fd = listen_fd, .terminal = terminal, .offer = offer};
	while (*stop == 0)
		one_turn(&l, waiting);
	while (l.count > 0)
		drop(&l, l.count - 1);
	for (size_t i = 0; i < LIMIT_BROWSE_TRANSFERS; i++)
		if (l.transfers[i].pid != 0)
			(void)kill(l.transfers[i].pid, SIGKILL);
	if (b->exchange.pid != 0)
		(void)kill(b->exchange.pid, SIGTERM);
}
