/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier site rotate */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/secret.h"
#include "site/operator.h"
#include "sitetool/command.h"
#include "sitetool/options.h"

static const char usage[] =
    "usage: courier site rotate SITE --from FILE [--desk NAME] [OPTION...]\n"
    "       courier site rotate SITE --passphrase [OPTION...]\n"
    "       courier site rotate SITE --unattended [OPTION...]\n"
    "\n"
    "Changes a site file in its place; put it on the stick anew afterwards. Comments and all other lines stay.\n"
    "\n"
    "  --from FILE         a desk has new keys: the for-the-operator.txt that it sent\n"
    "  --desk NAME         which desk, if the site has several; `courier site show` names them\n"
    "  --passphrase        a new passphrase, or one for a file that has none\n"
    "  --unattended        no passphrase any more: the box opens by itself, and whoever gets hold of the stick has "
    "its\n"
    "                      keys\n"
    "  --passphrase-file FILE, --passphrase-fd N\n"
    "                      the present passphrase is the first line of a file or of a descriptor\n"
    "  --new-passphrase-file FILE, --new-passphrase-fd N\n"
    "                      the new one\n";

static uint8_t desk_text[OPERATOR_FILE_MAX];

static bool is_desk_key(struct bytes line)
{
	static const char *const keys[] = {"recipient", "client", "token-hash"};
	struct bytes key, value;

	if (line.n == 0 || line.p[0] == '#' || !site_split_line(line, &key, &value))
		return false;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (bytes_eq_str(key, keys[i]))
			return true;
	return false;
}

/* The lines of the desk's file behind its "desk" line, in place of those that it had. */
static void replace_desk(struct buf *out, struct bytes text, struct bytes name, struct bytes with)
{
	struct bytes line, key, value, new_line;
	bool here = false;

	while (bytes_split(&text, '\n', &line)) {
		bool begins =
		    line.n > 0 && line.p[0] != '#' && site_split_line(line, &key, &value) && bytes_eq_str(key, "desk");

		if (begins)
			here = bytes_eq(value, name);
		if (here && is_desk_key(line))
			continue;
		buf_put(out, line);
		buf_byte(out, '\n');
		while (here && begins && bytes_split(&with, '\n', &new_line))
			if (is_desk_key(bytes_trim(new_line))) {
				buf_put(out, bytes_trim(new_line));
				buf_byte(out, '\n');
			}
	}
}

/* Whose keys: by name, or the only desk. */
static int choose_desk(const struct site *s, const char *name, struct bytes *found)
{
	if (name == NULL && s->desk_count == 1) {
		*found = s->desks[0].name;
		return SITE_DONE;
	}
	for (size_t i = 0; name != NULL && i < s->desk_count; i++)
		if (bytes_eq_str(s->desks[i].name, name)) {
			*found = s->desks[i].name;
			return SITE_DONE;
		}
	return site_say(SITE_USAGE, name,
			name == NULL
			    ? "The site has not one desk: --desk NAME says which. `courier site show` names them."
			    : "The site has no desk of this name. `courier site show` names them.");
}

static int take_desk(const struct site_arguments *a, struct hold *h, struct buf *out)
{
	static struct site scratch;
	struct site_fault fault = {0};
	struct bytes name = {NULL, 0};
	size_t n;
	enum err e;
	int status = choose_desk(&h->site, a->desk, &name);

	if (status != SITE_DONE)
		return status;
	e = fd_read_file(a->from, desk_text, sizeof desk_text, &n);
	if (e == ERR_TOO_BIG)
		return site_say(SITE_INPUT, a->from, "This is not the for-the-operator.txt of a desk: it is too big.");
	if (e != ERR_OK)
		return site_say(SITE_FAILED, a->from, strerror(errno));
	/* By itself, so that its own line is named. */
	memset(&scratch, 0, sizeof scratch);
	if (!site_take_desk(name, &scratch, &fault) || !operator_file_parse(bytes_of(desk_text, n), &scratch, &fault))
		return site_say_fault(a->from, &fault);
	replace_desk(out, buf_view(&h->text), name, bytes_of(desk_text, n));
	return SITE_DONE;
}

/* What the file says of its being sealed, and its passphrase. */
static int take_phrase(const struct site_arguments *a, struct hold *h, struct buf *out)
{
	static const char *const key[] = {"unattended"};
	int status = SITE_DONE;

	SECRET_WIPE(h->phrase_storage);
	h->phrase = buf_over(h->phrase_storage, sizeof h->phrase_storage);
	if (a->passphrase)
		status =
		    hold_new_phrase(&a->new_phrase, "New passphrase for the box (16 characters or more): ", &h->phrase);
	hold_replace_lines(out, buf_view(&h->text), key, 1,
			   a->unattended ? BYTES_LITERAL("unattended = yes\n") : bytes_of(NULL, 0));
	return status;
}

int site_rotate(int argc, char **argv)
{
	struct hold *h = hold_static();
	struct buf out = site_room();
	struct site_arguments a;
	bool go_on;
	int status = site_options(argc, argv, SITE_TAKES_NEW_PHRASE | SITE_TAKES_ROTATE, usage, &a, &go_on);

	if (!go_on)
		return status;
	if ((a.from != NULL) + a.passphrase + a.unattended != 1)
		return site_say(SITE_USAGE, NULL, "One of --from, --passphrase and --unattended is needed.");
	status = hold_open(a.path, &a.phrase, h);
	if (status == SITE_DONE)
		status = a.from != NULL ? take_desk(&a, h, &out) : take_phrase(&a, h, &out);
	if (status == SITE_DONE && out.failed)
		status = site_say(SITE_INPUT, a.path, "The site file would be bigger than 256 KiB.");
	if (status == SITE_DONE)
		status = hold_replace(h, buf_view(&out));
	if (status == SITE_DONE && a.unattended)
		(void)site_say(SITE_DONE, a.path, HOLD_UNATTENDED_RISK);
	if (status == SITE_DONE)
		printf("%s: changed. Put it on the stick anew.\n", a.path);
	hold_drop(h);
	site_room_wipe();
	return status;
}
