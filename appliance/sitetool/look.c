/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier site show, courier site check: nothing is changed. */
#include <stdio.h>

#include "base/secret.h"
#include "sitetool/command.h"
#include "sitetool/options.h"

#define PHRASE_OPTIONS                                                                                                 \
	"  --passphrase-file FILE, --passphrase-fd N\n"                                                                \
	"                      the passphrase is the first line of a file or of a descriptor\n"

static const char show_usage[] = "usage: courier site show SITE [OPTION...]\n"
				 "\n"
				 "Prints a site file without its secrets. A sealed one is opened with its passphrase.\n"
				 "\n" PHRASE_OPTIONS;

static const char check_usage[] =
    "usage: courier site check SITE [OPTION...]\n"
    "\n"
    "Says all that is wrong with a site file, each with its line, or that a box takes it.\n"
    "\n" PHRASE_OPTIONS;

static void print_line(struct bytes line)
{
	struct bytes key, value;

	if (line.n == 0 || line.p[0] == '#' || !site_split_line(line, &key, &value) || !site_key_is_secret(key))
		printf("%.*s\n", (int)line.n, (const char *)line.p);
	else
		printf("%.*s = (not shown)\n", (int)key.n, (const char *)key.p);
}

int site_show(int argc, char **argv)
{
	struct hold *h = hold_static();
	struct site_arguments a;
	struct bytes rest, line;
	bool go_on;
	int status = site_options(argc, argv, 0, show_usage, &a, &go_on);

	if (!go_on)
		return status;
	status = hold_open(a.path, &a.phrase, h);
	rest = buf_view(&h->text);
	if (status == SITE_DONE)
		printf("# %s\n", h->sealed ? "Sealed with a passphrase." : "Not sealed.");
	/* It was parsed: each line can be shown. */
	while (status == SITE_DONE && bytes_split(&rest, '\n', &line))
		print_line(line);
	hold_drop(h);
	return status;
}

struct telling {
	const char *path;
	unsigned count;
};

static void tell(void *context, const struct site_fault *fault)
{
	struct telling *t = context;

	t->count++;
	if (fault->line > 0)
		printf("%s, line %u: %s\n", t->path, fault->line, fault->sentence);
	else
		printf("%s: %s\n", t->path, fault->sentence);
}

int site_check_file(int argc, char **argv)
{
	static struct site site;
	struct hold *h = hold_static();
	struct site_arguments a;
	struct telling telling;
	bool go_on;
	int status = site_options(argc, argv, 0, check_usage, &a, &go_on);

	if (!go_on)
		return status;
	telling = (struct telling){.path = a.path};
	status = hold_read(a.path, &a.phrase, h);
	if (status == SITE_DONE && site_check(buf_view(&h->text), &site, tell, &telling) != ERR_OK)
		status = SITE_INPUT;
	if (status == SITE_DONE && !h->sealed && !site.unattended && !site.ephemeral) {
		tell(&telling, &(struct site_fault){0, "It is not sealed, and has no line \"unattended = yes\": no box "
						       "takes it. `courier site rotate --passphrase` seals it."});
		status = SITE_INPUT;
	}
	if (status == SITE_DONE)
		printf("%s: a box takes it.%s\n", a.path, h->sealed || site.ephemeral ? "" : " " HOLD_UNATTENDED_RISK);
	SECRET_WIPE(site);
	hold_drop(h);
	return status;
}
