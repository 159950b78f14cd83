/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults by chance, see where_world.h: which requests are of the place, and how many that is a second. */
#include <math.h>
#include <stdio.h>

#include "tests/bench/where_world.h"

#define DRAWS    60
#define ASKED    2000
#define OVERLAP  0.2 /* of the smaller place: still two */
#define SMALLEST 0.1

bool world_fault_has(const struct world *w, const struct world_fault *f, const struct world_request *r)
{
	switch (f->kind) {
	case WORLD_RANGE:
		return r->range == f->which;
	case WORLD_SERVER:
		return r->server == f->which;
	case WORLD_BRAND:
		return w->ranges[r->range].brand == f->which;
	case WORLD_CLIENT:
		return r->client == f->which;
	case WORLD_PAIR:
		return r->server == f->which && r->procedure == f->with;
	case WORLD_ENDING:
		return digits_ending(r->imsi) % 10 == f->which;
	case WORLD_ALL:
	case WORLD_KIND_COUNT:
		break;
	}
	return true;
}

void world_fault_write(const struct world *w, const struct world_fault *f, char *text, size_t size)
{
	static const char *const symptoms[] = { "refused", "silent", "refused or silent", "unknown" };
	char what[NODE_TEXT_MAX + 16] = "";
	node n = f->kind == WORLD_CLIENT                            ? w->clients[f->which].node
		 : f->kind == WORLD_SERVER || f->kind == WORLD_PAIR ? w->servers[f->which]
								    : 0;
	const char *kinds[] = { "range ", "server ", "brand ", "client ", "pair ", "ending ", "everybody" };
	size_t length = 0;

	if (n != 0)
		length = node_write(n, what);
	if (f->kind == WORLD_PAIR)
		snprintf(what + length, sizeof(what) - length, " x %u", f->with);
	if (f->kind == WORLD_RANGE)
		(void)digits_write(w->ranges[f->which].prefix, what);
	if (f->kind == WORLD_BRAND || f->kind == WORLD_ENDING)
		snprintf(what, sizeof(what), "%u", f->which);
	snprintf(text, size, "%s%s %.0f %% %s%s from %.1f s", kinds[f->kind], what, 100 * f->share, symptoms[f->symptom],
		 f->is_sticky ? " by subscriber" : "", f->from_s);
}

static unsigned int below(struct dice *d, unsigned int count)
{
	unsigned int drawn = (unsigned int)(dice_unit(d) * count);

	return drawn < count ? drawn : count - 1;
}

static void fault_guess(struct world *w, enum world_kind kind, struct world_fault *f)
{
	static const procedure of_hlr[] = { 2, 23, 56, 45 }, of_hss[] = { 0, 1 };
	struct dice *d = &w->dice;
	unsigned int homes = w->vlr_count + w->sgsn_count + w->mme_count;

	f->kind = kind;
	f->symptom = (enum world_symptom)below(d, 3);
	if ((kind == WORLD_RANGE || kind == WORLD_BRAND) && dice_unit(d) < 0.15)
		f->symptom = WORLD_UNKNOWN;
	f->share = dice_unit(d) < 0.4 ? 1 : SMALLEST + (1 - SMALLEST) * dice_unit(d);
	f->is_sticky = dice_unit(d) < 0.5;
	switch (kind) {
	case WORLD_RANGE:
		f->which = below(d, w->range_count);
		break;
	case WORLD_SERVER:
		f->which = below(d, w->hlr_count + w->hss_count);
		break;
	case WORLD_BRAND:
		f->which = below(d, w->brand_count);
		break;
	case WORLD_CLIENT:
		f->which = below(d, homes);
		break;
	case WORLD_PAIR:
		f->which = below(d, w->hlr_count + w->hss_count);
		f->with = f->which < w->hlr_count ? of_hlr[below(d, 4)]
						  : (below(d, 2) ? procedure_of_name("s6a.ulr") : procedure_of_name("s6a.air"));
		(void)of_hss;
		break;
	case WORLD_ENDING:
		f->which = below(d, 10);
		break;
	case WORLD_ALL:
	case WORLD_KIND_COUNT:
		f->share = SMALLEST + 0.5 * dice_unit(d);
		break;
	}
}

bool world_fault_draw(struct world *w, enum world_kind kind, double from_s, double least, struct world_fault *ret)
{
	for (unsigned int draw = 0; draw < DRAWS; draw++) {
		struct world_fault f = { .from_s = from_s };
		double own = 0, other = 0, both = 0;

		fault_guess(w, kind, &f);
		for (unsigned int i = 0; i < ASKED; i++) {
			struct world_request r;
			bool is_own, is_other = false;

			world_draw(w, &r);
			is_own = world_fault_has(w, &f, &r);
			for (unsigned int j = 0; j < w->fault_count; j++)
				is_other = is_other || world_fault_has(w, &w->faults[j], &r);
			own += is_own;
			other += is_other;
			both += is_own && is_other;
		}
		if (own / ASKED * w->rate * f.share < least || both > OVERLAP * fmin(own, other))
			continue;
		*ret = f;
		return true;
	}
	return false;
}
