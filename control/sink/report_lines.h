/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The HTML report of incidents from their announcements, as alarms.file, the store and /api/v1/incidents/ID have them: for a running probe,
 * which keeps no report of months, and for files of alarms. One self-contained page (inline SVG and CSS, no script, no external resource),
 * the same bytes for the same lines. Lines may come from anywhere: what is absent or of another type is left out.
 */
#ifndef SIGCANARY_SINK_REPORT_LINES_H
#define SIGCANARY_SINK_REPORT_LINES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "dataplane/base/nanos.h"

/* `incidents`: objects {"id", "announcements": [lines, oldest first], "comments": [...]}. `network`: NULL or "" when it has no name. */
void report_lines_write(const json_t *incidents, const char *network, FILE *out);

/*
 * Adds one line to such an array: to the incident of its "id", or a new one. A line that repeats the one before is left out. False when it
 * is no announcement, or there is no memory. Takes no reference.
 */
bool report_lines_add(json_t *incidents, json_t *line);

/*
 * Parts of the page. Private to the report's files.
 */

/* One incident, as its announcements tell it. Borrowed from the lines. */
struct told {
	const char *id;
	const json_t *announcements, *comments;
	const json_t *open; /* the last line while the fault went on */
	const json_t *last;
	nanos onset, detected, until; /* until: the time of the last line */
	bool is_cleared, is_restoring;
	const char *worst; /* severity */
	double affected, affected_low, affected_high;
};

/* "" and 0 for what is not there. */
const char *told_text(const json_t *object, const char *key);
double told_number(const json_t *object, const char *key);
nanos told_time(const json_t *object, const char *key);

void report_lines_facts(const struct told *t, FILE *out);
void report_lines_plot(const struct told *t, size_t number, FILE *out);

#endif
