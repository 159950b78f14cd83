/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prometheus text, see metrics.h. Control makes the text at most once a second; the server's threads copy it out under a mutex that is held
 * for that copy only. Labels are procedures, segments, verdicts and severities: their number is bounded by the tables and the
 * configuration, and none is an identity.
 */
#include "control/api/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/compare.h"
#include "control/api/telemetry.h"

#define TEXT_PERIOD_S  1.0
#define PROCEDURES_MAX 512

struct sums {
	uint64_t requests;
	uint64_t outcomes[OUTCOME_CLASS_COUNT];
};

struct metrics {
	const struct alarm_writer *writer;
	pthread_mutex_t lock;
	char *text; /* guarded by lock */
	size_t length;
	bool is_ready;
	struct sums procedures[PROCEDURES_MAX];
	struct sums segments[PLAN_SEGMENTS_MAX];
	struct {
		char id[sizeof(((struct alarm *)NULL)->id)];
		enum incident_severity severity;
	} open[64];
	size_t open_count;
	uint64_t alarms;
	uint64_t ticks;
	struct timespec made;
	void (*extend)(void *self, FILE *out); /* NULL: nobody */
	void *extend_self;
};

void metrics_serve(void *metrics, struct exchange *x)
{
	struct metrics *m = metrics;

	x->type = "text/plain; version=0.0.4; charset=utf-8";
	pthread_mutex_lock(&m->lock);
	fwrite(m->text != NULL ? m->text : "", 1, m->length, x->out);
	pthread_mutex_unlock(&m->lock);
}

bool metrics_are_ready(struct metrics *m)
{
	bool ready;

	pthread_mutex_lock(&m->lock);
	ready = m->is_ready;
	pthread_mutex_unlock(&m->lock);
	return ready;
}

struct metrics *metrics_open(const struct alarm_writer *writer)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->writer = writer;
	pthread_mutex_init(&m->lock, NULL);
	telemetry_open();
	return m;
}

void metrics_close(struct metrics *m)
{
	if (m == NULL)
		return;
	pthread_mutex_destroy(&m->lock);
	free(m->text);
	free(m);
}

static void sums_add(struct sums *s, const struct tally_cell *cell)
{
	s->requests += cell->requests;
	for (int c = 0; c < OUTCOME_CLASS_COUNT; c++)
		s->outcomes[c] += cell->outcomes[c];
}

void metrics_plan(struct metrics *m, const struct plan *before, const struct plan *plan)
{
	struct segment_places places;
	struct sums moved[PLAN_SEGMENTS_MAX] = { 0 };

	if (!segment_places_make(before, plan, &places))
		return;
	for (size_t i = 0; i < places.count; i++) {
		if (places.to[i] >= 0)
			moved[places.to[i]] = m->segments[i];
	}
	memcpy(m->segments, moved, sizeof(moved));
}

void metrics_tick(void *metrics, const struct tally *tally, const struct detector *detector)
{
	struct metrics *m = metrics;

	(void)detector;
	m->ticks++;
	for (size_t i = 0; i < tally->count; i++) {
		const struct tally_cell *cell = &tally->cells[i];

		if (cell->key.dimension == DIMENSION_ALL && cell->key.procedure < PROCEDURES_MAX)
			sums_add(&m->procedures[cell->key.procedure], cell);
		if (cell->key.dimension == DIMENSION_SEGMENT && cell->key.value < PLAN_SEGMENTS_MAX)
			sums_add(&m->segments[cell->key.value], cell);
	}
}

void metrics_alarm(void *metrics, const struct alarm *alarm)
{
	struct metrics *m = metrics;
	size_t i = 0;

	m->alarms++;
	while (i < m->open_count && strcmp(m->open[i].id, alarm->id) != 0)
		i++;
	if (alarm->state == INCIDENT_CLEARED) {
		if (i < m->open_count)
			m->open[i] = m->open[--m->open_count];
		return;
	}
	if (i == m->open_count && m->open_count < sizeof(m->open) / sizeof(m->open[0])) {
		memcpy(m->open[i].id, alarm->id, sizeof(m->open[i].id));
		m->open_count++;
	}
	if (i < m->open_count)
		m->open[i].severity = alarm->severity;
}

void metrics_extend(struct metrics *m, void (*write)(void *self, FILE *out), void *self)
{
	m->extend = write;
	m->extend_self = self;
}

static size_t open_of(const struct metrics *m, enum incident_severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < m->open_count; i++)
		count += m->open[i].severity == severity;
	return count;
}

static void family(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void account_write(const struct worker_report *r, FILE *out)
{
	static const char *const kinds[] = { "decoded", "ignored", "malformed", "dropped" };

	family(out, "sigcanary_packets_total", "counter", "Packets by what became of them; every packet counts once.");
	for (int v = 0; v < VERDICT_COUNT; v++) {
		const struct verdict_row *row = verdict_row((enum verdict)v);

		fprintf(out, "sigcanary_packets_total{verdict=\"%s\",reason=\"%s\"} %" PRIu64 "\n", kinds[row->kind], row->name,
			r->account.verdicts[v]);
	}
	family(out, "sigcanary_messages_total", "counter", "Messages read, by layer.");
	for (int i = 0; i < ACCOUNT_MESSAGE_COUNT; i++)
		fprintf(out, "sigcanary_messages_total{layer=\"%s\"} %" PRIu64 "\n", account_message_name((enum account_message)i),
			r->account.messages[i]);
	family(out, "sigcanary_transactions_total", "counter", "Requests by what became of them.");
	fprintf(out,
		"sigcanary_transactions_total{state=\"answered\"} %" PRIu64 "\nsigcanary_transactions_total{state=\"timeout\"} %" PRIu64
		"\nsigcanary_transactions_total{state=\"evicted\"} %" PRIu64
		"\nsigcanary_transactions_total{state=\"unmatched_answer\"} %" PRIu64 "\n",
		r->transactions.answered, r->transactions.timeout, r->transactions.evicted, r->transactions.unmatched);
	family(out, "sigcanary_transactions_open", "gauge", "Requests without an answer so far.");
	fprintf(out, "sigcanary_transactions_open %" PRIu64 "\n", r->transactions.open);
	family(out, "sigcanary_sctp_missing_tsns_total", "counter", "SCTP data that the probe never saw.");
	fprintf(out, "sigcanary_sctp_missing_tsns_total %" PRIu64 "\n", r->associations.missing);
	family(out, "sigcanary_watchlist_sightings_total", "counter", "Entries of the watch list seen in messages.");
	fprintf(out, "sigcanary_watchlist_sightings_total %" PRIu64 "\n", r->account.sightings);
	family(out, "sigcanary_stage_cycles_total", "counter",
	       "Time stamp counter cycles of all workers in polls that brought something, by stage.");
	for (int i = 0; i < STAGE_COUNT; i++)
		fprintf(out, "sigcanary_stage_cycles_total{stage=\"%s\"} %" PRIu64 "\n", stage_names[i], r->stages.cycles[i]);
}

static void outcomes_write(const char *name, const char *label, const char *value, const struct sums *s, FILE *out)
{
	for (int c = OUTCOME_SUCCESS; c <= OUTCOME_LATE; c++)
		fprintf(out, "%s{%s=\"%s\",outcome=\"%s\"} %" PRIu64 "\n", name, label, value, outcome_class_name((enum outcome_class)c),
			s->outcomes[c]);
}

static void procedures_write(const struct metrics *m, FILE *out)
{
	family(out, "sigcanary_requests_total", "counter", "Requests by procedure.");
	for (procedure p = 0; p < PROCEDURES_MAX; p++) {
		if (m->procedures[p].requests > 0 && procedure_row(p) != NULL)
			fprintf(out, "sigcanary_requests_total{procedure=\"%s\"} %" PRIu64 "\n", procedure_row(p)->name,
				m->procedures[p].requests);
	}
	family(out, "sigcanary_outcomes_total", "counter", "Endings of requests by procedure and class.");
	for (procedure p = 0; p < PROCEDURES_MAX; p++) {
		if (m->procedures[p].requests > 0 && procedure_row(p) != NULL)
			outcomes_write("sigcanary_outcomes_total", "procedure", procedure_row(p)->name, &m->procedures[p], out);
	}
	if (m->writer->plan->segment_count == 0)
		return;
	family(out, "sigcanary_segment_outcomes_total", "counter", "Endings of requests by configured segment and class.");
	for (size_t i = 0; i < m->writer->plan->segment_count; i++)
		outcomes_write("sigcanary_segment_outcomes_total", "segment", m->writer->plan->segments[i].name, &m->segments[i], out);
}

static void alarms_write(const struct metrics *m, FILE *out)
{
	family(out, "sigcanary_incidents_open", "gauge", "Open incidents by severity.");
	for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++)
		fprintf(out, "sigcanary_incidents_open{severity=\"%s\"} %zu\n", incident_severity_name((enum incident_severity)s),
			open_of(m, (enum incident_severity)s));
	family(out, "sigcanary_announcements_total", "counter", "Alarm announcements made.");
	fprintf(out, "sigcanary_announcements_total %" PRIu64 "\n", m->alarms);
	family(out, "sigcanary_ticks_total", "counter", "Ticks judged by the detector.");
	fprintf(out, "sigcanary_ticks_total %" PRIu64 "\n", m->ticks);
	family(out, "sigcanary_build_info", "gauge", "The program's version.");
	fprintf(out, "sigcanary_build_info{version=\"%s\"} 1\n", SIGCANARY_VERSION);
}

static void number_add(struct telemetry_page *page, const char *name, uint64_t value)
{
	struct telemetry_number *n = &page->numbers[page->count];

	if (page->count == TELEMETRY_NUMBERS_MAX)
		return;
	snprintf(n->name, sizeof(n->name), "%s", name);
	/* DPDK 22.11 refuses names with other characters than letters, digits and '_'. */
	for (char *c = n->name; *c != '\0'; c++) {
		if (*c == '-')
			*c = '_';
	}
	n->value = value;
	page->count++;
}

/* Telemetry has whole numbers only: tenths of a cycle per message. */
static void stages_refresh(const struct worker_report *r)
{
	uint64_t messages = r->account.messages[ACCOUNT_M3UA] + r->account.messages[ACCOUNT_DIAMETER];
	struct telemetry_page page = { 0 };

	for (int i = 0; messages > 0 && i < STAGE_COUNT; i++)
		number_add(&page, stage_names[i], 10 * r->stages.cycles[i] / messages);
	telemetry_publish(TELEMETRY_STAGES, &page);
}

static void telemetry_refresh(const struct metrics *m, const struct worker_report *r)
{
	struct telemetry_page page = { 0 };

	number_add(&page, "packets", r->account.packets);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (r->account.verdicts[v] > 0)
			number_add(&page, verdict_row((enum verdict)v)->name, r->account.verdicts[v]);
	}
	telemetry_publish(TELEMETRY_PACKETS, &page);
	page.count = 0;
	for (int i = 0; i < ACCOUNT_MESSAGE_COUNT; i++)
		number_add(&page, account_message_name((enum account_message)i), r->account.messages[i]);
	telemetry_publish(TELEMETRY_MESSAGES, &page);
	page.count = 0;
	number_add(&page, "opened", r->transactions.opened);
	number_add(&page, "answered", r->transactions.answered);
	number_add(&page, "timeout", r->transactions.timeout);
	number_add(&page, "evicted", r->transactions.evicted);
	number_add(&page, "open", r->transactions.open);
	number_add(&page, "unmatched", r->transactions.unmatched);
	telemetry_publish(TELEMETRY_TRANSACTIONS, &page);
	page.count = 0;
	for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++)
		number_add(&page, incident_severity_name((enum incident_severity)s), open_of(m, (enum incident_severity)s));
	telemetry_publish(TELEMETRY_ALARMS, &page);
	stages_refresh(r);
}

void metrics_report(struct metrics *m, const struct worker_report *report)
{
	struct timespec now;
	char *text = NULL;
	char *old;
	size_t length = 0;
	FILE *out;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (m->text != NULL && (double)(now.tv_sec - m->made.tv_sec) + (double)(now.tv_nsec - m->made.tv_nsec) / 1e9 < TEXT_PERIOD_S)
		return;
	m->made = now;
	telemetry_refresh(m, report);
	out = open_memstream(&text, &length);
	if (out == NULL)
		return;
	account_write(report, out);
	procedures_write(m, out);
	alarms_write(m, out);
	if (m->extend != NULL)
		m->extend(m->extend_self, out);
	if (fclose(out) != 0)
		return;
	pthread_mutex_lock(&m->lock);
	old = m->text;
	m->text = text;
	m->length = length;
	m->is_ready = m->ticks > 0;
	pthread_mutex_unlock(&m->lock);
	free(old);
}
