/* SPDX-License-Identifier: GPL-3.0-or-later
 * A guest's /init with root's rights that tries to write whatever would last: disks of all kinds, through every way
 * that a Linux kernel might offer, and the memory of cards, of the TPM and of the firmware. One line for each attempt
 * on the serial line: try NAME: TARGET: ANSWER ANSWER is "done" (it worked: a write, or a way to make one), the name of
 * the error that the kernel gave, or "none" where there is nothing to try it on. The last line is "probe: end"; then it
 * switches the machine off. tests/system/test_disks.py compares the disks and reads the lines. */
#ifndef PROBE_H
#define PROBE_H

/* What came of one attempt: 0 for done, else the error. */
void tried(const char *name, const char *target, int error);

/* There is nothing to try this on. */
void nothing_there(const char *name);

/* Opens, writes text, closes; 0 or the error. */
int write_file(const char *path, const char *text);

/* One line of a file without its end, "" if there is none. */
void read_line(const char *path, char *line, unsigned size);

/* A node made anew: 0 or the error of opening it for writing; the descriptor in *fd. */
int open_node(unsigned type, unsigned major, unsigned minor, int *fd);

void try_usbfs(void);       /* SCSI WRITE(10) to USB disks through usbfs */
void try_nodes(void);       /* block devices, and characters devices that reach disks or memory */
void try_kernel(void);      /* other kernels, modules, programs in the kernel; ports and memory */
void try_pci(void);         /* configuration, registers and memory of disk controllers; foreign drivers for them */
void try_usb_drivers(void); /* foreign drivers for USB disks */
void try_firmware(void);    /* EFI variables, TPM, clock's memory, cards' EEPROM */

#endif
