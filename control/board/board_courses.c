/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /api/v1/segments, nodes, procedures and series. What is shown is copied under the lock and written after it: a reader of two thousand
 * nodes does not hold up control for as long as their text takes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/board/board_parts.h"

#define OPEN_MAX 32
/* The band is what a binomial law gives to so many standard deviations, of the requests of BAND_S or a step. */
#define BAND_DEVIATIONS 4.0
#define BAND_S          10
#define BAND_LEAST      0.002 /* of an expected share, for the width of the band */

/* One end of the band: how far a share strays by chance. */
static double spread_of(double usual, double requests)
{
	return BAND_DEVIATIONS * sqrt(fmax(usual, BAND_LEAST) * (1 - fmin(usual, 1 - BAND_LEAST)) / fmax(requests, 1));
}

struct row {
	enum course_topic topic;
	char id[WORDS_NODE_MAX], name[WORDS_NODE_MAX];
	uint64_t subscribers;
	struct course_now now;
	double evidence;
	uint8_t alert;
};

/* The open incidents, gravest first; references that are given back. */
struct opened {
	json_t *lines[OPEN_MAX];
	size_t count;
};

static void opened_take(const struct board *b, struct opened *ret)
{
	ret->count = 0;
	for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_CLEARED; severity--) {
		for (size_t i = b->shown_count; i-- > 0 && ret->count < OPEN_MAX;) {
			const struct shown *s = b->shown[i];

			if (s->is_open && s->newest != NULL && (int)s->severity == severity)
				ret->lines[ret->count++] = json_incref(s->newest);
		}
	}
}

static void opened_return(struct opened *o)
{
	for (size_t i = 0; i < o->count; i++)
		json_decref(o->lines[i]);
}

static bool topic_fits(enum board_topic topic, enum course_topic of)
{
	switch (topic) {
	case BOARD_SEGMENTS:
		return of == COURSE_SEGMENT;
	case BOARD_NODES:
		return of == COURSE_SERVER || of == COURSE_CLIENT;
	case BOARD_PROCEDURES:
		return of == COURSE_PROCEDURE;
	}
	return false;
}

/* NULL and 0 when there is no memory, or nothing to show. */
static struct row *rows_take(const struct board *b, enum board_topic topic, size_t *ret_count)
{
	struct row *rows = malloc(chronicle_count(b->chronicle) * sizeof(*rows));

	*ret_count = 0;
	for (size_t i = 0; i < chronicle_count(b->chronicle) && rows != NULL; i++) {
		const struct course *s = chronicle_course(b->chronicle, i);
		struct row *row = &rows[*ret_count];

		if (s == NULL || !topic_fits(topic, s->topic))
			continue;
		row->topic = s->topic;
		memcpy(row->id, s->id, sizeof(row->id));
		memcpy(row->name, s->name, sizeof(row->name));
		row->subscribers = s->subscribers;
		row->now = course_now(s);
		row->evidence = s->evidence;
		row->alert = s->alert;
		++*ret_count;
	}
	return rows;
}

/* Whether a list of the line names it: of words, or of objects with an "id" and a "role". */
static bool line_names(const json_t *line, const struct row *row)
{
	const char *key = row->topic == COURSE_SEGMENT ? "segments" : row->topic == COURSE_PROCEDURE ? "procedures" : "nodes";
	const char *role = row->topic == COURSE_CLIENT ? "client" : "server";
	size_t index;
	json_t *entry;

	json_array_foreach(json_object_get(line, key), index, entry)
	{
		const char *word = json_string_value(json_is_object(entry) ? json_object_get(entry, "id") : entry);
		const char *as = json_string_value(json_object_get(entry, "role"));

		if (word == NULL || strcmp(word, row->id) != 0)
			continue;
		/* A line of another version of the program, out of the store, may name none. */
		if (!json_is_object(entry) || (as != NULL && strcmp(as, role) == 0))
			return true;
	}
	return false;
}

/* Whether more fails at present than what is usual and chance explain. */
static bool is_beyond(double share, double usual, double requests)
{
	return share >= 0 && usual >= 0 && share > usual + spread_of(usual, requests);
}

/*
 * What the detector found and no incident names is no more than a hint: part of a fault that is told of elsewhere, as a network is of its
 * brand's. It is given as long as it can be seen, while the detector's evidence lasts until it is disproved.
 */
static const char *unnamed_condition(const struct row *row)
{
	const struct course_now *now = &row->now;
	double requests = now->requests_per_s * COURSE_RECENT_S;

	if (row->alert == 0)
		return NULL;
	if (is_beyond(now->reject, now->usual_reject, requests))
		return "more-refused";
	return is_beyond(now->no_answer, now->usual_no_answer, requests) ? "more-unanswered" : NULL;
}

static void incidents_write(struct json *j, const struct row *row, const struct opened *opened)
{
	const char *state = NULL, *condition = NULL;

	json_open(j, "incidents", '[');
	for (size_t i = 0; i < opened->count; i++) {
		const json_t *line = opened->lines[i];

		if (!line_names(line, row))
			continue;
		json_text(j, NULL, json_string_value(json_object_get(line, "id")));
		if (state == NULL) {
			state = json_string_value(json_object_get(line, "severity"));
			condition = json_string_value(json_object_get(line, "kind"));
		}
	}
	json_close(j, ']');
	if (state == NULL)
		condition = unnamed_condition(row);
	json_text(j, "state", state != NULL ? state : condition != NULL ? "warning" : "ok");
	if (condition != NULL)
		json_text(j, "condition", condition);
}

static void row_write(struct json *j, const struct row *row, const struct opened *opened)
{
	bool is_node = row->topic == COURSE_SERVER || row->topic == COURSE_CLIENT;

	json_open(j, NULL, '{');
	board_text(j, is_node ? "id" : "name", row->id);
	if (strcmp(row->id, row->name) != 0)
		board_text(j, is_node ? "name" : "label", row->name);
	if (is_node)
		json_text(j, "role", row->topic == COURSE_SERVER ? "server" : "client");
	if (row->subscribers > 0)
		board_number(j, "subscribers", (double)row->subscribers);
	board_number(j, "requests_per_s", row->now.requests_per_s);
	board_known(j, "reject", row->now.reject);
	board_known(j, "reject_expected", row->now.usual_reject);
	board_known(j, "no_answer", row->now.no_answer);
	board_known(j, "no_answer_expected", row->now.usual_no_answer);
	if (row->now.p50_ms >= 0) {
		json_open(j, "latency_ms", '{');
		board_number(j, "p50", row->now.p50_ms);
		board_number(j, "p95", row->now.p95_ms);
		json_close(j, '}');
	}
	board_number(j, "evidence", row->evidence);
	incidents_write(j, row, opened);
	json_close(j, '}');
}

void board_write_rows(struct board *b, enum board_topic topic, FILE *out)
{
	struct json j = { .out = out };
	struct opened opened;
	struct row *rows;
	size_t count;

	pthread_mutex_lock(&b->lock);
	opened_take(b, &opened);
	rows = rows_take(b, topic, &count);
	pthread_mutex_unlock(&b->lock);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			fputc('\n', out);
		row_write(&j, &rows[i], &opened);
	}
	json_close(&j, ']');
	fputc('\n', out);
	free(rows);
	opened_return(&opened);
}

/* "segment:giffgaff" and the like; NULL when it is none that is known. Under the lock. */
static const struct course *course_named(const struct board *b, const char *of, const char *role)
{
	static const struct {
		const char *word, *role;
		enum course_topic topic;
	} topics[] = { { "segment:", NULL, COURSE_SEGMENT },
		       { "procedure:", NULL, COURSE_PROCEDURE },
		       { "node:", "server", COURSE_SERVER },
		       { "node:", "client", COURSE_CLIENT } };

	if (strcmp(of, "all") == 0)
		return chronicle_course(b->chronicle, 0);
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		const struct course *s = NULL;
		size_t length = strlen(topics[i].word);

		if (strncmp(of, topics[i].word, length) == 0 &&
		    (topics[i].role == NULL || role == NULL || strcmp(role, topics[i].role) == 0))
			s = chronicle_find(b->chronicle, topics[i].topic, of + length);
		if (s != NULL)
			return s;
	}
	return NULL;
}

struct columns {
	const struct course_point *points;
	size_t count;
	int64_t end, step;
};

static void share_column(struct json *j, const char *name, const struct columns *c, size_t offset)
{
	json_open(j, name, '[');
	for (size_t i = 0; i < c->count; i++) {
		uint16_t coded;

		memcpy(&coded, (const char *)&c->points[i] + offset, sizeof(coded));
		board_listed(j, course_share(coded));
	}
	json_close(j, ']');
}

static void ms_column(struct json *j, const char *name, const struct columns *c, size_t offset)
{
	json_open(j, name, '[');
	for (size_t i = 0; i < c->count; i++) {
		uint16_t coded;

		memcpy(&coded, (const char *)&c->points[i] + offset, sizeof(coded));
		board_listed(j, course_ms(coded));
	}
	json_close(j, ']');
}

/* One end of what is usual: the share that is expected of the requests of some seconds, and what chance does to it. */
static void band_column(struct json *j, const char *name, const struct columns *c, size_t offset, int side)
{
	const size_t width = c->step < BAND_S ? (size_t)(BAND_S / c->step) : 1;
	double requests = 0;

	json_open(j, name, '[');
	for (size_t i = 0; i < c->count; i++) {
		uint16_t coded;
		double share, spread;

		requests += c->points[i].requests;
		if (i >= width)
			requests -= c->points[i - width].requests;
		memcpy(&coded, (const char *)&c->points[i] + offset, sizeof(coded));
		share = course_share(coded);
		spread = spread_of(share, requests);
		board_listed(j, share < 0 || requests < 1 ? -1 : fmin(fmax(share + side * spread, 0), 1));
	}
	json_close(j, ']');
}

static void columns_write(const struct columns *c, FILE *out)
{
	struct json j = { .out = out };

	json_open(&j, NULL, '{');
	json_number(&j, "step", c->step);
	json_open(&j, "times", '[');
	for (size_t i = 0; i < c->count; i++)
		json_number(&j, NULL, c->end - (int64_t)(c->count - 1 - i) * c->step);
	json_close(&j, ']');
	json_open(&j, "requests", '[');
	for (size_t i = 0; i < c->count; i++)
		json_number(&j, NULL, c->points[i].requests);
	json_close(&j, ']');
	share_column(&j, "reject", c, offsetof(struct course_point, reject));
	share_column(&j, "no_answer", c, offsetof(struct course_point, no_answer));
	band_column(&j, "reject_low", c, offsetof(struct course_point, usual_reject), -1);
	band_column(&j, "reject_high", c, offsetof(struct course_point, usual_reject), 1);
	band_column(&j, "no_answer_low", c, offsetof(struct course_point, usual_no_answer), -1);
	band_column(&j, "no_answer_high", c, offsetof(struct course_point, usual_no_answer), 1);
	ms_column(&j, "latency_p50", c, offsetof(struct course_point, p50));
	ms_column(&j, "latency_p95", c, offsetof(struct course_point, p95));
	json_close(&j, '}');
	fputc('\n', out);
}

bool board_write_series(struct board *b, const char *of, const char *role, double span_s, FILE *out)
{
	bool by_minute = span_s > COURSE_SECONDS;
	struct course_point *points = malloc((by_minute ? COURSE_MINUTES : COURSE_SECONDS) * sizeof(*points));
	struct columns c = { .points = points, .step = by_minute ? 60 : 1 };
	const struct course *s;

	if (points == NULL)
		return false;
	pthread_mutex_lock(&b->lock);
	s = course_named(b, of, role);
	if (s != NULL)
		c.count = chronicle_copy(b->chronicle, s, by_minute, points, (size_t)(span_s / (double)c.step), &c.end);
	pthread_mutex_unlock(&b->lock);
	if (s != NULL)
		columns_write(&c, out);
	free(points);
	return s != NULL;
}
