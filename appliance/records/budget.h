/* SPDX-License-Identifier: GPL-3.0-or-later
 * What each circuit takes of the store, so that one can't take all. The door names a channel's circuit before the
 * worker has heard a byte from outside. In this process's memory only: a new keeper begins with empty budgets.
 *
 * A circuit is forgotten LIMIT_CIRCUIT_IDLE_MS after its last channel, or sooner when another one needs its place; what
 * it took is then nobody's. There are more places than channels, so a new circuit always gets one. A thing that
 * outlives the channel names its budget by a ticket, which stops working when the place has another tenant. */
#ifndef RECORDS_BUDGET_H
#define RECORDS_BUDGET_H

#include "records/vault.h"

struct budget {
	bool used;
	uint32_t circuit;
	uint32_t channels;
	uint64_t idle_ms;  /* when the last channel ended */
	uint64_t born;     /* greater than any stamp of a time before it was made, also of another keeper's */
	uint64_t cursor;   /* messages with a greater one came after it was made */
	uint64_t bytes;    /* set aside, in drafts, and in messages that a desk has not confirmed */
	uint32_t sessions; /* live */
	uint32_t drafts;   /* kept under a name */
	uint32_t made;     /* conversations, also those that are forgotten since */
	uint64_t turn_tag; /* see turns.h */
};

struct budgets {
	struct budget of[LIMIT_CIRCUITS];
	uint64_t quota; /* bytes that one may take */
};

/* A channel more of this circuit. */
struct budget *budget_enter(struct budgets *all, struct vault *v, uint32_t circuit, uint64_t now_ms);
void budget_leave(struct budget *b, uint64_t now_ms);
/* Forgets circuits without a channel for LIMIT_CIRCUIT_IDLE_MS. */
void budget_sweep(struct budgets *all, uint64_t now_ms);

/* 0 for no budget. A ticket is kept with the stamp or the cursor of when the thing was made. */
uint16_t budget_ticket(const struct budgets *all, const struct budget *b); /* b may be NULL */
/* The budget of a thing made when the vault's writes were `stamp`, or of a message; NULL: it is forgotten. */
struct budget *budget_at_stamp(struct budgets *all, uint16_t ticket, uint64_t stamp);
struct budget *budget_at_cursor(struct budgets *all, uint16_t ticket, uint64_t cursor);

/* b may be NULL; gives back what was taken. */
void budget_give_back(struct budget *b, uint64_t bytes);
/* What one circuit may have of things of which `left` are free: a sixteenth of them, at least one, at most `most`. So
 * the last ones go to circuits that have none. */
uint32_t budget_share(uint64_t left, uint32_t most);

#endif
