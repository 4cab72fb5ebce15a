/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk init, courier desk add */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/random.h"
#include "base/secret.h"
#include "desk/command.h"
#include "site/files.h"
#include "site/onion.h"
#include "site/operator.h"

static const char init_usage[] =
    "usage: courier desk init [--classical] DIR\n"
    "\n"
    "Makes a desk in DIR: an age identity, a token for the box and a key for its onion service, readable by you "
    "alone.\n"
    "Prints what the operator of the box needs, and writes it to DIR/for-the-operator.txt; nothing in it is secret.\n"
    "Who has DIR can read every message: keep it on an encrypted disk, and a copy of identity.txt in a safe.\n"
    "\n"
    "The identity is a post-quantum hybrid: what is recorded today can't be read with a quantum computer later. Other\n"
    "programs open such files too: age 1.3 or newer.\n"
    "\n"
    "  --classical   an X25519 identity, for older versions of age. All desks of a box must be of the same sort\n"
    "\n"
    "Example:\n"
    "  courier desk init ~/desk\n";

static const char add_usage[] =
    "usage: courier desk add DIR --address X.onion\n"
    "\n"
    "Tells the desk where its box is: the \"desk address\" that `courier site init` printed for the operator.\n"
    "Also writes DIR/tor/courier.auth_private. A stock Tor that shall carry `courier desk sync` needs in its torrc:\n"
    "  ClientOnionAuthDir DIR/tor\n"
    "\n"
    "Example:\n"
    "  courier desk add ~/desk --address X.onion\n";

#define CLIENT_KEY_PREFIX BYTES_LITERAL("descriptor:x25519:")

struct desk_secrets {
	struct age_identity identity;
	uint8_t token[32];
	uint8_t client[32];
};

/* Reads a secret that an interrupted init left, or keeps the new one and writes it. */
static enum err keep_identity(const struct folder *f, enum age_kind kind, struct age_identity *identity)
{
	struct age_identity found[AGE_IDENTITIES_MAX];
	struct age_recipient recipient;
	uint8_t storage[2 * AGE_TEXT_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	char path[FOLDER_PATH_MAX];
	size_t count;
	enum err e = folder_identities(f, found, &count);

	if (e == ERR_OK)
		*identity = found[0];
	SECRET_WIPE(found);
	if (e != ERR_NOT_FOUND)
		return e;
	age_identity_new(identity, kind);
	age_identity_recipient(identity, &recipient);
	buf_str(&text, "# public key: ");
	age_recipient_text(&text, &recipient);
	buf_byte(&text, '\n');
	age_identity_text(&text, identity);
	buf_byte(&text, '\n');
	BUG_IF(text.failed);
	folder_path(path, f, "identity.txt");
	e = file_write_new(path, buf_view(&text), 0600);
	SECRET_WIPE(storage);
	return e;
}

static enum err keep_token(const struct folder *f, uint8_t token[static 32])
{
	char hex[FOLDER_TOKEN_LEN + 1];
	struct buf text = buf_over(hex, FOLDER_TOKEN_LEN);
	size_t n;
	enum err e = folder_token(f, hex);

	if (e == ERR_OK) {
		e = hex_decode(bytes_of(hex, FOLDER_TOKEN_LEN), token, 32, &n);
	} else if (e == ERR_NOT_FOUND) {
		random_fill(token, 32);
		buf_hex(&text, bytes_of(token, 32));
		e = folder_write(f, "token", buf_view(&text));
	}
	SECRET_WIPE(hex);
	return e;
}

static enum err read_client_key(const struct folder *f, uint8_t key[static 32])
{
	uint8_t storage[128];
	struct bytes text;
	size_t n = 0;
	enum err e = folder_read(f, "client-key", storage, sizeof storage, &text);

	if (e == ERR_OK && (!bytes_starts(text, CLIENT_KEY_PREFIX) ||
			    base32_decode(bytes_from(text, CLIENT_KEY_PREFIX.n), key, 32, &n) != ERR_OK || n != 32))
		e = ERR_FORMAT;
	SECRET_WIPE(storage);
	return e;
}

static enum err keep_client_key(const struct folder *f, uint8_t key[static 32])
{
	uint8_t storage[128];
	struct buf text = buf_over(storage, sizeof storage);
	enum err e = read_client_key(f, key);

	if (e != ERR_NOT_FOUND)
		return e;
	random_fill(key, 32);
	buf_put(&text, CLIENT_KEY_PREFIX);
	base32_encode(&text, bytes_of(key, 32), true);
	BUG_IF(text.failed);
	e = folder_write(f, "client-key", buf_view(&text));
	SECRET_WIPE(storage);
	return e;
}

static enum err write_operator_file(const struct folder *f, const struct desk_secrets *s)
{
	uint8_t storage[OPERATOR_FILE_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	uint8_t recipient_storage[AGE_TEXT_MAX];
	struct buf recipient_text = buf_over(recipient_storage, sizeof recipient_storage);
	struct age_recipient recipient;
	uint8_t client_public[32];
	uint8_t token_hash[32];
	char path[FOLDER_PATH_MAX];
	enum err e;

	age_identity_recipient(&s->identity, &recipient);
	age_recipient_text(&recipient_text, &recipient);
	x25519_base(s->client, client_public);
	sha256(BYTES_ARRAY(s->token), token_hash);
	operator_file_write(&text, buf_view(&recipient_text), client_public, token_hash);
	BUG_IF(text.failed || recipient_text.failed);
	folder_path(path, f, "for-the-operator.txt");
	e = file_write_new(path, buf_view(&text), 0600);
	if (e == ERR_OK)
		(void)fwrite(text.p, 1, text.len, stdout);
	return e;
}

static enum err make_desk(const struct folder *f, enum age_kind kind)
{
	struct desk_secrets s;
	enum err e;

	memset(&s, 0, sizeof s);
	TRY(folder_prepare(f));
	TRY(keep_identity(f, kind, &s.identity));
	TRY(keep_token(f, s.token));
	TRY(keep_client_key(f, s.client));
	TRY(write_operator_file(f, &s));
out:
	SECRET_WIPE(s);
	return e;
}

int desk_init(int argc, char **argv)
{
	struct desk_arguments a;
	struct folder f;
	struct stat st;
	char path[FOLDER_PATH_MAX];
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_CLASSICAL, init_usage, &a, &go_on);
	enum err e;

	if (!go_on)
		return status;
	if (folder_open(a.folder, &f) == ERR_TOO_BIG)
		return desk_say(DESK_USAGE, NULL, "The folder's path is empty or too long.");
	folder_path(path, &f, "for-the-operator.txt");
	if (stat(path, &st) == 0)
		return desk_say(DESK_INPUT, a.folder, "There is a desk in this folder already. Choose another folder.");
	e = make_desk(&f, a.classical ? AGE_X25519 : AGE_HYBRID);
	if (e == ERR_FORMAT || e == ERR_TOO_BIG)
		return desk_say(DESK_INPUT, a.folder, "It holds a damaged half of a desk. Choose another folder.");
	if (e != ERR_OK)
		return desk_say(DESK_FAILED, a.folder, strerror(errno));
	return DESK_DONE;
}

/* "http://X.onion/" as well as "X.onion". */
static struct bytes bare_address(const char *given)
{
	struct bytes text = bytes_str(given);

	if (bytes_starts(text, BYTES_LITERAL("http://")))
		text = bytes_from(text, 7);
	if (text.n > 0 && text.p[text.n - 1] == '/')
		text.n--;
	return text;
}

static enum err write_auth_file(const struct folder *f, struct bytes address)
{
	uint8_t storage[256];
	struct buf text = buf_over(storage, sizeof storage);
	uint8_t key[32];
	enum err e;

	TRY(read_client_key(f, key));
	buf_put(&text, bytes_first(address, ONION_ADDRESS_LEN - 6)); /* without ".onion" */
	buf_byte(&text, ':');
	buf_put(&text, CLIENT_KEY_PREFIX);
	base32_encode(&text, BYTES_ARRAY(key), true);
	BUG_IF(text.failed);
	TRY(folder_write(f, "tor/courier.auth_private", buf_view(&text)));
out:
	SECRET_WIPE(key);
	SECRET_WIPE(storage);
	return e;
}

int desk_add(int argc, char **argv)
{
	struct desk_arguments a;
	struct folder f;
	uint8_t storage[128];
	struct bytes address, there;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_ADDRESS, add_usage, &a, &go_on);
	enum err e;

	if (!go_on)
		return status;
	if (a.address == NULL)
		return desk_say(DESK_USAGE, NULL, "--address is needed: `courier desk add DIR --address X.onion`.");
	address = bare_address(a.address);
	if (onion_address_check(address) != ERR_OK)
		return desk_say(DESK_USAGE, "--address",
				"This is not an onion address: 56 letters and digits with the right checksum, and "
				"\".onion\". A character may have been lost or changed.");
	status = desk_open(a.folder, &f);
	if (status != DESK_DONE)
		return status;
	if (folder_prepare(&f) != ERR_OK)
		return desk_say(DESK_FAILED, a.folder, strerror(errno));
	e = folder_read(&f, "box/address", storage, sizeof storage, &there);
	if (e == ERR_OK && !bytes_eq(there, address))
		return desk_say(DESK_INPUT, a.folder,
				"This desk has a box with another address. Make a desk folder for each box.");
	e = write_auth_file(&f, address);
	if (e == ERR_OK)
		e = folder_write(&f, "box/address", address);
	if (e == ERR_FORMAT)
		return desk_say(DESK_INPUT, a.folder, "client-key is damaged. Take it from your copy of the folder.");
	if (e != ERR_OK)
		return desk_say(DESK_FAILED, a.folder, strerror(errno));
	printf("The box is added. Next: courier desk sync %s\n", a.folder);
	return DESK_DONE;
}
