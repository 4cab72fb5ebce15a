/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the inbox's process gives up before it takes a connection: it reads what strangers wrote. */
#ifndef BROWSE_SHUT_H
#define BROWSE_SHUT_H

#include "base/err.h"

/* No new privileges, no core dumps, no other process looks into it. Of the file system, where the kernel has Landlock:
 * the desk's folder, to read and write; this program, to execute; nothing else. An exchange that it starts is bound by
 * the same. ERR_IO with errno. */
enum err shut_in(const char *desk_folder) MUST_CHECK;

#endif
