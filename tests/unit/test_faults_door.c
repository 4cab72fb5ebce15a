/* SPDX-License-Identifier: GPL-3.0-or-later
 * The door while each of its calls fails, one at a time (role_faults.h): sources and a desk, one that is none, one
 * whose circuit has too many. Whoever comes is served, refused or hung up on, never left waiting; the keeper hears the
 * circuit and init that a worker is busy before that worker has the connection; and one failed call costs one visitor
 * at most. */
#include "role_faults.h"

#include "door/door.h"
#include "door_stage.h"

#define GET_PAGE "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

enum { WORKERS = 128, SLOTS = 16, CROWD = LIMIT_CIRCUIT_PLACES, CROWDED = 9 };

enum fate { FATE_WAITS, FATE_SERVED, FATE_REFUSED, FATE_LOST };

struct visitor {
	int fd;
	uint32_t circuit;
	enum fate fate;
};

struct worker {
	int channel, keeper; /* -1: it has ended */
	enum role kind;
	uint16_t slot;
	bool told; /* the keeper, of this circuit */
	uint32_t circuit;
};

static struct {
	bool ready, alive, asked;
	unsigned served, busy;
	struct worker workers[WORKERS];
	size_t worker_count;
	uint16_t next_slot[2];
	int listeners[2];
	struct visitor crowd[CROWD];
	struct visitor first, desk, nobody, slow, refused, last;
} street;

static void prepare_door(void)
{
	memset(&street, 0, sizeof street);
	for (int i = 0; i < 2; i++) {
		street.listeners[i] = listener(i);
		stage.fds[(i == 0 ? ROLE_FD_A : ROLE_FD_B) - FIRST_FD] = dup(street.listeners[i]);
	}
	stage.options.proxy_lines = true;
	stage.options.visit_slots = SLOTS;
}

/* ---- workers, as init makes them */

static void hire(enum role kind)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);
	struct worker *w = &street.workers[street.worker_count++];
	uint16_t *next = &street.next_slot[kind == ROLE_COLLECT];
	int door[2], keeper[2];

	assert_true(street.worker_count <= WORKERS);
	assert_int_equal(channel_pair(door), ERR_OK);
	assert_int_equal(channel_pair(keeper), ERR_OK);
	*w = (struct worker){.channel = door[1], .keeper = keeper[0], .kind = kind, .slot = *next};
	*next = (uint16_t)((*next + 1) % (kind == ROLE_COLLECT ? LIMIT_COLLECT_SLOTS : SLOTS));
	message_put_WORKER_OFFER(&b, &(struct message_WORKER_OFFER){.kind = (uint8_t)kind, .slot = w->slot});
	stage_send(stage.up, &b, (int[]){door[0], keeper[1]}, 2);
	close(door[0]);
	close(keeper[1]);
}

static void retire(struct worker *w)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);

	close(w->channel);
	close(w->keeper);
	w->channel = w->keeper = -1;
	message_put_WORKER_GONE(&b, &(struct message_WORKER_GONE){.kind = (uint8_t)w->kind, .slot = w->slot});
	stage_send(stage.up, &b, NULL, 0);
}

static void keeper_hears(struct worker *w)
{
	struct message_CIRCUIT m;
	struct incoming in;

	if (channel_receive(w->keeper, 1u << ROLE_DOOR, ROLE_KEEPER, STATE_NEW, stage_storage, 0, &in) != ERR_OK)
		return;
	assert_int_equal(in.type, MESSAGE_CIRCUIT);
	assert_int_equal(message_get_CIRCUIT(in.fields, &m), ERR_OK);
	w->told = true;
	w->circuit = m.circuit;
}

static void worker_serves(struct worker *w, int fd)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\n\r\n";
	char request[512] = "";
	size_t n = 0, got;
	char circuit[32];

	keeper_hears(w);
	assert_true(w->told);
	while (strstr(request, "\r\n\r\n") == NULL &&
	       fd_read_some(fd, request + n, sizeof request - 1 - n, clock_ms() + FAIRLY_MS, &got) == ERR_OK)
		n += got;
	/* Each says its own circuit. */
	(void)snprintf(circuit, sizeof circuit, "Circuit: %u\r\n", (unsigned)w->circuit);
	assert_non_null(strstr(request, circuit));
	(void)!fd_write_all(fd, BYTES_LITERAL(answer), clock_ms() + FAIRLY_MS);
	close(fd);
	street.served++;
}

static void worker_hears(struct worker *w)
{
	struct incoming in;

	if (!stage_hear(w->channel, ROLE_DOOR, w->kind, &in)) {
		retire(w);
		return;
	}
	if (in.type != MESSAGE_CONNECTION)
		return; /* HURRY */
	worker_serves(w, in.fds[0]);
	retire(w);
}

/* ---- the street */

/* False: the door is gone. */
static bool door_speaks(void)
{
	struct message_WORKER_WANTED wanted;
	struct incoming in;

	if (!stage_hear(stage.up, ROLE_DOOR, ROLE_INIT, &in))
		return false;
	street.ready |= in.type == MESSAGE_READY;
	street.alive |= in.type == MESSAGE_PONG;
	street.busy += in.type == MESSAGE_WORKER_BUSY;
	if (in.type == MESSAGE_WORKER_WANTED) {
		assert_int_equal(message_get_WORKER_WANTED(in.fields, &wanted), ERR_OK);
		hire((enum role)wanted.kind);
		street.asked = true;
	}
	return true;
}

static void visitor_looks(struct visitor *v)
{
	char answer[64] = "";
	ssize_t n = recv(v->fd, answer, sizeof answer - 1, MSG_DONTWAIT);

	v->fate = n <= 0 ? FATE_LOST : strncmp(answer, "HTTP/1.1 200", 12) == 0 ? FATE_SERVED : FATE_REFUSED;
}

/* Until it is so, or that visitor knows; false: the door is gone. */
static bool street_until(const bool *so, struct visitor *v)
{
	while ((so == NULL || !*so) && (v == NULL || v->fate == FATE_WAITS)) {
		struct pollfd p[2 + 2 * WORKERS] = {{.fd = stage.up, .events = POLLIN},
						    {.fd = v == NULL ? -1 : v->fd, .events = POLLIN}};
		size_t count = street.worker_count;

		for (size_t i = 0; i < count; i++)
			p[2 + i] = (struct pollfd){.fd = street.workers[i].channel, .events = POLLIN};
		if (poll(p, 2 + count, FAIRLY_MS) <= 0)
			fail_msg("the door leaves somebody waiting; %s failed",
				 faults->name != NULL ? faults->name : "nothing");
		for (size_t i = 0; i < count; i++)
			if (p[2 + i].revents != 0)
				worker_hears(&street.workers[i]);
		if (p[1].revents != 0)
			visitor_looks(v);
		if (p[0].revents != 0 && !door_speaks())
			return false;
	}
	return true;
}

static void come(struct visitor *v, int door, uint32_t circuit)
{
	char line[128];

	(void)snprintf(line, sizeof line, "PROXY TCP6 fc00:dead:beef:4dad::%x:%x ::1 1 80\r\n", circuit >> 16,
		       circuit & 0xffff);
	*v = (struct visitor){.fd = knock(door), .circuit = circuit};
	(void)!fd_write_all(v->fd, bytes_str(line), clock_ms() + FAIRLY_MS);
}

static void ask(struct visitor *v)
{
	char request[128];

	(void)snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: x\r\nCircuit: %u\r\n\r\n",
		       (unsigned)v->circuit);
	(void)!fd_write_all(v->fd, bytes_str(request), clock_ms() + FAIRLY_MS);
}

static bool visit(struct visitor *v, int door, uint32_t circuit)
{
	come(v, door, circuit);
	ask(v);
	return street_until(NULL, v);
}

static bool ping(void)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);

	street.alive = false;
	message_put_PING(&b, NULL);
	stage_send(stage.up, &b, NULL, 0);
	return street_until(&street.alive, NULL);
}

/* The door has all the workers that it wants, and has heard of those that went. */
static bool settle(void)
{
	do {
		street.asked = false;
		if (!ping())
			return false;
	} while (street.asked);
	return true;
}

static bool a_crowd_comes(void)
{
	for (size_t i = 0; i < CROWD; i++)
		come(&street.crowd[i], 0, CROWDED);
	return ping() && visit(&street.refused, 0, CROWDED);
}

/* Until the door has let go of each: it may hear STOP before it looks at who hung up. */
static bool a_crowd_goes(void)
{
	for (size_t i = 0; i < CROWD; i++)
		(void)shutdown(street.crowd[i].fd, SHUT_WR);
	for (size_t i = 0; i < CROWD; i++)
		if (!street_until(NULL, &street.crowd[i]))
			return false;
	return true;
}

static void play_street(void)
{
	bool never = false;
	bool here =
	    street_until(&street.ready, NULL) && visit(&street.first, 0, 0x10001) && visit(&street.desk, 1, 0x20002);

	if (here) {
		street.nobody.fd = knock(0);
		(void)!fd_write_all(street.nobody.fd, BYTES_LITERAL("PROXY FROM NOBODY\r\n" GET_PAGE),
				    clock_ms() + FAIRLY_MS);
		here = street_until(NULL, &street.nobody);
	}
	if (here) {
		come(&street.slow, 0, 0x30003);
		here = ping();
		ask(&street.slow);
		here = here && street_until(NULL, &street.slow);
	}
	if (here)
		here = a_crowd_comes() && a_crowd_goes();
	for (size_t i = 0; i < CROWD; i++)
		if (street.crowd[i].fd > 0)
			close(street.crowd[i].fd);
	if (here && visit(&street.last, 0, 0x40004) && settle()) {
		stage_stop();
		(void)street_until(&never, NULL);
	}
	for (size_t i = 0; i < street.worker_count; i++)
		if (street.workers[i].channel >= 0)
			retire(&street.workers[i]);
	for (int i = 0; i < 2; i++)
		close(street.listeners[i]);
}

static void check_street(const char *fault, bool well)
{
	struct visitor *const all[] = {&street.first, &street.desk, &street.slow, &street.last};
	unsigned lost = 0;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		lost += all[i]->fate == FATE_LOST;
		if (well)
			assert_true(all[i]->fate == FATE_SERVED || all[i]->fate == FATE_LOST);
	}
	for (struct visitor *v = &street.first; v <= &street.last; v++)
		if (v->fd > 0)
			close(v->fd);
	assert_true(street.nobody.fate == FATE_WAITS || street.nobody.fate == FATE_LOST);
	if (!well)
		return;
	assert_true(street.busy >= street.served && street.alive);
	assert_in_range(lost, 0, fault == NULL ? 0 : 1);
	/* One of the crowd that was hung up on makes room for it. */
	if (fault == NULL)
		assert_int_equal(street.refused.fate, FATE_REFUSED);
}

static void who_comes_is_not_left_waiting(void **state)
{
	(void)state;
	try(&(struct trial){"door", door_main, prepare_door, play_street, check_street});
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(who_comes_is_not_left_waiting, make_folder, remove_folder),
	};

	return role_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
}
