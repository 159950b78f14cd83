/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows of counts with an index by key, see metrics_streams.h. Rows are made when a stream is first seen and stay; what the wire can choose,
 * nodes, gets a part of the room only, so that a scan cannot keep a procedure or a segment out. Labels are ASCII: other octets of a host's
 * name are written as "%c3", because Prometheus refuses a whole scrape for one that is no UTF-8.
 *
 * No identity is a label: a node is what answers or asks for many (walk_tcap.c and transaction.c keep subscribers' own numbers out), and
 * one that was asked and has never answered is counted as "other" until it does.
 */
#include "control/api/metrics_streams.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/base/hash.h"

/* Of a value, escaped; and of all labels of a row. */
#define VALUE_MAX  800
#define LABELS_MAX 1024

/* Families besides those of streams have so many series. */
#define FIXED_SERIES 512

/* Requests, the seven outcomes of metrics_text.c, and of a histogram its buckets, the sum and the count. */
#define COUNT_SERIES     8
#define HISTOGRAM_SERIES (TALLY_LATENCY_BINS + 2)
#define RATIO_SERIES     4

struct kind {
	enum dimension dimension;
	const char *label; /* NULL: the procedure alone */
	size_t series;     /* of one row */
	unsigned int part; /* of 4: of the room, at most */
};

static const struct kind kinds[] = {
	{ DIMENSION_ALL, NULL, COUNT_SERIES + HISTOGRAM_SERIES + RATIO_SERIES, 4 },
	{ DIMENSION_SEGMENT, "segment", COUNT_SERIES + RATIO_SERIES, 4 },
	{ DIMENSION_SERVER, "node", COUNT_SERIES + HISTOGRAM_SERIES, 2 },
	{ DIMENSION_CLIENT, "node", COUNT_SERIES, 1 },
	{ DIMENSION_RAT, "rat", COUNT_SERIES, 4 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct label {
	struct label *next;
	char text[];
};

struct metrics_streams {
	struct alarm_writer writer;
	struct metrics_row *rows; /* the first KINDS are those of "other" */
	size_t count, room;
	uint32_t *places; /* index + 1, 0 where empty; twice as many as there is room */
	size_t mask;
	size_t limit; /* series */
	size_t series;
	size_t used[KINDS]; /* series of one dimension */
	uint64_t folded;
	struct hash_key hash_key; /* names come from the wire */
	struct label *labels;     /* all there ever were */
};

static const struct kind *kind_of(uint8_t dimension)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].dimension == (enum dimension)dimension)
			return &kinds[i];
	}
	return NULL;
}

size_t metrics_label_write(char *to, size_t room, const char *value)
{
	size_t at = 0;

	for (; *value != '\0' && at + 4 < room; value++) {
		unsigned char c = (unsigned char)*value;

		if (c < ' ' || c > '~' || c == '%')
			at += (size_t)snprintf(to + at, room - at, "%%%02x", c);
		else if (c == '"' || c == '\\')
			at += (size_t)snprintf(to + at, room - at, "\\%c", c);
		else
			to[at++] = (char)c;
	}
	to[at] = '\0';
	return at;
}

/* Appends `label="value"` to the labels before it; the length so far. */
static size_t label_append(char text[LABELS_MAX], size_t at, const char *label, const char *value)
{
	at += (size_t)snprintf(text + at, LABELS_MAX - at, "%s%s=\"", at > 0 ? "," : "", label);
	at += metrics_label_write(text + at, VALUE_MAX, value);
	return at + (size_t)snprintf(text + at, LABELS_MAX - at, "\"");
}

static const char *label_keep(struct metrics_streams *s, const char *text)
{
	size_t length = strlen(text) + 1;
	struct label *l = malloc(sizeof(*l) + length);

	if (l == NULL)
		return NULL;
	memcpy(l->text, text, length);
	l->next = s->labels;
	s->labels = l;
	return l->text;
}

/* The text of the stream's value; NULL when it has none. */
static const char *value_text(const struct metrics_streams *s, const struct stream_key *key, char number[NODE_TEXT_MAX])
{
	const char *name;

	if (key->dimension == DIMENSION_SEGMENT)
		return key->value < s->writer.plan->segment_count ? s->writer.plan->segments[key->value].name : NULL;
	if (key->dimension == DIMENSION_RAT)
		return key->value > RAT_NONE && key->value < RAT_COUNT ? rat_name((enum rat)key->value) : NULL;
	name = node_is_named(key->value) ? s->writer.name_of(s->writer.names, key->value) : NULL;
	if (name == NULL)
		node_write(key->value, number);
	return name != NULL ? name : number;
}

static const char *labels_make(struct metrics_streams *s, const struct kind *kind, const struct stream_key *key)
{
	char text[LABELS_MAX], number[NODE_TEXT_MAX];
	const char *value = kind->label != NULL ? value_text(s, key, number) : "";
	size_t at = 0;

	if (value == NULL)
		return NULL;
	if (kind->label != NULL)
		at = label_append(text, at, kind->label, value);
	label_append(text, at, "procedure", procedure_row(key->procedure)->name);
	/* A host may call itself by another's address: two series of one name would be an error of the whole text. */
	for (size_t i = 0; i < s->count; i++) {
		if (s->rows[i].key.dimension == key->dimension && strcmp(s->rows[i].labels, text) == 0)
			return NULL;
	}
	return label_keep(s, text);
}

static uint32_t *place_of(const struct metrics_streams *s, const struct stream_key *key)
{
	size_t at = hash_pair(&s->hash_key, key->value, (uint64_t)key->dimension << 16 | key->procedure) & s->mask;

	while (s->places[at] != 0 && stream_key_order(&s->rows[s->places[at] - 1].key, key) != 0)
		at = (at + 1) & s->mask;
	return &s->places[at];
}

/* Places for all rows anew, for as many as there is room for. */
static void places_fill(struct metrics_streams *s)
{
	memset(s->places, 0, (s->mask + 1) * sizeof(*s->places));
	for (size_t i = KINDS; i < s->count; i++)
		*place_of(s, &s->rows[i].key) = (uint32_t)i + 1;
}

static bool grow(struct metrics_streams *s)
{
	size_t room = s->room == 0 ? 256 : 2 * s->room;
	struct metrics_row *rows = realloc(s->rows, room * sizeof(*rows));
	uint32_t *places = rows != NULL ? calloc(2 * room, sizeof(*places)) : NULL;

	if (rows != NULL)
		s->rows = rows;
	if (places == NULL)
		return false;
	free(s->places);
	s->places = places;
	s->mask = 2 * room - 1;
	s->room = room;
	places_fill(s);
	return true;
}

/* The rows that take what has no row; their keys are no streams. */
static bool others_make(struct metrics_streams *s)
{
	for (size_t i = 0; i < KINDS; i++) {
		char text[LABELS_MAX];
		size_t at = kinds[i].label != NULL ? label_append(text, 0, kinds[i].label, "other") : 0;

		label_append(text, at, "procedure", "other");
		s->rows[i] = (struct metrics_row){
			.key = { .dimension = (uint8_t)kinds[i].dimension, .procedure = PROCEDURE_NONE, .value = UINT64_MAX },
			.labels = label_keep(s, text),
		};
		if (s->rows[i].labels == NULL)
			return false;
	}
	s->count = KINDS;
	return true;
}

static void limit_set(struct metrics_streams *s, size_t series)
{
	s->limit = series > FIXED_SERIES ? series - FIXED_SERIES : 0;
}

struct metrics_streams *metrics_streams_new(const struct alarm_writer *writer, size_t series)
{
	struct metrics_streams *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->writer = *writer;
	s->hash_key = writer->plan->hash_key;
	limit_set(s, series);
	if (grow(s) && others_make(s))
		return s;
	metrics_streams_free(s);
	return NULL;
}

void metrics_streams_free(struct metrics_streams *s)
{
	if (s == NULL)
		return;
	while (s->labels != NULL) {
		struct label *next = s->labels->next;

		free(s->labels);
		s->labels = next;
	}
	free(s->rows);
	free(s->places);
	free(s);
}

/* Where the segment of this name stands now; false when it is gone. */
static bool segment_find(const struct plan *plan, const char *name, uint64_t *ret)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		if (strcmp(plan->segments[i].name, name) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

void metrics_streams_plan(struct metrics_streams *s, const struct plan *plan, size_t series)
{
	const struct plan *old = s->writer.plan;
	size_t kept = KINDS;

	limit_set(s, series);
	for (size_t i = KINDS; i < s->count; i++) {
		struct metrics_row *row = &s->rows[i];
		const struct kind *kind = kind_of(row->key.dimension);

		if (row->key.dimension == DIMENSION_SEGMENT && !segment_find(plan, old->segments[row->key.value].name, &row->key.value)) {
			s->series -= kind->series;
			s->used[kind - kinds] -= kind->series;
			continue;
		}
		s->rows[kept++] = *row;
	}
	s->count = kept;
	s->writer.plan = plan;
	places_fill(s);
}

static bool has_room(const struct metrics_streams *s, const struct kind *kind)
{
	return s->series + kind->series <= s->limit && s->used[kind - kinds] + kind->series <= s->limit / 4 * kind->part;
}

static bool has_answers(const struct tally_cell *cell)
{
	for (int b = 0; b < TALLY_LATENCY_BINS; b++) {
		if (cell->latency[b] > 0)
			return true;
	}
	return false;
}

/* NULL when it gets no row of its own. */
static struct metrics_row *row_make(struct metrics_streams *s, const struct kind *kind, const struct tally_cell *cell)
{
	const char *labels;

	if (kind->dimension == DIMENSION_SERVER && !has_answers(cell))
		return NULL;
	if (!has_room(s, kind)) {
		s->folded++;
		return NULL;
	}
	if (s->count == s->room && !grow(s))
		return NULL;
	labels = labels_make(s, kind, &cell->key);
	if (labels == NULL)
		return NULL;
	s->rows[s->count] = (struct metrics_row){ .key = cell->key, .labels = labels };
	*place_of(s, &cell->key) = (uint32_t)++s->count;
	s->series += kind->series;
	s->used[kind - kinds] += kind->series;
	return &s->rows[s->count - 1];
}

void metrics_streams_add(struct metrics_streams *s, const struct tally_cell *cell)
{
	const struct kind *kind = kind_of(cell->key.dimension);
	struct metrics_row *row;
	uint32_t place;

	if (kind == NULL || procedure_row(cell->key.procedure) == NULL)
		return;
	place = *place_of(s, &cell->key);
	row = place != 0 ? &s->rows[place - 1] : row_make(s, kind, cell);
	if (row == NULL)
		row = &s->rows[kind - kinds];
	row->requests += cell->requests;
	for (int c = 0; c < OUTCOME_CLASS_COUNT; c++)
		row->outcomes[c] += cell->outcomes[c];
	for (int b = 0; b < TALLY_LATENCY_BINS; b++)
		row->latency[b] += cell->latency[b];
	row->latency_ns += cell->latency_ns;
}

void metrics_streams_judge(struct metrics_streams *s, const struct detector *detector)
{
	for (size_t i = KINDS; i < s->count; i++) {
		struct metrics_row *row = &s->rows[i];

		if (row->key.dimension != DIMENSION_ALL && row->key.dimension != DIMENSION_SEGMENT)
			continue;
		row->has_ratios = detector_stream(detector, &row->key, EVIDENCE_NETWORK, &row->refused) &&
				  detector_stream(detector, &row->key, EVIDENCE_MISSING, &row->missing) && row->refused.requests_per_s > 0;
	}
}

const struct metrics_row *metrics_streams_rows(const struct metrics_streams *s, size_t *ret_count)
{
	*ret_count = s->count;
	return s->rows;
}

size_t metrics_streams_series(const struct metrics_streams *s)
{
	size_t series = s->series;

	for (size_t i = 0; i < KINDS; i++)
		series += s->rows[i].requests > 0 ? kinds[i].series : 0;
	return series;
}

uint64_t metrics_streams_folded(const struct metrics_streams *s)
{
	return s->folded;
}
