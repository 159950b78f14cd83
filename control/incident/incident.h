/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of an incident: suspicions and outcomes in, one alarm with a place, a size and a sentence out, until it is cleared.
 *
 * One fault is one incident: suspicions that begin together or fail the same subscribers join. The place is found by likelihood over
 * number prefixes, segments, nodes and their pairs with procedures, from the outcomes of the last minutes. Owned by control; time is the
 * tally's.
 */
#ifndef SIGCANARY_INCIDENT_H
#define SIGCANARY_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/plan.h"
#include "control/detect/detect.h"
#include "dataplane/outcome.h"
#include "dataplane/tally.h"

enum incident_state { INCIDENT_RAISED, INCIDENT_CHANGED, INCIDENT_RESTORING, INCIDENT_CLEARED };
enum incident_severity { SEVERITY_CLEARED, SEVERITY_WARNING, SEVERITY_MINOR, SEVERITY_MAJOR, SEVERITY_CRITICAL };
enum incident_kind {
	INCIDENT_REJECT_RATIO,
	INCIDENT_NO_ANSWER,
	INCIDENT_VOLUME_DROP,
	INCIDENT_STORM,
	INCIDENT_LATENCY,
	INCIDENT_ROUTE_UNAVAILABLE,
	INCIDENT_PEER_DOWN,
	INCIDENT_NODE_RESTART,
	INCIDENT_MASS_DEREGISTRATION,
	INCIDENT_PROBE_BLIND, /* an operations alarm: the probe does not see, the network may be well */
	INCIDENT_KIND_COUNT
};

#define INCIDENT_PREFIXES_MAX   256
#define INCIDENT_NODES_MAX      8
#define INCIDENT_CAUSES_MAX     8
#define INCIDENT_EXAMPLES_MAX   10
#define INCIDENT_PROCEDURES_MAX 32
#define INCIDENT_SUMMARY_MAX    512
#define INCIDENT_STREAMS_MAX    16
#define INCIDENT_DETAILS_MAX    8
#define INCIDENT_DETAIL_MAX     256
#define INCIDENT_SET_MAX        64
#define INCIDENTS_MAX           8 /* open at once; further faults are counted, see incidents_refused() */

struct incident_node {
	node node;
	bool is_server; /* else client */
};

struct incident_cause {
	uint32_t cause;
	uint8_t cause_layer; /* CAUSE_TIMEOUT for silence */
	double share;        /* of the failures */
};

/* What the number of affected subscribers stands on. */
enum incident_basis {
	BASIS_SUBSCRIBERS, /* distinct ones that failed */
	BASIS_REQUESTS,    /* nobody is named: failed requests beyond the usual, repeats taken off */
	BASIS_NONE,        /* nothing fails that could be counted */
};

/* An alarm as it is announced: everything CONTRACT.md names, as numbers. A copy, complete in itself. */
struct alarm {
	char alarm_id[20]; /* TS 28.532: a function of network, kind and first place, the same for every probe; "": made when written */
	char id[24];       /* "2012-0711-0001": date of the onset and a running number of that day */
	nanos time;        /* of this announcement */
	nanos onset;
	nanos detected;
	enum incident_state state;
	enum incident_severity severity; /* SEVERITY_CLEARED when cleared */
	enum incident_severity worst;
	enum incident_kind kind;
	char summary[INCIDENT_SUMMARY_MAX];
	char repair[INCIDENT_SUMMARY_MAX]; /* what to look at next */
	procedure procedures[INCIDENT_PROCEDURES_MAX];
	size_t procedure_count;
	uint8_t services;                       /* bits of enum service */
	uint16_t rats;                          /* bit per enum rat */
	uint64_t segments;                      /* configured segments that are hit */
	digits prefixes[INCIDENT_PREFIXES_MAX]; /* smallest covering set; none when all fail alike */
	size_t prefix_count;
	struct incident_node nodes[INCIDENT_NODES_MAX];
	size_t node_count;
	double baseline_ratio;
	double observed_ratio;
	double false_alarm_odds; /* false pages this unlikely to expect in plan->detection.page_interval_s, see announce.c */
	uint64_t affected, affected_low, affected_high; /* distinct subscribers */
	uint64_t recovered;                             /* of these, seen successful again */
	double recovered_percent;
	double eta_s;                 /* negative: not known */
	double eta_low_s, eta_high_s; /* the interval around it: a straight line and a decay */
	struct incident_cause causes[INCIDENT_CAUSES_MAX];
	size_t cause_count;
	uint64_t requests, failed; /* in the window */
	double window_s;
	double sticky; /* share of failing subscribers whose next attempt failed too; negative: not known */
	struct outcome examples[INCIDENT_EXAMPLES_MAX];
	size_t example_count;
	enum incident_basis basis;
	uint64_t seen;                  /* of the affected, those that really failed: the least it can be */
	uint64_t projected;             /* if those that have not tried yet fail like the others; 0: not known */
	uint64_t upper;                 /* the most it can be; 0: not known */
	uint64_t attempts;              /* failed requests since the onset: many of one subscriber */
	double restored_rat[RAT_COUNT]; /* percent; negative: not known */
	double restored_segment[PLAN_SEGMENTS_MAX];
	struct stream_key streams[INCIDENT_STREAMS_MAX]; /* that show it, clearest first; only where no outcomes are told */
	size_t stream_count;
	uint8_t set_dimension; /* a further description of the place: values of this dimension; DIMENSION_ALL: none */
	uint64_t set[INCIDENT_SET_MAX];
	size_t set_count;
	double factor;               /* of volume: requests by those expected; 0: not the matter */
	double slow_s, slow_usual_s; /* of latency: 95 % of answers come within; 0: not the matter */
	bool is_partner;             /* confined to a roaming partner or to subscribers of others */
	bool is_maintained;          /* announced work covers it */
	bool is_statutory;           /* so many for so long that the law asks for a report */
	bool is_flapping;            /* it came back three times within ten minutes */
	char earlier[24];            /* id of an incident of the same place that ended shortly before; "": none */
	char precursor[24];          /* id of a smaller one of the same place in the last weeks; "": none */
	char precursor_words[INCIDENT_DETAIL_MAX];
	node blind[4]; /* whom the probe does not see */
	size_t blind_count;
	char details[INCIDENT_DETAILS_MAX][INCIDENT_DETAIL_MAX]; /* what, for whom, where, since when, how sure, what next */
	size_t detail_count;
	uint64_t packets_dropped;
	double loss_estimate;
	enum { TREND_MORE_SEVERE, TREND_NO_CHANGE, TREND_LESS_SEVERE } trend;
};

/* Who can tell the text of a NODE_HOST: the name tables of the workers, asked through this. */
typedef const char *(*incident_name_of)(void *names, node host);

struct incidents;

struct incidents *incidents_new(const struct plan *plan, struct detector *detector, incident_name_of name_of, void *names);
void incidents_free(struct incidents *i);
void incidents_plan(struct incidents *i, const struct plan *plan);

/* One outcome, in order of its clock; before the tick it belongs to is judged. */
void incidents_outcome(struct incidents *i, const struct outcome *outcome);

/* The conditions at the end of the tick that is judged next (conditions_tick()); valid until incidents_tick() returns. */
struct condition;
void incidents_conditions(struct incidents *i, const struct condition *conditions, size_t count);

/*
 * Judges one tick: `suspicions` are those of detector_tick() for `tally`. Returns the alarms to announce now (often none), valid until the
 * next call.
 */
const struct alarm *incidents_tick(struct incidents *i, const struct tally *tally, const struct suspicion *suspicions, size_t count,
				   size_t *ret_count);

/* Alarms that are open now, newest last, as they were last announced. */
size_t incidents_open(const struct incidents *i, const struct alarm **ret);

/*
 * Over a restart: what is known of an open incident as text, that the caller frees (NULL: none of that id is open, or no memory); and such
 * a text taken in again, before the first outcome and the first tick. False when it is not whole, is another program's, or finds no room.
 */
char *incidents_remember(const struct incidents *i, const char *id);
bool incidents_recall(struct incidents *i, const char *text);
/* That id was given before the restart; no other incident gets it. */
void incidents_know(struct incidents *i, const char *id);
/* The text of a host that only recalled incidents know; NULL: not known. Any thread, once everything is recalled. */
const char *incidents_recalled_name(const struct incidents *i, node host);
/* What the network had said of itself, as far as recalled incidents are about it. */
size_t incidents_recalled_conditions(const struct incidents *i, const struct condition **ret);

/* Faults that found no room because INCIDENTS_MAX incidents were open. */
uint64_t incidents_refused(const struct incidents *i);

#endif
