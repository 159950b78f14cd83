/* SPDX-License-Identifier: BSD-3-Clause */
/* --transactions: one JSON line per request with its outcome (CONTRACT.md). Control's thread. */
#ifndef SIGCANARY_SINK_TRANSACTIONS_H
#define SIGCANARY_SINK_TRANSACTIONS_H

#include <stdio.h>

#include "control/incident/incident.h"
#include "control/sink/filter.h"
#include "dataplane/base/pseudonym.h"

struct transaction_writer {
	FILE *out;
	const struct plan *plan;
	const struct pseudonym *pseudonym;
	incident_name_of name_of;
	void *names;
	struct filter *filter; /* NULL: every line is written */
};

/* An audience's outcome function: writes the line when nothing more can happen to the request. */
void transaction_write(void *writer, const struct outcome *outcome);

/* The line without what closes it, for those who add to it: whatever the event and the filter. */
void transaction_write_start(const struct transaction_writer *w, const struct outcome *o);

/* The text of a node: the host's name where it is known, quotes and control characters made harmless for JSON. */
void node_write_json(incident_name_of name_of, void *names, node n, FILE *out);

#endif
