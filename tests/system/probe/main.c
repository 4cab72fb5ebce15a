/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the attempts share, and their order. See probe.h. */
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

enum {
	SERIAL_MAJOR = 4,
	SERIAL_MINOR = 64,
	SETTLE_TRIES = 600, /* tenths of a second: the kernel finds its USB devices after PID 1 has started */
	DRAIN_S = 1,        /* the serial line */
};

static const char *error_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
	    {EPERM, "EPERM"},   {ENOENT, "ENOENT"}, {ENXIO, "ENXIO"},           {EACCES, "EACCES"}, {EBUSY, "EBUSY"},
	    {ENODEV, "ENODEV"}, {EINVAL, "EINVAL"}, {ENOSYS, "ENOSYS"},         {EIO, "EIO"},       {ENOTTY, "ENOTTY"},
	    {EROFS, "EROFS"},   {EEXIST, "EEXIST"}, {EOPNOTSUPP, "EOPNOTSUPP"},
	};
	static char number[24];

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].error == error)
			return names[i].name;
	(void)snprintf(number, sizeof number, "errno-%d", error);
	return number;
}

void tried(const char *name, const char *target, int error)
{
	printf("try %s: %s: %s\n", name, target, error == 0 ? "done" : error_name(error));
}

void nothing_there(const char *name)
{
	printf("try %s: -: none\n", name);
}

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

void read_line(const char *path, char *line, unsigned size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, line, size - 1);

	line[got > 0 ? got : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

int open_node(unsigned type, unsigned major, unsigned minor, int *fd)
{
	int error = 0;

	*fd = -1;
	if (mknod("/node", type | 0600, makedev(major, minor)) < 0)
		return errno;
	*fd = open("/node", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		error = errno;
	unlink("/node");
	return error;
}

/* Until the two USB disks of the test are there, or for a minute. */
static void settle(void)
{
	for (unsigned i = 0; i < SETTLE_TRIES; i++) {
		glob_t found;
		unsigned disks = 0;

		if (glob("/sys/bus/usb/devices/*:*/bInterfaceClass", 0, NULL, &found) == 0) {
			for (size_t n = 0; n < found.gl_pathc; n++) {
				char class[8];

				read_line(found.gl_pathv[n], class, sizeof class);
				disks += strcmp(class, "08") == 0;
			}
			globfree(&found);
		}
		if (disks >= 2)
			return;
		usleep(100 * 1000);
	}
}

static int open_console(void)
{
	int line;

	mkdir("/dev", 0755);
	if (mknod("/dev/serial", S_IFCHR | 0600, makedev(SERIAL_MAJOR, SERIAL_MINOR)) < 0 && errno != EEXIST)
		return -1;
	line = open("/dev/serial", O_RDWR | O_NOCTTY);
	if (line < 0)
		return -1;
	dup2(line, 1);
	dup2(line, 2);
	setvbuf(stdout, NULL, _IOLBF, 0);
	return 0;
}

int main(void)
{
	if (open_console() < 0)
		return 1;
	printf("probe: started\n");
	mkdir("/sys", 0755);
	mkdir("/proc", 0755);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0)
		printf("probe: no sysfs or proc: %s\n", strerror(errno));
	settle();
	try_usbfs();
	try_nodes();
	try_kernel();
	try_firmware();
	try_pci();
	try_usb_drivers();
	printf("probe: end\n");
	sync();
	(void)tcdrain(STDOUT_FILENO);
	sleep(DRAIN_S);
	reboot(RB_POWER_OFF);
	return 1;
}
