/* SPDX-License-Identifier: GPL-3.0-or-later
 * The disk controllers as PCI devices: their configuration, registers, memory and firmware, and drivers that weren't
 * written for them. A card's own memory (vital product data) is tried on every device. */
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	PATH = 512,
	BARS = 6,
	COMMAND = 4, /* offset in the configuration */
};

/* Storage, SD hosts, and USB hosts, by class code. */
static bool reaches_disks(const char *device)
{
	char path[PATH], class[16];

	(void)snprintf(path, sizeof path, "%s/class", device);
	read_line(path, class, sizeof class);
	return strncmp(class, "0x01", 4) == 0 || strncmp(class, "0x0805", 6) == 0 || strncmp(class, "0x0c03", 6) == 0;
}

static int write_at(const char *path, off_t at, const void *data, size_t len)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), error = 0;

	if (fd < 0)
		return errno;
	if (pwrite(fd, data, len, at) < 0)
		error = errno;
	close(fd);
	return error;
}

static int map(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), error = 0;
	void *memory;

	if (fd < 0)
		return errno;
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		error = errno;
	else
		munmap(memory, 4096);
	close(fd);
	return error;
}

static void try_registers(const char *device, const char *slot)
{
	static const unsigned char command[2] = {0x07, 0x04};
	char path[PATH], driver[PATH];

	(void)snprintf(path, sizeof path, "%s/config", device);
	tried("pci-config", slot, write_at(path, COMMAND, command, sizeof command));
	(void)snprintf(path, sizeof path, "/proc/bus/pci/%.2s/%.4s", slot + 5, slot + 8);
	tried("pci-proc", slot, write_at(path, COMMAND, command, sizeof command));
	for (unsigned bar = 0; bar < BARS; bar++) {
		int error;

		(void)snprintf(path, sizeof path, "%s/resource%u", device, bar);
		if (access(path, F_OK) < 0)
			continue;
		error = map(path);
		if (error == EIO || error == ENODEV || error == EINVAL) /* ports can't be mapped, only written */
			error = write_at(path, 0, command, 1);
		tried("pci-registers", slot, error);
	}
	(void)snprintf(path, sizeof path, "%s/driver_override", device);
	(void)snprintf(driver, sizeof driver, "%s/driver", device);
	if (access(driver, F_OK) < 0)
		tried("pci-driver-override", slot, write_file(path, "e1000"));
}

/* Tells every driver that it is for this device, and each to take it. */
static void try_drivers(const char *device, const char *slot)
{
	char path[PATH], vendor[16], number[16], text[64];
	glob_t found;

	(void)snprintf(path, sizeof path, "%s/driver", device);
	if (access(path, F_OK) == 0) /* a USB host has its own */
		return;
	(void)snprintf(path, sizeof path, "%s/vendor", device);
	read_line(path, vendor, sizeof vendor);
	(void)snprintf(path, sizeof path, "%s/device", device);
	read_line(path, number, sizeof number);
	(void)snprintf(text, sizeof text, "%s %s", vendor, number);
	if (glob("/sys/bus/pci/drivers/*", 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *driver = strrchr(found.gl_pathv[i], '/') + 1;
		char target[80];

		(void)snprintf(target, sizeof target, "%s takes %s", driver, slot);
		(void)snprintf(path, sizeof path, "%s/bind", found.gl_pathv[i]);
		tried("pci-bind", target, write_file(path, slot));
		(void)snprintf(path, sizeof path, "%s/new_id", found.gl_pathv[i]);
		if (strcmp(driver, "e1000") == 0) /* one stands for all: where it works it may take the machine down */
			tried("pci-new-id", target, write_file(path, text));
	}
	globfree(&found);
}

void try_pci(void)
{
	glob_t found;

	if (glob("/sys/bus/pci/devices/*", 0, NULL, &found) != 0) {
		nothing_there("pci-config");
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *device = found.gl_pathv[i], *slot = strrchr(device, '/') + 1;
		char path[PATH];

		(void)snprintf(path, sizeof path, "%s/vpd", device);
		if (access(path, F_OK) == 0)
			tried("pci-vpd", slot, write_at(path, 0, "written", 4));
		if (!reaches_disks(device))
			continue;
		try_registers(device, slot);
		try_drivers(device, slot);
	}
	globfree(&found);
}
