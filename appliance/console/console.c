/* SPDX-License-Identifier: GPL-3.0-or-later
 * The console process: two terminals and init's channel in one loop. */
#include "console/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "confine/confine.h"
#include "console/keys.h"
#include "console/screen.h"
#include "link/channel.h"

enum {
	SEND_MS = 5000,
	WRITE_MS = 2000,         /* a terminal that takes nothing for so long misses this drawing */
	SERIAL_QUIET_MS = 3000,  /* changes within this time are one block on the serial line */
	QUESTION_MS = 60 * 1000, /* a question that nobody answers goes away */
};

struct console {
	struct screen_state state;
	uint8_t notes[1024]; /* CONSOLE_STATE's view, kept */
	struct screen drawn; /* what the screen shows */
	enum screen_page printed_page;
	struct screen printed; /* the last block on the serial line */
	uint64_t print_ms;     /* when the serial line is due; DEADLINE_NONE: it is up to date */
	uint64_t question_ms;  /* when the page goes back; DEADLINE_NONE: it stays */
	bool keys[2];          /* the terminal at ROLE_FD_A, ROLE_FD_B can be read */
	uint8_t storage[LIMIT_MESSAGE];
};

static struct console console;

static const int terminals[2] = {ROLE_FD_A, ROLE_FD_B};

/* Key by key, without echo, without signals, without flow control that a stray byte could stop. Not a terminal: it is
 * written to all the same. */
static void prepare(int fd)
{
	struct termios t;
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	if (tcgetattr(fd, &t) != 0)
		return;
	t.c_iflag &= ~(tcflag_t)(IXON | IXOFF | ICRNL | INLCR | ISTRIP | PARMRK | BRKINT);
	t.c_iflag |= IGNBRK;
	t.c_oflag |= OPOST | ONLCR;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	(void)tcsetattr(fd, TCSANOW, &t);
}

/* A terminal that doesn't take it is not a reason to end: the other one may have a reader. */
static void show(int fd, const struct buf *b)
{
	BUG_IF(b->failed);
	(void)!fd_write_all(fd, buf_view(b), clock_ms() + WRITE_MS);
}

static bool is_question(enum screen_page page)
{
	return page == PAGE_POWER_OFF || page == PAGE_REBOOT;
}

static void draw(struct console *c, uint64_t now_ms)
{
	static struct screen next;
	static uint8_t storage[SCREEN_BYTES_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	screen_render(&c->state, &next);
	if (!screen_equal(&next, &c->drawn)) {
		screen_put_terminal(&b, &next);
		show(ROLE_FD_B, &b);
		c->drawn = next;
	}
	/* On the serial line a question is printed once; what is typed is echoed below it. */
	if (screen_equal(&next, &c->printed) || (is_question(c->state.page) && c->state.page == c->printed_page)) {
		c->print_ms = DEADLINE_NONE;
	} else if (c->print_ms == DEADLINE_NONE) {
		c->print_ms = now_ms + SERIAL_QUIET_MS;
	} else if (now_ms >= c->print_ms) {
		b = buf_over(storage, sizeof storage);
		screen_put_serial(&b, &next);
		show(ROLE_FD_A, &b);
		c->printed = next;
		c->printed_page = c->state.page;
		c->print_ms = DEADLINE_NONE;
	}
}

/* ---- init */

static enum err on_state(struct console *c, struct bytes fields)
{
	struct message_CONSOLE_STATE now;
	uint8_t storage[PROGRESS_BYTES_MAX];
	struct buf b = buf_over(storage, sizeof storage);
	enum err e = message_get_CONSOLE_STATE(fields, &now);

	if (e != ERR_OK)
		return e;
	screen_put_progress(&b, c->state.known ? &c->state.box : NULL, &now);
	if (b.len > 0)
		show(ROLE_FD_A, &b);
	memcpy(c->notes, now.boot_notes.p, now.boot_notes.n);
	now.boot_notes.p = c->notes;
	c->state.box = now;
	c->state.known = true;
	return ERR_OK;
}

static enum err on_init(struct console *c, bool *stop)
{
	struct incoming in;
	enum err e =
	    channel_receive(ROLE_FD_UP, 1u << ROLE_INIT, ROLE_CONSOLE, STATE_UP, c->storage, clock_ms() + SEND_MS, &in);

	if (e == ERR_END || (e == ERR_OK && in.type == MESSAGE_STOP)) {
		*stop = true;
		return ERR_OK;
	}
	return e == ERR_OK ? on_state(c, in.fields) : e;
}

/* ---- keys */

static enum err give_order(enum console_order order)
{
	uint8_t storage[64];
	struct buf line = buf_over(storage, sizeof storage);
	struct buf b;

	buf_str(&line, order == CONSOLE_POWER_OFF ? "courier: going down power-off\n" : "courier: going down reboot\n");
	show(ROLE_FD_A, &line);
	b = buf_over(storage, sizeof storage);
	message_put_CONSOLE_ORDER(&b, &(struct message_CONSOLE_ORDER){.order = (uint8_t)order});
	return channel_send(ROLE_FD_UP, &b, NULL, 0, clock_ms() + SEND_MS);
}

static enum err on_keys(struct console *c, size_t which, uint64_t now_ms)
{
	enum screen_page before = c->state.page;
	enum console_order order;
	uint8_t typed[16];
	ssize_t n = read(terminals[which], typed, sizeof typed);
	enum err e = ERR_OK;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return ERR_OK;
	if (n <= 0) {
		c->keys[which] = false; /* not a terminal, or it hung up */
		return ERR_OK;
	}
	if (which == 0 && is_question(before) && typed[0] != 27)
		(void)!fd_write_all(ROLE_FD_A, bytes_of(typed, (size_t)n), now_ms + WRITE_MS);
	if (keys_take(&c->state, bytes_of(typed, (size_t)n), &order))
		e = give_order(order);
	/* Who pressed a key waits for the answer; on the serial line, too. */
	if (c->state.page != before)
		c->print_ms = now_ms;
	c->question_ms = is_question(c->state.page) ? now_ms + QUESTION_MS : DEADLINE_NONE;
	return e;
}

/* ---- the process */

static int poll_time(const struct console *c, uint64_t now_ms)
{
	uint64_t next = c->print_ms < c->question_ms ? c->print_ms : c->question_ms;

	if (next == DEADLINE_NONE)
		return -1;
	return next <= now_ms ? 0 : (int)(next - now_ms); /* at most a minute */
}

static void announce(const struct console *c)
{
	static const char *const labels[2] = {"courier: address ", "courier: desk address "};
	const struct bytes addresses[2] = {c->state.site.source_address, c->state.site.desk_address};
	uint8_t storage[256];
	struct buf b = buf_over(storage, sizeof storage);

	for (size_t i = 0; i < 2; i++) {
		buf_str(&b, labels[i]);
		buf_put(&b, addresses[i]);
		buf_str(&b, "\n");
	}
	show(ROLE_FD_A, &b);
}

static enum err serve(void)
{
	struct console *c = &console;
	bool stop = false;
	enum err e;

	TRY(role_tell_ready());
	announce(c);
	while (!stop) {
		struct pollfd p[] = {{.fd = ROLE_FD_UP, .events = POLLIN},
				     {.fd = c->keys[0] ? terminals[0] : -1, .events = POLLIN},
				     {.fd = c->keys[1] ? terminals[1] : -1, .events = POLLIN}};

		draw(c, clock_ms());
		if (poll(p, 3, poll_time(c, clock_ms())) < 0 && errno != EINTR) {
			e = ERR_IO;
			goto out;
		}
		if (p[0].revents != 0)
			TRY(on_init(c, &stop));
		for (size_t i = 0; i < 2; i++)
			if (p[1 + i].revents != 0)
				TRY(on_keys(c, i, clock_ms()));
		if (clock_ms() >= c->question_ms) {
			c->state.page = PAGE_STATUS;
			c->question_ms = DEADLINE_NONE;
		}
	}
out:
	return e;
}

/* Addresses are printed as they are, so they have to look like ones. */
static bool is_plain(struct bytes text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	return true;
}

static enum err set_up(const struct role_options *o)
{
	struct console *c = &console;
	struct bytes fields;
	enum err e;

	TRY(role_part(o, MESSAGE_PART_CONSOLE, &fields));
	TRY(message_get_PART_CONSOLE(fields, &c->state.site));
	if (!is_plain(c->state.site.source_address) || !is_plain(c->state.site.desk_address)) {
		e = ERR_FORMAT;
		goto out;
	}
	for (size_t i = 0; i < 2; i++) {
		prepare(terminals[i]);
		c->keys[i] = true;
	}
	c->print_ms = c->question_ms = DEADLINE_NONE;
out:
	return e;
}

int console_main(int argc, char **argv)
{
	return role_run(&(struct role_life){ROLE_CONSOLE, set_up, serve}, argc, argv);
}
