/* SPDX-License-Identifier: GPL-3.0-or-later
 * tor, with the embedded Tor in it, while each call fails, one at a time (role_faults.h), from its start to the first
 * answer on its control connection. Its root is a folder, and its network has no card. Either init hears why it ended,
 * or Tor answers with both services. Tor itself ends by abort() where it gets no memory. */
#include "role_faults.h"

#include <ftw.h>
#include <sched.h>

#include "onion/onion.h"
#include "tor/tor.h"

#define CLIENT "descriptor:x25519:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRST"

static char room[64];

static struct {
	int control;
	char answer[4096];
	bool ready, running;
} tor;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void make_folder(const char *name)
{
	char path[96];

	(void)snprintf(path, sizeof path, "%s/%s", room, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void prepare_tor(void)
{
	static const struct message_PART_TOR empty;
	static struct message_PART_TOR part;
	struct buf b = buf_over(stage_storage, sizeof stage_storage);
	struct onion_secret secret;
	char path[96];

	(void)nftw(room, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(mkdir(room, 0700), 0);
	make_folder("tor");
	make_folder("door");
	part = empty;
	onion_secret_new(&secret);
	onion_secret_write(&secret, part.source_key);
	onion_secret_new(&secret);
	onion_secret_write(&secret, part.desk_key);
	part.clients = BYTES_LITERAL(CLIENT "\n");
	message_put_PART_TOR(&b, &part);
	stage_part(&b);
	(void)snprintf(path, sizeof path, "%s/tor", room);
	stage.fds[ROLE_FD_A - FIRST_FD] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	memset(&tor, 0, sizeof tor);
	tor.control = -1;
}

/* A root of its own, as spawn/chamber.c makes it, without the devices: Tor asks the kernel for randomness. */
static int tor_in_its_room(int argc, char **argv)
{
	faulty = false;
	if (unshare(CLONE_NEWNET) != 0 || chroot(room) != 0 || chdir("/") != 0)
		_exit(98);
	faulty = true;
	return tor_role_main(argc, argv);
}

/* False: tor is gone. */
static bool tor_speaks(void)
{
	struct incoming in;

	if (!stage_hear(stage.up, ROLE_TOR, ROLE_INIT, &in))
		return false;
	tor.ready |= in.type == MESSAGE_READY;
	if (in.type == MESSAGE_TOR_CONTROL)
		tor.control = in.fds[0];
	return true;
}

static bool ask_tor(void)
{
	size_t n = 0, got;

	(void)!fd_write_all(tor.control, BYTES_LITERAL("GETINFO status/bootstrap-phase\r\n"), clock_ms() + FAIRLY_MS);
	while (strstr(tor.answer, "\r\n250 OK\r\n") == NULL && n < sizeof tor.answer - 1) {
		enum err e =
		    fd_read_some(tor.control, tor.answer + n, sizeof tor.answer - 1 - n, clock_ms() + FAIRLY_MS, &got);
		if (e == ERR_TIMEOUT)
			fail_msg("Tor says nothing; %s failed", faults->name != NULL ? faults->name : "nothing");
		if (e != ERR_OK)
			return false;
		n += got;
		tor.answer[n] = 0;
	}
	return true;
}

static bool there(const char *name)
{
	char path[96];

	(void)snprintf(path, sizeof path, "%s/tor/%s", room, name);
	return access(path, F_OK) == 0;
}

static void play_start(void)
{
	while (!tor.ready && tor_speaks())
		continue;
	if (tor.ready && tor.control >= 0 && ask_tor()) {
		tor.running = there("source/hostname") && there("desk/hostname");
		stage_stop();
	}
	while (tor_speaks())
		continue;
	if (tor.control >= 0)
		close(tor.control);
}

static void check_tor(const char *fault, bool well)
{
	(void)fault;
	/* It ends well by STOP alone. */
	if (well)
		assert_true(tor.running);
}

static void tor_starts_whole_or_not(void **state)
{
	(void)state;
	/* A start of Tor asks for memory 17,000 times. */
	memory_one_in = 8;
	try(&(struct trial){"tor", tor_in_its_room, prepare_tor, play_start, check_tor});
	memory_one_in = 1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tor_starts_whole_or_not),
	};
	int bad;

	(void)snprintf(room, sizeof room, "%s/test_faults_tor.%d", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
		       (int)getpid());
	bad = role_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
	(void)nftw(room, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return bad;
}
