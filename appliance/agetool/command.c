/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agetool/command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "age/armor.h"
#include "age/scrypt.h"
#include "agetool/keyfile.h"
#include "agetool/tool.h"
#include "agetool/unseal.h"
#include "base/random.h"
#include "base/secret.h"
#include "workstation/tidy.h"

static const char usage[] =
    "Usage:\n"
    "    courier age [--encrypt] (-r RECIPIENT | -R PATH)... [--armor] [-o OUTPUT] [INPUT]\n"
    "    courier age [--encrypt] --passphrase [--armor] [-o OUTPUT] [INPUT]\n"
    "    courier age --decrypt [-i PATH]... [-o OUTPUT] [INPUT]\n"
    "    courier age keygen [-pq] [-o OUTPUT]\n"
    "    courier age keygen -y [-o OUTPUT] [INPUT]\n"
    "\n"
    "Seals files to recipients or under a passphrase, and opens them, as the age program does.\n"
    "\n"
    "Options:\n"
    "    -e, --encrypt               Seal the input to the output. Done if neither -e nor -d is given.\n"
    "    -d, --decrypt               Open the input to the output. Armor and passphrases are noticed.\n"
    "    -o, --output OUTPUT         Write to the file OUTPUT. It appears, or is replaced, when all went well.\n"
    "    -a, --armor                 Write ASCII armor: text, a third longer.\n"
    "    -p, --passphrase            Seal with a passphrase. It is asked for on the terminal.\n"
    "    -r, --recipient RECIPIENT   Seal to this recipient. Can be repeated.\n"
    "    -R, --recipients-file PATH  Seal to the recipients in this file. Can be repeated.\n"
    "    -i, --identity PATH         Open with the identities in this file. Can be repeated.\n"
    "                                With -e: seal to the recipients of these identities.\n"
    "\n"
    "INPUT defaults to standard input, OUTPUT to standard output; \"-\" names either. Binary output is not written\n"
    "to a terminal unless \"-o -\" asks for it.\n"
    "\n"
    "RECIPIENT is an age public key (\"age1...\"). Files of recipients and of identities (\"AGE-SECRET-KEY-1...\") "
    "have\n"
    "one a line; empty lines and lines that begin with \"#\" are left out. An identity file may itself be sealed with\n"
    "a passphrase, which is then asked for. A file has at most 40 recipients; at most 16 identities are tried.\n"
    "\n"
    "Passphrase files are written with scrypt's work factor 16 (64 MiB of memory) and read up to 17. SSH keys and\n"
    "plugins are not supported.\n"
    "\n"
    "Exit status: 0 only if all of the input was sealed or opened. An input that turns out to be damaged or cut off\n"
    "halfway may have written a genuine beginning to standard output by then; a file OUTPUT is left as it was.\n"
    "\n"
    "Example:\n"
    "    $ courier age keygen -o key.txt\n"
    "    Public key: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n"
    "    $ tar cz data | courier age -r age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p -o data.age\n"
    "    $ courier age -d -i key.txt -o data.tar.gz data.age\n";

enum exit_status { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

/* Paths wait until the command line is known to make sense. */
struct request {
	bool encrypt, decrypt, armor, passphrase;
	const char *output;
	const char *input;
	const char *recipient_texts[AGE_RECIPIENTS_MAX];
	size_t recipient_text_count;
	const char *recipient_files[AGE_RECIPIENTS_MAX];
	size_t recipient_file_count;
	const char *identity_files[AGE_IDENTITIES_MAX];
	size_t identity_file_count;
};

static struct recipients to;
static struct identities with;
static struct age_sealer sealer;
static struct age_armor armor;
static struct tool_output output;
static uint8_t block[TOOL_BLOCK];

/* ---- the command line */

static bool complain(const char *error, const char *hint)
{
	tool_error("%s", error);
	if (hint != NULL)
		tool_hint(hint);
	return false;
}

static bool take_text(const char **list, size_t *count, size_t max, const char *too_many)
{
	if (*count == max)
		return complain(too_many, NULL);
	list[(*count)++] = optarg;
	return true;
}

static bool take_option(int option, struct request *r)
{
	switch (option) {
	case 'e':
		return r->encrypt = true;
	case 'd':
		return r->decrypt = true;
	case 'a':
		return r->armor = true;
	case 'p':
		return r->passphrase = true;
	case 'o':
		r->output = optarg;
		return true;
	case 'r':
		return take_text(r->recipient_texts, &r->recipient_text_count, AGE_RECIPIENTS_MAX,
				 "more than 40 recipients");
	case 'R':
		return take_text(r->recipient_files, &r->recipient_file_count, AGE_RECIPIENTS_MAX,
				 "more than 40 recipient files");
	default:
		return take_text(r->identity_files, &r->identity_file_count, AGE_IDENTITIES_MAX,
				 "more than 16 identity files");
	}
}

static bool check_decrypt(const struct request *r)
{
	if (r->encrypt)
		return complain("-e/--encrypt can't be used with -d/--decrypt", NULL);
	if (r->armor)
		return complain("-a/--armor can't be used with -d/--decrypt",
				"note that armored files are detected automatically");
	if (r->passphrase)
		return complain("-p/--passphrase can't be used with -d/--decrypt",
				"note that password protected files are detected automatically");
	if (r->recipient_text_count > 0)
		return complain("-r/--recipient can't be used with -d/--decrypt",
				"did you mean to use -i/--identity to specify a private key?");
	if (r->recipient_file_count > 0)
		return complain("-R/--recipients-file can't be used with -d/--decrypt",
				"did you mean to use -i/--identity to specify a private key?");
	return true;
}

static bool check_encrypt(const struct request *r)
{
	bool keys = r->recipient_text_count + r->recipient_file_count > 0;

	if (r->identity_file_count > 0 && !r->encrypt)
		return complain("-i/--identity can't be used in encryption mode unless -e/--encrypt is given",
				"did you forget to specify -d/--decrypt?");
	if (!keys && r->identity_file_count == 0 && !r->passphrase)
		return complain("missing recipients", "did you forget to specify -r/--recipient, "
						      "-R/--recipients-file or -p/--passphrase?");
	if (keys && r->passphrase)
		return complain("-p/--passphrase can't be combined with -r/--recipient or -R/--recipients-file", NULL);
	if (r->identity_file_count > 0 && r->passphrase)
		return complain("-p/--passphrase can't be combined with -i/--identity", NULL);
	return true;
}

/* EXIT_DONE: go on, unless *help. Every option also with one dash, as age takes them. */
static enum exit_status parse(int argc, char **argv, struct request *r, bool *help)
{
	static const struct option options[] = {
	    {"encrypt", no_argument, NULL, 'e'},
	    {"decrypt", no_argument, NULL, 'd'},
	    {"output", required_argument, NULL, 'o'},
	    {"armor", no_argument, NULL, 'a'},
	    {"passphrase", no_argument, NULL, 'p'},
	    {"recipient", required_argument, NULL, 'r'},
	    {"recipients-file", required_argument, NULL, 'R'},
	    {"identity", required_argument, NULL, 'i'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	opterr = 0;
	while ((option = getopt_long_only(argc, argv, "+:edo:apr:R:i:h", options, NULL)) != -1) {
		if (option == 'h') {
			*help = true;
			return EXIT_DONE;
		}
		if (option == '?' || option == ':') {
			fprintf(stderr, "%s: %s\n%s",
				option == '?' ? "flag provided but not defined" : "flag needs an argument",
				argv[optind - 1], usage);
			return EXIT_USAGE;
		}
		if (!take_option(option, r))
			return EXIT_FAILED;
	}
	r->input = argv[optind];
	if (argc - optind > 1) {
		tool_error("too many INPUT arguments");
		tool_hint("only a single input file may be specified at a time, after all flags");
		return EXIT_FAILED;
	}
	return (r->decrypt ? check_decrypt(r) : check_encrypt(r)) ? EXIT_DONE : EXIT_FAILED;
}

/* ---- sealing */

/* 125 bits, in letters and digits that are not taken for one another. */
static bool invent_passphrase(struct buf *passphrase)
{
	static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	uint8_t storage[128];
	struct buf line = buf_over(storage, sizeof storage);
	bool said;

	for (unsigned i = 0; i < 25; i++) {
		if (i > 0 && i % 5 == 0)
			buf_byte(passphrase, '-');
		buf_byte(passphrase, (uint8_t)alphabet[random_below(32)]);
	}
	buf_str(&line, "age: using autogenerated passphrase \"");
	buf_put(&line, buf_view(passphrase));
	buf_str(&line, "\"");
	BUG_IF(line.failed || passphrase->failed);
	said = tool_show(buf_view(&line));
	SECRET_WIPE(storage);
	return said;
}

static bool new_passphrase(struct buf *passphrase)
{
	uint8_t storage[AGE_PASSPHRASE_MAX];
	struct buf again = buf_over(storage, sizeof storage);
	bool good = false;

	if (!tool_ask("Enter passphrase (leave empty to autogenerate a secure one): ", passphrase))
		return false;
	if (passphrase->len == 0)
		return invent_passphrase(passphrase);
	if (!tool_ask("Confirm passphrase: ", &again))
		goto out;
	good = again.len == passphrase->len && secret_equal(again.p, passphrase->p, again.len);
	if (!good)
		tool_error("passphrases didn't match");
out:
	SECRET_WIPE(storage);
	return good;
}

static void tell_sealing(enum err e)
{
	if (e == ERR_UNSUPPORTED) {
		tool_error("incompatible recipients: post-quantum and classic ones can't be combined in one file");
		tool_hint("the classic ones would decide what the file is worth against a quantum computer");
	} else if (e == ERR_NO_MEMORY) {
		tool_error("not enough memory: a passphrase file takes %zu MiB",
			   AGE_SCRYPT_MEMORY(AGE_SCRYPT_WRITTEN) >> 20);
	} else {
		tool_error("failed to seal: %s", err_text(e));
	}
}

/* All of fd through the sealer; *told: the reader has told its failure. */
static enum err seal_all(int fd, bool *told)
{
	size_t n;
	enum err e;

	do {
		e = ERR_IO;
		*told = !tool_read(fd, block, sizeof block, &n);
		if (*told)
			goto out;
		TRY(age_seal_data(&sealer, bytes_of(block, n)));
	} while (n > 0);
	e = age_seal_end(&sealer);
out:
	return e;
}

static bool seal(int fd, const struct request *r)
{
	uint8_t storage[AGE_PASSPHRASE_MAX];
	struct buf passphrase = buf_over(storage, sizeof storage);
	struct age_sink sink = tool_output_sink(&output);
	bool told = false;
	enum err e = ERR_IO;

	if (r->armor) {
		age_armor_begin(&armor, sink);
		sink = age_armor_sink(&armor);
	}
	if (r->passphrase) {
		told = !new_passphrase(&passphrase);
		if (told)
			goto out;
		TRY(age_seal_begin_passphrase(&sealer, buf_view(&passphrase), sink));
	} else {
		TRY(age_seal_begin(&sealer, to.list, to.count, sink));
	}
	TRY(seal_all(fd, &told));
	if (r->armor)
		TRY(age_armor_end(&armor));
out:
	SECRET_WIPE(storage);
	SECRET_WIPE(block);
	age_seal_drop(&sealer);
	if (e != ERR_OK && !told && !output.failed)
		tell_sealing(e);
	return e == ERR_OK;
}

static bool read_recipients(const struct request *r)
{
	for (size_t i = 0; i < r->recipient_text_count; i++)
		if (!keyfile_recipient(bytes_str(r->recipient_texts[i]), &to))
			return false;
	for (size_t i = 0; i < r->recipient_file_count; i++)
		if (!keyfile_recipients(r->recipient_files[i], &to))
			return false;
	return true;
}

static bool read_identities(const struct request *r)
{
	for (size_t i = 0; i < r->identity_file_count; i++)
		if (!keyfile_identities(r->identity_files[i], &with))
			return false;
	for (size_t i = 0; i < with.count && !r->decrypt; i++) {
		if (to.count == AGE_RECIPIENTS_MAX)
			return complain("more than 40 recipients", NULL);
		age_identity_recipient(&with.list[i], &to.list[to.count++]);
	}
	return true;
}

/* ---- opening */

static bool open_file(int fd)
{
	struct unsealing u = {
	    .fd = fd,
	    .with = with.list,
	    .count = with.count,
	    .prompt = "Enter passphrase: ",
	    .sink = tool_output_sink(&output),
	    .sink_failed = &output.failed,
	};
	uint8_t first;
	size_t n;
	bool good;

	if (!tool_read(fd, &first, 1, &n))
		return false;
	u.start = bytes_of(&first, n);
	good = unseal(&u);
	if (!good && output.wrote)
		tool_hint("what was written is genuine, but it is not all of the file");
	return good;
}

/* A terminal takes no binary, unless it is told to. */
static bool check_terminal(const struct request *r)
{
	if (r->output != NULL || isatty(STDOUT_FILENO) != 1)
		return true;
	output.guarded = r->decrypt;
	if (r->decrypt || r->armor)
		return true;
	tool_error("refusing to output binary to the terminal");
	tool_hint("did you mean to use -a/--armor?");
	tool_hint("force anyway with \"-o -\"");
	return false;
}

static bool run(const struct request *r)
{
	bool good = false;
	int fd;

	tool_output_to(&output, r->output);
	fd = tool_open("input file", r->input);
	if (fd < 0)
		return false;
	if (check_terminal(r) && read_recipients(r) && read_identities(r))
		good = (r->decrypt ? open_file(fd) : seal(fd, r)) && tool_output_end(&output);
	if (!good)
		tool_output_drop(&output);
	if (fd != STDIN_FILENO)
		close(fd);
	SECRET_WIPE(with);
	return good;
}

int age_main(int argc, char **argv)
{
	static struct request r;
	bool help = false;
	enum exit_status status;

	tidy_on_signals();
	if (argc > 1 && strcmp(argv[1], "keygen") == 0)
		return age_keygen_main(argc - 1, argv + 1);
	if (argc == 1) {
		fputs(usage, stderr);
		return EXIT_FAILED;
	}
	status = parse(argc, argv, &r, &help);
	if (help)
		fputs(usage, stderr);
	if (help || status != EXIT_DONE)
		return (int)status;
	return run(&r) ? EXIT_DONE : EXIT_FAILED;
}
