/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stories. o2-2012 (11 July 2012): a third of all subscribers, scattered over brands and registers, lose their records within a
 * minute; every registration of theirs is refused with systemFailure or not answered, on 2G, 3G and 4G, and calls and texts to them fail;
 * the others feel the load of the retries. Calls and texts come back first, data gradually; phones that gave up come back when touched.
 *
 * The nineteen hours are pressed into the length of the run: fault after a third, calls back at 60 %, data from there to 90 %.
 */
#include "lab/scenario.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lab/world.h"

static size_t o2_faults(const struct lab_options *o, struct lab_fault *ret)
{
	double rest = o->seconds - o->onset_s;
	double ramp = rest / 10 < 60 ? rest / 10 : 60;
	double until = o->onset_s + 0.4 * rest;

	ret[0] = (struct lab_fault){
		.scope = LAB_SCOPE_SHARD,
		.effect = LAB_EFFECT_SYSTEM_FAILURE,
		.text = "shard=33.3%:system-failure:1",
		.percent = 33.3,
		.share = 1,
		.silent_share = 0.15,
		.from_s = o->onset_s,
		.until_s = until,
		.ramp_s = ramp,
		.back_s = { rest / 40, 0.45 * rest, 0.45 * rest },
		.loses_data = true,
	};
	ret[1] = (struct lab_fault){
		.scope = LAB_SCOPE_ALL,
		.effect = LAB_EFFECT_SILENT,
		.text = "all:silent:0.03",
		.share = 0.03,
		.from_s = o->onset_s + ramp,
		.until_s = until,
		.is_collateral = true,
	};
	return 2;
}

static size_t no_faults(const struct lab_options *o, struct lab_fault *ret)
{
	(void)o;
	(void)ret;
	return 0;
}

/* Faults as an operator would write them, from the onset to the end; a mistake in them is ours. */
static size_t written_faults(const char *const *texts, struct lab_fault *ret)
{
	char error[LAB_ERROR_MAX];
	size_t count = 0;

	for (; texts[count] != NULL; count++) {
		bool is_right = lab_fault_parse(texts[count], &ret[count], error);

		assert(is_right);
		(void)is_right;
	}
	return count;
}

static size_t front_end_faults(const struct lab_options *o, struct lab_fault *ret)
{
	(void)o;
	return written_faults((const char *const[]){ "hlr=2:system-failure:0.95", "hss=2:system-failure:0.95", NULL }, ret);
}

static size_t split_brain_faults(const struct lab_options *o, struct lab_fault *ret)
{
	(void)o;
	return written_faults((const char *const[]){ "prefix=2341062:unknown:1", "prefix=2341063:unknown:1", NULL }, ret);
}

static size_t small_brand_faults(const struct lab_options *o, struct lab_fault *ret)
{
	(void)o;
	return written_faults((const char *const[]){ "brand=giffgaff:system-failure:0.6", NULL }, ret);
}

const struct lab_scenario lab_scenarios[] = {
	{ "o2-2012", "a third of all subscribers, scattered over all brands, lose their records (O2 UK, 11 July 2012)", o2_faults },
	{ "hlr-frontend-partial", "one of three front ends, HLR and HSS, refuses 95 %, at random per attempt", front_end_faults },
	{ "split-brain-5001", "two number ranges of one brand are suddenly unknown, on 2G, 3G and 4G", split_brain_faults },
	{ "mvno-small", "the smallest brand fails at 60 %, the host network is healthy", small_brand_faults },
	{ "fault", "a healthy network and the faults of --fault", no_faults },
	{ NULL, NULL, NULL },
};

static bool framing_is_sane(const struct lab_framing *f, char error[LAB_ERROR_MAX])
{
	const char *wrong = NULL;

	if (f->mss < 16 || f->mss > 1400)
		wrong = "--mss must lie between 16 and 1400";
	else if (f->fragment != 0 && (f->fragment < 16 || f->fragment > 1280))
		wrong = "--fragment must lie between 16 and 1280";
	else if (f->ip_fragment != 0 && (f->ip_fragment < 128 || f->ip_fragment > 1500))
		wrong = "--ip-fragment must lie between 128 and 1500";
	else if (f->ip_fragment != 0 && f->ipv6 && f->ip_fragment < 256)
		wrong = "--ip-fragment must be at least 256 with --ipv6";
	else if (!(f->duplicate >= 0 && f->duplicate <= 1 && f->lose >= 0 && f->lose <= 1 && f->reorder >= 0 && f->reorder <= 1))
		wrong = "--duplicate, --lose and --reorder are shares between 0 and 1";
	else if (f->associations > WORLD_ASSOCIATIONS_MAX)
		wrong = "--associations must lie between 1 and 40";
	else if (f->associations != 0 && f->both_hops)
		wrong = "--associations and --both-hops exclude each other: each node has its own there";
	if (wrong != NULL)
		snprintf(error, LAB_ERROR_MAX, "%s", wrong);
	return wrong == NULL;
}

static bool options_are_sane(const struct lab_options *o, char error[LAB_ERROR_MAX])
{
	const char *wrong = NULL;

	if (!(o->seconds > 0 && o->seconds <= 1e6))
		wrong = "--seconds must lie between 0 and 1000000";
	else if (!(o->rate > 0 && o->rate <= 1e5))
		wrong = "--rate must lie between 0 and 100000 attempts per second";
	else if (o->subscribers < 100 || o->subscribers > 50000000)
		wrong = "--subscribers must lie between 100 and 50000000";
	else if (!(o->user_rejects >= 0 && o->user_rejects <= 1))
		wrong = "--user-rejects is a share between 0 and 1";
	else if (o->map_share > 1)
		wrong = "--map-share is a share between 0 and 1";
	if (wrong != NULL)
		snprintf(error, LAB_ERROR_MAX, "%s", wrong);
	return wrong == NULL && framing_is_sane(&o->framing, error);
}

/* What was not said: faults begin at the onset and last to the end. */
static bool times_fill(struct lab_options *o, char error[LAB_ERROR_MAX])
{
	for (size_t i = 0; i < o->fault_count; i++) {
		struct lab_fault *f = &o->faults[i];

		if (f->from_s < 0)
			f->from_s = o->onset_s;
		if (f->until_s < 0)
			f->until_s = o->seconds;
		if (f->until_s >= f->from_s)
			continue;
		snprintf(error, LAB_ERROR_MAX, "--fault %s ends before it begins", f->text);
		return false;
	}
	if (o->quiet_until_s < 0)
		o->quiet_until_s = o->seconds;
	return true;
}

bool scenario_apply(struct lab_options *o, char error[LAB_ERROR_MAX])
{
	const struct lab_scenario *s = lab_scenarios;
	struct lab_fault added[LAB_FAULTS_MAX];
	size_t count;

	while (s->name != NULL && (o->scenario == NULL || strcmp(s->name, o->scenario) != 0))
		s++;
	if (s->name == NULL) {
		snprintf(error, LAB_ERROR_MAX, "unknown scenario '%.40s'; --help lists them", o->scenario == NULL ? "" : o->scenario);
		return false;
	}
	if (!options_are_sane(o, error))
		return false;
	if (o->onset_s < 0)
		o->onset_s = o->seconds / 3;
	if (o->onset_s > o->seconds) {
		snprintf(error, LAB_ERROR_MAX, "--onset %g lies beyond the end at %g seconds", o->onset_s, o->seconds);
		return false;
	}
	count = s->faults(o, added);
	if (o->fault_count + count > LAB_FAULTS_MAX) {
		snprintf(error, LAB_ERROR_MAX, "too many faults; at most %d", LAB_FAULTS_MAX);
		return false;
	}
	memmove(o->faults + count, o->faults, o->fault_count * sizeof(*o->faults));
	memcpy(o->faults, added, count * sizeof(*o->faults));
	o->fault_count += count;
	return times_fill(o, error);
}
