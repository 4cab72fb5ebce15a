/* SPDX-License-Identifier: GPL-3.0-or-later
 * Input: what workers send the keeper. One byte: the peer (bit 0: a visit or a collect; 0x80: it hangs up and comes
 * anew), two bytes: how many bytes of a record follow, then the record. It runs through the production dispatch on a
 * real store, which must neither end nor be broken; answers are read and dropped. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "keeper/peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct keeper *keeper;
static struct secret_area secrets;
static char directory[] = "/tmp/fuzz-keeper-XXXXXX";
static int workers[2];

static void open_store(void)
{
	/* The desk's token is 32 zeros, so that the fuzzer finds it. */
	static const uint8_t token[32];
	uint8_t hash[32];
	enum err e;

	sha256(BYTES_ARRAY(token), hash);
	e = store_open(&keeper->store, &(struct store_setup){.directory = directory,
							     .capacity = 4u << 20,
							     .secrets = dup(secrets.fd),
							     .hidden = secrets.hidden,
							     .tokens = BYTES_ARRAY(hash)});
	BUG_IF(e != ERR_OK);
	keeper_init(keeper, -1, 1);
}

static void connect_worker(size_t i)
{
	struct buf record = buf_over(keeper->out, sizeof keeper->out);
	int ends[2];

	BUG_IF(channel_pair(ends) != ERR_OK);
	workers[i] = ends[0];
	peer_add(keeper, ends[1], i == 0 ? ROLE_VISIT : ROLE_COLLECT, 0);
	message_put_CIRCUIT(&record, &(struct message_CIRCUIT){.circuit = 1});
	BUG_IF(channel_send(ends[0], &record, NULL, 0, 0) != ERR_OK);
}

static void serve(void)
{
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++) {
		struct peer *p = &keeper->peers[i];
		if (p->fd >= 0 && !p->collecting && p->turn != TURN_WAITS)
			peer_serve(keeper, p);
		while (p->fd >= 0 && p->collecting)
			peer_collected(keeper, p);
	}
	turns_serve(keeper, clock_ms());
	store_settle(&keeper->store);
	store_sweep(&keeper->store);
	store_flush(&keeper->store);
	BUG_IF(store_broken(&keeper->store));
	for (size_t i = 0; i < 2; i++) {
		static uint8_t answer[LIMIT_MESSAGE];
		while (recv(workers[i], answer, sizeof answer, MSG_DONTWAIT) > 0)
			continue;
	}
}

static void clean_up(void)
{
	char path[64];

	snprintf(path, sizeof path, "%s/data", directory);
	unlink(path);
	snprintf(path, sizeof path, "%s/chunks", directory);
	unlink(path);
	rmdir(directory);
}

static void start(void)
{
	keeper = calloc(1, sizeof *keeper);
	BUG_IF(keeper == NULL || mkdtemp(directory) == NULL);
	atexit(clean_up);
	BUG_IF(secret_area_new(LIMIT_KEEPER_FIXED + 32 * 1024, &secrets) != ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);

	if (keeper == NULL)
		start();
	/* Each input meets an empty store. */
	memset(secrets.p, 0, secrets.n);
	open_store();
	for (size_t i = 0; i < 2; i++)
		connect_worker(i);
	serve();
	while (in.n >= 3) {
		size_t who = in.p[0] & 1;
		size_t n = (size_t)(in.p[1] | in.p[2] << 8);
		struct bytes record = bytes_first(bytes_from(in, 3), n);
		if ((in.p[0] & 0x80) != 0) {
			close(workers[who]);
			serve();
			connect_worker(who);
			serve();
		}
		in = bytes_from(in, 3 + n);
		if (record.n > 0)
			(void)!send(workers[who], record.p, record.n, MSG_DONTWAIT | MSG_NOSIGNAL);
		serve();
	}
	for (size_t i = 0; i < 2; i++)
		close(workers[i]);
	serve();
	BUG_IF(keeper->store.reserved != 0);
	store_close(&keeper->store);
	return 0;
}
