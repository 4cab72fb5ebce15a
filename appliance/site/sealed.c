/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "site/sealed.h"

#include "base/secret.h"
#include "site/take.h"

/* Too big for a stack; one at a time is enough. */
static struct age_opener opener;
static struct age_sealer sealer;

bool sealed_is(struct bytes file)
{
	return bytes_starts(file, BYTES_LITERAL("age-encryption.org/")) ||
	       bytes_starts(file, BYTES_LITERAL("-----BEGIN AGE"));
}

static enum err refuse(struct site_fault *fault, enum err e, const char *sentence)
{
	*fault = (struct site_fault){0};
	(void)take_refused(fault, sentence);
	return e;
}

/* What came of the opening, for people. Errors that say nothing of the file are handed on. */
static enum err explain(enum err e, struct site_fault *fault)
{
	switch ((int)e) {
	case ERR_UNSUPPORTED:
		return refuse(fault, e,
			      "This site file is sealed in another version of the age format, or armored as text. Seal "
			      "it again with `courier site edit` of this version.");
	case ERR_TOO_BIG:
		return opener.stage == AGE_STAGE_PAYLOAD
			   ? refuse(
				 fault, e,
				 "There is more in this sealed file than in a site file. This is another kind of file.")
			   : refuse(
				 fault, ERR_UNSUPPORTED,
				 "This file was sealed with a work factor past 17, which takes more memory than a box "
				 "has to spare. Open it with `age -d`, and seal it with `courier age -p`.");
	case ERR_AUTH:
		if (opener.stage > AGE_STAGE_MATCH)
			break;
		return opener.by_passphrase ? refuse(fault, e, "This is not the passphrase of this site file.")
					    : refuse(fault, ERR_UNSUPPORTED,
						     "This file is sealed to a key. A site file is sealed with a "
						     "passphrase.");
	case ERR_NO_MEMORY:
		return refuse(fault, e, "There is not enough memory to open the site file.");
	case ERR_FORMAT:
	case ERR_END:
		break;
	default:
		return refuse(fault, e, err_text(e));
	}
	return refuse(fault, ERR_FORMAT,
		      "The sealed site file is damaged or cut off. Put your copy of it in its place.");
}

enum err sealed_open(struct bytes file, struct age_asker asker, struct buf *text, struct site_fault *fault)
{
	size_t before = text->len;
	enum err e;

	*fault = (struct site_fault){0};
	TRY(age_open_begin_passphrase(&opener, asker, age_into(text)));
	TRY(age_open_data(&opener, file));
	e = age_open_end(&opener);
out:
	if (e != ERR_OK) {
		e = explain(e, fault);
		secret_wipe(text->p + before, text->len - before);
		text->len = before;
		text->failed = false;
	}
	age_open_drop(&opener);
	return e;
}

enum err sealed_seal(struct bytes text, struct bytes passphrase, struct buf *out)
{
	enum err e;

	TRY(age_seal_begin_passphrase(&sealer, passphrase, age_into(out)));
	TRY(age_seal_data(&sealer, text));
	e = age_seal_end(&sealer);
out:
	age_seal_drop(&sealer);
	return e;
}

bool sealed_phrase_is_good(struct bytes passphrase, struct site_fault *fault)
{
	if (passphrase.n < LIMIT_PASSPHRASE_LEAST || passphrase.n > LIMIT_PASSPHRASE)
		return take_refused(fault,
				    "The passphrase has 16 to 120 characters. Five or six random words are good.");
	for (size_t i = 0; i < passphrase.n; i++)
		if (passphrase.p[i] < ' ' || passphrase.p[i] > '~')
			return take_refused(fault,
					    "The passphrase is typed on the box's own keyboard, as a US one: letters "
					    "without accents, digits, blanks and ASCII signs.");
	if (passphrase.p[0] == ' ' || passphrase.p[passphrase.n - 1] == ' ')
		return take_refused(fault, "The passphrase begins or ends with a blank, which nobody would see.");
	return true;
}
