/* SPDX-License-Identifier: GPL-3.0-or-later
 * Errors: one enum, returned, must be looked at. Three kinds of failure:
 *   the peer's:  return the error, and the caller drops the peer;
 *   the world's: return the error, and the caller reports it up;
 *   ours:        BUG_IF(), which aborts this process; init restarts it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdlib.h>

enum err {
#define ERR(name, text) ERR_##name,
#include "base/err.def"
#undef ERR
	ERR_COUNT
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* A sentence for people; never NULL, static storage. */
const char *err_text(enum err e);

/* Never true in a correct program. Not for anything that bytes from outside can cause. */
#define BUG_IF(condition)                                                                                              \
	do {                                                                                                           \
		if (condition)                                                                                         \
			abort();                                                                                       \
	} while (0)

/* Leave by the function's one `out:` label as soon as a step fails; needs `enum err e` and `out:`. */
#define TRY(call)                                                                                                      \
	do {                                                                                                           \
		e = (call);                                                                                            \
		if (e != ERR_OK)                                                                                       \
			goto out;                                                                                      \
	} while (0)

#endif
