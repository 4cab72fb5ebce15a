/* SPDX-License-Identifier: GPL-3.0-or-later
 * link/wire.c: a reader of any bytes stays inside them, and its first error sticks; a writer stays inside its buffer.
 */
#include "proof.h"

#include "base/bytes.c"
#include "link/wire.c"

void prove_read(void)
{
	struct bytes in = any_bytes(6), view;
	struct wire_reader w = wire_reader_over(in);
	uint8_t fixed[3] = {7, 7, 7};
	size_t max = nondet_size();

	for (unsigned i = 0; i < 2; i++) {
		enum err before = w.e;
		size_t left = w.rest.n, size = 0;
		switch (nondet_byte() % 6) {
		case 0:
			(void)wire_get_u8(&w);
			size = 1;
			break;
		case 1:
			(void)wire_get_u16(&w);
			size = 2;
			break;
		case 2:
			(void)wire_get_u32(&w);
			size = 4;
			break;
		case 3:
			(void)wire_get_u64(&w);
			size = 8;
			break;
		case 4:
			wire_get_fixed(&w, fixed, sizeof fixed);
			size = sizeof fixed;
			break;
		default:
			view = wire_get_bytes(&w, max);
			size = 4 + view.n;
			PROVE(view.n <= max && view.n <= in.n);
			PROVE(view.n == 0 || (view.p >= in.p && view.p + view.n <= in.p + in.n));
			break;
		}
		PROVE(before == ERR_OK || w.e == before);
		PROVE(w.e == ERR_OK ? left - w.rest.n == size : w.rest.n <= left);
	}
	PROVE(wire_reader_end(&w) != ERR_OK || (w.e == ERR_OK && w.rest.n == 0));
}

void prove_there_and_back(void)
{
	uint8_t storage[24];
	struct buf out = buf_over(storage, sizeof storage);
	uint64_t a = nondet_u64();
	uint32_t b = nondet_u32();
	struct bytes c = any_bytes(5), again;
	struct wire_reader w;

	wire_put_u64(&out, a);
	wire_put_u32(&out, b);
	wire_put_bytes(&out, c, 4);
	PROVE(out.failed == (c.n > 4));
	if (out.failed)
		return;
	w = wire_reader_over(buf_view(&out));
	PROVE(wire_get_u64(&w) == a);
	PROVE(wire_get_u32(&w) == b);
	again = wire_get_bytes(&w, 4);
	PROVE(again.n == c.n);
	for (size_t i = 0; i < c.n; i++)
		PROVE(again.p[i] == c.p[i]);
	PROVE(wire_reader_end(&w) == ERR_OK);
}
