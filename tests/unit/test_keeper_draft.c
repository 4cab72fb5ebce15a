/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper_fixture.h"

#define DESK_1 1u

/* ---- what goes in comes out */

static void a_message_with_attachments_comes_back(void **state)
{
	static const uint64_t sizes[] = {1,     127, CHUNK_PLAIN - 1, CHUNK_PLAIN, CHUNK_PLAIN + 1, 3 * CHUNK_PLAIN + 5,
					 700000};
	struct fixture *f = fixture_new(16u << 20, 1, 100);
	struct source s = source_new();
	struct draft *d = &f->drafts[0];
	struct store_collect got;

	(void)state;
	for (uint32_t i = 0; i < 7; i++) {
		assert_int_equal(file_put(f, d, FILE_DATA, 10 + i, sizes[i], i % 2 == 0 ? LIMIT_CHUNK_SEALED : 777),
				 ERR_OK);
		assert_int_equal(file_put(f, d, FILE_META, 20 + i, 1240, 5000), ERR_OK);
	}
	/* The text comes last, as from a form, and is the first of the message. */
	assert_int_equal(file_put(f, d, FILE_TEXT, 1, 4321, 1000), ERR_OK);
	assert_true(draft_is_message(d));
	assert_int_equal(store_create(&f->store, s.id, s.proof_hash, DESK_1, RECIPIENT, d, &s.c), ERR_OK);
	assert_int_equal(count_names(f, 'd'), 0);
	assert_int_equal(store_collect_next(&f->store, DESK_1, 0, &got), ERR_OK);
	assert_int_equal(got.file_count, 15);
	assert_memory_equal(got.id, s.id, sizeof s.id);
	assert_true(bytes_eq(bytes_of(got.recipient, got.recipient_len), RECIPIENT));
	for (uint8_t i = 0; i < got.file_count; i++) {
		struct file_ref ref;
		uint8_t key[32];
		uint16_t item = (uint16_t)(1 + (i + 1) / 2);
		uint8_t kind = i == 0 ? FILE_TEXT : i % 2 == 1 ? FILE_DATA : FILE_META;
		assert_int_equal(got.files[i].item, item);
		assert_int_equal(got.files[i].kind, kind);
		assert_int_equal(store_file_find(&f->store, &s.c, RECORD_MESSAGE, item, kind, DESK_1, &ref, key),
				 ERR_OK);
		assert_int_equal(ref.size, i == 0 ? 4321 : kind == FILE_DATA ? sizes[(i - 1) / 2] : 1240);
		assert_int_equal(file_check(f, &ref, key,
					    i == 0              ? 1
					    : kind == FILE_DATA ? 10u + (i - 1u) / 2
								: 20u + (i - 1u) / 2),
				 ERR_OK);
	}
	assert_int_equal(store_collect_next(&f->store, DESK_1, got.cursor, &got), ERR_END);
	/* The next message's numbers go on where these ended. */
	assert_int_equal(submit_text(f, &s, DESK_1, 2, 100), ERR_OK);
	assert_int_equal(store_collect_next(&f->store, DESK_1, got.cursor, &got), ERR_OK);
	assert_int_equal(got.files[0].item, 9);
	fixture_free(f);
}

static void a_file_that_is_dropped_leaves_nothing(void **state)
{
	struct fixture *f = fixture_new(16u << 20, 1, 100);
	struct draft *d = &f->drafts[0];
	uint64_t before;

	(void)state;
	sweep_all(f);
	before = store_used(&f->store);
	assert_int_equal(draft_reserve(&f->store, d, 1u << 20, UINT64_MAX), ERR_OK);
	assert_int_equal(file_put(f, d, FILE_TEXT, 1, 300000, 5000), ERR_OK);
	assert_int_equal(draft_begin(&f->store, d, FILE_DATA), ERR_OK);
	draft_data(&f->store, d, bytes_of(f->stages[2], 60000));
	draft_data(&f->store, d, bytes_of(f->stages[2], 60000));
	assert_int_equal(draft_end(&f->store, d, false), ERR_OK);
	assert_int_equal(draft_begin(&f->store, d, FILE_DATA), ERR_OK);
	draft_data(&f->store, d, bytes_of(f->stages[2], 60000));
	draft_data(&f->store, d, bytes_of(f->stages[2], 60000));
	store_flush(&f->store);
	assert_true(store_used(&f->store) > before);
	draft_drop(&f->store, d);
	sweep_all(f);
	assert_int_equal(count_chunks(f) + count_names(f, 'd') + count_names(f, 't'), 0);
	assert_int_equal(store_used(&f->store), before);
	assert_int_equal(f->store.reserved, 0);
	fixture_free(f);
}

/* Chunks of several drafts share a transaction; what goes wrong beside it is nobody else's. */
static void failures_of_others_leave_a_draft_alone(void **state)
{
	struct fixture *f = fixture_new(16u << 20, 1, 100);
	struct source s = source_new();
	struct source gone = source_new();
	struct store_collect got;
	struct file_ref ref;
	uint8_t key[32];
	uint8_t session[32] = {1};
	uint64_t at = 0;

	(void)state;
	assert_int_equal(create_text(f, &gone, DESK_1, 1, 10), ERR_OK);
	assert_int_equal(create_text(f, &s, DESK_1, 1, 10), ERR_OK);
	assert_int_equal(store_forget(&f->store, &gone.c), ERR_OK);
	sweep_all(f);
	for (int what = 0; what < 9; what++) {
		/* Two chunks are in the group, uncommitted. */
		assert_int_equal(file_put(f, &f->drafts[2], FILE_TEXT, 5, 150000, 50000), ERR_OK);
		assert_true(f->drafts[2].uncommitted);
		f->store.trash = true;
		switch (what) {
		case 0:
			store_sweep(&f->store); /* finds nothing */
			break;
		case 1:
			assert_int_equal(store_reply_delete(&f->store, &s.c, 7), ERR_NOT_FOUND);
			break;
		case 2:
			assert_int_equal(submit_text(f, &gone, DESK_1, 1, 100), ERR_NOT_FOUND);
			break;
		case 3:
			assert_int_equal(create_text(f, &s, DESK_1, 1, 100), ERR_EXISTS);
			break;
		case 4:
			assert_int_equal(store_session_drop(&f->store, session), ERR_OK);
			break;
		case 5:
			assert_int_equal(store_message_forget(&f->store, &s.c, 4000, DESK_1), ERR_NOT_FOUND);
			break;
		case 6:
			assert_int_equal(store_collected(&f->store, DESK_1, 0, &at), ERR_OK);
			break;
		case 7:
			assert_int_equal(draft_reserve(&f->store, &f->drafts[0], 1u << 30, UINT64_MAX), ERR_FULL);
			break;
		default:
			draft_drop(&f->store, &f->drafts[1]);
		}
		store_flush(&f->store);
		assert_int_equal(store_submit(&f->store, &s.c, DESK_1, &f->drafts[2]), ERR_OK);
		assert_int_equal(store_file_find(&f->store, &s.c, RECORD_MESSAGE, (uint16_t)(what + 2), FILE_TEXT,
						 DESK_1, &ref, key),
				 ERR_OK);
		assert_int_equal(file_check(f, &ref, key, 5), ERR_OK);
	}
	assert_int_equal(store_collect_next(&f->store, DESK_1, 0, &got), ERR_OK);
	fixture_free(f);
}

static void one_text_and_pairs_are_a_message(void **state)
{
	static const struct {
		const char *kinds;
		bool good;
	} cases[] = {{"", false},     {"t", true},     {"d", false},    {"td", false},  {"tdm", true},   {"tmd", false},
		     {"tt", false},   {"tdmdm", true}, {"tdmd", false}, {"ttm", false}, {"tdd", false},  {"dmt", true},
		     {"dmdmt", true}, {"tdmt", false}, {"dmtdm", true}, {"dtm", true},  {"dmdt", false}, {"dm", false}};
	struct fixture *f = fixture_new(4u << 20, 1, 100);
	struct draft *d = &f->drafts[0];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (const char *k = cases[i].kinds; *k != 0; k++)
			assert_int_equal(file_put(f, d,
						  *k == 't'   ? FILE_TEXT
						  : *k == 'd' ? FILE_DATA
							      : FILE_META,
						  1, 10, 10),
					 ERR_OK);
		assert_int_equal(draft_is_message(d), cases[i].good);
		assert_int_equal(draft_begin(&f->store, d, FILE_TEXT), ERR_OK);
		assert_false(draft_is_message(d));
		draft_drop(&f->store, d);
	}
	for (size_t i = 0; i < ENTRY_FILES; i++)
		assert_int_equal(file_put(f, d,
					  i == 0       ? FILE_TEXT
					  : i % 2 == 1 ? FILE_DATA
						       : FILE_META,
					  1, 10, 10),
				 ERR_OK);
	assert_int_equal(draft_begin(&f->store, d, FILE_DATA), ERR_TOO_BIG);
	draft_drop(&f->store, d);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_with_attachments_comes_back),
	    cmocka_unit_test(a_file_that_is_dropped_leaves_nothing),
	    cmocka_unit_test(failures_of_others_leave_a_draft_alone),
	    cmocka_unit_test(one_text_and_pairs_are_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
