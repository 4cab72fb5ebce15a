/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <string.h>

#include "net/arp.h"

static const uint8_t ours[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t theirs[6] = {2, 0, 0, 0, 0, 2};
static const uint8_t address[4] = {10, 99, 0, 40};
static const uint8_t other[4] = {10, 99, 0, 41};
static const uint8_t nobody[4] = {0};

struct packet {
	uint8_t bytes[46]; /* with the filling of a short frame */
};

static struct packet packet(uint8_t operation, const uint8_t *mac, const uint8_t *sender, const uint8_t *target)
{
	struct packet p = {{0, 1, 8, 0, 6, 4, 0, operation}};

	memcpy(p.bytes + 8, mac, 6);
	memcpy(p.bytes + 14, sender, 4);
	memcpy(p.bytes + 24, target, 4);
	return p;
}

static bool conflict(const struct packet *p, size_t n)
{
	return arp_is_conflict(bytes_of(p->bytes, n), ours, address);
}

static void a_probe_names_nobody_as_its_sender(void **state)
{
	static const uint8_t want[ARP_LEN] = {0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0,  0,  0, 1,
					      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 99, 0, 40};
	uint8_t out[ARP_LEN];
	struct buf b = buf_over(out, sizeof out);

	(void)state;
	arp_put_probe(&b, ours, address);
	assert_false(b.failed);
	assert_int_equal(b.len, ARP_LEN);
	assert_memory_equal(out, want, ARP_LEN);
}

/* RFC 5227 2.1.1: a packet from the address; or a probe for it. */
static void who_has_it_or_wants_it_is_a_conflict(void **state)
{
	const struct {
		uint8_t operation;
		const uint8_t *mac, *sender, *target;
		bool want;
	} rows[] = {
	    {2, theirs, address, nobody, true},  /* "it is mine" */
	    {1, theirs, address, other, true},   /* uses it to ask for another */
	    {1, theirs, address, address, true}, /* announces it */
	    {1, theirs, nobody, address, true},  /* probes for it */
	    {1, theirs, other, address, false},  /* asks who has it */
	    {2, theirs, nobody, address, false}, {1, theirs, nobody, other, false},
	    {1, ours, nobody, address, false},                                        /* our own, over a loop */
	    {2, ours, address, nobody, false},   {3, theirs, address, nobody, false}, /* reverse ARP */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct packet p = packet(rows[i].operation, rows[i].mac, rows[i].sender, rows[i].target);
		if (conflict(&p, sizeof p.bytes) != rows[i].want)
			fail_msg("row %zu", i);
	}
}

static void what_is_not_arp_for_ethernet_is_none(void **state)
{
	struct packet p = packet(2, theirs, address, nobody);

	(void)state;
	assert_true(conflict(&p, ARP_LEN));
	for (size_t n = 0; n < ARP_LEN; n++)
		assert_false(conflict(&p, n));
	for (size_t i = 0; i < 7; i++) {
		p.bytes[i] ^= 1;
		assert_false(conflict(&p, ARP_LEN));
		p.bytes[i] ^= 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_probe_names_nobody_as_its_sender),
	    cmocka_unit_test(who_has_it_or_wants_it_is_a_conflict),
	    cmocka_unit_test(what_is_not_arp_for_ethernet_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
