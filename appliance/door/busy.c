/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "door/busy.h"

enum { PAGE_LEN = 24 * 1024 }; /* visit's smallest size of a whole response */

static const char head[] = "HTTP/1.1 503 Service Unavailable\r\n"
			   "Content-Type: text/html; charset=utf-8\r\n"
			   "Cache-Control: no-store\r\n"
			   "Content-Security-Policy: default-src 'none'; form-action 'self'; base-uri 'none'; "
			   "frame-ancestors 'none'\r\n"
			   "Referrer-Policy: no-referrer\r\n"
			   "X-Content-Type-Options: nosniff\r\n"
			   "Cross-Origin-Opener-Policy: same-origin\r\n"
			   "Cross-Origin-Resource-Policy: same-origin\r\n"
			   "Content-Length: ";
static const char head_end[] = "\r\nConnection: close\r\n\r\n";

static const char page[] =
    "<!doctype html>\n"
    "<html lang=\"en\" dir=\"ltr\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"robots\" content=\"noindex, nofollow, noarchive\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n"
    "<title>Please come back in a few minutes</title>\n"
    "</head>\n"
    "<body>\n"
    "<main id=\"main\">\n"
    "<h1>Please come back in a few minutes</h1>\n"
    "<p>Right now too many people are here at once. It is not about you. Nothing was stored.</p>\n"
    "<p>Wait a few minutes, choose &quot;New Tor circuit for this site&quot; in your browser, and try again. If you "
    "were "
    "sending a message, it was not stored: send it again then.</p>\n"
    "</main>\n"
    "</body>\n"
    "</html>\n"
    "<!--";
static const char page_end[] = "-->\n";

struct bytes busy_page(void)
{
	static uint8_t storage[PAGE_LEN];
	static struct buf b;

	if (b.len == 0) {
		/* The length has five digits for any body that fits here. */
		size_t head_len = sizeof head - 1 + 5 + sizeof head_end - 1;
		b = buf_over(storage, sizeof storage);
		buf_str(&b, head);
		buf_decimal(&b, PAGE_LEN - head_len);
		buf_str(&b, head_end);
		buf_str(&b, page);
		buf_fill(&b, '.', PAGE_LEN - b.len - (sizeof page_end - 1));
		buf_str(&b, page_end);
		BUG_IF(b.failed || b.len != PAGE_LEN);
	}
	return buf_view(&b);
}

struct bytes busy_short(void)
{
	static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
				     "Content-Length: 0\r\n"
				     "Connection: close\r\n\r\n";

	return BYTES_LITERAL(answer);
}
