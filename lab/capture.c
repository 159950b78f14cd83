/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The classic capture format with the magic of nanoseconds (0xa1b23c4d), written least significant octet first on every machine, so that a
 * run gives the same file everywhere. Streams: nothing is kept.
 */
#include "lab/capture.h"

#include <errno.h>
#include <string.h>

#define SNAP_LENGTH       65535
#define LINKTYPE_ETHERNET 1

static void octets_32(uint8_t *at, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

FILE *lab_capture_open(const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	uint8_t header[24] = { 0 };

	if (f == NULL)
		return NULL;
	octets_32(header, UINT32_C(0xa1b23c4d));
	header[4] = 2;
	header[6] = 4;
	octets_32(header + 16, SNAP_LENGTH);
	octets_32(header + 20, LINKTYPE_ETHERNET);
	fwrite(header, sizeof(header), 1, f);
	return f;
}

int lab_capture_write(FILE *f, const struct lab_frame *frame)
{
	uint8_t header[16];

	octets_32(header, (uint32_t)(frame->time / NANOS_PER_S));
	octets_32(header + 4, (uint32_t)(frame->time % NANOS_PER_S));
	octets_32(header + 8, frame->length);
	octets_32(header + 12, frame->length);
	if (fwrite(header, sizeof(header), 1, f) != 1 || fwrite(frame->bytes, frame->length, 1, f) != 1)
		return -errno;
	return 0;
}

int lab_capture_close(FILE *f)
{
	int failed = fflush(f) != 0 ? errno : 0;

	if (f != stdout && fclose(f) != 0 && failed == 0)
		failed = errno;
	return -failed;
}
