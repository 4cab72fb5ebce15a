/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unlock/opening.h"

#include <stdio.h>

#include "base/secret.h"
#include "site/area.h"
#include "site/sealed.h"
#include "site/take.h"

struct asking {
	struct interview *interview;
	enum err e;
};

static enum err refuse(struct site_fault *fault, enum err e, const char *sentence)
{
	*fault = (struct site_fault){0};
	(void)take_refused(fault, sentence);
	return e;
}

static enum err ask(void *context, struct buf *passphrase)
{
	struct asking *a = context;

	a->e = interview_secret(a->interview, "The site file is sealed. Its passphrase:", passphrase);
	if (a->e == ERR_OK)
		a->e = interview_say(a->interview, "Opening the site file...");
	return a->e;
}

/* After the n-th wrong passphrase. Who guesses gets no further; who mistypes waits a second. */
static enum err wait_after(struct interview *i, unsigned n)
{
	uint64_t ms = n > 16 ? LIMIT_UNLOCK_WAIT_MS : (uint64_t)1000 << (n - 1);
	char text[160];
	enum err e;

	if (ms > LIMIT_UNLOCK_WAIT_MS)
		ms = LIMIT_UNLOCK_WAIT_MS;
	(void)snprintf(text, sizeof text, "This is not the passphrase. The next try is in %u second%s.",
		       (unsigned)(ms / 1000), ms > 1000 ? "s" : "");
	e = interview_say(i, text);
	return e == ERR_OK ? interview_wait(i, ms) : e;
}

static enum err open_sealed(struct bytes file, struct interview *i, struct buf *text, struct site_fault *fault)
{
	for (unsigned tries = 1;; tries++) {
		struct asking asking = {.interview = i};
		enum err e = sealed_open(file, (struct age_asker){ask, &asking}, text, fault);

		if (asking.e == ERR_STATE)
			return refuse(
			    fault, ERR_UNSUPPORTED,
			    "This site file is sealed, and here is no console to ask for its passphrase. Make one "
			    "with `courier site init --unattended`.");
		if (asking.e != ERR_OK && asking.e != ERR_TOO_BIG)
			return asking.e;
		if (e != ERR_AUTH && asking.e == ERR_OK)
			return e;
		/* Too long an answer is a wrong one. */
		e = wait_after(i, tries);
		if (e != ERR_OK)
			return e;
	}
}

/* A file without keys says so; all others are whole. */
static enum err take_text(struct bytes text, bool sealed, struct site *s, struct site_fault *fault)
{
	enum err e = site_parse_any(text, s, fault);

	if (e == ERR_OK && s->ephemeral)
		return ERR_NOT_FOUND;
	/* Who typed the passphrase is there: a recovery copy of an open file still has the line. */
	if (e == ERR_OK && sealed)
		s->unattended = false;
	if (e != ERR_OK || sealed || s->unattended)
		return e;
	SECRET_WIPE(*s);
	return refuse(fault, ERR_UNSUPPORTED,
		      "This site file is not sealed. Seal it with `courier site rotate --passphrase`, or add the line "
		      "\"unattended = yes\".");
}

enum err opening_take(uint8_t *medium, size_t n, struct interview *i, struct site *s, struct site_fault *fault)
{
	struct bytes file = bytes_of(medium, n);
	struct buf text;
	enum err e;

	SECRET_WIPE(*s);
	if (area_is(file) && area_take(bytes_of(medium, n), &file) != ERR_OK)
		return refuse(fault, ERR_FORMAT, "The boot medium is damaged where the site file lies. Write it anew.");
	if (file.n == 0)
		return refuse(fault, ERR_NOT_FOUND, "There is no site file on the boot medium.");
	if (!sealed_is(file))
		return take_text(file, false, s, fault);
	text = buf_over(medium + (file.p - medium), file.n);
	e = open_sealed(file, i, &text, fault);
	return e == ERR_OK ? take_text(buf_view(&text), true, s, fault) : e;
}
