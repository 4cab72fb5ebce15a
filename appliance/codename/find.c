/* SPDX-License-Identifier: GPL-3.0-or-later
 * Words in the lists. Each list's words are folded as they are compared: a few milliseconds for all twelve, and a
 * quarter of a megabyte less to carry than with their folded forms beside them. */
#include <string.h>

#include "base/secret.h"
#include "codename/wordlist.h"

enum { PREFIX_LEAST = 4, STEPS_MOST = 3 };

size_t wordlist_of(const char *language)
{
	size_t list = 0;

	while (list < wordlist_count && !bytes_eq_nocase(bytes_str(wordlists[list].language), language))
		list++;
	return list;
}

const char *wordlist_word(size_t list, size_t number)
{
	return wordlist_text + wordlists[list].start + wordlist_at[list * WORDLIST_WORDS + number];
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What is known of one piece so far. */
struct candidate {
	int16_t number;
	uint8_t shared; /* letters, from the first on; more than any word has: the whole word */
	bool twice;     /* two words share so many */
};

static void compare(struct candidate *best, const struct key *typed, const struct key *word, size_t number)
{
	size_t shared = 0;

	while (shared < word->len && shared < typed->len && word->letters[shared] == typed->letters[shared])
		shared++;
	if (shared == word->len && shared == typed->len)
		shared = CODENAME_KEY_MAX + 1;
	else if (shared < PREFIX_LEAST)
		return;
	if (shared > best->shared)
		*best = (struct candidate){(int16_t)number, (uint8_t)shared, false};
	else if (shared == best->shared && number != (size_t)best->number)
		best->twice = true;
}

/* Whether a word of the list's script may be meant. */
static bool is_of_script(size_t list, const struct key *typed)
{
	return typed->letters[0] >= wordlists[list].low && typed->letters[0] <= wordlists[list].high;
}

static void find_one(size_t list, const struct key *typed, struct candidate *best)
{
	struct key word;

	if (typed->len > CODENAME_KEY_MAX || !is_of_script(list, typed))
		return;
	for (size_t number = 0; number < WORDLIST_WORDS; number++) {
		const char *text = wordlist_word(list, number);
		uint8_t first = (uint8_t)text[0];
		/* Nearly all words begin with another letter, and need not be folded to see it. */
		if (first < 0x80 && first != typed->letters[0])
			continue;
		key_of(&word, bytes_str(text));
		compare(best, typed, &word, number);
	}
}

static void find_in(size_t list, const struct piece *pieces, size_t count, struct candidate *best)
{
	for (size_t i = 0; i < count; i++)
		find_one(list, &pieces[i].key, &best[i]);
}

void wordlist_find(size_t list, const struct piece *pieces, size_t count, int16_t *numbers)
{
	struct candidate best[16];

	BUG_IF(count > sizeof best / sizeof best[0]);
	memset(best, 0, sizeof best);
	find_in(list, pieces, count, best);
	if (wordlists[list].twin != list)
		find_in(wordlists[list].twin, pieces, count, best);
	for (size_t i = 0; i < count; i++)
		numbers[i] = best[i].shared == 0 || best[i].twice ? -1 : best[i].number;
	SECRET_WIPE(best);
}

/* Insertions, deletions, changes and swaps of neighbours that make one of the other. */
static size_t distance(const struct key *a, const struct key *b)
{
	uint8_t rows[3][CODENAME_KEY_MAX + 1];
	uint8_t *before = rows[0];
	uint8_t *last = rows[1];
	uint8_t *row = rows[2];

	for (size_t j = 0; j <= b->len; j++)
		last[j] = (uint8_t)j;
	memset(before, 0, sizeof rows[0]);
	for (size_t i = 1; i <= a->len; i++) {
		row[0] = (uint8_t)i;
		for (size_t j = 1; j <= b->len; j++) {
			size_t d = smaller(last[j] + 1u, row[j - 1] + 1u);
			d = smaller(d, last[j - 1] + (a->letters[i - 1] != b->letters[j - 1] ? 1u : 0u));
			if (i > 1 && j > 1 && a->letters[i - 1] == b->letters[j - 2] &&
			    a->letters[i - 2] == b->letters[j - 1])
				d = smaller(d, before[j - 2] + 1u);
			row[j] = (uint8_t)d;
		}
		uint8_t *free_row = before;
		before = last;
		last = row;
		row = free_row;
	}
	return last[b->len];
}

/* Which letters there are, several of them to a bit. */
static uint64_t letters_of(const struct key *key)
{
	uint64_t set = 0;

	for (size_t i = 0; i < key->len; i++)
		set |= 1ull << (key->letters[i] & 63);
	return set;
}

/* How far a word is from what was typed: 0 for one that begins so, SIZE_MAX past what may be meant. */
static size_t steps_between(const struct key *typed, const struct key *word)
{
	size_t most = smaller(STEPS_MOST, typed->len / 2);
	size_t d;

	if (typed->len >= PREFIX_LEAST && typed->len < word->len &&
	    memcmp(typed->letters, word->letters, typed->len * sizeof typed->letters[0]) == 0)
		return 0;
	d = typed->len > word->len ? typed->len - word->len : word->len - typed->len;
	/* Each letter that the word lacks is a step: nearly all words are out already. */
	if (d <= most && (size_t)__builtin_popcountll(letters_of(typed) & ~letters_of(word)) <= most)
		d = distance(typed, word);
	else
		d = SIZE_MAX;
	return d <= most ? d : SIZE_MAX;
}

void wordlist_nearest(size_t list, const struct key *key, const char **nearest, size_t *steps, size_t count)
{
	struct key typed = *key;
	struct key word;

	typed.len = smaller(typed.len, CODENAME_KEY_MAX);
	if (typed.len < 2 || !is_of_script(list, &typed))
		return;
	for (size_t number = 0; number < WORDLIST_WORDS; number++) {
		size_t d, at;
		key_of(&word, bytes_str(wordlist_word(list, number)));
		d = steps_between(&typed, &word);
		at = d == SIZE_MAX ? count : 0;
		while (at < count && nearest[at] != NULL && d >= steps[at])
			at++;
		for (size_t k = count - 1; k > at && at < count; k--) {
			steps[k] = steps[k - 1];
			nearest[k] = nearest[k - 1];
		}
		if (at < count) {
			steps[at] = d;
			nearest[at] = wordlist_word(list, number);
		}
	}
	SECRET_WIPE(typed);
}
