/* SPDX-License-Identifier: GPL-3.0-or-later
 * Coming back and leaving: codenames that are mistyped, that open nothing here, or that open something again. */
#include "test.h"

#include <string.h>

#include "visit_stage.h"

static char codename[256];

static void test_wrong_codenames(void **state)
{
	(void)state;
	post("/return", "codename=");
	assert_int_equal(status, 403);
	assert_true(shows("Counted in what you typed: 0."));
	post("/return", "codename=abandon+%3Cb%3Exyzzyq+about");
	assert_int_equal(status, 403);
	assert_true(shows("One word of the") && shows("&lt;b&gt;xyzzyq") && !shows("<b>xyzzyq"));
	post("/return", "codename=abandon+ability");
	assert_int_equal(status, 403);
	assert_true(shows("Counted in what you typed: 2."));
	post("/return", "codename=12345");
	assert_int_equal(status, 403);
	post("/return", "nothing=else");
	assert_int_equal(status, 403);
	post("/return", "codename=%");
	assert_int_equal(status, 400);
	assert_null(strstr(response, "Set-Cookie"));
}

/* "busy": no turn is nothing done, and the same form works later. */
static void test_no_turn(void **state)
{
	char post_form[512];
	char typed[sizeof codename + 16];

	(void)state;
	write_message("hello");
	assert_int_equal(keeper.turns, 1);
	snprintf(codename, sizeof codename, "%s", text_of("codename-digits"));
	form_with(post_form, sizeof post_form, "codename", codename);
	keeper.refuse_turn = ERR_BUSY;
	keeper.talk_count = 0;
	post("/return", post_form);
	assert_int_equal(status, 503);
	assert_true(shows("Many people are here") && cookie[0] == 0);
	/* What was typed is still there. */
	snprintf(typed, sizeof typed, "\n%s</textarea>", codename);
	assert_true(shows(typed));
	assert_int_equal(keeper.talk_count, 2);
	assert_true(keeper.talk[0].type == MESSAGE_TURN && keeper.talk[1].type == MESSAGE_REFUSED);
	/* A codename that can't be one takes no turn. */
	post("/return", "codename=abandon");
	assert_int_equal(status, 403);
	assert_int_equal(keeper.turns, 2);
	write_message("a second conversation");
	assert_int_equal(status, 503);
	assert_true(closing && !keeper.conversations[1].used);
	disconnect();
	connect_new();
	keeper.refuse_turn = ERR_OK;
	post("/return", post_form);
	assert_int_equal(status, 303);
}

struct exchange {
	struct fake_said talk[FAKE_TALK];
	size_t count;
	size_t response_len;
};

static void sign_in_with(const char *post_form, unsigned want, struct exchange *x)
{
	keeper.talk_count = 0;
	post("/return", post_form);
	assert_int_equal(status, want);
	memcpy(x->talk, keeper.talk, sizeof x->talk);
	x->count = keeper.talk_count;
	x->response_len = response_len;
	disconnect();
	cookie[0] = 0;
	connect_new();
}

/* Whether there is such a conversation shows in nothing but the answer: the same turn, derivation and question. */
static void test_unknown_looks_alike(void **state)
{
	struct exchange known, wrong_proof, unknown;
	char post_form[512];

	(void)state;
	write_message("hello");
	form_with(post_form, sizeof post_form, "codename", text_of("codename-digits"));
	disconnect();
	connect_new();
	sign_in_with(post_form, 303, &known);
	keeper.conversations[0].proof_hash[0] ^= 1;
	sign_in_with(post_form, 303, &wrong_proof);
	keeper.conversations[0].used = false;
	sign_in_with(post_form, 303, &unknown);
	assert_int_equal(unknown.count, 6); /* TURN, OK, AUTH, REFUSED, SESSION_PUT, OK */
	assert_int_equal(wrong_proof.count, 6);
	assert_memory_equal(unknown.talk, wrong_proof.talk, 6 * sizeof unknown.talk[0]);
	assert_memory_equal(unknown.talk, known.talk, 3 * sizeof unknown.talk[0]);
	assert_int_equal(unknown.response_len, page_buckets[0]);
	assert_int_equal(wrong_proof.response_len, unknown.response_len);
	assert_int_equal(known.response_len, unknown.response_len);
}

/* The box was restarted: the codename opens nothing, and its source may write under it at once. */
static void test_under_the_same_codename(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];
	struct fake_conversation before;
	char post_form[512];

	(void)state;
	write_message("before");
	before = *c;
	form_with(post_form, sizeof post_form, "codename", text_of("codename-digits"));
	c->used = false;
	post("/return", post_form);
	assert_int_equal(status, 303);
	get("/conversation");
	assert_int_equal(status, 403);
	assert_int_equal(response_len, page_buckets[0]);
	post("/conversation/delete", "csrf=x");
	assert_int_equal(status, 403);
	get("/conversation/write");
	assert_int_equal(status, 200);
	snprintf(csrf, sizeof csrf, "%s", between("name=\"csrf\" value=\"", "\""));
	for (size_t i = 0; i < 2; i++) {
		form_start();
		form_field("csrf", csrf);
		form_field("message", "after");
		form_send("/conversation/write");
		assert_int_equal(status, 200);
		assert_true(c->used);
		assert_int_equal(c->message_count, i + 1);
	}
	assert_memory_equal(c->id, before.id, sizeof before.id);
	assert_memory_equal(c->proof_hash, before.proof_hash, sizeof before.proof_hash);
	assert_string_equal(c->recipient, before.recipient);
	get("/conversation");
	assert_int_equal(status, 200);
	assert_int_not_equal(c->word, 0);
	/* A session of before the restart ends like any that is over. */
	snprintf(post_form, sizeof post_form, "csrf=%s", csrf);
	post("/leave", post_form);
	assert_int_equal(status, 200);
}

/* A desk has given it back, and lied about the word of the last visit: its source gets in all the same. */
static void test_a_word_that_is_none(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];
	char post_form[512];

	(void)state;
	write_message("before");
	form_with(post_form, sizeof post_form, "codename", text_of("codename-digits"));
	c->word = UINT16_MAX;
	post("/return", post_form);
	assert_int_equal(status, 303);
	get("/conversation");
	assert_int_equal(status, 200);
}

/* A desk restores it, or another window writes, while the form is open. */
static void test_there_again(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];
	char post_form[512];

	(void)state;
	write_message("before");
	form_with(post_form, sizeof post_form, "codename", text_of("codename-digits"));
	c->used = false;
	post("/return", post_form);
	get("/conversation/write");
	snprintf(csrf, sizeof csrf, "%s", between("name=\"csrf\" value=\"", "\""));
	c->used = true;
	form_start();
	form_field("csrf", csrf);
	form_field("message", "after");
	form_send("/conversation/write");
	assert_int_equal(status, 200);
	assert_int_equal(c->message_count, 2);
	/* The same when it comes back after the form was read. */
	c->used = false;
	keeper.restore_at_create = true;
	form_start();
	form_field("csrf", csrf);
	form_field("message", "once more");
	form_send("/conversation/write");
	assert_int_equal(status, 200);
	assert_int_equal(c->message_count, 3);
	assert_false(keeper.conversations[1].used);
}

static void test_leave(void **state)
{
	char post_form[128];

	(void)state;
	sign_in();
	snprintf(post_form, sizeof post_form, "csrf=%s", csrf);
	char kept[64];
	snprintf(kept, sizeof kept, "%s", cookie);
	post("/leave", post_form);
	assert_int_equal(status, 200);
	assert_true(cookie[0] == 0 && !keeper.sessions[0].used);
	assert_non_null(strstr(response, "\r\nClear-Site-Data: \"cookies\", \"storage\"\r\n"));
	/* The old cookie opens nothing. Leaving again is no fault. */
	snprintf(cookie, sizeof cookie, "%s", kept);
	get("/conversation");
	assert_int_equal(status, 403);
	post("/leave", post_form);
	assert_int_equal(status, 200);
	form_start();
	form_field("csrf", csrf);
	form_field("message", "x");
	form_send("/conversation/write");
	assert_int_equal(status, 403);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_wrong_codenames, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_no_turn, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_unknown_looks_alike, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_under_the_same_codename, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_under_the_same_codename, set_up_hybrid, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_word_that_is_none, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_there_again, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_leave, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
