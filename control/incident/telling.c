/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When there is something to tell of a case, see case.h: soon enough for a page, late enough that the first words are right, and not again
 * before something is new. Called by incident.c.
 */
#include "control/incident/case.h"

#define SETTLED      (1 * NANOS_PER_S)     /* a first announcement waits so long for its place to be stable */
#define LATEST       (1900 * NANOS_PER_MS) /* and not longer than this */
#define VAGUE_LATEST (4 * NANOS_PER_S)     /* unless it is still "everybody, at random": then this much, */
#define VAGUE_SINCE  (8 * NANOS_PER_S)     /* but not when the fault is older than this */
#define GROWTH       2.0
#define GROWTH_PAUSE (30 * NANOS_PER_S)
/* After a restart: so many failures in so many seconds that are so much of what it was are the incident that goes on. */
#define AGAIN_SECONDS 4
#define AGAIN_FAILED  5.0
#define AGAIN_SHARE   0.3

/*
 * Whether a first announcement has waited long enough for its place. Until some subscribers of each range have tried again a fault of some
 * ranges looks like one of everybody at random; unless others of the same ranges have been seen well.
 */
bool case_is_ripe(const struct incident *c, nanos now)
{
	nanos age = now - c->first_page;
	bool is_vague = place_is_everywhere(&c->place) && place_everywhere_share(&c->place) < 0.9;

	if (is_vague && c->is_by_chance)
		return c->same_place >= 2;
	if (is_vague)
		return age >= VAGUE_LATEST || (age >= SETTLED && now - c->onset >= VAGUE_SINCE);
	return age >= LATEST || (age >= SETTLED && c->same_place >= 2);
}

bool case_is_seen_again(const struct incident *c)
{
	const struct recovery *r = &c->recovery;
	double failing = recovery_failing_rate(r, AGAIN_SECONDS) * (double)AGAIN_SECONDS;

	return c->is_unseen && r->judged - r->from >= AGAIN_SECONDS && failing >= AGAIN_FAILED &&
	       recovery_share(r) >= AGAIN_SHARE * r->peak;
}

bool case_has_changed(const struct incident *c, const struct workshop *w, nanos now)
{
	struct case_size size = case_size(c);

	if (case_severity(c, w, size.estimate, now) != c->last.severity || case_kind(c) != c->last.kind)
		return true;
	if (case_registrations(c) > c->announced_registrations)
		return true;
	if (!place_is_same(&c->place, &c->announced))
		return c->same_place >= 1;
	return now - c->last.time >= GROWTH_PAUSE && size.estimate > GROWTH * (double)c->last.affected + 10;
}
