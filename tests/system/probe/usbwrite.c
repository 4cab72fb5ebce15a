/* SPDX-License-Identifier: GPL-3.0-or-later
 * A guest's /init that tries to write a USB disk although the kernel has no block layer: it talks to the disk through
 * usbfs, sending SCSI WRITE(10) by the bulk-only transport. What it finds it says on the serial line:
 *   probe: node BUS DEVICE: ERRNO-NAME | opened | not a disk
 *   probe: written | probe: nothing written
 * and then switches the machine off.
 * It proves that the test of unchanged disks can fail, and that the shipped kernel's usbfs door is closed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	USB_MAJOR = 189,
	BUS_MAX = 4,
	DEVICE_MAX = 8, /* per bus; addresses are given in order */
	SECTOR = 512,
	SECTOR_WRITTEN = 100,
	TIMEOUT_MS = 5000,
	SETTLE_S = 5, /* the kernel finds its USB devices after PID 1 has started */
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

static bool try_node(unsigned bus, unsigned device)
{
	struct disk disk;
	bool written = false;

	if (mknod("/node", S_IFCHR | 0600, makedev(USB_MAJOR, (bus - 1) * 128 + device - 1)) < 0)
		printf("probe: mknod: %s\n", strerror(errno));
	disk.fd = open("/node", O_RDWR);
	if (disk.fd < 0) {
		if (errno != ENODEV && errno != ENXIO)
			printf("probe: node %u %u: %s\n", bus, device, errno == EPERM ? "EPERM" : strerror(errno));
	} else {
		bool storage = find_storage(&disk);

		printf("probe: node %u %u: %s\n", bus, device, storage ? "opened" : "not a disk");
		written = storage && write_sector(&disk);
		close(disk.fd);
	}
	unlink("/node");
	return written;
}

int main(void)
{
	unsigned written = 0;
	int line;

	mkdir("/dev", 0755);
	if (mknod("/dev/serial", S_IFCHR | 0600, makedev(4, 64)) < 0 && errno != EEXIST)
		return 1;
	line = open("/dev/serial", O_RDWR | O_NOCTTY);
	if (line < 0)
		return 1;
	dup2(line, 1);
	dup2(line, 2);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("probe: started\n");
	sleep(SETTLE_S);
	for (unsigned bus = 1; bus <= BUS_MAX; bus++)
		for (unsigned device = 1; device <= DEVICE_MAX; device++)
			written += try_node(bus, device);
	printf(written > 0 ? "probe: written\n" : "probe: nothing written\n");
	sync();
	sleep(1); /* the serial line drains */
	reboot(RB_POWER_OFF);
	return 1;
}
