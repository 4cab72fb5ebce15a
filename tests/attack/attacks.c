/* SPDX-License-Identifier: GPL-3.0-or-later
 * One hostile attempt a function. Each runs in a process of its own. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/usbdevice_fs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { FDS = 64, PAGE = 4096, VSOCK = 40, MOST_MIB = 2048 };

/* errno of what just failed, 0 if it didn't. */
static int result_of(long value)
{
	return value >= 0 ? 0 : errno;
}

static int open_read(const char *path)
{
	return result_of(open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
}

static int open_write(const char *path)
{
	return result_of(open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY));
}

static int make_file(const char *path)
{
	return result_of(open(path, O_WRONLY | O_CREAT, 0700));
}

static int make_node(const char *path)
{
	return result_of(mknod(path, S_IFCHR | 0600, makedev(1, 1)));
}

static int open_at(const char *path)
{
	return result_of(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_NONBLOCK));
}

static int open_at2(const char *path)
{
	const uint64_t how[3] = {O_RDONLY, 0, 0};

	return result_of(syscall(SYS_openat2, AT_FDCWD, path, how, sizeof how));
}

static int by_handle(const char *unused)
{
	struct {
		unsigned bytes;
		int type;
		unsigned char f[8];
	} handle = {8, 1, {2}};

	(void)unused;
	return result_of(syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY));
}

static int read_link(const char *path)
{
	char out[64];

	return result_of(readlink(path, out, sizeof out));
}

static int look(const char *path)
{
	struct stat st;

	return result_of(stat(path, &st));
}

static int change_root(const char *path)
{
	return result_of(chroot(path));
}

/* ---- other processes: PID 1 ("1") or the one that started us, which has our own uid and no sandbox ("up") */
static pid_t target(const char *who)
{
	return *who == '1' ? 1 : getppid();
}

static int trace(const char *who)
{
	return result_of(ptrace(PTRACE_ATTACH, target(who), NULL, NULL));
}

static int read_memory(const char *who)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)0x1000, 1};

	return result_of(process_vm_readv(target(who), &here, 1, &there, 1, 0));
}

static int send_signal(const char *who)
{
	return result_of(kill(target(who), 0));
}

static int pid_descriptor(const char *who)
{
	return result_of(syscall(SYS_pidfd_open, target(who), 0));
}

static int limit_of(const char *who)
{
	struct rlimit limit;

	return result_of(prlimit(target(who), RLIMIT_NOFILE, NULL, &limit));
}

static int everybody(const char *unused)
{
	(void)unused;
	return result_of(kill(-1, 0));
}

/* ---- networks */
static int socket_of(int family, int type, int protocol)
{
	return result_of(socket(family, type, protocol));
}

static int inet(const char *unused)
{
	(void)unused;
	return socket_of(AF_INET, SOCK_STREAM, 0);
}

static int inet_datagram(const char *unused)
{
	(void)unused;
	return socket_of(AF_INET, SOCK_DGRAM, 0);
}

static int inet_raw(const char *unused)
{
	(void)unused;
	return socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int packet(const char *unused)
{
	(void)unused;
	return socket_of(AF_PACKET, SOCK_RAW, 0);
}

static int netlink(const char *unused)
{
	(void)unused;
	return socket_of(AF_NETLINK, SOCK_RAW, 0);
}

static int vsock(const char *unused)
{
	(void)unused;
	return socket_of(VSOCK, SOCK_STREAM, 0);
}

static int other_families(const char *unused)
{
	(void)unused;
	for (int family = 3; family < 46; family++)
		if (family != AF_INET6 && family != AF_PACKET && family != AF_NETLINK && family != VSOCK &&
		    socket(family, SOCK_STREAM, 0) >= 0)
			return 0;
	return errno;
}

static int unix_named(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return errno;
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	return result_of(connect(fd, (struct sockaddr *)&a, sizeof a));
}

static int unix_abstract(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return errno;
	snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "%s", name);
	return result_of(bind(fd, (struct sockaddr *)&a, sizeof a));
}

static int listen_tcp(const char *unused)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(4444)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)unused;
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0)
		return errno;
	return result_of(listen(fd, 1));
}

/* Some request on every descriptor that the role has. */
static int ioctl_all(unsigned long request, void *argument)
{
	for (int fd = 0; fd < FDS; fd++)
		if (ioctl(fd, (int)request, argument) >= 0)
			return 0;
	return errno;
}

static int ethtool(const char *unused)
{
	uint32_t command = 3; /* ETHTOOL_GDRVINFO */
	struct ifreq request = {.ifr_name = "eth0", .ifr_data = (void *)&command};

	(void)unused;
	return ioctl_all(SIOCETHTOOL, &request);
}

static int type_into_terminal(const char *unused)
{
	static char key = 'x';

	(void)unused;
	return ioctl_all(TIOCSTI, &key);
}

static int paste_selection(const char *unused)
{
	static char request[2] = {3 /* TIOCL_PASTESEL */};

	(void)unused;
	return ioctl_all(TIOCLINUX, request);
}

static int take_terminal(const char *unused)
{
	(void)unused;
	return ioctl_all(TIOCSCTTY, NULL);
}

static int usb_reset(const char *unused)
{
	(void)unused;
	return ioctl_all(USBDEVFS_RESET, NULL);
}

/* ---- the machine */
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

/* ---- its own memory and time */
static int map_executable(const char *unused)
{
	(void)unused;
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		   ? errno
		   : 0;
}

static int make_executable(const char *unused)
{
	static uint8_t page[2 * PAGE] __attribute__((aligned(PAGE)));

	(void)unused;
	return result_of(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
}

static int rewrite_code(const char *unused)
{
	(void)unused;
	return result_of(mprotect((void *)((uintptr_t)rewrite_code & ~(uintptr_t)(PAGE - 1)), PAGE,
				  PROT_READ | PROT_WRITE));
}

static int share_memory(const char *unused)
{
	(void)unused;
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

/* Takes and touches memory until there is none: must end in an error, or with this process alone. */
static int fill_memory(const char *unused)
{
	enum { PIECE = 4 << 20 };

	(void)unused;
	for (int i = 0; i < MOST_MIB / 4; i++) {
		char *at = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			return errno;
		for (size_t page = 0; page < PIECE; page += PAGE)
			at[page] = 1;
	}
	return 0;
}

static int fork_once(const char *unused)
{
	long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	(void)unused;
	if (child == 0)
		_exit(0);
	return result_of(child);
}

static int vfork_once(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_clone, CLONE_VM | SIGCHLD, 0, 0, 0, 0));
}

static int more_priority(const char *unused)
{
	(void)unused;
	return result_of(setpriority(PRIO_PROCESS, 0, -20));
}

static int dump_core(const char *unused)
{
	static const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	(void)unused;
	return result_of(setrlimit(RLIMIT_CORE, &all));
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

/* clang-format off: a table is read by its columns */
#define EACH_PATH(function, label) \
	{label "-/", function, "/"}, {label "-/init", function, "/init"}, {label "-/proc", function, "/proc"}, \
	{label "-/proc/1/mem", function, "/proc/1/mem"}, {label "-/proc/self/mem", function, "/proc/self/mem"}, \
	{label "-/sys", function, "/sys"}, {label "-/dev", function, "/dev"}, {label "-/dev/mem", function, "/dev/mem"}, \
	{label "-/dev/kmsg", function, "/dev/kmsg"}, {label "-/dev/console", function, "/dev/console"}, \
	{label "-/dev/tty1", function, "/dev/tty1"}, {label "-/dev/ttyS0", function, "/dev/ttyS0"}, \
	{label "-/dev/tpm0", function, "/dev/tpm0"}, {label "-/dev/bus/usb", function, "/dev/bus/usb/001/001"}, \
	{label "-/run", function, "/run"}, {label "-/store", function, "/store"}, {label "-/door", function, "/door"}, \
	{label "-..", function, "../../../../.."}, {label "-site", function, "/.extra/credentials/site.cred"}

const struct attack attacks[] = {
	EACH_PATH(open_read, "open"),
	EACH_PATH(open_write, "write"),
	EACH_PATH(look, "stat"),
	{"openat-/init", open_at, "/init"},
	{"openat2-/init", open_at2, "/init"},
	{"open-by-handle", by_handle, NULL},
	{"readlink", read_link, "/proc/self/exe"},
	{"make-file", make_file, "/x"},
	{"make-file-/store", make_file, "/store/x"},
	{"make-file-/door", make_file, "/door/x"},
	{"make-node", make_node, "/x"},
	{"make-node-/tor", make_node, "/tor/x"},
	{"make-node-/store", make_node, "/store/x"},
	{"chroot", change_root, "/"},
	{"ptrace-init", trace, "1"},
	{"ptrace-parent", trace, "up"},
	{"read-memory-init", read_memory, "1"},
	{"read-memory-parent", read_memory, "up"},
	{"signal-init", send_signal, "1"},
	{"signal-parent", send_signal, "up"},
	{"signal-everybody", everybody, NULL},
	{"pidfd-init", pid_descriptor, "1"},
	{"pidfd-parent", pid_descriptor, "up"},
	{"limits-of-init", limit_of, "1"},
	{"limits-of-parent", limit_of, "up"},
	{"inet", inet, NULL},
	{"inet-datagram", inet_datagram, NULL},
	{"inet-raw", inet_raw, NULL},
	{"inet-listen", listen_tcp, NULL},
	{"packet", packet, NULL},
	{"netlink", netlink, NULL},
	{"vsock", vsock, NULL},
	{"other-families", other_families, NULL},
	{"unix-source-door", unix_named, "/door/source"},
	{"unix-elsewhere", unix_named, "/run/x"},
	{"unix-abstract", unix_abstract, "courier"},
	{"ethtool", ethtool, NULL},
	{"type-into-terminal", type_into_terminal, NULL},
	{"paste-selection", paste_selection, NULL},
	{"take-terminal", take_terminal, NULL},
	{"usb-reset", usb_reset, NULL},
	{"mount-proc", mount_proc, NULL},
	{"remount", remount, NULL},
	{"fsopen", new_mount_api, NULL},
	{"unshare-user", user_namespace, NULL},
	{"unshare-mount", mount_namespace, NULL},
	{"clone-user", clone_user_namespace, NULL},
	{"setns", enter_namespace, NULL},
	{"iopl", port_permission, NULL},
	{"ioperm", port_range, NULL},
	{"port-write", port_write, NULL},
	{"kernel-memory", kernel_memory, NULL},
	{"add-key", keyring, NULL},
	{"keyctl", key_control, NULL},
	{"memfd", memory_file, NULL},
	{"execute-memfd", execute_memory_file, NULL},
	{"execute-/init", execute, "/init"},
	{"execute-self", execute, "/proc/self/exe"},
	{"setuid", become, NULL},
	{"capset", take_capabilities, NULL},
	{"set-clock", set_clock, NULL},
	{"bend-clock", bend_clock, NULL},
	{"reboot", restart_machine, NULL},
	{"kexec", load_kernel, NULL},
	{"init-module", load_module, NULL},
	{"bpf", bpf, NULL},
	{"perf", perf, NULL},
	{"io-uring", ring, NULL},
	{"userfaultfd", fault_descriptor, NULL},
	{"syslog", kernel_log, NULL},
	{"host-name", host_name, NULL},
	{"shared-memory", shared_memory, NULL},
	{"message-queue", message_queue, NULL},
	{"map-executable", map_executable, NULL},
	{"make-executable", make_executable, NULL},
	{"rewrite-code", rewrite_code, NULL},
	{"map-shared", share_memory, NULL},
	{"fill-memory", fill_memory, NULL},
	{"fork", fork_once, NULL},
	{"clone-memory", vfork_once, NULL},
	{"priority", more_priority, NULL},
	{"core-limit", dump_core, NULL},
	{"another-filter", new_filter, NULL},
	{"32-bit-entry", other_entry, NULL},
};
/* clang-format on */
const size_t attack_count = sizeof attacks / sizeof attacks[0];
