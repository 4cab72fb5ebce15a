/* SPDX-License-Identifier: GPL-3.0-or-later
 * The door, its workers and the keeper on a workstation, under the same supervisor and the same sandboxes. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/init.h"
#include "init/supervisor.h"

enum {
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_SITE = 3,
	BACKLOG = 256,
	QUERY_LANDLOCK_VERSION = 1,
	LANDLOCK_WHOLE = 6
};
#define STORE_MAX (4ull << 30)

struct listener {
	const char *text; /* as on the command line */
	const char *path; /* of a unix socket; NULL: TCP */
	int fd;
};

struct bench {
	struct listener doors[2];
	const char *site;
	bool proxy_lines;
	bool own_ids;
	int out; /* what was standard output */
};

static struct bench bench = {.out = STDOUT_FILENO};
static struct supervisor supervisor; /* too large for the stack */

static const char usage[] =
    "usage: courier workbench --listen ADDRESS --desk-listen ADDRESS --site FILE [--proxy-lines]\n"
    "\n"
    "Runs the source door, the desk door, their workers and the keeper here, without Tor, until Ctrl-C. Nothing is "
    "kept.\n"
    "\n"
    "  --listen ADDRESS       the source door: HOST:PORT in numbers, [HOST]:PORT for IPv6, or unix:PATH\n"
    "  --desk-listen ADDRESS  the desk door\n"
    "  --site FILE            a site file (courier site init)\n"
    "  --proxy-lines          a PROXY line stands before each connection, as Tor writes it\n";

#define SAY(...) dprintf(bench.out, __VA_ARGS__)

static int complain(const char *what, const char *which)
{
	dprintf(STDERR_FILENO, "courier workbench: %s: %s: %s\n", which, what, strerror(errno));
	return STATUS_FAILED;
}

/* ---- the command line */

static bool take_value(int argc, char **argv, int *at, const char *name, const char **value)
{
	if (strcmp(argv[*at], name) != 0 || *at + 1 >= argc || *value != NULL)
		return false;
	*value = argv[++*at];
	return true;
}

static bool parse_arguments(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--proxy-lines") == 0)
			bench.proxy_lines = true;
		else if (!take_value(argc, argv, &i, "--listen", &bench.doors[0].text) &&
			 !take_value(argc, argv, &i, "--desk-listen", &bench.doors[1].text) &&
			 !take_value(argc, argv, &i, "--site", &bench.site))
			return false;
	}
	return bench.doors[0].text != NULL && bench.doors[1].text != NULL && bench.site != NULL;
}

/* ---- listeners, in the namespaces of whoever started us */

static int bind_unix(struct listener *l)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;

	l->path = l->text + strlen("unix:");
	if (strlen(l->path) == 0 || strlen(l->path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, l->path, strlen(l->path));
	/* A socket left by one that was killed; never anything else. */
	if (lstat(l->path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(l->path);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return l->fd < 0 ? -1 : bind(l->fd, (struct sockaddr *)&address, sizeof address);
}

static bool parse_address(const char *text, struct sockaddr_storage *address, socklen_t *len)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	const char *colon = strrchr(text, ':');
	char host[64];
	uint64_t port;
	size_t n;

	if (colon == NULL || bytes_decimal(bytes_str(colon + 1), UINT16_MAX, &port) != ERR_OK)
		return false;
	n = (size_t)(colon - text);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	if (n >= sizeof host)
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	memset(address, 0, sizeof *address);
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		*len = sizeof *v4;
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
		return false;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	*len = sizeof *v6;
	return true;
}

static int bind_tcp(struct listener *l)
{
	static const int on = 1;
	struct sockaddr_storage address;
	socklen_t len;

	if (!parse_address(l->text, &address, &len)) {
		errno = EINVAL;
		return -1;
	}
	l->fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
		return -1;
	return bind(l->fd, (struct sockaddr *)&address, len);
}

static int open_listener(struct listener *l)
{
	int failed = strncmp(l->text, "unix:", 5) == 0 ? bind_unix(l) : bind_tcp(l);

	return failed != 0 ? -1 : listen(l->fd, BACKLOG);
}

/* With port 0 the kernel chose one. */
static void address_text(const struct listener *l, char *text, size_t cap)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof address;
	char host[64];

	if (l->path != NULL || getsockname(l->fd, (struct sockaddr *)&address, &len) != 0) {
		snprintf(text, cap, "%s", l->text);
	} else if (address.ss_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
		snprintf(text, cap, "http://%s:%u/", inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host),
			 ntohs(v4->sin_port));
	} else {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
		snprintf(text, cap, "http://[%s]:%u/", inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host),
			 ntohs(v6->sin6_port));
	}
}

static void tell_open(const struct supervisor *s)
{
	char text[160];

	(void)s;
	address_text(&bench.doors[0], text, sizeof text);
	SAY("source door: %s\n", text);
	address_text(&bench.doors[1], text, sizeof text);
	SAY("desk door: %s\n", text);
}

/* ---- what a workstation allows */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* An ordinary user gets the rights over namespaces inside a user namespace in which only he exists. */
static int enter_user_namespace(void)
{
	char uids[48];
	char gids[48];

	snprintf(uids, sizeof uids, "%u %u 1\n", getuid(), getuid());
	snprintf(gids, sizeof gids, "%u %u 1\n", getgid(), getgid());
	if (unshare(CLONE_NEWUSER) != 0)
		return -1;
	if (write_file("/proc/self/setgroups", "deny") != 0 || write_file("/proc/self/uid_map", uids) != 0)
		return -1;
	return write_file("/proc/self/gid_map", gids);
}

static int refuse_namespaces(void)
{
	dprintf(
	    STDERR_FILENO,
	    "courier workbench: this kernel does not let an ordinary user make namespaces (%s).\n"
	    "Without them the processes would not be confined, so nothing was started. Run it as root, or allow them:\n"
	    "  sysctl user.max_user_namespaces=10000\n"
	    "  sysctl kernel.unprivileged_userns_clone=1              (Debian, if the setting exists)\n"
	    "  sysctl kernel.apparmor_restrict_unprivileged_userns=0  (Ubuntu 23.10 and later)\n",
	    strerror(errno));
	return STATUS_FAILED;
}

static bool has_hidden_memory(void)
{
	struct secret_area probe;
	bool hidden;

	if (secret_area_new(1, &probe) != ERR_OK)
		return false;
	hidden = probe.hidden;
	secret_area_free(&probe);
	return hidden;
}

static void tell_differences(void)
{
	long landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, QUERY_LANDLOCK_VERSION);

	SAY("The workbench: door, workers and keeper as in the appliance, without Tor, network card and console. Left "
	    "out here:\n");
	if (!bench.own_ids)
		SAY("  - a uid for each process and each worker: all run as you, in a user namespace\n");
	SAY("  - cgroups: limits on memory, processes and CPU for each role\n");
	SAY("  - memory that no disk sees: this machine may swap, the store included\n");
	if (!has_hidden_memory())
		SAY("  - memfd_secret: keys are in locked memory that the kernel can read\n");
	if (landlock < LANDLOCK_WHOLE)
		SAY("  - %s of Landlock: this kernel is too old for it\n", landlock < 1 ? "all" : "parts");
}

/* ---- the run */

static uint64_t memory_bytes(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit : 2 * LIMIT_CAPACITY_LEAST;
}

/* Half of the machine, but not without bound: others work on it too. */
static uint64_t store_capacity(void)
{
	uint64_t half = memory_bytes() / 2;

	return (half < STORE_MAX ? half : STORE_MAX) & ~(uint64_t)0xfff;
}

/* The keys take locked memory twice, here and in the keeper; an ordinary user may not have much. */
static uint64_t keys_len(void)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	if (setrlimit(RLIMIT_MEMLOCK, &limit) == 0)
		return LIMIT_KEEPER_SECRET;
	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_max < 2 * (uint64_t)LIMIT_KEEPER_SECRET)
		return LIMIT_KEEPER_SECRET_SMALL;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_MEMLOCK, &limit) == 0 ? LIMIT_KEEPER_SECRET : LIMIT_KEEPER_SECRET_SMALL;
}

static int open_everything(void)
{
	supervisor.site = open(bench.site, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (supervisor.site < 0)
		return complain("can't be read", bench.site);
	for (int i = 0; i < 2; i++) {
		if (open_listener(&bench.doors[i]) != 0)
			return complain("can't be listened on", bench.doors[i].text);
		supervisor.listeners[i] = bench.doors[i].fd;
	}
	return 0;
}

static int prepare(void)
{
	static const int no_door[2] = {-1, -1};
	int status;

	bench.out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, OWN_FD_FIRST);
	if (bench.out < 0 || spawn_prepare() != ERR_OK || supervisor_init(&supervisor) != ERR_OK)
		return complain("can't start", "descriptors");
	status = open_everything();
	if (status != 0)
		return status;
	bench.own_ids = geteuid() == 0;
	if (!bench.own_ids && enter_user_namespace() != 0)
		return refuse_namespaces();
	supervisor.capacity = store_capacity();
	supervisor.turns = supervisor_turns(memory_bytes());
	supervisor.keys_len = keys_len();
	if (chambers_make(&supervisor.chambers, bench.own_ids, supervisor.capacity, no_door) != ERR_OK) {
		if (!bench.own_ids)
			return refuse_namespaces();
		return complain("can't be made (is this a container without CAP_SYS_ADMIN?)", "namespaces");
	}
	return confine_supervisor() == ERR_OK ? 0 : complain("can't be dropped", "capabilities");
}

static int run(void)
{
	enum end_reason reason;

	supervisor.workbench = true;
	supervisor.proxy_lines = bench.proxy_lines;
	supervisor.end_without_site = true;
	supervisor.roles = 1u << ROLE_DOOR | 1u << ROLE_KEEPER;
	supervisor.terminals[0] = supervisor.terminals[1] = -1;
	supervisor.ipv6_switch = -1;
	supervisor.power = -1;
	supervisor.on_open = tell_open;
	reason = supervise(&supervisor);
	supervisor_end(&supervisor);
	for (int i = 0; i < 2; i++)
		if (bench.doors[i].path != NULL)
			unlink(bench.doors[i].path);
	if (reason != END_SITE_REFUSED)
		return reason == END_FAILED ? STATUS_FAILED : 0;
	dprintf(STDERR_FILENO, "courier workbench: %s:%u: %s\n", bench.site, supervisor.fault_line,
		(const char *)supervisor.fault);
	return STATUS_SITE;
}

int workbench_main(int argc, char **argv)
{
	int status;

	log_set_role("init");
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		SAY("%s", usage);
		return 0;
	}
	if (!parse_arguments(argc, argv)) {
		dprintf(STDERR_FILENO, "%s", usage);
		return STATUS_USAGE;
	}
	status = prepare();
	if (status != 0)
		return status;
	tell_differences();
	return run();
}
