/* SPDX-License-Identifier: GPL-3.0-or-later
 * torctl and unlock while each of their calls fails, one at a time (role_faults.h). */
#include "role_faults.h"

#include "start/built.h"
#include "crypto/crypto.h"
#include "site/sealed.h"
#include "site_fixture.h"
#include "tor/tor.h"
#include "tor/vanguards.h"
#include "unlock/parts.h"
#include "unlock/unlock.h"

static uint8_t record_storage[LIMIT_SITE_PART + 64];

static struct buf new_record(void)
{
	return buf_over(record_storage, sizeof record_storage);
}

/* ---- torctl, between init and a Tor */

#define RELAY(id)                                                                                                      \
	"r name " id " 2038-01-01 00:00:00 192.0.2.1 443 0\r\nm xyz\r\ns Fast Guard Running Stable V2Dir Valid\r\n"    \
	"w Bandwidth=5000\r\n"

static const struct {
	const char *command, *answer;
} tor_answers[] = {
    {"SETEVENTS", "250 OK\r\n"},
    {"GETINFO status/bootstrap-phase",
     "250-status/bootstrap-phase=NOTICE BOOTSTRAP PROGRESS=14 TAG=handshake\r\n250 OK\r\n"},
    {"GETINFO dir/status-vote/current/consensus-microdesc",
     "250+dir/status-vote/current/consensus-microdesc=\r\nnetwork-status-version 3 microdesc\r\n"
     "valid-after 2026-02-10 05:00:00\r\n" RELAY("ERERERERERERERERERERERERERE") RELAY("IiIiIiIiIiIiIiIiIiIiIiIiIiI")
	 RELAY("MzMzMzMzMzMzMzMzMzMzMzMzMzM") RELAY("REREREREREREREREREREREREREQ") RELAY(
	     "VVVVVVVVVVVVVVVVVVVVVVVVVVU") "directory-footer\r\n"
					    "bandwidth-weights Wmd=0 Wme=0 Wmg=4203 Wmm=10000\r\n.\r\n250 OK\r\n"},
    {"GETINFO entry-guards",
     "250+entry-guards=\r\n$1111111111111111111111111111111111111111~name up\r\n.\r\n250 OK\r\n"},
    {"GETINFO version", "250-version=0.4.9.11\r\n250 OK\r\n"},
    {"SETCONF", "250 OK\r\n"},
    {"CLOSECIRCUIT", "250 OK\r\n"},
};

static struct {
	int control;
	char line[1024];
	size_t len;
	bool closed; /* a circuit */
	bool second; /* relays were set */
	bool asked[MESSAGE_COUNT];
	struct message_TOR_STATUS status;
	uint8_t guards[LIMIT_GUARDS_TEXT];
	size_t guards_len;
	uint8_t standing;
} tor;

static void prepare_torctl(void)
{
	static const uint8_t seed[VANGUARD_SEED_LEN] = {7};
	struct buf b = new_record();

	memset(&tor, 0, sizeof tor);
	tor.control = -1;
	message_put_PART_TORCTL(&b, &(struct message_PART_TORCTL){.seed = BYTES_ARRAY(seed)});
	stage_part(&b);
}

static void tor_says(const char *text)
{
	(void)!fd_write_all(tor.control, bytes_str(text), clock_ms() + FAIRLY_MS);
}

static void tor_takes(const char *line)
{
	tor.closed |= strcmp(line, "CLOSECIRCUIT 77") == 0;
	tor.second |= strncmp(line, "SETCONF HSLayer2Nodes=", 22) == 0;
	for (size_t i = 0; i < sizeof tor_answers / sizeof tor_answers[0]; i++)
		if (strncmp(line, tor_answers[i].command, strlen(tor_answers[i].command)) == 0) {
			tor_says(tor_answers[i].answer);
			return;
		}
	fail_msg("Tor doesn't know \"%s\"", line);
}

static bool tor_hears(void)
{
	size_t got;
	char *end;

	if (fd_read_some(tor.control, tor.line + tor.len, sizeof tor.line - 1 - tor.len, clock_ms() + FAIRLY_MS,
			 &got) != ERR_OK)
		return false;
	tor.len += got;
	tor.line[tor.len] = 0;
	while ((end = strstr(tor.line, "\r\n")) != NULL) {
		*end = 0;
		tor_takes(tor.line);
		tor.len -= (size_t)(end + 2 - tor.line);
		memmove(tor.line, end + 2, tor.len + 1);
	}
	return true;
}

static bool init_hears(void)
{
	struct message_GUARD_STATUS guards;
	struct incoming in;

	if (!stage_hear(stage.up, ROLE_TORCTL, ROLE_INIT, &in))
		return false;
	tor.asked[in.type] = true;
	if (in.type == MESSAGE_TOR_STATUS)
		assert_int_equal(message_get_TOR_STATUS(in.fields, &tor.status), ERR_OK);
	if (in.type == MESSAGE_GUARD_STATUS) {
		assert_int_equal(message_get_GUARD_STATUS(in.fields, &guards), ERR_OK);
		tor.standing = guards.standing;
		tor.guards_len = guards.guards.n;
		memcpy(tor.guards, guards.guards.p, guards.guards.n);
	}
	return true;
}

/* Until what is waited for is so; false: torctl is gone. */
static bool tor_until(const bool *so)
{
	while (!*so) {
		struct pollfd p[] = {{.fd = stage.up, .events = POLLIN}, {.fd = tor.control, .events = POLLIN}};

		if (poll(p, 2, FAIRLY_MS) <= 0)
			fail_msg("torctl hangs; %s failed", faults->name != NULL ? faults->name : "nothing");
		if ((p[0].revents != 0 && !init_hears()) || (p[1].revents != 0 && !tor_hears()))
			return false;
	}
	return true;
}

static bool tor_says_until(const char *text, enum message type)
{
	tor.asked[type] = false;
	tor_says(text);
	return tor_until(&tor.asked[type]);
}

static void play_tor(void)
{
	struct buf b = new_record();
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	if (tor_until(&tor.asked[MESSAGE_READY])) {
		tor.control = ends[0];
		message_put_TORCTL_START(&b, NULL);
		stage_send(stage.up, &b, &ends[1], 1);
	}
	close(ends[1]);
	if (tor.control < 0 || !tor_until(&tor.asked[MESSAGE_TOR_STATUS]) ||
	    !tor_says_until("650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=100 TAG=done\r\n", MESSAGE_TOR_STATUS) ||
	    !tor_until(&tor.asked[MESSAGE_GUARD_STATUS]) || !tor_until(&tor.second) ||
	    !tor_says_until("650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-7200 SOURCE=OR:10.99.0.1:7000\r\n",
			    MESSAGE_CLOCK_REPORT) ||
	    !tor_says_until(
		"650 HS_DESC UPLOAD aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad UNKNOWN $00~r d "
		"HSDIR_INDEX=00\r\n650 HS_DESC UPLOADED "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad UNKNOWN $00~r\r\n",
		MESSAGE_TOR_STATUS))
		goto out;
	b = new_record();
	message_put_CIRCUIT_CLOSE(&b, &(struct message_CIRCUIT_CLOSE){.circuit = 77});
	stage_send(stage.up, &b, NULL, 0);
	if (!tor_until(&tor.closed))
		goto out;
	b = new_record();
	message_put_PING(&b, NULL);
	stage_send(stage.up, &b, NULL, 0);
	if (!tor_until(&tor.asked[MESSAGE_PONG]))
		goto out;
	stage_stop();
	while (init_hears())
		continue;
out:
	close(ends[0]);
}

static void check_torctl(const char *fault, bool well)
{
	(void)fault;
	if (!well)
		return; /* init starts both afresh */
	assert_int_equal(tor.status.bootstrap, 100);
	assert_int_equal(tor.status.published, 1);
	assert_int_equal((int32_t)tor.status.skew_s, -7200);
	assert_true(tor.asked[MESSAGE_CLOCK_REPORT] && tor.asked[MESSAGE_PONG] && tor.closed && tor.second);
	assert_int_equal(tor.standing, GUARDS_NEW);
	assert_int_equal(tor.guards_len, strlen("1111111111111111111111111111111111111111 2026-02-10 2026-02-10\n"));
}

static void torctl_minds_tor(void **state)
{
	(void)state;
	try(&(struct trial){"torctl", torctl_main, prepare_torctl, play_tor, check_torctl});
}

/* ---- unlock, between init and the console */

#define PHRASE "correct horse battery staple"

static struct {
	int console;
	const char *const *answers;    /* in the order of what is asked; ASK_SAY wants none */
	uint8_t parts[ROLE_COUNT][32]; /* their hashes */
	unsigned part_count;
	bool clock, done, fault;
	char day[11];
} box;

static void prepare_unlock(struct bytes medium, const char *const *answers)
{
	memset(&box, 0, sizeof box);
	box.console = stage_channel(ROLE_FD_B);
	box.answers = answers;
	stage.fds[ROLE_FD_A - FIRST_FD] = stage_file(medium);
	stage.options.clock_unset = true;
}

static void prepare_sealed(void)
{
	static const char *answers[] = {PHRASE, NULL, NULL};
	static char plain[16384], day[11];
	static uint8_t sealed[16384 + 4096];
	static struct buf file;

	if (file.p == NULL) {
		file = buf_over(sealed, sizeof sealed);
		assert_int_equal(
		    sealed_seal(bytes_of(plain, make_text(plain, sizeof plain)), BYTES_LITERAL(PHRASE), &file), ERR_OK);
		clock_day_text((uint32_t)(built_unix_s / 86400) + 1, (uint8_t *)day);
		answers[1] = day;
	}
	prepare_unlock(buf_view(&file), answers);
}

static void prepare_no_file(void)
{
	/* A box without keys: go on, its name, a key of its own that is shown, the access code; the time. */
	static const char *const answers[] = {"yes", "", "", "yes", "yes", "", NULL};

	prepare_unlock(bytes_of(NULL, 0), answers);
}

/* False: unlock is gone. */
static bool console_hears(void)
{
	struct buf b = new_record();
	struct message_ASK m;
	struct incoming in;

	if (!stage_hear(box.console, ROLE_UNLOCK, ROLE_CONSOLE, &in))
		return false;
	assert_int_equal(message_get_ASK(in.fields, &m), ERR_OK);
	if (m.kind == ASK_SAY)
		return true;
	assert_non_null(*box.answers);
	message_put_ANSWER(&b, &(struct message_ANSWER){.text = bytes_str(*box.answers++)});
	stage_send(box.console, &b, NULL, 0);
	return true;
}

static bool init_takes_a_part(void)
{
	struct message_SITE_PART m;
	struct incoming in;

	if (!stage_hear(stage.up, ROLE_UNLOCK, ROLE_INIT, &in))
		return false;
	assert_false(box.done || box.fault); /* the last word */
	box.done = in.type == MESSAGE_SITE_DONE;
	box.fault = in.type == MESSAGE_SITE_FAULT;
	box.clock |= in.type == MESSAGE_CLOCK_SET;
	if (in.type != MESSAGE_SITE_PART)
		return true;
	assert_int_equal(message_get_SITE_PART(in.fields, &m), ERR_OK);
	assert_in_range(m.role, 0, ROLE_COUNT - 1);
	sha256(m.part, box.parts[m.role]);
	box.part_count++;
	return true;
}

static void play_unlock(void)
{
	bool here = true;
	bool console = true;

	while (here || console) {
		struct pollfd p[] = {{.fd = here ? stage.up : -1, .events = POLLIN},
				     {.fd = console ? box.console : -1, .events = POLLIN}};

		if (poll(p, 2, FAIRLY_MS) <= 0)
			fail_msg("unlock hangs; %s failed", faults->name != NULL ? faults->name : "nothing");
		if (p[1].revents != 0)
			console = console_hears();
		if (p[0].revents != 0)
			here = init_takes_a_part();
	}
	close(box.console);
}

static void check_unlock(const char *fault, bool well)
{
	static uint8_t parts[ROLE_COUNT][32];

	/* All or nothing: a box doesn't open with some of its parts, and one that can't is told why. */
	assert_int_equal(box.done && well, box.done);
	if (well && !box.done)
		assert_true(box.fault && box.part_count == 0 && !box.clock);
	if (!box.done)
		return;
	assert_int_equal(box.part_count, site_part_role_count);
	assert_null(*box.answers);
	if (box.clock && fault == NULL)
		memcpy(parts, box.parts, sizeof parts);
	/* A box without a file draws its keys. */
	if (box.clock)
		assert_memory_equal(parts, box.parts, sizeof parts);
}

static void a_sealed_file_is_opened(void **state)
{
	(void)state;
	try(&(struct trial){"unlock", unlock_main, prepare_sealed, play_unlock, check_unlock});
}

static void a_box_makes_its_own_keys(void **state)
{
	(void)state;
	try(&(struct trial){"unlock without a file", unlock_main, prepare_no_file, play_unlock, check_unlock});
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(torctl_minds_tor),
	    cmocka_unit_test(a_sealed_file_is_opened),
	    cmocka_unit_test(a_box_makes_its_own_keys),
	};

	return role_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
}
