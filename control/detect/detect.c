/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tick: each stream that has news is measured against its baseline, judged, and then taught. Owned by control, no clock, no I/O.
 *
 * Work is done for the streams in the tally and for those with requests on their way to a checkpoint, in the order of the sorted cells and
 * then of first sight. All cells first say what they let those above them expect (mix.c), then each is judged. Streams that are merely
 * known cost nothing. Thresholds are T / w: T from the plan, w the stream's weight (streams.c) divided among its kinds of evidence. Nothing
 * is judged before `warm_up` has been seen of the whole and of the stream (judge.c). While a stream or its parent pages, is held, or has
 * been suspicious for less than ten minutes, its ticks are not learned; an advisory that does not become a page within that time is taken
 * for a change of habit.
 *
 * Time is counted in ticks of an own count that never goes back. Ticks that were left out are made up without cells as long as requests
 * are on their way. Evidence beyond shares of answers is in beyond.c.
 */
#include "control/detect/detect.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/detect/appointment.h"
#include "control/detect/baseline.h"
#include "control/detect/beyond.h"
#include "control/detect/judge.h"
#include "control/detect/kinship.h"
#include "control/detect/loss.h"
#include "control/detect/memory.h"
#include "control/detect/mix.h"
#include "control/detect/season.h"
#include "control/detect/streams.h"
#include "control/detect/survival.h"
#include "control/detect/watch.h"

#define FIRST_TICK              (INT64_C(1) << 20)
#define GAP_MOST                (60 * NANOS_PER_S)
#define GAP_TICKS               10 /* or so many long ticks */
#define TICK_LEAST              (50 * NANOS_PER_MS)
#define DISPERSION_DECAYS_EVERY 300
/* A stream is remembered for this long without a request; how often it is looked for such. */
#define FORGOTTEN_S   (7 * 86400.0)
#define SWEPT_EVERY_S 3600.0
/* How often the season's share is looked up, and how alike streams are is measured. */
#define SEASON_TURNS_S 10.0
#define KINSHIP_S      60.0

/* How far ahead streams are fetched: thousands of them, some kilobytes each, are in no near cache. */
#define STREAMS_AHEAD 3

struct watched {
	uint32_t stream;
	uint8_t evidence;
};

struct detector {
	const struct plan *plan;
	struct streams *streams;
	struct mix *mix;
	struct kinship *kinship;
	struct memory *memory; /* what was before this start and was not seen again yet */
	detector_name_of name_of;
	void *names;
	int64_t season_turned, kinship_measured; /* ticks */
	int64_t swept;                           /* tick of the last look for streams to forget */
	struct season_clock clock;               /* of the tick at work */
	struct season_share *seasons;            /* by procedure */
	uint32_t *found;                         /* the stream of each cell of the tick */
	size_t found_room;
	struct survival_layout layout;
	struct survival_turn turn; /* of the tick at work */
	size_t slots;              /* per stream */
	bool has_layout;
	nanos start, length; /* of the last tick */
	struct judge judge;  /* now is 0 before the first tick */
	uint64_t calls;
	struct loss loss;
	struct appointments *appointments; /* of streams with requests on their way */
	struct watched *watched;           /* open watches, in order of opening */
	size_t watched_count;
	struct suspicion *suspicions;
	size_t suspicion_room;
	struct beyond *beyond;
	uint64_t refused;
};

struct detector *detector_new(const struct plan *plan)
{
	struct detector *d = calloc(1, sizeof(*d));
	struct survival_layout layout;
	nanos tick = plan->detection.tick < TICK_LEAST ? TICK_LEAST : plan->detection.tick;

	if (d == NULL)
		return NULL;
	(void)survival_layout_make(&layout, survival_ages(&plan->detection), tick);
	d->plan = plan;
	d->judge.plan = &plan->detection;
	d->calls = 1;
	d->slots = layout.slots;
	d->streams = watched_new(plan->limits.cells, d->slots, &plan->hash_key);
	d->mix = mix_new(plan);
	d->kinship = kinship_new();
	d->memory = memory_new();
	d->seasons = calloc(PROCEDURE_REGISTRATION + 1, sizeof(*d->seasons));
	d->judge.mix = d->mix;
	d->appointments = appointments_new(plan->limits.cells);
	d->watched = calloc(plan->limits.cells, EVIDENCE_COUNT * sizeof(*d->watched));
	d->suspicion_room = plan->limits.cells * EVIDENCE_COUNT;
	d->suspicions = calloc(d->suspicion_room, sizeof(*d->suspicions));
	d->beyond = beyond_new(plan, &d->clock);
	if (d->streams == NULL || d->mix == NULL || d->kinship == NULL || d->memory == NULL || d->seasons == NULL ||
	    d->appointments == NULL || d->watched == NULL || d->suspicions == NULL || d->beyond == NULL) {
		detector_free(d);
		return NULL;
	}
	detector_names(d, NULL, NULL);
	return d;
}

void detector_free(struct detector *d)
{
	if (d == NULL)
		return;
	watched_free(d->streams);
	mix_free(d->mix);
	kinship_free(d->kinship);
	memory_free(d->memory);
	free(d->seasons);
	free(d->found);
	appointments_free(d->appointments);
	free(d->watched);
	free(d->suspicions);
	beyond_free(d->beyond);
	free(d);
}

static struct memory_scene scene_of(const struct detector *d)
{
	struct detector *own = (struct detector *)(uintptr_t)d; /* who writes takes nothing */

	return (struct memory_scene){ .plan = d->plan,
				      .streams = d->streams,
				      .dispersion = own->judge.dispersion,
				      .seasons = d->seasons,
				      .seen_s = &own->judge.seen_s,
				      .now = d->judge.now,
				      .time = d->start,
				      .tick_s = d->judge.tick_s,
				      .name_of = d->name_of,
				      .names = d->names,
				      .beyond = d->beyond };
}

/* Takes closed watches out of the list, so that one that opens again is not in it twice. */
static void watched_sift(struct detector *d)
{
	size_t open = 0;

	for (size_t i = 0; i < d->watched_count; i++)
		if (watched_at(d->streams, d->watched[i].stream)->watch[d->watched[i].evidence].is_open)
			d->watched[open++] = d->watched[i];
	d->watched_count = open;
}

/* Segments are numbered by the plan: under another one each takes what it is with it by its name, and begins its statistics anew. */
static void segments_move(struct detector *d, const struct plan *plan)
{
	const struct memory_scene scene = scene_of(d);

	if (memory_segments_are_same(d->plan, plan))
		return;
	for (uint32_t i = 0; i < watched_count(d->streams); i++) {
		const struct stream *s = watched_at(d->streams, i);

		if (!stream_is_used(s) || s->key.dimension != DIMENSION_SEGMENT)
			continue;
		memory_keep(d->memory, &scene, s);
		beyond_forget(d->beyond, i);
		appointments_cancel(d->appointments, i);
		watched_forget(d->streams, i);
	}
	memory_settle(d->memory);
	watched_sift(d);
}

void detector_plan(struct detector *d, const struct plan *plan)
{
	segments_move(d, plan);
	d->plan = plan;
	d->judge.plan = &plan->detection;
	mix_plan(d->mix, plan);
	beyond_plan(d->beyond, plan);
	for (size_t i = 0; i < watched_count(d->streams); i++) {
		struct stream *s = watched_at(d->streams, (uint32_t)i);

		s->checkpoints = survival_checkpoints(plan, s->key.procedure);
	}
}

void detector_parents(struct detector *d, detector_parent_of parent_of, void *self)
{
	watched_parents(d->streams, parent_of, self);
}

static const struct stream *parent_of(const struct detector *d, const struct stream *s)
{
	return s->parent == STREAM_NONE ? NULL : watched_at(d->streams, s->parent);
}

static void stream_teach(struct detector *d, struct stream *s, const struct counts *counts)
{
	const struct stream *parent = parent_of(d, s);
	const struct baseline_turn turn = { .now = d->judge.now,
					    .tick_s = d->judge.tick_s,
					    .is_moving = mix_is_moving(d->mix, s),
					    .season = parent == NULL ? &d->seasons[s->key.procedure % (PROCEDURE_REGISTRATION + 1)] : NULL,
					    .clock = &d->clock };

	if (parent == NULL && d->season_turned == d->judge.now)
		baseline_season(&s->baseline, turn.season, turn.clock);
	if (s->held == d->calls - 1 || judge_taints(&d->judge, s))
		baseline_taint(&s->baseline, d->judge.now);
	else
		baseline_hear(&s->baseline, parent == NULL ? NULL : &parent->baseline, counts, &turn);
}

static double decayed(const struct detector *d, const struct stream *s, double smoothed)
{
	return smoothed * exp(-(double)(d->judge.now - s->requests_at) * d->judge.tick_s / WATCH_SMOOTH_S);
}

/* Makes up for the ticks since this stream was looked at, and notes when it must be next. */
static void stream_appoint(struct detector *d, uint32_t index, struct stream *s, const struct tally_cell *cell)
{
	bool is_empty = cell == NULL && s->in_flight == 0;
	uint64_t due = is_empty ? 0 : survival_due(&d->layout, cell, s->judge);

	if (s->in_flight > 0 && s->touched < d->judge.now - 1)
		survival_skip(&d->layout, watched_slots(d->streams, index), &s->in_flight, s->touched + 1, d->judge.now - 1);
	appointments_make(d->appointments, index, d->judge.now, due, is_empty);
}

/* One stream's tick; `cell` is NULL when it has none. */
static void stream_tick(struct detector *d, uint32_t index, const struct tally_cell *cell)
{
	struct stream *s = watched_at(d->streams, index);
	struct counts counts = { 0 };
	uint32_t sent = 0;
	unsigned int opened;

	if (d->has_layout)
		stream_appoint(d, index, s, cell);
	s->touched = d->judge.now;
	if (cell != NULL) {
		counts_take(cell, &d->plan->detection, &counts);
		s->answers = decayed(d, s, s->answers) + counts.answers;
		s->requests = decayed(d, s, s->requests) + cell->requests;
		s->requests_at = d->judge.now;
	}
	if (d->has_layout) {
		uint32_t *slots = watched_slots(d->streams, index);

		sent = survival_sent(&d->turn, slots, s->judge, cell == NULL ? 0 : cell->requests);
		survival_advance(&d->turn, slots, &s->in_flight, cell, &counts);
		judge_void(&d->judge, s, &counts, &sent);
	}
	opened = judge_stream(&d->judge, s, parent_of(d, s), &counts, sent);
	for (uint8_t e = 0; e < EVIDENCE_JUDGED; e++)
		if (opened >> e & 1)
			d->watched[d->watched_count++] = (struct watched){ .stream = index, .evidence = e };
	beyond_see(d->beyond, index, s, cell, fmax(s->requests, s->answers) / WATCH_SMOOTH_S);
	if (!counts_are_empty(&counts))
		stream_teach(d, s, &counts);
}

/* Makes room by forgetting what was not seen for a week; once an hour, because it looks at all streams. */
static bool streams_sweep(struct detector *d)
{
	size_t before = watched_known(d->streams);
	int64_t before_then = d->judge.now - (int64_t)(FORGOTTEN_S / d->judge.tick_s);

	if (d->swept > 0 && (double)(d->judge.now - d->swept) * d->judge.tick_s < SWEPT_EVERY_S)
		return false;
	d->swept = d->judge.now;
	for (size_t i = 0; i < watched_count(d->streams); i++)
		if (stream_is_idle(watched_at(d->streams, (uint32_t)i), before_then) && !beyond_holds(d->beyond, (uint32_t)i))
			watched_forget(d->streams, (uint32_t)i);
	return watched_known(d->streams) < before;
}

static void stream_begin(struct detector *d, struct stream *s)
{
	const struct memory_scene scene = scene_of(d);

	s->checkpoints = survival_checkpoints(d->plan, s->key.procedure);
	s->judge = s->checkpoints > 0 ? s->checkpoints - 1 : 0;
	s->is_begun = true;
	memory_claim(d->memory, &scene, s);
	if (s->parent == STREAM_NONE)
		baseline_season(&s->baseline, &d->seasons[s->key.procedure % (PROCEDURE_REGISTRATION + 1)], &d->clock);
}

/* The stream of a cell, made when it is new and begun as it was when it is remembered; STREAM_NONE when there is no room. */
static uint32_t stream_take(struct detector *d, uint32_t before, const struct stream_key *key)
{
	uint32_t index = watched_behind(d->streams, before, key);

	if (index == STREAM_NONE)
		index = watched_take(d->streams, key, d->judge.now);
	if (index == STREAM_NONE && streams_sweep(d))
		index = watched_take(d->streams, key, d->judge.now);
	for (uint32_t i = index; i != STREAM_NONE && !watched_at(d->streams, i)->is_begun; i = watched_at(d->streams, i)->parent)
		stream_begin(d, watched_at(d->streams, i));
	if (index == STREAM_NONE)
		d->refused++;
	else
		watched_at(d->streams, index)->seen = d->judge.now;
	watched_follow(d->streams, before, index);
	return index;
}

/*
 * Finds the streams of all cells, and from the answers of each what those above must expect: a stream is judged when all below it have
 * spoken. Without memory for it nothing of this tick is judged.
 */
static bool cells_take(struct detector *d, const struct tally_cell *cells, size_t count)
{
	const struct mix_turn turn = {
		.streams = d->streams, .now = d->judge.now, .tick_s = d->judge.tick_s, .is_young = judge_is_young(&d->judge)
	};

	if (count > d->found_room) {
		uint32_t *found = reallocarray(d->found, 2 * count, sizeof(*found));

		if (found == NULL)
			return false;
		d->found = found;
		d->found_room = 2 * count;
	}
	for (size_t i = 0; i < count; i++) {
		struct counts counts = { 0 };

		d->found[i] = stream_take(d, i == 0 ? STREAM_NONE : d->found[i - 1], &cells[i].key);
		counts_take(&cells[i], &d->plan->detection, &counts);
		if (d->found[i] != STREAM_NONE && counts.answers > 0)
			mix_take(d->mix, &turn, d->found[i], &counts);
	}
	return true;
}

/* Looks at the streams without a cell whose time has come. */
static void appointments_keep(struct detector *d)
{
	size_t count;
	const uint32_t *open = appointments_open(d->appointments, &count);

	for (size_t i = 0; i < count; i++) {
		uint32_t ahead = open[i + STREAMS_AHEAD < count ? i + STREAMS_AHEAD : i];
		enum appointment appointment;

		if (appointments_is_due(d->appointments, ahead, d->judge.now))
			watched_fetch(d->streams, ahead, d->slots);
		appointment = appointments_ask(d->appointments, open[i], d->judge.now);
		if (appointment == APPOINTMENT_NOW && stream_is_used(watched_at(d->streams, open[i])))
			stream_tick(d, open[i], NULL);
		else if (appointment == APPOINTMENT_NOW || appointment == APPOINTMENT_NONE)
			watched_rest(d->streams, open[i]);
	}
	appointments_turn(d->appointments);
}

/* All streams of one tick: those of the cells, then those that wait for a checkpoint. */
static void detector_step(struct detector *d, const struct tally_cell *cells, size_t count)
{
	if (d->has_layout)
		survival_turn_make(&d->layout, d->judge.now, &d->turn);
	if (!cells_take(d, cells, count))
		count = 0;
	for (size_t i = 0; i < count; i++) {
		if (i + STREAMS_AHEAD < count && d->found[i + STREAMS_AHEAD] != STREAM_NONE)
			watched_fetch(d->streams, d->found[i + STREAMS_AHEAD], d->slots);
		if (d->found[i] == STREAM_NONE)
			continue;
		assert(watched_at(d->streams, d->found[i])->touched < d->judge.now);
		stream_tick(d, d->found[i], &cells[i]);
	}
	appointments_keep(d);
	watched_sift(d);
}

/* Short-term memory begins anew. */
static void detector_calm(struct detector *d)
{
	watched_calm(d->streams, d->judge.now);
	appointments_clear(d->appointments);
	d->watched_count = 0;
	d->loss = (struct loss){ 0 };
	judge_calm(&d->judge);
	beyond_calm(d->beyond);
}

/* Brings the own count to this tick; the ticks left out are made up. */
static void detector_advance(struct detector *d, const struct tally *tally)
{
	bool is_first = d->judge.now == 0, is_same_length = tally->length == d->length;
	nanos gap = tally->start - d->start;

	if (is_first || !is_same_length) {
		struct survival_layout layout;

		d->length = tally->length;
		d->judge.tick_s = nanos_to_s(tally->length);
		d->has_layout = !d->plan->detection.judges_timeouts &&
				survival_layout_make(&layout, survival_ages(&d->plan->detection), tally->length) &&
				layout.slots <= d->slots;
		if (d->has_layout)
			d->layout = layout;
	}
	if (is_first) {
		d->judge.now = FIRST_TICK;
	} else if (!is_same_length || gap < d->length) {
		d->judge.now++;
		detector_calm(d);
	} else if (gap > GAP_MOST && gap > GAP_TICKS * d->length) {
		d->judge.now += gap / d->length;
		detector_calm(d);
	} else {
		int64_t to = d->judge.now + gap / d->length;

		while (++d->judge.now < to && appointments_are_open(d->appointments))
			detector_step(d, NULL, 0);
		d->judge.now = to;
		d->judge.silent_s += nanos_to_s(gap) - d->judge.tick_s;
	}
	d->start = tally->start;
	if (is_first) {
		const struct memory_scene scene = scene_of(d);

		memory_begin(d->memory, &scene);
	}
}

static void detector_smooth(struct detector *d, const struct tally *tally)
{
	d->judge.lost = loss_see(&d->loss, tally, d->judge.tick_s);
	judge_see(&d->judge, tally);
	if (d->judge.now % DISPERSION_DECAYS_EVERY == 0)
		judge_fade(&d->judge, DISPERSION_DECAYS_EVERY * d->judge.tick_s);
}

static void suspicion_fill(const struct detector *d, struct watched watched, struct suspicion *ret_suspicion)
{
	const struct stream *s = watched_at(d->streams, watched.stream);
	const struct watch *w = &s->watch[watched.evidence];
	struct watch_rules rules = judge_rules(&d->judge, s, (enum evidence)watched.evidence);
	/* Evidence of a missing answer comes at the first checkpoint after the request. */
	nanos age = watched.evidence == EVIDENCE_MISSING && d->has_layout ? survival_ages(&d->plan->detection)[0] : 0;

	*ret_suspicion = (struct suspicion){
		.stream = s->key,
		.evidence = (enum evidence)watched.evidence,
		.is_page = w->is_page,
		.log_r = log(sequential_mean(w->sequential.r)),
		.log_b = log(sequential_mean(w->sequential.b)),
		.log_page = log(rules.page),
		.onset = d->start - (nanos)(d->judge.now - w->onset) * d->length - age,
		.baseline_ratio = w->since.requests > 0 ? w->since.expected / w->since.requests : 0,
		.observed_ratio = w->since.requests > 0 ? w->since.failed / w->since.requests : 0,
		.fault_share = measure_share(&w->smooth),
		.peak_share = w->peak,
		.requests = w->since.requests,
		.failed = w->since.failed,
		.expected = w->since.expected,
	};
}

static size_t detector_report(struct detector *d)
{
	const struct suspicion *beyond;
	size_t count = d->watched_count, more = beyond_report(d->beyond, &beyond);

	for (size_t i = 0; i < count; i++)
		suspicion_fill(d, d->watched[i], &d->suspicions[i]);
	for (size_t i = 0; i < more && count < d->suspicion_room; i++)
		d->suspicions[count++] = beyond[i];
	qsort(d->suspicions, count, sizeof(*d->suspicions), suspicion_compare);
	return count;
}

/* What is done some times a minute. */
static void detector_turn(struct detector *d)
{
	season_clock_make(&d->plan->calendar, d->start, &d->clock);
	if ((double)(d->judge.now - d->season_turned) * d->judge.tick_s >= SEASON_TURNS_S)
		d->season_turned = d->judge.now;
	if ((double)(d->judge.now - d->kinship_measured) * d->judge.tick_s < KINSHIP_S)
		return;
	d->kinship_measured = d->judge.now;
	kinship_measure(d->kinship, d->streams);
}

const struct suspicion *detector_tick(struct detector *d, const struct tally *tally, size_t *ret_count)
{
	d->calls++;
	detector_advance(d, tally);
	detector_smooth(d, tally);
	detector_turn(d);
	detector_step(d, tally->cells, tally->count);
	beyond_tick(d->beyond, d->streams, tally, &d->judge);
	*ret_count = detector_report(d);
	return d->suspicions;
}

nanos detector_blind_since(const struct detector *d)
{
	const struct silence *s = &d->judge.silence;

	return silence_is_blindness(s) ? d->start + d->length - (nanos)llround(s->silent_s * (double)NANOS_PER_S) : 0;
}

bool detector_stream(const struct detector *d, const struct stream_key *stream, enum evidence evidence, struct stream_state *ret)
{
	uint32_t index = watched_find(d->streams, stream);
	const struct stream *s;
	const struct watch *w;
	double rest;

	if (evidence >= EVIDENCE_JUDGED)
		return beyond_stream(d->beyond, index, stream, evidence, ret);
	if (index == STREAM_NONE)
		return false;
	s = watched_at(d->streams, index);
	w = &s->watch[evidence];
	rest = w->smooth.requests;
	*ret = (struct stream_state){
		.baseline_ratio = rest > 0 ? w->smooth.expected / rest : 0,
		.recent_ratio = rest > 0 ? w->smooth.failed / rest : 0,
		.fault_share = w->is_open ? measure_share(&w->smooth) : 0,
		.requests_per_s = decayed(d, s, s->requests) / WATCH_SMOOTH_S,
		.has_returned = !w->is_open,
	};
	return true;
}

bool detector_usual(const struct detector *d, const struct stream_key *stream, struct stream_usual *ret)
{
	uint32_t index = watched_find(d->streams, stream);

	if (index != STREAM_NONE)
		judge_usual(&d->judge, watched_at(d->streams, index), parent_of(d, watched_at(d->streams, index)), ret);
	return index != STREAM_NONE;
}

void detector_hold(struct detector *d, const struct stream_key *stream)
{
	uint32_t index = watched_find(d->streams, stream);

	if (index != STREAM_NONE)
		watched_at(d->streams, index)->held = d->calls;
}

size_t detector_scattered(const struct detector *d, enum dimension dimension, const struct stream_key **ret)
{
	return beyond_scattered(d->beyond, dimension, ret);
}

size_t detector_streams(const struct detector *d)
{
	return watched_known(d->streams);
}

uint64_t detector_refused(const struct detector *d)
{
	return d->refused;
}

void detector_names(struct detector *d, detector_name_of name_of, void *names)
{
	d->name_of = name_of;
	d->names = names;
	beyond_memory(d->beyond, d->memory, &(struct memory_scene){ .name_of = name_of, .names = names });
}

size_t detector_remember(const struct detector *d, uint8_t **ret_bytes)
{
	const struct memory_scene scene = scene_of(d);

	return d->judge.now == 0 ? 0 : memory_write(d->memory, &scene, ret_bytes);
}

enum recall_verdict detector_recall(struct detector *d, const uint8_t *bytes, size_t length)
{
	const struct memory_scene scene = scene_of(d);

	return memory_read(d->memory, &scene, bytes, length);
}
