/* SPDX-License-Identifier: GPL-3.0-or-later
 * What one click does with a conversation, or with the box. */
#include <string.h>

#include "browse/browse.h"

/* Back to the conversation, with a word on what was done. */
static enum err back(struct browse *b, const char *query)
{
	char location[BROWSE_PATH + 32] = {0};
	struct buf to = buf_over(location, sizeof location - 1);

	browse_list_update(b, b->conversation.id);
	buf_str(&to, b->path);
	buf_str(&to, query);
	BUG_IF(to.failed);
	return browse_redirect(b, location, bytes_of(NULL, 0));
}

enum err browse_unread(struct browse *b)
{
	enum err e = inbox_mark_unread(&b->inbox, &b->conversation);

	if (e != ERR_OK)
		return browse_failure(b, e);
	browse_list_update(b, b->conversation.id);
	return browse_redirect(b, "/", bytes_of(NULL, 0));
}

static enum err mute(struct browse *b, bool on)
{
	enum err e = inbox_mute(&b->inbox, &b->conversation, on);

	return e == ERR_OK ? back(b, on ? "?done=muted" : "?done=unmuted") : browse_failure(b, e);
}

enum err browse_mute(struct browse *b)
{
	return mute(b, true);
}

enum err browse_unmute(struct browse *b)
{
	return mute(b, false);
}

enum err browse_forget_ask(struct browse *b)
{
	browse_begin(b, TEXT_title_forget);
	browse_set_conversation(b, &b->conversation);
	sheet_put(&b->sheet, PAGE_forget);
	return browse_send(b, 200);
}

enum err browse_forget(struct browse *b)
{
	enum err e = inbox_forget(&b->inbox, &b->conversation);

	if (e != ERR_OK)
		return browse_failure(b, e);
	b->list.stale = true;
	return browse_redirect(b, "/?done=forgotten", bytes_of(NULL, 0));
}

/* ---- the box */

enum err browse_sync(struct browse *b)
{
	const struct runner *x = &b->exchange;
	struct sheet *s = &b->sheet;

	browse_begin(b, TEXT_title_sync);
	sheet_set_str(s, VALUE_running, x->pid != 0 ? "1" : "");
	sheet_set_str(s, VALUE_succeeded, x->ran && x->status == 0 ? "1" : "");
	sheet_set_str(s, VALUE_failed, x->ran && x->status != 0 ? "1" : "");
	sheet_set_strange(s, VALUE_output, bytes_of(x->said, x->said_len), true);
	sheet_put(s, PAGE_sync);
	return browse_send(b, 200);
}

enum err browse_sync_start(struct browse *b)
{
	enum err e = runner_start(&b->exchange);

	return e == ERR_OK ? browse_redirect(b, "/sync", bytes_of(NULL, 0)) : browse_failure(b, e);
}
