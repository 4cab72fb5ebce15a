/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk status */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "desk/session.h"
#include "deskfolder/identity.h"

static const char usage[] =
    "usage: courier desk status DIR [--json] [--offline] [--box NAME] [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "How the desk is, and each of its boxes: what is here, and what the box says of itself.\n"
    "\n"
    "  --json       for programs; docs/DESK.md has the members\n"
    "  --offline    asks no box\n"
    "  --box NAME   only this box\n"
    "\n"
    "Example:\n"
    "  courier desk status ~/desk --offline\n";

struct here {
	uint64_t conversations, new, waiting, muted, gone;
	char address[128];
};

static struct here count_here(const struct folder *box, const struct inbox_conversation *list, size_t count)
{
	struct here here = {.address = ""};
	uint8_t storage[sizeof here.address - 1];
	struct bytes address;

	for (size_t i = 0; i < count; i++)
		if (list[i].folder == box) {
			here.conversations++;
			here.new += list[i].is_new;
			here.waiting += list[i].waiting;
			here.muted += list[i].muted;
			here.gone += list[i].gone;
		}
	if (folder_read(box, "address", storage, sizeof storage, &address) == ERR_OK)
		memcpy(here.address, address.p, address.n);
	return here;
}

static const char *identity_word(const struct home *h)
{
	if (identity_is_sealed(h))
		return "passphrase";
	return folder_has(&h->folder, "identity.txt") ? "plain" : "none";
}

static void print_string(struct bytes text)
{
	static uint8_t storage[8 * FOLDER_PATH_MAX];
	struct buf out = buf_over(storage, sizeof storage);

	json_put_string(&out, text);
	(void)fwrite(out.p, 1, out.len, stdout);
}

static void print_json_box(const struct folder *box, const struct here *here, struct bytes answer, bool first)
{
	printf("%s{\"name\":\"%s\",\"address\":", first ? "" : ",", box->name);
	print_string(bytes_str(here->address));
	printf(",\"conversations\":%" PRIu64 ",\"new\":%" PRIu64 ",\"waiting\":%" PRIu64 ",\"muted\":%" PRIu64
	       ",\"gone\":%" PRIu64 ",\"box\":",
	       here->conversations, here->new, here->waiting, here->muted, here->gone);
	if (answer.n > 0)
		(void)fwrite(answer.p, 1, answer.n, stdout);
	else
		fputs("null", stdout);
	fputs("}", stdout);
}

/* "Label: value" for a member that is there. */
static void print_member(struct bytes answer, const char *key, const char *label)
{
	struct bytes value, text;

	if (!json_member(answer, key, &value))
		return;
	/* Lists and objects may have line ends between their values: lines that the box could make look like ours. */
	if (value.n > 0 && (value.p[0] == '{' || value.p[0] == '['))
		return;
	if (!json_string(value, &text))
		text = value;
	printf("  %s: %.*s\n", label, (int)text.n, (const char *)text.p);
}

static void print_box(const struct folder *box, const struct here *here, struct bytes answer)
{
	static const struct {
		const char *key, *label;
	} members[] = {
	    {"name", "the box calls itself"},
	    {"boot_day", "started"},
	    {"draining", "closed for a restart"},
	    {"conversations", "conversations there"},
	    {"waiting", "messages there that some desk has not collected"},
	    {"waiting_here", "of these, for this desk"},
	    {"replies", "replies there"},
	    {"muted", "muted there by this desk"},
	    {"used", "bytes used"},
	    {"capacity", "of bytes"},
	    {"uptime_days", "days up"},
	    {"restarts", "parts restarted"},
	    {"crashes", "of these, crashes"},
	    {"skew_seconds", "seconds that its clock is off"},
	    {"guard_age_days", "days that it has had its entry guard"},
	    {"guards_same", "its entry guards are the site file's"},
	    {"guards_wait", "none of them answers: it waits"},
	    {"binary", "SHA-256 of its program"},
	    {"pcr4", "its TPM's register 4"},
	    {"pcr11", "its TPM's register 11"},
	};

	printf("\nBox %s, %s\n", box->name, *here->address != '\0' ? here->address : "address not known yet");
	printf("  conversations here: %" PRIu64 "\n  of these, new: %" PRIu64
	       "\n  replies that wait to be sent: %" PRIu64 "\n",
	       here->conversations, here->new, here->waiting);
	for (size_t i = 0; i < sizeof members / sizeof members[0] && answer.n > 0; i++)
		print_member(answer, members[i].key, members[i].label);
}

static int show_box(const struct folder *box, const struct desk_arguments *a, const struct here *here, bool first)
{
	static struct session s;
	struct bytes answer = bytes_of(NULL, 0);
	int status = DESK_DONE;

	if (!a->offline) {
		status = session_open(&s, box, a);
		if (status == DESK_DONE)
			status = (int)exchange_hello(&s.exchange);
		if (status == DESK_DONE)
			answer = s.exchange.box;
	}
	if (a->json)
		print_json_box(box, here, answer, first);
	else
		print_box(box, here, answer);
	session_close(&s);
	return status;
}

static int show(struct inbox *in, const struct desk_arguments *a)
{
	struct inbox_conversation *list;
	const struct folder *only = NULL;
	size_t count;
	bool first = true;
	enum err e = inbox_list(in, &list, &count);
	int status = e == ERR_OK ? DESK_DONE : desk_say_error(a->folder, e);

	if (status == DESK_DONE && a->box != NULL)
		status = desk_choose_box(&in->home, a, &only);
	if (status == DESK_DONE && !a->offline)
		status = desk_lock(&in->home);
	if (status != DESK_DONE)
		goto out;
	if (a->json) {
		fputs("{\"desk\":", stdout);
		print_string(bytes_str(a->folder));
		printf(",\"identity\":\"%s\",\"boxes\":[", identity_word(&in->home));
	} else {
		printf("Desk %s\n  identity: %s\n", a->folder, identity_word(&in->home));
	}
	for (size_t i = 0; i < in->home.box_count; i++) {
		const struct folder *box = &in->home.boxes[i];
		struct here here = count_here(box, list, count);
		int one;

		if (only != NULL && box != only)
			continue;
		one = show_box(box, a, &here, first);
		status = one != DESK_DONE ? one : status;
		first = false;
	}
	if (a->json)
		puts("]}");
out:
	if (e == ERR_OK)
		free(list);
	return status;
}

int desk_status(int argc, char **argv)
{
	static struct inbox in;
	struct desk_arguments a;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_LINK | DESK_TAKES_BOX | DESK_TAKES_JSON | DESK_TAKES_OFFLINE,
				usage, &a, &go_on);

	if (!go_on)
		return status;
	status = desk_open_inbox(a.folder, &in);
	if (status == DESK_DONE)
		status = show(&in, &a);
	inbox_close(&in);
	return status;
}
