/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "site/site.h"

int site_say(enum site_status status, const char *subject, const char *sentence)
{
	if (subject == NULL || *subject == '\0')
		fprintf(stderr, "courier site: %s\n", sentence);
	else
		fprintf(stderr, "courier site: %s: %s\n", subject, sentence);
	return (int)status;
}
