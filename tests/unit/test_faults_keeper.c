/* SPDX-License-Identifier: GPL-3.0-or-later
 * The keeper's start, a visit and its end while each of the process's calls fails, one at a time (role_faults.h). What
 * becomes of the store when LMDB and its files fail is test_keeper_faults.c's. */
#include "role_faults.h"

#include <ftw.h>

#include "keeper/keeper.h"
#include "keeper_fixture.h"

enum { STORE_BYTES = 8 << 20, STORE_SLOTS = 200 };

static char room[64];

static struct {
	struct secret_area secrets;
	int visit; /* our end of its channel */
	bool ready, alive, answered, dropped;
} shelf;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void prepare_keeper(void)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);
	char path[96];

	(void)nftw(room, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	(void)snprintf(path, sizeof path, "%s/store", room);
	assert_true(mkdir(room, 0700) == 0 && mkdir(path, 0700) == 0);
	if (shelf.secrets.p != NULL)
		secret_area_free(&shelf.secrets);
	memset(&shelf, 0, sizeof shelf);
	assert_int_equal(secret_area_new(LIMIT_KEEPER_FIXED + STORE_SLOTS * sizeof(struct slot), &shelf.secrets),
			 ERR_OK);
	stage.fds[ROLE_FD_A - FIRST_FD] = dup(shelf.secrets.fd);
	stage.options.hidden_memory = shelf.secrets.hidden;
	stage.options.capacity = STORE_BYTES;
	message_put_PART_KEEPER(&b, &(struct message_PART_KEEPER){.desk_tokens = {NULL, 0}});
	stage_part(&b);
}

static int keeper_in_its_room(int argc, char **argv)
{
	faulty = false;
	if (chroot(room) != 0 || chdir("/") != 0)
		_exit(98);
	faulty = true;
	return keeper_main(argc, argv);
}

static bool keeper_speaks(void)
{
	struct incoming in;

	if (!stage_hear(stage.up, ROLE_KEEPER, ROLE_INIT, &in))
		return false;
	shelf.ready |= in.type == MESSAGE_READY;
	shelf.alive |= in.type == MESSAGE_PONG;
	return true;
}

static bool keeper_until(const bool *so)
{
	while (!*so)
		if (!keeper_speaks())
			return false;
	return true;
}

/* A visit asks which desks there are. */
static void visit(void)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);
	struct incoming in;
	int ends[2];

	assert_int_equal(channel_pair(ends), ERR_OK);
	message_put_PEER(&b, &(struct message_PEER){.kind = ROLE_VISIT});
	stage_send(stage.up, &b, &ends[1], 1);
	close(ends[1]);
	b = buf_over(stage_storage, sizeof stage_storage);
	message_put_CIRCUIT(&b, &(struct message_CIRCUIT){.circuit = 7});
	stage_send(ends[0], &b, NULL, 0);
	b = buf_over(stage_storage, sizeof stage_storage);
	message_put_DESKS_GET(&b, NULL);
	stage_send(ends[0], &b, NULL, 0);
	shelf.answered = stage_hear(ends[0], ROLE_KEEPER, ROLE_VISIT, &in) && in.type == MESSAGE_DESKS_IS;
	shelf.dropped = !shelf.answered;
	close(ends[0]);
}

static void play_keeper(void)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);
	bool never = false;

	if (!keeper_until(&shelf.ready))
		return;
	visit();
	message_put_PING(&b, NULL);
	stage_send(stage.up, &b, NULL, 0);
	if (!keeper_until(&shelf.alive))
		return;
	stage_stop();
	(void)keeper_until(&never);
}

static void check_keeper(const char *fault, bool well)
{
	if (fault == NULL)
		assert_true(shelf.answered);
	if (well)
		assert_true(shelf.alive && shelf.answered != shelf.dropped);
}

static void the_keeper_says_what_failed(void **state)
{
	(void)state;
	try(&(struct trial){"keeper", keeper_in_its_room, prepare_keeper, play_keeper, check_keeper});
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_keeper_says_what_failed),
	};
	int bad;

	(void)snprintf(room, sizeof room, "%s/test_faults_keeper.%d",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
	bad = role_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
	(void)nftw(room, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return bad;
}
