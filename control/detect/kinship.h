/* SPDX-License-Identifier: BSD-3-Clause */
/* How alike the streams of one dimension are: what their parent's share is worth to those that are little known. Owned by the detector. */
#ifndef SIGCANARY_DETECT_KINSHIP_H
#define SIGCANARY_DETECT_KINSHIP_H

#include "control/detect/streams.h"

struct kinship;

/* NULL when there is no memory. */
struct kinship *kinship_new(void);
void kinship_free(struct kinship *k);

/* Measures all streams and tells each (baseline.kinship). Some milliseconds for ten thousand streams: once a minute. */
void kinship_measure(struct kinship *k, struct streams *streams);

#endif
