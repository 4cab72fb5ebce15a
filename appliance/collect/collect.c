/* SPDX-License-Identifier: GPL-3.0-or-later
 * The worker: who asks, then what is asked. */
#include "collect/collect.h"

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "collect/ask.h"
#include "collect/calls.h"
#include "confine/confine.h"

/* %c a conversation, %n a message's number, %r a reply's name; the rest stands for itself. */
static const struct route {
	enum http_method method;
	const char *path;
	void (*call)(struct collect *c, const struct call_names *names);
} routes[] = {
    {HTTP_GET_, "/v1/collect", call_collect},
    {HTTP_POST_, "/v1/collected", call_collected},
    {HTTP_PUT_, "/v1/conversations/%c/replies/%r", call_reply},
    {HTTP_DELETE_, "/v1/conversations/%c", call_forget_conversation},
    {HTTP_DELETE_, "/v1/conversations/%c/messages/%n", call_forget_message},
    {HTTP_PUT_, "/v1/conversations/%c/mute", call_mute},
    {HTTP_DELETE_, "/v1/conversations/%c/mute", call_unmute},
    {HTTP_PUT_, "/v1/restore", call_restore},
    {HTTP_POST_, "/v1/drain", call_drain},
    {HTTP_DELETE_, "/v1/drain", call_undrain},
    {HTTP_PUT_, "/v1/token", call_token},
    {HTTP_POST_, "/v1/revoke", call_revoke},
    {HTTP_GET_, "/v1/status", call_status},
};

enum { ROUTE_COUNT = sizeof routes / sizeof routes[0] };

static bool take_name(char which, struct bytes segment, struct call_names *names)
{
	uint64_t number;
	size_t n;

	switch (which) {
	case 'c':
		return segment.n == 32 &&
		       hex_decode(segment, names->conversation, sizeof names->conversation, &n) == ERR_OK;
	case 'n':
		if (segment.n != 4)
			return false;
		while (segment.n > 1 && segment.p[0] == '0')
			segment = bytes_from(segment, 1);
		if (bytes_decimal(segment, LIMIT_MESSAGES, &number) != ERR_OK || number == 0)
			return false;
		names->number = (uint16_t)number;
		return true;
	default:
		names->reply = segment;
		return state_is_reply_name(segment);
	}
}

static bool path_matches(const char *pattern, struct bytes path, struct call_names *names)
{
	struct bytes wanted = bytes_str(pattern);
	struct bytes want, have;

	for (;;) {
		bool more_wanted = bytes_split(&wanted, '/', &want);
		bool more = bytes_split(&path, '/', &have);
		if (more != more_wanted)
			return false;
		if (!more)
			return true;
		if (want.n == 2 && want.p[0] == '%' ? !take_name((char)want.p[1], have, names) : !bytes_eq(want, have))
			return false;
	}
}

static void dispatch(struct collect *c)
{
	bool path_known = false;

	for (size_t i = 0; i < ROUTE_COUNT; i++) {
		struct call_names names = {.number = 0};
		/* A trailing slash would be lost in splitting. */
		if (c->request.path.p[c->request.path.n - 1] == '/' ||
		    !path_matches(routes[i].path, c->request.path, &names))
			continue;
		path_known = true;
		if (routes[i].method == c->request.method) {
			routes[i].call(c, &names);
			return;
		}
	}
	if (path_known)
		call_answer(c, 405, "This path has other methods. docs/DESK-API.md lists the calls.\n");
	else
		call_answer(c, 404, "There is no such path. docs/DESK-API.md lists the calls.\n");
}

/* The same bytes for whoever can't show a token, whatever else is right or wrong with the request. */
static void answer_unknown(struct collect *c)
{
	const struct http_header headers[] = {
	    {"WWW-Authenticate", BYTES_LITERAL("Bearer")},
	    {"Cache-Control", BYTES_LITERAL("no-store")},
	};

	c->request.keep = false;
	if (http_respond(&c->http, 401, headers, 2, BYTES_LITERAL(""), false) != ERR_OK)
		return;
}

/* Is there a right token? A malformed one costs the same question to the keeper as a wrong one. ERR_AUTH, ERR_PEER. */
static enum err check_token(struct collect *c)
{
	const struct bytes prefix = BYTES_LITERAL("Bearer ");
	struct message_DESK_AUTH m = {{0}};
	struct buf record;
	size_t n = 0;
	bool sound =
	    bytes_starts(c->request.authorization, prefix) &&
	    hex_decode(bytes_from(c->request.authorization, prefix.n), m.token, sizeof m.token, &n) == ERR_OK &&
	    n == sizeof m.token;
	enum err e = ERR_AUTH;

	if (c->known) {
		/* The channel belongs to the desk that came first. */
		e = sound && secret_equal(m.token, c->token, sizeof c->token) ? ERR_OK : ERR_AUTH;
	} else {
		record = ask_record(c);
		message_put_DESK_AUTH(&record, &m);
		e = ask_ok(c, &record);
		SECRET_WIPE(c->record);
		if (e == ERR_OK && !sound)
			e = ERR_AUTH;
		if (e == ERR_OK)
			memcpy(c->token, m.token, sizeof c->token);
		c->known = e == ERR_OK;
	}
	SECRET_WIPE(m);
	return e;
}

static void serve_request(struct collect *c)
{
	enum err e = check_token(c);

	c->body_read = false;
	if (e == ERR_OK)
		dispatch(c);
	else if (e == ERR_PEER)
		call_answer_refused(c, ERR_BUSY);
	else
		answer_unknown(c);
}

void collect_serve(struct collect *c, int connection, int keeper, struct bytes site_name)
{
	unsigned status;
	enum err e;

	c->keeper = keeper;
	c->known = false;
	c->cut_off = false;
	c->site_name = site_name;
	http_open(&c->http, connection, -1);
	do {
		c->request.keep = false;
		e = http_read_head(&c->http, &c->request, &status);
		if (e == ERR_OK)
			serve_request(c);
		else if (status != 0)
			answer_unknown(c); /* what can't be read shows no token */
	} while (e == ERR_OK && c->request.keep && c->keeper >= 0);
	SECRET_WIPE(c->token);
	if (!c->cut_off)
		http_close(&c->http);
}

int collect_main(int argc, char **argv)
{
	static struct collect c;
	struct role_options options;
	struct message_PART_COLLECT part;
	struct bytes fields;
	struct incoming in;
	enum err e;

	log_set_role("collect");
	TRY(role_options_parse(argc > 1 ? argv[1] : "", &options));
	TRY(role_part(&options, MESSAGE_PART_COLLECT, &fields));
	TRY(message_get_PART_COLLECT(fields, &part));
	confine_finish(ROLE_COLLECT, &options);
	e = channel_receive(ROLE_FD_UP, 1u << ROLE_DOOR, ROLE_COLLECT, STATE_UP, c.answer, DEADLINE_NONE, &in);
	if (e == ERR_END)
		return 0; /* never needed */
	TRY(e);
	if (in.type != MESSAGE_CONNECTION) {
		e = ERR_PEER;
		goto out;
	}
	collect_serve(&c, in.fds[0], ROLE_FD_KEEPER, part.name);
out:
	if (e != ERR_OK)
		log_event(LOG_FAILED, (uint64_t)e, (uint64_t)errno);
	return e == ERR_OK ? 0 : 1;
}
