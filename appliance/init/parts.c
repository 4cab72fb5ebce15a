/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "init/parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"

/* Which roles have a part, and whether it may be shared by several processes, because nothing in it is secret. */
static const enum part_kind {
	PART_NONE,
	PART_OWN,
	PART_SHARED
} kinds[ROLE_COUNT] = {
    [ROLE_NET] = PART_OWN,    [ROLE_TOR] = PART_OWN,     [ROLE_VISIT] = PART_SHARED, [ROLE_COLLECT] = PART_SHARED,
    [ROLE_KEEPER] = PART_OWN, [ROLE_CONSOLE] = PART_OWN, [ROLE_TORCTL] = PART_OWN,
};

void parts_init(struct parts *p)
{
	*p = (struct parts){.hidden = false};
	for (size_t r = 0; r < ROLE_COUNT; r++)
		p->of[r] = (struct part){.kept = {.fd = -1}, .shared = -1};
}

/* A sealed memfd, opened again for reading only: nobody, its maker included, can change it any more. */
static enum err make_shared(struct bytes part, int *fd)
{
	char path[40];
	enum err e = ERR_IO;
	int reader = -1;
	int writer = memfd_create("part", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (writer < 0)
		return ERR_IO;
	TRY(fd_write_all(writer, part, DEADLINE_NONE));
	e = ERR_IO;
	if (fcntl(writer, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		goto out;
	snprintf(path, sizeof path, "/proc/self/fd/%d", writer);
	reader = open(path, O_RDONLY | O_CLOEXEC);
	if (reader < 0)
		goto out;
	e = ERR_OK;
	*fd = reader;
out:
	close(writer);
	return e;
}

enum err parts_keep(struct parts *p, enum role r, struct bytes part)
{
	struct part *kept;
	enum err e;

	if ((unsigned)r >= ROLE_COUNT || kinds[r] == PART_NONE || part.n == 0 || part.n > LIMIT_SITE_PART)
		return ERR_PEER;
	kept = &p->of[r];
	if (kept->kept.fd >= 0)
		return ERR_EXISTS;
	TRY(secret_area_new(part.n, &kept->kept));
	memcpy(kept->kept.p, part.p, part.n);
	kept->len = (uint32_t)part.n;
	p->hidden = kept->kept.hidden;
	if (kinds[r] == PART_SHARED)
		TRY(make_shared(part, &kept->shared));
out:
	return e;
}

enum err parts_hand_out(const struct parts *p, enum role r, int *fd, bool *close_it)
{
	const struct part *kept = &p->of[r];
	struct secret_area copy;
	enum err e;

	*close_it = false;
	*fd = kept->shared;
	if (kept->shared >= 0 || kept->kept.fd < 0)
		return ERR_OK;
	e = secret_area_new(kept->len, &copy);
	if (e != ERR_OK)
		return e;
	memcpy(copy.p, kept->kept.p, kept->len);
	/* The mapping goes without being wiped: the role still has to read it. */
	munmap(copy.p, copy.n);
	*fd = copy.fd;
	*close_it = true;
	return ERR_OK;
}

void parts_wipe(struct parts *p)
{
	for (size_t r = 0; r < ROLE_COUNT; r++) {
		secret_area_free(&p->of[r].kept);
		if (p->of[r].shared >= 0)
			close(p->of[r].shared);
		p->of[r].shared = -1;
	}
}
