/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The report: gathers ticks and alarms while they happen, writes one HTML page at the end, see report.h.
 *
 * This file gathers and writes the head of the page; report_series.c holds the numbers, report_plot.c draws, report_incident.c tells each
 * incident, report_tables.c and report_sight.c hold the tables. The page has no script and names no other resource, and nothing in it comes
 * from a clock, so the same input gives the same bytes. Limits: REPORT_INCIDENTS_MAX incidents, REPORT_ANNOUNCEMENTS_MAX announcements each
 * (the last one always kept), series and bins as report_series.h says; what found no room is said on the page. Control's thread.
 */
#include "control/sink/report.h"

#include <stdlib.h>
#include <string.h>

#include "control/sink/report_html.h"
#include "control/sink/report_page.h"

struct report *report_new(const struct alarm_writer *writer)
{
	struct report *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->writer = *writer;
	r->history = history_new(writer->plan);
	r->incidents = calloc(REPORT_INCIDENTS_MAX, sizeof(*r->incidents));
	if (r->history == NULL || r->incidents == NULL) {
		report_free(r);
		return NULL;
	}
	return r;
}

void report_free(struct report *r)
{
	if (r == NULL)
		return;
	history_free(r->history);
	free(r->incidents);
	free(r);
}

void report_tick(void *report, const struct tally *tally, const struct detector *detector)
{
	struct report *r = report;

	(void)detector;
	history_tick(r->history, tally);
}

static struct report_incident *incident_take(struct report *r, const struct alarm *alarm)
{
	for (size_t i = 0; i < r->incident_count; i++) {
		if (strcmp(r->incidents[i].last.id, alarm->id) == 0)
			return &r->incidents[i];
	}
	if (r->incident_count == REPORT_INCIDENTS_MAX)
		return NULL;
	r->incidents[r->incident_count].open = *alarm;
	return &r->incidents[r->incident_count++];
}

static void announcement_add(struct report_incident *incident, const struct alarm *alarm)
{
	struct announcement *a;

	if (incident->announcement_count == REPORT_ANNOUNCEMENTS_MAX) {
		incident->announcement_count--;
		incident->omitted++;
	}
	a = &incident->announcements[incident->announcement_count++];
	*a = (struct announcement){
		.time = alarm->time,
		.state = alarm->state,
		.severity = alarm->severity,
		.affected = alarm->affected,
		.recovered_percent = alarm->recovered_percent,
	};
	memcpy(a->summary, alarm->summary, sizeof(a->summary));
}

void report_alarm(void *report, const struct alarm *alarm)
{
	struct report *r = report;
	struct report_incident *incident = incident_take(r, alarm);

	if (incident == NULL) {
		r->refused_alarms++;
		return;
	}
	announcement_add(incident, alarm);
	incident->last = *alarm;
	if (alarm->severity > incident->worst)
		incident->worst = alarm->severity;
	if (alarm->worst > incident->worst)
		incident->worst = alarm->worst;
	if (alarm->affected >= incident->affected) {
		incident->affected = alarm->affected;
		incident->affected_low = alarm->affected_low;
		incident->affected_high = alarm->affected_high;
	}
	if (alarm->state == INCIDENT_RESTORING && !incident->is_restoring)
		incident->restoring = alarm->time;
	if (alarm->state == INCIDENT_CLEARED)
		incident->cleared = alarm->time;
	else if (alarm->state != INCIDENT_RESTORING)
		incident->open = *alarm;
	incident->is_cleared = alarm->state == INCIDENT_CLEARED;
	incident->is_restoring = alarm->state == INCIDENT_RESTORING || (incident->is_cleared && incident->is_restoring);
}

static bool is_later(const struct report_incident *a, const struct report_incident *b)
{
	if (a->last.onset != b->last.onset)
		return a->last.onset > b->last.onset;
	return strcmp(a->last.id, b->last.id) > 0;
}

static void incidents_order(struct report *r)
{
	for (size_t i = 0; i < r->incident_count; i++) {
		size_t at = i;

		while (at > 0 && is_later(&r->incidents[r->order[at - 1]], &r->incidents[i])) {
			r->order[at] = r->order[at - 1];
			at--;
		}
		r->order[at] = i;
	}
}

static void mark_add(struct report *r, nanos time, size_t number, const char *text)
{
	struct plot_marks *m = &r->marks;
	size_t at = m->mark_count;

	if (m->mark_count == PLOT_MARKS_MAX)
		return;
	while (at > 0 && m->marks[at - 1].time > time) {
		m->marks[at] = m->marks[at - 1];
		at--;
	}
	m->mark_count++;
	m->marks[at].time = time;
	if (r->incident_count > 1)
		snprintf(m->marks[at].text, sizeof(m->marks[at].text), "%zu: %.40s", number, text);
	else
		snprintf(m->marks[at].text, sizeof(m->marks[at].text), "%s", text);
}

static void marks_make(struct report *r)
{
	nanos end = history_span(r->history).to;

	memset(&r->marks, 0, sizeof(r->marks));
	for (size_t i = 0; i < r->incident_count; i++) {
		const struct report_incident *incident = &r->incidents[r->order[i]];
		double delay = nanos_to_s(incident->last.detected - incident->last.onset);
		char text[PLOT_MARK_TEXT_MAX];

		snprintf(text, sizeof(text), "detected +%.*f s", delay < 10 ? 1 : 0, delay);
		mark_add(r, incident->last.onset, i + 1, "onset");
		mark_add(r, incident->last.detected, i + 1, text);
		if (incident->is_restoring)
			mark_add(r, incident->restoring, i + 1, "restoring");
		if (incident->is_cleared)
			mark_add(r, incident->cleared, i + 1, "cleared");
		r->marks.periods[r->marks.period_count++] = (struct plot_period){
			.from = incident->last.onset,
			.to = incident->is_cleared ? incident->cleared : end,
		};
	}
}

struct report_phases report_phases(const struct report *r, const struct report_incident *incident)
{
	struct history_span span = history_span(r->history);
	struct report_phases p = {
		.before = span.from,
		.onset = incident->last.onset,
		.end = incident->is_cleared ? incident->cleared : span.to,
		.after = span.to,
	};

	for (size_t i = 0; i < r->incident_count; i++) {
		const struct report_incident *other = &r->incidents[i];

		if (other == incident)
			continue;
		if (other->is_cleared && other->cleared <= p.onset && other->cleared > p.before)
			p.before = other->cleared;
		if (other->last.onset >= p.end && other->last.onset < p.after)
			p.after = other->last.onset;
	}
	return p;
}

/* Nothing was found: what was looked at, or why nothing could be. */
static void quiet_write(const struct report *r, double seconds, FILE *out)
{
	struct history_totals totals = history_totals(r->history);

	if (totals.requests == 0) {
		fputs("No signalling request was seen in ", out);
		html_duration(out, (nanos)(seconds * 1e9));
		fputs(" of traffic: nothing could be judged.", out);
	} else if (seconds < nanos_to_s(r->writer.plan->detection.warm_up)) {
		html_duration(out, (nanos)(seconds * 1e9));
		fputs(" of traffic with ", out);
		html_count(out, totals.requests, "request", "requests");
		fputs(" is too short to judge: the first ", out);
		html_duration(out, r->writer.plan->detection.warm_up);
		fputs(" are only learned from.", out);
	} else {
		fputs("Nothing wrong was found in ", out);
		html_duration(out, (nanos)(seconds * 1e9));
		fputs(" of traffic: ", out);
		html_count(out, totals.requests, "request", "requests");
		fputc('.', out);
	}
}

static const struct report_incident *incident_worst(const struct report *r)
{
	const struct report_incident *worst = NULL;

	for (size_t i = 0; i < r->incident_count; i++) {
		const struct report_incident *incident = &r->incidents[r->order[i]];

		if (worst == NULL || incident->worst > worst->worst ||
		    (incident->worst == worst->worst && incident->affected > worst->affected))
			worst = incident;
	}
	return worst;
}

static void verdict_write(const struct report *r, double seconds, FILE *out)
{
	const struct report_incident *worst = incident_worst(r);

	if (worst == NULL) {
		fputs("<p class=\"verdict calm\">", out);
		quiet_write(r, seconds, out);
		fputs("</p>\n", out);
		return;
	}
	fprintf(out, "<p class=\"verdict %s\"><strong>", incident_severity_name(worst->worst));
	if (r->incident_count == 1)
		fprintf(out, "One incident, %s:</strong> ", incident_severity_name(worst->worst));
	else
		fprintf(out, "%zu incidents, the worst %s:</strong> ", r->incident_count, incident_severity_name(worst->worst));
	html_text(out, worst->open.summary);
	fputs("</p>\n", out);
}

static void figure_write(FILE *out, uint64_t number, const char *one, const char *many)
{
	fputs("<div><dd>", out);
	html_number(out, number);
	fprintf(out, "</dd><dt>%s</dt></div>\n", number == 1 ? one : many);
}

static void figures_write(const struct report *r, const struct worker_report *account, FILE *out)
{
	struct history_totals totals = history_totals(r->history);
	uint64_t affected = 0;

	for (size_t i = 0; i < r->incident_count; i++)
		affected = r->incidents[i].affected > affected ? r->incidents[i].affected : affected;
	fputs("<dl class=\"figures\">\n", out);
	figure_write(out, r->incident_count, "incident", "incidents");
	if (r->incident_count > 0)
		figure_write(out, affected, "subscriber hit",
			     r->incident_count == 1 ? "subscribers hit" : "subscribers hit by the largest");
	figure_write(out, totals.requests, "request", "requests");
	if (account != NULL)
		figure_write(out, account->account.packets, "packet read", "packets read");
	fputs("</dl>\n", out);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static void heading_write(const struct report *r, double seconds, const char *const *inputs, size_t input_count, FILE *out)
{
	struct history_span span = history_span(r->history);
	const char *network = r->writer.plan->network_name;

	fputs("<p class=\"kind\">Signalling report</p>\n<h1>", out);
	html_text(out, network != NULL && *network != '\0' ? network : "Mobile network");
	fputs("</h1>\n<p class=\"span\">", out);
	if (span.to > span.from) {
		html_time(out, span.from, HTML_TIME_WHOLE);
		fputs(" to ", out);
		html_time(out, span.to,
			  span.from / (86400 * NANOS_PER_S) == span.to / (86400 * NANOS_PER_S) ? HTML_TIME_SECOND : HTML_TIME_WHOLE);
		fputs(" UTC, ", out);
	}
	html_duration(out, (nanos)(seconds * 1e9));
	for (size_t i = 0; i < input_count && i < 8; i++) {
		fputs(i == 0 ? " of " : ", ", out);
		html_text(out, strcmp(inputs[i], "-") == 0 ? "standard input" : base_name(inputs[i]));
	}
	if (input_count > 8)
		fprintf(out, " and %zu more", input_count - 8);
	fputs("</p>\n", out);
}

static void head_write(const struct report *r, FILE *out)
{
	const char *network = r->writer.plan->network_name;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>Signalling report",
	      out);
	if (network != NULL && *network != '\0') {
		fputs(": ", out);
		html_text(out, network);
	}
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", report_style);
}

void report_write(const struct report *r, const struct worker_report *account, double seconds, const char *const *inputs,
		  size_t input_count, FILE *out)
{
	struct report page = *r;
	double length = seconds > 0 && seconds < 1e9 ? seconds : 0;

	incidents_order(&page);
	marks_make(&page);
	head_write(&page, out);
	fputs("<header>\n", out);
	heading_write(&page, length, inputs, input_count, out);
	verdict_write(&page, length, out);
	figures_write(&page, account, out);
	fputs("</header>\n<main>\n", out);
	for (size_t i = 0; i < page.incident_count; i++)
		report_incident_write(&page, &page.incidents[page.order[i]], i + 1, out);
	report_plots_write(&page, out);
	report_phases_write(&page, out);
	report_servers_write(&page, out);
	report_sight_write(&page, account, out);
	fputs("</main>\n<footer>\n", out);
	report_method_write(&page, out);
	fputs("</footer>\n</body>\n</html>\n", out);
}
