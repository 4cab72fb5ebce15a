/* SPDX-License-Identifier: GPL-3.0-or-later
 * A site file under a passphrase: every damage has its sentence, and nothing of the text stays; a site file in the
 * operator's hands. */
#include "site_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "sitefile/hold.h"
#include "site/sealed.h"
#include "workstation/files.h"

#define PHRASE "correct horse battery staple"

static const uint8_t zeros[16384];

struct asked {
	const char *answer;
	int times;
	enum err e;
};

static enum err answer(void *context, struct buf *passphrase)
{
	struct asked *a = context;

	a->times++;
	buf_str(passphrase, a->answer);
	return a->e;
}

static enum err open_with(struct bytes file, const char *phrase, int *times, struct buf *text, struct site_fault *fault)
{
	struct asked asked = {.answer = phrase};
	enum err e = sealed_open(file, (struct age_asker){answer, &asked}, text, fault);

	*times = asked.times;
	return e;
}

static void what_is_sealed_opens(void **state)
{
	static char text[16384], sealed[16384 + 4096];
	static uint8_t opened[16384];
	struct bytes plain = bytes_of(text, make_text(text, sizeof text));
	struct buf out = buf_over(sealed, sizeof sealed);
	struct buf back = buf_over(opened, sizeof opened);
	struct site_fault fault;
	int times;

	(void)state;
	assert_int_equal(sealed_seal(plain, BYTES_LITERAL(PHRASE), &out), ERR_OK);
	assert_true(sealed_is(buf_view(&out)));
	assert_false(sealed_is(plain));
	assert_true(out.len < plain.n + 300);
	assert_int_equal(open_with(buf_view(&out), PHRASE, &times, &back, &fault), ERR_OK);
	assert_true(times == 1 && bytes_eq(buf_view(&back), plain));
	/* Another passphrase: nothing is there. */
	memset(opened, 0, sizeof opened);
	back = buf_over(opened, sizeof opened);
	assert_int_equal(open_with(buf_view(&out), PHRASE "r", &times, &back, &fault), ERR_AUTH);
	assert_non_null(strstr(fault.sentence, "not the passphrase"));
	assert_true(times == 1 && back.len == 0);
	/* Too little room: what was written before is gone again. */
	back = buf_over(opened, plain.n - 1);
	assert_int_equal(open_with(buf_view(&out), PHRASE, &times, &back, &fault), ERR_TOO_BIG);
	assert_memory_equal(opened, zeros, sizeof opened);
}

static void damage_has_a_sentence(void **state)
{
	static const struct {
		const char *file;
		enum err e;
		const char *says;
	} files[] = {
	    {"age-encryption.org/v2\nwhat", ERR_UNSUPPORTED, "another version"},
	    {"age-encryption.org/v1\n", ERR_FORMAT, "damaged"},
	    {"age-encryption.org/v1\n-> scrypt AAAA\n", ERR_FORMAT, "damaged"},
	    {"-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n", ERR_UNSUPPORTED, "armored"},
	    {"age-encryption.org/v1\n-> scrypt IdsQvbBaQWL2K1sY/FSk7Q 18\nSeAMrVsbHYDZ5LR/MWiu1yuMF2Ku3yBvxGRiectRtRs\n"
	     "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n0123456789abcdef",
	     ERR_UNSUPPORTED, "work factor"},
	    {"age-encryption.org/v1\n-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
	     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
	     "0123456789abcdef",
	     ERR_UNSUPPORTED, "sealed to a key"},
	};
	static uint8_t opened[1024];
	struct site_fault fault;
	int times;

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct buf text = buf_over(opened, sizeof opened);
		assert_int_equal(open_with(bytes_str(files[i].file), PHRASE, &times, &text, &fault), files[i].e);
		assert_non_null(strstr(fault.sentence, files[i].says));
		/* Nobody is asked for what can't be opened. */
		assert_true(times == 0 && text.len == 0 && fault.line == 0);
	}
}

/* Cut off or changed behind the header: each costs a derivation, so a sample. */
static void a_changed_payload_is_noticed(void **state)
{
	static char text[16384], sealed[16384 + 4096];
	static uint8_t opened[16384];
	struct buf out = buf_over(sealed, sizeof sealed);
	struct site_fault fault;
	int times;

	(void)state;
	assert_int_equal(sealed_seal(bytes_of(text, make_text(text, sizeof text)), BYTES_LITERAL(PHRASE), &out),
			 ERR_OK);
	for (int i = 0; i < 4; i++) {
		struct buf back = buf_over(opened, sizeof opened);
		size_t n = i == 0 ? out.len - 1 : i == 1 ? out.len / 2 : out.len;
		size_t at = i == 2 ? out.len - 1 : 140; /* a tag; the header's own check */

		if (i >= 2)
			sealed[at] ^= 1;
		assert_int_equal(open_with(bytes_of(sealed, n), PHRASE, &times, &back, &fault), ERR_FORMAT);
		assert_non_null(strstr(fault.sentence, "damaged or cut off"));
		assert_memory_equal(opened, zeros, sizeof opened);
		if (i >= 2)
			sealed[at] ^= 1;
	}
}

static void which_passphrases_are_good(void **state)
{
	static const char *const bad[] = {"", "fifteen letters", " sixteen letters ", "sixteen letters\xc3\xa4",
					  "sixteen\tletters."};
	static char long_one[LIMIT_PASSPHRASE + 2];
	struct site_fault fault;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(sealed_phrase_is_good(bytes_str(bad[i]), &fault));
	assert_true(sealed_phrase_is_good(BYTES_LITERAL("sixteen letters."), &fault));
	memset(long_one, 'x', LIMIT_PASSPHRASE);
	assert_true(sealed_phrase_is_good(bytes_str(long_one), &fault));
	long_one[LIMIT_PASSPHRASE] = 'x';
	assert_false(sealed_phrase_is_good(bytes_str(long_one), &fault));
}

/* ---- in the operator's hands */

static char folder[64];
static char path[96], phrase_path[96];

static int make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof folder, "/tmp/test-sealed-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/site", folder);
	(void)snprintf(phrase_path, sizeof phrase_path, "%s/phrase", folder);
	return file_write_new(phrase_path, BYTES_LITERAL(PHRASE "\n"), 0600) == ERR_OK ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(phrase_path);
	return rmdir(folder);
}

static void a_file_in_the_operators_hands(void **state)
{
	static char text[16384];
	static struct hold h;
	static const struct phrase_source from = {.file = phrase_path};
	struct bytes plain = bytes_of(text, make_text(text, sizeof text));
	struct stat st;

	(void)state;
	assert_int_equal(hold_write_new(path, plain, BYTES_LITERAL(PHRASE)), SITE_DONE);
	assert_int_equal(hold_write_new(path, plain, BYTES_LITERAL(PHRASE)), SITE_FAILED); /* it is there */
	assert_true(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	assert_int_equal(hold_open(path, &from, &h), SITE_DONE);
	assert_true(h.sealed && bytes_eq(buf_view(&h.text), plain) && h.site.desk_count == 2);
	/* What no box would take changes nothing. */
	assert_int_equal(hold_replace(&h, BYTES_LITERAL("courier-site 1\nend\n")), SITE_INPUT);
	hold_drop(&h);
	assert_int_equal(hold_open(path, &from, &h), SITE_DONE);
	/* Sealed again, under the same passphrase. */
	assert_int_equal(hold_replace(&h, buf_view(&h.text)), SITE_DONE);
	hold_drop(&h);
	assert_int_equal(hold_open(path, &from, &h), SITE_DONE);
	assert_true(h.sealed);
	hold_drop(&h);
	assert_true(bytes_eq(bytes_of(&h, 1000), bytes_of(zeros, 1000)));
}

static void a_plain_file_says_that_it_is_meant_so(void **state)
{
	static char text[16384], sober[16384];
	struct buf out = buf_over(sober, sizeof sober);
	static const char *const keys[] = {"unattended"};
	static struct hold h;
	struct bytes plain = bytes_of(text, make_text(text, sizeof text));

	(void)state;
	(void)unlink(path);
	hold_replace_lines(&out, plain, keys, 1, bytes_of(NULL, 0));
	assert_int_equal(hold_write_new(path, buf_view(&out), bytes_of(NULL, 0)), SITE_INPUT);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(hold_write_new(path, plain, bytes_of(NULL, 0)), SITE_DONE);
	assert_int_equal(hold_open(path, &(struct phrase_source){0}, &h), SITE_DONE);
	assert_false(h.sealed);
	hold_drop(&h);
}

static void lines_are_replaced(void **state)
{
	static const char *const keys[] = {"topic", "salt"};
	static const char text[] =
	    "courier-site 1\n# topic = x\nsalt = 1\ntopic = a\ntopic ru = b\ntopical = c\ndesk = d\nend\n";
	uint8_t storage[512];
	struct buf out = buf_over(storage, sizeof storage);

	(void)state;
	hold_replace_lines(&out, BYTES_LITERAL(text), keys, 2, BYTES_LITERAL("new = 1\nnew = 2\n"));
	assert_true(bytes_eq_str(buf_view(&out),
				 "courier-site 1\n# topic = x\nnew = 1\nnew = 2\ntopical = c\ndesk = d\nend\n"));
	/* none there: before the first desk */
	out = buf_over(storage, sizeof storage);
	hold_replace_lines(&out, BYTES_LITERAL("courier-site 1\ntext = d\ndesk = d\ndesk = e\nend\n"), keys, 2,
			   BYTES_LITERAL("new = 1\n"));
	assert_true(bytes_eq_str(buf_view(&out), "courier-site 1\ntext = d\nnew = 1\ndesk = d\ndesk = e\nend\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_sealed_opens),
	    cmocka_unit_test(damage_has_a_sentence),
	    cmocka_unit_test(a_changed_payload_is_noticed),
	    cmocka_unit_test(which_passphrases_are_good),
	    cmocka_unit_test(a_file_in_the_operators_hands),
	    cmocka_unit_test(a_plain_file_says_that_it_is_meant_so),
	    cmocka_unit_test(lines_are_replaced),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
