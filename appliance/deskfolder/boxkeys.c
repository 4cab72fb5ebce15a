/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deskfolder/boxkeys.h"

#include <string.h>

#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"
#include "onion/onion.h"
#include "site/operator.h"
#include "workstation/files.h"

#define CLIENT_KEY_PREFIX BYTES_LITERAL("descriptor:x25519:")

static enum err write_token(const struct folder *box, const char *name, struct bytes token)
{
	uint8_t hex[FOLDER_TOKEN_LEN];
	struct buf text = buf_over(hex, sizeof hex);
	enum err e;

	buf_hex(&text, token);
	BUG_IF(text.failed);
	e = folder_write(box, name, buf_view(&text));
	SECRET_WIPE(hex);
	return e;
}

enum err boxkeys_new_token(const struct folder *box, const char *name)
{
	uint8_t token[FOLDER_TOKEN_LEN / 2];
	enum err e;

	random_fill(token, sizeof token);
	e = write_token(box, name, BYTES_ARRAY(token));
	SECRET_WIPE(token);
	return e;
}

static enum err read_client_key(const struct folder *box, uint8_t key[static 32])
{
	uint8_t storage[128];
	struct bytes text;
	size_t n = 0;
	enum err e = folder_read(box, "client-key", storage, sizeof storage, &text);

	if (e == ERR_OK && (!bytes_starts(text, CLIENT_KEY_PREFIX) ||
			    base32_decode(bytes_from(text, CLIENT_KEY_PREFIX.n), key, 32, &n) != ERR_OK || n != 32))
		e = ERR_FORMAT;
	SECRET_WIPE(storage);
	return e;
}

static enum err write_client_key(const struct folder *box, const uint8_t key[static 32])
{
	uint8_t storage[128];
	struct buf text = buf_over(storage, sizeof storage);
	enum err e;

	buf_put(&text, CLIENT_KEY_PREFIX);
	base32_encode(&text, bytes_of(key, 32), true);
	BUG_IF(text.failed);
	e = folder_write(box, "client-key", buf_view(&text));
	SECRET_WIPE(storage);
	return e;
}

static enum err new_client_key(const struct folder *box)
{
	uint8_t key[32];
	enum err e;

	random_fill(key, sizeof key);
	e = write_client_key(box, key);
	SECRET_WIPE(key);
	return e;
}

enum err boxkeys_take(const struct folder *box, const struct access *access)
{
	enum err e = write_token(box, "token", BYTES_ARRAY(access->token));

	return e == ERR_OK ? write_client_key(box, access->client_key) : e;
}

enum err boxkeys_make(const struct folder *box)
{
	char token[FOLDER_TOKEN_LEN + 1];
	uint8_t key[32];
	enum err e = folder_token(box, "token", token);

	if (e == ERR_NOT_FOUND)
		e = boxkeys_new_token(box, "token");
	if (e == ERR_OK)
		e = read_client_key(box, key);
	if (e == ERR_NOT_FOUND)
		e = new_client_key(box);
	SECRET_WIPE(token);
	SECRET_WIPE(key);
	return e;
}

static enum err token_hash(const struct folder *box, uint8_t hash[static 32])
{
	char hex[FOLDER_TOKEN_LEN + 1];
	uint8_t token[FOLDER_TOKEN_LEN / 2];
	size_t n;
	enum err e;

	TRY(folder_token(box, "token", hex));
	TRY(hex_decode(bytes_of(hex, FOLDER_TOKEN_LEN), token, sizeof token, &n));
	sha256(BYTES_ARRAY(token), hash);
out:
	SECRET_WIPE(hex);
	SECRET_WIPE(token);
	return e;
}

enum err boxkeys_for_operator(const struct home *h, const struct folder *box, struct buf *text)
{
	static struct age_recipient recipients[AGE_RECIPIENTS_MAX];
	uint8_t storage[AGE_TEXT_MAX];
	struct buf recipient = buf_over(storage, sizeof storage);
	uint8_t client[32], client_public[32], hash[32];
	char path[FOLDER_PATH_MAX];
	size_t count;
	enum err e;

	TRY(home_recipients(h, recipients, &count));
	TRY(read_client_key(box, client));
	TRY(token_hash(box, hash));
	age_recipient_text(&recipient, &recipients[0]);
	x25519_base(client, client_public);
	operator_file_write(text, buf_view(&recipient), client_public, hash);
	BUG_IF(text->failed || recipient.failed);
	folder_path(path, box, "for-the-operator.txt");
	e = file_replace(path, buf_view(text), 0600);
out:
	SECRET_WIPE(client);
	return e;
}

enum err boxkeys_for_tor(const struct folder *box, struct bytes address)
{
	uint8_t storage[256];
	struct buf text = buf_over(storage, sizeof storage);
	uint8_t key[32];
	enum err e;

	TRY(read_client_key(box, key));
	buf_put(&text, bytes_first(address, ONION_ADDRESS_LEN - 6)); /* without ".onion" */
	buf_byte(&text, ':');
	buf_put(&text, CLIENT_KEY_PREFIX);
	base32_encode(&text, BYTES_ARRAY(key), true);
	BUG_IF(text.failed);
	TRY(folder_write(box, "tor/courier.auth_private", buf_view(&text)));
out:
	SECRET_WIPE(key);
	SECRET_WIPE(storage);
	return e;
}
