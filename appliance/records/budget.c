/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/budget.h"

#include <string.h>

_Static_assert(LIMIT_CIRCUITS > LIMIT_KEEPER_PEERS, "one without a channel can always go");
_Static_assert(LIMIT_CIRCUITS < UINT16_MAX, "a ticket is a place and one");

/* A free place, or the one that was left longest ago. */
static struct budget *place(struct budgets *all)
{
	struct budget *oldest = NULL;

	for (size_t i = 0; i < LIMIT_CIRCUITS; i++) {
		struct budget *b = &all->of[i];
		if (!b->used)
			return b;
		if (b->channels == 0 && (oldest == NULL || b->idle_ms < oldest->idle_ms))
			oldest = b;
	}
	BUG_IF(oldest == NULL);
	return oldest;
}

struct budget *budget_enter(struct budgets *all, struct vault *v, uint32_t circuit, uint64_t now_ms)
{
	struct budget *b;

	budget_sweep(all, now_ms);
	for (size_t i = 0; i < LIMIT_CIRCUITS; i++) {
		b = &all->of[i];
		if (b->used && b->circuit == circuit) {
			b->channels++;
			return b;
		}
	}
	b = place(all);
	*b = (struct budget){
	    .used = true, .circuit = circuit, .channels = 1, .born = vault_stamp(v), .cursor = v->fixed->header.cursor};
	return b;
}

void budget_leave(struct budget *b, uint64_t now_ms)
{
	BUG_IF(b->channels == 0);
	b->channels--;
	b->idle_ms = now_ms;
}

void budget_sweep(struct budgets *all, uint64_t now_ms)
{
	for (size_t i = 0; i < LIMIT_CIRCUITS; i++) {
		struct budget *b = &all->of[i];
		if (b->used && b->channels == 0 && now_ms - b->idle_ms >= LIMIT_CIRCUIT_IDLE_MS)
			memset(b, 0, sizeof *b);
	}
}

uint16_t budget_ticket(const struct budgets *all, const struct budget *b)
{
	return b == NULL ? 0 : (uint16_t)(b - all->of + 1);
}

static struct budget *at(struct budgets *all, uint16_t ticket)
{
	/* Tickets lie in sealed records, too, and may be another keeper's. */
	return ticket == 0 || ticket > LIMIT_CIRCUITS || !all->of[ticket - 1].used ? NULL : &all->of[ticket - 1];
}

struct budget *budget_at_stamp(struct budgets *all, uint16_t ticket, uint64_t stamp)
{
	struct budget *b = at(all, ticket);

	return b != NULL && stamp >= b->born ? b : NULL;
}

struct budget *budget_at_cursor(struct budgets *all, uint16_t ticket, uint64_t cursor)
{
	struct budget *b = at(all, ticket);

	return b != NULL && cursor > b->cursor ? b : NULL;
}

void budget_give_back(struct budget *b, uint64_t bytes)
{
	if (b == NULL)
		return;
	BUG_IF(bytes > b->bytes);
	b->bytes -= bytes;
}

uint32_t budget_share(uint64_t left, uint32_t most)
{
	uint64_t share = left / 16;

	return share < 1 ? 1 : share < most ? (uint32_t)share : most;
}
