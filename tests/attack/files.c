/* SPDX-License-Identifier: GPL-3.0-or-later
 * One hostile attempt a function, each in a process of its own: files and devices. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* To read or to write. */
static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 ? 0 : result_of(open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY));
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

static int cut(const char *path)
{
	return result_of(truncate(path, 0));
}

static int take_away(const char *path)
{
	return result_of(unlink(path));
}

static int link_to_self(const char *path)
{
	return result_of(symlink("/", path));
}

static int listen_to_all(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_fanotify_init, 0, O_RDONLY));
}

static int make_disk(const char *path)
{
	return result_of(mknod(path, S_IFBLK | 0600, makedev(8, 0)));
}

#define OPEN(path) "open " path, open_path, path

static const struct attack table[] = {
    {OPEN("/")},
    {OPEN("/init")},
    {OPEN("/proc")},
    {OPEN("/proc/1/mem")},
    {OPEN("/proc/self/mem")},
    {OPEN("/proc/kcore")},
    {OPEN("/proc/sysrq-trigger")},
    {OPEN("/proc/sys/kernel/core_pattern")},
    {OPEN("/sys")},
    {OPEN("/sys/fs/cgroup/cgroup.procs")},
    {OPEN("/sys/bus/pci/devices/0000:00:00.0/config")},
    {OPEN("/sys/bus/pci/devices/0000:00:02.0/resource0")},
    {OPEN("/sys/class/tpm/tpm0/pcr-sha256/0")},
    {OPEN("/dev")},
    {OPEN("/dev/null")},
    {OPEN("/dev/mem")},
    {OPEN("/dev/port")},
    {OPEN("/dev/kmsg")},
    {OPEN("/dev/console")},
    {OPEN("/dev/tty1")},
    {OPEN("/dev/ttyS0")},
    {OPEN("/dev/ptmx")},
    {OPEN("/dev/fb0")},
    {OPEN("/dev/tpm0")},
    {OPEN("/dev/tpmrm0")},
    {OPEN("/dev/rtc0")},
    {OPEN("/dev/watchdog")},
    {OPEN("/dev/hwrng")},
    {OPEN("/dev/kvm")},
    {OPEN("/dev/vsock")},
    {OPEN("/dev/uinput")},
    {OPEN("/dev/input/event0")},
    {OPEN("/dev/bus/usb/001/001")},
    {OPEN("/dev/shm")},
    {OPEN("/run")},
    {OPEN("/store")},
    {OPEN("/store/data")},
    {OPEN("/door")},
    {OPEN("/door/source")},
    {OPEN("../../../../..")},
    {OPEN("/.extra/credentials/site.cred")},
    {"stat /", look, "/"},
    {"stat ..", look, "../../../../.."},
    {"stat /proc", look, "/proc"},
    {"stat /dev", look, "/dev"},
    {"stat /init", look, "/init"},
    {"stat /store/data", look, "/store/data"},
    {"stat /door/source", look, "/door/source"},
    {"openat /init", open_at, "/init"},
    {"openat2 /init", open_at2, "/init"},
    {"open-by-handle", by_handle, NULL},
    {"readlink", read_link, "/proc/self/exe"},
    {"make-file", make_file, "/x"},
    {"make-file /store", make_file, "/store/x"},
    {"make-file /door", make_file, "/door/x"},
    {"make-file /dev/shm", make_file, "/dev/shm/x"},
    {"make-node", make_node, "/x"},
    {"make-node /tor", make_node, "/tor/x"},
    {"make-node /store", make_node, "/store/x"},
    {"make-disk /tor", make_disk, "/tor/x"},
    {"make-disk /store", make_disk, "/store/x"},
    {"link", link_to_self, "/x"},
    {"truncate /init", cut, "/init"},
    {"unlink /init", take_away, "/init"},
    {"unlink /door/source", take_away, "/door/source"},
    {"chroot", change_root, "/"},
    {"fanotify", listen_to_all, NULL},
};
const struct attacks attacks_on_files = {table, sizeof table / sizeof table[0]};
