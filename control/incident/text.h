/* SPDX-License-Identifier: BSD-3-Clause */
/* An alarm in words and in JSON (CONTRACT.md, "Alarms"). Identities as pseudonyms unless asked for in clear. */
#ifndef SIGCANARY_INCIDENT_TEXT_H
#define SIGCANARY_INCIDENT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "control/incident/incident.h"
#include "dataplane/base/pseudonym.h"

struct alarm_writer {
	const struct plan *plan;
	incident_name_of name_of;
	void *names;
	const struct pseudonym *pseudonym; /* never NULL; in clear when it was made so */
};

/* One line of JSON, without identities in clear unless the pseudonym is a clear one. */
void alarm_write_json(const struct alarm_writer *w, const struct alarm *a, FILE *out);

/* A few lines for a terminal: time, severity, state, sentence, place, since when, size, causes. `color` adds ANSI colours. */
void alarm_write_text(const struct alarm_writer *w, const struct alarm *a, bool color, FILE *out);

const char *incident_state_name(enum incident_state s);
const char *incident_severity_name(enum incident_severity s);
const char *incident_kind_name(enum incident_kind k);

#endif
