/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exchange/exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "exchange/request.h"
#include "deskfolder/intake.h"
#include "limits.h"

static struct intake intake;
static struct tar_reader reader;
static uint8_t data[64 * 1024];

/* A small file of [0-9a-f.], or "" when there is none. ERR_FORMAT, ERR_TOO_BIG, ERR_IO. */
static enum err read_word(struct exchange *x, const char *name, char *out, size_t cap)
{
	uint8_t storage[INTAKE_CURSOR_MAX + 2];
	struct bytes text;
	enum err e = folder_read(x->folder, name, storage, sizeof storage, &text);

	if (e == ERR_NOT_FOUND)
		text.n = 0;
	else if (e != ERR_OK)
		return e;
	if (text.n >= cap)
		return ERR_TOO_BIG;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '.' && !(text.p[i] >= '0' && text.p[i] <= '9') &&
		    !(text.p[i] >= 'a' && text.p[i] <= 'f'))
			return ERR_FORMAT;
	if (text.n > 0)
		memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return ERR_OK;
}

static void refused(void *context, const char *what, const char *sentence)
{
	struct exchange *x = context;

	if (x->refusals++ < LIMIT_DESK_SAID)
		x->say(x->context, what, sentence);
}

static void count_refusals(struct exchange *x)
{
	char text[100];

	if (x->refusals <= LIMIT_DESK_SAID)
		return;
	(void)snprintf(text, sizeof text, "%" PRIu64 " such refusals in all.", x->refusals);
	x->say(x->context, "", text);
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
		return fail(x, DESK_FAILED, "", fault);
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

static enum desk_status take_stream(struct exchange *x, bool *again)
{
	bool from_network = false;
	enum err e;

	e = intake_begin(&intake, x->folder, refused, x);
	if (e == ERR_OK)
		e = read_word(x, "boot", intake.restored, sizeof intake.restored);
	if (e != ERR_OK)
		return fail_disk(x);
	tar_begin(&reader, intake_sink(&intake), LIMIT_DESK_FILE);
	for (;;) {
		size_t got;
		e = request_some(x, data, sizeof data, &got);
		from_network = e != ERR_OK && e != ERR_END;
		if (e != ERR_OK)
			break;
		e = tar_push(&reader, bytes_of(data, got));
		if (e != ERR_OK)
			break;
		if (x->progress != NULL)
			x->progress(x->context, intake.bytes, "collected");
	}
	if (e == ERR_END) {
		from_network = tar_finish(&reader) != ERR_OK;
		e = from_network ? ERR_PEER : intake_finish(&intake);
	}
	intake_close(&intake);
	x->items += intake.items;
	x->bytes += intake.bytes;
	count_refusals(x);
	*again = e == ERR_EXISTS;
	if (e != ERR_OK && !*again)
		return fail_stream(x, e, from_network);
	return intake.refusals > 0 ? DESK_REFUSED : DESK_DONE;
}

/* *again: the same call once more. */
static enum desk_status collect_once(struct exchange *x, bool *again)
{
	char cursor[INTAKE_CURSOR_MAX + 1];
	char path[120];
	unsigned status = 0;
	enum desk_status done;
	enum err e = read_word(x, "cursor", cursor, sizeof cursor);

	*again = false;
	if (e == ERR_FORMAT || e == ERR_TOO_BIG)
		return fail(x, DESK_FAILED, "cursor",
			    "It is damaged. Remove it: the next sync collects all that the box has, once more.");
	if (e != ERR_OK)
		return fail_disk(x);
	(void)snprintf(path, sizeof path, "/v1/collect?after=%s", *cursor == '\0' ? "0" : cursor);
	done = request_begin(x, "GET", path, NULL, 0);
	if (done == DESK_DONE)
		done = request_answer(x, &status);
	if (done == DESK_DONE)
		done = status == 200 ? take_stream(x, again) : fail_status(x, status);
	request_close(x);
	return done;
}

static enum desk_status collect(struct exchange *x)
{
	enum desk_status done;
	bool again;

	for (unsigned i = 0; i < LIMIT_DESK_AGAIN; i++) {
		done = collect_once(x, &again);
		if (!again)
			return done;
	}
	return fail(x, DESK_FAILED, "", "Many conversations were deleted and begun anew. Sync again.");
}

/* Tells the box what is safe here, unless it knows. */
static enum desk_status confirm(struct exchange *x)
{
	char cursor[INTAKE_CURSOR_MAX + 1];
	char confirmed[INTAKE_CURSOR_MAX + 1];
	unsigned status;
	enum desk_status done;

	if (read_word(x, "cursor", cursor, sizeof cursor) != ERR_OK)
		return fail_disk(x);
	if (read_word(x, "confirmed", confirmed, sizeof confirmed) != ERR_OK)
		confirmed[0] = '\0'; /* saying it twice does no harm */
	if (*cursor == '\0' || strcmp(cursor, confirmed) == 0)
		return DESK_DONE;
	done = request(x, "POST", "/v1/collected", bytes_str(cursor), &status);
	if (done != DESK_DONE)
		return done;
	if (status == 409)
		return fail(x, DESK_FAILED, "",
			    "The box was restarted just now. What was collected is safe here; sync again.");
	if (status != 200)
		return fail_status(x, status);
	return folder_write(x->folder, "confirmed", bytes_str(cursor)) == ERR_OK ? DESK_DONE : fail_disk(x);
}

enum desk_status exchange_run(struct exchange *x)
{
	enum desk_status restored, collected, confirmed, sent;
	enum desk_status begun = exchange_hello(x);

	/* An unreachable box is said once. */
	if (begun == DESK_DONE &&
	    (folder_sweep(x->folder, "outbox", ".") != ERR_OK || folder_sweep(x->folder, "", ".index.") != ERR_OK))
		begun = fail_disk(x);
	if (begun == DESK_DONE)
		begun = exchange_wishes(x);
	if (begun != DESK_DONE)
		return begun;
	restored = exchange_restore(x);
	if (restored == DESK_FAILED)
		return restored;
	collected = collect(x);
	if (collected == DESK_FAILED)
		return collected;
	confirmed = confirm(x);
	sent = confirmed == DESK_FAILED ? DESK_FAILED : exchange_send(x);
	if (restored == DESK_REFUSED || collected == DESK_REFUSED)
		return DESK_REFUSED;
	return confirmed != DESK_DONE ? confirmed : sent;
}
