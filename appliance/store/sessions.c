/* SPDX-License-Identifier: GPL-3.0-or-later
 * Sessions: what a worker keeps for the next one that serves the same source. The blob is sealed by the worker under
 * the cookie's token, which the store never sees. Times are of CLOCK_MONOTONIC, which outlives the keeper. */
#include <string.h>

#include "base/secret.h"
#include "store/draft.h"
#include "link/wire.h"

/* A use is written down only so long after the last one that was. */
#define TOUCH_MS    (60 * 1000)
#define SWEEP_SLICE 64

struct session {
	uint64_t made_ms;
	uint64_t used_ms;
	uint16_t budget; /* ticket of the circuit that made it, */
	uint64_t stamp;  /* then */
	uint8_t blob[LIMIT_SESSION_BLOB];
	size_t blob_len;
};

static bool expired(const struct session *x, uint64_t now_ms)
{
	/* get() has filled it. NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
	return now_ms - x->made_ms >= LIMIT_SESSION_MS || now_ms - x->used_ms >= LIMIT_SESSION_IDLE_MS;
}

static enum err get(struct store *s, const struct name *name, struct session *x)
{
	struct wire_reader w;
	struct bytes plain;
	struct bytes blob;
	enum err e;

	TRY(record_get(&s->db, &s->vault, name, s->vault.fixed->header.session_key, &plain));
	w = wire_reader_over(plain);
	x->made_ms = wire_get_u64(&w);
	x->used_ms = wire_get_u64(&w);
	x->budget = wire_get_u16(&w);
	x->stamp = wire_get_u64(&w);
	blob = wire_get_bytes(&w, sizeof x->blob);
	TRY(wire_reader_end(&w) == ERR_OK ? ERR_OK : ERR_FORMAT);
	memcpy(x->blob, blob.p, blob.n);
	x->blob_len = blob.n;
out:
	return e == ERR_NOT_FOUND ? e : store_damaged(e);
}

static enum err put(struct store *s, const struct name *name, const struct session *x)
{
	uint8_t storage[LIMIT_SESSION_BLOB + 30];
	struct buf plain = buf_over(storage, sizeof storage);
	enum err e;

	wire_put_u64(&plain, x->made_ms);
	wire_put_u64(&plain, x->used_ms);
	wire_put_u16(&plain, x->budget);
	wire_put_u64(&plain, x->stamp);
	wire_put_bytes(&plain, bytes_of(x->blob, x->blob_len), sizeof x->blob);
	BUG_IF(plain.failed);
	TRY(store_begin(s));
	TRY(record_put(&s->db, &s->vault, name, s->vault.fixed->header.session_key, buf_view(&plain)));
	TRY(store_commit(s));
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

/* x: NULL if the record is damaged; its circuit is then charged for it until it is forgotten. */
static enum err drop(struct store *s, const struct name *name, const struct session *x)
{
	struct budget *b = x == NULL ? NULL : budget_at_stamp(&s->budgets, x->budget, x->stamp);
	enum err e;

	TRY(store_begin(s));
	TRY(db_delete(&s->db, name_view(name)));
	TRY(store_commit(s));
	s->sessions--;
	if (b != NULL)
		b->sessions--;
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

/* The last ones go to circuits that have none. */
static bool may_have_one(const struct store *s, const struct budget *b)
{
	uint32_t left = LIMIT_SESSIONS - s->sessions;

	return left > 0 && (b == NULL || b->sessions < budget_share(left, LIMIT_CIRCUIT_SESSIONS));
}

enum err store_session_put(struct store *s, const uint8_t name[static 32], struct bytes blob, struct budget *b,
			   uint64_t now_ms)
{
	struct name n = name_session(&s->vault, name);
	struct session x = {.made_ms = now_ms,
			    .used_ms = now_ms,
			    .budget = budget_ticket(&s->budgets, b),
			    .stamp = s->vault.fixed->header.writes,
			    .blob_len = blob.n};
	struct session old;
	enum err e = get(s, &n, &old);
	bool is_new = e == ERR_NOT_FOUND;

	BUG_IF(blob.n > sizeof x.blob);
	if (is_new && !may_have_one(s, b))
		return ERR_BUSY;
	if (is_new && store_room(s, ROOM_DESK) < 8 * EXTENT_PAGE)
		return ERR_FULL;
	/* What is changed doesn't live longer for it, and stays its maker's. */
	if (e == ERR_OK) {
		x.made_ms = old.made_ms;
		x.budget = old.budget;
		x.stamp = old.stamp;
	}
	memcpy(x.blob, blob.p, blob.n);
	TRY(put(s, &n, &x));
	s->sessions += is_new ? 1 : 0;
	if (is_new && b != NULL)
		b->sessions++;
out:
	return e;
}

enum err store_session_get(struct store *s, const uint8_t name[static 32], uint64_t now_ms, struct buf *blob)
{
	struct name n = name_session(&s->vault, name);
	struct session x;
	enum err e;

	TRY(get(s, &n, &x));
	if (expired(&x, now_ms)) {
		e = drop(s, &n, &x);
		return e == ERR_OK ? ERR_NOT_FOUND : e;
	}
	if (now_ms - x.used_ms >= TOUCH_MS) {
		x.used_ms = now_ms;
		/* Without room for it the session ends a little sooner. */
		(void)!put(s, &n, &x);
	}
	buf_put(blob, bytes_of(x.blob, x.blob_len));
out:
	return e;
}

enum err store_session_drop(struct store *s, const uint8_t name[static 32])
{
	struct name n = name_session(&s->vault, name);
	struct session x;
	enum err e = get(s, &n, &x);

	if (e == ERR_OK || e == ERR_IO)
		e = drop(s, &n, e == ERR_OK ? &x : NULL);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

bool store_session_sweep(struct store *s, uint64_t now_ms)
{
	struct name at;

	if (s->session_mark[0] == 0)
		s->session_mark[0] = 's';
	for (int i = 0; i < SWEEP_SLICE; i++) {
		struct buf found = buf_over(at.p, sizeof at.p);
		struct session x;
		enum err e = db_next(&s->db, BYTES_LITERAL("s"), BYTES_ARRAY(s->session_mark), &found);
		if (e != ERR_OK) {
			memset(s->session_mark, 0, sizeof s->session_mark);
			return false;
		}
		at.n = (uint8_t)found.len;
		e = get(s, &at, &x);
		if ((e == ERR_OK && expired(&x, now_ms)) || e == ERR_IO)
			(void)!drop(s, &at, e == ERR_OK ? &x : NULL);
		/* On from the name after this one. */
		memcpy(s->session_mark, at.p, sizeof s->session_mark);
		for (size_t k = sizeof s->session_mark; k-- > 1 && ++s->session_mark[k] == 0;)
			continue;
	}
	return true;
}
