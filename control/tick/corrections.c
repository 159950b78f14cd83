/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Corrections of cells, see corrections.h. Called by the engine. An outcome that arrives with another tick than its count, which a live
 * probe cannot rule out, corrects what there is or nothing.
 */
#include "control/tick/corrections.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/transaction/book.h"

/* Streams that one outcome may be counted in: all, 64 segments, prefixes, and one of each other dimension; each also for registration. */
#define STREAMS_MOST (2 * (64 + 16))

void corrections_open(struct corrections *c, const struct plan *plan)
{
	memset(c, 0, sizeof(*c));
	c->key = plan->hash_key;
}

void corrections_close(struct corrections *c)
{
	free(c->list);
	memset(c, 0, sizeof(*c));
}

static bool room_make(struct corrections *c)
{
	size_t wanted = c->room == 0 ? 4096 : 2 * c->room;
	struct correction *bigger;

	if (c->room - c->count >= STREAMS_MOST)
		return true;
	bigger = reallocarray(c->list, wanted, sizeof(*c->list));
	if (bigger == NULL)
		return false;
	c->list = bigger;
	c->room = wanted;
	return true;
}

static void stream_add(struct corrections *c, const struct correction *pattern, enum dimension dimension, uint64_t value)
{
	struct correction *one = &c->list[c->count++];

	*one = *pattern;
	one->key.dimension = (uint8_t)dimension;
	one->key.value = value;
	if (!tally_is_registration(pattern->key.procedure) || !tally_has_registration(dimension))
		return;
	c->list[c->count] = *one;
	c->list[c->count++].key.procedure = PROCEDURE_REGISTRATION;
}

void corrections_add(struct corrections *c, const struct outcome *o, bool is_moved, bool is_repeat)
{
	const struct correction one = { .key.procedure = o->procedure, .moved = is_moved, .repeats = is_repeat };
	const struct procedure_row *row = procedure_row(o->procedure);
	uint8_t rat = o->rat == RAT_NONE && row != NULL ? row->rat : o->rat;
	digits block = digits_prefix(o->imsi, TALLY_PREFIX_LONGEST);

	if ((!is_moved && !is_repeat) || !room_make(c))
		return;
	stream_add(c, &one, DIMENSION_ALL, 0);
	for (uint64_t left = o->segments; left != 0; left &= left - 1)
		stream_add(c, &one, DIMENSION_SEGMENT, (uint64_t)__builtin_ctzll(left));
	for (unsigned int i = TALLY_PREFIX_SHORTEST; i <= digits_count(block); i++)
		stream_add(c, &one, DIMENSION_IMSI_PREFIX, digits_prefix(block, i));
	if (o->imsi != 0) {
		stream_add(c, &one, DIMENSION_IMSI_BUCKET, book_bucket(&c->key, o->imsi));
		stream_add(c, &one, DIMENSION_IMSI_ENDING, digits_ending(o->imsi));
		stream_add(c, &one, DIMENSION_DIRECTION, o->direction);
	}
	if (o->server != 0)
		stream_add(c, &one, DIMENSION_SERVER, o->server);
	if (o->client != 0 && !node_is_address(o->client))
		stream_add(c, &one, DIMENSION_CLIENT, o->client);
	if (o->route != 0)
		stream_add(c, &one, DIMENSION_ROUTE, o->route);
	if (o->plmn != 0)
		stream_add(c, &one, DIMENSION_PLMN, o->plmn);
	if (rat != RAT_NONE)
		stream_add(c, &one, DIMENSION_RAT, rat);
}

static int correction_compare(const void *a, const void *b)
{
	return stream_key_compare(&((const struct correction *)a)->key, &((const struct correction *)b)->key);
}

static void correction_apply(const struct correction *c, struct tally_cell *cell)
{
	/* The sum over registrations counts refusals for the subscriber's own reasons as good answers. */
	uint32_t *from = &cell->outcomes[cell->key.procedure == PROCEDURE_REGISTRATION ? OUTCOME_SUCCESS : OUTCOME_USER];
	uint32_t moved = c->moved < *from ? c->moved : *from;
	uint32_t endings = 0;

	*from -= moved;
	cell->outcomes[OUTCOME_NETWORK] += moved;
	for (int i = OUTCOME_SUCCESS; i <= OUTCOME_TIMEOUT; i++)
		endings += cell->outcomes[i];
	cell->repeats = cell->repeats + c->repeats < endings ? cell->repeats + c->repeats : endings;
}

void corrections_apply(struct corrections *c, struct tally_cell *cells, size_t count)
{
	size_t at = 0;

	if (c->count == 0)
		return;
	qsort(c->list, c->count, sizeof(*c->list), correction_compare);
	for (size_t i = 0; i < c->count && at < count;) {
		int order = stream_key_compare(&cells[at].key, &c->list[i].key);

		if (order < 0) {
			at++;
			continue;
		}
		if (order == 0)
			correction_apply(&c->list[i], &cells[at]);
		i++;
	}
	c->count = 0;
}
