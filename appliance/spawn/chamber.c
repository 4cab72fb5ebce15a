/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spawn/chamber.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/table.h"
#include "spawn/clone.h"
#include "spawn/scrub.h"

enum { QUIET = MS_NOSUID | MS_NODEV | MS_NOEXEC, DOOR_BACKLOG = 256 };

/* Where a chamber is built before it becomes the root: a directory that is there on the appliance and on any
 * workstation. */
#define SITE "/proc"

static const char *const door_names[2] = {"door/source", "door/desk"};

struct work {
	struct chambers *chambers;
	const int *door;
	enum role role;
	int made; /* a descriptor, or -1 */
	int root; /* make_chamber: of the chamber's root */
};

/* Runs body in a process that shares our memory and descriptors, but not our namespaces. */
static enum err apart(int (*body)(void *context), struct work *w)
{
	pid_t child;
	int status;

	child = clone_borrowing(CLONE_FILES, -1, body, w);
	if (child < 0)
		return ERR_IO;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return ERR_IO;
	return status == 0 ? ERR_OK : ERR_IO;
}

static int make_shared(void *context)
{
	struct work *w = context;

	if (unshare(CLONE_NEWNET | CLONE_NEWUTS) != 0 || sethostname("", 0) != 0)
		return 1;
	w->chambers->network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	w->chambers->host_name = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	if (unshare(CLONE_NEWCGROUP) == 0)
		w->chambers->control_groups = open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC);
	return w->chambers->network < 0 || w->chambers->host_name < 0;
}

static uint64_t mount_size(const struct chambers *c, const struct role_mount *m)
{
	return m->what == MOUNT_STORE ? c->store : (uint64_t)m->size_mib * MIB;
}

/* At a path relative to the working directory, or absolute. */
static int mount_own(const struct chambers *c, enum role r, const struct role_mount *m, const char *at)
{
	uint32_t id = c->own_ids ? confinement_uid(r, 0) : getuid();
	uint32_t group = c->own_ids ? id : getgid();
	char options[128];

	snprintf(options, sizeof options, "size=%llu,mode=0700,uid=%u,gid=%u", (unsigned long long)mount_size(c, m), id,
		 group);
	return mount("own", at, "tmpfs", QUIET, options);
}

static int listen_at(int fd, const char *path, uint32_t owner)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0600) != 0 ||
	    chown(path, owner, owner) != 0)
		return -1;
	return listen(fd, DOOR_BACKLOG);
}

static int mount_door(const struct work *w, const struct role_mount *m, const char *at)
{
	char options[64];

	snprintf(options, sizeof options, "size=%um,mode=0755", m->size_mib);
	if (mount("door", at, "tmpfs", QUIET, options) != 0)
		return -1;
	for (int i = 0; i < 2; i++)
		if (w->door[i] >= 0 && listen_at(w->door[i], door_names[i], confinement_uid(w->role, 0)) != 0)
			return -1;
	return mount(NULL, at, NULL, MS_REMOUNT | MS_RDONLY | QUIET, NULL);
}

static int make_mounts(const struct work *w)
{
	const struct role_mount *mounts = confinements[w->role].mounts;

	for (size_t i = 0; i < ROLE_MOUNTS_MAX && mounts[i].path != NULL; i++) {
		const char *at = mounts[i].path + 1;
		int failed;
		if (mkdir(at, 0755) != 0)
			return -1;
		failed = mounts[i].what == MOUNT_DOOR ? mount_door(w, &mounts[i], at)
						      : mount_own(w->chambers, w->role, &mounts[i], at);
		if (failed != 0)
			return -1;
	}
	return 0;
}

/* The working directory becomes the root, and what was the root is gone. The kernel's first root file system can't be
 * taken away (it holds nothing but this program): there it is covered, which nobody without CAP_SYS_ADMIN can undo. */
static int become_root(void)
{
	if (syscall(SYS_pivot_root, ".", ".") == 0)
		return umount2(".", MNT_DETACH);
	if (errno != EINVAL)
		return -1;
	return mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 ? -1 : 0;
}

static int make_chamber(void *context)
{
	struct work *w = context;

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return 1;
	w->made = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (w->made < 0 || mount("root", SITE, "tmpfs", QUIET, "size=64k,nr_inodes=16,mode=0755") != 0 ||
	    chdir(SITE) != 0)
		return 1;
	if (make_mounts(w) != 0 || become_root() != 0 || chdir("/") != 0)
		return 1;
	w->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->root < 0)
		return 1;
	return mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY | QUIET, NULL) != 0;
}

enum err chambers_make(struct chambers *c, bool own_ids, uint64_t store, const int door[static 2])
{
	struct work w = {.chambers = c, .door = door};
	enum err e;

	*c =
	    (struct chambers){.own_ids = own_ids, .store = store, .network = -1, .host_name = -1, .control_groups = -1};
	e = apart(make_shared, &w);
	for (w.role = ROLE_INIT + 1; e == ERR_OK && w.role < ROLE_COUNT; w.role++) {
		w.made = w.root = -1;
		e = apart(make_chamber, &w);
		c->mounts[w.role] = w.made;
		c->roots[w.role] = w.root;
	}
	return e;
}

void chambers_enter(const struct chambers *c, enum role r, struct confine_entry *entry)
{
	entry->own_ids = c->own_ids;
	entry->namespaces[0] = confinements[r].net == NET_EMPTY ? c->network : -1;
	entry->namespaces[1] = c->host_name;
	entry->namespaces[2] = c->control_groups;
	entry->namespaces[3] = c->mounts[r];
	entry->root = c->roots[r];
}

static int enter_mounts(const struct chambers *c, enum role r)
{
	return setns(c->mounts[r], CLONE_NEWNS) != 0 || fchdir(c->roots[r]) != 0 || chroot(".") != 0 ? -1 : 0;
}

static int renew(void *context)
{
	struct work *w = context;
	const struct role_mount *m = &confinements[w->role].mounts[0];

	if (enter_mounts(w->chambers, w->role) != 0 || umount2(m->path, MNT_DETACH) != 0 ||
	    mount_own(w->chambers, w->role, m, m->path) != 0)
		return 1;
	w->made = open(m->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return w->made < 0;
}

enum err chambers_renew(const struct chambers *c, enum role r, int *fd)
{
	struct chambers copy = *c;
	struct work w = {.chambers = &copy, .role = r, .made = -1};
	enum err e = apart(renew, &w);

	if (e == ERR_OK)
		*fd = w.made;
	return e;
}

static int wipe(void *context)
{
	const struct work *w = context;
	const struct role_mount *mounts = confinements[w->role].mounts;

	if (enter_mounts(w->chambers, w->role) != 0)
		return 1;
	for (size_t i = 0; i < ROLE_MOUNTS_MAX && mounts[i].path != NULL; i++) {
		if (mounts[i].what == MOUNT_DOOR)
			continue;
		scrub_directory(mounts[i].path);
		umount2(mounts[i].path, MNT_DETACH);
	}
	return 0;
}

void chambers_wipe(const struct chambers *c, enum role r)
{
	struct chambers copy = *c;
	struct work w = {.chambers = &copy, .role = r};

	if (copy.mounts[r] >= 0 && apart(wipe, &w) != ERR_OK)
		return; /* the kernel zeroes the pages when the namespace goes */
}
