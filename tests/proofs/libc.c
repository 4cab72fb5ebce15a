/* SPDX-License-Identifier: GPL-3.0-or-later
 * What cbmc has no model of, as the C standard and POSIX say it; and abort(), which its own model takes for a way out.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void abort(void)
{
	__CPROVER_assert(false, "BUG_IF, abort()");
	__CPROVER_assume(false);
}

void *memchr(const void *s, int c, size_t n)
{
	const uint8_t *p = s;

	for (size_t i = 0; i < n; i++)
		if (p[i] == (uint8_t)c)
			return (void *)(p + i);
	return NULL;
}

void *memmem(const void *haystack, size_t n, const void *needle, size_t needle_n)
{
	const uint8_t *h = haystack, *w = needle;

	for (size_t i = 0; i + needle_n <= n; i++) {
		size_t same = 0;
		while (same < needle_n && h[i + same] == w[same])
			same++;
		if (same == needle_n)
			return (void *)(h + i);
	}
	return NULL;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0')
		n++;
	return n;
}
