/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Phones: authentication, then registration, in each of three domains (calls and texts, packets, 4G). A failure that the network may
 * get over is repeated after T3211, T3311 or T3411 up to 4 or 5 times, then comes a long pause (T3212, T3302, T3402) that some owners
 * cut short by switching off and on. An unknown subscriber stops until power-cycled (half of them within 83 minutes).
 *
 * Attempts arrive as a Poisson stream over the mix of scenarios.tsv (base-1M). Services: calls, texts, purges, notifications.
 */
#include "lab/phone.h"

#include "lab/dialogue.h"
#include "lab/fault.h"
#include "lab/load.h"
#include "lab/scenario.h"

enum phone_action { ACTION_ATTEMPT, ACTION_AUTHENTICATED, ACTION_POWER_CYCLE };

#define OWNER_SHARE        0.3
#define OWNER_MEAN_S       120.0
#define POWER_CYCLE_MEAN_S 7185.0
#define WITH_CHALLENGE     0.62
#define WITH_EQUIPMENT     0.25
/* Messages that one activity makes, of MAP and of S6a, as counted in runs of either alone. */
#define MAP_MESSAGES_EACH 3.5
#define S6A_MESSAGES_EACH 2.7

static const struct domain_row {
	enum lab_procedure authentication, update, cancel;
	uint8_t tries;  /* 24.008 4.4.4.9 and 4.7.3, 24.301 5.5 */
	double retry_s; /* T3211, T3311, T3411 */
	double pause_s; /* T3212 as broadcast, T3302, T3402 */
} domains[DOMAIN_COUNT] = {
	{ PROCEDURE_SAI_CS, PROCEDURE_UL, PROCEDURE_CL_CS, 4, 15, 1800 },
	{ PROCEDURE_SAI_PS, PROCEDURE_ULGPRS, PROCEDURE_CL_PS, 5, 15, 720 },
	{ PROCEDURE_AIR, PROCEDURE_ULR, PROCEDURE_CLR, 5, 10, 720 },
	{ PROCEDURE_UAR, PROCEDURE_SAR, PROCEDURE_CLR, 5, 30, 900 },
};

enum activity_kind {
	ACTIVITY_REGISTER,
	ACTIVITY_AUTHENTICATE,
	ACTIVITY_PURGE,
	ACTIVITY_CALL,
	ACTIVITY_TEXT_TO,
	ACTIVITY_TEXT_FROM,
	ACTIVITY_NOTIFY,
	ACTIVITY_IMS_CALL
};

/* Per second and million subscribers. */
static const struct activity_row {
	enum activity_kind kind;
	enum domain domain;
	uint32_t weight;
} activities[] = {
	{ ACTIVITY_REGISTER, DOMAIN_CS, 56 },     { ACTIVITY_REGISTER, DOMAIN_PS, 56 },     { ACTIVITY_REGISTER, DOMAIN_EPS, 42 },
	{ ACTIVITY_AUTHENTICATE, DOMAIN_CS, 28 }, { ACTIVITY_AUTHENTICATE, DOMAIN_PS, 27 }, { ACTIVITY_AUTHENTICATE, DOMAIN_EPS, 75 },
	{ ACTIVITY_PURGE, DOMAIN_CS, 6 },         { ACTIVITY_PURGE, DOMAIN_PS, 6 },         { ACTIVITY_PURGE, DOMAIN_EPS, 8 },
	{ ACTIVITY_CALL, DOMAIN_CS, 139 },        { ACTIVITY_TEXT_TO, DOMAIN_CS, 111 },     { ACTIVITY_TEXT_FROM, DOMAIN_CS, 90 },
	{ ACTIVITY_NOTIFY, DOMAIN_EPS, 17 },      { ACTIVITY_REGISTER, DOMAIN_IMS, 97 },    { ACTIVITY_IMS_CALL, DOMAIN_IMS, 60 },
};

double phone_owner_mean_s(const struct lab *l)
{
	double rest = l->options.seconds - l->options.onset_s;

	if (!l->scenario->presses_phones || rest >= l->scenario->real_s)
		return POWER_CYCLE_MEAN_S;
	return POWER_CYCLE_MEAN_S * rest / l->scenario->real_s;
}

static void phone_plan(struct lab *l, uint32_t index, enum domain d, enum phone_action action, double delay_s)
{
	struct event e = { .kind = EVENT_PHONE, .a = index };

	e.b = (uint32_t)l->subscriber[index].life[d] << 8 | (uint32_t)action << 4 | (uint32_t)d;
	lab_plan(l, (nanos)(delay_s * 1e9), e);
}

/* A new life: what an earlier one planned is void. Zero is nobody's life. */
static uint16_t phone_reborn(struct subscriber *s, enum domain d, enum phone_state state)
{
	s->state[d] = (uint8_t)state;
	if (++s->life[d] == 0)
		s->life[d] = 1;
	return s->life[d];
}

/* Where a phone asks: IMS by way of any I-CSCF, the rest where it is; three of twenty register again where they are. */
static uint16_t attempt_client(struct lab *l, const struct subscriber *s, enum domain d)
{
	uint16_t client;

	if (d == DOMAIN_IMS)
		return world_any(l, NODE_ICSCF);
	client = world_serving(l, s, d);
	if (s->serving[d] != NODE_NONE && chance_hit(&l->chance, 0.15))
		client = s->serving[d];
	return client;
}

static uint32_t domain_set(enum domain d)
{
	uint32_t set = UINT32_C(1) << domains[d].authentication | UINT32_C(1) << domains[d].update;

	return d == DOMAIN_IMS ? set | LAB_SET(MAR) : set;
}

/* `client`: where; NODE_NONE: where it happens to be. */
static void phone_attempt(struct lab *l, uint32_t index, enum domain d, uint16_t client)
{
	struct subscriber *s = &l->subscriber[index];
	struct dialogue_wish wish = { .procedure = domains[d].authentication, .subscriber = index, .parent = DIALOGUE_NONE };

	wish.client = client != NODE_NONE ? client : attempt_client(l, s, d);
	wish.server = world_home(l, s, d);
	/* What a phase of the story adds is not thinned by it. */
	if (client == NODE_NONE && load_is_dropped(l, &wish, domain_set(d))) {
		if (s->state[d] != PHONE_REGISTERED)
			phone_reborn(s, d, PHONE_IDLE);
		return;
	}
	l->truth.attempts++;
	if (s->state[d] == PHONE_RETRYING)
		l->truth.retries++;
	else
		s->attempts[d] = 0;
	wish.life = phone_reborn(s, d, PHONE_BUSY);
	dialogue_start(l, &wish);
}

void phone_timer(struct lab *l, uint32_t index, uint32_t b)
{
	struct subscriber *s = &l->subscriber[index];
	enum domain d = b & 15;
	struct dialogue_wish wish = {
		.procedure = domains[d].update, .subscriber = index, .life = (uint16_t)(b >> 8), .parent = DIALOGUE_NONE
	};

	if (s->life[d] != b >> 8)
		return;
	if ((b >> 4 & 15) != ACTION_AUTHENTICATED) {
		phone_attempt(l, index, d, NODE_NONE);
		return;
	}
	if (d == DOMAIN_IMS)
		wish.procedure = s->next;
	/* Where the phone was authenticated is where it updates; `pending` is that node. */
	wish.client = s->pending[d];
	wish.server = world_home(l, s, d);
	dialogue_start(l, &wish);
}

static void phone_pause(struct lab *l, uint32_t index, enum domain d)
{
	struct subscriber *s = &l->subscriber[index];
	double owner_s = chance_exponential(&l->chance, OWNER_MEAN_S);

	phone_reborn(s, d, PHONE_PAUSED);
	phone_plan(l, index, d, ACTION_ATTEMPT,
		   chance_hit(&l->chance, OWNER_SHARE) && owner_s < domains[d].pause_s ? owner_s : domains[d].pause_s);
}

static void phone_failed(struct lab *l, const struct dialogue *dialogue, enum domain d)
{
	uint32_t index = dialogue->subscriber;
	struct subscriber *s = &l->subscriber[index];
	const struct answer *a = &dialogue->answer;
	bool is_unknown = a->kind == ANSWER_ERROR && (a->code == 1 || a->code == 5001) && d != DOMAIN_IMS;
	bool is_refused = a->kind == ANSWER_ERROR && (a->code == 8 || a->code == 5004 || a->code == 5001);

	if (is_unknown) {
		/* 24.008 4.4.4.7, causes 2 and 8; the register forgets where it was. */
		phone_reborn(s, d, PHONE_STOPPED);
		s->serving[d] = NODE_NONE;
		phone_plan(l, index, d, ACTION_POWER_CYCLE, chance_exponential(&l->chance, l->owner_mean_s));
		return;
	}
	if (is_refused) {
		phone_reborn(s, d, PHONE_IDLE);
		return;
	}
	if (++s->attempts[d] < domains[d].tries) {
		phone_reborn(s, d, PHONE_RETRYING);
		phone_plan(l, index, d, ACTION_ATTEMPT, domains[d].retry_s + chance_unit(&l->chance));
		return;
	}
	phone_pause(l, index, d);
}

static void phone_registered(struct lab *l, const struct dialogue *dialogue, enum domain d)
{
	struct subscriber *s = &l->subscriber[dialogue->subscriber];
	struct dialogue_wish wish = { .procedure = domains[d].cancel, .subscriber = dialogue->subscriber, .parent = DIALOGUE_NONE };
	uint16_t old = s->serving[d];

	phone_reborn(s, d, PHONE_REGISTERED);
	s->attempts[d] = 0;
	s->serving[d] = dialogue->client;
	if (old == NODE_NONE || old == dialogue->client || d == DOMAIN_IMS)
		return;
	wish.client = dialogue->server;
	wish.server = old;
	dialogue_start(l, &wish);
}

/* A text is delivered once the register has said where. */
static void text_deliver(struct lab *l, const struct dialogue *dialogue)
{
	uint16_t serving = l->subscriber[dialogue->subscriber].serving[DOMAIN_CS];
	struct dialogue_wish wish = { .procedure = PROCEDURE_MT, .subscriber = dialogue->subscriber, .parent = DIALOGUE_NONE };

	if (serving == NODE_NONE)
		return;
	wish.client = dialogue->client;
	wish.server = serving;
	dialogue_start(l, &wish);
}

/* UAR by any I-CSCF, then the subscriber's S-CSCF: MAR if it wants to see who it is, SAR. */
static void ims_goes_on(struct lab *l, const struct dialogue *dialogue)
{
	struct subscriber *s = &l->subscriber[dialogue->subscriber];
	bool is_asked = dialogue->procedure == PROCEDURE_UAR && chance_hit(&l->chance, WITH_CHALLENGE);

	s->pending[DOMAIN_IMS] = world_assigned(l, s);
	s->next = is_asked ? PROCEDURE_MAR : PROCEDURE_SAR;
	phone_plan(l, dialogue->subscriber, DOMAIN_IMS, ACTION_AUTHENTICATED, chance_lognormal(&l->chance, 0.15, 0.5));
}

/* One of four is also asked for its equipment. */
static void equipment_check(struct lab *l, const struct dialogue *dialogue)
{
	struct dialogue_wish wish = { .procedure = PROCEDURE_ECR, .client = dialogue->client, .subscriber = dialogue->subscriber };

	if ((l->options.world & LAB_WITH_EIR) == 0 || !chance_hit(&l->chance, WITH_EQUIPMENT))
		return;
	wish.server = world_any(l, NODE_EIR);
	wish.parent = DIALOGUE_NONE;
	dialogue_start(l, &wish);
}

void phone_answered(struct lab *l, const struct dialogue *dialogue)
{
	struct subscriber *s = &l->subscriber[dialogue->subscriber];
	enum domain d = lab_procedure_rows[dialogue->procedure].domain;
	bool is_success = dialogue->answer.kind == ANSWER_SUCCESS;

	if (dialogue->procedure == PROCEDURE_SRI_SM && is_success)
		text_deliver(l, dialogue);
	if (dialogue->procedure == PROCEDURE_AIR && is_success)
		equipment_check(l, dialogue);
	if (dialogue->life == 0 || dialogue->life != s->life[d])
		return;
	if (!is_success) {
		phone_failed(l, dialogue, d);
	} else if (d == DOMAIN_IMS && dialogue->procedure != PROCEDURE_SAR) {
		ims_goes_on(l, dialogue);
	} else if (dialogue->procedure == domains[d].authentication) {
		s->pending[d] = dialogue->client;
		phone_plan(l, dialogue->subscriber, d, ACTION_AUTHENTICATED, chance_lognormal(&l->chance, 0.25, 0.5));
	} else if (dialogue->procedure == domains[d].update) {
		phone_registered(l, dialogue, d);
	}
}

/* Refused ones are drawn first, so that their share stays what was asked for while their phones keep quiet in between. */
static uint32_t subscriber_draw(struct lab *l, bool registers)
{
	uint32_t refused = l->dead_count + l->barred_count;

	if (registers && chance_hit(&l->chance, l->options.user_rejects))
		return chance_hit(&l->chance, 0.3) ? chance_below(&l->chance, l->dead_count)
						   : l->dead_count + chance_below(&l->chance, l->barred_count);
	return refused + chance_below(&l->chance, l->subscriber_count - refused);
}

static void phone_purge(struct lab *l, uint32_t index, enum domain d)
{
	static const enum lab_procedure procedures[] = { PROCEDURE_PURGE_CS, PROCEDURE_PURGE_PS, PROCEDURE_PUR };
	struct subscriber *s = &l->subscriber[index];
	struct dialogue_wish wish = { .procedure = procedures[d], .client = s->serving[d], .subscriber = index, .parent = DIALOGUE_NONE };

	wish.server = world_home(l, s, d);
	if (load_is_dropped(l, &wish, UINT32_C(1) << wish.procedure))
		return;
	phone_reborn(s, d, PHONE_IDLE);
	dialogue_start(l, &wish);
	s->serving[d] = NODE_NONE;
}

void phone_detached(struct lab *l, uint32_t index, enum domain d)
{
	phone_reborn(&l->subscriber[index], d, PHONE_IDLE);
	l->subscriber[index].serving[d] = NODE_NONE;
}

/* What needs a registered phone. */
static void phone_use(struct lab *l, uint32_t index, const struct activity_row *row)
{
	const struct subscriber *s = &l->subscriber[index];
	struct dialogue_wish wish = { .client = s->serving[row->domain], .subscriber = index, .parent = DIALOGUE_NONE };

	if (s->state[row->domain] != PHONE_REGISTERED)
		return;
	if (row->kind == ACTIVITY_PURGE) {
		phone_purge(l, index, row->domain);
		return;
	}
	wish.procedure = row->kind == ACTIVITY_AUTHENTICATE ? domains[row->domain].authentication
			 : row->kind == ACTIVITY_NOTIFY     ? PROCEDURE_NOR
							    : PROCEDURE_MO;
	wish.server = row->kind == ACTIVITY_TEXT_FROM ? l->first[NODE_SMSC] : world_home(l, s, row->domain);
	if (!load_is_dropped(l, &wish, UINT32_C(1) << wish.procedure))
		dialogue_start(l, &wish);
}

/* Somebody calls or writes to the subscriber. */
static void phone_reach(struct lab *l, uint32_t index, enum activity_kind kind)
{
	struct dialogue_wish wish = { .subscriber = index, .parent = DIALOGUE_NONE };

	wish.procedure = kind == ACTIVITY_CALL ? PROCEDURE_SRI : kind == ACTIVITY_TEXT_TO ? PROCEDURE_SRI_SM : PROCEDURE_LIR;
	if (kind == ACTIVITY_IMS_CALL)
		wish.client = world_any(l, NODE_ICSCF);
	else
		wish.client = l->first[kind == ACTIVITY_CALL ? NODE_GMSC : NODE_SMSC];
	wish.server = world_home(l, &l->subscriber[index], kind == ACTIVITY_IMS_CALL ? DOMAIN_IMS : DOMAIN_CS);
	if (!load_is_dropped(l, &wish, UINT32_C(1) << wish.procedure))
		dialogue_start(l, &wish);
}

static void activity_of(struct lab *l, uint32_t index, const struct activity_row *row, uint16_t client)
{
	const struct subscriber *s = &l->subscriber[index];
	enum phone_state state = s->state[row->domain];
	bool is_reached = row->kind == ACTIVITY_CALL || row->kind == ACTIVITY_TEXT_TO || row->kind == ACTIVITY_IMS_CALL;

	/* Calls and texts for visitors, texts by them, and IMS, are their own network's business. */
	if (s->brand == BRAND_INBOUND && (is_reached || row->kind == ACTIVITY_TEXT_FROM || row->domain == DOMAIN_IMS))
		return;
	if (is_reached)
		phone_reach(l, index, row->kind);
	else if (row->kind != ACTIVITY_REGISTER)
		phone_use(l, index, row);
	else if (state == PHONE_REGISTERED || state == PHONE_IDLE || state == PHONE_PAUSED ||
		 (state == PHONE_RETRYING && client != NODE_NONE) || (state == PHONE_STOPPED && s->trait == TRAIT_DEAD))
		phone_attempt(l, index, row->domain, client);
}

static void activity_begin(struct lab *l, const struct activity_row *row)
{
	activity_of(l, subscriber_draw(l, row->kind == ACTIVITY_REGISTER), row, NODE_NONE);
}

/* The procedures that an activity begins with or leads to. */
static uint32_t activity_set(const struct activity_row *row)
{
	static const uint32_t purges[DOMAIN_COUNT] = { LAB_SET(PURGE_CS), LAB_SET(PURGE_PS), LAB_SET(PUR), 0 };

	switch (row->kind) {
	case ACTIVITY_REGISTER:
		return domain_set(row->domain);
	case ACTIVITY_AUTHENTICATE:
		return UINT32_C(1) << domains[row->domain].authentication;
	case ACTIVITY_PURGE:
		return purges[row->domain];
	case ACTIVITY_CALL:
		return LAB_SET(SRI);
	case ACTIVITY_TEXT_TO:
		return LAB_SET(SRI_SM) | LAB_SET(MT);
	case ACTIVITY_TEXT_FROM:
		return LAB_SET(MO);
	case ACTIVITY_NOTIFY:
		return LAB_SET(NOR);
	case ACTIVITY_IMS_CALL:
		return LAB_SET(LIR);
	}
	return 0;
}

static uint32_t set_weight(const struct lab *l, const struct activity_row *row, uint32_t set)
{
	if (row->domain == DOMAIN_IMS && (l->options.world & LAB_WITH_IMS) == 0)
		return 0;
	return set == 0 || (activity_set(row) & set) != 0 ? row->weight : 0;
}

#define ACTIVITIES (sizeof(activities) / sizeof(activities[0]))

double phone_share(const struct lab *l, uint32_t set)
{
	uint32_t all = 0, wanted = 0;

	for (size_t row = 0; row < ACTIVITIES; row++) {
		all += set_weight(l, &activities[row], 0);
		wanted += set_weight(l, &activities[row], set);
	}
	return (double)wanted / all;
}

/* An S-CSCF that asks for a subscriber nobody has registered. */
static void needless_request(struct lab *l, uint32_t index, uint16_t client)
{
	struct dialogue_wish wish = { .client = client, .subscriber = index, .parent = DIALOGUE_NONE };

	wish.procedure = chance_hit(&l->luck, 0.5) ? PROCEDURE_MAR : PROCEDURE_SAR;
	wish.server = world_home(l, &l->subscriber[index], DOMAIN_IMS);
	dialogue_start(l, &wish);
}

void phone_extra(struct lab *l, uint32_t index, uint32_t set, uint16_t client)
{
	uint32_t wanted = 0, left;
	size_t row = 0;

	if (client != NODE_NONE && l->node[client].role == NODE_SCSCF) {
		needless_request(l, index, client);
		return;
	}
	for (size_t i = 0; i < ACTIVITIES; i++)
		wanted += set_weight(l, &activities[i], set);
	left = chance_below(&l->luck, wanted);
	while (left >= set_weight(l, &activities[row], set))
		left -= set_weight(l, &activities[row++], set);
	activity_of(l, index, &activities[row], client);
}

static uint32_t activity_weight(const struct lab *l, const struct activity_row *row, bool is_4g, bool is_any)
{
	if (row->domain == DOMAIN_IMS)
		return (l->options.world & LAB_WITH_IMS) != 0 && (is_any || is_4g) ? row->weight : 0;
	return is_any || (row->domain == DOMAIN_EPS) == is_4g ? row->weight : 0;
}

/* Of 4G first by --map-share, then by the weights; without it by the weights alone. */
static const struct activity_row *activity_draw(struct lab *l)
{
	double share = l->options.map_share;
	double odds = (1 - share) / S6A_MESSAGES_EACH;
	bool is_any = share < 0;
	bool is_4g = !is_any && chance_hit(&l->chance, odds / (odds + share / MAP_MESSAGES_EACH));
	uint32_t total = 0, draw;
	size_t i = 0;

	for (size_t row = 0; row < ACTIVITIES; row++)
		total += activity_weight(l, &activities[row], is_4g, is_any);
	draw = chance_below(&l->chance, total);
	while (draw >= activity_weight(l, &activities[i], is_4g, is_any))
		draw -= activity_weight(l, &activities[i++], is_4g, is_any);
	return &activities[i];
}

void phone_arrival(struct lab *l)
{
	double t = lab_now_s(l);
	bool is_quiet = l->options.quiet_all && t >= l->options.onset_s && t < l->options.quiet_until_s;
	const struct activity_row *row = activity_draw(l);

	if (!is_quiet)
		activity_begin(l, row);
	lab_plan(l, (nanos)(chance_exponential(&l->chance, 1 / l->options.rate) * 1e9), (struct event){ .kind = EVENT_ARRIVAL });
}
