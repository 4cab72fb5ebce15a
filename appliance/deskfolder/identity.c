/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deskfolder/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "site/sealed.h"
#include "workstation/files.h"

enum { FILE_MAX = AGE_IDENTITIES_MAX * (AGE_TEXT_MAX + 80) };

static struct age_opener opener;
static uint8_t file[FILE_MAX];
static uint8_t plain[FILE_MAX];

/* One passphrase for all of them, asked for once. */
struct passphrase {
	struct age_asker asker;
	bool known;
	uint8_t storage[AGE_PASSPHRASE_MAX];
	struct buf text;
};

static enum err ask(void *context, struct buf *answer)
{
	struct passphrase *p = context;

	if (!p->known) {
		enum err e;
		p->text = buf_over(p->storage, sizeof p->storage);
		e = p->asker.ask == NULL ? ERR_AUTH : p->asker.ask(p->asker.context, &p->text);
		if (e != ERR_OK)
			return e;
		p->known = true;
	}
	buf_put(answer, buf_view(&p->text));
	return ERR_OK;
}

static enum err unseal(struct bytes sealed, struct passphrase *passphrase, struct buf *out)
{
	enum err e;

	TRY(age_open_begin_passphrase(&opener, (struct age_asker){ask, passphrase}, age_into(out)));
	TRY(age_open_data(&opener, sealed));
	e = age_open_end(&opener);
out:
	age_open_drop(&opener);
	return e;
}

static enum err parse(struct bytes text, struct identities *out)
{
	struct bytes line;

	while (bytes_split(&text, '\n', &line)) {
		enum err e;

		line = bytes_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (out->count == AGE_IDENTITIES_MAX)
			return ERR_TOO_BIG;
		e = age_identity_parse(line, &out->list[out->count]);
		if (e != ERR_OK)
			return ERR_FORMAT;
		out->count++;
	}
	return out->count > 0 ? ERR_OK : ERR_FORMAT;
}

/* NAME, without ".age" or ".txt". */
static enum err read_one(const struct home *h, const char *name, struct passphrase *passphrase, struct identities *out)
{
	struct buf opened = buf_over(plain, sizeof plain);
	char path[FOLDER_PATH_MAX];
	size_t n;
	enum err e;

	folder_path(path, &h->folder, "%s.age", name);
	e = fd_read_file(path, file, sizeof file, &n);
	if (e == ERR_OK) {
		TRY(unseal(bytes_of(file, n), passphrase, &opened));
	} else if (e == ERR_NOT_FOUND) {
		folder_path(path, &h->folder, "%s.txt", name);
		TRY(fd_read_file(path, plain, sizeof plain, &opened.len));
	} else {
		goto out;
	}
	e = parse(buf_view(&opened), out);
out:
	SECRET_WIPE(plain);
	return e;
}

bool identity_is_sealed(const struct home *h)
{
	return folder_has(&h->folder, "identity.age");
}

static void old_name(char name[static 32], unsigned number)
{
	(void)snprintf(name, 32, "identities-old/%04u", number);
}

enum err identity_read(const struct home *h, struct age_asker asker, struct identities *out)
{
	struct passphrase passphrase = {.asker = asker};
	char name[32];
	enum err e;

	out->count = 0;
	TRY(read_one(h, "identity", &passphrase, out));
	for (unsigned i = 1; i < AGE_IDENTITIES_MAX && e == ERR_OK; i++) {
		old_name(name, i);
		e = read_one(h, name, &passphrase, out);
	}
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
out:
	SECRET_WIPE(passphrase);
	if (e != ERR_OK) {
		SECRET_WIPE(*out);
		e = e == ERR_END || e == ERR_UNSUPPORTED ? ERR_FORMAT : e;
	}
	return e;
}

/* ---- making one */

/* The present one gets a second name before it loses its first. */
static enum err keep_old(const struct home *h, const char *ending)
{
	char from[FOLDER_PATH_MAX], to[FOLDER_PATH_MAX];
	char name[32];
	enum err e = folder_make(&h->folder, "identities-old");

	if (e != ERR_OK)
		return e;
	folder_path(from, &h->folder, "identity%s", ending);
	for (unsigned i = 1; i < AGE_IDENTITIES_MAX; i++) {
		old_name(name, i);
		folder_path(to, &h->folder, "%s.age", name);
		if (access(to, F_OK) == 0)
			continue;
		folder_path(to, &h->folder, "%s.txt", name);
		if (access(to, F_OK) == 0)
			continue;
		folder_path(to, &h->folder, "%s%s", name, ending);
		return link(from, to) == 0 ? ERR_OK : ERR_IO;
	}
	return ERR_FULL;
}

static enum err write_recipient(const struct home *h, const struct age_identity *identity, struct buf *text)
{
	struct age_recipient recipient;

	age_identity_recipient(identity, &recipient);
	age_recipient_text(text, &recipient);
	BUG_IF(text->failed);
	return folder_write(&h->folder, "recipients.txt", buf_view(text));
}

enum err identity_make(const struct home *h, enum age_kind kind, struct bytes passphrase)
{
	const char *ending = passphrase.n > 0 ? ".age" : ".txt";
	uint8_t public_storage[AGE_TEXT_MAX];
	struct buf public = buf_over(public_storage, sizeof public_storage);
	struct buf text = buf_over(plain, sizeof plain);
	struct buf sealed = buf_over(file, sizeof file);
	struct age_identity identity;
	char path[FOLDER_PATH_MAX];
	enum err e = ERR_OK;

	age_identity_new(&identity, kind);
	if (folder_has(&h->folder, "identity.age"))
		e = keep_old(h, ".age");
	else if (folder_has(&h->folder, "identity.txt"))
		e = keep_old(h, ".txt");
	TRY(e);
	/* Only then the recipient is shown to anybody: what is sealed to it can be opened. */
	buf_str(&text, "# courier desk\n");
	age_identity_text(&text, &identity);
	buf_byte(&text, '\n');
	BUG_IF(text.failed);
	if (passphrase.n > 0)
		TRY(sealed_seal(buf_view(&text), passphrase, &sealed));
	folder_path(path, &h->folder, "identity%s", ending);
	TRY(file_replace(path, passphrase.n > 0 ? buf_view(&sealed) : buf_view(&text), 0600));
	TRY(folder_remove(&h->folder, passphrase.n > 0 ? "identity.txt" : "identity.age"));
	e = write_recipient(h, &identity, &public);
out:
	SECRET_WIPE(identity);
	SECRET_WIPE(plain);
	return e;
}
