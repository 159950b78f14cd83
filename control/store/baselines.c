/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file of baselines, see baselines.h. Control makes the bytes (some milliseconds for ten thousand streams) and a thread writes them:
 * fsync may take seconds on a slow disk. New bytes go to FILE.new, are synced, and take FILE's name; then the folder is synced. What is
 * killed in between leaves FILE as it was and at most FILE.new, which the next writing empties.
 */
#include "control/store/baselines.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERY         (60 * NANOS_PER_S)
#define PATH_MOST     4096
#define BYTES_MOST    ((size_t)1 << 31)
#define SUFFIX_NEW    ".new"
#define SUFFIX_BROKEN ".damaged"

struct baselines {
	const char *path;
	const struct engine *engine;
	nanos written; /* tick of the last writing */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* shared, under the lock */
	uint8_t *bytes; /* to be written, NULL: nothing */
	size_t length;
	bool ends, has_complained;
};

static int bytes_write(int file, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(file, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		bytes += written;
		length -= (size_t)written;
	}
	return fsync(file) == 0 ? 0 : -errno;
}

/* A new name is safe when its folder is. */
static void folder_sync(const char *path)
{
	char folder[PATH_MOST];
	const char *slash = strrchr(path, '/');
	int file;

	snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path), slash == NULL ? "." : path);
	file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file < 0)
		return;
	fsync(file);
	close(file);
}

int baselines_replace(const char *path, const uint8_t *bytes, size_t length)
{
	char fresh[PATH_MOST];
	int file, error;

	if ((size_t)snprintf(fresh, sizeof(fresh), "%s" SUFFIX_NEW, path) >= sizeof(fresh))
		return -ENAMETOOLONG;
	file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	error = bytes_write(file, bytes, length);
	if (close(file) != 0 && error == 0)
		error = -errno;
	if (error == 0 && rename(fresh, path) != 0)
		error = -errno;
	if (error == 0)
		folder_sync(path);
	else
		unlink(fresh);
	return error;
}

static void complain(const char *path, int error)
{
	fprintf(stderr, "sigcanary: the baselines cannot be written to %s: %s; they are kept in memory, mend the place before a restart\n",
		path, strerror(-error));
}

/* The whole file, that the caller frees. 0 or a negative errno; -ENOENT: there is none. */
static int file_read(const char *path, uint8_t **ret_bytes, size_t *ret_length)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat facts;
	size_t length = 0;
	uint8_t *bytes = NULL;
	int error = 0;

	if (file < 0)
		return -errno;
	if (fstat(file, &facts) != 0)
		error = -errno;
	else if (!S_ISREG(facts.st_mode))
		error = -EINVAL;
	else if ((size_t)facts.st_size > BYTES_MOST)
		error = -EFBIG;
	else
		bytes = malloc((size_t)facts.st_size + 1);
	if (error == 0 && bytes == NULL)
		error = -ENOMEM;
	while (error == 0 && length < (size_t)facts.st_size) {
		ssize_t got = read(file, bytes + length, (size_t)facts.st_size - length);

		if (got < 0 && errno != EINTR)
			error = -errno;
		if (got == 0)
			break;
		length += got > 0 ? (size_t)got : 0;
	}
	close(file);
	if (error != 0) {
		free(bytes);
		return error;
	}
	*ret_bytes = bytes;
	*ret_length = length;
	return 0;
}

static void set_aside(const char *path)
{
	char aside[PATH_MOST];

	if ((size_t)snprintf(aside, sizeof(aside), "%s" SUFFIX_BROKEN, path) < sizeof(aside) && rename(path, aside) == 0)
		fprintf(stderr, "sigcanary: the baselines in %s are damaged; the file is kept as %s, and learning begins anew\n", path,
			aside);
	else
		fprintf(stderr, "sigcanary: the baselines in %s are damaged; learning begins anew\n", path);
}

bool baselines_read(const char *path, struct engine *e, char error[BASELINES_ERROR_MAX])
{
	enum recall_verdict verdict;
	uint8_t *bytes = NULL;
	size_t length = 0;
	int code = file_read(path, &bytes, &length);

	if (code == -ENOENT)
		return true;
	if (code != 0) {
		snprintf(error, BASELINES_ERROR_MAX, "cannot read the baselines in %s: %s; mend that or name another file", path,
			 strerror(-code));
		return false;
	}
	verdict = engine_recall(e, bytes, length);
	free(bytes);
	if (verdict == RECALL_NEWER)
		snprintf(error, BASELINES_ERROR_MAX, "the baselines in %s were made by a newer sigcanary; use that or name another file",
			 path);
	if (verdict == RECALL_NO_MEMORY)
		snprintf(error, BASELINES_ERROR_MAX, "no memory for the baselines in %s", path);
	if (verdict == RECALL_DAMAGED)
		set_aside(path);
	return verdict == RECALL_GOOD || verdict == RECALL_DAMAGED;
}

bool baselines_save(const char *path, const struct engine *e)
{
	uint8_t *bytes = NULL;
	size_t length = detector_remember(engine_detector(e), &bytes);
	int error = length > 0 ? baselines_replace(path, bytes, length) : 0;

	free(bytes);
	if (error != 0)
		complain(path, error);
	return error == 0;
}

static void *baselines_work(void *self)
{
	struct baselines *b = self;

	pthread_mutex_lock(&b->lock);
	while (!b->ends || b->bytes != NULL) {
		uint8_t *bytes = b->bytes;
		int error;

		if (bytes == NULL) {
			pthread_cond_wait(&b->changed, &b->lock);
			continue;
		}
		pthread_mutex_unlock(&b->lock);
		error = baselines_replace(b->path, bytes, b->length);
		pthread_mutex_lock(&b->lock);
		if (error != 0 && !b->has_complained)
			complain(b->path, error);
		b->has_complained = error != 0;
		free(bytes);
		b->bytes = NULL;
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

struct baselines *baselines_new(const char *path, const struct engine *e)
{
	struct baselines *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->path = path;
	b->engine = e;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->changed, NULL);
	if (pthread_create(&b->thread, NULL, baselines_work, b) != 0) {
		free(b);
		return NULL;
	}
	return b;
}

void baselines_tick(void *baselines, const struct tally *tally, const struct detector *detector)
{
	struct baselines *b = baselines;
	uint8_t *bytes = NULL;
	size_t length;

	if (b->written == 0 || tally->start < b->written)
		b->written = tally->start;
	if (tally->start - b->written < EVERY)
		return;
	pthread_mutex_lock(&b->lock);
	if (b->bytes != NULL) {
		pthread_mutex_unlock(&b->lock);
		return; /* the disk has not done with the last ones */
	}
	pthread_mutex_unlock(&b->lock);
	length = detector_remember(detector, &bytes);
	if (length == 0)
		return;
	b->written = tally->start;
	pthread_mutex_lock(&b->lock);
	b->bytes = bytes;
	b->length = length;
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

bool baselines_close(struct baselines *b)
{
	bool is_saved;

	if (b == NULL)
		return true;
	pthread_mutex_lock(&b->lock);
	b->ends = true;
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	is_saved = baselines_save(b->path, b->engine);
	pthread_mutex_destroy(&b->lock);
	pthread_cond_destroy(&b->changed);
	free(b);
	return is_saved;
}
