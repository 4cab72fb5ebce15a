/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the TPM holds of this start, as the kernel shows it: register 4, what the firmware started, and register 11,
 * what was in the unified kernel image. image/pcr computes both from an image; docs/HARDWARE.md tells how to compare.
 */
#ifndef MACHINE_MEASURED_H
#define MACHINE_MEASURED_H

#include "base/bytes.h"
#include "base/err.h"

#define MEASURED_SYSFS "/sys/class/tpm/tpm0/pcr-sha256"

/* Reads FOLDER/4 and FOLDER/11. ERR_NOT_FOUND: there is no TPM 2.0 with SHA-256; ERR_FORMAT. Outputs are zero then. */
enum err measured_read(const char *folder, uint8_t pcr4[static 32], uint8_t pcr11[static 32]) MUST_CHECK;

#endif
