/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What, for whom, where and since when, from one announcement's line (CONTRACT.md, "Alarms"), as the rows of a table; see report_lines.h.
 * Numbers are those of the last line while the fault went on, but for what came back.
 */
#include <stdlib.h>
#include <string.h>

#include "control/sink/report_html.h"
#include "control/sink/report_lines.h"

static void row_open(FILE *out, const char *name)
{
	fprintf(out, "<tr><th scope=\"row\">%s</th><td>", name);
}

static void row_close(FILE *out)
{
	fputs("</td></tr>\n", out);
}

/* A row of an array of texts; none when it is empty. */
static void list_write(const json_t *line, const char *key, const char *name, bool is_code, FILE *out)
{
	const json_t *list = json_object_get(line, key);
	const json_t *one;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	row_open(out, name);
	json_array_foreach(list, i, one)
	{
		const char *text = json_string_value(one);

		fputs(is_code ? "<span class=\"item\"><code>" : "<span class=\"item\">", out);
		html_text(out, text != NULL ? text : "");
		fputs(is_code ? "</code></span>" : "</span>", out);
	}
	row_close(out);
}

static void nodes_write(const json_t *line, FILE *out)
{
	const json_t *nodes = json_object_get(line, "nodes");
	const json_t *one;
	size_t i;

	if (json_array_size(nodes) == 0)
		return;
	row_open(out, "Nodes");
	json_array_foreach(nodes, i, one)
	{
		const char *name = told_text(one, "name");

		fprintf(out, "<span class=\"item\">%s: ", strcmp(told_text(one, "role"), "server") == 0 ? "answering" : "asking");
		html_text(out, name);
		fputs(*name != '\0' ? ", <code class=\"node\">" : "<code class=\"node\">", out);
		html_text(out, told_text(one, "id"));
		fputs("</code></span>", out);
	}
	row_close(out);
}

static void causes_write(const json_t *line, FILE *out)
{
	const json_t *causes = json_object_get(line, "causes");
	const json_t *one;
	size_t i;

	if (json_array_size(causes) == 0)
		return;
	row_open(out, "Causes");
	json_array_foreach(causes, i, one)
	{
		double share = told_number(one, "share");

		fprintf(out,
			"<span class=\"cause\"><span class=\"bar\"><span style=\"width:%.1f%%\"></span></span> <span class=\"number\">",
			share > 1   ? 100
			: share > 0 ? 100 * share
				    : 0);
		html_share(out, share);
		fputs("</span> <span>", out);
		html_text(out, told_text(one, "name"));
		fputs(" <code>", out);
		html_text(out, told_text(one, "cause"));
		fputs("</code></span></span>", out);
	}
	row_close(out);
}

static void times_write(const struct told *t, FILE *out)
{
	row_open(out, "Since");
	html_time(out, t->onset, HTML_TIME_WHOLE);
	fputs(" UTC, announced ", out);
	html_duration(out, t->detected - t->onset);
	fputs(" later", out);
	row_close(out);
	row_open(out, "Until");
	if (t->is_cleared) {
		html_time(out, t->until, HTML_TIME_WHOLE);
		fputs(" UTC, after ", out);
	} else {
		fputs("not over when this was last told, after ", out);
	}
	html_duration(out, t->until - t->onset);
	row_close(out);
}

static void size_write(const struct told *t, FILE *out)
{
	const json_t *affected = json_object_get(t->last, "affected_subscribers");
	const json_t *evidence = json_object_get(t->open, "evidence");

	row_open(out, "Subscribers");
	fputs("about ", out);
	html_number(out, (uint64_t)t->affected);
	fputs(" (", out);
	html_number(out, (uint64_t)t->affected_low);
	fputs(" to ", out);
	html_number(out, (uint64_t)t->affected_high);
	fputs(") hit", out);
	if (*told_text(affected, "basis") != '\0') {
		fputs(": ", out);
		html_text(out, told_text(affected, "basis"));
	}
	if (told_number(affected, "recovered") > 0) {
		fputs("; seen successful again: ", out);
		html_number(out, (uint64_t)told_number(affected, "recovered"));
	}
	row_close(out);
	row_open(out, "Requests");
	html_number(out, (uint64_t)told_number(evidence, "failed"));
	fputs(" of ", out);
	html_number(out, (uint64_t)told_number(evidence, "requests"));
	fprintf(out, " failed in %.0f\u00a0s, ", told_number(evidence, "window_s"));
	html_share(out, told_number(t->open, "observed_ratio"));
	fputs(" instead of the usual ", out);
	html_share(out, told_number(t->open, "baseline_ratio"));
	row_close(out);
}

/* What came back, by radio access or by segment. */
static void recovery_write(const struct told *t, const char *key, const char *name, FILE *out)
{
	json_t *shares = json_object_get(json_object_get(t->last, "recovery"), key);
	json_t *share;
	const char *what;

	if (json_object_size(shares) == 0)
		return;
	row_open(out, name);
	json_object_foreach(shares, what, share)
	{
		fputs("<span class=\"item\">", out);
		html_text(out, what);
		fprintf(out, " %.0f\u00a0%%</span>", json_number_value(share));
	}
	row_close(out);
}

static void sight_write(const struct told *t, FILE *out)
{
	const json_t *sight = json_object_get(t->open, "visibility");
	const json_t *blind = json_object_get(sight, "blind");

	row_open(out, "Sight");
	if (told_number(sight, "packets_dropped") <= 0 && told_number(sight, "loss_estimate") <= 0 && json_array_size(blind) == 0) {
		fputs("the probe lost nothing that it knows of", out);
	} else {
		html_count(out, (uint64_t)told_number(sight, "packets_dropped"), "packet lost", "packets lost");
		fputs(", about ", out);
		html_share(out, told_number(sight, "loss_estimate"));
		fputs(" of the signalling", out);
	}
	if (json_array_size(blind) > 0)
		fprintf(out, "; %zu places that the probe could not see", json_array_size(blind));
	row_close(out);
}

void report_lines_facts(const struct told *t, FILE *out)
{
	fputs("<table class=\"facts\">\n<caption>What, for whom, where, since when</caption>\n<tbody>\n", out);
	row_open(out, "Kind");
	html_text(out, told_text(t->open, "kind"));
	row_close(out);
	size_write(t, out);
	list_write(t->open, "services", "Services", false, out);
	list_write(t->open, "rats", "Radio access", false, out);
	list_write(t->open, "segments", "Segments", false, out);
	list_write(t->open, "imsi_prefixes", "IMSI prefixes", true, out);
	nodes_write(t->open, out);
	list_write(t->open, "procedures", "Procedures", true, out);
	causes_write(t->open, out);
	times_write(t, out);
	recovery_write(t, "per_rat", "Back by radio", out);
	recovery_write(t, "per_segment", "Back by segment", out);
	sight_write(t, out);
	row_open(out, "Alarm");
	fputs("<code>", out);
	html_text(out, told_text(json_object_get(t->open, "alarm"), "alarmId"));
	fputs("</code> ", out);
	html_text(out, told_text(json_object_get(t->open, "alarm"), "specificProblem"));
	row_close(out);
	fputs("</tbody>\n</table>\n", out);
}
