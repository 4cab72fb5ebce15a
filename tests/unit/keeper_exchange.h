/* SPDX-License-Identifier: GPL-3.0-or-later
 * One exchange with every message that the keeper takes, in steps, and what is in the store after each of them. */
#ifndef KEEPER_EXCHANGE_H
#define KEEPER_EXCHANGE_H

#include "keeper_process.h"

#include "store/kept.h"

/* ---- the exchange */

struct play {
	struct keeper_process *kp;
	struct source s;
	struct source told; /* of it only the desk knows */
	int visit;
	int collect;
};

/* What of it is in the store. */
struct world {
	int conversation;
	int messages;
	int waiting; /* for the desk */
	int replies;
	int reply_seed;
	int session;
	int attachments; /* of the kept draft */
	int note;
	int chunks;
	int muted;
	int restored; /* the conversation that the desk tells of */
};

static const uint8_t session_name[32] = {'s'};
static const uint8_t draft_name[32] = {'d'};
static const uint8_t other_name[32] = {'e'};

static enum err draft_open(int fd, const uint8_t name[static 32])
{
	enum err e;

	/* The keeper may not have seen the last channel's end. */
	while ((e = send_named(fd, MESSAGE_DRAFT_OPEN, name)) == ERR_BUSY)
		usleep(500);
	return e;
}

static enum err file(int fd, enum file_kind kind, uint32_t seed, uint64_t n)
{
	send_file(fd, kind, seed, n, 60000);
	return result(fd);
}

static enum err connect_worker(struct play *x)
{
	x->visit = open_peer(x->kp, ROLE_VISIT);
	SEND(x->visit, TURN);
	return result(x->visit);
}

static enum err set_aside(struct play *x)
{
	return reserve(x->visit, 300000);
}

static enum err send_files(struct play *x)
{
	static const uint8_t part[60000];
	enum err e;

	TRY(file(x->visit, FILE_DATA, 1, 150000));
	TRY(file(x->visit, FILE_META, 2, 1200));
	TRY(file(x->visit, FILE_TEXT, 0, 4000));
	send_file(x->visit, FILE_DATA, 1, 0, 1);
	TRY(result(x->visit));
	SEND(x->visit, DRAFT_DROP);
	TRY(result(x->visit));
	TRY(file(x->visit, FILE_TEXT, 0, 4000));
	TRY(file(x->visit, FILE_DATA, 1, 150000));
	TRY(file(x->visit, FILE_META, 2, 1200));
	SEND(x->visit, FILE_BEGIN, .kind = FILE_DATA);
	SEND(x->visit, FILE_DATA, .data = BYTES_ARRAY(part));
	SEND(x->visit, FILE_DATA, .data = BYTES_ARRAY(part));
	SEND(x->visit, FILE_END, .keep = 0);
	TRY(result(x->visit));
out:
	return e;
}

static enum err create(struct play *x)
{
	return send_create(x->visit, &x->s);
}

static enum err put_session(struct play *x)
{
	return send_session(x->visit, session_name);
}

static enum err open_draft(struct play *x)
{
	return draft_open(x->visit, draft_name);
}

static enum err attach_data(struct play *x)
{
	return file(x->visit, FILE_DATA, 1, 100000);
}

static enum err attach_meta(struct play *x)
{
	return file(x->visit, FILE_META, 2, 1200);
}

static enum err first_note(struct play *x)
{
	SEND(x->visit, DRAFT_NOTE, .note = BYTES_LITERAL("1"));
	return result(x->visit);
}

static enum err second_note(struct play *x)
{
	SEND(x->visit, DRAFT_NOTE, .note = BYTES_LITERAL("2"));
	return result(x->visit);
}

static enum err come_again(struct play *x)
{
	struct incoming in;
	enum message type;
	enum err e;

	close(x->visit);
	x->visit = open_peer(x->kp, ROLE_VISIT);
	TRY(send_auth(x->visit, &x->s));
	TRY(draft_open(x->visit, draft_name));
	SEND(x->visit, DRAFT_GET);
	type = answer(x->visit, &in);
	TRY(type == MESSAGE_DRAFT_IS ? ERR_OK : type == MESSAGE_REFUSED ? ERR_IO : ERR_END);
	TRY(file(x->visit, FILE_TEXT, 0, 100000));
out:
	return e;
}

static enum err submit(struct play *x)
{
	SEND(x->visit, SUBMIT, .desks = DESK_1);
	return result(x->visit);
}

static enum err desk_comes(struct play *x)
{
	struct incoming in;
	enum message type;
	enum err e;

	x->collect = open_peer(x->kp, ROLE_COLLECT);
	TRY(send_desk_auth(x->collect, x->kp->f));
	SEND(x->collect, STATUS);
	type = answer(x->collect, &in);
	/* STATUS_IS is no visit's message. */
	TRY(type == MESSAGE_COUNT + 1 ? ERR_OK : ERR_END);
	TRY(file(x->collect, FILE_TEXT, 4, 80000));
out:
	return e;
}

static enum err put_reply(struct play *x)
{
	return send_reply(x->collect, x->s.id, "r");
}

static enum err replace_reply(struct play *x)
{
	enum err e;

	TRY(file(x->collect, FILE_TEXT, 5, 70000));
	TRY(put_reply(x));
out:
	return e;
}

static enum err confirm(struct play *x)
{
	SEND(x->collect, COLLECTED, .cursor = 2);
	return result(x->collect);
}

static enum err write_once_more(struct play *x)
{
	enum err e;

	TRY(file(x->visit, FILE_TEXT, 0, 3000));
	TRY(submit(x));
out:
	return e;
}

/* The number after the first one's three and the second one's two. */
static enum err forget_message(struct play *x)
{
	send_about(x->collect, MESSAGE_MESSAGE_FORGET, BYTES_ARRAY(x->s.id), BYTES_LITERAL("\5\0"));
	return result(x->collect);
}

static enum err delete_reply(struct play *x)
{
	SEND(x->visit, REPLY_DELETE, .number = 1);
	return result(x->visit);
}

static enum err drop_session(struct play *x)
{
	return send_named(x->visit, MESSAGE_SESSION_DROP, session_name);
}

static enum err drop_draft(struct play *x)
{
	enum err e;

	TRY(draft_open(x->visit, other_name));
	TRY(file(x->visit, FILE_DATA, 1, 100000));
	TRY(file(x->visit, FILE_META, 2, 1200));
	SEND(x->visit, DRAFT_DROP);
	TRY(result(x->visit));
out:
	return e;
}

static enum err forget_conversation(struct play *x)
{
	send_about(x->collect, MESSAGE_CONVERSATION_FORGET, BYTES_ARRAY(x->s.id), bytes_of(NULL, 0));
	return result(x->collect);
}

static enum err mute(struct play *x, uint8_t on)
{
	send_about(x->collect, MESSAGE_MUTE, BYTES_ARRAY(x->s.id), bytes_of(&on, 1));
	return result(x->collect);
}

static enum err mute_it(struct play *x)
{
	return mute(x, 1);
}

static enum err hear_it_again(struct play *x)
{
	return mute(x, 0);
}

static enum err look_around(struct play *x)
{
	struct incoming in;
	enum err e;

	SEND(x->collect, STATE_NEXT, .since = 0);
	TRY(answer_to_collect(x->collect, &in) == MESSAGE_STATE_ENTRY ? ERR_OK : ERR_END);
	SEND(x->collect, OPEN_NEXT, .slot_after = 0);
	TRY(answer_to_collect(x->collect, &in) == MESSAGE_OPEN_ENTRY ? ERR_OK : ERR_END);
	SEND(x->collect, CHANGES_GET);
	TRY(answer_to_collect(x->collect, &in) == MESSAGE_CHANGES ? ERR_OK : ERR_END);
	SEND(x->visit, CONVERSATION_GET);
	TRY(answer(x->visit, &in) == MESSAGE_CONVERSATION_IS ? ERR_OK : ERR_END);
	SEND(x->visit, DESKS_GET);
	TRY(answer(x->visit, &in) == MESSAGE_DESKS_IS ? ERR_OK : ERR_END);
	SEND(x->visit, VISIT_WORD, .word = 5);
	TRY(answer(x->visit, &in) == MESSAGE_VISIT_WORD_IS ? ERR_OK : ERR_END);
	SEND(x->collect, DRAIN, .on = 1);
	TRY(result(x->collect));
	SEND(x->collect, DRAIN, .on = 0);
	TRY(result(x->collect));
	send_about(x->collect, MESSAGE_TOKEN_PUT, BYTES_ARRAY(x->kp->f->hashes[0]), bytes_of(NULL, 0));
	TRY(result(x->collect));
out:
	return e;
}

static enum err restore_another(struct play *x)
{
	struct state told = {.recipient = RECIPIENT, .word = 7, .last = 5, .message_count = 2};
	uint8_t storage[4 + LIMIT_STATE];
	struct buf text = buf_over(storage, sizeof storage);
	struct buf field = buf_over(storage, 4);

	memcpy(told.proof_hash, x->told.proof_hash, sizeof told.proof_hash);
	text.len = 4;
	state_put(&text, &told);
	wire_put_u32(&field, (uint32_t)text.len - 4);
	send_about(x->collect, MESSAGE_RESTORE, BYTES_ARRAY(x->told.id), buf_view(&text));
	return result(x->collect);
}

/* A second time, by which nothing changes; then it is forgotten. */
static enum err forget_another(struct play *x)
{
	enum err e;

	TRY(restore_another(x));
	send_about(x->collect, MESSAGE_CONVERSATION_FORGET, BYTES_ARRAY(x->told.id), bytes_of(NULL, 0));
	TRY(result(x->collect));
out:
	return e;
}

/* The other way to end one, in an exchange of its own, in one step: what it made may be there or not. */
static enum err another_one(struct play *x)
{
	struct source s = source_new();
	enum err e;

	close(x->visit);
	x->visit = open_peer(x->kp, ROLE_VISIT);
	TRY(file(x->visit, FILE_TEXT, 0, 300));
	TRY(send_create(x->visit, &s));
	SEND(x->visit, CONVERSATION_DELETE);
	TRY(result(x->visit));
out:
	return e;
}

static const struct step {
	const char *name;
	enum err (*run)(struct play *x);
	struct world after;
} steps[] = {
    /* conversation, messages, waiting, replies and seed, session, attachments, note, chunks, muted, restored */
    {"connect", connect_worker, {0}},
    {"reserve", set_aside, {0}},
    {"files", send_files, {0}},
    {"create", create, {1, 1, 1, 0, 0, 0, 0, 0, 5, 0, 0}},
    {"session", put_session, {1, 1, 1, 0, 0, 1, 0, 0, 5, 0, 0}},
    {"draft", open_draft, {1, 1, 1, 0, 0, 1, 0, 0, 5, 0, 0}},
    {"data", attach_data, {1, 1, 1, 0, 0, 1, 0, 0, 5, 0, 0}},
    {"meta", attach_meta, {1, 1, 1, 0, 0, 1, 1, 0, 8, 0, 0}},
    {"note", first_note, {1, 1, 1, 0, 0, 1, 1, 1, 9, 0, 0}},
    {"second note", second_note, {1, 1, 1, 0, 0, 1, 1, 2, 9, 0, 0}},
    {"come again", come_again, {1, 1, 1, 0, 0, 1, 1, 2, 9, 0, 0}},
    {"submit", submit, {1, 2, 2, 0, 0, 1, 0, 0, 10, 0, 0}},
    {"desk", desk_comes, {1, 2, 2, 0, 0, 1, 0, 0, 10, 0, 0}},
    {"reply", put_reply, {1, 2, 2, 1, 4, 1, 0, 0, 12, 0, 0}},
    {"replace", replace_reply, {1, 2, 2, 1, 5, 1, 0, 0, 12, 0, 0}},
    {"confirm", confirm, {1, 2, 0, 1, 5, 1, 0, 0, 2, 0, 0}},
    {"once more", write_once_more, {1, 3, 1, 1, 5, 1, 0, 0, 3, 0, 0}},
    {"look", look_around, {1, 3, 1, 1, 5, 1, 0, 0, 3, 0, 0}},
    {"mute", mute_it, {1, 3, 0, 1, 5, 1, 0, 0, 2, 1, 0}},
    {"hear", hear_it_again, {1, 3, 0, 1, 5, 1, 0, 0, 2, 0, 0}},
    {"forget one", forget_message, {1, 2, 0, 1, 5, 1, 0, 0, 2, 0, 0}},
    {"restore", restore_another, {1, 2, 0, 1, 5, 1, 0, 0, 2, 0, 2}},
    {"forget another", forget_another, {1, 2, 0, 1, 5, 1, 0, 0, 2, 0, 0}},
    {"delete reply", delete_reply, {1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0}},
    {"end session", drop_session, {1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
    {"drop draft", drop_draft, {1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
    {"forget", forget_conversation, {0}},
    {"another", another_one, {0}},
};

enum { STEPS = sizeof steps / sizeof steps[0] };

/* How far it came: the steps that were acknowledged; what the next one was answered. */
static size_t play(struct play *x, enum err *last)
{
	size_t n = 0;

	*last = ERR_OK;
	while (n < STEPS && (*last = steps[n].run(x)) == ERR_OK)
		n++;
	if (x->visit >= 0)
		close(x->visit);
	if (x->collect >= 0)
		close(x->collect);
	return n;
}

static struct play play_new(struct keeper_process *kp)
{
	return (struct play){.kp = kp, .s = source_new(), .told = source_new(), .visit = -1, .collect = -1};
}

/* ---- what is there */

static void see_source(struct keeper_process *kp, const struct source *s, struct world *w)
{
	int fd = open_peer(kp, ROLE_VISIT);
	struct message_MESSAGE_ENTRY entry = {0};
	struct message_REPLY_ENTRY reply = {0};
	struct message_FILE_CHUNK chunk;
	struct message_DRAFT_IS draft;
	struct incoming in;

	w->conversation = send_auth(fd, s) == ERR_OK;
	while (w->conversation) {
		SEND(fd, MESSAGE_NEXT, .after = entry.number);
		if (answer(fd, &in) != MESSAGE_MESSAGE_ENTRY)
			break;
		assert_int_equal(message_get_MESSAGE_ENTRY(in.fields, &entry), ERR_OK);
		w->messages++;
	}
	while (w->conversation) {
		uint64_t at = 0;
		SEND(fd, REPLY_NEXT, .after = reply.number);
		if (answer(fd, &in) != MESSAGE_REPLY_ENTRY)
			break;
		assert_int_equal(message_get_REPLY_ENTRY(in.fields, &reply), ERR_OK);
		w->replies++;
		while (at < reply.size) {
			SEND(fd, REPLY_READ, .number = reply.number, .kind = FILE_TEXT, .offset = at);
			assert_int_equal(answer(fd, &in), MESSAGE_FILE_CHUNK);
			assert_int_equal(message_get_FILE_CHUNK(in.fields, &chunk), ERR_OK);
			if (at == 0)
				w->reply_seed = chunk.data.p[1] == file_byte(4, 1) ? 4 : 5;
			for (size_t i = 0; i < chunk.data.n; i++)
				assert_int_equal(chunk.data.p[i], file_byte((uint32_t)w->reply_seed, at + i));
			at += chunk.data.n;
		}
	}
	if (w->conversation)
		assert_int_equal(in.type, MESSAGE_DONE);
	{
		struct buf record = buf_over(out_storage, sizeof out_storage);
		wire_put_u16(&record, MESSAGE_SESSION_GET);
		buf_put(&record, BYTES_ARRAY(session_name));
		(void)!send_record(fd, &record);
		w->session = answer(fd, &in) == MESSAGE_SESSION;
	}
	/* The one that is dropped may wait to be. */
	assert_int_equal(draft_open(fd, other_name), ERR_OK);
	SEND(fd, DRAFT_DROP);
	assert_int_equal(result(fd), ERR_OK);
	assert_int_equal(draft_open(fd, draft_name), ERR_OK);
	SEND(fd, DRAFT_GET);
	assert_int_equal(answer(fd, &in), MESSAGE_DRAFT_IS);
	assert_int_equal(message_get_DRAFT_IS(in.fields, &draft), ERR_OK);
	w->attachments = draft.attachments;
	w->note = draft.note.n == 0 ? 0 : draft.note.p[0] - '0';
	close(fd);
}

/* Every file that waits for the desk is whole; its seed is its kind. Of the exchange's own conversation. */
static void see_desk(struct keeper_process *kp, const struct source *s, struct world *w)
{
	int fd = open_peer(kp, ROLE_COLLECT);
	struct message_COLLECT_ENTRY found = {.cursor = 0};

	assert_int_equal(send_desk_auth(fd, kp->f), ERR_OK);
	while (collect_next(fd, found.cursor, &found)) {
		uint8_t storage[ENTRY_FILES * 11];
		struct wire_reader r;
		if (memcmp(found.conversation, s->id, 16) != 0)
			continue;
		w->waiting++;
		memcpy(storage, found.files.p, found.files.n);
		r = wire_reader_over(bytes_of(storage, found.files.n));
		while (r.rest.n > 0) {
			uint8_t kind = wire_get_u8(&r);
			uint16_t item = wire_get_u16(&r);
			check_message(fd, s->id, item, (enum file_kind)kind, kind, wire_get_u64(&r));
		}
	}
	close(fd);
}

/* Of the one that the desk told of, its source sees all that was told or nothing. */
static void see_restored(struct keeper_process *kp, const struct source *s, struct world *w)
{
	int fd = open_peer(kp, ROLE_VISIT);
	struct message_MESSAGE_ENTRY entry = {0};
	struct incoming in;
	enum err e = send_auth(fd, s);

	while (e == ERR_OK) {
		SEND(fd, MESSAGE_NEXT, .after = entry.number);
		if (answer(fd, &in) != MESSAGE_MESSAGE_ENTRY)
			break;
		assert_int_equal(message_get_MESSAGE_ENTRY(in.fields, &entry), ERR_OK);
		assert_int_equal(entry.receipt, RECEIPT_COLLECTED);
		w->restored++;
	}
	if (e == ERR_OK)
		assert_int_equal(w->restored, 2);
	else
		assert_int_equal(e, ERR_AUTH);
	close(fd);
}

static void see_file(struct keeper_process *kp, struct world *w, int *chunks)
{
	keeper_stop(kp);
	assert_int_equal(fixture_open(kp->f), ERR_OK);
	sweep_all(kp->f);
	assert_int_equal(count_names(kp->f, 'd'), 2 * w->attachments + (w->note > 0));
	assert_int_equal(count_names(kp->f, 't'), 0);
	*chunks = (int)count_chunks(kp->f);
	assert_int_equal(kp->f->store.reserved, 0);
	w->muted = (int)store_muted(&kp->f->store, DESK_1);
	fixture_close(kp->f);
	start(kp);
}

static bool is_world(const struct world *a, const struct world *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static void check_world(struct keeper_process *kp, const struct play *x, size_t done, enum err last)
{
	static const struct world nothing;
	const struct world *before = done == 0 ? &nothing : &steps[done - 1].after;
	struct world w = {0};

	see_source(kp, &x->s, &w);
	see_desk(kp, &x->s, &w);
	see_restored(kp, &x->told, &w);
	see_file(kp, &w, &w.chunks);
	if (is_world(&w, before))
		return;
	/* No answer, or one that it could not do because it does it no more. */
	if (done < STEPS && (last == ERR_END || last == ERR_LIBRARY) && is_world(&w, &steps[done].after))
		return;
	/* The last step's conversation may be half way. */
	if (done == STEPS - 1 && w.chunks <= 1)
		return;
	fail_msg("after %zu steps, %s answered \"%s\": %d %d %d %d %d %d %d %d %d %d %d", done,
		 done < STEPS ? steps[done].name : "-", err_text(last), w.conversation, w.messages, w.waiting,
		 w.replies, w.reply_seed, w.session, w.attachments, w.note, w.chunks, w.muted, w.restored);
}

static void check_next_exchange(struct keeper_process *kp)
{
	struct play x = play_new(kp);
	enum err last;
	size_t done;

	/* Its numbers and cursors begin anew in a store of its own. */
	keeper_stop(kp);
	fixture_end(kp->f);
	fixture_make(kp->f, CAPACITY, 1, 200);
	start(kp);
	done = play(&x, &last);
	if (done != STEPS)
		fail_msg("the next exchange stops at %s: %s", steps[done].name, err_text(last));
}

#endif
