/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What operators read about an incident: every sentence of the room stands in words.c.
 * Pure functions; texts are cut at the end of their buffer, never beyond.
 */
#ifndef SIGCANARY_INCIDENT_WORDS_H
#define SIGCANARY_INCIDENT_WORDS_H

#include "control/incident/incident.h"
#include "control/incident/place.h"

struct condition;

#define WORDS_NODE_MAX 160

/* Who knows names. */
struct words_names {
	const struct plan *plan;
	incident_name_of name_of;
	void *names;
};

/* What an alarm does not hold but its sentence needs. */
struct words_facts {
	const struct place *place;
	double share;                             /* of the requests in the place that fail */
	double restored[RAT_COUNT];               /* percent; negative: not known */
	procedure still[INCIDENT_PROCEDURES_MAX]; /* of the alarm's procedures, those that are not well yet; none: not told apart */
	size_t still_count;
	double still_share; /* of the requests of these that fail */
	bool is_unnamed;    /* nothing that failed said whose it is */
	bool is_given_up;   /* requests stay away although nothing is repaired */
	nanos good_since;   /* 0: not */
	nanos recalled;     /* since when the probe sees it again after a restart; 0: it saw all of it */
	bool is_counted;    /* known from counts of requests, not from requests */
	uint32_t facts;     /* see kinds.h; 0: the causes say it */
	const struct condition *conditions;
	size_t condition_count;
};

/* The identity of a node: digits, "pc:N", a host's name, an IP address. */
void words_node_id(const struct words_names *names, node n, char text[WORDS_NODE_MAX]);

/* What the plan says of the node of that identity; NULL when it says nothing. */
const struct plan_node *words_node_known(const struct words_names *names, node n, const char *id);

/* The same with the operator's own name before it: "HLR Slough 1 (447802000001)". */
void words_node(const struct words_names *names, node n, char text[WORDS_NODE_MAX]);

/* "systemFailure", else "map-error:34"; "no answer" for silence. */
void words_cause(const struct incident_cause *cause, char text[WORDS_NODE_MAX]);

/* "HH:MM:SS" of UTC. */
void words_time(nanos t, char text[16]);

/* A radio access for people: "2G/3G calls and texts"; "" for RAT_NONE. */
const char *words_rat(enum rat rat);

/* The sentence about what is the matter, and the next step. */
void words_summary(const struct words_names *names, const struct alarm *a, const struct words_facts *f, char text[INCIDENT_SUMMARY_MAX]);
void words_repair(const struct words_names *names, const struct alarm *a, const struct words_facts *f, char text[INCIDENT_SUMMARY_MAX]);

/* What, for whom, where, since when, how sure, what was before: a sentence each. */
void words_details(const struct words_names *names, const struct alarm *a, const struct words_facts *f,
		   char texts[INCIDENT_DETAILS_MAX][INCIDENT_DETAIL_MAX], size_t *ret_count);

/* Whether it says that the probe sees nothing at all: of no node, but of the tap. */
bool words_is_dark(const struct alarm *a);

/* A stream as tick files call it: "s6a.ulr/server=hss1", "registration"; its own text where others named it. */
#define WORDS_STREAM_MAX 320
void words_stream(const struct words_names *names, const struct stream_key *key, char text[WORDS_STREAM_MAX]);

/* The alarmId of TS 28.532: of network, kind and place alone. */
void words_alarm_id(const struct words_names *names, const struct alarm *a, char text[20]);

#endif
