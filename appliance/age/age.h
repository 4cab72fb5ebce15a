/* SPDX-License-Identifier: GPL-3.0-or-later
 * age v1 files (c2sp.org/age), sealed and opened as streams. docs/AGE.md has the grammar and every maximum.
 * A sealer or opener is about 65 KiB: static storage or the heap at start, not a deep stack. Nothing allocates. */
#ifndef AGE_AGE_H
#define AGE_AGE_H

#include "base/bytes.h"
#include "limits.h"

#define AGE_TEXT_MAX       LIMIT_RECIPIENT_TEXT /* a recipient's or identity's text; the hybrid's has 1,959 characters */
#define AGE_FILE_KEY_LEN   16
#define AGE_NONCE_LEN      16
#define AGE_CHUNK          LIMIT_CHUNK        /* plaintext of one chunk */
#define AGE_CHUNK_SEALED   LIMIT_CHUNK_SEALED /* and its tag */
#define AGE_HEADER_MAX     LIMIT_CHUNK        /* read or written: a header is collected where the chunks go later */
#define AGE_RECIPIENTS_MAX 40   /* of one file: two desks' LIMIT_RECIPIENTS; as hybrids they fit AGE_HEADER_MAX */
#define AGE_STANZAS_MAX    128  /* read from one file, of any type */
#define AGE_IDENTITIES_MAX 16   /* tried on one file: at most 128 * 16 X25519 computations */
#define AGE_PASSPHRASE_MAX 1024 /* bytes; far more than anybody types */

/* ---- keys */

enum age_kind {
	AGE_X25519,          /* "age1..." */
	AGE_HYBRID,          /* mlkem768x25519: "age1pq1..." */
	AGE_TAG_P256,        /* p256tag, a hardware token's: "age1tag1..."; only sealed to */
	AGE_TAG_P256_HYBRID, /* mlkem768p256tag: "age1tagpq1..."; only sealed to */
};

#define AGE_RECIPIENT_KEY_MAX 1249 /* mlkem768p256tag: 1184 bytes of ML-KEM-768, 65 of a point */

/* 1.3 KB: pass pointers. */
struct age_recipient {
	enum age_kind kind;
	uint8_t key[AGE_RECIPIENT_KEY_MAX]; /* 32, 1216, 33 or 1249 bytes, by kind; the others are zero */
};

/* Secret: SECRET_WIPE() it. */
struct age_identity {
	enum age_kind kind;
	uint8_t secret[32]; /* the X25519 scalar, or the seed of the hybrid's key pairs */
};

/* Whether a quantum computer is no help against it. Files are sealed to recipients of one answer only. */
bool age_kind_is_hybrid(enum age_kind kind);

/* "age1...", in one case or the other, nothing around it. ERR_FORMAT; ERR_TOO_BIG; ERR_UNSUPPORTED: a low-order point,
 * or a plugin's recipient. *r is unchanged on error. */
enum err age_recipient_parse(struct bytes text, struct age_recipient *r) MUST_CHECK;
/* Lower case, at most AGE_TEXT_MAX characters; 62 for X25519. */
void age_recipient_text(struct buf *out, const struct age_recipient *r);
/* "AGE-SECRET-KEY-1..." or "AGE-SECRET-KEY-PQ-1...", in one case or the other. Errors as above; constant time in the
 * characters of a right one. */
enum err age_identity_parse(struct bytes text, struct age_identity *i) MUST_CHECK;
/* Upper case, 74 or 77 characters; `out` then holds a secret. */
void age_identity_text(struct buf *out, const struct age_identity *i);
/* AGE_X25519 or AGE_HYBRID: others are made by tokens. */
void age_identity_new(struct age_identity *i, enum age_kind kind);
void age_identity_from(struct age_identity *i, enum age_kind kind, const uint8_t secret[static 32]);
/* A hybrid one needs a few kilobytes of memory: without them this process ends. */
void age_identity_recipient(const struct age_identity *i, struct age_recipient *r);

/* ---- where the result goes */

/* Called with at most AGE_CHUNK_SEALED bytes at a time, valid during the call. What it returns other than ERR_OK ends
 * the sealing or opening and is what the caller of that gets. */
struct age_sink {
	enum err (*write)(void *context, struct bytes data);
	void *context;
};

/* Appends to *out. ERR_TOO_BIG if it doesn't fit. */
struct age_sink age_into(struct buf *out);

/* ---- sealing */

struct age_sealer {
	struct age_sink sink;
	enum err failed; /* the first error; every later call returns it */
	bool active;
	uint64_t counter; /* of chunks written */
	size_t fill;      /* plaintext in chunk[] */
	uint8_t key[32];
	uint8_t chunk[AGE_CHUNK_SEALED];
};

/* Draws a file key, writes the header. 1 to AGE_RECIPIENTS_MAX recipients (ERR_TOO_BIG, ERR_STATE for none).
 * ERR_AUTH: a recipient is a low-order point. ERR_UNSUPPORTED: hybrid and other recipients are mixed. On error nothing
 * has been written (the sink's own errors apart). */
enum err age_seal_begin(struct age_sealer *s, const struct age_recipient *to, size_t count,
			struct age_sink sink) MUST_CHECK;
/* For whoever knows the passphrase, by scrypt: 64 MiB of memory for a quarter of a second. ERR_NO_MEMORY. */
enum err age_seal_begin_passphrase(struct age_sealer *s, struct bytes passphrase, struct age_sink sink) MUST_CHECK;
/* A chunk is written when a byte more than it holds is known to follow. */
enum err age_seal_data(struct age_sealer *s, struct bytes plain) MUST_CHECK;
/* n zero bytes: padding. */
enum err age_seal_zeros(struct age_sealer *s, uint64_t n) MUST_CHECK;
/* Writes the last chunk. Wipes *s, also on error. Without it the file is cut off and no opener takes its end for good.
 */
enum err age_seal_end(struct age_sealer *s) MUST_CHECK;
/* Gives up: wipes *s, writes nothing. Harmless after age_seal_end or on a zeroed sealer. */
void age_seal_drop(struct age_sealer *s);
/* The exact size of the whole file. UINT64_MAX if it doesn't fit. */
uint64_t age_sealed_size(uint64_t plain_len, const struct age_recipient *to, size_t count);

/* ---- opening */

/* How far an opener came, and so what an error means to people. */
enum age_stage {
	AGE_STAGE_HEADER,  /* reading the header. ERR_FORMAT: not an age file, or a broken one */
	AGE_STAGE_MATCH,   /* ERR_AUTH: none of the identities, or not this passphrase, opens it */
	AGE_STAGE_MAC,     /* ERR_AUTH: the header was changed */
	AGE_STAGE_PAYLOAD, /* ERR_AUTH: the payload was changed or cut off inside a chunk. ERR_END: cut off */
};

/* Where the passphrase comes from. Called once, and only for a file that has one and whose header is sound, into room
 * for AGE_PASSPHRASE_MAX bytes. What it returns other than ERR_OK ends the opening. */
struct age_asker {
	enum err (*ask)(void *context, struct buf *passphrase);
	void *context;
};

struct age_opener {
	struct age_sink sink;
	enum err failed;
	enum age_stage stage; /* stays readable after an error and after age_open_end */
	bool by_passphrase;   /* the file is sealed with one; readable as long as the stage */
	bool active;
	bool header_done; /* the file key is known; the payload's nonce follows, then chunks */
	uint64_t counter;
	size_t fill;       /* bytes in chunk[] */
	size_t line_start; /* of the header line that is being read */
	size_t identity_count;
	struct age_asker asker;                             /* instead of identities */
	uint8_t key[32];                                    /* the file key first, then the payload's */
	struct age_identity identities[AGE_IDENTITIES_MAX]; /* wiped when the header is through */
	uint8_t chunk[AGE_CHUNK_SEALED];
};

/* Copies the identities. ERR_TOO_BIG, ERR_STATE (none). */
enum err age_open_begin(struct age_opener *o, const struct age_identity *with, size_t count,
			struct age_sink sink) MUST_CHECK;
/* With a passphrase instead of identities. Allocates up to 128 MiB while the header is looked at (ERR_NO_MEMORY). */
enum err age_open_begin_passphrase(struct age_opener *o, struct age_asker asker, struct age_sink sink) MUST_CHECK;
/* Push what arrived, in any pieces. Nothing of a payload is released before its chunk's tag verified. ERR_FORMAT: the
 * header, or bytes after the end. ERR_TOO_BIG: a maximum; with by_passphrase, a scrypt work factor past 17.
 * ERR_UNSUPPORTED: another version of the format, or armor (age/armor.h). ERR_AUTH: see the stages. After an error all
 * secrets are gone and every call returns the same error. */
enum err age_open_data(struct age_opener *o, struct bytes sealed) MUST_CHECK;
/* The input is at its end: the last chunk. ERR_END: cut off. Wipes all but stage and by_passphrase. Only ERR_OK here
 * means that the file was whole; what the sink got before is genuine but may lack its end. */
enum err age_open_end(struct age_opener *o) MUST_CHECK;
/* Gives up: wipes all but stage and by_passphrase. */
void age_open_drop(struct age_opener *o);

#endif
