/* SPDX-License-Identifier: BSD-3-Clause */
/* One course, see course.h. Control's thread, under the board's lock. */
#include "control/board/course.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE            65534.0
#define STEPS_PER_OCTAVE 3000.0 /* of a coded latency: a tenth of a thousandth, up to half an hour */
#define RECENT_KEPT      0.9    /* of what is recent, each second */
#define USUAL_KEPT       0.9    /* likewise of the mix that what is usual is weighed by */
#define EVIDENCE_KEPT    0.8
#define ALERT_KEPT_S     5
#define LITTLE           1e-3 /* less than that of what is recent is nothing */
#define LITTLE_FAILED    0.05
#define LITTLE_ANSWERED  0.3 /* less than that is an answer of long ago */
#define MINUTE_S         60

double course_ms(uint16_t coded)
{
	return coded == COURSE_UNKNOWN ? -1 : exp2((coded - 1) / STEPS_PER_OCTAVE) - 1;
}

double course_share(uint16_t coded)
{
	return coded == COURSE_UNKNOWN ? -1 : (coded - 1) / WHOLE;
}

static double ratio(double part, double whole)
{
	return whole > 0 ? fmin(part / whole, 1) : -1;
}

static uint16_t share_code(double share)
{
	return share < 0 ? COURSE_UNKNOWN : (uint16_t)(1 + lround(share * WHOLE));
}

/* The latency that this share of the answers stays below, in milliseconds; interpolated inside its bin, below 0 without answers. */
static double quantile(const double latency[TALLY_LATENCY_BINS], double share)
{
	double all = 0, below = 0;

	for (int b = 0; b < TALLY_LATENCY_BINS; b++)
		all += latency[b];
	for (int b = 0; b < TALLY_LATENCY_BINS && all >= LITTLE_ANSWERED; b++) {
		if (latency[b] > 0 && below + latency[b] >= share * all) {
			double part = fmax(share * all - below, 0) / latency[b];

			return b == 0 ? part : ldexp(1, b - 1) * exp2(part);
		}
		below += latency[b];
	}
	return -1;
}

static uint16_t ms_code(double ms)
{
	return ms < 0 ? COURSE_UNKNOWN : (uint16_t)(1 + lround(fmin(log2(1 + ms) * STEPS_PER_OCTAVE, WHOLE)));
}

bool course_open(struct course *s)
{
	s->seconds = calloc(COURSE_SECONDS, sizeof(*s->seconds));
	s->minutes = calloc(COURSE_MINUTES, sizeof(*s->minutes));
	if (s->seconds != NULL && s->minutes != NULL)
		return true;
	course_close(s);
	return false;
}

void course_close(struct course *s)
{
	free(s->seconds);
	free(s->minutes);
	s->seconds = s->minutes = NULL;
}

void course_forget(struct course *s)
{
	memset(s->seconds, 0, COURSE_SECONDS * sizeof(*s->seconds));
	memset(s->minutes, 0, COURSE_MINUTES * sizeof(*s->minutes));
	memset(s->due, 0, sizeof(s->due));
	s->second = s->minute = s->recent = (struct course_sums){ 0 };
	s->evidence = s->evidence_now = 0;
	s->alert = s->alert_now = 0;
	s->seen = 0;
}

void course_count(struct course *s, const struct tally_cell *cell, int64_t second, nanos timeout, unsigned int checkpoint)
{
	const uint32_t *o = cell->outcomes;
	bool is_patient = timeout > COURSE_PATIENCE;
	int64_t age = is_patient ? COURSE_PATIENCE / NANOS_PER_S : timeout / NANOS_PER_S;
	uint32_t refused = o[OUTCOME_NETWORK] + o[OUTCOME_CONGESTION] + o[OUTCOME_ABORT];
	uint32_t answers = o[OUTCOME_SUCCESS] + o[OUTCOME_USER] + refused;

	s->second.requests += cell->requests;
	s->second.answers += answers;
	s->second.refused += refused;
	/* A timeout of 0 is that of a procedure without answers: nobody waits. */
	if (timeout > 0) {
		s->due[(second + age) % COURSE_DUE] += cell->requests;
		s->second.missing += is_patient ? cell->pending[checkpoint] : o[OUTCOME_TIMEOUT];
	}
	for (int b = 0; b < TALLY_LATENCY_BINS; b++)
		s->second.latency[b] += cell->latency[b];
	if (cell->requests + answers > 0)
		s->seen = second;
}

void course_usual(struct course *s, const struct tally_cell *cell, const struct stream_usual *usual, unsigned int checkpoint)
{
	const uint32_t *o = cell->outcomes;
	double answers = o[OUTCOME_SUCCESS] + o[OUTCOME_USER] + o[OUTCOME_NETWORK] + o[OUTCOME_CONGESTION] + o[OUTCOME_ABORT];
	uint8_t alert = usual->is_page ? 2 : usual->is_suspicious ? 1 : 0;

	s->usual_answers += answers;
	s->usual_refused += answers * usual->refused;
	if (usual->open[checkpoint] >= 0) {
		s->usual_due += cell->requests;
		s->usual_missing += cell->requests * usual->open[checkpoint];
	}
	s->evidence_now = fmax(s->evidence_now, usual->evidence);
	s->alert_now = alert > s->alert_now ? alert : s->alert_now;
}

/* `latency` of the answers that its times are taken from. */
static struct course_point point_make(const struct course *s, const struct course_sums *sums, const double latency[TALLY_LATENCY_BINS])
{
	return (struct course_point){
		.requests = (uint32_t)sums->requests,
		.reject = share_code(ratio(sums->refused, sums->answers)),
		.no_answer = share_code(ratio(sums->missing, fmax(sums->due, sums->missing))),
		.usual_reject = share_code(ratio(s->usual_refused, s->usual_answers)),
		.usual_no_answer = share_code(ratio(s->usual_missing, s->usual_due)),
		.p50 = ms_code(quantile(latency, 0.5)),
		.p95 = ms_code(quantile(latency, 0.95)),
	};
}

/* sum = kept * sum + s */
static void sums_add(struct course_sums *sum, double kept, const struct course_sums *s)
{
	if (sum->requests + sum->answers + sum->due < LITTLE)
		*sum = (struct course_sums){ 0 };
	sum->requests = kept * sum->requests + s->requests;
	sum->answers = kept * sum->answers + s->answers;
	sum->refused = kept * sum->refused + s->refused;
	sum->due = kept * sum->due + s->due;
	sum->missing = kept * sum->missing + s->missing;
	for (int b = 0; b < TALLY_LATENCY_BINS; b++)
		sum->latency[b] = kept * sum->latency[b] + s->latency[b];
}

void course_end_second(struct course *s, int64_t second)
{
	int64_t end = second + 1;

	s->second.due = s->due[second % COURSE_DUE];
	s->due[second % COURSE_DUE] = 0;
	sums_add(&s->minute, 1, &s->second);
	sums_add(&s->recent, RECENT_KEPT, &s->second);
	/* A second of a small brand has few answers: their times are those of some seconds. */
	s->seconds[end % COURSE_SECONDS] = point_make(s, &s->second, s->recent.latency);
	s->second = (struct course_sums){ 0 };
	if (end % MINUTE_S == 0) {
		s->minutes[end / MINUTE_S % COURSE_MINUTES] = point_make(s, &s->minute, s->minute.latency);
		s->minute = (struct course_sums){ 0 };
	}
	s->usual_answers *= USUAL_KEPT;
	s->usual_refused *= USUAL_KEPT;
	s->usual_due *= USUAL_KEPT;
	s->usual_missing *= USUAL_KEPT;
	s->evidence = fmax(s->evidence_now, s->evidence * EVIDENCE_KEPT < LITTLE ? 0 : s->evidence * EVIDENCE_KEPT);
	if (s->alert_now >= s->alert || second - s->alerted > ALERT_KEPT_S) {
		s->alert = s->alert_now;
		s->alerted = second;
	}
	s->evidence_now = 0;
	s->alert_now = 0;
}

/* What is left of a failure that has decayed is none. */
static double recent_share(double part, double whole)
{
	return ratio(part < LITTLE_FAILED ? 0 : part, whole);
}

struct course_now course_now(const struct course *s)
{
	const struct course_sums *r = &s->recent;

	return (struct course_now){
		.requests_per_s = r->requests * (1 - RECENT_KEPT),
		.reject = recent_share(r->refused, r->answers),
		.no_answer = recent_share(r->missing, fmax(r->due, r->missing)),
		.usual_reject = ratio(s->usual_refused, s->usual_answers),
		.usual_no_answer = ratio(s->usual_missing, s->usual_due),
		.p50_ms = quantile(r->latency, 0.5),
		.p95_ms = quantile(r->latency, 0.95),
	};
}
