/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One incident on the report's page: its sentence, what is hit, whom, where and since when, the announcements, examples, and what to look
 * at next. Numbers are those of the last announcement while it went on: a cleared incident's last words describe the repair, not the fault.
 * Subscribers appear as the writer's pseudonyms only; texts from the wire pass html_text(). Control's thread.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/incident/words.h"
#include "control/sink/report_html.h"
#include "control/sink/report_page.h"

#define PREFIXES_SHOWN 12
#define EXAMPLES_SHOWN 5

static const char *const kind_words[INCIDENT_KIND_COUNT] = {
	[INCIDENT_REJECT_RATIO] = "Too many requests are refused",
	[INCIDENT_NO_ANSWER] = "Too many requests stay without an answer",
	[INCIDENT_VOLUME_DROP] = "Requests stay away",
	[INCIDENT_STORM] = "Far more requests than usual",
	[INCIDENT_LATENCY] = "Answers take too long",
	[INCIDENT_ROUTE_UNAVAILABLE] = "A route is not available",
	[INCIDENT_PEER_DOWN] = "A peer is gone",
	[INCIDENT_NODE_RESTART] = "A node has restarted",
	[INCIDENT_MASS_DEREGISTRATION] = "Subscribers are deregistered in great number",
	[INCIDENT_PROBE_BLIND] = "The probe does not see everything",
};

static void row_open(FILE *out, const char *name)
{
	fprintf(out, "<tr><th scope=\"row\">%s</th><td>", name);
}

static void row_close(FILE *out)
{
	fputs("</td></tr>\n", out);
}

static void kind_write(const struct alarm *a, FILE *out)
{
	row_open(out, "What");
	fputs((unsigned int)a->kind < INCIDENT_KIND_COUNT ? kind_words[a->kind] : incident_kind_name(a->kind), out);
	fputs(": ", out);
	html_share(out, a->observed_ratio);
	fputs(" instead of the usual ", out);
	html_share(out, a->baseline_ratio);
	row_close(out);
}

static void procedures_write(const struct alarm *a, FILE *out)
{
	if (a->procedure_count == 0)
		return;
	row_open(out, "Procedures");
	for (size_t i = 0; i < a->procedure_count && i < INCIDENT_PROCEDURES_MAX; i++) {
		const struct procedure_row *row = procedure_row(a->procedures[i]);

		if (row == NULL)
			continue;
		fprintf(out, "<span class=\"item\">%s <code>%s</code></span>", row->words, row->name);
	}
	row_close(out);
}

static void services_write(const struct alarm *a, FILE *out)
{
	static const struct {
		uint8_t bit;
		const char *words;
	} services[] = { { SERVICE_CALLS, "calls" }, { SERVICE_TEXTS, "texts" }, { SERVICE_DATA, "data" } };
	const char *comma = "";

	if (a->services != 0) {
		row_open(out, "Services");
		for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
			if (!(a->services & services[i].bit))
				continue;
			fprintf(out, "%s%s", comma, services[i].words);
			comma = ", ";
		}
		row_close(out);
	}
	if (a->rats >> 1 != 0) {
		comma = "";
		row_open(out, "Radio access");
		for (unsigned int i = 1; i < RAT_COUNT; i++) {
			if (!(a->rats & 1u << i))
				continue;
			fprintf(out, "%s%s", comma, words_rat((enum rat)i));
			comma = ", ";
		}
		row_close(out);
	}
}

static const char *segment_label(const struct plan_segment *s)
{
	return s->label != NULL && *s->label != '\0' ? s->label : s->name;
}

static void segments_write(const struct report *r, const struct alarm *a, FILE *out)
{
	const struct plan *plan = r->writer.plan;
	const char *comma = "";

	if (a->segments == 0 || plan->segment_count == 0)
		return;
	row_open(out, "Segments");
	for (size_t i = 0; i < plan->segment_count && i < PLAN_SEGMENTS_MAX; i++) {
		if (!(a->segments & UINT64_C(1) << i))
			continue;
		fputs(comma, out);
		html_text(out, segment_label(&plan->segments[i]));
		comma = ", ";
	}
	row_close(out);
}

static int prefix_compare(const void *a, const void *b)
{
	const digits *x = a;
	const digits *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* How many prefixes from `at` on follow each other: 2341001, 2341002, ... */
static size_t run_length(const digits *prefixes, size_t count, size_t at)
{
	char text[DIGITS_TEXT_MAX];
	unsigned long long number;
	size_t length = 1;

	digits_write(prefixes[at], text);
	number = strtoull(text, NULL, 10);
	while (at + length < count && digits_count(prefixes[at + length]) == digits_count(prefixes[at])) {
		digits_write(prefixes[at + length], text);
		if (strtoull(text, NULL, 10) != number + length)
			break;
		length++;
	}
	return length;
}

static void prefixes_write(const struct alarm *a, FILE *out)
{
	digits sorted[INCIDENT_PREFIXES_MAX];
	size_t count = a->prefix_count < INCIDENT_PREFIXES_MAX ? a->prefix_count : INCIDENT_PREFIXES_MAX;
	char text[DIGITS_TEXT_MAX];
	size_t runs = 0;

	row_open(out, "IMSI prefixes");
	if (count == 0)
		fputs("no particular ones: all number ranges alike", out);
	memcpy(sorted, a->prefixes, count * sizeof(sorted[0]));
	qsort(sorted, count, sizeof(sorted[0]), prefix_compare);
	for (size_t i = 0; i < count; runs++) {
		size_t length = run_length(sorted, count, i);

		if (runs == PREFIXES_SHOWN)
			fprintf(out, "<details><summary>and %zu more prefixes</summary>", count - i);
		digits_write(sorted[i], text);
		fprintf(out, "<span class=\"item\"><code>%s", text);
		digits_write(sorted[i + length - 1], text);
		if (length > 1)
			fprintf(out, "–%s", text);
		fputs("</code></span>", out);
		i += length;
	}
	if (runs > PREFIXES_SHOWN)
		fputs("</details>", out);
	row_close(out);
}

static void nodes_write(const struct report *r, const struct alarm *a, FILE *out)
{
	if (a->node_count == 0)
		return;
	row_open(out, "Nodes");
	for (size_t i = 0; i < a->node_count && i < INCIDENT_NODES_MAX; i++) {
		fprintf(out, "<span class=\"item\">%s ", a->nodes[i].is_server ? "answering:" : "asking:");
		html_node(out, &r->writer, a->nodes[i].node);
		fputs("</span>", out);
	}
	row_close(out);
}

static void cause_write(enum cause_layer layer, uint32_t number, FILE *out)
{
	const char *name = cause_name(layer, number);

	if (layer == CAUSE_TIMEOUT) {
		fputs("no answer", out);
	} else {
		if (name != NULL)
			fprintf(out, "%s ", name);
		fprintf(out, "<code>%s:%" PRIu32 "</code>", cause_layer_name(layer), number);
	}
}

static void causes_write(const struct alarm *a, FILE *out)
{
	if (a->cause_count == 0)
		return;
	row_open(out, "Causes");
	for (size_t i = 0; i < a->cause_count && i < INCIDENT_CAUSES_MAX; i++) {
		double share = a->causes[i].share > 1 ? 1 : a->causes[i].share > 0 ? a->causes[i].share : 0;

		fprintf(out,
			"<span class=\"cause\"><span class=\"bar\"><span style=\"width:%.1f%%\"></span></span> <span class=\"number\">",
			100 * share);
		html_share(out, a->causes[i].share);
		fputs("</span> <span>", out);
		cause_write((enum cause_layer)a->causes[i].cause_layer, a->causes[i].cause, out);
		fputs("</span></span>", out);
	}
	row_close(out);
}

static void times_write(const struct report *r, const struct report_incident *incident, FILE *out)
{
	const struct alarm *a = &incident->last;
	nanos end = incident->is_cleared ? incident->cleared : history_span(r->history).to;

	row_open(out, "Since");
	html_time(out, a->onset, HTML_TIME_WHOLE);
	fputs(" UTC, announced ", out);
	html_duration(out, a->detected - a->onset);
	fputs(" later", out);
	row_close(out);
	row_open(out, "Until");
	if (incident->is_cleared) {
		html_time(out, incident->cleared, HTML_TIME_WHOLE);
		fputs(" UTC, after ", out);
		html_duration(out, end - a->onset);
	} else {
		fputs("still there at the end, after ", out);
		html_duration(out, end - a->onset);
	}
	row_close(out);
}

static void size_write(const struct report_incident *incident, FILE *out)
{
	const struct alarm *a = &incident->open;

	row_open(out, "Subscribers");
	fputs("about ", out);
	html_number(out, incident->affected);
	fputs(" (", out);
	html_number(out, incident->affected_low);
	fputs(" to ", out);
	html_number(out, incident->affected_high);
	fputs(") hit", out);
	if (incident->last.state == INCIDENT_RESTORING || incident->last.state == INCIDENT_CLEARED)
		fprintf(out, ", %.0f of them seen successful again", (double)incident->last.recovered);
	row_close(out);
	row_open(out, "Requests");
	html_number(out, a->failed);
	fputs(" of ", out);
	html_number(out, a->requests);
	fprintf(out, " failed in %.0f\u00a0s", a->window_s);
	if (a->sticky >= 0) {
		fputs("; the next attempt of the same subscriber failed too in ", out);
		html_share(out, a->sticky);
	}
	row_close(out);
	if (a->packets_dropped == 0 && a->loss_estimate <= 0)
		return;
	row_open(out, "Sight");
	fprintf(out, "the probe lost %" PRIu64 " packets meanwhile, about ", a->packets_dropped);
	html_share(out, a->loss_estimate);
	fputs(" of the signalling", out);
	row_close(out);
}

static void facts_write(const struct report *r, const struct report_incident *incident, FILE *out)
{
	const struct alarm *a = &incident->open;

	fputs("<table class=\"facts\">\n<caption>What, for whom, where, since when</caption>\n<tbody>\n", out);
	kind_write(a, out);
	size_write(incident, out);
	services_write(a, out);
	segments_write(r, a, out);
	prefixes_write(a, out);
	nodes_write(r, a, out);
	procedures_write(a, out);
	causes_write(a, out);
	times_write(r, incident, out);
	fputs("</tbody>\n</table>\n", out);
}

static void timeline_write(const struct report_incident *incident, FILE *out)
{
	fputs("<div class=\"wide\"><table>\n<caption>Announcements</caption>\n<thead><tr><th scope=\"col\" class=\"time\">Time (UTC)</th>"
	      "<th scope=\"col\" class=\"number\">Since onset</th><th scope=\"col\">State</th><th scope=\"col\" "
	      "class=\"number\">Subscribers</th>"
	      "<th scope=\"col\">Sentence</th></tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < incident->announcement_count; i++) {
		const struct announcement *a = &incident->announcements[i];

		if (incident->omitted > 0 && i + 1 == incident->announcement_count)
			fprintf(out, "<tr><td colspan=\"5\">%" PRIu64 " more announcements are left out here</td></tr>\n",
				incident->omitted);
		fputs("<tr><td class=\"time\">", out);
		html_time(out, a->time, HTML_TIME_SECOND);
		fputs("</td><td class=\"number\">", out);
		html_duration(out, a->time - incident->last.onset);
		fprintf(out, "</td><td>%s", incident_state_name(a->state));
		if (a->severity != SEVERITY_CLEARED)
			fprintf(out, ", %s", incident_severity_name(a->severity));
		fputs("</td><td class=\"number\">", out);
		html_number(out, a->affected);
		fputs("</td><td>", out);
		if (i > 0 && strcmp(a->summary, a[-1].summary) == 0)
			fputs("<span class=\"zero\">the same</span>", out);
		else
			html_text(out, a->summary);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody>\n</table></div>\n", out);
}

static void example_write(const struct report *r, const struct outcome *o, FILE *out)
{
	const struct procedure_row *row = procedure_row(o->procedure);
	char text[PSEUDONYM_TEXT_MAX] = "–";

	if (o->imsi != 0)
		pseudonym_write(r->writer.pseudonym, PSEUDONYM_IMSI, o->imsi, text);
	fputs("<tr><td class=\"time\">", out);
	html_time(out, o->time, HTML_TIME_SECOND);
	fprintf(out, "</td><td class=\"time\"><code>%s</code></td><td class=\"time\">", row != NULL ? row->name : "unknown");
	html_text(out, text);
	fputs("</td><td>", out);
	html_node(out, &r->writer, o->client);
	fputs("</td><td>", out);
	html_node(out, &r->writer, o->server);
	fputs("</td><td>", out);
	cause_write((enum cause_layer)o->cause_layer, o->cause, out);
	fputs("</td><td class=\"number\">", out);
	if (o->frames[0] != 0)
		fprintf(out, "%" PRIu32, o->frames[0]);
	if (o->frames[1] != 0)
		fprintf(out, "%s%" PRIu32, o->frames[0] != 0 ? ", " : "", o->frames[1]);
	fputs("</td></tr>\n", out);
}

static void examples_write(const struct report *r, const struct alarm *a, FILE *out)
{
	if (a->example_count == 0)
		return;
	fputs("<div class=\"wide\"><table>\n<caption>Examples to open in the capture</caption>\n<thead><tr><th scope=\"col\" "
	      "class=\"time\">Time (UTC)</th>"
	      "<th scope=\"col\">Procedure</th><th scope=\"col\">Subscriber</th><th scope=\"col\" class=\"time\">Asked by</th>"
	      "<th scope=\"col\">Server</th><th scope=\"col\">Cause</th><th scope=\"col\" "
	      "class=\"number\">Frames</th></tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < a->example_count && i < EXAMPLES_SHOWN; i++)
		example_write(r, &a->examples[i], out);
	fputs("</tbody>\n</table></div>\n", out);
}

void report_incident_write(const struct report *r, const struct report_incident *incident, size_t number, FILE *out)
{
	const char *state = incident->is_cleared ? "cleared" : incident->is_restoring ? "restoring at the end" : "open at the end";

	fprintf(out, "<section class=\"incident %s\" id=\"incident-%zu\">\n<h2>Incident %zu <span class=\"id\">",
		incident_severity_name(incident->worst), number, number);
	html_text(out, incident->last.id);
	fprintf(out, "</span> <span class=\"badge %s\">%s</span> <span class=\"badge state\">%s</span></h2>\n",
		incident_severity_name(incident->worst), incident_severity_name(incident->worst), state);
	/* A single incident's sentence stands in the verdict just above. */
	if (r->incident_count > 1) {
		fputs("<p class=\"sentence\">", out);
		html_text(out, incident->open.summary);
		fputs("</p>\n", out);
	}
	if (incident->open.repair[0] != '\0') {
		fputs("<p class=\"next\"><strong>Look at next:</strong> ", out);
		html_text(out, incident->open.repair);
		fputs("</p>\n", out);
	}
	facts_write(r, incident, out);
	timeline_write(incident, out);
	examples_write(r, &incident->open, out);
	fputs("</section>\n", out);
}
