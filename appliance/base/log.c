/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/bytes.h"

static const struct {
	const char *text;
	const char *numbers;
} events[LOG_EVENT_COUNT] = {
#define EVENT(name, text, numbers) [LOG_##name] = {text, numbers},
#include "base/log.def"
#undef EVENT
};

static const char *role_name = "courier";

void log_set_role(const char *name)
{
	role_name = name;
}

int log_open_terminal(const char *path)
{
	return open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
}

void log_event(enum log_event event, uint64_t a, uint64_t b)
{
	uint8_t storage[256];
	struct buf line = buf_over(storage, sizeof storage);

	BUG_IF((unsigned)event >= LOG_EVENT_COUNT);
	buf_str(&line, role_name);
	buf_str(&line, ": ");
	buf_str(&line, events[event].text);
	buf_str(&line, " [");
	buf_str(&line, events[event].numbers);
	buf_str(&line, ": ");
	buf_decimal(&line, a);
	buf_str(&line, " ");
	buf_decimal(&line, b);
	buf_str(&line, "]\n");
	/* One write, so that lines of several roles don't mix. Nobody is there to tell when it fails. */
	if (write(STDERR_FILENO, line.p, line.len) < 0)
		return;
}
