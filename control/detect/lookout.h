/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A watch whose time goes in bins: bins leave out what the probe did not see, so the moment of the onset is kept beside its number.
 */
#ifndef SIGCANARY_DETECT_LOOKOUT_H
#define SIGCANARY_DETECT_LOOKOUT_H

#include "control/detect/detect.h"
#include "control/detect/watch.h"

#define LOOKOUT_BINS 1024 /* remembered */

/* The bins of late. */
struct bins {
	nanos start[LOOKOUT_BINS]; /* of bin `now`, of the one before ... */
	int64_t now;               /* number of the bin that has just ended */
	double seconds;            /* its length */
};

struct lookout {
	struct watch watch;
	int64_t dated; /* bin of the onset for which `onset` was found */
	nanos onset;
};

/* One bin's evidence. The gains are those of the two statistics; `back` is the gain of "as before" against "a part is still there". */
struct lookout_bin {
	double gain_r[SEQUENTIAL_GRID], gain_b[SEQUENTIAL_GRID];
	double back;
	struct measure measure;
};

/* Takes the bin in; `rules` as in watch.h, its tick is set here. */
void lookout_judge(struct lookout *l, const struct bins *bins, struct watch_rules *rules, const struct lookout_bin *bin);

void lookout_reset(struct lookout *l);

/* What there is to say; stream, evidence and thresholds are the caller's. False when it is not open. */
bool lookout_report(const struct lookout *l, struct suspicion *ret);

/* Seconds since it opened. */
double lookout_open_s(const struct lookout *l, const struct bins *bins);

#endif
