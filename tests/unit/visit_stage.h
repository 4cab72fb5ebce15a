/* SPDX-License-Identifier: GPL-3.0-or-later
 * The stage for tests of visit: a browser at one end of a socket, visit_serve in a thread at the other, a keeper in
 * plain memory behind it, and a desk that opens what was sealed. Included by one test. */
#ifndef VISIT_STAGE_H
#define VISIT_STAGE_H

#include <stdio.h>
#include <sys/socket.h>

#include "fake_keeper.h"
#include "visit/serve.h"

#define UPLOAD_MAX (8u << 20)

/* Its keeper keeps what it is given until the program ends. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static struct visit v;
static struct fake_keeper keeper;
static struct age_identity desk;
static struct age_identity other_desk; /* takes "Work", and nothing else does */
static uint8_t part[8192];
static struct bytes part_fields;
static int wire = -1;
static pthread_t server;

/* ---- a connection */

struct ends {
	int fd;
	int keeper_fd;
};
static struct ends ends;

static void *serve(void *context)
{
	(void)context;
	visit_serve(&v, ends.fd, ends.keeper_fd, -1);
	close(ends.fd);
	close(ends.keeper_fd);
	return NULL;
}

__attribute__((unused)) static void connect_new(void)
{
	int pair[2];
	int channel[2];

	assert_int_equal(wire, -1);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(channel_pair(channel), ERR_OK);
	memset(&v, 0, sizeof v); /* a fresh process */
	assert_int_equal(visit_set_part(&v, part_fields), ERR_OK);
	ends = (struct ends){pair[0], channel[0]};
	wire = pair[1];
	fake_start(&keeper, channel[1]);
	assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);
}

__attribute__((unused)) static void disconnect(void)
{
	close(wire);
	wire = -1;
	pthread_join(server, NULL);
	pthread_join(keeper.thread, NULL);
	assert_int_equal(keeper.broken, 0);
}

/* ---- requests and responses */

static uint8_t request[UPLOAD_MAX + 65536];
static struct buf out;
static char response[PAGE_MAX + 1];
static char *body;
static unsigned status;
static bool closing;
static size_t response_len;
static bool may_break; /* a response may be missing or cut off: its status is 0 then */
static char cookie[64];
static const char *fetch_site; /* what the browser says of where a request comes from; NULL: nothing */

static void send_all(struct bytes b)
{
	while (b.n > 0) {
		ssize_t n = send(wire, b.p, b.n, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		b = bytes_from(b, (size_t)n);
	}
}

static void receive_response(bool with_body)
{
	size_t want = SIZE_MAX;

	response_len = 0;
	body = NULL;
	while (response_len < want) {
		ssize_t n = recv(wire, response + response_len, sizeof response - 1 - response_len, 0);
		if (n <= 0 && may_break) {
			status = 0;
			return;
		}
		if (n <= 0)
			fail_msg("no whole response: %zu bytes", response_len);
		response_len += (size_t)n;
		response[response_len] = 0;
		if (body == NULL && (body = strstr(response, "\r\n\r\n")) != NULL) {
			const char *length = strstr(response, "\r\nContent-Length: ");
			assert_non_null(length);
			body += 4;
			want = (size_t)(body - response) + (with_body ? strtoul(length + 18, NULL, 10) : 0);
		}
	}
	assert_int_equal(response_len, want);
	assert_memory_equal(response, "HTTP/1.1 ", 9);
	status = (unsigned)strtoul(response + 9, NULL, 10);
	closing = strstr(response, "\r\nConnection: close\r\n") != NULL;
	assert_non_null(strstr(response, "\r\nCache-Control: no-store\r\n"));
	if (with_body) {
		size_t i = 0;
		while (i < PAGE_BUCKET_COUNT && response_len != page_buckets[i])
			i++;
		assert_true(i < PAGE_BUCKET_COUNT);
	}
}

static void take_cookie(void)
{
	const char *at = strstr(response, "\r\nSet-Cookie: ");

	if (at == NULL)
		return;
	at += 14;
	snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(at, ";"), at);
	if (strcmp(cookie, "s=") == 0)
		cookie[0] = 0;
}

static void head(const char *method, const char *path, const char *type, size_t length)
{
	out = buf_over(request, sizeof request);
	buf_str(&out, method);
	buf_byte(&out, ' ');
	buf_str(&out, path);
	buf_str(&out, " HTTP/1.1\r\nHost: x.onion\r\n");
	if (cookie[0] != 0) {
		buf_str(&out, "Cookie: ");
		buf_str(&out, cookie);
		buf_str(&out, "\r\n");
	}
	if (fetch_site != NULL) {
		buf_str(&out, "Sec-Fetch-Site: ");
		buf_str(&out, fetch_site);
		buf_str(&out, "\r\n");
	}
	if (type != NULL) {
		buf_str(&out, "Content-Type: ");
		buf_str(&out, type);
		buf_str(&out, "\r\nContent-Length: ");
		buf_decimal(&out, length);
		buf_str(&out, "\r\n");
	}
	buf_str(&out, "\r\n");
}

static void get(const char *path)
{
	head("GET", path, NULL, 0);
	send_all(buf_view(&out));
	receive_response(true);
}

static void post(const char *path, const char *form)
{
	head("POST", path, "application/x-www-form-urlencoded", strlen(form));
	buf_str(&out, form);
	send_all(buf_view(&out));
	receive_response(true);
	take_cookie();
}

static uint8_t form_bytes[UPLOAD_MAX + 65536];
static struct buf form;

static void form_start(void)
{
	form = buf_over(form_bytes, sizeof form_bytes);
}

static void form_field(const char *name, const char *value)
{
	buf_str(&form, "--B\r\nContent-Disposition: form-data; name=\"");
	buf_str(&form, name);
	buf_str(&form, "\"\r\n\r\n");
	buf_str(&form, value);
	buf_str(&form, "\r\n");
}

static void form_file(const char *name, const char *type, struct bytes content)
{
	buf_str(&form, "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"");
	buf_str(&form, name);
	buf_str(&form, "\"\r\nContent-Type: ");
	buf_str(&form, type);
	buf_str(&form, "\r\n\r\n");
	buf_put(&form, content);
	buf_str(&form, "\r\n");
}

static void form_send(const char *path)
{
	buf_str(&form, "--B--\r\n");
	assert_false(form.failed);
	head("POST", path, "multipart/form-data; boundary=B", form.len);
	buf_put(&out, buf_view(&form));
	assert_false(out.failed);
	send_all(buf_view(&out));
	receive_response(true);
	take_cookie();
}

/* The text between two marks of the page, entities and all. */
static const char *between(const char *from, const char *to)
{
	static char text[4096];
	const char *at = strstr(body, from);
	const char *end;

	if (at == NULL)
		fail_msg("the page lacks %s", from);
	at += strlen(from);
	end = strstr(at, to);
	assert_non_null(end);
	snprintf(text, sizeof text, "%.*s", (int)(end - at), at);
	return text;
}

/* The text of the paragraph with that id, without the tags in it, its lines joined. */
static const char *text_of(const char *id)
{
	static char text[256];
	char mark[64];
	size_t n = 0;
	bool tag = true; /* the paragraph's own ends first */

	snprintf(mark, sizeof mark, " id=\"%s\"", id);
	for (const char *at = between(mark, "</p>"); *at != '\0'; at++) {
		if (*at == '<' || *at == '>')
			tag = *at == '<';
		else if (!tag && n + 1 < sizeof text && (*at != '\n' || (n > 0 && text[n - 1] != ' ')))
			text[n++] = *at == '\n' ? ' ' : *at;
	}
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
	return text;
}

static bool shows(const char *text)
{
	return strstr(body, text) != NULL;
}

/* ---- the desk */

static uint8_t opened[4 << 20];
static size_t opened_len;

static enum err collect(void *context, struct bytes data)
{
	(void)context;
	assert_true(data.n <= sizeof opened - opened_len);
	memcpy(opened + opened_len, data.p, data.n);
	opened_len += data.n;
	return ERR_OK;
}

__attribute__((unused)) static void open_file(const struct fake_file *f, uint8_t kind)
{
	static struct age_opener o;

	opened_len = 0;
	assert_int_equal(f->kind, kind);
	assert_int_equal(age_open_begin(&o, &desk, 1, (struct age_sink){collect, NULL}), ERR_OK);
	assert_int_equal(age_open_data(&o, bytes_of(f->p, f->n)), ERR_OK);
	assert_int_equal(age_open_end(&o), ERR_OK);
}

/* Is it sealed to him? */
__attribute__((unused)) static bool is_for(const struct fake_file *f, const struct age_identity *who)
{
	static struct age_opener o;

	opened_len = 0;
	return age_open_begin(&o, who, 1, (struct age_sink){collect, NULL}) == ERR_OK &&
	       age_open_data(&o, bytes_of(f->p, f->n)) == ERR_OK && age_open_end(&o) == ERR_OK;
}

__attribute__((unused)) static void opened_is(const char *text, size_t padded)
{
	size_t n = strlen(text);

	assert_int_equal(opened_len, padded);
	assert_memory_equal(opened, text, n);
	for (size_t i = n; i < opened_len; i++)
		assert_int_equal(opened[i], 0);
}

static void seal_reply(struct fake_conversation *c, struct fake_file *f, struct bytes text, size_t padding)
{
	static struct age_sealer s;
	struct age_recipient to;

	assert_int_equal(age_recipient_parse(bytes_str(c->recipient), &to), ERR_OK);
	opened_len = 0;
	assert_int_equal(age_seal_begin(&s, &to, 1, (struct age_sink){collect, NULL}), ERR_OK);
	assert_int_equal(age_seal_data(&s, text), ERR_OK);
	assert_int_equal(age_seal_zeros(&s, padding), ERR_OK);
	assert_int_equal(age_seal_end(&s), ERR_OK);
	f->p = malloc(opened_len);
	f->n = opened_len;
	memcpy(f->p, opened, opened_len);
}

__attribute__((unused)) static void put_reply(struct fake_conversation *c, const char *text, size_t padding)
{
	seal_reply(c, &c->replies[c->reply_count++], bytes_str(text), padding);
}

/* An attachment of the last reply, as a desk seals one. */
__attribute__((unused)) static void put_attachment(struct fake_conversation *c, const char *meta, struct bytes data,
						   size_t padding)
{
	struct fake_file *f = &c->replies[c->reply_count];

	f->kind = FILE_DATA;
	seal_reply(c, &c->metas[c->reply_count], bytes_str(meta), 1024 - strlen(meta));
	seal_reply(c, f, data, padding);
	c->reply_count++;
}

/* ---- a source */

static char csrf[64];

static void form_with(char *post_form, size_t n, const char *name, const char *value)
{
	snprintf(post_form, n, "%s=%s", name, value);
	for (char *p = post_form; *p != 0; p++)
		if (*p == ' ')
			*p = '+';
}

static void write_message(const char *text)
{
	form_start();
	form_field("topic", "Work");
	form_field("message", text);
	form_file("", "application/octet-stream", bytes_of(NULL, 0));
	form_send("/write");
}

__attribute__((unused)) static void sign_in(void)
{
	char post_form[512];

	write_message("hello");
	form_with(post_form, sizeof post_form, "codename", text_of("codename-digits"));
	post("/return", post_form);
	assert_int_equal(status, 303);
	get("/conversation");
	snprintf(csrf, sizeof csrf, "%s", between("name=\"csrf\" value=\"", "\""));
}

__attribute__((unused)) static void next_connection(void)
{
	disconnect();
	connect_new();
}

/* ---- set-up */

/* part[] is what unlock gives, with desks of that kind; an empty keeper, a browser that was nowhere yet. */
static void set_the_scene(enum age_kind kind)
{
	struct message_PART_VISIT p = {
	    .name = BYTES_LITERAL("The <Example> Desk"),
	    .address = BYTES_LITERAL("http://x.onion/"),
	    .topics = BYTES_LITERAL("00000001 \n00000002 Work\n00000001 Health & safety\n"),
	    .look = BYTES_LITERAL("style :root{--accent:#123456}\nsource 'sha256-x='\ntext de Wir sind <es>.\n"
				  "text - It is us.\ntopic 0 de Arbeit\n"),
	    .upload_max = UPLOAD_MAX,
	};
	struct age_recipient r;
	uint8_t text[2 * (AGE_TEXT_MAX + 3)];
	struct buf b = buf_over(text, sizeof text);
	struct buf record = buf_over(part, sizeof part);

	buf_str(&b, "0 ");
	age_identity_new(&desk, kind);
	age_identity_recipient(&desk, &r);
	age_recipient_text(&b, &r);
	buf_str(&b, "\n1 ");
	age_identity_new(&other_desk, kind);
	age_identity_recipient(&other_desk, &r);
	age_recipient_text(&b, &r);
	buf_byte(&b, '\n');
	p.recipients = buf_view(&b);
	message_put_PART_VISIT(&record, &p);
	assert_false(record.failed);
	part_fields = bytes_from(buf_view(&record), 2);
	memset(&keeper, 0, sizeof keeper);
	keeper.die_at = MESSAGE_COUNT;
	cookie[0] = 0;
	fetch_site = "same-origin"; /* as Tor Browser */
}

__attribute__((unused)) static int set_up_kind(enum age_kind kind)
{
	set_the_scene(kind);
	connect_new();
	return 0;
}

__attribute__((unused)) static int set_up(void **state)
{
	(void)state;
	return set_up_kind(AGE_X25519);
}

__attribute__((unused)) static int set_up_hybrid(void **state)
{
	(void)state;
	return set_up_kind(AGE_HYBRID);
}

__attribute__((unused)) static int tear_down(void **state)
{
	(void)state;
	disconnect();
	return 0;
}

#endif
