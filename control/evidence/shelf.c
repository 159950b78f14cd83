/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of captures, see shelf.h. Called by the thread that keeps evidence and, for reading, by those that serve. */
#include "control/evidence/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX       ".pcapng"
#define CAPTURE_MODE 0640
#define FOLDER_MODE  0750

bool shelf_id_is_plain(const char *id)
{
	size_t length = strspn(id, "0123456789-");

	return length > 0 && length < 24 && id[length] == '\0' && id[0] != '-';
}

int shelf_make(const char *folder)
{
	struct stat found;

	if (mkdir(folder, FOLDER_MODE) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(folder, &found) != 0)
		return -errno;
	if (!S_ISDIR(found.st_mode))
		return -ENOTDIR;
	return access(folder, W_OK | X_OK) == 0 ? 0 : -errno;
}

static bool path_of(const char *folder, const char *id, char path[PATH_MAX])
{
	return shelf_id_is_plain(id) && snprintf(path, PATH_MAX, "%s/%s" SUFFIX, folder, id) < PATH_MAX;
}

int shelf_create(const char *folder, const char *id, bool replaces)
{
	char path[PATH_MAX];
	int file;

	if (!path_of(folder, id, path))
		return -EINVAL;
	/* Whoever reads the old one keeps it as it was. */
	if (replaces && unlink(path) != 0 && errno != ENOENT)
		return -errno;
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, CAPTURE_MODE);
	if (file < 0)
		return -errno;
	/* Whatever the mask of this process. */
	(void)fchmod(file, CAPTURE_MODE);
	return file;
}

int shelf_open(const char *folder, const char *id)
{
	char path[PATH_MAX];
	int file;

	if (!path_of(folder, id, path))
		return -EINVAL;
	file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return file < 0 ? -errno : file;
}

struct capture {
	char name[32];
	struct timespec changed;
	uint64_t bytes;
};

static bool name_is_ours(const char *name)
{
	char id[32];
	size_t length = strlen(name);
	size_t suffix = sizeof(SUFFIX) - 1;

	if (length <= suffix || length >= sizeof(id) || strcmp(name + length - suffix, SUFFIX) != 0)
		return false;
	memcpy(id, name, length - suffix);
	id[length - suffix] = '\0';
	return shelf_id_is_plain(id);
}

/* All captures; NULL when there is none or no memory. */
static struct capture *captures_list(DIR *folder, size_t *ret_count)
{
	struct capture *list = NULL;
	size_t room = 0;
	struct dirent *entry;

	*ret_count = 0;
	while ((entry = readdir(folder)) != NULL) {
		struct stat found;

		if (!name_is_ours(entry->d_name) || fstatat(dirfd(folder), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(found.st_mode))
			continue;
		if (*ret_count == room) {
			struct capture *longer = realloc(list, (room * 2 + 64) * sizeof(*list));

			if (longer == NULL)
				break;
			list = longer;
			room = room * 2 + 64;
		}
		list[*ret_count] = (struct capture){ .changed = found.st_mtim, .bytes = (uint64_t)found.st_size };
		snprintf(list[*ret_count].name, sizeof(list->name), "%.*s", (int)sizeof(list->name) - 1, entry->d_name);
		(*ret_count)++;
	}
	return list;
}

static int older_first(const void *a, const void *b)
{
	const struct capture *x = a;
	const struct capture *y = b;

	if (x->changed.tv_sec != y->changed.tv_sec)
		return x->changed.tv_sec < y->changed.tv_sec ? -1 : 1;
	if (x->changed.tv_nsec != y->changed.tv_nsec)
		return x->changed.tv_nsec < y->changed.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

struct shelf_state shelf_tidy(const char *folder, const struct shelf_limits *limits)
{
	struct shelf_state state = { 0 };
	DIR *opened = opendir(folder);
	struct capture *list;
	size_t count = 0;
	time_t now = time(NULL);

	if (opened == NULL)
		return state;
	list = captures_list(opened, &count);
	if (count > 0)
		qsort(list, count, sizeof(*list), older_first);
	for (size_t i = 0; i < count; i++)
		state.bytes += list[i].bytes;
	state.captures = count;
	for (size_t i = 0; i < count; i++) {
		bool is_old = now - list[i].changed.tv_sec > limits->keep / NANOS_PER_S;

		if (!is_old && state.bytes <= limits->most)
			break;
		if (unlinkat(dirfd(opened), list[i].name, 0) != 0)
			continue;
		state.bytes -= list[i].bytes;
		state.captures--;
		state.deleted++;
	}
	free(list);
	closedir(opened);
	return state;
}
