/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Incidents over a restart, see incident.h: the same id, the same alarm, no second page.
 *
 * A case goes on as it was: what fails after the restart in its procedures and its place is counted against what was usual before it, its
 * streams are not learned from, and pages that seem to begin with the restart are its own. When it fails as before it is announced as
 * changed, once; when all is well it takes the way of every recovery. A finding waits for its streams and conditions to be seen again, and
 * is over when nothing of them was for the hold, while there is about as much traffic as there was. Owned by control.
 */
#include "control/incident/room.h"

#include <stdlib.h>
#include <string.h>

static const struct incident *case_find(const struct incidents *all, const char *id)
{
	for (size_t i = 0; i < all->open_count; i++) {
		const struct incident *c = &all->cases[all->order[i]];

		if (c->phase >= CASE_OPEN && strcmp(c->last.id, id) == 0)
			return c;
	}
	return NULL;
}

static const struct finding *finding_find(const struct incidents *all, const char *id)
{
	for (size_t i = 0; i < all->findings.count; i++) {
		const struct finding *f = findings_at(&all->findings, i);

		if (f->phase >= FINDING_OPEN && strcmp(f->last.id, id) == 0)
			return f;
	}
	return NULL;
}

static struct memo_scene scene_of(const struct incidents *all)
{
	return (struct memo_scene){ .plan = all->workshop.plan, .name_of = all->workshop.name_of, .names = all->workshop.names };
}

char *incidents_remember(const struct incidents *all, const char *id)
{
	struct memo_scene scene = scene_of(all);
	const struct incident *c = case_find(all, id);
	const struct finding *f = c ? NULL : finding_find(all, id);
	json_t *memo = c ? memo_case(&scene, c) : f ? memo_finding(&scene, f) : NULL;
	char *text = NULL;

	if (memo) {
		json_object_set_new(memo, "version", json_integer(MEMO_VERSION));
		json_object_set_new(memo, "is_case", json_boolean(c != NULL));
		text = json_dumps(memo, JSON_COMPACT | JSON_REAL_PRECISION(12));
	}
	json_decref(memo);
	return text;
}

static void conditions_keep(struct incidents *all, const struct condition *conditions, size_t count)
{
	for (size_t i = 0; i < count && all->recalled_condition_count < RECALLED_CONDITIONS_MAX; i++)
		all->recalled_conditions[all->recalled_condition_count++] = conditions[i];
}

static bool case_recall(struct incidents *all, const struct memo_scene *scene, const json_t *memo)
{
	for (size_t i = 0; i < INCIDENTS_MAX; i++) {
		struct incident *c = &all->cases[i];
		struct subscribers subscribers = c->subscribers;

		if (c->phase != CASE_NONE)
			continue;
		memset(c, 0, sizeof(*c));
		c->subscribers = subscribers;
		subscribers_clear(&c->subscribers);
		if (!memo_case_read(scene, memo, c))
			return false;
		all->order[all->open_count++] = i;
		conditions_keep(all, c->conditions, c->condition_count);
		return true;
	}
	return false;
}

static bool finding_recall(struct incidents *all, const struct memo_scene *scene, const json_t *memo)
{
	struct finding *f = findings_new(&all->findings, 1, 1);

	if (!f)
		return false;
	if (!memo_finding_read(scene, memo, f)) {
		findings_end(&all->findings, f);
		return false;
	}
	conditions_keep(all, f->conditions, f->condition_count);
	return true;
}

bool incidents_recall(struct incidents *all, const char *text)
{
	struct memo_scene scene = scene_of(all);
	json_t *memo = json_loads(text, 0, NULL);
	bool is_whole = false;

	scene.recalled = &all->recalled_names;
	if (json_integer_value(json_object_get(memo, "version")) == MEMO_VERSION)
		is_whole = json_is_true(json_object_get(memo, "is_case")) ? case_recall(all, &scene, memo)
									  : finding_recall(all, &scene, memo);
	json_decref(memo);
	all->is_recalling = all->is_recalling || is_whole;
	return is_whole;
}

void incidents_know(struct incidents *all, const char *id)
{
	annals_know(&all->annals, id);
}

const char *incidents_recalled_name(const struct incidents *all, node host)
{
	return memo_names_text(&all->recalled_names, host);
}

size_t incidents_recalled_conditions(const struct incidents *all, const struct condition **ret)
{
	*ret = all->recalled_conditions;
	return all->recalled_condition_count;
}

/* Watched from now on, against what it looked like before. What was counted since the start stays. */
static void case_resume(struct incident *c, nanos now)
{
	struct recovery was = c->recovery;

	c->recalled = now;
	c->is_unseen = true;
	c->view_from = now;
	c->next_location = now + (c->is_located ? CASE_RECALLED_PLACE : CASE_RECALLED_SOON);
	recovery_start(&c->recovery, now, now);
	recovery_recall(&c->recovery, &was);
}

void incidents_resume(struct incidents *all, nanos now)
{
	for (size_t i = 0; i < all->open_count; i++) {
		if (all->cases[all->order[i]].phase >= CASE_OPEN)
			case_resume(&all->cases[all->order[i]], now);
	}
	for (size_t i = 0; i < all->findings.count; i++) {
		if (findings_at(&all->findings, i)->phase >= FINDING_OPEN)
			finding_resume(findings_at(&all->findings, i), now);
	}
	all->is_recalling = false;
}
