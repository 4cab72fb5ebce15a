/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify/registers.h"

#include <bearssl_hash.h>
#include <string.h>

#include "crypto/crypto.h"
#include "verify/field.h"

/* Of the PE format, from its signature on; those of the optional header are PE32+'s. */
enum {
	POINTER_AT = 0x3c, /* from the file's beginning */
	OPTIONAL_AT = 24,
	PE32_PLUS = 0x20b,
	CHECKSUM_AT = OPTIONAL_AT + 64,
	CHECKSUM_FIELD_LEN = 4,
	CERTIFICATES_AT = OPTIONAL_AT + 144, /* the fifth of the directories: where the table is, and its length */
	CERTIFICATES_LEN = 8,
	DIRECTORIES_LEAST = 5,
	OPTIONAL_LEAST = CERTIFICATES_AT + CERTIFICATES_LEN - OPTIONAL_AT,
	SECTION_LEN = 40,
	SECTION_NAME_LEN = 8,
};

struct section {
	struct bytes name, contents; /* as in the file; the name with its zeros */
	uint64_t at, in_memory;
};

struct program {
	struct bytes file;
	uint64_t pe, headers, certificates_len;
	size_t section_count;
	struct section sections[REGISTERS_SECTIONS_MAX]; /* in the order of their contents in the file */
};

static bool read_section(struct bytes file, uint64_t entry, struct section *s)
{
	uint64_t in_file;
	const struct field fields[] = {
	    {entry + 8, 4, &s->in_memory}, {entry + 16, 4, &in_file}, {entry + 20, 4, &s->at}};

	return field_view(file, entry, SECTION_NAME_LEN, &s->name) &&
	       field_numbers(file, fields, sizeof fields / sizeof fields[0]) &&
	       field_view(file, s->at, in_file, &s->contents);
}

/* Behind those that begin no later. */
static void add_section(struct program *p, const struct section *s)
{
	size_t place = p->section_count++;

	for (; place > 0 && p->sections[place - 1].at > s->at; place--)
		p->sections[place] = p->sections[place - 1];
	p->sections[place] = *s;
}

static bool read_headers(struct program *p, uint64_t *sections_at, uint64_t *section_count)
{
	uint64_t optional_len, magic, directories, certificates;
	const struct field pointer = {POINTER_AT, 4, &p->pe};
	struct bytes dos, from_pe;

	if (!field_view(p->file, 0, 2, &dos) || !bytes_eq_str(dos, "MZ") || !field_numbers(p->file, &pointer, 1))
		return false;
	from_pe = bytes_from(p->file, p->pe);
	if (!bytes_starts(from_pe, BYTES_LITERAL("PE\0\0")))
		return false;
	const struct field fields[] = {
	    {6, 2, section_count},
	    {20, 2, &optional_len},
	    {OPTIONAL_AT, 2, &magic},
	    {OPTIONAL_AT + 60, 4, &p->headers},
	    {OPTIONAL_AT + 108, 4, &directories},
	    {CERTIFICATES_AT, 4, &certificates},
	    {CERTIFICATES_AT + 4, 4, &p->certificates_len},
	};
	if (!field_numbers(from_pe, fields, sizeof fields / sizeof fields[0]) || magic != PE32_PLUS ||
	    directories < DIRECTORIES_LEAST || optional_len < OPTIONAL_LEAST || *section_count > REGISTERS_SECTIONS_MAX)
		return false;
	*sections_at = p->pe + OPTIONAL_AT + optional_len;
	/* What the hash covers: the headers wholly, and the certificates, which it doesn't, at the very end. */
	return p->headers <= p->file.n && *sections_at + *section_count * SECTION_LEN <= p->headers &&
	       p->certificates_len <= p->file.n - p->headers &&
	       (p->certificates_len == 0 || certificates == p->file.n - p->certificates_len);
}

static bool read_program(struct bytes file, struct program *p)
{
	uint64_t at, count;

	p->file = file;
	p->section_count = 0;
	if (!read_headers(p, &at, &count))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		struct section s;

		if (!read_section(file, at + i * SECTION_LEN, &s))
			return false;
		add_section(p, &s);
	}
	return true;
}

/* The Authenticode hash: "Calculating the PE Image Hash". */
static bool hash_program(const struct program *p, uint8_t hash[static 32])
{
	const uint64_t checksum = p->pe + CHECKSUM_AT, certificates = p->pe + CERTIFICATES_AT;
	const uint64_t end = p->file.n - p->certificates_len;
	const struct {
		uint64_t from, to;
	} parts[] = {
	    {0, checksum},
	    {checksum + CHECKSUM_FIELD_LEN, certificates},
	    {certificates + CERTIFICATES_LEN, p->headers},
	};
	uint64_t hashed = p->headers;
	br_sha256_context c;

	br_sha256_init(&c);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		br_sha256_update(&c, p->file.p + parts[i].from, parts[i].to - parts[i].from);
	for (size_t i = 0; i < p->section_count; i++) {
		br_sha256_update(&c, p->sections[i].contents.p, p->sections[i].contents.n);
		hashed += p->sections[i].contents.n;
	}
	if (hashed > end) /* sections that overlap, or the certificates as a section */
		return false;
	br_sha256_update(&c, p->file.p + hashed, end - hashed);
	br_sha256_out(&c, hash);
	return true;
}

static void extend_hash(uint8_t reg[static 32], const uint8_t hash[static 32])
{
	uint8_t both[64];

	memcpy(both, reg, 32);
	memcpy(both + 32, hash, 32);
	sha256(BYTES_ARRAY(both), reg);
}

static void extend(uint8_t reg[static 32], struct bytes event)
{
	uint8_t hash[32];

	sha256(event, hash);
	extend_hash(reg, hash);
}

/* In the order in which the stub measures them; then its own parts, which it doesn't. */
enum { LINUX, MEASURED = 10, KNOWN = 15 };
static const char known[KNOWN][SECTION_NAME_LEN + 1] = {
    ".linux", ".osrel",   ".cmdline", ".initrd", ".ucode", ".splash",  ".dtb",   ".uname",
    ".sbat",  ".pcrpkey", ".text",    ".rodata", ".data",  ".sdmagic", ".reloc",
};

static bool find_known(struct bytes name, size_t *which)
{
	for (*which = 0; *which < KNOWN; ++*which)
		if (memcmp(name.p, known[*which], SECTION_NAME_LEN) == 0)
			return true;
	return false;
}

/* What is measured of each; nothing of what isn't there. */
static bool take_contents(const struct program *p, struct bytes contents[static MEASURED])
{
	bool seen[KNOWN] = {false};

	for (const struct section *s = p->sections; s < p->sections + p->section_count; s++) {
		size_t which;

		if (!find_known(s->name, &which) || seen[which])
			return false;
		seen[which] = true;
		if (which < MEASURED && !field_view(s->contents, 0, s->in_memory, &contents[which]))
			return false;
	}
	return true;
}

enum err registers_compute(struct bytes program, struct registers *r)
{
	struct program outer, kernel;
	struct bytes contents[MEASURED] = {{NULL, 0}};
	struct registers made = {0};
	uint8_t outer_hash[32], kernel_hash[32];

	if (!read_program(program, &outer) || !hash_program(&outer, outer_hash) || !take_contents(&outer, contents) ||
	    !read_program(contents[LINUX], &kernel) || !hash_program(&kernel, kernel_hash))
		return ERR_FORMAT;
	/* The firmware's own two events come first. */
	extend(made.pcr4_secure_boot, BYTES_LITERAL("Calling EFI Application from Boot Option"));
	extend(made.pcr4_secure_boot, BYTES_LITERAL("\0\0\0\0"));
	extend_hash(made.pcr4_secure_boot, outer_hash);
	memcpy(made.pcr4, made.pcr4_secure_boot, sizeof made.pcr4);
	extend_hash(made.pcr4, kernel_hash);
	for (size_t i = 0; i < MEASURED; i++) {
		if (contents[i].n == 0)
			continue;
		extend(made.pcr11, bytes_of(known[i], strlen(known[i]) + 1));
		extend(made.pcr11, contents[i]);
	}
	*r = made;
	return ERR_OK;
}
