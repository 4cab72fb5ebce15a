/* SPDX-License-Identifier: GPL-3.0-or-later
 * PID 1 of the appliance: makes the machine ready, runs the supervisor, takes the machine down. It never ends by
 * itself: what fails at start is logged, and the machine waits for its operator. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "start/built.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/setting.h"
#include "init/down.h"
#include "init/init.h"
#include "init/supervisor.h"
#include "init/workers.h"
#include "machine/measured.h"
#include "machine/power.h"
#include "machine/selftest.h"
#include "spawn/cgroup.h"

enum {
	TERMINAL_SERIAL = 0, /* as the console expects them: ROLE_FD_A and ROLE_FD_B */
	TERMINAL_SCREEN = 1,
};

#define CGROUPS     "/sys/fs/cgroup"
#define SITE        "/.extra/credentials/site.cred"
#define IPV6_SWITCH "/proc/sys/net/ipv6/conf/all/disable_ipv6"

static struct supervisor supervisor; /* too large for the stack */

static const struct {
	const char *what;
	const char *type;
	const char *at;
	unsigned long flags;
	const char *options;
} mounts[] = {
    {"proc", "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=2"},
    {"sys", "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL},
    {"dev", "devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755"},
    {"cgroup", "cgroup2", CGROUPS, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
};

/* What the command line and the configuration of the kernel leave open. */
static const struct {
	const char *path;
	const char *value;
	bool required; /* its absence is shown to the operator */
} settings[] = {
    {"/proc/sys/kernel/yama/ptrace_scope", "3", true}, /* nobody traces anybody, for good */
    {"/proc/sys/kernel/kptr_restrict", "2", false},
    {"/proc/sys/kernel/dmesg_restrict", "1", false},
    {"/proc/sys/kernel/perf_event_paranoid", "3", false},
    {"/proc/sys/user/max_user_namespaces", "0", false}, /* none of ours makes one */
    {"/proc/sys/fs/suid_dumpable", "0", false},
    {IPV6_SWITCH, "1", true}, /* until net wants it */
    /* What says that a packet was too big doesn't come in (net/fence.c): TCP finds it out by itself. */
    {"/proc/sys/net/ipv4/tcp_mtu_probing", "1", false},
    /* These two count for all cards where one says yes; net/netlink.c has those of each card. */
    {"/proc/sys/net/ipv4/conf/all/accept_redirects", "0", false},
    {"/proc/sys/net/ipv4/conf/all/send_redirects", "0", false},
};

/* ---- getting the machine ready */

static void note_failure(const char *what)
{
	log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
	supervisor_note(&supervisor, what);
}

static bool mount_all(void)
{
	bool all = true;

	for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
		/* The kernel may have made /dev ready itself. */
		if ((mkdir(mounts[i].at, 0755) != 0 && errno != EEXIST) ||
		    (mount(mounts[i].what, mounts[i].at, mounts[i].type, mounts[i].flags, mounts[i].options) != 0 &&
		     errno != EBUSY))
			all = false;
	}
	return all;
}

/* The serial line, if there is one: it takes settings. Else the kernel's ring, so that nothing is written over the page
 * on the screen. */
static void open_log(void)
{
	struct termios t;
	int fd = log_open_terminal("/dev/ttyS0");

	if (fd >= 0 && tcgetattr(fd, &t) != 0) {
		close(fd);
		fd = open("/dev/kmsg", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	}
	if (fd < 0)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && fd != STDERR_FILENO) {
		dup2(fd, STDERR_FILENO);
		close(fd);
	}
}

static int open_terminal(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	return fd >= 0 ? fd : open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* The kernel keeps what was typed on the screen's keyboard, a passphrase too, in a buffer that goes with the terminal's
 * last descriptor, and no sooner: a virtual terminal takes no other line discipline. No console has one now. */
static void open_terminals(struct supervisor *s)
{
	static const char *const paths[] = {
	    [TERMINAL_SERIAL] = "/dev/ttyS0",
	    [TERMINAL_SCREEN] = "/dev/tty0",
	};

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		if (s->terminals[i] >= 0)
			close(s->terminals[i]);
		s->terminals[i] = open_terminal(paths[i]);
	}
}

/* On a mount of its own, which nobody can reach: close_root() can make /proc read-only only while nothing of it is open
 * for writing. */
static int open_ipv6_switch(void)
{
	int fd;

	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
		return -1;
	fd = open(IPV6_SWITCH, O_WRONLY | O_CLOEXEC);
	umount2("/proc", MNT_DETACH);
	return fd;
}

static void apply_settings(void)
{
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
		if (setting_write(AT_FDCWD, settings[i].path, settings[i].value) != ERR_OK && settings[i].required)
			note_failure(settings[i].path);
}

static bool set_clock(int64_t unix_s)
{
	const struct timespec now = {.tv_sec = unix_s};

	return clock_settime(CLOCK_REALTIME, &now) == 0;
}

/* The kernel has read the machine's clock. One that stands before our build has lost its battery, or was set wrong. */
static void start_clock(void)
{
	supervisor.set_clock = set_clock;
	if ((int64_t)time(NULL) >= built_unix_s)
		return;
	if (!set_clock(built_unix_s))
		note_failure("The clock can't be set.");
	supervisor.state.clock = CLOCK_OF_BUILD;
	supervisor_note(&supervisor, "The machine's clock is wrong: set it in the firmware, and look at its battery.");
}

/* Nothing is written here any more; /proc and the cgroups stay as they are set. */
static void close_root(void)
{
	static const char *const read_only[] = {"/proc", CGROUPS, "/"};

	for (size_t i = 0; i < sizeof read_only / sizeof read_only[0]; i++)
		if (mount(NULL, read_only[i], NULL,
			  MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | (i < 2 ? MS_NODEV | MS_NOEXEC : 0), NULL) != 0)
			note_failure(read_only[i]);
}

static uint64_t memory_bytes(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit : LIMIT_CAPACITY_LEAST;
}

static void open_site(void)
{
	supervisor.site = open(SITE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	/* A box without a site file: an empty one. */
	if (supervisor.site < 0)
		supervisor.site = open("/dev/null", O_RDONLY | O_CLOEXEC);
	unlink(SITE);
}

static enum err make_doors(int doors[static 2])
{
	for (int i = 0; i < 2; i++) {
		doors[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (doors[i] < 0)
			return ERR_IO;
	}
	return ERR_OK;
}

/* What the supervisor can't do without. */
static enum err prepare(void)
{
	static const struct rlimit no_limit = {RLIM_INFINITY, RLIM_INFINITY};
	uint64_t memory = memory_bytes();
	uint64_t store = memory / 100 * LIMIT_STORE_PERCENT & ~(uint64_t)0xfff;
	enum err e;

	supervisor.capacity = store > LIMIT_CAPACITY_LEAST ? store : LIMIT_CAPACITY_LEAST;
	supervisor.turns = supervisor_turns(memory);
	supervisor.keys_len = LIMIT_KEEPER_SECRET;
	workers_set_memory(&supervisor, memory);
	supervisor.proxy_lines = true;
	supervisor.roles = 1u << ROLE_NET | 1u << ROLE_TOR | 1u << ROLE_TORCTL | 1u << ROLE_DOOR | 1u << ROLE_KEEPER |
			   1u << ROLE_CONSOLE;
	TRY(make_doors(supervisor.listeners));
	TRY(chambers_make(&supervisor.chambers, true, supervisor.capacity, supervisor.listeners));
	if (setrlimit(RLIMIT_MEMLOCK, &no_limit) != 0 || cgroups_make(CGROUPS, memory, supervisor.cgroups) != ERR_OK)
		note_failure("No limits on memory and processor time: " CGROUPS);
	TRY(confine_supervisor());
out:
	return e;
}

/* ---- the whole */

/* Nothing can be run, not even the console. */
static void tell_operator(enum err e)
{
	struct bytes rest = buf_view(&supervisor.notes);
	struct bytes note;
	char line[128];

	down_say(&supervisor, "this machine can't run it, nothing is open: ", err_text(e));
	while (bytes_split(&rest, '\n', &note)) {
		struct buf b = buf_over(line, sizeof line);

		buf_put(&b, bytes_first(note, sizeof line - 1));
		buf_byte(&b, 0);
		down_say(&supervisor, "", line);
	}
	down_say(&supervisor, "power button or Ctrl-Alt-Del switch it off.", "");
	down_say(&supervisor, "if it comes again, write the stick anew, or try another machine.", "");
}

static enum end_reason wait_for_operator(uint64_t until_ms, enum end_reason at_last)
{
	while (clock_ms() < until_ms) {
		struct pollfd fds[2] = {{.fd = supervisor.signals, .events = POLLIN},
					{.fd = supervisor.power, .events = POLLIN}};
		poll(fds, 2, LIMIT_WATCHDOG_PET_MS);
		watchdogs_pet(&supervisor.watchdogs, clock_ms());
		if (fds[1].revents != 0 && power_pressed(supervisor.power))
			return END_POWER_OFF;
		if (fds[0].revents != 0 && !supervisor_hear_signals(&supervisor))
			return END_POWER_OFF;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
	return at_last;
}

/* Before anything is started: nothing that failed here is relied on, not even for a page on the screen. */
static void check_self(void)
{
	const char *failed = self_test();

	if (failed == NULL)
		return;
	log_event(LOG_SELF_TEST_FAILED, 0, 0);
	down_say(&supervisor, "the self-test failed, nothing is opened: ", failed);
	down_say(&supervisor, "check the stick (docs/OPERATE.md); if it is right, this machine is not. ",
		 "Power off in a minute.");
	go_down(&supervisor, wait_for_operator(clock_ms() + LIMIT_SELF_TEST_SHOWN_MS, END_SELF_TEST));
}

int init_main(int argc, char **argv)
{
	bool mounted = mount_all();
	int cause;
	enum err e;

	(void)argc;
	(void)argv;
	log_set_role("init");
	open_log();
	log_event(LOG_STARTED, 0, 0);
	/* Ctrl-Alt-Del comes as SIGINT. */
	reboot(RB_DISABLE_CAD);
	supervisor.power = -1;
	supervisor.power_pressed = power_pressed;
	e = spawn_prepare();
	if (supervisor_init(&supervisor) != ERR_OK || e != ERR_OK)
		log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
	if (!mounted)
		note_failure("A kernel file system can't be mounted.");
	if (power_open(&supervisor.power) != ERR_OK)
		supervisor_note(&supervisor, "The power button is not watched: this machine has no ACPI events.");
	start_clock();
	watchdogs_open(&supervisor.watchdogs, clock_ms());
	if (supervisor.watchdogs.kind != WATCHDOG_HARDWARE)
		supervisor_note(&supervisor,
				"No watchdog in this machine: if its kernel hangs, somebody has to restart it.");
	supervisor.state.watchdog = (uint8_t)supervisor.watchdogs.kind;
	apply_settings();
	supervisor.state.measured =
	    measured_read(MEASURED_SYSFS, supervisor.state.pcr4, supervisor.state.pcr11) == ERR_OK;
	supervisor.terminals[TERMINAL_SERIAL] = supervisor.terminals[TERMINAL_SCREEN] = -1;
	supervisor.renew_terminals = open_terminals;
	open_terminals(&supervisor);
	check_self();
	supervisor.ipv6_switch = open_ipv6_switch();
	open_site();
	e = prepare();
	cause = errno;
	close_root();
	if (e == ERR_OK)
		go_down(&supervisor, supervise(&supervisor));
	log_event(LOG_FAILED, e, (uint64_t)cause);
	tell_operator(e);
	go_down(&supervisor, wait_for_operator(DEADLINE_NONE, END_FAILED));
}
