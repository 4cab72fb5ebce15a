/* SPDX-License-Identifier: GPL-3.0-or-later
 * A site file under a passphrase: an age file (scrypt at 2^16) around the same text. docs/SITE-FILE.md, "Sealed". */
#ifndef SITE_SEALED_H
#define SITE_SEALED_H

#include "age/age.h"
#include "site/file.h"

/* Whether a file begins as age's do, armored or not. */
bool sealed_is(struct bytes file);

/* Appends the text. The asker is called once, and only for a whole, sound header. ERR_AUTH: another passphrase, so ask
 * again; ERR_NO_MEMORY: scrypt's 64 MiB are not there; the asker's own error. All others are final: ERR_FORMAT (damaged
 * or cut off), ERR_TOO_BIG, ERR_UNSUPPORTED (another version, armor, a work factor past 17, sealed to a key).
 * `text` may lie over the file itself, from its first byte on: what is written is always behind what was read. *fault
 * has the sentence; on an error `text` is wiped and empty. Allocates up to 128 MiB. */
enum err sealed_open(struct bytes file, struct age_asker asker, struct buf *text, struct site_fault *fault) MUST_CHECK;
/* Appends the sealed file: the text and 250 bytes. ERR_TOO_BIG, ERR_NO_MEMORY. */
enum err sealed_seal(struct bytes text, struct bytes passphrase, struct buf *out) MUST_CHECK;

/* Whether it is good enough for a new site file, and can be typed at a box's console: LIMIT_PASSPHRASE_LEAST to
 * LIMIT_PASSPHRASE printable characters of ASCII. False with the sentence. */
bool sealed_phrase_is_good(struct bytes passphrase, struct site_fault *fault);

#endif
