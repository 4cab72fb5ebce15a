/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine/selftest.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "base/fd.h"
#include "base/random.h"
#include "base/secret.h"
#include "codename/argon2.h"
#include "limits.h"

enum { LANDLOCK_QUERY_VERSION = 1, LANDLOCK_NEEDED = 6 /* what confine/finish.c takes away */, PAUSE_MS = 2 };

static bool same(const void *a, const char *want, size_t n)
{
	return memcmp(a, want, n) == 0;
}

/* FIPS 180-4's example. */
static bool test_sha256(void)
{
	uint8_t out[32];

	sha256(BYTES_LITERAL("abc"), out);
	return same(out,
		    "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
		    "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad",
		    32);
}

/* RFC 5869, A.1. */
static bool test_hkdf(void)
{
	uint8_t out[42];

	hkdf_sha256(BYTES_LITERAL("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
				  "\x0b"),
		    BYTES_LITERAL("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"),
		    BYTES_LITERAL("\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9"), out, sizeof out);
	return same(out,
		    "\x3c\xb2\x5f\x25\xfa\xac\xd5\x7a\x90\x43\x4f\x64\xd0\x36\x2f\x2a\x2d\x2d\x0a\x90\xcf"
		    "\x1a\x5a\x4c\x5d\xb0\x2d\x56\xec\xc4\xc5\xbf\x34\x00\x72\x08\xd5\xb8\x87\x18\x58\x65",
		    42);
}

/* RFC 8439, 2.8.2; and a changed tag is refused. */
static bool test_aead(void)
{
	const struct bytes plain =
	    BYTES_LITERAL("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
			  "sunscreen would be it.");
	const struct bytes ad = BYTES_LITERAL("\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7");
	static const uint8_t nonce[12] = {7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
	uint8_t key[32];
	uint8_t sealed[114 + AEAD_TAG_LEN];
	uint8_t opened[114];

	for (unsigned i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(0x80 + i);
	aead_seal(key, nonce, ad, plain, sealed);
	if (!same(sealed, "\xd3\x1a\x8d\x34\x64\x8e\x60\xdb\x7b\x86\xaf\xbc\x53\xef\x7e\xc2", 16) ||
	    !same(sealed + 112, "\x61\x16\x1a\xe1\x0b\x59\x4f\x09\xe2\x6a\x7e\x90\x2e\xcb\xd0\x60\x06\x91", 18) ||
	    aead_open(key, nonce, ad, BYTES_ARRAY(sealed), opened) != ERR_OK || !bytes_eq(BYTES_ARRAY(opened), plain))
		return false;
	sealed[sizeof sealed - 1] ^= 1;
	return aead_open(key, nonce, ad, BYTES_ARRAY(sealed), opened) == ERR_AUTH;
}

/* RFC 7748, 5.2. */
static bool test_x25519(void)
{
	static const uint8_t scalar[32] = "\xa5\x46\xe3\x6b\xf0\x52\x7c\x9d\x3b\x16\x15\x4b\x82\x46\x5e\xdd"
					  "\x62\x14\x4c\x0a\xc1\xfc\x5a\x18\x50\x6a\x22\x44\xba\x44\x9a\xc4";
	static const uint8_t point[32] = "\xe6\xdb\x68\x67\x58\x30\x30\xdb\x35\x94\xc1\xa4\x24\xb1\x5f\x7c"
					 "\x72\x66\x24\xec\x26\xb3\x35\x3b\x10\xa9\x03\xa6\xd0\xab\x1c\x4c";
	uint8_t out[32];

	return x25519(scalar, point, out) == ERR_OK &&
	       same(out,
		    "\xc3\xda\x55\x37\x9d\xe9\xc6\x90\x8e\x94\xea\x4d\xf2\x8d\x08\x4f"
		    "\x32\xec\xcf\x03\x49\x1c\x71\xf7\x54\xb4\x07\x55\x77\xa2\x85\x52",
		    32);
}

/* RFC 9106, 5.3. */
static bool test_argon2id(void)
{
	uint8_t password[32];
	uint8_t salt[16];
	uint8_t secret[8];
	uint8_t ad[12];
	uint8_t out[32];
	const struct argon2_input in = {.password = BYTES_ARRAY(password),
					.salt = BYTES_ARRAY(salt),
					.secret = BYTES_ARRAY(secret),
					.ad = BYTES_ARRAY(ad),
					.memory_kib = 32,
					.passes = 3,
					.lanes = 4};

	memset(password, 1, sizeof password);
	memset(salt, 2, sizeof salt);
	memset(secret, 3, sizeof secret);
	memset(ad, 4, sizeof ad);
	return argon2id(&in, out, sizeof out) == ERR_OK &&
	       same(out,
		    "\x0d\x64\x0d\xf5\x8d\x78\x76\x6c\x08\xc0\x37\xa3\x4a\x8b\x53\xc9"
		    "\xd0\x1e\xf0\x45\x2d\x75\xb6\x5e\xb5\x25\x20\xe9\x6b\x01\xe6\x59",
		    32);
}

/* The seed 0, 1, 2 ... 63, the entropy 64 ... 95: SHA-256 of public key, ciphertext and shared secret together.
 * tests/unit/test_vectors.c holds the same calls against published vectors. */
static bool test_mlkem(void)
{
	static uint8_t all[MLKEM768_PUBLIC_LEN + MLKEM768_CIPHER_LEN + 32];
	uint8_t *cipher = all + MLKEM768_PUBLIC_LEN;
	uint8_t *shared = cipher + MLKEM768_CIPHER_LEN;
	uint8_t numbers[MLKEM768_SEED_LEN + 32];
	uint8_t again[32];
	uint8_t sum[32];

	for (unsigned i = 0; i < sizeof numbers; i++)
		numbers[i] = (uint8_t)i;
	if (mlkem768_public(numbers, all) != ERR_OK ||
	    mlkem768_encapsulate(all, numbers + MLKEM768_SEED_LEN, cipher, shared) != ERR_OK ||
	    mlkem768_decapsulate(numbers, cipher, again) != ERR_OK || memcmp(again, shared, sizeof again) != 0)
		return false;
	sha256(BYTES_ARRAY(all), sum);
	return same(sum,
		    "\xec\xfb\x3b\x15\x0a\x0c\xdc\x45\xe8\x70\xaa\x1d\x53\x06\xd2\x9c"
		    "\x64\x54\xe6\xce\x64\x06\xf6\xab\xfc\x88\x4f\xf6\x77\xa7\xa7\xe6",
		    32);
}

static bool test_random(void)
{
	static const uint8_t nothing[32];
	uint8_t a[32];
	uint8_t b[32];

	random_fill(a, sizeof a);
	random_fill(b, sizeof b);
	return memcmp(a, b, sizeof a) != 0 && memcmp(a, nothing, sizeof a) != 0 && memcmp(b, nothing, sizeof b) != 0;
}

static bool test_secret_memory(void)
{
	struct secret_area area;
	bool hidden;

	if (secret_area_new(1, &area) != ERR_OK)
		return false;
	hidden = area.hidden;
	secret_area_free(&area);
	return hidden;
}

static bool test_seccomp(void)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static bool test_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_QUERY_VERSION) >= LANDLOCK_NEEDED;
}

static const struct {
	const char *what;
	bool (*passes)(void);
} tests[] = {
    {"SHA-256", test_sha256},         {"HKDF", test_hkdf},
    {"ChaCha20-Poly1305", test_aead}, {"X25519", test_x25519},
    {"Argon2id", test_argon2id},      {"ML-KEM-768", test_mlkem},
    {"randomness", test_random},      {"memory that the kernel can't read", test_secret_memory},
    {"seccomp", test_seccomp},        {"Landlock", test_landlock},
};

enum { TESTS = sizeof tests / sizeof tests[0] };

const char *self_test(void)
{
	uint64_t until = clock_ms() + LIMIT_SELF_TEST_MS;
	pid_t child = fork();
	pid_t ended = 0;
	int status;

	if (child == 0) {
		for (size_t i = 0; i < TESTS; i++)
			if (!tests[i].passes())
				_exit(1 + (int)i);
		_exit(0);
	}
	while (child > 0 && (ended = waitpid(child, &status, WNOHANG)) == 0) {
		if (clock_ms() >= until)
			kill(child, SIGKILL);
		poll(NULL, 0, PAUSE_MS);
	}
	if (child < 0 || ended != child)
		return "no process can be started";
	if (!WIFEXITED(status) || WEXITSTATUS(status) > TESTS)
		return "it crashed or hung";
	return WEXITSTATUS(status) == 0 ? NULL : tests[WEXITSTATUS(status) - 1].what;
}
