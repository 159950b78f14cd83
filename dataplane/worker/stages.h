/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where `bench` lets the walk note what its parts cost. Live the pointer in struct walk is NULL: a predictable branch before and behind
 * each message and each request's segments, and no clock is read.
 */
#ifndef SIGCANARY_WORKER_STAGES_H
#define SIGCANARY_WORKER_STAGES_H

#include <stdint.h>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#else
#include <time.h>
#endif

/* Cycles spent inside walk_packet(), and how often a pair of readings was taken for them (each reading costs some cycles itself). */
struct walk_stages {
	uint64_t decode;  /* above the transport, with what the segments took */
	uint64_t segment; /* names and segments of requests */
	uint64_t decodes;
	uint64_t segments;
};

/* Cycles of the time stamp counter; nanoseconds where there is none. */
static inline uint64_t stages_now(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __rdtsc();
#else
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
#endif
}

/* Whether stages_now() counts cycles. */
static inline int stages_are_cycles(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return 1;
#else
	return 0;
#endif
}

static inline uint64_t stages_begin(const struct walk_stages *s)
{
	return s != NULL ? stages_now() : 0;
}

/* Only where there is somewhere to note it. */
static inline void stages_end(uint64_t began, uint64_t *sum, uint64_t *count)
{
	*sum += stages_now() - began;
	(*count)++;
}

#endif
