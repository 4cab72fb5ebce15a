/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as an age header: parse, and then the form of every stanza as the opener looks at it. */
#include <stdlib.h>

#include "age/header.h"
#include "age/kinds.h"
#include "age/scrypt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct age_header h;
	struct age_stanza s;
	struct bytes rest;
	struct bytes argument;
	uint8_t body[AGE_BODY_LEN];
	size_t count = 0;

	if (age_header_parse(bytes_of(data, size), &h) != ERR_OK)
		return 0;
	rest = h.stanzas;
	while (age_header_next(&rest, &s)) {
		/* A right stanza has a body of the right length. */
		if ((age_kinds_check(&s) == ERR_OK || age_scrypt_check(&s) == ERR_OK) &&
		    !age_stanza_body(&s, body, sizeof body))
			abort();
		if (h.by_passphrase && h.count != 1)
			abort();
		while (age_argument_next(&s.arguments, &argument))
			if (argument.n == 0)
				abort();
		count++;
	}
	/* What was parsed can be walked, all of it. */
	if (count != h.count || rest.n != 0 || count > AGE_STANZAS_MAX)
		abort();
	return 0;
}
