/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The judge of the lab. A request that a home register would answer is hit by the first fault whose scope covers it, whose time has
 * come and whose share draws it; then by what the subscriber is (unknown, barred), then by the everyday trouble of scenarios.tsv.
 *
 * Losing and restoring subscribers over time is sticky: a keyed hash of the IMSI says when each one's turn comes. What an effect means
 * on the wire stands in one table, with a column for each interface.
 */
#include "lab/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERYDAY_FAILURE        0.0005
#define EVERYDAY_SILENCE        0.001
#define EVERYDAY_ABSENT_CALL    0.05
#define EVERYDAY_ABSENT_ROUTING 0.04
#define EVERYDAY_ABSENT_TEXT    0.06
#define EVERYDAY_FULL_TEXT      0.005
#define EVERYDAY_IDENTITY       0.001
#define EVERYDAY_NOBODY         0.002

struct effect_row {
	const char *word;
	struct answer map, diameter;
};

/* 29.002 17.6.6, Q.773 Table 8, Q.713 3.12; RFC 6733 7.1 and 29.272 7.4. */
static const struct effect_row effects[] = {
	[LAB_EFFECT_NONE] = { "none", { .kind = ANSWER_SUCCESS }, { .kind = ANSWER_SUCCESS } },
	[LAB_EFFECT_SILENT] = { "silent", { .kind = ANSWER_SILENCE }, { .kind = ANSWER_SILENCE } },
	[LAB_EFFECT_SYSTEM_FAILURE] = { "system-failure", { .kind = ANSWER_ERROR, .code = 34 }, { .kind = ANSWER_BASE, .code = 5012 } },
	[LAB_EFFECT_UNKNOWN] = { "unknown", { .kind = ANSWER_ERROR, .code = 1 }, { .kind = ANSWER_ERROR, .code = 5001 } },
	[LAB_EFFECT_CONGESTION] = { "congestion", { .kind = ANSWER_ABORT, .code = 4 }, { .kind = ANSWER_BASE, .code = 3004 } },
	[LAB_EFFECT_UNDELIVERABLE] = { "udts", { .kind = ANSWER_RETURNED, .code = 5 }, { .kind = ANSWER_BASE, .code = 3002 } },
	[LAB_EFFECT_USER_REJECTS] = { "user-rejects", { .kind = ANSWER_ERROR, .code = 8 }, { .kind = ANSWER_ERROR, .code = 5004 } },
	[LAB_EFFECT_LATE] = { "late", { .kind = ANSWER_SUCCESS, .is_late = true }, { .kind = ANSWER_SUCCESS, .is_late = true } },
	[LAB_EFFECT_ABSENT] = { "absent", { .kind = ANSWER_ERROR, .code = 27 }, { .kind = ANSWER_ERROR, .code = 5001 } },
	[LAB_EFFECT_RELAY_LATE] = { "relay-late", { .kind = ANSWER_SUCCESS }, { .kind = ANSWER_SUCCESS } },
	[LAB_EFFECT_MISMATCH] = { "mismatch", { .kind = ANSWER_ERROR, .code = 34 }, { .kind = ANSWER_ERROR, .code = 5005 } },
	[LAB_EFFECT_NO_TEXTS] = { "no-texts", { .kind = ANSWER_ERROR, .code = 34 }, { .kind = ANSWER_BASE, .code = 5012 } },
	[LAB_EFFECT_AGENT_BUSY] = { "agent-busy", { .kind = ANSWER_ABORT, .code = 4 }, { .kind = ANSWER_BASE, .code = 3004 } },
	[LAB_EFFECT_NO_ROUTE] = { "no-route", { .kind = ANSWER_RETURNED, .code = 1 }, { .kind = ANSWER_BASE, .code = 3002 } },
};

static const struct scope_row {
	const char *word;
	enum lab_scope scope;
	bool wants_percent, wants_number, wants_text;
} scopes[] = {
	{ "blocks", LAB_SCOPE_BLOCKS, true, false, false },
	{ "prefix", LAB_SCOPE_PREFIX, false, false, true },
	{ "brand", LAB_SCOPE_BRAND, false, false, true },
	{ "hlr", LAB_SCOPE_HLR, false, true, false },
	{ "hss", LAB_SCOPE_HSS, false, true, false },
	{ "mme", LAB_SCOPE_MME, false, true, false },
	{ "vlr", LAB_SCOPE_VLR, false, true, false },
	{ "sgsn", LAB_SCOPE_SGSN, false, true, false },
	{ "stp", LAB_SCOPE_STP, false, true, false },
	{ "shard", LAB_SCOPE_SHARD, true, false, false },
	{ "all", LAB_SCOPE_ALL, false, false, false },
	{ "dra", LAB_SCOPE_DRA, false, true, false },
	{ "cscf", LAB_SCOPE_CSCF, false, true, false },
	{ "partner-in", LAB_SCOPE_PARTNER_IN, false, true, false },
	{ "partner-out", LAB_SCOPE_PARTNER_OUT, false, true, false },
};

const char *fault_effect_name(enum lab_effect effect)
{
	return effects[effect].word;
}

const char *fault_scope_name(enum lab_scope scope)
{
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		if (scopes[i].scope == scope)
			return scopes[i].word;
	return "link";
}

/* The value behind "scope="; "stp" and "all" may stand alone. */
static bool scope_value(struct lab_fault *f, const struct scope_row *row, const char *value)
{
	char *end = NULL;

	if (row->wants_percent) {
		f->percent = value == NULL ? -1 : strtod(value, &end);
		return f->percent > 0 && f->percent <= 100 && end != NULL && strcmp(end, "%") == 0;
	}
	if (row->wants_number) {
		f->number = value == NULL ? 0 : (unsigned int)strtoul(value, &end, 10);
		return value == NULL ? row->scope == LAB_SCOPE_STP : f->number > 0 && f->number < 1000 && *end == '\0';
	}
	if (!row->wants_text)
		return value == NULL;
	if (value == NULL || *value == '\0' || strlen(value) >= sizeof(f->value))
		return false;
	strcpy(f->value, value);
	if (row->scope == LAB_SCOPE_PREFIX)
		return strspn(value, "0123456789") == strlen(value) && strlen(value) <= 15;
	for (f->brand = 0; f->brand < BRAND_COUNT; f->brand++)
		if (strcmp(lab_brand_names[f->brand], value) == 0)
			return true;
	return false;
}

static bool scope_parse(struct lab_fault *f, char *text)
{
	char *value = strchr(text, '=');

	if (value != NULL)
		*value++ = '\0';
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		if (strcmp(scopes[i].word, text) != 0)
			continue;
		f->scope = scopes[i].scope;
		return scope_value(f, &scopes[i], value);
	}
	return false;
}

/* A share of the requests, or what their volume or their time is multiplied by. */
static bool share_parse(struct lab_fault *f, const char *text)
{
	bool is_factor = f->changes_volume || f->latency != 0;
	char *end;
	double value = strtod(text, &end);

	if (*text == '\0' || *end != '\0' || !(value >= 0 && value <= (is_factor ? 1000 : 1)))
		return false;
	if (f->changes_volume)
		f->volume = value;
	else if (is_factor)
		f->latency = value;
	else
		f->share = value;
	return true;
}

static bool effect_parse(struct lab_fault *f, const char *text)
{
	f->changes_volume = strcmp(text, "volume") == 0;
	f->latency = strcmp(text, "slow") == 0;
	if (f->changes_volume || f->latency != 0)
		return true;
	for (enum lab_effect e = LAB_EFFECT_SILENT; e <= LAB_EFFECT_NO_ROUTE; e++) {
		if (strcmp(effects[e].word, text) != 0)
			continue;
		f->effect = e;
		return true;
	}
	return false;
}

bool lab_fault_parse(const char *text, struct lab_fault *ret, char error[LAB_ERROR_MAX])
{
	struct lab_fault f = { .from_s = -1, .until_s = -1 };
	char copy[sizeof(f.text)], *effect, *share;

	if (strlen(text) >= sizeof(copy)) {
		snprintf(error, LAB_ERROR_MAX, "--fault is too long");
		return false;
	}
	strcpy(f.text, text);
	strcpy(copy, text);
	effect = strchr(copy, ':');
	share = effect == NULL ? NULL : strchr(effect + 1, ':');
	if (share == NULL) {
		snprintf(error, LAB_ERROR_MAX, "--fault %s: expected SCOPE:EFFECT:SHARE, for example blocks=10%%:silent:0.9", text);
		return false;
	}
	*effect++ = '\0';
	*share++ = '\0';
	if (!scope_parse(&f, copy) || !effect_parse(&f, effect)) {
		snprintf(error, LAB_ERROR_MAX, "--fault %s: unknown scope or effect; --help lists them", text);
		return false;
	}
	if (!share_parse(&f, share)) {
		snprintf(error, LAB_ERROR_MAX, "--fault %s: %s", text,
			 f.changes_volume || f.latency != 0 ? "the factor must lie between 0 and 1000"
							    : "the share must lie between 0 and 1");
		return false;
	}
	*ret = f;
	return true;
}

void fault_prepare(struct lab *l)
{
	for (size_t i = 0; i < l->options.fault_count; i++) {
		const struct lab_fault *f = &l->options.faults[i];
		uint32_t wanted, drawn = 0;

		if (f->scope != LAB_SCOPE_BLOCKS)
			continue;
		wanted = (uint32_t)(f->percent * WORLD_BLOCKS / 100 + 0.5);
		wanted = wanted == 0 ? 1 : wanted;
		while (drawn < wanted) {
			bool *block = &l->block_fails[i][chance_below(&l->chance, WORLD_BLOCKS)];

			drawn += !*block;
			*block = true;
		}
	}
}

double fault_turn(const struct lab *l, const struct subscriber *s, uint64_t purpose)
{
	return (double)(hash_words(&l->key, s->imsi, purpose) >> 11) * 0x1.0p-53;
}

bool fault_is_now(const struct lab *l, const struct lab_fault *f)
{
	double t = lab_now_s(l);

	return t >= f->from_s && t < f->until_s;
}

double fault_grown(const struct lab *l, const struct lab_fault *f, double from, double to)
{
	double done = f->ramp_s > 0 ? (lab_now_s(l) - f->from_s) / f->ramp_s : 1;

	return from + (done < 0 ? 0 : done > 1 ? 1 : done) * (to - from);
}

static bool fault_is_active(const struct lab *l, const struct lab_fault *f, const struct dialogue *d)
{
	const struct subscriber *s = &l->subscriber[d->subscriber];
	enum domain domain = lab_procedure_rows[d->procedure].domain;
	unsigned int way = domain == DOMAIN_IMS ? DOMAIN_EPS : domain;
	double t = lab_now_s(l);
	double back = t - f->until_s - f->back_after_s[way];

	if (t < f->from_s || (!f->is_growing && f->ramp_s > 0 && (t - f->from_s) / f->ramp_s < fault_turn(l, s, 10)))
		return false;
	return back < 0 || (f->back_s[way] > 0 && back / f->back_s[way] < fault_turn(l, s, 11));
}

static bool imsi_begins_with(uint64_t imsi, const char *prefix)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)imsi);
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool partner_is(const struct subscriber *s, unsigned int number)
{
	return number == 0 || s->partner + 1u == number;
}

bool fault_covers_subscriber(const struct lab *l, size_t index, const struct subscriber *s)
{
	const struct lab_fault *f = &l->options.faults[index];

	switch (f->scope) {
	case LAB_SCOPE_BLOCKS:
		return s->block < WORLD_BLOCKS && l->block_fails[index][s->block];
	case LAB_SCOPE_PREFIX:
		return imsi_begins_with(s->imsi, f->value);
	case LAB_SCOPE_BRAND:
		return s->brand == f->brand;
	case LAB_SCOPE_SHARD:
		return s->brand != BRAND_INBOUND && (double)(s->shard >> 11) * 0x1.0p-53 < f->percent / 100;
	case LAB_SCOPE_PARTNER_IN:
		return s->brand == BRAND_INBOUND && partner_is(s, f->number);
	case LAB_SCOPE_PARTNER_OUT:
		return s->is_outbound && partner_is(s, f->number);
	case LAB_SCOPE_HLR:
		return s->brand != BRAND_INBOUND && (f->number == 0 || s->hlr + 1u == f->number);
	case LAB_SCOPE_ALL:
		return true;
	case LAB_SCOPE_HSS:
	case LAB_SCOPE_MME:
	case LAB_SCOPE_VLR:
	case LAB_SCOPE_SGSN:
	case LAB_SCOPE_STP:
	case LAB_SCOPE_DRA:
	case LAB_SCOPE_CSCF:
	case LAB_SCOPE_LINK:
		return false;
	}
	return false;
}

bool fault_concerns(const struct lab_fault *f, const struct dialogue *d)
{
	return f->procedures == 0 || (f->procedures >> d->procedure & 1) != 0;
}

bool fault_covers(const struct lab *l, size_t index, const struct dialogue *d)
{
	const struct lab_fault *f = &l->options.faults[index];
	const struct node *client = &l->node[d->client], *server = &l->node[d->server];
	bool is_diameter = lab_procedure_rows[d->procedure].context == 0;

	switch (f->scope) {
	case LAB_SCOPE_HLR:
	case LAB_SCOPE_HSS:
		return world_is_meant(server, f->scope, f->number, f->last);
	case LAB_SCOPE_MME:
	case LAB_SCOPE_VLR:
	case LAB_SCOPE_SGSN:
	case LAB_SCOPE_CSCF:
		return world_is_meant(client, f->scope, f->number, f->last);
	case LAB_SCOPE_STP:
		return server->role == NODE_HLR && (f->number == 0 || f->number == (d->sls & 1u) + 1);
	case LAB_SCOPE_DRA:
		return is_diameter && (f->number == 0 || f->number == (d->sls & 1u) + 1);
	case LAB_SCOPE_LINK:
		return world_is_meant(server, LAB_SCOPE_HLR, f->number, 0) && f->relay == (d->sls & 1u) + 1;
	case LAB_SCOPE_BLOCKS:
	case LAB_SCOPE_PREFIX:
	case LAB_SCOPE_BRAND:
	case LAB_SCOPE_SHARD:
	case LAB_SCOPE_ALL:
	case LAB_SCOPE_PARTNER_IN:
	case LAB_SCOPE_PARTNER_OUT:
		return fault_covers_subscriber(l, index, &l->subscriber[d->subscriber]);
	}
	return false;
}

bool fault_is_registration(enum lab_procedure procedure)
{
	return procedure == PROCEDURE_SAI_CS || procedure == PROCEDURE_SAI_PS || procedure == PROCEDURE_UL ||
	       procedure == PROCEDURE_ULGPRS || procedure == PROCEDURE_AIR || procedure == PROCEDURE_ULR;
}

static bool procedure_updates(enum lab_procedure p)
{
	return p == PROCEDURE_UL || p == PROCEDURE_ULGPRS || p == PROCEDURE_ULR;
}

/* The answer that an effect is on the interface of this request; absent subscribers have an error of their own for texts. */
static struct answer effect_answer(enum lab_effect effect, const struct dialogue *d)
{
	bool is_diameter = lab_procedure_rows[d->procedure].context == 0;
	struct answer a = is_diameter ? effects[effect].diameter : effects[effect].map;

	if (effect == LAB_EFFECT_ABSENT && d->procedure == PROCEDURE_SRI_SM)
		a.code = 6;
	a.is_by_agent = a.kind == ANSWER_BASE && (a.code == 3002 || effect == LAB_EFFECT_AGENT_BUSY);
	return a;
}

/* Effects that are one of several answers. */
static void effect_vary(struct lab *l, enum lab_effect effect, const struct dialogue *d, struct answer *a)
{
	static const uint16_t mismatches[] = { 5005, 5005, 5005, 5003, 5002 };
	/* Routing enquiries do not know sm-DeliveryFailure (29.002 12.1). */
	static const uint8_t texts[] = { 34, 34, 34, 21, 21, 32, 32, 32 };

	if (effect == LAB_EFFECT_MISMATCH)
		a->code = mismatches[hash_words(&l->key, l->subscriber[d->subscriber].imsi, 13) % 5];
	if (effect == LAB_EFFECT_NO_TEXTS)
		a->code = texts[chance_below(&l->luck, d->procedure == PROCEDURE_SRI_SM ? 5 : 8)];
}

/* The share of the requests in scope that it hits now. */
static double fault_share(const struct lab *l, const struct lab_fault *f)
{
	return f->is_growing ? fault_grown(l, f, f->share_from, f->share) : f->share;
}

/* What a fault that has drawn a request does to it. */
static enum lab_effect fault_effect(struct lab *l, const struct lab_fault *f, const struct dialogue *d)
{
	/* roamingNotAllowed is no error of authentication or routing enquiries (29.002 17.6.1). */
	if (f->effect == LAB_EFFECT_USER_REJECTS && !procedure_updates(d->procedure))
		return LAB_EFFECT_NONE;
	if (f->loses_data && (d->procedure == PROCEDURE_SRI || d->procedure == PROCEDURE_SRI_SM)) {
		double u = chance_unit(&l->chance);

		return u < 0.6 ? LAB_EFFECT_SYSTEM_FAILURE : u < 0.9 ? LAB_EFFECT_ABSENT : LAB_EFFECT_NONE;
	}
	if (f->silent_share > 0 && chance_hit(&l->chance, f->silent_share))
		return LAB_EFFECT_SILENT;
	if (f->congestion_share > 0 && chance_hit(&l->chance, f->congestion_share / (1 - f->silent_share)))
		return LAB_EFFECT_CONGESTION;
	return f->effect;
}

/* 29.229 6.2: an identity that does not belong to the user, or nobody knows. */
static struct answer ims_answer(const struct dialogue *d, double u)
{
	if (d->procedure == PROCEDURE_UAR && u < EVERYDAY_IDENTITY + EVERYDAY_NOBODY)
		return (struct answer){ .kind = ANSWER_ERROR, .code = u < EVERYDAY_IDENTITY ? 5002 : 5001 };
	if (d->procedure == PROCEDURE_LIR && u < EVERYDAY_ABSENT_CALL)
		return (struct answer){ .kind = ANSWER_ERROR, .code = 5003 };
	return (struct answer){ .kind = ANSWER_SUCCESS };
}

/* Trouble of every day, and what the subscriber is. */
static struct answer usual_answer(struct lab *l, const struct dialogue *d)
{
	const struct subscriber *s = &l->subscriber[d->subscriber];
	bool routes_calls = d->procedure == PROCEDURE_SRI, routes_texts = d->procedure == PROCEDURE_SRI_SM;
	double u = chance_unit(&l->chance);

	if (s->trait == TRAIT_DEAD && fault_is_registration(d->procedure))
		return effect_answer(LAB_EFFECT_UNKNOWN, d);
	if (s->trait == TRAIT_BARRED && procedure_updates(d->procedure))
		return effect_answer(LAB_EFFECT_USER_REJECTS, d);
	if (u < EVERYDAY_SILENCE)
		return effect_answer(LAB_EFFECT_SILENT, d);
	if (u < EVERYDAY_SILENCE + EVERYDAY_FAILURE)
		return effect_answer(LAB_EFFECT_SYSTEM_FAILURE, d);
	u = chance_unit(&l->chance);
	if (routes_calls && (s->serving[DOMAIN_CS] == NODE_NONE || u < EVERYDAY_ABSENT_CALL))
		return effect_answer(LAB_EFFECT_ABSENT, d);
	if (routes_texts && (s->serving[DOMAIN_CS] == NODE_NONE || u < EVERYDAY_ABSENT_ROUTING))
		return effect_answer(LAB_EFFECT_ABSENT, d);
	if (lab_procedure_rows[d->procedure].domain == DOMAIN_IMS)
		return ims_answer(d, u);
	if (d->procedure == PROCEDURE_MT && u < EVERYDAY_ABSENT_TEXT + EVERYDAY_FULL_TEXT)
		return (struct answer){ .kind = ANSWER_ERROR, .code = u < EVERYDAY_ABSENT_TEXT ? 6 : 32 };
	return (struct answer){ .kind = ANSWER_SUCCESS };
}

struct answer fault_judge(struct lab *l, const struct dialogue *d)
{
	const struct node *server = &l->node[d->server];
	bool is_register = server->role == NODE_HLR || server->role == NODE_HSS;

	for (size_t i = 0; i < l->options.fault_count; i++) {
		const struct lab_fault *f = &l->options.faults[i];
		enum lab_effect effect;
		struct answer a;

		/* Without a set of procedures it is about what registers answer. */
		if (f->effect == LAB_EFFECT_NONE || !(f->procedures == 0 ? is_register : fault_concerns(f, d)))
			continue;
		if (!fault_covers(l, i, d) || !fault_is_active(l, f, d) || !chance_hit(&l->chance, fault_share(l, f)))
			continue;
		effect = fault_effect(l, f, d);
		if (effect == LAB_EFFECT_NONE)
			continue;
		a = effect_answer(effect, d);
		effect_vary(l, effect, d, &a);
		a.effect = (uint8_t)effect;
		a.is_collateral = f->is_collateral;
		a.is_tried_again = f->retries == LAB_RETRIES_ALTERNATE && !d->is_second;
		return a;
	}
	return usual_answer(l, d);
}
