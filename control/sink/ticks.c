/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tick file: a comment line that names the format and the tick's length, a header, a row per tick and stream with any event. Times are
 * the tick's start in epoch seconds. pending_As counts requests that reached age A in this tick without an answer. Control's thread.
 */
#include "control/sink/ticks.h"

#include <inttypes.h>
#include <string.h>

/* The words before the value; NULL where a stream has none. */
static const char *const dimension_words[DIMENSION_COUNT] = {
	[DIMENSION_SEGMENT] = "segment",     [DIMENSION_IMSI_PREFIX] = "imsi", [DIMENSION_IMSI_BUCKET] = "bucket",
	[DIMENSION_SERVER] = "server",       [DIMENSION_CLIENT] = "client",    [DIMENSION_IMSI_ENDING] = "ending",
	[DIMENSION_ROUTE] = "route",         [DIMENSION_PLMN] = "plmn",        [DIMENSION_RAT] = "rat",
	[DIMENSION_DIRECTION] = "direction", [DIMENSION_NAMED] = "name",
};

static const char *const direction_words[DIRECTION_COUNT] = {
	[DIRECTION_UNKNOWN] = "unknown", [DIRECTION_HOME] = "home", [DIRECTION_INBOUND] = "inbound", [DIRECTION_OUTBOUND] = "outbound"
};

static void node_value_write(node n, incident_name_of name_of, void *names, char text[STREAM_NAME_MAX])
{
	const char *name = node_is_named(n) ? name_of(names, n) : NULL;

	if (name != NULL)
		snprintf(text, STREAM_NAME_MAX, "%s", name);
	else
		node_write(n, text);
}

/* The value of a stream as text; "" for one that has none. */
static void value_write(const struct stream_key *key, const struct plan *plan, incident_name_of name_of, void *names,
			char text[STREAM_NAME_MAX])
{
	text[0] = '\0';
	switch ((enum dimension)key->dimension) {
	case DIMENSION_ALL:
	case DIMENSION_COUNT:
		return;
	case DIMENSION_SEGMENT:
		snprintf(text, STREAM_NAME_MAX, "%s", key->value < plan->segment_count ? plan->segments[key->value].name : "?");
		return;
	case DIMENSION_IMSI_PREFIX:
		digits_write(key->value, text);
		return;
	case DIMENSION_IMSI_ENDING:
		snprintf(text, STREAM_NAME_MAX, "%02" PRIu64, key->value);
		return;
	case DIMENSION_IMSI_BUCKET:
	case DIMENSION_PLMN:
		snprintf(text, STREAM_NAME_MAX, "%" PRIu64, key->value);
		return;
	case DIMENSION_RAT:
		snprintf(text, STREAM_NAME_MAX, "%s", rat_name((enum rat)key->value));
		return;
	case DIMENSION_DIRECTION:
		snprintf(text, STREAM_NAME_MAX, "%s", key->value < DIRECTION_COUNT ? direction_words[key->value] : "?");
		return;
	case DIMENSION_SERVER:
	case DIMENSION_CLIENT:
	case DIMENSION_ROUTE:
	case DIMENSION_NAMED:
		node_value_write(key->value, name_of, names, text);
		return;
	}
}

void stream_name_write(const struct stream_key *key, const struct plan *plan, incident_name_of name_of, void *names,
		       char text[STREAM_NAME_MAX])
{
	const struct procedure_row *row = procedure_row(key->procedure);
	const char *name = row != NULL ? row->name : key->procedure == PROCEDURE_REGISTRATION ? "registration" : "unknown";
	const char *word = key->dimension < DIMENSION_COUNT ? dimension_words[key->dimension] : NULL;
	char value[STREAM_NAME_MAX];

	value_write(key, plan, name_of, names, value);
	if (key->dimension == DIMENSION_NAMED)
		snprintf(text, STREAM_NAME_MAX, "%.300s", value);
	else if (word != NULL)
		snprintf(text, STREAM_NAME_MAX, "%s/%s=%.300s", name, word, value);
	else
		snprintf(text, STREAM_NAME_MAX, "%s", name);
	for (char *c = text; *c != '\0'; c++) {
		if (*c == ',' || *c == '"' || (unsigned char)*c < 0x21 || (unsigned char)*c > 0x7e)
			*c = '_';
	}
}

static void header_write(struct tick_writer *w, nanos length)
{
	fprintf(w->out, "# sigcanary ticks 1, tick %.3f s\ntime,stream,requests,success,user,network,congestion,abort,timeout,late",
		nanos_to_s(length));
	for (int i = 0; i < TALLY_CHECKPOINTS; i++)
		fprintf(w->out, ",pending_%.1fs", nanos_to_s(tally_checkpoint_age[i]));
	fputc('\n', w->out);
	w->has_header = true;
}

void tick_write(void *writer, const struct tally *tally, const struct detector *detector)
{
	struct tick_writer *w = writer;

	(void)detector;
	if (!w->has_header)
		header_write(w, tally->length);
	for (size_t i = 0; i < tally->count; i++) {
		const struct tally_cell *cell = &tally->cells[i];
		char name[STREAM_NAME_MAX];

		stream_name_write(&cell->key, w->plan, w->name_of, w->names, name);
		fprintf(w->out, "%" PRId64 ".%03" PRId64 ",%s,%" PRIu32, tally->start / NANOS_PER_S,
			tally->start % NANOS_PER_S / NANOS_PER_MS, name, cell->requests);
		for (int c = OUTCOME_SUCCESS; c <= OUTCOME_LATE; c++)
			fprintf(w->out, ",%" PRIu32, cell->outcomes[c]);
		for (int c = 0; c < TALLY_CHECKPOINTS; c++)
			fprintf(w->out, ",%" PRIu32, cell->pending[c]);
		fputc('\n', w->out);
	}
}
