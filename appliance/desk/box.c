/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk drain, courier desk rotate, courier desk revoke */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/secret.h"
#include "desk/session.h"
#include "exchange/request.h"
#include "deskfolder/boxkeys.h"
#include "deskfolder/identity.h"
#include "site/operator.h"

static const char drain_usage[] =
    "usage: courier desk drain DIR [--off] [--box NAME] [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "Before a planned restart: the box takes no new messages, and says how many wait to be collected. When all desks\n"
    "have synced and none waits, the box can be restarted and nothing is lost. It ends with the restart.\n"
    "\n"
    "  --off        the box takes messages again\n"
    "  --box NAME   which box, if the desk has several\n"
    "\n"
    "Exit status 0: ready to be restarted (or --off done); 1: not yet, sync and ask again.\n"
    "\n"
    "Example:\n"
    "  courier desk drain ~/desk; courier desk sync ~/desk; courier desk drain ~/desk\n";

static const char rotate_usage[] =
    "usage: courier desk rotate DIR --token [--box NAME] [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "       courier desk rotate DIR --identity [--passphrase-fd N]\n"
    "\n"
    "  --token      a new token for a box, at once: the old one opens nothing any more. The operator gets the new\n"
    "               for-the-operator.txt for the site file; until it is there, sync sees to it after each restart\n"
    "  --identity   a new identity, under the same passphrase. New messages are sealed to it once the operators have\n"
    "               put the new for-the-operator.txt into their site files and restarted. The old identity stays in\n"
    "               identities-old/: what was sealed to it can still be read\n"
    "\n"
    "Both print what the operator needs. If a machine was lost or broken into, rotate both, and `courier desk revoke`\n"
    "until the site file is changed.\n"
    "\n"
    "Examples:\n"
    "  courier desk rotate ~/desk --token\n"
    "  courier desk rotate ~/desk --identity\n";

static const char revoke_usage[] =
    "usage: courier desk revoke DIR --yes [--box NAME] [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "The box lets nobody in with this desk's token any more, ends connections that are open, and seals nothing more "
    "for\n"
    "this desk. It lasts until the box restarts: the operator must take the desk out of the site file, or put in what\n"
    "`courier desk rotate` prints. If it was the only desk, the box takes no messages.\n"
    "\n"
    "Example:\n"
    "  courier desk revoke ~/desk --yes\n";

/* A session with the chosen box, after its first words. */
static int begin(struct home *h, struct session *s, const struct desk_arguments *a)
{
	const struct folder *box;
	int status = desk_open_home(a->folder, h);

	if (status == DESK_DONE)
		status = desk_choose_box(h, a, &box);
	if (status == DESK_DONE)
		status = desk_lock(h);
	if (status == DESK_DONE)
		status = session_open(s, box, a);
	return status == DESK_DONE ? (int)exchange_hello(&s->exchange) : status;
}

/* ---- drain */

static int ask_drained(struct exchange *x)
{
	unsigned status;
	uint64_t waiting;
	struct bytes answer = {NULL, 0}, ready, value;
	enum desk_status done = request_begin(x, "POST", "/v1/drain", NULL, 0);

	if (done == DESK_DONE)
		done = request_answer(x, &status);
	if (done == DESK_DONE)
		done = status == 200 ? request_read(x, &answer) : fail_status(x, status);
	request_close(x);
	if (done != DESK_DONE)
		return (int)done;
	if (!json_is_sound(answer) || !json_member(answer, "ready", &ready) ||
	    !json_member(answer, "waiting", &value) || bytes_decimal(value, UINT32_MAX, &waiting) != ERR_OK)
		return (int)fail_connection(x, ERR_FORMAT);
	if (bytes_eq_str(ready, "true")) {
		puts("The box takes no new messages, and none waits: it can be restarted.");
		return DESK_DONE;
	}
	printf("The box takes no new messages. Not ready yet: %" PRIu64
	       " wait%s to be collected; a source may still be "
	       "sending one.\n",
	       waiting, waiting == 1 ? "s" : "");
	return DESK_FAILED;
}

int desk_drain(int argc, char **argv)
{
	static struct home h;
	static struct session s;
	struct desk_arguments a;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_LINK | DESK_TAKES_BOX | DESK_TAKES_OFF, drain_usage, &a, &go_on);

	if (!go_on)
		return status;
	status = begin(&h, &s, &a);
	if (status == DESK_DONE && a.off) {
		status = (int)request_done(&s.exchange, "DELETE", "/v1/drain", bytes_of(NULL, 0));
		if (status == DESK_DONE)
			puts("The box takes messages again.");
	} else if (status == DESK_DONE) {
		status = ask_drained(&s.exchange);
	}
	session_close(&s);
	home_unlock(&h);
	return status;
}

/* ---- rotate */

static int print_for_operator(const struct home *h, const struct folder *box)
{
	static uint8_t storage[OPERATOR_FILE_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	enum err e = boxkeys_for_operator(h, box, &text);

	if (e != ERR_OK)
		return desk_say_error(box->path, e);
	printf("# For the operator of %s:\n", box->name);
	(void)fwrite(text.p, 1, text.len, stdout);
	return DESK_DONE;
}

static int rotate_token(const struct desk_arguments *a)
{
	static struct home h;
	static struct session s;
	int status = begin(&h, &s, a);

	if (status == DESK_DONE)
		status = (int)exchange_new_token(&s.exchange);
	if (status == DESK_DONE)
		status = print_for_operator(&h, s.exchange.folder);
	session_close(&s);
	home_unlock(&h);
	return status;
}

/* The passphrase must be the present one: one opens all identities. */
static int check_passphrase(const struct home *h, const struct desk_arguments *a, struct buf *passphrase)
{
	static struct inbox in;
	int status = DESK_DONE;

	if (!identity_is_sealed(h))
		return DESK_DONE;
	status = desk_ask_passphrase(a, "Passphrase of this desk: ", passphrase);
	if (status == DESK_DONE) {
		in.home = *h;
		status = desk_unlock_with(&in, a, buf_view(passphrase));
		SECRET_WIPE(in.opening);
	}
	return status;
}

static int rotate_identity(const struct desk_arguments *a)
{
	static struct home h;
	static struct age_recipient now[AGE_RECIPIENTS_MAX];
	uint8_t storage[AGE_PASSPHRASE_MAX];
	struct buf passphrase = buf_over(storage, sizeof storage);
	size_t count;
	enum err e;
	int status = desk_open_home(a->folder, &h);

	if (status == DESK_DONE)
		status = desk_lock(&h);
	if (status == DESK_DONE && home_recipients(&h, now, &count) != ERR_OK)
		status =
		    desk_say(DESK_INPUT, a->folder, "recipients.txt is missing or damaged. Take it from your copy.");
	if (status == DESK_DONE)
		status = check_passphrase(&h, a, &passphrase);
	if (status == DESK_DONE) {
		e = identity_make(&h, now[0].kind, buf_view(&passphrase));
		if (e == ERR_FULL)
			status = desk_say(DESK_INPUT, a->folder, "It was rotated 15 times. Make a new desk.");
		else if (e != ERR_OK)
			status = desk_say_error(a->folder, e);
	}
	for (size_t i = 0; i < h.box_count && status == DESK_DONE; i++)
		status = print_for_operator(&h, &h.boxes[i]);
	SECRET_WIPE(storage);
	home_unlock(&h);
	return status;
}

int desk_rotate(int argc, char **argv)
{
	struct desk_arguments a;
	bool go_on;
	int status =
	    desk_parse(argc, argv, DESK_TAKES_LINK | DESK_TAKES_BOX | DESK_TAKES_ROTATE | DESK_TAKES_PASSPHRASE,
		       rotate_usage, &a, &go_on);

	if (!go_on)
		return status;
	if (a.token == a.identity)
		return desk_say(DESK_USAGE, NULL, "Say what is to be new: --token or --identity.");
	return a.token ? rotate_token(&a) : rotate_identity(&a);
}

/* ---- revoke */

int desk_revoke(int argc, char **argv)
{
	static struct home h;
	static struct session s;
	struct desk_arguments a;
	bool go_on;
	int status =
	    desk_parse(argc, argv, DESK_TAKES_LINK | DESK_TAKES_BOX | DESK_TAKES_YES, revoke_usage, &a, &go_on);

	if (!go_on)
		return status;
	if (!a.yes)
		return desk_say(
		    DESK_USAGE, NULL,
		    "This ends this desk's work with the box until its next start. --yes says that you mean it; "
		    "`courier desk revoke --help` says more.");
	status = begin(&h, &s, &a);
	if (status == DESK_DONE)
		status = (int)request_done(&s.exchange, "POST", "/v1/revoke", BYTES_LITERAL("revoke\n"));
	if (status == DESK_DONE)
		puts("Revoked until the box restarts. Tell the operator to change the site file before that.");
	session_close(&s);
	home_unlock(&h);
	return status;
}
