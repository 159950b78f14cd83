/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who was served within a day, see known.h. Called by the engine for every outcome in order.
 *
 * A stamp is the hour of the last success (14 bits), and for each of two kinds of procedures whether it succeeded and whether it was
 * refused since. The kinds are told apart because a subscriber may be in the authentication centre and not in the register: then the one
 * says yes and the other no every time, and nothing is broken.
 */
#include "control/tick/known.h"

#include <string.h>

#include "dataplane/tally.h"

#define HOUR_FROM 4
#define HOUR_MASK 0x3fffU
#define HOUR      (3600 * NANOS_PER_S)

enum kind { KIND_VECTORS, KIND_LOCATION };
#define IS_GOOD(kind)    (UINT64_C(1) << (kind))
#define WAS_DENIED(kind) (UINT64_C(4) << (kind))
#define FLAGS            UINT64_C(15)

/* Causes that say: nobody here has that number. Diagnostics of MAP errors make no difference. */
static const struct {
	enum cause_layer layer;
	uint32_t cause;
} denials[] = {
	{ CAUSE_MAP_ERROR, 1 },       /* unknownSubscriber, 29.002 17.6.2 */
	{ CAUSE_MAP_ERROR, 5 },       /* unidentifiedSubscriber */
	{ CAUSE_DIAMETER, 5030 },     /* DIAMETER_USER_UNKNOWN, RFC 8506 9.2 */
	{ CAUSE_DIAMETER_EXP, 5001 }, /* DIAMETER_ERROR_USER_UNKNOWN, 29.272 7.4.3.1, 29.229 6.2.2.1 */
	{ CAUSE_DIAMETER_EXP, 5420 }, /* DIAMETER_ERROR_UNKNOWN_EPS_SUBSCRIPTION, 29.272 7.4.3.2 */
	{ CAUSE_MM, 2 },              /* IMSI unknown in HLR, 24.008 annex G */
	{ CAUSE_GMM, 2 },             /* IMSI unknown in HLR */
	{ CAUSE_EMM, 2 },             /* IMSI unknown in HSS, 24.301 9.9.3.9 */
};

/* Procedures that ask the authentication centre. */
static const char *const of_vectors[] = { "map.sendAuthenticationInfo", "s6a.air", "cx.mar", "swx.mar" };

bool known_is_denial(enum cause_layer layer, uint32_t cause)
{
	for (size_t i = 0; i < sizeof(denials) / sizeof(denials[0]); i++) {
		if (denials[i].layer == layer && denials[i].cause == cause)
			return true;
	}
	return false;
}

bool known_open(struct known *k, const struct plan *plan)
{
	memset(k, 0, sizeof(*k));
	k->key = plan->hash_key;
	return imprints_open(&k->imprints, plan->limits.known);
}

void known_close(struct known *k)
{
	imprints_close(&k->imprints);
}

static enum kind kind_of(procedure p)
{
	const struct procedure_row *row = procedure_row(p);

	for (size_t i = 0; row != NULL && i < sizeof(of_vectors) / sizeof(of_vectors[0]); i++) {
		if (strcmp(row->name, of_vectors[i]) == 0)
			return KIND_VECTORS;
	}
	return KIND_LOCATION;
}

static uint64_t subscriber_hash(const struct known *k, digits imsi)
{
	return hash_pair(&k->key, imsi, UINT64_C(0x6b6e6f776e));
}

static uint32_t hour_of(const struct outcome *o)
{
	return (uint32_t)(o->clock / HOUR) & HOUR_MASK;
}

/* Whether a stamp is of the last day. */
static bool is_recent(uint64_t stamp, uint32_t hour)
{
	uint32_t made = (uint32_t)((stamp & IMPRINT_STAMP_MASK) >> HOUR_FROM) & HOUR_MASK;

	return ((hour - made) & HOUR_MASK) <= KNOWN_HOURS;
}

static void success_take(struct known *k, const struct outcome *o, enum kind kind)
{
	uint64_t hash = subscriber_hash(k, o->imsi);
	uint64_t *imprint = imprints_find(&k->imprints, hash);
	uint32_t hour = hour_of(o);
	uint64_t flags;

	if (imprint == NULL)
		imprint = imprints_make(&k->imprints, hash, HOUR_FROM, hour);
	flags = is_recent(*imprint, hour) ? *imprint & FLAGS : 0;
	flags = (flags | IS_GOOD(kind)) & ~WAS_DENIED(kind);
	*imprint = (*imprint & ~IMPRINT_STAMP_MASK) | (uint64_t)hour << HOUR_FROM | flags;
}

/* Whether so many good subscribers were refused together that it is none of theirs. */
static bool are_many(const struct known *k, nanos clock)
{
	nanos oldest = k->refused[k->refused_count % KNOWN_MANY];

	return k->refused_count >= KNOWN_MANY && oldest <= clock && clock - oldest <= KNOWN_TOGETHER;
}

static enum outcome_class denial_take(struct known *k, const struct outcome *o, enum kind kind)
{
	uint64_t *imprint = imprints_find(&k->imprints, subscriber_hash(k, o->imsi));

	if (imprint == NULL || !is_recent(*imprint, hour_of(o)))
		return (enum outcome_class)o->class;
	if ((*imprint & IS_GOOD(kind)) != 0) {
		*imprint = (*imprint & ~IS_GOOD(kind)) | WAS_DENIED(kind);
		k->refused[k->refused_count++ % KNOWN_MANY] = o->clock;
		return OUTCOME_NETWORK;
	}
	return (*imprint & WAS_DENIED(kind)) != 0 && are_many(k, o->clock) ? OUTCOME_NETWORK : (enum outcome_class)o->class;
}

enum outcome_class known_take(struct known *k, const struct outcome *o)
{
	if (o->event != OUTCOME_EVENT_CLOSED || o->imsi == 0)
		return (enum outcome_class)o->class;
	if (o->class == OUTCOME_SUCCESS && tally_is_registration(o->procedure))
		success_take(k, o, kind_of(o->procedure));
	else if (o->class == OUTCOME_USER && known_is_denial((enum cause_layer)o->cause_layer, o->cause))
		return denial_take(k, o, kind_of(o->procedure));
	return (enum outcome_class)o->class;
}
