/* SPDX-License-Identifier: GPL-3.0-or-later
 * Every maximum in the program, each with its reason. */
#ifndef LIMITS_H
#define LIMITS_H

// clang-format off: a line a maximum, its reason beside it
/* ---- processes */
enum {
	LIMIT_MESSAGE = 66 * 1024,     /* one link message: a sealed 64 KiB chunk (65552) and its fields */
	LIMIT_MESSAGE_FDS = 2,         /* a worker offer carries two */
	LIMIT_VISIT_SLOTS = 64,        /* sources served at once, at most; uids are reserved for each */
	LIMIT_VISIT_SLOTS_LEAST = 16,  /* on the smallest machine */
	LIMIT_VISIT_MEMORY = 4 << 20,  /* of the machine's memory for each: one at rest takes 0.15 MiB, at most 3 */
	LIMIT_COLLECT_SLOTS = 4,       /* desks served at once */
	LIMIT_IDLE_VISITS = 4,         /* fresh workers kept waiting: hides the cost of exec at a desk's pace */
	LIMIT_IDLE_COLLECTS = 1,
	LIMIT_DOOR_WAITING = 64,       /* connections that wait for a worker; past that: the busy answer */
	LIMIT_DOOR_SOURCES = 1280,     /* accepted from sources and not handed over: a thousand slow ones, and others */
	LIMIT_DOOR_DESKS = 16,         /* the same at the desk door: sources can't take a desk's place */
	LIMIT_CIRCUIT_PART = 8,        /* a circuit may hold a worker in so many; browsers open six connections */
	LIMIT_CIRCUIT_PLACES = 32,     /* and so many places before them */
	LIMIT_BODIES_PART = 4,         /* all but one in so many may serve requests with a body: pages find one */
	LIMIT_PROXY_LINE = 107,        /* PROXY protocol version 1, clause 2.1 */
	LIMIT_SITE_FILE = 256 * 1024,
	LIMIT_STICK_AREA = 300 * 1024, /* of the boot medium, for a sealed site file. image/site-areas has it, too */
	LIMIT_SITE_SEALED = LIMIT_SITE_FILE + 4096, /* under a passphrase: age's header, 16 bytes a chunk */
	LIMIT_STICKS = 4,              /* plugged in at the start; one of them is the boot medium */
	LIMIT_STICK_PATH = 256,        /* the kernel's name of one: a few hubs deep it has a hundred characters */
	LIMIT_PASSPHRASE_LEAST = 16,   /* of a site file: four short words; a guess costs 64 MiB and 0.25 s */
	LIMIT_PASSPHRASE = 120,        /* typed blind, on one line of the console */
	LIMIT_SITE_PART = 60 * 1024,   /* fits one link message */
	LIMIT_SITE_LINES = 2048,       /* of a site file: comments included, ten times what a full one has */
	LIMIT_SITE_LINE = 2200,        /* a hybrid recipient, the longest value, has 1,959 characters */
	LIMIT_SITE_NAME = 80,          /* of the site or of a desk, bytes of UTF-8 */
	LIMIT_GUARDS = 20,             /* entry guards of a site file: Tor's own sample has at least so many */
	LIMIT_GUARDS_TEXT = LIMIT_GUARDS * 63, /* of their lines: 40 digits, two days, blanks, a line end */
	LIMIT_BOX_FACTS = LIMIT_GUARDS_TEXT + 160, /* BOX_FACTS: without its guards 119 bytes */
	LIMIT_TOR_ASKED = 256,         /* unanswered: 4 of torctl's own, and circuits to close, several a worker */
	LIMIT_RELAYS = 40000,          /* of a consensus: five times what the network has */
	LIMIT_TORRC_LINES = 128,       /* a few authorities and bridges */
	LIMIT_TORRC = 16 * 1024,       /* all of them; PART_TOR */
	LIMIT_CLOCK_AGREE_S = 60 * 60, /* relays' words on our clock differ by that; Tor reports nothing less */
	LIMIT_CLOCK_AHEAD_S = 10 * 365 * 24 * 60 * 60, /* past the build's day: nobody should run so old a program */
	LIMIT_DEAD_MAN_HOURS = 10 * 365 * 24, /* nobody means more */
};

/* ---- HTTP */
enum {
	LIMIT_HTTP_HEAD = 16 * 1024,   /* request line and headers; Tor Browser sends under 1 KiB */
	LIMIT_HTTP_TARGET = 512,       /* our longest, a reply at the desk's door, has 91 */
	LIMIT_HTTP_HEADERS = 64,       /* browsers send a dozen or two */
	LIMIT_HTTP_REQUESTS = 100,     /* on one connection */
	LIMIT_HTTP_HOST = 255,         /* RFC 1035; an onion name has 62 bytes */
	LIMIT_DOOR_DRAIN = 16 << 20,   /* of what follows a busy answer, dropped by the door: a text and photographs */
	LIMIT_LINGER = 1 << 20,        /* dropped after a refusal, so that it arrives and is not cut by a reset */
	LIMIT_BODY_RATE = 512,         /* bytes a second that a body must reach on average: the slowest circuits do */
	LIMIT_BODY_RATE_HURRIED = 8192, /* when workers are short: most circuits do */
	LIMIT_FORM_FIELDS = 32,        /* the form to write with has seven, and LIMIT_FILES */
	LIMIT_FORM_NAME = 64,          /* ours have at most eight; others are read so that they can be dropped */
	LIMIT_FORM_VALUE = 64 * 1024,  /* one field's value, held in memory */
};

/* ---- messages */
enum {
	LIMIT_TEXT = 60 * 1024,        /* a message's or reply's text, bytes of UTF-8 */
	LIMIT_FILES = 16,              /* attachments of one message */
	LIMIT_FILE_NAME = 255,         /* bytes of UTF-8, kept inside the seal */
	LIMIT_FILE_TYPE = 127,         /* RFC 6838: a media type's two names */
	LIMIT_MESSAGES = 4096,         /* items in one conversation, each direction; names have 4 digits */
	LIMIT_TOPICS = 16,
	LIMIT_TOPIC = 80,
	LIMIT_DESKS = 16,              /* bits of a mask: the keeper's queue has 16 */
	LIMIT_RECIPIENTS = 20,         /* per desk */
	LIMIT_RECIPIENT_TEXT = 2048,   /* "age1...": the hybrid's has 1,959 characters */
	LIMIT_TOPICS_TEXT = (LIMIT_TOPICS + 1) * (LIMIT_TOPIC + 10), /* in a part of the site file, with desks */
	LIMIT_SITE_TEXT = 600,         /* what a site says of itself in a language; the first page stays in a bucket */
	LIMIT_SITE_TEXTS = 224,        /* one in each of 13 languages, and the names of 16 topics */
	LIMIT_LOOK = 9 * 1024,         /* all of them, in a part of the site file */
	LIMIT_RECIPIENTS_TEXT = 50000, /* of all desks, a line each, in one part of the site file: 25 hybrids */
	LIMIT_SMALL_FORM = 512 * 1024, /* sealed: the longest text, a small photograph; the store keeps room for such */
	LIMIT_REPLY_NAME = 32,         /* a file's name on both sides; courier desk's have 18 */
	LIMIT_STATE = 8 * 1024,        /* what a desk keeps of a conversation: link/state.h, each line at its longest */
	LIMIT_HISTORY = 100,           /* messages in it: as many as one looks through */
	LIMIT_STATE_REPLIES = 64,      /* replies in it: the youngest of those that nobody has deleted */
	LIMIT_REPLY = 256 * 1024,      /* a sealed reply: LIMIT_TEXT padded, its header of hybrid stanzas, tags */
	LIMIT_RESTORE = 1 << 30,       /* one call: ten thousand conversations with replies; a desk makes several */
	LIMIT_RESTORE_REFUSALS = 1000, /* told one by one; more are counted */
};
#define LIMIT_REPLY_FILES    (64ull << 20)  /* a reply with its attachments, sealed, as one archive */
#define LIMIT_UPLOAD_DEFAULT (512ull << 20) /* one request's body, unless the site file says less */
#define LIMIT_UPLOAD_LEAST   (1ull << 20)   /* a message's text and its form fit */
#define LIMIT_UPLOAD_MOST    (4ull << 30)   /* nobody's circuit lives longer */
#define LIMIT_CAPACITY_LEAST (16ull << 20)
#define LIMIT_CAPACITY_MOST  (1ull << 40)
#define LIMIT_QUOTA_LEAST    (1ull << 20) /* LIMIT_UPLOAD_LEAST: a message's text fits */

/* ---- the console */
enum {
	LIMIT_ASK_TEXT = 1024,         /* a question: a dozen lines of the screen's */
	LIMIT_ASK_SHOW = 120,          /* the longest that is shown as a code, a desk's access, has 106 characters */
	LIMIT_ANSWER = LIMIT_RECIPIENT_TEXT, /* the longest answer is a recipient, pasted on the serial line */
	LIMIT_KEY_SEQUENCE = 16,       /* bytes of one key; the longest of Linux' own have four */
};

/* ---- store */
enum {
	LIMIT_CHUNK = 64 * 1024,       /* plaintext of one age chunk */
	LIMIT_CHUNK_SEALED = LIMIT_CHUNK + 16,
	LIMIT_SESSION_BLOB = 512,      /* visit's record has 113 bytes (visit/session.c) */
	LIMIT_SESSIONS = 4096,         /* live at once: 64 sources served, each comes and goes in the session's time */
	LIMIT_CONVERSATIONS = 131072,  /* a key slot each in the keeper's secret area; 10 MiB of it when all are used */
	LIMIT_STORE_PERCENT = 40,      /* of the machine's memory; the keeper's cgroup, which counts it, has 75 */
	LIMIT_DRAFTS = 256,            /* kept under a name: four a source served at once; 888 bytes of secrets each */
	LIMIT_KEEPER_FIXED = 256 * 1024, /* of the keeper's secret area: all but the slots */
	LIMIT_KEEPER_SECRET = LIMIT_KEEPER_FIXED + LIMIT_CONVERSATIONS * 80, /* a smaller one has fewer slots */
	LIMIT_KEEPER_SECRET_SMALL = 4 * 1024 * 1024, /* 49,000 slots: for RLIMIT_MEMLOCK's usual 8 MiB */
	/* What one circuit may have, while much is free; records/budget.h. One person needs one of each. */
	LIMIT_CIRCUITS = 1024,         /* whose budgets are remembered: ten times the channels there can be */
	LIMIT_CIRCUIT_SESSIONS = 64,
	LIMIT_CIRCUIT_CONVERSATIONS = 64, /* begun by it, until it is forgotten */
	LIMIT_CIRCUIT_DRAFTS = 8,
	LIMIT_QUOTA_CIRCUIT_PART = 8,  /* a circuit may hold one part in so many of the capacity, */
	LIMIT_QUOTA_CONVERSATION_PART = 4, /* a conversation one in so many, unless the site file says */
	LIMIT_TURNS = 4,               /* codenames derived at once: 19 MiB and a core each */
	LIMIT_TURNS_MIB = 64,          /* of the workers' memory for each turn: the derivation and a margin */
	LIMIT_TURNS_WAITING = 32,      /* half of the workers; past that a visitor is told to come again */
	LIMIT_DRAFT_NOTE = 16 * 1024,  /* what a draft's files are: names and types of LIMIT_FILES, and its seal */
	/* Channels the keeper serves: a slot's next worker may come before the end of the last one is seen. */
	LIMIT_KEEPER_PEERS = LIMIT_VISIT_SLOTS + LIMIT_COLLECT_SLOTS + 36,
};

/* ---- archives between desk and box */
enum {
	LIMIT_TAR_ENTRIES = 1000 * 1000, /* files in one stream: their headers alone are half a gigabyte */
};

/* ---- the desk's workstation: what it takes from a box that may be hostile */
enum {
	LIMIT_DESK_HEAD = 64 * 1024,       /* of a response; and one read of its body */
	LIMIT_DESK_EXPORTED = 1 << 20,     /* names that wait for the other half of a desk: ten thousand replies */
	LIMIT_DESK_BOOTS = 1024,           /* the latest restarts of the box that one conversation lived through */
	LIMIT_DESK_CONVERSATIONS = 1000 * 1000,
	LIMIT_DESK_BOXES = 16,              /* that one desk collects from */
	LIMIT_DESK_BOX_NAME = 32,
	LIMIT_DESK_RESTORE = 512 << 20,     /* given back in one call: half of what a box takes */
	LIMIT_DESK_ANSWER = 256 * 1024,     /* of JSON: what a box refuses of a restore, a thousand times over */
	LIMIT_DESK_AGAIN = 64,              /* conversations begun anew under their ids, that one sync takes */
	LIMIT_DESK_SAID = 20,               /* refusals of one kind that are said one by one; more are counted */
	LIMIT_DESK_CONNECT_MS = 120 * 1000, /* Tor may have to find the onion service first */
	LIMIT_DESK_TOR_MS = 120 * 1000, /* our Tor's start without progress: over a bad line the first takes as long */
	LIMIT_DESK_STALL_MS = 180 * 1000,   /* no byte either way for so long */
};
#define LIMIT_DESK_FILE  (5ull << 30)   /* one sealed file: LIMIT_UPLOAD_MOST, padded and sealed */
#define LIMIT_DESK_SPARE (256ull << 20) /* of the disk's free bytes, left to its owner */

/* ---- the inbox in the browser, on the desk's workstation */
enum {
	LIMIT_BROWSE_CONNECTIONS = 64, /* open at once and not served: a browser opens six, some of them in advance */
	LIMIT_BROWSE_TRANSFERS = 8,    /* files on their way at once, each with a process of its own */
	LIMIT_BROWSE_SAID = 16 * 1024, /* of what an exchange says: shown on a page */
	LIMIT_BROWSE_TURN_MS = 500,    /* a process that has ended is noticed by then */
	LIMIT_BROWSE_IDLE_MS = 8 * 60 * 60 * 1000, /* a working day without a click: then a new link is needed */
};

/* ---- time, in milliseconds */
enum {
	LIMIT_PROXY_MS = 5 * 1000,       /* for the PROXY line, which tor sends with the first bytes */
	LIMIT_FIRST_BYTE_MS = 10 * 1000, /* then a worker is assigned all the same */
	LIMIT_QUEUE_MS = 20 * 1000,      /* for a worker; then the busy answer, while a browser still waits */
	LIMIT_HEAD_MS = 60 * 1000,       /* a whole request head over a slow circuit */
	LIMIT_BODY_STALL_MS = 120 * 1000, /* no byte of a body for so long */
	LIMIT_DRAIN_MS = 15 * 1000,      /* without a byte of a body that got the busy answer */
	LIMIT_LONG_MS = 5 * 1000,        /* a worker busy for longer is hurried when half of them are busy */
	LIMIT_HURRIED_MS = 10 * 1000,    /* then: a head, a stall, a write */
	LIMIT_LOOK_MS = 250,             /* the door's looks at heads that are on their way */
	LIMIT_LINGER_MS = 2 * 1000,      /* after the last response, until the client closes */
	LIMIT_WRITE_STALL_MS = 120 * 1000,
	LIMIT_IDLE_MS = 30 * 1000,       /* between requests on a kept connection */
	LIMIT_KEEPER_MS = 30 * 1000,     /* an answer of the keeper */
	LIMIT_SESSION_IDLE_MS = 30 * 60 * 1000,
	LIMIT_SESSION_MS = 4 * 60 * 60 * 1000,
	LIMIT_DRAFT_MS = 2 * 60 * 60 * 1000, /* without a channel: a slow circuit's next try, or a pause to think */
	LIMIT_CIRCUIT_IDLE_MS = 60 * 60 * 1000, /* after its last channel a circuit is forgotten */
	LIMIT_TURN_MS = 15 * 1000,       /* one derivation on the slowest box; who takes longer no longer counts */
	LIMIT_TURN_WAIT_MS = 20 * 1000,  /* for a turn: less than LIMIT_KEEPER_MS, so that the answer is heard */
	LIMIT_UNLOCK_WAIT_MS = 60 * 1000, /* between two passphrases, at most: a guesser gets 1,440 a day */
	LIMIT_RESTART_FIRST_MS = 200,    /* init's back-off: doubles up to the last */
	LIMIT_RESTART_LAST_MS = 30 * 1000,
	LIMIT_CALM_MS = 60 * 1000,       /* a role that ran for so long is well, however often it died before */
	LIMIT_ASK_EVERY_MS = 10 * 1000,  /* init asks each role that stays whether it is there */
	LIMIT_ANSWER_MS = 60 * 1000,     /* and kills one that does not answer: the slowest box, busy, is quicker */
	LIMIT_STICK_SETTLE_MS = 60 * 1000, /* the kernel finds what is plugged in a while after it started */
	LIMIT_WATCHDOG_S = 60,           /* a hung box is reset after it; the slowest start of a process is quicker */
	LIMIT_WATCHDOG_KERNEL_S = 90,    /* the kernel's own, after that of the machine */
	LIMIT_WATCHDOG_PET_MS = 5 * 1000, /* a few times within the shortest that a watchdog may insist on */
	LIMIT_SELF_TEST_MS = 30 * 1000,  /* some milliseconds, and the kernel may still gather randomness */
	LIMIT_SELF_TEST_SHOWN_MS = 60 * 1000, /* the sentence, before the box goes down */
	LIMIT_CLOCK_AGREE_MS = 60 * 60 * 1000, /* what relays say of our clock counts for so long */
	LIMIT_DOWN_MS = 60 * 1000,       /* the way down; killing takes seconds, zeroing what the memory's size adds: */
	LIMIT_DOWN_MEMORY_SHIFT = 31,    /* a second for 2 GiB */
	LIMIT_ZERO_MS = 20 * 1000,       /* for zeroing what is free: somebody may wait for the power to go off */
	LIMIT_UNWELL_MS = 15 * 60 * 1000, /* a role that the box needs does not get ready: restarts have not helped */
};

#endif
