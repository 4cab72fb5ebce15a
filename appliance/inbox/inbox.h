/* SPDX-License-Identifier: GPL-3.0-or-later
 * A desk's conversations, for whoever shows them: `courier desk list`, `read`, `reply` and `serve` are thin users of
 * this. Plain calls on plain files, one at a time in a process; docs/DESK.md has the files. None of them waits for the
 * network or for a sync that runs: each new file appears whole, under its name, or not at all.
 *
 * Errors of all functions: ERR_IO with errno; ERR_NO_MEMORY; what else is said at each. After an error of a function
 * that opens a sealed file, inbox_fault() has a sentence for people.
 * Everything that came from a source (texts, topics, names, types) is bytes of a stranger's: show it through
 * inbox_clean() or text_escape() (base/text.h). */
#ifndef INBOX_INBOX_H
#define INBOX_INBOX_H

#include "deskfolder/home.h"
#include "inbox/open.h"
#include "link/state.h"

struct inbox {
	struct home home;
	struct opening opening; /* secret; no identities: still locked */
};

/* PATH must be a desk's folder. Errors of home_open(). inbox_close() in any case. */
enum err inbox_open(struct inbox *in, const char *path) MUST_CHECK;
/* Reads the identities, without which nothing sealed opens. `asker` is called if they are under a passphrase.
 * ERR_AUTH: another passphrase. ERR_NOT_FOUND: this folder has none. ERR_FORMAT: damaged. */
enum err inbox_unlock(struct inbox *in, struct age_asker asker) MUST_CHECK;
void inbox_close(struct inbox *in);
const char *inbox_fault(const struct inbox *in);

/* ---- conversations */

struct inbox_conversation {
	char id[FOLDER_CONVERSATION_LEN + 1];
	const char *box;             /* what the desk calls its box */
	const struct folder *folder; /* the box's */
	uint32_t day;                /* of its latest message, since 1970; 0: none */
	uint32_t messages, files, replies;
	uint32_t waiting; /* of the replies: not at the box yet */
	uint32_t last;    /* number of the latest entry; 0: none */
	uint32_t read_to; /* the number up to which somebody has read */
	bool is_new;      /* last > read_to */
	uint64_t stamp;   /* index.h */
	bool muted;       /* by this desk */
	bool gone;        /* the box has it no more: its source, or a desk, deleted it there */
};

/* All, the latest last; free() the list. ERR_TOO_BIG: more than LIMIT_DESK_CONVERSATIONS. */
enum err inbox_list(const struct inbox *in, struct inbox_conversation **list, size_t *count) MUST_CHECK;
/* The one whose id begins with `prefix`. ERR_NOT_FOUND; ERR_EXISTS: there are several. */
enum err inbox_find(const struct inbox *in, const char *prefix, struct inbox_conversation *found) MUST_CHECK;
/* The one with this whole id at this box, without looking at others. ERR_NOT_FOUND; ERR_TOO_BIG. */
enum err inbox_get(const struct inbox *in, const char *box, const char *id,
		   struct inbox_conversation *found) MUST_CHECK;
/* A number that is another one as soon as a sync brought something, or a reply or wish was written down. ERR_IO. */
enum err inbox_stamp(const struct inbox *in, uint64_t *stamp) MUST_CHECK;
/* What its source saw of its latest message, as the box last said. ERR_NOT_FOUND: the box said nothing. ERR_FORMAT. */
enum err inbox_receipt(const struct inbox *in, const struct inbox_conversation *c, enum receipt *receipt) MUST_CHECK;

/* ---- what is in one */

enum inbox_kind { INBOX_MESSAGE, INBOX_FILE, INBOX_REPLY, INBOX_REPLY_FILE };

/* Where a reply of ours is. */
enum inbox_sent {
	INBOX_WAITS,   /* for the next sync */
	INBOX_AT_BOX,  /* its source can read it */
	INBOX_DELETED, /* its source has deleted it */
	INBOX_UNSENT,  /* it never came so far: writing it was interrupted, or the conversation is gone */
};

struct inbox_entry {
	enum inbox_kind kind;
	uint32_t
	    number; /* of a message or file: what its file is called by; of a reply: 1, 2...; of its file: 1, 2... */
	uint32_t day;
	uint32_t after;                  /* a reply's: the number of the message it stands behind */
	char name[LIMIT_REPLY_NAME + 1]; /* a reply's, and its file's */
	enum inbox_sent sent;            /* a reply's */
	bool bare;                       /* a file that came without its name and length */
};

/* In the order of reading: a message, its files; replies where they were written. free() the list. ERR_TOO_BIG: more
 * files than can be shown. */
enum err inbox_entries(const struct inbox *in, const struct inbox_conversation *c, struct inbox_entry **list,
		       size_t *count) MUST_CHECK;

enum { INBOX_TEXT_MAX = 2 * LIMIT_CHUNK };

struct inbox_text {
	struct bytes topic; /* views into the storage */
	struct bytes text;
	uint64_t files; /* that the message says it has */
	bool cut;       /* it promises more text than there is */
};

/* A message's or reply's text, into storage of INBOX_TEXT_MAX bytes, which then holds a secret. Errors of opening. */
enum err inbox_text(struct inbox *in, const struct inbox_conversation *c, const struct inbox_entry *entry,
		    uint8_t storage[static INBOX_TEXT_MAX], struct inbox_text *text) MUST_CHECK;

struct inbox_file {
	uint8_t name[LIMIT_FILE_NAME], type[LIMIT_FILE_TYPE]; /* as its source wrote them */
	size_t name_len, type_len;
	uint64_t length;                   /* UINT64_MAX: unknown; padding may then follow the contents */
	char safe_name[SAFE_NAME_MAX + 1]; /* for this machine */
};

/* Name, type and length of an attachment. Errors of opening; ERR_FORMAT. *f is sound all the same, with what is known.
 */
enum err inbox_file(struct inbox *in, const struct inbox_conversation *c, const struct inbox_entry *entry,
		    struct inbox_file *f) MUST_CHECK;
/* Its contents, f->length bytes, as they are verified. Errors of opening, and the sink's: what it got is genuine, but
 * not whole. ERR_FORMAT: shorter than its length. */
enum err inbox_file_data(struct inbox *in, const struct inbox_conversation *c, const struct inbox_entry *entry,
			 const struct inbox_file *f, struct age_sink sink) MUST_CHECK;
/* Saves it as opened/ID/NUMBER-SAFENAME, unless that is there with its length; path: for people. Errors as above. */
enum err inbox_file_save(struct inbox *in, const struct inbox_conversation *c, const struct inbox_entry *entry,
			 const struct inbox_file *f, char path[static FOLDER_PATH_MAX]) MUST_CHECK;

/* Appends text that any page may show, once its markup is escaped: UTF-8, visible characters, tabs and line ends
 * (LF) if `lines`; a U+FFFD for each other character, and for each byte that is no UTF-8. At most 3 bytes for one. */
void inbox_clean(struct buf *out, struct bytes text, bool lines);

/* ---- what is done with one */

/* Nothing that is in `c` is new any more; or its latest entry is. */
enum err inbox_mark_read(const struct inbox *in, const struct inbox_conversation *c) MUST_CHECK;
enum err inbox_mark_unread(const struct inbox *in, const struct inbox_conversation *c) MUST_CHECK;
/* Muted, its messages don't come any more, and its source sees nothing of that. The next sync tells the box. */
enum err inbox_mute(const struct inbox *in, const struct inbox_conversation *c, bool on) MUST_CHECK;
/* Removes all that is here of it. The next sync tells the box to do the same. */
enum err inbox_forget(const struct inbox *in, const struct inbox_conversation *c) MUST_CHECK;

/* ---- a reply: begin, each file and its data, send; or drop. Sealed as it comes: nothing of it lies on the disk in the
 * clear. Needs no unlocking. */

struct inbox_draft {
	const struct inbox *inbox;
	struct inbox_conversation conversation;
	struct age_recipient source;
	struct age_recipient self[AGE_RECIPIENTS_MAX]; /* for our own copies */
	size_t self_count;
	char name[LIMIT_REPLY_NAME + 1];
	struct age_sealer to_source, to_self;
	int tar;        /* outbox/.ID.NAME.tar; -1: not open */
	int own;        /* replies/.NAME.NN.data.age */
	uint64_t at;    /* bytes in the tar */
	uint64_t entry; /* where its present entry begins */
	unsigned file_count;
	bool file_open;
	uint64_t file_len;
	uint8_t file_name[LIMIT_FILE_NAME], file_type[LIMIT_FILE_TYPE];
	size_t file_name_len, file_type_len;
};

/* ERR_NOT_FOUND: the conversation has no sound recipient, or the desk none. inbox_draft_drop() in any case. */
enum err inbox_draft_begin(struct inbox_draft *d, const struct inbox *in,
			   const struct inbox_conversation *c) MUST_CHECK;
/* One more file; the one before is whole. name: UTF-8, cleaned and cut to size here; type: "" for unknown. ERR_FULL:
 * more than LIMIT_FILES. ERR_TOO_BIG, from all three: the whole is more than LIMIT_REPLY_FILES. */
enum err inbox_draft_file(struct inbox_draft *d, struct bytes name, struct bytes type) MUST_CHECK;
enum err inbox_draft_data(struct inbox_draft *d, struct bytes data) MUST_CHECK;
/* The text: at most LIMIT_TEXT bytes of UTF-8 without NUL; blank only where there are files. ERR_FORMAT, ERR_TOO_BIG.
 * Then it is in the outbox, whole. */
enum err inbox_draft_send(struct inbox_draft *d, struct bytes text) MUST_CHECK;
/* Nothing of it stays. Harmless after inbox_draft_send() or on a zeroed draft. */
void inbox_draft_drop(struct inbox_draft *d);

#endif
