/* SPDX-License-Identifier: GPL-3.0-or-later
 * The area on the boot medium that a site file is put into. It has one size, full or empty, so that a stick is the
 * published image but for its two areas (image/site-areas):
 *
 *   area = "courier-stick " 10DIGIT LF site-file *NUL     in all LIMIT_STICK_AREA bytes
 *
 * The digits are the site file's length; 0: there is none. */
#ifndef SITE_AREA_H
#define SITE_AREA_H

#include "base/bytes.h"
#include "base/err.h"

/* Whether b begins as an area does; site files don't, sealed or not. */
bool area_is(struct bytes b);

/* *file becomes a view of the site file in `area`, without bytes if there is none. ERR_FORMAT for anything but a whole
 * area, with zeros alone behind the file. */
enum err area_take(struct bytes area, struct bytes *file) MUST_CHECK;

#endif
