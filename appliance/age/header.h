/* SPDX-License-Identifier: GPL-3.0-or-later
 * The textual header of an age file: its grammar, and its MAC. docs/AGE.md has the ABNF. */
#ifndef AGE_HEADER_H
#define AGE_HEADER_H

#include "age/age.h"

#define AGE_VERSION_LINE "age-encryption.org/v1\n"
#define AGE_BODY_LEN     (AGE_FILE_KEY_LEN + 16) /* the wrapped file key of every native stanza */

/* One stanza. Views into the header's text. */
struct age_stanza {
	struct bytes type;      /* its first argument */
	struct bytes arguments; /* the others, with one space between each two; may be empty */
	struct bytes body;      /* base64 in lines, as it stands */
};

struct age_header {
	struct bytes stanzas; /* the text of all of them; age_header_next() walks over it */
	size_t count;
	bool by_passphrase;  /* its only stanza is scrypt */
	struct bytes macced; /* what the MAC covers: all up to and with "---" */
	uint8_t mac[32];
};

/* The version line off the front of *rest. ERR_FORMAT; ERR_UNSUPPORTED: another version, of which only this line is
 * known; *rest is then anywhere. */
enum err age_version_take(struct bytes *rest) MUST_CHECK;
/* A whole header, version line to the LF after the MAC, and nothing behind it. Checks all of the grammar: every
 * stanza's and every body's, too, whoever they are for; and that a scrypt stanza stands alone. ERR_FORMAT;
 * ERR_UNSUPPORTED: another version; ERR_TOO_BIG: more than AGE_STANZAS_MAX. *h is unchanged on error. */
enum err age_header_parse(struct bytes text, struct age_header *h) MUST_CHECK;
/* The next stanza off the front of *rest, which starts as age_header.stanzas. False when there is none. */
bool age_header_next(struct bytes *rest, struct age_stanza *s);
/* Takes the first argument off the front of *arguments. False when there is none. */
bool age_argument_next(struct bytes *arguments, struct bytes *argument);
/* Whether the body has exactly n bytes (then they are in out); a longer or shorter one is not decoded. */
bool age_stanza_body(const struct age_stanza *s, uint8_t *out, size_t n);
/* A stanza of `type` with one argument of exactly n bytes and a native one's body. ERR_NOT_FOUND: another type.
 * ERR_FORMAT: not that. */
enum err age_stanza_share(const struct age_stanza *s, const char *type, uint8_t *share, size_t n,
			  uint8_t body[static AGE_BODY_LEN]) MUST_CHECK;

/* Appends "-> ARGUMENTS LF BODY LF"; the body is shorter than 48 bytes, as all native ones are: one line. */
void age_stanza_put(struct buf *out, struct bytes arguments, struct bytes body);
/* Appends "--- MAC LF" to the whole header so far. */
void age_header_end(struct buf *out, const uint8_t file_key[static AGE_FILE_KEY_LEN]);
void age_header_mac(const uint8_t file_key[static AGE_FILE_KEY_LEN], struct bytes macced, uint8_t mac[static 32]);

#endif
