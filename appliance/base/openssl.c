/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/openssl.h"

#include "base/libraries.h"

bool openssl_ready(void)
{
	libraries_ready();
	/* Nothing to read at exit, and no configuration file: there is no file system in a worker. */
	return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) == 1;
}

OSSL_PARAM openssl_octets(const char *name, struct bytes b)
{
	/* OSSL_PARAM carries inputs and outputs alike, so it can't say const. */
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)b.p, b.n);
}
