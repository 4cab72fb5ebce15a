/* SPDX-License-Identifier: GPL-3.0-or-later
 * Codenames: tests/vectors/codename.txt (made by another program), RFC 9106, and all that the parse forgives. */
#include "test.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "codename/argon2.h"
#include "codename/codename.h"
#include "codename/wordlist.h"

/* RFC 9106, 5.3 */
static void argon2id_published(void **state)
{
	uint8_t password[32], salt[16], secret[8], ad[12], out[32], want[32];
	size_t n;
	struct argon2_input in = {
	    BYTES_ARRAY(password), BYTES_ARRAY(salt), BYTES_ARRAY(secret), BYTES_ARRAY(ad), 32, 3, 4};

	(void)state;
	memset(password, 1, sizeof password);
	memset(salt, 2, sizeof salt);
	memset(secret, 3, sizeof secret);
	memset(ad, 4, sizeof ad);
	assert_int_equal(argon2id(&in, out, sizeof out), ERR_OK);
	assert_int_equal(
	    hex_decode(BYTES_LITERAL("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"), want, 32, &n),
	    ERR_OK);
	assert_memory_equal(out, want, 32);
	/* A salt that the RFC does not allow: an error, and zero. */
	in.salt.n = 4;
	assert_int_equal(argon2id(&in, out, sizeof out), ERR_LIBRARY);
	memset(want, 0, sizeof want);
	assert_memory_equal(out, want, 32);
}

struct vector {
	uint8_t bits[CODENAME_BITS_LEN], salt[32], conversation[16], proof[32], identity[32];
	struct bytes words, digits;
};

static void take(struct bytes value, uint8_t *out, size_t n)
{
	size_t got;

	assert_int_equal(hex_decode(value, out, n, &got), ERR_OK);
	assert_int_equal(got, n);
}

static void check_vector(const struct vector *v)
{
	struct codename c;
	struct codename parsed;
	struct codename_keys k;
	uint8_t storage[CODENAME_WORDS_MAX];
	struct buf text = buf_over(storage, sizeof storage);

	memcpy(c.bits, v->bits, sizeof c.bits);
	assert_int_equal(codename_words(&text, &c, "en"), ERR_OK);
	assert_true(bytes_eq(buf_view(&text), v->words));
	assert_int_equal(codename_parse(v->words, &parsed, NULL), ERR_OK);
	assert_memory_equal(parsed.bits, v->bits, sizeof c.bits);
	text = buf_over(storage, CODENAME_DIGITS_MAX);
	codename_digits(&text, &c);
	assert_true(bytes_eq(buf_view(&text), v->digits));
	assert_int_equal(codename_parse(v->digits, &parsed, NULL), ERR_OK);
	assert_memory_equal(parsed.bits, v->bits, sizeof c.bits);
	assert_int_equal(codename_derive(&c, v->salt, &k), ERR_OK);
	assert_memory_equal(k.conversation, v->conversation, sizeof k.conversation);
	assert_memory_equal(k.proof, v->proof, sizeof k.proof);
	assert_memory_equal(k.identity.secret, v->identity, sizeof k.identity.secret);
}

static void vectors(void **state)
{
	static uint8_t file[16384];
	struct vector v;
	struct bytes rest;
	struct bytes line;
	struct bytes name;
	size_t n;
	int count = 0;

	(void)state;
	assert_int_equal(fd_read_file("tests/vectors/codename.txt", file, sizeof file, &n), ERR_OK);
	rest = bytes_of(file, n);
	assert_true(bytes_split(&rest, '\n', &line) && line.p[0] == '#');
	while (bytes_split(&rest, '\n', &line)) {
		if (line.n == 0) {
			check_vector(&v);
			count++;
			continue;
		}
		assert_true(bytes_split(&line, ':', &name));
		line = bytes_trim(line);
		if (bytes_eq_str(name, "bits"))
			take(line, v.bits, sizeof v.bits);
		else if (bytes_eq_str(name, "salt"))
			take(line, v.salt, sizeof v.salt);
		else if (bytes_eq_str(name, "words"))
			v.words = line;
		else if (bytes_eq_str(name, "digits"))
			v.digits = line;
		else if (bytes_eq_str(name, "conversation"))
			take(line, v.conversation, sizeof v.conversation);
		else if (bytes_eq_str(name, "proof"))
			take(line, v.proof, sizeof v.proof);
		else if (bytes_eq_str(name, "identity"))
			take(line, v.identity, sizeof v.identity);
		else
			fail_msg("unknown field");
	}
	assert_int_equal(count, 5);
}

static void round_trips(void **state)
{
	struct codename c, back;
	uint8_t storage[CODENAME_WORDS_MAX];
	struct buf text;

	(void)state;
	for (int i = 0; i < 500; i++) {
		codename_new(&c);
		text = buf_over(storage, sizeof storage);
		assert_int_equal(codename_words(&text, &c, "en"), ERR_OK);
		assert_int_equal(codename_parse(buf_view(&text), &back, NULL), ERR_OK);
		assert_memory_equal(&c, &back, sizeof c);
		text.len = 0;
		codename_digits(&text, &c);
		assert_int_equal(text.len, CODENAME_DIGITS_MAX);
		assert_int_equal(codename_parse(buf_view(&text), &back, NULL), ERR_OK);
		assert_memory_equal(&c, &back, sizeof c);
	}
	text.len = 0;
	assert_int_equal(codename_words(&text, &c, "tlh"), ERR_NOT_FOUND);
	assert_int_equal(text.len, 0);
}

/* Spellings of "pattern clock erode combine candy silk desert sustain silly" */
static const char *const forgiven[] = {
    "pattern clock erode combine candy silk desert sustain silly",
    "  PATTERN Clock\terode\r\ncombine\n\ncandy silk   desert sustain silly\r\n",
    "pattern-clock-erode-combine-candy-silk-desert-sustain-silly",
    "pattern, clock, erode, combine; candy; silk. desert/sustain_silly!",
    "patt cloc erod comb cand silk dese sust sill",
    "patterns clocks eroded combined candyy silk deserts sustained sillyness",
    "1. pattern 2. clock 3. erode 4. combine 5. candy 6. silk 7. desert 8. sustain 9. silly",
    "1) pattern\n2) clock\n3) erode\n4) combine\n5) candy\n6) silk\n7) desert\n8) sustain\n9) silly",
    "\xe2\x80\x9cpattern clock erode combine candy silk desert sustain silly\xe2\x80\x9d",
    "p\xc3\xa1tt\xc3\xa8rn cl\xc3\xb6"
    "ck erode combine candy s\xc4\xb1lk desert susta\xc4\xb1n silly",
    "pa\xcc\x81ttern clock erode combine candy silk desert sustain silly",
    "\xef\xbd\x90\xef\xbd\x81\xef\xbd\x94\xef\xbd\x94\xe3\x80\x80\xef\xbc\xa3LOCK\xef\xbc\x8c"
    "erode combine candy silk desert sustain silly",
    "pattern\xc2\xa0"
    "clock\xe2\x80\x93"
    "erode\xe2\x80\xa8"
    "combine candy silk des\xc2\xad"
    "ert sus\xe2\x80\x8btain silly\xef\xbb\xbf",
    "39928 81449 97817 67744 41097 45733",
    "399288144997817677444109745733",
    "39 92 88 14 49 97 81 76 77 44 41 09 74 57 33",
    "39928-81449-97817\n67744.41097,45733",
    "\xef\xbc\x93\xef\xbc\x99\xef\xbc\x99\xef\xbc\x92\xef\xbc\x98 81449 97817 67744 41097 45733",
    /* Arabic-Indic, Persian, Devanagari */
    "\xd9\xa3\xd9\xa9\xd9\xa9\xd9\xa2\xd9\xa8 81449 97817 67744 41097 45733",
    "\xdb\xb3\xdb\xb9\xdb\xb9\xdb\xb2\xdb\xb8 81449 97817 67744 41097 45733",
    "\xe0\xa5\xa9\xe0\xa5\xaf\xe0\xa5\xaf\xe0\xa5\xa8\xe0\xa5\xae 81449 97817 67744 41097 45733",
};

static void forgives(void **state)
{
	static const uint8_t want[CODENAME_BITS_LEN] = {0xa1, 0x45, 0x6d, 0x32, 0x16, 0xf2,
							0x15, 0x91, 0x0e, 0xee, 0xd7};
	struct codename c;
	struct codename_problem p;

	(void)state;
	for (size_t i = 0; i < sizeof forgiven / sizeof forgiven[0]; i++) {
		enum err e = codename_parse(bytes_str(forgiven[i]), &c, &p);
		if (e != ERR_OK)
			fail_msg("not forgiven: %s (fault %d, \"%.*s\")", forgiven[i], p.fault, (int)p.word.n,
				 p.word.p);
		assert_memory_equal(c.bits, want, sizeof want);
	}
}

static const struct {
	const char *text;
	enum codename_fault fault;
	size_t count;
	const char *word, *nearest;
} faults[] = {
    {"", CODENAME_EMPTY, 0, NULL, NULL},
    {" \n--, .\xe3\x80\x80", CODENAME_EMPTY, 0, NULL, NULL},
    {"pattern clock erode combine candy silk desert sustain", CODENAME_WORD_COUNT, 8, NULL, NULL},
    {"pattern clock erode combine candy silk desert sustain silly silly silly", CODENAME_WORD_COUNT, 11, NULL, NULL},
    {"pattern clock erode combine candy silk desert silly sustain", CODENAME_CHECK, 9, NULL, NULL},
    {"pattern clock erode combine candy silk desert sustain zoo", CODENAME_CHECK, 9, NULL, NULL},
    {"pattern clcok erode combine candy silk desert sustain silly", CODENAME_UNKNOWN_WORD, 9, "clcok", "clock"},
    {"pattern clock erode combine candy siilk desert sustain silly", CODENAME_UNKNOWN_WORD, 9, "siilk", "silk"},
    {"pattern clock eroed combine Xandy silk desert sustain silly", CODENAME_UNKNOWN_WORD, 9, "eroed", "erode"},
    {"pattern", CODENAME_WORD_COUNT, 1, NULL, NULL},
    {"qqqqqqqqqq", CODENAME_UNKNOWN_WORD, 1, "qqqqqqqqqq", NULL},
    {"\xff\xfe", CODENAME_UNKNOWN_WORD, 1, "\xff\xfe", NULL},
    {"clock1 clock", CODENAME_WORD_COUNT, 2, NULL, NULL},
    {"39928 81449 97817 67744 41097 4573", CODENAME_DIGIT_COUNT, 29, NULL, NULL},
    {"39928 81449 97817 67744 41097 457331", CODENAME_DIGIT_COUNT, 31, NULL, NULL},
    {"39928 81449 97817 67744 41097 45734", CODENAME_CHECK, 0, NULL, NULL},
    {"99999 99999 99999 99999 99999 99999", CODENAME_CHECK, 0, NULL, NULL},
    {"63382 53001 14114 70074 83516 02688", CODENAME_CHECK, 0, NULL, NULL}, /* 2^99 */
    {"pattern clock 39928 81449", CODENAME_MIXED, 0, NULL, NULL},
};

static void names_the_fault(void **state)
{
	struct codename c;
	struct codename_problem p;
	static uint8_t longest[CODENAME_TEXT_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		memset(&c, 0xee, sizeof c);
		assert_int_equal(codename_parse(bytes_str(faults[i].text), &c, &p), ERR_FORMAT);
		assert_int_equal(c.bits[0], 0xee);
		if (p.fault != faults[i].fault || p.count != faults[i].count)
			fail_msg("%s: fault %d, count %zu", faults[i].text, p.fault, p.count);
		if (faults[i].word != NULL)
			assert_true(bytes_eq_str(p.word, faults[i].word));
		if (faults[i].nearest != NULL)
			assert_string_equal(p.nearest[0], faults[i].nearest);
		else
			assert_null(p.nearest[0]);
	}
	memset(longest, 'a', sizeof longest);
	assert_int_equal(codename_parse(BYTES_ARRAY(longest), &c, &p), ERR_FORMAT);
	assert_int_equal(p.fault, CODENAME_TOO_LONG);
	assert_int_equal(codename_parse(bytes_of(longest, CODENAME_TEXT_MAX), &c, &p), ERR_FORMAT);
	assert_int_equal(p.fault, CODENAME_UNKNOWN_WORD);
	memset(longest, '7', sizeof longest);
	assert_int_equal(codename_parse(bytes_of(longest, CODENAME_TEXT_MAX), &c, &p), ERR_FORMAT);
	assert_int_equal(p.fault, CODENAME_DIGIT_COUNT);
	assert_int_equal(p.count, CODENAME_TEXT_MAX);
}

/* One wrong word in two thousand slips through; over all words at each place no more than chance allows. */
static void check_catches(void **state)
{
	struct codename c, other;
	uint8_t storage[CODENAME_WORDS_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	struct buf changed;
	uint8_t changed_storage[2 * CODENAME_WORDS_MAX];
	unsigned missed = 0;

	(void)state;
	memset(&c, 0x5a, sizeof c);
	assert_int_equal(codename_words(&text, &c, "en"), ERR_OK);
	for (int place = 0; place < CODENAME_WORDS; place++)
		for (int w = 0; w < WORDLIST_WORDS; w++) {
			struct bytes rest = buf_view(&text);
			struct bytes word;
			changed = buf_over(changed_storage, sizeof changed_storage);
			for (int i = 0; bytes_split(&rest, ' ', &word); i++) {
				buf_put(&changed,
					i == place ? bytes_str(wordlists[0].words + wordlists[0].word_at[w]) : word);
				buf_byte(&changed, ' ');
			}
			if (codename_parse(buf_view(&changed), &other, NULL) == ERR_OK &&
			    memcmp(&c, &other, sizeof c) != 0)
				missed++;
		}
	print_message("a wrong word passed the check %u times in %d\n", missed, CODENAME_WORDS * (WORDLIST_WORDS - 1));
	assert_in_range(missed, 0, 30);
}

/* The system calls that docs/CODENAME.md names, and no other: no file, no thread, no clock. */
static void close_sandbox(void)
{
	static struct sock_filter rules[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 4, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_munmap, 3, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_brk, 2, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	static struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(90);
}

/* A process that has never used OpenSSL, as a fresh worker is: a child of the first test. */
static void derives_in_sandbox(void **state)
{
	static const uint8_t salt[32] = {7};
	struct codename c = {{1, 2, 3}};
	struct codename_keys k;
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		close_sandbox();
		_exit(codename_derive(&c, salt, &k) == ERR_OK ? 0 : 91);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	/* The filter can fail. */
	child = fork();
	if (child == 0) {
		close_sandbox();
		_exit(getppid() == 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(derives_in_sandbox),
	    cmocka_unit_test(argon2id_published),
	    cmocka_unit_test(vectors),
	    cmocka_unit_test(round_trips),
	    cmocka_unit_test(forgives),
	    cmocka_unit_test(names_the_fault),
	    cmocka_unit_test(check_catches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
