/* SPDX-License-Identifier: GPL-3.0-or-later
 * One hostile attempt a function, each in a process of its own: the machine and the kernel. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

enum { FDS = 64, PAGE = 4096 };

static int mount_proc(const char *unused)
{
	(void)unused;
	return result_of(mount("proc", "/", "proc", 0, NULL));
}

static int remount(const char *unused)
{
	(void)unused;
	return result_of(mount(NULL, "/", NULL, MS_REMOUNT, NULL));
}

static int new_mount_api(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_fsopen, "tmpfs", 0));
}

static int user_namespace(const char *unused)
{
	(void)unused;
	return result_of(unshare(CLONE_NEWUSER));
}

static int mount_namespace(const char *unused)
{
	(void)unused;
	return result_of(unshare(CLONE_NEWNS));
}

static int clone_user_namespace(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static int enter_namespace(const char *unused)
{
	(void)unused;
	for (int fd = 0; fd < FDS; fd++)
		if (setns(fd, 0) == 0)
			return 0;
	return errno;
}

static int port_permission(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_iopl, 3));
}

static int port_range(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_ioperm, 0xcf8, 8, 1));
}

static int port_write(const char *unused)
{
	(void)unused;
	__asm__ volatile("outl %0, %1" : : "a"(0x80000000u), "d"((uint16_t)0xcf8)); /* PCI configuration */
	return 0;
}

static int kernel_memory(const char *unused)
{
	(void)unused;
	(void)*(volatile const char *)(uintptr_t)0xffffffff81000000u;
	return 0;
}

static int keyring(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_add_key, "user", "x", "y", 1, -3));
}

static int key_control(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_keyctl, 0, -3, 1));
}

static int memory_file(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_memfd_create, "x", 0));
}

static int execute_memory_file(const char *unused)
{
	static char *const none[] = {NULL};
	int fd = (int)syscall(SYS_memfd_create, "x", 0);

	(void)unused;
	if (fd < 0 || write(fd, "#!/init\n", 8) != 8)
		return errno;
	return result_of(syscall(SYS_execveat, fd, "", none, none, AT_EMPTY_PATH));
}

static int execute(const char *path)
{
	static char *const none[] = {NULL};

	return result_of(execve(path, none, none));
}

static int become(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_setuid, 0));
}

static int take_capabilities(const char *unused)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}};

	(void)unused;
	return result_of(syscall(SYS_capset, &header, data));
}

static int set_clock(const char *unused)
{
	const struct timespec then = {.tv_sec = 1};

	(void)unused;
	return result_of(clock_settime(CLOCK_REALTIME, &then));
}

static int bend_clock(const char *unused)
{
	struct timex t = {.modes = ADJ_OFFSET};

	(void)unused;
	return result_of(adjtimex(&t));
}

static int restart_machine(const char *unused)
{
	(void)unused;
	return result_of(reboot(RB_AUTOBOOT));
}

static int load_kernel(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

static int load_module(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_init_module, "", 0, ""));
}

static int bpf(const char *unused)
{
	static char attributes[128];

	(void)unused;
	return result_of(syscall(SYS_bpf, 0, attributes, sizeof attributes));
}

static int perf(const char *unused)
{
	static char attributes[128];

	(void)unused;
	return result_of(syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}

static int ring(const char *unused)
{
	static char parameters[256];

	(void)unused;
	return result_of(syscall(SYS_io_uring_setup, 8, parameters));
}

static int fault_descriptor(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_userfaultfd, 0));
}

static int kernel_log(const char *unused)
{
	char line[64];

	(void)unused;
	return result_of(syscall(SYS_syslog, 3, line, sizeof line));
}

static int host_name(const char *unused)
{
	(void)unused;
	return result_of(sethostname("x", 1));
}

static int shared_memory(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_shmget, 0x5eed, PAGE, 01666));
}

static int message_queue(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_mq_open, "x", O_CREAT | O_RDWR, 0600, NULL));
}

static int port_read(const char *unused)
{
	unsigned value;

	(void)unused;
	__asm__ volatile("inl %1, %0" : "=a"(value) : "d"((uint16_t)0xcfc));
	return 0;
}

static int switch_interrupts(const char *unused)
{
	(void)unused;
	__asm__ volatile("cli");
	return 0;
}

static int request_key(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_request_key, "user", "x", NULL, -3));
}

static int set_time_of_day(const char *unused)
{
	const struct timeval then = {.tv_sec = 1};

	(void)unused;
	return result_of(syscall(SYS_settimeofday, &then, NULL));
}

static int load_kernel_file(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_kexec_file_load, -1, -1, 0, "", 0));
}

static int load_module_file(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_finit_module, 0, "", 0));
}

static int unload_module(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_delete_module, "x", 0));
}

static int swap(const char *path)
{
	return result_of(syscall(SYS_swapon, path, 0));
}

static int account(const char *path)
{
	return result_of(syscall(SYS_acct, path));
}

static int pivot(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_pivot_root, ".", "."));
}

static int unmount(const char *path)
{
	return result_of(umount2(path, MNT_DETACH));
}

static int bind_mount(const char *path)
{
	return result_of(mount("/", path, NULL, MS_BIND | MS_REC, NULL));
}

static int tree(const char *path)
{
	return result_of(syscall(SYS_open_tree, AT_FDCWD, path, 1 /* OPEN_TREE_CLONE */));
}

static int namespace_of(const char *unused)
{
	(void)unused;
	return result_of(unshare(CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP));
}

static int hang_up(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_vhangup));
}

static int local_segments(const char *unused)
{
	char table[16];

	(void)unused;
	return result_of(syscall(SYS_modify_ldt, 0, table, sizeof table));
}

static int become_group(const char *unused)
{
	static const gid_t none = 0;

	(void)unused;
	return result_of(syscall(SYS_setgroups, 1, &none));
}

static int own_capability(const char *unused)
{
	(void)unused;
	return result_of(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0));
}

static int io_priority(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_ioprio_set, 1, 0, 1 << 13));
}

static int real_time(const char *unused)
{
	static const struct sched_param first = {.sched_priority = 99};

	(void)unused;
	return result_of(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &first));
}

static int more_priority(const char *unused)
{
	(void)unused;
	return result_of(setpriority(PRIO_PROCESS, 0, -20));
}

static int new_filter(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_seccomp, 0, 0, NULL));
}

/* The entry of 32-bit programs: getpid is 20 there. */
static int other_entry(const char *unused)
{
	int value = 20;

	(void)unused;
	__asm__ volatile("int $0x80" : "+a"(value) : : "memory");
	return value >= 0 ? 0 : -value;
}

static const struct attack table[] = {
    {"mount-proc", mount_proc, NULL},
    {"remount", remount, NULL},
    {"bind-mount", bind_mount, "/"},
    {"unmount", unmount, "/"},
    {"pivot-root", pivot, NULL},
    {"open-tree", tree, "/"},
    {"fsopen", new_mount_api, NULL},
    {"unshare-user", user_namespace, NULL},
    {"unshare-mount", mount_namespace, NULL},
    {"unshare-others", namespace_of, NULL},
    {"clone-user", clone_user_namespace, NULL},
    {"setns", enter_namespace, NULL},
    {"iopl", port_permission, NULL},
    {"ioperm", port_range, NULL},
    {"port-write", port_write, NULL},
    {"port-read", port_read, NULL},
    {"interrupts-off", switch_interrupts, NULL},
    {"kernel-memory", kernel_memory, NULL},
    {"add-key", keyring, NULL},
    {"keyctl", key_control, NULL},
    {"request-key", request_key, NULL},
    {"memfd", memory_file, NULL},
    {"execute-memfd", execute_memory_file, NULL},
    {"execute-/init", execute, "/init"},
    {"execute-self", execute, "/proc/self/exe"},
    {"setuid", become, NULL},
    {"setgroups", become_group, NULL},
    {"capset", take_capabilities, NULL},
    {"ambient", own_capability, NULL},
    {"set-clock", set_clock, NULL},
    {"set-time-of-day", set_time_of_day, NULL},
    {"bend-clock", bend_clock, NULL},
    {"reboot", restart_machine, NULL},
    {"kexec", load_kernel, NULL},
    {"kexec-file", load_kernel_file, NULL},
    {"init-module", load_module, NULL},
    {"finit-module", load_module_file, NULL},
    {"delete-module", unload_module, NULL},
    {"swap", swap, "/x"},
    {"account", account, "/x"},
    {"bpf", bpf, NULL},
    {"perf", perf, NULL},
    {"io-uring", ring, NULL},
    {"userfaultfd", fault_descriptor, NULL},
    {"syslog", kernel_log, NULL},
    {"hang-up", hang_up, NULL},
    {"host-name", host_name, NULL},
    {"shared-memory", shared_memory, NULL},
    {"message-queue", message_queue, NULL},
    {"local-segments", local_segments, NULL},
    {"priority", more_priority, NULL},
    {"io-priority", io_priority, NULL},
    {"real-time", real_time, NULL},
    {"another-filter", new_filter, NULL},
    {"32-bit-entry", other_entry, NULL},
};
const struct attacks attacks_on_machine = {table, sizeof table / sizeof table[0]};
