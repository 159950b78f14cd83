/* SPDX-License-Identifier: BSD-3-Clause */
/* The functions behind the routes of api.c that show the board. `board` is a struct board. */
#ifndef SIGCANARY_API_ROUTES_H
#define SIGCANARY_API_ROUTES_H

#include "control/api/server.h"
#include "control/board/board.h"

/* The files of the page; `self` is nothing. */
void api_page(void *self, struct exchange *x);

struct api_shown;

void api_status(void *board, struct exchange *x);
void api_incidents(void *board, struct exchange *x);
void api_incident(void *shown, struct exchange *x); /* a struct api_shown */
/* The document of one incident, with what people said of it; false when there is none of that id. */
bool api_incident_write(const struct api_shown *shown, const char *id, FILE *out);
/* The same as a page by itself. */
void api_incident_report(const struct api_shown *shown, const char *id, struct exchange *x);

void api_segments(void *board, struct exchange *x);
void api_nodes(void *board, struct exchange *x);
void api_procedures(void *board, struct exchange *x);
void api_series(void *board, struct exchange *x);
void api_health(void *board, struct exchange *x);

/* `alarms` is a struct alarm_list. */
void api_alarms(void *alarms, struct exchange *x);
void api_alarm(void *alarms, struct exchange *x);
void api_alarm_change(void *alarms, struct exchange *x);
void api_alarm_comment(void *alarms, struct exchange *x);

/* Captures of incidents; `self` is a struct api_evidence. Subscribers are shown to the socket of this machine, to others only where
 * identities are in clear everywhere. */
struct evidence_keeper;
struct api_evidence {
	struct evidence_keeper *evidence; /* NULL: none is kept */
	bool shows_identities;
	struct copier *copier; /* the network listener's thread's; NULL without evidence */
};
void api_pcap(void *self, struct exchange *x);

/* `kept` is a struct kept_transactions. */
void api_transactions(void *kept, struct exchange *x);
void api_transaction(void *kept, struct exchange *x);

#endif
