/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier site init */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/random.h"
#include "base/secret.h"
#include "sitefile/hold.h"
#include "site/look.h"
#include "site/operator.h"
#include "sitefile/say.h"
#include "sitetool/choose.h"
#include "sitetool/command.h"
#include "sitetool/options.h"
#include "workstation/options.h"

/* What the options and files said; the views of struct site point into these and into argv. */
/* The configuration's and all desks' files together; a site file holds no more of them. */
static uint8_t texts[LIMIT_SITE_FILE + OPERATOR_FILE_MAX];
static size_t texts_len;
static uint8_t desk_names[LIMIT_DESKS][16];
static uint8_t torrc_text[LIMIT_TORRC * 2];

static const char usage[] =
    "usage: courier site init --out SITE --name NAME --desk FILE [OPTION...]\n"
    "\n"
    "Writes a new site file: the keys of a box's two onion services and what it needs to know of its desk. It is\n"
    "sealed with a passphrase, which the box asks for whenever it starts: 16 characters or more, on a US keyboard.\n"
    "Five or six random words are good. Who loses it loses the address: keep the copy for a safe that `courier site\n"
    "export --recovery` makes.\n"
    "\n"
    "  --out SITE          where to write it; a file that is there already is not touched\n"
    "  --config FILE       take what follows from a file of lines like \"name = Our name\"; docs/SITE-FILE.md lists "
    "them\n"
    "  --name NAME         the organisation's name, as sources see it (1 to 80 bytes)\n"
    "  --desk FILE         the for-the-operator.txt that `courier desk init` wrote; once for each desk, up to 16\n"
    "  --takes TOPIC       the last desk takes messages about this topic; up to 16 times. Without: about everything\n"
    "  --topic TOPIC       a topic that sources may choose; up to 16 times\n"
    "  --topic-in LANG=TOPIC\n"
    "                      what the last topic is called in a language of the pages (ru, fa, zh-hans...)\n"
    "  --text TEXT         what the first page says of you and what you ask for, 1 to 600 bytes; without, nothing\n"
    "  --text-in LANG=TEXT the same in one language; --text is then for all others\n"
    "  --accent COLOUR     of links and buttons, like #1f4e6b; made darker or lighter until it is easy to read\n"
    "  --network HOW       dhcp (as without the option), or ADDRESS/PREFIX,ROUTER like 192.0.2.7/24,192.0.2.1\n"
    "                      (IPv6: a \"network6\" line in --config)\n"
    "  --upload-max BYTES  the largest message with its attachments (536870912)\n"
    "  --capacity BYTES    what the box may hold in all (0: it decides by its memory)\n"
    "  --quota-circuit BYTES\n"
    "                      what one circuit's messages may take of it until they are collected (0: an eighth)\n"
    "  --quota-conversation BYTES\n"
    "                      what one conversation may (0: a quarter)\n"
    "  --torrc FILE        lines for Tor, such as bridges; docs/SITE-FILE.md lists which\n"
    "  --choose-guards     draw the box's entry guards now, through Tor, from this computer; else the box draws them, "
    "and\n"
    "                      `courier site refresh` puts them into the file\n"
    "  --source-key FILE   a key that is there already, Tor's hs_ed25519_secret_key, for the address that sources use\n"
    "  --desk-key FILE     the same for the desk's address\n"
    "  --passphrase-file FILE, --passphrase-fd N\n"
    "                      the passphrase is the first line of a file or of a descriptor, instead of asking for it\n"
    "  --unattended        not sealed: the box opens by itself, and whoever gets hold of the stick has its keys\n"
    "  --ephemeral         a file without keys: the box makes new ones at each start and shows them on its console; a\n"
    "                      desk is asked for there, unless --desk names one\n"
    "\n"
    "Examples:\n"
    "  courier site init --out box.site --name \"The Harbour Post\" --desk for-the-operator.txt --topic Corruption\n"
    "  courier site init --out box.site --config box.conf --desk for-the-operator.txt\n"
    "\n"
    "Prints the two addresses.\n";

struct request {
	struct site site;
	const char *out;
	struct phrase_source phrase;
	bool has_source_key;
	bool has_desk_key;
	bool choose_guards;
};

static int take_desk(const char *path, struct request *r)
{
	struct site *s = &r->site;
	struct site_fault fault = {0};
	size_t k = s->desk_count;
	uint8_t *text = texts + texts_len;
	size_t n;
	char name[sizeof desk_names[0]];
	enum err e;

	if (k == LIMIT_DESKS)
		return site_say(SITE_USAGE, "--desk", "A site has at most 16 desks.");
	(void)snprintf(name, sizeof name, "desk-%zu", k + 1);
	memcpy(desk_names[k], name, sizeof name);
	e = ERR_TOO_BIG;
	if (texts_len + OPERATOR_FILE_MAX <= sizeof texts)
		e = fd_read_file(path, text, OPERATOR_FILE_MAX, &n);
	if (e == ERR_TOO_BIG)
		return site_say(SITE_INPUT, path, "This is not the for-the-operator.txt of a desk: it is too big.");
	if (e != ERR_OK)
		return site_say(SITE_FAILED, path, strerror(errno));
	if (!site_take_desk(bytes_str((const char *)desk_names[k]), s, &fault) ||
	    !operator_file_parse(bytes_of(text, n), s, &fault))
		return site_say_fault(path, &fault);
	texts_len += n;
	return SITE_DONE;
}

static int take_torrc(const char *path, struct request *r)
{
	struct site *s = &r->site;
	struct site_fault fault = {0};
	struct bytes rest, line;
	size_t n;
	enum err e = fd_read_file(path, torrc_text, sizeof torrc_text, &n);

	if (e == ERR_TOO_BIG)
		return site_say(SITE_INPUT, path, "A site file has at most 16384 bytes of Tor options.");
	if (e != ERR_OK)
		return site_say(SITE_FAILED, path, strerror(errno));
	rest = bytes_of(torrc_text, n);
	while (bytes_split(&rest, '\n', &line)) {
		fault.line++;
		line = bytes_trim(line);
		if (line.n > 0 && line.p[0] != '#' && !site_take_torrc(line, s, &fault))
			return site_say_fault(path, &fault);
	}
	return SITE_DONE;
}

/* Lines of a site file, before any option adds to them. */
static int take_config(const char *path, struct request *r)
{
	struct site *s = &r->site;
	struct site_fault fault;
	uint8_t *text = texts + texts_len;
	size_t n;
	enum err e;

	e = fd_read_file(path, text, sizeof texts - texts_len, &n);
	if (e == ERR_TOO_BIG)
		return site_say(SITE_INPUT, path, "A configuration has at most 256 KiB. This is another kind of file.");
	if (e != ERR_OK)
		return site_say(SITE_FAILED, path, strerror(errno));
	texts_len += n;
	return site_parse_config(bytes_of(text, n), s, &fault) == ERR_OK ? SITE_DONE : site_say_fault(path, &fault);
}

/* Tor's own file of an onion service that is there already. */
static int take_key(const char *path, struct onion_secret *key)
{
	uint8_t file[ONION_KEY_FILE_LEN];
	size_t n = 0;
	enum err e = fd_read_file(path, file, sizeof file, &n);
	int status = SITE_DONE;

	if (e != ERR_OK && e != ERR_TOO_BIG)
		status = site_say(SITE_FAILED, path, strerror(errno));
	else if (e == ERR_TOO_BIG || onion_secret_read(bytes_of(file, n), key) != ERR_OK)
		status =
		    site_say(SITE_INPUT, path,
			     "This is not the hs_ed25519_secret_key of an onion service: 96 bytes that Tor wrote.");
	SECRET_WIPE(file);
	return status;
}

static int wrong(const char *option, const char *sentence)
{
	char name[32];

	(void)snprintf(name, sizeof name, "--%s", option);
	return site_say(SITE_USAGE, name, sentence);
}

static int take_value(bool (*take)(struct bytes, struct site *, struct site_fault *), const char *option,
		      const char *value, struct site *s)
{
	struct site_fault fault = {0};

	return take(bytes_str(value), s, &fault) ? SITE_DONE : wrong(option, fault.sentence);
}

/* "LANG=VALUE" */
static int take_in(bool (*take)(struct bytes, struct bytes, struct site *, struct site_fault *), const char *option,
		   const char *text, struct site *s)
{
	struct site_fault fault = {0};
	struct bytes language, value;

	if (!site_split_line(bytes_str(text), &language, &value) || language.n == 0)
		return wrong(option, "This is a language and a text, like \"de=Presse\".");
	return take(language, value, s, &fault) ? SITE_DONE : wrong(option, fault.sentence);
}

static bool take_text(struct bytes text, struct site *s, struct site_fault *fault)
{
	return site_take_text(bytes_of(NULL, 0), text, s, fault);
}

static bool take_takes(struct bytes topic, struct site *s, struct site_fault *fault)
{
	if (s->desk_count > 0)
		return site_take_takes(topic, s, fault);
	(void)snprintf(fault->sentence, sizeof fault->sentence,
		       "This belongs to a desk. Put it after its --desk FILE.");
	return false;
}

static int take_source_key(const char *path, struct request *r)
{
	r->has_source_key = true;
	return take_key(path, &r->site.source_key);
}

static int take_desk_key(const char *path, struct request *r)
{
	r->has_desk_key = true;
	return take_key(path, &r->site.desk_key);
}

/* ---- the options */

enum {
	INIT_CONFIG,
	INIT_NAME,
	INIT_DESK,
	INIT_TAKES,
	INIT_TOPIC,
	INIT_TOPIC_IN,
	INIT_TEXT,
	INIT_TEXT_IN,
	INIT_ACCENT,
	INIT_NETWORK,
	INIT_UPLOAD,
	INIT_CAPACITY,
	INIT_QUOTA_CIRCUIT,
	INIT_QUOTA_CONVERSATION,
	INIT_TORRC,
	INIT_SOURCE_KEY,
	INIT_DESK_KEY,
	INIT_CALLS /* those above are looked at by how[] */
};

static const struct option_row rows[] = {
    [INIT_CONFIG] = {"config", OPTION_CALL, 0, 0, 0},
    [INIT_NAME] = {"name", OPTION_CALL, 0, 0, 0},
    [INIT_DESK] = {"desk", OPTION_CALL, 0, 0, 0},
    [INIT_TAKES] = {"takes", OPTION_CALL, 0, 0, 0},
    [INIT_TOPIC] = {"topic", OPTION_CALL, 0, 0, 0},
    [INIT_TOPIC_IN] = {"topic-in", OPTION_CALL, 0, 0, 0},
    [INIT_TEXT] = {"text", OPTION_CALL, 0, 0, 0},
    [INIT_TEXT_IN] = {"text-in", OPTION_CALL, 0, 0, 0},
    [INIT_ACCENT] = {"accent", OPTION_CALL, 0, 0, 0},
    [INIT_NETWORK] = {"network", OPTION_CALL, 0, 0, 0},
    [INIT_UPLOAD] = {"upload-max", OPTION_CALL, 0, 0, 0},
    [INIT_CAPACITY] = {"capacity", OPTION_CALL, 0, 0, 0},
    [INIT_QUOTA_CIRCUIT] = {"quota-circuit", OPTION_CALL, 0, 0, 0},
    [INIT_QUOTA_CONVERSATION] = {"quota-conversation", OPTION_CALL, 0, 0, 0},
    [INIT_TORRC] = {"torrc", OPTION_CALL, 0, 0, 0},
    [INIT_SOURCE_KEY] = {"source-key", OPTION_CALL, 0, 0, 0},
    [INIT_DESK_KEY] = {"desk-key", OPTION_CALL, 0, 0, 0},
    {"out", OPTION_TEXT, 0, offsetof(struct request, out), 0},
    {"choose-guards", OPTION_FLAG, 0, offsetof(struct request, choose_guards), 0},
    {"passphrase-file", OPTION_TEXT, 0, offsetof(struct request, phrase.file), 0},
    {"passphrase-fd", OPTION_TEXT, 0, offsetof(struct request, phrase.descriptor), 0},
    {"unattended", OPTION_FLAG, 0, offsetof(struct request, site.unattended), 0},
    {"ephemeral", OPTION_FLAG, 0, offsetof(struct request, site.ephemeral), 0},
};

/* One of the three each: a value, LANG=VALUE, a file. */
static const struct {
	bool (*value)(struct bytes text, struct site *s, struct site_fault *fault);
	bool (*in)(struct bytes language, struct bytes text, struct site *s, struct site_fault *fault);
	int (*file)(const char *path, struct request *r);
} how[INIT_CALLS] = {
    [INIT_CONFIG] = {.file = take_config},
    [INIT_NAME] = {.value = site_take_name},
    [INIT_DESK] = {.file = take_desk},
    [INIT_TAKES] = {.value = take_takes},
    [INIT_TOPIC] = {.value = site_take_topic},
    [INIT_TOPIC_IN] = {.in = site_take_topic_name},
    [INIT_TEXT] = {.value = take_text},
    [INIT_TEXT_IN] = {.in = site_take_text},
    [INIT_ACCENT] = {.value = site_take_accent},
    [INIT_NETWORK] = {.value = site_take_network},
    [INIT_UPLOAD] = {.value = site_take_upload_max},
    [INIT_CAPACITY] = {.value = site_take_capacity},
    [INIT_QUOTA_CIRCUIT] = {.value = site_take_quota_circuit},
    [INIT_QUOTA_CONVERSATION] = {.value = site_take_quota_conversation},
    [INIT_TORRC] = {.file = take_torrc},
    [INIT_SOURCE_KEY] = {.file = take_source_key},
    [INIT_DESK_KEY] = {.file = take_desk_key},
};

/* The configuration is what the options add to, wherever it stands among them. */
static int take_first(size_t row, const char *value, void *to)
{
	return row == INIT_CONFIG ? take_config(value, to) : SITE_DONE;
}

static int take_rest(size_t row, const char *value, void *to)
{
	struct request *r = to;

	if (row == INIT_CONFIG)
		return SITE_DONE;
	if (how[row].file != NULL)
		return how[row].file(value, r);
	return how[row].in != NULL ? take_in(how[row].in, rows[row].name, value, &r->site)
				   : take_value(how[row].value, rows[row].name, value, &r->site);
}

static int take_arguments(int argc, char **argv, struct request *r, bool *go_on)
{
	struct options options = {rows, sizeof rows / sizeof rows[0], 0, r, take_first};
	int first;
	int status = options_read(argc, argv, &options, &first);

	options.call = take_rest;
	if (status == 0)
		status = options_read(argc, argv, &options, &first);
	if (status == OPTIONS_HELP) {
		fputs(usage, stdout);
		return SITE_DONE;
	}
	if (status == OPTIONS_WRONG)
		return site_say(SITE_USAGE, "", "`courier site init --help` lists the options.");
	if (status != 0)
		return status;
	if (first != argc)
		return site_say(SITE_USAGE, argv[first],
				"This belongs to no option. Put quotes around a name with blanks.");
	if (r->out == NULL || (!r->site.ephemeral && (r->site.name.n == 0 || r->site.desk_count == 0)))
		return site_say(SITE_USAGE, NULL,
				"--out, --name and --desk are needed. `courier site init --help` explains them.");
	*go_on = true;
	return SITE_DONE;
}

static int write_site(struct request *r)
{
	uint8_t storage[AGE_PASSPHRASE_MAX];
	struct buf phrase = buf_over(storage, sizeof storage);
	struct buf text = site_room();
	uint8_t source[ONION_ADDRESS_LEN];
	uint8_t desk[ONION_ADDRESS_LEN];
	int status = SITE_DONE;

	/* Before the file: this ends the program where there is no memory for a hash. */
	if (!r->site.ephemeral) {
		onion_address(&r->site.source_key, source);
		onion_address(&r->site.desk_key, desk);
	}
	site_write(&text, &r->site);
	if (text.failed)
		status = site_say(SITE_INPUT, r->out, "The site file would be bigger than 256 KiB.");
	else if (!r->site.unattended && !r->site.ephemeral)
		status = hold_new_phrase(&r->phrase, "New passphrase for the box (16 characters or more): ", &phrase);
	if (status == SITE_DONE)
		status = hold_write_new(r->out, buf_view(&text), buf_view(&phrase));
	site_room_wipe();
	SECRET_WIPE(storage);
	if (status != SITE_DONE)
		return status;
	if (r->site.ephemeral)
		return SITE_DONE;
	if (r->site.unattended)
		(void)site_say(SITE_DONE, r->out, HOLD_UNATTENDED_RISK);
	printf("source address: http://%.*s/\n", ONION_ADDRESS_LEN, source);
	printf("desk address: %.*s\n", ONION_ADDRESS_LEN, desk);
	return SITE_DONE;
}

int site_init(int argc, char **argv)
{
	static struct request r;
	bool go_on = false;
	int status;

	r.site.upload_max = LIMIT_UPLOAD_DEFAULT; /* here, and not before: 19 KiB that would lie in the file */
	status = take_arguments(argc, argv, &r, &go_on);

	if (go_on) {
		if (!r.has_source_key)
			onion_secret_new(&r.site.source_key);
		if (!r.has_desk_key)
			onion_secret_new(&r.site.desk_key);
		random_fill(r.site.salt, sizeof r.site.salt);
		/* A configuration may have one, and a box without keys draws one itself. */
		if (!r.site.has_guard_seed && !r.site.ephemeral) {
			random_fill(r.site.guard_seed, sizeof r.site.guard_seed);
			r.site.has_guard_seed = true;
		}
		if (r.choose_guards)
			status = choose_guards(&r.site);
		if (status == SITE_DONE)
			status = write_site(&r);
	}
	SECRET_WIPE(r.site);
	SECRET_WIPE(texts); /* a configuration's guard-seed */
	return status;
}
