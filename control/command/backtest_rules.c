/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See backtest_rules.h. Each stream keeps the minutes of three hours and the hours of 31 days. Rules are asked when a minute (or a bucket
 * of five) is over: a page comes then, as it does in the systems that work like this. All three are taken at their best: nothing is lost
 * on the way from the element manager, and a page counts for a fault whichever stream it names.
 */
#include "control/command/backtest_rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/base/hash.h"

#define MINUTE         (60 * NANOS_PER_S)
#define MINUTES        180
#define HOURS          (24 * 31)
#define BUCKET_MINUTES 5
#define HOUR_MINUTES   60
#define BUCKET_POINTS  0.10
#define BURN_SHARE     (14.4 * 0.01)
#define SIGMAS         3.0
#define SIGMA_HISTORY  60
#define REQUESTS_LEAST 20 /* in the shortest window: every operator has such a floor */
/* A share that never moves has no deviation: this much at least. */
#define SIGMA_LEAST 1e-3
#define QUIET       (600 * NANOS_PER_S)
#define PLACES      (4 * RULES_STREAMS_MAX)

struct minute {
	uint32_t failed, requests;
};

struct rule_stream {
	struct stream_key key;
	struct minute now;
	struct minute minutes[MINUTES]; /* by number of the minute; those that a stream did not have are empty */
	struct minute hour;             /* that is running */
	float hours[HOURS];             /* share; negative: none */
	bool is_broken[RULE_COUNT];
};

struct page {
	nanos first, last;
};

struct word {
	nanos time;
	enum rule rule;
};

struct rules {
	struct hash_key hash_key;
	struct rule_stream *streams[RULES_STREAMS_MAX];
	size_t count;
	uint16_t places[PLACES]; /* index + 1 */
	int64_t minute;          /* that is running */
	bool has_minute;
	struct page *pages[RULE_COUNT];
	size_t page_count[RULE_COUNT], page_room[RULE_COUNT];
	struct word *words; /* a stream began to break a rule */
	size_t word_count, word_room;
};

static const char *const words_of[RULE_COUNT] = {
	[RULE_BUCKET] = "5 min bucket, base + 10 points",
	[RULE_BURN] = "14.4 x burn of 99 %, 1 h and 5 min",
	[RULE_SIGMA] = "3 sigma on 1 min",
};

const char *rule_words(enum rule rule)
{
	return words_of[rule];
}

struct rules *rules_new(const struct hash_key *key)
{
	struct rules *r = calloc(1, sizeof(*r));

	if (r != NULL)
		r->hash_key = *key;
	return r;
}

void rules_free(struct rules *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		free(r->streams[i]);
	for (int rule = 0; rule < RULE_COUNT; rule++)
		free(r->pages[rule]);
	free(r->words);
	free(r);
}

static struct rule_stream *stream_of(struct rules *r, const struct stream_key *key)
{
	size_t at = hash_words(&r->hash_key, key->value, (uint64_t)key->procedure << 8 | key->dimension) % PLACES;
	struct rule_stream *s;

	while (r->places[at] != 0) {
		s = r->streams[r->places[at] - 1];
		if (stream_key_compare(&s->key, key) == 0)
			return s;
		at = (at + 1) % PLACES;
	}
	if (r->count == RULES_STREAMS_MAX)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->key = *key;
	for (int h = 0; h < HOURS; h++)
		s->hours[h] = -1;
	r->streams[r->count++] = s;
	r->places[at] = (uint16_t)r->count;
	return s;
}

static double share_of(const struct minute *m)
{
	return m->requests > 0 ? (double)m->failed / m->requests : 0;
}

/* Times before 1970 have negative minutes. */
static int64_t place_in(int64_t number, int64_t places)
{
	return (number % places + places) % places;
}

static struct minute minutes_sum(const struct rule_stream *s, int64_t last, int count)
{
	struct minute sum = { 0 };

	for (int64_t m = last - count + 1; m <= last; m++) {
		sum.failed += s->minutes[place_in(m, MINUTES)].failed;
		sum.requests += s->minutes[place_in(m, MINUTES)].requests;
	}
	return sum;
}

static int float_compare(const void *a, const void *b)
{
	const float *x = a;
	const float *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The usual share of this hour; negative while nothing is known. */
static double usual_of(const struct rule_stream *s, int64_t hour)
{
	float same[HOURS / 24];
	size_t count = 0;
	double sum = 0;

	for (int64_t h = hour - 24; h > hour - HOURS; h -= 24) {
		if (s->hours[place_in(h, HOURS)] >= 0)
			same[count++] = s->hours[place_in(h, HOURS)];
	}
	if (count > 0) {
		qsort(same, count, sizeof(same[0]), float_compare);
		return same[count / 2];
	}
	for (int64_t h = hour - 23; h < hour; h++) {
		if (s->hours[place_in(h, HOURS)] >= 0) {
			sum += s->hours[place_in(h, HOURS)];
			count++;
		}
	}
	return count > 0 ? sum / (double)count : -1;
}

static bool bucket_is_broken(const struct rule_stream *s, int64_t minute)
{
	struct minute bucket = minutes_sum(s, minute, BUCKET_MINUTES);
	double usual = usual_of(s, minute / HOUR_MINUTES);

	return usual >= 0 && bucket.requests >= REQUESTS_LEAST && share_of(&bucket) > usual + BUCKET_POINTS;
}

static bool burn_is_broken(const struct rule_stream *s, int64_t minute)
{
	struct minute hour = minutes_sum(s, minute, HOUR_MINUTES);
	struct minute five = minutes_sum(s, minute, BUCKET_MINUTES);

	return five.requests >= REQUESTS_LEAST && share_of(&hour) > BURN_SHARE && share_of(&five) > BURN_SHARE;
}

static bool sigma_is_broken(const struct rule_stream *s, int64_t minute)
{
	const struct minute *now = &s->minutes[place_in(minute, MINUTES)];
	double sum = 0, squares = 0, mean, deviation;
	int count = 0;

	if (now->requests < REQUESTS_LEAST)
		return false;
	for (int64_t m = minute - MINUTES + 1; m < minute; m++) {
		const struct minute *before = &s->minutes[place_in(m, MINUTES)];

		if (before->requests == 0)
			continue;
		sum += share_of(before);
		squares += share_of(before) * share_of(before);
		count++;
	}
	if (count < SIGMA_HISTORY)
		return false;
	mean = sum / count;
	deviation = fmax(sqrt(fmax(squares / count - mean * mean, 0)), SIGMA_LEAST);
	return share_of(now) > mean + SIGMAS * deviation;
}

static void *room_for(void *array, size_t count, size_t *room, size_t size)
{
	size_t more = *room == 0 ? 64 : 2 * *room;
	void *bigger;

	if (count < *room)
		return array;
	bigger = realloc(array, more * size);
	if (bigger != NULL)
		*room = more;
	return bigger;
}

static void page_say(struct rules *r, enum rule rule, nanos time)
{
	struct page *last = r->page_count[rule] > 0 ? &r->pages[rule][r->page_count[rule] - 1] : NULL;
	struct page *pages;

	if (last != NULL && time - last->last <= QUIET) {
		last->last = time;
		return;
	}
	pages = room_for(r->pages[rule], r->page_count[rule], &r->page_room[rule], sizeof(*pages));
	if (pages == NULL)
		return;
	r->pages[rule] = pages;
	r->pages[rule][r->page_count[rule]++] = (struct page){ time, time };
}

static void rule_conclude(struct rules *r, struct rule_stream *s, enum rule rule, bool is_broken, nanos time)
{
	struct word *words;

	if (is_broken)
		page_say(r, rule, time);
	if (is_broken && !s->is_broken[rule]) {
		words = room_for(r->words, r->word_count, &r->word_room, sizeof(*words));
		if (words != NULL) {
			r->words = words;
			r->words[r->word_count++] = (struct word){ time, rule };
		}
	}
	s->is_broken[rule] = is_broken;
}

/* The end of one minute of one stream. */
static void minute_end(struct rules *r, struct rule_stream *s, int64_t minute)
{
	nanos time = (minute + 1) * MINUTE;

	s->minutes[place_in(minute, MINUTES)] = s->now;
	s->hour.failed += s->now.failed;
	s->hour.requests += s->now.requests;
	s->now = (struct minute){ 0 };
	if ((minute + 1) % BUCKET_MINUTES == 0)
		rule_conclude(r, s, RULE_BUCKET, bucket_is_broken(s, minute), time);
	rule_conclude(r, s, RULE_BURN, burn_is_broken(s, minute), time);
	rule_conclude(r, s, RULE_SIGMA, sigma_is_broken(s, minute), time);
	if ((minute + 1) % HOUR_MINUTES != 0)
		return;
	s->hours[place_in(minute / HOUR_MINUTES, HOURS)] = s->hour.requests > 0 ? (float)share_of(&s->hour) : -1;
	s->hour = (struct minute){ 0 };
}

/* A step of time, or a long pause: what the last hours were is not known any more. */
static void minutes_forget(struct rules *r, int64_t minute)
{
	for (size_t i = 0; i < r->count; i++) {
		memset(r->streams[i]->minutes, 0, sizeof(r->streams[i]->minutes));
		r->streams[i]->now = r->streams[i]->hour = (struct minute){ 0 };
	}
	r->minute = minute;
	r->has_minute = true;
}

void rules_tick(void *rules, const struct tally *tally, const struct detector *detector)
{
	struct rules *r = rules;
	/* By its middle: a tick that ends where a minute ends is of that minute. */
	int64_t minute = (tally->start + tally->length / 2) / MINUTE;

	(void)detector;
	if (!r->has_minute || minute < r->minute || minute - r->minute > MINUTES)
		minutes_forget(r, minute);
	for (; r->minute < minute; r->minute++) {
		for (size_t i = 0; i < r->count; i++)
			minute_end(r, r->streams[i], r->minute);
	}
	for (size_t i = 0; i < tally->count; i++) {
		const uint32_t *o = tally->cells[i].outcomes;
		struct rule_stream *s = stream_of(r, &tally->cells[i].key);
		uint32_t failed = o[OUTCOME_NETWORK] + o[OUTCOME_CONGESTION] + o[OUTCOME_ABORT] + o[OUTCOME_TIMEOUT];

		if (s == NULL)
			continue;
		s->now.failed += failed;
		s->now.requests += failed + o[OUTCOME_SUCCESS] + o[OUTCOME_USER];
	}
}

size_t rules_pages(const struct rules *r, enum rule rule)
{
	return r->page_count[rule];
}

bool rules_find(const struct rules *r, enum rule rule, const struct truth_fault *fault, nanos *ret_paged)
{
	for (size_t i = 0; i < r->word_count; i++) {
		if (r->words[i].rule != rule || r->words[i].time < fault->onset || r->words[i].time > fault->until + TRUTH_AFTER)
			continue;
		*ret_paged = r->words[i].time;
		return true;
	}
	return false;
}

size_t rules_false_pages(const struct rules *r, enum rule rule, const struct truth *truth)
{
	size_t count = 0;

	for (size_t i = 0; i < r->page_count[rule]; i++)
		count += !truth_covers(truth, r->pages[rule][i].first, r->pages[rule][i].last);
	return count;
}
