/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect/ask.h"

struct buf ask_record(struct collect *c)
{
	return buf_over(c->record, sizeof c->record);
}

static enum err broken(struct collect *c)
{
	c->keeper = -1;
	return ERR_PEER;
}

enum err ask_tell(struct collect *c, const struct buf *record)
{
	if (c->keeper < 0)
		return ERR_PEER;
	return channel_send(c->keeper, record, NULL, 0, clock_ms() + LIMIT_KEEPER_MS) == ERR_OK ? ERR_OK : broken(c);
}

/* The keeper may refuse for any reason but "done" and "you are dropped", which are ours. */
static enum err refusal(struct collect *c, const struct incoming *in)
{
	struct message_REFUSED m;

	if (message_get_REFUSED(in->fields, &m) != ERR_OK || m.err == ERR_OK || m.err == ERR_PEER || m.err >= ERR_COUNT)
		return broken(c);
	return (enum err)m.err;
}

enum err ask(struct collect *c, const struct buf *record, enum message want, bool or_done, struct incoming *in)
{
	enum err e = ask_tell(c, record);

	if (e != ERR_OK)
		return e;
	e = channel_receive(c->keeper, 1u << ROLE_KEEPER, ROLE_COLLECT, STATE_UP, c->answer,
			    clock_ms() + LIMIT_KEEPER_MS, in);
	if (e != ERR_OK)
		return broken(c);
	if (in->type == want)
		return ERR_OK;
	if (in->type == MESSAGE_REFUSED)
		return refusal(c, in);
	return or_done && in->type == MESSAGE_DONE ? ERR_END : broken(c);
}

enum err ask_ok(struct collect *c, const struct buf *record)
{
	struct incoming in;

	return ask(c, record, MESSAGE_OK, false, &in);
}
