/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The third seam: the numbers of one tick, between dataplane and control.
 *
 * A stream is one value of one dimension for one procedure: "updateLocation of IMSIs that begin with 2341001", "ULR answered by that
 * host". Each worker counts its transactions into cells of its own; control adds the cells of all workers up.
 *
 * `requests` counts first sights of requests sent in this tick, `outcomes` endings that happened in this tick, `pending[j]` requests that
 * reached age checkpoint j in this tick without an answer. Checkpoints are whole ticks, so the requests that reach checkpoint j in
 * tick t are exactly those sent in tick t - age[j] / tick.
 */
#ifndef SIGCANARY_TALLY_H
#define SIGCANARY_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"
#include "dataplane/codes/codes.h"

enum dimension {
	DIMENSION_ALL,         /* value 0 */
	DIMENSION_SEGMENT,     /* index of the configured segment */
	DIMENSION_IMSI_PREFIX, /* digits, see TALLY_PREFIX_* */
	DIMENSION_IMSI_BUCKET, /* keyed hash of the IMSI modulo TALLY_BUCKETS: a partition of the data by chance */
	DIMENSION_SERVER,      /* node */
	DIMENSION_CLIENT,      /* node */
	DIMENSION_IMSI_ENDING, /* the last two digits of the IMSI, 0 to 99: a partition of the data by number */
	DIMENSION_ROUTE,       /* node at the far end of the link that the request was seen on: a point code or an address */
	DIMENSION_PLMN,        /* visited network, digits of MCC and MNC, or a country code where a title tells no more */
	DIMENSION_RAT,         /* enum rat */
	DIMENSION_DIRECTION,   /* enum direction; in pages: the subscriber's network << 32 | the visited one, see plmn.h */
	DIMENSION_NAMED,       /* a stream that only its text names (tick files of others): a node of kind NODE_HOST that stands for it */
	DIMENSION_COUNT
};

/* "all", "segment", ...: in files that the probe writes for itself, so these stay. */
extern const char *const dimension_names[DIMENSION_COUNT];

/* Whose subscriber is where. */
enum direction { DIRECTION_UNKNOWN, DIRECTION_HOME, DIRECTION_INBOUND, DIRECTION_OUTBOUND, DIRECTION_COUNT };

/* IMSI prefixes of these lengths are counted: 5 and 6 are the network code, 7 and 8 blocks inside it. */
#define TALLY_PREFIX_SHORTEST 5
#define TALLY_PREFIX_LONGEST  8
#define TALLY_BUCKETS         64

/* Age checkpoints of open requests; the last is the procedure's own timeout and is counted as outcome TIMEOUT instead. */
#define TALLY_CHECKPOINTS  7
#define TALLY_TICK_DEFAULT (200 * NANOS_PER_MS)
extern const nanos tally_checkpoint_age[TALLY_CHECKPOINTS]; /* 0.4, 0.6, 0.8, 1.2, 2, 4, 8 s */

#define TALLY_LATENCY_BINS 16 /* bin b: below 2^b milliseconds; the last one open */

struct stream_key {
	uint64_t value;
	uint16_t procedure;
	uint8_t dimension; /* enum dimension */
	uint8_t pad[5];    /* zero: keys are compared and hashed as bytes */
};

struct tally_cell {
	struct stream_key key;
	uint64_t latency_ns; /* the sum of those in `latency`; 0 in what comes out of a tick file */
	uint32_t requests;
	uint32_t outcomes[OUTCOME_CLASS_COUNT];
	uint32_t pending[TALLY_CHECKPOINTS];
	uint32_t repeats; /* endings in this tick of requests whose subscriber had asked the same within a minute: not first attempts */
	uint32_t latency[TALLY_LATENCY_BINS]; /* of answers of this tick */
};

/* The sums of one tick over all workers, cells in ascending order of (dimension, procedure, value). Owned by control. */
struct tally {
	nanos start; /* of the tick; a multiple of `length` */
	nanos length;
	const struct tally_cell *cells;
	size_t count;
	uint64_t packets;       /* frames of this tick */
	uint64_t dropped;       /* frames lost before or inside the probe in this tick */
	uint64_t sctp_missing;  /* packets that the probe never saw, as gaps in TSNs and TCP sequences show: an estimate, made at once */
	uint64_t unseen;        /* chunks and segments that were acknowledged and never seen: a direction that the tap does not show */
	uint64_t refused_cells; /* streams for which there was no room */
};

/* Whether control adds the streams of this procedure up as PROCEDURE_REGISTRATION; and those of this dimension. */
bool tally_is_registration(procedure p);
bool tally_has_registration(enum dimension dimension);

/* Order of cells: dimension, then procedure, then value. For qsort and bsearch on struct tally_cell or struct stream_key. */
int stream_key_compare(const void *a, const void *b);

/* The same without a call, for what is asked of every cell of a tick. */
static inline int stream_key_order(const struct stream_key *x, const struct stream_key *y)
{
	if (x->dimension != y->dimension)
		return x->dimension < y->dimension ? -1 : 1;
	if (x->procedure != y->procedure)
		return x->procedure < y->procedure ? -1 : 1;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return 0;
}

#endif
