/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper/turns.h"

#include "keeper/peer.h"

static uint32_t count(const struct keeper *k, enum turn turn, const struct budget *of)
{
	uint32_t n = 0;

	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++) {
		const struct peer *p = &k->peers[i];
		n += p->fd >= 0 && p->turn == turn && (of == NULL || p->budget == of);
	}
	return n;
}

/* The last that asked, of the circuit with the most waiting. */
static struct peer *most_patient(struct keeper *k, uint32_t *waiting)
{
	struct peer *found = NULL;

	*waiting = 0;
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++) {
		struct peer *p = &k->peers[i];
		uint32_t n;
		if (p->fd < 0 || p->turn != TURN_WAITS)
			continue;
		n = count(k, TURN_WAITS, p->budget);
		if (found == NULL || n > *waiting || (n == *waiting && p->turn_order > found->turn_order)) {
			found = p;
			*waiting = n;
		}
	}
	return found;
}

static void answer(struct keeper *k, struct peer *p, enum err e)
{
	if (peer_answer_err(k, p, e) != ERR_OK)
		peer_close(k, p);
}

enum err turn_ask(struct keeper *k, struct peer *p, uint64_t now_ms)
{
	struct budget *b = p->budget;
	uint32_t most;
	struct peer *last = most_patient(k, &most);

	if (count(k, TURN_WAITS, NULL) >= LIMIT_TURNS_WAITING) {
		if (most <= count(k, TURN_WAITS, b) + 1)
			return peer_answer_err(k, p, ERR_BUSY);
		BUG_IF(last == NULL);
		turn_end(last);
		answer(k, last, ERR_BUSY);
	}
	b->turn_tag = (b->turn_tag > k->turns.tag ? b->turn_tag : k->turns.tag) + 1;
	p->turn = TURN_WAITS;
	p->turn_tag = b->turn_tag;
	p->turn_order = ++k->turns.asked;
	p->turn_until_ms = now_ms + LIMIT_TURN_WAIT_MS;
	return ERR_OK;
}

void turn_end(struct peer *p)
{
	p->turn = TURN_NONE;
}

static void expire(struct keeper *k, uint64_t now_ms)
{
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++) {
		struct peer *p = &k->peers[i];
		enum turn was = p->turn;
		if (p->fd < 0 || was == TURN_NONE || now_ms < p->turn_until_ms)
			continue;
		turn_end(p);
		if (was == TURN_WAITS)
			answer(k, p, ERR_BUSY);
	}
}

static struct peer *next(struct keeper *k)
{
	struct peer *found = NULL;

	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++) {
		struct peer *p = &k->peers[i];
		if (p->fd < 0 || p->turn != TURN_WAITS)
			continue;
		if (found == NULL || p->turn_tag < found->turn_tag ||
		    (p->turn_tag == found->turn_tag && p->turn_order < found->turn_order))
			found = p;
	}
	return found;
}

void turns_serve(struct keeper *k, uint64_t now_ms)
{
	struct peer *p;

	expire(k, now_ms);
	while (count(k, TURN_HAS, NULL) < k->turns.at_once && (p = next(k)) != NULL) {
		k->turns.tag = p->turn_tag;
		p->turn = TURN_HAS;
		p->turn_until_ms = now_ms + LIMIT_TURN_MS;
		answer(k, p, ERR_OK);
	}
}

uint64_t turns_next_ms(const struct keeper *k)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++) {
		const struct peer *p = &k->peers[i];
		if (p->fd >= 0 && p->turn != TURN_NONE && p->turn_until_ms < next_ms)
			next_ms = p->turn_until_ms;
	}
	return next_ms;
}
