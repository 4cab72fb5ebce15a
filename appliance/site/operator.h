/* SPDX-License-Identifier: GPL-3.0-or-later
 * for-the-operator.txt: what a desk gives to the operator, nothing of it secret. Lines like a site file's:
 *
 *   recipient = age1...                     1 to LIMIT_RECIPIENTS
 *   client = descriptor:x25519:BASE32       1
 *   token-hash = HEX64                      1
 *
 * and lines that begin with '#'. At most OPERATOR_FILE_MAX bytes. */
#ifndef SITE_OPERATOR_H
#define SITE_OPERATOR_H

#include "site/file.h"

enum { OPERATOR_FILE_MAX = 48 * 1024 }; /* twenty hybrid recipients and the rest */

/* Into the last desk of s. False with the line and the sentence in *fault. Views point into text. */
bool operator_file_parse(struct bytes text, struct site *s, struct site_fault *fault);

void operator_file_write(struct buf *out, struct bytes recipient, const uint8_t client_public[static 32],
			 const uint8_t token_hash[static 32]);

#endif
