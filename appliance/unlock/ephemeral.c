/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unlock/ephemeral.h"

#include <stdio.h>

#include "age/age.h"
#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"
#include "onion/access.h"
#include "site/take.h"

/* What the views of *s point into. */
static uint8_t name_storage[LIMIT_SITE_NAME];
static uint8_t recipient_storage[LIMIT_RECIPIENT_TEXT];
static uint8_t client_storage[ONION_CLIENT_LEN];

static enum err ask_to_begin(struct interview *i)
{
	static const char question[] = "The boot medium holds no keys. This box can run without: with new addresses, "
				       "which nobody knows yet and which "
				       "end when it is switched off, with all that was sent to them.\nType yes to "
				       "begin, or press Esc to power off.";
	uint8_t storage[LIMIT_ANSWER];

	for (;;) {
		struct buf answer = buf_over(storage, sizeof storage);
		enum err e = interview_line(i, question, &answer);

		if (e != ERR_OK || bytes_eq_str(bytes_trim(buf_view(&answer)), "yes"))
			return e;
	}
}

/* Until the answer is one that the parser of site files takes. */
static enum err ask_value(struct interview *i, const char *question, struct buf *storage,
			  bool (*take)(struct bytes, struct site *, struct site_fault *), struct site *s)
{
	char again[LIMIT_ASK_TEXT];
	const char *text = question;
	struct site_fault fault;

	for (;;) {
		enum err e;

		*storage = buf_over(storage->p, storage->cap);
		e = interview_line(i, text, storage);
		if (e != ERR_OK && e != ERR_TOO_BIG)
			return e;
		if (e == ERR_OK && (storage->len == 0 || take(bytes_trim(buf_view(storage)), s, &fault)))
			return ERR_OK;
		(void)snprintf(again, sizeof again, "%s\n%s", e == ERR_OK ? fault.sentence : "This is too long.",
			       question);
		text = again;
	}
}

static enum err ask_name(struct interview *i, struct site *s)
{
	struct buf name = buf_over(name_storage, sizeof name_storage);
	enum err e;

	TRY(ask_value(i, "The name that sources see (Enter alone: Silent Courier):", &name, site_take_name, s));
	if (s->name.n == 0)
		s->name = BYTES_LITERAL("Silent Courier");
out:
	return e;
}

/* An identity that nobody keeps but whoever reads the screen now. */
static enum err make_identity(struct interview *i, struct site *s)
{
	uint8_t secret_storage[128];
	struct buf secret = buf_over(secret_storage, sizeof secret_storage);
	struct buf text = buf_over(recipient_storage, sizeof recipient_storage);
	struct age_identity identity;
	struct age_recipient recipient;
	struct site_fault fault;
	enum err e;

	age_identity_new(&identity, AGE_X25519);
	age_identity_recipient(&identity, &recipient);
	age_recipient_text(&text, &recipient);
	age_identity_text(&secret, &identity);
	/* Beside the code a line has some thirty columns. */
	TRY(interview_show(
	    i,
	    "The key that opens every message, shown once and kept nowhere: copy or photograph it now. "
	    "Whoever saw this screen, or gets the copy, reads all; a desk's own key would never have left "
	    "the desk.",
	    buf_view(&secret)));
	BUG_IF(!site_take_recipient(buf_view(&text), s, &fault));
out:
	SECRET_WIPE(identity);
	SECRET_WIPE(secret_storage);
	return e;
}

static enum err ask_recipient(struct interview *i, struct site *s)
{
	static const char question[] = "The desk's recipient, as its recipients.txt has it: age1 and 58 more letters "
				       "and digits. A post-quantum one "
				       "(age1pq1) is too long to type: paste it on the serial line, or take one of "
				       "`courier desk init --classical`.\n"
				       "Enter alone: this box makes a key and shows it once.";
	struct buf recipient = buf_over(recipient_storage, sizeof recipient_storage);
	enum err e;

	TRY(ask_value(i, question, &recipient, site_take_recipient, s));
	if (s->desks[s->desk_count - 1].recipient_count == 0)
		e = make_identity(i, s);
out:
	return e;
}

static enum err make_access(struct interview *i, struct site *s)
{
	uint8_t access_storage[ACCESS_TEXT_LEN];
	struct buf shown = buf_over(access_storage, sizeof access_storage);
	struct buf client = buf_over(client_storage, sizeof client_storage);
	struct site_desk *desk = &s->desks[s->desk_count - 1];
	uint8_t address[ONION_ADDRESS_LEN];
	uint8_t public_key[32];
	struct access access;
	char text[LIMIT_ASK_TEXT];
	enum err e;

	access_new(&access);
	x25519_base(access.client_key, public_key);
	onion_client_line(&client, public_key);
	BUG_IF(client.failed);
	desk->client = buf_view(&client);
	sha256(BYTES_ARRAY(access.token), desk->token_hash);
	desk->has_token_hash = true;
	access_text(&shown, &access);
	onion_address(&s->desk_key, address);
	(void)snprintf(text, sizeof text,
		       "For the desk, shown once:\ncourier desk add DIR --box NAME --access --address\n%.*s\nand then "
		       "this access code:",
		       ONION_ADDRESS_LEN, address);
	TRY(interview_show(i, text, buf_view(&shown)));
out:
	SECRET_WIPE(access);
	SECRET_WIPE(access_storage);
	return e;
}

enum err ephemeral_make(struct interview *i, struct site *s, struct site_fault *fault)
{
	enum err e;

	if (s->upload_max == 0)
		s->upload_max = LIMIT_UPLOAD_DEFAULT;
	if (!s->ephemeral || s->desk_count == 0)
		TRY(ask_to_begin(i));
	if (s->name.n == 0)
		TRY(ask_name(i, s));
	onion_secret_new(&s->source_key);
	onion_secret_new(&s->desk_key);
	onion_address(&s->source_key, s->source_address);
	onion_address(&s->desk_key, s->desk_address);
	random_fill(s->salt, sizeof s->salt);
	if (!s->has_guard_seed)
		random_fill(s->guard_seed, sizeof s->guard_seed);
	s->has_guard_seed = true;
	if (s->desk_count == 0) {
		BUG_IF(!site_take_desk(BYTES_LITERAL("desk"), s, fault));
		TRY(ask_recipient(i, s));
		TRY(make_access(i, s));
	}
	e = ERR_OK;
out:
	if (e == ERR_STATE)
		(void)take_refused(
		    fault, "There is no site file with keys, and no console to ask for what a box needs without.");
	return e;
}

void ephemeral_wipe(void)
{
	SECRET_WIPE(name_storage);
	SECRET_WIPE(recipient_storage);
	SECRET_WIPE(client_storage);
}
