/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is usual as bytes, to be kept over a restart: written from the streams of a detector, read into a list from which new streams take
 * what they were. Streams are kept by what people call them (segments by name, nodes by text), because the keys of a run, the order of the
 * configuration and the program may be others the next time. No I/O here. Owned by the detector.
 */
#ifndef SIGCANARY_DETECT_MEMORY_H
#define SIGCANARY_DETECT_MEMORY_H

#include "control/detect/season.h"
#include "control/detect/streams.h"

struct beyond;
struct memory;

/* What is written and what it is read into; made by the detector for each call. */
struct memory_scene {
	const struct plan *plan;
	struct streams *streams;
	struct dispersion (*dispersion)[BASELINE_ANSWER_KINDS]; /* by dimension */
	struct season_share *seasons;                           /* by procedure */
	double *seen_s;                                         /* of traffic */
	int64_t now;
	nanos time; /* of the tick `now` */
	double tick_s;
	detector_name_of name_of; /* NULL: nodes without a text of their own are not kept */
	void *names;
	const struct beyond *beyond; /* whose volumes are written; NULL: none */
};

/* NULL when there is no memory. */
struct memory *memory_new(void);
void memory_free(struct memory *m);

/*
 * Reads bytes over what is there. Seasons, dispersion and the time that was seen are taken at once, streams wait to be claimed. Untouched
 * unless RECALL_GOOD.
 */
enum recall_verdict memory_read(struct memory *m, const struct memory_scene *scene, const uint8_t *bytes, size_t length);

/* The first tick after the reading, if there was one: what the gap until `scene->time` leaves of it. */
void memory_begin(struct memory *m, const struct memory_scene *scene);

/* Gives a new stream what it was; false when nobody knew it. */
bool memory_claim(struct memory *m, const struct memory_scene *scene, struct stream *s);

/*
 * Keeps what a stream is that is about to be forgotten, so that it is claimed when it comes again. Each stream once; then memory_settle().
 * False without memory.
 */
bool memory_keep(struct memory *m, const struct memory_scene *scene, const struct stream *s);
void memory_settle(struct memory *m);

/* The season of the volume of a stream that gets busy, and of one that is given up. False when there is none, or no room. */
bool memory_claim_flow(struct memory *m, const struct memory_scene *scene, const struct stream_key *key, struct season_flow *ret);
bool memory_keep_flow(struct memory *m, const struct memory_scene *scene, const struct stream_key *key, const struct season_flow *season);

/* Whether two plans have the same segments in the same order. */
bool memory_segments_are_same(const struct plan *a, const struct plan *b);

/* All streams, and what is still unclaimed, as bytes that the caller frees; 0 without memory. */
size_t memory_write(const struct memory *m, const struct memory_scene *scene, uint8_t **ret_bytes);

#endif
