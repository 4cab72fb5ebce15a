/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any files in any order as what a box sends to a desk, cut off anywhere: nothing outside the box's folder is written,
 * what was there is unchanged, and under conversations/ there are only names of ours.
 *
 * The input is a list: a byte that picks a name, a byte of length, the contents. The tar around it has its own fuzzer.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "deskfolder/intake.h"

#define C1 "00112233445566778899aabbccddeeff"
#define C2 "ffeeddccbbaa99887766554433221100"

static const char *const names[] = {
    "boot",
    "cursor",
    "open",
    C1 "/recipient",
    C1 "/state",
    C1 "/0001.age",
    C1 "/0002.data.age",
    C1 "/0002.meta.age",
    C1 "/9999.age",
    C1 "/boots",
    C1 "/read",
    C2 "/recipient",
    C2 "/state",
    C2 "/0001.age",
    C2 "/../x",
    "token",
    "conversations/x",
    C1,
};

enum { NAME_COUNT = sizeof names / sizeof names[0] };

/* Contents that are as a box sends them, so that a random input gets far. */
static const char *const contents[] = {
    "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\n",
    "0f0f.1.2\n",
    C1 "\n" C2 "\n",
    "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n",
    "courier-state 1\nrecipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\nproof "
    "0707070707070707070707070707070707070707070707070707070707070707\nword none\nlast 2\nmuted yes\nday "
    "2026-01-01\nmessage 2026-01-01 collected\nend\n",
    "sealed",
};

enum { CONTENT_COUNT = sizeof contents / sizeof contents[0] };

static char root[] = "/tmp/fuzz_intake.XXXXXX";
static struct folder box;
static struct intake intake;

static void refused(void *context, const char *what, const char *sentence)
{
	(void)context;
	if (strlen(what) > 99 || strlen(sentence) < 10)
		abort();
}

/* One file through the sink, in pieces of 7 bytes. */
static enum err pass(struct tar_sink sink, struct bytes name, struct bytes content)
{
	enum err e;

	TRY(sink.begin(sink.context, name, content.n, 20000 * 86400));
	while (content.n > 0) {
		TRY(sink.data(sink.context, bytes_first(content, 7)));
		content = bytes_from(content, 7);
	}
	e = sink.end(sink.context);
out:
	return e;
}

static enum err check_inside(void *context, const char *name)
{
	static const char *const known[] = {"recipient", "state", "boots", "muted", "gone"};
	size_t n = strlen(name);

	(void)context;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(name, known[i]) == 0)
			return ERR_OK;
	if (n < 8 || strcmp(name + n - 4, ".age") != 0 || *name < '0' || *name > '9')
		abort();
	return ERR_OK;
}

static enum err check_conversation(void *context, const char *name)
{
	char path[80];

	(void)context;
	if (!folder_is_conversation(bytes_str(name)))
		abort();
	(void)snprintf(path, sizeof path, "conversations/%s", name);
	return folder_each(&box, path, check_inside, NULL);
}

static enum err count(void *context, const char *name)
{
	(void)name;
	++*(unsigned *)context;
	return ERR_OK;
}

static void prepare(void)
{
	static const char *const folders[] = {"conversations", "outbox", "incoming"};

	if (root[sizeof root - 2] == 'X' && mkdtemp(root) == NULL)
		abort();
	(void)snprintf(box.path, sizeof box.path, "%s/box", root);
	if (folder_remove_tree(&box, "") != ERR_OK || folder_make(&box, "") != ERR_OK)
		abort();
	for (size_t i = 0; i < 3; i++)
		if (folder_make(&box, folders[i]) != ERR_OK)
			abort();
	if (folder_write(&box, "token", BYTES_LITERAL("secret")) != ERR_OK)
		abort();
}

static void check(void)
{
	uint8_t storage[100];
	struct bytes token;
	struct folder outside = {.name = ""};
	unsigned entries = 0;

	memcpy(outside.path, root, sizeof root);
	if (folder_each(&outside, "", count, &entries) != ERR_OK || entries != 1)
		abort();
	if (folder_read(&box, "token", storage, sizeof storage, &token) != ERR_OK || !bytes_eq_str(token, "secret"))
		abort();
	if (folder_each(&box, "conversations", check_conversation, NULL) != ERR_OK)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = bytes_of(data, size < 512 ? size : 512);
	enum err e;

	prepare();
	e = intake_begin(&intake, &box, refused, NULL);
	/* A box that has all. */
	memcpy(intake.restored, contents[0], 32);
	while (e == ERR_OK && rest.n >= 2) {
		const char *name = names[rest.p[0] % NAME_COUNT];
		size_t n = rest.p[1] & 63;
		struct bytes content = bytes_first(bytes_from(rest, 2), n);

		rest = bytes_from(rest, 2);
		if (n < CONTENT_COUNT)
			content = bytes_str(contents[n]);
		else
			rest = bytes_from(rest, n);
		e = pass(intake_sink(&intake), bytes_str(name), content);
	}
	if (e != ERR_OK && e != ERR_EXISTS && intake.fault == NULL)
		abort();
	intake_close(&intake);
	check();
	return 0;
}
