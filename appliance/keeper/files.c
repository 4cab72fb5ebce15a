/* SPDX-License-Identifier: GPL-3.0-or-later
 * Messages about files on their way in: the same for sources and desks. */
#include "keeper/peer.h"

static enum err handle_reserve(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_RESERVE m;
	uint64_t most = p->state == STATE_DESK ? UINT64_MAX : k->store.quota_conversation;
	enum err result = peer_may_go_on(k, p);
	enum err e;

	TRY(message_get_RESERVE(fields, &m));
	if (result == ERR_OK && p->state == STATE_OWNER)
		result = store_quota_left(&k->store, &p->conversation, &most);
	if (result == ERR_OK)
		result = draft_reserve(&k->store, &p->draft, m.size, most);
	if (result == ERR_OK)
		p->begun = true;
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

static enum err handle_file_begin(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_FILE_BEGIN m;
	enum err e;

	TRY(message_get_FILE_BEGIN(fields, &m));
	if (m.kind >= FILE_KIND_COUNT)
		TRY(ERR_PEER);
	TRY(draft_begin(&k->store, &p->draft, (enum file_kind)m.kind));
out:
	return e;
}

static enum err handle_file_data(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_FILE_DATA m;
	enum err e;

	TRY(message_get_FILE_DATA(fields, &m));
	draft_data(&k->store, &p->draft, m.data);
out:
	return e;
}

static enum err handle_file_end(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_FILE_END m;
	enum err e;

	TRY(message_get_FILE_END(fields, &m));
	if (m.keep > 1)
		TRY(ERR_PEER);
	TRY(peer_answer_err(k, p, draft_end(&k->store, &p->draft, m.keep == 1)));
out:
	return e;
}

static enum err handle_draft_drop(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_DRAFT_DROP m;
	enum err e;

	TRY(message_get_DRAFT_DROP(fields, &m));
	draft_drop(&k->store, &p->draft);
	TRY(peer_answer_err(k, p, ERR_OK));
out:
	return e;
}

const struct handler handlers_of_files[MESSAGE_COUNT] = {
    [MESSAGE_RESERVE] = {handle_reserve},       [MESSAGE_FILE_BEGIN] = {handle_file_begin},
    [MESSAGE_FILE_DATA] = {handle_file_data},   [MESSAGE_FILE_END] = {handle_file_end},
    [MESSAGE_DRAFT_DROP] = {handle_draft_drop},
};
