/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a desk keeps of its conversations, and a box that is told of them again. */
#include "keeper_fixture.h"

static struct fixture *two_desks(void)
{
	return fixture_new(16u << 20, 2, 64);
}

/* The box as it is after a restart of the machine: new keys, an empty store, the same desks. */
static void restart_machine(struct fixture *f)
{
	fixture_close(f);
	secret_area_free(&f->secrets);
	assert_int_equal(secret_area_new(LIMIT_KEEPER_FIXED + 64 * sizeof(struct slot), &f->secrets), ERR_OK);
	assert_int_equal(fixture_open(f), ERR_OK);
}

struct copy {
	uint8_t text[LIMIT_STATE];
	size_t n;
	struct state state;
};

/* What the desk is told of that conversation. */
static struct copy *copy_of(struct fixture *f, const struct source *s, uint32_t desk)
{
	struct copy *copy = calloc(1, sizeof *copy);
	struct buf out = buf_over(copy->text, sizeof copy->text);
	struct conversation c;

	assert_int_equal(store_desk_find(&f->store, s->id, desk, &c), ERR_OK);
	assert_int_equal(store_state_get(&f->store, c.slot, desk, &out), ERR_OK);
	assert_false(out.failed);
	copy->n = out.len;
	assert_int_equal(state_get(bytes_of(copy->text, copy->n), &copy->state), ERR_OK);
	return copy;
}

static enum err restore(struct fixture *f, const struct source *s, uint32_t desk, const struct copy *copy)
{
	return store_restore(&f->store, s->id, desk, &copy->state);
}

static size_t replies(struct fixture *f, const struct source *s)
{
	struct store_reply r = {.number = 0};
	size_t n = 0;

	for (; store_reply_next(&f->store, &s->c, r.number, &r) == ERR_OK; n++)
		continue;
	return n;
}

/* ---- what is kept */

static void a_state_says_all_that_a_restart_takes(void **state)
{
	struct fixture *f = two_desks();
	struct source s = source_new();
	struct copy *copy;
	uint16_t before;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	confirm_all(f, DESK_A);
	assert_int_equal(reply_text(f, &s, "first", 1, 3000), ERR_OK);
	assert_int_equal(submit_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	confirm_all(f, DESK_A);
	assert_int_equal(submit_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	assert_int_equal(reply_text(f, &s, "gone", 1, 3000), ERR_OK);
	assert_int_equal(store_reply_delete(&f->store, &s.c, 2), ERR_OK);
	assert_int_equal(store_visit_word(&f->store, &s.c, 1234, &before), ERR_OK);
	assert_string_equal(receipts(f, &s), "aas");
	copy = copy_of(f, &s, DESK_A);
	assert_true(bytes_eq(copy->state.recipient, RECIPIENT));
	assert_memory_equal(copy->state.proof_hash, s.proof_hash, 32);
	assert_int_equal(copy->state.word, 1234);
	assert_int_equal(copy->state.last, 3);
	assert_false(copy->state.muted);
	assert_int_equal(copy->state.day, clock_day());
	assert_int_equal(copy->state.message_count, 3);
	assert_int_equal(copy->state.messages[0].receipt, RECEIPT_ANSWERED);
	assert_int_equal(copy->state.messages[2].receipt, RECEIPT_STORED);
	assert_int_equal(copy->state.reply_count, 1);
	assert_true(bytes_eq_str(copy->state.replies[0], "first"));
	free(copy);
	fixture_free(f);
}

static void of_many_the_youngest_are_kept(void **state)
{
	struct fixture *f = two_desks();
	struct source s = source_new();
	struct copy *copy;
	char name[8];

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 100), ERR_OK);
	confirm_all(f, DESK_A);
	for (int i = 0; i < LIMIT_HISTORY; i++)
		assert_int_equal(submit_text(f, &s, DESK_A, 1, 100), ERR_OK);
	for (int i = 0; i < LIMIT_STATE_REPLIES + 3; i++) {
		snprintf(name, sizeof name, "r%d", i);
		assert_int_equal(reply_text(f, &s, name, 1, 100), ERR_OK);
	}
	copy = copy_of(f, &s, DESK_A);
	assert_int_equal(copy->state.message_count, LIMIT_HISTORY);
	assert_int_equal(copy->state.messages[0].receipt, RECEIPT_STORED);
	assert_int_equal(copy->state.reply_count, LIMIT_STATE_REPLIES);
	assert_true(bytes_eq_str(copy->state.replies[0], "r3"));
	/* Restored, they are history, and the next state has as many, with the new ones at the end. */
	restart_machine(f);
	assert_int_equal(restore(f, &s, DESK_A, copy), ERR_OK);
	free(copy);
	assert_int_equal(strlen(receipts(f, &s)), LIMIT_HISTORY);
	for (int i = 0; i < 3; i++)
		assert_int_equal(submit_text(f, &s, DESK_A, 1, 100), ERR_OK);
	copy = copy_of(f, &s, DESK_A);
	assert_int_equal(copy->state.message_count, LIMIT_HISTORY);
	assert_int_equal(copy->state.messages[LIMIT_HISTORY - 4].receipt, RECEIPT_COLLECTED);
	assert_int_equal(copy->state.messages[LIMIT_HISTORY - 3].receipt, RECEIPT_STORED);
	free(copy);
	fixture_free(f);
}

static size_t changed_since(struct fixture *f, uint32_t desk, uint64_t since)
{
	struct store_found found = {.slot = 0};
	size_t n = 0;

	for (; store_open_next(&f->store, desk, since, found.slot, &found) == ERR_OK; n++)
		assert_true(found.change > since);
	return n;
}

static void only_what_changed_is_listed_and_only_to_its_desk(void **state)
{
	struct fixture *f = two_desks();
	struct source s[3] = {source_new(), source_new(), source_new()};
	const uint64_t *now = &f->store.vault.fixed->header.writes;
	uint64_t since;
	uint16_t word;

	(void)state;
	assert_int_equal(create_text(f, &s[0], DESK_A, 1, 100), ERR_OK);
	assert_int_equal(create_text(f, &s[1], DESK_B, 1, 100), ERR_OK);
	assert_int_equal(create_text(f, &s[2], DESK_A | DESK_B, 1, 100), ERR_OK);
	assert_int_equal(changed_since(f, DESK_A, 0), 2);
	assert_int_equal(changed_since(f, DESK_B, 0), 2);
	since = *now;
	assert_int_equal(changed_since(f, DESK_A, since), 0);
	restart_keeper(f);
	now = &f->store.vault.fixed->header.writes;
	assert_int_equal(changed_since(f, DESK_A, since), 0);
	assert_int_equal(changed_since(f, DESK_A, 0), 2);
	/* Each of these is a change. */
	assert_int_equal(store_visit_word(&f->store, &s[0].c, 7, &word), ERR_OK);
	assert_int_equal(changed_since(f, DESK_A, since), 1);
	since = *now;
	assert_int_equal(submit_text(f, &s[2], DESK_A, 1, 100), ERR_OK);
	assert_int_equal(changed_since(f, DESK_A, since), 1);
	assert_int_equal(changed_since(f, DESK_B, since), 1);
	since = *now;
	confirm_all(f, DESK_A);
	/* Of the third one the other desk's copy waits; but its second message was for this one alone. */
	assert_int_equal(changed_since(f, DESK_A, since), 2);
	since = *now;
	assert_int_equal(reply_text(f, &s[0], "r", 1, 100), ERR_OK);
	assert_int_equal(changed_since(f, DESK_A, since), 1);
	since = *now;
	assert_int_equal(store_reply_delete(&f->store, &s[0].c, 1), ERR_OK);
	assert_int_equal(changed_since(f, DESK_A, since), 1);
	since = *now;
	assert_int_equal(store_mute(&f->store, &s[0].c, DESK_A, true), ERR_OK);
	assert_int_equal(changed_since(f, DESK_A, since), 1);
	since = *now;
	assert_int_equal(store_forget(&f->store, &s[0].c), ERR_OK);
	assert_true(f->store.vault.fixed->desks[0].forgotten > since);
	assert_int_equal(f->store.vault.fixed->desks[1].forgotten, 0);
	assert_int_equal(changed_since(f, DESK_A, 0), 1);
	fixture_free(f);
}

/* ---- what is told again */

static void a_restored_conversation_goes_on(void **state)
{
	struct fixture *f = two_desks();
	struct source s = source_new();
	struct store_about about;
	struct store_collect got;
	struct copy *copy, *again;
	uint16_t before;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	confirm_all(f, DESK_A);
	assert_int_equal(reply_text(f, &s, "first", 7, 3000), ERR_OK);
	assert_int_equal(submit_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	assert_int_equal(store_visit_word(&f->store, &s.c, 99, &before), ERR_OK);
	assert_int_equal(store_about(&f->store, &s.c, &about), ERR_OK);
	assert_false(about.restored);
	copy = copy_of(f, &s, DESK_A);
	restart_machine(f);
	assert_int_equal(store_auth(&f->store, s.id, s.proof, &s.c), ERR_AUTH);
	assert_int_equal(restore(f, &s, DESK_A, copy), ERR_OK);
	/* What was stored is not here, so the desk has it or nobody. */
	assert_string_equal(receipts(f, &s), "ac");
	assert_int_equal(reply_text(f, &s, "first", 7, 3000), ERR_OK);
	assert_int_equal(replies(f, &s), 1);
	assert_int_equal(store_visit_word(&f->store, &s.c, 100, &before), ERR_OK);
	assert_int_equal(before, 99);
	assert_int_equal(store_about(&f->store, &s.c, &about), ERR_OK);
	assert_true(about.restored);
	assert_int_equal(about.restored_day, copy->state.day);
	assert_int_equal(about.desks, DESK_A);
	/* What is new comes after what was, for both. */
	assert_int_equal(submit_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	assert_string_equal(receipts(f, &s), "acs");
	assert_int_equal(store_collect_next(&f->store, DESK_A, 0, &got), ERR_OK);
	assert_int_equal(got.files[0].item, 3);
	assert_int_equal(store_collect_next(&f->store, DESK_B, 0, &got), ERR_END);
	/* The next copy has all of it; also by the next keeper. */
	restart_keeper(f);
	assert_string_equal(receipts(f, &s), "acs");
	again = copy_of(f, &s, DESK_A);
	assert_int_equal(again->state.message_count, 3);
	assert_int_equal(again->state.last, 3);
	assert_int_equal(again->state.word, 100);
	free(copy);
	free(again);
	fixture_free(f);
}

static void restored_twice_is_restored_once(void **state)
{
	struct fixture *f = two_desks();
	struct source s = source_new();
	struct copy *copy, *first, *second;
	uint64_t since;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	confirm_all(f, DESK_A);
	copy = copy_of(f, &s, DESK_A);
	restart_machine(f);
	assert_int_equal(restore(f, &s, DESK_A, copy), ERR_OK);
	assert_string_equal(receipts(f, &s), "c");
	assert_int_equal(reply_text(f, &s, "r", 7, 3000), ERR_OK);
	first = copy_of(f, &s, DESK_A);
	since = f->store.vault.fixed->header.writes;
	assert_int_equal(restore(f, &s, DESK_A, copy), ERR_OK);
	assert_int_equal(f->store.vault.fixed->header.writes, since);
	assert_int_equal(reply_text(f, &s, "r", 7, 3000), ERR_OK);
	/* Also told what it was told itself, or muted in between. */
	assert_int_equal(store_mute(&f->store, &s.c, DESK_A, true), ERR_OK);
	assert_int_equal(restore(f, &s, DESK_A, first), ERR_OK);
	assert_int_equal(store_muted(&f->store, DESK_A), 1);
	assert_int_equal(store_mute(&f->store, &s.c, DESK_A, false), ERR_OK);
	second = copy_of(f, &s, DESK_A);
	assert_int_equal(first->n, second->n);
	assert_memory_equal(first->text, second->text, first->n);
	assert_int_equal(f->store.conversations, 1);
	assert_int_equal(f->store.replies, 1);
	assert_string_equal(receipts(f, &s), "c");
	free(copy);
	free(first);
	free(second);
	fixture_free(f);
}

static void a_conversation_made_anew_is_joined(void **state)
{
	struct fixture *f = two_desks();
	struct source s = source_new();
	struct store_about about;
	struct store_collect got;
	struct copy *copy;
	uint16_t before;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	assert_int_equal(submit_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	assert_int_equal(store_visit_word(&f->store, &s.c, 5, &before), ERR_OK);
	confirm_all(f, DESK_A);
	copy = copy_of(f, &s, DESK_A);
	restart_machine(f);
	/* Its source comes before the desk. */
	assert_int_equal(create_text(f, &s, DESK_A | DESK_B, 2, 4000), ERR_OK);
	assert_int_equal(store_visit_word(&f->store, &s.c, 6, &before), ERR_OK);
	assert_int_equal(before, 0);
	assert_int_equal(restore(f, &s, DESK_A, copy), ERR_OK);
	assert_string_equal(receipts(f, &s), "ccs");
	assert_int_equal(store_visit_word(&f->store, &s.c, 7, &before), ERR_OK);
	assert_int_equal(before, 6);
	assert_int_equal(store_about(&f->store, &s.c, &about), ERR_OK);
	assert_int_equal(about.desks, DESK_A | DESK_B);
	assert_true(about.restored);
	/* What it wrote is still collected, and what it writes has numbers past the old ones. */
	assert_int_equal(store_collect_next(&f->store, DESK_A, 0, &got), ERR_OK);
	assert_int_equal(got.files[0].item, 1);
	assert_int_equal(submit_text(f, &s, DESK_A, 2, 4000), ERR_OK);
	assert_int_equal(store_collect_next(&f->store, DESK_A, got.cursor, &got), ERR_OK);
	assert_int_equal(got.files[0].item, 3);
	free(copy);
	fixture_free(f);
}

static void two_desks_restore_one_conversation(void **state)
{
	struct fixture *f = two_desks();
	struct source s = source_new();
	struct copy *older, *younger;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A | DESK_B, 1, 4000), ERR_OK);
	confirm_all(f, DESK_A);
	older = copy_of(f, &s, DESK_A);
	confirm_all(f, DESK_B);
	assert_int_equal(submit_text(f, &s, DESK_A | DESK_B, 1, 4000), ERR_OK);
	younger = copy_of(f, &s, DESK_B);
	older->state.day -= 3;
	for (int order = 0; order < 2; order++) {
		struct store_about about;
		restart_machine(f);
		assert_int_equal(restore(f, &s, order == 0 ? DESK_A : DESK_B, order == 0 ? older : younger), ERR_OK);
		assert_int_equal(restore(f, &s, order == 0 ? DESK_B : DESK_A, order == 0 ? younger : older), ERR_OK);
		assert_string_equal(receipts(f, &s), "cc");
		assert_int_equal(store_about(&f->store, &s.c, &about), ERR_OK);
		assert_int_equal(about.desks, DESK_A | DESK_B);
		assert_int_equal(about.restored_day, older->state.day);
	}
	free(older);
	free(younger);
	fixture_free(f);
}

static void another_proof_or_recipient_is_refused(void **state)
{
	struct fixture *f = two_desks();
	struct source s = source_new();
	struct copy *copy, *wrong;
	uint64_t since;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	copy = copy_of(f, &s, DESK_A);
	wrong = copy_of(f, &s, DESK_A);
	since = f->store.vault.fixed->header.writes;
	wrong->state.proof_hash[0] ^= 1;
	assert_int_equal(restore(f, &s, DESK_B, wrong), ERR_EXISTS);
	wrong->state.proof_hash[0] ^= 1;
	wrong->state.recipient = BYTES_LITERAL("age1another");
	assert_int_equal(restore(f, &s, DESK_B, wrong), ERR_EXISTS);
	/* Nothing was written, and the desk sees nothing of it. */
	assert_int_equal(f->store.vault.fixed->header.writes, since);
	assert_int_equal(store_desk_find(&f->store, s.id, DESK_B, &s.c), ERR_NOT_FOUND);
	free(copy);
	free(wrong);
	fixture_free(f);
}

static void restoring_leaves_room_for_sources(void **state)
{
	struct fixture *f = two_desks();
	struct source s = source_new();
	struct copy *copy;
	size_t restored = 0;
	enum err e;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	copy = copy_of(f, &s, DESK_A);
	for (;;) {
		struct source other = source_new();
		e = restore(f, &other, DESK_A, copy);
		if (e != ERR_OK)
			break;
		restored++;
	}
	/* The decoy and the first one are in use, a sixteenth is kept. */
	assert_int_equal(e, ERR_FULL);
	assert_int_equal(restored, f->store.vault.slot_count - 2 - f->store.vault.slot_count / 16);
	for (size_t i = 0; i < f->store.vault.slot_count / 16; i++) {
		struct source other = source_new();
		assert_int_equal(create_text(f, &other, DESK_A, 1, 400), ERR_OK);
	}
	free(copy);
	fixture_free(f);
}

static void nothing_of_a_restored_one_is_left_when_it_is_forgotten(void **state)
{
	struct fixture *f = two_desks();
	struct source s = source_new();
	struct copy *copy;
	uint32_t slot;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	copy = copy_of(f, &s, DESK_A);
	restart_machine(f);
	assert_int_equal(count_names(f, 'c'), 1); /* the decoy's */
	assert_int_equal(restore(f, &s, DESK_A, copy), ERR_OK);
	assert_int_equal(count_names(f, 'c'), 4);
	assert_int_equal(store_auth(&f->store, s.id, s.proof, &s.c), ERR_OK);
	slot = s.c.slot;
	assert_int_equal(store_forget(&f->store, &s.c), ERR_OK);
	sweep_all(f);
	assert_int_equal(count_names(f, 'c'), 1);
	assert_int_equal(count_names(f, 't') + count_chunks(f) + count_names(f, 'd'), 0);
	for (size_t i = 0; i < sizeof(struct slot); i++)
		assert_int_equal(((const uint8_t *)&f->store.vault.slots[slot])[i], 0);
	assert_int_equal(f->store.known[slot].desks | f->store.known[slot].change, 0);
	free(copy);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_state_says_all_that_a_restart_takes),
	    cmocka_unit_test(of_many_the_youngest_are_kept),
	    cmocka_unit_test(only_what_changed_is_listed_and_only_to_its_desk),
	    cmocka_unit_test(a_restored_conversation_goes_on),
	    cmocka_unit_test(restored_twice_is_restored_once),
	    cmocka_unit_test(a_conversation_made_anew_is_joined),
	    cmocka_unit_test(two_desks_restore_one_conversation),
	    cmocka_unit_test(another_proof_or_recipient_is_refused),
	    cmocka_unit_test(restoring_leaves_room_for_sources),
	    cmocka_unit_test(nothing_of_a_restored_one_is_left_when_it_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
