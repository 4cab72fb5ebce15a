/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier site edit: the text lies in a folder of memory while the editor has it, and nowhere else. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "sitetool/command.h"
#include "sitetool/options.h"
#include "workstation/files.h"
#include "workstation/terminal.h"
#include "workstation/tidy.h"

enum { MEMORY_FILE_SYSTEM = 0x01021994 /* TMPFS_MAGIC in linux/magic.h */ };

static const char usage[] = "usage: courier site edit SITE [OPTION...]\n"
			    "\n"
			    "Opens a site file in your editor ($VISUAL, $EDITOR, or vi), checks what you wrote, and "
			    "writes it back, sealed as it\n"
			    "was. The text lies in memory alone while you edit it (use encrypted swap, or none); the "
			    "old file stays until the new\n"
			    "one is whole. Put it on the stick anew afterwards.\n"
			    "\n"
			    "  --passphrase-file FILE, --passphrase-fd N\n"
			    "                      the passphrase is the first line of a file or of a descriptor\n";

struct desktop {
	char folder[PATH_MAX - 16];
	char file[PATH_MAX];
};

/* A folder of ours in a file system that no disk sees. */
static int lay_out(struct desktop *d, struct bytes text)
{
	const char *places[] = {getenv("XDG_RUNTIME_DIR"), "/dev/shm", "/run"};
	struct statfs fs;

	d->folder[0] = '\0';
	for (size_t i = 0; i < sizeof places / sizeof places[0] && d->folder[0] == '\0'; i++) {
		if (places[i] == NULL || statfs(places[i], &fs) != 0 || fs.f_type != MEMORY_FILE_SYSTEM)
			continue;
		if (snprintf(d->folder, sizeof d->folder, "%s/courier-site-XXXXXX", places[i]) >=
			(int)sizeof d->folder ||
		    mkdtemp(d->folder) == NULL)
			d->folder[0] = '\0';
	}
	if (d->folder[0] == '\0')
		return site_say(
		    SITE_FAILED, NULL,
		    "There is no folder in memory to edit in: neither $XDG_RUNTIME_DIR, /dev/shm nor /run is a "
		    "tmpfs that this user can write to.");
	(void)snprintf(d->file, sizeof d->file, "%s/site.txt", d->folder);
	tidy_file(d->file);
	return file_write_new(d->file, text, 0600) == ERR_OK ? SITE_DONE
							     : site_say(SITE_FAILED, d->file, strerror(errno));
}

/* With what the editor left beside it. */
static void clear_away(const struct desktop *d)
{
	DIR *folder = d->folder[0] != '\0' ? opendir(d->folder) : NULL;
	struct dirent *entry;

	if (folder != NULL) {
		while ((entry = readdir(folder)) != NULL)
			/* It has a descriptor. NOLINTNEXTLINE(clang-analyzer-unix.StdCLibraryFunctions) */
			(void)unlinkat(dirfd(folder), entry->d_name, 0);
		closedir(folder);
	}
	if (d->folder[0] != '\0' && rmdir(d->folder) != 0)
		(void)site_say(SITE_DONE, d->folder, "This folder can't be removed. Look what the editor left there.");
	tidy_file(NULL);
}

static const char *editor(void)
{
	const char *name = getenv("VISUAL");

	if (name == NULL || *name == '\0')
		name = getenv("EDITOR");
	return name == NULL || *name == '\0' ? "vi" : name;
}

/* Ctrl-C is the editor's while it runs. */
static int run_editor(const struct desktop *d)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
	char command[PATH_MAX + 8];
	int ended = -1;
	pid_t child;

	(void)snprintf(command, sizeof command, "%s \"$1\"", editor());
	BUG_IF(sigaction(SIGINT, &ignore, &interrupt) != 0 || sigaction(SIGQUIT, &ignore, &quit) != 0);
	child = fork();
	if (child == 0) {
		(void)sigaction(SIGINT, &interrupt, NULL);
		(void)sigaction(SIGQUIT, &quit, NULL);
		(void)setenv("TMPDIR", d->folder, 1);
		execl("/bin/sh", "sh", "-c", command, "sh", d->file, (char *)NULL);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &ended, 0) < 0 && errno == EINTR)
		continue;
	BUG_IF(sigaction(SIGINT, &interrupt, NULL) != 0 || sigaction(SIGQUIT, &quit, NULL) != 0);
	if (child < 0)
		return site_say(SITE_FAILED, editor(), strerror(errno));
	return ended == 0 ? SITE_DONE : site_say(SITE_FAILED, editor(), "The editor failed. Nothing was changed.");
}

static void tell(void *context, const struct site_fault *fault)
{
	(void)context;
	fprintf(stderr, "line %u: %s\n", fault->line, fault->sentence);
}

static bool is_good(struct bytes text, bool sealed)
{
	static struct site site;
	bool good = site_check(text, &site, tell, NULL) == ERR_OK;

	if (good && !sealed && !site.unattended && !site.ephemeral) {
		(void)site_say(SITE_INPUT, NULL, "It is not sealed, and has no line \"unattended = yes\" any more.");
		good = false;
	}
	SECRET_WIPE(site);
	return good;
}

/* Until the text is one that a box takes, or the operator gives up. */
static int edit(const struct desktop *d, bool sealed, struct buf *out)
{
	for (;;) {
		uint8_t storage[16];
		struct buf answer = buf_over(storage, sizeof storage);
		int status = run_editor(d);
		enum err e;

		if (status != SITE_DONE)
			return status;
		e = fd_read_file(d->file, out->p, out->cap, &out->len);
		if (e == ERR_TOO_BIG)
			return site_say(SITE_INPUT, NULL, "A site file has at most 256 KiB. Nothing was changed.");
		if (e != ERR_OK)
			return site_say(SITE_FAILED, d->file, strerror(errno));
		if (is_good(buf_view(out), sealed))
			return SITE_DONE;
		if (terminal_line("No box takes it. Enter: edit again; n: leave the file as it was. ", &answer) !=
			ERR_OK ||
		    answer.len > 0)
			return site_say(SITE_INPUT, NULL, "Nothing was changed.");
	}
}

int site_edit(int argc, char **argv)
{
	static struct desktop d;
	struct hold *h = hold_static();
	struct buf out = site_room();
	struct site_arguments a;
	bool go_on;
	int status = site_options(argc, argv, 0, usage, &a, &go_on);

	if (!go_on)
		return status;
	status = hold_read(a.path, &a.phrase, h);
	if (status == SITE_DONE)
		status = lay_out(&d, buf_view(&h->text));
	if (status == SITE_DONE)
		status = edit(&d, h->sealed, &out);
	clear_away(&d);
	if (status == SITE_DONE && bytes_eq(buf_view(&out), buf_view(&h->text)))
		printf("%s: nothing was changed.\n", a.path);
	else if (status == SITE_DONE)
		status = hold_replace(h, buf_view(&out));
	hold_drop(h);
	site_room_wipe();
	return status;
}
