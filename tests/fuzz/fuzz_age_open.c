/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as an age file, armored or not, in pieces whose size the first byte says. The identities, one of each kind,
 * are those the seeds are for. */
#include <stdlib.h>
#include <string.h>

#include "age/age.h"
#include "age/armor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err count(void *context, struct bytes data)
{
	*(size_t *)context += data.n;
	return ERR_OK;
}

static struct age_opener o;
static struct age_dearmor d;

static enum err into_opener(void *context, struct bytes data)
{
	(void)context;
	return age_open_data(&o, data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct age_identity identities[2];
	uint8_t secret[32];
	size_t released = 0;
	size_t step;
	struct bytes rest;
	bool armored;
	enum err e;

	if (size < 2)
		return 0;
	step = 1u + data[0];
	armored = age_dearmor_likely(data[1]);
	memset(secret, 0x42, sizeof secret);
	age_identity_from(&identities[0], AGE_X25519, secret);
	age_identity_from(&identities[1], AGE_HYBRID, secret);
	age_dearmor_begin(&d, (struct age_sink){into_opener, NULL});
	e = age_open_begin(&o, identities, 2, (struct age_sink){count, &released});
	for (rest = bytes_of(data + 1, size - 1); e == ERR_OK && rest.n > 0; rest = bytes_from(rest, step))
		e = armored ? age_dearmor_data(&d, bytes_first(rest, step))
			    : age_open_data(&o, bytes_first(rest, step));
	if (e == ERR_OK && armored)
		e = age_dearmor_end(&d);
	if (e == ERR_OK)
		e = age_open_end(&o);
	else
		age_open_drop(&o);
	/* Never more out than in, nothing before the header is through. */
	if (released > size || (released > 0 && o.stage != AGE_STAGE_PAYLOAD) || age_open_end(&o) == ERR_OK)
		abort();
	return 0;
}
