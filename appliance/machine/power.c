/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine/power.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

/* drivers/acpi/event.c: the one group of the family "acpi_event", and its one attribute. */
static const char family_name[] = "acpi_event";
static const char group_name[] = "acpi_mc_group";
enum { EVENT_ATTRIBUTE = 1, ANSWER_MS = 1000 };

struct acpi_event { /* struct acpi_genl_event */
	char device_class[20];
	char bus_id[15];
	uint32_t type;
	uint32_t data;
};

/* The attribute of that type among those in b; a view of its value, empty if there is none. */
static struct bytes attribute(struct bytes b, unsigned type)
{
	struct nlattr a;

	while (b.n >= sizeof a) {
		memcpy(&a, b.p, sizeof a);
		if (a.nla_len < sizeof a || a.nla_len > b.n)
			break;
		if ((a.nla_type & NLA_TYPE_MASK) == type)
			return bytes_of(b.p + sizeof a, a.nla_len - sizeof a);
		b = bytes_from(b, NLA_ALIGN(a.nla_len));
	}
	return (struct bytes){NULL, 0};
}

/* What follows the two headers of a message of that type; empty if it is another message. */
static struct bytes payload(struct bytes message)
{
	struct nlmsghdr h;
	size_t headers = NLMSG_HDRLEN + GENL_HDRLEN;

	if (message.n < headers)
		return (struct bytes){NULL, 0};
	memcpy(&h, message.p, sizeof h);
	if (h.nlmsg_len < headers || h.nlmsg_len > message.n || h.nlmsg_type < NLMSG_MIN_TYPE)
		return (struct bytes){NULL, 0};
	return bytes_of(message.p + headers, h.nlmsg_len - headers);
}

static enum err ask_family(int fd)
{
	struct {
		struct nlmsghdr h;
		struct genlmsghdr g;
		struct nlattr a;
		char name[(sizeof family_name + 3) / 4 * 4]; /* attributes are aligned to 4 */
	} question = {
	    .h = {.nlmsg_len = sizeof question, .nlmsg_type = GENL_ID_CTRL, .nlmsg_flags = NLM_F_REQUEST},
	    .g = {.cmd = CTRL_CMD_GETFAMILY, .version = 1},
	    .a = {.nla_len = sizeof(struct nlattr) + sizeof family_name, .nla_type = CTRL_ATTR_FAMILY_NAME},
	};

	memcpy(question.name, family_name, sizeof family_name);
	return send(fd, &question, sizeof question, 0) == (ssize_t)sizeof question ? ERR_OK : ERR_IO;
}

static enum err find_group(struct bytes groups, uint32_t *id)
{
	struct nlattr a;

	while (groups.n >= sizeof a) {
		struct bytes group;
		struct bytes number;
		memcpy(&a, groups.p, sizeof a);
		if (a.nla_len < sizeof a || a.nla_len > groups.n)
			break;
		group = bytes_of(groups.p + sizeof a, a.nla_len - sizeof a);
		number = attribute(group, CTRL_ATTR_MCAST_GRP_ID);
		if (bytes_eq(attribute(group, CTRL_ATTR_MCAST_GRP_NAME), bytes_of(group_name, sizeof group_name)) &&
		    number.n == sizeof *id) {
			memcpy(id, number.p, sizeof *id);
			return ERR_OK;
		}
		groups = bytes_from(groups, NLA_ALIGN(a.nla_len));
	}
	return ERR_NOT_FOUND;
}

static enum err join(int fd)
{
	uint8_t answer[2048];
	uint32_t group;
	size_t got;
	enum err e;

	TRY(ask_family(fd));
	TRY(fd_read_some(fd, answer, sizeof answer, clock_ms() + ANSWER_MS, &got));
	TRY(find_group(attribute(payload(bytes_of(answer, got)), CTRL_ATTR_MCAST_GROUPS), &group));
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
		e = ERR_IO;
out:
	return e;
}

enum err power_open(int *fd)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	enum err e = ERR_IO;
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);

	if (s < 0)
		return ERR_IO;
	if (bind(s, (struct sockaddr *)&address, sizeof address) == 0)
		e = join(s);
	if (e == ERR_OK)
		*fd = s;
	else
		close(s);
	return e;
}

bool power_pressed(int fd)
{
	static const char button[] = "button/power";
	uint8_t message[1024];
	struct acpi_event event;
	struct bytes value;
	ssize_t n = recv(fd, message, sizeof message, MSG_DONTWAIT);

	if (n <= 0)
		return false;
	value = attribute(payload(bytes_of(message, (size_t)n)), EVENT_ATTRIBUTE);
	if (value.n < sizeof event)
		return false;
	memcpy(&event, value.p, sizeof event);
	return strncmp(event.device_class, button, sizeof event.device_class) == 0;
}
