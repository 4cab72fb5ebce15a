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
	if (c->count == CARDS_MAX)
		return NULL;
	c->list[c->count] = (struct card){0};
	return &c->list[c->count++];
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

struct card *cards_note(struct cards *c, const struct netlink_answer *a)
{
	struct card *card;

	if (!a->wired || a->index <= 0 || a->kind == NETLINK_UNLINK || (a->below != 0 && !c->vlan)) {
		forget(c, a->index);
		return NULL;
	}
	card = place(c, a->index);
	if (card == NULL)
		return NULL;
	card->index = a->index;
	card->below = a->below;
	memcpy(card->mac, a->mac, sizeof card->mac);
	card->up = a->up;
	card->carrier = a->carrier;
	return card;
}

struct card *cards_asked(struct cards *c, uint32_t sequence)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].last_sequence != 0 && sequence >= c->list[i].first_sequence &&
		    sequence <= c->list[i].last_sequence)
			return &c->list[i];
	return NULL;
}

void cards_begin_again(struct cards *c)
{
	c->chosen = 0;
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].state == CARD_PREPARING)
			c->list[i].state = CARD_NEW;
}

bool cards_settled(const struct cards *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].state == CARD_NEW || c->list[i].state == CARD_PREPARING)
			return false;
	return true;
}

size_t cards_count(const struct cards *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += c->list[i].below == 0;
	return n;
}

static bool is_usable(const struct cards *c, const struct card *card)
{
	return card->carrier && card->state == CARD_READY && (card->below != 0) == c->vlan;
}

bool cards_choose(struct cards *c)
{
	const struct card *now = cards_find(c, c->chosen);
	int32_t before = c->chosen;

	if (now != NULL && is_usable(c, now))
		return false;
	c->chosen = 0;
	for (size_t i = 0; i < c->count; i++)
		if (is_usable(c, &c->list[i]) && (c->chosen == 0 || c->list[i].index < c->chosen))
			c->chosen = c->list[i].index;
	return c->chosen != before;
}
