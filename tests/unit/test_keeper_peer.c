/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper_process.h"

#include "base/random.h"
#include "link/wire.h"
#include "process_memory.h"

/* ---- the whole exchange */

static void read_reply(int fd, uint16_t number, uint32_t seed, uint64_t size)
{
	struct message_FILE_CHUNK m;
	struct incoming in;
	uint64_t at = 0;

	for (;;) {
		SEND(fd, REPLY_READ, .number = number, .kind = FILE_TEXT, .offset = at);
		if (answer(fd, &in) == MESSAGE_DONE)
			break;
		assert_int_equal(in.type, MESSAGE_FILE_CHUNK);
		assert_int_equal(message_get_FILE_CHUNK(in.fields, &m), ERR_OK);
		for (size_t i = 0; i < m.data.n; i++)
			assert_int_equal(m.data.p[i], file_byte(seed, at + i));
		at += m.data.n;
	}
	assert_int_equal(at, size);
}

static void a_source_and_a_desk_talk(void **state)
{
	struct keeper_process kp = keeper_new();
	struct source s = source_new();
	int visit = open_peer(&kp, ROLE_VISIT);
	int collect = open_peer(&kp, ROLE_COLLECT);
	struct message_MESSAGE_ENTRY entry;
	struct message_REPLY_ENTRY reply;
	struct message_COLLECT_ENTRY found;
	struct incoming in;

	(void)state;
	SEND(visit, RESERVE, .size = 1u << 20);
	assert_int_equal(result(visit), ERR_OK);
	send_file(visit, FILE_TEXT, 1, 5000, 5000);
	assert_int_equal(result(visit), ERR_OK);
	send_file(visit, FILE_DATA, 2, 900000, LIMIT_CHUNK_SEALED);
	assert_int_equal(result(visit), ERR_OK);
	send_file(visit, FILE_META, 3, 1200, 1200);
	assert_int_equal(result(visit), ERR_OK);
	assert_int_equal(send_create(visit, &s), ERR_OK);

	assert_int_equal(send_desk_auth(collect, kp.f), ERR_OK);
	SEND(collect, COLLECT_NEXT, .after = 0);
	assert_int_equal(
	    channel_receive(collect, 1u << ROLE_KEEPER, ROLE_COLLECT, STATE_UP, in_storage, clock_ms() + 5000, &in),
	    ERR_OK);
	assert_int_equal(message_get_COLLECT_ENTRY(in.fields, &found), ERR_OK);
	assert_memory_equal(found.conversation, s.id, 16);
	assert_int_equal(found.files.n, 3 * 11);
	assert_true(bytes_eq(found.recipient, RECIPIENT));
	send_file(collect, FILE_TEXT, 4, 70000, 1234);
	assert_int_equal(result(collect), ERR_OK);
	assert_int_equal(send_reply(collect, s.id, "0001"), ERR_OK);
	SEND(collect, COLLECTED, .cursor = found.cursor);
	assert_int_equal(result(collect), ERR_OK);
	SEND(collect, COLLECTED, .cursor = found.cursor + 1);
	assert_int_equal(result(collect), ERR_NOT_FOUND);

	close(visit);
	visit = open_peer(&kp, ROLE_VISIT);
	assert_int_equal(send_auth(visit, &s), ERR_OK);
	SEND(visit, MESSAGE_NEXT, .after = 0);
	assert_int_equal(answer(visit, &in), MESSAGE_MESSAGE_ENTRY);
	assert_int_equal(message_get_MESSAGE_ENTRY(in.fields, &entry), ERR_OK);
	assert_int_equal(entry.receipt, RECEIPT_COLLECTED);
	SEND(visit, MESSAGE_NEXT, .after = entry.number);
	assert_int_equal(answer(visit, &in), MESSAGE_DONE);
	SEND(visit, REPLY_NEXT, .after = 0);
	assert_int_equal(answer(visit, &in), MESSAGE_REPLY_ENTRY);
	assert_int_equal(message_get_REPLY_ENTRY(in.fields, &reply), ERR_OK);
	read_reply(visit, reply.number, 4, 70000);
	SEND(visit, REPLY_DELETE, .number = reply.number);
	assert_int_equal(result(visit), ERR_OK);
	SEND(visit, REPLY_READ, .number = reply.number, .kind = FILE_TEXT);
	assert_int_equal(result(visit), ERR_NOT_FOUND);
	SEND(visit, CONVERSATION_DELETE);
	assert_int_equal(result(visit), ERR_OK);
	assert_int_equal(send_auth(visit, &s), ERR_AUTH);
	close(visit);
	close(collect);
	keeper_free(&kp);
}

/* ---- what somebody proves himself with is looked at, and not kept */

static void proofs_and_tokens_are_not_kept(void **state)
{
	struct keeper_process kp = keeper_new();
	struct source s = source_new();
	int visit = open_peer(&kp, ROLE_VISIT);
	int collect = open_peer(&kp, ROLE_COLLECT);
	uint8_t token[32];

	(void)state;
	assert_int_equal(send_auth(visit, &s), ERR_AUTH);
	assert_true(memory_forgets(kp.pid, BYTES_ARRAY(s.proof)));
	make_owner(visit, &s);
	assert_int_equal(send_auth(visit, &s), ERR_OK);
	assert_true(memory_forgets(kp.pid, BYTES_ARRAY(s.proof)));
	random_fill(token, sizeof token);
	assert_int_equal(send_token(collect, token), ERR_AUTH);
	assert_true(memory_forgets(kp.pid, BYTES_ARRAY(token)));
	close(visit);
	close(collect);
	keeper_free(&kp);
}

/* ---- what is not legal drops the peer, and nobody else */

static bool dropped(int fd)
{
	struct incoming in;

	for (;;) {
		enum message type = answer(fd, &in);
		if (type == MESSAGE_COUNT)
			return true;
		if (type != MESSAGE_OK && type != MESSAGE_REFUSED)
			return false;
	}
}

struct bystander {
	int fd;
	uint64_t turns;
};

static void still_served(struct bystander *b)
{
	SEND(b->fd, RESERVE, .size = ++b->turns % 1000);
	assert_int_equal(result(b->fd), ERR_OK);
}

/* A peer in the state, as its honest worker would have brought it there. */
static int peer_in(struct keeper_process *kp, enum role kind, enum link_state state)
{
	struct source s = source_new();
	int fd = peer_of(kp, kind);

	if (state != STATE_NEW)
		SEND(fd, CIRCUIT, .circuit = ++circuits);
	if (state == STATE_OWNER)
		make_owner(fd, &s);
	if (state == STATE_DESK)
		assert_int_equal(send_desk_auth(fd, kp->f), ERR_OK);
	if (state == STATE_FILE)
		SEND(fd, FILE_BEGIN, .kind = FILE_TEXT);
	return fd;
}

static bool legal(enum role kind, enum link_state state, enum message m)
{
	enum role from = state == STATE_NEW ? ROLE_DOOR : kind;
	const struct message_rule *r = &message_rules[m];

	return (r->from & 1u << from) != 0 && (r->to & 1u << ROLE_KEEPER) != 0 && (r->states & 1u << state) != 0;
}

static void every_message_in_every_illegal_state(void **state)
{
	static const struct {
		enum role kind;
		enum link_state state;
	} places[] = {
	    {ROLE_VISIT, STATE_NEW},    {ROLE_VISIT, STATE_OPEN},   {ROLE_VISIT, STATE_OWNER},
	    {ROLE_VISIT, STATE_FILE},   {ROLE_COLLECT, STATE_NEW},  {ROLE_COLLECT, STATE_OPEN},
	    {ROLE_COLLECT, STATE_DESK}, {ROLE_COLLECT, STATE_FILE},
	};
	struct keeper_process kp = keeper_new();
	struct bystander b = {.fd = open_peer(&kp, ROLE_VISIT)};
	int tried = 0;

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		/* One number past the table, too. */
		for (unsigned m = 0; m <= MESSAGE_COUNT; m++) {
			struct buf record = buf_over(out_storage, sizeof out_storage);
			int fd;
			if (m < MESSAGE_COUNT && legal(places[i].kind, places[i].state, (enum message)m))
				continue;
			fd = peer_in(&kp, places[i].kind, places[i].state);
			wire_put_u16(&record, (uint16_t)m);
			buf_fill(&record, 0, 100);
			assert_int_equal(send_record(fd, &record), ERR_OK);
			assert_true(dropped(fd));
			close(fd);
			still_served(&b);
			tried++;
		}
	}
	assert_true(tried > 300);
	close(b.fd);
	keeper_free(&kp);
}

/* Legal messages whose fields are short, long or beyond their maximum. */
static void every_message_with_broken_fields(void **state)
{
	static const struct {
		enum role kind;
		enum link_state state;
	} places[] = {{ROLE_VISIT, STATE_NEW},    {ROLE_VISIT, STATE_OPEN},   {ROLE_VISIT, STATE_OWNER},
		      {ROLE_COLLECT, STATE_DESK}, {ROLE_COLLECT, STATE_OPEN}, {ROLE_VISIT, STATE_FILE}};
	struct keeper_process kp = keeper_new();
	struct bystander b = {.fd = open_peer(&kp, ROLE_VISIT)};
	int tried = 0;

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		for (unsigned m = 0; m < MESSAGE_COUNT; m++) {
			if (!legal(places[i].kind, places[i].state, (enum message)m))
				continue;
			/* Too much of 0 for fields of fixed size, of 0xff for lengths; a number alone is short but
			 * for messages without fields. */
			for (int fill = 0; fill < 2; fill++) {
				struct buf record = buf_over(out_storage, sizeof out_storage);
				int fd = peer_in(&kp, places[i].kind, places[i].state);
				wire_put_u16(&record, (uint16_t)m);
				buf_fill(&record, fill == 0 ? 0 : 0xff, 5000);
				assert_int_equal(send_record(fd, &record), ERR_OK);
				assert_true(dropped(fd));
				close(fd);
				still_served(&b);
				tried++;
			}
		}
	}
	assert_true(tried > 40);
	close(b.fd);
	keeper_free(&kp);
}

static void poisoned_values(void **state)
{
	struct keeper_process kp = keeper_new();
	struct bystander b = {.fd = open_peer(&kp, ROLE_VISIT)};
	struct source s = source_new();
	struct buf empty;
	int fd;

	(void)state;
#define BAD(kind, place, ...)                                                                                          \
	fd = peer_in(&kp, kind, place);                                                                                \
	__VA_ARGS__;                                                                                                   \
	assert_true(dropped(fd));                                                                                      \
	close(fd);                                                                                                     \
	still_served(&b)

	BAD(ROLE_VISIT, STATE_OPEN, SEND(fd, FILE_BEGIN, .kind = FILE_KIND_COUNT));
	BAD(ROLE_VISIT, STATE_OPEN, SEND(fd, FILE_BEGIN, .kind = 255));
	BAD(ROLE_VISIT, STATE_FILE, SEND(fd, FILE_END, .keep = 2));
	BAD(ROLE_VISIT, STATE_OWNER, SEND(fd, REPLY_READ, .number = 1, .kind = 3));
	BAD(ROLE_COLLECT, STATE_DESK, SEND(fd, MESSAGE_READ, .number = 1, .kind = 200));
	/* Submissions whose files are no message: none; a wrong first one; half a pair. */
	BAD(ROLE_VISIT, STATE_OPEN, (void)send_create(fd, &s));
	BAD(ROLE_VISIT, STATE_OWNER, SEND(fd, SUBMIT, .desks = 1));
	BAD(ROLE_VISIT, STATE_OWNER, send_file(fd, FILE_META, 1, 10, 10); SEND(fd, SUBMIT, .desks = 1));
	BAD(ROLE_VISIT, STATE_OWNER, send_file(fd, FILE_TEXT, 1, 10, 10); send_file(fd, FILE_DATA, 1, 10, 10);
	    SEND(fd, SUBMIT, .desks = 1));
	BAD(ROLE_COLLECT, STATE_DESK, SEND(fd, REPLY_PUT, .name = BYTES_LITERAL("x")));
	BAD(ROLE_COLLECT, STATE_DESK, send_file(fd, FILE_TEXT, 1, 10, 10);
	    SEND(fd, REPLY_PUT, .name = bytes_of("", 0)));
	/* More files than a message may have. */
	BAD(ROLE_VISIT, STATE_OPEN, for (int i = 0; i < ENTRY_FILES + 1; i++) send_file(fd, FILE_TEXT, 1, 1, 1));
	/* A descriptor where none belongs. */
	BAD(ROLE_VISIT, STATE_OPEN, empty = buf_over(out_storage, sizeof out_storage);
	    message_put_DRAFT_DROP(&empty, &(struct message_DRAFT_DROP){});
	    assert_int_equal(channel_send(fd, &empty, &b.fd, 1, clock_ms() + 1000), ERR_OK));
	/* A worker that asks and never listens. */
	fd = peer_in(&kp, ROLE_VISIT, STATE_OPEN);
	for (int i = 0; i < 20000; i++) {
		empty = buf_over(out_storage, sizeof out_storage);
		message_put_DRAFT_DROP(&empty, &(struct message_DRAFT_DROP){});
		if (send_record(fd, &empty) != ERR_OK)
			break;
	}
	assert_true(dropped(fd));
	close(fd);
	still_served(&b);
#undef BAD
	/* Numbers that are only large are only not found. */
	fd = peer_in(&kp, ROLE_VISIT, STATE_OWNER);
	SEND(fd, REPLY_READ, .number = UINT16_MAX, .kind = FILE_TEXT, .offset = UINT64_MAX);
	assert_int_equal(result(fd), ERR_NOT_FOUND);
	SEND(fd, REPLY_DELETE, .number = 0);
	assert_int_equal(result(fd), ERR_NOT_FOUND);
	SEND(fd, RESERVE, .size = UINT64_MAX);
	assert_int_equal(result(fd), ERR_FULL);
	close(fd);
	close(b.fd);
	keeper_free(&kp);
}

static void more_workers_than_places(void **state)
{
	struct keeper_process kp = keeper_new();
	int fds[LIMIT_KEEPER_PEERS + 5];

	(void)state;
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS + 5; i++)
		fds[i] = peer_of(&kp, ROLE_VISIT);
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS + 5; i++) {
		SEND(fds[i], CIRCUIT, .circuit = 1);
		SEND(fds[i], DRAFT_DROP);
		assert_int_equal(result(fds[i]), i < LIMIT_KEEPER_PEERS ? ERR_OK : ERR_END);
	}
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS + 5; i++)
		close(fds[i]);
	keeper_free(&kp);
}

static void an_unfinished_upload_vanishes_with_its_channel(void **state)
{
	struct keeper_process kp = keeper_new();
	int fd = open_peer(&kp, ROLE_VISIT);
	struct message_STORE_STATUS m = {0};
	struct incoming in;
	uint64_t empty;

	(void)state;
	for (;;) {
		assert_int_equal(channel_receive(kp.init, 1u << ROLE_KEEPER, ROLE_INIT, STATE_UP, in_storage,
						 clock_ms() + 5000, &in),
				 ERR_OK);
		assert_int_equal(message_get_STORE_STATUS(in.fields, &m), ERR_OK);
		break;
	}
	empty = m.used;
	send_file(fd, FILE_TEXT, 1, 2000000, LIMIT_CHUNK_SEALED);
	assert_int_equal(result(fd), ERR_OK);
	SEND(fd, FILE_BEGIN, .kind = FILE_DATA);
	do {
		assert_int_equal(channel_receive(kp.init, 1u << ROLE_KEEPER, ROLE_INIT, STATE_UP, in_storage,
						 clock_ms() + 5000, &in),
				 ERR_OK);
		assert_int_equal(message_get_STORE_STATUS(in.fields, &m), ERR_OK);
	} while (m.used < 1900000);
	close(fd);
	do {
		assert_int_equal(channel_receive(kp.init, 1u << ROLE_KEEPER, ROLE_INIT, STATE_UP, in_storage,
						 clock_ms() + 5000, &in),
				 ERR_OK);
		assert_int_equal(message_get_STORE_STATUS(in.fields, &m), ERR_OK);
	} while (m.used > empty);
	keeper_free(&kp);
}

/* ---- a collector that takes its time */

static off_t size_of_database(const struct fixture *f)
{
	struct stat st;
	char path[96];

	fixture_path(f, "data", path);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* While it has read one chunk and not asked for the next, others write and forget: no page waits for it, and what it
 * reads then is what it would have read. */
static void a_slow_collector_pins_nothing(void **state)
{
	struct keeper_process kp = keeper_new();
	struct source s = source_new();
	int visit = open_peer(&kp, ROLE_VISIT);
	int collect = open_peer(&kp, ROLE_COLLECT);
	struct incoming in;
	off_t size = 0;

	(void)state;
	send_file(visit, FILE_TEXT, 1, 500000, LIMIT_CHUNK_SEALED);
	assert_int_equal(result(visit), ERR_OK);
	assert_int_equal(send_create(visit, &s), ERR_OK);
	assert_int_equal(send_desk_auth(collect, kp.f), ERR_OK);
	send_about(collect, MESSAGE_MESSAGE_READ, BYTES_ARRAY(s.id), BYTES_LITERAL("\1\0\0\0\0\0\0\0\0\0\0"));
	assert_int_equal(answer_to_collect(collect, &in), MESSAGE_FILE_CHUNK);
	for (int round = 0; round < 300; round++) {
		struct source other = source_new();
		int fd = open_peer(&kp, ROLE_VISIT);
		make_owner(fd, &other);
		SEND(fd, CONVERSATION_DELETE);
		assert_int_equal(result(fd), ERR_OK);
		close(fd);
		if (round == 50)
			size = size_of_database(kp.f);
	}
	assert_true(size_of_database(kp.f) <= size + 64 * 1024);
	check_message(collect, s.id, 1, FILE_TEXT, 1, 500000);
	close(visit);
	close(collect);
	keeper_free(&kp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_source_and_a_desk_talk),
	    cmocka_unit_test(proofs_and_tokens_are_not_kept),
	    cmocka_unit_test(every_message_in_every_illegal_state),
	    cmocka_unit_test(every_message_with_broken_fields),
	    cmocka_unit_test(poisoned_values),
	    cmocka_unit_test(more_workers_than_places),
	    cmocka_unit_test(a_slow_collector_pins_nothing),
	    cmocka_unit_test(an_unfinished_upload_vanishes_with_its_channel),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
