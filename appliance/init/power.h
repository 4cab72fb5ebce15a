/* SPDX-License-Identifier: GPL-3.0-or-later
 * The power button, as the kernel's ACPI events on a generic netlink socket (there is no input device to read). */
#ifndef INIT_POWER_H
#define INIT_POWER_H

#include "init/supervisor.h"

/* ERR_NOT_FOUND: no ACPI here. ERR_IO. */
enum err power_open(int *fd) MUST_CHECK;
/* One event. END_POWER_OFF for the power button, END_NONE for anything else. */
enum end_reason power_event(int fd);

#endif
