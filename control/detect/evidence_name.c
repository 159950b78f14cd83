/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of the kinds of evidence, see detect.h. Called by sinks and tests. */
#include "control/detect/detect.h"

static const char *const names[EVIDENCE_COUNT] = {
	[EVIDENCE_NETWORK] = "network", [EVIDENCE_USER] = "user",       [EVIDENCE_MISSING] = "missing", [EVIDENCE_DROP] = "drop",
	[EVIDENCE_SURGE] = "surge",     [EVIDENCE_REPEATS] = "repeats", [EVIDENCE_SLOW] = "slow",       [EVIDENCE_LATE] = "late",
	[EVIDENCE_CHAIN] = "chain",     [EVIDENCE_SCATTER] = "scatter",
};

const char *evidence_name(enum evidence evidence)
{
	return (unsigned int)evidence < EVIDENCE_COUNT ? names[evidence] : "none";
}

int suspicion_compare(const void *a, const void *b)
{
	const struct suspicion *x = a;
	const struct suspicion *y = b;
	int order;

	if (x->is_page != y->is_page)
		return x->is_page ? -1 : 1;
	if (x->log_r > y->log_r || x->log_r < y->log_r)
		return x->log_r > y->log_r ? -1 : 1;
	order = stream_key_compare(&x->stream, &y->stream);
	return order != 0 ? order : (int)x->evidence - (int)y->evidence;
}
