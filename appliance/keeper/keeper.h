/* SPDX-License-Identifier: GPL-3.0-or-later
 * The keeper: the one process that holds what sources and desks leave. It serves init and one channel per worker in a
 * single loop; what a worker may ask when is the table of messages.def, and a worker that breaks it is dropped alone.
 * It never waits for a worker, and holds no transaction while it waits. Contract of the store: store.h, docs/STORE.md.
 */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

/* The role: see confine/confine.h for its descriptors. /store is a directory of its own on tmpfs. */
int keeper_main(int argc, char **argv);

#endif
