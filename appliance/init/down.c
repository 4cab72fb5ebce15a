/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "init/down.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/setting.h"

enum {
	REAP_MS = 3000, /* after SIGKILL */
	PIECE_LARGE = 16 << 20,
	PIECE_SMALL = 1 << 20,
};

/* A sentence for people. The screen is cleared before it, with all that the page showed. */
static const struct {
	const char *why;
	bool reboot;
} ends[END_REASON_COUNT] = {
    [END_NONE] = {"the box ends", false},
    [END_STOP] = {"Ctrl-Alt-Del was pressed", false},
    [END_POWER_OFF] = {"somebody asked for it", false},
    [END_REBOOT] = {"somebody asked for a restart", true},
    [END_SITE_REFUSED] = {"the site file is refused", false},
    [END_FAILED] = {"the box could not start; switch it on again, and see docs/OPERATE.md if that does not help",
		    false},
    [END_SELF_TEST] = {"the self-test failed", false},
    [END_STICK] = {"the boot stick was pulled", false},
    [END_DEAD_MAN] = {"no desk came for as long as the site file allows", false},
    [END_HUNG] = {"a part of the box hangs and does not come back; it starts again", true},
};

static int how = RB_POWER_OFF;

static void too_late(int number)
{
	(void)number;
	reboot(how);
	reboot(RB_AUTOBOOT);
}

/* Whatever hangs on the way: what is not wiped by then goes with the power. */
static void bound_time(struct watchdogs *dogs)
{
	const struct sigaction action = {.sa_handler = too_late};
	struct itimerval timer = {.it_value = {.tv_sec = LIMIT_DOWN_MS / 1000}};
	struct sysinfo info;

	if (sysinfo(&info) == 0)
		timer.it_value.tv_sec += (time_t)((uint64_t)info.totalram * info.mem_unit >> LIMIT_DOWN_MEMORY_SHIFT);
	/* If even that hangs, the watchdog ends it. */
	watchdogs_last(dogs, (unsigned)timer.it_value.tv_sec + LIMIT_WATCHDOG_S);
	if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &timer, NULL) != 0)
		log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
}

void down_say(const struct supervisor *s, const char *what, const char *why)
{
	uint8_t storage[256];
	struct buf b = buf_over(storage, sizeof storage);

	buf_str(&b, "courier: ");
	buf_str(&b, what);
	buf_str(&b, why);
	buf_str(&b, "\n");
	for (size_t i = 0; i < sizeof s->terminals / sizeof s->terminals[0]; i++)
		if (s->terminals[i] >= 0 && fd_write_all(s->terminals[i], buf_view(&b), clock_ms() + REAP_MS) != ERR_OK)
			continue; /* nobody reads there */
}

/* A full reset of the terminal: screen, what has scrolled off it, and modes. */
static void clear(const struct supervisor *s)
{
	const struct bytes all = BYTES_LITERAL("\033c\033[3J");

	if (s->terminals[1] >= 0 && fd_write_all(s->terminals[1], all, clock_ms() + REAP_MS) != ERR_OK)
		return;
}

static void reap_all(void)
{
	uint64_t until = clock_ms() + REAP_MS;

	while (clock_ms() < until) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);
		if (pid < 0 && errno == ECHILD)
			return;
		if (pid == 0)
			poll(NULL, 0, 5);
	}
}

static void set(const char *path, const char *value)
{
	if (setting_write(AT_FDCWD, path, value) != ERR_OK)
		log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
}

/* Takes memory until the kernel ends us for it: each page is zeroed as it is given. */
__attribute__((noreturn)) static void take_all_memory(void)
{
	size_t piece = PIECE_LARGE;

	set("/proc/self/oom_score_adj", "1000");
	for (;;) {
		if (mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) !=
		    MAP_FAILED)
			continue;
		if (piece == PIECE_SMALL)
			_exit(0);
		piece = PIECE_SMALL;
	}
}

/* The kernel zeroes what it gives out and what it gets back. What it never gave out since the start may still hold what
 * firmware and boot loader read, the site file among it; so all of it is given out once. False: there was no time for
 * all, or no process. */
static bool zero_free_memory(void)
{
	uint64_t until = clock_ms() + LIMIT_ZERO_MS;
	bool all = true;
	pid_t child;

	set("/proc/sys/kernel/printk", "1"); /* no word of the kernel's about a process that takes too much */
	child = fork();
	if (child == 0)
		take_all_memory();
	if (child < 0)
		return false;
	while (waitpid(child, NULL, WNOHANG) == 0) {
		if (clock_ms() >= until) {
			kill(child, SIGKILL);
			all = false;
		}
		poll(NULL, 0, 5);
	}
	return all;
}

void go_down(struct supervisor *s, enum end_reason reason)
{
	static const char *const trees[] = {"/sys/fs/cgroup", "/dev", "/sys", "/proc"};

	BUG_IF((unsigned)reason >= END_REASON_COUNT);
	how = ends[reason].reboot ? RB_AUTOBOOT : RB_POWER_OFF;
	bound_time(&s->watchdogs);
	supervisor_end(s);
	kill(-1, SIGKILL);
	reap_all();
	clear(s);
	down_say(s, "going down: ", ends[reason].why);
	mount(NULL, "/proc", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	set("/proc/sys/vm/drop_caches", "3");
	down_say(s, "wiped", zero_free_memory() ? "" : ", but for memory that nobody has used since the start");
	for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++)
		umount2(trees[i], MNT_DETACH);
	reboot(how);
	reboot((int)RB_HALT_SYSTEM);
	for (;;)
		pause();
}
