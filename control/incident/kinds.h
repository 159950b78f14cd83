/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is known of an incident as a few facts, and from them its kind and its severity: tables, so that they can be read and tested as
 * such. Pure functions.
 */
#ifndef SIGCANARY_INCIDENT_KINDS_H
#define SIGCANARY_INCIDENT_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "control/detect/conditions.h"
#include "control/detect/detect.h"
#include "control/incident/incident.h"

enum fact {
	FACT_REFUSED,        /* refusals by the network beyond the usual */
	FACT_SILENT,         /* requests without an answer */
	FACT_USER,           /* refusals for the subscriber's own reasons beyond the usual */
	FACT_CONGESTED,      /* most refusals say overload */
	FACT_DROP,           /* requests stay away */
	FACT_SURGE,          /* more requests than usual */
	FACT_SURGE_GREAT,    /* more than three times as many */
	FACT_REPEATS,        /* subscribers ask again and again */
	FACT_SLOW,           /* answers take longer */
	FACT_LATE,           /* answers come after the requester has given up */
	FACT_CHAIN,          /* the next step does not follow */
	FACT_SCATTER,        /* a little in many streams */
	FACT_DEREGISTRATION, /* far more location cancellations and purges than usual */
	FACT_PEER_DOWN,
	FACT_ROUTE_DOWN,
	FACT_RESTART,
	FACT_BLIND,
	FACT_COUNT
};

#define FACT_BIT(fact) (UINT32_C(1) << (fact))

/* Facts of one suspicion; of one condition; 0 when it says none. */
uint32_t facts_of_suspicion(const struct suspicion *s);
uint32_t facts_of_condition(const struct condition *c);

/* What the facts together are called: the first row of the table whose facts are all there. */
enum incident_kind kind_of_facts(uint32_t facts);

/* What decides how severe an incident is. */
struct gravity {
	bool is_page;       /* something crossed the threshold of pages, not of advisories only */
	bool is_partner;    /* confined to a roaming partner or the subscribers of others */
	bool is_maintained; /* announced work covers it */
	bool is_overdue;    /* the work should have ended ten minutes ago, and it has not */
	enum incident_kind kind;
	double affected;      /* subscribers */
	double network_share; /* of all requests of a registration procedure, or of all requests expected, that the fault takes */
};

/* The severity of an open incident. */
enum incident_severity severity_of_gravity(const struct gravity *g, const struct plan *plan);

/* Serious by law in some countries: this many subscribers for this long (Japan: 30,000 and an hour for calls). */
#define STATUTORY_SUBSCRIBERS 30000
#define STATUTORY_AGE         (3600 * NANOS_PER_S)

#endif
