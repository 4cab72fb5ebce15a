/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk import */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "desk/air_import.h"
#include "desk/command.h"

static const char usage[] =
    "usage: courier desk import DIR FILE\n"
    "\n"
    "Over an air gap: takes in what `courier desk export` wrote at the other half of this desk. All of FILE or "
    "nothing;\n"
    "imported twice, it changes nothing. With a file of `export --setup`, DIR is made as the half without identity.\n"
    "\n"
    "Examples:\n"
    "  courier desk import ~/desk /media/stick/setup.tar    # once, where the network is\n"
    "  courier desk import ~/desk /media/stick/desk.tar\n";

static void refused(void *context, const char *what, const char *sentence)
{
	(void)context;
	(void)desk_say(DESK_REFUSED, what, sentence);
}

static enum err read_all(struct air_import *a, int fd)
{
	static uint8_t bytes[64 * 1024];
	size_t got;
	enum err e;

	while ((e = fd_read_some(fd, bytes, sizeof bytes, DEADLINE_NONE, &got)) == ERR_OK)
		TRY(air_import_data(a, bytes_of(bytes, got)));
	e = e == ERR_END ? air_import_finish(a) : e;
out:
	return e;
}

static int say_outcome(const struct air_import *a, const char *file, enum err e)
{
	char text[300];

	if (e == ERR_EXISTS) {
		printf("Nothing new: this file, or a later one, was imported already.\n");
		return DESK_DONE;
	}
	if (e == ERR_FULL)
		return desk_say(DESK_FAILED, file,
				a->fault != NULL ? a->fault : "The desk has no room for one more box.");
	if (e != ERR_OK && a->fault == NULL)
		return desk_say_error(file, e);
	if (e != ERR_OK) {
		(void)snprintf(text, sizeof text, "It was refused, and nothing of it was taken: %s", a->fault);
		return desk_say(DESK_REFUSED, file, text);
	}
	printf("Import %" PRIu64 ": %" PRIu64 " new file%s.\n", a->header.ledger.serial, a->taken,
	       a->taken == 1 ? "" : "s");
	return a->refusals > 0 ? DESK_REFUSED : DESK_DONE;
}

/* A desk, or an empty place for the half that is to be made. */
static int open_home(const char *path, struct home *h)
{
	enum err e = home_open(h, path);

	if (e != ERR_NOT_FOUND || folder_has(&h->folder, "identity.age") || folder_has(&h->folder, "identity.txt"))
		return desk_open_home(path, h);
	e = folder_make(&h->folder, "");
	return e == ERR_OK ? DESK_DONE : desk_say_error(path, e);
}

int desk_import(int argc, char **argv)
{
	static struct home h;
	static struct air_import import;
	struct desk_arguments a;
	bool go_on;
	int fd;
	int status = desk_parse(argc, argv, DESK_TAKES_SECOND, usage, &a, &go_on);

	if (!go_on)
		return status;
	fd = open(a.second, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return desk_say(DESK_INPUT, a.second, strerror(errno));
	status = open_home(a.folder, &h);
	if (status == DESK_DONE)
		status = desk_lock(&h);
	if (status == DESK_DONE) {
		enum err e = air_import_begin(&import, &h, refused, NULL);
		if (e == ERR_OK)
			e = read_all(&import, fd);
		else
			import.fault = "The file air of this desk's folder is damaged.";
		air_import_end(&import);
		status = say_outcome(&import, a.second, e);
	}
	home_unlock(&h);
	close(fd);
	return status;
}
