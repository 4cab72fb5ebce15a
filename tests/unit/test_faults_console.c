/* SPDX-License-Identifier: GPL-3.0-or-later
 * The console, on two terminals, while each of its calls fails, one at a time (role_faults.h). */
#include "role_faults.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>

#include "console/console.h"

#define PHRASE "correct horse battery staple"

static uint8_t record_storage[LIMIT_MESSAGE];

static struct buf new_record(void)
{
	return buf_over(record_storage, sizeof record_storage);
}

static struct {
	int terminals[2]; /* the masters' ends; the serial line first */
	char shown[2][1 << 18];
	size_t shown_len[2];
	int ask;
	bool ready, ordered, alive;
	bool answered, over; /* the question: answered, or its channel has ended */
} desk;

static char pts[64];

static int open_terminal(int *slave)
{
	char path[96];
	int locked = 0;
	unsigned number;
	int master;

	(void)snprintf(path, sizeof path, "%s/ptmx", pts);
	master = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	assert_true(master >= 0);
	assert_int_equal(ioctl(master, TIOCSPTLCK, &locked), 0);
	assert_int_equal(ioctl(master, (int)TIOCGPTN, &number), 0);
	(void)snprintf(path, sizeof path, "%s/%u", pts, number);
	*slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(*slave >= 0);
	return master;
}

static void prepare_console(void)
{
	memset(&desk, 0, sizeof desk);
	desk.ask = -1;
	desk.terminals[0] = open_terminal(&stage.fds[ROLE_FD_A - FIRST_FD]);
	desk.terminals[1] = open_terminal(&stage.fds[ROLE_FD_B - FIRST_FD]);
}

static void prepare_status(void)
{
	struct buf b = new_record();

	prepare_console();
	message_put_PART_CONSOLE(&b, &(struct message_PART_CONSOLE){.name = BYTES_LITERAL("The Post"),
								    .source_address = BYTES_LITERAL("source.onion"),
								    .desk_address = BYTES_LITERAL("desk.onion")});
	stage_part(&b);
}

static void desk_sees(int which)
{
	char *shown = desk.shown[which] + desk.shown_len[which];
	ssize_t n = read(desk.terminals[which], shown, sizeof desk.shown[0] - 1 - desk.shown_len[which]);

	desk.shown_len[which] += n > 0 ? (size_t)n : 0;
}

static bool desk_hears_init(void)
{
	struct incoming in;

	if (!stage_hear(stage.up, ROLE_CONSOLE, ROLE_INIT, &in))
		return false;
	desk.ready |= in.type == MESSAGE_READY;
	desk.ordered |= in.type == MESSAGE_CONSOLE_ORDER;
	desk.alive |= in.type == MESSAGE_PONG;
	return true;
}

static void desk_hears_answer(void)
{
	struct message_ANSWER m;
	struct incoming in;

	if (stage_hear(desk.ask, ROLE_CONSOLE, ROLE_UNLOCK, &in)) {
		assert_int_equal(message_get_ANSWER(in.fields, &m), ERR_OK);
		assert_true(bytes_eq_str(m.text, PHRASE));
		desk.answered = desk.over = true;
	} else {
		desk.over = true;
		close(desk.ask);
		desk.ask = -1;
	}
}

enum desk_end { DESK_SO, DESK_GONE, DESK_LATE };
enum { SOON_MS = 300 }; /* what may have failed to come isn't waited for longer */

/* Until it is so, or the console is gone, or for so long. */
static enum desk_end desk_until(const bool *so, const char *text, int ms)
{
	const uint64_t end = clock_ms() + (uint64_t)ms;

	while ((so == NULL || !*so) && (text == NULL || strstr(desk.shown[0], text) == NULL)) {
		struct pollfd p[] = {{.fd = stage.up, .events = POLLIN},
				     {.fd = desk.terminals[0], .events = POLLIN},
				     {.fd = desk.terminals[1], .events = POLLIN},
				     {.fd = desk.ask, .events = POLLIN}};
		uint64_t now = clock_ms();

		if (now >= end)
			return DESK_LATE;
		(void)poll(p, 4, (int)(end - now));
		for (int i = 0; i < 2; i++)
			if ((p[1 + i].revents & POLLIN) != 0)
				desk_sees(i);
		if (p[3].revents != 0)
			desk_hears_answer();
		if (p[0].revents != 0 && !desk_hears_init())
			return DESK_GONE;
	}
	return DESK_SO;
}

/* On the serial line; where that shows nothing, or doesn't listen, on the screen's keyboard. */
static enum desk_end type_until(const char *keys, const bool *so)
{
	enum desk_end end = DESK_LATE;

	for (int i = 0; i < 2 && end == DESK_LATE; i++) {
		if (desk.shown_len[i] == 0)
			continue;
		(void)!write(desk.terminals[i], keys, strlen(keys));
		end = desk_until(so, NULL, i == 0 && faults->at > 0 ? SOON_MS : FAIRLY_MS);
	}
	return end;
}

static void desk_leaves(enum desk_end end)
{
	bool never = false;

	if (end == DESK_LATE)
		fail_msg("the console hangs; %s failed", faults->name != NULL ? faults->name : "nothing");
	if (end == DESK_SO) {
		stage_stop();
		assert_int_equal(desk_until(&never, NULL, FAIRLY_MS), DESK_GONE);
	}
	for (int i = 0; i < 2; i++) {
		desk_sees(i);
		close(desk.terminals[i]);
	}
	if (desk.ask >= 0)
		close(desk.ask);
}

static void desk_send_state(uint8_t bootstrap)
{
	struct buf b = new_record();

	message_put_CONSOLE_STATE(&b, &(struct message_CONSOLE_STATE){.bootstrap = bootstrap, .door_open = 1});
	stage_send(stage.up, &b, NULL, 0);
}

static void play_status(void)
{
	enum desk_end end = desk_until(&desk.ready, NULL, FAIRLY_MS);
	struct buf b = new_record();

	if (end == DESK_SO) {
		desk_send_state(10);
		desk_send_state(100);
		message_put_PING(&b, NULL);
		stage_send(stage.up, &b, NULL, 0);
		end = desk_until(&desk.alive, NULL, FAIRLY_MS);
	}
	/* Another page, and back. */
	if (end == DESK_SO)
		end = type_until("\x1b[AadpYES\r", &desk.ordered);
	desk_leaves(end);
}

static void play_question(void)
{
	enum desk_end end = desk_until(&desk.ready, NULL, FAIRLY_MS);
	struct buf b = new_record();
	int ends[2];

	assert_int_equal(channel_pair(ends), ERR_OK);
	if (end == DESK_SO) {
		desk.ask = ends[0];
		message_put_ASK_CHANNEL(&b, NULL);
		stage_send(stage.up, &b, &ends[1], 1);
		b = new_record();
		message_put_ASK(&b,
				&(struct message_ASK){.kind = ASK_SECRET, .text = BYTES_LITERAL("Its passphrase:")});
		stage_send(ends[0], &b, NULL, 0);
	}
	close(ends[1]);
	/* Its line on the serial line may be what was not written. */
	if (end == DESK_SO)
		end = desk_until(&desk.over, "courier: asks secret", faults->at > 0 ? SOON_MS : FAIRLY_MS);
	if (end != DESK_GONE)
		end = type_until(PHRASE "\r", &desk.over);
	desk_leaves(end);
}

/* A drawing that a terminal didn't take is missed, and comes with the next one; an order or an answer never is. */
static void check_status(const char *fault, bool well)
{
	if (well)
		assert_true(desk.ordered && desk.alive);
	if (fault == NULL) {
		assert_non_null(strstr(desk.shown[0], "courier: address source.onion"));
		assert_non_null(strstr(desk.shown[0], "courier: going down power-off"));
		assert_non_null(strstr(desk.shown[1], "Silent Courier"));
	}
}

static void check_question(const char *fault, bool well)
{
	if (well)
		assert_true(desk.over);
	if (fault == NULL)
		assert_true(desk.answered);
	for (int i = 0; i < 2; i++)
		assert_null(strstr(desk.shown[i], PHRASE));
}

static void the_console_shows_and_hears(void **state)
{
	(void)state;
	haste = 50;
	try(&(struct trial){"console", console_main, prepare_status, play_status, check_status});
	haste = 1;
}

static void the_console_asks(void **state)
{
	(void)state;
	haste = 50;
	try(&(struct trial){"console that asks", console_main, prepare_console, play_question, check_question});
	haste = 1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_console_shows_and_hears),
	    cmocka_unit_test(the_console_asks),
	};
	int bad;

	(void)snprintf(pts, sizeof pts, "%s/test_faults_console.%d",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
	if (mkdir(pts, 0700) != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("devpts", pts, "devpts", 0, "newinstance,ptmxmode=0666") != 0) {
		perror("a terminal of its own");
		return 1;
	}
	bad = role_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
	if (umount2(pts, MNT_DETACH) != 0 || rmdir(pts) != 0)
		perror(pts);
	return bad;
}
