/* SPDX-License-Identifier: GPL-3.0-or-later
 * The Community Cryptography Test Vectors for age (Debian's golang-github-c2sp-cctv-dev), read from AGE_VECTORS.
 * Each is opened in pieces of several sizes; class of failure and released payload must be the published ones. After a
 * failure all that the opener held is zero, and the output past what was released is as it was.
 * docs/AGE.md states how many there are of each class; a vector more or less is a failure. */
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "age/age.h"
#include "age/armor.h"
#include "crypto/crypto.h"
#include "base/fd.h"

static const char debians[] = "/usr/share/gocode/src/c2sp.org/CCTV/age/testdata";

enum {
	UNTOUCHED = 0xee,
	PASSPHRASES = 2,
	FILE_MAX = 64 * 1024,
	AGE_MAX = 32 << 20, /* 258 chunks, unpacked */
};

/* What the vectors call an outcome, and how many of each there are. */
enum outcome { SUCCESS, NO_MATCH, BAD_HEADER, BAD_HMAC, BAD_PAYLOAD, BAD_ARMOR, OUTCOMES };

static const struct {
	const char *name;
	unsigned count;
} outcomes[OUTCOMES] = {
    [SUCCESS] = {"success", 20},
    [NO_MATCH] = {"no match", 8},
    [BAD_HEADER] = {"header failure", 51},
    [BAD_HMAC] = {"HMAC failure", 1},
    [BAD_PAYLOAD] = {"payload failure", 19},
    [BAD_ARMOR] = {"armor failure", 21},
};

struct vector {
	enum outcome expect;
	uint8_t payload[32];
	bool has_payload;
	bool armored;
	bool compressed;
	struct bytes passphrases[PASSPHRASES];
	size_t passphrase_count;
	struct age_identity identities[AGE_IDENTITIES_MAX];
	size_t identity_count;
	struct bytes file;
};

static uint8_t raw[FILE_MAX];
static uint8_t unpacked[AGE_MAX];
static uint8_t released[AGE_MAX];
static struct age_opener opener;
static struct age_dearmor dearmor;

static enum err keep(void *context, struct bytes data)
{
	buf_put(context, data);
	return ERR_OK;
}

static enum outcome outcome_named(struct bytes name)
{
	for (size_t i = 0; i < OUTCOMES; i++)
		if (bytes_eq_str(name, outcomes[i].name))
			return (enum outcome)i;
	fail_msg("an outcome is unknown: %.*s", (int)name.n, (const char *)name.p);
	return OUTCOMES;
}

static void read_field(struct vector *v, struct bytes line)
{
	struct bytes name;
	size_t n;

	assert_true(bytes_split(&line, ':', &name));
	line = bytes_trim(line);
	if (bytes_eq_str(name, "expect"))
		v->expect = outcome_named(line);
	else if (bytes_eq_str(name, "payload"))
		v->has_payload = hex_decode(line, v->payload, 32, &n) == ERR_OK && n == 32;
	else if (bytes_eq_str(name, "identity"))
		assert_int_equal(age_identity_parse(line, &v->identities[v->identity_count++]), ERR_OK);
	else if (bytes_eq_str(name, "passphrase")) {
		assert_true(v->passphrase_count < PASSPHRASES);
		v->passphrases[v->passphrase_count++] = line;
	} else if (bytes_eq_str(name, "armored"))
		v->armored = bytes_eq_str(line, "yes");
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

static enum err ask(void *context, struct buf *passphrase)
{
	buf_put(passphrase, *(const struct bytes *)context);
	return ERR_OK;
}

static enum err open_data(void *context, struct bytes data)
{
	return age_open_data(context, data);
}

/* A file that would open by key and by passphrase is refused before either is tried: it is tried with each. */
struct attempt {
	bool by_passphrase;
	struct bytes passphrase;
	size_t step;
};

static enum outcome outcome_of(enum err e)
{
	if (e == ERR_OK)
		return SUCCESS;
	if (dearmor.broken)
		return BAD_ARMOR;
	switch (opener.stage) {
	case AGE_STAGE_HEADER:
		return BAD_HEADER;
	case AGE_STAGE_MATCH:
		return e == ERR_AUTH ? NO_MATCH : BAD_HEADER;
	case AGE_STAGE_MAC:
		return BAD_HMAC;
	case AGE_STAGE_PAYLOAD:
		return BAD_PAYLOAD;
	}
	return OUTCOMES;
}

static enum err run(const struct vector *v, struct attempt *a, struct age_sink sink)
{
	struct bytes rest = v->file;
	enum err e;

	dearmor.broken = false;
	if (v->armored)
		age_dearmor_begin(&dearmor, (struct age_sink){open_data, &opener});
	if (a->by_passphrase)
		TRY(age_open_begin_passphrase(&opener, (struct age_asker){ask, &a->passphrase}, sink));
	else
		TRY(age_open_begin(&opener, v->identities, v->identity_count, sink));
	for (; rest.n > 0; rest = bytes_from(rest, a->step)) {
		struct bytes piece = bytes_first(rest, a->step);
		TRY(v->armored ? age_dearmor_data(&dearmor, piece) : age_open_data(&opener, piece));
	}
	if (v->armored)
		TRY(age_dearmor_end(&dearmor));
	e = age_open_end(&opener);
out:
	age_open_drop(&opener);
	return e;
}

/* Nothing but what people are told: no key, no identity, no plaintext. */
static void nothing_is_left(const char *name)
{
	static const struct age_opener zero;
	struct age_opener left;

	memcpy(&left, &opener, sizeof left);
	left.failed = ERR_OK;
	left.stage = (enum age_stage)0;
	left.by_passphrase = false;
	if (memcmp(&left, &zero, sizeof left) != 0)
		fail_msg("%s: the opener still holds something", name);
}

static void untouched_past(const char *name, size_t len, size_t end)
{
	for (size_t i = len; i < end; i++)
		if (released[i] != UNTOUCHED)
			fail_msg("%s: the output was touched at %zu, past the %zu bytes that were released", name, i,
				 len);
}

static void check(const char *name, const struct vector *v, struct attempt *a)
{
	struct buf out = buf_over(released, sizeof released);
	size_t room = v->file.n + 2 * AGE_CHUNK_SEALED;
	uint8_t hash[32];
	enum outcome got;
	enum err e;

	if (room > sizeof released)
		room = sizeof released;
	memset(released, UNTOUCHED, room);
	e = run(v, a, (struct age_sink){keep, &out});
	got = outcome_of(e);
	if (got != v->expect)
		fail_msg("%s in pieces of %zu: %s (%s), expected %s", name, a->step, outcomes[got].name, err_text(e),
			 outcomes[v->expect].name);
	assert_false(out.failed);
	sha256(buf_view(&out), hash);
	if (v->has_payload ? memcmp(hash, v->payload, 32) != 0 : out.len > 0)
		fail_msg("%s in pieces of %zu: what was released is not the published payload", name, a->step);
	nothing_is_left(name);
	untouched_past(name, out.len, room);
}

static void run_vector(const char *name, const struct vector *v)
{
	static const size_t steps[] = {SIZE_MAX / 2, 65536, 4093, 1};
	size_t count = v->file.n > 1 << 20 ? 3 : 4;

	if (v->identity_count + v->passphrase_count == 0) /* one that nobody is meant to open */
		check(name, v, &(struct attempt){true, BYTES_LITERAL(""), steps[0]});
	for (size_t s = 0; s < count; s++) {
		if (v->identity_count > 0)
			check(name, v, &(struct attempt){.step = steps[s]});
		for (size_t p = 0; p < v->passphrase_count; p++)
			check(name, v, &(struct attempt){true, v->passphrases[p], steps[s]});
	}
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void vectors(void **state)
{
	const char *directory = getenv("AGE_VECTORS") != NULL ? getenv("AGE_VECTORS") : debians;
	struct dirent **entries;
	struct vector v;
	char path[512];
	unsigned seen[OUTCOMES] = {0};
	unsigned total = 0;
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
		run_vector(name, &v);
		seen[v.expect]++;
		total++;
	}
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	print_message("age vectors: %u", total);
	for (size_t o = 0; o < OUTCOMES; o++)
		print_message(", %s %u", outcomes[o].name, seen[o]);
	print_message("\n");
	assert_true(total > 0);
	for (size_t o = 0; o < OUTCOMES && directory == debians; o++)
		assert_int_equal(seen[o], outcomes[o].count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(vectors)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
