/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One incident while it is open: what belongs to it, what is known of it. Private to control/incident; owned by control.
 *
 * A case forms at the first page, is announced when its place is stable, and then follows every outcome until it is cleared. `classes`
 * and `procedures` say which outcomes are its failures; `baseline` what of them would happen anyway.
 */
#ifndef SIGCANARY_INCIDENT_CASE_H
#define SIGCANARY_INCIDENT_CASE_H

#include "control/detect/conditions.h"
#include "control/incident/evidence.h"
#include "control/incident/incident.h"
#include "control/incident/place.h"
#include "control/incident/recovery.h"
#include "control/incident/samples.h"
#include "control/incident/subscribers.h"

#define CASE_STREAMS_MAX     512
#define CASE_PROCEDURES      512
#define CASE_USER_CAUSES_MAX 8
#define CASE_CONDITIONS_MAX  16
#define CASE_AGREE           (15 * NANOS_PER_S) /* onsets this close are one fault */
#define CASE_CALM            (60 * NANOS_PER_S) /* this much time before the onset shows what is normal */
#define CASE_CALM_GAP        (1 * NANOS_PER_S)  /* this close to the onset is not calm any more */
#define CASE_RECALLED_PLACE  (30 * NANOS_PER_S) /* after a restart the place stands as it was until so much was seen of it again, */
#define CASE_RECALLED_SOON   (5 * NANOS_PER_S)  /* or this much, when it is not known any more */
#define CASE_BASELINE        0.004              /* share that is refused when nothing is known (DETECTION 3.2) */

enum case_phase { CASE_NONE, CASE_FORMING, CASE_OPEN, CASE_RESTORING };

/* Groups of outcome classes that are judged apart. */
enum case_group { CASE_REFUSED, CASE_SILENT, CASE_USER, CASE_GROUP_COUNT };

struct case_stream {
	struct stream_key key;
	uint8_t evidence;
	bool is_page;
	nanos onset; /* as it was when it joined last */
};

struct case_cause {
	uint32_t cause;
	uint8_t cause_layer;
};

/* What was known of it before the probe was started again; 0 for one that began since. Who it was is not known any more. */
struct case_past {
	uint64_t affected, low, high, recovered, attempts;
};

struct incident {
	enum case_phase phase;
	nanos first_page;  /* end of the tick of the first page */
	nanos first_onset; /* as the detector said */
	nanos onset;       /* as the outcomes say */
	struct case_stream streams[CASE_STREAMS_MAX];
	size_t stream_count;
	bool has_group[CASE_GROUP_COUNT];
	struct case_cause user_causes[CASE_USER_CAUSES_MAX]; /* those that are too frequent; none: every user cause */
	size_t user_cause_count;
	bool has_procedure[CASE_PROCEDURES];
	bool is_failing[CASE_PROCEDURES]; /* of these, the ones that most failures are of: others follow only when they go well */
	bool is_sized[CASE_PROCEDURES];   /* of these, the ones whose failures make an affected subscriber */
	float baseline[CASE_GROUP_COUNT][CASE_PROCEDURES];
	struct stream_key lead; /* its clearest page, and what that stream usually fails */
	enum evidence lead_evidence;
	double lead_baseline;
	double evidence_nats; /* best of the pages: what both statistics exceed their threshold by */
	struct place place;
	bool is_located;
	bool is_by_chance;       /* everybody is hit at random, and whole ranges or nodes are ruled out */
	bool is_wider;           /* procedures or groups joined since everything was counted */
	unsigned int same_place; /* localisations in a row with this place */
	nanos next_location;
	nanos view_from;      /* what is shown of the present begins here: after a wave, only the new one */
	double rate_before;   /* requests a second in the place before the onset; negative: not known */
	double network_share; /* highest share of all requests of a registration procedure that the fault takes */
	struct recovery recovery;
	struct subscribers subscribers;
	double expected_inside; /* failing subscribers that the baseline explains, in the place and outside */
	double expected_outside;
	uint64_t packets, dropped;
	uint64_t attempts;   /* failed since the onset */
	unsigned int waves;  /* came back after it had been better */
	uint32_t facts;      /* beside its failing requests: volume, time, conditions; see kinds.h */
	double silent_share; /* of its failures, when it was announced last */
	bool is_congested;   /* most of them say overload */
	double factor;       /* of a surge: requests by those expected */
	nanos load_seen;     /* last tick in which requests stayed away or stormed */
	bool is_partner;     /* only subscribers of others, or ours with one partner, are hit */
	bool is_abroad;      /* subscribers of several others began to fail together: it is not a partner's */
	struct condition conditions[CASE_CONDITIONS_MAX];
	size_t condition_count;
	nanos first_seen;       /* the first advisory of it */
	struct alarm last;      /* as announced */
	struct place announced; /* its place */
	size_t announced_registrations;
	struct case_past past;
	nanos recalled; /* end of the first tick after a restart in the middle of it; 0: it began since */
	bool is_unseen; /* it was not announced since then */
};

/* Tools of the room that all cases share. */
struct workshop {
	const struct plan *plan;
	struct evidence_ring *evidence;
	struct samples samples;
	incident_name_of name_of;
	void *names;
	const struct incident *others[INCIDENTS_MAX]; /* that are open beside the case that is judged */
	size_t other_count;
};

enum case_group case_group_of(const struct outcome *o);
enum rat case_rat_of(const struct outcome *o);

/* Whether the outcome belongs to a procedure of the case; whether it is one of its failures. */
bool case_counts(const struct incident *c, const struct outcome *o);
bool case_fails(const struct incident *c, const struct outcome *o);

/* Share of requests of that procedure that would fail anyway, in the ways that count. */
double case_baseline(const struct incident *c, procedure p);

/* Whether the outcome lies in the place. */
bool case_is_here(const struct incident *c, const struct outcome *o);

/* A page or an advisory joins. False when there is no room for the stream (the incident stays right, its stream is learned from). */
bool case_join(struct incident *c, const struct suspicion *s);

/*
 * Whether the stream is one of the case, and what is told of it now began with what was told when it joined: a stream that fails for
 * another reason has another onset. Whether its onset agrees with the case's; whether the case explains the failures of a page.
 */
bool case_has_stream(const struct incident *c, const struct suspicion *s);
bool case_agrees(const struct incident *c, nanos onset);

/*
 * After a restart everything that fails seems to have begun with it: whether that is the fault which the case is known for. And whether
 * enough of it was seen to say that it goes on.
 */
bool case_goes_on_with(const struct incident *c, const struct suspicion *s);
bool case_is_seen_again(const struct incident *c);
bool case_explains(const struct incident *c, const struct workshop *w, const struct suspicion *s);

/* Whether a request is one of the failures that the first page is of. */
bool case_led_by(const struct incident *c, const struct outcome *o);

/*
 * Whether requests that really fail stand behind the case: more than its lead usually has, in the last seconds and after `calm_since`. A
 * page from before that is left over from an incident that was cleared; it must fail as clearly since then as a new one.
 */
bool case_is_supported(const struct incident *c, const struct workshop *w, nanos calm_since, nanos now);

/* The streams of a forming case go over to the one that explains it. */
void case_absorb(struct incident *host, const struct incident *forming);

/* What is normal, from the outcomes before the onset. */
void case_learn_baseline(struct incident *c, const struct workshop *w);

/* The same where nothing is known. */
void case_presume_baseline(struct incident *c);
bool case_is_presumed(const struct incident *c, procedure p);

/* Which user causes are failures of the incident, because they are more frequent than before. */
void case_learn_user_causes(struct incident *c, const struct workshop *w);

/* Nats by which x failures of n exceed a usual share; 0 when they do not. */
double excess_nats(double n, double x, double usual);

/*
 * Of all INCIDENTS_MAX cases: whether one forms, of which is not known yet what it is about, so that it might be taken for a part of an old
 * one; and, for the workshop, those open beside `c` whose places are not everywhere.
 */
bool cases_are_forming(const struct incident *cases);
void case_others_find(const struct incident *c, const struct incident *cases, struct workshop *w);

/* Finds the place anew, and the onset, the procedures and classes while the incident is young. Counts everything again when it moved. */
void case_locate(struct incident *c, struct workshop *w, nanos now);

/* Follows one outcome, and what it changed. */
void case_follow(struct incident *c, const struct evidence_step *step);

/* Counts everything anew from the records that are left. */
void case_recount(struct incident *c, const struct workshop *w, nanos now);

/* Distinct subscribers hit, and of these recovered. */
struct case_size {
	double estimate, low, high;
	double recovered;
};
struct case_size case_size(const struct incident *c);

/* Registration procedures among those that fail: what an operator wants to hear of when it grows. */
size_t case_registrations(const struct incident *c);

/* What looks like a recovery is none: the failing requests are not made any more, and who failed has not been seen successful. */
bool case_is_given_up(const struct incident *c);

/* Clearly fewer requests are made than before, beyond chance. */
bool case_is_quiet(const struct incident *c);

/* Whether the first announcement has waited long enough for its place; whether what was announced last is not what is known now. */
bool case_is_ripe(const struct incident *c, nanos now);
bool case_has_changed(const struct incident *c, const struct workshop *w, nanos now);

/* Fills an alarm with what is known now, words included. */
void case_announce(struct incident *c, struct workshop *w, enum incident_state state, nanos now);

/* What it is called. */
enum incident_kind case_kind(const struct incident *c);

/* Whether it is a partner's matter: only its subscribers, or ours with it, are hit. */
bool case_is_partner(const struct incident *c, const struct workshop *w);

/* Severity now, never lower than it was. */
enum incident_severity case_severity(const struct incident *c, const struct workshop *w, double affected, nanos now);

/*
 * Whether evidence that is no share of requests, or a condition, belongs to the case; and what it adds. That requests stay away or storm
 * keeps every case open of whose place they are, whichever takes it.
 */
bool case_takes_suspicion(struct incident *c, const struct suspicion *s, nanos now);
void case_sees_load(struct incident *c, const struct suspicion *s, nanos now);
bool case_takes_condition(struct incident *c, const struct condition *condition);

/* Whether the load is still not what it was: requests stay away, or storm. */
bool case_is_loaded(const struct incident *c, nanos now);

#endif
