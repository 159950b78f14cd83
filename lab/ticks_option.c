/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults as an operator writes them, for ticks: the words of the packet lab, and what only ticks can do. New words are turned into the old
 * ones first, so that scopes are read in one place.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/ticks_model.h"

#define FACTOR_MOST 1000.0

/* Effects that are no answers: a factor in place of a share. */
static const struct {
	const char *word;
	bool is_volume, is_storm;
} factors[] = { { "volume", true, false }, { "storm", true, true }, { "slow", false, false } };

/* "bucket=3", "bucket=0-31" or "digit=7" in place of the scope; `ret` is then everywhere but for that. */
static bool partition_parse(const char *scope, struct lab_ticks_fault *ret)
{
	unsigned int first, last;
	int read = 0;

	if (sscanf(scope, "digit=%u%n", &first, &read) == 1 && scope[read] == '\0' && first <= 9) {
		ret->digit = first + 1;
		return true;
	}
	if (sscanf(scope, "bucket=%u-%u%n", &first, &last, &read) != 2 || scope[read] != '\0') {
		if (sscanf(scope, "bucket=%u%n", &first, &read) != 1 || scope[read] != '\0')
			return false;
		last = first;
	}
	for (unsigned int i = first; i <= last && last < TALLY_BUCKETS; i++)
		ret->buckets |= UINT64_C(1) << i;
	return ret->buckets != 0;
}

static bool factor_set(struct lab_ticks_fault *ret, size_t which, const char *text)
{
	char *end;
	double factor = strtod(text, &end);

	if (end == text || *end != '\0' || !(factor >= 0 && factor <= FACTOR_MOST))
		return false;
	ret->fault.effect = LAB_EFFECT_NONE;
	ret->fault.changes_volume = factors[which].is_volume;
	if (factors[which].is_volume) {
		ret->fault.volume = factor;
		ret->fault.volume_from = 1;
		ret->fault.talkers = factors[which].is_storm ? 0.5 : 0;
	} else {
		ret->fault.latency = factor;
		ret->fault.latency_from = 1;
	}
	return true;
}

bool lab_ticks_fault_parse(const char *text, struct lab_ticks_fault *ret, char error[LAB_ERROR_MAX])
{
	struct lab_ticks_fault f = { .demand = LAB_PAGE };
	char scope[sizeof(f.fault.text)], effect[32], number[32], plain[sizeof(f.fault.text) + 16];
	size_t which = 0;

	if (strlen(text) >= sizeof(scope) || sscanf(text, "%95[^:]:%31[^:]:%31s", scope, effect, number) != 3) {
		snprintf(error, LAB_ERROR_MAX, "--fault %.100s: expected SCOPE:EFFECT:SHARE, for example hss=3:silent:0.9", text);
		return false;
	}
	while (which < sizeof(factors) / sizeof(factors[0]) && strcmp(factors[which].word, effect) != 0)
		which++;
	if (partition_parse(scope, &f))
		strcpy(scope, "all");
	if (which < sizeof(factors) / sizeof(factors[0]))
		snprintf(plain, sizeof(plain), "%s:silent:0", scope);
	else
		snprintf(plain, sizeof(plain), "%s:%s:%s", scope, effect, number);
	if (!lab_fault_parse(plain, &f.fault, error))
		return false;
	if (which < sizeof(factors) / sizeof(factors[0]) && !factor_set(&f, which, number)) {
		snprintf(error, LAB_ERROR_MAX, "--fault %.100s: the factor must lie between 0 and %g", text, FACTOR_MOST);
		return false;
	}
	strcpy(f.fault.text, text);
	if (f.fault.scope == LAB_SCOPE_PARTNER_IN || f.fault.scope == LAB_SCOPE_PARTNER_OUT)
		f.demand = LAB_TICKET;
	*ret = f;
	return true;
}

void lab_ticks_fault_ramp(struct lab_ticks_fault *f, double ramp_s)
{
	f->fault.is_growing = true;
	f->fault.ramp_s = ramp_s;
	f->fault.share_from = 0;
}

bool lab_ticks_procedures_parse(const char *names, uint32_t *ret, char error[LAB_ERROR_MAX])
{
	uint32_t set = 0;

	for (const char *at = names; *at != '\0';) {
		size_t length = strcspn(at, ",");
		uint32_t found = 0;

		for (unsigned int p = 0; p < LAB_PROCEDURES; p++)
			if (strlen(lab_procedure_rows[p].words) == length && strncmp(lab_procedure_rows[p].words, at, length) == 0)
				found |= UINT32_C(1) << p;
		if (found == 0) {
			snprintf(error, LAB_ERROR_MAX, "'%.*s' is no procedure of the lab, as map.updateLocation or s6a.ulr are",
				 (int)(length < 60 ? length : 60), at);
			return false;
		}
		set |= found;
		at += length + (at[length] == ',');
	}
	*ret = set;
	return true;
}
