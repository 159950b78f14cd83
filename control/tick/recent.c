/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The last request of each subscriber and procedure, see recent.h: its time in tenths of a second, modulo 19 days. Requests end in another
 * order than they were made; the latest one is remembered.
 */
#include "control/tick/recent.h"

#include <string.h>

#define UNIT (100 * NANOS_PER_MS)

bool recent_open(struct recent *r, const struct plan *plan)
{
	memset(r, 0, sizeof(*r));
	r->key = plan->hash_key;
	return imprints_open(&r->imprints, plan->limits.known / 4);
}

void recent_close(struct recent *r)
{
	imprints_close(&r->imprints);
}

bool recent_take(struct recent *r, const struct outcome *o)
{
	uint32_t now = (uint32_t)(o->time / UNIT) & (uint32_t)IMPRINT_STAMP_MASK;
	uint64_t hash;
	uint64_t *imprint;
	uint32_t age;

	if (o->event != OUTCOME_EVENT_CLOSED || o->imsi == 0 || o->class > OUTCOME_TIMEOUT)
		return false;
	hash = hash_pair(&r->key, o->imsi, UINT64_C(0x72656365) << 16 | o->procedure);
	imprint = imprints_find(&r->imprints, hash);
	if (imprint == NULL) {
		*imprints_make(&r->imprints, hash, 0, now) |= now;
		return false;
	}
	age = (now - (uint32_t)(*imprint & IMPRINT_STAMP_MASK)) & (uint32_t)IMPRINT_STAMP_MASK;
	/* Half of the circle lies in the future: that request was made later and has ended before. */
	if (age > IMPRINT_STAMP_MASK / 2)
		return false;
	*imprint = (*imprint & ~IMPRINT_STAMP_MASK) | now;
	return age >= RECENT_LEAST / UNIT && age <= RECENT_AGE / UNIT;
}
