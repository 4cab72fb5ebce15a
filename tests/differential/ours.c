/* SPDX-License-Identifier: GPL-3.0-or-later
 * Our parsers over many inputs in one process, for the comparison with others' (tests/differential/run). Input:
 * records, each of four bytes of length (little-endian) and so many bytes. Output: a line for each, its items separated
 * by blanks, a tab, and a verdict: "ok", or why not. Bytes are in hexadecimal; what is absent is "-". ours multipart
 * record: Content-Type, LF, body          item: name:file name:type:content ours http            record: what a client
 * sends             item: method:target:fields, as show_request() has them:body; the verdict of a refusal is
 * STATUS@OFFSET of the head ours tar             record: an archive                      item: name:size:time:content
 *   ours tar-write       record: name, LF, day, LF, content      item: the archive
 *   ours age IDENTITY    record: an age file                     item: what was released
 *   ours age-recipient   record: a recipient's text              item: its kind */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "age/age.h"
#include "age/armor.h"
#include "http/head.h"
#include "http/multipart.h"
#include "tar/reader.h"
#include "tar/writer.h"

enum { RECORD_MAX = 8 << 20, TAR_SIZE_HERE = 1 << 22 };

static bool first_item;

static void hex(struct bytes b)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < b.n; i++) {
		putchar(digits[b.p[i] >> 4]);
		putchar(digits[b.p[i] & 15]);
	}
}

static void field(struct bytes b)
{
	if (b.p == NULL)
		putchar('-');
	else
		hex(b);
	putchar(':');
}

static void item(void)
{
	if (!first_item)
		putchar(' ');
	first_item = false;
}

static void verdict(enum err e, const char *why)
{
	printf("\t%s\n", e == ERR_OK ? "ok" : why);
}

/* ---- multipart */

static enum err part_begin(void *context, const struct multipart_part *part)
{
	(void)context;
	item();
	field(part->name);
	field(part->is_file ? part->filename.p == NULL ? bytes_of("", 0) : part->filename : bytes_of(NULL, 0));
	field(part->type.n > 0 ? part->type : bytes_of(NULL, 0));
	return ERR_OK;
}

static enum err part_data(void *context, struct bytes data)
{
	(void)context;
	hex(data);
	return ERR_OK;
}

static enum err part_end(void *context)
{
	(void)context;
	return ERR_OK;
}

static void multipart(struct bytes in)
{
	static struct multipart m;
	const struct multipart_handler handler = {part_begin, part_data, part_end, NULL};
	struct bytes type;
	enum err e = ERR_FORMAT;

	if (bytes_split(&in, '\n', &type))
		e = multipart_begin(&m, type, handler);
	if (e == ERR_OK)
		e = multipart_data(&m, in);
	if (e == ERR_OK)
		e = multipart_end(&m);
	verdict(e, err_text(e));
}

/* ---- requests, one after the other on a connection, as http/http.c takes them */

static struct http_head head;

static void show_request(const struct http_request *r)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE"};

	item();
	printf("%s:", methods[r->method]);
	hex(r->path);
	if (r->query.p != NULL) {
		printf("3f");
		hex(r->query);
	}
	putchar(':');
	field(r->host);
	field(r->cookie);
	field(r->content_type);
	field(r->authorization);
	field(r->accept_language);
	field(r->sec_fetch_site);
	field(r->origin);
}

/* False once the input is at its end. */
static bool fill(struct bytes *in)
{
	struct bytes part = bytes_first(*in, sizeof head.bytes - head.have);

	if (part.n == 0)
		return false;
	memcpy(head.bytes + head.have, part.p, part.n);
	head.have += part.n;
	*in = bytes_from(*in, part.n);
	return true;
}

/* The body: what came with the head, then from the input. False: cut off. */
static bool body(struct bytes *in, uint64_t left)
{
	size_t early = head.have - head.end < left ? head.have - head.end : (size_t)left;
	size_t later = in->n < left - early ? in->n : (size_t)(left - early);

	hex(bytes_of(head.bytes + head.end, early));
	hex(bytes_first(*in, later));
	*in = bytes_from(*in, later);
	http_head_next(&head, head.end + early);
	return early + later == left;
}

static void http(struct bytes in)
{
	struct http_request r = {.keep = true};
	const size_t whole = in.n;
	char status[32];

	head.have = 0;
	head.old_too = true;
	http_head_next(&head, 0);
	while (r.keep) {
		enum err e = http_head_parse(&head, &r);
		if (e == ERR_BUSY && fill(&in))
			continue;
		if (e == ERR_BUSY) {
			verdict(e, "more");
			return;
		}
		if (e != ERR_OK) {
			(void)snprintf(status, sizeof status, "%u@%zu", head.status, whole - in.n - head.have);
			verdict(e, status);
			return;
		}
		show_request(&r);
		if (!body(&in, r.content_length)) {
			verdict(ERR_END, "cut");
			return;
		}
	}
	verdict(ERR_OK, NULL);
}

/* ---- archives */

static enum err file_begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	(void)context;
	item();
	hex(name);
	printf(":%" PRIu64 ":%" PRIu64 ":", size, time_s);
	return ERR_OK;
}

static void tar(struct bytes in)
{
	static struct tar_reader t;
	enum err e;

	tar_begin(&t, (struct tar_sink){file_begin, part_data, part_end, NULL}, TAR_SIZE_HERE);
	e = tar_push(&t, in);
	if (e == ERR_OK)
		e = tar_finish(&t);
	verdict(e, t.fault != NULL ? t.fault : "cut");
}

static void tar_write(struct bytes in)
{
	static const uint8_t zeros[TAR_END];
	uint8_t block[TAR_BLOCK];
	char name[TAR_NAME_MAX + 1] = "";
	struct bytes text;
	struct bytes day;
	uint64_t day_number;

	if (!bytes_split(&in, '\n', &text) || !bytes_split(&in, '\n', &day) || text.n > TAR_NAME_MAX ||
	    bytes_decimal(day, TAR_TIME_MAX / 86400, &day_number) != ERR_OK)
		abort();
	memcpy(name, text.p, text.n);
	tar_header(block, name, in.n, (uint32_t)day_number);
	item();
	hex(BYTES_ARRAY(block));
	hex(in);
	hex(bytes_of(zeros, tar_padding(in.n)));
	hex(BYTES_ARRAY(zeros));
	verdict(ERR_OK, NULL);
}

/* ---- age */

static struct age_identity identity;
static struct age_opener opener;

static enum err released(void *context, struct bytes data)
{
	return part_data(context, data);
}

static enum err into_opener(void *context, struct bytes data)
{
	(void)context;
	return age_open_data(&opener, data);
}

static void age(struct bytes in)
{
	static struct age_dearmor dearmor;
	bool armored = in.n > 0 && age_dearmor_likely(in.p[0]);
	char why[120];
	enum err e = age_open_begin(&opener, &identity, 1, (struct age_sink){released, NULL});

	age_dearmor_begin(&dearmor, (struct age_sink){into_opener, NULL});
	if (e == ERR_OK)
		e = armored ? age_dearmor_data(&dearmor, in) : age_open_data(&opener, in);
	if (e == ERR_OK && armored)
		e = age_dearmor_end(&dearmor);
	if (e == ERR_OK)
		e = age_open_end(&opener);
	(void)snprintf(why, sizeof why, "stage %d%s: %s", (int)opener.stage, dearmor.broken ? ", armor" : "",
		       err_text(e));
	age_open_drop(&opener);
	verdict(e, why);
}

static void age_recipient(struct bytes in)
{
	struct age_recipient r = {.kind = AGE_X25519};
	enum err e = age_recipient_parse(in, &r);

	if (e == ERR_OK)
		printf("%d", (int)r.kind);
	verdict(e, err_text(e));
}

/* ---- */

static const struct {
	const char *name;
	void (*run)(struct bytes in);
} formats[] = {{"multipart", multipart}, {"http", http}, {"tar", tar},
	       {"tar-write", tar_write}, {"age", age},   {"age-recipient", age_recipient}};

static int each(void (*run)(struct bytes in))
{
	uint8_t length[4];

	while (fread(length, 1, sizeof length, stdin) == sizeof length) {
		size_t n =
		    (size_t)length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
		uint8_t *block = n > RECORD_MAX ? NULL : malloc(n + 1); /* its own: a byte past it may be seen */
		if (block == NULL || fread(block, 1, n, stdin) != n)
			return EXIT_FAILURE;
		first_item = true;
		run(bytes_of(block, n));
		free(block);
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc == 3 && age_identity_parse(bytes_str(argv[2]), &identity) != ERR_OK)
		return EXIT_FAILURE;
	for (size_t i = 0; argc >= 2 && i < sizeof formats / sizeof formats[0]; i++)
		if (strcmp(argv[1], formats[i].name) == 0)
			return each(formats[i].run);
	(void)fputs("usage: ours FORMAT [IDENTITY] <RECORDS\n", stderr);
	return EXIT_FAILURE;
}
