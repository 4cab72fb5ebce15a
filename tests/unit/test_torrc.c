/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "tor/files.h"
#include "tor/torrc.h"

static uint8_t storage[TORRC_MAX];
static const struct guards no_guards;

#define CLIENT "descriptor:x25519:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRST"

/* The whole of it, without the reasons: a changed option is a changed test. */
static const char want[] =
    "DataDirectory /tor/data\n"
    "Log [*,~rend,~circ,~app,~edge,~protocol,~dos]warn-err [rend,circ,app,edge,protocol,dos]err stderr\n"
    "SafeLogging 1\n"
    "SocksPort 0\n"
    "ControlPort 0\n"
    "__DisableSignalHandlers 1\n"
    "AvoidDiskWrites 1\n"
    "NumCPUs 1\n"
    "Sandbox 0\n"
    "HardwareAccel 0\n"
    "DisableDebuggerAttachment 0\n"
    "CompiledProofOfWorkHash 0\n"
    "MaxMemInQueues 64 MB\n"
    "ClientOnly 1\n"
    "HiddenServiceDir /tor/source\n"
    "HiddenServicePort 80 unix:/door/source\n"
    "HiddenServiceExportCircuitID haproxy\n"
    "HiddenServiceMaxStreams 32\n"
    "HiddenServiceMaxStreamsCloseCircuit 1\n"
    "HiddenServiceEnableIntroDoSDefense 1\n"
    "HiddenServiceEnableIntroDoSRatePerSec 25\n"
    "HiddenServiceEnableIntroDoSBurstPerSec 200\n"
    "HiddenServicePoWDefensesEnabled 1\n"
    "HiddenServicePoWQueueRate 50\n"
    "HiddenServicePoWQueueBurst 250\n"
    "HiddenServiceDir /tor/desk\n"
    "HiddenServicePort 80 unix:/door/desk\n"
    "HiddenServiceExportCircuitID haproxy\n"
    "HiddenServiceMaxStreams 16\n"
    "HiddenServiceMaxStreamsCloseCircuit 1\n"
    "HiddenServiceEnableIntroDoSDefense 1\n"
    "HiddenServiceEnableIntroDoSRatePerSec 5\n"
    "HiddenServiceEnableIntroDoSBurstPerSec 50\n"
    "TestingTorNetwork 1\n"
    "DirAuthority auth0 orport=7100 no-v2 v3ident=0123 10.99.0.1:7000 4567\n";

static void the_torrc_is_this(void **state)
{
	static char plain[TORRC_MAX];
	struct buf out = buf_over(storage, sizeof storage);
	struct buf without = buf_over(plain, sizeof plain);
	struct bytes rest;
	struct bytes line;

	(void)state;
	assert_int_equal(torrc_render(&out, &no_guards, false,
				      BYTES_LITERAL("TestingTorNetwork 1\n\nDirAuthority auth0 orport=7100 no-v2 "
						    "v3ident=0123 10.99.0.1:7000 4567\n")),
			 ERR_OK);
	rest = buf_view(&out);
	while (bytes_split(&rest, '\n', &line))
		if (line.p[0] != '#') {
			buf_put(&without, line);
			buf_str(&without, "\n");
		} else {
			assert_true(line.n > 8 && line.n < 120); /* each option says why */
		}
	buf_byte(&without, 0);
	assert_string_equal(plain, want);
}

static void hostile_lines_do_not_get_in(void **state)
{
	static const struct {
		const char *lines;
		enum err want;
		size_t line;
	} rows[] = {
	    {"SocksPort 9050", ERR_UNSUPPORTED, 1},
	    {"UseBridges 1\nControlPort 9051", ERR_UNSUPPORTED, 2},
	    {"HiddenServiceDir /tor/other", ERR_UNSUPPORTED, 1},
	    {"HiddenServicePort 22 127.0.0.1:22", ERR_UNSUPPORTED, 1},
	    {"HiddenServiceNonAnonymousMode 1", ERR_UNSUPPORTED, 1},
	    {"Log debug file /tor/log", ERR_UNSUPPORTED, 1},
	    {"SafeLogging 0", ERR_UNSUPPORTED, 1},
	    {"ClientTransportPlugin obfs4 exec /bin/sh", ERR_UNSUPPORTED, 1},
	    {"DataDirectory /", ERR_UNSUPPORTED, 1},
	    {"usebridges 1", ERR_UNSUPPORTED, 1}, /* Tor takes any case; we take one */
	    {"%include /etc/passwd", ERR_UNSUPPORTED, 1},
	    {"+Bridge 1.2.3.4:5", ERR_UNSUPPORTED, 1},
	    {"/Bridge 1.2.3.4:5", ERR_UNSUPPORTED, 1},
	    {"# Bridge", ERR_UNSUPPORTED, 1},
	    {"Bridge", ERR_FORMAT, 1},
	    {"Bridge ", ERR_FORMAT, 1},
	    {" Bridge 1", ERR_FORMAT, 1},
	    {"Bridge  1", ERR_FORMAT, 1},
	    {"Bridge 1 ", ERR_FORMAT, 1},
	    {"Bridge\t1", ERR_FORMAT, 1},
	    {"Bridge 1.2.3.4:5 \\\nSocksPort 9050", ERR_FORMAT, 1}, /* continued on the next line */
	    {"Bridge 1\rSocksPort 9050", ERR_FORMAT, 1},
	    {"Bridge \"1\\nSocksPort 9050\"", ERR_FORMAT, 1},
	    {"Bridge 1 # comment", ERR_FORMAT, 1},
	    {"Bridge \xc3\xa4", ERR_FORMAT, 1},
	    {"Bridge 1.2.3.4:5\n\n\nUseBridges 1\n", ERR_OK, 0},
	    {"", ERR_OK, 0},
	};
	static char large[600] = "Bridge ";

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = buf_over(storage, sizeof storage);
		size_t line = 0;

		if (torrc_check_extra(bytes_str(rows[i].lines), &line) != rows[i].want || line != rows[i].line)
			fail_msg("row %zu: %s", i, rows[i].lines);
		assert_int_equal(torrc_render(&out, &no_guards, false, bytes_str(rows[i].lines)), rows[i].want);
		assert_int_equal(out.len > 0, rows[i].want == ERR_OK);
	}
	memset(large + 7, '1', 513);
	size_t line = 0;
	assert_int_equal(torrc_check_extra(bytes_str(large), &line), ERR_TOO_BIG);
	assert_int_equal(torrc_check_extra(bytes_of("Bridge 1\0", 9), &line), ERR_FORMAT);
}

static void a_clients_torrc(void **state)
{
	struct buf out = buf_over(storage, sizeof storage);
	size_t line = 0;

	(void)state;
	assert_int_equal(torrc_render_client(&out, BYTES_LITERAL("UseBridges 1\nSocksPort 9050\n"), &line),
			 ERR_UNSUPPORTED);
	assert_int_equal(line, 2);
	assert_int_equal(out.len, 0);
	assert_int_equal(torrc_render_client(&out, BYTES_LITERAL("UseBridges 1\nBridge 192.0.2.1:443\n"), &line),
			 ERR_OK);
	/* Neither a service nor a port; the bridge, at the end. */
	assert_int_equal(bytes_find(buf_view(&out), BYTES_LITERAL("HiddenService")), out.len);
	assert_true(bytes_find(buf_view(&out), BYTES_LITERAL("\nControlPort 0\n")) < out.len);
	assert_true(bytes_eq_str(bytes_from(buf_view(&out), out.len - 34), "UseBridges 1\nBridge 192.0.2.1:443\n"));
}

static void a_torrc_that_does_not_fit_is_none(void **state)
{
	struct buf out = buf_over(storage, 100);

	(void)state;
	assert_int_equal(torrc_render(&out, &no_guards, false, BYTES_LITERAL("")), ERR_TOO_BIG);
	assert_int_equal(out.len, 0);
	assert_false(out.failed);
}

static void clients_have_one_shape(void **state)
{
	static const char *const bad[] = {"", "descriptor:x25519:", CLIENT "A",
					  "descriptor:x25519:abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst",
					  "descriptor:x448:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRST"};

	(void)state;
	assert_int_equal(torrc_check_client(BYTES_LITERAL(CLIENT)), ERR_OK);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(torrc_check_client(bytes_str(bad[i])), ERR_FORMAT);
}

/* ---- files */

static int empty_directory(char *path)
{
	int fd;

	strcpy(path, "/tmp/test-torrc-XXXXXX");
	assert_non_null(mkdtemp(path));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void remove_directory(const char *path)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", path);
	assert_int_equal(system(command), 0);
}

#define GUARD_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define GUARD_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

static struct message_PART_TOR good_part(void)
{
	struct message_PART_TOR p = {.clients = BYTES_LITERAL(CLIENT "\n" CLIENT),
				     .torrc = BYTES_LITERAL("UseBridges 0"),
				     .guards =
					 BYTES_LITERAL(GUARD_A " 2026-01-02 2026-01-03\n" GUARD_B " 2026-01-02\n")};

	memcpy(p.source_key, "== ed25519v1-secret: type0 ==\0\0\0source", 38);
	memcpy(p.desk_key, "== ed25519v1-secret: type0 ==\0\0\0desk", 36);
	return p;
}

static void the_files_are_written_for_tor_alone(void **state)
{
	static const char *const files[] = {"torrc",
					    "data/state",
					    "source/hs_ed25519_secret_key",
					    "desk/hs_ed25519_secret_key",
					    "desk/authorized_clients/1.auth",
					    "desk/authorized_clients/2.auth"};
	static const char *const directories[] = {"data", "source", "desk", "desk/authorized_clients"};
	struct message_PART_TOR p = good_part();
	char path[64];
	char name[128];
	uint8_t text[256];
	size_t n;
	struct stat st;
	int fd = empty_directory(path);

	(void)state;
	assert_int_equal(tor_files_write(fd, &p), ERR_OK);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(fstatat(fd, files[i], &st, 0), 0);
		assert_int_equal(st.st_mode, S_IFREG | 0600);
	}
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(fstatat(fd, directories[i], &st, 0), 0);
		assert_int_equal(st.st_mode, S_IFDIR | 0700);
	}
	snprintf(name, sizeof name, "%s/desk/hs_ed25519_secret_key", path);
	assert_int_equal(fd_read_file(name, text, sizeof text, &n), ERR_OK);
	assert_int_equal(n, 96);
	assert_memory_equal(text, p.desk_key, 96);
	snprintf(name, sizeof name, "%s/desk/authorized_clients/2.auth", path);
	assert_int_equal(fd_read_file(name, text, sizeof text, &n), ERR_OK);
	assert_true(bytes_eq_str(bytes_of(text, n), CLIENT));
	assert_int_equal(tor_files_write(fd, &p), ERR_EXISTS); /* never over what is there */
	close(fd);
	remove_directory(path);
}

/* What Tor finds of the site file's guards: its state, and the option by which it waits for them. */
static void guards_are_tors_state_and_its_only_entries(void **state)
{
	static const char want_state[] =
	    "Guard in=default rsa_id=" GUARD_A " sampled_on=2026-01-02T00:00:00 sampled_idx=0 listed=1 "
	    "confirmed_on=2026-01-03T00:00:00 confirmed_idx=0\n"
	    "Guard in=default rsa_id=" GUARD_B " sampled_on=2026-01-02T00:00:00 sampled_idx=1 listed=1\n"
	    "Guard in=restricted rsa_id=" GUARD_A " sampled_on=2026-01-02T00:00:00 sampled_idx=0 listed=1 "
	    "confirmed_on=2026-01-03T00:00:00 confirmed_idx=0\n"
	    "Guard in=restricted rsa_id=" GUARD_B " sampled_on=2026-01-02T00:00:00 sampled_idx=1 listed=1\n";
	static uint8_t text[TORRC_MAX];
	struct message_PART_TOR p = good_part();
	char path[64];
	char name[128];
	size_t n;
	int fd = empty_directory(path);

	(void)state;
	assert_int_equal(tor_files_write(fd, &p), ERR_OK);
	snprintf(name, sizeof name, "%s/data/state", path);
	assert_int_equal(fd_read_file(name, text, sizeof text, &n), ERR_OK);
	assert_true(bytes_eq_str(bytes_of(text, n), want_state));
	snprintf(name, sizeof name, "%s/torrc", path);
	assert_int_equal(fd_read_file(name, text, sizeof text, &n), ERR_OK);
	assert_true(bytes_find(bytes_of(text, n), BYTES_LITERAL("\nEntryNodes $" GUARD_A ",$" GUARD_B "\n")) < n);
	close(fd);
	remove_directory(path);

	/* None: neither the file nor the option. */
	fd = empty_directory(path);
	p.guards = bytes_of(NULL, 0);
	assert_int_equal(tor_files_write(fd, &p), ERR_OK);
	assert_int_not_equal(faccessat(fd, "data/state", F_OK, 0), 0);
	snprintf(name, sizeof name, "%s/torrc", path);
	assert_int_equal(fd_read_file(name, text, sizeof text, &n), ERR_OK);
	assert_true(bytes_find(bytes_of(text, n), BYTES_LITERAL("EntryNodes")) == n);
	assert_true(bytes_find(bytes_of(text, n), BYTES_LITERAL("HSLayer2Nodes")) == n);
	close(fd);
	remove_directory(path);
}

/* Who will draw the layer-2 guards comes later than Tor: until then there are none to build circuits with. */
static void no_relay_is_a_layer_2_guard_before_one_is_drawn(void **state)
{
	static uint8_t text[TORRC_MAX];
	struct message_PART_TOR p = good_part();
	char path[64];
	char name[128];
	size_t n;
	int fd = empty_directory(path);

	(void)state;
	p.second = 1;
	assert_int_equal(tor_files_write(fd, &p), ERR_OK);
	snprintf(name, sizeof name, "%s/torrc", path);
	assert_int_equal(fd_read_file(name, text, sizeof text, &n), ERR_OK);
	assert_true(bytes_find(bytes_of(text, n),
			       BYTES_LITERAL("\nHSLayer2Nodes $0000000000000000000000000000000000000000\n")) < n);
	close(fd);
	remove_directory(path);
}

static void a_part_that_breaks_the_rules_writes_nothing(void **state)
{
	char path[64];
	int fd = empty_directory(path);

	(void)state;
	for (int i = 0; i < 8; i++) {
		struct message_PART_TOR p = good_part();

		if (i == 0)
			p.clients = BYTES_LITERAL(""); /* a desk's door without clients would be open */
		else if (i == 1)
			p.clients = BYTES_LITERAL(CLIENT "\n\n" CLIENT);
		else if (i == 2)
			p.source_key[0] = 'x';
		else if (i == 3)
			memcpy(p.desk_key, p.source_key, sizeof p.desk_key);
		else if (i == 4)
			p.torrc = BYTES_LITERAL("SocksPort 9050");
		else if (i == 5)
			p.clients = BYTES_LITERAL(CLIENT "/../../x");
		else if (i == 6)
			p.guards = BYTES_LITERAL(GUARD_A " 2026-01-02\n" GUARD_A " 2026-01-02\n");
		else
			p.guards = BYTES_LITERAL(GUARD_A " 2026-01-02 x=1\n");
		assert_int_not_equal(tor_files_write(fd, &p), ERR_OK);
		assert_int_not_equal(faccessat(fd, "data", F_OK, 0), 0);
		assert_int_not_equal(faccessat(fd, "torrc", F_OK, 0), 0);
	}
	close(fd);
	remove_directory(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_torrc_is_this),
	    cmocka_unit_test(hostile_lines_do_not_get_in),
	    cmocka_unit_test(a_clients_torrc),
	    cmocka_unit_test(a_torrc_that_does_not_fit_is_none),
	    cmocka_unit_test(clients_have_one_shape),
	    cmocka_unit_test(the_files_are_written_for_tor_alone),
	    cmocka_unit_test(guards_are_tors_state_and_its_only_entries),
	    cmocka_unit_test(no_relay_is_a_layer_2_guard_before_one_is_drawn),
	    cmocka_unit_test(a_part_that_breaks_the_rules_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
