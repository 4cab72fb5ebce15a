/* SPDX-License-Identifier: GPL-3.0-or-later
 * The Community Cryptography Test Vectors for age (Debian's golang-github-c2sp-cctv-dev), read from AGE_VECTORS.
 * Each is opened in pieces of several sizes; class of failure and released payload must be the published ones.
 * docs/AGE.md states how many there are and how many run; a vector more or less is a failure. */
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "age/age.h"
#include "base/crypto.h"
#include "base/fd.h"

#define DIRECTORY "/usr/share/gocode/src/c2sp.org/CCTV/age/testdata"

enum {
	VECTORS = 120,
	RUN = 66,
	WITH_PASSPHRASE = 25, /* scrypt stanzas: not covered yet */
	ARMORED = 29,         /* not covered yet */
	FILE_MAX = 64 * 1024,
	AGE_MAX = 32 << 20, /* 258 chunks, unpacked */
};

struct vector {
	char expect[32];
	uint8_t payload[32];
	bool has_payload;
	bool passphrase;
	bool armored;
	bool compressed;
	struct age_identity identities[AGE_IDENTITIES_MAX];
	size_t identity_count;
	struct bytes file;
};

static uint8_t raw[FILE_MAX];
static uint8_t unpacked[AGE_MAX];
static uint8_t released[AGE_MAX];
static struct age_opener opener;

static enum err keep(void *context, struct bytes data)
{
	buf_put(context, data);
	return ERR_OK;
}

static void read_field(struct vector *v, struct bytes line)
{
	struct bytes name;
	size_t n;

	assert_true(bytes_split(&line, ':', &name));
	line = bytes_trim(line);
	if (bytes_eq_str(name, "expect"))
		snprintf(v->expect, sizeof v->expect, "%.*s", (int)line.n, (const char *)line.p);
	else if (bytes_eq_str(name, "payload"))
		v->has_payload = hex_decode(line, v->payload, 32, &n) == ERR_OK && n == 32;
	else if (bytes_eq_str(name, "identity"))
		assert_int_equal(age_identity_parse(line, &v->identities[v->identity_count++]), ERR_OK);
	else if (bytes_eq_str(name, "passphrase"))
		v->passphrase = true;
	else if (bytes_eq_str(name, "armored"))
		v->armored = true;
	else if (bytes_eq_str(name, "compressed"))
		v->compressed = bytes_eq_str(line, "zlib");
	else if (!bytes_eq_str(name, "file key") && !bytes_eq_str(name, "comment"))
		fail_msg("a field of a vector is unknown: %.*s", (int)name.n, (const char *)name.p);
}

static void read_vector(const char *path, struct vector *v)
{
	struct bytes rest;
	struct bytes line;
	size_t n;

	memset(v, 0, sizeof *v);
	assert_int_equal(fd_read_file(path, raw, sizeof raw, &n), ERR_OK);
	rest = bytes_of(raw, n);
	while (bytes_split(&rest, '\n', &line) && line.n > 0)
		read_field(v, line);
	v->file = rest;
	if (v->compressed) {
		uLongf room = sizeof unpacked;
		assert_int_equal(uncompress(unpacked, &room, rest.p, rest.n), Z_OK);
		v->file = bytes_of(unpacked, room);
	}
}

/* What the vectors call an error. */
static const char *class_of(enum err e, enum age_stage stage)
{
	if (e == ERR_OK)
		return "success";
	switch (stage) {
	case AGE_STAGE_HEADER:
		return "header failure";
	case AGE_STAGE_MATCH:
		return e == ERR_AUTH ? "no match" : "header failure";
	case AGE_STAGE_MAC:
		return "HMAC failure";
	case AGE_STAGE_PAYLOAD:
		return "payload failure";
	}
	return "";
}

static void run_vector(const char *name, const struct vector *v, size_t step)
{
	struct buf out = buf_over(released, sizeof released);
	uint8_t hash[32];
	struct bytes rest = v->file;
	enum err e = age_open_begin(&opener, v->identities, v->identity_count, (struct age_sink){keep, &out});

	for (; e == ERR_OK && rest.n > 0; rest = bytes_from(rest, step))
		e = age_open_data(&opener, bytes_first(rest, step));
	if (e == ERR_OK)
		e = age_open_end(&opener);
	if (strcmp(class_of(e, opener.stage), v->expect) != 0)
		fail_msg("%s in pieces of %zu: %s (%s), expected %s", name, step, class_of(e, opener.stage),
			 err_text(e), v->expect);
	assert_false(out.failed);
	sha256(buf_view(&out), hash);
	if (v->has_payload ? memcmp(hash, v->payload, 32) != 0 : out.len > 0)
		fail_msg("%s in pieces of %zu: what was released is not the published payload", name, step);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void vectors(void **state)
{
	static const size_t steps[] = {SIZE_MAX / 2, 65536, 4093, 1};
	const char *directory = getenv("AGE_VECTORS") != NULL ? getenv("AGE_VECTORS") : DIRECTORY;
	struct dirent **entries;
	struct vector v;
	char path[512];
	unsigned total = 0, run = 0, with_passphrase = 0, armored = 0;
	int count = scandir(directory, &entries, NULL, by_name);

	(void)state;
	if (count < 0)
		fail_msg("no vectors in %s: install golang-github-c2sp-cctv-dev or set AGE_VECTORS", directory);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		if (name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", directory, name);
		read_vector(path, &v);
		total++;
		if (v.passphrase || v.armored) {
			with_passphrase += v.passphrase;
			armored += !v.passphrase;
			print_message("not covered yet (%s): %s\n", v.passphrase ? "passphrase" : "armor", name);
			continue;
		}
		assert_true(v.identity_count > 0);
		for (size_t s = 0; s < (v.file.n > 1 << 20 ? 3 : 4); s++)
			run_vector(name, &v, steps[s]);
		run++;
	}
	free(entries);
	print_message("age vectors: %u, run %u, with a passphrase %u, armored %u\n", total, run, with_passphrase,
		      armored);
	assert_int_equal(total, VECTORS);
	assert_int_equal(run, RUN);
	assert_int_equal(with_passphrase, WITH_PASSPHRASE);
	assert_int_equal(armored, ARMORED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(vectors)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
