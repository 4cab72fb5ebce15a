/* SPDX-License-Identifier: GPL-3.0-or-later
 * The policy compiler on good and bad input, and the compiled filters, interpreted, on every call number. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "confine/seccomp_policies.h"

/* ---- the compiler, a program beside this one's folder */

static char folder[] = "/tmp/courier-policy-XXXXXX";
static char compiler[4096];

static int compile_files(const char *const *files, size_t count, const char *out)
{
	char *arguments[8] = {compiler};
	pid_t child;
	int status;

	for (size_t i = 0; i < count; i++)
		arguments[i + 1] = (char *)(uintptr_t)files[i];
	child = fork();
	if (child == 0) {
		int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execv(compiler, arguments);
		_exit(99);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static size_t read_text(const char *path, char *text, size_t cap)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, cap - 1, f);
	text[n] = '\0';
	fclose(f);
	return n;
}

/* The exit status for one policy file; what the compiler said is in `said`. */
static int compile_text(const char *name, const char *text, char *said, size_t cap)
{
	char path[256];
	char out[256];
	const char *const files[1] = {path};
	int status;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	snprintf(out, sizeof out, "%s/out", folder);
	write_text(path, text);
	status = compile_files(files, 1, out);
	read_text(out, said, cap);
	return status;
}

static int find_compiler(void **state)
{
	ssize_t n = readlink("/proc/self/exe", compiler, sizeof compiler - 64);
	char *slash;

	(void)state;
	if (n < 0 || mkdtemp(folder) == NULL)
		return -1;
	compiler[n] = '\0';
	slash = strrchr(compiler, '/');
	strcpy(slash, "/../tools/seccomp-compile");
	return access(compiler, X_OK);
}

static int remove_folder(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static const struct {
	const char *name;
	const char *text;
	const char *said; /* NULL: accepted */
} texts[] = {
    {"visit.policy", "read : a reason\n", NULL},
    {"visit.policy", "# a comment\n\nread : a reason\nclose : another\n", NULL},
    {"visit.policy", "mmap arg2 & PROT_EXEC = 0 and arg3 = MAP_PRIVATE|MAP_ANONYMOUS or arg2 = 1 : why\n", NULL},
    {"visit.policy",
     "socket arg0 = AF_INET and arg1 = SOCK_STREAM : why\nsocket arg0 = AF_NETLINK -> EAFNOSUPPORT : why not\n", NULL},
    {"visit.policy", "read : a reason\nread : again\n", "twice"},
    {"visit.policy", "read arg0 = 1 : a reason\nclose : x\nread arg0 = 2 : again\n", "twice"},
    {"visit.policy", "raed : a reason\n", "no system call"},
    {"visit.policy", "socketcall : only on i386\n", "no system call"},
    {"visit.policy", "_llseek : only on i386\n", "no system call"},
    {"visit.policy", "read\n", "reason"},
    {"visit.policy", "read : \n", "reason"},
    {"visit.policy", "read: a reason\n", "reason"},
    {"visit.policy", " : a reason\n", "no system call"},
    {"visit.policy", "mmap arg2 & PROT_EXCE = 0 : why\n", "neither a number nor a constant"},
    {"visit.policy", "mmap arg6 = 0 : why\n", "arg0 to arg5"},
    {"visit.policy", "mmap arg2 == 0 : why\n", "argN = VALUE"},
    {"visit.policy", "mmap arg2 = 0 and : why\n", "arg0 to arg5"},
    {"visit.policy", "mmap arg2 = 0 xor arg3 = 1 : why\n", "expected"},
    {"visit.policy", "socket arg0 = 1 -> EWHATEVER : why\n", "not an error"},
    {"visit.policy", "mmap : why\n", "many things"},
    {"visit.policy", "mmap arg3 = MAP_PRIVATE : why\n", "many things"},
    {"visit.policy", "mmap arg2 & PROT_EXEC = PROT_EXEC : why\n", "many things"},
    {"visit.policy", "mmap arg2 & PROT_READ = 0 : why\n", "many things"},
    {"visit.policy", "mprotect arg2 & PROT_EXEC = 0 or arg0 = 0 : why\n", "many things"},
    {"visit.policy", "ioctl arg0 = 2 : why\n", "many things"},
    {"visit.policy", "clone : why\n", "many things"},
    {"visit.policy", "socket -> EAFNOSUPPORT : why\n", NULL},
    {"visit.policy", "", "no rule"},
    {"visit.policy", "# nothing\n", "no rule"},
    {"visit.policy", "read : no end of the line", "no end"},
    {"visiter.policy", "read : a reason\n", "not that of a role"},
    {"visit.txt", "read : a reason\n", "not that of a role"},
};

static void test_compiler(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		static char said[1 << 16];
		int status = compile_text(texts[i].name, texts[i].text, said, sizeof said);
		if (texts[i].said == NULL && status != 0)
			fail_msg("refused: %s: %s", texts[i].text, said);
		if (texts[i].said != NULL && (status != 1 || strstr(said, texts[i].said) == NULL))
			fail_msg("%s: status %d, said: %s", texts[i].text, status, said);
		if (status != 0)
			assert_null(strstr(said, "const struct seccomp_policy seccomp_policies"));
	}
}

static void test_compiler_files(void **state)
{
	char a[256];
	char b[256];
	char out[2][256];
	static char first[1 << 17];
	static char second[1 << 17];
	const char *files[2] = {a, b};

	(void)state;
	snprintf(a, sizeof a, "%s/keeper.policy", folder);
	snprintf(b, sizeof b, "%s/door.policy", folder);
	for (int i = 0; i < 2; i++)
		snprintf(out[i], sizeof out[i], "%s/out%d", folder, i);
	write_text(a, "read : why\nwrite arg0 = 2 : why\n");
	write_text(b, "poll : why\n");
	assert_int_equal(compile_files(files, 2, out[0]), 0);
	assert_int_equal(compile_files(files, 2, out[1]), 0);
	read_text(out[0], first, sizeof first);
	read_text(out[1], second, sizeof second);
	assert_string_equal(first, second);
	files[1] = a;
	assert_int_equal(compile_files(files, 2, out[0]), 1);
	read_text(out[0], first, sizeof first);
	assert_non_null(strstr(first, "two policies"));
	files[1] = "/nonexistent/tor.policy";
	assert_int_equal(compile_files(files, 2, out[0]), 1);
}

/* ---- the filters */

/* The kernel's classic BPF, as far as seccomp allows it. */
static uint32_t run(const struct seccomp_policy *p, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < p->count; pc++) {
		const struct sock_filter *i = &p->code[pc];
		bool jump;
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const uint8_t *)d + i->k, sizeof a);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			continue;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jump = a == i->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			jump = a >= i->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			jump = a > i->k;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			fail_msg("instruction %#x", i->code);
			return 0;
		}
		pc += jump ? i->jt : i->jf;
	}
	fail_msg("the filter has no end");
	return 0;
}

static uint32_t ask(enum role r, uint32_t arch, int number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	const struct seccomp_data d = {.nr = number, .arch = arch, .args = {a0, a1, a2, a3}};

	return run(&seccomp_policies[r], &d);
}

static void test_every_role_has_one(void **state)
{
	(void)state;
	for (size_t r = ROLE_INIT + 1; r < ROLE_COUNT; r++) {
		if (seccomp_policies[r].code == NULL)
			fail_msg("%s", role_name((enum role)r));
		assert_true(seccomp_policies[r].count > 0 && seccomp_policies[r].count < 300);
	}
	assert_null(seccomp_policies[ROLE_INIT].code);
}

/* Foreign entries are killed before any number is looked at. */
static void test_foreign_entries(void **state)
{
	(void)state;
	for (size_t r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
		for (int n = 0; n < 600; n++) {
			assert_int_equal(ask((enum role)r, AUDIT_ARCH_I386, n, 0, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
			assert_int_equal(ask((enum role)r, AUDIT_ARCH_X86_64, 0x40000000 | n, 0, 0, 0, 0),
					 SECCOMP_RET_KILL_PROCESS);
		}
	assert_int_equal(ask(ROLE_VISIT, AUDIT_ARCH_X86_64, -1, 0, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
}

/* What no role of ours does after set-up, whatever the arguments. */
static const int never[] = {
    SYS_execve,
    SYS_execveat,
    SYS_fork,
    SYS_vfork,
    SYS_ptrace,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_clone3,
    SYS_setuid,
    SYS_setresuid,
    SYS_capset,
    SYS_reboot,
    SYS_init_module,
    SYS_finit_module,
    SYS_kexec_load,
    SYS_bpf,
    SYS_io_uring_setup,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_add_key,
    SYS_perf_event_open,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_memfd_create,
    SYS_shmget,
    SYS_mknod,
    SYS_symlink,
    SYS_link,
    SYS_kill,
    SYS_tkill,
    SYS_tgkill,
    SYS_seccomp,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_ioperm,
    SYS_iopl,
    SYS_swapon,
    SYS_acct,
    SYS_open_by_handle_at,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_modify_ldt,
    SYS_personality,
    SYS_socketpair,
    SYS_listen,
    SYS_mlockall,
    SYS_remap_file_pages,
};

static void test_never(void **state)
{
	(void)state;
	for (size_t r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
		for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
			if (ask((enum role)r, AUDIT_ARCH_X86_64, never[i], 0, 0, 0, 0) != SECCOMP_RET_KILL_PROCESS)
				fail_msg("%s: %d", role_name((enum role)r), never[i]);
}

static void test_nothing_becomes_executable(void **state)
{
	(void)state;
	for (size_t r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
		for (uint64_t prot = 0; prot < 16; prot++)
			for (uint64_t flags = 0; flags < 0x100; flags++) {
				uint64_t p = prot | PROT_EXEC;
				assert_int_equal(ask((enum role)r, AUDIT_ARCH_X86_64, SYS_mmap, 0, 4096, p, flags),
						 SECCOMP_RET_KILL_PROCESS);
				assert_int_equal(ask((enum role)r, AUDIT_ARCH_X86_64, SYS_mprotect, 0, 4096, p, flags),
						 SECCOMP_RET_KILL_PROCESS);
				assert_int_equal(
				    ask((enum role)r, AUDIT_ARCH_X86_64, SYS_pkey_mprotect, 0, 4096, p, flags),
				    SECCOMP_RET_KILL_PROCESS);
			}
}

/* Only tor makes sockets, and files are tor's alone. */
static void test_sockets_and_files(void **state)
{
	static const int files[] = {SYS_open,   SYS_openat, SYS_openat2, SYS_creat,
				    SYS_unlink, SYS_rename, SYS_mkdir,   SYS_stat};

	(void)state;
	for (size_t r = ROLE_INIT + 1; r < ROLE_COUNT; r++) {
		if (r == ROLE_TOR)
			continue;
		for (uint64_t family = 0; family < 50; family++)
			for (uint64_t type = 0; type < 8; type++)
				assert_int_equal(ask((enum role)r, AUDIT_ARCH_X86_64, SYS_socket, family, type, 0, 0),
						 SECCOMP_RET_KILL_PROCESS);
		for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
			assert_int_equal(ask((enum role)r, AUDIT_ARCH_X86_64, files[i], 0, 0, 0, 0),
					 SECCOMP_RET_KILL_PROCESS);
	}
	assert_int_equal(ask(ROLE_TOR, AUDIT_ARCH_X86_64, SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 6, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(ask(ROLE_TOR, AUDIT_ARCH_X86_64, SYS_socket, AF_NETLINK, SOCK_RAW, 0, 0),
			 SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	assert_int_equal(ask(ROLE_TOR, AUDIT_ARCH_X86_64, SYS_socket, AF_PACKET, SOCK_RAW, 0, 0),
			 SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(ask(ROLE_TOR, AUDIT_ARCH_X86_64, SYS_socket, AF_INET, SOCK_RAW, 0, 0),
			 SECCOMP_RET_KILL_PROCESS);
}

static void test_arguments(void **state)
{
	(void)state;
	assert_int_equal(ask(ROLE_VISIT, AUDIT_ARCH_X86_64, SYS_write, 2, 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(ROLE_VISIT, AUDIT_ARCH_X86_64, SYS_write, 3, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(ask(ROLE_VISIT, AUDIT_ARCH_X86_64, SYS_write, 0x100000002, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(
	    ask(ROLE_VISIT, AUDIT_ARCH_X86_64, SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS),
	    SECCOMP_RET_ALLOW);
	assert_int_equal(ask(ROLE_VISIT, AUDIT_ARCH_X86_64, SYS_mmap, 0, 4096, PROT_READ, MAP_SHARED),
			 SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(ask(ROLE_VISIT, AUDIT_ARCH_X86_64, SYS_exit_group, 0, 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(ROLE_TOR, AUDIT_ARCH_X86_64, SYS_clone, 0, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(ask(ROLE_TOR, AUDIT_ARCH_X86_64, SYS_clone, 0x7d0f00, 0, 0, 0), SECCOMP_RET_ALLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_compiler),
	    cmocka_unit_test(test_compiler_files),
	    cmocka_unit_test(test_every_role_has_one),
	    cmocka_unit_test(test_foreign_entries),
	    cmocka_unit_test(test_never),
	    cmocka_unit_test(test_nothing_becomes_executable),
	    cmocka_unit_test(test_sockets_and_files),
	    cmocka_unit_test(test_arguments),
	};

	return cmocka_run_group_tests(tests, find_compiler, remove_folder);
}
