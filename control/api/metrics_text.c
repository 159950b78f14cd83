/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of /metrics (Prometheus' exposition format 0.0.4) from a copy of the numbers: families in the order of metrics.def, each with
 * its kind and what it means. Called by the server's thread, which holds no lock meanwhile. Labels are names of tables, of the
 * configuration, or of nodes; see metrics_streams.c for what is never one.
 */
#include "control/api/metrics_text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum metric {
#define METRIC(id, name, type, labels, help) METRIC_##id,
#include "control/api/metrics.def"
#undef METRIC
};

static const struct {
	const char *name, *type, *help;
} metrics[] = {
#define METRIC(id, name, type, labels, help) { name, type, help },
#include "control/api/metrics.def"
#undef METRIC
};

/* What a finished request was; one that is open or has no request is none of these. The words are those of outcome_class_name(). */
static const struct {
	enum outcome_class class;
	const char *label;
} endings[] = {
	{ OUTCOME_SUCCESS, ",outcome=\"success\"" }, { OUTCOME_USER, ",outcome=\"user\"" },
	{ OUTCOME_NETWORK, ",outcome=\"network\"" }, { OUTCOME_CONGESTION, ",outcome=\"congestion\"" },
	{ OUTCOME_ABORT, ",outcome=\"abort\"" },     { OUTCOME_TIMEOUT, ",outcome=\"timeout\"" },
	{ OUTCOME_LATE, ",outcome=\"late\"" },
};

/* Bin b of a tally ends at 2^b ms. */
static const char *const bounds[TALLY_LATENCY_BINS] = {
	",le=\"0.001\"", ",le=\"0.002\"", ",le=\"0.004\"",  ",le=\"0.008\"", ",le=\"0.016\"", ",le=\"0.032\"",
	",le=\"0.064\"", ",le=\"0.128\"", ",le=\"0.256\"",  ",le=\"0.512\"", ",le=\"1.024\"", ",le=\"2.048\"",
	",le=\"4.096\"", ",le=\"8.192\"", ",le=\"16.384\"", ",le=\"+Inf\"",
};

static void family(enum metric m, FILE *out)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metrics[m].name, metrics[m].help, metrics[m].name, metrics[m].type);
}

static void sample(enum metric m, const char *label, const char *value, uint64_t number, FILE *out)
{
	fprintf(out, "%s{%s=\"%s\"} %" PRIu64 "\n", metrics[m].name, label, value, number);
}

static void single(enum metric m, uint64_t number, FILE *out)
{
	family(m, out);
	fprintf(out, "%s %" PRIu64 "\n", metrics[m].name, number);
}

static void fraction(enum metric m, double number, FILE *out)
{
	family(m, out);
	fprintf(out, "%s %.3f\n", metrics[m].name, number);
}

static void process_write(const struct metrics_numbers *n, FILE *out)
{
	struct rusage usage = { 0 };
	unsigned long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "re");

	if (statm != NULL) {
		if (fscanf(statm, "%*u %lu", &pages) != 1)
			pages = 0;
		fclose(statm);
	}
	getrusage(RUSAGE_SELF, &usage);
	family(METRIC_BUILD_INFO, out);
	sample(METRIC_BUILD_INFO, "version", SIGCANARY_VERSION, 1, out);
	fraction(METRIC_START_TIME, n->start_time_s, out);
	fraction(METRIC_CPU_SECONDS,
		 (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
			 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
		 out);
	single(METRIC_MEMORY, (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE), out);
}

static void refused_write(const struct worker_report *r, FILE *out)
{
	const struct {
		const char *what;
		uint64_t count;
	} rows[] = {
		{ "datagrams", r->expired_datagrams }, { "segments", r->given_up_segments },  { "indications", r->refused_indications },
		{ "outcomes", r->refused_outcomes },   { "names", r->refused_names },         { "cells", r->refused_cells },
		{ "streams", r->refused_streams },     { "incidents", r->refused_incidents }, { "connections", r->refused_connections },
	};

	family(METRIC_REFUSED, out);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		sample(METRIC_REFUSED, "what", rows[i].what, rows[i].count, out);
}

static void account_write(const struct metrics_numbers *n, FILE *out)
{
	static const char *const kinds[] = { "decoded", "ignored", "malformed", "dropped" };
	const struct worker_report *r = &n->sum;

	family(METRIC_PACKETS, out);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		const struct verdict_row *row = verdict_row((enum verdict)v);

		fprintf(out, "%s{verdict=\"%s\",reason=\"%s\"} %" PRIu64 "\n", metrics[METRIC_PACKETS].name, kinds[row->kind], row->name,
			r->account.verdicts[v]);
	}
	single(METRIC_BYTES, r->account.bytes, out);
	family(METRIC_MESSAGES, out);
	for (int i = 0; i < ACCOUNT_MESSAGE_COUNT; i++)
		sample(METRIC_MESSAGES, "layer", account_message_name((enum account_message)i), r->account.messages[i], out);
	single(METRIC_MISSING_TSNS, r->associations.missing, out);
	single(METRIC_TCP_GAP_BYTES, r->streams.gap_bytes, out);
	single(METRIC_UNSEEN, n->unseen, out);
	refused_write(r, out);
	single(METRIC_SIGHTINGS, r->account.sightings, out);
}

static void worker_family(const struct metrics_numbers *n, enum metric m, size_t offset, FILE *out)
{
	family(m, out);
	for (size_t i = 0; i < n->worker_count; i++) {
		uint64_t value;

		memcpy(&value, (const char *)&n->workers[i] + offset, sizeof(value));
		fprintf(out, "%s{worker=\"%zu\"} %" PRIu64 "\n", metrics[m].name, i, value);
	}
}

static void work_write(const struct metrics_numbers *n, FILE *out)
{
	const struct transaction_counters *t = &n->sum.transactions;

	family(METRIC_TRANSACTIONS, out);
	sample(METRIC_TRANSACTIONS, "state", "answered", t->answered, out);
	sample(METRIC_TRANSACTIONS, "state", "timeout", t->timeout, out);
	sample(METRIC_TRANSACTIONS, "state", "evicted", t->evicted, out);
	sample(METRIC_TRANSACTIONS, "state", "unmatched_answer", t->unmatched, out);
	single(METRIC_TRANSACTIONS_OPEN, t->open, out);
	worker_family(n, METRIC_WORKER_PACKETS, offsetof(struct metrics_worker, packets), out);
	worker_family(n, METRIC_WORKER_DROPPED, offsetof(struct metrics_worker, dropped), out);
	worker_family(n, METRIC_WORKER_OPEN, offsetof(struct metrics_worker, open), out);
	worker_family(n, METRIC_WORKER_EVICTED, offsetof(struct metrics_worker, evicted), out);
	family(METRIC_STAGE_CYCLES, out);
	for (int i = 0; i < STAGE_COUNT; i++)
		sample(METRIC_STAGE_CYCLES, "stage", stage_names[i], n->sum.stages.cycles[i], out);
}

/* For the families that have thousands of lines: 20,632 series in 23 ms of one core, on a virtual machine (tests/unit/metrics_test.c). */
static void row_line(const char *name, const char *suffix, const struct metrics_row *row, const char *more, uint64_t number, FILE *out)
{
	fprintf(out, "%s%s{%s%s} %" PRIu64 "\n", name, suffix, row->labels, more, number);
}

static void outcomes_write(enum metric m, const struct metrics_row *row, FILE *out)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		row_line(metrics[m].name, "", row, endings[i].label, row->outcomes[endings[i].class], out);
}

static void histogram_write(enum metric m, const struct metrics_row *row, FILE *out)
{
	uint64_t count = 0;

	for (int b = 0; b < TALLY_LATENCY_BINS; b++) {
		count += row->latency[b];
		row_line(metrics[m].name, "_bucket", row, bounds[b], count, out);
	}
	fprintf(out, "%s_sum{%s} %" PRIu64 ".%09" PRIu64 "\n", metrics[m].name, row->labels, row->latency_ns / NANOS_PER_S,
		row->latency_ns % NANOS_PER_S);
	row_line(metrics[m].name, "_count", row, "", count, out);
}

/* Rows of "other" are there from the beginning, and shown once they are of use. */
static bool is_shown(const struct metrics_row *row, enum dimension dimension)
{
	return row->key.dimension == dimension && (row->key.procedure != PROCEDURE_NONE || row->requests > 0);
}

static void requests_write(const struct metrics_copy *c, enum metric m, enum dimension dimension, FILE *out)
{
	family(m, out);
	for (size_t i = 0; i < c->row_count; i++) {
		if (is_shown(&c->rows[i], dimension))
			row_line(metrics[m].name, "", &c->rows[i], "", c->rows[i].requests, out);
	}
}

/* A family of several samples per row. */
static void rows_write(const struct metrics_copy *c, enum metric m, enum dimension dimension, FILE *out)
{
	void (*write)(enum metric, const struct metrics_row *,
		      FILE *) = m == METRIC_DURATION || m == METRIC_SERVER_DURATION ? histogram_write : outcomes_write;

	family(m, out);
	for (size_t i = 0; i < c->row_count; i++) {
		if (is_shown(&c->rows[i], dimension))
			write(m, &c->rows[i], out);
	}
}

/* Also for everybody, whose rows name no segment. */
static void ratios_write(const struct metrics_copy *c, enum metric m, FILE *out)
{
	family(m, out);
	for (size_t i = 0; i < c->row_count; i++) {
		const struct metrics_row *row = &c->rows[i];
		const struct stream_state *s = m == METRIC_REJECT || m == METRIC_REJECT_EXPECTED ? &row->refused : &row->missing;
		double ratio = m == METRIC_REJECT || m == METRIC_NO_ANSWER ? s->recent_ratio : s->baseline_ratio;

		if (row->has_ratios)
			fprintf(out, "%s{%s%s} %.6g\n", metrics[m].name, row->key.dimension == DIMENSION_ALL ? "segment=\"all\"," : "",
				row->labels, ratio);
	}
}

static void streams_write(const struct metrics_copy *c, FILE *out)
{
	requests_write(c, METRIC_REQUESTS, DIMENSION_ALL, out);
	rows_write(c, METRIC_OUTCOMES, DIMENSION_ALL, out);
	rows_write(c, METRIC_DURATION, DIMENSION_ALL, out);
	requests_write(c, METRIC_SEGMENT_REQUESTS, DIMENSION_SEGMENT, out);
	rows_write(c, METRIC_SEGMENT_OUTCOMES, DIMENSION_SEGMENT, out);
	requests_write(c, METRIC_SERVER_REQUESTS, DIMENSION_SERVER, out);
	rows_write(c, METRIC_SERVER_OUTCOMES, DIMENSION_SERVER, out);
	rows_write(c, METRIC_SERVER_DURATION, DIMENSION_SERVER, out);
	requests_write(c, METRIC_CLIENT_REQUESTS, DIMENSION_CLIENT, out);
	rows_write(c, METRIC_CLIENT_OUTCOMES, DIMENSION_CLIENT, out);
	requests_write(c, METRIC_RAT_REQUESTS, DIMENSION_RAT, out);
	rows_write(c, METRIC_RAT_OUTCOMES, DIMENSION_RAT, out);
	single(METRIC_SERIES, c->numbers.series, out);
	single(METRIC_FOLDED, c->numbers.folded, out);
	ratios_write(c, METRIC_REJECT, out);
	ratios_write(c, METRIC_REJECT_EXPECTED, out);
	ratios_write(c, METRIC_NO_ANSWER, out);
	ratios_write(c, METRIC_NO_ANSWER_EXPECTED, out);
}

size_t metrics_open_of(const struct metrics_numbers *n, enum incident_severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < n->open_count; i++)
		count += n->open[i].severity == severity;
	return count;
}

/* Open incidents of a kind and a severity that hit a segment, -1 for those that hit no configured one. */
static size_t active_of(const struct metrics_numbers *n, int kind, int severity, int segment)
{
	size_t count = 0;

	for (size_t i = 0; i < n->open_count; i++) {
		const struct metrics_incident *one = &n->open[i];

		if ((int)one->kind == kind && (int)one->severity == severity)
			count += segment < 0 ? one->segments == 0 : (one->segments >> segment & 1) != 0;
	}
	return count;
}

static void active_write(const struct metrics_copy *c, FILE *out)
{
	char name[256];

	family(METRIC_INCIDENT_ACTIVE, out);
	for (int kind = 0; kind < INCIDENT_KIND_COUNT; kind++) {
		for (int severity = SEVERITY_WARNING; severity <= SEVERITY_CRITICAL; severity++) {
			for (int segment = -1; segment < (int)c->segment_count; segment++) {
				size_t count = active_of(&c->numbers, kind, severity, segment);

				if (count == 0)
					continue;
				metrics_label_write(name, sizeof(name), segment < 0 ? "all" : c->segments[segment]);
				fprintf(out, "%s{kind=\"%s\",severity=\"%s\",segment=\"%s\"} %zu\n", metrics[METRIC_INCIDENT_ACTIVE].name,
					incident_kind_name((enum incident_kind)kind),
					incident_severity_name((enum incident_severity)severity), name, count);
			}
		}
	}
}

/* Subscribers of the open incidents, by kind and severity; nothing where there is none. */
static void subscribers_write(const struct metrics_numbers *n, enum metric m, FILE *out)
{
	family(m, out);
	for (int kind = 0; kind < INCIDENT_KIND_COUNT; kind++) {
		for (int severity = SEVERITY_WARNING; severity <= SEVERITY_CRITICAL; severity++) {
			uint64_t sum = 0;
			bool is_any = false;

			for (size_t i = 0; i < n->open_count; i++) {
				const struct metrics_incident *one = &n->open[i];

				if ((int)one->kind != kind || (int)one->severity != severity)
					continue;
				is_any = true;
				sum += m == METRIC_AFFECTED ? one->affected : one->recovered;
			}
			if (is_any)
				fprintf(out, "%s{kind=\"%s\",severity=\"%s\"} %" PRIu64 "\n", metrics[m].name,
					incident_kind_name((enum incident_kind)kind),
					incident_severity_name((enum incident_severity)severity), sum);
		}
	}
}

static void incidents_write(const struct metrics_copy *c, FILE *out)
{
	const struct metrics_numbers *n = &c->numbers;

	family(METRIC_INCIDENTS, out);
	for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++)
		sample(METRIC_INCIDENTS, "severity", incident_severity_name((enum incident_severity)s),
		       metrics_open_of(n, (enum incident_severity)s), out);
	active_write(c, out);
	subscribers_write(n, METRIC_AFFECTED, out);
	subscribers_write(n, METRIC_RECOVERED, out);
	single(METRIC_ANNOUNCEMENTS, n->announcements, out);
	single(METRIC_TICKS, n->ticks, out);
	fraction(METRIC_LAST_TICK, nanos_to_s(n->last_tick), out);
	single(METRIC_RELOAD_GOOD, n->was_reloaded, out);
	fraction(METRIC_RELOAD_TIME, n->reload_time_s, out);
}

void metrics_text_write(const struct metrics_copy *c, FILE *out)
{
	process_write(&c->numbers, out);
	account_write(&c->numbers, out);
	work_write(&c->numbers, out);
	streams_write(c, out);
	incidents_write(c, out);
}
