/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of imprints, see imprints.h. */
#include "control/tick/imprints.h"

#include "dataplane/base/memory.h"

static size_t octets_of(const struct imprints *t)
{
	return t->set_count * sizeof(*t->sets);
}

bool imprints_open(struct imprints *t, size_t capacity)
{
	t->set_count = 1;
	while (t->set_count * IMPRINTS_WAYS < capacity)
		t->set_count *= 2;
	t->sets = memory_take(octets_of(t));
	return t->sets != NULL;
}

void imprints_close(struct imprints *t)
{
	memory_give(t->sets, octets_of(t));
	t->sets = NULL;
}

/* The low bits choose the set, the high ones are kept; 0 is a free place. */
static uint64_t print_of(uint64_t hash)
{
	uint64_t print = hash >> IMPRINT_STAMP_BITS;

	return (print != 0 ? print : 1) << IMPRINT_STAMP_BITS;
}

uint64_t *imprints_find(const struct imprints *t, uint64_t hash)
{
	uint64_t *set = t->sets[hash & (t->set_count - 1)];

	for (int i = 0; i < IMPRINTS_WAYS; i++) {
		if ((set[i] & ~IMPRINT_STAMP_MASK) == print_of(hash))
			return &set[i];
	}
	return NULL;
}

uint64_t *imprints_make(struct imprints *t, uint64_t hash, unsigned int age_from, uint32_t now)
{
	uint64_t *set = t->sets[hash & (t->set_count - 1)];
	uint64_t age_mask = IMPRINT_STAMP_MASK >> age_from;
	uint64_t *oldest = &set[0];
	uint64_t oldest_age = 0;

	for (int i = 0; i < IMPRINTS_WAYS; i++) {
		uint64_t age = (now - ((set[i] & IMPRINT_STAMP_MASK) >> age_from)) & age_mask;

		if (set[i] == 0) {
			oldest = &set[i];
			break;
		}
		if (age > oldest_age) {
			oldest = &set[i];
			oldest_age = age;
		}
	}
	*oldest = print_of(hash);
	return oldest;
}
