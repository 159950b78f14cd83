/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Three rules that operators use today, for `backtest --compare`, on the same counts and streams that the detector sees. A failure is
 * network, congestion, abort or timeout, of the answers and timeouts.
 *
 * bucket   the share of failures in a bucket of 5 minutes is 10 points above the usual one: the median of the same hour of earlier days,
 *          in the first day the mean of the hours before
 * burn     14.4 times the budget of a target of 99 %, in the last hour and in the last 5 minutes (SRE workbook)
 * sigma    the share of a minute is three standard deviations above the mean of the three hours before, at least 20 requests (Skyline)
 *
 * What one rule says within 10 minutes of its last word, of whatever stream, is one page.
 */
#ifndef SIGCANARY_COMMAND_BACKTEST_RULES_H
#define SIGCANARY_COMMAND_BACKTEST_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "control/command/backtest_truth.h"
#include "control/detect/detect.h"

enum rule { RULE_BUCKET, RULE_BURN, RULE_SIGMA, RULE_COUNT };

/* Streams that the rules watch; of more the first ones. */
#define RULES_STREAMS_MAX 4096

struct rules;

struct rules *rules_new(const struct hash_key *key);
void rules_free(struct rules *r);

/* An audience's tick function. */
void rules_tick(void *rules, const struct tally *tally, const struct detector *detector);

const char *rule_words(enum rule rule);

size_t rules_pages(const struct rules *r, enum rule rule);
/* The first time at which a stream began to break the rule during a fault; false when none did. */
bool rules_find(const struct rules *r, enum rule rule, const struct truth_fault *fault, nanos *ret_paged);
size_t rules_false_pages(const struct rules *r, enum rule rule, const struct truth *truth);

#endif
