/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agetool/command.h"
#include "agetool/keyfile.h"
#include "agetool/tool.h"
#include "base/fd.h"
#include "base/secret.h"

static const char usage[] =
    "Usage:\n"
    "    courier age keygen [-pq] [-o OUTPUT]\n"
    "    courier age keygen -y [-o OUTPUT] [INPUT]\n"
    "\n"
    "Makes a new key pair, or with -y shows the recipients of identities, as the age-keygen program does.\n"
    "\n"
    "Options:\n"
    "    -pq                       Make a post-quantum key pair (ML-KEM-768 with X25519).\n"
    "    -o, --output OUTPUT       Write to the file OUTPUT, which must not exist yet.\n"
    "    -y                        Write the recipients of the identities in INPUT, one a line.\n"
    "\n"
    "The identity goes to OUTPUT or standard output; it is the secret that opens files. The public key is shown on\n"
    "standard error unless it is on the terminal already. An INPUT that is sealed with a passphrase is opened.\n"
    "\n"
    "Exit status: 0 if all was written.\n";

static struct identities with;
static uint8_t text[AGE_IDENTITIES_MAX * (AGE_TEXT_MAX + 1)];

struct request {
	bool hybrid, convert;
	const char *output;
};

static bool write_all(const char *path, struct bytes data)
{
	struct tool_output o;
	struct age_sink sink;
	bool good;

	tool_output_to(&o, path);
	o.exclusive = true;
	sink = tool_output_sink(&o);
	good = sink.write(sink.context, data) == ERR_OK && tool_output_end(&o);
	if (!good)
		tool_output_drop(&o);
	return good;
}

/* The time in UTC: a key file need not tell where it was made. */
static void put_identity(struct buf *out, const struct age_identity *identity, struct bytes recipient)
{
	char created[48];
	time_t now = time(NULL);
	struct tm t;

	BUG_IF(gmtime_r(&now, &t) == NULL ||
	       strftime(created, sizeof created, "# created: %Y-%m-%dT%H:%M:%SZ\n", &t) == 0);
	buf_str(out, created);
	buf_str(out, "# public key: ");
	buf_put(out, recipient);
	buf_byte(out, '\n');
	age_identity_text(out, identity);
	buf_byte(out, '\n');
}

static bool generate(const struct request *r)
{
	struct age_identity identity;
	struct age_recipient recipient;
	uint8_t storage[AGE_TEXT_MAX];
	struct buf shown = buf_over(storage, sizeof storage);
	struct buf out = buf_over(text, sizeof text);
	struct stat where;
	bool good;

	if (r->output == NULL && fstat(STDOUT_FILENO, &where) == 0 && S_ISREG(where.st_mode) &&
	    (where.st_mode & 0004) != 0)
		tool_warning("writing secret key to a world-readable file");
	age_identity_new(&identity, r->hybrid ? AGE_HYBRID : AGE_X25519);
	age_identity_recipient(&identity, &recipient);
	age_recipient_text(&shown, &recipient);
	put_identity(&out, &identity, buf_view(&shown));
	BUG_IF(shown.failed || out.failed);
	good = write_all(r->output, buf_view(&out));
	if (good && (r->output != NULL || isatty(STDOUT_FILENO) != 1))
		fprintf(stderr, "Public key: %.*s\n", (int)shown.len, (const char *)shown.p);
	SECRET_WIPE(identity);
	SECRET_WIPE(text);
	return good;
}

static bool convert(const struct request *r, const char *input)
{
	struct buf out = buf_over(text, sizeof text);
	struct age_recipient recipient;
	bool good = keyfile_identities(input, &with);

	for (size_t i = 0; i < with.count && good; i++) {
		age_identity_recipient(&with.list[i], &recipient);
		age_recipient_text(&out, &recipient);
		buf_byte(&out, '\n');
	}
	SECRET_WIPE(with);
	BUG_IF(out.failed);
	return good && write_all(r->output, buf_view(&out));
}

static bool take_option(int option, struct request *r)
{
	if (option == 'o')
		r->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
	else if (option == 'y')
		r->convert = true;
	else if (option == 'q')
		r->hybrid = true;
	else
		return false;
	return true;
}

int age_keygen_main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"pq", no_argument, NULL, 'q'},
	    {"output", required_argument, NULL, 'o'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	struct request r = {0};
	int option;

	opterr = 0;
	while ((option = getopt_long_only(argc, argv, "+:o:yh", options, NULL)) != -1) {
		if (take_option(option, &r))
			continue;
		if (option != 'h')
			fprintf(stderr, "%s: %s\n",
				option == '?' ? "flag provided but not defined" : "flag needs an argument",
				argv[optind - 1]);
		fputs(usage, stderr);
		return option == 'h' ? 0 : 2;
	}
	if (argc - optind > (r.convert ? 1 : 0)) {
		tool_error("too many arguments");
		return 1;
	}
	if (r.convert && r.hybrid) {
		tool_error("-pq can't be used with -y");
		return 1;
	}
	return (r.convert ? convert(&r, argv[optind]) : generate(&r)) ? 0 : 1;
}
