/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier site export, courier site recover: the keys for elsewhere, and a copy for the safe. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "codename/codename.h"
#include "site/sealed.h"
#include "sitetool/command.h"
#include "sitetool/options.h"
#include "workstation/files.h"

static const char export_usage[] =
    "usage: courier site export SITE [--source-key FILE] [--desk-key FILE] [--recovery FILE] [OPTION...]\n"
    "\n"
    "  --source-key FILE   writes the key of the sources' address as Tor's own hs_ed25519_secret_key. It is not "
    "sealed:\n"
    "                      whoever has it can stand in for the box\n"
    "  --desk-key FILE     the same of the desk's address\n"
    "  --recovery FILE     writes a copy of the site file under nine words, which are printed once. Write them on "
    "paper\n"
    "                      and put them into a safe, and the copy somewhere else: with both, and without the "
    "passphrase,\n"
    "                      `courier site recover` makes the site file again\n"
    "  --passphrase-file FILE, --passphrase-fd N\n"
    "                      the passphrase is the first line of a file or of a descriptor\n";

static const char recover_usage[] =
    "usage: courier site recover COPY --out SITE [OPTION...]\n"
    "\n"
    "Makes a site file under a new passphrase from a recovery copy (`courier site export --recovery`) and its nine "
    "words.\n"
    "\n"
    "  --out SITE          where to write it; a file that is there already is not touched\n"
    "  --passphrase-file FILE, --passphrase-fd N\n"
    "                      the words are the first line of a file or of a descriptor\n"
    "  --new-passphrase-file FILE, --new-passphrase-fd N\n"
    "                      the new passphrase\n";

static int export_key(const char *path, const struct onion_secret *key)
{
	uint8_t file[ONION_KEY_FILE_LEN];
	int status = SITE_DONE;

	onion_secret_write(key, file);
	if (file_write_new(path, BYTES_ARRAY(file), 0600) != ERR_OK)
		status = site_say(SITE_FAILED, path, strerror(errno));
	SECRET_WIPE(file);
	return status;
}

/* The words of the English list with one space between: what `age -d` is told as well. */
static int words_text(const struct codename *c, struct buf *words)
{
	return codename_words(words, c, "en") == ERR_OK && !words->failed
		   ? SITE_DONE
		   : site_say(SITE_FAILED, NULL, "The list of words is missing.");
}

static int export_recovery(const char *path, struct bytes text)
{
	uint8_t storage[CODENAME_WORDS_MAX];
	struct buf words = buf_over(storage, sizeof storage);
	struct codename c;
	int status;

	codename_new(&c);
	status = words_text(&c, &words);
	if (status == SITE_DONE)
		status = hold_write_new(path, text, buf_view(&words));
	if (status == SITE_DONE)
		printf("%s: written. Its words, which are kept nowhere:\n\n  %.*s\n\n", path, (int)words.len,
		       (const char *)words.p);
	SECRET_WIPE(c);
	SECRET_WIPE(storage);
	return status;
}

int site_export(int argc, char **argv)
{
	struct hold *h = hold_static();
	struct site_arguments a;
	bool go_on;
	int status = site_options(argc, argv, SITE_TAKES_EXPORT, export_usage, &a, &go_on);

	if (!go_on)
		return status;
	if (a.source_key == NULL && a.desk_key == NULL && a.recovery == NULL)
		return site_say(SITE_USAGE, NULL, "One of --source-key, --desk-key and --recovery is needed.");
	status = hold_open(a.path, &a.phrase, h);
	if (status == SITE_DONE && h->site.ephemeral)
		status =
		    site_say(SITE_INPUT, a.path, "This site file has no keys: the box makes new ones at each start.");
	if (status == SITE_DONE && a.source_key != NULL)
		status = export_key(a.source_key, &h->site.source_key);
	if (status == SITE_DONE && a.desk_key != NULL)
		status = export_key(a.desk_key, &h->site.desk_key);
	if (status == SITE_DONE && a.recovery != NULL)
		status = export_recovery(a.recovery, buf_view(&h->text));
	hold_drop(h);
	return status;
}

/* As they are in the list, however they were typed. */
static int take_words(const struct phrase_source *from, struct buf *words)
{
	uint8_t storage[AGE_PASSPHRASE_MAX];
	struct buf typed = buf_over(storage, sizeof storage);
	struct codename c;
	int status = hold_take_phrase(from, "The nine words of the recovery copy: ", &typed);

	if (status == SITE_DONE && codename_parse(buf_view(&typed), "en", &c, NULL) != ERR_OK)
		status = site_say(
		    SITE_INPUT, NULL,
		    "These are not nine words of a recovery copy: one is wrong or missing, or two are swapped.");
	if (status == SITE_DONE)
		status = words_text(&c, words);
	SECRET_WIPE(c);
	SECRET_WIPE(storage);
	return status;
}

int site_recover(int argc, char **argv)
{
	struct hold *h = hold_static();
	uint8_t words_storage[CODENAME_WORDS_MAX], phrase_storage[AGE_PASSPHRASE_MAX];
	struct buf words = buf_over(words_storage, sizeof words_storage);
	struct buf phrase = buf_over(phrase_storage, sizeof phrase_storage);
	struct site_arguments a;
	bool go_on;
	int status = site_options(argc, argv, SITE_TAKES_OUT | SITE_TAKES_NEW_PHRASE, recover_usage, &a, &go_on);

	if (!go_on)
		return status;
	if (a.out == NULL)
		return site_say(SITE_USAGE, NULL, "--out is needed: where the site file is written.");
	status = take_words(&a.phrase, &words);
	if (status == SITE_DONE)
		status = hold_open(a.path, &(struct phrase_source){.given = buf_view(&words)}, h);
	if (status == SITE_DONE)
		status =
		    hold_new_phrase(&a.new_phrase, "New passphrase for the box (16 characters or more): ", &phrase);
	if (status == SITE_DONE)
		status = hold_write_new(a.out, buf_view(&h->text), buf_view(&phrase));
	if (status == SITE_DONE)
		printf("%s: written. Put it on the stick.\n", a.out);
	SECRET_WIPE(words_storage);
	SECRET_WIPE(phrase_storage);
	hold_drop(h);
	return status;
}
