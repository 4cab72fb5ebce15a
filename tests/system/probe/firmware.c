/* SPDX-License-Identifier: GPL-3.0-or-later
 * Memory that lasts and is no disk: the TPM's, the firmware's variables, the clock's, network cards' EEPROM. */
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	EEPROM_BYTES = 2,
};

/* Defines an NV index of eight bytes (TPM 2.0 part 3, 31.3). */
static int define_nv(int fd)
{
	static const uint8_t command[] = {
	    0x80, 0x02, 0, 0,  0,    45,   0, 0, 0x01, 0x2a, /* sessions, size, TPM2_NV_DefineSpace */
	    0x40, 0,    0, 1,  0,    0,    0, 9, 0x40, 0,    0, 9, 0, 0, 0, 0, 0, /* the owner, with an empty password
										   */
	    0,    0,    0, 14, 0x01, 0x50, 0, 1, 0,    0x0b, 0, 6, 0, 6, 0, 0, 0, 8,
	};
	uint8_t answer[64];
	ssize_t got;

	(void)fcntl(fd, F_SETFL, O_RDWR);
	if (write(fd, command, sizeof command) != (ssize_t)sizeof command)
		return errno;
	got = read(fd, answer, sizeof answer);
	if (got < 10)
		return EIO;
	return answer[6] == 0 && answer[7] == 0 && answer[8] == 0 && answer[9] == 0 ? 0 : EIO;
}

static void try_tpm(void)
{
	static const char *const names[] = {"/sys/class/tpm/tpm0/dev", "/sys/class/tpmrm/tpmrm0/dev"};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		char number[16];
		unsigned major, minor;
		int fd, error;

		read_line(names[i], number, sizeof number);
		if (sscanf(number, "%u:%u", &major, &minor) != 2) {
			nothing_there("tpm-nv");
			continue;
		}
		error = open_node(S_IFCHR, major, minor, &fd);
		if (error == 0) {
			error = define_nv(fd);
			close(fd);
		}
		tried("tpm-nv", i == 0 ? "tpm0" : "tpmrm0", error);
	}
	tried("file", "tpm request", write_file("/sys/class/tpm/tpm0/ppi/request", "5"));
}

/* Writes back what is there, so that a card that works goes on working. */
static void try_eeprom(void)
{
	struct {
		struct ethtool_eeprom head;
		uint8_t data[EEPROM_BYTES];
	} eeprom = {.head = {.cmd = ETHTOOL_GEEPROM, .len = EEPROM_BYTES}};
	struct ethtool_flash flash = {.cmd = ETHTOOL_FLASHDEV, .region = ETHTOOL_FLASH_ALL_REGIONS, .data = "init"};
	struct ifreq request = {.ifr_name = "eth0", .ifr_data = (void *)&eeprom};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &request) < 0) {
		nothing_there("card-eeprom");
	} else {
		eeprom.head.cmd = ETHTOOL_SEEPROM;
		tried("card-eeprom", "eth0", ioctl(fd, SIOCETHTOOL, &request) < 0 ? errno : 0);
	}
	request.ifr_data = (void *)&flash;
	tried("card-flash", "eth0", ioctl(fd, SIOCETHTOOL, &request) < 0 ? errno : 0);
	if (fd >= 0)
		close(fd);
}

void try_firmware(void)
{
	static const char *const files[] = {
	    "/sys/firmware/efi/efivars/probe",
	    "/sys/firmware/efi/vars/new_var",
	    "/sys/class/rtc/rtc0/wakealarm",
	    "/sys/bus/nvmem/devices/cmos_nvram0/nvmem",
	};

	printf("probe: started by %s\n", access("/sys/firmware/efi", F_OK) == 0 ? "UEFI" : "BIOS");
	try_tpm();
	try_eeprom();
	for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
		tried("file", files[i], write_file(files[i], "+60"));
}
