/* SPDX-License-Identifier: GPL-3.0-or-later
 * appliance/age as a filter, for interop.sh:
 *   driver keygen                     an identity, and its recipient, a line each
 *   driver seal RECIPIENT... <PLAIN   an age file
 *   driver open IDENTITY... <AGE      its contents; exit status 1 and a word on stderr if it is refused */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "age/age.h"
#include "base/fd.h"

static struct age_sealer sealer;
static struct age_opener opener;
static uint8_t piece[100000];

static enum err to_stdout(void *context, struct bytes data)
{
	(void)context;
	return fd_write_all(1, data, DEADLINE_NONE);
}

static const struct age_sink out = {to_stdout, NULL};

static enum err keygen(void)
{
	uint8_t storage[256];
	struct buf b = buf_over(storage, sizeof storage);
	struct age_identity i;
	struct age_recipient r;

	age_identity_new(&i, AGE_X25519);
	age_identity_recipient(&i, &r);
	age_identity_text(&b, &i);
	buf_byte(&b, '\n');
	age_recipient_text(&b, &r);
	buf_byte(&b, '\n');
	return to_stdout(NULL, buf_view(&b));
}

/* All of stdin through one of the two. */
static enum err pump(enum err (*data)(struct bytes), enum err (*end)(void))
{
	size_t got;
	enum err e = ERR_OK;

	while (e == ERR_OK) {
		e = fd_read_some(0, piece, sizeof piece, DEADLINE_NONE, &got);
		if (e == ERR_END)
			return end();
		if (e == ERR_OK)
			e = data(bytes_of(piece, got));
	}
	return e;
}

static enum err seal_data(struct bytes b)
{
	return age_seal_data(&sealer, b);
}

static enum err seal_end(void)
{
	return age_seal_end(&sealer);
}

static enum err open_data(struct bytes b)
{
	return age_open_data(&opener, b);
}

static enum err open_end(void)
{
	return age_open_end(&opener);
}

static enum err seal(int count, char **texts)
{
	struct age_recipient to[AGE_RECIPIENTS_MAX];
	enum err e = ERR_TOO_BIG;

	if (count > AGE_RECIPIENTS_MAX)
		goto out;
	for (int i = 0; i < count; i++)
		TRY(age_recipient_parse(bytes_str(texts[i]), &to[i]));
	TRY(age_seal_begin(&sealer, to, (size_t)count, out));
	e = pump(seal_data, seal_end);
out:
	return e;
}

static enum err open_file(int count, char **texts)
{
	struct age_identity with[AGE_IDENTITIES_MAX];
	enum err e = ERR_TOO_BIG;

	if (count > AGE_IDENTITIES_MAX)
		goto out;
	for (int i = 0; i < count; i++)
		TRY(age_identity_parse(bytes_str(texts[i]), &with[i]));
	TRY(age_open_begin(&opener, with, (size_t)count, out));
	e = pump(open_data, open_end);
out:
	return e;
}

int main(int argc, char **argv)
{
	enum err e = ERR_UNSUPPORTED;

	if (argc == 2 && strcmp(argv[1], "keygen") == 0)
		e = keygen();
	else if (argc > 2 && strcmp(argv[1], "seal") == 0)
		e = seal(argc - 2, argv + 2);
	else if (argc > 2 && strcmp(argv[1], "open") == 0)
		e = open_file(argc - 2, argv + 2);
	if (e != ERR_OK)
		fprintf(stderr, "driver: %s\n", err_text(e));
	return e == ERR_OK ? 0 : 1;
}
