/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzz target over the files of folders, and over damaged copies of each (every length up to 512, and single bytes changed), so that
 * a corpus is a test without libFuzzer. Fails when there is no file to run.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX 65536
/* Damaged copies of one file at most; a long file, or one whose target is slow to start, gets every second, third, ... of them. */
#define COPIES_MAX 1024

/* The target gets memory of exactly that size, so that a sanitizer sees one byte too far. */
static void run(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, bytes, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_damaged(uint8_t *bytes, size_t size)
{
	static const uint8_t marks[] = { 0x00, 0x7f, 0x80, 0xff };
	size_t places = size < 512 ? size : 512;
	size_t step = places * (sizeof(marks) + 1) / COPIES_MAX + 1;

	for (size_t cut = 0; cut < places; cut += step)
		run(bytes, cut);
	for (size_t at = 0; at < places; at += step) {
		uint8_t kept = bytes[at];

		for (size_t i = 0; i < sizeof(marks); i++) {
			bytes[at] = marks[i];
			run(bytes, size);
		}
		bytes[at] = kept;
	}
}

static int run_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int files = 0;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		static uint8_t bytes[INPUT_MAX];
		char name[1024];
		size_t size;
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		file = fopen(name, "rb");
		if (file == NULL)
			continue;
		size = fread(bytes, 1, sizeof(bytes), file);
		fclose(file);
		run(bytes, size);
		run_damaged(bytes, size);
		files++;
	}
	if (folder != NULL)
		closedir(folder);
	return files;
}

int main(int argc, char **argv)
{
	int files = 0;

	for (int i = 1; i < argc; i++)
		files += run_folder(argv[i]);
	printf("%d files\n", files);
	return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
