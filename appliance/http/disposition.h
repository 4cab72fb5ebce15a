/* SPDX-License-Identifier: GPL-3.0-or-later
 * A Content-Disposition field that has a browser save a file under a name somebody else chose. RFC 6266, RFC 8187. */
#ifndef HTTP_DISPOSITION_H
#define HTTP_DISPOSITION_H

#include "base/bytes.h"

enum { DISPOSITION_NAME_MAX = 200, DISPOSITION_MAX = 64 + 4 * DISPOSITION_NAME_MAX };

/* Appends the field's value: attachment; filename="..."; filename*=UTF-8''... name: any bytes. What it shows is one
 * file's name on every system: no folders, no characters that a file system or a shell gives a meaning, none that
 * change the direction of writing, no dot in front, at most DISPOSITION_NAME_MAX bytes, its ending kept; never empty.
 */
void disposition_put(struct buf *out, struct bytes name);

#endif
