/* SPDX-License-Identifier: GPL-3.0-or-later
 * verify/partition.c: FAT32 of any contents. Numbers are any of their width, views any of their length. */
#include "views.h"

#include "verify/field.c"
#include "verify/partition.c"

static uint64_t below(uint64_t limit)
{
	uint64_t n = nondet_u64();

	ASSUME(n < limit);
	return n;
}

bool field_numbers_shown(struct bytes b, const struct field *fields, size_t count)
{
	(void)b;
	for (size_t i = 0; i < count; i++)
		*fields[i].value = below(UINT64_C(1) << 8 * fields[i].width);
	return nondet_bool();
}

/* Of a partition that ends nowhere: what is asked for, and that it isn't past what a volume can have. */
bool field_view_shown(struct bytes b, uint64_t at, uint64_t n, struct bytes *view)
{
	PROVE(at < UINT64_C(1) << 50 && n < UINT64_C(1) << 50);
	*view = (struct bytes){b.p, n};
	return nondet_bool();
}

void prove_volume(void)
{
	uint8_t object[1];
	struct volume v;

	if (!read_volume(BYTES_ARRAY(object), &v))
		return;
	PROVE(v.cluster_len >= SECTOR_LEN && v.cluster_len <= 128 * SECTOR_LEN && v.cluster_len % SECTOR_LEN == 0);
	PROVE(v.clusters.n == v.cluster_count * v.cluster_len);
	PROVE(v.cluster_count <= UINT32_MAX && v.root <= UINT32_MAX);
}

/* A volume as read_volume() leaves it, in small: clusters of 1 to 3 bytes. */
static struct volume any_volume(uint8_t *table, size_t table_max, uint8_t *clusters, size_t count_max)
{
	struct volume v = {.table = last_bytes(table, table_max),
			   .cluster_len = 1 + below(3),
			   .cluster_count = below(count_max + 1),
			   .root = below(UINT64_C(1) << 32)};

	v.clusters = bytes_of(clusters, v.cluster_count * v.cluster_len);
	return v;
}

void prove_cluster(void)
{
	uint8_t table[16], clusters[9];
	struct volume v = any_volume(table, sizeof table, clusters, 3);
	uint64_t cluster = nondet_u64();
	bool there = cluster >= FIRST_CLUSTER && cluster - FIRST_CLUSTER < v.cluster_count;
	struct bytes contents;

	if (!view_cluster(&v, cluster, &contents)) {
		PROVE(!there);
		return;
	}
	PROVE(there && contents.n == v.cluster_len && within(contents, v.clusters));
	PROVE(contents.p == v.clusters.p + (cluster - FIRST_CLUSTER) * v.cluster_len);
	if (next_cluster(&v, &cluster))
		PROVE(cluster <= CLUSTER_MASK);
}

void prove_find(void)
{
	static const struct step step = {"BOOT       ", IS_FOLDER};
	uint8_t object[2 * FOLDER_ENTRY_LEN + 1];
	struct bytes contents = last_bytes(object, sizeof object), entry = {NULL, 77};

	if (!find_in_cluster(contents, &step, &entry))
		return;
	PROVE(within(entry, contents) && (entry.n == 0 || entry.n == FOLDER_ENTRY_LEN));
	if (entry.n > 0)
		PROVE(entry.p[0] == 'B' && entry.p[10] == ' ' && (entry.p[11] & 0x18) == 0x10);
}

static size_t views;

bool view_cluster_shown(const struct volume *v, uint64_t cluster, struct bytes *contents)
{
	if (cluster < FIRST_CLUSTER || cluster - FIRST_CLUSTER >= v->cluster_count)
		return false;
	views++;
	*contents = bytes_of(v->clusters.p + (cluster - FIRST_CLUSTER) * v->cluster_len, v->cluster_len);
	return true;
}

bool next_cluster_shown(const struct volume *v, uint64_t *cluster)
{
	PROVE(*cluster >= FIRST_CLUSTER && *cluster - FIRST_CLUSTER < v->cluster_count);
	*cluster = below(CLUSTER_MASK + 1u);
	return nondet_bool();
}

bool find_in_cluster_shown(struct bytes contents, const struct step *step, struct bytes *entry)
{
	(void)step;
	*entry = bytes_first(contents, nondet_bool() ? 0 : contents.n);
	return nondet_bool();
}

/* Round in circles or not: no cluster more than there are. */
void prove_follow(void)
{
	static const struct step step = {"BOOT       ", IS_FOLDER};
	uint8_t table[1], clusters[9];
	struct volume v = any_volume(table, sizeof table, clusters, 3);
	uint64_t cluster = nondet_u64(), len = 0;

	if (follow(&v, &step, &cluster, &len))
		PROVE(cluster <= UINT32_MAX && len <= UINT32_MAX);
	PROVE(views <= v.cluster_count);
}

void prove_copy(void)
{
	uint8_t table[1], clusters[9], out[5];
	struct volume v = any_volume(table, sizeof table, clusters, 3);
	size_t len = below(sizeof out + 1);

	if (copy_chain(&v, nondet_u64(), out + (sizeof out - len), len))
		PROVE(views == (len + v.cluster_len - 1) / v.cluster_len);
}

bool read_volume_shown(struct bytes partition, struct volume *v)
{
	v->cluster_len = 1 + below(3);
	v->clusters = bytes_first(partition, below(8));
	v->root = below(UINT64_C(1) << 32);
	return nondet_bool();
}

bool follow_shown(const struct volume *v, const struct step *step, uint64_t *cluster, uint64_t *len)
{
	(void)v, (void)step;
	*cluster = below(UINT64_C(1) << 32);
	*len = below(UINT64_C(1) << 32);
	return nondet_bool();
}

bool copy_chain_shown(const struct volume *v, uint64_t cluster, uint8_t *out, uint64_t len)
{
	(void)cluster;
	PROVE(len > 0 && len <= v->clusters.n && __CPROVER_w_ok(out, len));
	return nondet_bool();
}

void prove_take(void)
{
	uint8_t object[6], *program = NULL;
	size_t len = 77;

	if (partition_take_program(last_bytes(object, sizeof object), &program, &len) == ERR_OK)
		PROVE(len > 0 && len <= sizeof object && __CPROVER_rw_ok(program, len));
	else
		PROVE(program == NULL && len == 77);
}
