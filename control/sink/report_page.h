/* SPDX-License-Identifier: BSD-3-Clause */
/* What the report has gathered, and the parts of its page. Private to the report's files; owned by control. */
#ifndef SIGCANARY_SINK_REPORT_PAGE_H
#define SIGCANARY_SINK_REPORT_PAGE_H

#include "control/sink/report_plot.h"

#define REPORT_INCIDENTS_MAX     64
#define REPORT_ANNOUNCEMENTS_MAX 32

struct announcement {
	nanos time;
	enum incident_state state;
	enum incident_severity severity;
	uint64_t affected;
	double recovered_percent;
	char summary[INCIDENT_SUMMARY_MAX];
};

struct report_incident {
	struct alarm open; /* as last announced while it went on */
	struct alarm last; /* as last announced */
	enum incident_severity worst;
	uint64_t affected, affected_low, affected_high; /* the largest announced */
	nanos restoring;                                /* meaningful with is_restoring */
	nanos cleared;                                  /* meaningful with is_cleared */
	bool is_restoring, is_cleared;
	struct announcement announcements[REPORT_ANNOUNCEMENTS_MAX];
	size_t announcement_count;
	uint64_t omitted; /* announcements between those kept and the last one */
};

struct report {
	struct alarm_writer writer;
	struct history *history;
	struct report_incident *incidents; /* in order of their first announcement */
	size_t incident_count;
	uint64_t refused_alarms;
	struct plot_marks marks;            /* made when the page is written */
	size_t order[REPORT_INCIDENTS_MAX]; /* indices by onset */
};

/* Times before, during and after an incident, as far as no other incident touches them. */
struct report_phases {
	nanos before, onset, end, after; /* [before, onset), [onset, end), [end, after) */
};
struct report_phases report_phases(const struct report *r, const struct report_incident *incident);

/* The style sheet. */
extern const char report_style[];

/* Sections, in the order of the page. `number` counts incidents from 1 in order of onset. */
void report_incident_write(const struct report *r, const struct report_incident *incident, size_t number, FILE *out);
void report_plots_write(const struct report *r, FILE *out);
void report_phases_write(const struct report *r, FILE *out);
void report_servers_write(const struct report *r, FILE *out);
void report_sight_write(const struct report *r, const struct worker_report *account, FILE *out);
void report_method_write(const struct report *r, FILE *out);

#endif
