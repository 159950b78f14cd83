/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Columns are found by name, so that a file may leave out, add and order them as it likes. Counts are added where struct tally_cell keeps
 * them; two columns of one meaning (latency bounds of other steps than ours) add up.
 */
#include "control/tick/tick_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_BYTES 64

#define AT(member) offsetof(struct tally_cell, member)
static const struct {
	const char *name;
	uint8_t kind;
	uint16_t offset;
} known[] = {
	{ "time", COLUMN_TIME, 0 },
	{ "timestamp", COLUMN_TIME, 0 },
	{ "ts", COLUMN_TIME, 0 },
	{ "stream", COLUMN_STREAM, 0 },
	{ "requests", COLUMN_COUNT, AT(requests) },
	{ "success", COLUMN_COUNT, AT(outcomes[OUTCOME_SUCCESS]) },
	{ "user", COLUMN_COUNT, AT(outcomes[OUTCOME_USER]) },
	{ "network", COLUMN_COUNT, AT(outcomes[OUTCOME_NETWORK]) },
	{ "congestion", COLUMN_COUNT, AT(outcomes[OUTCOME_CONGESTION]) },
	{ "abort", COLUMN_COUNT, AT(outcomes[OUTCOME_ABORT]) },
	{ "timeout", COLUMN_COUNT, AT(outcomes[OUTCOME_TIMEOUT]) },
	{ "late", COLUMN_COUNT, AT(outcomes[OUTCOME_LATE]) },
	{ "repeats", COLUMN_COUNT, AT(repeats) },
	{ "latency_more", COLUMN_COUNT, AT(latency[TALLY_LATENCY_BINS - 1]) },
};

/* "pending_0.4s", "latency_50ms": the time behind the word; 0 when it is none. */
static nanos time_behind(const char *name, const char *word)
{
	size_t length = strlen(word);
	double number;
	char *end;

	if (strncasecmp(name, word, length) != 0 || name[length] < '0' || name[length] > '9')
		return 0;
	number = strtod(name + length, &end);
	number *= strcasecmp(end, "ms") == 0 ? 1e6 : strcasecmp(end, "s") == 0 || *end == '\0' ? 1e9 : NAN;
	return number >= 1e6 && number < 1e13 ? (nanos)llround(number) : 0;
}

/* The next field of a header without blanks and quotes; false at the end of the line. Names that are too long are cut: none is known. */
static bool name_next(const char **at, const char *end, char separator, char name[NAME_MAX_BYTES])
{
	const char *stop;
	size_t length = 0;

	if (*at > end)
		return false;
	stop = memchr(*at, separator, (size_t)(end - *at));
	if (stop == NULL)
		stop = end;
	for (const char *c = *at; c < stop; c++) {
		if (*c != ' ' && *c != '"' && *c != '\t' && *c != '\r' && length + 1 < NAME_MAX_BYTES)
			name[length++] = *c;
	}
	name[length] = '\0';
	*at = stop + 1;
	return true;
}

static char separator_of(const char *line, size_t length)
{
	static const char separators[] = ",;\t|";

	for (const char *s = separators; *s != '\0'; s++) {
		if (memchr(line, *s, length) != NULL)
			return *s;
	}
	return ',';
}

static int age_compare(const void *a, const void *b)
{
	const nanos *x = a;
	const nanos *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The ages of all pending columns, each once, ascending; of too many those that are evenly spread, first and last among them. */
static void ages_choose(const char *line, size_t length, char separator, nanos ret_ages[TALLY_CHECKPOINTS])
{
	nanos ages[TICK_COLUMNS_MAX];
	const char *at = line;
	char name[NAME_MAX_BYTES];
	size_t count = 0, kept = 0;

	while (count < TICK_COLUMNS_MAX && name_next(&at, line + length, separator, name)) {
		nanos age = time_behind(name, "pending_");

		if (age > 0)
			ages[count++] = age;
	}
	qsort(ages, count, sizeof(ages[0]), age_compare);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || ages[kept - 1] != ages[i])
			ages[kept++] = ages[i];
	}
	memset(ret_ages, 0, TALLY_CHECKPOINTS * sizeof(*ret_ages));
	for (size_t i = 0; i < TALLY_CHECKPOINTS && i < kept; i++)
		ret_ages[i] = ages[kept <= TALLY_CHECKPOINTS ? i : i * (kept - 1) / (TALLY_CHECKPOINTS - 1)];
}

/* The checkpoint whose age that is; TALLY_CHECKPOINTS when none is within a tenth: counts of another age would be wrong ones. */
static unsigned int checkpoint_of(const nanos *ages, nanos age)
{
	for (unsigned int j = 0; j < TALLY_CHECKPOINTS; j++) {
		if (ages[j] > 0 && llabs(ages[j] - age) <= ages[j] / 10)
			return j;
	}
	return TALLY_CHECKPOINTS;
}

static void column_know(struct tick_columns *c, unsigned int position, const char *name)
{
	nanos age = time_behind(name, "pending_");
	nanos bound = time_behind(name, "latency_");
	unsigned int bin = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcasecmp(name, known[i].name) == 0) {
			c->kind[position] = known[i].kind;
			c->offset[position] = known[i].offset;
			return;
		}
	}
	if (age > 0 && checkpoint_of(c->ages, age) < TALLY_CHECKPOINTS) {
		c->kind[position] = COLUMN_COUNT;
		c->offset[position] = (uint16_t)(AT(pending) + checkpoint_of(c->ages, age) * sizeof(uint32_t));
	}
	if (bound > 0) {
		while (bin + 1 < TALLY_LATENCY_BINS && bound > NANOS_PER_MS << bin)
			bin++;
		c->kind[position] = COLUMN_COUNT;
		c->offset[position] = (uint16_t)(AT(latency) + bin * sizeof(uint32_t));
	}
}

bool tick_columns_is_header(const char *line, size_t length)
{
	char name[NAME_MAX_BYTES];
	const char *at = line;

	if (!name_next(&at, line + length, separator_of(line, length), name))
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcasecmp(name, known[i].name) == 0)
			return true;
	}
	return false;
}

bool tick_columns_read(const char *line, size_t length, const nanos *ages, struct tick_columns *ret, const char **ret_wrong)
{
	struct tick_columns c = { .separator = separator_of(line, length) };
	char name[NAME_MAX_BYTES];
	const char *at = line;
	bool has_time = false, has_count = false;

	if (ages != NULL)
		memcpy(c.ages, ages, sizeof(c.ages));
	else
		ages_choose(line, length, c.separator, c.ages);
	while (name_next(&at, line + length, c.separator, name)) {
		if (c.count == TICK_COLUMNS_MAX) {
			*ret_wrong = "has more than 128 columns; leave out those that count nothing of a request";
			return false;
		}
		column_know(&c, c.count, name);
		if (c.kind[c.count] == COLUMN_TIME && has_time)
			c.kind[c.count] = COLUMN_IGNORED;
		if (c.kind[c.count] == COLUMN_TIME) {
			has_time = true;
			c.time = c.count;
		}
		c.has_stream = c.has_stream || c.kind[c.count] == COLUMN_STREAM;
		has_count = has_count || c.kind[c.count] == COLUMN_COUNT;
		c.count++;
	}
	if (!has_time || !has_count) {
		*ret_wrong = has_time ? "names no count; there should be columns such as requests, success and network"
				      : "names no column 'time'; begin the file with time,stream,requests,success,user,network,"
					"congestion,abort,timeout";
		return false;
	}
	*ret = c;
	return true;
}
