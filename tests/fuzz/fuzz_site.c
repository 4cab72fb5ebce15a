/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a site file. One that is taken must make every role's part, and come back the same when it is written
 * and read again. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "site/operator.h"
#include "unlock/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_good(const struct site *s)
{
	static uint8_t part[LIMIT_SITE_PART], first[LIMIT_SITE_FILE], second[LIMIT_SITE_FILE];
	static struct site again;
	struct site_fault fault;
	struct buf text = buf_over(first, sizeof first);
	struct buf twice = buf_over(second, sizeof second);

	for (size_t i = 0; i < site_part_role_count; i++) {
		struct buf out = buf_over(part, sizeof part);
		if (site_part(s, site_part_roles[i], &out) != ERR_OK)
			abort();
	}
	site_write(&text, s);
	if (text.failed || site_parse(buf_view(&text), &again, &fault) != ERR_OK)
		abort();
	site_write(&twice, &again);
	if (!bytes_eq(buf_view(&text), buf_view(&twice)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct site s;
	static const struct site zero;
	static uint8_t shown[1 << 20];
	struct site_fault fault = {0};
	struct buf out = buf_over(shown, sizeof shown);

	if (site_parse(bytes_of(data, size), &s, &fault) == ERR_OK)
		check_good(&s);
	else if (memcmp(&s, &zero, sizeof s) != 0 || fault.sentence[0] == '\0')
		abort();
	memset(&s, 0, sizeof s);
	if (site_take_desk(BYTES_LITERAL("desk"), &s, &fault))
		(void)operator_file_parse(bytes_of(data, size), &s, &fault);
	/* What is shown must be harmless to show. */
	text_escape(&out, bytes_of(data, size), false);
	if (!out.failed && !text_is_line(buf_view(&out)))
		abort();
	return 0;
}
