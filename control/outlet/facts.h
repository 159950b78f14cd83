/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What drivers take from the line of an announcement: texts, lists as one text, times, severities. Pure functions. Names of nodes come from
 * the wire, so whatever is not printable is a space here.
 */
#ifndef SIGCANARY_OUTLET_FACTS_H
#define SIGCANARY_OUTLET_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/incident/incident.h"
#include "control/outlet/outlet.h"

#define FACT_TEXT_MAX 1024

/* "summary", or "alarm.probableCause"; "" when it is not there. Cut at a whole character. */
void fact_text(const json_t *alarm, const char *path, char text[FACT_TEXT_MAX]);
/* "segments": its texts; "nodes": their names, else ids. */
void fact_list(const json_t *alarm, const char *path, const char *separator, char text[FACT_TEXT_MAX]);
double fact_number(const json_t *alarm, const char *path);
/* Epoch nanoseconds of "time", "onset", "detected"; 0 when it is not there. */
nanos fact_time(const json_t *alarm, const char *path);
enum incident_severity fact_severity(const json_t *alarm);
bool fact_is_cleared(const json_t *alarm);
/* "reject-ratio" as a number; INCIDENT_KIND_COUNT when it is none of ours. */
enum incident_kind fact_kind(const json_t *alarm);
/* The page of the incident; "" without an address of the page. */
void fact_link(const struct letter *letter, char text[FACT_TEXT_MAX]);

/* "2012-07-11T13:31:05.123456Z" (RFC 3339). */
#define FACT_TIME_MAX 40
void time_text(nanos time, char text[FACT_TIME_MAX]);

/* At most so many octets of it, in place, ending with a whole character. */
void text_cut(char *text, size_t most);

/* Replaces what is not printable by spaces, in place. */
void text_tidy(char *text);

#endif
