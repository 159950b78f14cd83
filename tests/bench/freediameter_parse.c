/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long freeDiameter's parser takes for the Diameter messages of a capture: for scripts/bench-peers, which compiles it against Debian's
 * libfreediameter-dev; no part of the program.
 *
 *   freediameter_parse FILE SECONDS     FILE: messages one after the other, as they are on the wire
 *
 * Each message is copied (the parser takes the buffer over), split into AVPs, and what the base dictionary knows is decoded: that much
 * freeDiameter does with every message that it relays. AVPs of 3GPP stay raw, in its favour. Prints messages and seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>

extern int fd_dict_base_protocol(struct dictionary *dict);

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned char *file_read(const char *name, size_t *ret_size)
{
	FILE *file = fopen(name, "rb");
	unsigned char *bytes;
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) <= 0 || fseek(file, 0, SEEK_SET) != 0)
		return NULL;
	bytes = malloc((size_t)size);
	if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size)
		return NULL;
	fclose(file);
	*ret_size = (size_t)size;
	return bytes;
}

static int message_parse(const unsigned char *bytes, size_t length, struct dictionary *dictionary)
{
	uint8_t *copy = malloc(length);
	struct fd_pei error;
	struct msg *message = NULL;
	int result;

	if (copy == NULL)
		return -1;
	memcpy(copy, bytes, length);
	result = fd_msg_parse_buffer(&copy, length, &message);
	if (result == 0)
		result = fd_msg_parse_dict(message, dictionary, &error);
	if (message != NULL)
		fd_msg_free(message);
	free(copy); /* NULL when it was taken over */
	return result == 0 || result == EBADMSG || result == ENOTSUP ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct dictionary *dictionary = NULL;
	unsigned long messages = 0;
	unsigned char *bytes;
	size_t size = 0;
	double began, seconds;

	if (argc != 3 || (bytes = file_read(argv[1], &size)) == NULL) {
		fprintf(stderr, "usage: freediameter_parse FILE SECONDS\n");
		return 2;
	}
	seconds = atof(argv[2]);
	if (fd_libproto_init() != 0 || fd_dict_init(&dictionary) != 0 || fd_dict_base_protocol(dictionary) != 0)
		return 1;
	fd_g_debug_lvl = FD_LOG_FATAL;
	began = now_s();
	while (now_s() - began < seconds) {
		for (size_t at = 0; at + 20 <= size;) {
			size_t length = (size_t)bytes[at + 1] << 16 | (size_t)bytes[at + 2] << 8 | bytes[at + 3];

			if (length < 20 || length > size - at || message_parse(bytes + at, length, dictionary) != 0)
				return 1;
			messages++;
			at += length;
		}
	}
	printf("%lu %.6f\n", messages, now_s() - began);
	return 0;
}
