/* SPDX-License-Identifier: GPL-3.0-or-later
 * The keeper's real loop in a process of its own; the test is init, the door and all workers. */
#ifndef KEEPER_PROCESS_H
#define KEEPER_PROCESS_H

#include "keeper_fixture.h"

#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

#include "keeper/peer.h"
#include "link/wire.h"

#define DESK_1   1u
#define CAPACITY (16u << 20)

struct keeper_process {
	struct fixture *f; /* the store's place and keys; not open in this process */
	pid_t pid;
	int init; /* init's end */
};

static uint8_t in_storage[LIMIT_MESSAGE];
static uint8_t out_storage[LIMIT_MESSAGE];

/* ---- starting and ending it */

FIXTURE void run_keeper(struct fixture *f, int init_end)
{
	static struct keeper k;
	int quiet = open("/dev/null", O_WRONLY);
	struct store_setup setup = fixture_setup(f);

	dup2(quiet, 2); /* each dropped peer is logged */
	if (store_open(&k.store, &setup) != ERR_OK)
		_exit(9);
	keeper_init(&k, init_end, 1);
	_exit(keeper_serve(&k));
}

FIXTURE void start(struct keeper_process *kp)
{
	int ends[2];

	assert_int_equal(channel_pair(ends), ERR_OK);
	kp->pid = fork();
	assert_true(kp->pid >= 0);
	if (kp->pid == 0) {
		close(ends[0]);
		run_keeper(kp->f, ends[1]);
	}
	close(ends[1]);
	kp->init = ends[0];
}

FIXTURE void kill_hard(struct keeper_process *kp)
{
	int status;

	kill(kp->pid, SIGKILL);
	assert_int_equal(waitpid(kp->pid, &status, 0), kp->pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(kp->init);
}

FIXTURE struct keeper_process keeper_of(size_t desks, uint64_t quota_circuit, uint64_t quota_conversation)
{
	struct keeper_process kp = {.f = malloc(sizeof(struct fixture))};

	assert_non_null(kp.f);
	fixture_make(kp.f, CAPACITY, desks, 200);
	kp.f->quota_circuit = quota_circuit;
	kp.f->quota_conversation = quota_conversation;
	start(&kp);
	return kp;
}

FIXTURE struct keeper_process keeper_with(uint64_t quota_circuit, uint64_t quota_conversation)
{
	return keeper_of(1, quota_circuit, quota_conversation);
}

FIXTURE struct keeper_process keeper_new(void)
{
	return keeper_with(0, 0);
}

/* Init says STOP, and it ends well. */
FIXTURE void keeper_stop(struct keeper_process *kp)
{
	struct buf record = buf_over(out_storage, sizeof out_storage);
	int status;

	message_put_STOP(&record, &(struct message_STOP){});
	assert_int_equal(channel_send(kp->init, &record, NULL, 0, clock_ms() + 5000), ERR_OK);
	assert_int_equal(waitpid(kp->pid, &status, 0), kp->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(kp->init);
}

FIXTURE void keeper_free(struct keeper_process *kp)
{
	keeper_stop(kp);
	fixture_free(kp->f);
}

/* ---- a worker's side */

/* For tests that end in the middle: with none left nothing is sent and nothing is heard. */
static int sends_left = INT_MAX;

FIXTURE enum err send_record(int fd, const struct buf *record)
{
	if (sends_left == 0)
		return ERR_PEER;
	sends_left--;
	return channel_send(fd, record, NULL, 0, clock_ms() + 5000);
}

#define SEND(fd, NAME, ...)                                                                                            \
	do {                                                                                                           \
		struct buf record_ = buf_over(out_storage, sizeof out_storage);                                        \
		message_put_##NAME(&record_, &(struct message_##NAME){__VA_ARGS__});                                   \
		(void)!send_record(fd, &record_);                                                                      \
	} while (0)

/* The answer; MESSAGE_COUNT: the keeper closed the channel. */
FIXTURE enum message answer(int fd, struct incoming *in)
{
	enum err e = ERR_END;

	if (sends_left > 0)
		e = channel_receive(fd, 1u << ROLE_KEEPER, ROLE_VISIT, STATE_UP, in_storage, clock_ms() + 10000, in);
	if (e == ERR_END)
		return MESSAGE_COUNT;
	if (e == ERR_PEER) /* what only a collect is told */
		return MESSAGE_COUNT + 1;
	assert_int_equal(e, ERR_OK);
	return in->type;
}

FIXTURE enum err result(int fd)
{
	struct message_REFUSED m;
	struct incoming in;
	enum message type = answer(fd, &in);

	if (type == MESSAGE_COUNT)
		return ERR_END;
	if (type == MESSAGE_OK)
		return ERR_OK;
	assert_int_equal(type, MESSAGE_REFUSED);
	assert_int_equal(message_get_REFUSED(in.fields, &m), ERR_OK);
	assert_int_not_equal(m.err, ERR_OK);
	return (enum err)m.err;
}

FIXTURE int peer_of(struct keeper_process *kp, enum role kind)
{
	struct buf record = buf_over(out_storage, sizeof out_storage);
	int ends[2];

	assert_int_equal(channel_pair(ends), ERR_OK);
	message_put_PEER(&record, &(struct message_PEER){.kind = (uint8_t)kind, .slot = 1});
	/* To a keeper that is gone: the channel is closed then. */
	(void)!channel_send(kp->init, &record, &ends[1], 1, clock_ms() + 5000);
	close(ends[1]);
	return ends[0];
}

FIXTURE int peer_on(struct keeper_process *kp, enum role kind, uint32_t circuit)
{
	int fd = peer_of(kp, kind);

	SEND(fd, CIRCUIT, .circuit = circuit);
	return fd;
}

static uint32_t circuits = 1000;

/* Each on a circuit of its own: no test but those of circuits meets a budget. */
FIXTURE int open_peer(struct keeper_process *kp, enum role kind)
{
	return peer_on(kp, kind, ++circuits);
}

FIXTURE void send_file(int fd, enum file_kind kind, uint32_t seed, uint64_t n, size_t piece)
{
	static uint8_t data[LIMIT_CHUNK_SEALED];

	SEND(fd, FILE_BEGIN, .kind = (uint8_t)kind);
	for (uint64_t at = 0; at < n;) {
		size_t part = n - at < piece ? (size_t)(n - at) : piece;
		for (size_t i = 0; i < part; i++)
			data[i] = file_byte(seed, at + i);
		SEND(fd, FILE_DATA, .data = bytes_of(data, part));
		at += part;
	}
	SEND(fd, FILE_END, .keep = 1);
}

FIXTURE enum err send_create_for(int fd, const struct source *s, uint32_t desks)
{
	struct message_CREATE m = {.desks = desks, .recipient = RECIPIENT};
	struct buf record = buf_over(out_storage, sizeof out_storage);

	memcpy(m.conversation, s->id, sizeof m.conversation);
	memcpy(m.proof_hash, s->proof_hash, sizeof m.proof_hash);
	message_put_CREATE(&record, &m);
	(void)!send_record(fd, &record);
	return result(fd);
}

FIXTURE enum err send_create(int fd, const struct source *s)
{
	return send_create_for(fd, s, DESK_1);
}

FIXTURE enum err send_auth(int fd, const struct source *s)
{
	struct message_AUTH m;
	struct buf record = buf_over(out_storage, sizeof out_storage);

	memcpy(m.conversation, s->id, sizeof m.conversation);
	memcpy(m.proof, s->proof, sizeof m.proof);
	message_put_AUTH(&record, &m);
	(void)!send_record(fd, &record);
	return result(fd);
}

/* A message that begins with a conversation or a hash: `rest` are the fields after it. */
FIXTURE void send_about(int fd, enum message type, struct bytes what, struct bytes rest)
{
	struct buf record = buf_over(out_storage, sizeof out_storage);

	wire_put_u16(&record, (uint16_t)type);
	buf_put(&record, what);
	buf_put(&record, rest);
	(void)!send_record(fd, &record);
}

/* The draft's files as the reply of that name. */
FIXTURE enum err send_reply(int fd, const uint8_t id[static 16], const char *name)
{
	uint8_t storage[64];
	struct buf rest = buf_over(storage, sizeof storage);

	wire_put_bytes(&rest, bytes_str(name), LIMIT_REPLY_NAME);
	send_about(fd, MESSAGE_REPLY_PUT, bytes_of(id, 16), buf_view(&rest));
	return result(fd);
}

FIXTURE enum err send_token(int fd, const uint8_t token[static 32])
{
	send_about(fd, MESSAGE_DESK_AUTH, bytes_of(token, 32), bytes_of(NULL, 0));
	return result(fd);
}

FIXTURE enum err send_desk_auth(int fd, const struct fixture *f)
{
	return send_token(fd, f->tokens[0]);
}

/* What is told to a collect. MESSAGE_COUNT: the keeper closed the channel. */
FIXTURE enum message answer_to_collect(int fd, struct incoming *in)
{
	enum err e = ERR_END;

	if (sends_left > 0)
		e = channel_receive(fd, 1u << ROLE_KEEPER, ROLE_COLLECT, STATE_UP, in_storage, clock_ms() + 10000, in);
	if (e == ERR_END)
		return MESSAGE_COUNT;
	assert_int_equal(e, ERR_OK);
	return in->type;
}

/* The next message for the desk; false: there is none. */
FIXTURE bool collect_next(int fd, uint64_t after, struct message_COLLECT_ENTRY *found)
{
	struct incoming in;

	SEND(fd, COLLECT_NEXT, .after = after);
	assert_int_equal(
	    channel_receive(fd, 1u << ROLE_KEEPER, ROLE_COLLECT, STATE_UP, in_storage, clock_ms() + 5000, &in), ERR_OK);
	if (in.type == MESSAGE_DONE)
		return false;
	assert_int_equal(in.type, MESSAGE_COLLECT_ENTRY);
	assert_int_equal(message_get_COLLECT_ENTRY(in.fields, found), ERR_OK);
	return true;
}

/* The desk reads a file to its end: it is what send_file() made of the seed. */
FIXTURE void check_message(int fd, const uint8_t id[static 16], uint16_t number, enum file_kind kind, uint32_t seed,
			   uint64_t size)
{
	struct message_MESSAGE_READ m = {.number = number, .kind = (uint8_t)kind};
	struct message_FILE_CHUNK chunk;
	struct incoming in;

	memcpy(m.conversation, id, 16);
	for (;;) {
		struct buf record = buf_over(out_storage, sizeof out_storage);
		message_put_MESSAGE_READ(&record, &m);
		(void)!send_record(fd, &record);
		if (answer(fd, &in) == MESSAGE_DONE)
			break;
		assert_int_equal(in.type, MESSAGE_FILE_CHUNK);
		assert_int_equal(message_get_FILE_CHUNK(in.fields, &chunk), ERR_OK);
		for (size_t i = 0; i < chunk.data.n; i++)
			assert_int_equal(chunk.data.p[i], file_byte(seed, m.offset + i));
		m.offset += chunk.data.n;
	}
	assert_int_equal(m.offset, size);
}

FIXTURE enum err send_named(int fd, enum message type, const uint8_t name[static 32])
{
	struct buf record = buf_over(out_storage, sizeof out_storage);

	wire_put_u16(&record, (uint16_t)type);
	buf_put(&record, bytes_of(name, 32));
	(void)!send_record(fd, &record);
	return result(fd);
}

FIXTURE enum err send_session(int fd, const uint8_t name[static 32])
{
	struct message_SESSION_PUT m = {.blob = BYTES_LITERAL("blob")};
	struct buf record = buf_over(out_storage, sizeof out_storage);

	memcpy(m.name, name, sizeof m.name);
	message_put_SESSION_PUT(&record, &m);
	(void)!send_record(fd, &record);
	return result(fd);
}

/* A message of one file. */
FIXTURE enum err send_text(int fd, uint64_t n)
{
	enum err e;

	send_file(fd, FILE_TEXT, 1, n, LIMIT_CHUNK_SEALED);
	e = result(fd);
	if (e != ERR_OK)
		return e;
	SEND(fd, SUBMIT, .desks = DESK_1);
	return result(fd);
}

FIXTURE enum err reserve(int fd, uint64_t size)
{
	SEND(fd, RESERVE, .size = size);
	return result(fd);
}

FIXTURE void make_owner(int fd, struct source *s)
{
	send_file(fd, FILE_TEXT, 1, 4000, 4000);
	assert_int_equal(result(fd), ERR_OK);
	assert_int_equal(send_create(fd, s), ERR_OK);
}

#endif
