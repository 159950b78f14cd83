/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A running probe takes another configuration: the new plan is swapped in as a whole, or the old one stays in force and a sentence says
 * why. Control's thread. Workers go over to the new plan between two bursts (live_publish()); until all have, the old one is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "config/compare.h"
#include "config/config.h"
#include "control/command/run_inside.h"

void run_old_plan_free(struct run *r)
{
	if (r->old_plan == NULL || !live_has_taken(r->live))
		return;
	segments_free(r->old_segments);
	if (r->old_plan != r->first_plan)
		plan_free(r->old_plan);
	r->old_plan = NULL;
	r->old_segments = NULL;
}

/* The plan of the file as it is now, and its segments; NULL after sentences that say why not. */
static struct plan *plan_renew(struct run *r, struct segments **ret_segments, FILE *words)
{
	char error[SERVICES_ERROR_MAX > SEGMENT_ERROR_MAX ? SERVICES_ERROR_MAX : SEGMENT_ERROR_MAX] = "";
	struct segments *segments = NULL;
	struct plan *plan = options_plan_tell(&r->options, words);
	char *stays = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&stays, &length);

	if (plan != NULL && out != NULL) {
		plan_differences(r->first_plan, plan, false, out);
		plan->hash_key = r->plan->hash_key;
		plan->limits = r->plan->limits;
		plan_keep(plan, r->first_plan);
		segments = segments_new(plan, error);
	}
	if (segments != NULL && !services_renew(&r->services, r->plan, plan, error)) {
		segments_free(segments);
		segments = NULL;
	}
	if (out != NULL)
		fclose(out);
	if (segments == NULL) {
		metrics_reload(r->services.metrics, NULL);
		fprintf(words, "%s%sthe old configuration stays in force\n", error, error[0] != '\0' ? "; " : "");
		run_health_kept(r->services.health, error[0] != '\0' ? error : "the file has mistakes; `sigcanary check` names them");
		plan_free(plan);
		plan = NULL;
	} else {
		fprintf(words, "%s reloaded\n", r->options.config);
		if (plan_differences(r->plan, plan, true, words) == 0)
			fputs("  nothing that a reload applies has changed\n", words);
		if (stays != NULL && stays[0] != '\0')
			fprintf(words, "these need a restart of the probe:\n%s", stays);
	}
	free(stays);
	*ret_segments = segments;
	return plan;
}

/* Swaps the plan, or keeps the old one; `words` says what came of it. */
static bool plan_swap(struct run *r, FILE *words)
{
	struct segments *segments;
	struct plan *plan;

	if (r->options.config == NULL || r->old_plan != NULL) {
		fprintf(words, "nothing reloaded: %s\n",
			r->options.config == NULL ? "there is no configuration file" : "the last reload is not over");
		return false;
	}
	plan = plan_renew(r, &segments, words);
	if (plan == NULL)
		return false;
	r->old_plan = r->plan;
	r->old_segments = r->segments;
	r->plan = plan;
	r->segments = segments;
	engine_plan(r->engine, plan);
	audiences_plan(&r->audiences, plan, segments_watchlist(segments));
	services_plan(&r->services, plan);
	keeping_plan(&r->keeping, plan);
	live_publish(r->live, plan, segments);
	return true;
}

void run_reload(struct run *r)
{
	char *words = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&words, &length);
	bool is_reloaded = out != NULL && plan_swap(r, out);

	if (out != NULL)
		fclose(out);
	fprintf(stderr, "sigcanary run: %s", words != NULL ? words : "no memory to reload\n");
	reload_desk_answer(r->services.reload, is_reloaded, words != NULL ? words : "no memory to reload");
	free(words);
}
