/* SPDX-License-Identifier: GPL-3.0-or-later
 * The door as a process: who gets a worker, who waits, who goes. */
#include "door_stage.h"
#include "process_memory.h"

#include <errno.h>
#include <poll.h>

#include "base/random.h"
#include "door/busy.h"
#include "door/port.h"
#include "pages/pages.h"

enum { BUSY_LEN = 24 * 1024 };

static void test_asks_for_workers(void **state)
{
	struct stage s = open_door(true);

	(void)state;
	hear(&s, QUIET_MS, NULL);
	assert_int_equal(s.wanted[0], LIMIT_IDLE_VISITS);
	assert_int_equal(s.wanted[1], LIMIT_IDLE_COLLECTS);
	assert_int_equal(close_door(&s), 0);
}

static void test_hands_over(void **state)
{
	struct stage s = open_door(true);
	struct actor a = offer(&s, ROLE_VISIT);
	int client = knock_as(0, 0x120034, "GET / HTTP/1.1\r\n");
	struct incoming in;
	char text[64] = "";
	size_t got;
	int fd;

	(void)state;
	/* take() wants the CIRCUIT while the door's copy of the keeper's channel closes. */
	{
		struct message_WORKER_BUSY busy;
		assert_true(hear(&s, SOON_MS, &busy));
		assert_int_equal(busy.kind, ROLE_VISIT);
		assert_int_equal(busy.slot, 0);
		assert_int_equal(busy.circuit, 0x120034);
	}
	assert_int_equal(
	    channel_receive(a.channel, 1u << ROLE_DOOR, ROLE_VISIT, STATE_UP, storage, clock_ms() + SOON_MS, &in),
	    ERR_OK);
	fd = in.fds[0];
	/* Not a byte more than the line was read. */
	assert_int_equal(fd_read_some(fd, text, sizeof text, clock_ms() + SOON_MS, &got), ERR_OK);
	assert_string_equal(text, "GET / HTTP/1.1\r\n");
	/* The worker is replaced at once; and again when it ends nothing more is asked than was missing. */
	hear(&s, QUIET_MS, NULL);
	assert_int_equal(s.wanted[0], LIMIT_IDLE_VISITS);
	close(fd);
	close(client);
	leave(&a);
	hear(&s, QUIET_MS, NULL);
	assert_int_equal(s.wanted[0], LIMIT_IDLE_VISITS);
	assert_int_equal(close_door(&s), 0);
}

static void test_the_two_doors(void **state)
{
	struct stage s = open_door(true);
	struct actor desk = offer(&s, ROLE_COLLECT);
	struct actor source = offer(&s, ROLE_VISIT);
	int b = knock_as(1, 7, "GET /v1/status");
	int fd = take(&s, &desk, 7);
	int a;

	(void)state;
	a = knock_as(0, 8, "GET /");
	close(take(&s, &source, 8));
	close(fd);
	close(a);
	close(b);
	leave(&desk);
	leave(&source);
	assert_int_equal(close_door(&s), 0);
}

static void test_line_in_pieces(void **state)
{
	static const char line[] = "PROXY TCP6 fc00:dead:beef:4dad::0:23 ::1 35 80\r\nG";
	struct stage s = open_door(true);
	struct actor a = offer(&s, ROLE_VISIT);
	int client = knock(0);

	(void)state;
	for (size_t i = 0; i < sizeof line - 1; i++) {
		assert_int_equal(write(client, &line[i], 1), 1);
		poll(NULL, 0, 1);
	}
	close(take(&s, &a, 0x23));
	close(client);
	leave(&a);
	assert_int_equal(close_door(&s), 0);
}

static void test_bad_lines_are_dropped(void **state)
{
	static const char *const bad[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
					  "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\nGET /",
					  "PROXY TCP6 fc00:dead:beef:4dad::0:23 ::1 35 80\nGET /", "\r\n"};
	struct stage s = open_door(true);
	struct actor a = offer(&s, ROLE_VISIT);

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char text[16];
		int client = knock(0);
		say(client, bad[i]);
		assert_int_equal(read_all(client, text, sizeof text), 0);
		close(client);
	}
	assert_false(hear(&s, QUIET_MS, &(struct message_WORKER_BUSY){0}));
	leave(&a);
	assert_int_equal(close_door(&s), 0);
}

/* No worker for one who says nothing, or goes away before. */
static void test_a_worker_only_for_bytes(void **state)
{
	struct stage s = open_door(true);
	struct actor a = offer(&s, ROLE_VISIT);
	int silent = knock_as(0, 1, "");
	int gone = knock_as(0, 2, "");

	(void)state;
	close(gone);
	assert_false(hear(&s, QUIET_MS, &(struct message_WORKER_BUSY){0}));
	say(silent, "G");
	close(take(&s, &a, 1));
	close(silent);
	leave(&a);
	assert_int_equal(close_door(&s), 0);
}

static void test_idle_workers_that_end_are_replaced(void **state)
{
	struct stage s = open_door(true);
	struct actor a = offer(&s, ROLE_VISIT);
	struct actor b = offer(&s, ROLE_VISIT);
	struct actor c;
	int client;

	(void)state;
	assert_int_equal(s.wanted[0], LIMIT_IDLE_VISITS - 2);
	leave(&a);
	/* The keeper's end alone: as when the keeper died. */
	close(b.keeper);
	hear(&s, QUIET_MS, NULL);
	assert_int_equal(s.wanted[0], LIMIT_IDLE_VISITS);
	/* The door let go of its end, so the worker ends. */
	assert_int_equal(channel_receive(b.channel, 1u << ROLE_DOOR, ROLE_VISIT, STATE_UP, storage,
					 clock_ms() + SOON_MS, &(struct incoming){0}),
			 ERR_END);
	close(b.channel);
	client = knock_as(0, 5, "x");
	c = offer(&s, ROLE_VISIT);
	close(take(&s, &c, 5));
	close(client);
	leave(&c);
	assert_int_equal(close_door(&s), 0);
}

static void test_a_circuit_has_its_part(void **state)
{
	enum { PART = LIMIT_VISIT_SLOTS / LIMIT_CIRCUIT_PART };
	struct stage s = open_door(true);
	struct actor actors[PART + 2];
	int clients[PART + 1];
	int fds[PART + 1];
	int other;

	(void)state;
	for (size_t i = 0; i < PART; i++) {
		actors[i] = offer(&s, ROLE_VISIT);
		clients[i] = knock_as(0, 9, "x");
		fds[i] = take(&s, &actors[i], 9);
	}
	actors[PART] = offer(&s, ROLE_VISIT);
	clients[PART] = knock_as(0, 9, "x");
	assert_false(hear(&s, QUIET_MS, &(struct message_WORKER_BUSY){0}));
	/* Another one is not held up by it. */
	other = knock_as(0, 10, "x");
	close(take(&s, &actors[PART], 10));
	/* One of its workers breaks with the door, and counts all the same; it ends, and the circuit has the next. */
	actors[PART + 1] = offer(&s, ROLE_VISIT);
	leave(&actors[0]);
	assert_false(hear(&s, QUIET_MS, &(struct message_WORKER_BUSY){0}));
	close(fds[0]);
	reap(&s, ROLE_VISIT, 0);
	fds[PART] = take(&s, &actors[PART + 1], 9);
	for (size_t i = 1; i <= PART; i++) {
		close(fds[i]);
		leave(&actors[i]);
	}
	for (size_t i = 0; i <= PART; i++)
		close(clients[i]);
	leave(&actors[PART + 1]);
	close(other);
	assert_int_equal(close_door(&s), 0);
}

/* Drawn after the door was begun: it has no other copy. */
static void draw(char text[static 33])
{
	uint8_t drawn[16];
	struct buf hex = buf_over(text, 32);

	random_fill(drawn, sizeof drawn);
	buf_hex(&hex, BYTES_ARRAY(drawn));
	text[32] = '\0';
}

/* The queue is full: the next one gets the page, whole, and those before it keep their places. */
static void test_busy_answer(void **state)
{
	static char text[BUSY_LEN + 1];
	static uint8_t piece[1 << 16];
	struct stage s = open_door(true);
	char typed[33];
	int clients[LIMIT_DOOR_WAITING];
	struct actor a;
	int extra;

	(void)state;
	for (uint32_t i = 0; i < LIMIT_DOOR_WAITING; i++)
		clients[i] = knock_as(0, 100 + i, "GET / HTTP/1.1\r\n\r\n");
	extra = knock_as(0, 99, "GET / HTTP/1.1\r\n\r\n");
	assert_int_equal(read_all(extra, text, sizeof text), BUSY_LEN);
	assert_memory_equal(text, busy_page().p, BUSY_LEN);
	assert_non_null(strstr(text, "503"));
	close(extra);
	/* A browser with a body sends all of it before it reads. What it typed stays nowhere. */
	draw(typed);
	memcpy(piece + 1000, typed, 32);
	extra = knock_as(0, 99, "POST /write HTTP/1.1\r\nContent-Length: 4194304\r\n\r\n");
	for (size_t sent = 0; sent < 4u << 20; sent += sizeof piece)
		assert_int_equal(send(extra, piece, sizeof piece, MSG_NOSIGNAL), sizeof piece);
	assert_int_equal(recv(extra, text, BUSY_LEN, MSG_WAITALL), BUSY_LEN);
	assert_memory_equal(text, busy_page().p, BUSY_LEN);
	assert_true(memory_forgets(s.door, bytes_of(typed, 32)));
	close(extra);
	a = offer(&s, ROLE_VISIT);
	close(take(&s, &a, 100));
	leave(&a);
	for (size_t i = 0; i < LIMIT_DOOR_WAITING; i++)
		close(clients[i]);
	assert_int_equal(close_door(&s), 0);
}

/* Half of the workers are busy: no worker for half a head; those that are busy for long are told to hurry; who has no
 * body goes before who may have one. */
static void test_short_of_workers(void **state)
{
	enum { HALF = LIMIT_VISIT_SLOTS / 2 };
	struct stage s = open_door(true);
	struct actor actors[HALF + 2];
	int clients[HALF];
	int fds[HALF];
	struct incoming in;
	char head[100];
	char cookie[33];
	int slow;
	int body;
	int page;

	(void)state;
	for (uint32_t i = 0; i < HALF; i++) {
		actors[i] = offer(&s, ROLE_VISIT);
		clients[i] = knock_as(0, 100 + i, "P");
		fds[i] = take(&s, &actors[i], 100 + i);
	}
	draw(cookie);
	snprintf(head, sizeof head, "GET / HTTP/1.1\r\nCookie: s=%s\r\n", cookie);
	slow = knock_as(0, 1, head);
	assert_true(memory_forgets(s.door, bytes_of(cookie, 32)));
	body = knock_as(0, 2, "POST / HTTP/1.1\r\n\r\n");
	page = knock_as(0, 3, "GET / HTTP/1.1\r\n\r\n");
	door_settles(&s);
	actors[HALF] = offer(&s, ROLE_VISIT);
	close(take(&s, &actors[HALF], 3));
	/* It knows at once that others wait. */
	assert_int_equal(channel_receive(actors[HALF].channel, 1u << ROLE_DOOR, ROLE_VISIT, STATE_UP, storage,
					 clock_ms() + SOON_MS, &in),
			 ERR_OK);
	assert_int_equal(in.type, MESSAGE_HURRY);
	actors[HALF + 1] = offer(&s, ROLE_VISIT);
	close(take(&s, &actors[HALF + 1], 2));
	leave(&actors[HALF + 1]);
	actors[HALF + 1] = offer(&s, ROLE_VISIT);
	assert_false(hear(&s, 2 * LIMIT_LOOK_MS, &(struct message_WORKER_BUSY){0}));
	say(slow, "\r\n");
	close(take(&s, &actors[HALF + 1], 1));
	assert_int_equal(channel_receive(actors[0].channel, 1u << ROLE_DOOR, ROLE_VISIT, STATE_UP, storage,
					 clock_ms() + LIMIT_LONG_MS + SOON_MS, &in),
			 ERR_OK);
	assert_int_equal(in.type, MESSAGE_HURRY);
	for (size_t i = 0; i < HALF; i++) {
		close(fds[i]);
		close(clients[i]);
	}
	for (size_t i = 0; i < HALF + 2; i++)
		leave(&actors[i]);
	close(slow);
	close(body);
	close(page);
	assert_int_equal(close_door(&s), 0);
}

/* Many half heads at once, before there are workers: half of the workers is all that they get. */
static void test_half_heads_at_once(void **state)
{
	enum { HALF = LIMIT_VISIT_SLOTS / 2 };
	struct stage s = open_door(true);
	struct actor actors[HALF + 1];
	int clients[2 * HALF];
	int page;

	(void)state;
	for (uint32_t i = 0; i < 2 * HALF; i++)
		clients[i] = knock_as(0, 100 + i, "G");
	door_settles(&s);
	page = knock_as(0, 1, "GET / HTTP/1.1\r\n\r\n");
	door_settles(&s);
	for (size_t i = 0; i <= HALF; i++) {
		actors[i] = offer(&s, ROLE_VISIT);
		close(take(&s, &actors[i], i < HALF ? 100 + (uint32_t)i : 1));
	}
	for (size_t i = 0; i <= HALF; i++)
		leave(&actors[i]);
	for (size_t i = 0; i < 2 * HALF; i++)
		close(clients[i]);
	close(page);
	assert_int_equal(close_door(&s), 0);
}

/* Who says nothing, in a shortage, is looked at again later and not at once: the door would spin. */
static void test_a_look_at_nothing(void **state)
{
	struct waiting waiting;
	struct hand hand;
	struct port p = {.kind = ROLE_VISIT,
			 .listener = -1,
			 .waiting = &waiting,
			 .waiting_count = 1,
			 .hands = &hand,
			 .slot_count = 1};
	struct pollfd fds[PORT_WATCH_FIXED + 3];
	int pair[2];
	uint64_t now;

	(void)state;
	port_open(&p);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	now = clock_ms();
	waiting =
	    (struct waiting){.state = WAITING_HEAD, .fd = pair[0], .look_ms = now, .deadline_ms = now + LIMIT_HEAD_MS};
	assert_int_equal(port_watch(&p, fds), PORT_WATCH_FIXED + 3);
	for (size_t i = 0; i < PORT_WATCH_FIXED + 3; i++)
		fds[i].revents = 0;
	port_react(&p, fds);
	assert_int_equal(waiting.state, WAITING_HEAD);
	assert_true(port_next_ms(&p) > now && waiting.deadline_ms == now + LIMIT_HEAD_MS);
	close(pair[0]);
	close(pair[1]);
}

/* All places are taken: the newcomer gets one, of the circuit that has the most, and there the oldest. */
static void test_the_greediest_goes(void **state)
{
	enum { OWN = LIMIT_DOOR_SOURCES - LIMIT_CIRCUIT_PLACES };
	static int clients[LIMIT_DOOR_SOURCES];
	struct stage s = open_door(true);
	char text[16];
	int extra;

	(void)state;
	for (uint32_t i = 0; i < OWN; i++)
		clients[i] = knock_as(0, 100 + i, "");
	for (uint32_t i = OWN; i < LIMIT_DOOR_SOURCES; i++)
		clients[i] = knock_as(0, 5, "");
	extra = knock_as(0, 6, "");
	assert_int_equal(read_all(clients[OWN], text, sizeof text), 0);
	for (uint32_t i = 0; i < LIMIT_DOOR_SOURCES; i++) {
		if (i != OWN)
			assert_int_equal(recv(clients[i], text, 1, MSG_DONTWAIT), -1);
		close(clients[i]);
	}
	close(extra);
	assert_int_equal(close_door(&s), 0);
}

/* A response that an HTTP client can read: its length is what its head says. */
static void test_busy_page(void **state)
{
	static char text[BUSY_LEN + 1];
	const char *length;
	const char *body;

	(void)state;
	assert_int_equal(busy_page().n, BUSY_LEN);
	memcpy(text, busy_page().p, BUSY_LEN);
	length = strstr(text, "Content-Length: ");
	body = strstr(text, "\r\n\r\n");
	assert_true(length != NULL && body != NULL && length < body);
	assert_int_equal(strtol(length + 16, NULL, 10), BUSY_LEN - (body + 4 - text));
	assert_true(bytes_starts(busy_short(), BYTES_LITERAL("HTTP/1.1 503 ")));
	/* In every language, each marked as what it is. */
	for (int l = 0; l < LANGUAGE_COUNT; l++) {
		struct bytes title = page_text(TEXT_title_error_503, (enum page_language)l);
		char lang[32];
		snprintf(lang, sizeof lang, " lang=\"%s\" dir=\"%s\"", page_languages[l].tag, page_languages[l].dir);
		assert_non_null(strstr(body, lang));
		assert_true(bytes_find(busy_page(), title) < BUSY_LEN);
	}
	assert_non_null(strstr(text, pages_style_source));
}

static void test_without_proxy_lines(void **state)
{
	struct stage s = open_door(false);
	struct actor a = offer(&s, ROLE_VISIT);
	struct actor b = offer(&s, ROLE_VISIT);
	struct message_WORKER_BUSY first;
	struct message_WORKER_BUSY second;
	int x = knock(0);
	int y = knock(0);

	(void)state;
	say(x, "GET / HTTP/1.1\r\n");
	assert_true(hear(&s, SOON_MS, &first));
	say(y, "GET / HTTP/1.1\r\n");
	assert_true(hear(&s, SOON_MS, &second));
	assert_int_not_equal(first.circuit, second.circuit);
	close(x);
	close(y);
	leave(&a);
	leave(&b);
	assert_int_equal(close_door(&s), 0);
}

/* ---- without descriptors */

enum { FEW = 64 };

static struct waiting places[2];
static struct hand hands[4];

/* One turn of the door's loop. */
static void take_turn(struct port *p)
{
	struct pollfd fds[PORT_WATCH_FIXED + 2 + 2 * 4];
	size_t n = port_watch(p, fds);
	uint64_t next = port_next_ms(p);
	uint64_t now = clock_ms();

	assert_true(poll(fds, (nfds_t)n, next == DEADLINE_NONE ? -1 : next > now ? (int)(next - now) : 0) >= 0);
	port_react(p, fds);
}

/* The listener is ready all the while, and accept fails: it is tried again after the pause that was set, never before;
 * and who waited is accepted as soon as there is a descriptor. */
static void test_no_descriptors(void **state)
{
	struct port p = {.kind = ROLE_VISIT, .waiting = places, .waiting_count = 2, .hands = hands, .slot_count = 4};
	struct rlimit limit, none;
	uint64_t pause_ms = 0;
	int held[FEW];
	size_t held_count = 0;
	int client;

	(void)state;
	p.listener = listener(0);
	port_open(&p);
	client = knock(0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = FEW; /* poll() takes no more than so many, either */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	while (held_count < FEW && (held[held_count] = dup(0)) >= 0)
		held_count++;
	for (unsigned tried = 0, turns = 0; tried < 5; turns++) {
		assert_true(turns <= 2 * tried); /* one that tries, one that waits */
		take_turn(&p);
		if (p.accept_ms <= pause_ms)
			continue;
		tried++;
		assert_true(clock_ms() >= pause_ms);
		pause_ms = p.accept_ms;
		assert_int_equal(port_next_ms(&p), pause_ms);
	}
	assert_int_equal(places[0].state, WAITING_NONE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (places[0].state == WAITING_NONE)
		take_turn(&p);
	assert_int_equal(places[0].state, WAITING_BYTES);
	while (held_count > 0)
		close(held[--held_count]);
	port_drop(&places[0]);
	close(client);
	close(p.listener);
}

/* Who went away meanwhile leaves no pause behind, which would be over for ever. */
static void test_a_pause_ends(void **state)
{
	struct port p = {.kind = ROLE_VISIT, .waiting = places, .waiting_count = 2, .hands = hands, .slot_count = 4};

	(void)state;
	p.listener = listener(0);
	port_open(&p);
	p.accept_ms = clock_ms();
	take_turn(&p);
	assert_int_equal(p.accept_ms, 0);
	assert_true(port_next_ms(&p) == DEADLINE_NONE);
	close(p.listener);
}

/* init breaks the protocol: an offer that nobody asked for. */
static void test_offer_out_of_turn(void **state)
{
	struct stage s = open_door(true);
	struct actor a;
	int status;

	(void)state;
	hear(&s, QUIET_MS, NULL);
	s.slots[1] = LIMIT_COLLECT_SLOTS;
	a = offer(&s, ROLE_COLLECT);
	leave(&a);
	assert_int_equal(waitpid(s.door, &status, 0), s.door);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	close(s.up);
	close(s.listeners[0]);
	close(s.listeners[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_asks_for_workers),
	    cmocka_unit_test(test_hands_over),
	    cmocka_unit_test(test_the_two_doors),
	    cmocka_unit_test(test_line_in_pieces),
	    cmocka_unit_test(test_bad_lines_are_dropped),
	    cmocka_unit_test(test_a_worker_only_for_bytes),
	    cmocka_unit_test(test_idle_workers_that_end_are_replaced),
	    cmocka_unit_test(test_a_circuit_has_its_part),
	    cmocka_unit_test(test_busy_answer),
	    cmocka_unit_test(test_short_of_workers),
	    cmocka_unit_test(test_half_heads_at_once),
	    cmocka_unit_test(test_a_look_at_nothing),
	    cmocka_unit_test(test_the_greediest_goes),
	    cmocka_unit_test(test_busy_page),
	    cmocka_unit_test(test_without_proxy_lines),
	    cmocka_unit_test(test_no_descriptors),
	    cmocka_unit_test(test_a_pause_ends),
	    cmocka_unit_test(test_offer_out_of_turn),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
