/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spawn/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "confine/confine.h"
#include "confine/options.h"
#include "spawn/clone.h"

enum { CLOSE_RANGE_CLOEXEC_FLAG = 1 << 2 /* linux/close_range.h, since 5.11 */ };

static int program = -1; /* /proc/self/exe, once: no role sees a path to it */

struct spawn {
	const struct spawn_plan *plan;
	const char *arguments[4];
};

enum err spawn_prepare(void)
{
	int null;

	/* What whoever started us left open is nobody's business here. */
	if (syscall(SYS_close_range, STDERR_FILENO + 1, UINT32_MAX, CLOSE_RANGE_CLOEXEC_FLAG) != 0)
		return ERR_IO;
	null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (null < 0)
		return ERR_IO;
	while (null < OWN_FD_FIRST - 1) {
		int next = dup(null);
		if (next < 0 || fcntl(next, F_SETFD, FD_CLOEXEC) != 0)
			return ERR_IO;
		null = next;
	}
	if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 || fcntl(STDERR_FILENO, F_SETFD, 0) != 0)
		return ERR_IO;
	program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	return program < 0 ? ERR_IO : ERR_OK;
}

enum err spawn_program_hash(uint8_t hash[static 32])
{
	struct stat st;
	void *p;

	if (fstat(program, &st) != 0 || st.st_size <= 0)
		return ERR_IO;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, program, 0);
	if (p == MAP_FAILED)
		return ERR_NO_MEMORY;
	sha256(bytes_of(p, (size_t)st.st_size), hash);
	munmap(p, (size_t)st.st_size);
	return ERR_OK;
}

/* In the child. Its descriptors are a copy of ours, its memory is not: nothing here writes to any. */
static int become_role(void *context)
{
	static char *const no_environment[] = {NULL};
	static const uint64_t no_signals = 0;
	const struct spawn *s = context;

	if (s->plan->mute && dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		return EXIT_UNCONFINED;
	for (int i = 0; i < SPAWN_FDS; i++)
		if (s->plan->fds[i] >= 0 && dup2(s->plan->fds[i], ROLE_FD_UP + i) < 0)
			return EXIT_UNCONFINED;
	/* No controlling terminal, no share in what a terminal sends to its foreground. */
	if (setsid() < 0 || confine_enter(&s->plan->entry) != 0)
		return EXIT_UNCONFINED;
	/* After the change of ids, which clears it. We ignore and handle no signal, only block them. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signals, NULL, sizeof no_signals) != 0)
		return EXIT_UNCONFINED;
	syscall(SYS_execveat, program, "", s->arguments, no_environment, AT_EMPTY_PATH);
	return EXIT_UNCONFINED;
}

enum err spawn_role(const struct spawn_plan *plan, pid_t *pid)
{
	uint8_t name[16];
	uint8_t options[ROLE_OPTIONS_TEXT_MAX];
	struct buf name_buf = buf_over(name, sizeof name);
	struct buf options_buf = buf_over(options, sizeof options);
	struct spawn s = {.plan = plan, .arguments = {"courier", (char *)name, (char *)options, NULL}};
	pid_t made;

	buf_str(&name_buf, "@");
	buf_str(&name_buf, role_name(plan->entry.role));
	buf_byte(&name_buf, 0);
	role_options_text(&options_buf, &plan->options);
	buf_byte(&options_buf, 0);
	BUG_IF(name_buf.failed || options_buf.failed || program < 0);
	made = clone_borrowing(0, plan->cgroup, become_role, &s);
	if (made < 0)
		return ERR_IO;
	*pid = made;
	return ERR_OK;
}
