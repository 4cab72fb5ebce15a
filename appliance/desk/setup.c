/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk init, courier desk add */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "desk/command.h"
#include "deskfolder/boxkeys.h"
#include "deskfolder/identity.h"
#include "onion/onion.h"
#include "site/operator.h"
#include "workstation/terminal.h"

static const char init_usage[] =
    "usage: courier desk init [OPTION...] DIR\n"
    "\n"
    "Makes a desk in DIR: an age identity under a passphrase, and for its first box a token and a key for the onion\n"
    "service, readable by you alone. Prints what the operator of the box needs, and writes it to\n"
    "DIR/boxes/NAME/for-the-operator.txt; nothing in it is secret.\n"
    "\n"
    "Who has DIR and the passphrase can read every message; without either nobody can, not even we. Keep DIR on an\n"
    "encrypted disk, and a copy of DIR/identity.age in a safe. Four or five random words are a good passphrase.\n"
    "\n"
    "The identity is a post-quantum hybrid: what is recorded today can't be read with a quantum computer later. Other\n"
    "programs open such files too: age 1.3 or newer.\n"
    "\n"
    "  --box NAME          what this desk calls the box: a-z, 0-9 and '-' (box)\n"
    "  --classical         an X25519 identity, for older versions of age. All desks of a box must be of the same sort\n"
    "  --passphrase-fd N   the passphrase is the first line of descriptor N, instead of asking on the terminal\n"
    "  --no-passphrase     the identity is not protected: whoever copies DIR can read every message\n"
    "\n"
    "Examples:\n"
    "  courier desk init ~/desk\n"
    "  courier desk init --passphrase-fd 3 ~/desk 3< passphrase.txt\n";

static const char add_usage[] =
    "usage: courier desk add DIR [--box NAME] [--address X.onion] [--access]\n"
    "\n"
    "Tells the desk where a box is: the \"desk address\" that `courier site init` printed for its operator. Also "
    "writes\n"
    "DIR/boxes/NAME/tor/courier.auth_private. A stock Tor that shall carry `courier desk sync` needs in its torrc:\n"
    "  ClientOnionAuthDir DIR/boxes/NAME/tor\n"
    "\n"
    "With a NAME that the desk does not have yet: makes the keys for one more box, and prints what its operator "
    "needs.\n"
    "\n"
    "A box without a site file makes the desk's keys itself and shows them once, as an access code:\n"
    "\n"
    "  --access            ask for that code on the terminal; it is not shown\n"
    "  --access-fd N       the code is the first line of descriptor N\n"
    "\n"
    "Examples:\n"
    "  courier desk add ~/desk --address X.onion\n"
    "  courier desk add ~/desk --box today --address X.onion --access\n"
    "  courier desk add ~/desk --box second\n"
    "  courier desk add ~/desk --box second --address Y.onion\n";

/* Twice on a terminal: a slip could never be undone. */
static int new_passphrase(const struct desk_arguments *a, struct buf *passphrase)
{
	uint8_t storage[AGE_PASSPHRASE_MAX];
	struct buf again = buf_over(storage, sizeof storage);
	int status;

	if (a->no_passphrase)
		return DESK_DONE;
	status = desk_ask_passphrase(a, "New passphrase for this desk: ", passphrase);
	if (status != DESK_DONE)
		return status;
	if (passphrase->len == 0)
		return desk_say(DESK_INPUT, NULL,
				"The passphrase is empty. --no-passphrase leaves the identity unprotected.");
	if (a->passphrase_fd >= 0)
		return DESK_DONE;
	status = desk_ask_passphrase(a, "The same again: ", &again);
	if (status == DESK_DONE && (passphrase->len != again.len || !secret_equal(passphrase->p, again.p, again.len)))
		status = desk_say(DESK_INPUT, NULL, "These are two different passphrases. Nothing was made.");
	SECRET_WIPE(storage);
	return status;
}

static enum err make_box(struct home *h, const char *name, struct buf *for_operator)
{
	const struct folder *box;
	enum err e;

	TRY(home_make_box(h, name, &box));
	TRY(boxkeys_make(box));
	e = boxkeys_for_operator(h, box, for_operator);
out:
	return e;
}

static enum err make_desk(struct home *h, const struct desk_arguments *a, struct bytes passphrase, struct buf *text)
{
	enum err e;

	TRY(folder_make(&h->folder, ""));
	TRY(identity_make(h, a->classical ? AGE_X25519 : AGE_HYBRID, passphrase));
	TRY(make_box(h, a->box != NULL ? a->box : "box", text));
	e = home_finish(h);
out:
	return e;
}

/* The folder may be there, but nothing of a desk in it. */
static int check_new(struct home *h, const struct desk_arguments *a)
{
	enum err e = home_open(h, a->folder);

	if (e == ERR_TOO_BIG)
		return desk_say(DESK_USAGE, NULL, "The folder's path is empty or too long.");
	if (e == ERR_OK || e == ERR_UNSUPPORTED)
		return desk_say(DESK_INPUT, a->folder,
				"There is a desk in this folder already. Choose another folder.");
	if (e != ERR_NOT_FOUND)
		return desk_say(DESK_FAILED, a->folder, strerror(errno));
	if (folder_has(&h->folder, "identity.age") || folder_has(&h->folder, "identity.txt"))
		return desk_say(DESK_INPUT, a->folder,
				"It holds an identity, but no whole desk. If an interrupted init left it, remove the "
				"folder; else choose another one.");
	return DESK_DONE;
}

static int check_box_name(const struct desk_arguments *a)
{
	if (a->box == NULL || home_is_box_name(a->box))
		return DESK_DONE;
	return desk_say(DESK_USAGE, "--box", "A box's name has 1 to 32 of a-z, 0-9 and '-'.");
}

int desk_init(int argc, char **argv)
{
	static struct home h;
	static uint8_t text[OPERATOR_FILE_MAX];
	struct desk_arguments a;
	uint8_t storage[AGE_PASSPHRASE_MAX];
	struct buf passphrase = buf_over(storage, sizeof storage);
	struct buf for_operator = buf_over(text, sizeof text);
	bool go_on;
	int status =
	    desk_parse(argc, argv, DESK_TAKES_INIT | DESK_TAKES_PASSPHRASE | DESK_TAKES_BOX, init_usage, &a, &go_on);

	if (!go_on)
		return status;
	status = check_box_name(&a);
	if (status == DESK_DONE)
		status = check_new(&h, &a);
	if (status == DESK_DONE)
		status = new_passphrase(&a, &passphrase);
	if (status == DESK_DONE) {
		enum err e = make_desk(&h, &a, buf_view(&passphrase), &for_operator);
		if (e != ERR_OK)
			status = desk_say_error(a.folder, e);
	}
	if (status == DESK_DONE)
		(void)fwrite(for_operator.p, 1, for_operator.len, stdout);
	SECRET_WIPE(storage);
	return status;
}

/* "http://X.onion/" as well as "X.onion". */
static struct bytes bare_address(const char *given)
{
	struct bytes text = bytes_str(given);

	if (bytes_starts(text, BYTES_LITERAL("http://")))
		text = bytes_from(text, 7);
	if (text.n > 0 && text.p[text.n - 1] == '/')
		text.n--;
	return text;
}

static int set_address(const struct folder *box, struct bytes address)
{
	uint8_t storage[128];
	struct bytes there;
	enum err e = folder_read(box, "address", storage, sizeof storage, &there);

	if (e == ERR_OK && !bytes_eq(there, address))
		return desk_say(DESK_INPUT, box->name,
				"This box has another address already. --box NAME adds one more box.");
	e = boxkeys_for_tor(box, address);
	if (e == ERR_OK)
		e = folder_write(box, "address", address);
	if (e == ERR_FORMAT || e == ERR_NOT_FOUND)
		return desk_say(DESK_INPUT, box->path,
				"The file client-key is missing or damaged. Take it from your copy of the folder.");
	return e == ERR_OK ? DESK_DONE : desk_say(DESK_FAILED, box->path, strerror(errno));
}

/* One more box. */
static int add_box(struct home *h, const char *name, bool tell)
{
	static uint8_t text[OPERATOR_FILE_MAX];
	struct buf for_operator = buf_over(text, sizeof text);
	enum err e = make_box(h, name, &for_operator);

	if (e == ERR_FULL)
		return desk_say(DESK_INPUT, h->folder.path, "A desk has at most 16 boxes. Make another desk.");
	if (e != ERR_OK)
		return desk_say_error(h->folder.path, e);
	if (tell)
		(void)fwrite(for_operator.p, 1, for_operator.len, stdout);
	return DESK_DONE;
}

/* The keys that the box made for this desk. */
static int take_access(const struct desk_arguments *a, const struct folder *box)
{
	static const char prompt[] = "Access code, as the box showed it: ";
	uint8_t storage[2 * ACCESS_TEXT_LEN];
	struct buf code = buf_over(storage, sizeof storage);
	struct access access;
	int status = DESK_DONE;
	enum err e = a->access_fd >= 0 ? terminal_take_line(a->access_fd, &code) : terminal_line(prompt, &code);

	if (e == ERR_NOT_FOUND)
		status = desk_say(DESK_FAILED, NULL,
				  "There is no terminal to ask for the access code on. --access-fd N reads it from a "
				  "descriptor.");
	else if (e == ERR_IO)
		status = desk_say(DESK_FAILED, "access code", strerror(errno));
	else if (e != ERR_OK || access_parse(bytes_trim(buf_view(&code)), &access) != ERR_OK)
		status =
		    desk_say(DESK_INPUT, NULL,
			     "This is not the access code that a box shows: 106 letters and digits. A character may "
			     "have been lost or changed.");
	else if (boxkeys_take(box, &access) != ERR_OK)
		status = desk_say(DESK_FAILED, box->path, strerror(errno));
	SECRET_WIPE(storage);
	SECRET_WIPE(access);
	return status;
}

static int set_up_box(struct home *h, const struct desk_arguments *a, struct bytes address)
{
	const struct folder *box;
	int status = desk_choose_box(h, a, &box);

	if (status == DESK_DONE && a->access)
		status = take_access(a, box);
	if (status == DESK_DONE)
		status = set_address(box, address);
	if (status == DESK_DONE)
		printf("The box is added. Next: courier desk sync %s\n", a->folder);
	return status;
}

int desk_add(int argc, char **argv)
{
	static struct home h;
	struct desk_arguments a;
	struct bytes address;
	bool go_on;
	int status =
	    desk_parse(argc, argv, DESK_TAKES_ADDRESS | DESK_TAKES_BOX | DESK_TAKES_ACCESS, add_usage, &a, &go_on);

	if (!go_on)
		return status;
	if (a.address == NULL && (a.box == NULL || a.access))
		return desk_say(DESK_USAGE, NULL, "--address is needed: `courier desk add DIR --address X.onion`.");
	address = a.address != NULL ? bare_address(a.address) : bytes_of(NULL, 0);
	if (a.address != NULL && onion_address_check(address) != ERR_OK)
		return desk_say(DESK_USAGE, "--address",
				"This is not an onion address: 56 letters and digits with the right checksum, and "
				"\".onion\". A character may have been lost or changed.");
	status = check_box_name(&a);
	if (status == DESK_DONE)
		status = desk_open_home(a.folder, &h);
	if (status == DESK_DONE)
		status = desk_lock(&h);
	if (status == DESK_DONE && a.box != NULL && (home_box(&h, a.box) == NULL || a.address == NULL))
		status = add_box(&h, a.box, !a.access);
	if (status == DESK_DONE && a.address != NULL)
		status = set_up_box(&h, &a, address);
	home_unlock(&h);
	return status;
}
