/* SPDX-License-Identifier: GPL-3.0-or-later
 * The folder: pages in each language, the address as pictures, the signed statement. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "announce/announce.h"
#include "announce/pages.h"
#include "crypto/crypto.h"
#include "sitefile/say.h"
#include "workstation/files.h"

enum {
	PAGE_MAX = 96 * 1024, /* a page has about 30 KiB: the style sheet, the texts, the picture's path */
	STATEMENT_MAX = 1024, /* a name, an address, where the folder is */
	SLIPS = 8,            /* two rows of four fill the foot of an A4 page */
	SOURCE_MAX = 64,      /* 'sha256-' and 44 characters, in quotes */
	PUBLIC_FILE = 0644,   /* for a web server's user as well */
	PUBLIC_FOLDER = 0755,
};

/* One folder while it is written. */
struct work {
	const struct announcement *a;
	const char *folder;
	struct bytes values[VALUE_COUNT];
	struct buf page;
	uint8_t page_storage[PAGE_MAX];
	uint8_t path[PICTURE_PATH_MAX];
	uint8_t side[8];
	uint8_t public_key[SIGNING_PUBLIC_TEXT];
	uint8_t accent[ACCENT_STYLE_MAX];
	uint8_t accent_source[SOURCE_MAX];
	struct picture picture;
};

static struct render_set pages(void)
{
	return (struct render_set)RENDER_SET(announce);
}

static void put(struct work *w, enum announce_page page, unsigned language)
{
	struct render_set set = pages();

	render_template(&w->page, &set, w->values, (unsigned)page, language);
}

static struct bytes text(enum announce_text number, unsigned language)
{
	struct render_set set = pages();

	return render_text(&set, (uint32_t)number, language);
}

static int write_file(struct work *w, const char *name, struct bytes data)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/%s", w->folder, name) >= (int)sizeof path)
		return site_say(SITE_FAILED, w->folder, strerror(ENAMETOOLONG));
	if (file_write_new(path, data, PUBLIC_FILE) != ERR_OK)
		return site_say(SITE_FAILED, path, strerror(errno));
	return SITE_DONE;
}

/* What was rendered since the last one. */
static int write_page(struct work *w, const char *name, const char *end)
{
	char file[64];
	struct bytes data = buf_view(&w->page);

	BUG_IF(w->page.failed);
	(void)snprintf(file, sizeof file, "%s%s", name, end);
	w->page.len = 0;
	return write_file(w, file, data);
}

/* ---- pages */

static void begin_page(struct work *w, unsigned language, enum announce_text title)
{
	w->values[VALUE_lang] = bytes_str(page_languages[language].tag);
	w->values[VALUE_dir] = bytes_str(page_languages[language].dir);
	w->values[VALUE_title] = text(title, language);
	put(w, PAGE_head, language);
}

/* The chosen languages, each by this piece. */
static void put_languages(struct work *w, enum announce_page piece, unsigned current)
{
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
		if (!w->a->languages[i])
			continue;
		w->values[VALUE_row_lang] = bytes_str(page_languages[i].tag);
		w->values[VALUE_row_dir] = bytes_str(page_languages[i].dir);
		w->values[VALUE_row_name] = bytes_str(page_languages[i].name);
		w->values[VALUE_row_title] = text(TEXT_title_steps, i);
		w->values[VALUE_row_current] = bytes_of("1", i == current);
		put(w, piece, current < LANGUAGE_COUNT ? current : i);
	}
}

static int write_steps(struct work *w, unsigned language)
{
	begin_page(w, language, TEXT_title_steps);
	put(w, PAGE_top, language);
	put(w, PAGE_languages_begin, language);
	put_languages(w, PAGE_language, language);
	put(w, PAGE_languages_end, language);
	put(w, PAGE_top_end, language);
	put(w, PAGE_steps, language);
	put(w, PAGE_bottom, language);
	return write_page(w, page_languages[language].tag, ".html");
}

static int write_poster(struct work *w, unsigned language)
{
	begin_page(w, language, TEXT_title_poster);
	put(w, PAGE_poster_begin, language);
	for (int i = 0; i < SLIPS; i++)
		put(w, PAGE_poster_slip, language);
	put(w, PAGE_poster_end, language);
	return write_page(w, page_languages[language].tag, "-poster.html");
}

static int write_index(struct work *w)
{
	unsigned first = 0;

	while (!w->a->languages[first])
		first++;
	begin_page(w, first, TEXT_title_steps);
	put(w, PAGE_top, first);
	put(w, PAGE_top_end, first);
	put(w, PAGE_index_begin, first);
	put_languages(w, PAGE_index_language, LANGUAGE_COUNT);
	put(w, PAGE_index_end, first);
	put(w, PAGE_bottom, first);
	return write_page(w, "index", ".html");
}

static int write_pages(struct work *w)
{
	int status = SITE_DONE;

	for (unsigned i = 0; i < LANGUAGE_COUNT && status == SITE_DONE; i++) {
		if (!w->a->languages[i])
			continue;
		status = write_steps(w, i);
		if (status == SITE_DONE)
			status = write_poster(w, i);
	}
	return status;
}

/* ---- what the pages show */

static void set_accent(struct work *w)
{
	struct buf style = buf_over(w->accent, sizeof w->accent);
	struct buf source = buf_over(w->accent_source, sizeof w->accent_source);
	uint8_t hash[32];

	if (w->a->accent == NULL)
		return;
	accent_style(&style, *w->a->accent);
	sha256(buf_view(&style), hash);
	buf_str(&source, "'sha256-");
	base64_encode(&source, BYTES_ARRAY(hash), true);
	buf_byte(&source, '\'');
	BUG_IF(style.failed || source.failed);
	w->values[VALUE_accent] = buf_view(&style);
	w->values[VALUE_accent_source] = buf_view(&source);
}

static int set_values(struct work *w)
{
	struct buf path = buf_over(w->path, sizeof w->path);
	struct buf side = buf_over(w->side, sizeof w->side);
	struct buf public_key = buf_over(w->public_key, sizeof w->public_key);

	BUG_IF(picture_of_address(w->a->address, &w->picture) != ERR_OK);
	picture_path(&path, &w->picture);
	buf_decimal(&side, picture_full_side(&w->picture));
	if (w->a->signing != NULL && signing_public_text(w->a->signing, &public_key) != ERR_OK)
		return site_say(SITE_FAILED, "", strerror(ENOMEM));
	BUG_IF(path.failed || side.failed || public_key.failed);
	w->page = buf_over(w->page_storage, sizeof w->page_storage);
	w->values[VALUE_site] = w->a->name;
	w->values[VALUE_style_source] = bytes_str(announce_style_source);
	w->values[VALUE_address] = w->a->address;
	w->values[VALUE_contact] = w->a->contact;
	w->values[VALUE_path] = buf_view(&path);
	w->values[VALUE_side] = buf_view(&side);
	w->values[VALUE_public_key] = buf_view(&public_key);
	set_accent(w);
	return SITE_DONE;
}

/* ---- the other files; the page's storage serves for them, too */

static int write_pictures(struct work *w)
{
	int status;

	picture_svg(&w->page, &w->picture);
	status = write_page(w, "address", ".svg");
	if (status != SITE_DONE)
		return status;
	if (picture_png(&w->page, &w->picture) != ERR_OK)
		return site_say(SITE_FAILED, "", strerror(ENOMEM));
	return write_page(w, "address", ".png");
}

static enum err sign_statement(struct work *w, struct bytes statement)
{
	uint8_t storage[SIGNING_COMMENT_MAX];
	struct buf comment = buf_over(storage, sizeof storage);

	buf_str(&comment, "date:");
	buf_put(&comment, w->a->day);
	buf_str(&comment, " address:");
	buf_put(&comment, w->a->address);
	buf_str(&comment, " file:address.txt");
	BUG_IF(comment.failed);
	return signing_sign(w->a->signing, statement, buf_view(&comment), &w->page);
}

static int write_statement(struct work *w)
{
	uint8_t storage[STATEMENT_MAX];
	struct buf statement = buf_over(storage, sizeof storage);
	int status;

	announce_statement(&statement, w->a);
	BUG_IF(statement.failed);
	status = write_file(w, "address.txt", buf_view(&statement));
	if (status != SITE_DONE || w->a->signing == NULL)
		return status;
	if (sign_statement(w, buf_view(&statement)) != ERR_OK)
		return site_say(SITE_FAILED, "", strerror(ENOMEM));
	status = write_page(w, "address.txt", ".minisig");
	if (status != SITE_DONE)
		return status;
	if (signing_public_file(w->a->signing, &w->page) != ERR_OK)
		return site_say(SITE_FAILED, "", strerror(ENOMEM));
	return write_page(w, "minisign", ".pub");
}

static int write_readme(struct work *w)
{
	announce_readme(&w->page, w->a);
	return write_page(w, "README", ".txt");
}

int announce_write(const struct announcement *a, const char *folder)
{
	static struct work w;
	int status;

	w = (struct work){.a = a, .folder = folder};
	if (mkdir(folder, PUBLIC_FOLDER) != 0)
		return site_say(SITE_FAILED, folder,
				errno == EEXIST ? "It is there already. Remove it, or choose another name."
						: strerror(errno));
	if (chmod(folder, PUBLIC_FOLDER) != 0) /* whatever the umask is: a web server reads it */
		return site_say(SITE_FAILED, folder, strerror(errno));
	status = set_values(&w);
	if (status == SITE_DONE)
		status = write_pictures(&w);
	if (status == SITE_DONE)
		status = write_statement(&w);
	if (status == SITE_DONE)
		status = write_readme(&w);
	if (status == SITE_DONE)
		status = write_pages(&w);
	return status == SITE_DONE ? write_index(&w) : status;
}
