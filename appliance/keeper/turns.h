/* SPDX-License-Identifier: GPL-3.0-or-later
 * Whose turn it is to derive a codename's keys: 19 MiB and most of a second of a core each, so only a few at once. The
 * circuits take turns: one that has many workers waiting comes no sooner to its next turn than one that has a single
 * worker, since each request gets a tag, one more than its circuit's last and at least the last tag served, and the
 * lowest tag goes first. Who can't be served soon is told so at once, the circuit with the most waiting first. */
#ifndef KEEPER_TURNS_H
#define KEEPER_TURNS_H

#include "base/bytes.h"

struct keeper;
struct peer;

enum turn { TURN_NONE, TURN_WAITS, TURN_HAS };

struct turns {
	uint32_t at_once;
	uint64_t tag;   /* the last one served */
	uint64_t asked; /* requests so far: the order among equal tags */
};

/* The answer comes from turns_serve(), or here: BUSY. An error is one of peer_answer(). */
enum err turn_ask(struct keeper *k, struct peer *p, uint64_t now_ms) MUST_CHECK;
/* It needs none any more, or is gone. */
void turn_end(struct peer *p);
/* Takes away turns that lasted too long, tells who waited too long, gives turns that are free. */
void turns_serve(struct keeper *k, uint64_t now_ms);
/* When turns_serve() has something to do next; UINT64_MAX: not before somebody asks or ends. */
uint64_t turns_next_ms(const struct keeper *k);

#endif
