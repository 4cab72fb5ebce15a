/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cards.h"

#include <string.h>

const struct card *cards_find(const struct cards *c, int32_t index)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].index == index)
			return &c->list[i];
	return NULL;
}

static struct card *place(struct cards *c, int32_t index)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].index == index)
			return &c->list[i];
	return c->count < CARDS_MAX ? &c->list[c->count++] : NULL;
}

static void forget(struct cards *c, int32_t index)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].index == index) {
			memmove(&c->list[i], &c->list[i + 1], (c->count - i - 1) * sizeof c->list[0]);
			c->count--;
			return;
		}
}

const struct card *cards_note(struct cards *c, const struct netlink_answer *a)
{
	struct card *card;

	if (!a->wired || a->index <= 0 || a->kind == NETLINK_UNLINK) {
		forget(c, a->index);
		return NULL;
	}
	card = place(c, a->index);
	if (card == NULL)
		return NULL;
	card->index = a->index;
	memcpy(card->mac, a->mac, sizeof card->mac);
	card->up = a->up;
	card->carrier = a->carrier;
	return card;
}

bool cards_choose(struct cards *c)
{
	const struct card *now = cards_find(c, c->chosen);
	int32_t before = c->chosen;

	if (now != NULL && now->carrier)
		return false;
	c->chosen = 0;
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].carrier && (c->chosen == 0 || c->list[i].index < c->chosen))
			c->chosen = c->list[i].index;
	return c->chosen != before;
}
