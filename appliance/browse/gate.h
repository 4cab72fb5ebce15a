/* SPDX-License-Identifier: GPL-3.0-or-later
 * Which requests may come in at all, before anybody asks whose they are. Pages elsewhere can make this browser send
 * what they like to 127.0.0.1, and can have a name of theirs mean 127.0.0.1 (DNS rebinding); what they can't do is
 * choose the Host, Origin and Sec-Fetch-Site fields. */
#ifndef BROWSE_GATE_H
#define BROWSE_GATE_H

#include "http/http.h"

enum gate {
	GATE_OPEN,
	GATE_HOST,      /* it was meant for another name */
	GATE_ELSEWHERE, /* a page that isn't ours had it sent */
};

/* Host must be 127.0.0.1 or localhost, with the port. Sec-Fetch-Site, if it is there, must say that our own page or the
 * person sent it; Origin, if it is there, must be ours. */
enum gate gate_check(const struct http_request *r, uint16_t port);

#endif
