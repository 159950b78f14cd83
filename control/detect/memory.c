/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Baselines as bytes. Owned by control; called by detect.c.
 *
 * Layout, in the terms of pack.h:
 *   8 bytes "SIGBASE\n", version (32), time of the last tick (64)
 *   sections: type (8), length (32), content; one unknown to this version is stepped over
 *   the section END of no content, then CRC-32 (IEEE 802.3) of all before it
 * Ages are in seconds, because ticks may have another length the next time.
 *
 * Over a gap of g seconds sums of answers shrink by exp(-g / 3 d): what is remembered is believed less and less. Records are refused as a
 * whole: a file is taken when its checksum is right and every section can be read, or not at all.
 */
#include "control/detect/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/detect/beyond.h"
#include "control/detect/memory_flow.h"
#include "control/detect/memory_key.h"
#include "control/detect/pack.h"

#define VERSION      1
#define MEMORY_S     (3 * 86400.0)
#define LEVEL_S      7200.0
#define FORGOTTEN_S  (7 * 86400.0)
#define RECORDS_MOST (1U << 22)
#define NUMBERS      (2 * BASELINE_ANSWER_KINDS + 2 * TALLY_CHECKPOINTS + 2 * BASELINE_ANSWER_KINDS + 5)
#define PROCEDURES   (PROCEDURE_REGISTRATION + 1)
#define HEAD_BYTES   20
#define TAIL_BYTES   9

static const uint8_t magic[8] = { 'S', 'I', 'G', 'B', 'A', 'S', 'E', '\n' };

enum section { SECTION_END, SECTION_GENERAL, SECTION_DISPERSION, SECTION_SEASON, SECTION_STREAM, SECTION_FLOW };

/* One stream, free of this run's ticks and keys. `numbers` in the order of record_fill(). */
struct record {
	char *key; /* dimension, procedure, value as text */
	uint64_t fingerprint;
	double numbers[NUMBERS];
	bool is_claimed;
};

struct memory {
	struct record *records;
	size_t count, sorted; /* of them, the first ones: by key */
	nanos time;           /* of the last tick that they knew */
	struct flow_records flows;
};

/* Begins a section; what it returns goes to section_end(). */
static size_t section_begin(struct pack *p, enum section type)
{
	pack_number(p, type, 1);
	pack_number(p, 0, 4);
	return p->length;
}

static void section_end(struct pack *p, size_t begin)
{
	uint32_t length = (uint32_t)(p->length - begin);

	if (p->has_failed)
		return;
	for (unsigned int i = 0; i < 4; i++)
		p->bytes[begin - 4 + i] = (uint8_t)(length >> 8 * (3 - i));
}

/* The one place that knows the order of the numbers, for both ways. */
static void numbers_move(struct baseline *b, double numbers[NUMBERS], bool is_out)
{
	double *at = numbers;
	double *const sums[] = { b->answers, b->failed, b->at_risk, b->pending, b->level };
	static const size_t counts[] = { BASELINE_ANSWER_KINDS, BASELINE_ANSWER_KINDS, TALLY_CHECKPOINTS, TALLY_CHECKPOINTS,
					 BASELINE_ANSWER_KINDS };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		memcpy(is_out ? at : sums[i], is_out ? sums[i] : at, counts[i] * sizeof(double));
		at += counts[i];
	}
	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++, at++) {
		if (is_out)
			*at = (double)b->kinship[kind];
		else
			b->kinship[kind] = (float)*at;
	}
	if (is_out)
		*at = b->learned_s;
	else
		b->learned_s = *at;
}

/* The last four numbers: seconds since first sight, since it learned, since it was seen; answers ever seen. */
enum { NUMBER_AGE = NUMBERS - 4, NUMBER_LEARNED, NUMBER_UNSEEN, NUMBER_SEEN };

static void record_fill(const struct memory_scene *scene, const struct stream *s, double numbers[NUMBERS])
{
	struct baseline b = s->baseline;

	numbers_move(&b, numbers, true);
	numbers[NUMBER_AGE] = baseline_age_s(&b, scene->now, scene->tick_s);
	numbers[NUMBER_LEARNED] = fmax((double)(scene->now - b.learned) * scene->tick_s, 0);
	numbers[NUMBER_UNSEEN] = fmax((double)(scene->now - s->seen) * scene->tick_s, 0);
	numbers[NUMBER_SEEN] = (double)s->answers_seen;
}

static void stream_pack(struct pack *p, const char *key, uint64_t fingerprint, const double numbers[NUMBERS])
{
	size_t begin = section_begin(p, SECTION_STREAM);

	pack_text(p, key);
	pack_number(p, fingerprint, 8);
	for (int i = 0; i < NUMBERS; i++)
		pack_double(p, numbers[i]);
	section_end(p, begin);
}

/* The first may be below zero: failures that come more evenly than chance. */
static void unevenness_pack(struct pack *p, const struct unevenness *u)
{
	pack_double(p, fmax(u->beyond_binomial, 0));
	pack_double(p, u->square);
	pack_double(p, u->doubt);
}

static bool unevenness_unpack(struct cursor *c, struct unevenness *ret)
{
	return unpack_double(c, &ret->beyond_binomial) && unpack_double(c, &ret->square) && unpack_double(c, &ret->doubt);
}

static void dispersion_pack(struct pack *p, const struct memory_scene *scene)
{
	for (int d = 0; d < DIMENSION_COUNT; d++) {
		size_t begin = section_begin(p, SECTION_DISPERSION);

		pack_text(p, dimension_names[d]);
		for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++) {
			unevenness_pack(p, &scene->dispersion[d][kind].tick);
			unevenness_pack(p, &scene->dispersion[d][kind].stretch);
		}
		section_end(p, begin);
	}
}

static bool season_is_empty(const struct season_share *s)
{
	static const struct season_share none;

	return memcmp(s, &none, sizeof(none)) == 0;
}

static void season_pack(struct pack *p, const struct season_share *s, const char *name)
{
	size_t begin = section_begin(p, SECTION_SEASON);

	pack_text(p, name);
	for (int day = 0; day < SEASON_DAYS; day++)
		for (int slot = 0; slot < SEASON_SLOTS; slot++) {
			for (int kind = 0; kind < SEASON_KINDS; kind++) {
				pack_double(p, (double)s->failed[kind][day][slot]);
				pack_double(p, (double)s->expected[kind][day][slot]);
			}
		}
	pack_number(p, s->has_slot, 1);
	pack_number(p, (uint32_t)s->slot_number, 4);
	pack_number(p, s->day, 1);
	pack_number(p, s->slot, 1);
	for (int kind = 0; kind < SEASON_KINDS; kind++) {
		pack_double(p, s->now_failed[kind]);
		pack_double(p, s->now_expected[kind]);
	}
	section_end(p, begin);
}

/* What has passed since the records' time. A file from the future, as an older capture sees it, is of now. */
static double gap_s(const struct memory *m, const struct memory_scene *scene)
{
	return fmax(nanos_to_s(scene->time - m->time), 0);
}

void memory_begin(struct memory *m, const struct memory_scene *scene)
{
	if (m->count == 0 || m->time > scene->time)
		m->time = scene->time;
	for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++)
		for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++)
			dispersion_decay(&scene->dispersion[dimension][kind], gap_s(m, scene));
}

static void rest_pack(struct pack *p, const struct memory *m, const struct memory_scene *scene)
{
	double gap = gap_s(m, scene);

	for (size_t i = 0; i < m->count; i++) {
		const struct record *r = &m->records[i];
		double numbers[NUMBERS];

		if (r->is_claimed || r->numbers[NUMBER_UNSEEN] + gap > FORGOTTEN_S)
			continue;
		memcpy(numbers, r->numbers, sizeof(numbers));
		numbers[NUMBER_AGE] += gap;
		numbers[NUMBER_LEARNED] += gap;
		numbers[NUMBER_UNSEEN] += gap;
		stream_pack(p, r->key, r->fingerprint, numbers);
	}
}

/* Volumes of streams that are busy, then of those that are not at present. */
static void flows_pack(struct pack *p, const struct memory *m, const struct memory_scene *scene)
{
	const struct season_flow *season;
	const struct stream_key *stream;
	size_t at = 0, begin;

	while (scene->beyond != NULL && beyond_seasons(scene->beyond, &at, &stream, &season)) {
		char key[MEMORY_KEY_MAX];

		if (!season->has_slot || !memory_key_text(scene, stream, key))
			continue;
		begin = section_begin(p, SECTION_FLOW);
		flow_pack(p, key, memory_fingerprint(scene, stream), season);
		section_end(p, begin);
	}
	for (size_t i = 0; i < m->flows.count; i++) {
		const struct flow_record *r = &m->flows.records[i];

		if (r->key == NULL)
			continue;
		begin = section_begin(p, SECTION_FLOW);
		flow_pack(p, r->key, r->fingerprint, &r->season);
		section_end(p, begin);
	}
}

size_t memory_write(const struct memory *m, const struct memory_scene *scene, uint8_t **ret_bytes)
{
	struct pack p = { 0 };
	size_t begin;

	pack_bytes(&p, magic, sizeof(magic));
	pack_number(&p, VERSION, 4);
	pack_number(&p, (uint64_t)scene->time, 8);
	begin = section_begin(&p, SECTION_GENERAL);
	pack_double(&p, *scene->seen_s);
	section_end(&p, begin);
	dispersion_pack(&p, scene);
	for (procedure q = 0; q < PROCEDURES; q++)
		if (memory_procedure_text(q) != NULL && !season_is_empty(&scene->seasons[q]))
			season_pack(&p, &scene->seasons[q], memory_procedure_text(q));
	for (size_t i = 0; i < watched_count(scene->streams); i++) {
		const struct stream *s = watched_at(scene->streams, (uint32_t)i);
		double numbers[NUMBERS];
		char key[MEMORY_KEY_MAX];

		if (!stream_is_used(s) || !memory_key_text(scene, &s->key, key))
			continue;
		record_fill(scene, s, numbers);
		stream_pack(&p, key, memory_fingerprint(scene, &s->key), numbers);
	}
	rest_pack(&p, m, scene);
	flows_pack(&p, m, scene);
	section_begin(&p, SECTION_END);
	if (!p.has_failed)
		pack_number(&p, pack_crc32(p.bytes, p.length), 4);
	if (p.has_failed) {
		free(p.bytes);
		return 0;
	}
	*ret_bytes = p.bytes;
	return p.length;
}

struct memory *memory_new(void)
{
	return calloc(1, sizeof(struct memory));
}

static void records_free(struct record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(records[i].key);
	free(records);
}

void memory_free(struct memory *m)
{
	if (m == NULL)
		return;
	records_free(m->records, m->count);
	flow_records_free(&m->flows);
	free(m);
}

/* What a file says, before it is known to be whole. */
struct draft {
	struct record *records;
	size_t count, room;
	struct flow_records flows;
	struct dispersion dispersion[DIMENSION_COUNT][BASELINE_ANSWER_KINDS];
	struct season_share *seasons;
	double seen_s;
	bool has_no_memory;
};

static bool draft_room(struct draft *d)
{
	size_t more = d->room == 0 ? 1024 : 2 * d->room;
	struct record *records;

	if (d->count < d->room)
		return true;
	records = more > RECORDS_MOST ? NULL : reallocarray(d->records, more, sizeof(*records));
	if (records == NULL) {
		d->has_no_memory = true;
		return false;
	}
	d->records = records;
	d->room = more;
	return true;
}

static bool stream_unpack(struct draft *d, struct cursor *c)
{
	char key[MEMORY_KEY_MAX];
	struct record r = { 0 };

	if (!unpack_text(c, key, sizeof(key)) || !cursor_be64(c, &r.fingerprint))
		return false;
	for (int i = 0; i < NUMBERS; i++)
		if (!unpack_double(c, &r.numbers[i]))
			return false;
	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++)
		if (r.numbers[BASELINE_ANSWER_KINDS + kind] > 10 * r.numbers[kind] + 10)
			return false; /* more failures than answers, even of a busy hour */
	if (!draft_room(d))
		return false;
	r.key = strdup(key);
	d->has_no_memory = r.key == NULL;
	if (r.key != NULL)
		d->records[d->count++] = r;
	return r.key != NULL;
}

static bool dispersion_unpack(struct draft *d, struct cursor *c)
{
	char name[32];
	int dimension = 0;

	if (!unpack_text(c, name, sizeof(name)))
		return false;
	while (dimension < DIMENSION_COUNT && strcmp(dimension_names[dimension], name) != 0)
		dimension++;
	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++) {
		struct dispersion v;

		if (!unevenness_unpack(c, &v.tick) || !unevenness_unpack(c, &v.stretch))
			return false;
		if (dimension < DIMENSION_COUNT)
			d->dispersion[dimension][kind] = v;
	}
	return true;
}

static bool season_slots_unpack(struct season_share *s, struct cursor *c)
{
	for (int day = 0; day < SEASON_DAYS; day++)
		for (int slot = 0; slot < SEASON_SLOTS; slot++)
			for (int kind = 0; kind < SEASON_KINDS; kind++) {
				double failed, expected;

				if (!unpack_double(c, &failed) || !unpack_double(c, &expected))
					return false;
				s->failed[kind][day][slot] = (float)failed;
				s->expected[kind][day][slot] = (float)expected;
			}
	return true;
}

static bool season_unpack(struct draft *d, struct cursor *c)
{
	struct season_share s = { 0 };
	char name[64];
	uint8_t has_slot;
	uint32_t slot_number;
	procedure p;

	if (!unpack_text(c, name, sizeof(name)) || !season_slots_unpack(&s, c) || !cursor_u8(c, &has_slot) ||
	    !cursor_be32(c, &slot_number) || !cursor_u8(c, &s.day) || !cursor_u8(c, &s.slot) || s.day >= SEASON_DAYS ||
	    s.slot >= SEASON_SLOTS)
		return false;
	s.has_slot = has_slot != 0;
	s.slot_number = (int32_t)slot_number;
	for (int kind = 0; kind < SEASON_KINDS; kind++)
		if (!unpack_double(c, &s.now_failed[kind]) || !unpack_double(c, &s.now_expected[kind]))
			return false;
	p = memory_procedure_of_text(name);
	if (p < PROCEDURES)
		d->seasons[p] = s;
	return true;
}

static bool section_unpack(struct draft *d, enum section type, struct cursor content)
{
	switch (type) {
	case SECTION_GENERAL:
		return unpack_double(&content, &d->seen_s);
	case SECTION_DISPERSION:
		return dispersion_unpack(d, &content);
	case SECTION_SEASON:
		return season_unpack(d, &content);
	case SECTION_STREAM:
		return stream_unpack(d, &content);
	case SECTION_FLOW:
		return flow_unpack(&d->flows, &content, &d->has_no_memory);
	case SECTION_END:
		return false;
	}
	return true;
}

static int record_compare(const void *a, const void *b)
{
	return strcmp(((const struct record *)a)->key, ((const struct record *)b)->key);
}

static bool sections_unpack(struct draft *d, struct cursor *c)
{
	while (cursor_left(c) > 0) {
		struct cursor content;
		uint32_t length;
		uint8_t type;

		if (!cursor_u8(c, &type) || !cursor_be32(c, &length) || !cursor_take(c, length, &content))
			return false;
		if (type == SECTION_END)
			return length == 0 && cursor_left(c) == 0;
		if (!section_unpack(d, (enum section)type, content))
			return false;
	}
	return false;
}

/* Takes a whole draft over. */
static void draft_settle(struct draft *d, struct memory *m, const struct memory_scene *scene, nanos time)
{
	qsort(d->records, d->count, sizeof(*d->records), record_compare);
	records_free(m->records, m->count);
	m->records = d->records;
	m->count = m->sorted = d->count;
	m->time = time;
	flow_records_free(&m->flows);
	m->flows = d->flows;
	memcpy(scene->seasons, d->seasons, PROCEDURES * sizeof(*d->seasons));
	memcpy(scene->dispersion, d->dispersion, sizeof(d->dispersion));
	*scene->seen_s = d->seen_s;
}

static void draft_drop(struct draft *d)
{
	records_free(d->records, d->count);
	flow_records_free(&d->flows);
}

enum recall_verdict memory_read(struct memory *m, const struct memory_scene *scene, const uint8_t *bytes, size_t length)
{
	struct cursor c, tail;
	struct draft d = { 0 };
	uint8_t head[sizeof(magic)];
	uint32_t version, crc;
	uint64_t time;
	bool is_whole;

	if (length < HEAD_BYTES + TAIL_BYTES)
		return RECALL_DAMAGED;
	c = cursor_of(bytes, length - 4);
	tail = cursor_of(bytes + length - 4, 4);
	if (!cursor_copy(&c, head, sizeof(head)) || memcmp(head, magic, sizeof(magic)) != 0 || !cursor_be32(&tail, &crc) ||
	    crc != pack_crc32(bytes, length - 4) || !cursor_be32(&c, &version))
		return RECALL_DAMAGED;
	if (version > VERSION)
		return RECALL_NEWER;
	if (!cursor_be64(&c, &time))
		return RECALL_DAMAGED;
	d.seasons = calloc(PROCEDURES, sizeof(*d.seasons));
	d.has_no_memory = d.seasons == NULL;
	is_whole = d.seasons != NULL && sections_unpack(&d, &c);
	if (is_whole)
		draft_settle(&d, m, scene, (nanos)time);
	else
		draft_drop(&d);
	free(d.seasons);
	return is_whole ? RECALL_GOOD : d.has_no_memory ? RECALL_NO_MEMORY : RECALL_DAMAGED;
}

static struct record *record_find(const struct memory *m, const char *key)
{
	struct record wanted = { .key = (char *)(uintptr_t)key };

	if (m->sorted == 0)
		return NULL;
	return bsearch(&wanted, m->records, m->sorted, sizeof(wanted), record_compare);
}

/* The sums of a record as they are worth after some more seconds. */
static void record_apply(const struct memory_scene *scene, const struct record *r, double gap, struct stream *s)
{
	double kept = exp(-(gap + r->numbers[NUMBER_LEARNED]) / MEMORY_S), calm = exp(-gap / LEVEL_S);
	struct baseline *b = &s->baseline;
	double numbers[NUMBERS];

	memcpy(numbers, r->numbers, sizeof(numbers));
	numbers_move(b, numbers, false);
	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++) {
		b->answers[kind] *= kept;
		b->failed[kind] *= kept;
		b->level[kind] = 1 + (b->level[kind] - 1) * calm;
	}
	for (int j = 0; j < TALLY_CHECKPOINTS; j++) {
		b->at_risk[j] *= kept;
		b->pending[j] *= kept;
	}
	b->born = scene->now - (int64_t)((numbers[NUMBER_AGE] + gap) / scene->tick_s);
	b->learned = scene->now;
	s->answers_seen = (uint64_t)numbers[NUMBER_SEEN];
}

bool memory_claim(struct memory *m, const struct memory_scene *scene, struct stream *s)
{
	char key[MEMORY_KEY_MAX];
	struct record *r;

	if (m->count == 0 || !memory_key_text(scene, &s->key, key))
		return false;
	r = record_find(m, key);
	if (r == NULL || r->is_claimed || r->fingerprint != memory_fingerprint(scene, &s->key))
		return false;
	r->is_claimed = true;
	record_apply(scene, r, gap_s(m, scene), s);
	return true;
}

bool memory_claim_flow(struct memory *m, const struct memory_scene *scene, const struct stream_key *key, struct season_flow *ret)
{
	return flow_records_claim(&m->flows, scene, key, ret);
}

bool memory_keep_flow(struct memory *m, const struct memory_scene *scene, const struct stream_key *key, const struct season_flow *season)
{
	return flow_records_keep(&m->flows, scene, key, season);
}

bool memory_keep(struct memory *m, const struct memory_scene *scene, const struct stream *s)
{
	char key[MEMORY_KEY_MAX];
	struct record *r, *more;

	if (!memory_key_text(scene, &s->key, key))
		return true;
	r = record_find(m, key);
	if (r == NULL) {
		more = reallocarray(m->records, m->count + 1, sizeof(*more));
		if (more == NULL)
			return false;
		m->records = more;
		r = &m->records[m->count];
		*r = (struct record){ .key = strdup(key) };
		if (r->key == NULL)
			return false;
		m->count++;
	}
	r->fingerprint = memory_fingerprint(scene, &s->key);
	r->is_claimed = false;
	record_fill(scene, s, r->numbers);
	/* The ages of all records are those at their common time. */
	for (int i = NUMBER_AGE; i <= NUMBER_UNSEEN; i++)
		r->numbers[i] -= gap_s(m, scene);
	return true;
}

void memory_settle(struct memory *m)
{
	if (m->sorted < m->count)
		qsort(m->records, m->count, sizeof(*m->records), record_compare);
	m->sorted = m->count;
}
