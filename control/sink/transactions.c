/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The transaction lines of CONTRACT.md. A request that timed out is written once its late answer can no longer come, so that every request
 * has exactly one line. Written without a JSON library: it is one line per transaction of a replay.
 */
#include "control/sink/transactions.h"

#include <inttypes.h>

#include "control/sink/json.h"

void node_write_json(incident_name_of name_of, void *names, node n, FILE *out)
{
	const char *name = node_is_named(n) ? name_of(names, n) : NULL;
	char text[NODE_TEXT_MAX];

	if (name == NULL)
		node_write(n, text);
	json_text(&(struct json){ .out = out }, NULL, name != NULL ? name : text);
}

static bool is_final(const struct outcome *o)
{
	switch ((enum outcome_event)o->event) {
	case OUTCOME_EVENT_CLOSED:
		return o->class != OUTCOME_TIMEOUT;
	case OUTCOME_EVENT_LATE:
	case OUTCOME_EVENT_WRITTEN:
		return true;
	case OUTCOME_EVENT_OVERDUE:
	case OUTCOME_EVENT_SIGHTED:
	case OUTCOME_EVENT_NOTICE:
		return false;
	}
	return false;
}

static void cause_write(const struct outcome *o, FILE *out)
{
	const char *name;

	if (o->cause_layer == CAUSE_NONE)
		return;
	if (o->cause_layer == CAUSE_TIMEOUT) {
		fprintf(out, ",\"cause\":\"timeout\"");
		return;
	}
	name = cause_name((enum cause_layer)o->cause_layer, o->cause);
	fprintf(out, ",\"cause\":\"%s:%" PRIu32 "\"", cause_layer_name((enum cause_layer)o->cause_layer), o->cause);
	if (name != NULL) {
		fprintf(out, ",\"cause_name\":");
		json_text(&(struct json){ .out = out }, NULL, name);
	}
}

static void segments_write(const struct transaction_writer *w, const struct outcome *o, FILE *out)
{
	fprintf(out, ",\"segments\":[");
	for (size_t i = 0; i < w->plan->segment_count; i++) {
		if ((o->segments >> i & 1) != 0) {
			json_text(&(struct json){ .out = out }, NULL, w->plan->segments[i].name);
			fputc(',', out);
		}
	}
	if (w->plan->segment_count == 0 && o->imsi != 0) {
		char text[DIGITS_TEXT_MAX];

		digits_write(digits_prefix(o->imsi, plmn_length(o->imsi)), text);
		fprintf(out, "\"plmn-%s\",", text);
	}
	fprintf(out, "\"all\"]");
}

static void identity_write(const struct transaction_writer *w, const char *key, enum pseudonym_kind kind, digits identity)
{
	char text[PSEUDONYM_TEXT_MAX];

	if (identity == 0)
		return;
	pseudonym_write(w->pseudonym, kind, identity, text);
	fprintf(w->out, ",\"%s\":\"%s\"", key, text);
}

void transaction_write_start(const struct transaction_writer *w, const struct outcome *o)
{
	const struct procedure_row *row = procedure_row(o->procedure);
	enum rat rat = o->rat != RAT_NONE ? (enum rat)o->rat : row != NULL ? (enum rat)row->rat : RAT_NONE;
	FILE *out = w->out;

	fprintf(out, "{\"time\":\"%" PRId64 ".%09" PRId64 "\",\"procedure\":\"%s\",\"outcome\":\"%s\"", o->time / NANOS_PER_S,
		o->time % NANOS_PER_S, row != NULL ? row->name : "unknown", outcome_class_name((enum outcome_class)o->class));
	cause_write(o, out);
	if (o->latency >= 0)
		fprintf(out, ",\"latency_ms\":%.3f", (double)o->latency / 1e6);
	identity_write(w, "imsi", PSEUDONYM_IMSI, o->imsi);
	identity_write(w, "msisdn", PSEUDONYM_MSISDN, o->msisdn);
	if (o->client != 0) {
		fprintf(out, ",\"client\":");
		node_write_json(w->name_of, w->names, o->client, out);
	}
	if (o->server != 0) {
		fprintf(out, ",\"server\":");
		node_write_json(w->name_of, w->names, o->server, out);
	}
	segments_write(w, o, out);
	if (rat != RAT_NONE)
		fprintf(out, ",\"rat\":\"%s\"", rat_name(rat));
	fprintf(out, ",\"frames\":[");
	for (int i = 0; i < 2; i++) {
		if (o->frames[i] != 0)
			fprintf(out, "%s%" PRIu32, i == 1 && o->frames[0] != 0 ? "," : "", o->frames[i]);
	}
	fputc(']', out);
}

static void line_write(const struct transaction_writer *w, const struct outcome *o)
{
	transaction_write_start(w, o);
	fputs("}\n", w->out);
}

/* The line goes where it belongs when the filter wants it. */
static void line_filter(const struct transaction_writer *w, const struct outcome *o)
{
	const struct pseudonym clear = { .is_clear = true };
	struct transaction_writer page = *w;

	page.out = filter_page(w->filter, FILTER_SHOWN);
	if (page.out == NULL) {
		line_write(w, o);
		return;
	}
	line_write(&page, o);
	page.pseudonym = &clear;
	if (!w->pseudonym->is_clear && (page.out = filter_page(w->filter, FILTER_CLEAR)) != NULL)
		line_write(&page, o);
	filter_put(w->filter, w->out);
}

void transaction_write(void *writer, const struct outcome *o)
{
	const struct transaction_writer *w = writer;

	if (!is_final(o))
		return;
	if (w->filter != NULL)
		line_filter(w, o);
	else
		line_write(w, o);
}
