/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as an archive, in pieces whose size the first byte gives. What the sink is told must keep the
 * reader's promises. */
#include <stdlib.h>

#include "tar/reader.h"

enum { SIZE_MAX_HERE = 1 << 20 };

static uint64_t promised, received;
static bool open_file;

static enum err begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	(void)context;
	(void)time_s;
	if (open_file || name.n == 0 || name.n > TAR_NAME_MAX || size > SIZE_MAX_HERE || name.p[0] == '/' ||
	    name.p[0] == '.')
		abort();
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < '-' || name.p[i] > 'z' || (name.p[i] == '.' && name.p[i - 1] == '/'))
			abort();
	open_file = true;
	promised = size;
	received = 0;
	return ERR_OK;
}

static enum err data(void *context, struct bytes received_now)
{
	(void)context;
	received += received_now.n;
	if (!open_file || received_now.n == 0 || received > promised)
		abort();
	return ERR_OK;
}

static enum err end(void *context)
{
	(void)context;
	if (!open_file || received != promised)
		abort();
	open_file = false;
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct tar_reader t;
	size_t piece = size > 0 ? bytes[0] * 8u + 1 : 1;
	enum err e = ERR_OK;

	open_file = false;
	tar_begin(&t, (struct tar_sink){begin, data, end, NULL}, SIZE_MAX_HERE);
	for (size_t at = 1; at < size && e == ERR_OK; at += piece)
		e = tar_push(&t, bytes_of(bytes + at, size - at < piece ? size - at : piece));
	if ((e == ERR_OK) != (t.fault == NULL))
		abort();
	if (e == ERR_OK && tar_finish(&t) == ERR_OK && open_file)
		abort();
	return 0;
}
