/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the operator's commands on site files say, and how they end. */
#ifndef SITEFILE_SAY_H
#define SITEFILE_SAY_H

/* Exit status of `courier site`. */
enum site_status {
	SITE_DONE,
	SITE_FAILED, /* the system refused something */
	SITE_USAGE,  /* the command line is wrong */
	SITE_INPUT,  /* a file that was given is wrong */
};

/* "courier site: SUBJECT: SENTENCE" on descriptor 2 (without SUBJECT if it is empty or NULL); returns status. */
int site_say(enum site_status status, const char *subject, const char *sentence);
/* The same of what is wrong in a file, with the line if there is one; returns SITE_INPUT. */
struct site_fault;
int site_say_fault(const char *path, const struct site_fault *fault);

#endif
