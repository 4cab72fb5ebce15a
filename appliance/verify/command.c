/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "limits.h"
#include "verify/manifest.h"
#include "verify/minisign.h"
#include "verify/partition.h"
#include "verify/registers.h"
#include "workstation/options.h"

enum status { VERIFY_SAME, VERIFY_FAILED, VERIFY_USAGE, VERIFY_NOT };

static const char usage[] =
    "usage: courier verify-image --manifest FILE --key KEY [--signature FILE] IMAGE\n"
    "       courier verify-image --manifest FILE --unsigned IMAGE\n"
    "\n"
    "Is IMAGE (a disk image, or a stick's device) the one that the manifest describes, and did the owner of KEY sign\n"
    "the manifest? Needs neither the source nor the build. The place where a site file lies counts as empty.\n"
    "\n"
    "  --manifest FILE   manifest.json, published with the image\n"
    "  --key KEY         the public key of whom you trust: \"RW...\", or a file with it (minisign.pub)\n"
    "  --signature FILE  minisign's signature of the manifest (MANIFEST.minisig)\n"
    "  --unsigned        the manifest is known to be right; nobody's signature is asked for\n"
    "\n"
    "Also computes, from the image itself, what a box with a TPM shows on its console after it was started from it. "
    "The\n"
    "manifest must say the same.\n"
    "Exit status: 0 it is; 1 the system refused something; 2 the command line is wrong; 3 it is not.\n";

struct request {
	const char *manifest, *key, *signature, *image;
	bool is_unsigned;
};

static int say(enum status status, const char *subject, const char *sentence)
{
	fprintf(stderr, "courier verify-image: %s%s%s\n", subject, *subject != '\0' ? ": " : "", sentence);
	return (int)status;
}

/* *text is to be freed. */
static int read_file(const char *path, size_t max, struct bytes *text)
{
	uint8_t *p = malloc(max);
	size_t n;
	enum err e = p == NULL ? ERR_NO_MEMORY : fd_read_file(path, p, max, &n);

	if (e != ERR_OK) {
		free(p);
		return e == ERR_TOO_BIG ? say(VERIFY_NOT, path, "This is too big to be the right file.")
					: say(VERIFY_FAILED, path, strerror(errno));
	}
	*text = bytes_of(p, n);
	return VERIFY_SAME;
}

static int read_key(const char *given, struct minisign_key *key)
{
	struct bytes text = {NULL, 0};
	int status;

	if (minisign_key_parse(bytes_str(given), key) == ERR_OK)
		return VERIFY_SAME;
	status = read_file(given, MINISIGN_FILE_MAX, &text);
	if (status != VERIFY_SAME)
		return status;
	if (minisign_key_parse(text, key) != ERR_OK)
		status = say(VERIFY_NOT, given, "This is no public key of minisign.");
	free((void *)(uintptr_t)text.p);
	return status;
}

/* Says why minisign_verify() refused. */
static int refuse(enum err e, const char *signature)
{
	static const struct {
		enum err e;
		const char *sentence;
	} why[] = {
	    {ERR_AUTH, "THE MANIFEST IS NOT WHAT WAS SIGNED. Don't use this image."},
	    {ERR_NOT_FOUND, "This was signed with another key. Is it the one that you trust?"},
	    {ERR_UNSUPPORTED, "This is a signature of the old kind. Sign with minisign 0.10 or newer."},
	    {ERR_FORMAT, "This is no signature of minisign."},
	};

	for (size_t i = 0; i < sizeof why / sizeof why[0]; i++)
		if (why[i].e == e)
			return say(VERIFY_NOT, signature, why[i].sentence);
	return say(VERIFY_FAILED, signature, "Memory ran out.");
}

static int check_signature(const struct request *r, struct bytes manifest)
{
	char path[4096];
	struct minisign_key key;
	struct bytes signature, comment;
	const char *from = r->signature;
	int status = read_key(r->key, &key);
	enum err e;

	if (status != VERIFY_SAME)
		return status;
	if (from == NULL) {
		if (snprintf(path, sizeof path, "%s.minisig", r->manifest) >= (int)sizeof path)
			return say(VERIFY_USAGE, "--manifest", "This name is too long.");
		from = path;
	}
	status = read_file(from, MINISIGN_FILE_MAX, &signature);
	if (status != VERIFY_SAME)
		return status;
	e = minisign_verify(&key, manifest, signature, &comment);
	if (e == ERR_OK)
		printf("signature: good. Its comment: %.*s\n", (int)comment.n, (const char *)comment.p);
	free((void *)(uintptr_t)signature.p);
	return e == ERR_OK ? VERIFY_SAME : refuse(e, from);
}

/* An area counts as empty. Whether it was not. */
static bool empty_area(uint8_t *area)
{
	static const char empty[] = "courier-stick 0000000000\n";
	bool sited = false;

	for (size_t i = 0; i < LIMIT_STICK_AREA; i++) {
		uint8_t expected = i < sizeof empty - 1 ? (uint8_t)empty[i] : 0;
		sited |= area[i] != expected;
		area[i] = expected;
	}
	return sited;
}

/* All of the image at once, so that what is hashed is what is looked into, whatever a stick answers a second time. */
static int read_image(const char *path, uint8_t *image, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err e = fd < 0 ? ERR_IO : fd_read_all(fd, image, len, DEADLINE_NONE);

	if (fd >= 0)
		close(fd);
	if (e == ERR_END)
		return say(VERIFY_NOT, path, "This is shorter than the image, so it is not the image.");
	return e == ERR_OK ? VERIFY_SAME : say(VERIFY_FAILED, path, strerror(errno));
}

static void print_hex(const char *what, const uint8_t hash[static 32])
{
	fputs(what, stdout);
	for (size_t i = 0; i < 32; i++)
		printf("%02x", hash[i]);
	putchar('\n');
}

static int check_hash(const char *path, struct bytes image, const struct manifest *m)
{
	uint8_t hash[32];

	sha256(image, hash);
	print_hex("image:     SHA-256 ", hash);
	if (memcmp(hash, m->image, sizeof hash) == 0)
		return VERIFY_SAME;
	print_hex("manifest:  SHA-256 ", m->image);
	return say(VERIFY_NOT, path,
		   "THIS IS NOT THE IMAGE THAT THE MANIFEST DESCRIBES. Don't boot it. (An image that was "
		   "signed for Secure Boot differs: check the one that it was made from.)");
}

/* The registers, as the image makes them: the manifest's word on them must be the same. */
static int check_registers(const char *path, struct bytes image, const struct manifest *m)
{
	struct registers r;
	uint8_t *program = NULL;
	size_t len = 0;
	enum err e = partition_take_program(bytes_from(image, PARTITION_AT), &program, &len);

	if (e == ERR_OK)
		e = registers_compute(bytes_of(program, len), &r);
	free(program);
	if (e == ERR_NO_MEMORY)
		return say(VERIFY_FAILED, path, "Memory ran out.");
	if (e != ERR_OK)
		return say(VERIFY_NOT, path,
			   "It has no program for UEFI that can be read, so it is no image of this project.");
	print_hex("TPM:       register 4  ", r.pcr4);
	print_hex("           or, with Secure Boot on  ", r.pcr4_secure_boot);
	print_hex("           register 11 ", r.pcr11);
	if (memcmp(&r, &m->registers, sizeof r) == 0)
		return VERIFY_SAME;
	return say(
	    VERIFY_NOT, path,
	    "THE MANIFEST'S TPM VALUES ARE NOT THIS IMAGE'S, which are printed above. Don't trust the manifest.");
}

static int check_bytes(const char *path, uint8_t *image, const struct manifest *m)
{
	struct bytes all = bytes_of(image, m->image_len);
	bool sited = false;
	int status = read_image(path, image, m->image_len);

	for (size_t i = 0; status == VERIFY_SAME && i < MANIFEST_AREAS; i++)
		sited |= empty_area(image + m->areas[i].offset);
	if (status == VERIFY_SAME)
		status = check_hash(path, all, m);
	if (status == VERIFY_SAME)
		status = check_registers(path, all, m);
	if (status != VERIFY_SAME)
		return status;
	printf("site file: %s\n", sited ? "there is one, which this can't judge" : "none");
	puts(
	    "A box with a TPM that was started from this image by UEFI shows these registers on its console. Without a "
	    "TPM nobody can\n"
	    "know what a running box was started from: take the stick out, and check it on another machine.");
	puts("The image is what the manifest describes.");
	return VERIFY_SAME;
}

static int check_image(const char *path, const struct manifest *m)
{
	uint8_t *image = malloc(m->image_len);
	int status = image != NULL ? check_bytes(path, image, m)
				   : say(VERIFY_FAILED, path, "There is no memory for the whole image.");

	free(image);
	return status;
}

static int verify(const struct request *r)
{
	struct manifest m;
	struct bytes text;
	int status = read_file(r->manifest, MANIFEST_MAX, &text);

	if (status != VERIFY_SAME)
		return status;
	if (r->is_unsigned)
		puts("signature: NOT ASKED FOR. The manifest's own word counts.");
	else
		status = check_signature(r, text);
	if (status == VERIFY_SAME && manifest_parse(text, &m) != ERR_OK)
		status = say(VERIFY_NOT, r->manifest, "This is no manifest of this project.");
	if (status == VERIFY_SAME)
		status = check_image(r->image, &m);
	free((void *)(uintptr_t)text.p);
	return status;
}

int verify_main(int argc, char **argv)
{
	static const struct option_row rows[] = {
	    {"manifest", OPTION_TEXT, 0, offsetof(struct request, manifest), 0},
	    {"key", OPTION_TEXT, 0, offsetof(struct request, key), 0},
	    {"signature", OPTION_TEXT, 0, offsetof(struct request, signature), 0},
	    {"unsigned", OPTION_FLAG, 0, offsetof(struct request, is_unsigned), 0},
	};
	struct request r = {0};
	const struct options options = {rows, sizeof rows / sizeof rows[0], 0, &r, NULL};
	int first;
	int status = options_read(argc, argv, &options, &first);

	if (status == OPTIONS_HELP) {
		fputs(usage, stdout);
		return VERIFY_SAME;
	}
	if (status != 0)
		return say(VERIFY_USAGE, "", "`courier verify-image --help` lists the options.");
	if (r.manifest == NULL || first != argc - 1)
		return say(VERIFY_USAGE, "",
			   "--manifest and one image are needed. `courier verify-image --help` explains them.");
	if (r.is_unsigned == (r.key != NULL))
		return say(VERIFY_USAGE, "",
			   "Give --key, the key of whom you trust; or --unsigned, if nobody signed it.");
	r.image = argv[first];
	return verify(&r);
}
