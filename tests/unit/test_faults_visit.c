/* SPDX-License-Identifier: GPL-3.0-or-later
 * One source's connection while each of visit's calls fails, one at a time (role_faults.h): the first page, a message
 * with an attachment, the codename, the way back by it, a reply, another message. No page says that something was kept
 * which the keeper hasn't, whole, and sealed so that the desk opens it. */
#include "role_faults.h"

#include "visit/visit.h"
#include "visit_stage.h"

static const uint8_t attached[70000] = {'a', 't'};

/* What the source was told. */
static struct {
	bool page, confirmed, back, read, again;
} told;

static int keeper_end;

static void prepare_visit(void)
{
	struct buf b;

	if (part_fields.n == 0)
		set_the_scene(AGE_HYBRID);
	for (size_t i = 0; i < FAKE_CONVERSATIONS; i++)
		for (size_t j = 0; j < FAKE_MESSAGES; j++) {
			for (size_t f = 0; f < FAKE_FILES; f++)
				free(keeper.conversations[i].messages[j].files[f].p);
			free(keeper.conversations[i].replies[j].p);
			free(keeper.conversations[i].metas[j].p);
		}
	memset(&keeper, 0, sizeof keeper);
	keeper.die_at = MESSAGE_COUNT;
	memset(&told, 0, sizeof told);
	cookie[0] = 0;
	may_break = true;
	keeper_end = stage_channel(ROLE_FD_KEEPER);
	b = (struct buf){.p = part, .len = part_fields.n + 2};
	stage_part(&b);
}

static bool ask_page(const char *path)
{
	get(path);
	return status == 200;
}

static void reply_waits(void)
{
	put_reply(&keeper.conversations[0], "thank you", 100);
	put_attachment(&keeper.conversations[0], "Name: map\nType: x\nLength: 5\n", BYTES_LITERAL("a map"), 4091);
}

static void be_a_source(void)
{
	char post_form[512];

	told.page = ask_page("/");
	if (!told.page || !ask_page("/write"))
		return;
	form_start();
	form_field("topic", "Work");
	form_field("message", "hello");
	form_file("map.pdf", "application/pdf", BYTES_ARRAY(attached));
	form_send("/write");
	told.confirmed = status == 200 && shows("id=\"codename-digits\"");
	if (!told.confirmed)
		return;
	form_with(post_form, sizeof post_form, "codename", text_of("codename-digits"));
	reply_waits();
	post("/return", post_form);
	told.back = status == 303;
	if (!told.back || !ask_page("/conversation") || !shows("name=\"csrf\""))
		return;
	snprintf(csrf, sizeof csrf, "%s", between("name=\"csrf\" value=\"", "\""));
	told.read = shows("thank you</pre>");
	form_start();
	form_field("csrf", csrf);
	form_field("message", "and another");
	form_send("/conversation/write");
	told.again = status == 200 && shows("Your message has arrived");
}

static void play_visit(void)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	wire = pair[1];
	message_put_CONNECTION(&b, NULL);
	stage_send(stage.up, &b, &pair[0], 1);
	close(pair[0]);
	fake_start(&keeper, keeper_end);
	be_a_source();
	close(wire);
	wire = -1;
	pthread_join(keeper.thread, NULL);
}

static void is_kept(const struct fake_message *m, const char *text, size_t files)
{
	assert_int_equal(m->count, files);
	assert_int_equal(m->files[files - 1].kind, FILE_TEXT);
	assert_true(is_for(&m->files[files - 1], &other_desk));
	assert_non_null(memmem(opened, opened_len, text, strlen(text)));
}

static void check_visit(const char *fault, bool well)
{
	const struct fake_conversation *c = &keeper.conversations[0];

	(void)well; /* the source sees what became of it */
	if (fault == NULL)
		assert_true(told.page && told.confirmed && told.back && told.read && told.again);
	if (!told.confirmed)
		return;
	assert_in_range(c->message_count, told.again ? 2 : 1, 2);
	is_kept(&c->messages[0], "hello", 3);
	assert_true(is_for(&c->messages[0].files[c->messages[0].files[0].kind == FILE_DATA ? 0 : 1], &other_desk));
	assert_true(opened_len >= sizeof attached && memcmp(opened, attached, sizeof attached) == 0);
	if (c->message_count > 1)
		is_kept(&c->messages[1], "and another", 1);
}

static void a_source_is_told_the_truth(void **state)
{
	(void)state;
	try(&(struct trial){"visit", visit_main, prepare_visit, play_visit, check_visit});
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_source_is_told_the_truth),
	};

	return role_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
}
