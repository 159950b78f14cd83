/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From pages to alarms, see engine.h. Called by control's thread only: by the replay between two bursts, by a live probe every few
 * milliseconds. Whatever the number of workers, cells are summed per stream and sorted, and outcomes are sorted by their time and
 * frame, before anything looks at them.
 */
#include "control/tick/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/detect/conditions.h"
#include "control/tick/corrections.h"
#include "control/tick/homes.h"
#include "control/tick/known.h"
#include "control/tick/recent.h"
#include "dataplane/plmn.h"

/* Of packets that were told as missing and came after all, so many are taken off from later ones. */
#define MISSING_OWED_MOST 1000

struct engine {
	struct detector *detector;
	struct incidents *incidents;
	struct audience audience[ENGINE_AUDIENCE_MAX];
	size_t audience_count;
	struct tally_cell *cells;
	size_t cell_count;
	size_t cell_room;
	struct tally_cell *merged; /* room of its own for the sorted cells */
	size_t merged_room;
	struct outcome *outcomes;
	size_t outcome_count;
	size_t outcome_room;
	struct tally sums;
	int64_t missing; /* negative: what came after all and has been told as missing */
	struct homes homes;
	struct conditions *conditions;
	struct known known;
	struct recent recent;
	struct corrections corrections;
	enum incident_severity worst;
};

struct engine *engine_new(const struct plan *plan, incident_name_of name_of, void *names)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->detector = detector_new(plan);
	if (e->detector != NULL)
		detector_names(e->detector, name_of, names);
	if (e->detector != NULL)
		e->incidents = incidents_new(plan, e->detector, name_of, names);
	e->conditions = conditions_new();
	homes_plan(&e->homes, plan);
	corrections_open(&e->corrections, plan);
	if (e->incidents == NULL || e->conditions == NULL || !known_open(&e->known, plan) || !recent_open(&e->recent, plan)) {
		engine_free(e);
		return NULL;
	}
	return e;
}

void engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	incidents_free(e->incidents);
	detector_free(e->detector);
	conditions_free(e->conditions);
	known_close(&e->known);
	recent_close(&e->recent);
	corrections_close(&e->corrections);
	free(e->cells);
	free(e->merged);
	free(e->outcomes);
	free(e);
}

void engine_plan(struct engine *e, const struct plan *plan)
{
	detector_plan(e->detector, plan);
	incidents_plan(e->incidents, plan);
	homes_plan(&e->homes, plan);
}

enum recall_verdict engine_recall(struct engine *e, const uint8_t *bytes, size_t length)
{
	return detector_recall(e->detector, bytes, length);
}

char *engine_remember_incident(const struct engine *e, const char *id)
{
	return incidents_remember(e->incidents, id);
}

bool engine_recall_incident(struct engine *e, const char *text)
{
	const struct condition *conditions;
	size_t count;

	if (!incidents_recall(e->incidents, text))
		return false;
	count = incidents_recalled_conditions(e->incidents, &conditions);
	for (size_t i = 0; i < count; i++)
		conditions_recall(e->conditions, &conditions[i]);
	return true;
}

void engine_know_incident(struct engine *e, const char *id)
{
	incidents_know(e->incidents, id);
}

const char *engine_recalled_name(const struct engine *e, node host)
{
	return incidents_recalled_name(e->incidents, host);
}

void engine_listen(struct engine *e, const struct audience *a)
{
	if (e->audience_count < ENGINE_AUDIENCE_MAX)
		e->audience[e->audience_count++] = *a;
}

/* Makes room for `wanted` records; false without memory: the tick then goes on with what there is, and says so once. */
static bool grow(void **array, size_t *room, size_t wanted, size_t size)
{
	static bool has_complained;
	size_t more = *room == 0 ? 4096 : *room;
	void *bigger;

	while (more < wanted)
		more *= 2;
	if (more == *room)
		return true;
	bigger = reallocarray(*array, more, size);
	if (bigger == NULL) {
		if (!has_complained)
			fprintf(stderr, "sigcanary: no memory for %zu records of one tick, the rest is left out; lower limits.cells\n",
				wanted);
		has_complained = true;
		return false;
	}
	*array = bigger;
	*room = more;
	return true;
}

void engine_outcome(struct engine *e, const struct outcome *outcome)
{
	if (grow((void **)&e->outcomes, &e->outcome_room, e->outcome_count + 1, sizeof(*e->outcomes)))
		e->outcomes[e->outcome_count++] = *outcome;
}

void engine_page(struct engine *e, const struct book_page *page)
{
	e->sums.packets += page->packets;
	e->sums.dropped += page->dropped;
	e->missing += (int64_t)page->sctp_missing;
	e->sums.unseen += page->unseen;
	e->sums.refused_cells += page->refused_cells;
	if (!grow((void **)&e->cells, &e->cell_room, e->cell_count + page->count + 1, sizeof(*e->cells))) {
		e->sums.refused_cells += page->count;
		return;
	}
	if (page->count > 0)
		memcpy(e->cells + e->cell_count, page->cells, page->count * sizeof(*page->cells));
	e->cell_count += page->count;
}

static void cell_add(struct tally_cell *sum, const struct tally_cell *cell)
{
	sum->requests += cell->requests;
	for (int i = 0; i < OUTCOME_CLASS_COUNT; i++)
		sum->outcomes[i] += cell->outcomes[i];
	for (int i = 0; i < TALLY_CHECKPOINTS; i++)
		sum->pending[i] += cell->pending[i];
	sum->repeats += cell->repeats;
	for (int i = 0; i < TALLY_LATENCY_BINS; i++)
		sum->latency[i] += cell->latency[i];
	sum->latency_ns += cell->latency_ns;
}

/*
 * Adds the streams of all registration procedures together: a fault that takes a little from each is seen in their sum some times sooner.
 * Refusals for the subscriber's own reasons differ between procedures by an order of magnitude, so that their share of the sum would move
 * with the mix; they count as good answers here.
 */
static void registration_add(struct engine *e)
{
	size_t count = e->cell_count;

	if (!grow((void **)&e->cells, &e->cell_room, 2 * count + 1, sizeof(*e->cells)))
		return;
	for (size_t i = 0; i < count; i++) {
		struct tally_cell *sum = &e->cells[e->cell_count];

		if (!tally_is_registration(e->cells[i].key.procedure) || !tally_has_registration((enum dimension)e->cells[i].key.dimension))
			continue;
		*sum = e->cells[i];
		sum->key.procedure = PROCEDURE_REGISTRATION;
		sum->outcomes[OUTCOME_SUCCESS] += sum->outcomes[OUTCOME_USER];
		sum->outcomes[OUTCOME_USER] = 0;
		e->cell_count++;
	}
}

/* Those of a tick file are sorted: looking costs far less than sorting. */
static void cells_sort(struct tally_cell *cells, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (stream_key_order(&cells[i - 1].key, &cells[i].key) <= 0)
			continue;
		qsort(cells, count, sizeof(*cells), stream_key_compare);
		return;
	}
}

/* Sorts the cells before `middle` and those from there on, and merges them: the sums of registrations come behind all others. */
static void cells_merge(struct engine *e, size_t middle)
{
	const struct tally_cell *one = e->cells, *other = e->cells + middle, *end = e->cells + e->cell_count;
	struct tally_cell *to, *swap = e->cells;
	size_t room = e->cell_room;

	cells_sort(e->cells, middle);
	cells_sort(e->cells + middle, e->cell_count - middle);
	if (middle == e->cell_count)
		return;
	if (!grow((void **)&e->merged, &e->merged_room, e->cell_count, sizeof(*e->merged))) {
		cells_sort(e->cells, e->cell_count);
		return;
	}
	for (to = e->merged; one < e->cells + middle || other < end; to++) {
		bool is_one = other == end || (one < e->cells + middle && stream_key_order(&one->key, &other->key) <= 0);

		*to = is_one ? *one++ : *other++;
	}
	e->cells = e->merged;
	e->cell_room = e->merged_room;
	e->merged = swap;
	e->merged_room = room;
}

/* Sorts the cells, of which those from `middle` on were added, and adds up those of one stream. */
static void cells_sum(struct engine *e, size_t middle)
{
	size_t kept = 0;

	if (e->cell_count == 0)
		return;
	cells_merge(e, middle);
	for (size_t i = 1; i < e->cell_count; i++) {
		if (stream_key_order(&e->cells[kept].key, &e->cells[i].key) == 0)
			cell_add(&e->cells[kept], &e->cells[i]);
		else
			e->cells[++kept] = e->cells[i];
	}
	e->cell_count = kept + 1;
}

/* By time, then by frame, then by transaction and by request in it, or by sighting: the same order whichever worker they came from. */
static int outcome_compare(const void *a, const void *b)
{
	const struct outcome *x = a;
	const struct outcome *y = b;

	if (x->clock != y->clock)
		return x->clock < y->clock ? -1 : 1;
	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->event != y->event)
		return x->event < y->event ? -1 : 1;
	if (x->frames[0] != y->frames[0])
		return x->frames[0] < y->frames[0] ? -1 : 1;
	if (x->procedure != y->procedure)
		return x->procedure < y->procedure ? -1 : 1;
	if (x->invoke != y->invoke)
		return x->invoke < y->invoke ? -1 : 1;
	return x->cause < y->cause ? -1 : x->cause > y->cause;
}

/*
 * One outcome to all who listen. The incidents hear it as it counts, the audience as it was decoded.
 */
static void outcome_tell(struct engine *e, struct outcome *o)
{
	enum outcome_class class = known_take(&e->known, o);
	struct outcome counted;

	o->direction = (uint8_t)homes_direction(&e->homes, plmn_of_imsi(o->imsi), o->plmn);
	counted = *o;
	counted.class = (uint8_t) class;
	corrections_add(&e->corrections, o, class != o->class, recent_take(&e->recent, o));
	conditions_outcome(e->conditions, &counted);
	if (o->event != OUTCOME_EVENT_NOTICE)
		incidents_outcome(e->incidents, &counted);
	for (size_t i = 0; i < e->audience_count; i++) {
		if (e->audience[i].outcome != NULL)
			e->audience[i].outcome(e->audience[i].self, o);
	}
}

/* Outcomes up to `end` to the incidents and the audience; later ones stay for the next tick. */
static void outcomes_tell(struct engine *e, nanos end)
{
	size_t told = 0;

	if (e->outcome_count == 0)
		return;
	qsort(e->outcomes, e->outcome_count, sizeof(*e->outcomes), outcome_compare);
	for (; told < e->outcome_count && e->outcomes[told].clock <= end; told++)
		outcome_tell(e, &e->outcomes[told]);
	e->outcome_count -= told;
	memmove(e->outcomes, e->outcomes + told, e->outcome_count * sizeof(*e->outcomes));
}

static bool has_registration(const struct engine *e)
{
	for (size_t i = 0; i < e->cell_count; i++) {
		if (e->cells[i].key.procedure == PROCEDURE_REGISTRATION)
			return true;
	}
	return false;
}

void engine_tally(struct engine *e, const struct tally *tally)
{
	if (!grow((void **)&e->cells, &e->cell_room, tally->count + 1, sizeof(*e->cells)))
		return;
	if (tally->count > 0)
		memcpy(e->cells, tally->cells, tally->count * sizeof(*tally->cells));
	e->cell_count = tally->count;
	e->sums = *tally;
	engine_tick(e, tally->start, tally->length);
}

void engine_parents(struct engine *e, detector_parent_of parent_of, void *self)
{
	detector_parents(e->detector, parent_of, self);
}

/* A direction may give back what another worker's has lost: only the sum is the same for every number of workers. */
static uint64_t missing_take(struct engine *e)
{
	int64_t missing = e->missing;

	e->missing = missing > 0 ? 0 : missing < -MISSING_OWED_MOST ? -MISSING_OWED_MOST : missing;
	return missing > 0 ? (uint64_t)missing : 0;
}

void engine_tick(struct engine *e, nanos start, nanos length)
{
	const struct suspicion *suspicions;
	const struct condition *conditions;
	const struct alarm *alarms;
	struct tally tally = e->sums;
	nanos blind_since;
	size_t suspicion_count;
	size_t condition_count;
	size_t alarm_count;
	size_t middle = e->cell_count;

	homes_tell(&e->homes, e->cells, e->cell_count);
	if (!has_registration(e))
		registration_add(e);
	cells_sum(e, middle);
	tally.sctp_missing += missing_take(e);
	tally.start = start;
	tally.length = length;
	tally.cells = e->cells;
	tally.count = e->cell_count;
	outcomes_tell(e, start + length);
	corrections_apply(&e->corrections, e->cells, e->cell_count);
	suspicions = detector_tick(e->detector, &tally, &suspicion_count);
	for (size_t i = 0; i < e->audience_count; i++) {
		if (e->audience[i].tick != NULL)
			e->audience[i].tick(e->audience[i].self, &tally, e->detector);
	}
	blind_since = detector_blind_since(e->detector);
	if (blind_since != 0)
		conditions_dark(e->conditions, blind_since, start + length);
	conditions = conditions_tick(e->conditions, &tally, &condition_count);
	incidents_conditions(e->incidents, conditions, condition_count);
	alarms = incidents_tick(e->incidents, &tally, suspicions, suspicion_count, &alarm_count);
	for (size_t a = 0; a < alarm_count; a++) {
		if (alarms[a].severity > e->worst)
			e->worst = alarms[a].severity;
		for (size_t i = 0; i < e->audience_count; i++) {
			if (e->audience[i].alarm != NULL)
				e->audience[i].alarm(e->audience[i].self, &alarms[a]);
		}
	}
	e->cell_count = 0;
	memset(&e->sums, 0, sizeof(e->sums));
}

void engine_finish(struct engine *e)
{
	outcomes_tell(e, INT64_MAX);
}

size_t engine_open_alarms(const struct engine *e, const struct alarm **ret)
{
	return incidents_open(e->incidents, ret);
}

enum incident_severity engine_worst(const struct engine *e)
{
	return e->worst;
}

uint64_t engine_refused_streams(const struct engine *e)
{
	return detector_refused(e->detector);
}

uint64_t engine_refused_incidents(const struct engine *e)
{
	return incidents_refused(e->incidents);
}

const struct detector *engine_detector(const struct engine *e)
{
	return e->detector;
}
