/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The truth beside the capture: FILE.truth.json. Times are epoch seconds as text with nine decimals, as everywhere. A request without an
 * answer is "timeout" from the start; "open" is what the end of the run cut off.
 *
 * "affected_subscribers" are distinct IMSIs of which at least one registration request was failed by a fault that is not collateral.
 */
#include "lab/truth.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lab/fault.h"
#include "lab/scenario.h"

static const char *const class_names[CLASS_COUNT] = { "success", "user", "network", "congestion", "abort", "timeout", "late" };

static enum lab_class answer_class(const struct answer *a)
{
	if (a->is_late)
		return CLASS_LATE;
	switch (a->kind) {
	case ANSWER_SUCCESS:
		return CLASS_SUCCESS;
	case ANSWER_ERROR:
		return a->code == 34 ? CLASS_NETWORK : CLASS_USER;
	case ANSWER_BASE:
		return a->code == 3004 ? CLASS_CONGESTION : CLASS_NETWORK;
	case ANSWER_SILENCE:
		return CLASS_TIMEOUT;
	case ANSWER_ABORT:
		return CLASS_CONGESTION;
	case ANSWER_RETURNED:
		return CLASS_NETWORK;
	}
	return CLASS_NETWORK;
}

static struct truth_cell *dialogue_cell(struct lab *l, const struct dialogue *d, enum lab_procedure procedure)
{
	return &l->truth.cell[procedure][l->subscriber[d->subscriber].brand];
}

static void subscriber_is_hit(struct lab *l, const struct dialogue *d)
{
	struct subscriber *s = &l->subscriber[d->subscriber];

	if (l->truth.first_failure == 0)
		l->truth.first_failure = d->start;
	if (s->is_affected || !fault_is_registration(d->procedure))
		return;
	s->is_affected = true;
	l->truth.affected[s->brand]++;
	l->truth.affected_count++;
}

void truth_request(struct lab *l, const struct dialogue *d)
{
	struct truth_cell *cell = dialogue_cell(l, d, d->procedure);

	cell->requests++;
	if (d->answer.kind == ANSWER_SILENCE)
		cell->outcome[CLASS_TIMEOUT]++;
	if (d->answer.effect == LAB_EFFECT_NONE)
		return;
	if (d->answer.is_collateral) {
		cell->collateral++;
		return;
	}
	cell->by_fault++;
	subscriber_is_hit(l, d);
}

void truth_outcome(struct lab *l, const struct dialogue *d)
{
	dialogue_cell(l, d, d->procedure)->outcome[answer_class(&d->answer)]++;
}

void truth_data(struct lab *l, const struct dialogue *d, enum lab_procedure procedure, bool is_acknowledged)
{
	struct truth_cell *cell = dialogue_cell(l, d, procedure);

	if (is_acknowledged)
		cell->outcome[CLASS_SUCCESS]++;
	else
		cell->requests++;
}

static void time_write(FILE *f, const char *key, nanos t)
{
	fprintf(f, "\"%s\":\"%" PRId64 ".%09" PRId64 "\"", key, t / NANOS_PER_S, t % NANOS_PER_S);
}

static void second_write(FILE *f, const char *key, double s)
{
	fputc(',', f);
	time_write(f, key, LAB_EPOCH + (nanos)(s * 1e9));
}

static void prefixes_write(FILE *f, const struct lab *l, size_t index)
{
	const struct lab_fault *fault = &l->options.faults[index];
	const char *comma = "";

	if (fault->scope != LAB_SCOPE_BLOCKS && fault->scope != LAB_SCOPE_PREFIX)
		return;
	fputs(",\"prefixes\":[", f);
	if (fault->scope == LAB_SCOPE_PREFIX)
		fprintf(f, "\"%s\"", fault->value);
	for (unsigned int i = 0; fault->scope == LAB_SCOPE_BLOCKS && i < WORLD_BLOCKS; i++) {
		if (!l->block_fails[index][i])
			continue;
		fprintf(f, "%s\"%" PRIu64 "\"", comma, l->prefix[i]);
		comma = ",";
	}
	fputc(']', f);
}

static void faults_write(FILE *f, const struct lab *l)
{
	static const char *const domains[DOMAIN_IMS] = { "2g3g-cs", "2g3g-ps", "4g" };

	fputs(",\n\"faults\":[", f);
	for (size_t i = 0; i < l->options.fault_count; i++) {
		const struct lab_fault *fault = &l->options.faults[i];

		fprintf(f, "%s\n {\"fault\":\"%s\",\"effect\":\"%s\",\"share\":%g,\"silent_share\":%g,\"collateral\":%s", i == 0 ? "" : ",",
			fault->text, fault_effect_name(fault->effect), fault->share, fault->silent_share,
			fault->is_collateral ? "true" : "false");
		if (fault->changes_volume)
			fprintf(f, ",\"volume_from\":%g,\"volume\":%g", fault->is_growing ? fault->volume_from : fault->volume,
				fault->volume);
		if (fault->latency != 0)
			fprintf(f, ",\"latency\":%g", fault->latency);
		second_write(f, "onset", fault->from_s);
		second_write(f, "ramp_end", fault->from_s + fault->ramp_s);
		second_write(f, "until", fault->until_s);
		fputs(",\"recovery\":{", f);
		for (unsigned int d = 0; d < DOMAIN_IMS; d++) {
			double start = fault->until_s + fault->back_after_s[d];

			fprintf(f, "%s\"%s\":{\"starts_s\":%g,\"ends_s\":%g}", d == 0 ? "" : ",", domains[d], start,
				start + fault->back_s[d]);
		}
		fputc('}', f);
		prefixes_write(f, l, i);
		fputc('}', f);
	}
	fputc(']', f);
}

/* Machines come last, in worlds that have them. */
static unsigned int brand_count(const struct lab *l)
{
	return (l->options.world & LAB_WITH_IOT) != 0 ? BRAND_COUNT : BRAND_IOT;
}

static void affected_write(FILE *f, const struct lab *l)
{
	fprintf(f, ",\n\"affected_subscribers\":%" PRIu64 ",\"affected_by_brand\":{", l->truth.affected_count);
	for (unsigned int b = 0; b < brand_count(l); b++)
		fprintf(f, "%s\"%s\":%" PRIu64, b == 0 ? "" : ",", lab_brand_names[b], l->truth.affected[b]);
	fputc('}', f);
	if (l->truth.first_failure == 0)
		return;
	fputs(",\n", f);
	time_write(f, "first_failing_request", l->truth.first_failure);
}

static void cell_add(struct truth_cell *sum, const struct truth_cell *c)
{
	sum->requests += c->requests;
	sum->by_fault += c->by_fault;
	sum->collateral += c->collateral;
	for (unsigned int i = 0; i < CLASS_COUNT; i++)
		sum->outcome[i] += c->outcome[i];
}

static void cell_write(FILE *f, const struct truth_cell *c)
{
	uint64_t open = c->requests;

	fprintf(f, "{\"requests\":%" PRIu64, c->requests);
	for (unsigned int i = 0; i < CLASS_COUNT; i++) {
		open -= c->outcome[i];
		fprintf(f, ",\"%s\":%" PRIu64, class_names[i], c->outcome[i]);
	}
	fprintf(f, ",\"open\":%" PRIu64 ",\"by_fault\":%" PRIu64 ",\"collateral\":%" PRIu64 "}", open, c->by_fault, c->collateral);
}

/* The rows of one name, one after the other in the table, are one procedure. */
static void procedures_write(FILE *f, const struct lab *l)
{
	unsigned int next;

	fputs(",\n\"procedures\":{", f);
	for (unsigned int p = 0; p < LAB_PROCEDURES; p = next) {
		const char *words = lab_procedure_rows[p].words;
		struct truth_cell brand[BRAND_COUNT] = { 0 }, sum = { 0 };

		for (next = p; next < LAB_PROCEDURES && strcmp(lab_procedure_rows[next].words, words) == 0; next++)
			for (unsigned int b = 0; b < BRAND_COUNT; b++)
				cell_add(&brand[b], &l->truth.cell[next][b]);
		for (unsigned int b = 0; b < BRAND_COUNT; b++)
			cell_add(&sum, &brand[b]);
		if (p >= PROCEDURE_UAR && sum.requests == 0)
			continue;
		fprintf(f, "%s\n \"%s\":{\"all\":", p == 0 ? "" : ",", words);
		cell_write(f, &sum);
		for (unsigned int b = 0; b < brand_count(l); b++) {
			fprintf(f, ",\n  \"%s\":", lab_brand_names[b]);
			cell_write(f, &brand[b]);
		}
		fputc('}', f);
	}
	fputc('}', f);
}

static const char *happening_name(enum lab_happening happening)
{
	static const char *const names[] = {
		[LAB_LINK_ABORTS] = "link-aborts",
		[LAB_LINK_CLOSES] = "link-closes",
		[LAB_LINK_SILENT] = "link-silent",
		[LAB_LINK_OPENS] = "link-opens",
		[LAB_PEER_REBOOTS] = "peer-reboots",
		[LAB_ASP_INACTIVE] = "asp-inactive",
		[LAB_ROUTE_LOST] = "route-lost",
		[LAB_ROUTE_CONGESTED] = "route-congested",
		[LAB_ROUTE_BACK] = "route-back",
		[LAB_SUBSYSTEM_OUT] = "subsystem-out",
		[LAB_SUBSYSTEM_BACK] = "subsystem-back",
		[LAB_REGISTER_RESET] = "register-reset",
		[LAB_POISON] = "poison",
		[LAB_DEREGISTRATION] = "deregistration",
		[LAB_TAP_BLIND] = "tap-blind",
		[LAB_TAP_SEES] = "tap-sees",
	};

	return names[happening];
}

static void events_write(FILE *f, const struct lab *l)
{
	if (l->scenario->event_count == 0)
		return;
	fputs(",\n\"events\":[", f);
	for (size_t i = 0; i < l->scenario->event_count; i++) {
		const struct lab_event *e = &l->scenario->events[i];
		double at = scenario_time(l->scenario, &l->options, e->at_s);

		fprintf(f, "%s\n {\"event\":\"%s\",\"scope\":\"%s\",\"number\":%u,\"relay\":%u,\"level\":%u", i == 0 ? "" : ",",
			happening_name(e->happening), fault_scope_name(e->scope), e->number, e->relay, e->level);
		second_write(f, "at", at < 1 ? 1 : at);
		fputc('}', f);
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

static void expectations_write(FILE *f, const struct lab *l)
{
	const struct lab_scenario *s = l->scenario;

	if (s->expectation_count == 0)
		return;
	fprintf(f, ",\n\"demand\":\"%s\",\"expectations\":[", scenario_demand_name(scenario_demand(s)));
	for (size_t i = 0; i < s->expectation_count; i++) {
		const struct lab_expectation *e = &s->expectations[i];

		fprintf(f, "%s\n {\"demand\":\"%s\",\"deadline_s\":%g", i == 0 ? "" : ",", scenario_demand_name(e->demand),
			e->demand == LAB_SILENT && e->deadline_s == 0 ? 0 : scenario_deadline(s, &l->options, e));
		second_write(f, "from", e->demand == LAB_SILENT && e->deadline_s == 0 ? 0 : scenario_time(s, &l->options, e->from_s));
		words_write(f, "kinds", e->kinds, '|');
		words_write(f, "place", e->place, ',');
		words_write(f, "must_not", e->must_not, '|');
		if (e->open_until_s > 0)
			second_write(f, "open_until", scenario_time(s, &l->options, e->open_until_s));
		fputc('}', f);
	}
	fputc(']', f);
}

int lab_truth_write(const struct lab *l, const char *path)
{
	FILE *f = fopen(path, "we");
	int failed;

	if (f == NULL)
		return -errno;
	fprintf(f,
		"{\"scenario\":\"%s\",\"seed\":%" PRIu64 ",\"seconds\":%g,\"rate\":%g,\"subscribers\":%" PRIu32 ",\"user_rejects\":%g,\n",
		l->options.scenario, l->options.seed, l->options.seconds, l->options.rate, l->subscriber_count, l->options.user_rejects);
	time_write(f, "start", LAB_EPOCH);
	second_write(f, "end", l->options.seconds);
	second_write(f, "onset", l->options.onset_s);
	if (l->options.quiet_all)
		second_write(f, "quiet_until", l->options.quiet_until_s);
	faults_write(f, l);
	events_write(f, l);
	expectations_write(f, l);
	affected_write(f, l);
	fprintf(f, ",\n\"attempts\":%" PRIu64 ",\"retries\":%" PRIu64 ",\"refused_by_lab\":%" PRIu64, l->truth.attempts, l->truth.retries,
		l->truth.dialogues_refused + l->agenda.refused);
	fprintf(f, ",\n\"packets\":%" PRIu64 ",\"duplicates\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"reordered\":%" PRIu64, l->wire.frames,
		l->wire.duplicates, l->wire.lost, l->wire.reordered);
	procedures_write(f, l);
	fputs("}\n", f);
	failed = ferror(f) ? EIO : 0;
	if (fclose(f) != 0)
		failed = errno;
	return -failed;
}
