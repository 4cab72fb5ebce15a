/* SPDX-License-Identifier: GPL-3.0-or-later
 * Writes a USB disk although the kernel has no block layer: speaks to it through usbfs, and sends SCSI WRITE(10) by the
 * bulk-only transport. */
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	USB_MAJOR = 189,
	BUS_MAX = 4,
	DEVICE_MAX = 8, /* per bus; addresses are given in order */
	SECTOR = 512,
	SECTOR_WRITTEN = 100,
	TIMEOUT_MS = 5000,
	STORAGE_CLASS = 8,
	BULK_ONLY = 0x50,
};

struct disk {
	int fd;
	unsigned interface, in, out;
};

/* Looks for a storage interface in the descriptors that usbfs gives when a node is read. */
static bool find_storage(struct disk *disk)
{
	uint8_t text[1024];
	ssize_t got = read(disk->fd, text, sizeof text);
	bool inside = false;

	disk->in = disk->out = 0;
	for (ssize_t at = 0; at + 2 <= got && text[at] >= 2 && at + text[at] <= got; at += text[at]) {
		const uint8_t *d = text + at;

		if (d[1] == 4 && d[0] >= 9) { /* interface */
			inside = d[5] == STORAGE_CLASS && d[7] == BULK_ONLY;
			if (inside)
				disk->interface = d[2];
		} else if (d[1] == 5 && d[0] >= 7 && inside && (d[3] & 3) == 2) { /* bulk endpoint */
			if (d[2] & 0x80)
				disk->in = d[2];
			else
				disk->out = d[2];
		}
	}
	return disk->in != 0 && disk->out != 0;
}

static int bulk(const struct disk *disk, unsigned endpoint, void *data, unsigned len)
{
	struct usbdevfs_bulktransfer transfer = {.ep = endpoint, .len = len, .timeout = TIMEOUT_MS, .data = data};

	return ioctl(disk->fd, (int)USBDEVFS_BULK, &transfer);
}

/* One SCSI command; data goes out, or comes in when `in` is set. Returns the status byte, or -1. */
static int command(const struct disk *disk, const uint8_t *cdb, unsigned cdb_len, void *data, unsigned len, bool in)
{
	uint8_t cbw[31] = "USBC\1\2\3\4", csw[13];

	for (unsigned i = 0; i < 4; i++)
		cbw[8 + i] = (uint8_t)(len >> (8 * i));
	cbw[12] = in ? 0x80 : 0;
	cbw[14] = (uint8_t)cdb_len;
	memcpy(cbw + 15, cdb, cdb_len);
	if (bulk(disk, disk->out, cbw, sizeof cbw) < 0)
		return -1;
	if (len > 0 && bulk(disk, in ? disk->in : disk->out, data, len) < 0)
		return -1;
	if (bulk(disk, disk->in, csw, sizeof csw) != (int)sizeof csw || memcmp(csw, "USBS", 4) != 0)
		return -1;
	return csw[12];
}

static bool write_sector(const struct disk *disk)
{
	static const uint8_t ready[6] = {0x00}, sense[6] = {0x03, 0, 0, 0, 18, 0};
	const uint8_t write10[10] = {0x2a, 0, 0, 0, 0, SECTOR_WRITTEN, 0, 0, 1, 0};
	uint8_t sector[SECTOR], answer[18];

	if (ioctl(disk->fd, (int)USBDEVFS_CLAIMINTERFACE, &disk->interface) < 0)
		return false;
	/* A disk that was just plugged in answers its first command with "unit attention". */
	for (int i = 0; i < 5 && command(disk, ready, sizeof ready, NULL, 0, false) != 0; i++)
		command(disk, sense, sizeof sense, answer, sizeof answer, true);
	memset(sector, 0xa5, sizeof sector);
	return command(disk, write10, sizeof write10, sector, sizeof sector, false) == 0;
}

static int try_node(unsigned bus, unsigned device)
{
	struct disk disk;
	int error = open_node(S_IFCHR, USB_MAJOR, (bus - 1) * 128 + device - 1, &disk.fd);

	if (error == 0) {
		error = !find_storage(&disk) ? ENODEV : write_sector(&disk) ? 0 : EIO;
		close(disk.fd);
	}
	return error;
}

void try_usbfs(void)
{
	unsigned nodes = 0;

	for (unsigned bus = 1; bus <= BUS_MAX; bus++)
		for (unsigned device = 1; device <= DEVICE_MAX; device++) {
			int error = try_node(bus, device);
			char target[24];

			if (error == ENODEV || error == ENXIO) /* no such device, or none of storage */
				continue;
			(void)snprintf(target, sizeof target, "%u-%u", bus, device);
			tried("usbfs", target, error);
			nodes++;
		}
	if (nodes == 0)
		nothing_there("usbfs");
}
