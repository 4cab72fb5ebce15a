/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/message.h"

#include "link/wire.h"

#define R(role)  (1u << ROLE_##role)
#define S(state) (1u << STATE_##state)

const struct message_rule message_rules[MESSAGE_COUNT] = {
#define MESSAGE(name, from, to, states, fds, fields) [MESSAGE_##name] = {#name, from, to, states, fds},
#include "link/messages.def"
#undef MESSAGE
};

#undef R
#undef S

const char *role_name(enum role r)
{
	static const char *const names[ROLE_COUNT] = {
#define ROLE(name, text) [ROLE_##name] = text,
#include "link/roles.def"
#undef ROLE
	};

	BUG_IF((unsigned)r >= ROLE_COUNT);
	return names[r];
}

/* ---- writing */
#define U8(name)          wire_put_u8(out, m->name);
#define U16(name)         wire_put_u16(out, m->name);
#define U32(name)         wire_put_u32(out, m->name);
#define U64(name)         wire_put_u64(out, m->name);
#define FIXED(name, size) buf_put(out, BYTES_ARRAY(m->name));
#define BYTES(name, max)  wire_put_bytes(out, m->name, max);
#define MESSAGE(name, from, to, states, fds, fields)                                                                   \
	void message_put_##name(struct buf *out, const struct message_##name *m)                                       \
	{                                                                                                              \
		(void)m;                                                                                               \
		wire_put_u16(out, MESSAGE_##name);                                                                     \
		fields                                                                                                 \
	}
#include "link/messages.def"
#undef U8
#undef U16
#undef U32
#undef U64
#undef FIXED
#undef BYTES
#undef MESSAGE

/* ---- reading */
#define U8(name)          read.name = wire_get_u8(&w);
#define U16(name)         read.name = wire_get_u16(&w);
#define U32(name)         read.name = wire_get_u32(&w);
#define U64(name)         read.name = wire_get_u64(&w);
#define FIXED(name, size) wire_get_fixed(&w, read.name, size);
#define BYTES(name, max)  read.name = wire_get_bytes(&w, max);
#define MESSAGE(name, from, to, states, fds, fields)                                                                   \
	enum err message_get_##name(struct bytes in, struct message_##name *m)                                         \
	{                                                                                                              \
		struct message_##name read;                                                                            \
		struct wire_reader w = wire_reader_over(in);                                                           \
		enum err e;                                                                                            \
                                                                                                                       \
		memset(&read, 0, sizeof read);                                                                         \
		fields e = wire_reader_end(&w);                                                                        \
		if (e == ERR_OK)                                                                                       \
			*m = read;                                                                                     \
		return e;                                                                                              \
	}
#include "link/messages.def"
