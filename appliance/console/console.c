/* SPDX-License-Identifier: GPL-3.0-or-later
 * The console process: two terminals, init's channel and unlock's in one loop. */
#include "console/console.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tty.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"
#include "confine/confine.h"
#include "console/keys.h"
#include "console/progress.h"
#include "console/reader.h"
#include "console/screen.h"
#include "link/channel.h"

enum {
	SEND_MS = 5000,
	WRITE_MS = 2000,         /* a terminal that takes nothing for so long misses this drawing */
	SERIAL_QUIET_MS = 3000,  /* changes within this time are one block on the serial line */
	QUESTION_MS = 60 * 1000, /* a question that nobody answers goes away */
	DAY_S = 24 * 60 * 60,
};

struct console {
	struct screen_state state;
	uint8_t notes[1024]; /* CONSOLE_STATE's view, kept */
	int ask;             /* channel to unlock; -1 */
	struct screen next;
	struct screen drawn; /* what the screen shows */
	uint8_t bytes[SCREEN_BYTES_MAX];
	uint64_t printed_question;
	struct screen printed; /* the last block on the serial line */
	uint64_t print_ms;     /* when the serial line is due; DEADLINE_NONE: it is up to date */
	uint64_t question_ms;  /* when the page goes back; DEADLINE_NONE: it stays */
	uint64_t minute_ms;    /* when the time of day that is shown is another one */
	uint64_t moved_ms;     /* when network or Tor last got on */
	bool keys[2];          /* the terminal at ROLE_FD_A, ROLE_FD_B can be read */
	struct key_reader readers[2];
	uint64_t escape_ms[2]; /* when ESC was a key; DEADLINE_NONE */
	uint8_t storage[LIMIT_MESSAGE];
};

static struct console console;

static const int terminals[2] = {ROLE_FD_A, ROLE_FD_B};

/* Key by key, without echo, without signals, without flow control that a stray byte could stop. Not a terminal: it is
 * written to all the same. */
static enum err quieten(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) != 0)
		return errno == ENOTTY ? ERR_OK : ERR_IO;
	t.c_iflag &= ~(tcflag_t)(IXON | IXOFF | ICRNL | INLCR | ISTRIP | PARMRK | BRKINT);
	t.c_iflag |= IGNBRK;
	t.c_oflag |= OPOST | ONLCR;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return tcsetattr(fd, TCSANOW, &t) == 0 ? ERR_OK : ERR_IO;
}

/* A terminal that would echo a passphrase shows nothing: nobody is to type there. */
static enum err prepare(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	if (quieten(fd) == ERR_OK)
		return ERR_OK;
	log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
	return dup2(STDOUT_FILENO, fd) == fd ? ERR_OK : ERR_IO;
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

/* Which line is being typed; 0: none. */
static uint64_t question(const struct screen_state *s)
{
	if (is_question(s->page))
		return (uint64_t)s->page;
	return s->page == PAGE_START && s->ask.open ? (uint64_t)s->ask.number << 8 : 0;
}

/* The console's own word on time. */
static void look_at_clocks(struct console *c, uint64_t now_ms)
{
	uint64_t seconds = (uint64_t)time(NULL);

	c->state.today = (uint32_t)(seconds / DAY_S);
	c->state.minute = (uint32_t)(seconds % DAY_S / 60);
	c->state.uptime_days = (uint32_t)(now_ms / 1000 / DAY_S);
	c->state.still_minutes = (uint32_t)((now_ms - c->moved_ms) / 1000 / 60);
	c->minute_ms = now_ms + (60 - seconds % 60) * 1000;
}

static void draw_screen(struct console *c)
{
	struct buf b = buf_over(c->bytes, sizeof c->bytes);

	c->state.lasting = false;
	screen_render(&c->state, &c->next);
	if (screen_equal(&c->next, &c->drawn))
		return;
	screen_put_terminal(&b, &c->next, c->drawn.rows == 0);
	show(ROLE_FD_B, &b);
	c->drawn = c->next;
}

/* A question is printed once; what is typed is echoed below it. */
static void draw_serial(struct console *c, uint64_t now_ms)
{
	struct buf b = buf_over(c->bytes, sizeof c->bytes);
	uint64_t asked = question(&c->state);

	c->state.lasting = true;
	screen_render(&c->state, &c->next);
	if (screen_equal(&c->next, &c->printed) || (asked != 0 && asked == c->printed_question)) {
		c->print_ms = DEADLINE_NONE;
	} else if (c->print_ms == DEADLINE_NONE) {
		c->print_ms = now_ms + SERIAL_QUIET_MS;
	} else if (now_ms >= c->print_ms) {
		screen_put_serial(&b, &c->next);
		show(ROLE_FD_A, &b);
		c->printed = c->next;
		c->printed_question = asked;
		c->print_ms = DEADLINE_NONE;
	}
}

/* ---- unlock's questions */

static void wipe_question(struct console *c)
{
	ask_done(&c->state.ask);
	SECRET_WIPE(c->next);
	SECRET_WIPE(c->drawn);
	SECRET_WIPE(c->printed);
	SECRET_WIPE(c->bytes);
}

static void end_ask(struct console *c)
{
	if (c->ask >= 0)
		close(c->ask);
	c->ask = -1;
	wipe_question(c);
}

static enum err take_question(struct console *c)
{
	static const char *const lines[ASK_KIND_COUNT] = {"courier: asks secret\n", "courier: asks line\n",
							  "courier: asks show\n", "courier: says\n"};
	struct message_ASK m;
	struct incoming in;
	uint8_t storage[32];
	struct buf b = buf_over(storage, sizeof storage);
	enum err e;

	TRY(channel_receive(c->ask, 1u << ROLE_UNLOCK, ROLE_CONSOLE, STATE_UP, c->storage, clock_ms() + SEND_MS, &in));
	TRY(message_get_ASK(in.fields, &m));
	TRY(ask_take(&c->state.ask, &m));
	buf_str(&b, lines[m.kind]);
	show(ROLE_FD_A, &b);
	c->print_ms = clock_ms();
out:
	SECRET_WIPE(c->storage);
	return e;
}

/* An unlock that ended, or that says what it may not: the next one brings a channel of its own. */
static void on_ask(struct console *c)
{
	if (take_question(c) != ERR_OK)
		end_ask(c);
}

/* The kernel's line discipline keeps what it has given out; one that takes its place makes it give up its buffer, and
 * pages that are given up are zeroed (init_on_free). Not a terminal: there is no such buffer. The screen's takes no
 * other (con_ldisc_ok in Linux' vt.c): its buffer goes when this console has ended, with init's descriptor. */
static void forget_typed(const struct console *c)
{
	static const int none = N_NULL;
	static const int usual = N_TTY;

	for (size_t i = 0; i < 2; i++)
		if (c->keys[i] && ioctl(terminals[i], TIOCSETD, &none) == 0)
			(void)!ioctl(terminals[i], TIOCSETD, &usual);
}

static void give_answer(struct console *c)
{
	const struct ask *a = &c->state.ask;
	struct message_ANSWER m = {.text = bytes_of(a->line, a->line_len)};
	struct buf b = buf_over(c->storage, sizeof c->storage);
	enum err e;

	message_put_ANSWER(&b, &m);
	e = channel_send(c->ask, &b, NULL, 0, clock_ms() + SEND_MS);
	SECRET_WIPE(c->storage);
	wipe_question(c);
	forget_typed(c);
	if (e != ERR_OK)
		end_ask(c);
}

static enum err on_ask_channel(struct console *c, struct incoming *in)
{
	if (c->state.opened)
		return ERR_PEER;
	end_ask(c);
	c->ask = in->fds[0];
	in->fds[0] = -1;
	return ERR_OK;
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
	if (!c->state.known) {
		progress_put_start(&b, &now);
		show(ROLE_FD_A, &b);
		b.len = 0;
	}
	progress_put(&b, c->state.known ? &c->state.box : NULL, &now);
	if (c->state.opened && b.len > 0)
		show(ROLE_FD_A, &b);
	if (!c->state.known || now.net_state != c->state.box.net_state || now.bootstrap != c->state.box.bootstrap ||
	    now.published != c->state.box.published)
		c->moved_ms = clock_ms();
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
	if (e == ERR_OK && in.type == MESSAGE_PING)
		return role_tell_alive(ROLE_FD_UP);
	if (e != ERR_OK)
		return e;
	e = in.type == MESSAGE_ASK_CHANNEL ? on_ask_channel(c, &in) : on_state(c, in.fields);
	incoming_close(&in);
	return e;
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

/* What is typed on the serial line, where it may be seen. */
static void echo(const struct console *c, uint8_t key)
{
	const struct screen_state *s = &c->state;
	const char *text = key == KEY_ENTER ? "\n" : key == KEY_BACKSPACE ? "\b \b" : (const char[]){(char)key, 0};
	uint8_t storage[8];
	struct buf b = buf_over(storage, sizeof storage);

	if (question(s) == 0 || (key < ' ' && key != KEY_ENTER && key != KEY_BACKSPACE))
		return;
	if (s->page == PAGE_START && s->ask.kind == ASK_SECRET && key != KEY_ENTER)
		return;
	if (key == KEY_BACKSPACE && (s->page == PAGE_START ? s->ask.line_len : s->answer_len) == 0)
		return;
	buf_str(&b, text);
	show(ROLE_FD_A, &b);
}

static void draw_anew(struct console *c, uint64_t now_ms)
{
	memset(&c->drawn, 0, sizeof c->drawn);
	memset(&c->printed, 0, sizeof c->printed);
	c->print_ms = now_ms;
}

static enum err on_key(struct console *c, size_t which, uint8_t key, uint64_t now_ms)
{
	enum screen_page before = c->state.page;
	enum console_order order;
	enum keys_event event;

	if (key == KEY_NONE)
		return ERR_OK;
	if (which == 0)
		echo(c, key);
	event = keys_take(&c->state, key, &order);
	/* Who pressed a key waits for the answer; on the serial line, too. */
	if (c->state.page != before)
		c->print_ms = now_ms;
	c->question_ms = is_question(c->state.page) || c->state.hint ? now_ms + QUESTION_MS : DEADLINE_NONE;
	if (event == KEYS_ANSWER)
		give_answer(c);
	if (event == KEYS_REDRAW)
		draw_anew(c, now_ms);
	return event == KEYS_ORDER ? give_order(order) : ERR_OK;
}

static enum err on_keys(struct console *c, size_t which, uint64_t now_ms)
{
	uint8_t typed[64];
	ssize_t n = read(terminals[which], typed, sizeof typed);
	enum err e = ERR_OK;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return ERR_OK;
	if (n <= 0) {
		c->keys[which] = false; /* not a terminal, or it hung up */
		return ERR_OK;
	}
	for (size_t i = 0; i < (size_t)n && e == ERR_OK; i++)
		e = on_key(c, which, reader_take(&c->readers[which], typed[i]), now_ms);
	c->escape_ms[which] = reader_waits(&c->readers[which]) ? now_ms + READER_WAIT_MS : DEADLINE_NONE;
	SECRET_WIPE(typed);
	return e;
}

/* What is due by the clock alone. */
static enum err on_time(struct console *c, uint64_t now_ms)
{
	enum err e = ERR_OK;

	if (now_ms >= c->question_ms) {
		keys_go_home(&c->state);
		c->question_ms = DEADLINE_NONE;
	}
	for (size_t i = 0; i < 2 && e == ERR_OK; i++) {
		if (now_ms < c->escape_ms[i])
			continue;
		c->escape_ms[i] = DEADLINE_NONE;
		e = on_key(c, i, reader_timeout(&c->readers[i]), now_ms);
	}
	return e;
}

/* ---- the process */

static int poll_time(const struct console *c, uint64_t now_ms)
{
	const uint64_t times[] = {c->print_ms, c->question_ms, c->minute_ms, c->escape_ms[0], c->escape_ms[1]};
	uint64_t next = DEADLINE_NONE;

	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		next = times[i] < next ? times[i] : next;
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
	if (c->state.opened)
		announce(c);
	while (!stop) {
		struct pollfd p[] = {{.fd = ROLE_FD_UP, .events = POLLIN},
				     {.fd = c->keys[0] ? terminals[0] : -1, .events = POLLIN},
				     {.fd = c->keys[1] ? terminals[1] : -1, .events = POLLIN},
				     {.fd = c->ask, .events = POLLIN}};

		look_at_clocks(c, clock_ms());
		draw_screen(c);
		draw_serial(c, clock_ms());
		if (poll(p, sizeof p / sizeof p[0], poll_time(c, clock_ms())) < 0 && errno != EINTR) {
			e = ERR_IO;
			goto out;
		}
		for (size_t i = 0; i < 2; i++)
			if (p[1 + i].revents != 0)
				TRY(on_keys(c, i, clock_ms()));
		if (p[3].revents != 0)
			on_ask(c);
		if (p[0].revents != 0)
			TRY(on_init(c, &stop));
		TRY(on_time(c, clock_ms()));
	}
out:
	wipe_question(c);
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
	enum err e = ERR_OK;

	c->ask = -1;
	c->state.opened = o->part_len > 0;
	if (c->state.opened) {
		TRY(role_part(o, MESSAGE_PART_CONSOLE, &fields));
		TRY(message_get_PART_CONSOLE(fields, &c->state.site));
		e = is_plain(c->state.site.source_address) && is_plain(c->state.site.desk_address) ? ERR_OK
												   : ERR_FORMAT;
		TRY(e);
	}
	keys_go_home(&c->state);
	for (size_t i = 0; i < 2; i++) {
		TRY(prepare(terminals[i]));
		c->keys[i] = true;
		c->escape_ms[i] = DEADLINE_NONE;
	}
	c->print_ms = c->question_ms = DEADLINE_NONE;
out:
	return e;
}

int console_main(int argc, char **argv)
{
	return role_run(&(struct role_life){ROLE_CONSOLE, set_up, serve}, argc, argv);
}
