/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a plan would monitor, for `sigcanary check`: sentences for people, or one JSON object. Called by control; pure functions of the
 * plan.
 */
#include <inttypes.h>
#include <string.h>

#include "config/calendar.h"
#include "config/config.h"
#include "config/value.h"
#include "dataplane/codes/codes.h"

/* Patterns of a field that are written out before the rest is only counted. */
#define SHOWN_PATTERNS 6

static const char *const kind_words[] = {
	[PLAN_SEGMENT_NETWORK] = "network", [PLAN_SEGMENT_BRAND] = "brand", [PLAN_SEGMENT_RANGE] = "range", [PLAN_SEGMENT_NODES] = "nodes"
};

static const struct {
	const char *words;
	const char *key;
} fields[PLAN_FIELD_COUNT] = {
	[PLAN_FIELD_IMSI] = { "IMSI", "imsi" },
	[PLAN_FIELD_MSISDN] = { "number", "msisdn" },
	[PLAN_FIELD_GLOBAL_TITLE] = { "global title", "global_title" },
	[PLAN_FIELD_POINT_CODE] = { "point code", "point_code" },
	[PLAN_FIELD_HOST] = { "host", "host" },
	[PLAN_FIELD_REALM] = { "realm", "realm" },
	[PLAN_FIELD_APN] = { "access point", "apn" },
};

static void pattern_show(const struct plan_pattern *pattern, FILE *out)
{
	char text[DIGITS_TEXT_MAX];

	digits_write(pattern->prefix, text);
	if (pattern->expression)
		fprintf(out, "/%s/", pattern->expression);
	else if (pattern->field == PLAN_FIELD_POINT_CODE)
		fprintf(out, "%" PRIu32, pattern->number);
	else
		fprintf(out, "%s...", text);
}

static void field_show(const struct plan_segment *segment, enum plan_field field, FILE *out)
{
	size_t count = 0;

	for (size_t i = 0; i < segment->pattern_count; i++) {
		if (segment->patterns[i].field != field)
			continue;
		if (count < SHOWN_PATTERNS) {
			if (count == 0)
				fprintf(out, "      %s ", fields[field].words);
			else
				fputs(", ", out);
			pattern_show(&segment->patterns[i], out);
		}
		count++;
	}
	if (count > SHOWN_PATTERNS)
		fprintf(out, " and %zu more", count - SHOWN_PATTERNS);
	if (count)
		fputc('\n', out);
}

static void segments_show(const struct plan *p, FILE *out)
{
	if (p->segment_count == 0)
		fputs("No segments: faults are placed by number prefix and node only. Add 'segments:' to name brands.\n", out);
	else
		fprintf(out, "%zu segment%s, besides everything together:\n", p->segment_count, p->segment_count == 1 ? "" : "s");
	for (size_t i = 0; i < p->segment_count; i++) {
		const struct plan_segment *segment = &p->segments[i];

		fprintf(out, "  %s (%s, %s", segment->name, segment->label, kind_words[segment->kind]);
		if (segment->subscribers)
			fprintf(out, ", %" PRIu64 " subscribers", segment->subscribers);
		fputs(")\n", out);
		for (unsigned int field = 0; field < PLAN_FIELD_COUNT; field++)
			field_show(segment, (enum plan_field)field, out);
	}
}

static void nodes_show(const struct plan *p, FILE *out)
{
	char text[DIGITS_TEXT_MAX];

	if (p->node_count)
		fprintf(out, "%zu named node%s:\n", p->node_count, p->node_count == 1 ? "" : "s");
	for (size_t i = 0; i < p->node_count; i++) {
		const struct plan_node *node = &p->nodes[i];

		fprintf(out, "  %s", node->name);
		if (node->role)
			fprintf(out, " (%s)", node->role);
		if (node->global_title) {
			digits_write(node->global_title, text);
			fprintf(out, " %s", text);
		}
		if (node->point_code)
			fprintf(out, " pc:%" PRIu32, node->point_code);
		if (node->host)
			fprintf(out, " %s", node->host);
		fputc('\n', out);
	}
}

static void ports_show(const char *words, const uint16_t *ports, size_t count, FILE *out)
{
	if (count == 0) {
		fprintf(out, "%s on no port of its own", words);
		return;
	}
	fprintf(out, "%s on port%s ", words, count == 1 ? "" : "s");
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%u", i ? ", " : "", (unsigned int)ports[i]);
}

static void detection_show(const struct plan_detection *d, FILE *out)
{
	fputs("Judged every ", out);
	duration_write(nanos_to_s(d->tick), out);
	fputs(" after ", out);
	duration_write(nanos_to_s(d->warm_up), out);
	fputs(" of traffic; on average one false page in ", out);
	duration_write(d->page_interval_s, out);
	fputs(" and one false advisory in ", out);
	duration_write(d->advisory_interval_s, out);
	fprintf(out, ".\nMinor from %" PRIu64 ", major from %" PRIu64 ", critical from %" PRIu64 " affected subscribers.\n", d->minor,
		d->major, d->critical);
}

static void calendar_show(const struct plan_calendar *c, FILE *out)
{
	fprintf(out, "Local time: %s; %zu holiday%s, %zu announced work%s.\n", c->time_zone[0] ? c->time_zone : "UTC", c->holiday_count,
		c->holiday_count == 1 ? "" : "s", c->maintenance_count, c->maintenance_count == 1 ? "" : "s");
	for (size_t i = 0; i < c->maintenance_count; i++) {
		fputs("  ", out);
		calendar_time_write(c->maintenance[i].from, out);
		fputs(" to ", out);
		calendar_time_write(c->maintenance[i].until, out);
		fprintf(out, "%s%s\n", c->maintenance[i].words ? " " : "", c->maintenance[i].words ? c->maintenance[i].words : "");
	}
}

#define RECEIVERS_MAX 64

struct receiver {
	const char *words;
	const char *where;
};

static size_t receivers_of(const char *words, const char *const *where, size_t count, struct receiver ret[RECEIVERS_MAX])
{
	for (; where && *where && count < RECEIVERS_MAX; where++)
		ret[count++] = (struct receiver){ words, *where };
	return count;
}

/* Where alarms go, those that are one by one; there is always room for these. */
static size_t receivers_find(const struct plan *p, struct receiver ret[RECEIVERS_MAX])
{
	const struct receiver single[] = {
		{ "file (of replays, too)", p->alarms_file },
		{ "history", p->store_file },
		{ "syslog", p->syslog.target },
		{ "journal", p->journal.enabled ? "of this machine" : NULL },
		{ "webhook", p->webhook.url },
		{ "VES", p->ves.url },
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		if (single[i].where)
			ret[count++] = single[i];
	}
	count = receivers_of("Alertmanager", p->alertmanager.urls, count, ret);
	count = receivers_of(p->snmp.version == PLAN_SNMP_V3 ? "SNMP v3" : "SNMP v2c", p->snmp.targets, count, ret);
	return p->mail.server ? receivers_of("mail", p->mail.to, count, ret) : count;
}

static void receivers_show(const struct plan *p, FILE *out)
{
	struct receiver all[RECEIVERS_MAX];
	size_t count = receivers_find(p, all);

	fputs(count > 0 ? "Alarms of a live probe go to:\n" : "Alarms of a live probe go nowhere but the terminal and the page.\n", out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "  %s %s\n", all[i].words, all[i].where);
}

void plan_explain(const struct plan *p, FILE *out)
{
	fprintf(out, "Network: %s\n", p->network_name[0] ? p->network_name : "(no name; set network.name)");
	segments_show(p, out);
	nodes_show(p, out);
	if (p->outcome_count)
		fprintf(out, "%zu cause%s counted differently from the standard tables.\n", p->outcome_count,
			p->outcome_count == 1 ? "" : "s");
	ports_show("Diameter", p->diameter_ports, p->diameter_port_count, out);
	fputs(p->finds_diameter_anywhere ? " and wherever its header is found; " : "; ", out);
	ports_show("M3UA", p->m3ua_ports, p->m3ua_port_count, out);
	fputs(".\n", out);
	detection_show(&p->detection, out);
	calendar_show(&p->calendar, out);
	receivers_show(p, out);
	if (p->evidence.directory)
		fprintf(out, "Packets around each incident are kept in %s.\n", p->evidence.directory);
	fprintf(out, "Live: %s%s, %u worker%s; ", p->interface ? "interface " : "DPDK ports", p->interface ? p->interface : "", p->workers,
		p->workers == 1 ? "" : "s");
	if (p->metrics_port)
		fprintf(out, "page and metrics on %s port %u.\n", p->metrics_address, (unsigned int)p->metrics_port);
	else
		fputs("no page and no metrics.\n", out);
}

static void receivers_json(const struct plan *p, FILE *out)
{
	struct receiver all[RECEIVERS_MAX];
	size_t count = receivers_find(p, all);

	fputs(",\"receivers\":[", out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%s{\"kind\":\"%s\",\"where\":", i ? "," : "", all[i].words);
		text_write_quoted(all[i].where, out);
		fputc('}', out);
	}
	fputc(']', out);
}

static void ports_json(const char *key, const uint16_t *ports, size_t count, FILE *out)
{
	fprintf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%u", i ? "," : "", (unsigned int)ports[i]);
	fputc(']', out);
}

static void segment_json(const struct plan_segment *segment, FILE *out)
{
	size_t counts[PLAN_FIELD_COUNT] = { 0 };
	bool is_first = true;

	for (size_t i = 0; i < segment->pattern_count; i++)
		counts[segment->patterns[i].field]++;
	fprintf(out, "{\"name\":\"%s\",\"label\":", segment->name);
	text_write_quoted(segment->label, out);
	fprintf(out, ",\"kind\":\"%s\"", kind_words[segment->kind]);
	if (segment->subscribers)
		fprintf(out, ",\"subscribers\":%" PRIu64, segment->subscribers);
	fputs(",\"patterns\":{", out);
	for (unsigned int field = 0; field < PLAN_FIELD_COUNT; field++) {
		if (counts[field] == 0)
			continue;
		fprintf(out, "%s\"%s\":%zu", is_first ? "" : ",", fields[field].key, counts[field]);
		is_first = false;
	}
	fputs("}}", out);
}

static void node_json(const struct plan_node *node, FILE *out)
{
	char text[DIGITS_TEXT_MAX];

	fputs("{\"name\":", out);
	text_write_quoted(node->name, out);
	if (node->role)
		fprintf(out, ",\"role\":\"%s\"", node->role);
	digits_write(node->global_title, text);
	if (node->global_title)
		fprintf(out, ",\"global_title\":\"%s\"", text);
	if (node->point_code)
		fprintf(out, ",\"point_code\":%" PRIu32, node->point_code);
	if (node->host) {
		fputs(",\"host\":", out);
		text_write_quoted(node->host, out);
	}
	fputc('}', out);
}

static void calendar_json(const struct plan *p, FILE *out)
{
	const struct plan_calendar *c = &p->calendar;

	fputs(",\"calendar\":{\"time_zone\":", out);
	text_write_quoted(c->time_zone, out);
	fputs(",\"holidays\":[", out);
	for (size_t i = 0; i < c->holiday_count; i++) {
		fputs(i ? ",\"" : "\"", out);
		calendar_date_write(c->holidays[i], out);
		fputc('"', out);
	}
	fputs("],\"maintenance\":[", out);
	for (size_t i = 0; i < c->maintenance_count; i++) {
		fprintf(out, "%s{\"from\":\"", i ? "," : "");
		calendar_time_write(c->maintenance[i].from, out);
		fputs("\",\"until\":\"", out);
		calendar_time_write(c->maintenance[i].until, out);
		fputs("\",\"words\":", out);
		text_write_quoted(c->maintenance[i].words ? c->maintenance[i].words : "", out);
		fputc('}', out);
	}
	fputs("]}", out);
}

static void outcome_json(const struct plan_outcome *outcome, FILE *out)
{
	fprintf(out, "{\"cause\":\"%s:%" PRIu32 "\",\"class\":\"%s\"}", cause_layer_name((enum cause_layer)outcome->cause_layer),
		outcome->cause, outcome_class_name((enum outcome_class)outcome->class));
}

void plan_explain_json(const struct plan *p, FILE *out)
{
	fputs("{\"network\":", out);
	text_write_quoted(p->network_name, out);
	fputs(",\"segments\":[", out);
	for (size_t i = 0; i < p->segment_count; i++) {
		fputs(i ? "," : "", out);
		segment_json(&p->segments[i], out);
	}
	fputs("],\"nodes\":[", out);
	for (size_t i = 0; i < p->node_count; i++) {
		fputs(i ? "," : "", out);
		node_json(&p->nodes[i], out);
	}
	fputs("],\"outcomes\":[", out);
	for (size_t i = 0; i < p->outcome_count; i++) {
		fputs(i ? "," : "", out);
		outcome_json(&p->outcomes[i], out);
	}
	fputc(']', out);
	ports_json("diameter_ports", p->diameter_ports, p->diameter_port_count, out);
	ports_json("m3ua_ports", p->m3ua_ports, p->m3ua_port_count, out);
	calendar_json(p, out);
	receivers_json(p, out);
	fprintf(out, ",\"tick_s\":%.12g,\"page_interval_s\":%.12g,\"advisory_interval_s\":%.12g,\"workers\":%u}\n",
		nanos_to_s(p->detection.tick), p->detection.page_interval_s, p->detection.advisory_interval_s, p->workers);
}
