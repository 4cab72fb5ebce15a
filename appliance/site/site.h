/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the operator's commands share, and the box's process that reads a site file. */
#ifndef SITE_SITE_H
#define SITE_SITE_H

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

/* Role @unlock, see confine/confine.h: lives once, at start. Descriptors: ROLE_FD_UP; ROLE_FD_A, the site file, open
 * for reading at its beginning, or an empty one; ROLE_FD_B, a channel to the console for what is asked, absent where
 * there is none. Sends SITE_PART for each role that has one and then SITE_DONE; or, before any part, one SITE_FAULT; or
 * nothing, since the console went while it was asked: init starts both again. Exit status 0 in all three cases. */
int unlock_main(int argc, char **argv);

#endif
