/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/exchange.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "desk/client.h"
#include "desk/intake.h"
#include "limits.h"

static struct client client;
static struct intake intake;
static struct tar_reader reader;
static uint8_t data[64 * 1024];

static enum desk_status fail(struct exchange *x, enum desk_status status, const char *subject, const char *sentence)
{
	x->say(x->context, subject, sentence);
	return status;
}

static enum desk_status fail_connection(struct exchange *x, enum err e)
{
	switch ((int)e) {
	case ERR_FORMAT:
	case ERR_TOO_BIG:
		return fail(x, DESK_REFUSED, "",
			    "What answers there does not speak as a box does; nothing of it was taken.");
	case ERR_TIMEOUT:
		return fail(x, DESK_FAILED, "",
			    "The box sent nothing for too long. What arrived whole is kept; sync again.");
	default:
		return fail(x, DESK_FAILED, "", "The connection broke. What arrived whole is kept; sync again.");
	}
}

static enum desk_status fail_status(struct exchange *x, unsigned status)
{
	switch (status) {
	case 401:
		return fail(
		    x, DESK_FAILED, "",
		    "The box does not know this desk's token. Has the operator this desk's for-the-operator.txt "
		    "in the site file?");
	case 503:
		return fail(x, DESK_FAILED, "", "The box is busy. Try again in a minute.");
	case 507:
		return fail(x, DESK_FAILED, "", "The box is full. Collect first, then send again.");
	default: {
		char text[100];
		(void)snprintf(text, sizeof text,
			       "The box answered with status %u, which this program does not expect.", status);
		return fail(x, DESK_FAILED, "", text);
	}
	}
}

static enum desk_status fail_disk(struct exchange *x)
{
	return fail(x, DESK_FAILED, x->folder->path, strerror(errno));
}

/* A request on a connection of its own; *fd is then the caller's to close. */
static enum desk_status request(struct exchange *x, const char *method, const char *path, struct bytes body, int *fd)
{
	enum link_fault fault = x->open(x->context, fd);
	enum err e;

	if (fault != LINK_FINE) {
		*fd = -1;
		return fail(x, DESK_FAILED, "", link_sentence(fault));
	}
	e = client_request(&client, *fd, method, path, x->host, x->token, body);
	return e == ERR_OK ? DESK_DONE : fail_connection(x, e);
}

static void refused(void *context, const char *what, const char *sentence)
{
	struct exchange *x = context;

	x->say(x->context, what, sentence);
}

/* Why the stream ended before its time, in words. */
static enum desk_status fail_stream(struct exchange *x, enum err e, bool from_network)
{
	const char *fault = reader.fault != NULL ? reader.fault : intake.fault;
	char text[400];

	if (from_network)
		return fail_connection(x, e);
	switch ((int)e) {
	case ERR_FULL:
		return fail(x, DESK_FAILED, "",
			    fault != NULL ? fault : "A conversation has lived through too many restarts of the box.");
	case ERR_FORMAT:
	case ERR_TOO_BIG:
	case ERR_UNSUPPORTED:
		(void)snprintf(
		    text, sizeof text,
		    "The box's stream was refused: %s What came before is kept. Tell the operator: this is a "
		    "fault or an attack.",
		    fault != NULL ? fault : "A file of this folder is damaged.");
		return fail(x, DESK_REFUSED, "", text);
	default:
		return fail_disk(x);
	}
}

static enum desk_status take_stream(struct exchange *x)
{
	bool from_network = false;
	enum err e;

	e = intake_begin(&intake, x->folder, refused, x);
	if (e != ERR_OK)
		return fail_disk(x);
	tar_begin(&reader, intake_sink(&intake), LIMIT_DESK_FILE);
	for (;;) {
		size_t got;
		e = client_read(&client, data, sizeof data, &got);
		from_network = e != ERR_OK && e != ERR_END;
		if (e != ERR_OK)
			break;
		e = tar_push(&reader, bytes_of(data, got));
		if (e != ERR_OK)
			break;
		if (x->progress != NULL)
			x->progress(x->context, intake.bytes);
	}
	if (e == ERR_END) {
		from_network = tar_finish(&reader) != ERR_OK;
		e = from_network ? ERR_PEER : intake_finish(&intake);
	}
	intake_close(&intake);
	x->items += intake.items;
	x->bytes += intake.bytes;
	x->refusals += intake.refusals;
	if (e != ERR_OK)
		return fail_stream(x, e, from_network);
	return intake.refusals > 0 ? DESK_REFUSED : DESK_DONE;
}

/* NAME, or "" when there is none. */
static enum err read_cursor(struct exchange *x, const char *name, char out[static INTAKE_CURSOR_MAX + 1])
{
	uint8_t storage[INTAKE_CURSOR_MAX + 2];
	struct bytes text;
	enum err e = folder_read(x->folder, name, storage, sizeof storage, &text);

	if (e == ERR_NOT_FOUND)
		text.n = 0;
	else if (e != ERR_OK)
		return e;
	if (text.n > INTAKE_CURSOR_MAX)
		return ERR_TOO_BIG;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '.' && !(text.p[i] >= '0' && text.p[i] <= '9') &&
		    !(text.p[i] >= 'a' && text.p[i] <= 'f'))
			return ERR_FORMAT;
	memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return ERR_OK;
}

static enum desk_status collect(struct exchange *x)
{
	char cursor[INTAKE_CURSOR_MAX + 1];
	char path[100];
	enum desk_status status;
	int fd;
	enum err e = read_cursor(x, "cursor", cursor);

	if (e == ERR_FORMAT || e == ERR_TOO_BIG)
		return fail(x, DESK_FAILED, "cursor",
			    "It is damaged. Remove it: the next sync collects all that the box has, once more.");
	if (e != ERR_OK)
		return fail_disk(x);
	(void)snprintf(path, sizeof path, "/v1/collect?after=%s", *cursor == '\0' ? "0" : cursor);
	status = request(x, "GET", path, BYTES_LITERAL(""), &fd);
	if (status == DESK_DONE)
		status = client.status == 200 ? take_stream(x) : fail_status(x, client.status);
	if (fd >= 0)
		close(fd);
	return status;
}

/* Tells the box what is safe here, unless it knows. */
static enum desk_status confirm(struct exchange *x)
{
	char cursor[INTAKE_CURSOR_MAX + 1];
	char confirmed[INTAKE_CURSOR_MAX + 1];
	enum desk_status status;
	int fd;

	if (read_cursor(x, "cursor", cursor) != ERR_OK)
		return fail_disk(x);
	if (read_cursor(x, "confirmed", confirmed) != ERR_OK)
		confirmed[0] = '\0'; /* saying it twice does no harm */
	if (*cursor == '\0' || strcmp(cursor, confirmed) == 0)
		return DESK_DONE;
	status = request(x, "POST", "/v1/collected", bytes_str(cursor), &fd);
	if (fd >= 0)
		close(fd);
	if (status != DESK_DONE)
		return status;
	if (client.status == 409)
		return fail(x, DESK_FAILED, "",
			    "The box was restarted just now. What was collected is safe here; sync again.");
	if (client.status != 200)
		return fail_status(x, client.status);
	return folder_write(x->folder, "confirmed", bytes_str(cursor)) == ERR_OK ? DESK_DONE : fail_disk(x);
}

static enum desk_status send_one(struct exchange *x, const char *file)
{
	static uint8_t sealed[LIMIT_REPLY];
	char path[FOLDER_PATH_MAX];
	char target[160];
	enum desk_status status;
	size_t n;
	int fd;
	enum err e;

	folder_path(path, x->folder, "outbox/%s", file);
	e = fd_read_file(path, sealed, sizeof sealed, &n);
	if (e == ERR_TOO_BIG)
		return fail(x, DESK_FAILED, path, "This is bigger than a reply can be. Remove it.");
	if (e != ERR_OK)
		return fail_disk(x);
	(void)snprintf(target, sizeof target, "/v1/conversations/%.32s/replies/%.*s", file,
		       (int)(strlen(file) - 33 - 4), file + 33);
	status = request(x, "PUT", target, bytes_of(sealed, n), &fd);
	if (fd >= 0)
		close(fd);
	if (status != DESK_DONE)
		return status;
	if (client.status == 404)
		return fail(x, DESK_FAILED, path,
			    "The box does not know this conversation (any more): its source deleted it, or the box was "
			    "restarted. The reply "
			    "waits; remove the file to give it up.");
	if (client.status != 201)
		return fail_status(x, client.status);
	x->sent++;
	return unlink(path) == 0 ? DESK_DONE : fail_disk(x);
}

/* "CONVERSATION.NAME.age" */
static bool is_waiting(const char *file)
{
	struct bytes name = bytes_str(file);

	if (name.n < 33 + 1 + 4 || name.n > 33 + LIMIT_REPLY_NAME + 4 || name.p[32] != '.')
		return false;
	return folder_is_conversation(bytes_first(name, 32)) && bytes_eq_str(bytes_from(name, name.n - 4), ".age");
}

enum desk_status exchange_send(struct exchange *x)
{
	enum desk_status status = DESK_DONE;
	char path[FOLDER_PATH_MAX];
	struct dirent *entry;
	DIR *outbox;

	folder_path(path, x->folder, "outbox");
	outbox = opendir(path);
	if (outbox == NULL)
		return errno == ENOENT ? DESK_DONE : fail_disk(x);
	while ((entry = readdir(outbox)) != NULL)
		if (is_waiting(entry->d_name)) {
			enum desk_status one = send_one(x, entry->d_name);
			status = one != DESK_DONE ? one : status;
		}
	closedir(outbox);
	return status;
}

enum desk_status exchange_run(struct exchange *x)
{
	enum desk_status collected = collect(x);
	enum desk_status confirmed, sent;

	/* An unreachable box is said once. */
	if (collected == DESK_FAILED)
		return collected;
	confirmed = confirm(x);
	sent = confirmed == DESK_FAILED ? DESK_FAILED : exchange_send(x);
	if (collected == DESK_REFUSED)
		return DESK_REFUSED;
	return confirmed != DESK_DONE ? confirmed : sent;
}
