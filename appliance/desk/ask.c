/* SPDX-License-Identifier: GPL-3.0-or-later
 * What most commands begin with: the folder, the box, the conversation, the passphrase; each failure said to people. */
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/secret.h"
#include "desk/command.h"
#include "onion/onion.h"
#include "workstation/terminal.h"

int desk_say_error(const char *subject, enum err e)
{
	if (e == ERR_TOO_BIG)
		return desk_say(DESK_REFUSED, subject, "There are more files in it than this program can take.");
	return desk_say(DESK_FAILED, subject, e == ERR_IO ? strerror(errno) : err_text(e));
}

static int say_no_home(const char *path, enum err e)
{
	switch ((int)e) {
	case ERR_OK:
		return DESK_DONE;
	case ERR_NOT_FOUND:
		return desk_say(DESK_INPUT, path, "There is no desk in this folder. `courier desk init` makes one.");
	case ERR_UNSUPPORTED:
		return desk_say(DESK_INPUT, path,
				"Another version of this program made this folder. Use that one, or make a new desk.");
	case ERR_TOO_BIG:
		return desk_say(DESK_USAGE, NULL, "The folder's path is empty or too long.");
	default:
		return desk_say(DESK_FAILED, path, strerror(errno));
	}
}

int desk_open_home(const char *path, struct home *h)
{
	return say_no_home(path, home_open(h, path));
}

int desk_open_inbox(const char *path, struct inbox *in)
{
	return say_no_home(path, inbox_open(in, path));
}

static void say_waiting(void)
{
	(void)desk_say(DESK_DONE, NULL, "Another courier desk works in this folder; waiting for it to finish.");
}

int desk_lock(struct home *h)
{
	if (home_lock(h, say_waiting) != ERR_OK)
		return desk_say(DESK_FAILED, h->folder.path, strerror(errno));
	return DESK_DONE;
}

int desk_choose_box(const struct home *h, const struct desk_arguments *a, const struct folder **box)
{
	if (a->box != NULL) {
		*box = home_box(h, a->box);
		return *box != NULL ? DESK_DONE
				    : desk_say(DESK_INPUT, a->box,
					       "This desk has no box of that name. `courier desk status` lists them.");
	}
	if (h->box_count == 1) {
		*box = &h->boxes[0];
		return DESK_DONE;
	}
	return desk_say(DESK_USAGE, NULL,
			"This desk has several boxes: --box NAME says which. `courier desk status` lists them.");
}

int desk_find(const struct inbox *in, const char *prefix, struct inbox_conversation *c)
{
	enum err e = inbox_find(in, prefix, c);

	if (e == ERR_NOT_FOUND)
		return desk_say(DESK_INPUT, prefix,
				"No conversation begins with this. `courier desk list` shows them.");
	if (e == ERR_EXISTS)
		return desk_say(DESK_INPUT, prefix, "Several conversations begin with this. Give more of the name.");
	return e == ERR_OK ? DESK_DONE : desk_say_error(prefix, e);
}

int desk_ask_passphrase(const struct desk_arguments *a, const char *prompt, struct buf *answer)
{
	enum err e =
	    a->passphrase_fd >= 0 ? terminal_take_line(a->passphrase_fd, answer) : terminal_line(prompt, answer);

	if (e == ERR_OK)
		return DESK_DONE;
	return desk_say(e == ERR_TOO_BIG || e == ERR_END ? DESK_INPUT : DESK_FAILED, e == ERR_IO ? "passphrase" : NULL,
			terminal_no_passphrase(e));
}

static int say_unlocked(const struct desk_arguments *a, enum err e)
{
	switch ((int)e) {
	case ERR_OK:
		return DESK_DONE;
	case ERR_AUTH:
		return desk_say(DESK_INPUT, NULL, "This is not the desk's passphrase.");
	case ERR_NOT_FOUND:
		return desk_say(DESK_INPUT, a->folder,
				"This folder has no identity: it can collect and send, but not read.");
	case ERR_FORMAT:
	case ERR_TOO_BIG:
		return desk_say(DESK_INPUT, a->folder,
				"Its identity file is damaged, or of a kind that this program does not know. Take it "
				"from your copy.");
	default:
		return desk_say_error(a->folder, e);
	}
}

struct asking {
	const struct desk_arguments *a;
	int status;
};

static enum err ask(void *context, struct buf *passphrase)
{
	struct asking *asking = context;

	asking->status = desk_ask_passphrase(asking->a, "Passphrase of this desk: ", passphrase);
	return asking->status == DESK_DONE ? ERR_OK : ERR_IO;
}

int desk_unlock(struct inbox *in, const struct desk_arguments *a)
{
	struct asking asking = {a, DESK_DONE};
	enum err e = inbox_unlock(in, (struct age_asker){ask, &asking});

	return asking.status != DESK_DONE ? asking.status : say_unlocked(a, e);
}

static enum err give(void *context, struct buf *passphrase)
{
	buf_put(passphrase, *(const struct bytes *)context);
	return ERR_OK;
}

int desk_unlock_with(struct inbox *in, const struct desk_arguments *a, struct bytes passphrase)
{
	return say_unlocked(a, inbox_unlock(in, (struct age_asker){give, &passphrase}));
}

int desk_target(const struct folder *box, const struct desk_arguments *a, struct link_target *target)
{
	static char host[ONION_ADDRESS_LEN + 1];
	uint8_t storage[128];
	struct bytes address;
	enum err e = folder_read(box, "address", storage, sizeof storage, &address);

	if (e == ERR_NOT_FOUND)
		return desk_say(DESK_INPUT, box->name,
				"The desk does not know where this box is. `courier desk add` tells it.");
	if (e != ERR_OK || onion_address_check(address) != ERR_OK)
		return desk_say(DESK_INPUT, box->path,
				"The file address is damaged. Remove it and run `courier desk add` again.");
	memcpy(host, address.p, ONION_ADDRESS_LEN);
	*target = (struct link_target){.socks = a->socks, .direct = a->direct, .host = host};
	return DESK_DONE;
}
