/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stories of faults in virtual time: a small network of 60 number blocks, three HLRs, two HSSs behind one table of subscribers and six
 * switches, whose outcomes go into the incident room tick by tick. The detector is a fake that pages when the story says so; what is
 * tested is what becomes of a page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/incident/incident.h"

#define TICK        (200 * NANOS_PER_MS)
#define START       (INT64_C(1342008060) * NANOS_PER_S) /* 2012-07-11 12:01:00 UTC */
#define BLOCKS      60
#define SUBSCRIBERS 500 /* of a block */
#define QUEUE_TICKS 128
#define LINES_MAX   64
#define UL          2
#define SAI         56
#define TIMEOUT     (15 * NANOS_PER_S)

/* The fake detector. */
static bool is_returned;
static size_t held;

bool detector_stream(const struct detector *d, const struct stream_key *stream, enum evidence evidence, struct stream_state *ret)
{
	(void)d;
	(void)stream;
	(void)evidence;
	*ret = (struct stream_state){ .has_returned = is_returned, .requests_per_s = 50 };
	return true;
}

void detector_hold(struct detector *d, const struct stream_key *stream)
{
	(void)d;
	(void)stream;
	held++;
}

/* Random numbers of a story. */
static uint64_t state_of_random;

static double random_share(void)
{
	state_of_random += UINT64_C(0x9e3779b97f4a7c15);
	return (double)(hash_mix(state_of_random) >> 11) / 9007199254740992.0;
}

static unsigned int random_below(unsigned int n)
{
	return (unsigned int)(random_share() * n);
}

static digits number(const char *text)
{
	digits d = 0;

	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

static node server_of(unsigned int n)
{
	return node_of_digits(number("447802000001") + ((uint64_t)n << 16));
}

enum fate { FATE_GOOD, FATE_SILENT, FATE_REFUSED, FATE_UNKNOWN };

struct request {
	unsigned int block, subscriber, server, client;
	procedure procedure;
	digits imsi;
	double t; /* seconds since START */
	unsigned int tries;
};

/* A story. */
struct story {
	uint64_t seed;
	double rate;                                /* registrations a second */
	double seconds;                             /* of the whole */
	enum fate (*fate)(const struct request *r); /* what the fault does */
	double pages_from, pages_until;             /* the fake detector pages */
	enum evidence evidence;
	double onset;        /* that it says */
	bool gives_up;       /* phones try once and no more, and new ones stay away too */
	node refused_by;     /* 0: the server asked */
	double second_onset; /* of a page of the other evidence, one second later; 0: none */
	double late_at;      /* requests that are open now are answered now; timed out ones too; 0: never */
	double returned_at;  /* the detector agrees from here on; 0: always */
	node client;         /* the page is of all registrations that it asks for; 0: of all vectors and all location updates */
	double access_from;  /* an advisory of one radio access, whose onset this is; 0: none */
};

static struct story story;
static struct incidents *incidents;
static uint64_t key_count;

static struct {
	struct outcome *list;
	size_t count, room;
} queue[QUEUE_TICKS];

struct again {
	struct request request;
	double at;
};
static struct again *agains;
static size_t again_count, again_room;

static struct alarm lines[LINES_MAX];
static size_t line_count;
static size_t line_truth[LINES_MAX]; /* subscribers hit when it was announced */

/* Truth. */
static bool *hit; /* by block and subscriber */
static size_t hit_count;

static double seconds_of(nanos t)
{
	return nanos_to_s(t - START);
}

static void outcome_queue(const struct outcome *o)
{
	size_t tick = (size_t)((o->clock - START) / TICK) % QUEUE_TICKS;

	if (queue[tick].count == queue[tick].room) {
		queue[tick].room = queue[tick].room ? 2 * queue[tick].room : 256;
		queue[tick].list = realloc(queue[tick].list, queue[tick].room * sizeof(struct outcome));
		assert_non_null(queue[tick].list);
	}
	queue[tick].list[queue[tick].count++] = *o;
}

static struct outcome outcome_of(const struct request *r)
{
	struct outcome o = { .key = ++key_count, .time = START + (nanos)(r->t * 1e9), .imsi = r->imsi, .procedure = r->procedure };

	o.client = node_of_digits(number("447802000101") + ((uint64_t)r->client << 16));
	o.server = server_of(r->server);
	o.segments = 1 | (r->block < 5 ? 2 : 4);
	o.rat = RAT_NONE;
	o.latency = -1;
	return o;
}

static void answer(struct outcome o, enum outcome_class class, enum cause_layer layer, uint32_t cause)
{
	o.latency = (nanos)((0.03 + 0.08 * random_share()) * 1e9);
	o.clock = o.time + o.latency;
	o.event = OUTCOME_EVENT_CLOSED;
	o.class = (uint8_t) class;
	o.cause_layer = (uint8_t)layer;
	o.cause = cause;
	outcome_queue(&o);
}

static void silence(struct outcome o)
{
	o.class = OUTCOME_OPEN;
	o.event = OUTCOME_EVENT_OVERDUE;
	o.clock = o.time + OUTCOME_OVERDUE_AGE;
	outcome_queue(&o);
	if (story.late_at > 0 && seconds_of(o.time) + 15 > story.late_at && seconds_of(o.time) < story.late_at) {
		o.event = OUTCOME_EVENT_CLOSED;
		o.class = OUTCOME_SUCCESS;
		o.clock = START + (nanos)((story.late_at + 2.5 + random_share()) * 1e9);
		o.latency = o.clock - o.time;
		outcome_queue(&o);
		return;
	}
	o.event = OUTCOME_EVENT_CLOSED;
	o.class = OUTCOME_TIMEOUT;
	o.cause_layer = CAUSE_TIMEOUT;
	o.clock = o.time + TIMEOUT;
	outcome_queue(&o);
}

static void try_again(struct request r)
{
	if (story.gives_up || r.tries >= 4)
		return;
	if (again_count == again_room) {
		again_room = again_room ? 2 * again_room : 1024;
		agains = realloc(agains, again_room * sizeof(*agains));
		assert_non_null(agains);
	}
	r.tries++;
	agains[again_count++] = (struct again){ r, r.t + 8 + 10 * random_share() };
}

static void request_make(struct request r);

static void request_end(struct request *r)
{
	if (r->procedure != SAI)
		return;
	r->procedure = UL;
	r->t += 0.2;
	request_make(*r);
}

static void request_make(struct request r)
{
	struct outcome o = outcome_of(&r);
	enum fate fate = story.fate(&r);
	double chance = random_share();

	if (fate != FATE_GOOD && !hit[r.block * SUBSCRIBERS + r.subscriber]) {
		hit[r.block * SUBSCRIBERS + r.subscriber] = true;
		hit_count++;
	}
	if (fate == FATE_REFUSED) {
		o.server = story.refused_by ? story.refused_by : o.server;
		if (story.refused_by)
			answer(o, OUTCOME_NETWORK, CAUSE_SCCP_RETURN, 3);
		else
			answer(o, OUTCOME_NETWORK, CAUSE_MAP_ERROR, 34);
		try_again(r);
	} else if (fate == FATE_UNKNOWN) {
		answer(o, OUTCOME_USER, CAUSE_MAP_ERROR, 1); /* unknownSubscriber, 29.002 17.6.6 */
	} else if (fate == FATE_SILENT || chance < 0.002) {
		silence(o);
		try_again(r);
	} else if (chance < 0.006) {
		answer(o, OUTCOME_NETWORK, CAUSE_MAP_ERROR, 34);
		try_again(r);
	} else if (chance < 0.046)
		answer(o, OUTCOME_USER, CAUSE_MAP_ERROR, 8);
	else {
		answer(o, OUTCOME_SUCCESS, CAUSE_NONE, 0);
		request_end(&r);
	}
}

static struct request request_draw(double t)
{
	struct request r = { .block = random_below(BLOCKS), .subscriber = random_below(SUBSCRIBERS), .client = random_below(6), .t = t };
	char text[32];

	snprintf(text, sizeof(text), "23410%02u%08u", r.block, r.subscriber * 199933U);
	r.imsi = number(text);
	r.server = (unsigned int)(hash_mix(r.imsi) % 3);
	r.procedure = SAI;
	return r;
}

/* All requests that are sent in a tick. */
static void tick_requests(double t)
{
	double expected = story.rate * 0.2;
	size_t kept = 0;

	while (expected > 0) {
		struct request r = request_draw(t + 0.2 * random_share());

		if (random_share() >= expected--)
			continue;
		if (story.gives_up && story.fate(&r) != FATE_GOOD && hit[r.block * SUBSCRIBERS + r.subscriber])
			continue; /* switched to another network, or off */
		request_make(r);
	}
	for (size_t i = 0; i < again_count; i++) {
		if (agains[i].at >= t + 0.2) {
			agains[kept++] = agains[i];
			continue;
		}
		agains[i].request.t = agains[i].at > t ? agains[i].at : t;
		agains[i].request.procedure = SAI;
		request_make(agains[i].request);
	}
	again_count = kept;
}

static int clock_compare(const void *a, const void *b)
{
	const struct outcome *x = a;
	const struct outcome *y = b;

	return x->clock < y->clock ? -1 : x->clock > y->clock;
}

static void tick_outcomes(size_t tick)
{
	size_t slot = tick % QUEUE_TICKS;

	qsort(queue[slot].list, queue[slot].count, sizeof(struct outcome), clock_compare);
	for (size_t i = 0; i < queue[slot].count; i++)
		incidents_outcome(incidents, &queue[slot].list[i]);
	queue[slot].count = 0;
}

static struct suspicion page_of(procedure p, enum evidence evidence)
{
	struct suspicion s = { .stream = { .procedure = p, .dimension = DIMENSION_ALL },
			       .evidence = evidence,
			       .is_page = true,
			       .log_r = 40,
			       .log_b = 30,
			       .log_page = 22,
			       .baseline_ratio = 0.004 };

	s.onset = START + (nanos)(story.onset * 1e9);
	return s;
}

/* The requests of a tick, and the same of their radio access, as far as a story needs them. */
static void access_count(double t, struct tally_cell cells[2])
{
	memset(cells, 0, 2 * sizeof(*cells));
	cells[0].requests = 12;
	cells[0].outcomes[OUTCOME_NETWORK] = t >= story.onset && t < story.pages_until ? 4 : 0;
	cells[0].outcomes[OUTCOME_SUCCESS] = cells[0].requests - cells[0].outcomes[OUTCOME_NETWORK];
	cells[0].key.procedure = PROCEDURE_REGISTRATION;
	cells[1] = cells[0];
	cells[1].key.dimension = DIMENSION_RAT;
	cells[1].key.value = procedure_row(SAI)->rat;
}

static void tick_judge(size_t tick)
{
	struct tally tally = { .start = START + (nanos)tick * TICK, .length = TICK, .packets = 100 };
	double t = (double)tick * 0.2;
	struct tally_cell cells[2];
	struct suspicion pages[4];
	size_t count = 0;
	const struct alarm *now;
	size_t now_count;

	if (t >= story.pages_from && t < story.pages_until && story.client != 0) {
		pages[count] = page_of(PROCEDURE_REGISTRATION, story.evidence);
		pages[count].stream.dimension = DIMENSION_CLIENT;
		pages[count++].stream.value = story.client;
	} else if (t >= story.pages_from && t < story.pages_until) {
		pages[count++] = page_of(SAI, story.evidence);
		pages[count++] = page_of(UL, story.evidence);
	}
	if (story.second_onset > 0 && t >= story.second_onset + 1) {
		pages[count] = page_of(SAI, story.evidence == EVIDENCE_MISSING ? EVIDENCE_NETWORK : EVIDENCE_MISSING);
		pages[count++].onset = START + (nanos)(story.second_onset * 1e9);
	}
	if (story.access_from > 0) {
		access_count(t, cells);
		tally.cells = cells;
		tally.count = 2;
	}
	if (story.access_from > 0 && t >= story.access_from + 8 && t < story.pages_until) {
		pages[count] = page_of(PROCEDURE_REGISTRATION, story.evidence);
		pages[count].stream = cells[1].key;
		pages[count].is_page = false;
		pages[count].observed_ratio = 0.3;
		pages[count++].onset = START + (nanos)(story.access_from * 1e9);
	}
	is_returned = t >= story.returned_at;
	now = incidents_tick(incidents, &tally, pages, count, &now_count);
	for (size_t i = 0; i < now_count && line_count < LINES_MAX; i++) {
		line_truth[line_count] = hit_count;
		lines[line_count++] = now[i];
	}
	if (getenv("STORY_ALOUD"))
		for (size_t i = 0; i < now_count; i++)
			printf("%7.1f %s\n", t, now[i].summary);
}

static const struct plan_segment segments[] = {
	{ .name = "all", .label = "all subscribers" },
	{ .name = "tesco-mobile", .label = "Tesco Mobile" },
	{ .name = "o2", .label = "O2" },
};

static const struct plan plan = {
	.hash_key = { { 11, 12 } },
	.segments = segments,
	.segment_count = 3,
	.network_name = "O2 UK",
	.detection = { .tick = TICK,
		       .page_interval_s = 2592000,
		       .min_fault_share = 0.01,
		       .min_failed = 8,
		       .restored_hold = 60 * NANOS_PER_S,
		       .minor = 1000,
		       .major = 10000,
		       .critical = 100000 },
};

static void story_tell(void)
{
	if (getenv("STORY_SEED")) /* vary all stories at once */
		story.seed += strtoull(getenv("STORY_SEED"), NULL, 10);
	state_of_random = story.seed * 7777777;
	line_count = 0;
	hit_count = 0;
	again_count = 0;
	held = 0;
	memset(hit, 0, BLOCKS * SUBSCRIBERS * sizeof(*hit));
	for (size_t i = 0; i < QUEUE_TICKS; i++)
		queue[i].count = 0;
	incidents = incidents_new(&plan, NULL, NULL, NULL);
	assert_non_null(incidents);
	for (size_t tick = 0; (double)tick * 0.2 < story.seconds; tick++) {
		tick_requests((double)tick * 0.2);
		tick_outcomes(tick);
		tick_judge(tick);
	}
}

static void story_end(void)
{
	incidents_free(incidents);
}

static const struct alarm *line_find(enum incident_state state, size_t nth)
{
	for (size_t i = 0; i < line_count; i++) {
		if (lines[i].state == state && nth-- == 0)
			return &lines[i];
	}
	return NULL;
}

static size_t lines_of(enum incident_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < line_count; i++)
		count += lines[i].state == state;
	return count;
}

static void assert_about(double value, double truth, double share)
{
	if (fabs(value - truth) > share * truth + 2)
		fail_msg("%f is not about %f", value, truth);
}

/* What is true of every fault here: one incident, one raise, the right onset. */
static void assert_one_incident(double from)
{
	assert_int_equal(lines_of(INCIDENT_RAISED), 1);
	assert_about(seconds_of(lines[0].onset), from, 0.02);
	for (size_t i = 0; i < line_count; i++) {
		assert_string_equal(lines[i].id, "2012-0711-0001");
		assert_string_equal(lines[i].alarm_id, lines[0].alarm_id);
	}
	assert_true(held > 0);
}

static bool is_on(const struct request *r, double from, double until)
{
	return r->t >= from && r->t < until;
}

static bool is_third_block(unsigned int block)
{
	return block % 10 == 3 || block % 10 == 5 || block % 10 == 8;
}

static enum fate blocks_silent(const struct request *r)
{
	return is_on(r, 60, 120) && is_third_block(r->block) ? FATE_SILENT : FATE_GOOD;
}

static void thirty_percent_of_blocks_silent_are_named_sized_restored_and_cleared(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 1; seed++) {
		const struct alarm *last, *restoring, *cleared;

		story = (struct story){ .seed = seed,
					.rate = 60,
					.seconds = 215,
					.fate = blocks_silent,
					.pages_from = 61.4,
					.pages_until = 125,
					.evidence = EVIDENCE_MISSING,
					.onset = 60.2 };
		story_tell();
		assert_one_incident(60);
		assert_true(seconds_of(lines[0].time) < 64);
		assert_int_equal(lines[0].kind, INCIDENT_NO_ANSWER);
		assert_true(lines[0].severity >= SEVERITY_MAJOR); /* 30 % of a registration procedure, as soon as it shows */
		restoring = line_find(INCIDENT_RESTORING, 0);
		cleared = line_find(INCIDENT_CLEARED, 0);
		assert_non_null(restoring);
		assert_true(seconds_of(restoring->time) > 120 && seconds_of(restoring->time) < 145);
		assert_non_null(cleared);
		assert_true(seconds_of(cleared->time) > 178 && seconds_of(cleared->time) < 195);
		last = cleared;
		assert_int_equal(last->prefix_count, 18);
		for (size_t i = 0; i < last->prefix_count; i++)
			assert_true(is_third_block(10 * digits_at(last->prefixes[i], 5) + digits_at(last->prefixes[i], 6)));
		assert_int_equal(last->node_count, 0);
		assert_about((double)last->affected, (double)hit_count, 0.1);
		assert_true(last->affected_low <= hit_count && last->affected_high >= hit_count * 9 / 10);
		assert_int_equal(last->severity, SEVERITY_CLEARED);
		assert_int_equal(last->worst, SEVERITY_CRITICAL);
		assert_true(last->sticky > 0.8);
		assert_null(line_find(INCIDENT_CLEARED, 1));
		story_end();
	}
}

static bool is_in_third(const struct request *r)
{
	return hash_mix(r->imsi * 31) % 3 == 0;
}

static enum fate third_mixed(const struct request *r)
{
	if (!is_on(r, 60, 130) || !is_in_third(r))
		return FATE_GOOD;
	return hash_mix(r->imsi * 37 + r->tries) % 100 < 85 ? FATE_REFUSED : FATE_SILENT;
}

static void a_random_third_with_two_symptoms_is_one_incident_everywhere(void **state)
{
	(void)state;
	for (uint64_t seed = 3; seed <= 3; seed++) {
		const struct alarm *cleared;

		story = (struct story){ .seed = seed,
					.rate = 60,
					.seconds = 225,
					.fate = third_mixed,
					.pages_from = 61,
					.pages_until = 135,
					.evidence = EVIDENCE_NETWORK,
					.onset = 60.2,
					.access_from = 95 };
		story_tell();
		assert_one_incident(60);
		for (size_t i = 0; i < line_count; i++) {
			assert_int_equal(lines[i].prefix_count, 0);
			assert_int_equal(lines[i].node_count, 0);
		}
		assert_non_null(strstr(lines[0].summary, "across all number ranges"));
		assert_int_equal(lines[0].segments & 6, 6);
		cleared = line_find(INCIDENT_CLEARED, 0);
		assert_non_null(cleared);
		assert_true(seconds_of(cleared->time) < 205);
		assert_about((double)cleared->affected, (double)hit_count, 0.15);
		assert_int_equal(cleared->causes[0].cause_layer, CAUSE_MAP_ERROR);
		assert_int_equal(cleared->causes[0].cause, 34);
		assert_about(cleared->causes[0].share, 0.85, 0.1);
		story_end();
	}
}

static enum fate one_server(const struct request *r)
{
	return is_on(r, 60, 200) && r->server == 1 ? FATE_REFUSED : FATE_GOOD;
}

static void one_of_three_hlrs_is_named_in_the_first_line(void **state)
{
	(void)state;
	story = (struct story){ .seed = 5,
				.rate = 40,
				.seconds = 100,
				.fate = one_server,
				.pages_from = 61,
				.pages_until = 200,
				.evidence = EVIDENCE_NETWORK,
				.onset = 60.2 };
	story_tell();
	assert_one_incident(60);
	assert_int_equal(lines[0].prefix_count, 0);
	assert_int_equal(lines[0].node_count, 1);
	assert_true(lines[0].nodes[0].is_server);
	assert_int_equal(lines[0].nodes[0].node, server_of(1));
	assert_non_null(strstr(lines[0].summary, "447802000002"));
	assert_non_null(strstr(lines[0].repair, "systemFailure"));
	assert_true(lines[0].observed_ratio > 0.95);
	assert_null(line_find(INCIDENT_RESTORING, 0));
	story_end();
}

static enum fate one_client(const struct request *r)
{
	return is_on(r, 60, 200) && r->client == 1 ? FATE_REFUSED : FATE_GOOD;
}

/* So few failures that no procedure fails beyond doubt by itself. */
static void a_page_of_all_registrations_names_the_procedure_that_fails(void **state)
{
	(void)state;
	story = (struct story){ .seed = 9,
				.rate = 3,
				.seconds = 75,
				.fate = one_client,
				.pages_from = 66,
				.pages_until = 200,
				.evidence = EVIDENCE_NETWORK,
				.onset = 60.2,
				.client = node_of_digits(number("447802000101") + (UINT64_C(1) << 16)) };
	story_tell();
	assert_one_incident(60);
	assert_int_equal(lines[0].procedure_count, 1);
	assert_true(lines[0].observed_ratio > 0.1);
	assert_int_equal(lines[0].affected, 4);
	story_end();
}

static enum fate a_brand(const struct request *r)
{
	return is_on(r, 60, 200) && r->block < 5 ? FATE_REFUSED : FATE_GOOD;
}

static void a_brand_is_called_by_its_name(void **state)
{
	(void)state;
	story = (struct story){ .seed = 6,
				.rate = 80,
				.seconds = 110,
				.fate = a_brand,
				.pages_from = 61,
				.pages_until = 200,
				.evidence = EVIDENCE_NETWORK,
				.onset = 60.2 };
	story_tell();
	assert_one_incident(60);
	assert_memory_equal(lines[0].summary, "Tesco Mobile:", 13);
	assert_int_equal(lines[line_count - 1].segments, 2);
	assert_int_equal(lines[line_count - 1].prefix_count, 5);
	assert_about((double)lines[line_count - 1].affected, (double)line_truth[line_count - 1], 0.25);
	story_end();
}

static void an_stp_that_answers_for_a_dead_hlr_is_said_to(void **state)
{
	(void)state;
	story = (struct story){ .seed = 7,
				.rate = 40,
				.seconds = 90,
				.fate = one_server,
				.pages_from = 61,
				.pages_until = 200,
				.evidence = EVIDENCE_NETWORK,
				.onset = 60.2,
				.refused_by = (node)NODE_POINT_CODE << 60 | 300 };
	story_tell();
	assert_one_incident(60);
	assert_int_equal(lines[0].node_count, 2);
	assert_non_null(strstr(lines[0].summary, "pc:300, which is not the server asked"));
	assert_non_null(strstr(lines[0].repair, "447802000002"));
	story_end();
}

static enum fate two_waves(const struct request *r)
{
	return (is_on(r, 60, 100) || is_on(r, 130, 170)) && is_third_block(r->block) ? FATE_REFUSED : FATE_GOOD;
}

static void a_second_wave_within_the_hold_is_the_same_incident(void **state)
{
	const struct alarm *first, *second;

	(void)state;
	story = (struct story){ .seed = 8,
				.rate = 60,
				.seconds = 250,
				.fate = two_waves,
				.pages_from = 61,
				.pages_until = 172,
				.evidence = EVIDENCE_NETWORK,
				.onset = 60.2 };
	story_tell();
	assert_one_incident(60);
	first = line_find(INCIDENT_RESTORING, 0);
	assert_non_null(first);
	assert_true(seconds_of(first->time) < 125);
	for (second = first; second < lines + line_count && second->state != INCIDENT_CHANGED; second++)
		;
	assert_true(second < lines + line_count); /* it is worse again, */
	assert_true(seconds_of(second->time) > 130 && seconds_of(second->time) < 145);
	assert_int_equal(second->trend, TREND_MORE_SEVERE);
	assert_int_equal(lines_of(INCIDENT_CLEARED), 1); /* and cleared once, after the second */
	assert_true(seconds_of(line_find(INCIDENT_CLEARED, 0)->time) > 228);
	story_end();
}

static enum fate third_for_ever(const struct request *r)
{
	return r->t >= 60 && is_in_third(r) ? FATE_REFUSED : FATE_GOOD;
}

static void phones_that_give_up_are_no_recovery(void **state)
{
	(void)state;
	story = (struct story){ .seed = 9,
				.rate = 100,
				.seconds = 400,
				.fate = third_for_ever,
				.pages_from = 61,
				.pages_until = 120,
				.evidence = EVIDENCE_NETWORK,
				.onset = 60.2,
				.gives_up = true };
	story_tell();
	assert_one_incident(60);
	assert_int_equal(lines_of(INCIDENT_RESTORING), 0);
	assert_int_equal(lines_of(INCIDENT_CLEARED), 0);
	story_end();
}

static enum fate two_faults(const struct request *r)
{
	if (!is_on(r, 60, 200))
		return FATE_GOOD;
	return r->server == 1 ? FATE_REFUSED : r->block == 17 || r->block == 41 ? FATE_SILENT : FATE_GOOD;
}

static void two_faults_at_once_are_both_named(void **state)
{
	const struct alarm *last;

	(void)state;
	story = (struct story){ .seed = 10,
				.rate = 100,
				.seconds = 110,
				.fate = two_faults,
				.pages_from = 61,
				.pages_until = 200,
				.evidence = EVIDENCE_NETWORK,
				.onset = 60.2 };
	story_tell();
	assert_one_incident(60);
	last = &lines[line_count - 1];
	assert_int_equal(last->node_count, 1);
	assert_int_equal(last->nodes[0].node, server_of(1));
	assert_int_equal(last->prefix_count, 2);
	story_end();
}

static enum fate nothing(const struct request *r)
{
	(void)r;
	return FATE_GOOD;
}

static void a_page_without_failing_requests_is_not_announced(void **state)
{
	(void)state;
	story = (struct story){ .seed = 11,
				.rate = 40,
				.seconds = 90,
				.fate = nothing,
				.pages_from = 61,
				.pages_until = 80,
				.evidence = EVIDENCE_NETWORK,
				.onset = 60.2 };
	story_tell();
	assert_int_equal(line_count, 0);
	story_end();
}

static void a_detector_that_does_not_forget_raises_nothing_after_the_clearing(void **state)
{
	(void)state;
	story = (struct story){ .seed = 12,
				.rate = 60,
				.seconds = 320,
				.fate = blocks_silent,
				.pages_from = 61.4,
				.pages_until = 320,
				.evidence = EVIDENCE_MISSING,
				.onset = 60.2,
				.returned_at = 1000 };
	story_tell();
	assert_one_incident(60);
	assert_int_equal(lines_of(INCIDENT_CLEARED), 1);
	assert_true(seconds_of(line_find(INCIDENT_CLEARED, 0)->time) > 238); /* twice the hold, since it does not agree */
	story_end();
}

static enum fate small_block(const struct request *r)
{
	return is_on(r, 60, 150) && r->block == 33 ? FATE_SILENT : FATE_GOOD;
}

static void one_block_is_found_in_a_quiet_network_and_is_not_critical(void **state)
{
	const struct alarm *cleared;

	(void)state;
	for (uint64_t seed = 13; seed <= 14; seed++) {
		story = (struct story){ .seed = seed,
					.rate = 100,
					.seconds = 260,
					.fate = small_block,
					.pages_from = 66,
					.pages_until = 150,
					.evidence = EVIDENCE_MISSING,
					.onset = 61 };
		story_tell();
		assert_one_incident(60);
		assert_true(lines[0].severity <= SEVERITY_MAJOR);
		cleared = line_find(INCIDENT_CLEARED, 0);
		assert_non_null(cleared);
		assert_int_equal(cleared->prefix_count, 1);
		assert_int_equal(cleared->prefixes[0], number("2341033"));
		assert_about((double)cleared->affected, (double)hit_count, 0.2);
		story_end();
	}
}

static enum fate block_and_later_server(const struct request *r)
{
	if (r->t >= 60 && r->block == 33)
		return FATE_SILENT;
	return r->t >= 120 && r->server == 1 ? FATE_REFUSED : FATE_GOOD;
}

static void another_fault_a_minute_later_is_another_incident(void **state)
{
	const struct alarm *second;

	(void)state;
	story = (struct story){ .seed = 16,
				.rate = 80,
				.seconds = 180,
				.fate = block_and_later_server,
				.pages_from = 66,
				.pages_until = 180,
				.evidence = EVIDENCE_MISSING,
				.onset = 61,
				.second_onset = 120.2 };
	story_tell();
	assert_int_equal(lines_of(INCIDENT_RAISED), 2);
	second = line_find(INCIDENT_RAISED, 1);
	assert_string_equal(second->id, "2012-0711-0002");
	assert_string_not_equal(second->alarm_id, lines[0].alarm_id);
	assert_int_equal(second->node_count, 1);
	assert_int_equal(second->nodes[0].node, server_of(1));
	assert_about(seconds_of(second->onset), 120, 0.02);
	assert_int_equal(lines[0].prefixes[0], number("2341033"));
	story_end();
}

static void answers_that_come_late_when_it_is_repaired_are_no_second_fault(void **state)
{
	const struct alarm *cleared;

	(void)state;
	story = (struct story){ .seed = 17,
				.rate = 60,
				.seconds = 215,
				.fate = blocks_silent,
				.pages_from = 61.4,
				.pages_until = 125,
				.evidence = EVIDENCE_MISSING,
				.onset = 60.2,
				.late_at = 120 };
	story_tell();
	assert_one_incident(60);
	cleared = line_find(INCIDENT_CLEARED, 0);
	assert_non_null(cleared);
	assert_true(seconds_of(cleared->time) < 195);
	assert_about((double)cleared->affected, (double)hit_count, 0.3); /* without those who were answered late */
	story_end();
}

static enum fate partition_lost(const struct request *r)
{
	return r->t >= 60 && is_in_third(r) ? FATE_UNKNOWN : FATE_GOOD;
}

static void of_user_refusals_only_the_new_cause_is_a_failure(void **state)
{
	const struct alarm *last;

	(void)state;
	story = (struct story){ .seed = 19,
				.rate = 60,
				.seconds = 110,
				.fate = partition_lost,
				.pages_from = 62,
				.pages_until = 110,
				.evidence = EVIDENCE_USER,
				.onset = 60.2 };
	story_tell();
	assert_one_incident(60);
	last = &lines[line_count - 1];
	assert_int_equal(last->prefix_count, 0);
	assert_int_equal(last->node_count, 0);
	assert_int_equal(last->cause_count, 1);
	assert_int_equal(last->causes[0].cause, 1);
	assert_about((double)last->affected, (double)line_truth[line_count - 1], 0.2);
	story_end();
}

static enum fate always_broken(const struct request *r)
{
	return r->server == 1 ? FATE_REFUSED : FATE_GOOD;
}

static void a_capture_that_begins_in_the_fault_names_the_server_too(void **state)
{
	(void)state;
	story = (struct story){ .seed = 18,
				.rate = 40,
				.seconds = 60,
				.fate = always_broken,
				.pages_from = 20,
				.pages_until = 60,
				.evidence = EVIDENCE_NETWORK,
				.onset = 0.2 };
	story_tell();
	assert_int_equal(lines_of(INCIDENT_RAISED), 1);
	assert_int_equal(lines[0].node_count, 1);
	assert_int_equal(lines[0].nodes[0].node, server_of(1));
	assert_int_equal(lines_of(INCIDENT_RESTORING), 0);
	story_end();
}

static int room_make(void **state)
{
	(void)state;
	hit = calloc(BLOCKS * SUBSCRIBERS, sizeof(*hit));
	return hit ? 0 : -1;
}

static int room_free(void **state)
{
	(void)state;
	free(hit);
	free(agains);
	for (size_t i = 0; i < QUEUE_TICKS; i++)
		free(queue[i].list);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thirty_percent_of_blocks_silent_are_named_sized_restored_and_cleared),
		cmocka_unit_test(a_random_third_with_two_symptoms_is_one_incident_everywhere),
		cmocka_unit_test(one_of_three_hlrs_is_named_in_the_first_line),
		cmocka_unit_test(a_page_of_all_registrations_names_the_procedure_that_fails),
		cmocka_unit_test(a_brand_is_called_by_its_name),
		cmocka_unit_test(an_stp_that_answers_for_a_dead_hlr_is_said_to),
		cmocka_unit_test(a_second_wave_within_the_hold_is_the_same_incident),
		cmocka_unit_test(phones_that_give_up_are_no_recovery),
		cmocka_unit_test(two_faults_at_once_are_both_named),
		cmocka_unit_test(a_page_without_failing_requests_is_not_announced),
		cmocka_unit_test(a_detector_that_does_not_forget_raises_nothing_after_the_clearing),
		cmocka_unit_test(one_block_is_found_in_a_quiet_network_and_is_not_critical),
		cmocka_unit_test(another_fault_a_minute_later_is_another_incident),
		cmocka_unit_test(answers_that_come_late_when_it_is_repaired_are_no_second_fault),
		cmocka_unit_test(of_user_refusals_only_the_new_cause_is_a_failure),
		cmocka_unit_test(a_capture_that_begins_in_the_fault_names_the_server_too),
	};

	return cmocka_run_group_tests(tests, room_make, room_free);
}
