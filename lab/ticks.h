/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulated operator without packets: the tallies of hours, days and months, as the detector would see them.
 *
 * Requests are drawn one by one, each with its range, nodes, bucket and so on, so that all dimensions, checkpoints and latencies of a tally
 * agree with each other. The stories are those of scenario.h, in real length, and "month", which has a table of its own (ticks_month.c).
 * Same options, same tallies. One thread; memory is taken at lab_ticks_open() and grows with what is under way.
 */
#ifndef SIGCANARY_LAB_TICKS_H
#define SIGCANARY_LAB_TICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/plan.h"
#include "dataplane/node.h"
#include "dataplane/notice.h"
#include "dataplane/outcome.h"
#include "dataplane/tally.h"
#include "lab/lab.h"
#include "lab/procedure.h"

#define LAB_TICKS_FAULTS_MAX 64
#define LAB_TICKS_PLACES_MAX 96

/* How many streams there are. */
enum lab_ticks_size {
	LAB_TICKS_USUAL,  /* stories: all procedures in the network of the packet lab; "fault": MEDIUM; "month": SMALL */
	LAB_TICKS_SMALL,  /* one procedure (s6a.ulr), 500 ranges, 16 front ends, 20 clients, 150 partners: about 1,000 streams */
	LAB_TICKS_MEDIUM, /* registration and its cancellations, 100 ranges, 8 front ends, 8 clients, 40 partners: about 4,500 */
	LAB_TICKS_LARGE   /* all procedures, 500 ranges, 16 front ends, 20 clients of each kind, 150 partners: about 17,000 */
};

/* A fault of the packet lab, and what only ticks can do. Times are seconds from the start. */
struct lab_ticks_fault {
	struct lab_fault fault;
	uint64_t buckets;             /* bit per hash bucket that it hits; 0: all */
	unsigned int digit;           /* 1 + the last digit of the IMSIs that it hits; 0: all */
	double flap_on_s, flap_off_s; /* it comes and goes; 0: it stays */
	double burst_per_s;           /* so many requests of its procedures besides the usual ones, whoever makes them */
	unsigned int only_route;      /* 1 or 2: only what goes by way of that relay */
	bool is_unseen;               /* the tap does not show the answers; the network is well */
	enum lab_demand demand;       /* what must be said about it; scenarios say it by their expectations */
	double open_until_s;          /* and must not be taken back before; 0: no matter */
	bool is_change;               /* legitimate: no fault at all */
};

struct lab_ticks_options {
	const char *scenario;
	double seconds; /* below 0: the onset and the story's own length; 30 days for "month" */
	double onset_s; /* below 0: an hour, or a third of a run that is shorter than three hours */
	double rate;    /* requests per second, mean of a working day, all procedures together, before retries (month 300, else 150) */
	double user_rejects;
	double subscribers;
	uint64_t seed;
	nanos tick;          /* 0: 1 s for "month", else 200 ms */
	nanos start;         /* epoch; 0: a Monday at midnight for "month", else LAB_EPOCH, a Wednesday at noon */
	uint32_t procedures; /* LAB_SET(...); 0: as the size and the story want them */
	enum lab_ticks_size size;
	double noise;         /* of all that is not Poisson's: 1 as usual, 0 none */
	double blips_a_day;   /* short failures of one front end: 16 */
	bool without_changes; /* "month" with its seasons and its noise only */
	struct lab_ticks_fault faults[LAB_TICKS_FAULTS_MAX];
	size_t fault_count;
};

struct lab_ticks;

void lab_ticks_options_default(struct lab_ticks_options *ret);

/*
 * "SCOPE:EFFECT:NUMBER": what lab_fault_parse() reads, and the scopes "bucket=N", "bucket=N-M", "digit=D" (the last one of the IMSI), and
 * the effects "volume", "storm" (the same again and again) and "slow", whose number is a factor. It must page, unless it is a partner's.
 * False and a sentence when it cannot be understood.
 */
bool lab_ticks_fault_parse(const char *text, struct lab_ticks_fault *ret, char error[LAB_ERROR_MAX]);

/* Share, volume and latency grow from nothing to their end along a straight line. */
void lab_ticks_fault_ramp(struct lab_ticks_fault *f, double ramp_s);

/* "map.updateLocation,s6a.ulr" as LAB_SET(...). */
bool lab_ticks_procedures_parse(const char *names, uint32_t *ret, char error[LAB_ERROR_MAX]);

/* NULL and a sentence in `error` when an option makes no sense (errno EINVAL) or memory is short (ENOMEM). */
struct lab_ticks *lab_ticks_open(const struct lab_ticks_options *options, char error[LAB_ERROR_MAX]);
void lab_ticks_close(struct lab_ticks *l);

/* The next tick, its cells in their order and without empty ones, valid until the next call; false at the end of the run. */
bool lab_ticks_next(struct lab_ticks *l, struct tally *ret);

/* The share of the run that is over, 0 to 1; below 1 after lab_ticks_next() said false: there was no memory. */
double lab_ticks_done(const struct lab_ticks *l);

/* What the network said in the tick that was returned last, in order of time. */
struct lab_ticks_notice {
	nanos time;
	enum notice_kind kind;
	node client, server; /* as in notice.h */
	uint16_t degree;     /* `tries` of the outcome */
};
const struct lab_ticks_notice *lab_ticks_notices(const struct lab_ticks *l, size_t *ret_count);

/* The same as the outcome by which a live probe tells control of it. */
struct outcome lab_ticks_notice_outcome(const struct lab_ticks_notice *n);

/* An incident_name_of; `l` is the struct lab_ticks. */
const char *lab_ticks_name(void *l, node host);

/* Sets segments, calendar, network and tick of `plan`; what they point to lives as long as `l`. */
void lab_ticks_plan(const struct lab_ticks *l, struct plan *plan);

/* A value of a dimension that a fault fills: the finest ones, and those that stand for all of them. */
struct lab_ticks_place {
	uint64_t value;
	uint8_t dimension; /* enum dimension */
};

/* What really happens, as planned at lab_ticks_open(): faults first, then legitimate changes and blips. Times are epoch. */
struct lab_ticks_truth {
	char words[96];
	bool is_change;
	enum lab_demand demand;
	nanos onset, until; /* `until`: the last effect, recovery included */
	enum lab_scope scope;
	enum lab_effect effect;
	unsigned int number; /* of its node or partner, from 1; 0 none or all */
	double share;        /* at its worst */
	bool changes_volume;
	double volume, latency; /* times this */
	uint32_t procedures;    /* LAB_SET(...), 0: all */
	struct lab_ticks_place places[LAB_TICKS_PLACES_MAX];
	size_t place_count; /* 0: everywhere */
	bool is_scattered;  /* a share of the subscribers at random: no place but everywhere is right */
	bool is_blip;
};
const struct lab_ticks_truth *lab_ticks_truth(const struct lab_ticks *l, size_t *ret_count);

/* The expectations of the story, times in seconds after the onset; NULL for those without. */
const struct lab_expectation *lab_ticks_expectations(const struct lab_ticks *l, size_t *ret_count);
/* When the story begins. */
nanos lab_ticks_onset(const struct lab_ticks *l);

/* FILE.truth.json, docs/formats.md. Complete after lab_ticks_next() said false. Returns 0 or a negative errno. */
int lab_ticks_truth_write(const struct lab_ticks *l, const char *path);

/* `sigcanary lab ... --ticks-only`; argv[0] is the command's name. Returns the exit code of CONTRACT. */
int lab_ticks_command(int argc, char **argv);

#endif
