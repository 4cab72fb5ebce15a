/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the console shows, as text: from a state to a page. No system call here. */
#ifndef CONSOLE_SCREEN_H
#define CONSOLE_SCREEN_H

#include "console/ask.h"
#include "console/sheet.h"
#include "link/message.h"

enum {
	ANSWER_MAX = 8,
};

enum screen_page {
	PAGE_START, /* what the box asks before it opens, and while it reads the site file */
	PAGE_STATUS,
	PAGE_ADDRESS, /* large, with its QR code */
	PAGE_MACHINE, /* the program's hash and the start's notes */
	PAGE_LOCKED,
	PAGE_POWER_OFF, /* asks for YES */
	PAGE_REBOOT,    /* asks for YES */
	PAGE_LEAVING,   /* it was said */
};

/* Everything that the lines depend on. Views belong to the caller. */
struct screen_state {
	enum screen_page page;
	bool opened; /* `site` was received: the questions are over */
	struct message_PART_CONSOLE site;
	struct ask ask;
	bool locked;     /* until "show" and Enter; questions come in between */
	bool hint;       /* a key was pressed while it was locked: say how it ends */
	bool lasting;    /* for a terminal that may keep what it is sent: no secret line, whatever Tab did, no time */
	uint32_t today;  /* clock_day(); 0: isn't shown */
	uint32_t minute; /* of that day */
	uint32_t uptime_days;
	uint32_t still_minutes; /* since network and Tor last got on */
	bool known;             /* `box` was received */
	struct message_CONSOLE_STATE box;
	uint8_t answer[ANSWER_MAX]; /* typed so far on a page that asks */
	size_t answer_len;
};

/* Text from the site file and from init is shown with everything but printable UTF-8 replaced by '?': no byte of theirs
 * is a terminal's command. */
void screen_render(const struct screen_state *s, struct screen *out);
bool screen_equal(const struct screen *a, const struct screen *b);

/* The bytes that draw it: on a screen, from its top left corner, anew: after a reset; on a serial line, below what
 * stands there. */
enum { SCREEN_BYTES_MAX = SCREEN_ROWS * (SCREEN_ROW_BYTES + 8) + 64 };
void screen_put_terminal(struct buf *out, const struct screen *s, bool anew);
void screen_put_serial(struct buf *out, const struct screen *s);

#endif
