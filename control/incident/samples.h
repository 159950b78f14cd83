/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The requests that a localisation looks at, each weighted so that a subscriber counts once however often its phone retries, and their
 * sums per value of a dimension. Owned by control; all memory is taken at start.
 */
#ifndef SIGCANARY_INCIDENT_SAMPLES_H
#define SIGCANARY_INCIDENT_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/incident/mixture.h"
#include "dataplane/base/digits.h"
#include "dataplane/base/hash.h"
#include "dataplane/node.h"

#define SAMPLES_MAX             (1U << 15)
#define SAMPLES_CELLS_MAX       (1U << 14)
#define SAMPLES_PREFIX_SHORTEST 5
#define SAMPLES_PREFIX_LONGEST  9

/* Where samples are sorted by: prefixes of 5 to 9 digits, the node asked, the node asking, one bit of "in these segments", and others. */
enum sample_dimension {
	SAMPLE_SERVER,
	SAMPLE_CLIENT,
	SAMPLE_SEGMENTS,
	SAMPLE_ENDING, /* the last two digits of the IMSI and one, so that 0 is none */
	SAMPLE_ROUTE,
	SAMPLE_PLMN,
	SAMPLE_RAT,
	SAMPLE_DIRECTION,
	SAMPLE_PREFIX, /* + length - SAMPLES_PREFIX_SHORTEST */
	SAMPLE_DIMENSION_COUNT = SAMPLE_PREFIX + SAMPLES_PREFIX_LONGEST - SAMPLES_PREFIX_SHORTEST + 1
};

struct sample {
	digits imsi;
	node server;
	node client;
	node route;
	uint64_t segments;
	uint32_t plmn;
	uint16_t procedure;
	uint8_t rat, direction;
	uint32_t unit; /* of its subscriber, private */
	float weight;  /* the requests of one subscriber add up to 1, in the window and before */
	bool is_failing;
	bool is_silent; /* failing because nobody answered */
	bool is_before; /* of the calm time before the fault */
	bool is_unit;   /* the first of its subscriber */
	bool is_first_failing;
	bool is_out;       /* not looked at in this step */
	bool is_explained; /* by a part of the place that is already found */
};

struct samples {
	struct hash_key key;
	struct sample *list;
	size_t count;
	unsigned int level; /* only subscribers whose hash begins with so many zero bits are kept */
	struct sample_unit *units;
	struct mixture_cell *cells;
	uint32_t *slots;
	size_t cell_count;
	uint64_t segments; /* what SAMPLE_SEGMENTS asks for */
};

/* False when there is no memory; samples_free() is right in either case. */
bool samples_make(struct samples *s, const struct hash_key *key);
void samples_free(struct samples *s);
void samples_clear(struct samples *s);

/* One request; `weight` and the flags that follow from the others are set by samples_weigh(). */
void samples_add(struct samples *s, const struct sample *sample);
void samples_weigh(struct samples *s);

/* Sums the samples that are not out into s->cells, ascending by value. Returns the number of cells. */
size_t samples_sum(struct samples *s, enum sample_dimension dimension);

/*
 * Of the subscribers whose failure is followed by another request, how many there are and how many fail again. Samples must have been
 * added newest first.
 */
void samples_pair(struct samples *s, double *ret_tried, double *ret_again);

uint64_t sample_value(const struct samples *s, const struct sample *sample, enum sample_dimension dimension);

#endif
