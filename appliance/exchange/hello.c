/* SPDX-License-Identifier: GPL-3.0-or-later
 * The first words with a box, and its token.
 *
 * A token is changed in steps, and any of them can be the last: token-next is written; the box is told its hash; then
 * `token` becomes token-before, and token-next `token`. A box that starts anew knows what its site file says, which may
 * still be token-before: it is told again. */
#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"
#include "base/json.h"
#include "base/secret.h"
#include "exchange/guards.h"
#include "exchange/request.h"
#include "deskfolder/boxkeys.h"

/* With x->token; *status 200, 401, or it failed. */
static enum desk_status ask_status(struct exchange *x, unsigned *status)
{
	enum desk_status done = request_begin(x, "GET", "/v1/status", NULL, 0);

	if (done == DESK_DONE)
		done = request_answer(x, status);
	if (done == DESK_DONE && *status == 200)
		done = request_read(x, &x->box);
	request_close(x);
	x->box = bytes_trim(x->box);
	return done;
}

/* PUT /v1/token, shown the token of the file `with`: from now on the box takes that of the file `wanted`. */
static enum desk_status put_token(struct exchange *x, const char *with, const char *wanted, unsigned *status)
{
	char token[FOLDER_TOKEN_LEN + 1];
	uint8_t bytes[FOLDER_TOKEN_LEN / 2], hash[32], storage[65];
	struct buf body = buf_over(storage, sizeof storage);
	size_t n;
	enum desk_status done;

	if (folder_token(x->folder, wanted, token) != ERR_OK || folder_token(x->folder, with, x->token) != ERR_OK ||
	    hex_decode(bytes_of(token, FOLDER_TOKEN_LEN), bytes, sizeof bytes, &n) != ERR_OK)
		return fail(x, DESK_FAILED, x->folder->path, "A file with a token is damaged.");
	sha256(BYTES_ARRAY(bytes), hash);
	buf_hex(&body, BYTES_ARRAY(hash));
	buf_byte(&body, '\n');
	done = request(x, "PUT", "/v1/token", buf_view(&body), status);
	memcpy(x->token, token, sizeof x->token);
	SECRET_WIPE(token);
	SECRET_WIPE(bytes);
	return done;
}

/* token-next is what the box takes. The one before is kept as long as a site file may have it. */
static enum desk_status take_next(struct exchange *x)
{
	enum err e = ERR_OK;

	if (!folder_has(x->folder, "token-before"))
		e = folder_rename(x->folder, "token", "token-before");
	/* Half of this may have been done already. */
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		e = folder_rename(x->folder, "token-next", "token");
	return e == ERR_OK ? DESK_DONE : fail_disk(x);
}

/* The box doesn't take `token`. Is it one of the others? */
static enum desk_status recover(struct exchange *x, unsigned *status)
{
	enum desk_status done = DESK_DONE;

	if (folder_token(x->folder, "token-next", x->token) == ERR_OK) {
		done = ask_status(x, status);
		if (done != DESK_DONE)
			return done;
		if (*status == 200)
			return take_next(x);
	}
	if (folder_has(x->folder, "token-before")) {
		done = put_token(x, "token-before", "token", status);
		if (done == DESK_DONE && *status == 200)
			done = ask_status(x, status);
	}
	return done;
}

static enum desk_status read_answer(struct exchange *x)
{
	struct bytes boot;

	if (!json_is_sound(x->box) || !json_member(x->box, "boot", &boot) || !json_string(boot, &boot) ||
	    !folder_is_conversation(boot))
		return fail_connection(x, ERR_FORMAT);
	memcpy(x->boot, boot.p, boot.n);
	x->boot[boot.n] = '\0';
	return guards_keep(x->folder, x->box) == ERR_OK ? DESK_DONE : fail_disk(x);
}

enum desk_status exchange_hello(struct exchange *x)
{
	unsigned status = 401;
	enum desk_status done = DESK_DONE;
	enum err e = folder_token(x->folder, "token", x->token);

	if (e == ERR_OK)
		done = ask_status(x, &status);
	else if (!folder_has(x->folder, "token-next"))
		return fail(x, DESK_FAILED, x->folder->path,
			    "The file token is missing or damaged. Take it from your copy of the folder.");
	if (done == DESK_DONE && status == 401)
		done = recover(x, &status);
	if (done != DESK_DONE)
		return done;
	return status == 200 ? read_answer(x) : fail_status(x, status);
}

enum desk_status exchange_new_token(struct exchange *x)
{
	unsigned status = 0;
	enum desk_status done = exchange_hello(x);

	if (done != DESK_DONE)
		return done;
	if (!folder_has(x->folder, "token-next") && boxkeys_new_token(x->folder, "token-next") != ERR_OK)
		return fail_disk(x);
	done = put_token(x, "token", "token-next", &status);
	if (done != DESK_DONE)
		return done;
	return status == 200 ? take_next(x) : fail_status(x, status);
}
