/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify/partition.h"

#include <stdlib.h>
#include <string.h>

#include "verify/field.h"

enum {
	SECTOR_LEN = 512,
	BOOT_MARK = 0xaa55,
	TABLE_ENTRY_LEN = 4,
	CLUSTER_MASK = 0x0fffffff, /* a table's entry has 28 bits */
	CHAIN_END = 0x0ffffff8,    /* this, and whatever is greater */
	FIRST_CLUSTER = 2,
	FOLDER_ENTRY_LEN = 32,
	NAME_LEN = 11,
	ATTRIBUTES_AT = 11,
	IS_FOLDER = 0x10,
	IS_NO_FILE = 0x08, /* the volume's label, and parts of long names */
};

struct volume {
	struct bytes table, clusters; /* clusters begin with FIRST_CLUSTER */
	uint64_t cluster_len, cluster_count, root;
};

static bool read_volume(struct bytes partition, struct volume *v)
{
	uint64_t sector_len, per_cluster, reserved, tables, root_entries, sectors_16, table_16, sectors, table, flags,
	    mark;
	const struct field fields[] = {
	    {11, 2, &sector_len},   {13, 1, &per_cluster}, {14, 2, &reserved}, {16, 1, &tables},
	    {17, 2, &root_entries}, {19, 2, &sectors_16},  {22, 2, &table_16}, {32, 4, &sectors},
	    {36, 4, &table},        {40, 2, &flags},       {44, 4, &v->root},  {510, 2, &mark},
	};
	uint64_t before;

	if (!field_numbers(partition, fields, sizeof fields / sizeof fields[0]) || mark != BOOT_MARK ||
	    sector_len != SECTOR_LEN || per_cluster == 0 || (per_cluster & (per_cluster - 1)) != 0 || reserved == 0 ||
	    tables == 0 || root_entries != 0 || sectors_16 != 0 || table_16 != 0 || flags != 0)
		return false;
	/* None of these has more than 32 bits, so 64 hold what they make. */
	before = reserved + tables * table;
	if (sectors < before)
		return false;
	v->cluster_len = per_cluster * SECTOR_LEN;
	v->cluster_count = (sectors - before) / per_cluster;
	return field_view(partition, reserved * SECTOR_LEN, table * SECTOR_LEN, &v->table) &&
	       field_view(partition, before * SECTOR_LEN, v->cluster_count * v->cluster_len, &v->clusters);
}

static bool view_cluster(const struct volume *v, uint64_t cluster, struct bytes *contents)
{
	return cluster >= FIRST_CLUSTER && cluster - FIRST_CLUSTER < v->cluster_count &&
	       field_view(v->clusters, (cluster - FIRST_CLUSTER) * v->cluster_len, v->cluster_len, contents);
}

/* From a cluster to the one that follows, or to CHAIN_END or more. */
static bool next_cluster(const struct volume *v, uint64_t *cluster)
{
	const struct field entry = {*cluster * TABLE_ENTRY_LEN, TABLE_ENTRY_LEN, cluster};

	if (!field_numbers(v->table, &entry, 1))
		return false;
	*cluster &= CLUSTER_MASK;
	return true;
}

struct step {
	const char *name; /* NAME_LEN characters, as an entry has them */
	uint8_t kind;     /* IS_FOLDER or 0 */
};

/* True if the search is over: *entry is the one, or empty because the folder ended. */
static bool find_in_cluster(struct bytes contents, const struct step *step, struct bytes *entry)
{
	for (struct bytes rest = contents; rest.n >= FOLDER_ENTRY_LEN; rest = bytes_from(rest, FOLDER_ENTRY_LEN)) {
		*entry = bytes_first(rest, rest.p[0] == 0 ? 0 : FOLDER_ENTRY_LEN);
		if (entry->n == 0 || (memcmp(rest.p, step->name, NAME_LEN) == 0 &&
				      (rest.p[ATTRIBUTES_AT] & (IS_FOLDER | IS_NO_FILE)) == step->kind))
			return true;
	}
	return false;
}

/* *cluster, where a folder begins, becomes where the entry of that name in it does; *len its length, 0 for folders. */
static bool follow(const struct volume *v, const struct step *step, uint64_t *cluster, uint64_t *len)
{
	uint64_t high, low;
	const struct field fields[] = {{20, 2, &high}, {26, 2, &low}, {28, 4, len}};
	struct bytes contents, entry;

	/* A chain with more links than there are clusters is a circle. */
	for (uint64_t left = v->cluster_count; left > 0 && view_cluster(v, *cluster, &contents); left--) {
		if (find_in_cluster(contents, step, &entry)) {
			if (!field_numbers(entry, fields, sizeof fields / sizeof fields[0]))
				return false;
			*cluster = high << 16 | low;
			return true;
		}
		if (!next_cluster(v, cluster))
			return false;
	}
	return false;
}

static bool copy_chain(const struct volume *v, uint64_t cluster, uint8_t *out, uint64_t len)
{
	struct bytes contents;

	for (uint64_t at = 0; at < len; at += contents.n) {
		if (!view_cluster(v, cluster, &contents) || !next_cluster(v, &cluster))
			return false;
		contents = bytes_first(contents, len - at);
		memcpy(out + at, contents.p, contents.n);
	}
	return cluster >= CHAIN_END;
}

enum err partition_take_program(struct bytes partition, uint8_t **program, size_t *program_len)
{
	static const struct step path[] = {{"EFI        ", IS_FOLDER}, {"BOOT       ", IS_FOLDER}, {"BOOTX64 EFI", 0}};
	struct volume v;
	uint64_t cluster, len = 0;
	uint8_t *copy;

	if (!read_volume(partition, &v))
		return ERR_FORMAT;
	cluster = v.root;
	for (size_t i = 0; i < sizeof path / sizeof path[0]; i++)
		if (!follow(&v, &path[i], &cluster, &len))
			return ERR_FORMAT;
	if (len == 0 || len > v.clusters.n)
		return ERR_FORMAT;
	copy = malloc(len);
	if (copy == NULL)
		return ERR_NO_MEMORY;
	if (!copy_chain(&v, cluster, copy, len)) {
		free(copy);
		return ERR_FORMAT;
	}
	*program = copy;
	*program_len = len;
	return ERR_OK;
}
