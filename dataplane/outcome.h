/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What became of one request: what transaction bookkeeping tells control, besides the sums of the tally. Evidence for the place of a
 * fault, for the subscribers it hits and for the --transactions lines. Copied by value over a ring.
 */
#ifndef SIGCANARY_OUTCOME_H
#define SIGCANARY_OUTCOME_H

#include <stdint.h>

#include "dataplane/base/digits.h"
#include "dataplane/base/nanos.h"
#include "dataplane/codes/codes.h"
#include "dataplane/node.h"

enum outcome_event {
	OUTCOME_EVENT_CLOSED,  /* the request has its final or its timed-out outcome */
	OUTCOME_EVENT_OVERDUE, /* still open at OUTCOME_OVERDUE_AGE: it may yet be answered */
	OUTCOME_EVENT_LATE,    /* a request reported as timed out was answered after all */
	OUTCOME_EVENT_WRITTEN, /* nothing more can happen: the line for --transactions */
	OUTCOME_EVENT_SIGHTED, /* no request at all: entry `cause` of the watch list stands in the message of frames[0] */
	OUTCOME_EVENT_NOTICE,  /* no request at all: see notice.h */
};

#define OUTCOME_OVERDUE_AGE (2 * NANOS_PER_S)

struct outcome {
	uint64_t key;      /* of the transaction, for order and sampling */
	uint64_t sequence; /* of the frame that made this event, or of the request's */
	nanos time;        /* of the request */
	nanos clock;       /* of the event */
	nanos latency;     /* request to answer; -1 without an answer */
	digits imsi;
	digits msisdn;
	node client;
	node server; /* who answered, else who was asked */
	node route;  /* see DIMENSION_ROUTE */
	node asked;  /* who was asked: a host, a title, a point code, or a realm behind which any of several may answer */
	uint64_t segments;
	uint32_t frames[2]; /* request and answer, 0 when absent */
	uint32_t cause;
	procedure procedure;
	uint16_t tries;      /* times the request was seen */
	int16_t invoke;      /* which request of its transaction, for order */
	uint8_t event;       /* enum outcome_event */
	uint8_t class;       /* enum outcome_class */
	uint8_t cause_layer; /* enum cause_layer */
	uint8_t rat;         /* enum rat */
	uint8_t diagnostic;  /* 255 when absent */
	uint8_t direction;   /* enum direction of tally.h */
	uint8_t pad[4];
	uint32_t plmn; /* visited network, see DIMENSION_PLMN; 0: not known */
};

_Static_assert(sizeof(struct outcome) == 128, "an outcome is two cache lines");

#endif
