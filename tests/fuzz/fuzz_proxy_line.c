/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a connection's beginning. A line that is accepted is one that tor could have written, byte for byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "door/proxy_line.h"
#include "limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t line_len = 0;
	uint32_t circuit = 0;
	enum err e = proxy_line_parse(bytes_of(data, size), &line_len, &circuit);
	char again[LIMIT_PROXY_LINE + 1];
	unsigned source;
	unsigned target;

	if (e == ERR_END)
		BUG_IF(size >= LIMIT_PROXY_LINE);
	if (e != ERR_OK)
		return 0;
	BUG_IF(line_len > size || line_len > LIMIT_PROXY_LINE);
	memcpy(again, data, line_len);
	again[line_len] = '\0';
	BUG_IF(sscanf(again, "PROXY TCP6 fc00:dead:beef:4dad::%*x:%*x ::1 %u %u", &source, &target) != 2);
	snprintf(again, sizeof again, "PROXY TCP6 fc00:dead:beef:4dad::%x:%x ::1 %u %u\r\n", circuit >> 16,
		 circuit & 0xffff, source, target);
	BUG_IF(strlen(again) != line_len || memcmp(again, data, line_len) != 0);
	return 0;
}
