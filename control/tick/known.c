/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who was served within a day, see known.h. Called by the engine for every outcome in order.
 *
 * A stamp is the hour of the last success (12 bits: an imprint that nobody touches for 170 days may look fresh for one), and what each of
 * six kinds of procedures said last. The kinds are told apart because a subscriber may well be in one register and not in another, or have
 * no subscription for data, 4G or IMS: then the one says yes and the other no every time, and nothing is broken. So one register's yes
 * makes another's first no the network's only while many are refused by who had said yes to them.
 */
#include "control/tick/known.h"

#include <string.h>

#include "dataplane/tally.h"

#define HOUR_FROM 12
#define HOUR_MASK 0xfffU
#define HOUR      (3600 * NANOS_PER_S)

enum kind { KIND_VECTORS, KIND_CALLS, KIND_DATA, KIND_VECTORS_4G, KIND_4G, KIND_IMS };
#define KIND_COUNT KNOWN_KINDS
#define FLAGS      UINT64_C(0xfff)

/* Of a kind, two bits: nothing yet; yes; no after a yes; no from the first. */
enum answer { ANSWER_NONE, ANSWER_GOOD, ANSWER_DENIED, ANSWER_NEVER };

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

/* Procedures that ask the authentication centre, and those of radio accesses; of 2G and 3G what takes data is a kind of its own. */
static const struct {
	const char *name;
	enum kind kind;
} of_vectors[] = { { "map.sendAuthenticationInfo", KIND_VECTORS }, { "s6a.air", KIND_VECTORS_4G } };

static const enum kind of_rat[RAT_COUNT] = {
	[RAT_NONE] = KIND_CALLS, [RAT_2G3G_CS] = KIND_CALLS, [RAT_2G3G_PS] = KIND_DATA, [RAT_2G] = KIND_CALLS,
	[RAT_3G] = KIND_CALLS,   [RAT_4G] = KIND_4G,         [RAT_5G] = KIND_4G,        [RAT_IMS] = KIND_IMS,
};

/* Who is registered has been given vectors, whether the tap shows it or not. */
static const enum kind implied[KIND_COUNT] = {
	[KIND_VECTORS] = KIND_VECTORS,       [KIND_CALLS] = KIND_VECTORS, [KIND_DATA] = KIND_VECTORS,
	[KIND_VECTORS_4G] = KIND_VECTORS_4G, [KIND_4G] = KIND_VECTORS_4G, [KIND_IMS] = KIND_IMS,
};

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

	if (row == NULL)
		return KIND_CALLS;
	for (size_t i = 0; i < sizeof(of_vectors) / sizeof(of_vectors[0]); i++) {
		if (strcmp(row->name, of_vectors[i].name) == 0)
			return of_vectors[i].kind;
	}
	if (of_rat[row->rat] == KIND_CALLS && row->services == SERVICE_DATA)
		return KIND_DATA;
	return of_rat[row->rat];
}

static enum answer answer_of(uint64_t imprint, enum kind kind)
{
	return (enum answer)(imprint >> 2 * kind & 3);
}

static uint64_t answer_set(uint64_t imprint, enum kind kind, enum answer answer)
{
	return (imprint & ~(UINT64_C(3) << 2 * kind)) | (uint64_t)answer << 2 * kind;
}

static uint64_t hour_set(uint64_t imprint, uint32_t hour)
{
	return (imprint & ~((uint64_t)HOUR_MASK << HOUR_FROM)) | (uint64_t)hour << HOUR_FROM;
}

/* IMSIs and telephone numbers may have the same digits. */
enum identity { IDENTITY_IMSI = 0x494d5349, IDENTITY_MSISDN = 0x4d534953 };

static uint64_t subscriber_hash(const struct known *k, digits of, enum identity identity)
{
	return hash_pair(&k->key, of, (uint64_t)identity);
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

static size_t range_index(const struct known *k, digits of)
{
	digits range = digits_prefix(of, KNOWN_RANGE_DIGITS);

	return hash_pair(&k->key, range, UINT64_C(0x72616e6765)) % KNOWN_RANGES;
}

static struct crowd *range_of(struct known *k, digits of)
{
	return &k->ranges[range_index(k, of)];
}

/* Whether an answer is a refusal within what is usual, of its kind and in its range. */
static bool is_usual(struct known *k, const struct outcome *o, digits of, bool is_denial)
{
	struct usual *all = &k->usual[kind_of(o->procedure)];
	struct usual *range = &k->usual_of_range[range_index(k, of)];
	bool is_of_all, is_of_range;

	usual_answer(all, o->clock, 0);
	usual_answer(range, o->clock, usual_share(all, 0));
	if (!is_denial)
		return false;
	is_of_all = usual_refuse(all);
	is_of_range = usual_refuse(range);
	return is_of_all && is_of_range;
}

/* Begins a new half when one is over; a clock that went back begins anew. */
static void crowd_turn(struct crowd *c, nanos clock)
{
	nanos age = clock - c->half_from;
	bool is_next = age >= KNOWN_TOGETHER / 2 && age < KNOWN_TOGETHER;

	if (age >= 0 && age < KNOWN_TOGETHER / 2)
		return;
	c->refused_before = is_next ? c->refused : 0;
	c->again_before = is_next ? c->again : 0;
	c->good_before = is_next ? c->good : 0;
	c->who_before = is_next ? c->who : 0;
	c->refused = 0;
	c->again = 0;
	c->good = 0;
	c->who = 0;
	c->half_from = clock;
}

static void crowd_refuse(struct crowd *c, nanos clock, uint64_t hash, uint64_t share)
{
	uint64_t refused;

	crowd_turn(c, clock);
	c->refused++;
	c->who |= UINT64_C(1) << (hash >> 58);
	refused = (uint64_t)c->refused + c->refused_before;
	if (refused >= KNOWN_MANY && refused * share >= (uint64_t)c->good + c->good_before)
		c->met = clock;
}

static bool crowd_is(const struct crowd *c, nanos clock)
{
	return c->met != 0 && clock >= c->met && clock - c->met <= KNOWN_TOGETHER;
}

/* A further refusal makes those that are many last while they still are; one alone that asks for ever does not. */
static void crowd_refuse_again(struct crowd *c, nanos clock, uint64_t hash, uint64_t share)
{
	uint64_t refused;

	crowd_turn(c, clock);
	c->again++;
	c->who |= UINT64_C(1) << (hash >> 58);
	refused = (uint64_t)c->refused + c->refused_before + c->again + c->again_before;
	if (crowd_is(c, clock) && __builtin_popcountll(c->who | c->who_before) >= KNOWN_MANY &&
	    refused * share >= (uint64_t)c->good + c->good_before)
		c->met = clock;
}

static void crowd_succeed(struct crowd *c, nanos clock)
{
	crowd_turn(c, clock);
	c->good++;
}

static void success_take(struct known *k, const struct outcome *o, uint64_t hash)
{
	uint64_t *imprint = imprints_find(&k->imprints, hash);
	enum kind kind = kind_of(o->procedure);
	uint32_t hour = hour_of(o);

	if (imprint == NULL)
		imprint = imprints_make(&k->imprints, hash, HOUR_FROM, hour);
	if (!is_recent(*imprint, hour))
		*imprint &= ~FLAGS;
	*imprint = hour_set(answer_set(answer_set(*imprint, kind, ANSWER_GOOD), implied[kind], ANSWER_GOOD), hour);
}

/*
 * A yes of this kind came before. From the first refusal on the subscriber is remembered for another day, so that a fault of a day does not
 * end by being forgotten.
 */
static bool good_is_one_of_many(struct known *k, digits of, nanos clock, uint64_t hash, bool is_first)
{
	struct crowd *range = range_of(k, of);

	if (is_first) {
		crowd_refuse(&k->all, clock, hash, KNOWN_SHARE_ALL);
		crowd_refuse(range, clock, hash, KNOWN_SHARE_RANGE);
		return true;
	}
	crowd_refuse_again(&k->all, clock, hash, KNOWN_SHARE_ALL);
	crowd_refuse_again(range, clock, hash, KNOWN_SHARE_RANGE);
	return crowd_is(&k->all, clock) || crowd_is(range, clock);
}

/*
 * Who never had a yes of this kind is believed where the own range fails, and the first time, when another kind said yes, wherever many
 * are refused. None of these makes a crowd: there are always some who have no subscription for data or 4G.
 */
static enum outcome_class denial_take(struct known *k, const struct outcome *o, digits of, uint64_t hash)
{
	uint64_t *imprint = imprints_find(&k->imprints, hash);
	enum kind kind = kind_of(o->procedure);
	bool is_remembered = imprint != NULL && is_recent(*imprint, hour_of(o));
	enum answer before = is_remembered ? answer_of(*imprint, kind) : ANSWER_NEVER;
	bool is_of_network = crowd_is(range_of(k, of), o->clock) || (before == ANSWER_NONE && crowd_is(&k->all, o->clock));

	if (is_usual(k, o, of, true))
		is_of_network = false;
	else if (before == ANSWER_GOOD || before == ANSWER_DENIED)
		is_of_network = good_is_one_of_many(k, of, o->clock, hash, before == ANSWER_GOOD);
	if (before == ANSWER_NONE)
		*imprint = answer_set(*imprint, kind, ANSWER_NEVER);
	if (before == ANSWER_GOOD)
		*imprint = hour_set(answer_set(*imprint, kind, ANSWER_DENIED), hour_of(o));
	return is_of_network ? OUTCOME_NETWORK : OUTCOME_USER;
}

enum outcome_class known_take(struct known *k, const struct outcome *o)
{
	digits of = o->imsi != 0 ? o->imsi : o->msisdn;
	enum identity identity = o->imsi != 0 ? IDENTITY_IMSI : IDENTITY_MSISDN;

	if (o->event != OUTCOME_EVENT_CLOSED || of == 0)
		return (enum outcome_class)o->class;
	if (o->class == OUTCOME_USER && known_is_denial((enum cause_layer)o->cause_layer, o->cause))
		return denial_take(k, o, of, subscriber_hash(k, of, identity));
	if (o->class != OUTCOME_SUCCESS)
		return (enum outcome_class)o->class;
	is_usual(k, o, of, false);
	if (!tally_is_registration(o->procedure))
		return OUTCOME_SUCCESS;
	success_take(k, o, subscriber_hash(k, of, identity));
	if (o->imsi != 0 && o->msisdn != 0)
		success_take(k, o, subscriber_hash(k, o->msisdn, IDENTITY_MSISDN));
	crowd_succeed(&k->all, o->clock);
	crowd_succeed(range_of(k, of), o->clock);
	return OUTCOME_SUCCESS;
}
