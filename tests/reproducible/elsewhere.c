// SPDX-License-Identifier: GPL-3.0-or-later
/* A library for ld.so.preload: programs live fifteen years from now, where every folder lists its files in another
 * order. It reaches what is linked dynamically against glibc, which is all that a build runs; not glibc's own reading
 * of folders, as glob() does. Times of files stay as they are, in the past. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Past the end of 32-bit seconds, in another month, on another day of the week, at another time of day. */
enum { AHEAD_S = 15 * 365 * 86400 + 100 * 86400 + 19020 };

int clock_gettime(clockid_t clock, struct timespec *at)
{
	if (syscall(SYS_clock_gettime, clock, at) != 0) {
		return -1;
	}
	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI) {
		at->tv_sec += AHEAD_S;
	}
	return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*at = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL) {
		*out = now.tv_sec;
	}
	return now.tv_sec;
}

int timespec_get(struct timespec *at, int base)
{
	return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, at) == 0 ? base : 0;
}

/* An open folder: all its entries, in the order in which they are told. */
struct listing {
	DIR *dir;
	struct dirent **entries;
	size_t count, next;
	struct listing *more;
};

static struct listing *listings;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint32_t name_hash(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name != '\0'; name++) {
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	}
	return hash * 2654435761u;
}

static int by_hash(const void *a, const void *b)
{
	const char *first = (*(struct dirent *const *)a)->d_name;
	const char *second = (*(struct dirent *const *)b)->d_name;
	uint32_t x = name_hash(first);
	uint32_t y = name_hash(second);

	return x != y ? (x < y ? -1 : 1) : strcmp(first, second);
}

/* Reads all of a folder; NULL with errno if that fails. */
static struct listing *read_all(DIR *dir)
{
	struct dirent *(*next)(DIR *) = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir64");
	struct listing *found = calloc(1, sizeof *found);
	struct dirent *entry;

	if (found == NULL) {
		return NULL;
	}
	found->dir = dir;
	while (errno = 0, (entry = next(dir)) != NULL) {
		struct dirent **grown = realloc(found->entries, (found->count + 1) * sizeof *grown);
		if (grown == NULL || (grown[found->count] = malloc(entry->d_reclen)) == NULL) {
			abort();
		}
		found->entries = grown;
		memcpy(grown[found->count++], entry, entry->d_reclen);
	}
	if (errno != 0) {
		abort();
	}
	qsort(found->entries, found->count, sizeof *found->entries, by_hash);
	return found;
}

static struct listing **find(DIR *dir)
{
	struct listing **at = &listings;

	while (*at != NULL && (*at)->dir != dir) {
		at = &(*at)->more;
	}
	return at;
}

static void forget(DIR *dir)
{
	struct listing **at;
	struct listing *found;

	pthread_mutex_lock(&lock);
	at = find(dir);
	found = *at;
	if (found != NULL) {
		*at = found->more;
		for (size_t i = 0; i < found->count; i++) {
			free(found->entries[i]);
		}
		free(found->entries);
		free(found);
	}
	pthread_mutex_unlock(&lock);
}

static struct listing *listing_of(DIR *dir)
{
	struct listing **at = find(dir);

	if (*at == NULL) {
		*at = read_all(dir);
	}
	return *at;
}

struct dirent *readdir(DIR *dir)
{
	int before = errno;
	struct listing *listing;
	struct dirent *entry = NULL;

	pthread_mutex_lock(&lock);
	listing = listing_of(dir);
	if (listing != NULL) {
		errno = before;
		if (listing->next < listing->count) {
			entry = listing->entries[listing->next++];
		}
	}
	pthread_mutex_unlock(&lock);
	return entry;
}

struct dirent64 *readdir64(DIR *dir)
{
	return (struct dirent64 *)readdir(dir);
}

long telldir(DIR *dir)
{
	long at;

	pthread_mutex_lock(&lock);
	at = (long)listing_of(dir)->next;
	pthread_mutex_unlock(&lock);
	return at;
}

void seekdir(DIR *dir, long at)
{
	pthread_mutex_lock(&lock);
	listing_of(dir)->next = (size_t)at;
	pthread_mutex_unlock(&lock);
}

void rewinddir(DIR *dir)
{
	void (*rewind_it)(DIR *) = (void (*)(DIR *))dlsym(RTLD_NEXT, "rewinddir");

	forget(dir);
	rewind_it(dir);
}

int closedir(DIR *dir)
{
	int (*close_it)(DIR *) = (int (*)(DIR *))dlsym(RTLD_NEXT, "closedir");

	forget(dir);
	return close_it(dir);
}
