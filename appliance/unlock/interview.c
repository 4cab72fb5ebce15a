/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unlock/interview.h"

#include <poll.h>

#include "base/secret.h"
#include "link/channel.h"

static enum err send_question(struct interview *i, enum ask_kind kind, const char *text, struct bytes show)
{
	struct buf record = buf_over(i->storage, sizeof i->storage);
	struct message_ASK m = {.kind = (uint8_t)kind, .text = bytes_str(text), .show = show};
	enum err e;

	if (i->console < 0)
		return ERR_STATE;
	message_put_ASK(&record, &m);
	e = channel_send(i->console, &record, NULL, 0, DEADLINE_NONE);
	SECRET_WIPE(i->storage);
	return e == ERR_PEER ? ERR_END : e;
}

static enum err ask(struct interview *i, enum ask_kind kind, const char *text, struct bytes show, struct buf *answer)
{
	struct message_ANSWER m;
	struct incoming in;
	enum err e;

	TRY(send_question(i, kind, text, show));
	TRY(channel_receive(i->console, 1u << ROLE_CONSOLE, ROLE_UNLOCK, STATE_UP, i->storage, DEADLINE_NONE, &in));
	TRY(message_get_ANSWER(in.fields, &m));
	buf_put(answer, m.text);
	e = answer->failed ? ERR_TOO_BIG : ERR_OK;
out:
	SECRET_WIPE(i->storage);
	return e;
}

enum err interview_secret(struct interview *i, const char *text, struct buf *answer)
{
	return ask(i, ASK_SECRET, text, bytes_of(NULL, 0), answer);
}

enum err interview_line(struct interview *i, const char *text, struct buf *answer)
{
	return ask(i, ASK_LINE, text, bytes_of(NULL, 0), answer);
}

enum err interview_show(struct interview *i, const char *text, struct bytes show)
{
	uint8_t storage[8];
	struct buf answer = buf_over(storage, sizeof storage);
	enum err e = ask(i, ASK_SHOW, text, show, &answer);

	return e == ERR_TOO_BIG ? ERR_OK : e;
}

enum err interview_say(struct interview *i, const char *text)
{
	return send_question(i, ASK_SAY, text, bytes_of(NULL, 0));
}

enum err interview_wait(struct interview *i, uint64_t ms)
{
	/* A console that goes closes the channel: the only thing to be heard of it now. */
	enum err e = fd_wait(i->console, 0, clock_ms() + ms);

	return e == ERR_TIMEOUT ? ERR_OK : e == ERR_OK ? ERR_END : e;
}
