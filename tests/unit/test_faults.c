/* SPDX-License-Identifier: GPL-3.0-or-later
 * The commands that write, while each of their calls fails (command_faults.h): age, desk, site.
 *
 *   test_faults [TEST] */
#include "command_faults.h"

#include "agetool/command.h"
#include "desk/desk.h"
#include "sitetool/command.h"

enum { PLAIN = 150000 };

static int no_serve(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 2;
}

static int command(int argc, char **argv)
{
	if (strcmp(argv[0], "age") == 0)
		return age_main(argc, argv);
	return strcmp(argv[0], "site") == 0 ? site_main(argc, argv) : desk_main(argc, argv, no_serve);
}

/* ---- age */

static const char *const seal[] = {"age", "-o", "out", "-R", "recipients", "plain", NULL};
static const char *const unseal[] = {"age", "-d", "-i", "key", "-i", "key-pq", "-o", "out", "sealed", NULL};
static const char *const keygen[] = {"age", "keygen", "-pq", "-o", "out", NULL};

static void prepare_age(void)
{
	static uint8_t plain[PLAIN];
	static const char *const recipients[] = {"age", "keygen", "-y", "-o", "recipients", "key-pq", NULL};
	static bool made;
	static uint8_t kept[4][FILE_MAX / 4];
	static size_t kept_len[4];
	static const char *const files[4] = {"key", "key-pq", "recipients", "sealed"};

	new_root();
	memset(plain, 'p', sizeof plain);
	put("plain", plain, sizeof plain);
	if (!made) {
		run(WORDS("age", "keygen", "-o", "key"));
		run(WORDS("age", "keygen", "-pq", "-o", "key-pq"));
		run(recipients);
		run(WORDS("age", "-R", "recipients", "-o", "sealed", "plain"));
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(fd_read_file(files[i], kept[i], sizeof kept[i], &kept_len[i]), ERR_OK);
		made = true;
	}
	for (size_t i = 0; i < 4; i++)
		put(files[i], kept[i], kept_len[i]);
}

static void sealed_whole(void)
{
	run(WORDS("age", "-d", "-i", "key-pq", "-o", "again", "out"));
	assert_true(same("again", "plain"));
}

/* plain, said, text, two keys, recipients, sealed and the folder itself. */
enum { AGE_FILES = 8 };

static void nothing_appeared(void)
{
	assert_false(there("out"));
	assert_int_equal(count("."), AGE_FILES);
}

static void opened_whole(void)
{
	assert_true(same("out", "plain"));
}

static void a_whole_key(void)
{
	run(WORDS("age", "keygen", "-y", "-o", "public", "out"));
}

static void age_seals(void **state)
{
	(void)state;
	try(&(struct trial){seal, prepare_age, sealed_whole, nothing_appeared});
}

static void age_opens(void **state)
{
	(void)state;
	try(&(struct trial){unseal, prepare_age, opened_whole, nothing_appeared});
}

static void age_makes_a_key(void **state)
{
	(void)state;
	try(&(struct trial){keygen, prepare_age, a_whole_key, nothing_appeared});
}

/* ---- desk */

#define BOX "desk/boxes/box"
#define C1  "00112233445566778899aabbccddeeff"
#define R1  "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

static const char *const desk_init[] = {"desk", "init", "--no-passphrase", "--classical", "desk", NULL};
static const char *const desk_add[] = {"desk", "add", "desk", "--box", "second", NULL};
static const char *const desk_reply[] = {"desk", "reply", "desk", C1, "-a", "attached", NULL};
static const char *const desk_forget[] = {"desk", "mute", "desk", C1, NULL};

static void desk_is_whole(void)
{
	run(WORDS("desk", "list", "desk"));
	assert_true(there(BOX "/for-the-operator.txt"));
}

static void desk_again(void)
{
	int status = status_of(desk_init, 0);

	/* It was made, or is made now, or what stands in the way is named, and taken away by hand. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		(void)nftw("desk", remove_one, 16, FTW_DEPTH | FTW_PHYS);
		run(desk_init);
	}
	desk_is_whole();
}

static void prepare_desk(void)
{
	new_root();
	run(desk_init);
	assert_int_equal(mkdir(BOX "/conversations/" C1, 0700), 0);
	put(BOX "/conversations/" C1 "/recipient", R1, strlen(R1));
	put(BOX "/conversations/" C1 "/0001.age", "sealed", 6);
	put("attached", "a map", 5);
}

static void second_is_there(void)
{
	desk_is_whole();
	assert_true(there("desk/boxes/second/for-the-operator.txt"));
}

static void second_again(void)
{
	int status;

	desk_is_whole();
	status = status_of(desk_add, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		(void)nftw("desk/boxes/second", remove_one, 16, FTW_DEPTH | FTW_PHYS);
		run(desk_add);
	}
	second_is_there();
}

/* Files whose names count, in the outbox: of a reply or of a wish. */
static unsigned waiting(void)
{
	DIR *d = opendir(BOX "/outbox");
	const struct dirent *entry;
	unsigned n = 0;

	while (d != NULL && (entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

static void one_waits(void)
{
	assert_int_equal(waiting(), 1);
	desk_is_whole();
}

static void none_waits(void)
{
	assert_int_equal(waiting(), 0);
	run(desk_reply);
	one_waits();
}

static void wish_again(void)
{
	run(desk_forget);
	one_waits();
}

static void desks_are_made(void **state)
{
	(void)state;
	try(&(struct trial){desk_init, new_root, desk_is_whole, desk_again});
}

static void a_box_is_added(void **state)
{
	(void)state;
	try(&(struct trial){desk_add, prepare_desk, second_is_there, second_again});
}

static void a_reply_is_written(void **state)
{
	(void)state;
	try(&(struct trial){desk_reply, prepare_desk, one_waits, none_waits});
}

static void a_conversation_is_muted(void **state)
{
	(void)state;
	try(&(struct trial){desk_forget, prepare_desk, one_waits, wish_again});
}

/* ---- site */

static const char *const site_make[] = {"site",   "init", "--unattended", "--out",    "site",
					"--name", "T",    "--desk",       "operator", NULL};
static const char *const site_turn[] = {"site", "rotate", "site", "--from", "operator-2", NULL};
static const char *const site_copy[] = {"site",       "export",     "site", "--source-key",
					"source-key", "--recovery", "copy", NULL};
static const char *const site_seal[] = {"site",  "rotate", "site", "--passphrase", "--new-passphrase-file",
					"words", NULL};

static void prepare_site(void)
{
	static uint8_t operators[2][8192];
	static size_t len[2];

	new_root();
	for (size_t i = 0; i < 2; i++) {
		if (len[i] == 0) {
			run(WORDS("desk", "init", "--no-passphrase", "--classical", i == 0 ? "one" : "other"));
			assert_int_equal(fd_read_file(i == 0 ? "one/boxes/box/for-the-operator.txt"
							     : "other/boxes/box/for-the-operator.txt",
						      operators[i], sizeof operators[i], &len[i]),
					 ERR_OK);
		}
	}
	new_root();
	put("operator", operators[0], len[0]);
	put("operator-2", operators[1], len[1]);
	put("words", "correct horse battery staple\n", 29);
}

static void prepare_made_site(void)
{
	static uint8_t made[8192];
	static size_t len;

	prepare_site();
	if (len == 0) {
		run(site_make);
		assert_int_equal(fd_read_file("site", made, sizeof made, &len), ERR_OK);
	}
	put("site", made, len);
	put("before", made, len);
}

static void site_is_whole(void)
{
	run(WORDS("site", "check", "site"));
}

/* operator, operator-2, words, said, text and the folder. */
static void no_site(void)
{
	assert_false(there("site"));
	assert_int_equal(count("."), 6);
}

static void site_turned(void)
{
	site_is_whole();
	assert_false(same("site", "before"));
	assert_int_equal(count("."), 8);
}

/* Or as after, where only the folder could not be synced. */
static void site_as_before(void)
{
	if (!same("site", "before"))
		run(WORDS("site", "check", "site", "--passphrase-file", "words"));
	assert_int_equal(count("."), 8);
}

static void copied(void)
{
	assert_true(same("site", "before"));
	assert_true(there("copy") && there("source-key"));
}

static void not_copied(void)
{
	assert_true(same("site", "before"));
	/* Of two files that are asked for, the first may be there, whole. */
	assert_in_range(count("."), 8, 9);
}

static void site_sealed(void)
{
	run(WORDS("site", "check", "site", "--passphrase-file", "words"));
	assert_int_equal(count("."), 8);
}

static void a_site_is_made(void **state)
{
	(void)state;
	try(&(struct trial){site_make, prepare_site, site_is_whole, no_site});
}

static void a_site_gets_new_keys(void **state)
{
	(void)state;
	try(&(struct trial){site_turn, prepare_made_site, site_turned, site_as_before});
}

static void a_site_is_copied(void **state)
{
	(void)state;
	try(&(struct trial){site_copy, prepare_made_site, copied, not_copied});
}

static void a_site_is_sealed(void **state)
{
	(void)state;
	try(&(struct trial){site_seal, prepare_made_site, site_sealed, site_as_before});
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(age_seals),
	    cmocka_unit_test(age_opens),
	    cmocka_unit_test(age_makes_a_key),
	    cmocka_unit_test(desks_are_made),
	    cmocka_unit_test(a_box_is_added),
	    cmocka_unit_test(a_reply_is_written),
	    cmocka_unit_test(a_conversation_is_muted),
	    cmocka_unit_test(a_site_is_made),
	    cmocka_unit_test(a_site_gets_new_keys),
	    cmocka_unit_test(a_site_is_copied),
	    cmocka_unit_test(a_site_is_sealed),
	};

	return command_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
}
