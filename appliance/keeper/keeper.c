/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper/keeper.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>

#include "base/log.h"
#include "confine/confine.h"
#include "store/kept.h"
#include "keeper/peer.h"

#define STORE_DIRECTORY   "/store"
#define SESSIONS_EVERY_MS (60 * 1000)
#define STATUS_EVERY_MS   500
#define TRACES_DEPTH      (64 * 1024) /* of the stack: a handler's frames hold a state and its parts, 20 KiB */

void keeper_init(struct keeper *k, int init_fd, uint32_t turns)
{
	BUG_IF(turns == 0);
	k->turns.at_once = turns;
	k->init_fd = init_fd;
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++)
		k->peers[i].fd = -1;
}

/* ---- init */

/* ERR_END: leave. */
static enum err serve_init(struct keeper *k)
{
	struct incoming in;
	struct message_PEER m;
	enum err e = channel_receive(k->init_fd, 1u << ROLE_INIT, ROLE_KEEPER, STATE_UP, k->in, 0, &in);

	if (e == ERR_TIMEOUT)
		return ERR_OK;
	if (e == ERR_OK && in.type == MESSAGE_BOX_FACTS) {
		BUG_IF(in.fields.n > sizeof k->facts);
		memcpy(k->facts, in.fields.p, in.fields.n);
		k->facts_len = in.fields.n;
		return ERR_OK;
	}
	if (e == ERR_OK && in.type == MESSAGE_PING)
		return role_tell_alive(k->init_fd);
	if (e != ERR_OK)
		return e;
	if (in.type != MESSAGE_PEER)
		return ERR_END; /* STOP */
	/* init is trusted more than we are; what it sends is right or our table is not. */
	BUG_IF(message_get_PEER(in.fields, &m) != ERR_OK || (m.kind != ROLE_VISIT && m.kind != ROLE_COLLECT));
	peer_add(k, in.fds[0], (enum role)m.kind, m.slot);
	return ERR_OK;
}

/* The counts, when they are others than last time. */
static void send_status(struct keeper *k, uint64_t now)
{
	struct buf record = peer_answer_begin(k);

	if (now < k->next_status_ms)
		return;
	message_put_STORE_STATUS(&record, &(struct message_STORE_STATUS){
					      .conversations = k->store.conversations,
					      .messages = (uint32_t)(k->store.queue.count - k->store.queue.gone),
					      .replies = k->store.replies,
					      .desk_day = k->store.vault.fixed->header.desk_day,
					      .desk_visits = k->desk_visits,
					      .used = store_used(&k->store),
					      .capacity = k->store.db.capacity,
					  });
	if (bytes_eq(buf_view(&record), bytes_of(k->status, k->status_len)))
		return;
	/* If init has no time now, the next change tells it all. */
	if (channel_send(k->init_fd, &record, NULL, 0, 0) == ERR_OK) {
		BUG_IF(record.len > sizeof k->status);
		memcpy(k->status, record.p, record.len);
		k->status_len = record.len;
	}
	k->next_status_ms = now + STATUS_EVERY_MS;
}

/* ---- the loop */

struct round {
	struct pollfd fds[1 + LIMIT_KEEPER_PEERS];
	struct peer *peers[1 + LIMIT_KEEPER_PEERS]; /* whose fds[i] is */
	nfds_t count;
	bool busy; /* somebody's work goes on: don't wait */
};

static void gather(struct keeper *k, struct round *r)
{
	r->fds[0] = (struct pollfd){.fd = k->init_fd, .events = POLLIN};
	r->count = 1;
	r->busy = k->store.trash || k->store.settling || k->store.session_mark[0] != 0;
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++) {
		struct peer *p = &k->peers[i];
		if (p->fd < 0)
			continue;
		if (p->collecting) {
			r->busy = true;
			continue;
		}
		/* Who waits for its turn is only seen to be gone. */
		r->fds[r->count] = (struct pollfd){.fd = p->fd, .events = p->turn == TURN_WAITS ? 0 : POLLIN};
		r->peers[r->count++] = p;
	}
}

static int wait_ms(const struct keeper *k, const struct round *r, uint64_t now)
{
	uint64_t next = k->next_sessions_ms;

	if (r->busy)
		return 0;
	if (k->next_status_ms > now && k->next_status_ms < next)
		next = k->next_status_ms;
	if (turns_next_ms(k) < next)
		next = turns_next_ms(k);
	return next > now ? (int)(next - now) : 0;
}

static void do_chores(struct keeper *k)
{
	uint64_t now = clock_ms();

	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++)
		if (k->peers[i].fd >= 0 && k->peers[i].collecting)
			peer_collected(k, &k->peers[i]);
	turns_serve(k, now);
	store_settle(&k->store);
	store_sweep(&k->store);
	if (k->store.session_mark[0] != 0 || now >= k->next_sessions_ms) {
		if (!store_session_sweep(&k->store, now))
			k->next_sessions_ms = now + SESSIONS_EVERY_MS;
	}
	if (now >= k->next_drafts_ms) {
		kept_sweep(&k->store, now);
		k->next_drafts_ms = now + SESSIONS_EVERY_MS;
	}
	send_status(k, now);
}

/* What was said of a conversation that is forgotten, or what somebody proved himself with: in the buffers, and in what
 * calls left on the stack. */
static void __attribute__((noinline)) wipe_traces(struct keeper *k)
{
	uint8_t below[TRACES_DEPTH];

	SECRET_WIPE(below);
	SECRET_WIPE(k->in);
	SECRET_WIPE(k->out);
	k->store.forgot = false;
	k->proved = false;
}

static enum err serve_round(struct keeper *k)
{
	struct round r;
	enum err e = ERR_OK;
	int ready;

	gather(k, &r);
	ready = poll(r.fds, r.count, wait_ms(k, &r, clock_ms()));
	if (ready < 0 && errno != EINTR)
		return ERR_IO;
	if (ready > 0) {
		for (nfds_t i = 1; i < r.count; i++)
			if (r.fds[i].revents != 0)
				peer_serve(k, r.peers[i]);
		if (r.fds[0].revents != 0)
			e = serve_init(k);
		if (e != ERR_OK)
			return e;
	}
	do_chores(k);
	store_flush(&k->store);
	if (k->store.forgot || k->proved)
		wipe_traces(k);
	return store_broken(&k->store) ? ERR_LIBRARY : ERR_OK;
}

int keeper_serve(struct keeper *k)
{
	enum err e;

	do
		e = serve_round(k);
	while (e == ERR_OK);
	if (e == ERR_END)
		log_event(LOG_STOPPING, 0, 0);
	else
		log_event(LOG_FAILED, e, (uint64_t)errno);
	return e == ERR_END ? 0 : 1;
}

/* ---- start */

static enum err open_store(struct keeper *k, const struct role_options *o)
{
	struct message_PART_KEEPER part;
	struct bytes fields;
	uint64_t capacity = o->capacity;
	enum err e;

	TRY(role_part(o, MESSAGE_PART_KEEPER, &fields));
	TRY(message_get_PART_KEEPER(fields, &part));
	if (part.desk_tokens.n % 32 != 0)
		TRY(ERR_FORMAT);
	if (part.capacity != 0 && part.capacity < capacity)
		capacity = part.capacity;
	TRY(store_open(&k->store, &(struct store_setup){.directory = STORE_DIRECTORY,
							.capacity = capacity,
							.quota_circuit = part.quota_circuit,
							.quota_conversation = part.quota_conversation,
							.secrets = ROLE_FD_A,
							.hidden = o->hidden_memory,
							.tokens = part.desk_tokens}));
	log_event(LOG_STORE_OPEN, k->store.db.capacity, store_used(&k->store));
out:
	return e;
}

int keeper_main(int argc, char **argv)
{
	struct role_options o;
	struct keeper *k = mmap(NULL, sizeof *k, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	enum err e = ERR_NO_MEMORY;

	log_set_role("keeper");
	if (k == MAP_FAILED)
		goto out;
	TRY(argc == 2 ? role_options_parse(argv[1], &o) : ERR_FORMAT);
	TRY(open_store(k, &o));
	keeper_init(k, ROLE_FD_UP, o.turns == 0 ? 1 : o.turns);
	confine_finish(ROLE_KEEPER, &o);
	TRY(role_tell_ready());
	return keeper_serve(k);
out:
	log_event(LOG_FAILED, (uint64_t)e, (uint64_t)errno);
	return 1;
}
