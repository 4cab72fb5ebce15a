/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tor/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "tor/torrc.h"

/* tor's src/lib/crypt_ops/crypto_ed25519.c and key files: 29 characters, padded to 32, then 64 bytes of expanded key.
 */
static const char key_header[32] = "== ed25519v1-secret: type0 ==";

/* Also takes the guards out of it. */
static enum err check(const struct message_PART_TOR *part, struct guards *guards)
{
	struct bytes rest = part->clients;
	struct bytes line;
	size_t number;
	size_t clients = 0;
	enum err e;

	if (memcmp(part->source_key, key_header, sizeof key_header) != 0 ||
	    memcmp(part->desk_key, key_header, sizeof key_header) != 0 ||
	    secret_equal(part->source_key, part->desk_key, sizeof part->source_key))
		return ERR_FORMAT;
	while (bytes_split(&rest, '\n', &line)) {
		if (torrc_check_client(line) != ERR_OK)
			return ERR_FORMAT;
		if (++clients > TOR_CLIENTS_MAX)
			return ERR_TOO_BIG;
	}
	if (clients == 0)
		return ERR_FORMAT;
	e = guards_parse(part->guards, guards);
	if (e != ERR_OK)
		return e;
	return torrc_check_extra(part->torrc, &number);
}

static enum err make_directory(int fd, const char *name)
{
	/* The mode is set again because of the umask. */
	if (mkdirat(fd, name, 0700) != 0 || fchmodat(fd, name, 0700, 0) != 0)
		return errno == EEXIST ? ERR_EXISTS : ERR_IO;
	return ERR_OK;
}

static enum err write_file(int directory, const char *name, struct bytes data)
{
	enum err e;
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return errno == EEXIST ? ERR_EXISTS : ERR_IO;
	e = fd_write_all(fd, data, DEADLINE_NONE);
	if (close(fd) != 0 && e == ERR_OK)
		e = ERR_IO;
	return e;
}

static enum err write_clients(int fd, struct bytes clients)
{
	struct bytes line;
	unsigned number = 0;

	while (bytes_split(&clients, '\n', &line)) {
		char name[64];
		struct buf b = buf_over(name, sizeof name);
		enum err e;

		buf_str(&b, "desk/authorized_clients/");
		buf_decimal(&b, ++number);
		buf_put(&b, BYTES_LITERAL(".auth\0"));
		e = write_file(fd, name, line);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static enum err write_torrc(int fd, const struct guards *guards, bool second, struct bytes extra_lines)
{
	static uint8_t storage[TORRC_MAX];
	struct buf b = buf_over(storage, sizeof storage);
	enum err e = torrc_render(&b, guards, second, extra_lines);

	return e == ERR_OK ? write_file(fd, "torrc", buf_view(&b)) : e;
}

static enum err write_state(int fd, const struct guards *guards)
{
	uint8_t storage[TOR_STATE_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	if (guards->count == 0)
		return ERR_OK;
	guards_put_state(&b, guards);
	BUG_IF(b.failed);
	return write_file(fd, "data/state", buf_view(&b));
}

enum err tor_files_write(int fd, const struct message_PART_TOR *part)
{
	static const char *const directories[] = {"data", "source", "desk", "desk/authorized_clients"};
	struct guards guards;
	enum err e = check(part, &guards);

	for (size_t i = 0; e == ERR_OK && i < sizeof directories / sizeof directories[0]; i++)
		e = make_directory(fd, directories[i]);
	if (e == ERR_OK)
		e = write_torrc(fd, &guards, part->second != 0, part->torrc);
	if (e == ERR_OK)
		e = write_state(fd, &guards);
	if (e == ERR_OK)
		e = write_file(fd, "source/hs_ed25519_secret_key", BYTES_ARRAY(part->source_key));
	if (e == ERR_OK)
		e = write_file(fd, "desk/hs_ed25519_secret_key", BYTES_ARRAY(part->desk_key));
	if (e == ERR_OK)
		e = write_clients(fd, part->clients);
	return e;
}
