/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one segment, node or procedure, or the whole, did of late: by the second for 15 minutes and by the minute for a day, beside what is
 * usual of it.
 *
 * A step bears the time of its end. In it are counted the requests that were asked, the answers that came, and of the requests that became
 * COURSE_PATIENCE old those without an answer: nothing is corrected afterwards, so that who draws it only ever adds to the end. Owned by
 * the board.
 */
#ifndef SIGCANARY_BOARD_COURSE_H
#define SIGCANARY_BOARD_COURSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/detect/detect.h"
#include "control/incident/words.h"

#define COURSE_PATIENCE (2 * NANOS_PER_S) /* a request without an answer for this long, or its procedure's timeout, is not answered */
#define COURSE_RECENT_S 10                /* what "now" is */
#define COURSE_SECONDS  900
#define COURSE_MINUTES  1440
#define COURSE_DUE      64 /* seconds; timeouts below COURSE_PATIENCE are less */

enum course_topic { COURSE_ALL, COURSE_SEGMENT, COURSE_SERVER, COURSE_CLIENT, COURSE_PROCEDURE, COURSE_TOPIC_COUNT };

/*
 * One second, or one minute. 16 octets let a thousand nodes be followed in 40 MB; zeros are a step of which nothing is known, so that what
 * was not reached yet takes no memory. Shares and times are coded, see course_share() and course_ms().
 */
#define COURSE_UNKNOWN 0
struct course_point {
	uint32_t requests;
	uint16_t reject, no_answer;             /* COURSE_UNKNOWN: nobody answered, nobody was waited for */
	uint16_t usual_reject, usual_no_answer; /* COURSE_UNKNOWN: not known yet */
	uint16_t p50, p95; /* of the latency of answers, in seconds those of about COURSE_RECENT_S; COURSE_UNKNOWN: no answer */
};

/* The sums of a step; doubles, because what is recent is decayed. */
struct course_sums {
	double requests;
	double answers, refused;
	double due, missing; /* of the requests that became old enough: all, and those without an answer */
	double latency[TALLY_LATENCY_BINS];
};

struct course {
	enum course_topic topic;
	uint64_t value; /* as in struct stream_key; the procedure of COURSE_PROCEDURE */
	char id[WORDS_NODE_MAX];
	char name[WORDS_NODE_MAX]; /* the operator's own, or ours for people; else the id */
	uint64_t subscribers;      /* that the operator said a segment has; 0: not said */
	int64_t seen;              /* the last second with a request or an answer */
	struct course_sums second, minute, recent;
	uint32_t due[COURSE_DUE]; /* requests by the second, modulo, in which they become old enough */
	/* What is usual, weighed by what was asked and answered of late; decayed. */
	double usual_answers, usual_refused, usual_due, usual_missing;
	double evidence;          /* decadic logarithm of the odds for a fault; fades, because not every stream is asked in every second */
	double evidence_now;      /* of the second that runs */
	uint8_t alert, alert_now; /* 0, 1 suspicious, 2 a page */
	int64_t alerted;          /* the last second with as much */
	struct course_point *seconds, *minutes; /* rings: a step that ends at t s is at t % COURSE_SECONDS, t / 60 % COURSE_MINUTES */
};

/* How one does at present: means of the last COURSE_RECENT_S. Shares and times below 0: not known. */
struct course_now {
	double requests_per_s;
	double reject, no_answer, usual_reject, usual_no_answer;
	double p50_ms, p95_ms;
};

/* False when there is no memory. */
bool course_open(struct course *s);
void course_close(struct course *s);

/* One cell of a tick; `second` it lies in. The checkpoint of COURSE_PATIENCE is found by the caller. */
void course_count(struct course *s, const struct tally_cell *cell, int64_t second, nanos timeout, unsigned int checkpoint);
/* What the detector knows of the cell's stream; some cells of a second are enough. */
void course_usual(struct course *s, const struct tally_cell *cell, const struct stream_usual *usual, unsigned int checkpoint);
/* The second [second, second + 1) is over. */
void course_end_second(struct course *s, int64_t second);
/* Forgets all that it did; after a step of time. */
void course_forget(struct course *s);

struct course_now course_now(const struct course *s);

/* Milliseconds of a p50 or p95, a share: below 0 when it is not known. */
double course_ms(uint16_t coded);
double course_share(uint16_t coded);

#endif
