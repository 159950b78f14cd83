/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The page, its sections and the tables of announcements, examples and comments, see report_lines.h. report_lines_facts.c says what is hit,
 * report_lines_plot.c draws. Every text passes html_text(): it may hold what stood on the wire or in a file. Any thread.
 */
#include "control/sink/report_lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/sink/report_html.h"
#include "control/sink/report_page.h"

static const char *const severities[] = { "warning", "minor", "major", "critical" };

const char *told_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

double told_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* CONTRACT.md: epoch seconds with nine decimals, as text. */
nanos told_time(const json_t *object, const char *key)
{
	char *rest = NULL;
	long long seconds = strtoll(told_text(object, key), &rest, 10);
	long fraction = 0;
	long unit = 100000000;

	if (seconds < 0 || seconds > INT64_MAX / NANOS_PER_S - 1)
		return 0;
	for (const char *c = *rest == '.' ? rest + 1 : rest; *c >= '0' && *c <= '9' && unit > 0; c++, unit /= 10)
		fraction += (*c - '0') * unit;
	return seconds * NANOS_PER_S + fraction;
}

static int severity_rank(const char *severity)
{
	for (int i = 0; i < 4; i++) {
		if (strcmp(severity, severities[i]) == 0)
			return i;
	}
	return -1;
}

bool report_lines_add(json_t *incidents, json_t *line)
{
	const char *id = told_text(line, "id");
	json_t *incident = NULL;
	json_t *announcements;
	json_t *other;
	size_t i;

	if (*id == '\0' || *told_text(line, "state") == '\0' || *told_text(line, "time") == '\0')
		return false;
	json_array_foreach(incidents, i, other)
	{
		if (strcmp(told_text(other, "id"), id) == 0)
			incident = other;
	}
	if (incident == NULL) {
		incident = json_pack("{s:s, s:[]}", "id", id, "announcements");
		if (incident == NULL || json_array_append_new(incidents, incident) != 0)
			return false;
	}
	announcements = json_object_get(incident, "announcements");
	i = json_array_size(announcements);
	return (i > 0 && json_equal(json_array_get(announcements, i - 1), line)) || json_array_append(announcements, line) == 0;
}

static struct told told_read(const json_t *incident)
{
	struct told t = {
		.id = told_text(incident, "id"),
		.announcements = json_object_get(incident, "announcements"),
		.comments = json_object_get(incident, "comments"),
		.worst = severities[0],
	};
	const json_t *line;
	size_t i;

	json_array_foreach(t.announcements, i, line)
	{
		const json_t *affected = json_object_get(line, "affected_subscribers");
		const char *state = told_text(line, "state");

		t.last = line;
		t.is_cleared = strcmp(state, "cleared") == 0;
		t.is_restoring = strcmp(state, "restoring") == 0;
		if (t.open == NULL || (!t.is_cleared && !t.is_restoring))
			t.open = line;
		if (severity_rank(told_text(line, "severity")) > severity_rank(t.worst))
			t.worst = severities[severity_rank(told_text(line, "severity"))];
		if (told_number(affected, "estimate") < t.affected)
			continue;
		t.affected = told_number(affected, "estimate");
		t.affected_low = told_number(affected, "low");
		t.affected_high = told_number(affected, "high");
	}
	t.onset = told_time(t.last, "onset");
	t.detected = told_time(t.last, "detected");
	t.until = told_time(t.last, "time");
	return t;
}

static void announcement_write(const struct told *t, const json_t *line, const char *before, FILE *out)
{
	const char *severity = told_text(line, "severity");
	const char *summary = told_text(line, "summary");
	nanos time = told_time(line, "time");

	fputs("<tr><td class=\"time\">", out);
	html_time(out, time, HTML_TIME_WHOLE);
	fputs("</td><td class=\"number\">", out);
	html_duration(out, time - t->onset);
	fputs("</td><td>", out);
	html_text(out, told_text(line, "state"));
	if (severity_rank(severity) >= 0)
		fprintf(out, ", %s", severity);
	fputs("</td><td class=\"number\">", out);
	html_number(out, (uint64_t)told_number(json_object_get(line, "affected_subscribers"), "estimate"));
	fputs("</td><td class=\"number\">", out);
	html_share(out, told_number(line, "observed_ratio"));
	fputs("</td><td>", out);
	if (strcmp(summary, before) == 0)
		fputs("<span class=\"zero\">the same</span>", out);
	else
		html_text(out, summary);
	fputs("</td></tr>\n", out);
}

static void announcements_write(const struct told *t, FILE *out)
{
	const char *before = "";
	const json_t *line;
	size_t i;

	fputs("<div class=\"wide\"><table>\n<caption>Announcements</caption>\n<thead><tr><th scope=\"col\" class=\"time\">Time (UTC)</th>"
	      "<th scope=\"col\" class=\"number\">Since onset</th><th scope=\"col\">State</th><th scope=\"col\" "
	      "class=\"number\">Subscribers</th>"
	      "<th scope=\"col\" class=\"number\">Failing</th><th scope=\"col\">Sentence</th></tr></thead>\n<tbody>\n",
	      out);
	json_array_foreach(t->announcements, i, line)
	{
		announcement_write(t, line, before, out);
		before = told_text(line, "summary");
	}
	fputs("</tbody>\n</table></div>\n", out);
}

static void cell_write(const json_t *row, const char *key, bool is_code, FILE *out)
{
	const char *text = told_text(row, key);

	fputs(is_code ? "</td><td><code class=\"node\">" : "</td><td class=\"time\">", out);
	html_text(out, *text != '\0' ? text : "–");
	if (is_code)
		fputs("</code>", out);
}

static void examples_write(const struct told *t, FILE *out)
{
	const json_t *examples = json_object_get(json_object_get(t->open, "evidence"), "examples");
	const json_t *row;
	size_t i;

	if (json_array_size(examples) == 0)
		return;
	fputs("<div class=\"wide\"><table>\n<caption>Examples</caption>\n<thead><tr><th scope=\"col\" class=\"time\">Time (UTC)</th>"
	      "<th scope=\"col\">Procedure</th><th scope=\"col\">Subscriber</th><th scope=\"col\">Asked by</th><th "
	      "scope=\"col\">Server</th>"
	      "<th scope=\"col\">Cause</th></tr></thead>\n<tbody>\n",
	      out);
	json_array_foreach(examples, i, row)
	{
		fputs("<tr><td class=\"time\">", out);
		html_time(out, told_time(row, "time"), HTML_TIME_SECOND);
		cell_write(row, "procedure", false, out);
		cell_write(row, "imsi", false, out);
		cell_write(row, "client", true, out);
		cell_write(row, "server", true, out);
		cell_write(row, "cause", false, out);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody>\n</table></div>\n", out);
}

static void comments_write(const struct told *t, FILE *out)
{
	const json_t *row;
	size_t i;

	if (json_array_size(t->comments) == 0)
		return;
	fputs("<div class=\"wide\"><table>\n<caption>What people said</caption>\n<thead><tr><th scope=\"col\" class=\"time\">Time "
	      "(UTC)</th>"
	      "<th scope=\"col\">Who</th><th scope=\"col\">Words</th></tr></thead>\n<tbody>\n",
	      out);
	json_array_foreach(t->comments, i, row)
	{
		fputs("<tr><td class=\"time\">", out);
		html_time(out, told_time(row, "time"), HTML_TIME_WHOLE);
		cell_write(row, "by", false, out);
		fputs("</td><td>", out);
		html_text(out, told_text(row, "words"));
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody>\n</table></div>\n", out);
}

static void incident_write(const struct told *t, size_t number, FILE *out)
{
	const char *repair = told_text(json_object_get(t->open, "alarm"), "proposedRepairActions");

	fprintf(out, "<section class=\"incident %s\" id=\"incident-%zu\">\n<h2>Incident <span class=\"id\">", t->worst, number);
	html_text(out, t->id);
	fprintf(out, "</span> <span class=\"badge %s\">%s</span> <span class=\"badge state\">%s</span></h2>\n<p class=\"sentence\">",
		t->worst, t->worst,
		t->is_cleared     ? "cleared"
		: t->is_restoring ? "restoring"
				  : "open");
	html_text(out, told_text(t->open, "summary"));
	fputs("</p>\n", out);
	if (*repair != '\0') {
		fputs("<p class=\"next\"><strong>Look at next:</strong> ", out);
		html_text(out, repair);
		fputs("</p>\n", out);
	}
	report_lines_plot(t, number, out);
	report_lines_facts(t, out);
	announcements_write(t, out);
	comments_write(t, out);
	examples_write(t, out);
	fputs("</section>\n", out);
}

static void head_write(const char *network, size_t count, FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>Incident report",
	      out);
	if (network != NULL && *network != '\0') {
		fputs(": ", out);
		html_text(out, network);
	}
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<p class=\"kind\">Incident report</p>\n<h1>", report_style);
	html_text(out, network != NULL && *network != '\0' ? network : "Mobile network");
	fputs("</h1>\n<p class=\"span\">", out);
	html_count(out, count, "incident", "incidents");
	fputs("</p>\n</header>\n<main>\n", out);
}

void report_lines_write(const json_t *incidents, const char *network, FILE *out)
{
	const json_t *incident;
	size_t i;

	head_write(network, json_array_size(incidents), out);
	if (json_array_size(incidents) == 0)
		fputs("<p class=\"verdict calm\">No incident was announced.</p>\n", out);
	json_array_foreach(incidents, i, incident)
	{
		struct told t = told_read(incident);

		if (t.last != NULL)
			incident_write(&t, i + 1, out);
	}
	fputs("</main>\n<footer>\n<p>Made by sigcanary " SIGCANARY_VERSION " from the announcements of these incidents. Times are UTC. "
	      "Subscribers are pseudonyms unless the probe was told otherwise.</p>\n</footer>\n</body>\n</html>\n",
	      out);
}
