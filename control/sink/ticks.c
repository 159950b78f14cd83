/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tick file: a comment line that names the format and the tick's length, a header, a row per tick and stream with any event. Times are
 * the tick's start in epoch seconds. pending_As counts requests that reached age A in this tick without an answer. Control's thread.
 */
#include "control/sink/ticks.h"

#include <inttypes.h>
#include <string.h>

static void value_write(const struct stream_key *key, const struct plan *plan, incident_name_of name_of, void *names,
			char text[STREAM_NAME_MAX])
{
	const char *name;

	switch ((enum dimension)key->dimension) {
	case DIMENSION_ALL:
	case DIMENSION_COUNT:
		text[0] = '\0';
		return;
	case DIMENSION_SEGMENT:
		snprintf(text, STREAM_NAME_MAX, "/segment=%s", key->value < plan->segment_count ? plan->segments[key->value].name : "?");
		return;
	case DIMENSION_IMSI_PREFIX:
		memcpy(text, "/imsi=", 6);
		digits_write(key->value, text + 6);
		return;
	case DIMENSION_IMSI_BUCKET:
		snprintf(text, STREAM_NAME_MAX, "/bucket=%" PRIu64, key->value);
		return;
	case DIMENSION_SERVER:
	case DIMENSION_CLIENT:
		name = node_is_named(key->value) ? name_of(names, key->value) : NULL;
		if (name != NULL) {
			snprintf(text, STREAM_NAME_MAX, "/%s=%s", key->dimension == DIMENSION_SERVER ? "server" : "client", name);
		} else {
			snprintf(text, STREAM_NAME_MAX, "/%s=", key->dimension == DIMENSION_SERVER ? "server" : "client");
			node_write(key->value, text + strlen(text));
		}
		return;
	}
}

void stream_name_write(const struct stream_key *key, const struct plan *plan, incident_name_of name_of, void *names,
		       char text[STREAM_NAME_MAX])
{
	const struct procedure_row *row = procedure_row(key->procedure);
	const char *name = row != NULL ? row->name : key->procedure == PROCEDURE_REGISTRATION ? "registration" : "unknown";
	char value[STREAM_NAME_MAX];

	value_write(key, plan, name_of, names, value);
	snprintf(text, STREAM_NAME_MAX, "%s%.300s", name, value);
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
