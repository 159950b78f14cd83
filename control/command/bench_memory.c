/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory by difference and by touch, see bench_memory.h. Called by `bench` in its main thread before anything is measured.
 *
 * What a table takes is the growth of the address space between a worker with room for 2^12 and one with room for 2^17 of a thing: rounding
 * to powers of two is in the figure once, that to huge pages in some octets. What lies in memory is less until a table is full.
 *
 * A touch is one load whose address is what the load before brought: nothing overlaps. Its cost moves with everything that makes memory
 * slow here today, neighbours among them, so that a bench divided by it can be compared with that of another hour.
 */
#include "control/command/bench_memory.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataplane/worker/worker.h"

#define ROOM_SMALL ((size_t)1 << 12)
#define ROOM_LARGE ((size_t)1 << 17)
#define LINE       64
#define MIB        1048576.0
#define TOUCHES    8192
#define TRIES      64
/* So that near lies in the second level of caches, middle in the third, and far in none that is one core's. */
#define NEAR_BYTES   ((size_t)256 << 10)
#define MIDDLE_BYTES ((size_t)8 << 20)
#define FAR_BYTES    ((size_t)256 << 20)
#define SUM_BYTES    ((size_t)4 << 20)

/* A field of /proc/self/statm in bytes: 0 is the size of the address space, 1 what is resident. */
static double statm_bytes(unsigned int field)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages[2] = { 0 };

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu %lu", &pages[0], &pages[1]) != 2)
		pages[0] = pages[1] = 0;
	fclose(f);
	return (double)pages[field] * (double)sysconf(_SC_PAGESIZE);
}

/* What the tables of one worker add to the address space; negative when there is no memory. */
static double space_of(const struct plan *plan, const struct segments *segments)
{
	struct worker *w = aligned_alloc(RING_LINE, (sizeof(*w) + RING_LINE - 1) / RING_LINE * RING_LINE);
	double before = statm_bytes(0);
	double space = -1;

	if (w != NULL && workers_open(w, 1, plan, segments)) {
		space = statm_bytes(0) - before;
		workers_close(w, 1);
	}
	free(w);
	return space;
}

/* What more room of one kind adds, per thing; false when there is no memory. */
static bool difference(struct plan *plan, const struct segments *segments, size_t *limit, double *ret)
{
	double small = space_of(plan, segments);
	double large;

	*limit = ROOM_LARGE;
	large = space_of(plan, segments);
	*limit = ROOM_SMALL;
	*ret = (large - small) / (double)(ROOM_LARGE - ROOM_SMALL);
	return small >= 0 && large >= 0;
}

bool bench_memory_measure(const struct plan *plan, const struct segments *segments, struct bench_memory *ret)
{
	struct plan copy = *plan;
	struct plan_limits *l = &copy.limits;

	/* Otherwise the library keeps large blocks for later, and what a table takes cannot be seen. */
	mallopt(M_MMAP_THRESHOLD, 1 << 17);
	l->transactions = l->associations = l->streams = l->names = l->cells = ROOM_SMALL;
	return difference(&copy, segments, &l->transactions, &ret->transaction) &&
	       difference(&copy, segments, &l->associations, &ret->association) && difference(&copy, segments, &l->streams, &ret->stream) &&
	       difference(&copy, segments, &l->names, &ret->name) && difference(&copy, segments, &l->cells, &ret->cell);
}

/*
 * Goes from line to line of a buffer of zeros, whose size is a power of two, by a linear congruence of full period (D. Knuth, The Art of
 * Computer Programming 2, 3.2.1.2): no prefetcher guesses it. What the load brings is part of the sum, so that it is waited for.
 */
static double lines_touch(const uint8_t *buffer, size_t bytes)
{
	size_t mask = bytes / LINE - 1;
	size_t at = 0;
	volatile size_t last; /* nobody wants it, but the compiler must not know */
	double best = 0;

	for (unsigned int try = 0; try < TRIES; try++) {
		uint64_t began = stages_now();
		double cost;

		for (unsigned int i = 0; i < TOUCHES; i++)
			at = (at * 1664525 + 1013904223 + buffer[at * LINE]) & mask;
		cost = (double)(stages_now() - began) / TOUCHES;
		best = try == 0 || cost < best ? cost : best;
	}
	last = at;
	(void)last;
	return best;
}

/* Adds up the words of one part of a buffer after the other. */
static double words_sum(const uint8_t *buffer, size_t bytes)
{
	uint64_t sum = 0;
	volatile uint64_t last;
	double best = 0;

	for (size_t part = 0; part < bytes; part += SUM_BYTES) {
		uint64_t began = stages_now();
		double cost;

		for (size_t i = 0; i < SUM_BYTES; i += sizeof(uint64_t)) {
			uint64_t word;

			memcpy(&word, buffer + part + i, sizeof(word));
			sum += word;
		}
		cost = (double)(stages_now() - began) * LINE / SUM_BYTES;
		best = part == 0 || cost < best ? cost : best;
	}
	last = sum;
	(void)last;
	return best;
}

bool bench_touch_measure(struct bench_touch *ret)
{
	uint8_t *buffer = mmap(NULL, FAR_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (buffer == MAP_FAILED)
		return false;
	madvise(buffer, FAR_BYTES, MADV_HUGEPAGE);
	/* Memory that was only read would be one page of zeros. */
	for (size_t i = 0; i < FAR_BYTES; i += page)
		((volatile uint8_t *)buffer)[i] = 0;
	ret->streamed = words_sum(buffer, FAR_BYTES);
	ret->far = lines_touch(buffer, FAR_BYTES);
	ret->middle = lines_touch(buffer, MIDDLE_BYTES);
	ret->near = lines_touch(buffer, NEAR_BYTES);
	munmap(buffer, FAR_BYTES);
	return true;
}

double bench_rss_mib(void)
{
	return statm_bytes(1) / MIB;
}

double bench_huge_mib(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "re");
	char line[128];
	unsigned long kib = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "AnonHugePages: %lu kB", &kib) == 1)
			break;
	}
	if (f != NULL)
		fclose(f);
	return (double)kib / 1024;
}
