/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a capture file: pcapng (own reader), and what is told apart before it (.gz, .zst, classic pcap through libpcap). Besides
 * what the sanitizers see, the promises of source.h hold for every frame.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataplane/source/capture.h"
#include "dataplane/source/clock.h"
#include "dataplane/source/source.h"

/* A small compressed file may hold gigabytes; that many frames are enough. */
#define BURSTS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void frame_check(const struct frame *f, uint64_t sequence)
{
	volatile uint8_t last;

	assert(f->captured <= CAPTURE_BYTES_MAX && f->captured <= f->wire_length);
	assert(f->is_cut == (f->captured < f->wire_length));
	assert(f->sequence == sequence && f->number == sequence && f->tap == 0);
	assert(f->time >= -CLOCK_TIME_MAX && f->time <= CLOCK_TIME_MAX);
	assert(f->clock >= f->time && f->clock - f->time <= FRAME_CLOCK_JUMP);
	if (f->captured > 0)
		last = f->bytes[f->captured - 1];
	(void)last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame frames[SOURCE_BURST];
	char error[SOURCE_ERROR_MAX] = "";
	char path[32];
	const char *paths[] = { path };
	int descriptor = memfd_create("capture", MFD_CLOEXEC);
	enum source_state state = SOURCE_MORE;
	uint64_t sequence = 0;
	struct source *s;

	assert(descriptor >= 0 && write(descriptor, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
	s = source_open_files(paths, 1, error);
	assert((s == NULL) == (error[0] != '\0'));
	for (int i = 0; s != NULL && i < BURSTS_MAX && state == SOURCE_MORE; i++) {
		size_t count;

		state = source_burst(s, frames, SOURCE_BURST, &count);
		assert(count <= SOURCE_BURST && (count == 0 || state == SOURCE_MORE));
		for (size_t j = 0; j < count; j++)
			frame_check(&frames[j], ++sequence);
	}
	assert(s == NULL || (state == SOURCE_DAMAGED) == (source_error(s)[0] != '\0'));
	source_close(s);
	close(descriptor);
	return 0;
}
