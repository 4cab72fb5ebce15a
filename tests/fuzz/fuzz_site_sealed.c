/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as what lies on the boot medium: an area, a sealed site file, a plain one. Nobody is at the console, but
 * for a header of the seeds, whose work factor is 1: its passphrase is known, so that what comes behind is reached. */
#include <stdlib.h>
#include <string.h>

#include "site/sealed.h"
#include "unlock/opening.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct site zero;
static const char cheap[] = "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 1\n";

static enum err know(void *context, struct buf *passphrase)
{
	const bool *cheap_one = context;

	buf_str(passphrase, "seed");
	return *cheap_one ? ERR_OK : ERR_STATE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t medium[LIMIT_STICK_AREA + 1], opened[70000];
	static struct interview nobody = {.console = -1};
	static struct site s;
	struct bytes file = bytes_of(data, size);
	bool cheap_one = bytes_starts(file, bytes_of(cheap, sizeof cheap - 1));
	struct buf text = buf_over(opened, sizeof opened);
	struct site_fault fault = {0};
	enum err e;

	memcpy(medium, data, size);
	e = opening_take(medium, size, &nobody, &s, &fault);
	if (e != ERR_OK && !(e == ERR_NOT_FOUND && s.ephemeral) &&
	    (fault.sentence[0] == '\0' || memcmp(&s, &zero, sizeof s) != 0))
		abort();
	if (!sealed_is(file))
		return 0;
	e = sealed_open(file, (struct age_asker){know, &cheap_one}, &text, &fault);
	/* Either the whole text, smaller than the file, or none of it and a sentence. */
	if (e == ERR_OK ? text.len >= size : text.len != 0 || fault.sentence[0] == '\0')
		abort();
	return 0;
}
