/* SPDX-License-Identifier: GPL-3.0-or-later
 * age/armor.c: any byte in any state of the reader, and so a text of any length. Lines have 4 characters here, which
 * stand for 3 bytes; two lines are handed on at a time, and the lines around it have two characters. */
#include "proof.h"

#include "age/armor.c"

/* As bytes/base64 shows. */
enum err base64_decode_shown(struct bytes text, bool pad, uint8_t *out, size_t cap, size_t *out_len)
{
	size_t padding = nondet_size();

	PROVE(pad && text.n > 0 && __CPROVER_r_ok(text.p, text.n) && __CPROVER_w_ok(out, cap));
	ASSUME(padding <= 2);
	if (nondet_bool() || text.n % 4 != 0 || text.n / 4 * 3 - padding > cap)
		return nondet_bool() ? ERR_FORMAT : ERR_TOO_BIG;
	*out_len = text.n / 4 * 3 - padding;
	return ERR_OK;
}

enum { LINE_BYTES = 3 };

static struct age_dearmor d;

static enum err sink_write(void *context, struct bytes data)
{
	(void)context;
	PROVE(data.n > 0 && data.n <= sizeof d.plain && data.p == d.plain && !d.broken);
	return nondet_bool() ? ERR_OK : ERR_IO;
}

/* Between two bytes. A line that is full of one byte too many is left for its end to be refused. */
static bool sound(void)
{
	return d.sink.write == sink_write && d.failed == ERR_OK && (unsigned)d.state <= AGE_DEARMOR_AFTER &&
	       d.fill <= sizeof d.line && d.out.p == d.plain && d.out.cap == sizeof d.plain && d.out.len <= d.out.cap &&
	       d.out.cap - d.out.len >= LINE_BYTES && !d.out.failed && !d.broken && d.space <= AGE_ARMOR_SPACE_MAX &&
	       (d.state != AGE_DEARMOR_AFTER || d.fill <= 1);
}

static void any_fields(void)
{
	d.state = nondet_u32() % 4;
	d.space = nondet_size();
	d.fill = nondet_size();
	for (size_t i = 0; i < sizeof d.line; i++)
		d.line[i] = nondet_byte();
	d.out.len = nondet_size();
}

static void any_state(void)
{
	d.sink = (struct age_sink){sink_write, NULL};
	d.failed = ERR_OK;
	d.broken = false;
	d.out = buf_over(d.plain, sizeof d.plain);
	any_fields();
	ASSUME(sound());
}

void prove_byte(void)
{
	enum age_dearmor_state before;
	uint8_t c = nondet_byte();

	any_state();
	before = d.state;
	if (take_byte(&d, c) != ERR_OK) {
		PROVE(d.out.len == 0 && !d.out.failed);
		return;
	}
	PROVE(sound() && d.state >= before && d.state <= before + 2);
	PROVE(d.state == before || c == '\n');
	PROVE(before != AGE_DEARMOR_AFTER || is_space(c));
	PROVE(before != AGE_DEARMOR_LAST || d.state == AGE_DEARMOR_AFTER || c != '\n');
}

void prove_data(void)
{
	uint8_t object[2];
	enum err e;

	any_state();
	e = age_dearmor_data(&d, last_bytes(object, sizeof object));
	PROVE(e == d.failed && (e != ERR_OK || (sound() && d.out.len == 0)));
}

enum err take_byte_shown(struct age_dearmor *it, uint8_t c)
{
	(void)c;
	PROVE(it == &d && sound());
	any_fields();
	if (nondet_bool()) {
		ASSUME(sound());
		return ERR_OK;
	}
	/* The armor's error, or the sink's. */
	d.broken = nondet_bool();
	d.out.len = 0;
	return d.broken ? ERR_FORMAT : ERR_IO;
}

void prove_end(void)
{
	enum err e;

	any_state();
	e = age_dearmor_end(&d);
	PROVE(d.failed != ERR_OK && (e != ERR_OK || d.state == AGE_DEARMOR_AFTER));
}
