/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age/header.h"

#include "crypto/crypto.h"
#include "base/secret.h"

enum {
	LINE_FULL = 64,  /* columns of a body line that another one follows */
	LINE_BYTES = 48, /* what it stands for */
	MAC_DIGITS = 43,
};

static bool is_vchar(uint8_t c)
{
	return c > 0x20 && c < 0x7f;
}

/* A line and its LF off the front of *rest. False when there is no LF. */
static bool line_next(struct bytes *rest, struct bytes *line)
{
	size_t n = bytes_find(*rest, BYTES_LITERAL("\n"));

	if (n == rest->n)
		return false;
	*line = bytes_first(*rest, n);
	*rest = bytes_from(*rest, n + 1);
	return true;
}

bool age_argument_next(struct bytes *arguments, struct bytes *argument)
{
	return bytes_split(arguments, ' ', argument);
}

/* argument *(SP argument), each 1*VCHAR */
static bool arguments_valid(struct bytes line)
{
	uint8_t before = ' ';

	for (size_t i = 0; i < line.n; i++) {
		if (!is_vchar(line.p[i]) && (line.p[i] != ' ' || before == ' '))
			return false;
		before = line.p[i];
	}
	return before != ' ';
}

/* *full-line final-line, canonical base64. On success *body is their text without the last LF. */
static bool body_next(struct bytes *rest, struct bytes *body)
{
	struct bytes all = *rest;
	struct bytes line;
	uint8_t scratch[LINE_BYTES];
	size_t n;

	do {
		if (!line_next(rest, &line) || line.n > LINE_FULL)
			return false;
		if (base64_decode(line, false, scratch, sizeof scratch, &n) != ERR_OK)
			return false;
	} while (line.n == LINE_FULL);
	*body = bytes_first(all, (size_t)(line.p + line.n - all.p));
	return true;
}

static bool stanza_next(struct bytes *rest, struct age_stanza *s)
{
	struct bytes line;

	if (!line_next(rest, &line) || !bytes_starts(line, BYTES_LITERAL("-> ")))
		return false;
	s->arguments = bytes_from(line, 3);
	if (!arguments_valid(s->arguments))
		return false;
	(void)age_argument_next(&s->arguments, &s->type);
	return body_next(rest, &s->body);
}

bool age_header_next(struct bytes *rest, struct age_stanza *s)
{
	return rest->n > 0 && stanza_next(rest, s);
}

bool age_stanza_body(const struct age_stanza *s, uint8_t *out, size_t n)
{
	struct bytes rest = s->body;
	struct bytes line;
	size_t total = 0;
	size_t got;

	/* Of its LFs one stands after each full line. */
	for (size_t left = s->body.n; left > 0; left -= left > LINE_FULL ? LINE_FULL + 1 : left)
		total += (left < LINE_FULL ? left : LINE_FULL) * 3 / 4;
	if (total != n)
		return false;
	for (size_t at = 0; bytes_split(&rest, '\n', &line); at += got)
		if (base64_decode(line, false, out + at, n - at, &got) != ERR_OK)
			return false;
	return true;
}

/* The body's length is looked at before any key is tried, or else a file could ask which of many keys is ours. */
enum err age_stanza_share(const struct age_stanza *s, const char *type, uint8_t *share, size_t n,
			  uint8_t body[static AGE_BODY_LEN])
{
	struct bytes arguments = s->arguments;
	struct bytes digits;
	size_t got;

	if (!bytes_eq_str(s->type, type))
		return ERR_NOT_FOUND;
	if (!age_argument_next(&arguments, &digits) || arguments.n > 0)
		return ERR_FORMAT;
	if (base64_decode(digits, false, share, n, &got) != ERR_OK || got != n)
		return ERR_FORMAT;
	return age_stanza_body(s, body, AGE_BODY_LEN) ? ERR_OK : ERR_FORMAT;
}

enum err age_version_take(struct bytes *rest)
{
	struct bytes line;

	if (bytes_starts(*rest, BYTES_LITERAL(AGE_VERSION_LINE))) {
		*rest = bytes_from(*rest, sizeof AGE_VERSION_LINE - 1);
		return ERR_OK;
	}
	if (!line_next(rest, &line) || !bytes_starts(line, BYTES_LITERAL("age-encryption.org/")))
		return ERR_FORMAT;
	line = bytes_from(line, sizeof "age-encryption.org/" - 1);
	for (size_t i = 0; i < line.n; i++)
		if (!is_vchar(line.p[i]))
			return ERR_FORMAT;
	return line.n == 0 ? ERR_FORMAT : ERR_UNSUPPORTED;
}

enum err age_header_parse(struct bytes text, struct age_header *h)
{
	struct age_header found = {0};
	struct age_stanza s;
	struct bytes rest = text;
	struct bytes line;
	size_t n;
	enum err e;

	TRY(age_version_take(&rest));
	found.stanzas = rest;
	while (bytes_starts(rest, BYTES_LITERAL("->"))) {
		e = ERR_TOO_BIG;
		if (++found.count > AGE_STANZAS_MAX)
			goto out;
		e = ERR_FORMAT;
		if (!stanza_next(&rest, &s))
			goto out;
		found.by_passphrase = found.by_passphrase || bytes_eq_str(s.type, "scrypt");
	}
	e = ERR_FORMAT;
	found.stanzas.n -= rest.n;
	if (found.count == 0 || (found.by_passphrase && found.count > 1))
		goto out;
	found.macced = bytes_first(text, text.n - rest.n + 3);
	if (!line_next(&rest, &line) || rest.n > 0 || !bytes_starts(line, BYTES_LITERAL("--- ")) ||
	    line.n != 4 + MAC_DIGITS)
		goto out;
	TRY(base64_decode(bytes_from(line, 4), false, found.mac, sizeof found.mac, &n));
	*h = found;
out:
	return e;
}

void age_stanza_put(struct buf *out, struct bytes arguments, struct bytes body)
{
	BUG_IF(body.n >= LINE_BYTES);
	buf_str(out, "-> ");
	buf_put(out, arguments);
	buf_byte(out, '\n');
	base64_encode(out, body, false);
	buf_byte(out, '\n');
}

void age_header_mac(const uint8_t file_key[static AGE_FILE_KEY_LEN], struct bytes macced, uint8_t mac[static 32])
{
	uint8_t key[32];

	hkdf_sha256(bytes_of(file_key, AGE_FILE_KEY_LEN), BYTES_LITERAL(""), BYTES_LITERAL("header"), key, sizeof key);
	hmac_sha256(BYTES_ARRAY(key), macced, mac);
	SECRET_WIPE(key);
}

void age_header_end(struct buf *out, const uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	uint8_t mac[32];

	buf_str(out, "---");
	age_header_mac(file_key, buf_view(out), mac);
	buf_byte(out, ' ');
	base64_encode(out, BYTES_ARRAY(mac), false);
	buf_byte(out, '\n');
}
