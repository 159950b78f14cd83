/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * States out of notices, see conditions.h. Called by control: for every outcome, which costs a comparison when it is no notice and nothing
 * is down, and once per tick.
 *
 * Who is down when an association ends is told from how many pairs of each end are: of a server that dies all, of a client that leaves one.
 * So pairs are kept (pairs.h), and judged a second after the last of them changed. What only says that something is so, and not that it has
 * become so, is no news in the first CONDITIONS_QUIET; a network that says so every few minutes is used to it.
 */
#include "control/detect/conditions.h"

#include <stdlib.h>
#include <string.h>

#include "control/detect/pairs.h"
#include "dataplane/base/hash.h"
#include "dataplane/notice.h"

#define CONDITIONS_QUIET (30 * NANOS_PER_S)
#define INDEX_SIZE       (2 * CONDITIONS_MAX)
#define SAYERS_MOST      8
#define BEGINNINGS_KEPT  8
/* Without being said again they are over: Q.704 16.8 (T15 and T16, some seconds), and UPU, which answers traffic. */
#define CONGESTION_LASTS (30 * NANOS_PER_S)
#define USER_DOWN_LASTS  (60 * NANOS_PER_S)
#define BLIND_LASTS      (5 * NANOS_PER_S)
#define RECALLED_LASTS   (300 * NANOS_PER_S)
/* An answer this long after the last bad news of a peer is a sign of life. */
#define LIFE_AFTER (1 * NANOS_PER_S)
/* Watchdogs without an answer before their peer counts as down (RFC 3539 3.4.1: the first makes it suspect). */
#define WATCHDOGS_MISSED 2
/* What a network is used to: the same thing this often, over at least this time; or anything of its kind this often an hour. */
#define USUAL_BEGUN    6
#define USUAL_TIME     (1800 * NANOS_PER_S)
#define USUAL_PER_HOUR 6
#define MINUTES        64
#define MINUTES_LEAST  20

struct state {
	struct condition shown;
	node sayers[SAYERS_MOST];
	nanos begun[BEGINNINGS_KEPT]; /* a ring */
	nanos first_begun;
	uint32_t begun_count;
	bool has_begun;
	bool is_recalled; /* not said again since the restart */
};

struct conditions {
	struct state *states;
	size_t count;
	uint16_t *index; /* state + 1 */
	struct condition *list;
	struct pairs pairs;
	uint32_t minutes[CONDITION_KIND_COUNT][MINUTES]; /* beginnings in each of the last minutes */
	int64_t minute;
	nanos start; /* of what is known; 0: nothing is */
	nanos now;
	size_t peers_down;
	uint64_t refused;
	procedure watchdog;
	procedure exchange;
};

struct conditions *conditions_new(void)
{
	struct conditions *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->states = calloc(CONDITIONS_MAX, sizeof(*c->states));
	c->index = calloc(INDEX_SIZE, sizeof(*c->index));
	c->list = calloc(CONDITIONS_MAX, sizeof(*c->list));
	if (c->states == NULL || c->index == NULL || c->list == NULL || !pairs_open(&c->pairs)) {
		conditions_free(c);
		return NULL;
	}
	c->watchdog = procedure_of_name("base.dwr");
	c->exchange = procedure_of_name("base.cer");
	return c;
}

void conditions_free(struct conditions *c)
{
	if (c == NULL)
		return;
	pairs_close(&c->pairs);
	free(c->states);
	free(c->index);
	free(c->list);
	free(c);
}

static void forget(struct conditions *c)
{
	memset(c->index, 0, INDEX_SIZE * sizeof(*c->index));
	memset(c->minutes, 0, sizeof(c->minutes));
	pairs_forget(&c->pairs);
	c->count = 0;
	c->peers_down = 0;
	c->start = 0;
}

/* What a state is found by. */
struct key {
	node about;
	enum condition_kind kind;
	uint8_t subsystem;
};

/* The place of a key in the index: of its state, or free. The table is at most half full. */
static uint16_t *place_of(const struct conditions *c, const struct key *k)
{
	size_t at = (size_t)hash_mix(k->about ^ (uint64_t)k->kind << 56 ^ (uint64_t)k->subsystem << 48) % INDEX_SIZE;

	for (;; at = (at + 1) % INDEX_SIZE) {
		const struct condition *s = &c->states[c->index[at] - (c->index[at] != 0)].shown;

		if (c->index[at] == 0 || (s->about == k->about && s->kind == k->kind && s->subsystem == k->subsystem))
			return &c->index[at];
	}
}

static struct state *state_find(const struct conditions *c, const struct key *k)
{
	uint16_t number = *place_of(c, k);

	return number == 0 ? NULL : &c->states[number - 1];
}

static struct state *state_of(struct conditions *c, const struct key *k)
{
	uint16_t *place = place_of(c, k);

	if (*place != 0)
		return &c->states[*place - 1];
	if (c->count == CONDITIONS_MAX) {
		c->refused++;
		return NULL;
	}
	c->states[c->count] = (struct state){ .shown = { .kind = (uint8_t)k->kind, .about = k->about, .subsystem = k->subsystem } };
	*place = (uint16_t)++c->count;
	return &c->states[c->count - 1];
}

static void minutes_turn(struct conditions *c, nanos now)
{
	int64_t minute = now / (60 * NANOS_PER_S);

	for (int64_t m = c->minute + 1; m <= minute && m <= c->minute + MINUTES; m++) {
		for (int k = 0; k < CONDITION_KIND_COUNT; k++)
			c->minutes[k][m % MINUTES] = 0;
	}
	c->minute = minute;
}

/* Whether this network says such things all the time, about this one or another, and now no more often than ever. */
static bool kind_is_usual(const struct conditions *c, enum condition_kind kind)
{
	int64_t known = c->minute - c->start / (60 * NANOS_PER_S) - 1;
	uint32_t before = 0;
	uint32_t lately;

	if (known < MINUTES_LEAST)
		return false;
	known = known < MINUTES - 2 ? known : MINUTES - 2;
	for (int64_t m = c->minute - known; m < c->minute - 1; m++)
		before += c->minutes[kind][m % MINUTES];
	lately = c->minutes[kind][c->minute % MINUTES] + c->minutes[kind][(c->minute - 1) % MINUTES];
	return before * 60 >= (uint64_t)(USUAL_PER_HOUR * known) && lately * (uint64_t)known <= 3 * (uint64_t)known + 6 * (uint64_t)before;
}

static void state_begin(struct conditions *c, struct state *s, nanos since)
{
	struct condition *shown = &s->shown;
	bool is_early = c->start == 0 || since - c->start < CONDITIONS_QUIET;

	if (s->begun_count == 0)
		s->first_begun = since;
	shown->is_usual = (is_early && condition_is_of_state((enum condition_kind)shown->kind)) ||
			  (s->begun_count >= USUAL_BEGUN && since - s->first_begun >= USUAL_TIME) ||
			  kind_is_usual(c, (enum condition_kind)shown->kind);
	c->minutes[shown->kind][c->minute % MINUTES]++;
	s->begun[s->begun_count++ % BEGINNINGS_KEPT] = since;
	shown->is_over = false;
	shown->is_announced = false;
	shown->ended = 0;
	shown->since = since;
	shown->said_by = 0;
	shown->sayers = 0;
	shown->notices = 0;
	shown->answers = 0;
	shown->unseen = 0;
	shown->level = 0;
	s->has_begun = true;
	if (shown->kind == CONDITION_PEER_DOWN)
		c->peers_down++;
}

static void state_end(struct conditions *c, struct state *s, nanos clock)
{
	if (s == NULL || s->shown.is_over || s->shown.since == 0)
		return;
	s->shown.is_over = true;
	s->shown.ended = clock;
	if (s->shown.kind == CONDITION_PEER_DOWN)
		c->peers_down--;
}

static void sayer_note(struct state *s, node sayer)
{
	if (sayer == 0)
		return;
	for (uint32_t i = 0; i < s->shown.sayers; i++) {
		if (s->sayers[i] == sayer)
			return;
	}
	if (s->shown.sayers == 0)
		s->shown.said_by = sayer;
	if (s->shown.sayers < SAYERS_MOST)
		s->sayers[s->shown.sayers++] = sayer;
}

/* It is said that it is so: begins, or goes on. NULL without room. */
static struct state *say(struct conditions *c, const struct key *k, node sayer, nanos since, nanos clock)
{
	struct state *s = k->about != 0 ? state_of(c, k) : NULL;

	if (s == NULL)
		return NULL;
	if (s->shown.since == 0 || s->shown.is_over)
		state_begin(c, s, since);
	s->shown.last = clock;
	s->is_recalled = false;
	s->shown.notices++;
	sayer_note(s, sayer);
	return s;
}

void conditions_recall(struct conditions *c, const struct condition *known)
{
	struct key k = { .about = known->about, .kind = (enum condition_kind)known->kind, .subsystem = known->subsystem };
	struct state *s = known->is_over ? NULL : state_of(c, &k);

	if (s == NULL || s->shown.since != 0)
		return;
	s->shown = *known;
	s->shown.answers = 0;
	s->first_begun = s->begun[0] = known->since;
	s->begun_count = 1;
	s->is_recalled = true;
	c->peers_down += known->kind == CONDITION_PEER_DOWN;
}

static void unsay(struct conditions *c, const struct key *k, nanos clock)
{
	state_end(c, state_find(c, k), clock);
}

static void peer_end(struct conditions *c, node peer, nanos clock)
{
	node other = pairs_other_name(&c->pairs, peer);

	unsay(c, &(struct key){ .kind = CONDITION_PEER_DOWN, .about = peer }, clock);
	if (other != 0)
		unsay(c, &(struct key){ .kind = CONDITION_PEER_DOWN, .about = other }, clock);
}

static struct state *peer_down(struct conditions *c, node peer, node sayer, nanos since, nanos clock)
{
	node host = node_is_address(peer) ? pairs_other_name(&c->pairs, peer) : 0;
	struct state *s = say(c, &(struct key){ .kind = CONDITION_PEER_DOWN, .about = host != 0 ? host : peer }, sayer, since, clock);

	if (s != NULL)
		s->shown.address = host != 0 ? peer : node_is_address(peer) ? peer : pairs_other_name(&c->pairs, peer);
	return s;
}

static void subsystems_end(struct conditions *c, node about, nanos clock)
{
	for (size_t i = 0; i < c->count; i++) {
		struct state *s = &c->states[i];

		if (s->shown.about == about &&
		    (s->shown.kind == CONDITION_SUBSYSTEM_DOWN || s->shown.kind == CONDITION_SUBSYSTEM_CONGESTED))
			state_end(c, s, clock);
	}
}

static void congestion_take(struct conditions *c, struct key k, const struct outcome *o, unsigned int level)
{
	struct state *s;

	if (level == 0) {
		unsay(c, &k, o->clock);
		return;
	}
	s = say(c, &k, o->client, o->clock, o->clock);
	if (s != NULL)
		s->shown.level = (uint8_t)(level < UINT8_MAX ? level : UINT8_MAX);
}

static void route_available_take(struct conditions *c, const struct outcome *o)
{
	static const enum condition_kind over[] = { CONDITION_ROUTE_DOWN, CONDITION_ROUTE_CONGESTED, CONDITION_USER_DOWN };

	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		unsay(c, &(struct key){ .about = o->server, .kind = over[i] }, o->clock);
	/* Q.714 5.3.3: what lies behind it counts as allowed until something else is said. */
	subsystems_end(c, o->server, o->clock);
}

static void route_restricted_take(struct conditions *c, const struct outcome *o)
{
	unsay(c, &(struct key){ .about = o->server, .kind = CONDITION_ROUTE_DOWN }, o->clock);
	say(c, &(struct key){ .about = o->server, .kind = CONDITION_ROUTE_CONGESTED }, o->client, o->clock, o->clock);
}

static void route_congested_take(struct conditions *c, const struct outcome *o)
{
	congestion_take(c, (struct key){ .about = o->server, .kind = CONDITION_ROUTE_CONGESTED }, o, o->tries);
}

static struct key subsystem_key(const struct outcome *o, enum condition_kind kind)
{
	return (struct key){ .about = o->server, .kind = kind, .subsystem = (uint8_t)o->tries };
}

static void subsystem_prohibited_take(struct conditions *c, const struct outcome *o)
{
	struct key k = subsystem_key(o, CONDITION_SUBSYSTEM_DOWN);

	say(c, &k, o->client, o->clock, o->clock);
}

static void subsystem_allowed_take(struct conditions *c, const struct outcome *o)
{
	struct key down = subsystem_key(o, CONDITION_SUBSYSTEM_DOWN);
	struct key congested = subsystem_key(o, CONDITION_SUBSYSTEM_CONGESTED);

	unsay(c, &down, o->clock);
	unsay(c, &congested, o->clock);
}

static void subsystem_congested_take(struct conditions *c, const struct outcome *o)
{
	congestion_take(c, subsystem_key(o, CONDITION_SUBSYSTEM_CONGESTED), o, o->tries >> 8);
}

static void process_down_take(struct conditions *c, const struct outcome *o)
{
	struct state *s = say(c, &(struct key){ .about = o->server, .kind = CONDITION_AS_DOWN }, o->client, o->clock, o->clock);

	if (s != NULL)
		s->shown.is_announced = true;
}

static void association_ended_take(struct conditions *c, const struct outcome *o)
{
	pairs_end(&c->pairs, o->client, o->server, o->cause == NOTICE_ASSOCIATION_CLOSED, o->clock);
}

static void association_opened_take(struct conditions *c, const struct outcome *o)
{
	pairs_begin(&c->pairs, o->client, o->server, o->clock);
}

static void peer_closing_take(struct conditions *c, const struct outcome *o)
{
	struct state *s;

	pairs_name(&c->pairs, o->client, o->server);
	s = peer_down(c, o->server, o->client, o->clock, o->clock);
	if (s != NULL)
		s->shown.is_announced = true;
}

static void peer_connected_take(struct conditions *c, const struct outcome *o)
{
	pairs_name(&c->pairs, o->client, o->server);
	peer_end(c, o->server, o->clock);
}

static void peer_restarted_take(struct conditions *c, const struct outcome *o)
{
	pairs_name(&c->pairs, o->client, o->server);
	say(c, &(struct key){ .about = o->server, .kind = CONDITION_RESTART }, o->client, o->clock, o->clock);
}

static void unseen_take(struct conditions *c, const struct outcome *o)
{
	struct state *s = say(c, &(struct key){ .about = o->server, .kind = CONDITION_BLIND }, o->client, o->clock, o->clock);

	if (s != NULL)
		s->shown.unseen += o->tries;
}

/* What a notice does: a function of its own, or a condition that it says is so, or is over. */
static const struct rule {
	void (*take)(struct conditions *c, const struct outcome *o);
	enum condition_kind kind;
	bool is_over;
} rules[NOTICE_KIND_COUNT] = {
	[NOTICE_NONE] = { .kind = CONDITION_KIND_COUNT, .is_over = true },
	[NOTICE_ROUTE_UNAVAILABLE] = { .kind = CONDITION_ROUTE_DOWN },
	[NOTICE_ROUTE_AVAILABLE] = { .take = route_available_take },
	[NOTICE_ROUTE_RESTRICTED] = { .take = route_restricted_take },
	[NOTICE_ROUTE_CONGESTED] = { .take = route_congested_take },
	[NOTICE_USER_UNAVAILABLE] = { .kind = CONDITION_USER_DOWN },
	[NOTICE_SUBSYSTEM_PROHIBITED] = { .take = subsystem_prohibited_take },
	[NOTICE_SUBSYSTEM_ALLOWED] = { .take = subsystem_allowed_take },
	[NOTICE_SUBSYSTEM_CONGESTED] = { .take = subsystem_congested_take },
	[NOTICE_ASP_DOWN] = { .take = process_down_take },
	[NOTICE_ASP_UP] = { .kind = CONDITION_AS_DOWN, .is_over = true },
	/* Another process has a moment to take over (RFC 4666 4.3.2, T(r)); then it is inactive, and says so. */
	[NOTICE_AS_PENDING] = { .kind = CONDITION_KIND_COUNT, .is_over = true },
	[NOTICE_AS_INACTIVE] = { .kind = CONDITION_AS_DOWN },
	[NOTICE_AS_ACTIVE] = { .kind = CONDITION_AS_DOWN, .is_over = true },
	[NOTICE_ASSOCIATION_ABORTED] = { .take = association_ended_take },
	[NOTICE_ASSOCIATION_CLOSED] = { .take = association_ended_take },
	[NOTICE_ASSOCIATION_OPENED] = { .take = association_opened_take },
	[NOTICE_PEER_CLOSING] = { .take = peer_closing_take },
	[NOTICE_PEER_CONNECTED] = { .take = peer_connected_take },
	[NOTICE_PEER_RESTARTED] = { .take = peer_restarted_take },
	[NOTICE_NODE_RESET] = { .kind = CONDITION_RESTART },
	[NOTICE_UNSEEN] = { .take = unseen_take },
};

static void notice_take(struct conditions *c, const struct outcome *o)
{
	const struct rule *r = &rules[o->cause < NOTICE_KIND_COUNT ? o->cause : NOTICE_NONE];
	struct key k = { .about = o->server, .kind = r->kind };

	if (r->take != NULL)
		r->take(c, o);
	else if (r->is_over)
		unsay(c, &k, o->clock);
	else
		say(c, &k, o->client, o->clock, o->clock);
}

/* Watchdogs and exchanges of capabilities, by the address that they went to: they name nobody until they are answered. */
static void watchdog_take(struct conditions *c, const struct outcome *o)
{
	if (o->class != OUTCOME_TIMEOUT) {
		if (node_kind(o->server) == NODE_HOST)
			pairs_name(&c->pairs, o->route, o->server);
		pairs_answered(&c->pairs, o->route, o->clock);
		peer_end(c, o->route, o->clock);
		return;
	}
	if (pairs_missed(&c->pairs, o->route) >= WATCHDOGS_MISSED && !conditions_is_blind(c, o->route))
		peer_down(c, o->route, o->client, o->time, o->clock);
}

static void life_note(struct conditions *c, node peer, const struct outcome *o)
{
	struct state *s = peer != 0 ? state_find(c, &(struct key){ .about = peer, .kind = CONDITION_PEER_DOWN }) : NULL;

	if (s == NULL || s->shown.is_over || o->time < s->shown.last)
		return;
	s->shown.answers++;
	if (o->time - s->shown.last > LIFE_AFTER)
		state_end(c, s, o->clock);
}

void conditions_outcome(struct conditions *c, const struct outcome *o)
{
	if (o->event == OUTCOME_EVENT_NOTICE) {
		notice_take(c, o);
		return;
	}
	if (o->event != OUTCOME_EVENT_CLOSED)
		return;
	if ((o->procedure == c->watchdog || o->procedure == c->exchange) && node_is_address(o->route))
		watchdog_take(c, o);
	if (c->peers_down == 0 || o->class == OUTCOME_TIMEOUT)
		return;
	/* Who is answered lives, and who answers. */
	life_note(c, o->client, o);
	life_note(c, o->route, o);
	if (node_is_address(o->route))
		life_note(c, pairs_other_name(&c->pairs, o->route), o);
}

static const struct key dark = { .kind = CONDITION_BLIND, .about = (node)NODE_TAP << 60 };

void conditions_dark(struct conditions *c, nanos since, nanos now)
{
	say(c, &dark, 0, since, now);
}

/* Ends what is over because nobody says it any more. */
static void states_age(struct conditions *c)
{
	static const nanos lasts[CONDITION_KIND_COUNT] = {
		[CONDITION_ROUTE_CONGESTED] = CONGESTION_LASTS,
		[CONDITION_SUBSYSTEM_CONGESTED] = CONGESTION_LASTS,
		[CONDITION_USER_DOWN] = USER_DOWN_LASTS,
		[CONDITION_RESTART] = CONDITION_RESTART_LASTS,
		[CONDITION_BLIND] = BLIND_LASTS,
	};

	for (size_t i = 0; i < c->count; i++) {
		struct state *s = &c->states[i];
		nanos most = lasts[s->shown.kind];

		/* Also after a restart in the dark: only light ends it. */
		if (s->shown.about == dark.about)
			continue;
		if (most != 0 && !s->shown.is_over && c->now - s->shown.last > most)
			state_end(c, s, c->now);
		if (s->is_recalled && c->now - c->start > RECALLED_LASTS)
			state_end(c, s, c->now);
	}
}

static bool is_shown(const struct conditions *c, const struct condition *s)
{
	if (s->kind == CONDITION_BLIND && !condition_is_blindness(s))
		return false;
	return s->since != 0 && (!s->is_over || c->now - s->ended <= CONDITION_ENDED_KEPT);
}

static void state_show(struct conditions *c, struct state *s, size_t *count)
{
	struct condition *shown = &c->list[*count];
	uint32_t kept = s->begun_count < BEGINNINGS_KEPT ? s->begun_count : BEGINNINGS_KEPT;

	if (!is_shown(c, &s->shown))
		return;
	*shown = s->shown;
	shown->is_new = s->has_begun;
	for (uint32_t i = 0; i < kept; i++)
		shown->beginnings += c->now - s->begun[i] <= CONDITION_FLAPPING_TIME;
	shown->is_flapping = shown->beginnings >= CONDITION_FLAPPING_COUNT;
	s->has_begun = false;
	(*count)++;
}

static void pairs_settle(struct conditions *c)
{
	struct pair_news news;

	while (pairs_news(&c->pairs, c->now, &news)) {
		struct state *s;

		if (!news.is_down) {
			peer_end(c, news.about, news.clock);
			continue;
		}
		s = peer_down(c, news.about, news.other, news.clock, news.clock);
		if (s != NULL)
			s->shown.is_announced = s->shown.is_announced || news.is_announced;
	}
}

const struct condition *conditions_tick(struct conditions *c, const struct tally *tally, size_t *ret_count)
{
	nanos now = tally->start + tally->length;
	size_t count = 0;

	if (c->start != 0 && (now < c->now - 60 * NANOS_PER_S || now > c->now + 3600 * NANOS_PER_S))
		forget(c);
	if (c->start == 0) {
		c->start = tally->start > 0 ? tally->start : 1;
		c->minute = tally->start / (60 * NANOS_PER_S);
	}
	c->now = now;
	minutes_turn(c, now);
	pairs_settle(c);
	if (tally->packets > 0)
		unsay(c, &dark, now);
	states_age(c);
	for (size_t i = 0; i < c->count; i++)
		state_show(c, &c->states[i], &count);
	if (count > 1)
		qsort(c->list, count, sizeof(*c->list), condition_compare);
	*ret_count = count;
	return c->list;
}

bool conditions_is_blind(const struct conditions *c, node n)
{
	node other = pairs_other_name(&c->pairs, n);

	for (size_t i = 0; i < c->count && n != 0; i++) {
		const struct condition *s = &c->states[i].shown;

		if (s->kind == CONDITION_BLIND && !s->is_over && condition_is_blindness(s) &&
		    (s->about == n || (other != 0 && s->about == other)))
			return true;
	}
	return false;
}

uint64_t conditions_refused(const struct conditions *c)
{
	return c->refused + c->pairs.refused;
}
