/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "site/file.h"

#include <stdio.h>

#include "base/secret.h"
#include "base/text.h"
#include "site/guards.h"
#include "site/look.h"
#include "site/network.h"
#include "site/take.h"

#define FIRST_LINE "courier-site 1"
#define LAST_LINE  "end"

struct parser {
	struct site *site;
	struct site_fault *fault;
	void (*report)(void *context, const struct site_fault *fault); /* NULL: the first fault is the end */
	void *context;
	enum err first; /* the first fault that was reported */
	bool config;    /* what site_parse_config() takes */
	struct bytes text;
	uint32_t seen;               /* 1 << row of keys[] */
	struct bytes claimed_source; /* the address lines, for the check against the keys */
	struct bytes claimed_desk;
	unsigned claimed_source_line;
	unsigned claimed_desk_line;
};

struct key {
	const char *name;
	bool (*take)(struct bytes value, struct site *s, struct site_fault *fault); /* NULL: an address line */
	/* "key LANGUAGE = value"; the language is empty where none stands and `take` is NULL. */
	bool (*take_in)(struct bytes language, struct bytes value, struct site *s, struct site_fault *fault);
	bool once;
	bool needed;
	bool of_desk; /* stands below a `desk` line */
	bool secret;  /* its value is not for other people's eyes */
	bool made;    /* `courier site init` makes it */
};

enum { KEY_SOURCE_ADDRESS = 1, KEY_DESK_ADDRESS = 3 };

static const struct key keys[] = {
    {"name", site_take_name, .once = true, .needed = true},
    [KEY_SOURCE_ADDRESS] = {"source-address", NULL, .once = true, .needed = true, .made = true},
    {"source-key", take_source_key, .once = true, .needed = true, .secret = true, .made = true},
    [KEY_DESK_ADDRESS] = {"desk-address", NULL, .once = true, .needed = true, .made = true},
    {"desk-key", take_desk_key, .once = true, .needed = true, .secret = true, .made = true},
    {"salt", take_salt, .once = true, .needed = true, .secret = true, .made = true},
    {"unattended", site_take_unattended, .once = true},
    {"ephemeral", site_take_ephemeral, .once = true},
    {"upload-max", site_take_upload_max, .once = true},
    {"capacity", site_take_capacity, .once = true},
    {"quota-circuit", site_take_quota_circuit, .once = true},
    {"quota-conversation", site_take_quota_conversation, .once = true},
    {"network", site_take_network, .once = true},
    {"dead-man", site_take_dead_man, .once = true},
    {"pulled-stick", site_take_pulled_stick, .once = true},
    {"network6", site_take_network6, .once = true},
    {"vlan", site_take_vlan, .once = true},
    {"mac", site_take_mac, .once = true},
    {"accent", site_take_accent, .once = true},
    {"text", .take_in = site_take_text},
    {"topic", site_take_topic, .take_in = site_take_topic_name},
    {"guard-seed", site_take_guard_seed, .once = true, .secret = true},
    {"guard", site_take_guard, .secret = true},
    {"tor", site_take_torrc},
    {"desk", site_take_desk},
    {"recipient", site_take_recipient, .of_desk = true},
    {"client", site_take_client, .of_desk = true},
    {"token-hash", site_take_token_hash, .of_desk = true},
    {"takes", site_take_takes, .of_desk = true},
};

enum { KEY_COUNT = sizeof keys / sizeof keys[0] };
_Static_assert(KEY_COUNT <= 32, "struct parser's `seen` has a bit for each");

bool site_split_line(struct bytes line, struct bytes *key, struct bytes *value)
{
	size_t at = bytes_find(line, BYTES_LITERAL("="));

	if (at == line.n)
		return false;
	*key = bytes_trim(bytes_first(line, at));
	*value = bytes_trim(bytes_from(line, at + 1));
	return true;
}

/* "text ru" is a "text" line. KEY_COUNT: there is none. */
static size_t find_key(struct bytes key)
{
	struct bytes name = bytes_first(key, bytes_find(key, BYTES_LITERAL(" ")));
	size_t k = 0;

	while (k < KEY_COUNT && !bytes_eq_str(name, keys[k].name))
		k++;
	return k;
}

bool site_key_is_secret(struct bytes key)
{
	size_t k = find_key(key);

	/* What nobody knows may be anything. */
	return k == KEY_COUNT || keys[k].secret;
}

static enum err refuse(struct parser *p, enum err e, unsigned line, const char *sentence)
{
	p->fault->line = line;
	(void)take_refused(p->fault, sentence);
	return e;
}

static enum err parse_address(struct parser *p, size_t k, struct bytes value, unsigned line)
{
	if (onion_address_check(value) != ERR_OK)
		return refuse(p, ERR_FORMAT, line,
			      "This is not an onion address: 56 letters and digits with the right checksum, "
			      "and \".onion\". A character may have been lost or changed.");
	if (k == KEY_SOURCE_ADDRESS) {
		p->claimed_source = value;
		p->claimed_source_line = line;
	} else {
		p->claimed_desk = value;
		p->claimed_desk_line = line;
	}
	return ERR_OK;
}

/* Whether to go on after a fault: it is told, and the next ones are looked for. */
static bool go_on(struct parser *p, enum err e)
{
	if (e == ERR_OK)
		return true;
	if (p->report == NULL)
		return false;
	p->report(p->context, p->fault);
	if (p->first == ERR_OK)
		p->first = e;
	return true;
}

static enum err check_desk(struct parser *p, unsigned line)
{
	p->fault->line = line;
	return p->site->desk_count == 0 || site_desk_is_whole(p->site, p->fault) ? ERR_OK : ERR_FORMAT;
}

static enum err take_value(struct parser *p, size_t k, struct bytes language, struct bytes value, unsigned line)
{
	enum err e = ERR_OK;
	bool taken;

	if (keys[k].take == site_take_desk)
		e = check_desk(p, line); /* the last one */
	if (!go_on(p, e))
		return e;
	p->fault->line = line;
	if (keys[k].take == NULL && keys[k].take_in == NULL)
		return parse_address(p, k, value, line);
	if (keys[k].take == NULL || language.n > 0)
		taken = keys[k].take_in(language, value, p->site, p->fault);
	else
		taken = keys[k].take(value, p->site, p->fault);
	return taken ? ERR_OK : ERR_FORMAT;
}

static enum err parse_line(struct parser *p, struct bytes text, unsigned line)
{
	struct bytes key, value, language;
	size_t k;

	if (!text_is_line(text))
		return refuse(p, ERR_FORMAT, line,
			      "This line holds a control character or is not UTF-8. Write the file as plain "
			      "UTF-8 text with line ends of one LF.");
	if (!site_split_line(text, &key, &value))
		return refuse(p, ERR_FORMAT, line, "A line is \"key = value\"; here the \"=\" is missing.");
	k = find_key(key);
	language = bytes_trim(bytes_from(key, bytes_find(key, BYTES_LITERAL(" "))));
	if (k == KEY_COUNT || (language.n > 0 && keys[k].take_in == NULL))
		return refuse(p, ERR_FORMAT, line, "This key is not known. docs/SITE-FILE.md lists the keys.");
	if (p->config && keys[k].made)
		return refuse(p, ERR_FORMAT, line,
			      "`courier site init` makes this itself; --source-key and --desk-key take keys that are "
			      "there already.");
	if (keys[k].once && (p->seen & UINT32_C(1) << k) != 0)
		return refuse(p, ERR_FORMAT, line, "This key stands in the file twice. Remove one of the two lines.");
	if (keys[k].of_desk && p->site->desk_count == 0)
		return refuse(p, ERR_FORMAT, line, "This line belongs to a desk. Put it below a \"desk = NAME\" line.");
	p->seen |= UINT32_C(1) << k;
	return take_value(p, k, language, value, line);
}

/* The first line and the sealed kind. */
static enum err parse_version(struct parser *p, struct bytes line)
{
	if (bytes_eq_str(line, FIRST_LINE))
		return ERR_OK;
	if (bytes_starts(line, BYTES_LITERAL("age-encryption.org/")) ||
	    bytes_starts(line, BYTES_LITERAL("-----BEGIN AGE")))
		return refuse(p, ERR_UNSUPPORTED, 1,
			      "This site file is sealed. It has to be opened with its passphrase first.");
	if (bytes_starts(line, BYTES_LITERAL("courier-site ")))
		return refuse(p, ERR_UNSUPPORTED, 1,
			      "This site file has another version; this image reads version 1. Use an image "
			      "as new as the program that wrote it.");
	return refuse(p, ERR_FORMAT, 1,
		      "The first line of a site file is \"" FIRST_LINE "\". This is another kind of file, or "
		      "its beginning is lost.");
}

uint32_t site_topic_desks(const struct site *s, struct bytes topic)
{
	uint32_t all = 0;
	uint32_t found = 0;

	for (size_t i = 0; i < s->desk_count; i++) {
		const struct site_desk *desk = &s->desks[i];
		all |= UINT32_C(1) << i;
		if (desk->takes_count == 0)
			found |= UINT32_C(1) << i;
		for (size_t j = 0; j < desk->takes_count; j++)
			if (bytes_eq(desk->takes[j], topic))
				found |= UINT32_C(1) << i;
	}
	return found == 0 && topic.n == 0 ? all : found;
}

/* The line that holds a value. */
static unsigned line_of(struct bytes text, struct bytes value)
{
	unsigned line = 1;

	for (const uint8_t *p = text.p; p < value.p; p++)
		line += *p == '\n';
	return line;
}

/* Whatever a source chooses, somebody reads it; and no desk waits for what can't be chosen. */
static enum err check_topics(struct parser *p)
{
	const struct site *s = p->site;
	enum err e;

	for (size_t i = 0; i < s->topic_count; i++) {
		if (site_topic_desks(s, s->topics[i]) != 0)
			continue;
		e = refuse(p, ERR_FORMAT, line_of(p->text, s->topics[i]),
			   "No desk takes this topic: nobody could read what is sent about it. Give it to a desk with "
			   "a \"takes\" line.");
		if (!go_on(p, e))
			return e;
	}
	for (size_t i = 0; i < s->desk_count; i++)
		for (size_t j = 0; j < s->desks[i].takes_count; j++) {
			size_t t = 0;
			while (t < s->topic_count && !bytes_eq(s->topics[t], s->desks[i].takes[j]))
				t++;
			if (t < s->topic_count)
				continue;
			e = refuse(p, ERR_FORMAT, line_of(p->text, s->desks[i].takes[j]),
				   "The site has no such topic: a desk takes what a \"topic\" line names.");
			if (!go_on(p, e))
				return e;
		}
	return ERR_OK;
}

static enum err check_needed(struct parser *p, unsigned last)
{
	for (size_t k = 0; k < KEY_COUNT; k++) {
		if (!keys[k].needed || (p->seen & UINT32_C(1) << k) != 0)
			continue;
		p->fault->line = last;
		(void)snprintf(p->fault->sentence, sizeof p->fault->sentence,
			       "The file has no \"%s\" line, and a box needs one.", keys[k].name);
		if (!go_on(p, ERR_FORMAT))
			return ERR_FORMAT;
	}
	return ERR_OK;
}

/* claimed: an address line, or empty where it is missing or no address. */
static enum err check_address(struct parser *p, struct bytes claimed, const uint8_t address[static ONION_ADDRESS_LEN],
			      unsigned line, const char *sentence)
{
	if (claimed.n == 0 || bytes_eq(claimed, bytes_of(address, ONION_ADDRESS_LEN)))
		return ERR_OK;
	return refuse(p, ERR_FORMAT, line, sentence);
}

static enum err check_keys(struct parser *p)
{
	struct site *s = p->site;
	enum err e;

	onion_address(&s->source_key, s->source_address);
	onion_address(&s->desk_key, s->desk_address);
	e = check_address(p, p->claimed_source, s->source_address, p->claimed_source_line,
			  "The address does not belong to the source-key. One of the two was changed; take both from "
			  "your copy of the file.");
	if (!go_on(p, e))
		return e;
	return check_address(p, p->claimed_desk, s->desk_address, p->claimed_desk_line,
			     "The address does not belong to the desk-key. One of the two was changed; take both from "
			     "your copy of the file.");
}

static enum err check_guards(struct parser *p, unsigned last)
{
	p->fault->line = last;
	return site_guards_are_whole(p->site, p->fault) ? ERR_OK : ERR_FORMAT;
}

static enum err check_network(struct parser *p, unsigned last)
{
	if (p->site->network != SITE_NETWORK_NONE || p->site->network6 != SITE_NETWORK6_OFF)
		return ERR_OK;
	return refuse(p, ERR_FORMAT, last,
		      "Without IPv4 (\"network = none\") a box needs IPv6: add a \"network6\" line.");
}

/* What has to fit together in any file. */
static enum err check_guards_and_network(struct parser *p, unsigned last)
{
	enum err e = check_guards(p, last);

	return go_on(p, e) ? check_network(p, last) : e;
}

static enum err check_whole(struct parser *p, unsigned last)
{
	enum err e = ERR_OK;

	if (p->site->ephemeral)
		e = refuse(p, ERR_FORMAT, last,
			   "A file with \"ephemeral = yes\" has no keys: the box makes its own at each start.");
	if (!go_on(p, e))
		return e;
	e = check_needed(p, last);
	if (e != ERR_OK)
		return e;
	if (p->site->desk_count == 0)
		e = refuse(p, ERR_FORMAT, last,
			   "The file has no \"desk\" line: nobody could read what a source sends.");
	else
		e = check_desk(p, last);
	if (!go_on(p, e))
		return e;
	e = check_guards_and_network(p, last);
	if (!go_on(p, e))
		return e;
	e = check_keys(p);
	return go_on(p, e) ? check_topics(p) : e;
}

/* Without a desk the box asks for one, which then takes everything. */
static enum err check_ephemeral(struct parser *p, unsigned last)
{
	enum err e = check_desk(p, last);

	if (!go_on(p, e))
		return e;
	e = check_guards_and_network(p, last);
	if (!go_on(p, e))
		return e;
	return p->site->desk_count > 0 ? check_topics(p) : ERR_OK;
}

/* One line of at most LIMIT_SITE_LINE bytes off the front of *text; true if it is the last one by its content. */
static enum err next_line(struct parser *p, struct bytes *text, unsigned line, struct bytes *content)
{
	size_t n = bytes_find(*text, BYTES_LITERAL("\n"));

	if (line > LIMIT_SITE_LINES)
		return refuse(p, ERR_TOO_BIG, line,
			      "A site file has at most 2048 lines. This is another kind of file.");
	if (n > LIMIT_SITE_LINE)
		return refuse(p, ERR_TOO_BIG, line, "A line has at most 2200 bytes. This one is longer.");
	if (n == text->n && !p->config)
		return refuse(p, line == 1 ? ERR_FORMAT : ERR_END, line,
			      "The file is cut off in this line: its line end is missing.");
	*content = bytes_first(*text, n);
	*text = bytes_from(*text, n + 1);
	return ERR_OK;
}

static enum err parse(struct parser *p, struct bytes text)
{
	struct bytes content;
	unsigned line = 0;
	bool ended = false;
	enum err e;

	if (text.n > LIMIT_SITE_FILE)
		return refuse(p, ERR_TOO_BIG, 0, "A site file has at most 256 KiB. This is another kind of file.");
	while (text.n > 0) {
		line++;
		e = next_line(p, &text, line, &content);
		if (e != ERR_OK)
			return e;
		if (line == 1 && (!p->config || bytes_starts(content, BYTES_LITERAL("courier-site"))))
			e = parse_version(p, content);
		else if (ended)
			return refuse(p, ERR_FORMAT, line,
				      "Something follows the last line, which is \"" LAST_LINE "\".");
		else if (bytes_eq_str(content, LAST_LINE))
			ended = true;
		else if (content.n > 0 && content.p[0] != '#')
			e = parse_line(p, content, line);
		if (e != ERR_OK && (line == 1 || !go_on(p, e)))
			return e;
	}
	if (p->config && !p->site->ephemeral) {
		e = check_desk(p, line);
		return go_on(p, e) ? check_network(p, line) : e;
	}
	if (line == 0)
		return refuse(p, ERR_FORMAT, 0, "The site file is empty.");
	if (!ended)
		return refuse(p, ERR_END, line, "The file is cut off: its last line must be \"" LAST_LINE "\".");
	return p->config ? check_ephemeral(p, line) : check_whole(p, line);
}

static enum err run(struct parser *p, struct bytes text)
{
	enum err e;

	*p->site = (struct site){.upload_max = LIMIT_UPLOAD_DEFAULT};
	*p->fault = (struct site_fault){0};
	e = parse(p, text);
	if (p->report != NULL && e != ERR_OK) {
		p->report(p->context, p->fault);
		p->first = p->first == ERR_OK ? e : p->first;
	}
	e = e == ERR_OK ? p->first : e;
	if (e != ERR_OK)
		SECRET_WIPE(*p->site);
	return e;
}

static bool says_ephemeral(struct bytes text)
{
	struct bytes line, key, value;
	bool found = false;

	while (bytes_split(&text, '\n', &line))
		found |=
		    site_split_line(line, &key, &value) && bytes_eq_str(key, "ephemeral") && bytes_eq_str(value, "yes");
	return found;
}

enum err site_parse(struct bytes text, struct site *s, struct site_fault *fault)
{
	return run(&(struct parser){.site = s, .fault = fault, .text = text}, text);
}

enum err site_parse_any(struct bytes text, struct site *s, struct site_fault *fault)
{
	return says_ephemeral(text) ? site_parse_config(text, s, fault) : site_parse(text, s, fault);
}

enum err site_parse_config(struct bytes text, struct site *s, struct site_fault *fault)
{
	return run(&(struct parser){.site = s, .fault = fault, .text = text, .config = true}, text);
}

enum err site_check(struct bytes text, struct site *s, void (*report)(void *context, const struct site_fault *fault),
		    void *context)
{
	struct site_fault fault;
	struct parser p = {.site = s, .fault = &fault, .report = report, .context = context, .text = text};

	p.config = says_ephemeral(text);
	return run(&p, text);
}
