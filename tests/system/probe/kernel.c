/* SPDX-License-Identifier: GPL-3.0-or-later
 * Code in the kernel, another kernel, and the processor's ports: whoever has these has the disks. */
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/kd.h>
#include <linux/perf_event.h>
#include <linux/serial.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/io.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	IDE_PORT = 0x1f0, /* the first disk's registers, where a PC has had them since 1984 */
	IDE_PORTS = 8,
	PCI_PORT = 0xcf8, /* PCI configuration */
	BPF_MAP_CREATE_COMMAND = 0,
};

static int result(long got)
{
	return got < 0 ? errno : 0;
}

static void try_ports(void)
{
	int tty = open("/dev/serial", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), screen;
	struct serial_struct line;

	tried("iopl", "3", result(iopl(3)));
	tried("ioperm", "IDE", result(ioperm(IDE_PORT, IDE_PORTS, 1)));
	tried("ioperm", "PCI", result(ioperm(PCI_PORT, IDE_PORTS, 1)));
	if (open_node(0020000, 4, 1, &screen) == 0) {
		tried("screen-ports", "KDENABIO", result(ioctl(screen, KDENABIO, 0)));
		tried("screen-ports", "KDADDIO", result(ioctl(screen, KDADDIO, 0x3c4)));
		close(screen);
	} else {
		nothing_there("screen-ports");
	}
	/* A serial line whose registers are said to be a disk's. */
	if (tty >= 0 && ioctl(tty, TIOCGSERIAL, &line) == 0) {
		line.port = IDE_PORT;
		tried("serial-port", "IDE", result(ioctl(tty, TIOCSSERIAL, &line)));
	} else {
		nothing_there("serial-port");
	}
	if (tty >= 0)
		close(tty);
}

static void try_code(void)
{
	struct perf_event_attr event = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof event};
	char attribute[128] = {0};
	int self = open("/init", O_RDONLY | O_CLOEXEC);

	tried("module", "init_module", result(syscall(SYS_init_module, attribute, sizeof attribute, "")));
	tried("module", "finit_module", result(syscall(SYS_finit_module, self, "", 0)));
	tried("kexec", "kexec_load", result(syscall(SYS_kexec_load, 0, 0, NULL, 0)));
	tried("kexec", "kexec_file_load", result(syscall(SYS_kexec_file_load, self, self, 1, "", 0)));
	tried("kexec", "reboot", result(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x45584543, NULL)));
	tried("hibernate", "reboot", result(syscall(SYS_reboot, 0xfee1dead, 672274793, 0xd000fce2, NULL)));
	tried("bpf", "map", result(syscall(SYS_bpf, BPF_MAP_CREATE_COMMAND, attribute, sizeof attribute)));
	tried("perf", "tracepoint", result(syscall(SYS_perf_event_open, &event, -1, 0, -1, 0)));
	if (self >= 0)
		close(self);
}

void try_kernel(void)
{
	static const char *const files[] = {
	    "/proc/kcore",
	    "/proc/sysrq-trigger",
	    "/sys/power/state",
	    "/sys/power/disk",
	    "/sys/kernel/kexec_loaded",
	    "/proc/sys/kernel/core_pattern",
	    "/proc/sys/kernel/modprobe",
	    "/sys/module/8250/parameters/probe_rsa",
	};

	try_ports();
	try_code();
	for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
		tried("file", files[i], write_file(files[i], "disk"));
}
