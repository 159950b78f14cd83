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
	[LAB_EFFECT_RELAY_LATE] = { "relay-late",
				    { .kind = ANSWER_SUCCESS, .is_late = true },
				    { .kind = ANSWER_SUCCESS, .is_late = true } },
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
	{ "blocks", LAB_SCOPE_BLOCKS, true, false, false }, { "prefix", LAB_SCOPE_PREFIX, false, false, true },
	{ "brand", LAB_SCOPE_BRAND, false, false, true },   { "hlr", LAB_SCOPE_HLR, false, true, false },
	{ "hss", LAB_SCOPE_HSS, false, true, false },       { "mme", LAB_SCOPE_MME, false, true, false },
	{ "vlr", LAB_SCOPE_VLR, false, true, false },       { "sgsn", LAB_SCOPE_SGSN, false, true, false },
	{ "stp", LAB_SCOPE_STP, false, true, false },       { "shard", LAB_SCOPE_SHARD, true, false, false },
	{ "all", LAB_SCOPE_ALL, false, false, false },
};

const char *fault_effect_name(enum lab_effect effect)
{
	return effects[effect].word;
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
		return value == NULL ? row->scope == LAB_SCOPE_STP : f->number > 0 && f->number < 10 && *end == '\0';
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

static bool effect_parse(struct lab_fault *f, const char *text)
{
	for (enum lab_effect e = LAB_EFFECT_SILENT; e <= LAB_EFFECT_LATE; e++) {
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
	char copy[sizeof(f.text)], *effect, *share, *end;

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
	f.share = strtod(share, &end);
	if (*share == '\0' || *end != '\0' || !(f.share >= 0 && f.share <= 1)) {
		snprintf(error, LAB_ERROR_MAX, "--fault %s: the share must lie between 0 and 1", text);
		return false;
	}
	if (!scope_parse(&f, copy) || !effect_parse(&f, effect)) {
		snprintf(error, LAB_ERROR_MAX, "--fault %s: unknown scope or effect; --help lists them", text);
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

/* Uniform in [0, 1), fixed for a subscriber and a purpose. */
static double subscriber_turn(const struct lab *l, const struct subscriber *s, uint64_t purpose)
{
	return (double)(hash_words(&l->key, s->imsi, purpose) >> 11) * 0x1.0p-53;
}

static bool fault_is_active(const struct lab *l, const struct lab_fault *f, const struct dialogue *d)
{
	const struct subscriber *s = &l->subscriber[d->subscriber];
	enum domain domain = lab_procedure_rows[d->procedure].domain;
	double t = lab_now_s(l);
	double back = t - f->until_s - f->back_after_s[domain];

	if (t < f->from_s || (f->ramp_s > 0 && (t - f->from_s) / f->ramp_s < subscriber_turn(l, s, 10)))
		return false;
	return back < 0 || (f->back_s[domain] > 0 && back / f->back_s[domain] < subscriber_turn(l, s, 11));
}

static bool number_is(const struct node *n, enum node_role role, unsigned int number)
{
	return n->role == role && !n->is_foreign && n->number == number;
}

static bool imsi_begins_with(uint64_t imsi, const char *prefix)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)imsi);
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool fault_covers(const struct lab *l, size_t index, const struct dialogue *d)
{
	const struct lab_fault *f = &l->options.faults[index];
	const struct subscriber *s = &l->subscriber[d->subscriber];
	const struct node *client = &l->node[d->client], *server = &l->node[d->server];

	switch (f->scope) {
	case LAB_SCOPE_BLOCKS:
		return s->block < WORLD_BLOCKS && l->block_fails[index][s->block];
	case LAB_SCOPE_PREFIX:
		return imsi_begins_with(s->imsi, f->value);
	case LAB_SCOPE_BRAND:
		return s->brand == f->brand;
	case LAB_SCOPE_HLR:
		return number_is(server, NODE_HLR, f->number);
	case LAB_SCOPE_HSS:
		return number_is(server, NODE_HSS, f->number);
	case LAB_SCOPE_MME:
		return number_is(client, NODE_MME, f->number);
	case LAB_SCOPE_VLR:
		return number_is(client, NODE_VLR, f->number);
	case LAB_SCOPE_SGSN:
		return number_is(client, NODE_SGSN, f->number);
	case LAB_SCOPE_STP:
		return server->role == NODE_HLR && (f->number == 0 || f->number == (d->sls & 1u) + 1);
	case LAB_SCOPE_SHARD:
		return s->brand != BRAND_INBOUND && (double)(s->shard >> 11) * 0x1.0p-53 < f->percent / 100;
	case LAB_SCOPE_ALL:
		return true;
	case LAB_SCOPE_DRA:
	case LAB_SCOPE_CSCF:
	case LAB_SCOPE_PARTNER_IN:
	case LAB_SCOPE_PARTNER_OUT:
	case LAB_SCOPE_LINK:
		return false;
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
	return a;
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
	return f->silent_share > 0 && chance_hit(&l->chance, f->silent_share) ? LAB_EFFECT_SILENT : f->effect;
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
	if (d->procedure == PROCEDURE_MT && u < EVERYDAY_ABSENT_TEXT + EVERYDAY_FULL_TEXT)
		return (struct answer){ .kind = ANSWER_ERROR, .code = u < EVERYDAY_ABSENT_TEXT ? 6 : 32 };
	return (struct answer){ .kind = ANSWER_SUCCESS };
}

struct answer fault_judge(struct lab *l, const struct dialogue *d)
{
	const struct node *server = &l->node[d->server];

	for (size_t i = 0; i < l->options.fault_count && (server->role == NODE_HLR || server->role == NODE_HSS); i++) {
		const struct lab_fault *f = &l->options.faults[i];
		enum lab_effect effect;
		struct answer a;

		if (!fault_covers(l, i, d) || !fault_is_active(l, f, d) || !chance_hit(&l->chance, f->share))
			continue;
		effect = fault_effect(l, f, d);
		if (effect == LAB_EFFECT_NONE)
			continue;
		a = effect_answer(effect, d);
		a.effect = (uint8_t)effect;
		a.is_collateral = f->is_collateral;
		return a;
	}
	return usual_answer(l, d);
}
