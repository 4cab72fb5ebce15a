/* SPDX-License-Identifier: GPL-3.0-or-later
 * Names and values in the file; docs/STORE.md has the layout.
 *
 *   small record   name: 'c' prefix(8) hash(8), or 's' hash(16)
 *                  value: u64 nonce counter | AEAD(u16 length, plain, zeros) | tag; padded to a bucket
 *   chunk          name: 'f' file id(8) u32 number (big-endian)
 *                  value: its place in the extents, u64 offset | u32 length
 *                  there: AEAD(up to CHUNK_PLAIN bytes, zeros) | tag, the last one padded to a bucket of whole pages
 *                  If the file that came last of a message's is one chunk, its place is in the message's record
 *   mark           name: 'd' file id(8), 't' 'f' file id(8), 't' 'c' prefix(8); no value
 *
 * The name is the AEAD's associated data: no value opens under another name. */
#ifndef RECORDS_RECORD_H
#define RECORDS_RECORD_H

#include "records/db.h"
#include "records/vault.h"

#define FILE_ID_LEN 8
#define PREFIX_LEN  8

/* With the tag it fills 16 pages to the last byte. */
#define CHUNK_PLAIN      (16 * EXTENT_PAGE - 16)
#define RECORD_OVERHEAD  (8 + 2 + 16)
#define RECORD_PLAIN_MAX (DB_VALUE_MAX - RECORD_OVERHEAD)

_Static_assert(CHUNK_PLAIN <= LIMIT_CHUNK, "a chunk is one FILE_CHUNK message");

struct name {
	uint8_t p[18];
	uint8_t n;
};

/* What a conversation's record is. */
enum record_kind { RECORD_HEAD, RECORD_RECIPIENT, RECORD_MESSAGE, RECORD_REPLY, RECORD_REPLY_NAME, RECORD_HISTORY };

struct bytes name_view(const struct name *n);
struct name name_record(const struct slot *s, enum record_kind kind, struct bytes detail);
struct name name_numbered(const struct slot *s, enum record_kind kind, uint16_t number);
struct name name_session(const struct vault *v, const uint8_t name[static 32]);
struct name name_draft(const uint8_t id[static FILE_ID_LEN]);
struct name name_file_trash(const uint8_t id[static FILE_ID_LEN]);
struct name name_conversation_trash(const uint8_t prefix[static PREFIX_LEN]);
struct name name_prefix(uint8_t type, struct bytes rest); /* the names' common beginning */

/* The size that a record or a chunk of n bytes is padded to: its true size shows only so far. */
size_t record_bucket(size_t n);
size_t chunk_bucket(size_t n);

/* Seals plain (at most RECORD_PLAIN_MAX bytes; may lie in the vault's work room) under the name. ERR_FULL. */
enum err record_put(struct db *db, struct vault *v, const struct name *name, const uint8_t key[static 32],
		    struct bytes plain) MUST_CHECK;
/* Opens into the vault's work room: valid until the next record_get or record_put. ERR_NOT_FOUND; ERR_AUTH and
 * ERR_FORMAT: the record is damaged. */
enum err record_get(struct db *db, struct vault *v, const struct name *name, const uint8_t key[static 32],
		    struct bytes *plain) MUST_CHECK;

/* Where a file's chunks are and what opens them. */
struct file_ref {
	uint8_t id[FILE_ID_LEN];
	uint32_t ordinal; /* of all files under its key: half of the nonce */
	uint64_t size;    /* true, of the bytes that came */
	/* Where its only chunk is, if no record of the database says so; len 0: records do. */
	struct extent place;
};

/* Seals first and second, in this order, together at most CHUNK_PLAIN bytes, as one chunk. ERR_FULL. */
enum err chunk_put(struct db *db, const struct file_ref *f, const uint8_t key[static 32], uint32_t number,
		   struct bytes first, struct bytes second) MUST_CHECK;
/* Seals all of a file, f->size bytes, as its only chunk: f->place says where, and no record. What follows the text in
 * its room is made zero. ERR_FULL. */
enum err chunk_put_only(struct db *db, struct file_ref *f, const uint8_t key[static 32],
			uint8_t text[static CHUNK_PLAIN]) MUST_CHECK;
/* Opens the chunk that holds the byte at `offset`, < size, and moves the part from there on to out. The part ends with
 * the chunk. ERR_NOT_FOUND; ERR_AUTH, ERR_FORMAT: damaged; `out` is zero then. */
enum err chunk_get(struct db *db, const struct file_ref *f, const uint8_t key[static 32], uint64_t offset,
		   uint8_t out[static LIMIT_CHUNK], size_t *n) MUST_CHECK;
/* Bytes that n bytes of a file take. */
uint64_t chunk_cost(uint64_t n);
/* For db_delete_prefix() of chunks: gives the extent back with the transaction. */
void chunk_gone(struct db *db, struct bytes value);

/* Extents that are in use. */
struct places {
	struct extent *list;
	size_t count;
	size_t room;
};
enum err places_add(struct places *p, const struct extent *at) MUST_CHECK; /* ERR_NO_MEMORY */
void places_free(struct places *p);
/* Gives back every extent that neither a chunk's record nor `named`, to which it adds, names. */
enum err chunks_recover(struct db *db, struct places *named) MUST_CHECK;

#endif
