/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "link/channel.h"
#include "link/wire.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t storage[LIMIT_MESSAGE];

/* ---- every message of the table: filled, written, read back */

static uint64_t counter;

static uint64_t next_value(void)
{
	return counter = counter * 6364136223846793005u + 1442695040888963407u;
}

static uint8_t pattern[LIMIT_MESSAGE];

#define U8(name)          m.name = (uint8_t)next_value();
#define U16(name)         m.name = (uint16_t)next_value();
#define U32(name)         m.name = (uint32_t)next_value();
#define U64(name)         m.name = next_value();
#define FIXED(name, size) memcpy(m.name, pattern, size);
#define BYTES(name, max)  m.name = bytes_of(pattern, (max) / 2 + 1);
#define MESSAGE(name, from, to, states, fds, fields)                                                                   \
	static void fill_##name(struct message_##name *out)                                                            \
	{                                                                                                              \
		struct message_##name m;                                                                               \
		memset(&m, 0, sizeof m);                                                                               \
		fields *out = m;                                                                                       \
	}
#include "link/messages.def"
#undef U8
#undef U16
#undef U32
#undef U64
#undef FIXED
#undef BYTES
#undef MESSAGE

/* Written, read and written again, the bytes are the same; one byte less or more is refused and changes nothing. */
#define MESSAGE(name, from, to, states, fds, fields)                                                                   \
	static void round_trip_##name(void)                                                                            \
	{                                                                                                              \
		static uint8_t first[LIMIT_MESSAGE], second[LIMIT_MESSAGE];                                            \
		struct message_##name a, b, untouched;                                                                 \
		struct buf w = buf_over(first, sizeof first);                                                          \
		struct buf again = buf_over(second, sizeof second);                                                    \
		struct bytes in;                                                                                       \
                                                                                                                       \
		fill_##name(&a);                                                                                       \
		message_put_##name(&w, &a);                                                                            \
		assert_false(w.failed);                                                                                \
		in = bytes_from(buf_view(&w), 2);                                                                      \
		assert_int_equal(message_get_##name(in, &b), ERR_OK);                                                  \
		message_put_##name(&again, &b);                                                                        \
		assert_true(bytes_eq(buf_view(&w), buf_view(&again)));                                                 \
		memset(&untouched, 0x5a, sizeof untouched);                                                            \
		memset(&b, 0x5a, sizeof b);                                                                            \
		assert_int_equal(message_get_##name(bytes_of(first + 2, in.n + 1), &b), ERR_FORMAT);                   \
		if (in.n > 0)                                                                                          \
			assert_int_equal(message_get_##name(bytes_first(in, in.n - 1), &b), ERR_FORMAT);               \
		assert_memory_equal(&b, &untouched, sizeof b);                                                         \
	}
#include "link/messages.def"
#undef MESSAGE

static void every_message_makes_the_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = (uint8_t)(i * 7 + 1);
#define MESSAGE(name, from, to, states, fds, fields) round_trip_##name();
#include "link/messages.def"
#undef MESSAGE
}

static void maxima_hold_both_ways(void **state)
{
	struct message_SESSION_PUT m = {.blob = bytes_of(pattern, LIMIT_SESSION_BLOB + 1)};
	struct buf w = buf_over(storage, sizeof storage);

	(void)state;
	message_put_SESSION_PUT(&w, &m);
	assert_true(w.failed);
	w = buf_over(storage, sizeof storage);
	buf_fill(&w, 0, 32);
	wire_put_u32(&w, LIMIT_SESSION_BLOB + 1);
	buf_fill(&w, 0, LIMIT_SESSION_BLOB + 1);
	assert_int_equal(message_get_SESSION_PUT(buf_view(&w), &m), ERR_TOO_BIG);
}

/* ---- channels */

static void send_ok(int fd, int passed)
{
	struct buf w = buf_over(storage, sizeof storage);
	const struct message_OK m;

	message_put_OK(&w, &m);
	assert_int_equal(channel_send(fd, &w, &passed, passed >= 0 ? 1 : 0, clock_ms() + 1000), ERR_OK);
}

static enum err receive(int fd, enum role from, enum role to, enum link_state state, struct incoming *in)
{
	return channel_receive(fd, 1u << from, to, state, storage, clock_ms() + 1000, in);
}

static void the_table_decides_who_may_say_what(void **state)
{
	int ends[2];
	struct incoming in;
	struct buf w = buf_over(storage, sizeof storage);
	const struct message_CIRCUIT circuit = {.circuit = 9};

	(void)state;
	assert_int_equal(channel_pair(ends), ERR_OK);
	send_ok(ends[0], -1);
	assert_int_equal(receive(ends[1], ROLE_KEEPER, ROLE_VISIT, STATE_UP, &in), ERR_OK);
	assert_int_equal(in.type, MESSAGE_OK);
	send_ok(ends[0], -1); /* the wrong sender */
	assert_int_equal(receive(ends[1], ROLE_DOOR, ROLE_VISIT, STATE_UP, &in), ERR_PEER);
	send_ok(ends[0], -1); /* the wrong receiver */
	assert_int_equal(receive(ends[1], ROLE_KEEPER, ROLE_DOOR, STATE_UP, &in), ERR_PEER);
	message_put_CIRCUIT(&w, &circuit); /* the wrong state: a worker that names a circuit once it serves one */
	assert_int_equal(channel_send(ends[0], &w, NULL, 0, 0), ERR_OK);
	assert_int_equal(receive(ends[1], ROLE_DOOR, ROLE_KEEPER, STATE_OPEN, &in), ERR_PEER);
	close(ends[0]);
	assert_int_equal(receive(ends[1], ROLE_KEEPER, ROLE_VISIT, STATE_UP, &in), ERR_END);
	close(ends[1]);
}

static void what_is_not_in_the_table_is_refused(void **state)
{
	static uint8_t too_long[LIMIT_MESSAGE + 1];
	const uint8_t unknown[2] = {0xff, 0xff};
	int ends[2];
	struct incoming in;

	(void)state;
	assert_int_equal(channel_pair(ends), ERR_OK);
	assert_int_equal(send(ends[0], unknown, 2, 0), 2);
	assert_int_equal(receive(ends[1], ROLE_KEEPER, ROLE_VISIT, STATE_UP, &in), ERR_PEER);
	assert_int_equal(send(ends[0], unknown, 1, 0), 1);
	assert_int_equal(receive(ends[1], ROLE_KEEPER, ROLE_VISIT, STATE_UP, &in), ERR_PEER);
	too_long[0] = MESSAGE_OK;
	assert_int_equal(send(ends[0], too_long, sizeof too_long, 0), sizeof too_long);
	assert_int_equal(receive(ends[1], ROLE_KEEPER, ROLE_VISIT, STATE_UP, &in), ERR_PEER);
	close(ends[0]);
	close(ends[1]);
}

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void descriptors_come_only_where_the_table_says(void **state)
{
	int ends[2];
	struct incoming in;
	struct buf w = buf_over(storage, sizeof storage);
	const struct message_CONNECTION m;
	int before;

	(void)state;
	assert_int_equal(channel_pair(ends), ERR_OK);
	before = open_descriptors();
	send_ok(ends[0], ends[0]); /* OK carries none: refused, and nothing stays open */
	assert_int_equal(receive(ends[1], ROLE_KEEPER, ROLE_VISIT, STATE_UP, &in), ERR_PEER);
	assert_int_equal(open_descriptors(), before);
	message_put_CONNECTION(&w, &m); /* CONNECTION carries one */
	assert_int_equal(channel_send(ends[0], &w, NULL, 0, 0), ERR_OK);
	assert_int_equal(receive(ends[1], ROLE_DOOR, ROLE_VISIT, STATE_UP, &in), ERR_PEER);
	w = buf_over(storage, sizeof storage);
	message_put_CONNECTION(&w, &m);
	assert_int_equal(channel_send(ends[0], &w, (int[]){ends[0], ends[0]}, 2, 0), ERR_OK); /* not two */
	assert_int_equal(receive(ends[1], ROLE_DOOR, ROLE_VISIT, STATE_UP, &in), ERR_PEER);
	assert_int_equal(open_descriptors(), before);
	w = buf_over(storage, sizeof storage);
	message_put_CONNECTION(&w, &m);
	assert_int_equal(channel_send(ends[0], &w, ends, 1, 0), ERR_OK);
	assert_int_equal(receive(ends[1], ROLE_DOOR, ROLE_VISIT, STATE_UP, &in), ERR_OK);
	assert_int_equal(in.fd_count, 1);
	assert_int_equal(fcntl(in.fds[0], F_GETFD), FD_CLOEXEC);
	incoming_close(&in);
	assert_int_equal(open_descriptors(), before);
	close(ends[0]);
	close(ends[1]);
}

/* A record without a byte reads as the end does; its descriptors must not stay all the same. */
static void an_empty_record_leaves_no_descriptors(void **state)
{
	union {
		struct cmsghdr align;
		uint8_t space[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	struct msghdr m = {.msg_control = control.space, .msg_controllen = sizeof control.space};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int ends[2];
	struct incoming in;
	int before;

	(void)state;
	assert_int_equal(channel_pair(ends), ERR_OK);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(c), ends, sizeof ends);
	before = open_descriptors();
	assert_int_equal(sendmsg(ends[0], &m, 0), 0);
	assert_int_equal(receive(ends[1], ROLE_VISIT, ROLE_KEEPER, STATE_OPEN, &in), ERR_PEER);
	assert_int_equal(in.fd_count, 0);
	assert_int_equal(open_descriptors(), before);
	m.msg_control = NULL;
	m.msg_controllen = 0;
	assert_int_equal(sendmsg(ends[0], &m, 0), 0);
	assert_int_equal(receive(ends[1], ROLE_VISIT, ROLE_KEEPER, STATE_OPEN, &in), ERR_END);
	close(ends[0]);
	close(ends[1]);
}

static void deadlines_and_ends_are_told_apart(void **state)
{
	int ends[2];
	struct incoming in;
	struct buf w = buf_over(storage, sizeof storage);
	const struct message_OK m;

	(void)state;
	assert_int_equal(channel_pair(ends), ERR_OK);
	assert_int_equal(channel_receive(ends[1], 1u << ROLE_KEEPER, ROLE_VISIT, STATE_UP, storage, clock_ms(), &in),
			 ERR_TIMEOUT);
	close(ends[1]);
	message_put_OK(&w, &m);
	assert_int_equal(channel_send(ends[0], &w, NULL, 0, clock_ms()), ERR_PEER);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_message_makes_the_round_trip),
	    cmocka_unit_test(maxima_hold_both_ways),
	    cmocka_unit_test(the_table_decides_who_may_say_what),
	    cmocka_unit_test(what_is_not_in_the_table_is_refused),
	    cmocka_unit_test(descriptors_come_only_where_the_table_says),
	    cmocka_unit_test(an_empty_record_leaves_no_descriptors),
	    cmocka_unit_test(deadlines_and_ends_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
