/* SPDX-License-Identifier: GPL-3.0-or-later
 * Zeros over what files held. */
#ifndef SPAWN_SCRUB_H
#define SPAWN_SCRUB_H

/* Every plain file below the directory, to a depth of 8: overwritten where it has blocks, then removed. Directories
 * stay. Nothing is followed. What can't be done is skipped. */
void scrub_directory(const char *path);

#endif
