/* SPDX-License-Identifier: BSD-3-Clause */
/* --ticks: what the detector saw, one CSV row per tick and stream, readable by `backtest` and by a spreadsheet. */
#ifndef SIGCANARY_SINK_TICKS_H
#define SIGCANARY_SINK_TICKS_H

#include <stdio.h>

#include "control/detect/detect.h"
#include "control/incident/incident.h"
#include "dataplane/outcome.h"

#define TICKS_FORMAT 2

struct tick_writer {
	FILE *out;
	const struct plan *plan;
	incident_name_of name_of;
	void *names;
	bool has_header;
};

/* An audience's functions: rows and the account of a tick; what the network said of itself. */
void tick_write(void *writer, const struct tally *tally, const struct detector *detector);
void tick_write_outcome(void *writer, const struct outcome *outcome);

/* The name of a stream: "map.updateLocation" for all of it, else with "/imsi=2341001", "/segment=giffgaff", "/server=447802000001", ... */
#define STREAM_NAME_MAX 512
void stream_name_write(const struct stream_key *key, const struct plan *plan, incident_name_of name_of, void *names,
		       char text[STREAM_NAME_MAX]);

/* The word of a dimension in such a name, NULL where it has none; of a direction. */
const char *stream_dimension_word(enum dimension dimension);
const char *stream_direction_word(enum direction direction);

#endif
