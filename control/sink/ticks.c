/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tick file: a comment line that names the format and the tick's length, a header, a row per tick and stream with any event. Times are
 * the tick's start in epoch seconds. pending_As counts requests that reached age A in this tick without an answer, latency_Bms answers
 * that took less than B ms and at least the bound before. What is no stream stands in comment lines before the rows of its tick: the
 * account of its packets, and notices. Control's thread.
 */
#include "control/sink/ticks.h"

#include <inttypes.h>
#include <string.h>

#include "dataplane/notice.h"

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

/* What would end a field or a line, or is no letter of everybody's, becomes '_'. */
static void name_clean(char *text)
{
	for (char *c = text; *c != '\0'; c++) {
		if (*c == ',' || *c == '"' || (unsigned char)*c < 0x21 || (unsigned char)*c > 0x7e)
			*c = '_';
	}
}

void stream_name_write(const struct stream_key *key, const struct plan *plan, incident_name_of name_of, void *names,
		       char text[STREAM_NAME_MAX])
{
	const struct procedure_row *row = procedure_row(key->procedure);
	const char *name = row != NULL ? row->name : key->procedure == PROCEDURE_REGISTRATION ? "registration" : "all";
	const char *word = key->dimension < DIMENSION_COUNT ? dimension_words[key->dimension] : NULL;
	char value[STREAM_NAME_MAX];

	value_write(key, plan, name_of, names, value);
	if (key->dimension == DIMENSION_NAMED)
		snprintf(text, STREAM_NAME_MAX, "%.300s", value);
	else if (word != NULL)
		snprintf(text, STREAM_NAME_MAX, "%s/%s=%.300s", name, word, value);
	else
		snprintf(text, STREAM_NAME_MAX, "%s", name);
	name_clean(text);
}

const char *stream_dimension_word(enum dimension dimension)
{
	return (unsigned int)dimension < DIMENSION_COUNT ? dimension_words[dimension] : NULL;
}

const char *stream_direction_word(enum direction direction)
{
	return (unsigned int)direction < DIRECTION_COUNT ? direction_words[direction] : NULL;
}

static void header_write(struct tick_writer *w, nanos length)
{
	fprintf(w->out,
		"# sigcanary ticks %d, tick %.3f s\ntime,stream,requests,success,user,network,congestion,abort,timeout,late,repeats",
		TICKS_FORMAT, nanos_to_s(length));
	for (int i = 0; i < TALLY_CHECKPOINTS; i++)
		fprintf(w->out, ",pending_%.1fs", nanos_to_s(tally_checkpoint_age[i]));
	for (unsigned int b = 0; b + 1 < TALLY_LATENCY_BINS; b++)
		fprintf(w->out, ",latency_%ums", 1U << b);
	fputs(",latency_more\n", w->out);
	w->has_header = true;
}

/* ",123" behind `to`; returns its end. */
static char *number_write(char *to, uint32_t number)
{
	char places[10];
	int count = 0;

	*to++ = ',';
	do {
		places[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (count > 0)
		*to++ = places[--count];
	return to;
}

/* All numbers of a row: printf would take most of the time of a long simulation. */
#define ROW_NUMBERS (2 + OUTCOME_CLASS_COUNT + TALLY_CHECKPOINTS + TALLY_LATENCY_BINS)
static void numbers_write(const struct tally_cell *cell, FILE *out)
{
	char text[ROW_NUMBERS * 11 + 1];
	char *to = number_write(text, cell->requests);

	for (int c = OUTCOME_SUCCESS; c <= OUTCOME_LATE; c++)
		to = number_write(to, cell->outcomes[c]);
	to = number_write(to, cell->repeats);
	for (int c = 0; c < TALLY_CHECKPOINTS; c++)
		to = number_write(to, cell->pending[c]);
	for (int b = 0; b < TALLY_LATENCY_BINS; b++)
		to = number_write(to, cell->latency[b]);
	*to++ = '\n';
	fwrite(text, 1, (size_t)(to - text), out);
}

static void account_write(const struct tick_writer *w, const struct tally *tally, const char *time)
{
	if (tally->packets == 0 && tally->dropped == 0 && tally->sctp_missing == 0 && tally->unseen == 0 && tally->refused_cells == 0)
		return;
	fprintf(w->out, "# tick %s packets=%" PRIu64 " dropped=%" PRIu64 " missing=%" PRIu64 " unseen=%" PRIu64 " refused=%" PRIu64 "\n",
		time, tally->packets, tally->dropped, tally->sctp_missing, tally->unseen, tally->refused_cells);
}

void tick_write(void *writer, const struct tally *tally, const struct detector *detector)
{
	struct tick_writer *w = writer;
	char time[40];

	(void)detector;
	if (!w->has_header)
		header_write(w, tally->length);
	snprintf(time, sizeof(time), "%" PRId64 ".%03" PRId64, tally->start / NANOS_PER_S, tally->start % NANOS_PER_S / NANOS_PER_MS);
	account_write(w, tally, time);
	for (size_t i = 0; i < tally->count; i++) {
		const struct tally_cell *cell = &tally->cells[i];
		char name[STREAM_NAME_MAX];

		stream_name_write(&cell->key, w->plan, w->name_of, w->names, name);
		fputs(time, w->out);
		fputc(',', w->out);
		fputs(name, w->out);
		numbers_write(cell, w->out);
	}
}

static void node_write_word(const struct tick_writer *w, const char *word, node n)
{
	char text[STREAM_NAME_MAX];

	if (n == 0)
		return;
	node_value_write(n, w->name_of, w->names, text);
	name_clean(text);
	fprintf(w->out, " %s=%.300s", word, text);
}

void tick_write_outcome(void *writer, const struct outcome *outcome)
{
	struct tick_writer *w = writer;

	if (outcome->event != OUTCOME_EVENT_NOTICE)
		return;
	if (!w->has_header)
		header_write(w, w->plan->detection.tick);
	fprintf(w->out, "# notice %" PRId64 ".%09" PRId64 " %s", outcome->clock / NANOS_PER_S, outcome->clock % NANOS_PER_S,
		notice_kind_name((enum notice_kind)outcome->cause));
	node_write_word(w, "client", outcome->client);
	node_write_word(w, "server", outcome->server);
	fprintf(w->out, " degree=%" PRIu16 "\n", outcome->tries);
}
