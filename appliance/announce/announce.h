/* SPDX-License-Identifier: GPL-3.0-or-later
 * What an organisation puts on its own website so that sources find the door: `courier site announce`, and the key that
 * signs the address. docs/ANNOUNCE.md. */
#ifndef ANNOUNCE_ANNOUNCE_H
#define ANNOUNCE_ANNOUNCE_H

#include "announce/picture.h"
#include "announce/signing.h"
#include "pages/language.h"
#include "site/file.h"

/* `courier site announce ...` and `courier site signing-key ...`; argv[0] is the command's own name. Each returns an
 * enum site_status. */
int site_announce(int argc, char **argv);
int site_signing_key(int argc, char **argv);

enum { ANNOUNCE_CONTACT_MAX = 200 }; /* bytes: a line on a poster, or two */

/* What a folder says. Nothing of it is secret but `signing`. */
struct announcement {
	struct bytes name;
	struct bytes address; /* "....onion" */
	struct bytes contact; /* where the folder will be found; may be empty */
	struct bytes day;     /* YYYY-MM-DD */
	bool languages[LANGUAGE_COUNT];
	const struct rgb *accent;          /* NULL: none */
	const struct signing_key *signing; /* NULL: the address is not signed */
};

/* Makes the folder, readable for all; index.html comes last, so that a folder with one is whole. Returns an enum
 * site_status, and has said what was wrong. */
int announce_write(const struct announcement *a, const char *folder);

/* README.txt, for whoever runs the website. */
void announce_readme(struct buf *out, const struct announcement *a);
/* address.txt, which is signed. */
void announce_statement(struct buf *out, const struct announcement *a);

#endif
