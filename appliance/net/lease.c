/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/lease.h"

#include <string.h>

#include "base/random.h"

enum {
	RETRY_FIRST_S = 4, /* RFC 2131 4.1: 4, 8, 16, 32, then every 64 seconds, each a second more or less */
	RETRY_LAST_S = 64,
	REQUEST_TRIES = 4,
	REBOOT_TRIES = 2,             /* the server may be another one: ask afresh soon */
	AFTER_NAK_MS = 2000,          /* a server that refuses all must not be asked in a circle */
	AFTER_DECLINE_MS = 10 * 1000, /* RFC 2131 3.1, 5 */
	/* A neighbour who claims every address keeps nobody off the network: after so many, the next one is used. */
	DECLINES_MAX = 3,
	/* RFC 5227 1.1 waits one to two seconds between probes and two after the last, for networks that have yet to
	 * begin to forward. Ours has just carried the server's answer. */
	PROBES = 3,
	PROBE_FIRST_MS = 200,
	PROBE_NEXT_MS = 300,
	PROBE_LAST_MS = 600,
	RENEW_RETRY_S = 60, /* RFC 2131 4.4.5: half of what is left, but at least a minute */
};

static const struct lease_step nothing = {0};

static uint64_t retry_ms(unsigned tries)
{
	uint64_t s = RETRY_FIRST_S;

	for (unsigned i = 1; i < tries && s < RETRY_LAST_S; i++)
		s *= 2;
	return s * 1000 - 1000 + random_below(2001);
}

/* When `seconds` of the lease have passed. */
static uint64_t lease_time(const struct lease *l, uint32_t seconds)
{
	return seconds == DHCP_FOREVER ? DEADLINE_NONE : l->granted_ms + (uint64_t)seconds * 1000;
}

static struct lease_step enter(struct lease *l, enum lease_state state, uint64_t now_ms)
{
	/* A request answers an offer: same exchange (RFC 2131 4.4.1). Everything else begins one. */
	if (state != LEASE_REQUESTING) {
		random_fill(&l->exchange, sizeof l->exchange);
		l->asked_ms = now_ms;
	}
	l->state = state;
	l->tries = 0;
	l->next_ms = now_ms;
	return lease_tick(l, now_ms);
}

static struct lease_step give_up(struct lease *l, uint64_t now_ms, uint64_t wait_ms)
{
	struct lease_step s = {.changed = l->valid};

	l->valid = false;
	if (wait_ms == 0) {
		s.send = enter(l, LEASE_SELECTING, now_ms).send;
		return s;
	}
	l->state = LEASE_SELECTING;
	random_fill(&l->exchange, sizeof l->exchange);
	l->asked_ms = now_ms + wait_ms;
	l->tries = 0;
	l->next_ms = now_ms + wait_ms;
	return s;
}

struct lease_step lease_start(struct lease *l, const uint8_t mac[static 6], uint64_t now_ms)
{
	bool same_card = memcmp(l->mac, mac, sizeof l->mac) == 0;

	memcpy(l->mac, mac, sizeof l->mac);
	l->declined = 0;
	if (l->valid && same_card && now_ms < lease_time(l, l->held.lease_s))
		return enter(l, LEASE_REBOOTING, now_ms);
	return give_up(l, now_ms, 0);
}

void lease_stop(struct lease *l)
{
	l->state = LEASE_IDLE;
	l->next_ms = l->valid ? lease_time(l, l->held.lease_s) : DEADLINE_NONE;
}

/* Sends and waits; after so many tries in vain starts afresh. */
static struct lease_step ask(struct lease *l, uint64_t now_ms, unsigned max_tries)
{
	if (max_tries != 0 && l->tries == max_tries)
		return give_up(l, now_ms, 0);
	l->tries++;
	l->next_ms = now_ms + retry_ms(l->tries);
	return (struct lease_step){.send = true};
}

/* RENEWING until T2, REBINDING until the end. */
static struct lease_step extend(struct lease *l, uint64_t now_ms, uint64_t until_ms)
{
	uint64_t half;

	if (now_ms >= until_ms)
		return l->state == LEASE_RENEWING ? enter(l, LEASE_REBINDING, now_ms) : give_up(l, now_ms, 0);
	half = (until_ms - now_ms) / 2;
	if (half < RENEW_RETRY_S * 1000)
		half = RENEW_RETRY_S * 1000;
	l->tries++;
	l->next_ms = half < until_ms - now_ms ? now_ms + half : until_ms;
	return (struct lease_step){.send = true};
}

/* The address of `held` is ours from now on. */
static struct lease_step hold(struct lease *l)
{
	struct lease_step s = {.changed = !l->valid};

	l->valid = true;
	l->state = LEASE_BOUND;
	l->next_ms = lease_time(l, l->held.lease_s == DHCP_FOREVER ? DHCP_FOREVER : l->held.renew_s);
	return s;
}

static struct lease_step probe(struct lease *l, uint64_t now_ms)
{
	if (l->tries == PROBES)
		return hold(l);
	l->tries++;
	l->next_ms = now_ms + (l->tries < PROBES ? PROBE_NEXT_MS : PROBE_LAST_MS);
	return (struct lease_step){.probe = true};
}

struct lease_step lease_tick(struct lease *l, uint64_t now_ms)
{
	if (now_ms < l->next_ms)
		return nothing;
	switch (l->state) {
	case LEASE_SELECTING:
		return ask(l, now_ms, 0);
	case LEASE_REQUESTING:
		return ask(l, now_ms, REQUEST_TRIES);
	case LEASE_REBOOTING:
		if (now_ms >= lease_time(l, l->held.lease_s))
			return give_up(l, now_ms, 0);
		return ask(l, now_ms, REBOOT_TRIES);
	case LEASE_PROBING:
		return probe(l, now_ms);
	case LEASE_DECLINING:
		return enter(l, LEASE_SELECTING, now_ms);
	case LEASE_BOUND:
		return enter(l, LEASE_RENEWING, now_ms);
	case LEASE_RENEWING:
		return extend(l, now_ms, lease_time(l, l->held.rebind_s));
	case LEASE_REBINDING:
		return extend(l, now_ms, lease_time(l, l->held.lease_s));
	case LEASE_IDLE:
		break;
	}
	/* Without carrier, the only thing that happens is the lease's end. */
	l->next_ms = DEADLINE_NONE;
	if (!l->valid)
		return nothing;
	l->valid = false;
	return (struct lease_step){.changed = true};
}

static struct lease_step bind(struct lease *l, const struct dhcp_answer *a, uint64_t now_ms)
{
	bool extends = l->state == LEASE_RENEWING || l->state == LEASE_REBINDING;
	bool same_address = l->valid && memcmp(l->held.address, a->address, 4) == 0;
	bool same =
	    same_address && l->held.prefix == a->prefix && memcmp(l->held.router, a->router, sizeof a->router) == 0;
	struct lease_step s = {0};

	l->held = *a;
	l->granted_ms = l->asked_ms;
	if ((extends && same_address) || l->declined >= DECLINES_MAX) {
		s = hold(l);
		s.changed = !same;
		return s;
	}
	/* The same address stays in use while it is probed: its connections may live on. */
	s.changed = l->valid && !same;
	l->valid = same;
	l->state = LEASE_PROBING;
	l->tries = 0;
	l->next_ms = now_ms + random_below(PROBE_FIRST_MS);
	return s;
}

/* May this server speak to the exchange under way? */
static bool is_expected(const struct lease *l, const struct dhcp_answer *a)
{
	switch (l->state) {
	case LEASE_REQUESTING:
		return memcmp(a->server, l->offer.server, 4) == 0;
	case LEASE_RENEWING:
		return memcmp(a->server, l->held.server, 4) == 0;
	case LEASE_REBOOTING:
	case LEASE_REBINDING:
		return true;
	case LEASE_SELECTING:
	case LEASE_PROBING:
	case LEASE_DECLINING:
	case LEASE_BOUND:
	case LEASE_IDLE:
		break;
	}
	return false;
}

struct lease_step lease_answer(struct lease *l, const struct dhcp_answer *a, uint64_t now_ms)
{
	/* The first good offer is as good as any. tries: not while it waits after a refusal. */
	if (l->state == LEASE_SELECTING && l->tries > 0 && a->type == DHCP_OFFER) {
		l->offer = *a;
		return enter(l, LEASE_REQUESTING, now_ms);
	}
	if (a->type == DHCP_OFFER || !is_expected(l, a))
		return nothing;
	if (a->type == DHCP_NAK)
		return give_up(l, now_ms, AFTER_NAK_MS);
	return bind(l, a, now_ms);
}

struct lease_step lease_conflict(struct lease *l, uint64_t now_ms)
{
	struct lease_step s = {.send = true, .changed = l->valid};

	if (l->state != LEASE_PROBING)
		return nothing;
	l->valid = false;
	l->declined++;
	l->state = LEASE_DECLINING;
	random_fill(&l->exchange, sizeof l->exchange);
	l->asked_ms = now_ms;
	l->next_ms = now_ms + AFTER_DECLINE_MS;
	return s;
}

void lease_message(const struct lease *l, uint64_t now_ms, struct dhcp_request *r, uint8_t from[static 4],
		   uint8_t to[static 4])
{
	uint64_t elapsed_s = (now_ms - l->asked_ms) / 1000;

	*r = (struct dhcp_request){.type = l->state == LEASE_SELECTING   ? DHCP_DISCOVER
					   : l->state == LEASE_DECLINING ? DHCP_DECLINE
									 : DHCP_REQUEST,
				   .exchange = l->exchange,
				   .elapsed_s = elapsed_s < UINT16_MAX ? (uint16_t)elapsed_s : UINT16_MAX};
	memcpy(r->mac, l->mac, sizeof r->mac);
	memset(from, 0, 4);
	memset(to, 255, 4);
	/* RFC 2131 table 4: who is named where. */
	if (l->state == LEASE_REQUESTING) {
		memcpy(r->wanted, l->offer.address, 4);
		memcpy(r->server, l->offer.server, 4);
	} else if (l->state == LEASE_DECLINING) {
		memcpy(r->wanted, l->held.address, 4);
		memcpy(r->server, l->held.server, 4);
	} else if (l->state == LEASE_REBOOTING) {
		memcpy(r->wanted, l->held.address, 4);
	} else if (l->state == LEASE_RENEWING || l->state == LEASE_REBINDING) {
		memcpy(r->own, l->held.address, 4);
		memcpy(from, l->held.address, 4);
		if (l->state == LEASE_RENEWING)
			memcpy(to, l->held.server, 4);
	}
}
