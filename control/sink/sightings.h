/* SPDX-License-Identifier: BSD-3-Clause */
/* --sightings: one JSON line for each message in which an entry of the watch list stands. Control's thread. */
#ifndef SIGCANARY_SINK_SIGHTINGS_H
#define SIGCANARY_SINK_SIGHTINGS_H

#include <stdio.h>

#include "dataplane/base/pseudonym.h"
#include "dataplane/outcome.h"
#include "dataplane/segment/watchlist.h"

struct sighting_writer {
	FILE *out;
	const struct watchlist *watchlist; /* NULL while there is none */
	const struct pseudonym *pseudonym;
};

/* An audience's outcome function: writes sightings and nothing else. */
void sighting_write(void *writer, const struct outcome *outcome);

#endif
