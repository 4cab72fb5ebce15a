/* SPDX-License-Identifier: GPL-3.0-or-later
 * A response whose length isn't known when it begins; small pieces are put together. The connection ends with it: after
 * an error without the stream's end, which no reader can mistake for one (c->cut_off is the caller's to set). Errors
 * of http_stream_*. */
#ifndef COLLECT_OUT_H
#define COLLECT_OUT_H

#include "collect/collect.h"

enum err out_begin(struct collect *c, const char *content_type) MUST_CHECK;
enum err out_put(struct collect *c, struct bytes data) MUST_CHECK;
enum err out_end(struct collect *c) MUST_CHECK;

#endif
