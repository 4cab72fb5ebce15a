/* SPDX-License-Identifier: GPL-3.0-or-later
 * A desk's identities, and what inbox.h says of its conversations: made here, sealed with the same library, read again.
 */
#include "desk_box.h"

#include <fcntl.h>

#include "base/json.h"
#include "base/secret.h"
#include "deskfolder/identity.h"
#include "inbox/inbox.h"
#include "workstation/files.h"

#define C "conversations/"

static struct inbox inbox;
static struct inbox_draft draft;
static struct age_identity source;
static struct identities read_back;
static uint8_t storage[INBOX_TEXT_MAX];

/* ---- the passphrase */

static const char *passphrase;
static unsigned asked;

static enum err give(void *context, struct buf *out)
{
	(void)context;
	asked++;
	buf_str(out, passphrase);
	return ERR_OK;
}

static const struct age_asker asker = {give, NULL};

static void an_identity_under_a_passphrase(void **state)
{
	struct age_identity first;

	(void)state;
	new_folder();
	assert_int_equal(identity_make(&home, AGE_X25519, BYTES_LITERAL("correct horse")), ERR_OK);
	assert_true(identity_is_sealed(&home));
	passphrase = "correct horse";
	asked = 0;
	assert_int_equal(identity_read(&home, asker, &read_back), ERR_OK);
	assert_int_equal(read_back.count, 1);
	first = read_back.list[0];
	/* Rotated: both, the new one first, and one question. */
	assert_int_equal(identity_make(&home, AGE_HYBRID, BYTES_LITERAL("correct horse")), ERR_OK);
	asked = 0;
	assert_int_equal(identity_read(&home, asker, &read_back), ERR_OK);
	assert_int_equal(read_back.count, 2);
	assert_int_equal(asked, 1);
	assert_memory_equal(&read_back.list[1], &first, sizeof first);
	assert_int_equal(read_back.list[0].kind, AGE_HYBRID);
	passphrase = "wrong";
	assert_int_equal(identity_read(&home, asker, &read_back), ERR_AUTH);
	assert_int_equal(read_back.count, 0);
	assert_int_equal(identity_read(&home, (struct age_asker){NULL, NULL}, &read_back), ERR_AUTH);
	remove_folder();
}

static void identities_that_are_none(void **state)
{
	char path[FOLDER_PATH_MAX];

	(void)state;
	new_folder();
	assert_int_equal(identity_read(&home, asker, &read_back), ERR_NOT_FOUND);
	folder_path(path, &home.folder, "identity.txt");
	assert_int_equal(file_replace(path, BYTES_LITERAL("# nothing\n"), 0600), ERR_OK);
	assert_int_equal(identity_read(&home, asker, &read_back), ERR_FORMAT);
	assert_int_equal(file_replace(path, BYTES_LITERAL("AGE-SECRET-KEY-1XYZ\n"), 0600), ERR_OK);
	assert_int_equal(identity_read(&home, asker, &read_back), ERR_FORMAT);
	folder_path(path, &home.folder, "identity.age");
	assert_int_equal(file_replace(path, BYTES_LITERAL("age-encryption.org/v1\n-> X"), 0600), ERR_OK);
	assert_int_equal(identity_read(&home, asker, &read_back), ERR_FORMAT);
	remove_folder();
}

static void rotated_without_end(void **state)
{
	(void)state;
	new_folder();
	for (int i = 0; i < AGE_IDENTITIES_MAX; i++)
		assert_int_equal(identity_make(&home, AGE_X25519, bytes_of(NULL, 0)), ERR_OK);
	assert_int_equal(identity_make(&home, AGE_X25519, bytes_of(NULL, 0)), ERR_FULL);
	assert_int_equal(identity_read(&home, asker, &read_back), ERR_OK);
	assert_int_equal(read_back.count, AGE_IDENTITIES_MAX);
	remove_folder();
}

/* ---- folders */

static void folders_of_other_versions(void **state)
{
	static struct home h;

	(void)state;
	new_folder();
	assert_int_equal(folder_write(&home.folder, "format", BYTES_LITERAL("courier-desk 3")), ERR_OK);
	assert_int_equal(home_open(&h, root), ERR_UNSUPPORTED);
	assert_int_equal(folder_remove(&home.folder, "format"), ERR_OK);
	assert_int_equal(home_open(&h, root), ERR_NOT_FOUND);
	assert_int_equal(folder_write(&home.folder, "for-the-operator.txt", BYTES_LITERAL("x")), ERR_OK);
	assert_int_equal(home_open(&h, root), ERR_UNSUPPORTED);
	assert_int_equal(home_open(&h, ""), ERR_TOO_BIG);
	remove_folder();
}

static void several_boxes(void **state)
{
	static struct home h;
	const struct folder *made;

	(void)state;
	new_folder();
	assert_int_equal(home_make_box(&home, "another", &made), ERR_OK);
	assert_int_equal(home_open(&h, root), ERR_OK);
	assert_int_equal(h.box_count, 2);
	assert_string_equal(h.boxes[0].name, "another");
	assert_ptr_equal(home_box(&h, "box"), &h.boxes[1]);
	assert_null(home_box(&h, "third"));
	for (char name[] = "c"; home.box_count < LIMIT_DESK_BOXES; name[0]++)
		assert_int_equal(home_make_box(&home, name, &made), ERR_OK);
	assert_int_equal(home_make_box(&home, "more", &made), ERR_FULL);
	assert_true(home_is_box_name("a-1") && !home_is_box_name("-a") && !home_is_box_name("") &&
		    !home_is_box_name("A") && !home_is_box_name("a/b") && !home_is_box_name("..") &&
		    !home_is_box_name("123456789012345678901234567890123"));
	remove_folder();
}

/* ---- conversations */

static enum err into_file(void *context, struct bytes piece)
{
	return fd_write_all(*(const int *)context, piece, DEADLINE_NONE);
}

/* A sealed file, as a box would have delivered it on day 20000. */
static void deliver(const char *name, const char *plain)
{
	static struct age_sealer sealer;
	static struct age_recipient self[AGE_RECIPIENTS_MAX];
	const struct timespec times[2] = {{.tv_sec = 20000 * 86400}, {.tv_sec = 20000 * 86400}};
	char path[FOLDER_PATH_MAX];
	size_t count;
	int fd;

	assert_int_equal(home_recipients(&home, self, &count), ERR_OK);
	folder_path(path, &folder, C "%s", name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(age_seal_begin(&sealer, self, count, (struct age_sink){into_file, &fd}), ERR_OK);
	assert_int_equal(age_seal_data(&sealer, bytes_str(plain)), ERR_OK);
	assert_int_equal(age_seal_zeros(&sealer, 100), ERR_OK);
	assert_int_equal(age_seal_end(&sealer), ERR_OK);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void new_inbox(void)
{
	struct age_recipient recipient;
	uint8_t text_storage[AGE_TEXT_MAX];
	struct buf text = buf_over(text_storage, sizeof text_storage);

	new_folder();
	assert_int_equal(identity_make(&home, AGE_X25519, bytes_of(NULL, 0)), ERR_OK);
	age_identity_new(&source, AGE_X25519);
	age_identity_recipient(&source, &recipient);
	age_recipient_text(&text, &recipient);
	assert_int_equal(folder_make(&folder, C C1), ERR_OK);
	assert_int_equal(folder_make(&folder, C C2), ERR_OK);
	assert_int_equal(folder_write(&folder, C C1 "/recipient", buf_view(&text)), ERR_OK);
	deliver(C1 "/0001.age", "Courier-Message: 1\nTopic: Roads\nLength: 5\nAttachments: 1\n\nhello");
	deliver(C1 "/0002.data.age", "contents");
	deliver(C1 "/0002.meta.age", "Name: a\xe2\x80\xae.pdf\nType: text/plain\nLength: 8\n");
	deliver(C2 "/0001.age", "plain");
	assert_int_equal(inbox_open(&inbox, root), ERR_OK);
}

static void end_inbox(void)
{
	inbox_close(&inbox);
	remove_folder();
}

static void lists_and_finds(void **state)
{
	struct inbox_conversation *list, c;
	uint64_t stamp, later;
	size_t count;

	(void)state;
	new_inbox();
	assert_int_equal(inbox_list(&inbox, &list, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_string_equal(list[0].id, C1);
	assert_string_equal(list[0].box, "box");
	assert_true(list[0].messages == 1 && list[0].files == 1 && list[0].last == 2 && list[0].is_new);
	assert_int_equal(list[0].day, 20000);
	free(list);
	assert_int_equal(inbox_find(&inbox, "00", &c), ERR_OK);
	assert_string_equal(c.id, C1);
	assert_int_equal(inbox_find(&inbox, "", &c), ERR_NOT_FOUND);
	assert_int_equal(inbox_find(&inbox, "0x", &c), ERR_NOT_FOUND);
	assert_int_equal(inbox_get(&inbox, "box", C2, &c), ERR_OK);
	assert_int_equal(inbox_get(&inbox, "box", "../token", &c), ERR_NOT_FOUND);
	assert_int_equal(inbox_get(&inbox, "other", C2, &c), ERR_NOT_FOUND);
	assert_int_equal(inbox_stamp(&inbox, &stamp), ERR_OK);
	assert_int_equal(inbox_mark_read(&inbox, &c), ERR_OK);
	assert_int_equal(inbox_get(&inbox, "box", C2, &c), ERR_OK);
	assert_false(c.is_new);
	assert_int_equal(inbox_mark_unread(&inbox, &c), ERR_OK);
	assert_int_equal(inbox_mute(&inbox, &c, true), ERR_OK);
	assert_int_equal(inbox_get(&inbox, "box", C2, &c), ERR_OK);
	assert_true(c.is_new && c.muted && !c.gone);
	assert_int_equal(inbox_mute(&inbox, &c, false), ERR_OK);
	assert_int_equal(inbox_get(&inbox, "box", C2, &c), ERR_OK);
	assert_false(c.muted);
	assert_true(there("outbox/" C2 ".unmute") && !there("outbox/" C2 ".mute"));
	assert_int_equal(inbox_forget(&inbox, &c), ERR_OK);
	assert_int_equal(inbox_get(&inbox, "box", C2, &c), ERR_NOT_FOUND);
	assert_true(there("outbox/" C2 ".forget"));
	assert_int_equal(inbox_stamp(&inbox, &later), ERR_OK);
	assert_true(stamp != later);
	end_inbox();
}

static uint32_t messages_of(const char *id)
{
	struct inbox_conversation *list;
	uint32_t messages = 0;
	size_t count;

	assert_int_equal(inbox_list(&inbox, &list, &count), ERR_OK);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].id, id) == 0)
			messages = list[i].messages;
	free(list);
	return messages;
}

static void the_index_counts_while_nothing_changed(void **state)
{
	const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	static const char *const wrong[] = {"", "x", "courier-index 1\n" C1 " 1000000000000000000 1 7\n",
					    "courier-index 2\n" C1 " 1000000000000000000 1 7 0 0 7 0 0\n",
					    "courier-index 1\n" C1 " -1 1 7 0 0 7 0 0\n"};
	static uint8_t text[4096];
	char path[FOLDER_PATH_MAX], conversation[FOLDER_PATH_MAX];
	size_t n;

	(void)state;
	new_inbox();
	folder_path(path, &folder, "index");
	folder_path(conversation, &folder, C C1);
	/* What changed just now may change again in the same tick of the clock. */
	assert_int_equal(messages_of(C1), 1);
	assert_false(there("index"));
	assert_int_equal(utimensat(AT_FDCWD, conversation, old, 0), 0);
	assert_int_equal(messages_of(C1), 1);
	assert_int_equal(fd_read_file(path, text, sizeof text, &n), ERR_OK);
	text[n] = '\0';
	assert_string_equal((char *)text, "courier-index 1\n" C1 " 1000000000000000000 20000 1 1 0 2 0 0\n");
	/* It is looked at. */
	assert_int_equal(
	    file_replace(path, BYTES_LITERAL("courier-index 1\n" C1 " 1000000000000000000 20000 7 1 0 2 0 0\n"), 0600),
	    ERR_OK);
	assert_int_equal(messages_of(C1), 7);
	/* And not when anything changed. */
	assert_int_equal(folder_write(&folder, C C1 "/read", BYTES_LITERAL("1")), ERR_OK);
	assert_int_equal(messages_of(C1), 1);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(utimensat(AT_FDCWD, conversation, old, 0), 0);
		assert_int_equal(file_replace(path, bytes_str(wrong[i]), 0600), ERR_OK);
		assert_int_equal(messages_of(C1), 1);
	}
	end_inbox();
}

static void reads(void **state)
{
	struct inbox_conversation c;
	struct inbox_entry *list;
	struct inbox_text text;
	struct inbox_file file;
	uint8_t content_storage[100];
	char path[FOLDER_PATH_MAX];
	size_t count, n;

	(void)state;
	new_inbox();
	assert_int_equal(inbox_get(&inbox, "box", C1, &c), ERR_OK);
	assert_int_equal(inbox_entries(&inbox, &c, &list, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_true(list[0].kind == INBOX_MESSAGE && list[1].kind == INBOX_FILE && !list[1].bare);
	assert_int_not_equal(inbox_text(&inbox, &c, &list[0], storage, &text), ERR_OK);
	assert_int_equal(inbox_unlock(&inbox, asker), ERR_OK);
	assert_int_equal(inbox_text(&inbox, &c, &list[0], storage, &text), ERR_OK);
	assert_true(bytes_eq_str(text.topic, "Roads") && bytes_eq_str(text.text, "hello") && text.files == 1);
	assert_int_equal(inbox_file(&inbox, &c, &list[1], &file), ERR_OK);
	assert_int_equal(file.length, 8);
	assert_string_equal(file.safe_name, "a_.pdf");
	assert_int_equal(inbox_file_save(&inbox, &c, &list[1], &file, path), ERR_OK);
	assert_int_equal(fd_read_file(path, content_storage, sizeof content_storage, &n), ERR_OK);
	assert_true(bytes_eq_str(bytes_of(content_storage, n), "contents"));
	/* It says more than there is. */
	file.length = 1000;
	assert_int_equal(inbox_file_save(&inbox, &c, &list[1], &file, path), ERR_FORMAT);
	assert_non_null(inbox_fault(&inbox));
	free(list);
	end_inbox();
}

/* A source that deletes its conversation again and again and begins it anew, or a box that lies: no limit of the box's
 * holds for what a desk has gathered of one conversation. The others must stay in sight. */
static void one_without_end_hides_no_other(void **state)
{
	struct inbox_conversation *list, c;
	struct inbox_entry *entries;
	char path[FOLDER_PATH_MAX];
	size_t count;

	(void)state;
	new_inbox();
	for (unsigned i = 3; i <= 64 * 1024 + 3; i++) {
		folder_path(path, &folder, C C1 "/%04u.age", i);
		assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
	}
	assert_int_equal(inbox_list(&inbox, &list, &count), ERR_OK);
	assert_int_equal(count, 2);
	free(list);
	assert_int_equal(inbox_get(&inbox, "box", C1, &c), ERR_OK);
	assert_true(c.is_new && c.last == 64 * 1024 + 3);
	assert_int_equal(inbox_entries(&inbox, &c, &entries, &count), ERR_TOO_BIG);
	assert_int_equal(inbox_mark_read(&inbox, &c), ERR_OK);
	assert_int_equal(inbox_forget(&inbox, &c), ERR_OK);
	assert_int_equal(inbox_get(&inbox, "box", C1, &c), ERR_NOT_FOUND);
	end_inbox();
}

static enum err count_names(void *context, const char *name)
{
	(void)name;
	++*(unsigned *)context;
	return ERR_OK;
}

static unsigned names_in(const char *folder_name)
{
	unsigned count = 0;

	assert_int_equal(folder_each(&folder, folder_name, count_names, &count), ERR_OK);
	return count;
}

static void answers_with_files(void **state)
{
	struct inbox_conversation c;
	struct inbox_entry *list;
	struct inbox_text text;
	struct inbox_file file;
	size_t count;

	(void)state;
	new_inbox();
	assert_int_equal(inbox_unlock(&inbox, asker), ERR_OK);
	assert_int_equal(inbox_get(&inbox, "box", C1, &c), ERR_OK);
	assert_int_equal(inbox_draft_begin(&draft, &inbox, &c), ERR_OK);
	assert_int_equal(inbox_draft_file(&draft, BYTES_LITERAL("b\n.txt"), bytes_of(NULL, 0)), ERR_OK);
	assert_int_equal(inbox_draft_data(&draft, BYTES_LITERAL("more ")), ERR_OK);
	assert_int_equal(inbox_draft_data(&draft, BYTES_LITERAL("contents")), ERR_OK);
	assert_int_equal(names_in("outbox"), 1); /* and nobody looks at it */
	assert_int_equal(inbox_draft_send(&draft, BYTES_LITERAL("thanks")), ERR_OK);
	inbox_draft_drop(&draft);
	assert_int_equal(inbox_get(&inbox, "box", C1, &c), ERR_OK);
	assert_true(c.replies == 1 && c.waiting == 1);
	assert_int_equal(inbox_entries(&inbox, &c, &list, &count), ERR_OK);
	assert_int_equal(count, 4);
	assert_true(list[2].kind == INBOX_REPLY && list[2].sent == INBOX_WAITS && list[2].after == 2 &&
		    list[2].number == 1);
	assert_true(list[3].kind == INBOX_REPLY_FILE && list[3].number == 1);
	assert_int_equal(inbox_text(&inbox, &c, &list[2], storage, &text), ERR_OK);
	assert_true(bytes_eq_str(text.text, "thanks"));
	assert_int_equal(inbox_file(&inbox, &c, &list[3], &file), ERR_OK);
	assert_int_equal(file.length, 13);
	assert_true(bytes_eq_str(bytes_of(file.name, file.name_len), "b\xef\xbf\xbd.txt"));
	free(list);
	/* One that is given up leaves nothing. */
	count = names_in(C C1 "/replies");
	assert_int_equal(inbox_draft_begin(&draft, &inbox, &c), ERR_OK);
	assert_int_equal(inbox_draft_file(&draft, BYTES_LITERAL("x"), bytes_of(NULL, 0)), ERR_OK);
	assert_int_equal(inbox_draft_file(&draft, BYTES_LITERAL("y"), bytes_of(NULL, 0)), ERR_OK);
	inbox_draft_drop(&draft);
	inbox_draft_drop(&draft);
	assert_int_equal(names_in(C C1 "/replies"), count);
	assert_int_equal(names_in("outbox"), 1);
	end_inbox();
}

static void answers_that_are_refused(void **state)
{
	static uint8_t big[1 << 20], long_text[LIMIT_TEXT + 1];
	struct inbox_conversation c;
	enum err e = ERR_OK;

	(void)state;
	new_inbox();
	assert_int_equal(inbox_get(&inbox, "box", C2, &c), ERR_OK);
	assert_int_equal(inbox_draft_begin(&draft, &inbox, &c), ERR_NOT_FOUND); /* no recipient */
	inbox_draft_drop(&draft);
	assert_int_equal(inbox_get(&inbox, "box", C1, &c), ERR_OK);
	assert_int_equal(inbox_draft_begin(&draft, &inbox, &c), ERR_OK);
	memset(long_text, 'a', sizeof long_text);
	assert_int_equal(inbox_draft_send(&draft, BYTES_ARRAY(long_text)), ERR_TOO_BIG);
	assert_int_equal(inbox_draft_send(&draft, BYTES_LITERAL(" \n")), ERR_FORMAT);
	assert_int_equal(inbox_draft_send(&draft, BYTES_LITERAL("a\0b")), ERR_FORMAT);
	assert_int_equal(inbox_draft_send(&draft, BYTES_LITERAL("\xff")), ERR_FORMAT);
	for (int i = 0; i < LIMIT_FILES; i++)
		assert_int_equal(inbox_draft_file(&draft, BYTES_LITERAL("x"), bytes_of(NULL, 0)), ERR_OK);
	assert_int_equal(inbox_draft_file(&draft, BYTES_LITERAL("x"), bytes_of(NULL, 0)), ERR_FULL);
	inbox_draft_drop(&draft);
	assert_int_equal(inbox_draft_begin(&draft, &inbox, &c), ERR_OK);
	assert_int_equal(inbox_draft_file(&draft, BYTES_LITERAL("x"), bytes_of(NULL, 0)), ERR_OK);
	for (int i = 0; i < 65 && e == ERR_OK; i++)
		e = inbox_draft_data(&draft, BYTES_ARRAY(big));
	assert_int_equal(e, ERR_TOO_BIG);
	inbox_draft_drop(&draft);
	assert_int_equal(names_in("outbox"), 0);
	assert_int_equal(names_in(C C1 "/replies"), 0);
	end_inbox();
}

static void texts_become_clean(void **state)
{
	static const char *const pairs[][2] = {
	    {"plain", "plain"},
	    {"a\\b", "a\\b"},
	    {"a\r\nb\tc", "a\nb\tc"},
	    {"a\xff\x1b[2J", "a\xef\xbf\xbd\xef\xbf\xbd[2J"},
	    {"\xe2\x80\xaegpj", "\xef\xbf\xbdgpj"},
	    {"\xd0\x9f", "\xd0\x9f"},
	};
	uint8_t out_storage[100];

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct buf out = buf_over(out_storage, sizeof out_storage);
		inbox_clean(&out, bytes_str(pairs[i][0]), true);
		assert_true(bytes_eq_str(buf_view(&out), pairs[i][1]));
	}
}

/* ---- JSON */

static void json_sound_or_not(void **state)
{
	static const char *const sound[] = {"{}",
					    "[]",
					    " [1, -2.5e+3 ,\"a\\u00e9\\n\", null,true,false] ",
					    "{\"a\":{\"b\":[{}]},\"c\":0}",
					    "\"\xd0\x9f\"",
					    "[[[[[[[[1]]]]]]]]"};
	static const char *const wrong[] = {"",
					    " ",
					    "{",
					    "}",
					    "[1,]",
					    "[,1]",
					    "{\"a\"}",
					    "{\"a\":}",
					    "{a:1}",
					    "01",
					    "1.",
					    "-",
					    "+1",
					    "1e",
					    "\"",
					    "\"\\x\"",
					    "\"\\u12g4\"",
					    "\"\x1b[2J\"",
					    "\"\xe2\x80\xae\"",
					    "\"\xff\"",
					    "tru",
					    "[1] 2",
					    "nulll",
					    "[[[[[[[[[[1]]]]]]]]]]"};

	(void)state;
	for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++)
		assert_true(json_is_sound(bytes_str(sound[i])));
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (json_is_sound(bytes_str(wrong[i])))
			fail_msg("taken for JSON: %s", wrong[i]);
}

static void json_taken_apart(void **state)
{
	struct bytes object = BYTES_LITERAL(" { \"a\" : [ 1 , {\"x\":\"}\"} , [2] ] , \"b\" : \"t\" } ");
	struct bytes value, element, text;
	unsigned count = 0;

	(void)state;
	assert_true(json_is_sound(object));
	assert_true(json_member(object, "b", &value) && json_string(value, &text) && bytes_eq_str(text, "t"));
	assert_false(json_member(object, "c", &value));
	assert_false(json_member(BYTES_LITERAL("[]"), "c", &value) || json_member(BYTES_LITERAL("{}"), "c", &value));
	assert_true(json_member(object, "a", &value));
	while (json_element(&value, &element))
		count++;
	assert_int_equal(count, 3);
	value = BYTES_LITERAL("[]");
	assert_false(json_element(&value, &element));
	assert_false(json_string(BYTES_LITERAL("12"), &text));
}

static void json_strings_written(void **state)
{
	static const char *const pairs[][2] = {
	    {"a\"\\b", "\"a\\\"\\\\b\""}, {"\n\x1b", "\"\\u000a\\u001b\""},
	    {"\xff", "\"\\ufffd\""},      {"\xf3\xa0\x80\x81", "\"\\udb40\\udc01\""},
	    {"\xd0\x9f", "\"\xd0\x9f\""},
	};
	uint8_t out_storage[100];

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct buf out = buf_over(out_storage, sizeof out_storage);
		json_put_string(&out, bytes_str(pairs[i][0]));
		buf_byte(&out, 0);
		assert_string_equal((const char *)out.p, pairs[i][1]);
		assert_true(json_is_sound(bytes_of(out.p, out.len - 1)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_identity_under_a_passphrase),
	    cmocka_unit_test(identities_that_are_none),
	    cmocka_unit_test(rotated_without_end),
	    cmocka_unit_test(folders_of_other_versions),
	    cmocka_unit_test(several_boxes),
	    cmocka_unit_test(lists_and_finds),
	    cmocka_unit_test(the_index_counts_while_nothing_changed),
	    cmocka_unit_test(reads),
	    cmocka_unit_test(one_without_end_hides_no_other),
	    cmocka_unit_test(answers_with_files),
	    cmocka_unit_test(answers_that_are_refused),
	    cmocka_unit_test(texts_become_clean),
	    cmocka_unit_test(json_sound_or_not),
	    cmocka_unit_test(json_taken_apart),
	    cmocka_unit_test(json_strings_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
