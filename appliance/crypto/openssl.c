/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/openssl.h"

#include <stdlib.h>

#include "start/libraries.h"

/* What follows takes a few kilobytes. Were one of its allocations to fail, OpenSSL would wait for itself for ever: it
 * reports the failure by what it is about to set up. So there is to be far more. A compiler may leave out an allocation
 * that nothing uses, and clang does: hence the empty instruction. */
static bool start(void)
{
	void *room = malloc(64 * 1024);

	__asm__ volatile("" : : "r"(room));
	free(room);
	/* Nothing to read at exit, and no configuration file: there is no file system in a worker. */
	if (room == NULL || OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		return false;
	ERR_clear_error(); /* makes this thread's list of errors, which later failures are reported in */
	return true;
}

bool openssl_ready(void)
{
	static bool started;

	libraries_ready();
	started = started || start();
	return started;
}

void openssl_watch(void)
{
	ERR_clear_error();
}

bool openssl_unfailed(void)
{
	return ERR_peek_error() == 0;
}

OSSL_PARAM openssl_octets(const char *name, struct bytes b)
{
	/* OSSL_PARAM carries inputs and outputs alike, so it can't say const. */
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)b.p, b.n);
}
