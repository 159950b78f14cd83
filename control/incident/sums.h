/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where is it, from counts alone? The likelihood of DETECTION 3.6 over the streams of the ledger, for incidents of which no single outcome
 * is told. Owned by control; all memory is taken at start.
 */
#ifndef SIGCANARY_INCIDENT_SUMS_H
#define SIGCANARY_INCIDENT_SUMS_H

#include <stdbool.h>
#include <stddef.h>

#include "control/detect/detect.h"
#include "control/incident/ledger.h"
#include "control/incident/mixture.h"
#include "control/incident/place.h"

#define SUMS_OTHERS_MAX 8
#define SUMS_PROCEDURES 513 /* the last stands for PROCEDURE_NONE: streams of others */

/* What a stream's requests came to in the window and in the calm before; failures are those that are asked about. */
struct sums_entry {
	uint8_t dimension;
	uint8_t length; /* of a prefix, else 0 */
	uint64_t value;
	double n, x, calm_n, calm_x;
	double known_n, known_x; /* requests of which the detector knows how many usually fail, and those; named streams only */
	double excess;           /* failures beyond what is usual there */
	bool is_explained;
};

struct sums {
	struct sums_entry *entries; /* by dimension, length, value */
	struct mixture_cell *cells;
	size_t count;
	bool is_named;           /* streams of which only names tell what they are */
	struct sums_entry total; /* of all requests; n is 0 when the streams do not tell */
};

struct sums_question {
	const struct ledger *ledger;
	const bool *procedures; /* of SUMS_PROCEDURES */
	bool refused, silent, user;
	nanos onset, until;
	nanos calm_until;              /* what is usual is read before it, */
	nanos calm_from;               /* and not before this: another incident runs since then, and what it takes is usual for this one */
	const struct ledger_sum *calm; /* what was usual, by rows, when the ledger no longer holds it; NULL: it does */
	size_t calm_count;
	const struct detector *detector;   /* what it takes for usual in named streams; NULL: nothing */
	const struct stream_key *suspects; /* streams that it suspects now, clearest first */
	size_t suspect_count;
	const struct place *others[SUMS_OTHERS_MAX]; /* places of other incidents that are open */
	size_t other_count;
	const struct place *announced; /* where it has been said to be; NULL: not yet */
	incident_name_of name_of;
	void *names;
};

bool sums_make(struct sums *s);
void sums_free(struct sums *s);

size_t sums_procedure(procedure p);

/* Sums the streams of the procedures; then the place that explains their failures best. */
void sums_fill(struct sums *s, const struct sums_question *q);
void sums_place(struct sums *s, const struct sums_question *q, struct place *ret);

/* The sums of what lies in the place: n, x and excess. */
void sums_measure(const struct sums *s, const struct place *place, struct sums_entry *ret);

/* The sums of a row in the calm before. */
struct ledger_sum sums_calm(const struct sums_question *q, size_t row);

/* The failures of one row, of the requests that could be such; the share that is usual there, from the calm before. */
void sums_row(const struct sums_question *q, size_t row, struct sums_entry *ret);

/* The same without the calm before. */
void sums_present(const struct sums_question *q, size_t row, struct sums_entry *ret);

/* The rows of the ledger that bind the place, of the procedures asked about. Returns how many, at most `room`. */
size_t sums_rows(const struct sums_question *q, const struct place *place, size_t *rows, size_t room);

#endif
