/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <string.h>

#include "net/dhcp.h"
#include "net/lease.h"

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t everyone[4] = {255, 255, 255, 255};
static const uint8_t server[4] = {10, 99, 0, 1};
enum { EXCHANGE = 0x11223344 };

/* ---- messages */

struct message {
	uint8_t bytes[DHCP_READ_MAX + 1];
	size_t n;
};

/* The fixed part of an answer; options follow. */
static struct message answer(const char *yours)
{
	struct message m = {.n = 240};
	static const uint8_t start[8] = {2, 1, 6, 0, 0x11, 0x22, 0x33, 0x44};

	memcpy(m.bytes, start, sizeof start);
	memcpy(m.bytes + 16, yours, 4);
	memcpy(m.bytes + 28, mac, 6);
	memcpy(m.bytes + 236, "\x63\x82\x53\x63", 4);
	return m;
}

static void add(struct message *m, const char *options, size_t n)
{
	memcpy(m->bytes + m->n, options, n);
	m->n += n;
}
#define ADD(m, literal) add(m, literal, sizeof(literal) - 1)

#define ADDRESS "\x0a\x63\x00\x28"
#define TYPE(t) "\x35\x01" t
#define SERVER  "\x36\x04\x0a\x63\x00\x01"
#define MASK    "\x01\x04\xff\xff\xff\x00"
#define ROUTER  "\x03\x04\x0a\x63\x00\x01"
#define LEASE   "\x33\x04\x00\x00\x0e\x10"
#define END     "\xff"

static enum err read_answer(const struct message *m, struct dhcp_answer *a)
{
	return dhcp_read_answer(bytes_of(m->bytes, m->n), EXCHANGE, mac, a);
}

static void a_discover_says_nothing_about_the_box(void **state)
{
	struct dhcp_request r = {.type = DHCP_DISCOVER, .exchange = EXCHANGE, .elapsed_s = 3};
	uint8_t out[DHCP_SEND_MAX];
	uint8_t want[DHCP_SEND_MAX] = {1, 1, 6, 0, 0x11, 0x22, 0x33, 0x44, 0, 3};
	struct buf b = buf_over(out, sizeof out);

	(void)state;
	memcpy(r.mac, mac, 6);
	memcpy(want + 28, mac, 6);
	/* type, the two wanted options, end: no host name (12), no vendor class (60), no client identifier (61) */
	memcpy(want + 236, "\x63\x82\x53\x63\x35\x01\x01\x37\x02\x01\x03\xff", 12);
	dhcp_put_request(&b, &r);
	assert_false(b.failed);
	assert_int_equal(b.len, sizeof want);
	assert_memory_equal(out, want, sizeof want);
}

static void a_request_names_address_and_server(void **state)
{
	struct dhcp_request r = {
	    .type = DHCP_REQUEST, .exchange = EXCHANGE, .wanted = {10, 99, 0, 40}, .server = {10, 99, 0, 1}};
	uint8_t out[DHCP_SEND_MAX];
	struct buf b = buf_over(out, sizeof out);

	(void)state;
	dhcp_put_request(&b, &r);
	assert_memory_equal(out + 240,
			    "\x35\x01\x03\x32\x04\x0a\x63\x00\x28\x36\x04\x0a\x63\x00\x01\x37\x02\x01\x03\xff", 20);
}

static void an_offer_and_an_ack_are_read(void **state)
{
	struct message m = answer(ADDRESS);
	struct dhcp_answer a;

	(void)state;
	ADD(&m, TYPE("\x02") SERVER MASK ROUTER "\x0c\x03"
						"box" LEASE END);
	assert_int_equal(read_answer(&m, &a), ERR_OK);
	assert_int_equal(a.type, DHCP_OFFER);
	assert_memory_equal(a.address, ADDRESS, 4);
	assert_memory_equal(a.router, server, 4);
	assert_int_equal(a.prefix, 24);
	assert_int_equal(a.lease_s, 3600);
	assert_int_equal(a.renew_s, 1800);
	assert_int_equal(a.rebind_s, 3150);
	m.bytes[242] = DHCP_ACK;
	assert_int_equal(read_answer(&m, &a), ERR_OK);
	assert_int_equal(a.type, DHCP_ACK);
}

static void times_out_of_order_get_the_usual_ones(void **state)
{
	struct message m = answer(ADDRESS);
	struct dhcp_answer a;

	(void)state;
	ADD(&m, TYPE("\x05") SERVER MASK LEASE "\x3a\x04\x00\x00\x0e\x10"
					       "\x3b\x04\x00\x00\x00\x20" END); /* T1 3600, T2 32 */
	assert_int_equal(read_answer(&m, &a), ERR_OK);
	assert_int_equal(a.renew_s, 1800);
	assert_int_equal(a.rebind_s, 3150);
}

static void overloaded_fields_hold_options(void **state)
{
	struct message m = answer(ADDRESS);
	struct dhcp_answer a;

	(void)state;
	memcpy(m.bytes + 108, SERVER MASK END, 13);
	memcpy(m.bytes + 44, ROUTER END, 7);
	ADD(&m, TYPE("\x02") "\x34\x01\x03" END);
	assert_int_equal(read_answer(&m, &a), ERR_OK);
	assert_memory_equal(a.router, server, 4);
	assert_int_equal(a.prefix, 24);
	m.bytes[108 + 12] = 0; /* the end marker of the file field is missing */
	assert_int_equal(read_answer(&m, &a), ERR_FORMAT);
	m.bytes[108 + 12] = 255;
	m.bytes[245] = 4;
	assert_int_equal(read_answer(&m, &a), ERR_FORMAT);
}

/* One row for each MUST: what is changed in a good ACK, and what has to come of it. */
static void what_breaks_the_rules_is_refused(void **state)
{
	static const struct {
		const char *yours;
		const char *options;
		size_t n;
		enum err want;
	} rows[] = {
#define ROW(yours, options, want) {yours, options, sizeof(options) - 1, want}
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK LEASE END, ERR_OK),
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK LEASE, ERR_FORMAT),                          /* no end */
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK "\x33\x05\x00\x00\x0e\x10" END, ERR_FORMAT), /* length */
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK "\x33\xff", ERR_FORMAT),                     /* past the end */
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK "\x33", ERR_FORMAT),                         /* no length */
	    ROW(ADDRESS, TYPE("\x05") TYPE("\x05") SERVER MASK LEASE END, ERR_FORMAT),         /* twice */
	    ROW(ADDRESS, TYPE("\x05") SERVER SERVER MASK LEASE END, ERR_FORMAT),               /* twice */
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK END, ERR_FORMAT), /* an ACK without a lease */
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK "\x33\x04\x00\x00\x00\x1d" END, ERR_FORMAT), /* 29 seconds */
	    ROW(ADDRESS, TYPE("\x05") MASK LEASE END, ERR_FORMAT),                             /* no server */
	    ROW(ADDRESS, SERVER MASK LEASE END, ERR_FORMAT),                                   /* no type */
	    ROW(ADDRESS, TYPE("\x01") SERVER MASK LEASE END, ERR_FORMAT),                      /* a client's type */
	    ROW(ADDRESS, TYPE("\x08") SERVER MASK LEASE END, ERR_FORMAT),
	    ROW(ADDRESS, TYPE("\x05") SERVER "\x01\x04\xff\x00\xff\x00" LEASE END, ERR_FORMAT), /* mask with a hole */
	    ROW(ADDRESS, TYPE("\x05") SERVER "\x01\x04\xfe\x00\x00\x00" LEASE END, ERR_FORMAT), /* shorter than /8 */
	    ROW(ADDRESS, TYPE("\x05") SERVER "\x01\x04\xff\xff\xff\xff" LEASE END, ERR_OK),     /* /32 */
	    ROW("\x0a\x63\x00\x00", TYPE("\x05") SERVER MASK LEASE END, ERR_FORMAT),            /* the network itself */
	    ROW("\x0a\x63\x00\xff", TYPE("\x05") SERVER MASK LEASE END, ERR_FORMAT), /* its broadcast address */
	    ROW("\x7f\x00\x00\x05", TYPE("\x05") SERVER MASK LEASE END, ERR_FORMAT),
	    ROW("\xe0\x00\x00\x05", TYPE("\x05") SERVER MASK LEASE END, ERR_FORMAT),
	    ROW("\x00\x00\x00\x00", TYPE("\x05") SERVER MASK LEASE END, ERR_FORMAT),
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK "\x03\x04\x0a\x63\x00\x28" LEASE END, ERR_FORMAT), /* router is we */
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK "\x03\x04\xff\xff\xff\xff" LEASE END, ERR_FORMAT),
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK "\x03\x05\x0a\x63\x00\x01\x00" LEASE END, ERR_FORMAT),
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK "\x03\x00" LEASE END, ERR_FORMAT),
	    ROW(ADDRESS, TYPE("\x05") SERVER MASK "\x03\x08\x0a\x63\x00\x01\x0a\x63\x00\x02" LEASE END, ERR_OK),
	    ROW(ADDRESS, TYPE("\x05") "\x36\x04\x00\x00\x00\x00" MASK LEASE END, ERR_FORMAT),
	    ROW("\x00\x00\x00\x00", TYPE("\x06") SERVER END, ERR_OK), /* a NAK brings nothing else */
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct message m = answer(rows[i].yours);
		struct dhcp_answer a = {.prefix = 99};

		add(&m, rows[i].options, rows[i].n);
		if (read_answer(&m, &a) != rows[i].want)
			fail_msg("row %zu: not \"%s\"", i, err_text(rows[i].want));
		if (rows[i].want != ERR_OK)
			assert_int_equal(a.prefix, 99);
	}
}

static void answers_to_others_are_not_found(void **state)
{
	struct message m = answer(ADDRESS);
	struct dhcp_answer a;

	(void)state;
	ADD(&m, TYPE("\x05") SERVER MASK LEASE END);
	m.bytes[33] ^= 1;
	assert_int_equal(read_answer(&m, &a), ERR_NOT_FOUND);
	m.bytes[33] ^= 1;
	m.bytes[7] ^= 1;
	assert_int_equal(read_answer(&m, &a), ERR_NOT_FOUND);
	m.bytes[7] ^= 1;
	for (size_t n = 0; n < m.n; n++)
		assert_int_not_equal(dhcp_read_answer(bytes_of(m.bytes, n), EXCHANGE, mac, &a), ERR_OK);
	m.n = sizeof m.bytes; /* too long */
	assert_int_equal(read_answer(&m, &a), ERR_FORMAT);
}

/* ---- frames */

static void turn(uint8_t *frame)
{
	/* The answer's direction: ports 67 to 68; the sums stay right when two words change places. */
	frame[21] = 67;
	frame[23] = 68;
}

static void a_frame_is_read_back(void **state)
{
	uint8_t storage[DHCP_FRAME_MAX];
	struct buf b = buf_over(storage, sizeof storage);
	struct bytes payload;

	(void)state;
	dhcp_put_frame(&b, server, everyone, BYTES_LITERAL("odd"));
	assert_int_equal(dhcp_read_frame(buf_view(&b), true, &payload), ERR_FORMAT); /* a client's */
	turn(storage);
	assert_int_equal(dhcp_read_frame(buf_view(&b), true, &payload), ERR_OK);
	assert_true(bytes_eq_str(payload, "odd"));
	storage[b.len - 1] ^= 1;
	assert_int_equal(dhcp_read_frame(buf_view(&b), true, &payload), ERR_FORMAT);
	assert_int_equal(dhcp_read_frame(buf_view(&b), false, &payload), ERR_OK); /* from a virtual card */
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(dhcp_read_frame(bytes_of(storage, n), false, &payload), ERR_FORMAT);
	storage[6] = 0x20; /* a fragment; the sum is wrong as well, so mend it: DF gone, MF set, same word sum */
	storage[10] = (uint8_t)(storage[10] + 0x20);
	assert_int_equal(dhcp_read_frame(buf_view(&b), false, &payload), ERR_FORMAT);
}

/* ---- the client's states */

static struct dhcp_answer given(enum dhcp_type type, uint8_t host)
{
	return (struct dhcp_answer){.type = type,
				    .server = {10, 99, 0, 1},
				    .address = {10, 99, 0, host},
				    .prefix = 24,
				    .router = {10, 99, 0, 1},
				    .lease_s = 3600,
				    .renew_s = 1800,
				    .rebind_s = 3150};
}

/* Nobody answers the three probes. */
static struct lease_step probed(struct lease *l)
{
	for (int i = 0; i < 3; i++) {
		struct lease_step s = lease_tick(l, l->next_ms);
		assert_int_equal(l->state, LEASE_PROBING);
		assert_true(s.probe && !s.send && !s.changed);
	}
	return lease_tick(l, l->next_ms);
}

static struct lease bound(uint64_t at_ms)
{
	struct lease l = {0};
	struct dhcp_answer a = given(DHCP_OFFER, 40);

	lease_start(&l, mac, at_ms);
	lease_answer(&l, &a, at_ms + 10);
	a.type = DHCP_ACK;
	assert_false(lease_answer(&l, &a, at_ms + 20).changed);
	assert_true(probed(&l).changed);
	assert_int_equal(l.state, LEASE_BOUND);
	return l;
}

static void an_address_is_asked_for_and_held(void **state)
{
	struct lease l = {0};
	struct dhcp_answer a = given(DHCP_OFFER, 40);
	struct lease_step s = lease_start(&l, mac, 1000);
	struct dhcp_request r;
	uint8_t from[4];
	uint8_t to[4];
	uint32_t exchange = l.exchange;

	(void)state;
	assert_true(s.send && !s.changed);
	assert_int_equal(l.state, LEASE_SELECTING);
	lease_message(&l, 1000, &r, from, to);
	assert_int_equal(r.type, DHCP_DISCOVER);
	assert_true(dhcp_is_zero(r.wanted) && dhcp_is_zero(r.own) && dhcp_is_zero(from));
	assert_memory_equal(to, everyone, 4);
	assert_true(lease_answer(&l, &a, 1100).send);
	lease_message(&l, 3100, &r, from, to);
	assert_int_equal(r.type, DHCP_REQUEST);
	assert_int_equal(r.exchange, exchange);
	assert_int_equal(r.elapsed_s, 2);
	assert_memory_equal(r.wanted, a.address, 4);
	assert_memory_equal(r.server, a.server, 4);
	a.server[3] = 2; /* another server's word doesn't count */
	a.type = DHCP_ACK;
	assert_false(lease_answer(&l, &a, 1200).changed);
	a.server[3] = 1;
	s = lease_answer(&l, &a, 1200);
	assert_true(!s.changed && !s.send && !l.valid);
	assert_in_range(l.next_ms, 1200, 1400);
	s = probed(&l);
	assert_true(s.changed && !s.send && l.valid);
	assert_int_equal(l.next_ms, 1000 + 1800 * 1000);
	assert_false(lease_answer(&l, &a, 1300).changed); /* a late copy */
}

static void unanswered_discovers_back_off(void **state)
{
	static const unsigned seconds[] = {4, 8, 16, 32, 64, 64};
	struct lease l = {0};
	uint64_t now = 0;

	(void)state;
	lease_start(&l, mac, now);
	for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
		assert_in_range(l.next_ms - now, seconds[i] * 1000 - 1000, seconds[i] * 1000 + 1000);
		assert_false(lease_tick(&l, l.next_ms - 1).send);
		now = l.next_ms;
		assert_true(lease_tick(&l, now).send);
	}
}

static void unanswered_requests_start_afresh(void **state)
{
	struct lease l = {0};
	struct dhcp_answer a = given(DHCP_OFFER, 40);
	uint32_t exchange;

	(void)state;
	lease_start(&l, mac, 0);
	exchange = l.exchange;
	lease_answer(&l, &a, 10);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(l.state, LEASE_REQUESTING);
		assert_true(lease_tick(&l, l.next_ms).send);
	}
	assert_int_equal(l.state, LEASE_SELECTING);
	assert_int_not_equal(l.exchange, exchange);
}

static void a_lease_is_renewed_then_rebound_then_lost(void **state)
{
	struct lease l = bound(0);
	struct dhcp_answer a = given(DHCP_ACK, 40);
	struct dhcp_request r;
	struct lease_step s;
	uint8_t from[4];
	uint8_t to[4];

	(void)state;
	assert_true(lease_tick(&l, l.next_ms).send);
	assert_int_equal(l.state, LEASE_RENEWING);
	lease_message(&l, 1800000, &r, from, to);
	assert_memory_equal(r.own, a.address, 4);
	assert_memory_equal(from, a.address, 4);
	assert_memory_equal(to, server, 4);
	assert_true(dhcp_is_zero(r.wanted) && dhcp_is_zero(r.server));
	s = lease_answer(&l, &a, 1800010); /* renewed: nothing changes for the card */
	assert_true(!s.changed && !s.send);
	assert_int_equal(l.next_ms, 1800000 + 1800000);

	lease_tick(&l, l.next_ms);
	for (int i = 0; i < 100 && l.state == LEASE_RENEWING; i++)
		assert_true(lease_tick(&l, l.next_ms).send);
	assert_int_equal(l.state, LEASE_REBINDING);
	lease_message(&l, l.next_ms, &r, from, to);
	assert_memory_equal(to, everyone, 4);
	do
		s = lease_tick(&l, l.next_ms);
	while (l.state == LEASE_REBINDING);
	assert_int_equal(l.state, LEASE_SELECTING);
	assert_true(s.changed && s.send && !l.valid);
}

static void a_refusal_takes_the_address_and_waits(void **state)
{
	struct lease l = bound(0);
	struct dhcp_answer nak = {.type = DHCP_NAK, .server = {10, 99, 0, 1}};
	struct dhcp_answer offer = given(DHCP_OFFER, 41);
	struct lease_step s;

	(void)state;
	lease_tick(&l, l.next_ms);
	s = lease_answer(&l, &nak, 1800100);
	assert_true(s.changed && !s.send && !l.valid);
	assert_int_equal(l.next_ms, 1800100 + 2000);
	assert_false(lease_answer(&l, &offer, 1800200).send); /* nothing was asked yet */
	assert_true(lease_tick(&l, l.next_ms).send);
	assert_true(lease_answer(&l, &offer, l.next_ms).send);
}

static void a_cable_that_comes_back_asks_for_the_same_address(void **state)
{
	struct lease l = bound(0);
	struct dhcp_answer other = given(DHCP_ACK, 41);
	struct lease_step s;
	struct dhcp_request r;
	uint8_t from[4];
	uint8_t to[4];

	(void)state;
	lease_stop(&l);
	assert_true(l.valid);
	assert_int_equal(l.next_ms, 3600 * 1000);
	assert_true(lease_start(&l, mac, 60000).send);
	assert_int_equal(l.state, LEASE_REBOOTING);
	lease_message(&l, 60000, &r, from, to);
	assert_memory_equal(r.wanted, "\x0a\x63\x00\x28", 4);
	assert_true(dhcp_is_zero(r.server) && dhcp_is_zero(r.own) && dhcp_is_zero(from));
	assert_true(lease_answer(&l, &other, 60010).changed);
	assert_false(l.valid);
	assert_true(probed(&l).changed);
	assert_int_equal(l.held.address[3], 41);
	lease_stop(&l);
	lease_start(&l, mac, 70000);
	s = lease_answer(&l, &other, 70010); /* the same address: in use while it is probed */
	assert_true(!s.changed && l.valid);
	assert_int_equal(l.state, LEASE_PROBING);
	s = lease_conflict(&l, 70020);
	assert_true(s.changed && s.send && !l.valid);
}

static void somebody_elses_address_is_declined(void **state)
{
	struct lease l = {0};
	struct dhcp_answer offer = given(DHCP_OFFER, 40);
	struct dhcp_answer ack = given(DHCP_ACK, 40);
	struct dhcp_request r;
	struct lease_step s;
	uint8_t from[4];
	uint8_t to[4];

	(void)state;
	lease_start(&l, mac, 0);
	for (unsigned i = 0; i < 3; i++) {
		lease_answer(&l, &offer, l.next_ms);
		assert_false(lease_conflict(&l, l.next_ms).send); /* not ours yet */
		lease_answer(&l, &ack, l.next_ms);
		assert_true(lease_tick(&l, l.next_ms).probe);
		s = lease_conflict(&l, 5000);
		assert_true(s.send && !s.changed && !l.valid);
		lease_message(&l, 5000, &r, from, to);
		assert_int_equal(r.type, DHCP_DECLINE);
		assert_int_equal(r.elapsed_s, 0);
		assert_memory_equal(r.wanted, ack.address, 4);
		assert_memory_equal(r.server, ack.server, 4);
		assert_true(dhcp_is_zero(r.own) && dhcp_is_zero(from));
		assert_memory_equal(to, everyone, 4);
		assert_false(lease_answer(&l, &offer, 5010).send);
		assert_int_equal(l.next_ms, 5000 + 10000);
		assert_true(lease_tick(&l, l.next_ms).send);
		assert_int_equal(l.state, LEASE_SELECTING);
	}
	/* Who claims everything is not believed for ever. */
	lease_answer(&l, &offer, 20000);
	assert_true(lease_answer(&l, &ack, 20010).changed);
	assert_true(l.valid);
	assert_int_equal(l.state, LEASE_BOUND);
	lease_start(&l, mac, 30000); /* a new cable: believed again */
	lease_answer(&l, &ack, 30010);
	assert_int_equal(l.state, LEASE_PROBING);
}

static void a_decline_names_address_and_server_alone(void **state)
{
	struct dhcp_request r = {
	    .type = DHCP_DECLINE, .exchange = EXCHANGE, .wanted = {10, 99, 0, 40}, .server = {10, 99, 0, 1}};
	uint8_t out[DHCP_SEND_MAX];
	struct buf b = buf_over(out, sizeof out);

	(void)state;
	dhcp_put_request(&b, &r);
	assert_memory_equal(out + 240, "\x35\x01\x04\x32\x04\x0a\x63\x00\x28\x36\x04\x0a\x63\x00\x01\xff\x00", 17);
}

static void a_lease_ends_without_a_cable_too(void **state)
{
	static const uint8_t other_card[6] = {2, 0, 0, 0, 0, 2};
	struct lease l = bound(0);
	struct lease_step s;

	(void)state;
	lease_stop(&l);
	assert_false(lease_tick(&l, 3600 * 1000 - 1).changed);
	s = lease_tick(&l, 3600 * 1000);
	assert_true(s.changed && !s.send && !l.valid);
	assert_int_equal(l.next_ms, DEADLINE_NONE);
	l = bound(0);
	lease_stop(&l);
	s = lease_start(&l, other_card, 1000); /* another card never takes it over */
	assert_true(s.changed && s.send && !l.valid);
	assert_int_equal(l.state, LEASE_SELECTING);
}

static void a_lease_forever_never_asks_again(void **state)
{
	struct lease l = {0};
	struct dhcp_answer a = given(DHCP_OFFER, 40);

	(void)state;
	lease_start(&l, mac, 0);
	lease_answer(&l, &a, 1);
	a.type = DHCP_ACK;
	a.lease_s = DHCP_FOREVER;
	lease_answer(&l, &a, 2);
	probed(&l);
	assert_int_equal(l.next_ms, DEADLINE_NONE);
	lease_stop(&l);
	assert_int_equal(l.next_ms, DEADLINE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_discover_says_nothing_about_the_box),
	    cmocka_unit_test(a_request_names_address_and_server),
	    cmocka_unit_test(an_offer_and_an_ack_are_read),
	    cmocka_unit_test(times_out_of_order_get_the_usual_ones),
	    cmocka_unit_test(overloaded_fields_hold_options),
	    cmocka_unit_test(what_breaks_the_rules_is_refused),
	    cmocka_unit_test(answers_to_others_are_not_found),
	    cmocka_unit_test(a_frame_is_read_back),
	    cmocka_unit_test(an_address_is_asked_for_and_held),
	    cmocka_unit_test(unanswered_discovers_back_off),
	    cmocka_unit_test(unanswered_requests_start_afresh),
	    cmocka_unit_test(a_lease_is_renewed_then_rebound_then_lost),
	    cmocka_unit_test(a_refusal_takes_the_address_and_waits),
	    cmocka_unit_test(a_cable_that_comes_back_asks_for_the_same_address),
	    cmocka_unit_test(somebody_elses_address_is_declined),
	    cmocka_unit_test(a_decline_names_address_and_server_alone),
	    cmocka_unit_test(a_lease_ends_without_a_cable_too),
	    cmocka_unit_test(a_lease_forever_never_asks_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
