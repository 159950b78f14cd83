/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The numbers of /metrics, see metrics.h: control adds to them under `lock`, a reader copies them under it (some hundred kilobytes with
 * 20,000 series) and makes the text without it.
 */
#include "control/api/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/api/metrics_text.h"
#include "control/api/telemetry.h"

#define TELEMETRY_PERIOD_S 1.0
/* What is usual changes slowly, and asking costs a search per segment and procedure. */
#define JUDGE_PERIOD NANOS_PER_S

#define EXTENSIONS_MAX 8

struct metrics_extension {
	void (*write)(void *self, FILE *out);
	void *self;
};

struct metrics {
	pthread_mutex_t lock;
	struct metrics_numbers numbers;  /* guarded by lock */
	struct metrics_streams *streams; /* likewise */
	const char *segments[PLAN_SEGMENTS_MAX];
	size_t segment_count;
	char *names[PLAN_SEGMENTS_MAX * 16]; /* all names of segments there ever were, see segments_name() */
	size_t name_count;
	nanos judged;       /* control's */
	double telemetry_s; /* likewise */
	struct metrics_extension extensions[EXTENSIONS_MAX];
	size_t extension_count;
};

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/*
 * Copies of names, since a reload takes the plan's away while a reader may be writing. They are kept to the end; names that come again are
 * found again, so that only a configuration that invents hundreds of segments runs out, and is then called "other".
 */
static const char *name_keep(struct metrics *m, const char *name)
{
	for (size_t i = 0; i < m->name_count; i++) {
		if (strcmp(m->names[i], name) == 0)
			return m->names[i];
	}
	if (m->name_count == sizeof(m->names) / sizeof(m->names[0]) || (m->names[m->name_count] = strdup(name)) == NULL)
		return "other";
	return m->names[m->name_count++];
}

static void segments_name(struct metrics *m, const struct plan *plan)
{
	m->segment_count = plan->segment_count;
	for (size_t i = 0; i < plan->segment_count; i++)
		m->segments[i] = name_keep(m, plan->segments[i].name);
}

struct metrics *metrics_open(const struct alarm_writer *writer)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->streams = metrics_streams_new(writer, writer->plan->metrics_series);
	if (m->streams == NULL) {
		free(m);
		return NULL;
	}
	pthread_mutex_init(&m->lock, NULL);
	segments_name(m, writer->plan);
	m->numbers.start_time_s = m->numbers.reload_time_s = seconds_of(CLOCK_REALTIME);
	m->numbers.was_reloaded = true;
	telemetry_open();
	return m;
}

void metrics_close(struct metrics *m)
{
	if (m == NULL)
		return;
	metrics_streams_free(m->streams);
	for (size_t i = 0; i < m->name_count; i++)
		free(m->names[i]);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

bool metrics_are_ready(struct metrics *m)
{
	bool ready;

	pthread_mutex_lock(&m->lock);
	ready = m->numbers.ticks > 0;
	pthread_mutex_unlock(&m->lock);
	return ready;
}

void metrics_extend(struct metrics *m, void (*write)(void *self, FILE *out), void *self)
{
	if (m->extension_count < EXTENSIONS_MAX)
		m->extensions[m->extension_count++] = (struct metrics_extension){ .write = write, .self = self };
}

void metrics_tick(void *metrics, const struct tally *tally, const struct detector *detector)
{
	struct metrics *m = metrics;

	pthread_mutex_lock(&m->lock);
	m->numbers.ticks++;
	m->numbers.last_tick = tally->start + tally->length;
	m->numbers.unseen += tally->unseen;
	for (size_t i = 0; i < tally->count; i++)
		metrics_streams_add(m->streams, &tally->cells[i]);
	if (llabs(tally->start - m->judged) >= JUDGE_PERIOD) {
		m->judged = tally->start;
		metrics_streams_judge(m->streams, detector);
	}
	pthread_mutex_unlock(&m->lock);
}

/* The incident's place among the open ones, else the first free one; METRICS_OPEN_MAX when there is none. */
static size_t open_find(const struct metrics_numbers *n, const char *id)
{
	size_t i = 0;

	while (i < n->open_count && strcmp(n->open[i].id, id) != 0)
		i++;
	return i;
}

static void open_take(struct metrics_numbers *n, const struct alarm *alarm)
{
	size_t at = open_find(n, alarm->id);

	if (alarm->state == INCIDENT_CLEARED) {
		if (at < n->open_count)
			n->open[at] = n->open[--n->open_count];
		return;
	}
	if (at == METRICS_OPEN_MAX)
		return;
	n->open_count = at == n->open_count ? at + 1 : n->open_count;
	memcpy(n->open[at].id, alarm->id, sizeof(n->open[at].id));
	n->open[at].severity = alarm->severity;
	n->open[at].kind = alarm->kind;
	n->open[at].segments = alarm->segments;
	n->open[at].affected = alarm->affected;
	n->open[at].recovered = alarm->recovered;
}

void metrics_alarm(void *metrics, const struct alarm *alarm)
{
	struct metrics *m = metrics;

	pthread_mutex_lock(&m->lock);
	m->numbers.announcements++;
	open_take(&m->numbers, alarm);
	pthread_mutex_unlock(&m->lock);
}

void metrics_recall(struct metrics *m, const struct alarm *alarm)
{
	pthread_mutex_lock(&m->lock);
	open_take(&m->numbers, alarm);
	pthread_mutex_unlock(&m->lock);
}

static uint64_t dropped_of(const struct worker_report *r)
{
	uint64_t sum = 0;

	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (verdict_row((enum verdict)v)->kind == VERDICT_KIND_DROPPED)
			sum += r->account.verdicts[v];
	}
	return sum;
}

void metrics_report(struct metrics *m, const struct worker_report *sum, const struct worker_report *workers, size_t count)
{
	double now = seconds_of(CLOCK_MONOTONIC);

	pthread_mutex_lock(&m->lock);
	m->numbers.sum = *sum;
	m->numbers.worker_count = count < WORKERS_MAX ? count : WORKERS_MAX;
	for (size_t i = 0; i < m->numbers.worker_count; i++)
		m->numbers.workers[i] = (struct metrics_worker){ .packets = workers[i].account.packets,
								 .dropped = dropped_of(&workers[i]),
								 .open = workers[i].transactions.open,
								 .evicted = workers[i].transactions.evicted };
	pthread_mutex_unlock(&m->lock);
	if (now - m->telemetry_s < TELEMETRY_PERIOD_S)
		return;
	m->telemetry_s = now;
	/* Only control writes the numbers, so it may read them without the lock. */
	metrics_telemetry(&m->numbers);
}

void metrics_reload(struct metrics *m, const struct plan *plan)
{
	uint64_t moved;

	pthread_mutex_lock(&m->lock);
	m->numbers.was_reloaded = plan != NULL;
	if (plan != NULL) {
		m->numbers.reload_time_s = seconds_of(CLOCK_REALTIME);
		for (size_t i = 0; i < m->numbers.open_count; i++) {
			moved = 0;
			for (size_t s = 0; s < m->segment_count; s++) {
				for (size_t to = 0; (m->numbers.open[i].segments >> s & 1) != 0 && to < plan->segment_count; to++)
					moved |= (uint64_t)(strcmp(m->segments[s], plan->segments[to].name) == 0) << to;
			}
			m->numbers.open[i].segments = moved;
		}
		metrics_streams_plan(m->streams, plan, plan->metrics_series);
		segments_name(m, plan);
	}
	pthread_mutex_unlock(&m->lock);
}

/* False when there is no memory. */
static bool copy_take(struct metrics *m, struct metrics_copy *c)
{
	const struct metrics_row *rows;

	pthread_mutex_lock(&m->lock);
	rows = metrics_streams_rows(m->streams, &c->row_count);
	c->rows = malloc(c->row_count * sizeof(*rows));
	if (c->rows != NULL)
		memcpy(c->rows, rows, c->row_count * sizeof(*rows));
	c->numbers = m->numbers;
	c->numbers.series = metrics_streams_series(m->streams);
	c->numbers.folded = metrics_streams_folded(m->streams);
	c->segment_count = m->segment_count;
	memcpy(c->segments, m->segments, sizeof(c->segments));
	pthread_mutex_unlock(&m->lock);
	return c->rows != NULL;
}

void metrics_serve(void *metrics, struct exchange *x)
{
	struct metrics *m = metrics;
	struct metrics_copy *c = calloc(1, sizeof(*c));

	if (c != NULL && copy_take(m, c)) {
		x->type = "text/plain; version=0.0.4; charset=utf-8";
		metrics_text_write(c, x->out);
		for (size_t i = 0; i < m->extension_count; i++)
			m->extensions[i].write(m->extensions[i].self, x->out);
		free(c->rows);
	} else {
		exchange_refuse(x, 503, "there is no memory for a text of this size; lower metrics.series");
	}
	free(c);
}
