/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An incident that streams and conditions alone tell of: recorded ticks, requests that stay away or storm, answers that come slowly or
 * late, peers and routes that are gone, and advisories that neither page nor fade. Private to control/incident; owned by control.
 *
 * Where outcomes are told, failing requests are a case (case.h) and not a finding; a finding that belongs to a case gives its facts to it.
 */
#ifndef SIGCANARY_INCIDENT_FINDING_H
#define SIGCANARY_INCIDENT_FINDING_H

#include "control/detect/conditions.h"
#include "control/incident/gauge.h"
#include "control/incident/kinds.h"
#include "control/incident/ledger.h"
#include "control/incident/place.h"
#include "control/incident/sums.h"

#define FINDING_STREAMS_MAX    256
#define FINDING_CONDITIONS_MAX 16
#define FINDING_ROWS_MAX       512
#define FINDING_AGREE          (15 * NANOS_PER_S) /* onsets this close are one fault */

enum finding_phase { FINDING_NONE, FINDING_FORMING, FINDING_OPEN, FINDING_RESTORING };

struct finding_stream {
	struct suspicion last; /* as it was told last */
	nanos seen;            /* that was; the end of its tick */
	bool is_page;          /* once */
	double weight;         /* most failures beyond the usual */
	double share;          /* what the fault takes of it, smoothed over some seconds more */
	double peak;
};

struct finding {
	enum finding_phase phase;
	nanos first_seen, first_page; /* ends of ticks; first_page 0: only advisories */
	nanos first_onset, onset;
	nanos calm_from; /* what is usual is not read before this: another incident runs since then; 0: none */
	nanos last_seen; /* last tick in which anything was suspicious */
	struct finding_stream streams[FINDING_STREAMS_MAX];
	size_t stream_count;
	size_t lead;
	struct condition conditions[FINDING_CONDITIONS_MAX];
	size_t condition_count;
	uint32_t facts;
	bool has_procedure[SUMS_PROCEDURES];
	struct place place, announced;
	bool is_located;
	unsigned int same_place;
	nanos next_location;
	struct gauge gauge;
	double requests, failed, expected, repeats; /* of the place since the onset, or as far back as is held */
	double network_share;
	size_t rows[FINDING_ROWS_MAX]; /* of the ledger: the streams that bind the place */
	size_t row_count;
	double usual_share, fault_share; /* of their requests */
	double present_share;            /* that fails now */
	bool is_partner;                 /* by whose requests fail */
	double rate_before;              /* requests a second in the lead stream before the onset; negative: not known */
	double peak_rate;                /* failing requests a second */
	struct ledger_sum *calm;         /* of the ledger's rows, as it was before; taken when the finding opens, NULL before. Owned. */
	size_t calm_count;
	struct stream_key suspects[FINDING_STREAMS_MAX]; /* of the last question */
	struct alarm last;
	nanos recalled; /* end of the first tick after a restart in the middle of it; 0: it began since */
	bool is_unseen; /* it was not announced since then */
};

/* What the room lends to a finding. */
struct finding_tools {
	const struct plan *plan;
	const struct ledger *ledger;
	struct sums *sums;
	struct detector *detector;
	incident_name_of name_of;
	void *names;
	const struct place *others[SUMS_OTHERS_MAX]; /* of the finding that is asked, see sums.h */
	size_t other_count;
	nanos earlier, later; /* onsets of others clearly before and behind the one that is asked, the nearest; 0: none */
	nanos now, tick;
};

void finding_begin(struct finding *f, nanos onset, nanos now);

/* It is announced: what was calm before is kept, since the ledger forgets it after a quarter of an hour. And its end. */
void finding_open(struct finding *f, const struct finding_tools *t);
void finding_end(struct finding *f);

/* After a restart: it is watched from now on. And whether something of it was seen since then that was not told yet. */
void finding_resume(struct finding *f, nanos now);
bool finding_is_seen_again(const struct finding *f, nanos now);

/* A suspicion or a condition of this tick. */
void finding_take(struct finding *f, const struct suspicion *s, nanos now);
void finding_take_condition(struct finding *f, const struct condition *c, nanos now);

/* What it is called. */
enum incident_kind finding_kind(const struct finding *f);

/* Whether a peer that is said to be gone still says what others are: it lives, and one connection of it has ended. */
bool finding_is_sayer(const struct finding *f, const struct condition *c);

/* Whether the stream is one of it, and what is told of it is what was told: one that fails for another reason has another onset. */
bool finding_has_stream(const struct finding *f, const struct suspicion *s, const struct finding_tools *t);
bool finding_has_condition(const struct finding *f, const struct condition *c);

/* Whether the suspicion began with the finding, or is explained by what it is about. */
bool finding_agrees(const struct finding *f, const struct suspicion *s, const struct finding_tools *t);
bool finding_contains(const struct finding *f, const struct suspicion *s, const struct finding_tools *t); /* by name */
bool finding_explains(const struct finding *f, const struct suspicion *s, const struct finding_tools *t);

/* The rows of the detector whose ticks must not be learned. */
void finding_hold(const struct finding *f, struct detector *d);

/* Finds the place, the onset and the sizes anew. */
void finding_locate(struct finding *f, const struct finding_tools *t);

/* Takes the tick into the gauge: how much of the fault is left. */
void finding_measure(struct finding *f, const struct finding_tools *t);

/* Whether it is told by shares of requests, and so by the ledger. */
bool finding_has_shares(const struct finding *f);
/* The question to the ledger about its streams. */
struct sums_question finding_question(const struct finding *f, const struct finding_tools *t);

/* Whether anything of it is still suspicious; whether what is there is more than an echo of what has ended. */
bool finding_is_live(const struct finding *f, nanos now);
bool finding_is_fresh(const struct finding *f, const struct finding_tools *t);

/* Whether requests that really fail stand behind it, by the last localisation. */
bool finding_is_proven(const struct finding *f);

/* Requests have become so few that their good ones prove nothing. */
bool finding_is_quiet(const struct finding *f, const struct finding_tools *t);

/* Whether a place is confined to a roaming partner or to subscribers of others. */
bool place_is_partner(const struct place *place, const struct plan *plan);
bool finding_is_partner(const struct finding *f, const struct plan *plan);

/* Severity now, and the alarm with everything in it. */
enum incident_severity finding_severity(const struct finding *f, const struct finding_tools *t);
void finding_announce(struct finding *f, const struct finding_tools *t, enum incident_state state);

#endif
