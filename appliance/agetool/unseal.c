/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agetool/unseal.h"

#include <errno.h>
#include <unistd.h>

#include "age/armor.h"
#include "age/scrypt.h"
#include "base/fd.h"
#include "base/secret.h"

static struct age_opener opener;
static struct age_dearmor dearmor;
static uint8_t block[TOOL_BLOCK];
static uint8_t paste[UNSEAL_PASTE_MAX];

struct prompter {
	const char *prompt;
	bool failed;
};

static enum err ask(void *context, struct buf *passphrase)
{
	struct prompter *p = context;

	p->failed = !tool_ask(p->prompt, passphrase);
	return p->failed ? ERR_IO : ERR_OK;
}

static enum err into_opener(void *context, struct bytes data)
{
	(void)context;
	return age_open_data(&opener, data);
}

/* ---- what went wrong */

static void tell_header(enum err e)
{
	if (e == ERR_TOO_BIG && opener.by_passphrase) {
		tool_error("the file's scrypt work factor is above %d, the most that is read here", AGE_SCRYPT_MAX);
		tool_hint("it asks for more memory than a stranger's file may; the stock age program opens it");
	} else if (e == ERR_TOO_BIG) {
		tool_error("failed to read header: it is longer than 64 KiB or has more than %d stanzas",
			   AGE_STANZAS_MAX);
	} else if (e == ERR_UNSUPPORTED) {
		tool_error("failed to read header: a version of the format that is not known here");
	} else if (e == ERR_END) {
		tool_error("failed to read header: the file is cut off");
	} else {
		tool_error("failed to read header: not an age file, or a damaged one");
	}
}

static void tell_match(enum err e, const struct unsealing *u)
{
	if (e == ERR_NO_MEMORY)
		tool_error("not enough memory: the passphrase of this file takes up to %zu MiB",
			   AGE_SCRYPT_MEMORY(AGE_SCRYPT_MAX) >> 20);
	else if (e == ERR_LIBRARY)
		tool_error("failed to try the keys: %s", err_text(e));
	else if (e != ERR_AUTH)
		tell_header(e);
	else if (!opener.by_passphrase)
		tool_error("no identity matched any of the recipients");
	else if (u->count == 0)
		tool_error("incorrect passphrase");
	else {
		tool_error("file is passphrase-encrypted but identities were specified with -i/--identity");
		tool_hint("remove all -i/--identity flags to decrypt passphrase-encrypted files");
	}
}

static void tell(enum err e, const struct unsealing *u)
{
	switch (dearmor.broken ? AGE_STAGE_PAYLOAD : opener.stage) {
	case AGE_STAGE_HEADER:
		tell_header(e);
		return;
	case AGE_STAGE_MATCH:
		tell_match(e, u);
		return;
	case AGE_STAGE_MAC:
		tool_error("bad header MAC: the header was changed");
		return;
	case AGE_STAGE_PAYLOAD:
		break;
	}
	if (dearmor.broken)
		tool_error(e == ERR_END ? "invalid armor: the closing line is missing"
					: "invalid armor: not the strict form, or something before or after it");
	else if (e == ERR_END)
		tool_error("failed to decrypt: the file is cut off");
	else if (e == ERR_FORMAT)
		tool_error("failed to decrypt: there is something after the end of the file");
	else
		tool_error("failed to decrypt and authenticate payload chunk, file may be corrupted or tampered with");
}

/* ---- the way of the bytes */

static enum err keep(void *context, struct bytes data)
{
	buf_put(context, data);
	return ((struct buf *)context)->failed ? ERR_FULL : ERR_OK;
}

/* Line by line, up to the closing one: nobody should have to end the terminal's input as well. */
static enum err from_terminal(const struct unsealing *u)
{
	struct buf whole = buf_over(paste, sizeof paste);
	size_t got = u->start.n;
	enum err e;

	age_dearmor_begin(&dearmor, (struct age_sink){keep, &whole});
	TRY(age_dearmor_data(&dearmor, u->start));
	while (dearmor.state != AGE_DEARMOR_AFTER) {
		e = fd_read_some(u->fd, block, sizeof block, DEADLINE_NONE, &got);
		if (e == ERR_END)
			break;
		if (e == ERR_OK)
			e = age_dearmor_data(&dearmor, bytes_of(block, got));
		if (e != ERR_OK)
			goto out;
	}
	TRY(age_dearmor_end(&dearmor));
	TRY(age_open_data(&opener, buf_view(&whole)));
	e = age_open_end(&opener);
out:
	return e;
}

static enum err from_stream(const struct unsealing *u, bool armored, bool *told)
{
	struct bytes data = u->start;
	size_t n;
	enum err e;

	age_dearmor_begin(&dearmor, (struct age_sink){into_opener, NULL});
	do {
		TRY(armored ? age_dearmor_data(&dearmor, data) : age_open_data(&opener, data));
		e = ERR_IO;
		*told = !tool_read(u->fd, block, sizeof block, &n);
		if (*told)
			goto out;
		data = bytes_of(block, n);
	} while (n > 0);
	if (armored)
		TRY(age_dearmor_end(&dearmor));
	e = age_open_end(&opener);
out:
	return e;
}

bool unseal(const struct unsealing *u)
{
	struct prompter prompter = {.prompt = u->prompt};
	bool armored = u->start.n > 0 && age_dearmor_likely(u->start.p[0]);
	bool told = false;
	enum err e;

	dearmor.broken = false;
	if (u->count > 0)
		TRY(age_open_begin(&opener, u->with, u->count, u->sink));
	else
		TRY(age_open_begin_passphrase(&opener, (struct age_asker){ask, &prompter}, u->sink));
	e = armored && isatty(u->fd) == 1 ? from_terminal(u) : from_stream(u, armored, &told);
out:
	age_open_drop(&opener);
	SECRET_WIPE(block);
	if (e != ERR_OK && !told && !prompter.failed && !*u->sink_failed)
		tell(e, u);
	return e == ERR_OK;
}
