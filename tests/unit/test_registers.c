/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a TPM must hold, from an image's own bytes: the same as image/pcr computes, or an error; and verify-image, whose
 * manifest must say so, too. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "crypto/crypto.h"
#include "limits.h"
#include "verify/command.h"
#include "verify/partition.h"
#include "verify/registers.h"

#include "small_image.h"

/* `image/pcr` of small_program()'s bytes in a file. */
#define PCR_4             "02eec01c65ce3166ac9184c2eee72c15a7a8a81817f039336df1b2df2f2769db"
#define PCR_4_SECURE_BOOT "ebdf8808fccf7e0e6d82544ba1b25cdc4abbad619e7a4ef5264ec2542c322fc6"
#define PCR_11            "2f3088644f08b176d38e92df544d3d0bae0360d7a535b7fe8a7dbc3de0719ae7"
#define FALSE_HASH        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void assert_hash(const uint8_t hash[static 32], const char *hex)
{
	uint8_t expected[32];
	size_t n;

	assert_int_equal(hex_decode(bytes_str(hex), expected, sizeof expected, &n), ERR_OK);
	assert_memory_equal(hash, expected, sizeof expected);
}

static struct registers registers_of(struct bytes program)
{
	struct registers r;

	assert_int_equal(registers_compute(program, &r), ERR_OK);
	return r;
}

/* Of a copy on the heap, so that a byte read behind it is found by ASan. */
static enum err compute(const uint8_t *p, size_t n, struct registers *r)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	struct registers before;
	enum err e;

	assert_non_null(copy);
	memcpy(copy, p, n);
	memset(r, 7, sizeof *r);
	before = *r;
	e = registers_compute(bytes_of(copy, n), r);
	free(copy);
	if (e != ERR_OK)
		assert_memory_equal(r, &before, sizeof before);
	return e;
}

static void the_same_as_image_pcr(void **state)
{
	uint8_t program[SMALL_PROGRAM_LEN];
	struct registers r;

	(void)state;
	small_program(program);
	r = registers_of(BYTES_ARRAY(program));
	assert_hash(r.pcr4, PCR_4);
	assert_hash(r.pcr4_secure_boot, PCR_4_SECURE_BOOT);
	assert_hash(r.pcr11, PCR_11);
}

/* A signature behind the program, with its entry in the headers, changes neither; nor does another checksum. */
static void a_signature_does_not_count(void **state)
{
	uint8_t program[SMALL_PROGRAM_LEN + 64];
	struct registers r;

	(void)state;
	small_program(program);
	memset(program + SMALL_PROGRAM_LEN, 0xee, 64);
	small_put(program, SMALL_PE + 24 + 144, 4, SMALL_PROGRAM_LEN);
	small_put(program, SMALL_PE + 24 + 148, 4, 64);
	small_put(program, SMALL_PE + 24 + 64, 4, 0);
	r = registers_of(BYTES_ARRAY(program));
	assert_hash(r.pcr4, PCR_4);
	assert_hash(r.pcr4_secure_boot, PCR_4_SECURE_BOOT);
	assert_hash(r.pcr11, PCR_11);
	assert_int_equal(compute(program, sizeof program - 1, &r), ERR_FORMAT);
}

/* Whatever byte is another, register 4 is another, or the image is none. */
static void every_byte_counts(void **state)
{
	enum { CHECKSUM = SMALL_PE + 24 + 64, CERTIFICATES = SMALL_PE + 24 + 144 };
	uint8_t program[SMALL_PROGRAM_LEN];
	struct registers right, r;

	(void)state;
	small_program(program);
	right = registers_of(BYTES_ARRAY(program));
	for (size_t i = 0; i < sizeof program; i++) {
		bool excluded = (i >= CHECKSUM && i < CHECKSUM + 4) || (i >= CERTIFICATES && i < CERTIFICATES + 4);

		program[i] ^= 0x10;
		if (compute(program, sizeof program, &r) == ERR_OK)
			assert_int_equal(memcmp(r.pcr4_secure_boot, right.pcr4_secure_boot, 32) == 0, excluded);
		program[i] ^= 0x10;
	}
	for (size_t n = 0; n < sizeof program; n++)
		assert_int_equal(compute(program, n, &r), ERR_FORMAT);
}

struct damage {
	const char *what;
	size_t at, width;
	uint64_t value;
};

static void damaged_programs(void **state)
{
	enum { SECTION = SMALL_SECTIONS, KERNEL = SMALL_KERNEL_AT };
	static const struct damage damages[] = {
	    {"no MZ", 0, 2, 0x4d5a},
	    {"headers behind the end", 0x3c, 4, SMALL_PROGRAM_LEN},
	    {"headers far behind it", 0x3c, 4, 0xffffffff},
	    {"no PE", SMALL_PE, 4, 0x4551},
	    {"no section", SMALL_PE + 6, 2, 0},
	    {"too many sections", SMALL_PE + 6, 2, REGISTERS_SECTIONS_MAX + 1},
	    {"so many that they lead out", SMALL_PE + 6, 2, 0xffff},
	    {"the section table elsewhere", SMALL_PE + 20, 2, 0xffff},
	    {"a short optional header", SMALL_PE + 20, 2, 151},
	    {"PE32", SMALL_PE + 24, 2, 0x10b},
	    {"headers longer than the file", SMALL_PE + 24 + 60, 4, SMALL_PROGRAM_LEN + 1},
	    {"headers shorter than the table", SMALL_PE + 24 + 60, 4, SECTION + 7 * 40 - 1},
	    {"no directory of certificates", SMALL_PE + 24 + 108, 4, 4},
	    {"certificates that are longer than the file", SMALL_PE + 24 + 148, 4, 0xffffffff},
	    {"certificates elsewhere than at the end", SMALL_PE + 24 + 148, 4, 8},
	    {"an unknown section", SECTION, 8, 0x656c69662e},
	    {"a name with something behind its zero", SECTION + 7, 1, 'x'},
	    {"one twice", SECTION + 40, 8, 0x78756e696c2e},
	    {"a section beyond the end", SECTION + 20, 4, SMALL_KERNEL_AT + 1},
	    {"one at the end of numbers", SECTION + 20, 4, 0xffffffff},
	    {"one longer than the file", SECTION + 16, 4, 0xffffffff},
	    {"one longer in memory than in the file", SECTION + 8, 4, SMALL_KERNEL_LEN + 1},
	    {"sections that overlap so that there is more than the file", SECTION + 40 + 16, 4,
	     SMALL_KERNEL_LEN + 0x1000},
	    {"no kernel", SECTION, 8, 0x656d616e752e},
	    {"an empty kernel", SECTION + 8, 4, 0},
	    {"a kernel that is no program", KERNEL, 2, 0},
	    {"a kernel's section beyond its end", KERNEL + SMALL_SECTIONS + 16, 4, SMALL_KERNEL_LEN - 0x200 + 1},
	};
	uint8_t program[SMALL_PROGRAM_LEN];
	struct registers r;

	(void)state;
	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		small_program(program);
		small_put(program, damages[i].at, damages[i].width, damages[i].value);
		if (compute(program, sizeof program, &r) != ERR_FORMAT)
			fail_msg("%s: taken", damages[i].what);
	}
}

/* Of a copy on the heap, too. */
static enum err take(const uint8_t *p, size_t n, uint8_t **program, size_t *len)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	enum err e;

	assert_non_null(copy);
	memcpy(copy, p, n);
	*program = NULL;
	*len = 77;
	e = partition_take_program(bytes_of(copy, n), program, len);
	free(copy);
	if (e != ERR_OK)
		assert_true(*program == NULL && *len == 77);
	return e;
}

static void the_program_is_found(void **state)
{
	static uint8_t partition[SMALL_PARTITION_LEN + 100];
	uint8_t expected[SMALL_PROGRAM_LEN];
	uint8_t *program;
	size_t len;

	(void)state;
	small_partition(partition);
	small_program(expected);
	for (size_t n = SMALL_PARTITION_LEN; n <= sizeof partition; n += 100) {
		assert_int_equal(take(partition, n, &program, &len), ERR_OK);
		assert_true(bytes_eq(bytes_of(program, len), BYTES_ARRAY(expected)));
		free(program);
	}
	for (size_t n = 0; n < SMALL_PARTITION_LEN; n += n < 600 ? 1 : 37)
		assert_int_equal(take(partition, n, &program, &len), ERR_FORMAT);
}

static void damaged_partitions(void **state)
{
	enum {
		TABLE = 2 * SMALL_SECTOR,
		ROOT = SMALL_CLUSTERS_AT,
		EFI = ROOT + SMALL_SECTOR,
		BOOT = EFI + SMALL_SECTOR,
		ENTRY = BOOT + SMALL_SECTOR,
	};
	static const struct damage damages[] = {
	    {"no mark", 510, 2, 0xaa56},
	    {"sectors of another length", 11, 2, 4096},
	    {"clusters without sectors", 13, 1, 0},
	    {"clusters of three sectors", 13, 1, 3},
	    {"no room for the boot sector", 14, 2, 0},
	    {"no table", 16, 1, 0},
	    {"a root folder as in FAT16", 17, 2, 512},
	    {"FAT16's count of sectors", 19, 2, 64},
	    {"FAT16's table", 22, 2, 1},
	    {"more sectors than there are", 32, 4, SMALL_PARTITION_LEN / SMALL_SECTOR + 1},
	    {"many more", 32, 4, 0xffffffff},
	    {"fewer than the tables take", 32, 4, 3},
	    {"a table that leads out", 36, 4, 0xffffffff},
	    {"another table in use", 40, 2, 0x81},
	    {"a root folder nowhere", 44, 4, 1},
	    {"a root folder behind the last cluster", 44, 4, SMALL_CLUSTER_COUNT + 2},
	    {"no folder EFI", ROOT + 32, 1, 'X'},
	    {"nothing at all in the root", ROOT, 1, 0},
	    {"EFI is a file", ROOT + 32 + 11, 1, 0x20},
	    {"EFI behind the last cluster", ROOT + 32 + 26, 2, SMALL_CLUSTER_COUNT + 2},
	    {"EFI at a cluster of 32 bits", ROOT + 32 + 20, 2, 0xffff},
	    {"no folder BOOT", EFI, 1, 0xe5},
	    {"BOOT ends before the program", TABLE + SMALL_BOOT * 4, 4, 0x0fffffff},
	    {"BOOT is a circle without it", TABLE + SMALL_BOOT * 4, 4, SMALL_BOOT},
	    {"no program", ENTRY, 1, 'X'},
	    {"the program is a label", ENTRY + 11, 1, 0x28},
	    {"it is empty", ENTRY + 28, 4, 0},
	    {"it is shorter than its chain", ENTRY + 28, 4, SMALL_PROGRAM_LEN - SMALL_SECTOR},
	    {"longer", ENTRY + 28, 4, SMALL_PROGRAM_LEN + SMALL_SECTOR},
	    {"longer than the partition", ENTRY + 28, 4, 0xffffffff},
	    {"its chain leads nowhere", TABLE + SMALL_FILE * 4, 4, 0},
	    {"behind the last cluster", TABLE + SMALL_FILE * 4, 4, SMALL_CLUSTER_COUNT + 2},
	    {"behind the table", TABLE + SMALL_FILE * 4, 4, 0x0ffffff0},
	    {"in a circle", TABLE + (SMALL_FILE - 2) * 4, 4, SMALL_FILE},
	    {"ends early", TABLE + SMALL_FILE * 4, 4, 0x0fffffff},
	};
	static uint8_t partition[SMALL_PARTITION_LEN];
	uint8_t *program;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		small_partition(partition);
		small_put(partition, damages[i].at, damages[i].width, damages[i].value);
		if (take(partition, sizeof partition, &program, &len) != ERR_FORMAT)
			fail_msg("%s: taken", damages[i].what);
	}
}

/* ---- verify-image: a disk of 2 MiB with the partition, and two areas in front of it and behind it. */

enum { IMAGE_LEN = 2 << 20, AREA_0 = 65536, AREA_1 = PARTITION_AT + SMALL_PARTITION_LEN };

static char folder[] = "/tmp/test-registers-XXXXXX";
static uint8_t *image;

static const char *path_of(const char *name)
{
	static char paths[3][80];
	static size_t which;

	which = (which + 1) % 3;
	assert_true(snprintf(paths[which], sizeof paths[which], "%s/%s", folder, name) < (int)sizeof paths[which]);
	return paths[which];
}

static void write_file(const char *name, struct bytes data)
{
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data.p, 1, data.n, f), data.n);
	assert_int_equal(fclose(f), 0);
}

static int make_image(void **state)
{
	static const char empty[] = "courier-stick 0000000000\n";

	(void)state;
	image = calloc(1, IMAGE_LEN);
	if (image == NULL || mkdtemp(folder) == NULL)
		return -1;
	small_partition(image + PARTITION_AT);
	memcpy(image + AREA_0, empty, sizeof empty - 1);
	memcpy(image + AREA_1, empty, sizeof empty - 1);
	return 0;
}

static int remove_image(void **state)
{
	static const char *const names[] = {"image", "manifest", "said"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlink(path_of(names[i]));
	free(image);
	return rmdir(folder);
}

/* A manifest of the image as it is now, and with these registers. */
static void write_manifest(const char *pcr4, const char *pcr4_secure_boot, const char *pcr11)
{
	char text[1000], hex[65] = "";
	struct buf out = buf_over(hex, sizeof hex);
	uint8_t hash[32];
	int n;

	sha256(bytes_of(image, IMAGE_LEN), hash);
	buf_hex(&out, BYTES_ARRAY(hash));
	n = snprintf(text, sizeof text,
		     "{\"site_areas\": [[%d, %d], [%d, %d]], \"pcr\": {\"4\": \"%s\", \"4-secure-boot\": \"%s\", "
		     "\"11\": \"%s\"}, "
		     "\"outputs\": {\"courier.img\": {\"sha256\": \"%s\", \"size\": %d}}}",
		     AREA_0, LIMIT_STICK_AREA, AREA_1, LIMIT_STICK_AREA, pcr4, pcr4_secure_boot, pcr11, hex, IMAGE_LEN);
	assert_true(n > 0 && n < (int)sizeof text);
	write_file("manifest", bytes_str(text));
}

static const char *const all_registers[] = {PCR_4, PCR_4_SECURE_BOOT, PCR_11};

/* verify-image says that, among else, and ends so. */
static void expect(int status, const char *sentence)
{
	static char said[4096];
	char manifest[80], disk[80];
	char *arguments[] = {"verify-image", "--manifest", manifest, "--unsigned", disk, NULL};
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), got;
	size_t n;

	strcpy(manifest, path_of("manifest"));
	strcpy(disk, path_of("image"));
	write_file("image", bytes_of(image, IMAGE_LEN));
	fflush(stdout);
	assert_non_null(freopen(path_of("said"), "w", stdout));
	assert_true(dup2(STDOUT_FILENO, STDERR_FILENO) >= 0);
	got = verify_main(5, arguments);
	fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
	close(out);
	close(err);
	assert_int_equal(fd_read_file(path_of("said"), said, sizeof said - 1, &n), ERR_OK);
	said[n] = '\0';
	assert_int_equal(got, status);
	assert_non_null(strstr(said, sentence));
	for (size_t i = 0; strstr(sentence, "UEFI") == NULL && i < 3; i++)
		assert_non_null(strstr(said, all_registers[i]));
}

static void a_manifest_must_say_so(void **state)
{
	static const char *const no = "TPM VALUES ARE NOT THIS IMAGE'S";

	(void)state;
	for (int sited = 0; sited < 2; sited++) {
		memcpy(image + AREA_0 + 14, "0000000000\n\0\0\0\0", 15);
		write_manifest(PCR_4, PCR_4_SECURE_BOOT, PCR_11);
		if (sited)
			memcpy(image + AREA_0 + 14, "0000000004\nsite", 15);
		expect(0, sited ? "there is one" : "site file: none");
		memcpy(image + AREA_0 + 14, "0000000000\n\0\0\0\0", 15);
		write_manifest(FALSE_HASH, PCR_4_SECURE_BOOT, PCR_11);
		if (sited)
			memcpy(image + AREA_0 + 14, "0000000004\nsite", 15);
		expect(3, no);
	}
	memcpy(image + AREA_0 + 14, "0000000000\n\0\0\0\0", 15);
	write_manifest(PCR_4, FALSE_HASH, PCR_11);
	expect(3, no);
	write_manifest(PCR_4, PCR_4_SECURE_BOOT, FALSE_HASH);
	expect(3, no);
}

/* Its hash is what the manifest says, and yet it is no image. */
static void an_image_without_a_program(void **state)
{
	(void)state;
	image[PARTITION_AT + 510] ^= 1;
	write_manifest(PCR_4, PCR_4_SECURE_BOOT, PCR_11);
	expect(3, "no program for UEFI");
	image[PARTITION_AT + 510] ^= 1;
	small_cluster(image + PARTITION_AT, SMALL_FILE)[0] ^= 1;
	write_manifest(PCR_4, PCR_4_SECURE_BOOT, PCR_11);
	expect(3, "no program for UEFI");
	small_cluster(image + PARTITION_AT, SMALL_FILE)[0] ^= 1;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_as_image_pcr),  cmocka_unit_test(a_signature_does_not_count),
	    cmocka_unit_test(every_byte_counts),      cmocka_unit_test(damaged_programs),
	    cmocka_unit_test(the_program_is_found),   cmocka_unit_test(damaged_partitions),
	    cmocka_unit_test(a_manifest_must_say_so), cmocka_unit_test(an_image_without_a_program),
	};

	return cmocka_run_group_tests(tests, make_image, remove_image);
}
