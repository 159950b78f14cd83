/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the stages of the packet's way cost.
 *
 * Live, a worker reads the time stamp counter where one stage of a whole burst ends and the next begins: seven readings of some 20 cycles
 * for up to 64 packets (struct stage_cycles; polls that bring nothing are not counted). For `bench` the walk also notes what lies inside
 * one stage (struct walk_stages): live that pointer is NULL, a predictable branch before and behind each message.
 */
#ifndef SIGCANARY_WORKER_STAGES_H
#define SIGCANARY_WORKER_STAGES_H

#include <stddef.h>
#include <stdint.h>

#if !defined(__x86_64__) && !defined(__i386__)
#include <time.h>
#endif

enum stage {
	STAGE_RECEIVE,     /* the source fills a burst */
	STAGE_LINK_IP,     /* walk_frame() of all */
	STAGE_DECODE,      /* walk_packet(): transport and everything above it, with names and segments */
	STAGE_TRANSACTION, /* indications handed over and taken, counting into cells */
	STAGE_TICK,        /* checkpoints and timeouts, sealing */
	STAGE_OUTCOME,     /* outcomes to control */
	STAGE_COUNT
};

/* Sums of one worker since its start. */
struct stage_cycles {
	uint64_t cycles[STAGE_COUNT];
};

/* "receive", "link_ip", ... */
extern const char *const stage_names[STAGE_COUNT];

/* Cycles spent inside walk_packet(), and how often a pair of readings was taken for them (each reading costs some cycles itself). */
struct walk_stages {
	uint64_t decode;  /* above the transport, with what the segments took */
	uint64_t segment; /* names and segments of requests */
	uint64_t decodes;
	uint64_t segments;
};

/* Cycles of the time stamp counter; nanoseconds where there is none. __rdtsc() would need the header of all vector instructions, half a
 * second of each file that includes this one. */
static inline uint64_t stages_now(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
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

/* A stage ends at `*at` and now: its cycles are added, and the next one begins. */
static inline void stages_mark(struct stage_cycles *s, enum stage stage, uint64_t *at)
{
	uint64_t now = stages_now();

	s->cycles[stage] += now - *at;
	*at = now;
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
