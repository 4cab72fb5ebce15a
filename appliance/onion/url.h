/* SPDX-License-Identifier: GPL-3.0-or-later
 * An onion address as a code's text: host names have no case, and a QR code of capitals is smaller. */
#ifndef ONION_URL_H
#define ONION_URL_H

#include "base/bytes.h"

/* Appends "HTTP://ADDRESS/" in capitals. False, and nothing that may be used: the address has a character that isn't a
 * lower-case letter, a digit or a dot; or there is no room. */
bool onion_capital_url(struct buf *out, struct bytes address) MUST_CHECK;

#endif
