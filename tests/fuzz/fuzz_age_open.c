/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as an age file, in pieces whose size the first byte says. The identity is the one the seeds are for. */
#include <stdlib.h>
#include <string.h>

#include "age/age.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err count(void *context, struct bytes data)
{
	*(size_t *)context += data.n;
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct age_opener o;
	struct age_identity identity;
	size_t released = 0;
	struct bytes rest;
	enum err e;

	if (size == 0)
		return 0;
	identity.kind = AGE_X25519;
	memset(identity.secret, 0x42, sizeof identity.secret);
	e = age_open_begin(&o, &identity, 1, (struct age_sink){count, &released});
	for (rest = bytes_of(data + 1, size - 1); e == ERR_OK && rest.n > 0; rest = bytes_from(rest, 1u + data[0]))
		e = age_open_data(&o, bytes_first(rest, 1u + data[0]));
	if (e == ERR_OK)
		e = age_open_end(&o);
	/* Never more out than in, nothing before the header is through. */
	if (released > size || (released > 0 && o.stage != AGE_STAGE_PAYLOAD) || age_open_end(&o) == ERR_OK)
		abort();
	return 0;
}
