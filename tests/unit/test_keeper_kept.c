/* SPDX-License-Identifier: GPL-3.0-or-later
 * Drafts that outlive their channel. */
#include "keeper_process.h"

#include "store/kept.h"

static const uint8_t name_a[32] = {'a'};
static const uint8_t name_b[32] = {'b'};

static enum err draft_open(int fd, const uint8_t name[static 32])
{
	return send_named(fd, MESSAGE_DRAFT_OPEN, name);
}

static enum err note(int fd, const char *text)
{
	SEND(fd, DRAFT_NOTE, .note = bytes_str(text));
	return result(fd);
}

static void check_draft(int fd, int attachments, const char *text)
{
	struct message_DRAFT_IS m;
	struct incoming in;

	SEND(fd, DRAFT_GET);
	assert_int_equal(answer(fd, &in), MESSAGE_DRAFT_IS);
	assert_int_equal(message_get_DRAFT_IS(in.fields, &m), ERR_OK);
	assert_int_equal(m.attachments, attachments);
	assert_true(bytes_eq_str(m.note, text));
}

static void put_file(int fd, enum file_kind kind, uint32_t seed, uint64_t n)
{
	send_file(fd, kind, seed, n, LIMIT_CHUNK_SEALED);
	assert_int_equal(result(fd), ERR_OK);
}

/* On a circuit of its own, as soon as the keeper has seen the last one's end. */
static int open_with(struct keeper_process *kp, const uint8_t name[static 32])
{
	int fd = open_peer(kp, ROLE_VISIT);
	enum err e;

	while ((e = draft_open(fd, name)) == ERR_BUSY)
		usleep(1000);
	assert_int_equal(e, ERR_OK);
	return fd;
}

static void check_names(struct keeper_process *kp, size_t drafts, size_t chunks)
{
	keeper_stop(kp);
	assert_int_equal(fixture_open(kp->f), ERR_OK);
	sweep_all(kp->f);
	assert_int_equal(count_names(kp->f, 'd'), drafts);
	assert_int_equal(count_names(kp->f, 't'), 0);
	assert_int_equal(count_chunks(kp->f), chunks);
	fixture_close(kp->f);
	start(kp);
}

static void attachments_wait_for_the_next_channel(void **state)
{
	struct keeper_process kp = keeper_new();
	struct source s = source_new();
	struct message_COLLECT_ENTRY found;
	int collect = open_peer(&kp, ROLE_COLLECT);
	int fd = open_with(&kp, name_a);

	(void)state;
	check_draft(fd, 0, "");
	put_file(fd, FILE_DATA, 2, 200000);
	put_file(fd, FILE_META, 3, 1200);
	assert_int_equal(note(fd, "one"), ERR_OK);
	assert_int_equal(note(fd, "one, again"), ERR_OK);
	close(fd);
	fd = open_with(&kp, name_a);
	check_draft(fd, 1, "one, again");
	/* Exactly a chunk, and nothing at all. */
	put_file(fd, FILE_DATA, 4, CHUNK_PLAIN);
	put_file(fd, FILE_META, 5, 0);
	close(fd);
	fd = open_with(&kp, name_a);
	check_draft(fd, 2, "one, again");
	put_file(fd, FILE_TEXT, 1, 5000);
	assert_int_equal(send_create(fd, &s), ERR_OK);
	check_draft(fd, 0, "");
	assert_int_equal(note(fd, "of none"), ERR_STATE);
	assert_int_equal(draft_open(fd, name_a), ERR_OK);
	check_draft(fd, 0, "");
	assert_int_equal(send_desk_auth(collect, kp.f), ERR_OK);
	assert_true(collect_next(collect, 0, &found));
	assert_int_equal(found.files.n, 5 * 11);
	check_message(collect, s.id, 1, FILE_TEXT, 1, 5000);
	check_message(collect, s.id, 2, FILE_DATA, 2, 200000);
	check_message(collect, s.id, 2, FILE_META, 3, 1200);
	check_message(collect, s.id, 3, FILE_DATA, 4, CHUNK_PLAIN);
	check_message(collect, s.id, 3, FILE_META, 5, 0);
	close(fd);
	close(collect);
	check_names(&kp, 0, 7);
	keeper_free(&kp);
}

static void what_is_cut_off_vanishes(void **state)
{
	static const uint8_t part[60000];
	struct keeper_process kp = keeper_new();
	struct source s = source_new();
	int fd = open_with(&kp, name_a);

	(void)state;
	put_file(fd, FILE_DATA, 2, 100000);
	put_file(fd, FILE_META, 3, 100);
	/* A data whose meta never comes, a text, a file without an end. */
	put_file(fd, FILE_DATA, 4, 100000);
	put_file(fd, FILE_TEXT, 1, 100000);
	SEND(fd, FILE_BEGIN, .kind = FILE_DATA);
	SEND(fd, FILE_DATA, .data = BYTES_ARRAY(part));
	close(fd);
	fd = open_with(&kp, name_a);
	check_draft(fd, 1, "");
	check_names(&kp, 2, 3);
	close(fd);
	/* On one channel: the last text counts, and no data without a meta. */
	fd = open_with(&kp, name_a);
	check_draft(fd, 1, "");
	put_file(fd, FILE_TEXT, 1, 100000);
	put_file(fd, FILE_DATA, 4, 100000);
	put_file(fd, FILE_DATA, 6, 70000);
	send_file(fd, FILE_META, 7, 70, 70);
	assert_int_equal(result(fd), ERR_OK);
	SEND(fd, FILE_BEGIN, .kind = FILE_DATA);
	SEND(fd, FILE_END, .keep = 0);
	assert_int_equal(result(fd), ERR_OK);
	put_file(fd, FILE_TEXT, 8, 3000);
	check_draft(fd, 2, "");
	assert_int_equal(send_create(fd, &s), ERR_OK);
	close(fd);
	check_names(&kp, 0, 7);
	keeper_free(&kp);
}

static void a_name_has_one_channel_and_a_circuit_few_names(void **state)
{
	struct keeper_process kp = keeper_new();
	int fd = open_with(&kp, name_a);
	int other = open_peer(&kp, ROLE_VISIT);
	int flood[LIMIT_CIRCUIT_DRAFTS + 1];

	(void)state;
	assert_int_equal(draft_open(fd, name_a), ERR_OK);
	assert_int_equal(draft_open(other, name_a), ERR_BUSY);
	assert_int_equal(draft_open(other, name_b), ERR_OK);
	/* The first one is left for the second: with nothing in it, it ends. */
	assert_int_equal(draft_open(fd, (const uint8_t[32]){'c'}), ERR_OK);
	assert_int_equal(draft_open(other, name_a), ERR_OK);
	close(other);
	other = open_peer(&kp, ROLE_VISIT);
	put_file(other, FILE_DATA, 1, 10);
	assert_int_equal(draft_open(other, name_b), ERR_STATE);
	close(other);
	for (int i = 0; i <= LIMIT_CIRCUIT_DRAFTS; i++) {
		uint8_t name[32] = {'f', (uint8_t)i};
		flood[i] = peer_on(&kp, ROLE_VISIT, 5);
		assert_int_equal(draft_open(flood[i], name), i < LIMIT_CIRCUIT_DRAFTS ? ERR_OK : ERR_FULL);
		if (i < LIMIT_CIRCUIT_DRAFTS)
			assert_int_equal(note(flood[i], "kept"), ERR_OK);
	}
	/* Also when their channels are gone; but on another circuit they are that one's. */
	for (int i = 0; i <= LIMIT_CIRCUIT_DRAFTS; i++)
		close(flood[i]);
	other = peer_on(&kp, ROLE_VISIT, 5);
	assert_int_equal(draft_open(other, name_b), ERR_FULL);
	close(fd);
	fd = open_with(&kp, (const uint8_t[32]){'f', 0});
	check_draft(fd, 0, "kept");
	assert_int_equal(draft_open(other, name_b), ERR_OK);
	close(fd);
	close(other);
	keeper_free(&kp);
}

static void a_dropped_draft_leaves_nothing(void **state)
{
	struct keeper_process kp = keeper_new();
	int fd = open_with(&kp, name_a);

	(void)state;
	put_file(fd, FILE_DATA, 2, 300000);
	put_file(fd, FILE_META, 3, 100);
	put_file(fd, FILE_DATA, 2, 300000);
	assert_int_equal(note(fd, "all"), ERR_OK);
	SEND(fd, DRAFT_DROP);
	assert_int_equal(result(fd), ERR_OK);
	check_draft(fd, 0, "");
	close(fd);
	check_names(&kp, 0, 0);
	keeper_free(&kp);
}

static void a_draft_expires(void **state)
{
	struct fixture *f = fixture_new(16u << 20, 1, 100);
	struct draft *d = &f->drafts[0];
	struct vault_draft *k;

	(void)state;
	assert_int_equal(kept_open(&f->store, d, name_a, 1000), ERR_OK);
	k = d->kept;
	assert_int_equal(file_put(f, d, FILE_DATA, 1, 200000, 9999), ERR_OK);
	assert_int_equal(file_put(f, d, FILE_META, 1, 10, 10), ERR_OK);
	/* With a channel, never. */
	kept_sweep(&f->store, 1000 + 2 * (uint64_t)LIMIT_DRAFT_MS);
	assert_int_equal(k->state, VAULT_DRAFT_USED);
	draft_leave(&f->store, d, 2000);
	assert_null(d->kept);
	kept_sweep(&f->store, 2000 + LIMIT_DRAFT_MS - 1);
	assert_int_equal(k->state, VAULT_DRAFT_USED);
	kept_sweep(&f->store, 2000 + LIMIT_DRAFT_MS);
	assert_int_equal(k->state, VAULT_DRAFT_FREE);
	for (size_t i = 0; i < sizeof *k; i++)
		assert_int_equal(((const uint8_t *)k)[i], 0);
	sweep_all(f);
	assert_int_equal(count_names(f, 'd') + count_names(f, 't') + count_chunks(f), 0);
	fixture_free(f);
}

/* A killed keeper's successor has each draft as it was acknowledged. */
static void drafts_outlive_the_keeper(void **state)
{
	static const uint8_t part[60000];
	struct keeper_process kp = keeper_new();
	struct source s = source_new();
	int attachments = 0;
	char text[16] = "";
	int fd;

	(void)state;
	for (int step = 0; step < 12; step++) {
		fd = open_with(&kp, name_a);
		check_draft(fd, attachments, text);
		switch (step % 4) {
		case 0:
			put_file(fd, FILE_DATA, 2, 100000);
			put_file(fd, FILE_META, 3, 100);
			attachments++;
			break;
		case 1:
			snprintf(text, sizeof text, "note %d", step);
			assert_int_equal(note(fd, text), ERR_OK);
			break;
		case 2:
			put_file(fd, FILE_DATA, 2, 100000);
			break;
		case 3:
			put_file(fd, FILE_TEXT, 2, 100000);
			SEND(fd, FILE_BEGIN, .kind = FILE_DATA);
			SEND(fd, FILE_DATA, .data = BYTES_ARRAY(part));
			break;
		}
		kill_hard(&kp);
		close(fd);
		start(&kp);
	}
	check_names(&kp, 7, 3 * 3 + 1);
	fd = open_with(&kp, name_a);
	check_draft(fd, attachments, text);
	put_file(fd, FILE_TEXT, 1, 100);
	assert_int_equal(send_create(fd, &s), ERR_OK);
	kill_hard(&kp);
	close(fd);
	start(&kp);
	fd = open_with(&kp, name_a);
	check_draft(fd, 0, "");
	close(fd);
	check_names(&kp, 0, 3 * 3 + 1);
	keeper_free(&kp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(attachments_wait_for_the_next_channel),
	    cmocka_unit_test(what_is_cut_off_vanishes),
	    cmocka_unit_test(a_name_has_one_channel_and_a_circuit_few_names),
	    cmocka_unit_test(a_dropped_draft_leaves_nothing),
	    cmocka_unit_test(a_draft_expires),
	    cmocka_unit_test(drafts_outlive_the_keeper),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
