/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is usual for one stream: learned late, only from quiet times, and shrunk towards the whole procedure while it is little.
 *
 * The parent of a stream is the stream of everything (DIMENSION_ALL) of its procedure; that one's parent is NULL.
 */
#ifndef SIGCANARY_DETECT_BASELINE_H
#define SIGCANARY_DETECT_BASELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "control/detect/detect.h"
#include "control/detect/sequential.h"
#include "control/detect/survival.h"

#define BASELINE_ANSWER_KINDS 3 /* EVIDENCE_NETWORK, EVIDENCE_USER, and EVIDENCE_MISSING where only timeouts tell of it */
#define BASELINE_LESSONS      8

/* Ticks heard and not yet believed. */
struct lesson {
	int64_t first, last;
	struct counts counts;
};

/*
 * What follows from a baseline and its parent's, kept because it changes only when one of them learns, every some seconds, and is asked at
 * every tick: working it out anew took a quarter of the detector's time.
 */
struct baseline_answer {
	double expected, worst;
	uint32_t own, parent; /* versions of both */
	bool is_young, is_known, is_made;
	bool is_broken; /* it failed from its beginning, more than is believed */
};

struct baseline_stay {
	double stay[TALLY_CHECKPOINTS];
	uint32_t own, parent;
	uint8_t checkpoints;
	bool is_known, is_made;
};

struct baseline {
	double answers[BASELINE_ANSWER_KINDS]; /* decayed; weighted by the level that held then */
	double failed[BASELINE_ANSWER_KINDS];
	double at_risk[TALLY_CHECKPOINTS];
	double pending[TALLY_CHECKPOINTS];
	double level[BASELINE_ANSWER_KINDS];  /* today against the days; the parent's counts for its streams */
	double season[BASELINE_ANSWER_KINDS]; /* this hour against the others, as the level; set by the detector */
	float kinship[BASELINE_ANSWER_KINDS]; /* requests that the parent's share is worth; 0: as the dimension usually has it */
	double learned_s;                     /* of quiet time */
	int64_t born;
	int64_t learned; /* tick to which the sums are decayed */
	int64_t tainted; /* last tick that must not be learned */
	struct lesson lessons[BASELINE_LESSONS];
	struct baseline_answer answer[BASELINE_ANSWER_KINDS];
	struct baseline_stay stay;
	uint32_t version; /* changes when what follows from it does */
	uint8_t oldest, lesson_count;
};

/* How far counts of failures stray: sums over streams, and ticks or stretches of them. */
struct unevenness {
	double beyond_binomial; /* (failed - expected)^2 less what a binomial law has, times the ticks that were added up */
	double square;          /* expected^2 */
	double doubt;           /* variance of the first, were the law binomial */
};

/*
 * How uneven the failures of one dimension come. Over single ticks, against what is expected; and over stretches of some seconds, against
 * the stretch before, so that what creeps or follows the hour is not in it. Where ticks stray together stretches are more uneven than ticks
 * without a memory would make them, and a tick is worth less than it seems.
 */
struct dispersion {
	struct unevenness tick, stretch;
};

/* Ticks of one stream that are added up before they are looked at, and those before them. */
struct stretch {
	int64_t number; /* of the stretch, in stretches */
	struct measure sum, before;
	double ticks; /* with evidence, of the sum */
};

struct season_clock;
struct season_share;

void baseline_start(struct baseline *b, int64_t now);

/*
 * What a parent needs besides: the season of its procedure, that is learned with it and gives it `season`. For parents only, before they
 * hear and some times a minute.
 */
void baseline_season(struct baseline *b, const struct season_share *season, const struct season_clock *clock);

/* How learning goes. */
struct baseline_turn {
	int64_t now;
	double tick_s;
	bool is_moving;              /* the mix is moving: the past fades within minutes */
	struct season_share *season; /* of the procedure, for parents; may be NULL */
	const struct season_clock *clock;
};

/* A tick with traffic. Learns what has come of age meanwhile; what is tainted here or in the parent is dropped. */
void baseline_hear(struct baseline *b, const struct baseline *parent, const struct counts *counts, const struct baseline_turn *turn);

/* Nothing up to and including this tick that is not learned yet will be. */
void baseline_taint(struct baseline *b, int64_t now);

/* Seconds since the stream was first seen. */
double baseline_age_s(const struct baseline *b, int64_t now, double tick_s);

/*
 * The expected share of failures among answers and the worst mean that is still healthy. `is_young` doubles the allowance for what has not
 * been seen of the day. False when nothing can be said: too little known of this stream, or it fails nearly always.
 */
bool baseline_ratio(struct baseline *b, const struct baseline *parent, enum dimension dimension, enum evidence evidence, bool is_young,
		    double *ret_expected, double *ret_worst);

/* The expected share alone, also where too little is known to judge by it. */
double baseline_share(struct baseline *b, const struct baseline *parent, enum dimension dimension, enum evidence evidence, bool is_young);

/* Whether it has failed from its beginning so often that it is not taken for its habit; never for a kind of failure that may be one. */
bool baseline_is_broken(const struct baseline *b, enum evidence evidence);

/* How many requests the parent's share is worth to streams of a dimension, before they have shown how much they differ. */
double baseline_kinship(enum dimension dimension, enum evidence evidence);

/* What healthy failures may come to when `surplus` of the answers fail besides because of who is in them. */
double baseline_worst_with(double worst, double surplus, enum evidence evidence, bool is_young);

/* The chances of staying open; `ret_survival->checkpoints` is set before. False as above. */
bool baseline_survival(struct baseline *b, const struct baseline *parent, struct survival *ret_survival);

/* One tick of one stream. `stretch` is the stream's own and has been zero in the beginning. */
void dispersion_see(struct dispersion *d, struct stretch *stretch, const struct measure *measure, int64_t now, double tick_s);
void dispersion_decay(struct dispersion *d, double seconds);

/* alpha + beta of the beta-binomial law with that mean. */
double dispersion_precision(const struct dispersion *d, double mean);

#endif
