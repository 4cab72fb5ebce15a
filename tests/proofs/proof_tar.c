/* SPDX-License-Identifier: GPL-3.0-or-later
 * tar/reader.c: numbers and names of a header. */
#include "proof.h"

#include "base/bytes.c"
#include "tar/reader.c"

void prove_octal(void)
{
	uint8_t field[12];
	uint64_t value;

	PROVE(!octal(field, sizeof field, &value) || value <= 077777777777777ull);
}

void prove_name(void)
{
	struct bytes name = any_bytes(7);

	if (!plain_name(name))
		return;
	PROVE(name.n > 0 && name.p[0] != '/' && name.p[name.n - 1] != '/');
	for (size_t i = 0; i < name.n; i++) {
		PROVE(name.p[i] > ' ' && name.p[i] < 0x7f);
		/* no part that begins with a dot, and none that is empty */
		PROVE(i == 0 || name.p[i - 1] != '/' || (name.p[i] != '.' && name.p[i] != '/'));
	}
	PROVE(name.p[0] != '.');
}
