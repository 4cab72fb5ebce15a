/* SPDX-License-Identifier: GPL-3.0-or-later
 * Whether time depends on a secret: each case marks its secrets as undefined for valgrind's memcheck, which then
 * reports every branch and every address that depends on one. What it tests are the objects that ship.
 *
 * Each case has its control: a branch on what came out in the end. Were it not reported, the mark would have been lost
 * on the way, and the case would say nothing.
 *
 * And the whole has one: comparisons and digits as one writes them without a thought, which must be reported.
 *
 * Public and so unmarked by wrappers (--wrap in the Makefile): the outcome of a comparison, a computed public key, the
 * pieces that a typed codename falls into. What else is public is in public.supp, with its reason.
 *
 * Not of that kind, and so not tested:
 * - Argon2id, in its second half, and scrypt read at addresses that depend on the secret, by design; once per codename
 * or passphrase, behind Tor's own delays or at the owner's keyboard.
 * - The lookup of a codename's words, and which of a phrase's words are unknown (docs/CODENAME.md).
 * - Whether two passphrases typed at a keyboard are of one length.
 * - The lots by which tor/vanguards.c draws relays: they are compared to be put in order. The box's Tor shows the
 * outcome to those relays, and nobody else measures the drawing.
 * - Names under which the keeper finds things: HMAC or SipHash with keys of the box's, of what may be guessed. The
 * keyed functions are tested; where a name was found in a table is not hidden.
 * - The keys of Tor, of its clients' authorisation and of minisign where Tor, OpenSSL's tools and minisign use them. */

#include "keeper_fixture.h"

#include <stdlib.h>
#include <valgrind/memcheck.h>

#include "age/age.h"
#include "age/bech32.h"
#include "age/hpke.h"
#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"
#include "crypto/siphash.h"
#include "browse/login.h"
#include "codename/argon2.h"
#include "codename/codename.h"
#include "codename/wordlist.h"
#include "onion/access.h"
#include "visit/guard.h"
#include "visit/session.h"

#define NEED(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "constant-time: line %d: %s\n", __LINE__, #condition);                         \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

static void hide(const void *p, size_t n)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(p, n);
}

static void show(const void *p, size_t n)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(p, n);
}

/* ---- wrappers */

bool __real_secret_equal(const void *a, const void *b, size_t n);
bool __wrap_secret_equal(const void *a, const void *b, size_t n);
bool __wrap_secret_equal(const void *a, const void *b, size_t n)
{
	bool same = __real_secret_equal(a, b, n);

	show(&same, sizeof same);
	return same;
}

static bool random_is_secret;

void __real_random_fill(void *p, size_t n);
void __wrap_random_fill(void *p, size_t n);
void __wrap_random_fill(void *p, size_t n)
{
	__real_random_fill(p, n);
	if (random_is_secret)
		hide(p, n);
}

enum err __real_mlkem768_public(const uint8_t *seed, uint8_t *key);
enum err __wrap_mlkem768_public(const uint8_t *seed, uint8_t *key);
enum err __wrap_mlkem768_public(const uint8_t *seed, uint8_t *key)
{
	enum err e = __real_mlkem768_public(seed, key);

	show(&e, sizeof e);
	show(key, MLKEM768_PUBLIC_LEN);
	return e;
}

/* Its root is as secret as what it is made of. Argon2id itself can't be shown so. */
enum err __real_argon2id(const struct argon2_input *in, uint8_t *root, size_t n);
enum err __wrap_argon2id(const struct argon2_input *in, uint8_t *root, size_t n);
enum err __wrap_argon2id(const struct argon2_input *in, uint8_t *root, size_t n)
{
	enum err e = __real_argon2id(in, root, n);

	hide(root, n);
	return e;
}

/* Where a text's separators are shows; which digits stand between them doesn't. */
bool __real_piece_next(struct bytes *rest, struct piece *p);
bool __wrap_piece_next(struct bytes *rest, struct piece *p);
bool __wrap_piece_next(struct bytes *rest, struct piece *p)
{
	bool more;

	show(rest->p, rest->n);
	more = __real_piece_next(rest, p);
	if (more)
		hide(p->key.letters, p->key.len * sizeof p->key.letters[0]);
	return more;
}

/* ---- cases. Each leaves the result that depends on its secrets in out[]. */

static uint8_t out[LIMIT_CHUNK * 2 + 4096];
static size_t out_len;

static void keep(const void *p, size_t n)
{
	memcpy(out, p, n);
	out_len = n;
}

static void *drawn(size_t n)
{
	void *p = malloc(n);

	NEED(p != NULL);
	random_fill(p, n);
	return p;
}

static void *secret(size_t n)
{
	void *p = drawn(n);

	hide(p, n);
	return p;
}

static void compare(void)
{
	bool same = __real_secret_equal(secret(32), secret(32), 32);

	keep(&same, 1);
}

static void hash(void)
{
	out_len = 32;
	sha256(bytes_of(secret(1000), 1000), out);
}

static void mac(void)
{
	out_len = 32;
	hmac_sha256(bytes_of(secret(100), 100), bytes_of(secret(200), 200), out);
}

static void key_derivation(void)
{
	out_len = 80;
	hkdf_sha256(bytes_of(secret(32), 32), bytes_of(drawn(16), 16), BYTES_LITERAL("test"), out, out_len);
}

static void keyed_checksum(void)
{
	struct checksum c;

	checksum_begin(&c, secret(32));
	checksum_update(&c, bytes_of(secret(1000), 1000));
	checksum_end(&c, out);
	out_len = CHECKSUM_LEN;
}

static void curve25519(void)
{
	uint8_t point[32];

	x25519_base(drawn(32), point);
	out_len = 32;
	NEED(x25519(secret(32), point, out) == ERR_OK);
}

static void curve_p256(void)
{
	uint8_t *scalar = drawn(32);
	uint8_t point[P256_POINT_LEN];
	enum err e;

	scalar[0] = 1; /* below the order */
	NEED(p256_base(scalar, point) == ERR_OK);
	hide(scalar, 32);
	e = p256(scalar, point, out);
	show(&e, sizeof e);
	NEED(e == ERR_OK);
	out_len = sizeof point;
}

static void aead_sealing(void)
{
	out_len = LIMIT_CHUNK_SEALED;
	aead_seal(secret(32), drawn(12), bytes_of(drawn(5), 5), bytes_of(secret(LIMIT_CHUNK), LIMIT_CHUNK), out);
}

static void aead_opening(void)
{
	uint8_t *key = drawn(32);
	uint8_t *nonce = drawn(12);
	static uint8_t sealed[1000 + AEAD_TAG_LEN];

	aead_seal(key, nonce, BYTES_LITERAL(""), bytes_of(drawn(1000), 1000), sealed);
	hide(key, 32);
	NEED(aead_open(key, nonce, BYTES_LITERAL(""), BYTES_ARRAY(sealed), out) == ERR_OK);
	out_len = 1000;
	sealed[3] ^= 1;
	NEED(aead_open(key, nonce, BYTES_LITERAL(""), BYTES_ARRAY(sealed), sealed) == ERR_AUTH);
}

static void text_forms(void)
{
	struct buf text = buf_over(out, sizeof out);

	base64url_encode(&text, bytes_of(secret(32), 32));
	base64_encode(&text, bytes_of(secret(100), 100), true);
	buf_hex(&text, bytes_of(secret(32), 32));
	NEED(!text.failed);
	out_len = text.len;
}

static void read_as(void (*encode)(struct buf *, struct bytes),
		    enum err (*decode)(struct bytes, uint8_t *, size_t, size_t *))
{
	uint8_t storage[64];
	struct buf text = buf_over(storage, sizeof storage);
	size_t n;
	enum err e;

	encode(&text, bytes_of(drawn(32), 32));
	hide(storage, text.len);
	e = decode(buf_view(&text), out, 32, &n);
	show(&e, sizeof e);
	NEED(e == ERR_OK);
	out_len = 32;
}

static void read_text_form(void)
{
	read_as(base64url_encode, base64url_decode);
}

static void read_hexadecimal(void)
{
	read_as(buf_hex, hex_decode);
}

static void client_key_text(struct buf *text, struct bytes key)
{
	base32_encode(text, key, true);
}

static void read_client_key(void)
{
	read_as(client_key_text, base32_decode);
}

static void access_key_text(struct buf *text, bool hidden)
{
	struct access a;

	access_new(&a);
	if (hidden)
		hide(&a, sizeof a);
	access_text(text, &a);
	NEED(!text->failed);
}

static void write_access_key(void)
{
	struct buf text = buf_over(out, sizeof out);

	access_key_text(&text, true);
	out_len = text.len;
}

static void read_access_key(void)
{
	uint8_t storage[ACCESS_TEXT_LEN];
	struct buf text = buf_over(storage, sizeof storage);
	struct access again;
	enum err e;

	access_key_text(&text, false);
	hide(storage, text.len);
	e = access_parse(buf_view(&text), &again);
	show(&e, sizeof e);
	NEED(e == ERR_OK);
	keep(&again, sizeof again);
}

static void index_of_a_name(void)
{
	uint64_t place = siphash(secret(16), bytes_of(secret(32), 32));

	keep(&place, sizeof place);
}

static void identity_text(enum age_kind kind)
{
	struct age_identity i;
	struct buf text = buf_over(out, sizeof out);

	age_identity_new(&i, kind);
	hide(i.secret, sizeof i.secret);
	age_identity_text(&text, &i);
	NEED(!text.failed);
	out_len = text.len;
}

static void write_x25519_identity(void)
{
	identity_text(AGE_X25519);
}

static void write_hybrid_identity(void)
{
	identity_text(AGE_HYBRID);
}

static void read_identity(enum age_kind kind)
{
	struct age_identity i;
	struct age_identity again;
	uint8_t storage[AGE_TEXT_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	size_t first;
	enum err e;

	age_identity_new(&i, kind);
	age_identity_text(&text, &i);
	first = bech32_prefix(buf_view(&text)).n + 1;
	hide(storage + first, text.len - first);
	e = age_identity_parse(buf_view(&text), &again);
	show(&e, sizeof e);
	NEED(e == ERR_OK);
	keep(again.secret, sizeof again.secret);
}

static void read_x25519_identity(void)
{
	read_identity(AGE_X25519);
}

static void read_hybrid_identity(void)
{
	read_identity(AGE_HYBRID);
}

static enum err to_out(void *context, struct bytes data)
{
	(void)context;
	NEED(data.n <= sizeof out - out_len);
	memcpy(out + out_len, data.p, data.n);
	out_len += data.n;
	return ERR_OK;
}

#define TEXT_LEN (LIMIT_CHUNK + 100)

/* Whatever is drawn or written is a secret, if it is hidden. */
static void seal(const struct age_recipient *to, bool hidden)
{
	static struct age_sealer s;
	uint8_t *text = drawn(TEXT_LEN);

	if (hidden)
		hide(text, TEXT_LEN);
	random_is_secret = hidden;
	out_len = 0;
	NEED(age_seal_begin(&s, to, 1, (struct age_sink){to_out, NULL}) == ERR_OK);
	NEED(age_seal_data(&s, bytes_of(text, TEXT_LEN)) == ERR_OK);
	NEED(age_seal_end(&s) == ERR_OK);
	random_is_secret = false;
}

/* The header's first line is nobody's secret: the control looks at the end. */
static void seal_hidden(const struct age_recipient *to)
{
	seal(to, true);
	memmove(out, out + out_len - TEXT_LEN, TEXT_LEN);
	out_len = TEXT_LEN;
}

static void seal_to_identity(enum age_kind kind)
{
	static struct age_recipient r;
	struct age_identity i;

	age_identity_new(&i, kind);
	age_identity_recipient(&i, &r);
	seal_hidden(&r);
}

static void seal_x25519(void)
{
	seal_to_identity(AGE_X25519);
}

static void seal_hybrid(void)
{
	seal_to_identity(AGE_HYBRID);
}

/* A token's recipient: of no token, with a point and a key that somebody could have. */
static void seal_to_token(enum age_kind kind)
{
	static struct age_recipient r;
	uint8_t point[P256_POINT_LEN];

	r.kind = kind;
	NEED(p256_base((const uint8_t[32]){[31] = 2}, point) == ERR_OK);
	if (kind == AGE_TAG_P256) {
		r.key[0] = (uint8_t)(2 + (point[64] & 1));
		memcpy(r.key + 1, point + 1, 32);
	} else {
		NEED(mlkem768_public(drawn(MLKEM768_SEED_LEN), r.key) == ERR_OK);
		memcpy(r.key + MLKEM768_PUBLIC_LEN, point, sizeof point);
	}
	seal_hidden(&r);
}

static void seal_p256tag(void)
{
	seal_to_token(AGE_TAG_P256);
}

static void seal_mlkem768p256tag(void)
{
	seal_to_token(AGE_TAG_P256_HYBRID);
}

/* And what was changed is refused, and what is for somebody else. */
static void unseal(enum age_kind kind)
{
	static struct age_opener o;
	static struct age_recipient r;
	static uint8_t sealed[sizeof out];
	struct age_identity i;
	struct age_identity other;
	size_t n;

	age_identity_new(&i, kind);
	age_identity_recipient(&i, &r);
	age_identity_new(&other, kind);
	hide(other.secret, sizeof other.secret);
	seal(&r, false);
	n = out_len;
	memcpy(sealed, out, n);
	hide(i.secret, sizeof i.secret);
	NEED(age_open_begin(&o, &other, 1, (struct age_sink){to_out, NULL}) == ERR_OK);
	NEED(age_open_data(&o, bytes_of(sealed, n)) == ERR_AUTH && o.stage == AGE_STAGE_MATCH);
	for (size_t from_end = 1; from_end < 1000; from_end += 500) { /* in the second chunk, in the first */
		out_len = 0;
		sealed[n - from_end] ^= 1;
		NEED(age_open_begin(&o, &i, 1, (struct age_sink){to_out, NULL}) == ERR_OK);
		(void)!age_open_data(&o, bytes_of(sealed, n));
		NEED(age_open_end(&o) == ERR_AUTH && o.stage == AGE_STAGE_PAYLOAD);
		sealed[n - from_end] ^= 1;
	}
	out_len = 0;
	NEED(age_open_begin(&o, &i, 1, (struct age_sink){to_out, NULL}) == ERR_OK);
	NEED(age_open_data(&o, bytes_of(sealed, n)) == ERR_OK);
	NEED(age_open_end(&o) == ERR_OK);
	NEED(out_len == TEXT_LEN);
}

static void open_x25519(void)
{
	unseal(AGE_X25519);
}

static void open_hybrid(void)
{
	unseal(AGE_HYBRID);
}

static void show_codename(void)
{
	struct codename c;
	struct buf digits = buf_over(out, sizeof out);

	codename_new(&c);
	hide(&c, sizeof c);
	codename_digits(&digits, &c);
	out_len = 5; /* of 35: there are blanks */
}

static void check_codename(void)
{
	struct codename c;
	struct codename again;
	uint8_t storage[CODENAME_DIGITS_MAX];
	struct buf digits = buf_over(storage, sizeof storage);

	codename_new(&c);
	codename_digits(&digits, &c);
	NEED(codename_parse(buf_view(&digits), "en", &again, NULL) == ERR_OK);
	keep(&again, sizeof again);
}

static void codename_keys(void)
{
	struct codename c;
	struct codename_keys k;

	codename_new(&c);
	NEED(codename_derive(&c, drawn(32), AGE_HYBRID, &k) == ERR_OK);
	memcpy(out, k.conversation, 16);
	memcpy(out + 16, k.proof, 32);
	memcpy(out + 48, k.identity.secret, 32);
	out_len = 80;
}

static void session_cookie_read(void)
{
	static const char name[] = "s=";
	uint8_t storage[64];
	struct buf cookie = buf_over(storage, sizeof storage);
	enum err e;

	buf_str(&cookie, name);
	base64url_encode(&cookie, bytes_of(drawn(SESSION_TOKEN_LEN), SESSION_TOKEN_LEN));
	hide(storage + sizeof name - 1, cookie.len - (sizeof name - 1));
	e = session_token(buf_view(&cookie), "s=", out);
	show(&e, sizeof e);
	NEED(e == ERR_OK);
	out_len = SESSION_TOKEN_LEN;
}

static void form_token(void)
{
	struct session s;
	uint8_t *sent = secret(sizeof s.csrf);

	memcpy(s.csrf, sent, sizeof s.csrf);
	NEED(session_csrf_fits(&s, bytes_of(sent, sizeof s.csrf)));
	sent[7] ^= 1;
	NEED(!session_csrf_fits(&s, bytes_of(sent, sizeof s.csrf)));
	keep(sent, sizeof s.csrf);
}

/* A form before there is a session. */
static void guard_token(void)
{
	static const char name[] = "f=";
	uint8_t storage[64];
	struct buf cookie = buf_over(storage, sizeof storage);
	struct http_request r = {.keep = false};
	struct guard g;
	uint8_t sent[SESSION_TEXT_LEN];

	buf_str(&cookie, name);
	base64url_encode(&cookie, bytes_of(drawn(SESSION_TOKEN_LEN), SESSION_TOKEN_LEN));
	r.cookie = buf_view(&cookie);
	guard_begin(&g, &r);
	memcpy(sent, g.csrf, sizeof sent);
	hide(sent, sizeof sent);
	NEED(guard_fits(&r, BYTES_ARRAY(sent)));
	sent[7] ^= 1;
	NEED(!guard_fits(&r, BYTES_ARRAY(sent)));
	keep(sent, sizeof sent);
}

/* The inbox's three: the key that opens it, its cookie, its forms' token. */
static void inbox_login(void)
{
	struct login l;
	uint8_t key[LOGIN_TEXT_LEN];
	uint8_t storage[LOGIN_COOKIE_MAX];
	struct buf text = buf_over(key, sizeof key);
	struct buf cookie = buf_over(storage, sizeof storage);
	size_t name_len;

	login_begin(&l, 8080);
	login_offer(&l, &text);
	hide(key, sizeof key);
	hide(l.key, sizeof l.key);
	NEED(login_enter(&l, bytes_of(key, sizeof key), 1, &cookie));
	name_len = strlen(l.name);
	hide(storage + name_len, LOGIN_TEXT_LEN);
	hide(l.token, sizeof l.token);
	NEED(login_check(&l, bytes_of(storage, name_len + LOGIN_TEXT_LEN), 2));
	hide(l.csrf, sizeof l.csrf);
	memcpy(key, l.csrf, sizeof key);
	NEED(login_form_fits(&l, BYTES_ARRAY(key)));
	keep(key, sizeof key);
}

static void conversation_proof(void)
{
	struct fixture *f = fixture_new(64 << 20, 1, 64);
	struct source s = source_new();
	struct conversation c;

	NEED(create_text(f, &s, 1, 7, 100) == ERR_OK);
	hide(s.proof, sizeof s.proof);
	NEED(store_auth(&f->store, s.id, s.proof, &c) == ERR_OK);
	s.proof[31] ^= 1;
	NEED(store_auth(&f->store, s.id, s.proof, &c) == ERR_AUTH);
	keep(s.proof, sizeof s.proof);
	fixture_free(f);
}

static void desk_token(void)
{
	struct fixture *f = fixture_new(64 << 20, 3, 64);
	uint32_t desk;

	hide(f->tokens[1], 32);
	NEED(store_desk_auth(&f->store, f->tokens[1], &desk) == ERR_OK);
	f->tokens[1][0] ^= 1;
	NEED(store_desk_auth(&f->store, f->tokens[1], &desk) == ERR_AUTH);
	keep(f->tokens[1], 32);
	fixture_free(f);
}

/* ---- what must be found */

static volatile unsigned branches;

static void leaky_compare(void)
{
	uint8_t *a = drawn(32);
	uint8_t *b = drawn(32);
	bool same = true;

	memcpy(b, a, 32);
	hide(a, 32);
	for (size_t i = 0; i < 32 && same; i++)
		same = a[i] == b[i];
	branches += same;
}

static void leaky_digits(void)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *a = secret(8);

	for (size_t i = 0; i < 8; i++)
		branches += (unsigned)digits[a[i] & 15];
}

static void leaky_library(void)
{
	const uint8_t *a = secret(32);
	uint8_t other[32] = {0};

	branches += bytes_eq(bytes_of(a, 32), BYTES_ARRAY(other));
}

/* ---- */

/* Whether what was drawn is a scalar at all, each time it is used; a draw in 2^32 is none. */
#define SCALAR_OUTCOMES 3

static const struct test {
	const char *name;
	void (*run)(void);
	unsigned outcomes; /* branches on whether all of it is well formed, which the caller is told */
	bool leaks;        /* it has to be found */
} tests[] = {
    {"compare", compare, 0, false},
    {"SHA-256", hash, 0, false},
    {"HMAC-SHA-256", mac, 0, false},
    {"HKDF-SHA-256", key_derivation, 0, false},
    {"checksum", keyed_checksum, 0, false},
    {"X25519", curve25519, 0, false},
    {"P-256", curve_p256, 1, false},
    {"AEAD: seal", aead_sealing, 0, false},
    {"AEAD: open, and refuse", aead_opening, 0, false},
    {"base64, hexadecimal: write", text_forms, 0, false},
    {"base64: read", read_text_form, 1, false},
    {"hexadecimal: read", read_hexadecimal, 1, false},
    {"age: write an X25519 identity", write_x25519_identity, 0, false},
    {"age: write a hybrid identity", write_hybrid_identity, 0, false},
    {"age: read an X25519 identity", read_x25519_identity, 3, false},
    {"age: read a hybrid identity", read_hybrid_identity, 3, false},
    {"age: seal to X25519", seal_x25519, 0, false},
    {"age: seal to a hybrid", seal_hybrid, 0, false},
    {"age: seal to p256tag", seal_p256tag, SCALAR_OUTCOMES, false},
    {"age: seal to mlkem768p256tag", seal_mlkem768p256tag, SCALAR_OUTCOMES, false},
    {"age: open with X25519", open_x25519, 0, false},
    {"age: open with a hybrid", open_hybrid, 0, false},
    {"codename: show as digits", show_codename, 0, false},
    {"codename: check digits", check_codename, 1, false},
    {"codename: keys of the root", codename_keys, 0, false},
    {"session: read the cookie", session_cookie_read, 1, false},
    {"session: compare the form's token", form_token, 0, false},
    {"keeper: compare a proof", conversation_proof, 0, false},
    {"keeper: compare a desk's token", desk_token, 0, false},
    {"base32: read a client's key", read_client_key, 1, false},
    {"access key: write", write_access_key, 0, false},
    {"access key: read", read_access_key, 1, false},
    {"SipHash", index_of_a_name, 0, false},
    {"guard: compare a form's token", guard_token, 0, false},
    {"inbox: its key, cookie and form", inbox_login, 2, false},
    {"leaky: a loop that stops at a difference", leaky_compare, 0, true},
    {"leaky: digits out of a table", leaky_digits, 0, true},
    {"leaky: bytes_eq", leaky_library, 0, true},
};

/* What must be reported: a branch on a byte that comes from a secret. */
static unsigned control(void)
{
	unsigned before = VALGRIND_COUNT_ERRORS;

	for (size_t i = 0; i < out_len; i++)
		if (out[i] & 1)
			branches++;
	return VALGRIND_COUNT_ERRORS - before;
}

int main(void)
{
	unsigned passed = 0;
	unsigned failed = 0;

	if (!RUNNING_ON_VALGRIND) {
		fprintf(stderr, "constant-time: without valgrind this shows nothing; tests/constant-time/run\n");
		return 1;
	}
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		unsigned before = VALGRIND_COUNT_ERRORS;
		unsigned found;
		unsigned seen;

		(void)VALGRIND_PRINTF("%s\n", tests[i].name);
		tests[i].run();
		found = VALGRIND_COUNT_ERRORS - before;
		if (tests[i].leaks ? found > 0 : found <= tests[i].outcomes)
			passed++;
		else
			failed++;
		if (tests[i].leaks) {
			printf("%s: %u seen\n", tests[i].name, found);
			continue;
		}
		(void)VALGRIND_PRINTF("%s: control\n", tests[i].name);
		seen = control();
		printf("%s: %u branches or addresses that depend on a secret; control: %u of %zu bytes seen\n",
		       tests[i].name, found, seen, out_len);
		if (seen > 0)
			passed++;
		else
			failed++;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed > 0;
}
