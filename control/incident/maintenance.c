/* SPDX-License-Identifier: BSD-3-Clause */
/* See maintenance.h; the calendar is that of config/plan.h. Called when a severity is asked for. */
#include "control/incident/maintenance.h"

#include <string.h>
#include <strings.h>

#include "control/incident/words.h"

#define HASTE (60 * NANOS_PER_S)

static bool nodes_cover(const struct plan_maintenance *m, const struct words_names *names, node n)
{
	char id[WORDS_NODE_MAX], words[WORDS_NODE_MAX];

	words_node_id(names, n, id);
	words_node(names, n, words);
	for (size_t i = 0; m->nodes && m->nodes[i]; i++) {
		size_t length = strlen(m->nodes[i]);

		/* "HSS 2 (hss2.example)": the operator's name stands before the identity. */
		if (strcasecmp(m->nodes[i], id) == 0 ||
		    (strncasecmp(words, m->nodes[i], length) == 0 && strncmp(words + length, " (", 2) == 0))
			return true;
	}
	return false;
}

static bool place_is_covered(const struct plan_maintenance *m, const struct words_names *names, const struct place *place)
{
	struct incident_node nodes[INCIDENT_NODES_MAX];
	size_t count = place_nodes(place, nodes);

	if ((!m->nodes || !m->nodes[0]) && !m->segments)
		return true;
	if (m->segments && place->only_segments && (place->only_segments & ~m->segments) == 0)
		return true;
	if (!m->nodes || !m->nodes[0] || count == 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!nodes_cover(m, names, nodes[i].node))
			return false;
	}
	return true;
}

bool maintenance_covers(const struct plan *plan, const struct place *place, incident_name_of name_of, void *names, nanos onset, nanos now,
			bool *ret_is_overdue)
{
	struct words_names w = { .plan = plan, .name_of = name_of, .names = names };
	bool is_covered = false;

	*ret_is_overdue = false;
	for (size_t i = 0; i < plan->calendar.maintenance_count; i++) {
		const struct plan_maintenance *m = &plan->calendar.maintenance[i];

		if (onset < m->from - HASTE || onset > m->until + HASTE || !place_is_covered(m, &w, place))
			continue;
		*ret_is_overdue = now > m->until + MAINTENANCE_GRACE && !is_covered;
		is_covered = true;
	}
	return is_covered;
}
