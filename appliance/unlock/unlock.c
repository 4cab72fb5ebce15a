/* SPDX-License-Identifier: GPL-3.0-or-later
 * Reads the site file once, in a process that holds nothing else, and is gone. */
#include "unlock/unlock.h"

#include <errno.h>
#include <fcntl.h>

#include "base/log.h"
#include "base/secret.h"
#include "confine/confine.h"
#include "link/channel.h"
#include "unlock/date.h"
#include "unlock/ephemeral.h"
#include "unlock/opening.h"
#include "unlock/parts.h"

/* Static: together they don't fit a stack, and exit is the free (init_on_free wipes the pages). */
static uint8_t medium[LIMIT_STICK_AREA + 1];
static struct interview interview;
static uint8_t part[LIMIT_SITE_PART];
static uint8_t record_storage[LIMIT_MESSAGE];
static struct site site;

static enum err send_fault(const struct site_fault *fault)
{
	struct buf record = buf_over(record_storage, sizeof record_storage);
	struct message_SITE_FAULT m = {.line = (uint16_t)fault->line, .sentence = bytes_str(fault->sentence)};

	message_put_SITE_FAULT(&record, &m);
	return channel_send(ROLE_FD_UP, &record, NULL, 0, DEADLINE_NONE);
}

static enum err send_part(enum role to)
{
	struct buf whole = buf_over(part, sizeof part);
	struct buf record = buf_over(record_storage, sizeof record_storage);
	struct message_SITE_PART m = {.role = (uint8_t)to};
	enum err e;

	TRY(site_part(&site, to, &whole));
	m.part = buf_view(&whole);
	message_put_SITE_PART(&record, &m);
	TRY(channel_send(ROLE_FD_UP, &record, NULL, 0, DEADLINE_NONE));
out:
	SECRET_WIPE(part);
	SECRET_WIPE(record_storage);
	return e;
}

/* The whole of it, or one byte more than an area has: then it is refused. */
static enum err read_medium(size_t *n)
{
	*n = 0;
	while (*n < sizeof medium) {
		size_t got;
		enum err e = fd_read_some(ROLE_FD_A, medium + *n, sizeof medium - *n, DEADLINE_NONE, &got);
		if (e == ERR_END)
			return ERR_OK;
		if (e != ERR_OK)
			return e;
		*n += got;
	}
	return ERR_OK;
}

static enum err find_site(size_t n, struct site_fault *fault)
{
	enum err e = opening_take(medium, n, &interview, &site, fault);

	return e == ERR_NOT_FOUND ? ephemeral_make(&interview, &site, fault) : e;
}

static enum err send_all(void)
{
	static const struct message_SITE_DONE done;
	struct buf record = buf_over(record_storage, sizeof record_storage);
	enum err e;

	for (size_t i = 0; i < site_part_role_count; i++)
		TRY(send_part(site_part_roles[i]));
	message_put_SITE_DONE(&record, &done);
	TRY(channel_send(ROLE_FD_UP, &record, NULL, 0, DEADLINE_NONE));
out:
	return e;
}

/* Attended, it is the operator's to say; else the relays'. */
static enum err ask_time(bool clock_unset)
{
	struct buf record = buf_over(record_storage, sizeof record_storage);
	int64_t unix_s;
	enum err e;

	if (!clock_unset || site.unattended)
		return ERR_OK;
	e = date_ask(&interview, &unix_s);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND || e == ERR_STATE ? ERR_OK : e;
	message_put_CLOCK_SET(&record, &(struct message_CLOCK_SET){.unix_s = (uint64_t)unix_s});
	return channel_send(ROLE_FD_UP, &record, NULL, 0, DEADLINE_NONE);
}

static enum err unlock(bool clock_unset)
{
	struct site_fault fault = {0};
	size_t n;
	enum err e;

	TRY(read_medium(&n));
	e = find_site(n, &fault);
	if (e == ERR_OK)
		e = ask_time(clock_unset);
	if (e == ERR_OK)
		e = send_all();
	else if (e == ERR_END)
		e = ERR_OK; /* the console is gone; with the next one another of us begins */
	else if (fault.sentence[0] != '\0')
		e = send_fault(&fault);
out:
	SECRET_WIPE(site);
	SECRET_WIPE(medium);
	ephemeral_wipe();
	return e;
}

int unlock_main(int argc, char **argv)
{
	struct role_options options = {0};
	enum err e;

	log_set_role("unlock");
	e = role_options_parse(argc > 1 ? argv[1] : "", &options);
	if (e == ERR_OK) {
		onion_prepare();
		interview.console = fcntl(ROLE_FD_B, F_GETFD) < 0 ? -1 : ROLE_FD_B;
		confine_finish(ROLE_UNLOCK, &options);
		e = unlock(options.clock_unset);
	}
	if (e != ERR_OK)
		log_event(LOG_FAILED, (uint64_t)e, (uint64_t)errno);
	return e == ERR_OK ? 0 : 1;
}
