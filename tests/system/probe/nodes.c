/* SPDX-License-Identifier: GPL-3.0-or-later
 * Device nodes, made as root makes them: every block device there could be, and the character devices through which
 * disks, memory or buses are reached where the kernel has them. */
#include "probe.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

enum {
	MAJOR_MAX = 511,
	MISC = 10,
};

/* Written where a node opens: what would be a change of a disk. */
static int write_to(int fd)
{
	static const char mark[512] = "written by the probe";

	return write(fd, mark, sizeof mark) < 0 ? errno : 0;
}

static void try_block_nodes(void)
{
	unsigned opened = 0;
	int fd, error = 0, other = ENXIO;

	for (unsigned major = 1; major <= MAJOR_MAX; major++)
		for (unsigned minor = 0; minor < 2; minor++) {
			error = open_node(S_IFBLK, major, minor, &fd);
			if (error != 0) {
				other = error;
				continue;
			}
			error = write_to(fd);
			close(fd);
			if (error == 0)
				opened++;
		}
	tried("block-nodes", "each major", opened > 0 ? 0 : other);
}

static void try_character_nodes(void)
{
	static const struct {
		const char *name;
		unsigned major, minor;
	} nodes[] = {
	    {"mem", 1, 1},          {"kmem", 1, 2},       {"port", 1, 4},        {"sg", 21, 0},
	    {"i2c", 89, 0},         {"mtd", 90, 0},       {"raw", 162, 0},       {"msr", 202, 0},
	    {"cpuid", 203, 0},      {"nvram", MISC, 144}, {"hpet", MISC, 228},   {"kvm", MISC, 232},
	    {"fuse", MISC, 229},    {"loop", MISC, 237},  {"mapper", MISC, 236}, {"vfio", MISC, 196},
	    {"mcelog", MISC, 227},  {"uhid", MISC, 239},  {"uinput", MISC, 223}, {"hidraw", 240, 0},
	    {"usbhiddev", 180, 96}, {"evdev", 13, 64},    {"fb", 29, 0},         {"hw-rtc", MISC, 135},
	};

	for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		int fd, error = open_node(S_IFCHR, nodes[i].major, nodes[i].minor, &fd);

		tried("character-node", nodes[i].name, error);
		if (error == 0)
			close(fd);
	}
}

/* What the kernel itself lists: block devices have a part of their own there. */
static void list_devices(void)
{
	FILE *list = fopen("/proc/devices", "re");
	char line[80];

	if (list == NULL) {
		printf("probe: no /proc/devices\n");
		return;
	}
	while (fgets(line, sizeof line, list) != NULL)
		if (line[0] != '\n')
			printf("listed: %s", line);
	fclose(list);
}

void try_nodes(void)
{
	static const char *const types[] = {"ext4",    "vfat",    "iso9660",  "efivarfs",
					    "debugfs", "tracefs", "configfs", "pstore"};

	list_devices();
	try_block_nodes();
	try_character_nodes();
	mkdir("/mnt", 0755);
	if (mknod("/disk", S_IFBLK | 0600, 8 << 8) < 0)
		printf("probe: mknod: %s\n", strerror(errno));
	for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
		tried("mount", types[i], mount("/disk", "/mnt", types[i], 0, NULL) == 0 ? 0 : errno);
	tried("swap", "/disk", swapon("/disk", 0) == 0 ? 0 : errno);
	tried("accounting", "/disk", acct("/disk") == 0 ? 0 : errno);
}
