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

static const char *const languages[] = {"en", "ru", "zh-Hans", "zh-Hant", "ja", "ko",
					"fr", "es", "pt",      "it",      "cs", "tr"};
static const char *const numerals[] = {"fa", "ar", "hi", "bn", "my", "th"};

enum { LANGUAGES = sizeof languages / sizeof languages[0], NUMERALS = sizeof numerals / sizeof numerals[0] };

struct vector {
	uint8_t bits[CODENAME_BITS_LEN], salt[32], conversation[16], proof[32], identity[32], hybrid_identity[32];
	struct bytes words[LANGUAGES], digits, digits_in[NUMERALS];
};

static void take(struct bytes value, uint8_t *out, size_t n)
{
	size_t got;

	assert_int_equal(hex_decode(value, out, n, &got), ERR_OK);
	assert_int_equal(got, n);
}

static void assert_parses(struct bytes text, const char *language, const uint8_t want[CODENAME_BITS_LEN])
{
	struct codename parsed;
	struct codename_problem p;

	if (codename_parse(text, language, &parsed, &p) != ERR_OK)
		fail_msg("not forgiven in %s: %.*s (fault %d, \"%.*s\")", language, (int)text.n, text.p, p.fault,
			 (int)p.word.n, p.word.p);
	assert_memory_equal(parsed.bits, want, CODENAME_BITS_LEN);
}

static void check_texts(const struct vector *v, const struct codename *c)
{
	uint8_t storage[CODENAME_WORDS_MAX];
	struct buf text;

	for (size_t i = 0; i < LANGUAGES; i++) {
		text = buf_over(storage, sizeof storage);
		assert_int_equal(codename_words(&text, c, languages[i]), ERR_OK);
		assert_true(bytes_eq(buf_view(&text), v->words[i]));
		assert_parses(v->words[i], languages[i], v->bits);
		assert_parses(v->words[i], languages[LANGUAGES - 1 - i], v->bits);
		assert_parses(v->words[i], "fa", v->bits);
	}
	for (size_t i = 0; i < NUMERALS; i++) {
		text = buf_over(storage, CODENAME_DIGITS_MAX);
		assert_int_equal(codename_digits_in(&text, c, numerals[i]), ERR_OK);
		assert_true(bytes_eq(buf_view(&text), v->digits_in[i]));
		assert_parses(v->digits_in[i], numerals[i], v->bits);
	}
	text = buf_over(storage, CODENAME_DIGITS_MAX);
	codename_digits(&text, c);
	assert_true(bytes_eq(buf_view(&text), v->digits));
	assert_parses(v->digits, "en", v->bits);
}

static void check_vector(const struct vector *v)
{
	struct codename c;
	struct codename_keys k;

	memcpy(c.bits, v->bits, sizeof c.bits);
	check_texts(v, &c);
	assert_int_equal(codename_derive(&c, v->salt, AGE_X25519, &k), ERR_OK);
	assert_memory_equal(k.conversation, v->conversation, sizeof k.conversation);
	assert_memory_equal(k.proof, v->proof, sizeof k.proof);
	assert_int_equal(k.identity.kind, AGE_X25519);
	assert_memory_equal(k.identity.secret, v->identity, sizeof k.identity.secret);
	assert_int_equal(codename_derive(&c, v->salt, AGE_HYBRID, &k), ERR_OK);
	assert_memory_equal(k.conversation, v->conversation, sizeof k.conversation);
	assert_memory_equal(k.proof, v->proof, sizeof k.proof);
	assert_int_equal(k.identity.kind, AGE_HYBRID);
	assert_memory_equal(k.identity.secret, v->hybrid_identity, sizeof k.identity.secret);
}

/* "words LANGUAGE" and "digits LANGUAGE" */
static bool take_text(struct bytes name, struct bytes value, struct vector *v)
{
	struct bytes what;

	if (bytes_eq_str(name, "digits")) {
		v->digits = value;
		return true;
	}
	if (!bytes_split(&name, ' ', &what))
		return false;
	for (size_t i = 0; i < LANGUAGES; i++)
		if (bytes_eq_str(what, "words") && bytes_eq_str(name, languages[i])) {
			v->words[i] = value;
			return true;
		}
	for (size_t i = 0; i < NUMERALS; i++)
		if (bytes_eq_str(what, "digits") && bytes_eq_str(name, numerals[i])) {
			v->digits_in[i] = value;
			return true;
		}
	return false;
}

static void vectors(void **state)
{
	static uint8_t file[65536];
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
		else if (bytes_eq_str(name, "conversation"))
			take(line, v.conversation, sizeof v.conversation);
		else if (bytes_eq_str(name, "proof"))
			take(line, v.proof, sizeof v.proof);
		else if (bytes_eq_str(name, "identity"))
			take(line, v.identity, sizeof v.identity);
		else if (bytes_eq_str(name, "hybrid identity"))
			take(line, v.hybrid_identity, sizeof v.hybrid_identity);
		else if (!take_text(name, line, &v))
			fail_msg("unknown field");
	}
	assert_int_equal(count, 6);
}

/* tests/vectors/codename-forms.txt: what people, keyboards and Unicode make of a codename. */
static void forms(void **state)
{
	static uint8_t file[256 * 1024];
	struct bytes rest, line, language, form, hex;
	uint8_t bits[CODENAME_BITS_LEN];
	size_t n;
	int count = 0;

	(void)state;
	assert_int_equal(fd_read_file("tests/vectors/codename-forms.txt", file, sizeof file, &n), ERR_OK);
	rest = bytes_of(file, n);
	assert_true(bytes_split(&rest, '\n', &line) && line.p[0] == '#');
	while (bytes_split(&rest, '\n', &line)) {
		assert_true(bytes_split(&line, '\t', &language) && bytes_split(&line, '\t', &form) &&
			    bytes_split(&line, '\t', &hex));
		take(hex, bits, sizeof bits);
		assert_parses(line, "en", bits);
		assert_parses(line, "zh-Hant", bits);
		count++;
	}
	assert_in_range(count, 700, 5000);
}

static void round_trips(void **state)
{
	struct codename c;
	uint8_t storage[CODENAME_WORDS_MAX];
	struct buf text;

	(void)state;
	for (size_t i = 0; i < 40 * LANGUAGES; i++) {
		codename_new(&c);
		text = buf_over(storage, sizeof storage);
		assert_int_equal(codename_words(&text, &c, languages[i % LANGUAGES]), ERR_OK);
		assert_parses(buf_view(&text), "en", c.bits);
		text.len = 0;
		codename_digits(&text, &c);
		assert_int_equal(text.len, CODENAME_DIGITS + 5);
		assert_parses(buf_view(&text), "en", c.bits);
	}
	text.len = 0;
	assert_int_equal(codename_words(&text, &c, "tlh"), ERR_NOT_FOUND);
	assert_int_equal(codename_digits_in(&text, &c, "en"), ERR_NOT_FOUND);
	assert_int_equal(text.len, 0);
}

/* Every script's numerals, as they are shown, are taken for the same number. */
static void every_numeral(void **state)
{
	static const char *const counting[] = {"ar", "as", "bn", "bo", "ckb", "dz", "fa", "gu", "hi",
					       "km", "kn", "lo", "ml", "mr",  "my", "ne", "or", "pa",
					       "ps", "sd", "ta", "te", "th",  "ug", "ur"};
	uint8_t storage[CODENAME_DIGITS_MAX];
	uint8_t plain_storage[CODENAME_DIGITS_MAX];
	struct codename c;

	(void)state;
	for (size_t i = 0; i < sizeof counting / sizeof counting[0]; i++) {
		struct buf text = buf_over(storage, sizeof storage);
		struct buf plain = buf_over(plain_storage, sizeof plain_storage);

		codename_new(&c);
		assert_int_equal(codename_digits_in(&text, &c, counting[i]), ERR_OK);
		codename_digits(&plain, &c);
		assert_false(text.failed || plain.failed);
		assert_true(text.len > plain.len);
		assert_parses(buf_view(&text), "en", c.bits);
	}
}

/* Every word of every list names itself, alone and by its first letters where no other has them. */
static void every_word(void **state)
{
	static struct piece pieces[WORDLIST_WORDS];
	int16_t found;

	(void)state;
	for (size_t list = 0; list < wordlist_count; list++)
		for (size_t i = 0; i < WORDLIST_WORDS; i++) {
			struct bytes text = bytes_str(wordlist_word(list, i));
			assert_true(piece_next(&text, &pieces[i]));
			assert_int_equal(text.n, 0);
			if (i % 16 != list)
				continue;
			wordlist_find(list, &pieces[i], 1, &found);
			assert_int_equal(found, i);
		}
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
    "1pattern 2clock 3erode 4combine 5candy 6silk 7desert 8sustain 9silly",
};

static void forgives(void **state)
{
	static const uint8_t want[CODENAME_BITS_LEN] = {0xa1, 0x45, 0x6d, 0x32, 0x16, 0xf2,
							0x15, 0x91, 0x0e, 0xee, 0xd7};

	(void)state;
	for (size_t i = 0; i < sizeof forgiven / sizeof forgiven[0]; i++)
		assert_parses(bytes_str(forgiven[i]), "en", want);
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
		assert_int_equal(codename_parse(bytes_str(faults[i].text), "en", &c, &p), ERR_FORMAT);
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
	assert_int_equal(codename_parse(BYTES_ARRAY(longest), "en", &c, &p), ERR_FORMAT);
	assert_int_equal(p.fault, CODENAME_TOO_LONG);
	assert_int_equal(codename_parse(bytes_of(longest, CODENAME_TEXT_MAX), "en", &c, &p), ERR_FORMAT);
	assert_int_equal(p.fault, CODENAME_UNKNOWN_WORD);
	memset(longest, '7', sizeof longest);
	assert_int_equal(codename_parse(bytes_of(longest, CODENAME_TEXT_MAX), "en", &c, &p), ERR_FORMAT);
	assert_int_equal(p.fault, CODENAME_DIGIT_COUNT);
	assert_int_equal(p.count, CODENAME_TEXT_MAX);
}

/* What is typed in one language on the page of another; the word it names and the nearest. */
static const struct {
	const char *page, *text;
	enum codename_fault fault;
	const char *word, *nearest;
} likely[] = {
    {"en", "абзац абзац абзац абзац абзацц абзац абзац абзац абзац", CODENAME_CHECK, NULL, NULL},
    {"en", "абзац обзац абзац абзац абзац абзац абзац абзац владелец", CODENAME_UNKNOWN_WORD, "обзац", "абзац"},
    {"en", "ЛОДКА ЛОДАК", CODENAME_UNKNOWN_WORD, "ЛОДАК", "лодка"},
    {"fr", "가격 가걱", CODENAME_UNKNOWN_WORD, "가걱", "가격"},
    {"ru", "あいこくしん　いあさつ", CODENAME_UNKNOWN_WORD, "いあさつ", "あいさつ"},
    {"ru", "アイコクシン イアサツ", CODENAME_UNKNOWN_WORD, "イアサツ", "あいさつ"},
    {"en", "abdikace abeceda adresa agrese akc", CODENAME_UNKNOWN_WORD, "akc", "akce"},
    {"en", "的的的的的的的的", CODENAME_WORD_COUNT, NULL, NULL},
    {"en", "的的的的龘的的的的", CODENAME_UNKNOWN_WORD, "龘", NULL},
    {"en", "𠀀的的的的的的的的", CODENAME_UNKNOWN_WORD, "𠀀", NULL},
    {"en", "的 的 的 的 的 的 的 的 的", CODENAME_CHECK, NULL, NULL},
    /* One word alone: the page's language, else any. */
    {"it", "abbco", CODENAME_UNKNOWN_WORD, "abbco", "abaco"},
    {"es", "abbco", CODENAME_UNKNOWN_WORD, "abbco", "ábaco"},
    {"tr", "обзац", CODENAME_UNKNOWN_WORD, "обзац", "абзац"},
    {"xx", "clcok", CODENAME_UNKNOWN_WORD, "clcok", "clock"},
    /* "arti" begins "artı" and "artist": alone it is the first, as "artis" the other is meant. */
    {"tr", "artı artis", CODENAME_WORD_COUNT, NULL, NULL},
    /* Both begin with "стои", and so does neither. */
    {"ru", "стои", CODENAME_UNKNOWN_WORD, "стои", "стоить"},
    {"en", "٣٩ ٨١ абзац", CODENAME_WORD_COUNT, NULL, NULL},
    {"en", "٣٩٩٢٨ абзац", CODENAME_MIXED, NULL, NULL},
};

static void names_the_likely_word(void **state)
{
	struct codename c;
	struct codename_problem p;

	(void)state;
	for (size_t i = 0; i < sizeof likely / sizeof likely[0]; i++) {
		if (codename_parse(bytes_str(likely[i].text), likely[i].page, &c, &p) != ERR_FORMAT)
			fail_msg("%s: taken", likely[i].text);
		if (p.fault != likely[i].fault)
			fail_msg("%s: fault %d, \"%.*s\"", likely[i].text, p.fault, (int)p.word.n, p.word.p);
		if (likely[i].word != NULL && !bytes_eq_str(p.word, likely[i].word))
			fail_msg("%s: names %.*s", likely[i].text, (int)p.word.n, p.word.p);
		if (likely[i].nearest == NULL)
			assert_null(p.nearest[0]);
		else if (p.nearest[0] == NULL || strcmp(p.nearest[0], likely[i].nearest) != 0)
			fail_msg("%s: %s is nearest", likely[i].text, p.nearest[0] == NULL ? "nothing" : p.nearest[0]);
	}
}

/* One wrong word in two thousand slips through; over many words at each place no more than chance allows. */
static void check_catches(void **state)
{
	enum { STEP = 9 };
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
		for (int w = place; w < WORDLIST_WORDS; w += STEP) {
			struct bytes rest = buf_view(&text);
			struct bytes word;
			changed = buf_over(changed_storage, sizeof changed_storage);
			for (int i = 0; bytes_split(&rest, ' ', &word); i++) {
				buf_put(&changed, i == place ? bytes_str(wordlist_word(0, (size_t)w)) : word);
				buf_byte(&changed, ' ');
			}
			if (codename_parse(buf_view(&changed), "en", &other, NULL) == ERR_OK &&
			    memcmp(&c, &other, sizeof c) != 0)
				missed++;
		}
	print_message("a wrong word passed the check %u times in %d\n", missed, CODENAME_WORDS * WORDLIST_WORDS / STEP);
	assert_in_range(missed, 0, 10);
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
	pid_t child;

	(void)state;
	SKIP_IF_SANITIZED();
	SKIP_IF_COVERED();
	child = fork();
	if (child == 0) {
		close_sandbox();
		_exit(codename_derive(&c, salt, AGE_X25519, &k) == ERR_OK ? 0 : 91);
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
	    cmocka_unit_test(forms),
	    cmocka_unit_test(every_word),
	    cmocka_unit_test(round_trips),
	    cmocka_unit_test(every_numeral),
	    cmocka_unit_test(forgives),
	    cmocka_unit_test(names_the_fault),
	    cmocka_unit_test(names_the_likely_word),
	    cmocka_unit_test(check_catches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
