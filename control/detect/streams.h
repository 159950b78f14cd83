/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bounded table of streams with all that is known of each. Owned by the detector; nothing is allocated after watched_new().
 * A stream keeps its index until it is forgotten, and another one may have it then; indices follow first sight, so nothing depends on the
 * order of hashes.
 */
#ifndef SIGCANARY_DETECT_STREAMS_H
#define SIGCANARY_DETECT_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/detect/baseline.h"
#include "control/detect/detect.h"
#include "control/detect/watch.h"
#include "dataplane/base/hash.h"

#define STREAM_NONE UINT32_MAX

#define MIX_KINDS        2 /* EVIDENCE_NETWORK, EVIDENCE_USER */
#define STREAM_ANCESTORS (TALLY_PREFIX_LONGEST - TALLY_PREFIX_SHORTEST)

/* What the longest prefixes say in one tick of a shorter one, or of a segment, that they lie in; mix.c. */
struct mix_part {
	int64_t tick;
	uint32_t fresh_answers, fresh_failed[MIX_KINDS];
	double surplus[MIX_KINDS], spread[MIX_KINDS];
};

struct stream {
	struct stream_key key;
	bool is_begun;      /* the detector knows it */
	bool is_fresh;      /* see mix_take(); as of the last tick with answers */
	uint32_t parent;    /* DIMENSION_ALL of the procedure, of a named stream perhaps another; STREAM_NONE for the first */
	uint32_t children;  /* streams whose parent it is */
	uint32_t behind;    /* the stream whose cell came behind its own last time, STREAM_NONE for none */
	double weight;      /* its part of the budget for false alarms, for all its evidence */
	uint64_t in_flight; /* sum of its slots */
	uint64_t held;      /* call of detector_tick() after which it was held */
	int64_t touched;    /* last tick processed */
	int64_t seen;       /* last tick with a cell of it */
	double requests;    /* smoothed, decayed to `requests_at` */
	double answers;     /* the same; a host that is only known by its answers has no requests */
	int64_t requests_at;
	unsigned int checkpoints; /* below the procedure's timeout; set by the detector */
	unsigned int judge;       /* checkpoint at which missing answers are counted */
	uint64_t answers_seen;
	uint64_t answers_before;              /* `answered` */
	int64_t answered;                     /* last tick with answers */
	double parent_before;                 /* answers of its parent before its own first one, once `answered` */
	uint64_t segments;                    /* of one of the longest prefixes: those that it lies in, of this plan */
	uint32_t generation;                  /* of the plan */
	uint32_t ancestors[STREAM_ANCESTORS]; /* the shorter prefixes, STREAM_NONE while there is none */
	struct mix_part mix;
	struct baseline baseline;
	struct watch watch[EVIDENCE_JUDGED];
	struct sequential_law law[BASELINE_ANSWER_KINDS];
	struct stretch stretch[BASELINE_ANSWER_KINDS];
	struct survival_first first;
};

struct streams;

/* False for an index whose stream was forgotten. */
static inline bool stream_is_used(const struct stream *s)
{
	return s->weight > 0;
}

/* NULL when there is no memory. Each stream has `slots` numbers of its own for survival.h. */
struct streams *watched_new(size_t limit, size_t slots, const struct hash_key *key);
void watched_free(struct streams *t);

/* All indices are below it; some may not be in use. */
size_t watched_count(const struct streams *t);
/* Streams in use. */
size_t watched_known(const struct streams *t);
struct stream *watched_at(const struct streams *t, uint32_t index);
uint32_t *watched_slots(const struct streams *t, uint32_t index);
/* Fetches ahead what a tick without events touches. */
void watched_fetch(const struct streams *t, uint32_t index, size_t slots);

/* Asked for the parents of named streams, see detector_parents(). */
void watched_parents(struct streams *t, detector_parent_of parent_of, void *self);

/* STREAM_NONE when it is not known. */
uint32_t watched_find(const struct streams *t, const struct stream_key *key);

/* The same without a hash for what came behind `before` in the last tick, too; STREAM_NONE when it did not. */
uint32_t watched_behind(const struct streams *t, uint32_t before, const struct stream_key *key);

/* Notes that the cell of `index` came behind that of `before`. */
void watched_follow(struct streams *t, uint32_t before, uint32_t index);

/* Finds or makes the stream, and its parent before it; STREAM_NONE when there is no room. */
uint32_t watched_take(struct streams *t, const struct stream_key *key, int64_t now);

/* Whether nothing goes on with a stream that may be forgotten, and no cell of it came since that tick. */
bool stream_is_idle(const struct stream *s, int64_t since);

/*
 * Forgets a stream; its index goes to one that comes later. Never a parent, whose streams know its index, and none that is in a list of the
 * caller.
 */
void watched_forget(struct streams *t, uint32_t index);

/* What is on its way will not be asked for any more. */
void watched_rest(struct streams *t, uint32_t index);

/* Empties short-term memory: slots, watches, what was heard and not yet learned. Baselines stay. */
void watched_calm(struct streams *t, int64_t now);

#endif
