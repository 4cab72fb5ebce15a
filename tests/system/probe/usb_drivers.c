/* SPDX-License-Identifier: GPL-3.0-or-later
 * USB disks given to drivers that weren't written for them: a driver of network adapters would send what it is given to
 * the disk's endpoints. */
#include "probe.h"
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	PATH = 512,
};

static void try_disk(const char *device, const char *name)
{
	char path[PATH], vendor[8], product[8], text[64];
	glob_t found;

	(void)snprintf(path, sizeof path, "%s/../idVendor", device);
	read_line(path, vendor, sizeof vendor);
	(void)snprintf(path, sizeof path, "%s/../idProduct", device);
	read_line(path, product, sizeof product);
	(void)snprintf(text, sizeof text, "%s %s 8", vendor, product);
	if (glob("/sys/bus/usb/drivers/*", 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *driver = strrchr(found.gl_pathv[i], '/') + 1;
		char target[80];

		(void)snprintf(target, sizeof target, "%s takes %s", driver, name);
		(void)snprintf(path, sizeof path, "%s/new_id", found.gl_pathv[i]);
		if (access(path, F_OK) == 0)
			tried("usb-new-id", target, write_file(path, text));
		(void)snprintf(path, sizeof path, "%s/bind", found.gl_pathv[i]);
		tried("usb-bind", target, write_file(path, name));
	}
	globfree(&found);
}

void try_usb_drivers(void)
{
	glob_t found;
	unsigned disks = 0;

	if (glob("/sys/bus/usb/devices/*:*", 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			char path[PATH], class[8];

			(void)snprintf(path, sizeof path, "%s/bInterfaceClass", found.gl_pathv[i]);
			read_line(path, class, sizeof class);
			if (strcmp(class, "08") != 0)
				continue;
			disks++;
			try_disk(found.gl_pathv[i], strrchr(found.gl_pathv[i], '/') + 1);
		}
		globfree(&found);
	}
	if (disks == 0)
		nothing_there("usb-new-id");
}
