/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of courses, see chronicle.h. Places: the whole, the segments of the plan, the procedures, then nodes in order of first sight,
 * which are found by a keyed hash of their word. What is usual is asked of the detector for all cells while they are few, else in every
 * fifth tick.
 */
#include "control/board/chronicle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/base/hash.h"

#define PROCEDURES    512
#define FIRST_SEGMENT 1
#define FIRST_COURSE  (FIRST_SEGMENT + PLAN_SEGMENTS_MAX) /* of procedures and nodes */
#define COURSES_MAX   (FIRST_COURSE + PROCEDURES + CHRONICLE_NODES)
#define PLACES        8192 /* of the hash table, three times the nodes that may be */
#define SILENT_S      600
/* Longer steps of time, and all that go back, begin anew. */
#define GAP_MOST_S       COURSE_SECONDS
#define CELLS_FEW        500
#define ASKED_EVERY_TICK 5

struct chronicle {
	struct words_names names;
	struct course *courses[COURSES_MAX];
	size_t count, nodes;
	uint16_t procedures[PROCEDURES]; /* place of the procedure's course, 0 none */
	uint16_t places[PLACES];         /* of the node's course, 0 none */
	unsigned int checkpoint;         /* of COURSE_PATIENCE */
	int64_t second;                  /* that runs; 0 before the first tick */
	int64_t first;                   /* second with the first tick since time began or leapt */
	int64_t looked;                  /* second of the last search for nodes that can go */
	uint64_t ticks;
};

static struct course *course_new(enum course_topic topic, uint64_t value, const char *id, const char *name)
{
	struct course *s = calloc(1, sizeof(*s));

	if (s == NULL || !course_open(s)) {
		free(s);
		return NULL;
	}
	s->topic = topic;
	s->value = value;
	snprintf(s->id, sizeof(s->id), "%s", id);
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

static void course_free(struct course *s)
{
	if (s != NULL)
		course_close(s);
	free(s);
}

/* Puts the segments of the plan in their places; those that were there before are moved, by name. */
static void segments_place(struct chronicle *c)
{
	const struct plan *plan = c->names.plan;
	struct course *old[PLAN_SEGMENTS_MAX];

	memcpy(old, &c->courses[FIRST_SEGMENT], sizeof(old));
	memset(&c->courses[FIRST_SEGMENT], 0, sizeof(old));
	for (size_t i = 0; i < plan->segment_count && i < PLAN_SEGMENTS_MAX; i++) {
		const struct plan_segment *segment = &plan->segments[i];
		struct course *s = NULL;

		for (size_t k = 0; k < PLAN_SEGMENTS_MAX && s == NULL; k++) {
			if (old[k] == NULL || strcmp(old[k]->id, segment->name) != 0)
				continue;
			s = old[k];
			old[k] = NULL;
		}
		if (s == NULL)
			s = course_new(COURSE_SEGMENT, i, segment->name, segment->name);
		c->courses[FIRST_SEGMENT + i] = s;
		if (s == NULL)
			continue;
		s->value = i;
		s->subscribers = segment->subscribers;
		snprintf(s->name, sizeof(s->name), "%s", segment->label != NULL ? segment->label : segment->name);
	}
	for (size_t k = 0; k < PLAN_SEGMENTS_MAX; k++)
		course_free(old[k]);
}

struct chronicle *chronicle_new(const struct words_names *names)
{
	struct chronicle *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->names = *names;
	c->count = FIRST_COURSE;
	while (c->checkpoint < TALLY_CHECKPOINTS - 1 && tally_checkpoint_age[c->checkpoint] != COURSE_PATIENCE)
		c->checkpoint++;
	c->courses[0] = course_new(COURSE_ALL, 0, "all", "all");
	segments_place(c);
	if (c->courses[0] != NULL)
		return c;
	chronicle_free(c);
	return NULL;
}

void chronicle_free(struct chronicle *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++)
		course_free(c->courses[i]);
	free(c);
}

void chronicle_plan(struct chronicle *c, const struct plan *plan)
{
	c->names.plan = plan;
	segments_place(c);
}

static uint16_t *node_place(struct chronicle *c, enum course_topic topic, uint64_t value)
{
	size_t at = hash_pair(&c->names.plan->hash_key, value, topic) % PLACES;

	while (c->places[at] != 0) {
		const struct course *s = c->courses[c->places[at]];

		if (s->topic == topic && s->value == value)
			break;
		at = (at + 1) % PLACES;
	}
	return &c->places[at];
}

/* Places change: those who look for them are told anew. */
static void places_make(struct chronicle *c)
{
	memset(c->places, 0, sizeof(c->places));
	memset(c->procedures, 0, sizeof(c->procedures));
	for (size_t i = FIRST_COURSE; i < c->count; i++) {
		const struct course *s = c->courses[i];

		if (s->topic == COURSE_PROCEDURE)
			c->procedures[s->value] = (uint16_t)i;
		else
			*node_place(c, s->topic, s->value) = (uint16_t)i;
	}
}

/* Nodes that have been silent for long give way, all of them, since it takes a look at everything. False when all are busy. */
static bool nodes_forget(struct chronicle *c)
{
	size_t kept = FIRST_COURSE, count = c->count;

	for (size_t i = FIRST_COURSE; i < count; i++) {
		struct course *s = c->courses[i];

		c->courses[i] = NULL;
		if (s->topic != COURSE_PROCEDURE && s->seen < c->second - SILENT_S)
			course_free(s);
		else
			c->courses[kept++] = s;
	}
	c->count = kept;
	c->nodes -= count - kept;
	places_make(c);
	return kept < count;
}

/* Looks at most once a second, however many want room. */
static bool room_make(struct chronicle *c)
{
	if (c->looked == c->second)
		return false;
	c->looked = c->second;
	return nodes_forget(c);
}

/* Its identity, and the operator's own name of it alone. */
static void node_texts(const struct chronicle *c, node n, char id[WORDS_NODE_MAX], char name[WORDS_NODE_MAX])
{
	size_t length;

	words_node_id(&c->names, n, id);
	words_node(&c->names, n, name);
	length = strlen(name);
	if (length > strlen(id) + strlen(" ()") && name[length - 1] == ')' && strncmp(name + length - 1 - strlen(id), id, strlen(id)) == 0)
		name[length - strlen(id) - strlen(" ()")] = '\0';
}

static struct course *node_take(struct chronicle *c, enum course_topic topic, uint64_t value)
{
	uint16_t *place = node_place(c, topic, value);
	char id[WORDS_NODE_MAX], words[WORDS_NODE_MAX];
	struct course *s;

	if (*place != 0)
		return c->courses[*place];
	if (value == 0)
		return NULL;
	if (c->nodes == CHRONICLE_NODES && !room_make(c))
		return NULL;
	node_texts(c, value, id, words);
	s = course_new(topic, value, id, words);
	if (s == NULL)
		return NULL;
	s->seen = c->second;
	c->courses[c->count] = s;
	*node_place(c, topic, value) = (uint16_t)c->count++;
	c->nodes++;
	return s;
}

static struct course *procedure_take(struct chronicle *c, procedure p)
{
	const struct procedure_row *row = procedure_row(p);
	struct course *s;

	if (p >= PROCEDURES || row == NULL)
		return NULL;
	if (c->procedures[p] != 0)
		return c->courses[c->procedures[p]];
	s = course_new(COURSE_PROCEDURE, p, row->name, row->words != NULL ? row->words : row->name);
	if (s == NULL)
		return NULL;
	c->courses[c->count] = s;
	c->procedures[p] = (uint16_t)c->count++;
	return s;
}

/* How long the procedure's requests are waited for; 0: nobody waits. */
static nanos timeout_of(const struct chronicle *c, const struct procedure_row *row, procedure p)
{
	if (!row->is_answered)
		return 0;
	return p < PROCEDURES && c->names.plan->timeouts[p] > 0 ? c->names.plan->timeouts[p] : row->timeout;
}

/* Of a stream of the whole, a segment, a server or a client. */
static struct course *course_of(struct chronicle *c, const struct stream_key *key)
{
	if (key->dimension == DIMENSION_ALL)
		return procedure_take(c, key->procedure);
	if (key->dimension == DIMENSION_SEGMENT)
		return key->value < PLAN_SEGMENTS_MAX ? c->courses[FIRST_SEGMENT + key->value] : NULL;
	return node_take(c, key->dimension == DIMENSION_SERVER ? COURSE_SERVER : COURSE_CLIENT, key->value);
}

/* One cell; `detector` is NULL when it is not asked this time. */
static void cell_take(struct chronicle *c, const struct tally_cell *cell, const struct detector *detector)
{
	const struct procedure_row *row = procedure_row(cell->key.procedure);
	struct course *courses[2] = { NULL, NULL };
	struct stream_usual usual;
	nanos timeout;

	/* All registrations together are in the procedures already. */
	if (cell->key.procedure == PROCEDURE_REGISTRATION || row == NULL)
		return;
	courses[0] = course_of(c, &cell->key);
	if (cell->key.dimension == DIMENSION_ALL)
		courses[1] = c->courses[0];
	timeout = timeout_of(c, row, cell->key.procedure);
	for (int i = 0; i < 2; i++) {
		if (courses[i] != NULL)
			course_count(courses[i], cell, c->second, timeout, c->checkpoint);
	}
	if (detector == NULL || courses[0] == NULL || !detector_usual(detector, &cell->key, &usual))
		return;
	for (int i = 0; i < 2; i++) {
		if (courses[i] != NULL)
			course_usual(courses[i], cell, &usual, c->checkpoint);
	}
}

/* Ends all seconds before the one that begins now. */
static bool seconds_end(struct chronicle *c, int64_t second)
{
	bool has_leapt = c->second != 0 && (second < c->second || second - c->second > GAP_MOST_S);
	bool has_ended = c->second != 0 && second > c->second && !has_leapt;

	for (size_t i = 0; i < c->count && (has_leapt || has_ended); i++) {
		if (c->courses[i] == NULL)
			continue;
		if (has_leapt)
			course_forget(c->courses[i]);
		for (int64_t t = c->second; t < second && has_ended; t++)
			course_end_second(c->courses[i], t);
	}
	if (has_leapt || c->second == 0)
		c->first = second;
	c->second = second;
	return has_ended;
}

/* The first cell of that dimension or a later one. */
static size_t cells_from(const struct tally *tally, enum dimension dimension)
{
	size_t low = 0, high = tally->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tally->cells[middle].key.dimension < dimension)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool chronicle_tick(struct chronicle *c, const struct tally *tally, const struct detector *detector)
{
	bool has_ended = seconds_end(c, tally->start / NANOS_PER_S);
	size_t parts = cells_from(tally, DIMENSION_IMSI_PREFIX), nodes = cells_from(tally, DIMENSION_SERVER),
	       end = cells_from(tally, (enum dimension)(DIMENSION_CLIENT + 1));

	if (parts + end - nodes > CELLS_FEW && c->ticks % ASKED_EVERY_TICK != 0)
		detector = NULL;
	for (size_t i = 0; i < parts; i++)
		cell_take(c, &tally->cells[i], detector);
	for (size_t i = nodes; i < end; i++)
		cell_take(c, &tally->cells[i], detector);
	c->ticks++;
	return has_ended;
}

int64_t chronicle_end(const struct chronicle *c)
{
	return c->second > c->first ? c->second : 0;
}

size_t chronicle_count(const struct chronicle *c)
{
	return c->count;
}

const struct course *chronicle_course(const struct chronicle *c, size_t index)
{
	return c->courses[index];
}

const struct course *chronicle_find(const struct chronicle *c, enum course_topic topic, const char *id)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->courses[i] != NULL && c->courses[i]->topic == topic && strcmp(c->courses[i]->id, id) == 0)
			return c->courses[i];
	}
	return NULL;
}

struct course_point chronicle_newest(const struct chronicle *c, const struct course *s)
{
	return s->seconds[c->second % COURSE_SECONDS];
}

size_t chronicle_copy(const struct chronicle *c, const struct course *s, bool by_minute, struct course_point *ret, size_t most,
		      int64_t *ret_end)
{
	const int64_t step = by_minute ? 60 : 1, room = by_minute ? COURSE_MINUTES : COURSE_SECONDS;
	const struct course_point *ring = by_minute ? s->minutes : s->seconds;
	int64_t last = c->second / step, known = last - c->first / step;
	size_t count = 0;

	known = known < room ? known : room;
	known = known < (int64_t)most ? known : (int64_t)most;
	for (int64_t t = last - known + 1; t <= last; t++)
		ret[count++] = ring[t % room];
	*ret_end = last * step;
	return count;
}
