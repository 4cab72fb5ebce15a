/* SPDX-License-Identifier: GPL-3.0-or-later
 * For tests/system/test_soak.py alone, never in an image: PID 1 for a moment, then the box's own /courier. What stays
 * is a child with all rights that does harm when told to over the second serial line, a line each:
 *
 *   kill ROLE SIGNAL     every process of that role; says how many there were
 *   clock SECONDS        the clock jumps, forward or backward
 *   memory MIB SECONDS   takes so much memory for so long
 *
 * and answers "saboteur: …" on it. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 128, PAGE = 4096 };

static int line = -1;

static void say(const char *what, long number)
{
	dprintf(line, "saboteur: %s %ld\n", what, number);
}

/* Roles run as "courier @ROLE OPTIONS". */
static int is_role(const char *pid, const char *role)
{
	char path[64];
	char text[256] = {0};
	char wanted[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%.16s/cmdline", pid);
	snprintf(wanted, sizeof wanted, "@%.16s", role);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(text + i) + 1)
		if (strcmp(text + i, wanted) == 0)
			return 1;
	return 0;
}

static long kill_role(const char *role, int number)
{
	DIR *all = opendir("/proc");
	struct dirent *entry;
	long count = 0;

	while (all != NULL && (entry = readdir(all)) != NULL)
		if (is_role(entry->d_name, role) && kill((pid_t)atol(entry->d_name), number) == 0)
			count++;
	if (all != NULL)
		closedir(all);
	return count;
}

static long jump(long seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += seconds;
	return clock_settime(CLOCK_REALTIME, &now);
}

/* In a process of its own: the kernel may kill it for what it takes. */
static long press(size_t mib, unsigned seconds)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		volatile char *area = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (area == MAP_FAILED)
			_exit(2);
		for (size_t at = 0; at < mib << 20; at += PAGE)
			area[at] = 1;
		sleep(seconds);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static void obey(const char *text)
{
	char role[17];
	int number;
	long seconds;
	size_t mib;

	if (sscanf(text, "kill %16s %d", role, &number) == 2)
		say("killed", kill_role(role, number));
	else if (sscanf(text, "clock %ld", &seconds) == 1)
		say("clock", jump(seconds));
	else if (sscanf(text, "memory %zu %ld", &mib, &seconds) == 2)
		say("memory", press(mib, (unsigned)seconds));
	else
		say("what", 0);
}

static void serve(void)
{
	struct termios t;
	char text[LINE_MAX_BYTES];
	size_t n = 0;

	/* init mounts /dev; and its child reaper must not be ours. */
	for (int i = 0; i < 600 && (line = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0; i++)
		poll(NULL, 0, 100);
	if (line < 0 || tcgetattr(line, &t) != 0)
		_exit(1);
	cfmakeraw(&t);
	tcsetattr(line, TCSANOW, &t);
	say("ready", getpid());
	while (read(line, text + n, 1) == 1) {
		if (text[n] != '\n' && n < sizeof text - 1) {
			n++;
			continue;
		}
		text[n] = '\0';
		n = 0;
		obey(text);
	}
	_exit(1);
}

int main(void)
{
	char *const arguments[] = {"/courier", NULL};
	char *const nothing[] = {NULL};

	if (fork() == 0)
		serve();
	execve(arguments[0], arguments, nothing);
	return 1;
}
