/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The numbers of the report: plots of segments and services over time, the table before, during and after each incident, the servers that
 * failed most. Reads the history only. Without configured segments the network codes that were seen stand in for them. Control's thread.
 */
#include <inttypes.h>
#include <string.h>

#include "control/sink/report_html.h"
#include "control/sink/report_page.h"

#define SERVERS_SHOWN   8
#define NAME_MAX_LENGTH 256

/* The name of a series for people. */
static void series_name(const struct report *r, enum series_kind kind, const struct series *s, char name[NAME_MAX_LENGTH])
{
	static const char *const names[SERIES_KIND_COUNT] = {
		[SERIES_REGISTRATION] = "All registrations",
		[SERIES_CALLS] = "Incoming calls: routing and roaming numbers",
		[SERIES_TEXTS] = "Texts: sending, routing, delivery",
		[SERIES_DATA] = "Data: routing, policy, charging",
	};
	const struct plan_segment *segment = kind == SERIES_SEGMENT ? &r->writer.plan->segments[s->value] : NULL;
	char text[DIGITS_TEXT_MAX];

	if (segment != NULL) {
		snprintf(name, NAME_MAX_LENGTH, "%s", segment->label != NULL && *segment->label != '\0' ? segment->label : segment->name);
	} else if (kind == SERIES_NETWORK) {
		digits_write(s->value, text);
		snprintf(name, NAME_MAX_LENGTH, "Network code %.3s %s", text, text + 3);
	} else {
		snprintf(name, NAME_MAX_LENGTH, "%s", names[kind] != NULL ? names[kind] : "");
	}
}

static bool is_seen(const struct report *r, const struct series *s)
{
	struct history_span span = history_span(r->history);

	return series_sum(r->history, s, span.from, span.to + span.width).requests > 0;
}

/* Series drawn: the whole, segments or network codes, services. */
static const enum series_kind drawn[] = { SERIES_REGISTRATION, SERIES_SEGMENT, SERIES_NETWORK, SERIES_CALLS, SERIES_TEXTS, SERIES_DATA };

static void figure_write(const struct report *r, const struct plot_page *page, enum series_kind kind, const struct series *s, FILE *out)
{
	char name[NAME_MAX_LENGTH];

	series_name(r, kind, s, name);
	fputs("<figure>\n<figcaption>", out);
	html_text(out, name);
	fputs("</figcaption>\n", out);
	plot_write(page, s, name, out);
	fputs("</figure>\n", out);
}

static void unseen_write(const struct report *r, FILE *out)
{
	const char *glue = "<p>No registration was seen of: ";

	for (size_t i = 0; i < history_count(r->history, SERIES_SEGMENT); i++) {
		const struct series *s = history_series(r->history, SERIES_SEGMENT, i);
		char name[NAME_MAX_LENGTH];

		if (is_seen(r, s))
			continue;
		series_name(r, SERIES_SEGMENT, s, name);
		fputs(glue, out);
		html_text(out, name);
		glue = ", ";
	}
	if (strcmp(glue, ", ") == 0)
		fputs(".</p>\n", out);
}

void report_plots_write(const struct report *r, FILE *out)
{
	unsigned int next_id = 1;
	struct plot_page page = { .history = r->history, .marks = &r->marks, .next_id = &next_id };
	double peak = 0;

	fputs("<section id=\"time\">\n<h2>Over time</h2>\n", out);
	if (history_totals(r->history).requests == 0) {
		fputs("<p>No request was seen.</p>\n</section>\n", out);
		return;
	}
	for (size_t k = 0; k < sizeof(drawn) / sizeof(drawn[0]); k++) {
		for (size_t i = 0; i < history_count(r->history, drawn[k]); i++) {
			double one = plot_peak(r->history, history_series(r->history, drawn[k], i));

			peak = one > peak ? one : peak;
		}
	}
	page.top = plot_top(peak);
	plot_legend(out);
	for (size_t k = 0; k < sizeof(drawn) / sizeof(drawn[0]); k++) {
		for (size_t i = 0; i < history_count(r->history, drawn[k]); i++) {
			const struct series *s = history_series(r->history, drawn[k], i);

			if (is_seen(r, s))
				figure_write(r, &page, drawn[k], s, out);
		}
	}
	unseen_write(r, out);
	fputs("</section>\n", out);
}

/* A share that is bad and worse than before stands out by weight, not by colour. */
static void share_cell_write(double share, double before, FILE *out)
{
	bool stands_out = before >= 0 && share >= 0.01 && share > 2 * before;

	fprintf(out, "<td class=\"number%s\">%s", share == 0 ? " zero" : "", stands_out ? "<strong>" : "");
	html_share(out, share);
	fputs(stands_out ? "</strong></td>" : "</td>", out);
}

static void sum_cells_write(const struct series_sum *s, const struct series_sum *before, FILE *out)
{
	fputs("<td class=\"number\">", out);
	html_number(out, s->requests);
	fprintf(out, "</td><td class=\"number\">%.*f</td><td class=\"number\">",
		s->seconds > 0 && (double)s->requests / s->seconds < 10 ? 1 : 0, s->seconds > 0 ? (double)s->requests / s->seconds : 0.0);
	html_share(out, series_answers(s, OUTCOME_SUCCESS));
	fputs("</td>", out);
	for (int c = OUTCOME_USER; c <= OUTCOME_ABORT; c++)
		share_cell_write(series_answers(s, (enum outcome_class)c),
				 before != NULL ? series_answers(before, (enum outcome_class)c) : -1, out);
	share_cell_write(series_missing(s), before != NULL ? series_missing(before) : -1, out);
	fputs("<td class=\"number\">", out);
	html_latency(out, series_median_ms(s));
	fputs("</td></tr>\n", out);
}

static void subject_write(const struct report *r, enum series_kind kind, const struct series *s, const struct report_phases *p, FILE *out)
{
	static const char *const words[] = { "before", "during", "after" };
	nanos edges[] = { p->before, p->onset, p->end, p->after };
	struct series_sum sums[3];
	const struct procedure_row *row = procedure_row((procedure)s->value);
	char name[NAME_MAX_LENGTH];
	unsigned int rows = 0;

	for (int i = 0; i < 3; i++) {
		sums[i] = series_sum(r->history, s, edges[i], edges[i + 1]);
		rows += edges[i + 1] > edges[i];
	}
	if (rows == 0 ||
	    sums[0].requests + sums[1].requests + sums[2].requests + sums[0].answered + sums[1].answered + sums[2].answered == 0)
		return;
	fprintf(out, "<tbody>\n<tr><th scope=\"rowgroup\" rowspan=\"%u\">", rows);
	if (kind == SERIES_PROCEDURE) {
		fprintf(out, "%s <code>%s</code>", row != NULL ? row->words : "", row != NULL ? row->name : "unknown");
	} else {
		series_name(r, kind, s, name);
		html_text(out, name);
	}
	fputs("</th>", out);
	for (int i = 0, written = 0; i < 3; i++) {
		if (edges[i + 1] <= edges[i])
			continue;
		fprintf(out, "%s<td%s>%s</td>",
			written++ == 0 ? ""
			: i == 1       ? "<tr class=\"during\">"
				       : "<tr>",
			i == 1 ? " class=\"now\"" : "", r->incident_count == 0 ? "whole time" : words[i]);
		sum_cells_write(&sums[i], i == 1 ? &sums[0] : NULL, out);
	}
	fputs("</tbody>\n", out);
}

static void phase_table_write(const struct report *r, const enum series_kind *kinds, const char *caption, const struct report_phases *p,
			      FILE *out)
{
	fprintf(out,
		"<div class=\"wide long\"><table class=\"phases\">\n<caption>%s</caption>\n<thead>\n"
		"<tr><td colspan=\"4\"></td><th scope=\"colgroup\" colspan=\"5\" class=\"group\">share of answers</th>"
		"<th scope=\"colgroup\" class=\"group\">of requests</th><td></td></tr>\n"
		"<tr><td></td><th scope=\"col\">When</th><th scope=\"col\" class=\"number\">Requests</th><th scope=\"col\" "
		"class=\"number\">per s</th>"
		"<th scope=\"col\" class=\"number\">success</th><th scope=\"col\" class=\"number\">user</th>"
		"<th scope=\"col\" class=\"number\">network</th><th scope=\"col\" class=\"number\">congestion</th>"
		"<th scope=\"col\" class=\"number\">abort</th><th scope=\"col\" class=\"number\">no answer</th>"
		"<th scope=\"col\" class=\"number\">Median</th></tr>\n</thead>\n",
		caption);
	for (size_t k = 0; kinds[k] != SERIES_KIND_COUNT; k++) {
		for (size_t i = 0; i < history_count(r->history, kinds[k]); i++)
			subject_write(r, kinds[k], history_series(r->history, kinds[k], i), p, out);
	}
	fputs("</table></div>\n", out);
}

static void phase_tables_write(const struct report *r, const struct report_phases *p, FILE *out)
{
	static const enum series_kind segments[] = { SERIES_REGISTRATION, SERIES_SEGMENT, SERIES_NETWORK, SERIES_KIND_COUNT };
	static const enum series_kind procedures[] = { SERIES_PROCEDURE, SERIES_KIND_COUNT };

	phase_table_write(r, segments, r->writer.plan->segment_count > 0 ? "Registrations by segment" : "Registrations by network code", p,
			  out);
	phase_table_write(r, procedures, "By procedure", p, out);
}

void report_phases_write(const struct report *r, FILE *out)
{
	struct history_span span = history_span(r->history);
	struct report_phases whole = {
		.before = span.from, .onset = span.to + span.width, .end = span.to + span.width, .after = span.to + span.width
	};

	fprintf(out, "<section id=\"phases\">\n<h2>%s</h2>\n", r->incident_count == 0 ? "In numbers" : "Before, during, after");
	if (history_totals(r->history).requests == 0)
		fputs("<p>No request was seen.</p>\n", out);
	else if (r->incident_count == 0)
		phase_tables_write(r, &whole, out);
	for (size_t i = 0; i < r->incident_count && history_totals(r->history).requests > 0; i++) {
		struct report_phases p = report_phases(r, &r->incidents[r->order[i]]);

		if (r->incident_count > 1)
			fprintf(out, "<h3>Incident %zu</h3>\n", i + 1);
		fputs("<p>Before: ", out);
		html_time(out, p.before, HTML_TIME_SECOND);
		fputs(" to ", out);
		html_time(out, p.onset, HTML_TIME_SECOND);
		fputs("; during: to ", out);
		html_time(out, p.end, HTML_TIME_SECOND);
		if (p.after > p.end) {
			fputs("; after: to ", out);
			html_time(out, p.after, HTML_TIME_SECOND);
		}
		fputs(", each to the nearest ", out);
		html_duration(out, span.width);
		fputs(". Bold: at least 1\u00a0% and more than twice as much as before.</p>\n", out);
		phase_tables_write(r, &p, out);
	}
	fputs("</section>\n", out);
}

static uint64_t sum_failed(const struct series_sum *s)
{
	return s->answers[OUTCOME_NETWORK] + s->answers[OUTCOME_CONGESTION] + s->answers[OUTCOME_ABORT] + s->missing;
}

struct server {
	const struct series *series;
	struct series_sum before, during;
};

/* The servers with most failures during an incident, most first; returns how many. */
static size_t servers_find(const struct report *r, const struct report_phases *p, struct server top[SERVERS_SHOWN])
{
	size_t count = 0;

	for (size_t i = 0; i < history_count(r->history, SERIES_SERVER); i++) {
		const struct series *s = history_series(r->history, SERIES_SERVER, i);
		struct server one = { .series = s, .during = series_sum(r->history, s, p->onset, p->end) };
		size_t at = count;

		if (sum_failed(&one.during) == 0)
			continue;
		one.before = series_sum(r->history, s, p->before, p->onset);
		while (at > 0 && sum_failed(&top[at - 1].during) < sum_failed(&one.during)) {
			if (at < SERVERS_SHOWN)
				top[at] = top[at - 1];
			at--;
		}
		if (at < SERVERS_SHOWN)
			top[at] = one;
		if (count < SERVERS_SHOWN)
			count++;
	}
	return count;
}

static void server_row_write(const struct report *r, const struct server *s, FILE *out)
{
	fputs("<tr><th scope=\"row\">", out);
	html_node(out, &r->writer, s->series->value);
	fputs("</th><td class=\"number\">", out);
	html_number(out, s->during.requests);
	fputs("</td><td class=\"number\">", out);
	html_number(out, sum_failed(&s->during));
	fputs("</td><td class=\"number\">", out);
	html_share(out, series_refused(&s->before));
	fputs("</td>", out);
	share_cell_write(series_refused(&s->during), series_refused(&s->before), out);
	fputs("<td class=\"number\">", out);
	html_share(out, series_missing(&s->before));
	fputs("</td>", out);
	share_cell_write(series_missing(&s->during), series_missing(&s->before), out);
	fputs("<td class=\"number\">", out);
	html_latency(out, series_median_ms(&s->before));
	fputs("</td><td class=\"number\">", out);
	html_latency(out, series_median_ms(&s->during));
	fputs("</td></tr>\n", out);
}

static void server_table_write(const struct report *r, size_t number, const struct server *top, FILE *out)
{
	fprintf(out,
		"<div class=\"wide\"><table>\n<caption>Servers with most failures during incident %zu</caption>\n<thead>\n"
		"<tr><td></td><th scope=\"colgroup\" colspan=\"2\" class=\"group\">during</th><th scope=\"colgroup\" colspan=\"2\" "
		"class=\"group\">refused, of answers</th>"
		"<th scope=\"colgroup\" colspan=\"2\" class=\"group\">no answer, of requests</th><th scope=\"colgroup\" colspan=\"2\" "
		"class=\"group\">median</th></tr>\n"
		"<tr><th scope=\"col\">Server</th><th scope=\"col\" class=\"number\">Requests</th><th scope=\"col\" "
		"class=\"number\">Failures</th>",
		number);
	for (int i = 0; i < 3; i++)
		fputs("<th scope=\"col\" class=\"number\">before</th><th scope=\"col\" class=\"number\">during</th>", out);
	fputs("</tr>\n</thead>\n<tbody>\n", out);
	for (size_t i = 0; i < SERVERS_SHOWN && top[i].series != NULL; i++)
		server_row_write(r, &top[i], out);
	fputs("</tbody>\n</table></div>\n", out);
}

void report_servers_write(const struct report *r, FILE *out)
{
	if (r->incident_count == 0)
		return;
	fputs("<section id=\"servers\">\n<h2>Servers</h2>\n", out);
	for (size_t i = 0; i < r->incident_count; i++) {
		struct report_phases p = report_phases(r, &r->incidents[r->order[i]]);
		struct server top[SERVERS_SHOWN] = { 0 };

		if (servers_find(r, &p, top) == 0)
			fprintf(out, "<p>Incident %zu: no request to a known server failed.</p>\n", i + 1);
		else
			server_table_write(r, i + 1, top, out);
	}
	fputs("</section>\n", out);
}
