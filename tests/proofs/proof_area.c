/* SPDX-License-Identifier: GPL-3.0-or-later
 * site/area.c: an area of any contents (here of 40 bytes: only LIMIT_STICK_AREA is smaller). */
#include "proof.h"

#include "limits.h"
#define LIMIT_STICK_AREA 40
#include "base/bytes.c"
#include "site/area.c"

void prove_whole(void)
{
	struct bytes area = any_bytes(41), file = {NULL, 77};
	enum err e = area_take(area, &file);

	if (e == ERR_OK)
		PROVE(area.n == 40 && file.p >= area.p && file.p + file.n <= area.p + area.n);
	else
		PROVE(file.n == 77);
}
