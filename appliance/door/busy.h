/* SPDX-License-Identifier: GPL-3.0-or-later
 * The one page that the door itself can show. */
#ifndef DOOR_BUSY_H
#define DOOR_BUSY_H

#include "base/bytes.h"

/* A whole response, 503: the same bytes each time. Static storage, made at the first call. */
struct bytes busy_page(void);  /* a source's; as long as most pages of visit, with their headers in their order */
struct bytes busy_short(void); /* a desk's: no body */

#endif
