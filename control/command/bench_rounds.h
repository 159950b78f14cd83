/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The source of a bench: hands the frames of a share to the live loop, round after round, and takes the time at the edges of its bursts.
 * Between bench_live.c, which runs the workers and adds up, and bench_rounds.c, which each worker calls in its own thread.
 */
#ifndef SIGCANARY_BENCH_ROUNDS_H
#define SIGCANARY_BENCH_ROUNDS_H

#include <stdatomic.h>
#include <time.h>

#include "control/command/bench_live.h"
#include "dataplane/source/source.h"
#include "dataplane/worker/live.h"

/* Bursts of one slice: some milliseconds. */
#define BENCH_SLICE_BURSTS 64
#define BENCH_SLICES_MAX   65536
#define BENCH_ROUNDS_KEPT  65536

/* What the workers share. Rounds count from 0; UINT64_MAX: not known yet. */
struct bench_run {
	struct bench_set *set;
	struct live *live;
	const struct bench_wish *wish;
	unsigned int count;
	nanos ahead_max;
	struct timespec began;
	_Atomic uint64_t first_round;        /* measured, and those behind it */
	_Atomic uint64_t split_round;        /* from here on the walk notes what is inside its stage, and slices are of that kind */
	_Atomic uint64_t last_round;         /* the one after which all stop */
	_Atomic uint64_t rounds;             /* that one worker or another has done */
	_Atomic unsigned int finished;       /* workers */
	_Atomic int64_t clocks[WORKERS_MAX]; /* of the frame that comes next in each share */
};

/* Cycles of one slice; `messages` in it. */
struct bench_slice {
	uint64_t messages;
	uint64_t loop; /* from burst to burst, with the filling of bursts */
	uint64_t fill;
	uint64_t stages[STAGE_COUNT];
	unsigned int ticks;       /* that ended in it */
	struct walk_stages split; /* inside the stage of decoding; none outside split rounds */
};

struct bench_source {
	struct source source;
	struct bench_run *run;
	struct bench_share *share;
	struct worker *worker;
	struct timespec filled;    /* when the lag was over */
	struct timespec measuring; /* when the first measured round began */
	size_t at;
	nanos shift;
	nanos clock;
	bool is_working;  /* the loop has something from us */
	bool is_measured; /* the round counts */
	bool is_split;    /* and is one of those with readings inside the walk */
	bool is_finished;
	uint64_t began;  /* when it got it */
	uint64_t cycles; /* of measured rounds: in the loop and in filling bursts */
	uint64_t fill;   /* of those: in filling */
	uint64_t waited;
	uint64_t packets;
	uint64_t wire_bytes;
	uint64_t slice_cycles;
	uint64_t slice_fill;
	uint64_t slice_messages; /* at its begin */
	struct stage_cycles slice_stages;
	unsigned int slice_pages;
	unsigned int slice_bursts;
	struct bench_slice *slices;
	size_t slice_count;
	struct walk_stages split; /* of the slice, in split rounds */
	struct bench_round *rounds;
	size_t round_count;
	struct bench_round so_far;
};

/* Readies the source of worker `index` of a run, before any of them works; false when there is no memory. */
bool bench_source_open(struct bench_source *b, struct bench_run *run, unsigned int index, struct worker *workers);
void bench_source_close(struct bench_source *b);

/* Seconds from a moment on. */
double bench_since(const struct timespec *t);

#endif
