/* SPDX-License-Identifier: GPL-3.0-or-later
 * What Tor says on its control connection, cut into pieces: byte 0 is the size of a piece. However it is cut, it means
 * the same. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tor/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static enum err read_all(struct bytes in, size_t piece, struct control_state *s)
{
	static struct control_reader r;
	struct bytes line;
	enum err e = ERR_END;

	memset(&r, 0, sizeof r);
	for (; e == ERR_END && in.n > 0; in = bytes_from(in, piece)) {
		struct bytes part = bytes_first(in, piece);

		while ((e = control_next_line(&r, &part, &line)) == ERR_OK)
			/* An unknown line ends torctl; here the rest is looked at as well. */
			(void)!control_line(s, line);
	}
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct control_state whole;
	struct control_state pieces;

	memset(&whole, 0, sizeof whole);
	memset(&pieces, 0, sizeof pieces);
	if (n < 2)
		return 0;
	enum err a = read_all(bytes_of(data + 1, n - 1), n, &whole);
	enum err b = read_all(bytes_of(data + 1, n - 1), data[0] % 32 + 1u, &pieces);
	BUG_IF(a != b || memcmp(&whole, &pieces, sizeof whole) != 0);
	BUG_IF(whole.bootstrap > 100 || control_published(&whole) > CONTROL_SERVICES);
	return 0;
}
