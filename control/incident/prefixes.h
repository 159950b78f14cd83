/* SPDX-License-Identifier: BSD-3-Clause */
/* The smallest set of number prefixes that covers what fails and leaves out what works. */
#ifndef SIGCANARY_INCIDENT_PREFIXES_H
#define SIGCANARY_INCIDENT_PREFIXES_H

#include "control/incident/incident.h"
#include "control/incident/samples.h"

struct prefixes {
	digits list[INCIDENT_PREFIXES_MAX]; /* ascending */
	size_t count;
	enum sample_dimension dimension; /* of the blocks that were told apart */
	double gain;                     /* nats over "all prefixes fail alike"; negative: they do */
	double labels, proof;            /* see mixture.h */
	double bad;                      /* share that fails inside */
};

/* Looks at the samples that are not out. */
void prefixes_find(struct samples *s, double baseline, struct prefixes *ret);

/*
 * Marks as explained also the samples of blocks that are neither clearly bad nor clearly good yet: they are not a fault of their own.
 * To be called while the same samples are in as in prefixes_find().
 */
void prefixes_explain_undecided(struct samples *s, double baseline, enum sample_dimension dimension);

#endif
