/* SPDX-License-Identifier: BSD-3-Clause */
/* The truth beside a tick file, in the shape of the packet lab's (docs/formats.md): what happened, where, and what must be said about it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lab/fault_name.h"
#include "lab/ticks_model.h"

static void time_write(FILE *f, const char *key, nanos t)
{
	fprintf(f, "\"%s\":\"%" PRId64 ".%09" PRId64 "\"", key, t / NANOS_PER_S, t % NANOS_PER_S);
}

static void value_write(FILE *f, const struct lab_ticks *l, const struct lab_ticks_place *p)
{
	static const char *const directions[DIRECTION_COUNT] = { "unknown", "home", "inbound", "outbound" };
	char text[NODE_TEXT_MAX];

	if (p->dimension == DIMENSION_SEGMENT)
		fprintf(f, "\"%s\"", l->segments[p->value].name);
	else if (p->dimension == DIMENSION_DIRECTION)
		fprintf(f, "\"%s\"", directions[p->value]);
	else if (p->dimension == DIMENSION_IMSI_PREFIX)
		digits_write(p->value, text), fprintf(f, "\"%s\"", text);
	else if (p->dimension == DIMENSION_SERVER || p->dimension == DIMENSION_CLIENT || p->dimension == DIMENSION_ROUTE) {
		const char *name = lab_ticks_name((void *)(uintptr_t)l, p->value);

		node_write(p->value, text);
		fprintf(f, "\"%s\"", name == NULL ? text : name);
	} else
		fprintf(f, "%" PRIu64, p->value);
}

static void places_write(FILE *f, const struct lab_ticks *l, const struct lab_ticks_truth *t)
{
	static const struct {
		enum dimension dimension;
		const char *key;
	} keys[] = { { DIMENSION_SEGMENT, "segments" },    { DIMENSION_IMSI_PREFIX, "prefixes" }, { DIMENSION_SERVER, "servers" },
		     { DIMENSION_CLIENT, "clients" },      { DIMENSION_ROUTE, "routes" },         { DIMENSION_PLMN, "plmns" },
		     { DIMENSION_IMSI_BUCKET, "buckets" }, { DIMENSION_IMSI_ENDING, "endings" },  { DIMENSION_DIRECTION, "directions" } };

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		size_t written = 0;

		for (size_t i = 0; i < t->place_count; i++) {
			if (t->places[i].dimension != keys[k].dimension)
				continue;
			if (written++ == 0)
				fprintf(f, ",\"%s\":[", keys[k].key);
			else
				fputc(',', f);
			value_write(f, l, &t->places[i]);
		}
		if (written > 0)
			fputc(']', f);
	}
}

static void procedures_write(FILE *f, uint32_t set)
{
	const char *last = "";

	if (set == 0)
		return;
	fputs(",\"procedures\":[", f);
	for (unsigned int p = 0; p < LAB_PROCEDURES; p++) {
		if ((set >> p & 1) == 0 || strcmp(last, lab_procedure_rows[p].words) == 0)
			continue;
		fprintf(f, "%s\"%s\"", *last == '\0' ? "" : ",", lab_procedure_rows[p].words);
		last = lab_procedure_rows[p].words;
	}
	fputc(']', f);
}

static void truth_write(FILE *f, const struct lab_ticks *l, const struct lab_ticks_truth *t)
{
	fprintf(f, "{\"fault\":\"%s\",\"scope\":\"%s\",\"effect\":\"%s\",\"share\":%g,\"volume\":%g,\"latency\":%g,\"scattered\":%s,",
		t->words, fault_scope_name(t->scope), fault_effect_name(t->effect), t->share, t->volume, t->latency,
		t->is_scattered ? "true" : "false");
	fprintf(f, "\"demand\":\"%s\",\"page\":%s,\"blip\":%s,", scenario_demand_name(t->demand), t->demand == LAB_PAGE ? "true" : "false",
		t->is_blip ? "true" : "false");
	time_write(f, "onset", t->onset);
	fputc(',', f);
	time_write(f, "until", t->until);
	places_write(f, l, t);
	procedures_write(f, t->procedures);
	fputc('}', f);
}

static void truths_write(FILE *f, const struct lab_ticks *l, bool is_change)
{
	const char *comma = "";

	fprintf(f, ",\n\"%s\":[", is_change ? "changes" : "faults");
	for (size_t i = 0; i < l->truth_count; i++) {
		if (l->truths[i].is_change != is_change)
			continue;
		fprintf(f, "%s\n ", comma);
		truth_write(f, l, &l->truths[i]);
		comma = ",";
	}
	fputc(']', f);
}

/* "a|b" as a list. */
static void words_write(FILE *f, const char *key, const char *words, char between)
{
	if (words == NULL)
		return;
	fprintf(f, ",\"%s\":[\"", key);
	for (; *words != '\0'; words++)
		if (*words == between)
			fputs("\",\"", f);
		else
			fputc(*words, f);
	fputs("\"]", f);
}

static nanos real_time(const struct lab_ticks *l, double real_s)
{
	return l->start + (nanos)(scenario_time(l->story, &l->pressed, real_s) * 1e9);
}

static void expectations_write(FILE *f, const struct lab_ticks *l)
{
	const struct lab_scenario *s = l->story;

	if (s == NULL || s->expectation_count == 0)
		return;
	fprintf(f, ",\n\"demand\":\"%s\",\"expectations\":[", scenario_demand_name(scenario_demand(s)));
	for (size_t i = 0; i < s->expectation_count; i++) {
		const struct lab_expectation *e = &s->expectations[i];
		bool is_always = e->demand == LAB_SILENT && e->deadline_s == 0;

		fprintf(f, "%s\n {\"demand\":\"%s\",\"deadline_s\":%g,", i == 0 ? "" : ",", scenario_demand_name(e->demand),
			is_always ? 0 : scenario_deadline(s, &l->pressed, e));
		time_write(f, "from", is_always ? l->start : real_time(l, e->from_s));
		words_write(f, "kinds", e->kinds, '|');
		words_write(f, "place", e->place, ',');
		words_write(f, "must_not", e->must_not, '|');
		if (e->open_until_s > 0) {
			fputc(',', f);
			time_write(f, "open_until", real_time(l, e->open_until_s));
		}
		fputc('}', f);
	}
	fputc(']', f);
}

static void sums_write(FILE *f, const struct lab_ticks *l)
{
	const char *comma = "";

	fputs(",\n\"procedures\":{", f);
	for (size_t r = 0, next; r < ticks_row_count; r = next) {
		uint64_t requests = 0, outcomes[OUTCOME_CLASS_COUNT] = { 0 }, by_fault = 0;

		for (next = r; next < ticks_row_count && l->procedure[next] == l->procedure[r]; next++) {
			requests += l->sums[next].requests;
			by_fault += l->sums[next].by_fault;
			for (unsigned int c = 0; c < OUTCOME_CLASS_COUNT; c++)
				outcomes[c] += l->sums[next].outcomes[c];
		}
		if (requests == 0)
			continue;
		fprintf(f, "%s\n \"%s\":{\"all\":{\"requests\":%" PRIu64, comma, procedure_row(l->procedure[r])->name, requests);
		for (unsigned int c = OUTCOME_SUCCESS; c <= OUTCOME_LATE; c++)
			fprintf(f, ",\"%s\":%" PRIu64, outcome_class_name(c), outcomes[c]);
		fprintf(f, ",\"by_fault\":%" PRIu64 "}}", by_fault);
		comma = ",";
	}
	fputc('}', f);
}

int lab_ticks_truth_write(const struct lab_ticks *l, const char *path)
{
	FILE *f = fopen(path, "we");
	int failed;

	if (f == NULL)
		return -errno;
	fprintf(f,
		"{\"scenario\":\"%s\",\"seed\":%" PRIu64
		",\"seconds\":%g,\"rate\":%g,\"subscribers\":%.0f,\"user_rejects\":%g,\"tick_s\":%g,\n",
		l->options.scenario, l->options.seed, l->options.seconds, l->options.rate, l->options.subscribers, l->options.user_rejects,
		nanos_to_s(l->tick));
	time_write(f, "start", l->start);
	fputc(',', f);
	time_write(f, "end", l->end);
	fputc(',', f);
	time_write(f, "onset", lab_ticks_onset(l));
	truths_write(f, l, false);
	truths_write(f, l, true);
	expectations_write(f, l);
	fprintf(f, ",\n\"requests\":%" PRIu64, l->requests);
	sums_write(f, l);
	fputs("}\n", f);
	failed = ferror(f) ? EIO : 0;
	if (fclose(f) != 0)
		failed = errno;
	return -failed;
}
