/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier site announce, courier site signing-key */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "announce/announce.h"
#include "base/fd.h"
#include "base/secret.h"
#include "sitefile/hold.h"
#include "site/sealed.h"
#include "sitefile/say.h"
#include "workstation/files.h"
#include "workstation/options.h"

static const char announce_usage[] =
    "usage: courier site announce --site SITE --out FOLDER [OPTION...]\n"
    "\n"
    "Makes a folder of pages for your own website: how to reach the box, step by step, in every language; the address\n"
    "as text and as a picture; a poster. Nothing in it is secret. README.txt in it is for whoever runs the website.\n"
    "\n"
    "  --site SITE           the box's site file; asks for its passphrase if it is sealed\n"
    "  --out FOLDER          is made; one that is there already is not touched\n"
    "  --languages LIST      like en,ru,fa; all of them without this\n"
    "  --contact-url URL     where on your website people will find the folder (https://...); the posters show it\n"
    "  --signing-key KEY     signs the address, so that others can check it with minisign; made by\n"
    "                        `courier site signing-key`\n"
    "  --passphrase-file FILE, --passphrase-fd N\n"
    "                        the site file's passphrase, instead of asking\n"
    "  --signing-passphrase-file FILE\n"
    "                        the signing key's, instead of asking\n"
    "\n"
    "Example:\n"
    "  courier site announce --site box.site --out contact --contact-url https://www.example.org/contact/\n";

static const char key_usage[] =
    "usage: courier site signing-key --out KEY [--passphrase-file FILE]\n"
    "\n"
    "Makes a key to sign the box's address with, in a file under a passphrase (asked for twice), and prints the key\n"
    "with which others check it. Print that one, too: on paper, in each issue. Keep KEY and a copy of it as long as "
    "the\n"
    "organisation lives; it is not needed on the box.\n"
    "\n"
    "  --out KEY             where to write it; a file that is there already is not touched\n"
    "  --passphrase-file FILE, --passphrase-fd N\n"
    "                        its passphrase, instead of asking\n";

struct request {
	const char *site;
	const char *out;
	const char *key;
	struct phrase_source phrase;
	struct phrase_source key_phrase;
	struct announcement a;
};

static int take_languages(const char *list, struct announcement *a)
{
	struct bytes rest = bytes_str(list), tag;

	while (bytes_split(&rest, ',', &tag)) {
		enum page_language language;
		if (!page_language_from_tag(bytes_trim(tag), &language))
			return site_say(SITE_USAGE, "--languages",
					"This is a list like \"en,ru,fa\". There are: en, ru, uk, be, fa, ar, zh-hans, "
					"zh-hant, ko, fr, es, tr, de.");
		a->languages[language] = true;
	}
	return SITE_DONE;
}

/* RFC 3986's characters but the quote: it is shown as text, and typed from paper. */
static bool is_of_urls(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != 0 && strchr("-._~:/?#[]@!$&()*+,;=%", c) != NULL);
}

static int take_contact(struct bytes url, struct announcement *a)
{
	const struct bytes scheme = BYTES_LITERAL("https://");

	if (!bytes_starts(url, scheme) || url.n == scheme.n)
		return site_say(SITE_USAGE, "--contact-url",
				"This begins with https://: without it, anybody on the way could change the page.");
	if (url.n > ANNOUNCE_CONTACT_MAX)
		return site_say(SITE_USAGE, "--contact-url",
				"This is longer than the 200 characters a poster has room for.");
	for (size_t i = 0; i < url.n; i++)
		if (!is_of_urls(url.p[i]))
			return site_say(SITE_USAGE, "--contact-url",
					"There is a character in it that no address of the web has.");
	a->contact = url;
	return SITE_DONE;
}

enum { TAKES_ANNOUNCE = 1 << 0, TAKES_KEY = 1 << 1 };
enum { OPTION_LANGUAGES, OPTION_CONTACT };

static const struct option_row rows[] = {
    [OPTION_LANGUAGES] = {"languages", OPTION_CALL, TAKES_ANNOUNCE, 0, 0},
    [OPTION_CONTACT] = {"contact-url", OPTION_CALL, TAKES_ANNOUNCE, 0, 0},
    {"site", OPTION_TEXT, TAKES_ANNOUNCE, offsetof(struct request, site), 0},
    {"out", OPTION_TEXT, 0, offsetof(struct request, out), 0},
    {"signing-key", OPTION_TEXT, TAKES_ANNOUNCE, offsetof(struct request, key), 0},
    {"passphrase-file", OPTION_TEXT, 0, offsetof(struct request, phrase.file), 0},
    {"passphrase-fd", OPTION_TEXT, 0, offsetof(struct request, phrase.descriptor), 0},
    {"signing-passphrase-file", OPTION_TEXT, TAKES_ANNOUNCE, offsetof(struct request, key_phrase.file), 0},
};

static int take_option(size_t row, const char *value, void *to)
{
	struct request *r = to;

	return row == OPTION_LANGUAGES ? take_languages(value, &r->a) : take_contact(bytes_str(value), &r->a);
}

/* OPTIONS_HELP: `usage` was printed. */
static int take_options(int argc, char **argv, unsigned takes, const char *usage, struct request *r)
{
	const struct options options = {rows, sizeof rows / sizeof rows[0], takes, r, take_option};
	int first;
	int status = options_read(argc, argv, &options, &first);

	if (status == OPTIONS_HELP && fputs(usage, stdout) < 0)
		return SITE_FAILED;
	if (status == OPTIONS_WRONG)
		return site_say(SITE_USAGE, "", "--help lists the options.");
	if (status == 0 && first != argc)
		return site_say(SITE_USAGE, argv[first], "This belongs to no option.");
	return status;
}

/* The signing key's file, opened. */
static int open_key(const struct request *r, struct hold *h, struct signing_key *key)
{
	int status = hold_read(r->key, &r->key_phrase, h);

	if (status == SITE_DONE && signing_key_read(buf_view(&h->text), key) != ERR_OK)
		status = site_say(SITE_INPUT, r->key, "This is not what `courier site signing-key` writes.");
	hold_drop(h);
	return status;
}

/* What is shown of the site; its secrets end here. */
static int open_site(struct request *r, struct hold *h)
{
	static uint8_t name[LIMIT_SITE_NAME];
	static uint8_t address[ONION_ADDRESS_LEN];
	static struct rgb accent;
	int status = hold_open(r->site, &r->phrase, h);

	if (status == SITE_DONE && h->site.ephemeral)
		status = site_say(SITE_INPUT, r->site,
				  "This site file has no address: the box makes a new one at each start.");
	if (status == SITE_DONE) {
		memcpy(name, h->site.name.p, h->site.name.n);
		memcpy(address, h->site.source_address, sizeof address);
		r->a.name = bytes_of(name, h->site.name.n);
		r->a.address = BYTES_ARRAY(address);
		accent = h->site.accent;
		r->a.accent = h->site.has_accent ? &accent : NULL;
	}
	hold_drop(h);
	return status;
}

/* Both files, one after the other. */
static int open_files(struct request *r, struct signing_key *key)
{
	struct hold *h = malloc(sizeof *h);
	int status;

	if (h == NULL)
		return site_say(SITE_FAILED, "", strerror(errno));
	status = open_site(r, h);
	if (status == SITE_DONE && r->key != NULL) {
		r->a.signing = key;
		status = open_key(r, h, key);
	}
	free(h);
	return status;
}

int site_announce(int argc, char **argv)
{
	static struct request r = {.key_phrase.whose = "the signing key"};
	static struct signing_key key;
	static uint8_t day[10];
	bool chosen = false;
	int status = take_options(argc, argv, TAKES_ANNOUNCE, announce_usage, &r);

	if (status == OPTIONS_HELP)
		return SITE_DONE;
	if (status == SITE_DONE && (r.site == NULL || r.out == NULL))
		status = site_say(SITE_USAGE, "", "--site and --out are needed. --help explains them.");
	for (size_t i = 0; i < LANGUAGE_COUNT; i++)
		chosen = chosen || r.a.languages[i];
	for (size_t i = 0; i < LANGUAGE_COUNT && !chosen; i++)
		r.a.languages[i] = true;
	clock_day_text(clock_day(), day);
	r.a.day = BYTES_ARRAY(day);
	if (status == SITE_DONE)
		status = open_files(&r, &key);
	if (status == SITE_DONE)
		status = announce_write(&r.a, r.out);
	SECRET_WIPE(key);
	if (status == SITE_DONE)
		printf("%s: put it on your website. %s/README.txt says how.\n", r.out, r.out);
	return status;
}

static int write_key(const char *path, struct bytes text, struct bytes phrase)
{
	static uint8_t storage[SIGNING_KEY_FILE_MAX + 512]; /* age's header for a passphrase has 170 bytes */
	struct buf sealed = buf_over(storage, sizeof storage);
	enum err e = sealed_seal(text, phrase, &sealed);

	if (e != ERR_OK)
		return site_say(SITE_FAILED, path, err_text(e));
	e = file_write_new(path, buf_view(&sealed), 0600);
	if (e == ERR_EXISTS)
		return site_say(SITE_FAILED, path,
				"It is there already, and what it signed needs it. Choose another name.");
	return e == ERR_OK ? SITE_DONE : site_say(SITE_FAILED, path, strerror(errno));
}

/* Writes the sealed key; prints the public one. */
static int make_key(const struct request *r)
{
	uint8_t phrase_storage[AGE_PASSPHRASE_MAX];
	uint8_t text_storage[SIGNING_KEY_FILE_MAX];
	uint8_t public_storage[SIGNING_PUBLIC_TEXT];
	struct buf phrase = buf_over(phrase_storage, sizeof phrase_storage);
	struct buf text = buf_over(text_storage, sizeof text_storage);
	struct buf public_key = buf_over(public_storage, sizeof public_storage);
	struct signing_key key;
	int status = hold_new_phrase(&r->phrase, "A passphrase for the signing key: ", &phrase);

	signing_key_new(&key);
	signing_key_write(&text, &key);
	BUG_IF(text.failed);
	if (status == SITE_DONE && signing_public_text(&key, &public_key) != ERR_OK)
		status = site_say(SITE_FAILED, "", strerror(ENOMEM));
	if (status == SITE_DONE)
		status = write_key(r->out, buf_view(&text), buf_view(&phrase));
	if (status == SITE_DONE)
		printf("public key: %.*s\n", (int)public_key.len, (const char *)public_key.p);
	SECRET_WIPE(key);
	SECRET_WIPE(text_storage);
	SECRET_WIPE(phrase_storage);
	return status;
}

int site_signing_key(int argc, char **argv)
{
	static struct request r;
	int status = take_options(argc, argv, TAKES_KEY, key_usage, &r);

	if (status == OPTIONS_HELP)
		return SITE_DONE;
	if (status == SITE_DONE && r.out == NULL)
		status = site_say(SITE_USAGE, "", "--out is needed. --help explains it.");
	return status == SITE_DONE ? make_key(&r) : status;
}
