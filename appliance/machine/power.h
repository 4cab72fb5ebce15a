/* SPDX-License-Identifier: GPL-3.0-or-later
 * The power button, as the kernel's ACPI events on a generic netlink socket (there is no input device to read). */
#ifndef MACHINE_POWER_H
#define MACHINE_POWER_H

#include "base/bytes.h"

/* ERR_NOT_FOUND: no ACPI here. ERR_IO. */
enum err power_open(int *fd) MUST_CHECK;
/* One event: was it the power button? */
bool power_pressed(int fd);

#endif
