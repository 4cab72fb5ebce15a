/* SPDX-License-Identifier: GPL-3.0-or-later
 * A unified image of 6 KiB and a FAT32 file system of 32 KiB with it, made here byte by byte: what image/assemble and
 * image/disk make of a real kernel, as small as it can be. The program's headers name its sections in another order
 * than they lie in it; the folder BOOT has two clusters; the program's clusters are every other one, backwards. */
#ifndef SMALL_IMAGE_H
#define SMALL_IMAGE_H

#include <stdint.h>
#include <string.h>

enum {
	SMALL_PE = 0x40,
	SMALL_SECTIONS = SMALL_PE + 24 + 240, /* their table */
	SMALL_HEADERS = 0x400,
	SMALL_KERNEL_AT = 0x1400,
	SMALL_KERNEL_LEN = 0x3fb, /* the file ends inside a cluster */
	SMALL_PROGRAM_LEN = SMALL_KERNEL_AT + SMALL_KERNEL_LEN,
	SMALL_SECTOR = 512,
	SMALL_CLUSTERS_AT = 4 * SMALL_SECTOR,
	SMALL_CLUSTER_COUNT = 60,
	SMALL_PARTITION_LEN = SMALL_CLUSTERS_AT + SMALL_CLUSTER_COUNT * SMALL_SECTOR,
	SMALL_ROOT = 2,
	SMALL_EFI = 3,
	SMALL_BOOT = 4,  /* and 5 */
	SMALL_FILE = 58, /* and 56, 54 ... */
};

static inline void small_put(uint8_t *p, size_t at, size_t width, uint64_t value)
{
	for (size_t i = 0; i < width; i++)
		p[at + i] = (uint8_t)(value >> 8 * i);
}

static inline void small_headers(uint8_t *p, uint64_t section_count, uint64_t headers_len)
{
	small_put(p, 0, 2, 0x5a4d); /* MZ */
	small_put(p, 0x3c, 4, SMALL_PE);
	small_put(p, SMALL_PE, 4, 0x4550); /* PE */
	small_put(p, SMALL_PE + 6, 2, section_count);
	small_put(p, SMALL_PE + 20, 2, 240);
	small_put(p, SMALL_PE + 24, 2, 0x20b);
	small_put(p, SMALL_PE + 24 + 60, 4, headers_len);
	small_put(p, SMALL_PE + 24 + 64, 4, 0x12345678); /* the checksum, which is not hashed */
	small_put(p, SMALL_PE + 24 + 108, 4, 16);
}

struct small_section {
	const char *name;
	uint32_t in_memory, in_file, at;
};

static inline void small_sections(uint8_t *p, const struct small_section *sections, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t entry = SMALL_SECTIONS + 40 * i;

		memcpy(p + entry, sections[i].name, strlen(sections[i].name));
		small_put(p, entry + 8, 4, sections[i].in_memory);
		small_put(p, entry + 16, 4, sections[i].in_file);
		small_put(p, entry + 20, 4, sections[i].at);
	}
}

static inline void small_program(uint8_t p[static SMALL_PROGRAM_LEN])
{
	static const struct small_section inner[] = {{".text", 0x150, 0x150, 0x200}};
	static const struct small_section outer[] = {
	    {".linux", SMALL_KERNEL_LEN, SMALL_KERNEL_LEN, SMALL_KERNEL_AT},
	    {".text", 0x180, 0x200, 0x400},
	    {".data", 0x9000, 0, 0}, /* zeros that only memory has */
	    {".sdmagic", 0x40, 0x200, 0x600},
	    {".sbat", 0x33, 0x200, 0x800},
	    {".initrd", 0x7fe, 0x800, 0xc00},
	    {".osrel", 0x21, 0x200, 0xa00},
	};

	for (size_t i = 0; i < SMALL_PROGRAM_LEN; i++)
		p[i] = i < SMALL_HEADERS ? 0 : (uint8_t)(i * 7 + i / 256);
	small_headers(p, sizeof outer / sizeof outer[0], SMALL_HEADERS);
	small_sections(p, outer, sizeof outer / sizeof outer[0]);
	memset(p + SMALL_KERNEL_AT, 0, 0x200);
	small_headers(p + SMALL_KERNEL_AT, 1, 0x200);
	small_sections(p + SMALL_KERNEL_AT, inner, 1);
}

static inline void small_link(uint8_t *p, uint32_t cluster, uint32_t next)
{
	small_put(p, 2 * SMALL_SECTOR + cluster * 4, 4, next);
	small_put(p, 3 * SMALL_SECTOR + cluster * 4, 4, next);
}

static inline uint8_t *small_cluster(uint8_t *p, uint32_t cluster)
{
	return p + SMALL_CLUSTERS_AT + (cluster - 2) * SMALL_SECTOR;
}

static inline void small_entry(uint8_t *entry, const char *name, uint8_t attributes, uint32_t cluster, uint32_t len)
{
	memcpy(entry, name, 11);
	entry[11] = attributes;
	small_put(entry, 20, 2, cluster >> 16);
	small_put(entry, 26, 2, cluster & 0xffff);
	small_put(entry, 28, 4, len);
}

static inline void small_folders(uint8_t *p)
{
	uint8_t *root = small_cluster(p, SMALL_ROOT), *boot = small_cluster(p, SMALL_BOOT);

	small_entry(root, "EFI        ", 0x08, 0, 0); /* the label of the volume has a folder's name */
	small_entry(root + 32, "EFI        ", 0x10, SMALL_EFI, 0);
	small_entry(small_cluster(p, SMALL_EFI), "BOOT       ", 0x10, SMALL_BOOT, 0);
	small_entry(boot, "BOOTX64 EFI", 0x10, SMALL_ROOT, 0); /* a folder with the program's name */
	for (size_t i = 1; i < 16; i++)
		small_entry(boot + 32 * i, "\xe5OOTX64 EFI", 0x20, SMALL_ROOT, 3); /* deleted */
	small_entry(small_cluster(p, SMALL_BOOT + 1), "BOOTX64 EFI", 0x20, SMALL_FILE, SMALL_PROGRAM_LEN);
	small_link(p, 0, 0x0ffffff8);
	small_link(p, SMALL_ROOT, 0x0fffffff);
	small_link(p, SMALL_EFI, 0x0ffffff8);
	small_link(p, SMALL_BOOT, SMALL_BOOT + 1);
	small_link(p, SMALL_BOOT + 1, 0x0fffffff);
}

static inline void small_partition(uint8_t p[static SMALL_PARTITION_LEN])
{
	static const struct {
		size_t at, width;
		uint64_t value;
	} fields[] = {
	    {11, 2, SMALL_SECTOR},
	    {13, 1, 1},
	    {14, 2, 2},
	    {16, 1, 2},
	    {21, 1, 0xf8},
	    {32, 4, SMALL_PARTITION_LEN / SMALL_SECTOR},
	    {36, 4, 1},
	    {44, 4, SMALL_ROOT},
	    {510, 2, 0xaa55},
	};
	uint8_t program[SMALL_PROGRAM_LEN];
	uint32_t cluster = SMALL_FILE;

	memset(p, 0, SMALL_PARTITION_LEN);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		small_put(p, fields[i].at, fields[i].width, fields[i].value);
	small_folders(p);
	small_program(program);
	for (size_t at = 0; at < sizeof program; at += SMALL_SECTOR, cluster -= 2) {
		size_t rest = sizeof program - at;

		memcpy(small_cluster(p, cluster), program + at, rest < SMALL_SECTOR ? rest : SMALL_SECTOR);
		small_link(p, cluster, at + SMALL_SECTOR < sizeof program ? cluster - 2 : 0xffffffff);
	}
}

#endif
