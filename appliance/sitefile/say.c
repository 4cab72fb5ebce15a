/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "site/file.h"
#include "sitefile/say.h"

int site_say(enum site_status status, const char *subject, const char *sentence)
{
	if (subject == NULL || *subject == '\0')
		fprintf(stderr, "courier site: %s\n", sentence);
	else
		fprintf(stderr, "courier site: %s: %s\n", subject, sentence);
	return (int)status;
}

int site_say_fault(const char *path, const struct site_fault *fault)
{
	if (fault->line == 0)
		return site_say(SITE_INPUT, path, fault->sentence);
	fprintf(stderr, "courier site: %s, line %u: %s\n", path, fault->line, fault->sentence);
	return SITE_INPUT;
}
